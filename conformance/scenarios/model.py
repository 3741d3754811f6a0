"""Scenario, probe and ring: what a plan is made of."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from conformance.contract import Operation
from conformance.messages import Request

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

Suspicion = TypeVar("Suspicion")


class Rank(enum.IntEnum):
    """From which profile on a probe is sent.

    SPARE: in the smallest one too, where the target's policy withholds so much that there is room.
    """

    SMOKE = 1
    SPARE = 2
    RELEASE = 3
    NIGHTLY = 4

    @property
    def furthest(self) -> Rank:
        """Up to which rank a profile of this one may send."""
        return max(self, Rank.SPARE)


class Probe(Struct, frozen=True):
    """One request, and what to ask when it trips.

    parts: smaller probes that each carry one of the suspicions this one carries together (group testing); sent only
    when this one gives a finding, or another status than those that settle the matter.
    settled: statuses that leave nothing open, where the class of the request accepts others too for what it carries
    besides; empty where any accepted one does.
    overlapping: sent at the same time as its neighbours that are, where the policy allows more than one connection.
    pause: seconds in which nothing is sent before it.
    """

    request: Request
    rank: Rank = Rank.RELEASE
    parts: tuple[Probe, ...] = ()
    overlapping: bool = False
    pause: float = 0.0
    settled: frozenset[int] = frozenset()


def grouped(asked: Callable[[Sequence[Suspicion]], Request], suspicions: Sequence[Suspicion]) -> Probe:
    """All the suspicions in one request, and what tells them apart where it trips.

    Its parts are half of them, half of the rest, and so on, each a group again: in the order they are asked, whichever suspicion it
    is stands alone in the end, and no further request than one for each binary digit of their number has led there.
    """
    parts, rest = [], suspicions
    while len(rest) > 1:
        half = (len(rest) + 1) // 2
        parts.append(rest[:half])
        rest = rest[half:]
    return Probe(asked(suspicions), parts=tuple(grouped(asked, part) for part in (*parts, rest) if parts))


class Scenario(Struct, frozen=True):
    """A reason to ask.

    id: dotted, stable.
    title: what it does, in the present tense.
    probes: in the order they are sent.
    tags: what a target's policy may withhold it for ("oversize", "fuzz", "secret-in-url").
    """

    id: str
    title: str
    probes: tuple[Probe, ...]
    tags: frozenset[str] = frozenset()


class Ring(Struct, frozen=True):
    """A property: requests that Hypothesis draws, and shrinks where one gives a finding.

    operation: what the requests are for.
    strategy: made when the ring is run, because what makes it is slow to import.
    examples: how many are drawn at most, by rank.
    refused: whether each is a refused authentication against the true client id.
    """

    id: str
    title: str
    operation: Operation
    strategy: Callable[[], SearchStrategy[Request]]
    examples: dict[Rank, int]
    refused: bool = False
    tags: frozenset[str] = frozenset({"fuzz"})
