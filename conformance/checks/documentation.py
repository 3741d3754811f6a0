"""What the published document says of itself, judged for every operation it has.

No exchange is needed: the finding's `pointer` says where in the document the defect is, and its signature is that pointer
and the kind of defect. Members are recognised by what they are (a text that reads as a compact JWS, a property named for
a token's type), not by the path they stand under.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from conformance import jws
from conformance.contract import METHODS, Contract, follow, is_json, resolve, structure
from conformance.findings import Finding
from conformance.specfile import Steps, pointer

FAMILIES = ("documentation",)
#: What the security page says tokens are signed with.
ALGORITHM = "RS256"
INT32 = 2**31
_TOKEN_TYPE = re.compile(r"^token[_-]?type$", re.IGNORECASE)
_BINDING = frozenset({"enum", "const", "pattern"})


def check_documentation(contract: Contract, now: float) -> tuple[Finding, ...]:
    """Every finding about the published document; `now` is POSIX time in seconds, for the example token's life."""
    document = contract.published
    examples = tuple(_examples(document))
    return (
        *_examples_match(document, examples),
        *_request_bodies(document),
        *_success_members(document, contract.document),
        *_token_types(document),
        *_statuses(document),
        *_example_tokens(examples, now),
    )


class _Example(Struct, frozen=True):
    """An example, the schema it stands under, and where it is."""

    steps: Steps
    value: Any
    schema: Any


def _finding(requirement: str, at: str, fault: str, expected: str, observed: str) -> Finding:
    return Finding(f"documentation.{requirement}", expected, f"{observed} at {at}", f"{at} {fault}", at)


def _examples(node: Any, steps: Steps = ()) -> Iterator[_Example]:
    """Every example of the document: of media types, parameters and headers, and of schemas themselves."""
    if isinstance(node, dict):
        # beside `content` or `value` there is no schema, and nothing to hold an example to
        schema = node.get("schema", None if node.keys() & {"content", "value"} else node)
        if schema is not None:
            if "example" in node:
                yield _Example((*steps, "example"), node["example"], schema)
            examples = node.get("examples")
            if isinstance(examples, list):
                yield from (_Example((*steps, "examples", i), value, schema) for i, value in enumerate(examples))
            elif isinstance(examples, dict) and "schema" in node:
                for name, example in examples.items():
                    if isinstance(example, dict) and "value" in example:
                        yield _Example((*steps, "examples", name, "value"), example["value"], schema)
    for inner, part in structure(node, steps):
        yield from _examples(part, inner)


def _examples_match(document: dict[str, Any], examples: tuple[_Example, ...]) -> Iterator[Finding]:
    """OpenAPI 3.0.3, Media Type Object and Schema Object: an example matches its schema."""
    if not examples:
        return
    # 30 ms, and only for documents with examples
    import jsonschema_rs

    old = document["openapi"].startswith("3.0")
    draft = jsonschema_rs.Draft4Validator if old else jsonschema_rs.Draft202012Validator
    components = _as_json_schema({"properties": document.get("components", {}).get("schemas", {})})["properties"]
    for example in examples:
        at = pointer(example.steps)
        schema = _as_json_schema(resolve(document, example.schema))
        try:
            validator = draft({"allOf": [schema], "components": {"schemas": components}})
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError):
            yield _finding(
                "examples-match-schemas", at, "schema", "a schema that can be applied", "a schema that is none"
            )
            continue
        errors = sorted(
            validator.iter_errors(example.value),
            key=lambda error: (pointer(error.instance_path), pointer(error.schema_path)),
        )
        if errors:
            faults = sorted({_fault(error) for error in errors})
            observed = "; ".join(dict.fromkeys(_sentence(error) for error in errors))
            yield _finding("examples-match-schemas", at, " ".join(faults), "an example its schema allows", observed)


def _fault(error: Any) -> str:
    """A schema error as a short token that does not change with the wording of a library: "required:error"."""
    if error.kind.name == "required":
        return f"required:{pointer((*error.instance_path, error.kind.property))[1:]}"
    return f"{error.schema_path[-1]}:{pointer(error.instance_path)[1:]}"


def _sentence(error: Any) -> str:
    if error.kind.name == "required":
        where = pointer(error.instance_path)
        return f"the required member {error.kind.property!r} is missing" + (f" in {where}" if where else "")
    text = error.message if len(error.message) <= 160 else f"{error.message[:160]}…"
    return f"{pointer(error.instance_path)[1:]}: {text}".removeprefix(": ")


