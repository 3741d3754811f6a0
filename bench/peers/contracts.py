"""The contract as a peer is given it: tightened by our own overlay, with the credentials as its example.

A peer knows nothing but the document. So the document says all that a document can: what spec/overlay.yaml adds, HTTP's
own answers outside the operation (404, 405, 413, 415), valid credentials as the example of a request, the header fields
that are recommended, which strings are certain to be taken for credentials. Without these a peer would miss what it could find, and accuse servers of what it was not told.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from conformance.contract import Contract

ROOT = Path(__file__).parents[2]
OUTSIDE = {
    "404": "Not Found",
    "405": "Method Not Allowed",
    "413": "Content Too Large",
    "415": "Unsupported Media Type",
}


FIELDS = {"200": "Cache-Control", "401": "WWW-Authenticate", "405": "Allow"}


def published() -> Contract:
    """The contract with the overlay applied."""
    return Contract.load(ROOT / "spec" / "openapi.yaml", ROOT / "spec" / "overlay.yaml")


def tightened(client_id: str, client_secret: str) -> dict[str, Any]:
    """The document for a peer: OpenAPI 3.0, examples that are valid, every response it may meet."""
    document = copy.deepcopy(published().document)
    pair = {"clientId": client_id, "clientSecret": client_secret}
    errors = {"400": {"error": 400, "message": "Bad Request"}, "401": {"error": 401, "message": "Unauthorized"}}
    for operations in document["paths"].values():
        for operation in operations.values():
            _examples(operation, pair, errors)
            for status, reason in OUTSIDE.items():
                operation["responses"].setdefault(status, {"description": reason})
            for status, name in FIELDS.items():
                response = operation["responses"].get(status, {})
                response["headers"] = {name: {"required": True, "schema": {"type": "string"}}}
    for member in document["components"]["schemas"]["AuthenticateRequest"]["properties"].values():
        # what is sure to be refused with 401; everything else a server may call malformed, and a peer sends it as such
        member |= {"minLength": 1, "maxLength": 512, "pattern": "^[ -~]+$"}
    # the document's own example is not one of this schema
    document["components"]["schemas"]["Error"]["example"] = errors["400"]
    return document


def _examples(operation: dict[str, Any], pair: dict[str, str], errors: dict[str, dict[str, Any]]) -> None:
    operation["requestBody"]["content"]["application/json"]["example"] = pair
    for status, example in errors.items():
        if status in operation["responses"]:
            operation["responses"][status]["content"]["application/json"]["example"] = example
