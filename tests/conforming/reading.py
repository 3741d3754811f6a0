"""From a request to what it deserves, as the contract and a server's `Face` say; pure."""

from __future__ import annotations

import enum
import hmac
import json
import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from tests.conforming.face import TOKEN_PATH, Credentials, Face, HeaderPairs, Repeats

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"})
CHARGED = frozenset({"__proto__", "constructor", "prototype"})
JSON_NAMES = ("clientId", "clientSecret")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request.

    target: the request target as it came, query included.
    headers: field pairs, names in lower case.
    too_large: the body is longer than the server reads; `body` is then empty.
    """

    method: str
    target: str
    headers: HeaderPairs
    body: bytes = field(default=b"", repr=False)
    too_large: bool = False

    def header(self, name: str) -> str | None:
        """The combined value of a field, or None (RFC 9110, section 5.2); `name` in lower case."""
        values = [value for key, value in self.headers if key == name]
        return ", ".join(values) if values else None


class Kind(enum.Enum):
    """What a request comes to."""

    GRANTED = "a token"
    INVALID = "the body is invalid"
    REFUSED = "the credentials are no client's"
    OUTSIDE = "outside the contract"
    PREFLIGHT = "a success without content"


@dataclass(frozen=True, slots=True)
class Deserved:
    """A request's kind, its status, and what to say of it."""

    kind: Kind
    status: int
    words: str


_TARGET = re.compile(r"(?:[^\[\]{}|\\^`<>\"% ]|%[0-9A-Fa-f]{2})*")
GRANTED = Deserved(Kind.GRANTED, 200, "OK")


class _Invalid(Exception):
    """A body that is not what the contract asks for."""


def judge(asked: Asked, face: Face, credentials: Credentials) -> Deserved:
    """What `asked` deserves of a server with this face and this client."""
    path, _, query = asked.target.partition("?")
    turned_away = _turned_away(asked, query, face)
    if turned_away is not None:
        return turned_away
    if path != TOKEN_PATH:
        return Deserved(Kind.OUTSIDE, 404, "Not Found")
    if asked.method != "POST":
        return _other_method(asked.method, face)
    if query and face.query:
        return _refusal(face.query, "Not Found" if face.query == 404 else "querystring: must NOT have properties")
    media = _media_type(asked)
    status = face.no_media_type if media is None else face.plus_json if media.endswith("+json") else 0
    if media is not None and media != "application/json" and not media.endswith("+json"):
        status = face.media_type
    if status:
        return _refusal(status, "Unsupported Media Type")
    if asked.too_large:
        return _refusal(face.too_large, "Request body is too large")
    try:
        given = _credentials(_document(asked.body, face), face)
    except _Invalid as invalid:
        return Deserved(Kind.INVALID, 400, str(invalid))
    return _checked(given, face, credentials)


def _turned_away(asked: Asked, query: str, face: Face) -> Deserved | None:
    """What a web server or its middleware says before anything is routed."""
    if face.no_length and asked.method == "POST" and asked.header("content-length") is None:
        return Deserved(Kind.OUTSIDE, face.no_length, "Length Required")
    if face.foreign_referer and "//127.0.0.1" not in (asked.header("referer") or "//127.0.0.1"):
        return Deserved(Kind.OUTSIDE, face.foreign_referer, "Forbidden")
    if (face.strict_target and not _TARGET.fullmatch(asked.target)) or (face.reads_forms and _is_no_form(asked, query)):
        return Deserved(Kind.OUTSIDE, 400, "Bad Request")
    return None


def _is_no_form(asked: Asked, query: str) -> bool:
    """Whether a multipart body has no parts, or a parameter of the query is a list and an object."""
    names = [name for name, _ in parse_qsl(query)]
    lists = {name.removesuffix("[]") for name in names if name.endswith("[]")}
    objects = {name.partition("[")[0] for name in names if "[" in name and not name.endswith("[]")}
    broken = "multipart/" in (_media_type(asked) or "") and not asked.body.startswith(b"--")
    return broken or bool(lists & objects)


def _refusal(status: int, words: str) -> Deserved:
    kind = {400: Kind.INVALID, 401: Kind.REFUSED}.get(status, Kind.OUTSIDE)
    return Deserved(kind, status, words)


def _other_method(method: str, face: Face) -> Deserved:
    status = face.wrong_method
    if method == "OPTIONS":
        status = face.options
    elif method == "HEAD":
        status = face.head
    elif method not in METHODS:
        status = face.unknown_method
    if status < 300:
        return Deserved(Kind.PREFLIGHT, status, "No Content")
    return _refusal(status, {404: "Not Found", 501: "Not Implemented"}.get(status, "Method Not Allowed"))


def _media_type(asked: Asked) -> str | None:
    value = asked.header("content-type")
    return None if value is None else value.split(";", 1)[0].strip(" \t").lower()


def _document(body: bytes, face: Face) -> object:
    if body.startswith(b"\xef\xbb\xbf"):
        if not face.takes_bom:
            raise _Invalid("body: Unexpected token in JSON at position 0")
        body = body[3:]
    try:
        text = body.decode("utf-8", "replace" if face.takes_bad_utf8 else "strict")
        constant = None if face.takes_bad_utf8 else _no_constant
        return json.loads(text, object_pairs_hook=_members(face.repeats), parse_constant=constant)
    except (ValueError, RecursionError):
        quoted = body.decode("utf-8", "replace")
        if len(quoted) <= face.quotes:
            raise _Invalid(f'Unexpected token at position 0, "{quoted}" is not valid JSON') from None
        raise _Invalid("body: must be valid JSON") from None


def _members(repeats: Repeats) -> Any:
    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if repeats is Repeats.REFUSED and len(dict(pairs)) != len(pairs):
            raise _Invalid("body: must not repeat a member")
        return dict(reversed(pairs)) if repeats is Repeats.FIRST else dict(pairs)

    return members


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _credentials(document: object, face: Face) -> tuple[str, str]:
    if not isinstance(document, dict):
        raise _Invalid("body: must be object")
    for name in JSON_NAMES:
        if name not in document:
            raise _Invalid(f"body: must have required property '{name}'")
    for name in JSON_NAMES:
        if not isinstance(document[name], str):
            raise _Invalid(f"body/{name}: must be string")
    if face.charged_names and CHARGED & document.keys():
        raise _Invalid("body: Object contains forbidden prototype property")
    return document["clientId"], document["clientSecret"]


def _checked(given: tuple[str, str], face: Face, credentials: Credentials) -> Deserved:
    if not all(given) and face.empty_credential == 400:
        return Deserved(Kind.INVALID, 400, "body: must NOT have fewer than 1 characters")
    categories = {unicodedata.category(character) for text in given for character in text}
    if "Cs" in categories and face.lone_surrogate == 400:
        return Deserved(Kind.INVALID, 400, "body: must be Unicode")
    if "Cc" in categories and face.control_credential == 400:
        return Deserved(Kind.INVALID, 400, "body: must match pattern")
    if face.noncharacter == 400 and any(map(_is_noncharacter, "".join(given))):
        return Deserved(Kind.INVALID, 400, "body: utf8 does not map to Unicode")
    # both are compared whatever the first comparison says, in constant time
    known = _same(given[0], credentials.client_id)
    right = _same(given[1], credentials.client_secret)
    return GRANTED if known and right else Deserved(Kind.REFUSED, 401, "Unauthorized")


def _is_noncharacter(character: str) -> bool:
    code = ord(character)
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))
