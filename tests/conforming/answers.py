"""From what a request deserves to an answer in a server's own style; pure."""

from __future__ import annotations

import gzip
import html
import json
import zlib
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

import brotli

from tests.conforming.face import Face, HeaderPairs, Json, Outside, Wait
from tests.conforming.reading import METHODS, Asked, Deserved, Kind

REASONS = {
    200: "OK",
    204: "No Content",
    206: "Partial Content",
    302: "Found",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    411: "Length Required",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    429: "Too Many Requests",
    501: "Not Implemented",
}
ALLOW = "POST, OPTIONS"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer before it is framed: status, the fields about its content and meaning, and its content."""

    status: int
    headers: HeaderPairs = ()
    body: bytes = field(default=b"", repr=False)


def answer(asked: Asked, deserved: Deserved, face: Face, issued: tuple[str, int] | None) -> Answer:
    """The answer to `asked`; `issued` is the token and its remaining seconds where one is due."""
    headers: list[tuple[str, str]] = []
    if deserved.kind is Kind.GRANTED and issued is not None:
        body = written(_envelope(face, issued), face.json)
        headers += [("Content-Type", face.content_type)]
        headers += [("Cache-Control", value) for value in face.cache_control]
        if face.expires_header:
            headers += [("Pragma", "no-cache"), ("Expires", "0")]
    elif deserved.kind in (Kind.INVALID, Kind.REFUSED):
        body = written(_error(face, deserved, asked), face.json)
        headers += [("Content-Type", face.content_type)]
    elif deserved.kind is Kind.PREFLIGHT:
        body = b""
        headers += [("Allow", ALLOW)]
    else:
        body, media = _outside(face, deserved, asked)
        headers += [("Content-Type", media)] if media else []
    if deserved.status == 401:
        headers += _challenges(face)
    if deserved.status == 405:
        allowed = ALLOW if face.options < 300 else "POST"
        headers += [("Allow", "" if face.traces_nothing and asked.method == "TRACE" else allowed)]
    return _ranged(coded(Answer(deserved.status, tuple(headers), body), asked, face), asked, face)


def _ranged(whole: Answer, asked: Asked, face: Face) -> Answer:
    """The part that is asked for, of a 200 to whatever method, as a filter of a web server's has it."""
    unit, _, places = (asked.header("range") or "").partition("=")
    if not face.ranges or whole.status != 200 or unit != "bytes":
        return whole
    first, last = (int(place) for place in places.split("-"))
    field = ("Content-Range", f"bytes {first}-{last}/{len(whole.body)}")
    return Answer(206, (*whole.headers, field), whole.body[first : last + 1])


def throttled(asked: Asked, face: Face, seconds: int, now: float) -> Answer:
    """A 429 in the documented shape that asks to wait `seconds`."""
    wait = face.throttle.wait
    value = {Wait.SECONDS: str(seconds), Wait.DATE: formatdate(now + seconds, usegmt=True), Wait.ZERO: "0"}.get(wait)
    headers = [("Content-Type", face.content_type)]
    if value is not None:
        headers.append(("Retry-After", value))
    if wait is Wait.RESET:
        headers += quota(face, 0, seconds)
    described = f"Rate limit exceeded, retry in {seconds} seconds"
    body = written({"error": "Too Many Requests", "error_description": described}, face.json)
    return coded(Answer(429, tuple(headers), body), asked, face)


def quota(face: Face, remaining: int, seconds: int) -> list[tuple[str, str]]:
    """The x-ratelimit-* fields; `seconds` until the window ends."""
    limit = str(face.throttle.limit or 100)
    return [
        ("x-ratelimit-limit", limit),
        ("x-ratelimit-remaining", str(remaining)),
        ("x-ratelimit-reset", str(seconds)),
    ]


