"""The contract becomes values for whatever operations it has, and a broken document is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.contract import Contract
from conformance.errors import SpecError

Write = Callable[[str], Path]

HEAD = "openapi: 3.0.3\ninfo: {title: T, version: '1'}\n"

MANY = (
    HEAD
    + """servers: [{url: https://a.example/v1/}]
security: [{key: []}]
paths:
  /companies/{companyId}:
    parameters: [{$ref: '#/components/parameters/Company'}, {name: page, in: query, schema: {type: integer}}]
    get:
      operationId: readCompany
      parameters: [{name: page, in: query, schema: {type: string}}]
      responses:
        '200':
          description: ok
          content:
            text/csv: {}
            application/json: {schema: {$ref: '#/components/schemas/Tree'}}
        4XX: {$ref: '#/components/responses/Refused'}
        default: {description: other}
    patch:
      requestBody: {$ref: '#/components/requestBodies/Change'}
      responses: {'204': {description: done}, x-note: 1}
      security: []
  x-internal: {}
components:
  parameters:
    Company: {name: companyId, in: path, required: true, schema: {type: string, format: uuid}}
  requestBodies:
    Change:
      required: true
      content:
        text/plain: {schema: {type: string}}
        application/merge-patch+json: {schema: {$ref: '#/components/schemas/Again'}}
  responses:
    Refused:
      description: no
      content: {application/json: {schema: {$ref: '#/components/schemas/Named'}}}
  schemas:
    Again: {$ref: '#/components/schemas/Named'}
    Named:
      type: object
      properties:
        $ref: {type: string}
        example: {$ref: '#/components/schemas/Text'}
      example: {$ref: nowhere}
      enum: [{$ref: nowhere}]
    Text: {type: string}
    Tree:
      type: object
      properties: {children: {type: array, items: {$ref: '#/components/schemas/Tree'}}}
"""
)


def test_the_published_contract_is_one_operation(contract: Contract, spec: Path) -> None:
    """The token endpoint asks for a JSON body and no token, and documents 200, 400 and 401."""
    operation = contract.operation("post", "/oauth/token")
    assert operation is not None

    assert (operation,) == contract.operations
    assert contract.servers == ("https://pre-partners-api.cobee.io/api/v3", "https://partners-api.cobee.io/api/v3")
    assert (contract.title, contract.version, contract.openapi) == ("Partners API", "1.0.0", "3.0.1")
    assert hashlib.sha256((spec / "openapi.yaml").read_bytes()).hexdigest() == contract.sha256
    assert operation.security == ()
    assert {"400", "401"} <= operation.responses.keys()


def test_the_overlay_tightens_what_is_sent_and_answered(contract: Contract, spec: Path) -> None:
    """With the overlay the body is required and the 200 binds its members; the published document stays as it is."""
    plain, tight = Contract.load(spec / "openapi.yaml").operations[0], contract.operations[0]
    body = contract.document["paths"]["/oauth/token"]["post"]["requestBody"]
    success = tight.responses["200"]["application/json"]
    assert success is not None

    assert body["required"] is True
    assert success["required"] == ["accessToken", "tokenType", "expiresIn"]
    assert success["properties"]["tokenType"]["enum"] == ["Bearer"]
    assert "429" in tight.responses
    assert "429" not in plain.responses
    assert "429" not in contract.published["paths"]["/oauth/token"]["post"]["responses"]


def test_nothing_is_known_of_one_operation_only(write: Write) -> None:
    """References, parameters of a path, ranges, `default` and inherited security are read for every operation."""
    contract = Contract.load(write(MANY))
    read, change = contract.operations

    assert (read.method, read.path) == ("GET", "/companies/{companyId}")
    assert read.pointer == "/paths/~1companies~1{companyId}/get"
    assert [(p["name"], p["schema"]["type"]) for p in read.parameters] == [("companyId", "string"), ("page", "string")]
    assert read.security == ({"key": []},)
    assert contract.servers == ("https://a.example/v1",)
    assert read.responses["4XX"] == read.response(404)
    assert read.responses["default"] == read.response(503)
    assert read.responses["200"] == read.response(200)
    assert {k: v for k, v in read.responses["200"].items() if v is None} == {"text/csv": None}
    assert change.security == ()
    assert change.response(200) is None
    assert change.request_schema is not None
    assert change.request_schema["properties"]["example"] == {"type": "string"}
    assert change.request_schema["example"] == {"$ref": "nowhere"}
    assert contract.operation("PUT", "/companies/{companyId}") is None


def test_a_schema_that_holds_itself_keeps_one_reference(write: Write) -> None:
    """A tree is resolved once; where it begins again the reference stays."""
    contract = Contract.load(write(MANY))

    tree = contract.resolve({"$ref": "#/components/schemas/Tree"})

    assert tree["properties"]["children"]["items"] == {"$ref": "#/components/schemas/Tree"}


@pytest.mark.parametrize(
    ("version", "expected"),
    [("3.0.3", {"type": "string"}), ("3.1.0", {"allOf": [{"type": "string"}], "maxLength": 3})],
)
def test_keywords_beside_a_reference_count_since_3_1(write: Write, version: str, expected: dict[str, object]) -> None:
    """OpenAPI 3.0 ignores what stands beside a `$ref`, 3.1 keeps it."""
    contract = Contract.load(write(MANY.replace("3.0.3", version)))

    assert expected == contract.resolve({"$ref": "#/components/schemas/Text", "maxLength": 3})


PATHS = "paths: {/a: {get: {responses: {'200': {description: ok}}}}}\n"
REFUSED = {
    "no mapping": ("- a\n", 1, "is an array, not an object"),
    "Swagger 2": ("swagger: '2.0'\ninfo: {title: T, version: '1'}\npaths: {}\n", 1, "the key 'openapi' is missing"),
    "a version to come": (
        "openapi: 4.0.0\ninfo: {title: T, version: '1'}\npaths: {}\n",
        1,
        "is not a version 3.0.x or",
    ),
    "no paths": (HEAD, 1, "the key 'paths' is missing"),
    "paths that are a list": (HEAD + "paths: []\n", 3, "paths: is an array, not an object"),
    "a path without its slash": (HEAD + "paths:\n  oauth: {}\n", 4, "the path 'oauth' does not begin with a slash"),
    "no responses": (HEAD + "paths:\n  /a:\n    get: {}\n", 5, "the key 'responses' is missing"),
    "a status that is none": (HEAD + "paths:\n  /a:\n    get:\n      responses:\n        2000: {}\n", 7, "no string"),
    "a status nobody knows": (
        HEAD + "paths:\n  /a:\n    get:\n      responses:\n        '2000': {}\n",
        7,
        "unknown key",
    ),
    "a reference to nothing": (
        HEAD + PATHS + "components:\n  schemas:\n    A:\n      $ref: '#/components/schemas/B'\n",
        7,
        "$ref '#/components/schemas/B' leads nowhere",
    ),
    "a reference that is no pointer": (HEAD + PATHS + "components: {schemas: {A: {$ref: '#B'}}}\n", 4, "leads nowhere"),
    "a reference to another file": (
        HEAD + PATHS + "components:\n  schemas:\n    A: {$ref: other.yaml}\n",
        6,
        "$ref 'other.yaml' leads out of the document",
    ),
    "references in a circle": (
        HEAD + PATHS + "components:\n  schemas:\n    A: {$ref: '#/components/schemas/B'}\n"
        "    B: {$ref: '#/components/schemas/A'}\n",
        6,
        "$ref '#/components/schemas/B' leads in a circle",
    ),
    "a reference to itself": (
        HEAD + PATHS + "components:\n  schemas:\n    A: {$ref: '#/components/schemas/A'}\n",
        6,
        "leads in a circle",
    ),
}


@pytest.mark.parametrize(("text", "line", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_broken_document_is_refused(write: Write, text: str, line: int, reason: str) -> None:
    """Each kind of broken document is refused with file, line and reason."""
    path = write(text)

    with pytest.raises(SpecError) as refused:
        Contract.load(path)

    assert (path, line) == (refused.value.path, refused.value.line)
    assert reason in refused.value.reason


def test_an_example_named_by_reference_must_be_there(write: Write) -> None:
    """An Example Object may be a reference, and then it leads somewhere; the value of an example is data."""
    media = "application/json: {examples: {one: {$ref: '#/components/examples/X'}, two: {value: {$ref: nowhere}}}}"
    text = f"{HEAD}paths: {{/a: {{get: {{responses: {{'200': {{content: {{{media}}}}}}}}}}}}}\n"

    with pytest.raises(SpecError, match="'#/components/examples/X' leads nowhere"):
        Contract.load(write(text))
    Contract.load(write(text + "components: {examples: {X: {value: 1}}}\n"))
