"""The shapes of bodies: `Error` on 400 and 401, the token envelope on 200 (design, section 5, Shapes)."""

from __future__ import annotations

import re

from conformance.checks.assessment import Assessment, Sight, kind, mark, names, show
from conformance.classification import KNOWN_METHODS

BEARER = "Bearer"
INT32 = range(-(2**31), 2**31)
STATUSES = frozenset({200, *range(400, 600)})  # what reads as an HTTP status, and as no code of one's own
# JSON is UTF-8 (RFC 8259, section 8.1); a charset that is a part of it, such as ISO-8859-1 for ASCII, misleads nobody
_MISLEADING = re.compile(r';\s*charset\s*=\s*"?(?:utf-?(?:16|32|7)|ucs)[\w-]*', re.IGNORECASE)
OUTSIDE = frozenset({404, 405, 413, 415})


def check_body(sight: Sight, found: Assessment, family: str) -> dict[str, object] | None:
    """Judge content type, strict JSON and object; return the object where there is one to look into.

    A body of another media type is judged by that alone, unless it happens to be JSON: one defect, one finding.
    """
    response, text = sight.response, sight.text
    fields = dict.fromkeys(response.header_values("content-type"))
    media = ", ".join(dict.fromkeys(field.split(";", 1)[0].strip().lower() for field in fields))
    is_json = media == "application/json" or media.endswith("+json")
    lie = _MISLEADING.search(";".join(fields))
    told = f"Content-Type {show(media)}" if media else "no Content-Type"
    if is_json and len(fields) > 1:
        told = f"{len(fields)} fields Content-Type that differ"
    elif is_json and lie:
        told = f"a charset that the content is not in: {show(lie[0].strip('; '))}"
    found.expect(
        f"{family}.content-type",
        is_json and len(fields) == 1 and not lie,
        "Content-Type application/json",
        told,
        f"{response.status} {media or 'absent'}",
    )
    if (not is_json and text.fault is not None) or response.coding_fault:
        # what cannot be decoded is that defect, and no empty body besides
        return None
    if not found.expect(
        f"{family}.json",
        text.fault is None,
        "one strict JSON document",
        text.fault or "",
        f"{response.status} {text.fault}",
    ):
        return text.value if isinstance(text.value, dict) else None
    found.expect(
        "protocol.unique-members",
        not text.duplicates,
        "every member once",
        f"repeated: {names(text.duplicates)}",
        "repeated",
    )
    is_object = isinstance(text.value, dict)
    found.expect(
        f"{family}.object", is_object, "an object", f"{kind(text.value)}", f"{response.status} {kind(text.value)}"
    )
    return text.value if is_object else None


def check_error(sight: Sight, found: Assessment) -> None:
    """Judge a 400 or 401 by `Error` (contract, /components/schemas/Error)."""
    body = check_body(sight, found, "error")
    if body is not None:
        _check_error_members(sight, found, body)


def _check_error_members(sight: Sight, found: Assessment, body: dict[str, object]) -> None:
    status = sight.response.status
    if found.expect("error.error-present", "error" in body, "a member error", "none", str(status)):
        error = body["error"]
        integer = isinstance(error, int) and not isinstance(error, bool)
        found.expect(
            "error.error-integer",
            integer,
            "error is an integer",
            f"error is {kind(error)}: {show(error)}",
            f"{status} {kind(error)}",
        )
        if integer and isinstance(error, int):
            fits, shown = error in INT32, f"error is {show(error)}"
            if found.expect("error.error-int32", fits, "error fits int32", shown, str(status)):
                _check_agrees(status, error, found)
    if found.expect("error.message-present", "message" in body, "a member message", "none", str(status)):
        message = body["message"]
        found.expect(
            "error.message-string",
            isinstance(message, str),
            "message is a string",
            f"message is {kind(message)}: {show(message)}",
            f"{status} {kind(message)}",
        )


def _check_agrees(status: int, error: int, found: Assessment) -> None:
    agrees = error not in STATUSES or error == status
    told = f"error {error} on a {status}"
    found.expect("error.status-agrees", agrees, f"error {status} on a {status}", told, f"{status} {error}")


def check_outside(sight: Sight, found: Assessment) -> None:
    """Judge a JSON body outside the documented statuses by `Error`, as a recommendation.

    A method that HTTP does not know is refused by whoever routes requests, in words of its own, and no client is told of it.
    """
    response, text = sight.response, sight.text
    if sight.exchange.request.method not in KNOWN_METHODS:
        return
    media = (response.header("content-type") or "").split(";", 1)[0].strip().lower()
    if not response.content or not (media == "application/json" or media.endswith("+json")) or text.fault is not None:
        return
    body = text.value if isinstance(text.value, dict) else {}
    error, message = body.get("error"), body.get("message")
    fits = isinstance(error, int) and not isinstance(error, bool) and error in INT32 and isinstance(message, str)
    observed = f"{kind(text.value)} with error {show(error)} and message {show(message)}"
    expected = "an Error: an integer error and a string message"
    if found.expect("error.outside-contract", fits, expected, observed, str(response.status)) and isinstance(
        error, int
    ):
        _check_agrees(response.status, error, found)


def check_envelope(sight: Sight, found: Assessment) -> dict[str, object] | None:
    """Judge the envelope of a token; return it where it is an object (contract, …/responses/200)."""
    body = check_body(sight, found, "token")
    if body is None:
        return None
    token = body.get("accessToken")
    there = isinstance(token, str) and bool(token)
    absent = "none" if "accessToken" not in body else f"accessToken is {kind(token) if token != '' else 'empty'}"
    found.expect("token.access-token", there, "accessToken is a string", absent, kind(token))
    kind_of_token = body.get("tokenType")
    shown = "no tokenType" if "tokenType" not in body else f"tokenType is {show(kind_of_token)}"
    found.expect(
        "token.token-type", kind_of_token == BEARER, "tokenType is exactly 'Bearer'", shown, mark(kind_of_token)
    )
    expires = body.get("expiresIn")
    integer = isinstance(expires, int) and not isinstance(expires, bool)
    shown = "no expiresIn" if "expiresIn" not in body else f"expiresIn is {kind(expires)}: {show(expires)}"
    if found.expect("token.expires-in", integer, "expiresIn is an integer", shown, kind(expires)):
        positive = isinstance(expires, int) and expires > 0
        found.expect("token.expires-in-positive", positive, "expiresIn is positive", shown, "not positive")
    return body
