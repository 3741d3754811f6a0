"""Credentials told by the name that stands before them, whatever their value.

A token nobody has seen yet is known by the member it is in: of a JSON text, a form, an XML element, a header field. The
text need not be well-formed: a cut-off answer gives its token away just as well.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from conformance import tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: What the mask of a credential says that is no token.
MASKED: Final = "[masked]"
#: What the values of credentials the suite makes up hold; in its own requests they may be seen.
MADE_UP: Final = "decoy"
#: How far the strings of an array or an object in a credential's place are looked for where it does not end.
FARTHEST: Final = 4096
#: Names whose value is a token, to be recognised elsewhere.
TOKEN_NAMES: Final = frozenset({"accesstoken", "refreshtoken", "idtoken", "token", "jwt", "bearertoken", "authtoken"})

_TELLS = (
    "token",
    "secret",
    "pass",
    "pwd",
    "auth",
    "cookie",
    "jwt",
    "key",
    "assertion",
    "session",
    "bearer",
    "basic",
    "\\",
)
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.){1,80}+)"\s*+[:=]\s*+(?:"([^"\\]*+(?:\\.[^"\\]*+)*+)|([\[{]))', re.DOTALL)
_SINGLE = re.compile(r"'((?:[^'\\]|\\.){1,80}+)'\s*+[:=]\s*+(?:'([^'\\]*+(?:\\.[^'\\]*+)*+)|([\[{]))", re.DOTALL)
# without quotes, or with one that is missing: a value with a digit, so that a sentence is none
_LOOSE = re.compile(
    r"(?<![A-Za-z0-9_\-])([A-Za-z][A-Za-z_\-]{2,39}+)[\"']?\s*+[:=]\s*+[\"']?((?=[A-Za-z_\-.~+/=]*\d)[A-Za-z0-9_\-.~+/=]{12,}+)"
)
# what such a value begins with, behind its sign: where that is nowhere, no name has to be read
_LOOSE_VALUE = re.compile(r"[:=]\s*+[\"']?[A-Za-z0-9_\-.~+/=]{12}")
_STRUCTURE = re.compile(r"[^A-Za-z0-9_.~+/-]")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_BARE = re.compile(rb"[ \r\n\t\"']{0,4}[A-Za-z0-9_\-.~+/=]{20,4096}[ \r\n\t\"']{0,4}")
_FORM_NAME = re.compile(r"(?<![A-Za-z0-9_\-])[A-Za-z][A-Za-z_\-]{2,39}\Z")
_FORM_VALUE = re.compile(r"(?:\[[^\[\]\"\n]{1,120}\]|[^&\s\"'<>;,])+")
_ELEMENT = re.compile(r"<(?:[A-Za-z0-9_\-]{1,40}:)?([A-Za-z][A-Za-z0-9_\-]{2,39}+)>([^<]++)</")
# a quotation mark ends a string, but behind an equals sign begins the value of a parameter
_BEARER = re.compile(r"\bbearer\s++([A-Za-z0-9._~+/\-]{16,}+=*+)(?!(?<==)\")", re.IGNORECASE)
_BASIC = re.compile(r"\bbasic\s++([A-Za-z0-9+/_\-]{8,}+=*+)(?!(?<==)\")", re.IGNORECASE)
_WITHIN = re.compile(r'"((?:[^"\\]|\\.)*+)"?(\s*+:)?|[\[{]|[\]}]', re.DOTALL)


class Credential(Struct, frozen=True):
    """Where a credential stands, and whether its name says it is a token."""

    start: int
    end: int
    is_token: bool = False


def find(text: str) -> Iterator[Credential]:
    """The credentials in `text`, told by their names; some may be inside others."""
    lowered = text.lower()
    if not any(tell in lowered for tell in _TELLS):
        return
    for pattern in (_DOUBLE, _SINGLE):
        if pattern.pattern[0] in text:
            yield from _members(text, pattern)
    if "=" in text:
        yield from _form_fields(text)
    for match in _LOOSE.finditer(text) if _LOOSE_VALUE.search(text) else ():
        if (kind := tokens.normal(match[1])) in tokens.CREDENTIAL_NAMES:
            yield Credential(*match.span(2), kind in TOKEN_NAMES)
    if "</" in text:
        for match in _ELEMENT.finditer(text):
            if (kind := tokens.normal(match[1])) in tokens.CREDENTIAL_NAMES:
                yield Credential(*match.span(2), kind in TOKEN_NAMES)
    yield from _schemes(text, lowered)


def is_structure(text: str) -> bool:
    """Whether the text holds something that may open or close a string, a value or an element."""
    return _STRUCTURE.search(text) is not None


def apart_from_structure(text: str, spans: Sequence[tuple[int, int]]) -> tuple[str, str]:
    """The text with blanks, and with brackets as a mask has them, in place of those spans that are structure.

    They are going to be masked, quotes and all: a string that such a quote closes ends elsewhere once it is gone.
    """
    blank = shape = text
    for start, end in spans:
        if is_structure(text[start:end]):
            blank = f"{blank[:start]}{' ' * (end - start)}{blank[end:]}"
            mask = f"[{'-' * (end - start - 2)}]"[: end - start]
            shape = f"{shape[:start]}{mask}{shape[end:]}"
    return blank, shape


def bare(content: bytes, *, success: bool) -> Iterator[str]:
    """Tokens that no name is read before: the whole content of a success, and those of a text in UTF-16."""
    if content.startswith(_UTF_16):
        text = content.decode("utf-16", "replace")
        yield from (text[one.start : one.end] for one in find(text) if one.is_token)
    elif success and _BARE.fullmatch(content):
        yield content.decode().strip(" \r\n\t\"'")


def _form_fields(text: str) -> Iterator[Credential]:
    at = text.find("=")
    while at >= 0:
        # The sign is rarer than a letter: from there the name is read backwards.
        name = _FORM_NAME.search(text, max(at - 41, 0), at)
        kind = tokens.normal(name[0]) if name else ""
        if kind in tokens.CREDENTIAL_NAMES and (value := _FORM_VALUE.match(text, at + 1)):
            yield Credential(*value.span(), kind in TOKEN_NAMES)
        at = text.find("=", at + 1)


def _schemes(text: str, lowered: str) -> Iterator[Credential]:
    at = lowered.find("bearer ")
    while at >= 0:
        if match := _BEARER.match(text, at):
            yield Credential(*match.span(1), is_token=True)
        at = lowered.find("bearer ", at + 1)
    at = lowered.find("basic ")
    while at >= 0:
        if (match := _BASIC.match(text, at)) and b":" in (from_base64(match[1]) or b""):
            yield Credential(*match.span(1))
        at = lowered.find("basic ", at + 1)


def _members(text: str, pattern: re.Pattern[str]) -> Iterator[Credential]:
    seen = 0
    for match in pattern.finditer(text):
        kind = tokens.normal(unescaped(match[1]))
        if kind not in tokens.CREDENTIAL_NAMES:
            continue
        if match[3] is None:
            if match[2]:
                yield Credential(*match.span(2), kind in TOKEN_NAMES)
        elif match.start(3) >= seen:
            # Where it is followed to, no other is: time stays linear.
            strings, seen = _strings(text, match.start(3))
            yield from (Credential(start, end, kind in TOKEN_NAMES) for start, end in strings)


def _strings(text: str, start: int) -> tuple[list[tuple[int, int]], int]:
    """Where the strings of the array or object that begins at `start` are, names apart, and where it ends."""
    found: list[tuple[int, int]] = []
    depth, end = 0, start
    for token in _WITHIN.finditer(text, start, start + FARTHEST):
        end = token.end()
        if token[1] is None:
            depth += 1 if token[0] in "[{" else -1
            if depth <= 0:
                break
        elif token[1] and token[2] is None:
            found.append(token.span(1))
    return found, end


def unescaped(text: str) -> str:
    """The text with JSON's escapes undone, or as it is where they are broken."""
    if "\\" not in text:
        return text
    try:
        value = json.loads(f'"{text}"', strict=False)
    except ValueError:
        return text
    return value if isinstance(value, str) else text


def from_base64(text: str) -> bytes | None:
    """The octets of base64 in either alphabet, padded or not, or None."""
    try:
        standard = text.strip().replace("-", "+").replace("_", "/").rstrip("=")
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def cookie(value: str, *, response: bool) -> str:
    """The value of Cookie or Set-Cookie (RFC 6265, section 4) with the cookies' values masked, attributes kept."""
    pairs = value.split(";")
    masked = pairs[:1] if response else pairs
    return ";".join([*map(_masked_pair, masked), *pairs[len(masked) :]])


def _masked_pair(pair: str) -> str:
    name, equals, value = pair.partition("=")
    if not equals:
        return MASKED if pair.strip() else pair
    return f"{name}={MASKED}" if value.strip() else pair


def field(value: str) -> str:
    """The value of a field that holds a credential, but for its scheme (RFC 9110, section 11.4)."""
    scheme, space, _ = value.partition(" ")
    return f"{scheme} {MASKED}" if space and re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{1,19}", scheme) else MASKED
