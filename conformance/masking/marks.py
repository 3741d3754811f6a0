"""Parts of a text that are not shown, and what is shown instead."""

from __future__ import annotations

import enum
import itertools
from typing import TYPE_CHECKING, Final, TypeAlias

from msgspec import Struct

from conformance.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Sequence


#: Characters of a body that are shown.
SHOWN: Final = 4096


class Rank(enum.IntEnum):
    """Which of two marks on the same place is seen: the higher."""

    LOOKS = -2
    LETTERS = -1
    PART = 0
    NAMED = 1
    WHOLE = 2
    SIGNED = 3


class Mark(Struct, frozen=True):
    """A stretch of text that is masked.

    start, end: its place.
    mask: what is shown instead.
    rank: how it stands to others on the same place.
    value: the known secret it comes from, if it does.
    shell: a shell expression that yields that secret, or an empty string.
    exact: the stretch is the form that was looked for, letter by letter.
    text: the stretch itself, known once the text has been cut.
    packed: what the stretch is the base64 of, where that is known.
    """

    start: int
    end: int
    mask: str
    rank: Rank
    value: Secret | None = None
    shell: str = ""
    exact: bool = False
    text: Secret = Secret("")
    packed: Parts | None = None


Parts: TypeAlias = "tuple[str | Mark, ...]"


class Variable(Struct, frozen=True):
    """A text that stands in a variable of whoever sends a request again.

    name: of the variable, without the dollar.
    is_secret: it is the client secret, of which a command holds nothing; a client id may be seen.
    """

    value: Secret
    name: str
    is_secret: bool = True


class Sealed(Struct, frozen=True):
    """A request in parts that may be shown and parts that may not.

    headers: name and value of each field.
    body: the body's text, octets that are not UTF-8 as surrogate escapes (PEP 383); None without a body.
    size: octets of the body.
    variables: those whose content it carries, or something made of it.
    """

    method: Parts
    url: Parts
    headers: tuple[tuple[Parts, Parts], ...]
    body: Parts | None
    size: int = 0
    variables: tuple[Variable, ...] = ()


def apart(marks: list[Mark]) -> list[Mark]:
    """The marks in order, none on another's place: the higher rank, the longer, the exact one is kept whole."""
    marks.sort(key=lambda mark: mark.start)
    if all(one.end <= other.start for one, other in itertools.pairwise(marks)):
        return marks
    # Every mark begins and ends at one of these: what lies between two of them has one owner.
    points = sorted({point for mark in marks for point in (mark.start, mark.end)})
    places = {point: place for place, point in enumerate(points)}
    owners: list[Mark | None] = [None] * (len(points) - 1)
    for mark in sorted(marks, key=lambda mark: (mark.rank, mark.end - mark.start, mark.exact, bool(mark.shell))):
        first, last = places[mark.start], places[mark.end]
        owners[first:last] = [mark] * (last - first)
    kept: list[Mark] = []
    start = 0
    for at in range(1, len(points)):
        owner = owners[start]
        if at < len(owners) and owners[at] is owner:
            continue
        if owner is not None:
            kept.append(_between(owner, points[start], points[at]))
        start = at
    return kept


def behind(marks: list[Mark], found: list[Mark]) -> list[Mark]:
    """The marks behind all others, without those on the place of a whole: what is known better is said better."""
    wholes = [(mark.start, mark.end) for mark in found if mark.rank >= Rank.WHOLE] if marks else []
    return [
        Mark(mark.start, mark.end, mark.mask, Rank.LETTERS)
        for mark in marks
        if not any(mark.start < end and start < mark.end for start, end in wholes)
    ]


def _between(mark: Mark, start: int, end: int) -> Mark:
    """The part of the mark that lies between two places; no longer a whole, unless it is."""
    if start <= mark.start and mark.end <= end:
        return mark
    return Mark(max(start, mark.start), min(end, mark.end), mark.mask, mark.rank)


def cut(text: str, marks: Sequence[Mark], offset: int = 0) -> Parts:
    """`text` in parts, where `marks` count from `offset` characters before it."""
    parts: list[str | Mark] = []
    at = 0
    for mark in marks:
        start, end = max(mark.start - offset, 0), min(mark.end - offset, len(text))
        if start >= len(text):
            break
        if start >= end:
            continue
        if start > at:
            parts.append(text[at:start])
        whole = end - start == mark.end - mark.start
        shell, exact = (mark.shell, mark.exact) if whole else ("", False)
        parts.append(Mark(start, end, mark.mask, mark.rank, mark.value, shell, exact, Secret(text[start:end])))
        at = end
    if at < len(text):
        parts.append(text[at:])
    return tuple(parts)


def joined(parts: Parts) -> str:
    """The parts as they are shown; the same mask twice in a row is written once."""
    if len(parts) == 1:
        only = parts[0]
        return only if isinstance(only, str) else only.mask
    shown: list[str] = []
    last = ""
    for part in parts:
        mask = "" if isinstance(part, str) else part.mask
        if not mask or mask != last:
            shown.append(mask or str(part))
        last = mask
    return "".join(shown)


def encodable(text: str) -> str:
    r"""The text with lone surrogates written as `\udXXX`, so that it can be written as UTF-8."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def body_of(parts: Parts, content: bytes) -> dict[str, object]:
    """A body for the record: its text, cut to what is shown, its size in octets, the characters shown."""
    text = joined(parts)[:SHOWN]
    body: dict[str, object] = {"text": text, "size": len(content), "shown": len(text)}
    if not text.isascii():
        octets = text.encode("utf-8", "surrogateescape")
        body["text"] = octets.decode("utf-8", "backslashreplace")
        if body["text"] != text:
            body["encoding"] = "octets"
    return body
