"""The published OpenAPI document, and what the overlay makes of it, as values.

Knows OpenAPI 3.0 and 3.1 and no operation in particular. A document that could mislead a run is refused with file, line
and reason: no OpenAPI, no paths, a `$ref` that leads out of the document, to nothing, or only back to itself.
"""

from __future__ import annotations

import hashlib
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec import Struct

from conformance import specfile
from conformance.discreet import Discreet
from conformance.overlay import Overlay
from conformance.specfile import SpecFile, Steps, look_up, steps_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Schema: TypeAlias = "dict[str, Any]"

#: The fixed fields of a Path Item Object that are operations (OpenAPI 3.0.3 and 3.1.0, section 4.8.9).
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
#: Members whose value is data and not part of the document's structure.
LITERALS = frozenset({"example", "default", "enum", "const"})
#: Members whose keys are names that the author chose.
NAMED = frozenset({"properties", "patternProperties", "dependentSchemas", "$defs", "definitions"})


class Operation(Struct, frozen=True):
    """One method on one path, overlay applied, references resolved.

    method: upper case.
    path: as the document writes it, templates included: "/companies/{companyId}".
    pointer: JSON pointer of the operation in the document.
    request_schema: the schema of the JSON media type, else of the first one; None where there is none.
    parameters: Parameter Objects of the path and the operation.
    responses: by status as written ("200", "4XX", "default"), by media type, the schema or None.
    security: the Security Requirement Objects in force; empty where no authentication is asked for.
    """

    method: str
    path: str
    pointer: str
    request_schema: Schema | None
    parameters: tuple[dict[str, Any], ...]
    responses: Mapping[str, Mapping[str, Schema | None]]
    security: tuple[dict[str, Any], ...]

    def response(self, status: int) -> Mapping[str, Schema | None] | None:
        """What the document says of a status: by itself, else by its range, else by `default`; None for nothing."""
        for key in (str(status), f"{status // 100}XX", "default"):
            if key in self.responses:
                return self.responses[key]
        return None


class Contract(Discreet, frozen=True):
    """An OpenAPI document.

    title, version: of the API, from `info`.
    openapi: version of the specification it is written in.
    sha256: of the published bytes, in hexadecimal.
    servers: base URLs in the document's order, without a slash at the end.
    operations: in the document's order.
    published: the document as published. Not to be changed.
    document: the document with the overlay applied. Not to be changed.
    file: the published file, for lines.
    """

    hidden = frozenset({"published", "document", "file"})
    title: str
    version: str
    openapi: str
    sha256: str
    servers: tuple[str, ...]
    operations: tuple[Operation, ...]
    published: dict[str, Any]
    document: dict[str, Any]
    file: SpecFile

    @classmethod
    def load(cls, openapi_path: Path, overlay_path: Path | None = None) -> Contract:
        """Read the contract, and the overlay if there is one; raises `SpecError` where either is wrong."""
        file = specfile.read(openapi_path)
        _check_form(file)
        _check_references(file)
        document = file.value
        if overlay_path is not None:
            overlay = Overlay.load(overlay_path)
            document = overlay.apply(document)
            _check_references(overlay.file, document)
        info = file.value["info"]
        return cls(
            title=info["title"],
            version=info["version"],
            openapi=file.value["openapi"],
            sha256=hashlib.sha256(file.octets).hexdigest(),
            servers=tuple(server["url"].rstrip("/") for server in document.get("servers", ())),
            operations=tuple(_operations(document)),
            published=file.value,
            document=document,
            file=file,
        )

    def resolve(self, schema: Schema) -> Schema:
        """The schema with local references replaced by what they lead to; see `resolve`."""
        resolved: Schema = resolve(self.document, schema)
        return resolved

    def operation(self, method: str, path: str) -> Operation | None:
        """The operation of that method (in any case) and path, or None."""
        return next((o for o in self.operations if o.method == method.upper() and o.path == path), None)


def follow(document: Mapping[str, Any], node: Any, pointer: str = "") -> tuple[Any, str]:
    """The node at the end of a chain of Reference Objects, and its JSON pointer (`pointer` where there is no chain)."""
    while isinstance(node, dict) and isinstance(node.get("$ref"), str):
        pointer = node["$ref"].removeprefix("#")
        node = look_up(document, steps_of(pointer))
    return node, pointer


