"""Words and rows of figures in which characters are packed, unpacked where that gives text.

A word is in base64, base32 or hexadecimal, whatever was put there before the secret. A row is octets or code points as
figures, in hexadecimal, decimal or binary, with something between them. What was compressed before it was packed is inflated.
Of random octets a third is printable: what gives no text is left as it is.
"""

from __future__ import annotations

import base64
import binascii
import functools
import itertools
import re
import zlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Octets that are read of what was compressed.
INFLATED: Final = 4096
#: The shortest text that is looked into.
SHORTEST: Final = 8
#: Of so many octets one may be no character of ASCII.
PURITY: Final = 8

# RFC 4648, sections 4 to 8
WORD: Final = re.compile(r"[A-Za-z0-9+/_\-]{20,}+={0,6}+")
# figures of an octet or two, or of a code point, and what stands before one and between two
_HEXADECIMAL = "[0-9a-fA-F]"
_FIGURES = rf"(?:0x|[Uu]\+)?{_HEXADECIMAL}{{2,8}}"
_BETWEEN = r"[^0-9A-Za-z]{1,4}+(?:[Cc][Hh][Aa]?[Rr]\()?"
_BITS_BETWEEN = r"[\s,;]{0,3}+"
# It begins with one of a few characters, which are found without a try at every place; what may stand before it comes next.
ROW: Final = re.compile(
    rf"[0-9a-fA-FuU](?<![0-9A-Za-z][\s\S])(?:(?<=[01])[01]{{7}}{_BITS_BETWEEN}(?:[01]{{8}}{_BITS_BETWEEN}){{11,}}+"
    rf"|(?:(?<=0)x{_HEXADECIMAL}{{2,8}}|(?<=[uU])\+{_HEXADECIMAL}{{2,8}}|(?<={_HEXADECIMAL}){_HEXADECIMAL}{{1,7}})"
    rf"{_BETWEEN}(?:{_FIGURES}{_BETWEEN}){{4,}}+(?:{_FIGURES}(?![0-9A-Za-z]))?)"
)

_BASE32 = re.compile(r"[A-Z2-7]+|[a-z2-7]+")
_BASE32_HEX = re.compile(r"[0-9A-V]+|[0-9a-v]+")
_HEX = re.compile(r"[0-9a-fA-F]+")
_TO_STANDARD = str.maketrans("-_", "+/")
_FROM_HEX = str.maketrans("0123456789ABCDEFGHIJKLMNOPQRSTUV", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
_PRINTABLE = bytes((*b"\t\r\n", *range(0x20, 0x7F)))
# RFC 1952, section 2.3.1; RFC 1950, section 2.2, at each level of compression
_COMPRESSED = (b"\x1f\x8b", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_WRAPPED = 32 + zlib.MAX_WBITS
# without a wrapper, as redirects carry what is asked of an identity provider (SAML 2.0 Bindings, section 3.4.4.1)
_RAW = -zlib.MAX_WBITS
_BITS = re.compile(r"[01]{8}")
_FIGURE = re.compile(r"(?<![0-9A-Za-z])(?:0x|[Uu]\+)?([0-9a-fA-F]{2,8})(?![0-9A-Za-z])")


def word(match: re.Match[str]) -> str:
    """The texts that a word may stand for, each in an encoding that gives one, or the word."""
    return _of_word(match[0].rstrip("=")) or match[0]


# A text is looked at more than once, and words come again.
@functools.lru_cache(maxsize=512)
def _of_word(packed: str) -> str:
    return "\n".join(dict.fromkeys(filter(None, map(_text, _unpacked(packed)))))


def row(match: re.Match[str]) -> str:
    """The texts that a row of figures may stand for, in binary, hexadecimal and decimal, or the row."""
    bits = _BITS.findall(match[0])
    found = [_text(bytes(int(one, base=2) for one in bits))]
    # a word before them may read as a figure too
    figures = _FIGURE.findall(match[0])
    found += [_text(bytes.fromhex("".join(run))) for run in _runs(figures, lambda one: len(one) % 2 == 0)]
    found += [_text(bytes(map(int, run))) for run in _runs(figures, lambda one: one.isdecimal() and int(one) < 256)]
    return "\n".join(filter(None, found)) or match[0]


def _runs(figures: list[str], fits: Callable[[str], bool]) -> Iterator[list[str]]:
    """The figures that fit, those together that follow one another."""
    return (list(run) for fit, run in itertools.groupby(figures, fits) if fit)


def _unpacked(packed: str) -> Iterator[bytes]:
    if _HEX.fullmatch(packed):
        for start in range(2):
            yield bytes.fromhex(_whole(packed[start:], 2))
    if _BASE32.fullmatch(packed):
        yield from _by_eights(packed.upper())
    if _BASE32_HEX.fullmatch(packed):
        yield from _by_eights(packed.upper().translate(_FROM_HEX))
    standard = packed.translate(_TO_STANDARD)
    # What stands before it may be of the alphabet too: the plus sign of UTF-7 (RFC 2152), a path, the `X-` of a field.
    for start in range(4):
        tail = standard[start:]
        yield binascii.a2b_base64(tail[:-1] if len(tail) % 4 == 1 else tail + "=" * (-len(tail) % 4))


def _by_eights(packed: str) -> Iterator[bytes]:
    for start in range(8):
        tail = packed[start:]
        while len(tail) % 8 in (1, 3, 6):  # RFC 4648, section 6: no octet ends there
            tail = tail[:-1]
        yield base64.b32decode(tail + "=" * (-len(tail) % 8))


def _whole(text: str, size: int) -> str:
    return text[: len(text) // size * size]


def _text(octets: bytes) -> str:
    """The octets as text, which may have been compressed, or nothing where they are none."""
    if octets.startswith(_COMPRESSED):
        return _plain(_inflated(octets, _WRAPPED))
    return _plain(octets) or _plain(_inflated(octets, _RAW))


def _plain(octets: bytes) -> str:
    plain = octets.replace(b"\0", b"") if b"\0" in octets else octets  # UTF-16
    if len(plain) < SHORTEST:
        return ""
    if len(plain.translate(None, _PRINTABLE)) * PURITY <= len(plain):
        return plain.decode("utf-8", "surrogateescape")
    try:
        text = plain.decode()
    except UnicodeDecodeError:
        return ""
    return text if text.isprintable() else ""


def _inflated(octets: bytes, wbits: int) -> bytes:
    try:
        return zlib.decompressobj(wbits).decompress(octets, INFLATED)
    except zlib.error:
        return b""
