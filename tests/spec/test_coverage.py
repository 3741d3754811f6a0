"""Contract coverage counts what the contract promises, for any contract."""

from __future__ import annotations

from conformance.catalogue import Catalogue
from conformance.contract import Contract
from conformance.coverage import measure, promises

TOKEN = "/paths/~1oauth~1token/post"  # a pointer


def test_every_promise_has_a_requirement_or_a_reason(contract: Contract, catalogue: Catalogue) -> None:
    """Nothing the contract promises is forgotten, and no reason is given for what is tested or not promised."""
    coverage = measure(contract, catalogue)
    excused = [pointer for entry in catalogue.untested for pointer in entry.pointers]

    assert coverage.unexplained == ()
    assert set(coverage.promises) == {*coverage.covered, *coverage.uncovered}
    assert sorted(excused) == sorted(coverage.uncovered)
    assert str(coverage) == (
        f"{len(coverage.covered)} of {len(coverage.promises)} promises of the contract have a requirement, "
        f"{len(coverage.uncovered)} have a reason why none can test them, 0 have neither"
    )


def test_a_new_promise_is_uncovered(contract: Contract, catalogue: Catalogue) -> None:
    """A keyword that is added to the contract shows as uncovered until a requirement rests on it."""
    from copy import deepcopy

    from msgspec.structs import replace

    document = deepcopy(contract.document)
    document["components"]["schemas"]["Error"]["properties"]["message"]["maxLength"] = 200
    coverage = measure(replace(contract, document=document), catalogue)

    assert coverage.unexplained == ("/components/schemas/Error/properties/message/maxLength",)
    assert str(coverage).endswith("1 have neither")


def test_the_published_promises_are_those_of_the_page(contract: Contract) -> None:
    """Descriptions, examples, titles and licences promise nothing; statuses, types and media types do."""
    published = promises(contract.published)

    assert f"{TOKEN}/responses/400" in published
    assert f"{TOKEN}/security" in published
    assert "/components/schemas/Error/properties/error/format" in published
    assert not [pointer for pointer in published if pointer.endswith(("description", "example", "title", "license"))]
    assert len(published) == len(set(published)) == 29


DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "T", "version": "1"},
    "paths": {
        "x-note": {},
        "/a/{b}": {
            "servers": [{"url": "https://a.example"}],
            "parameters": [{"$ref": "#/components/parameters/B"}],
            "get": {
                "security": [{"bearer": []}],
                "parameters": [{"name": "q", "in": "query", "schema": {"type": "string"}, "explode": True}],
                "responses": {
                    "x-note": 1,
                    "200": {
                        "headers": {"X-Total": {"required": True, "schema": {"minimum": 0}}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Tree"}}},
                    },
                    "default": {"$ref": "#/components/responses/Other"},
                },
            },
        },
    },
    "components": {
        "parameters": {"B": {"name": "b", "in": "path", "required": True, "schema": {"format": "uuid"}}},
        "responses": {"Other": {"content": {"text/plain": {}}}},
        "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "description": "d"}},
        "schemas": {
            "Unused": {"type": "string"},
            "Tree": {
                "title": "A tree",
                "type": "object",
                "required": ["kind"],
                "additionalProperties": False,
                "uniqueItems": False,
                "readOnly": False,
                "nullable": True,
                "properties": {
                    "type": {"const": "tree"},
                    "kind": {"oneOf": [{"enum": ["a"]}, {"pattern": "^b"}]},
                    "left": {"$ref": "#/components/schemas/Tree", "deprecated": True, "minProperties": 1},
                    "never": False,
                    "any": {"type": "array", "items": {"minLength": 1}, "additionalProperties": True},
                },
            },
        },
    },
}


def test_promises_are_found_in_any_document() -> None:
    """References are followed once, schemas that hold themselves end, and keywords that restrict nothing are left out."""
    at, tree = "/paths/~1a~1{b}", "/components/schemas/Tree"

    assert (
        f"{at}/servers/0/url",
        "/components/parameters/B",
        "/components/parameters/B/required",
        "/components/parameters/B/schema/format",
        f"{at}/get",
        f"{at}/get/parameters/0",
        f"{at}/get/parameters/0/explode",
        f"{at}/get/parameters/0/schema/type",
        f"{at}/get/responses/200",
        f"{at}/get/responses/200/headers/X-Total",
        f"{at}/get/responses/200/headers/X-Total/required",
        f"{at}/get/responses/200/headers/X-Total/schema/minimum",
        f"{at}/get/responses/200/content/application~1json",
        f"{tree}/type",
        f"{tree}/required/0",
        f"{tree}/additionalProperties",
        f"{tree}/nullable",
        f"{tree}/properties/type/const",
        f"{tree}/properties/kind/oneOf",
        f"{tree}/properties/kind/oneOf/0/enum",
        f"{tree}/properties/kind/oneOf/1/pattern",
        f"{tree}/properties/left/minProperties",
        f"{tree}/properties/never",
        f"{tree}/properties/any/type",
        f"{tree}/properties/any/items/minLength",
        f"{at}/get/responses/default",
        "/components/responses/Other/content/text~1plain",
        f"{at}/get/security/0/bearer",
        "/components/securitySchemes/bearer/type",
        "/components/securitySchemes/bearer/scheme",
    ) == promises(DOCUMENT)
