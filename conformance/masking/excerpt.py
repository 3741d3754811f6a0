"""How much of an answer is looked at for the record, and how much of that is kept.

Whatever a server sends, an exchange takes some kilobytes of the record and as little time to make ready; the judge sees the
whole. More is looked at than is kept, so that what stands at the cut has been masked as a whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from conformance.masking.marks import Mark

if TYPE_CHECKING:
    from conformance.masking.marks import Parts
    from conformance.messages import HeaderPairs

#: Octets of a content that are looked at.
CONTENT: Final = 16 << 10
#: Characters at the end of what is looked at that are not kept: no secret is longer in any encoding.
MARGIN: Final = 8 << 10
#: Fields that are kept: with the line that says how many there were, as many as the shortest report shows.
FIELDS: Final = 39
#: Characters of a line (the name of a field, its value, the reason phrase) that are kept as they are.
LINE: Final = 1024
#: Characters that are kept of a longer line, so that every report has room for what it says of the rest.
BEGINNING: Final = 300
#: Characters of a line that are looked at.
LINE_LOOKED_AT: Final = 4096
#: Characters of all fields together that are looked at.
FIELDS_LOOKED_AT: Final = 16 << 10


class Line(Struct, frozen=True):
    """The beginning of one line of an answer's head, and how long the line is."""

    text: str
    size: int

    @classmethod
    def of(cls, text: str) -> Line:
        """As much of the line as is looked at."""
        return cls(text[:LINE_LOOKED_AT], len(text))

    def kept(self, parts: Parts) -> Parts:
        """What is kept of the line, where `parts` are its text with the secrets masked."""
        if self.size <= LINE:
            return parts
        return (*first(parts, BEGINNING), f"… ({self.size} characters)")


def fields(headers: HeaderPairs) -> tuple[list[tuple[Line, Line]], int]:
    """The fields that are looked at, in order, and how many more there are."""
    found: list[tuple[Line, Line]] = []
    room = FIELDS_LOOKED_AT
    for name, value in headers[:FIELDS]:
        pair = (Line(name[:LINE_LOOKED_AT], len(name)), Line(value[:LINE_LOOKED_AT], len(value)))
        room -= min(pair[0].size, LINE_LOOKED_AT) + min(pair[1].size, LINE_LOOKED_AT)
        if room < 0:
            break
        found.append(pair)
    return found, len(headers) - len(found)


def first(parts: Parts, characters: int) -> Parts:
    """The parts that begin within so many characters of what they stand for; a mark is never cut."""
    kept: list[str | Mark] = []
    for part in parts:
        if characters <= 0:
            break
        if isinstance(part, Mark):
            kept.append(part)
            characters -= part.end - part.start
        else:
            kept.append(part[:characters])
            characters -= len(part)
    return tuple(kept)


def of_content(content: bytes) -> str:
    """The beginning of the content as text, octets that are not UTF-8 as surrogate escapes (PEP 383)."""
    return content[:CONTENT].decode("utf-8", "surrogateescape")


def kept_of_content(parts: Parts, content: bytes) -> Parts:
    """What may be kept of the content, where `parts` are the text that was looked at with the secrets masked."""
    return parts if len(content) <= CONTENT else first(parts, CONTENT - MARGIN)
