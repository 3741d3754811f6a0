"""The document's own defects are found wherever they stand, and nothing is found in a document without them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from msgspec.structs import replace

from conformance.catalogue import Catalogue
from conformance.checks.documentation import check_documentation
from conformance.contract import Contract

NOW = 1_795_000_000.0
POST = "/paths/~1oauth~1token/post"
SUCCESS = f"{POST}/responses/200/content/application~1json/schema"


def _token(header: dict[str, Any], claims: dict[str, Any]) -> str:
    """A text that reads as a compact JWS; nothing ever signed it."""
    parts = [json.dumps(part).encode() for part in (header, claims)] + [b"no signature"]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def _operation(document: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = document["paths"]["/oauth/token"]["post"]
    return operation


def _success(document: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = _operation(document)["responses"]["200"]["content"]["application/json"]["schema"]
    return schema


@pytest.fixture
def mended(contract: Contract) -> dict[str, Any]:
    """The published document with every defect mended."""
    document = deepcopy(contract.published)
    operation, success = _operation(document), _success(document)
    operation["requestBody"]["required"] = True
    success["required"] = ["accessToken", "tokenType", "expiresIn"]
    success["properties"]["tokenType"]["enum"] = ["Bearer"]
    success["properties"]["accessToken"]["example"] = _token({"alg": "RS256", "typ": "JWT"}, {"exp": 4_102_444_800})
    for status in ("400", "401"):
        operation["responses"][status]["content"]["application/json"]["example"] = {"error": 4, "message": "m"}
    document["components"]["schemas"]["Error"]["example"] = {"error": 400, "message": "m"}
    operation["responses"]["429"] = {"description": "Too Many Requests"}
    operation["responses"]["5XX"] = {"description": "Server error"}
    return document


def _found(contract: Contract, document: dict[str, Any]) -> list[tuple[str, str]]:
    findings = check_documentation(replace(contract, published=document), NOW)
    return [(finding.requirement.removeprefix("documentation."), finding.pointer) for finding in findings]


def test_the_published_document_has_its_known_defects(contract: Contract) -> None:
    """Ten findings: three examples, and one each of the other kinds; each says where."""
    findings = check_documentation(contract, NOW)

    assert [
        ("examples-match-schemas", f"{POST}/responses/400/content/application~1json/example"),
        ("examples-match-schemas", f"{POST}/responses/401/content/application~1json/example"),
        ("examples-match-schemas", "/components/schemas/Error/example"),
        ("request-body-required", f"{POST}/requestBody"),
        ("success-members-required", SUCCESS),
        ("token-type-bound", f"{SUCCESS}/properties/tokenType"),
        ("throttling-documented", f"{POST}/responses"),
        ("server-errors-documented", f"{POST}/responses"),
        ("example-token-live", f"{SUCCESS}/properties/accessToken/example"),
        ("example-token-algorithm", f"{SUCCESS}/properties/accessToken/example"),
    ] == [(finding.requirement.removeprefix("documentation."), finding.pointer) for finding in findings]
    for finding in findings:
        assert finding.pointer in finding.observed
        assert finding.signature.startswith(f"{finding.pointer} ")
        assert "\n" not in finding.observed + finding.expected
    assert "the required member 'error' is missing" in findings[0].observed
    assert "expired on 2024-03-17" in findings[8].observed


def test_every_requirement_of_the_family_has_its_check(contract: Contract, catalogue: Catalogue) -> None:
    """The published document breaks each requirement of the family, so each has a check that speaks."""
    assert {requirement.id for requirement in catalogue.family("documentation")} == {
        finding.requirement for finding in check_documentation(contract, NOW)
    }


def test_a_mended_document_has_no_finding(contract: Contract, mended: dict[str, Any]) -> None:
    """Nothing is said of a document that keeps every requirement."""
    assert _found(contract, mended) == []


def _media(document: dict[str, Any], status: str) -> dict[str, Any]:
    media: dict[str, Any] = _operation(document)["responses"][status]["content"]["application/json"]
    return media


def _error(document: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = document["components"]["schemas"]["Error"]
    return schema


def _token_property(document: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = _success(document)["properties"]["accessToken"]
    return schema


def _without(mapping: dict[str, Any], *names: str) -> list[Any]:
    return [mapping.pop(name) for name in names]


EXAMPLES = "examples-match-schemas"
EXAMPLE_400 = f"{POST}/responses/400/content/application~1json/example"
TOKEN = f"{SUCCESS}/properties/accessToken/example"
DEFECTS: dict[str, tuple[Callable[[dict[str, Any]], object], str, str]] = {
    "400 without error": (lambda d: _media(d, "400").update(example={"message": "m"}), EXAMPLES, EXAMPLE_400),
    "401 with a text as error": (
        lambda d: _media(d, "401").update(example={"error": "401", "message": "m"}),
        EXAMPLES,
        f"{POST}/responses/401/content/application~1json/example",
    ),
    "error beyond int32": (
        lambda d: _error(d).update(example={"error": 2**31, "message": "m"}),
        EXAMPLES,
        "/components/schemas/Error/example",
    ),
    "a named example": (
        lambda d: _media(d, "400").update(examples={"one": {"value": {"error": 1}}}),
        EXAMPLES,
        f"{POST}/responses/400/content/application~1json/examples/one/value",
    ),
    "an example of a property": (
        lambda d: _success(d)["properties"]["expiresIn"].update(example="86400"),
        EXAMPLES,
        f"{SUCCESS}/properties/expiresIn/example",
    ),
    "an example of a parameter": (
        lambda d: _operation(d).update(
            parameters=[{"name": "p", "in": "query", "schema": {"type": "integer"}, "example": "x"}]
        ),
        EXAMPLES,
        f"{POST}/parameters/0/example",
    ),
    "a null where none is allowed": (lambda d: _media(d, "400").update(example=None), EXAMPLES, EXAMPLE_400),
    "a schema that is none": (
        lambda d: d["components"]["schemas"].update(Odd={"type": "objekt", "example": 1}),
        EXAMPLES,
        "/components/schemas/Odd/example",
    ),
    "an optional body": (
        lambda d: _operation(d)["requestBody"].update(required=False),
        "request-body-required",
        f"{POST}/requestBody",
    ),
    "a success that requires nothing": (
        lambda d: _without(_success(d), "required"),
        "success-members-required",
        SUCCESS,
    ),
    "a success that requires too little": (
        lambda d: _success(d).update(required=["accessToken", "tokenType"]),
        "success-members-required",
        SUCCESS,
    ),
    "a type bound by an example": (
        lambda d: _without(_success(d)["properties"]["tokenType"], "enum"),
        "token-type-bound",
        f"{SUCCESS}/properties/tokenType",
    ),
    "no 429": (
        lambda d: _without(_operation(d)["responses"], "429"),
        "throttling-documented",
        f"{POST}/responses",
    ),
    "no 5xx": (lambda d: _without(_operation(d)["responses"], "5XX"), "server-errors-documented", f"{POST}/responses"),
    "a token that has expired": (
        lambda d: _token_property(d).update(example=_token({"alg": "RS256"}, {"exp": NOW})),
        "example-token-live",
        TOKEN,
    ),
    "a token that expired before there were years": (
        lambda d: _token_property(d).update(example=_token({"alg": "RS256"}, {"exp": -1e300})),
        "example-token-live",
        TOKEN,
    ),
    "a token under another algorithm": (
        lambda d: _token_property(d).update(example=_token({"alg": "HS256"}, {"exp": NOW + 1})),
        "example-token-algorithm",
        TOKEN,
    ),
    "a token inside an example": (
        lambda d: _media(d, "400").update(
            example={"error": 1, "message": "m", "tokens": [_token({"alg": "none"}, {})]}
        ),
        "example-token-algorithm",
        f"{EXAMPLE_400}/tokens/0",
    ),
}


@pytest.mark.parametrize(("spoil", "requirement", "at"), DEFECTS.values(), ids=DEFECTS)
def test_one_defect_is_one_finding(
    contract: Contract,
    mended: dict[str, Any],
    spoil: Callable[[dict[str, Any]], object],
    requirement: str,
    at: str,
) -> None:
    """Each single defect, put into the mended document, gives its finding at its place and no other."""
    spoil(mended)

    assert [(requirement, at)] == _found(contract, mended)


SOUND: dict[str, Callable[[dict[str, Any]], object]] = {
    "a nullable member": lambda d: (
        _error(d)["properties"].update(hint={"type": "string", "nullable": True}),
        _error(d).update(example={"error": 1, "message": "m", "hint": None}),
    ),
    "4XX in place of 429": lambda d: (
        _without(_operation(d)["responses"], "429"),
        _operation(d)["responses"].update({"4XX": {"description": "d"}}),
    ),
    "default in place of both": lambda d: (
        _without(_operation(d)["responses"], "429", "5XX"),
        _operation(d)["responses"].update(default={"description": "d"}),
    ),
    "503 in place of 5XX": lambda d: (
        _without(_operation(d)["responses"], "5XX"),
        _operation(d)["responses"].update({"503": {"description": "d"}}),
    ),
    "a text with dots": lambda d: _token_property(d).update(example="partners.api.example"),
    "an optional body that needs nothing": lambda d: (
        _operation(d)["requestBody"].update(required=False),
        d["components"]["schemas"]["AuthenticateRequest"].pop("required"),
    ),
    "a schema that holds itself": lambda d: d["components"]["schemas"].update(
        Tree={
            "type": "object",
            "properties": {"next": {"$ref": "#/components/schemas/Tree"}},
            "example": {"next": {"next": {}}},
        }
    ),
    "an example in an extension": lambda d: d.update({"x-note": {"type": "string", "example": 1}}),
    "an example that is referred to": lambda d: (
        d["components"].update(examples={"One": {"value": 1}}),
        _media(d, "400").update(examples={"one": {"$ref": "#/components/examples/One"}}),
    ),
    "no examples at all": lambda d: (
        _without(_media(d, "400"), "example"),
        _without(_media(d, "401"), "example"),
        _without(_error(d), "example"),
        [_without(member, "example") for member in _success(d)["properties"].values()],
    ),
}


@pytest.mark.parametrize("change", SOUND.values(), ids=SOUND)
def test_what_is_sound_is_not_found(
    contract: Contract, mended: dict[str, Any], change: Callable[[dict[str, Any]], object]
) -> None:
    """Other ways to keep a requirement are kept too."""
    change(mended)

    assert _found(contract, mended) == []


def test_a_tree_whose_example_is_wrong_deep_inside_is_found(contract: Contract, mended: dict[str, Any]) -> None:
    """A schema that holds itself is applied at every depth."""
    mended["components"]["schemas"]["Tree"] = {
        "type": "object",
        "properties": {"next": {"$ref": "#/components/schemas/Tree"}},
        "example": {"next": {"next": {"next": 1}}},
    }

    assert _found(contract, mended) == [(EXAMPLES, "/components/schemas/Tree/example")]


def test_every_operation_is_judged(contract: Contract, mended: dict[str, Any]) -> None:
    """A second operation has findings of its own, under its own pointer."""
    mended["paths"]["/companies"] = {"get": {"responses": {"200": {"description": "ok"}}}}

    assert _found(contract, mended) == [
        ("throttling-documented", "/paths/~1companies/get/responses"),
        ("server-errors-documented", "/paths/~1companies/get/responses"),
    ]


def test_version_3_1_examples_are_a_list(contract: Contract, mended: dict[str, Any]) -> None:
    """In OpenAPI 3.1 a schema has `examples`, and null is a type."""
    mended["openapi"] = "3.1.0"
    _error(mended)["properties"]["message"] = {"type": ["string", "null"], "examples": ["m", None, 1]}

    assert _found(contract, mended) == [(EXAMPLES, "/components/schemas/Error/properties/message/examples/2")]
