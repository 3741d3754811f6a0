"""Looking for many encodings of many secrets in one text, quickly where there is nothing to be found.

Of each form a few pieces are looked for, such that none of its long enough runs is without one. Only where a piece is
found does the search go on: wholes first, the longer before the shorter, then runs in what is left.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final, TypeAlias

from msgspec import Struct

from conformance import tokens
from conformance.discreet import Discreet
from conformance.masking import encodings
from conformance.masking.encodings import SHORTEST_INSIDE_WORDS, Form
from conformance.masking.grams import Grams
from conformance.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Known(Discreet, frozen=True):
    """A text to be masked.

    name: what its mask says.
    shell: a shell expression that yields it, or an empty string.
    forms: how it may look.
    """

    hidden = frozenset({"forms"})
    value: Secret
    name: str
    shell: str
    forms: tuple[Form, ...]


class Find(Struct, frozen=True):
    """A place where a form of a known text stands: the whole or a part of it, letter by letter or not."""

    start: int
    end: int
    form: Form
    known: Known
    whole: bool
    exact: bool = False


#: Characters of a text from which a table of pieces is quicker than to look for each of them.
LONG: Final = 1_000
_Needle: TypeAlias = "tuple[str, Form, Known]"


class Pieces(Discreet, frozen=True):
    """Pieces of forms. chunks: their texts. grams: a table of these, where they are looked for in many texts."""

    hidden = frozenset({"needles", "chunks"})
    needles: tuple[_Needle, ...] = ()
    chunks: tuple[str, ...] = ()
    grams: Grams | None = None

    @classmethod
    def of(cls, needles: Iterable[_Needle]) -> Pieces:
        """These, without a table."""
        needles = tuple(needles)
        return cls(needles, tuple(chunk for chunk, _, _ in needles))

    def lasting(self) -> Pieces:
        """The same, with the table."""
        return Pieces(self.needles, self.chunks, Grams.of(self.chunks))

    def held(self, folded: str) -> Iterator[_Needle]:
        """Those that stand in a text."""
        if self.grams is not None and len(folded) > LONG:
            return (self.needles[at] for at in self.grams.held(folded))
        # without a line of Python for each of a hundred that are not there
        return itertools.compress(self.needles, map(folded.__contains__, self.chunks))


class Needles(Discreet, frozen=True):
    """Pieces of forms to look for.

    anywhere: those that may stand anywhere. in_words: those in base64 and hexadecimal, which stand within a word.
    shortest_word: characters such a word has at least. longest: characters of the longest form.
    """

    anywhere: tuple[Pieces, ...] = ()
    in_words: tuple[Pieces, ...] = ()
    shortest_word: int = tokens.SHORTEST_TOKEN
    longest: int = 0

    @classmethod
    def of(cls, every: Iterable[Known]) -> Needles:
        """The pieces of all forms of these."""
        needles = [(chunk, form, known) for known in every for form in known.forms for _, chunk in form.chunks]
        packed = [needle for needle in needles if needle[1].packed]
        anywhere = Pieces.of(needle for needle in needles if not needle[1].packed)
        shortest = min((form.shortest for _, form, _ in packed), default=tokens.SHORTEST_TOKEN)
        longest = max((len(form.folded) for _, form, _ in needles), default=0)
        return cls((anywhere,), (Pieces.of(packed),), min(shortest, tokens.SHORTEST_TOKEN), longest)

    @classmethod
    def of_token(cls, token: str) -> Needles:
        """The pieces of a signed token's encodings."""
        return cls.of([Known(Secret(token), "a token", "", encodings.token_forms(token))])

    def lasting(self) -> Needles:
        """The same, for what is looked for in text after text."""
        return Needles(
            tuple(pieces.lasting() for pieces in self.anywhere),
            tuple(pieces.lasting() for pieces in self.in_words),
            self.shortest_word,
            self.longest,
        )

    def __add__(self, other: Needles) -> Needles:
        return Needles(
            self.anywhere + other.anywhere,
            self.in_words + other.in_words,
            min(self.shortest_word, other.shortest_word),
            max(self.longest, other.longest),
        )

    def search(self, text: str, words: list[str]) -> list[Find]:
        """Where the forms stand in `text`; `words` are those of its words that are long enough."""
        folded = encodings.fold(text)
        hits = _held(self.anywhere, folded)
        if words:
            whole = len(words) == 1 and words[0] is text
            joint = folded if whole else encodings.fold("\n".join(words))
            hits.update(_held(self.in_words, joint))
        return _found(text, folded, list(hits.values())) if hits else []


def _held(pieces: tuple[Pieces, ...], folded: str) -> dict[int, tuple[Form, Known]]:
    """The forms of which the text holds a piece, in the needles' order."""
    return {id(form): (form, known) for one in pieces for _, form, known in one.held(folded)}


def _found(text: str, folded: str, hits: list[tuple[Form, Known]]) -> list[Find]:
    finds: list[Find] = []
    hits.sort(key=lambda hit: -len(hit[0].folded))
    for form, known in hits:
        own = form.folded
        if own not in folded:
            continue
        rivals = [hit for hit in hits if hit[0].folded == own]
        for start in _places(folded, own):
            there = text[start : start + len(own)]
            # Secrets that differ in case fold to the same: what was sent letter by letter is meant; a reversed one may
            # be a secret of its own; among equals the last is the secret, those before it are its disguises.
            form, known = max(reversed(rivals), key=lambda hit: (there == hit[0].exact, not hit[0].label))  # noqa: PLW2901
            exact = there == form.exact and not form.label
            finds.append(Find(start, start + len(own), form, known, whole=True, exact=exact))
        folded = folded.replace(own, "\0" * len(own))
    for form, known in hits:
        if form.shortest < len(form.folded):
            finds.extend(Find(start, end, form, known, whole=False) for start, end in dict.fromkeys(form.runs(folded)))
    return finds


def _places(text: str, piece: str) -> Iterator[int]:
    at = text.find(piece)
    while at >= 0:
        end = at + len(piece)
        touched = text[max(at - 1, 0) : at].isalnum() or text[end : end + 1].isalnum()
        if not touched or len(piece) >= SHORTEST_INSIDE_WORDS:
            yield at
        at = text.find(piece, end)
