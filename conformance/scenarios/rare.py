"""Rarer neighbours of a text: what one reader in a thousand takes for it, one fault of a comparison each."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

# Of each table the first entry that the text has is used: what the most readers take for the character stands first.
#: characters that normalisation, case mapping or compatibility makes of another: K and ; by NFC already
FOLDED = {"K": "\u212a", ";": "\u037e", "k": "\u212a", "s": "\u017f", "S": "\u017f", "i": "\u0131", "I": "\u0130"}
#: letters that look like another
CYRILLIC = dict(
    zip(
        "aceopxyABCEHKMOPTX",
        "\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u0410\u0412\u0421\u0415\u041d\u041a\u041c\u041e\u0420\u0422\u0425",
        strict=True,
    )
)
#: marks that editors replace as one types, and forgiving readers put back
TYPED = {"-": "\u2013", "'": "\u2019", '"': "\u201d", ".": "\u2024"}
#: what people mistake for each other, and some readers take for the same (RFC 4648, section 3.4), most often first
ALIKE = (("0", "O"), ("1", "l"), ("1", "I"), ("l", "I"), ("0", "o"), ("2", "Z"), ("5", "S"), ("8", "B"))
BYTES = 256  # what the length of a text is counted to, where it is kept in an octet
BEFORE = ("0", "CORP\\", "x,", "x\n", "Bearer ", "Basic ", "\u3000", "/", "./", "0x", "-", "+", "@")
AFTER = (
    ".",
    "0",
    "/",
    "=",
    ".0",
    ",x",
    ";x",
    "#x",
    "&x=1",
    "?x",
    "\nx",
    "\r",
    "\v",
    "\x85",
    "\u2028",
    "\u3000",
    "\u0001",
    "\u007f",
    "\u00e9",
    "\U0001f600",
    "\U0001f600x",
    "\ud800",
    "+x",
    "@x",
    "@clients",
    ":x",
    "--",
    " --",
    "'",
    '"',
    "\\",
    "%",
    "%00",
    "*",
    "$",
    "|x",
)
AROUND = (("<b>", "</b>"), ("'", "'"), ("{", "}"), ("[", "]"), ("(", ")"), (" ", " "), ("^", "$"), ("%", "%"))


def rare(true: str) -> Iterator[tuple[str, str]]:
    """Label and text of each; one that is equal to the true text is the caller's to leave out."""
    for text in BEFORE:
        yield f"with {text!a} before it", text + true
    for text in AFTER:
        yield f"with {text!a} after it", true + text
    for left, right in AROUND:
        yield f"between {left} and {right}", left + true + right
    yield from _replaced(true)
    yield from _inserted(true)
    yield from _hashed(true)
    size = len(true.encode("utf-8", "surrogatepass"))
    yield "gone on to more than 255 octets", true + "x" * max(1, BYTES - size + 1)
    yield "with 256 characters more", true + "x" * BYTES
    yield "with U+0000 and itself after it", f"{true}\0{true}"


def _replaced(true: str) -> Iterator[tuple[str, str]]:
    for label, table in (("folded to it", FOLDED), ("of Cyrillic", CYRILLIC)):
        one = next((one for one in table if one in true), "")
        if one:
            yield f"with a letter {label}", true.replace(one, table[one], 1)
    for one, other in ALIKE:
        at = next((at for at, character in enumerate(true) if character in (one, other)), None)
        if at is not None:
            yield f"with {one} for {other} or back", true[:at] + (other if true[at] == one else one) + true[at + 1 :]
    mark = next((one for one in TYPED if one in true), "")
    if mark:
        yield "with a mark as typesetters have it", true.replace(mark, TYPED[mark], 1)
    digit = next((at for at, character in enumerate(true) if character.isascii() and character.isdigit()), None)
    if digit is not None:
        yield "with an Arabic-Indic digit", true[:digit] + chr(0x660 + int(true[digit])) + true[digit + 1 :]
    first, rest = ord(true[:1] or "a"), true[1:]
    for label, code in (("its low 16 bits", first % 0x10000 + 0x10000), ("its low 7 bits", first | 0x80)):
        yield f"with a letter of {label}", chr(code) + rest
    if len(true) > 1 and ord(true[1]) >= 0x3F:
        # 31 * a + b stays the same, and with it the hash code that Java gives a text
        yield "with two letters of the same hash", chr(first + 1) + chr(ord(true[1]) - 31) + true[2:]
    yield "with + for spaces and spaces for +", true.translate(str.maketrans("+ ", " +"))
    yield "in the other alphabet of base64", true.translate(str.maketrans("-_+/", "+/-_"))
    yield "with _ for -", true.translate(str.maketrans("-_", "_-"))
    yield "with its first character as an entity", f"&#{first};{rest}"
    yield "with its first character escaped", f"\\u{first % 0x10000:04x}{rest}"
    yield "percent-encoded twice", f"%25{first % 256:02X}{rest}"


def _inserted(true: str) -> Iterator[tuple[str, str]]:
    middle = len(true) // 2
    for text in ("\\", "\x01", "\x7f", "\u200d", "\ufeff", " ", "-", ".", "\n", "/*x*/"):
        yield f"with {text!a} inside", true[:middle] + text + true[middle:]


def _hashed(true: str) -> Iterator[tuple[str, str]]:
    octets = true.encode("utf-8", "surrogatepass")
    for name in ("md5", "sha1", "sha256", "sha512"):
        yield f"as its {name}", hashlib.new(name, octets, usedforsecurity=False).hexdigest()