def _as_json_schema(schema: Any) -> Any:
    """A schema of OpenAPI as JSON Schema: `nullable` (3.0.3, Schema Object) and the format int32 spelled out."""
    if isinstance(schema, list):
        return [_as_json_schema(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made: dict[str, Any] = {}
    for key, value in schema.items():
        if key in ("properties", "patternProperties") and isinstance(value, dict):
            made[key] = {name: _as_json_schema(item) for name, item in value.items()}
        elif key in ("example", "examples", "default", "enum", "const"):
            made[key] = value
        else:
            made[key] = _as_json_schema(value)
    if made.get("format") == "int32":
        made["minimum"] = max(made.get("minimum", -INT32), -INT32)
        made["maximum"] = min(made.get("maximum", INT32 - 1), INT32 - 1)
    if made.pop("nullable", False) is True:
        return {"anyOf": [{"enum": [None]}, made]}
    return made


def _operations(document: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    for path, written in document["paths"].items():
        if not path.startswith("x-"):
            item, at = follow(document, written, pointer(("paths", path)))
            yield from ((item[method], f"{at}/{method}") for method in METHODS if method in item)


def _media(document: dict[str, Any], holder: Mapping[str, Any], at: str) -> Iterator[tuple[Any, str]]:
    """The schema, resolved, of each JSON media type of a body or response, and its pointer."""
    for media_type, media in holder.get("content", {}).items():
        if is_json(media_type) and "schema" in media:
            yield resolve(document, media["schema"]), at + pointer(("content", media_type, "schema"))


def _successes(document: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """The object schema of each success, and its pointer."""
    for operation, at in _operations(document):
        for status, written in operation["responses"].items():
            if status.startswith("2"):
                response, where = follow(document, written, f"{at}/responses/{status}")
                for schema, place in _media(document, response, where):
                    if isinstance(schema, dict) and isinstance(schema.get("properties"), dict):
                        yield schema, place


def _request_bodies(document: dict[str, Any]) -> Iterator[Finding]:
    """OpenAPI 3.0.3, Request Body Object: `required` defaults to false."""
    for operation, at in _operations(document):
        body, where = follow(document, operation.get("requestBody", {}), f"{at}/requestBody")
        needed = any(isinstance(schema, dict) and schema.get("required") for schema, _ in _media(document, body, where))
        if needed and body.get("required") is not True:
            observed = "a body whose schema has required members is optional"
            yield _finding("request-body-required", where, "optional", "required: true", observed)


def _success_members(document: dict[str, Any], overlaid: dict[str, Any]) -> Iterator[Finding]:
    """OpenAPI 3.0.3, Schema Object: what a client needs (the overlay knows) is listed under `required`."""
    needed = {at: schema.get("required", []) for schema, at in _successes(overlaid)}
    for schema, at in _successes(document):
        required = schema.get("required", [])
        missing = [name for name in needed.get(at, ()) if name not in required]
        if not required:
            expected = f"required: [{', '.join(missing)}]" if missing else "the members a client needs under required"
            yield _finding("success-members-required", at, "nothing", expected, "a schema that requires nothing")
        elif missing:
            observed = f"a schema that does not require {', '.join(missing)}"
            yield _finding(
                "success-members-required", at, ",".join(missing), f"required: [{', '.join(missing)}] too", observed
            )


def _token_types(document: dict[str, Any]) -> Iterator[Finding]:
    """A property named for the type of a token is restricted by a keyword, not illustrated by an example."""
    for schema, at in _successes(document):
        for name, member in schema["properties"].items():
            if _TOKEN_TYPE.match(name) and isinstance(member, dict) and not _BINDING & member.keys():
                where = at + pointer(("properties", name))
                yield _finding(
                    "token-type-bound", where, "unbound", "an enum of the token types", "any text is allowed"
                )


def _statuses(document: dict[str, Any]) -> Iterator[Finding]:
    """OpenAPI 3.0.3, Responses Object: known errors are documented, by status, by range or by `default`."""
    for operation, at in _operations(document):
        documented = {status for status in operation["responses"] if not status.startswith("x-")}
        where = f"{at}/responses"
        if not documented & {"429", "4XX", "default"}:
            yield _finding("throttling-documented", where, "no 429", "a 429 response", "no 429 is documented")
        if not any(status.startswith("5") or status == "default" for status in documented):
            yield _finding(
                "server-errors-documented", where, "no 5xx", "a 5XX or default response", "no 5xx is documented"
            )


def _example_tokens(examples: tuple[_Example, ...], now: float) -> Iterator[Finding]:
    """RFC 7519, section 4.1.4, and the security page, for each example that reads as a signed token."""
    for example in examples:
        for steps, text in _texts(example.value, example.steps):
            token = jws.parse(text)
            if text.count(".") != 2 or token.alg is None:
                continue
            at = pointer(steps)
            expires = token.claim("exp")
            if isinstance(expires, int | float) and not isinstance(expires, bool) and expires <= now:
                yield _finding("example-token-live", at, "expired", "a token that has not expired", _expired(expires))
            if token.alg != ALGORITHM:
                shown = str(token.alg)[:40]
                observed = f"a token with the algorithm {shown}"
                yield _finding(
                    "example-token-algorithm", at, shown, f"a token with the algorithm {ALGORITHM}", observed
                )


def _expired(expires: float) -> str:
    try:
        return f"a token that expired on {datetime.fromtimestamp(expires, UTC):%Y-%m-%d}"
    except (ValueError, OverflowError, OSError):
        return f"a token that expired long ago (exp {expires:.0f})"


def _texts(value: Any, steps: Steps) -> Iterator[tuple[Steps, str]]:
    if isinstance(value, str):
        yield steps, value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _texts(item, (*steps, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, (*steps, index))
