"""Which of a hundred pieces a long text holds, at the price of reading it twice or so.

Of each piece a few groups of four octets are kept in a table. Every fourth, second or single place of the text is looked up in
it, and only a piece of which a group is there is looked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from conformance.discreet import Discreet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Octets of a group: those of an unsigned integer of the machine.
GROUP: Final = 4
#: How far apart the places of a text may be that are looked up, the farthest first; each has to divide a group.
STEPS: Final = (4, 2, 1)


class Grams(Discreet, frozen=True):
    """Pieces, ready to be looked for.

    pieces: what is looked for. table: by a group, the places of the pieces it is of. short: the places of those that hold no
    group. step: characters between two places of a text that are looked up, such that every piece has a group at one of them.
    """

    hidden = frozenset({"pieces", "table"})
    pieces: tuple[str, ...]
    table: dict[int, tuple[int, ...]]
    short: tuple[int, ...]
    step: int

    @classmethod
    def of(cls, pieces: Iterable[str]) -> Grams:
        """The table for these pieces."""
        pieces = tuple(pieces)
        long = [at for at, piece in enumerate(pieces) if len(piece) >= GROUP]
        shortest = min((len(pieces[at]) for at in long), default=GROUP)
        step = next(step for step in STEPS if shortest >= GROUP + step - 1)
        table: dict[int, tuple[int, ...]] = {}
        for at in long:
            octets = _octets(pieces[at])
            for place in range(step):
                group = _groups(octets[place : place + GROUP])[0]
                table[group] = (*table.get(group, ()), at)
        short = tuple(at for at, piece in enumerate(pieces) if len(piece) < GROUP)
        return cls(pieces, table, short, step)

    def held(self, text: str) -> Iterator[int]:
        """The places, in order, of the pieces that stand in the text."""
        octets = _octets(text)
        found = set(self.short)
        for first in range(0, GROUP, self.step):
            for group in self.table.keys() & _groups(octets[first:]):
                found.update(self.table[group])
        return (at for at in sorted(found) if self.pieces[at] in text)


def _octets(text: str) -> bytes:
    """One octet for each character; what is beyond ASCII is one of a kind, and told apart where the piece is looked for."""
    return text.encode("ascii", "replace")


def _groups(octets: bytes) -> memoryview[int]:
    """The whole groups that follow one another."""
    return memoryview(octets[: len(octets) // GROUP * GROUP]).cast("I")