def written(value: object, style: Json) -> bytes:
    """`value` as JSON in one of the spellings that mean the same."""
    if style is Json.SPACED:
        return json.dumps(value).encode()
    if style is Json.PRETTY:
        return json.dumps(value, indent=2, ensure_ascii=False).encode() + b"\n"
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if style is Json.SLASHES:
        text = text.replace("/", "\\/")
    if style is Json.ESCAPED:
        text = _escaped(value)
    return text.encode()


def _escaped(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{_escaped(name)}:{_escaped(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_escaped, value)) + "]"
    if isinstance(value, str):
        units = value.encode("utf-16-be")
        return '"' + "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2)) + '"'
    return json.dumps(value)


def coded(plain: Answer, asked: Asked, face: Face) -> Answer:
    """`plain` in the first content coding that the client asked for and the server has (RFC 9110, section 12.5.3)."""
    wanted = {
        part.split(";", 1)[0].strip().lower(): part for part in (asked.header("accept-encoding") or "").split(",")
    }
    chosen = next(
        (name for name in face.codings if name in wanted and "q=0" not in wanted[name].replace(" ", "")), None
    )
    if chosen is None or not plain.body:
        return plain
    encode = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress}[chosen]
    fields = (*plain.headers, ("Content-Encoding", chosen), ("Vary", "Accept-Encoding"))
    return Answer(plain.status, fields, encode(plain.body))


def _envelope(face: Face, issued: tuple[str, int]) -> dict[str, Any]:
    token, seconds = issued
    envelope: dict[str, Any] = {"accessToken": token, "tokenType": "Bearer", "expiresIn": seconds}
    if face.more_members:
        envelope = {"scope": "employees:read", **envelope, "issuedBy": {"name": "auth", "version": 2}, "hints": []}
    return envelope


def _error(face: Face, deserved: Deserved, asked: Asked) -> dict[str, Any]:
    number = deserved.status
    if face.error_codes is not None:
        number = face.error_codes[deserved.status == 401]
    invalid = deserved.kind is Kind.INVALID
    error: dict[str, Any] = {
        "error": number,
        "message": "Bad Request" if invalid and face.one_message else deserved.words,
    }
    if face.names_client and deserved.kind is Kind.REFUSED:
        error["clientId"] = _named(asked, face)
    if face.more_members:
        error |= {"code": "validation_error" if invalid else "unauthorized", "details": [], "documentation": None}
    return error


def _named(asked: Asked, face: Face) -> str:
    """The client id that was asked for, as far as the answer names it; what is no Unicode is left out."""
    try:
        value = json.loads(asked.body.decode("utf-8-sig", "replace"))
    except ValueError:
        return ""
    named = value.get("clientId") if isinstance(value, dict) else ""
    named = named.encode("utf-8", "ignore").decode() if isinstance(named, str) else ""
    return html.escape(named.upper() if face.names_client_loudly else named)[: face.names_client]


def _outside(face: Face, deserved: Deserved, asked: Asked) -> tuple[bytes, str]:
    target = asked.target if face.names_target else ""
    match face.outside if asked.method in METHODS or face.unknown_page is None else face.unknown_page:
        case Outside.ERROR:
            return written({"error": deserved.status, "message": deserved.words}, face.json), face.content_type
        case Outside.TEXT:
            return deserved.words.encode(), "text/plain; charset=utf-8"
        case Outside.HTML:
            page = f"<!DOCTYPE html>\n<title>{deserved.words}</title>\n<h1>{deserved.words}</h1>\n"
            page += f"<p>Sorry, the URL <tt>{html.escape(repr(target))}</tt> caused an error</p>" if target else ""
            return page.encode(), "text/html; charset=utf-8"
        case Outside.ROUTER:
            said = {
                "message": f"Route {asked.method}: not found",
                "error": deserved.words,
                "statusCode": deserved.status,
            }
            return written(said, face.json), face.content_type
        case Outside.EMPTY:
            return b"", ""


def _challenges(face: Face) -> list[tuple[str, str]]:
    if face.one_challenge_field:
        return [("WWW-Authenticate", ", ".join(face.challenges))]
    return [("WWW-Authenticate", challenge) for challenge in face.challenges]
