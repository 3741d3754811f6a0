"""Contract coverage: how much of all that the contract promises a requirement rests on.

A promise is a JSON pointer into the contract, overlay applied: an address, an operation, a media type, a status, a
header, a security requirement, or a keyword of a schema that restricts something. Titles, descriptions, examples and
licences promise nothing. What a `$ref` leads to is counted once, where it stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from conformance.catalogue import Catalogue
from conformance.contract import METHODS, Contract, follow
from conformance.specfile import pointer

#: Keywords that restrict an instance by their own value (JSON Schema 2020-12, OpenAPI 3.0.3 and 3.1).
RESTRICTING = frozenset({
    "additionalProperties", "const", "contentEncoding", "contentMediaType", "dependentRequired", "discriminator", "enum",
    "exclusiveMaximum", "exclusiveMinimum", "format", "maxContains", "maxItems", "maxLength", "maxProperties", "maximum",
    "minContains", "minItems", "minLength", "minProperties", "minimum", "multipleOf", "not", "nullable", "oneOf", "anyOf",
    "pattern", "readOnly", "type", "unevaluatedItems", "unevaluatedProperties", "uniqueItems", "writeOnly",
})  # fmt: skip
#: Those that restrict nothing when they are false; where a schema may stand, it is `true` that restricts nothing.
SWITCHES = frozenset({"exclusiveMaximum", "exclusiveMinimum", "nullable", "readOnly", "uniqueItems", "writeOnly"})
#: Keywords that hold a schema, a list of schemas, or schemas by name.
ONE = ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames")
MANY = ("allOf", "anyOf", "oneOf", "prefixItems")
BY_NAME = ("properties", "patternProperties", "dependentSchemas")


class Coverage(Struct, frozen=True):
    """What requirements rest on.

    promises: every pointer that promises something, in the document's order.
    covered: those a requirement rests on.
    uncovered: the others.
    reasons: for an uncovered promise, the recorded reason why it cannot be tested.
    """

    promises: tuple[str, ...]
    covered: tuple[str, ...]
    uncovered: tuple[str, ...]
    reasons: Mapping[str, str]

    @property
    def unexplained(self) -> tuple[str, ...]:
        """Uncovered promises without a reason: the catalogue is not complete."""
        return tuple(promise for promise in self.uncovered if promise not in self.reasons)

    def __str__(self) -> str:
        text = f"{len(self.covered)} of {len(self.promises)} promises of the contract have a requirement"
        explained = len(self.uncovered) - len(self.unexplained)
        return f"{text}, {explained} have a reason why none can test them, {len(self.unexplained)} have neither"


def measure(contract: Contract, catalogue: Catalogue) -> Coverage:
    """Compare what the contract promises with what the catalogue's requirements rest on."""
    all_promises = promises(contract.document)
    rested = {each for requirement in catalogue for each in requirement.pointers}
    uncovered = tuple(promise for promise in all_promises if promise not in rested)
    reasons = {each: untested.reason for untested in catalogue.untested for each in untested.pointers}
    return Coverage(
        promises=all_promises,
        covered=tuple(promise for promise in all_promises if promise in rested),
        uncovered=uncovered,
        reasons={promise: reasons[promise] for promise in uncovered if promise in reasons},
    )


def promises(document: dict[str, Any]) -> tuple[str, ...]:
    """Every JSON pointer of an OpenAPI document that promises something, in the order of the document."""
    return tuple(dict.fromkeys(_Walk(document).document()))


class _Walk:
    """A walk over the document that goes into each referred part once."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.root = document
        self.seen: set[str] = set()

    def document(self) -> Iterator[str]:
        yield from self.servers(self.root, "")
        yield from self.security(self.root, "")
        for path, written in self.root["paths"].items():
            if path.startswith("x-"):
                continue
            item, at = follow(self.root, written, pointer(("paths", path)))
            yield from self.servers(item, at)
            yield from self.parameters(item, at)
            for method in METHODS:
                if method in item:
                    yield from self.operation(item[method], f"{at}/{method}")

    def operation(self, operation: dict[str, Any], at: str) -> Iterator[str]:
        yield at
        yield from self.servers(operation, at)
        yield from self.parameters(operation, at)
        if "requestBody" in operation:
            body, where = follow(self.root, operation["requestBody"], f"{at}/requestBody")
            if body.get("required"):
                yield f"{where}/required"
            yield from self.content(body, where)
        for status, written in operation["responses"].items():
            if not status.startswith("x-"):
                yield f"{at}/responses/{status}"
                response, where = follow(self.root, written, f"{at}/responses/{status}")
                yield from self.headers(response, where)
                yield from self.content(response, where)
        if operation.get("security") == []:
            yield f"{at}/security"
        yield from self.security(operation, at)

    def servers(self, holder: dict[str, Any], at: str) -> Iterator[str]:
        yield from (f"{at}/servers/{index}/url" for index, _ in enumerate(holder.get("servers", ())))

    def security(self, holder: dict[str, Any], at: str) -> Iterator[str]:
        schemes = self.root.get("components", {}).get("securitySchemes", {})
        for index, requirement in enumerate(holder.get("security", ())):
            for name in requirement:
                yield at + pointer(("security", index, name))
                scheme, where = follow(
                    self.root, schemes.get(name, {}), pointer(("components", "securitySchemes", name))
                )
                yield from (f"{where}/{key}" for key in scheme if key not in ("description", "bearerFormat"))

    def parameters(self, holder: dict[str, Any], at: str) -> Iterator[str]:
        for index, written in enumerate(holder.get("parameters", ())):
            parameter, where = follow(self.root, written, f"{at}/parameters/{index}")
            yield where
            yield from (f"{where}/{key}" for key in ("required", "style", "explode") if parameter.get(key))
            yield from self.described(parameter, where)

    def headers(self, response: dict[str, Any], at: str) -> Iterator[str]:
        for name, written in response.get("headers", {}).items():
            header, where = follow(self.root, written, at + pointer(("headers", name)))
            yield where
            if header.get("required"):
                yield f"{where}/required"
            yield from self.described(header, where)

    def described(self, holder: dict[str, Any], at: str) -> Iterator[str]:
        if "schema" in holder:
            yield from self.schema(holder["schema"], f"{at}/schema")
        yield from self.content(holder, at)

    def content(self, holder: dict[str, Any], at: str) -> Iterator[str]:
        for media_type, media in holder.get("content", {}).items():
            where = at + pointer(("content", media_type))
            yield where
            if "schema" in media:
                yield from self.schema(media["schema"], f"{where}/schema")

    def schema(self, written: Any, at: str) -> Iterator[str]:
        schema, where = follow(self.root, written, at)
        if where != at and isinstance(written, dict):
            yield from self.keywords({key: value for key, value in written.items() if key != "$ref"}, at)
        if where in self.seen:
            return
        self.seen.add(where)
        if schema is False:
            yield where
        elif isinstance(schema, dict):
            yield from self.keywords(schema, where)

    def keywords(self, schema: dict[str, Any], at: str) -> Iterator[str]:
        for keyword, value in schema.items():
            where = at + pointer((keyword,))
            if keyword == "required" and isinstance(value, list):
                yield from (f"{where}/{index}" for index, _ in enumerate(value))
            elif keyword in RESTRICTING and value is not (keyword not in SWITCHES):
                yield where
            if keyword in ONE and isinstance(value, dict):
                yield from self.schema(value, where)
            elif keyword in MANY:
                for index, item in enumerate(value):
                    yield from self.schema(item, f"{where}/{index}")
            elif keyword in BY_NAME:
                for name, item in value.items():
                    yield from self.schema(item, where + pointer((name,)))
