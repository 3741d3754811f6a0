"""What of a long text is spelled in some way, and what that says: little of it, most of the time.

To look for something in a long text with every spelling undone is to read it once for each spelling, and for each of
them inside another. But what no spelling is near stands in the text as it is: so only what is near one is undone.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Final

from conformance.discreet import Discreet
from conformance.masking import decoders as spelled
from conformance.masking.decoders import DECODERS, OCTETS, Decoder, View

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Characters of which words are made that may be a token.
WORD: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+/=.~")
#: Characters among which those that are not ASCII are looked for together.
BLOCK: Final = 512
#: Characters by which spellings inside spellings are longer than the outermost, on either side of it.
INSIDE: Final = 160

_ESCAPES, *OTHERS = DECODERS


class Excerpt(Discreet, frozen=True):
    """A view of a stretch of a view of a text.

    outer: the view of the whole text. start: where in it the stretch begins. inner: the view of the stretch.
    """

    hidden = frozenset({"inner"})
    outer: View
    start: int
    inner: View

    @property
    def label(self) -> str:
        """The names of the spellings undone."""
        return ", ".join(dict.fromkeys(filter(None, (self.inner.label, self.outer.label))))

    def origin(self, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Where in the text itself the excerpt's spans come from."""
        inner = [(self.start + start, self.start + end) for start, end in self.inner.origin(spans)]
        return self.outer.origin(inner)


def excerpts(text: str, reach: int) -> Iterator[Excerpt]:
    """Enough of the text's views to find whatever is in one of them, and is a word or at most `reach` characters long.

    The text itself comes first. JSON escapes, of which a record is full, are undone in all of it; all else in stretches.
    """
    yield from _of(View(text), OTHERS, reach, DECODERS)
    undone = _ESCAPES.undo(text)
    if undone != text:
        # where the views of the whole go on from here
        yield from _of(View(undone, ((_ESCAPES, text),)), DECODERS, reach, (*OTHERS, _ESCAPES))


def _of(outer: View, spellings: Iterable[Decoder], reach: int, decoders: tuple[Decoder, ...]) -> Iterator[Excerpt]:
    """The whole of a view, and the views of what the spellings are near."""
    text = outer.text
    yield Excerpt(outer, 0, View(text))
    for start, end in _stretches(text, _spelled(text, spellings), reach + INSIDE):
        for inner in spelled.views(text[start:end], decoders)[1:]:
            yield Excerpt(outer, start, inner)


def _spelled(text: str, spellings: Iterable[Decoder]) -> list[tuple[int, int]]:
    """Where something is spelled in one of these ways, in order."""
    found = [_matches(one, text) for one in spellings if one.trigger in text]
    blocks = range(0, 0 if text.isascii() else len(text), BLOCK)
    found += [OCTETS.pattern.finditer(text, at, at + BLOCK) for at in blocks if not text[at : at + BLOCK].isascii()]
    return sorted(match.span() for match in itertools.chain.from_iterable(found))


def _matches(decoder: Decoder, text: str) -> Iterator[re.Match[str]]:
    """What `finditer` finds: each begins with the trigger, which is found faster than a pattern where it is rare."""
    at = text.find(decoder.trigger)
    while at >= 0:
        match = decoder.pattern.match(text, at)
        if match is not None:
            yield match
        at = text.find(decoder.trigger, match.end() if match is not None else at + 1)


def _stretches(text: str, spans: Iterable[tuple[int, int]], reach: int) -> Iterator[tuple[int, int]]:
    """Start and end of what is within reach of the spans, apart from each other; no word is cut in two."""
    first = last = -1
    for start, end in spans:
        if last < 0 or start - reach > last:
            if last >= 0:
                yield first, last
            first = max(start - reach, 0)
            while first and text[first - 1] in WORD:
                first -= 1
        if end + reach > last:
            last = min(end + reach, len(text))
            while last < len(text) and text[last] in WORD:
                last += 1
    if last >= 0:
        yield first, last