def resolve(document: Mapping[str, Any], schema: Any, _inside: tuple[str, ...] = ()) -> Any:
    """A copy of a schema with local references replaced by what they lead to.

    A schema that holds itself keeps the reference at the place where it would begin again. Keywords beside a `$ref` are
    ignored by OpenAPI 3.0 and kept by 3.1 (as `allOf` with the referred schema).
    """
    if isinstance(schema, list):
        return [resolve(document, item, _inside) for item in schema]
    if not isinstance(schema, dict):
        return schema
    reference = schema.get("$ref")
    if isinstance(reference, str):
        if reference in _inside:
            return {"$ref": reference}
        whole = resolve(document, look_up(document, steps_of(reference.removeprefix("#"))), (*_inside, reference))
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        if not beside or str(document["openapi"]).startswith("3.0"):
            return whole
        return {"allOf": [whole], **resolve(document, beside, _inside)}
    resolved = {}
    for key, value in schema.items():
        if key in NAMED and isinstance(value, dict):
            resolved[key] = {name: resolve(document, item, _inside) for name, item in value.items()}
        else:
            resolved[key] = value if key in LITERALS or key == "examples" else resolve(document, value, _inside)
    return resolved


def _check_form(file: SpecFile) -> None:
    """Refuse what is no OpenAPI 3.0 or 3.1 document with paths, as far as this module reads it."""
    for steps, reason in specfile.violations(file.value, specfile.load_schema("openapi")):
        raise file.error(steps, f"{specfile.show(steps)}: {reason}" if steps else reason)
    for path in file.value["paths"]:
        if not path.startswith(("/", "x-")):
            raise file.error(("paths", path), f"the path {path!r} does not begin with a slash")


def references(node: Any, steps: Steps = ()) -> Iterator[tuple[Steps, str]]:
    """Every `$ref` of a document with its place; values of examples, defaults, enums and extensions hold none."""
    if isinstance(node, dict) and isinstance(node.get("$ref"), str):
        yield (*steps, "$ref"), node["$ref"]
    for inner, item in structure(node, steps):
        yield from references(item, inner)


def structure(node: Any, steps: Steps) -> Iterator[tuple[Steps, Any]]:
    """The parts of a node that belong to the structure of the document, one level down."""
    if isinstance(node, list):
        yield from (((*steps, index), item) for index, item in enumerate(node))
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in NAMED and isinstance(value, dict):
                yield from (((*steps, key, name), item) for name, item in value.items())
            elif key == "examples" and isinstance(value, dict):
                # Example Objects: the value inside is data, a reference in its place is none.
                yield from (
                    ((*steps, key, name), {"$ref": item["$ref"]})
                    for name, item in value.items()
                    if isinstance(item, dict) and "$ref" in item
                )
            elif key not in LITERALS and key != "examples" and not key.startswith("x-"):
                yield (*steps, key), value


def _check_references(file: SpecFile, document: dict[str, Any] | None = None) -> None:
    """Refuse a reference that leads out of the document, to nothing, or only to references that lead back."""
    document = file.value if document is None else document
    for steps, reference in references(document):
        visited = [reference]
        while True:
            try:
                if not visited[-1].startswith("#"):
                    raise file.error(steps, f"$ref {reference!r} leads out of the document")
                node = look_up(document, steps_of(visited[-1][1:]))
            except (LookupError, ValueError):
                raise file.error(steps, f"$ref {reference!r} leads nowhere") from None
            if not (isinstance(node, dict) and isinstance(node.get("$ref"), str)):
                break
            if node["$ref"] in visited:
                raise file.error(steps, f"$ref {reference!r} leads in a circle")
            visited.append(node["$ref"])


def _operations(document: dict[str, Any]) -> Iterator[Operation]:
    for path, written in document["paths"].items():
        if path.startswith("x-"):
            continue
        item, place = follow(document, written, specfile.pointer(("paths", path)))
        for method in METHODS:
            if method in item:
                yield _operation(document, method, path, item, f"{place}/{method}")


def _operation(document: dict[str, Any], method: str, path: str, item: dict[str, Any], pointer: str) -> Operation:
    operation = item[method]
    body, _ = follow(document, operation.get("requestBody", {}))
    content = body.get("content", {})
    chosen = next(filter(is_json, content), next(iter(content), None))
    schema = content[chosen].get("schema") if chosen is not None else None
    responses = {}
    for status, written in operation["responses"].items():
        if status.startswith("x-"):
            continue
        response, _ = follow(document, written)
        responses[status] = MappingProxyType(
            {
                name: resolve(document, media["schema"]) if "schema" in media else None
                for name, media in response.get("content", {}).items()
            }
        )
    parameters = [follow(document, p)[0] for p in (*item.get("parameters", ()), *operation.get("parameters", ()))]
    return Operation(
        method=method.upper(),
        path=path,
        pointer=pointer,
        request_schema=None if schema is None else resolve(document, schema),
        # An operation's own parameter replaces the path's of the same name and place (OpenAPI 3.0.3, Path Item Object).
        parameters=tuple({(p["name"], p["in"]): resolve(document, p) for p in parameters}.values()),
        responses=MappingProxyType(responses),
        security=tuple(operation.get("security", document.get("security", ()))),
    )


def is_json(media_type: str) -> bool:
    """Whether a media type is JSON by its name (RFC 8259, section 11; RFC 6839, section 3.1)."""
    essence = media_type.partition(";")[0].strip().lower()
    return essence == "application/json" or essence.endswith("+json")
