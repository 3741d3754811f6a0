"""Spellings of characters that are undone in a text, and the way back to where they stood.

A text is shown in views: as it is, with each spelling undone by itself, and with spellings inside spellings undone.
"""

from __future__ import annotations

import bisect
import html
import itertools
import operator
import re
import unicodedata
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from conformance.discreet import Discreet
from conformance.masking import packings

if TYPE_CHECKING:
    from collections.abc import Callable

#: Encodings inside encodings that are undone.
MOST_LAYERS: Final = 3

_BEGINS = operator.attrgetter("begins")

PERCENT: Final = "percent-encoded"
ESCAPES: Final = "JSON escapes"
ENTITIES: Final = "HTML entities"
QUOTED_PRINTABLE: Final = "quoted-printable"
UTF_16: Final = "UTF-16"
PACKED: Final = "packed"
MARKUP: Final = "between markup"
LOOKALIKES: Final = "other letters of the same kind"


class Decoder(Struct, frozen=True):
    """One spelling that is undone.

    label: its name.
    trigger: a character without which the spelling does not occur.
    pattern: what it spells characters with.
    replace: a match's characters.
    width: characters of the match for each octet, or 0 where the match stands for its characters as a whole.
    wide: whether it spells with characters beyond ASCII alone.
    """

    label: str
    trigger: str
    pattern: re.Pattern[str]
    replace: Callable[[re.Match[str]], str]
    width: int = 0
    wide: bool = False

    def undo(self, text: str) -> str:
        """The text decoded; the very same text if the spelling does not occur."""
        if self.trigger not in text or (self.wide and text.isascii()):
            return text
        return self.pattern.sub(self.replace, text)

    def origin(self, text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Where in `text` what stands at these places of the decoded text is spelled."""
        last = max((end for _, end in spans), default=0)
        pieces: list[_Piece] = []
        begins = at = 0
        for match in self.pattern.finditer(text):
            pieces.append(_Piece(begins, at, match.start()))
            begins += match.start() - at
            if begins >= last:
                break
            pieces.append(_Piece(begins, *match.span(), self.replace(match)))
            begins += len(pieces[-1].characters or "")
            at = match.end()
        else:
            pieces.append(_Piece(begins, at, len(text)))
        return [(self._place(pieces, start)[0], self._place(pieces, end - 1)[1]) for start, end in spans]

    def _place(self, pieces: list[_Piece], at: int) -> tuple[int, int]:
        """Where the character at a place of the decoded text is spelled: start and end."""
        piece = pieces[bisect.bisect_right(pieces, at, key=_BEGINS) - 1]
        at -= piece.begins
        if piece.characters is None:
            return piece.start + at, piece.start + at + 1
        if not self.width:
            return piece.start, piece.end
        if not piece.ends:
            # As many characters as octets: ASCII, or octets that are not UTF-8 and were taken one by one.
            single = len(piece.characters) * self.width == piece.end - piece.start
            sizes = (self.width * (1 if single else len(_as_octets(one))) for one in piece.characters)
            piece.ends = list(itertools.accumulate(sizes, initial=piece.start))
        return piece.ends[at], piece.ends[at + 1]


class _Piece(Struct):
    """A stretch of a decoded text.

    begins: its place there. start, end: what it is spelled with. characters: what that is decoded to; None where it stands as it
    is. ends: where the characters end in what they are spelled with, behind where the first begins; made when asked for.
    """

    begins: int
    start: int
    end: int
    characters: str | None = None
    ends: list[int] = []


class View(Discreet, frozen=True):
    """A text with some spellings undone, and the way back.

    text: the text as this view shows it.
    steps: the decoders applied and the text each was applied to; none for the text itself.
    """

    hidden = frozenset({"text", "steps"})
    text: str
    steps: tuple[tuple[Decoder, str], ...] = ()

    @property
    def label(self) -> str:
        """The names of the spellings undone."""
        return ", ".join(dict.fromkeys(decoder.label for decoder, _ in reversed(self.steps) if decoder.label))

    @property
    def is_packed(self) -> bool:
        """Whether a place in it may stand for a whole word of the text."""
        return any(decoder.label == PACKED for decoder, _ in self.steps)

    def origin(self, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Where in the text itself the view's spans come from."""
        for decoder, text in reversed(self.steps if spans else ()):
            spans = decoder.origin(text, spans)
        return spans


def views(text: str, decoders: tuple[Decoder, ...] | None = None) -> list[View]:
    """The text itself, each spelling undone by itself, and spellings inside spellings undone, in the decoders' order."""
    decoders = decoders or DECODERS
    plain = text.isascii()
    near = [decoder for decoder in decoders if decoder.trigger in text and not (plain and decoder.wide)]
    if plain and not near:
        return [View(text)]
    found = {text: View(text)}
    for decoder in near:
        undo_layers(found, text, (decoder,))
    if len(found) > 1:
        undo_layers(found, text, decoders)
    if not plain:
        undone = OCTETS.undo(text)
        found.setdefault(undone, View(undone, ((OCTETS, text),)))
    return list(found.values())


def undo_layers(found: dict[str, View], text: str, decoders: tuple[Decoder, ...]) -> None:
    """Add what comes of undoing these spellings, one after the other, until nothing changes."""
    steps: tuple[tuple[Decoder, str], ...] = ()
    for _ in range(MOST_LAYERS):
        before = text
        for decoder in decoders:
            undone = decoder.undo(text)
            if undone != text:
                steps = (*steps, (decoder, text))
                text = undone
                found.setdefault(text, View(text, steps))
        if text == before:
            return


_WHOLE_CODE_POINT: Final = len(r"\U00000000")
_TAGS: Final = 0xE0000
_SIMPLE: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


def _unescaped(match: re.Match[str]) -> str:
    r"""RFC 8259, section 7, and the `\xNN`, `\NNN`, `\u{N}` and `\UNNNNNNNN` of other languages."""
    escape = match[0]
    if len(escape) == 2:  # a backslash and its letter
        return _SIMPLE.get(escape[1], escape[1])
    if escape[1].isdigit():
        return chr(int(escape[1:], base=8))
    if escape[2] == "{":
        return chr(min(int(escape[3:-1], base=16), 0x10FFFF))
    if escape[1] == "U" and len(escape) == _WHOLE_CODE_POINT:
        return bytes.fromhex(escape[2:]).decode("utf-32-be", "surrogatepass")
    if escape[1] in "uU":
        units = bytes.fromhex(escape.replace("\\", "").replace("u", "").replace("U", ""))
        return units.decode("utf-16-be", "surrogatepass")
    return chr(int("0" + escape[1:], base=0))


def _from_octets(octets: bytes) -> str:
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def _unquoted(match: re.Match[str]) -> str:
    """RFC 3986, section 2.1."""
    return _from_octets(bytes.fromhex(match[0].replace("%", "")))


def _from_quoted_printable(match: re.Match[str]) -> str:
    """RFC 2045, section 6.7: octets and soft line breaks."""
    return "" if match[0][1] in "\r\n" else _from_octets(bytes.fromhex(match[0].replace("=", "")))


def _as_octets(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


DECODERS: Final = (
    Decoder(
        ESCAPES,
        "\\",
        re.compile(
            r"\\[uU][dD][89abAB][0-9a-fA-F]{2}\\[uU][dD][c-fC-F][0-9a-fA-F]{2}|\\U00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4}"
            r"|\\[uU][0-9a-fA-F]{4}"
            r"|\\u\{[0-9a-fA-F]{1,6}\}|\\x[0-9a-fA-F]{2}|\\[0-3][0-7]{2}|\\[\"'\\/bfnrt]"
        ),
        _unescaped,
    ),
    Decoder(
        ENTITIES,
        "&",
        re.compile(r"&(?:#[0-9]{1,24};?|#[xX][0-9a-fA-F]{1,20};?|[A-Za-z][A-Za-z0-9]{1,31};)"),
        lambda match: html.unescape(match[0]),
    ),
    Decoder(PERCENT, "%", re.compile(r"%[0-9a-fA-F]{2}(?:%[0-9a-fA-F]{2})*+"), _unquoted, width=3),
    Decoder(
        QUOTED_PRINTABLE,
        "=",
        re.compile(r"=(?:[0-9a-fA-F]{2}(?:=[0-9a-fA-F]{2})*+|\r?\n)"),
        _from_quoted_printable,
        width=3,
    ),
    Decoder(UTF_16, "\0", re.compile("\0+"), lambda _: ""),
)
# Letters and digits in full width, in circles, raised, in the alphabets of mathematics, and as tags (Unicode, section 23.9).
_LOOKALIKE = re.compile(
    "[\uff01-\uff5e\u24b6-\u24ea\u2070-\u209c\u2100-\u214f\U0001d400-\U0001d7ff\U000e0020-\U000e007e]"
)


def _compatible(match: re.Match[str]) -> str:
    letter = match[0]
    return chr(ord(letter) - _TAGS) if ord(letter) > _TAGS else unicodedata.normalize("NFKC", letter)


# UTF-16 read as UTF-8, or not readable as such (PEP 383): back to octets, without the zeros.
OCTETS: Final = Decoder(
    UTF_16,
    "",
    re.compile(r"[^\x00-\x7f]|\x00+"),
    lambda match: _as_octets(match[0]).decode("latin-1").replace("\0", ""),
)

#: What characters are packed into, and what may stand between them: looked for in what a server says.
EVERY: Final = (
    *DECODERS,
    Decoder(PERCENT, "%u", re.compile(r"%u([0-9a-fA-F]{4})"), lambda match: chr(int(match[1], base=16))),
    Decoder(LOOKALIKES, "", _LOOKALIKE, _compatible, wide=True),
    Decoder(PACKED, "", packings.WORD, packings.word),
    Decoder(PACKED, "", packings.ROW, packings.row),
    Decoder(MARKUP, "<", re.compile(r"</?[A-Za-z!][^<>]{0,80}>"), lambda _: ""),
    Decoder(MARKUP, "\x1b", re.compile(r"\x1b\[[0-9;?]{0,16}[A-Za-z]"), lambda _: ""),
)
