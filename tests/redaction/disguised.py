"""Every encoding a secret may leave in, written independently of the code that has to find it."""

from __future__ import annotations

import base64
import gzip
import html
import json
import quopri
import urllib.parse
import zlib
from collections.abc import Iterator

from hypothesis import strategies as st

# Letters that do not come back from the other case, such as the sharp s; no generator of secrets uses them.
_ODD_CASE = "".join(
    letter
    for letter in map(chr, range(0x80, 0x20000))
    if letter.upper().lower() != letter.lower() or len(letter.title() + letter.lower()) > 2
)

#: Random secrets: what generators make, and what people type.
secrets = (
    st.one_of(
        st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-~.", min_size=8, max_size=80),
        st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=8, max_size=40),
        st.text(
            st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"), exclude_characters=_ODD_CASE),
            min_size=8,
            max_size=30,
        ),
    )
    .filter(lambda text: len(set(text)) > 4 and text == text.strip())
    # Words of a mask or of the record are there whatever the secret: none that Hypothesis finds in our code.
    .map(lambda text: "".join(f"{letter}7Q" if at == len(text) // 2 else letter for at, letter in enumerate(text)))
)


def encodings(secret: str) -> Iterator[tuple[str, str]]:
    """The secret in every encoding, each with its name."""
    octets = secret.encode()
    yield "plain", secret
    yield "JSON", json.dumps(secret)[1:-1]
    yield "JSON, not ASCII", json.dumps(secret, ensure_ascii=False)[1:-1]
    yield "JSON, all escapes", _utf_16_escapes(secret, "{:04x}")
    yield "JSON, all escapes in capitals", _utf_16_escapes(secret, "{:04X}")
    yield "JSON, solidus", json.dumps(secret)[1:-1].replace("/", "\\/")
    yield "percent", urllib.parse.quote(secret, safe="")
    yield "percent, minimal", urllib.parse.quote(secret)
    yield "percent, form", urllib.parse.quote_plus(secret)
    yield "percent, all", "".join(f"%{octet:02x}" for octet in octets)
    yield "percent, all in capitals", "".join(f"%{octet:02X}" for octet in octets)
    yield "HTML", html.escape(secret)
    yield "HTML, decimal", "".join(f"&#{ord(character)};" for character in secret)
    yield "HTML, hexadecimal", "".join(f"&#x{ord(character):X};" for character in secret)
    yield "quoted-printable, all", "".join(f"={octet:02X}" for octet in octets)
    yield "quoted-printable", quopri.encodestring(octets, quotetabs=True).decode().replace("=\n", "")
    for before in range(3):
        packed = b"." * before + octets
        yield f"base64 at {before}", base64.b64encode(packed).decode()
        yield f"base64url at {before}", base64.urlsafe_b64encode(packed + b"..").decode().rstrip("=")
        yield f"base64 at {before}, percent", urllib.parse.quote(base64.b64encode(packed).decode(), safe="")
    yield "body in base64", base64.b64encode(json.dumps({"clientSecret": secret}).encode()).decode()
    yield "form in base64", base64.b64encode(urllib.parse.urlencode({"secret": secret}).encode()).decode()
    yield "hexadecimal", octets.hex()
    yield "hexadecimal in capitals", octets.hex().upper()
    yield "reversed", secret[::-1]
    yield "upper case", secret.upper()
    yield "lower case", secret.lower()
    yield "swapped case", secret.swapcase()
    yield "title case", secret.title()


def packings(secret: str) -> Iterator[tuple[str, str]]:
    """What a server may pack a secret of ASCII into, by mistake or by malice; the suite never does."""
    octets = secret.encode()
    yield "base64 of UTF-16", base64.b64encode(secret.encode("utf-16-le")).decode()
    yield "UTF-7", "+" + base64.b64encode(secret.encode("utf-16-be")).rstrip(b"=").decode() + "-"
    yield "base64 of gzip", base64.b64encode(gzip.compress(octets)).decode()
    yield "base64 of the other way round", base64.b64encode(secret[::-1].encode()).decode()
    for before in range(5):
        yield f"base32 at {before}", base64.b32encode(b"." * before + octets).decode()
    yield "base32, small", base64.b32encode(octets).decode().rstrip("=").lower()
    yield "base32hex", base64.b32hexencode(octets).decode()
    yield "octets in binary", " ".join(f"{octet:08b}" for octet in octets)
    yield "octets in decimal", ", ".join(map(str, octets))
    yield "octets in hexadecimal", ", ".join(f"0x{octet:02x}" for octet in octets)
    yield "octal escapes", "".join(f"\\{octet:03o}" for octet in octets)
    yield "braced escapes", "".join(f"\\u{{{ord(character):x}}}" for character in secret)
    yield "octets in hexadecimal, spaced", octets.hex(" ")
    yield "characters between escapes of a terminal", "\x1b[0m".join(secret)
    yield "characters between tags", "<b></b>".join(secret)
    yield "octets in decimal, with strokes", "/".join(map(str, octets))
    yield "octets in decimal, as a program writes them", " + ".join(f"chr({octet})" for octet in octets)
    yield "octets in hexadecimal, by twos", " ".join(octets[at : at + 2].hex() for at in range(0, len(octets), 2))
    yield "code points", " ".join(f"U+{ord(character):04X}" for character in secret)
    yield "long escapes", "".join(f"\\U{ord(character):08x}" for character in secret)
    yield "base64 of what was deflated", base64.b64encode(zlib.compress(octets, wbits=-15)).decode()
    yield "full width", "".join(chr(ord(character) + 0xFEE0) for character in secret)
    yield "tags", "".join(chr(ord(character) + 0xE0000) for character in secret)
    yield "escapes of a form", "".join(f"%u{ord(character):04x}" for character in secret)


def octets(secret: str) -> Iterator[tuple[str, bytes]]:
    """The secret as octets that are no UTF-8 text."""
    yield "UTF-16LE", secret.encode("utf-16-le")
    yield "UTF-16BE", secret.encode("utf-16-be")
    yield "UTF-16 with its mark", secret.encode("utf-16")
    yield "among invalid octets", b"\xff\xfe\xfd" + secret.encode() + b"\x80"


def _utf_16_escapes(text: str, form: str) -> str:
    units = text.encode("utf-16-be")
    return "".join("\\u" + form.format(int.from_bytes(units[at : at + 2])) for at in range(0, len(units), 2))
