"""From octets to credentials, refusing everything that is not strictly what the contract says.

JSON readers disagree about duplicate members, byte order marks, lone surrogates, deep nesting and huge numbers
(RFC 8259, sections 4, 6, 8.1, 8.2, 9). A server that checks secrets reads one way only, so each of these is refused
with 400.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from conformance.reference.values import Cause, Credentials, Refused

MAX_DEPTH = 100
"""Arrays and objects inside one another; RFC 8259, section 9 lets an implementation set a limit."""

MAX_DIGITS = 308
"""Digits of an integer: beyond it an IEEE 754 double overflows (RFC 8259, section 6)."""

_RESTRICTED_NAME = r"[!#$%&'*+.^_`|~0-9a-z-]+"
_JSON_MEDIA_TYPE = re.compile(
    rf"(?:application/json|{_RESTRICTED_NAME}/{_RESTRICTED_NAME}\+json)[ \t]*(?:;.*)?", re.IGNORECASE | re.DOTALL
)


def require_json_media_type(content_type: str | None) -> None:
    """Refuse with 415 a `Content-Type` that is neither `application/json` nor one with the suffix `+json` (RFC 6839).

    Parameters and letter case do not matter (RFC 9110, section 8.3.1). A request without the field is taken for JSON,
    as RFC 9110, section 8.3 allows.
    """
    if content_type is not None and not _JSON_MEDIA_TYPE.fullmatch(content_type.strip(" \t")):
        raise Refused(415, Cause.MEDIA_TYPE, "Unsupported media type: send application/json")


def read_json(body: bytes) -> object:
    """The JSON value in `body`, read strictly by RFC 8259; Refused with 400 if there is none or it is ambiguous."""
    if not body:
        raise Refused(400, Cause.EMPTY, "body: must not be empty")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused(400, Cause.UNUSUAL_JSON, "body: must be UTF-8") from None
    if text.startswith("\ufeff"):
        raise Refused(400, Cause.UNUSUAL_JSON, "body: must not start with a byte order mark")
    try:
        value: object = json.loads(
            text, object_pairs_hook=_unique_members, parse_int=_integer, parse_float=_fraction, parse_constant=_not_json
        )
    except RecursionError:
        raise Refused(400, Cause.UNUSUAL_JSON, "body: is nested too deeply") from None
    except ValueError:
        raise Refused(400, Cause.NOT_JSON, "body: must be valid JSON") from None
    _refuse_oddities(value)
    return value


def validate(value: object) -> Credentials:
    """The credentials in a body that satisfies `AuthenticateRequest`; Refused with 400 otherwise.

    The messages are worded as Ajv words them, which is what the published example of a 400 shows.
    Members that the contract does not name are allowed: it does not set `additionalProperties`.
    """
    if not isinstance(value, dict):
        raise Refused(400, Cause.NOT_AN_OBJECT, "body: must be object")
    for name in ("clientId", "clientSecret"):
        if name not in value:
            raise Refused(400, Cause.MISSING_MEMBER, f"body: must have required property '{name}'")
    for name in ("clientId", "clientSecret"):
        if not isinstance(value[name], str):
            raise Refused(400, Cause.WRONG_TYPE, f"body/{name}: must be string")
    return Credentials(value["clientId"], value["clientSecret"])


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Refused(400, Cause.UNUSUAL_JSON, "body: must not have duplicate members")
    return members


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > MAX_DIGITS:
        raise Refused(400, Cause.UNUSUAL_JSON, "body: holds a number out of range")
    return int(digits)


def _fraction(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise Refused(400, Cause.UNUSUAL_JSON, "body: holds a number out of range")
    return number


def _not_json(_constant: str) -> NoReturn:
    raise Refused(400, Cause.NOT_JSON, "body: must be valid JSON")


def _refuse_oddities(value: object) -> None:
    """Refuse nesting beyond MAX_DEPTH and strings that are no Unicode text, without recursion."""
    level: list[Any] = [value]
    for _depth in range(MAX_DEPTH + 1):
        following: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                following.extend(item.keys())
                following.extend(item.values())
            elif isinstance(item, list):
                following.extend(item)
            elif isinstance(item, str) and not _is_unicode(item):
                raise Refused(400, Cause.UNUSUAL_JSON, "body: holds a lone surrogate")
        if not following:
            return
        level = following
    raise Refused(400, Cause.UNUSUAL_JSON, "body: is nested too deeply")


def _is_unicode(text: str) -> bool:
    """Whether `text` has no lone surrogate, that is, can be encoded at all (RFC 8259, section 8.2)."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
