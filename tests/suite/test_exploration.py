"""A ring carried out, on literals: what it keeps where the run ends inside it, and what making things smaller may cost."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import strategies as st

from conformance.checks.assessment import Assessment
from conformance.contract import Operation
from conformance.corpus import Entry
from conformance.exploration import SHRINKS, Means, explore
from conformance.lanes import Lanes
from conformance.messages import Exchange, Request
from conformance.plan import Planned
from conformance.scenarios.model import Ring
from conformance.sender import Spent, Stop

BROKEN = "status.no-server-error"
OPERATION = cast("Operation", SimpleNamespace(method="POST", path="/oauth/token"))
BODIES = st.binary(min_size=1, max_size=64).map(lambda body: Request("POST", "/oauth/token", (), body))
RING = Ring("ring.x", "Anything", OPERATION, lambda: BODIES, {})


class Carried:
    """A ring carried out against a target whose every answer gives one of four findings.

    ends: what the run ends of, after `after` answers.
    """

    corpus: tuple[Entry, ...] = ()

    def __init__(self, *, ends: Exception | None = None, after: int = 0, spends: bool = True) -> None:
        self.asked: list[Request] = []
        self.paid: list[Request] = []
        self.kept: list[Entry] = []
        self.shrunk: list[Request] = []
        self.sender = SimpleNamespace(left=1000, exchange=self._exchange)
        self._ends, self._after, self._spends = ends, after, spends

    def exchanges(self, drawn: Iterable[Planned]) -> Iterator[tuple[Planned, tuple[Exchange, ...]]]:
        """Answer what is drawn until the run ends."""
        for number, planned in enumerate(drawn):
            if self._ends is not None and number == self._after:
                raise self._ends
            yield planned, ()

    def _exchange(self, request: Request, _: str) -> tuple[Exchange, ...]:
        self.shrunk.append(request)
        return ()

    def take(self, planned: Planned, _: tuple[Exchange, ...]) -> Assessment:
        """Find a defect in whatever comes."""
        self.asked.append(planned.probe.request)
        found = Assessment()
        found.fault(BROKEN, "an answer", "500", str(sum(planned.probe.request.body or b"") % 4))
        return found

    def spend(self, request: Request) -> bool:
        """Take note of what is paid for."""
        self.paid.append(request)
        return self._spends

    def run(self) -> None:
        """Carry the ring out."""
        lanes = cast("Lanes", cast("Any", self))
        means = Means(lanes, self.take, self.spend, lambda _, entry: self.kept.append(entry))
        explore(RING, 60, "1", self.corpus, frozenset(), means)


@pytest.mark.parametrize("end", [Stop("the time budget is spent"), Spent()])
def test_what_was_found_is_kept_though_the_run_ends_inside_the_ring(end: Exception) -> None:
    ring = Carried(ends=end, after=3)
    with pytest.raises(type(end)):
        ring.run()
    assert ring.kept
    assert {entry.body for entry in ring.kept} <= {request.body for request in ring.asked}


def test_of_each_finding_the_smallest_request_is_kept_once() -> None:
    ring = Carried()
    ring.run()
    assert sorted(sum(entry.body) % 4 for entry in ring.kept) == [0, 1, 2, 3]
    assert {len(entry.body) for entry in ring.kept} == {1}


def test_making_smaller_costs_so_many_requests_and_each_is_paid_for() -> None:
    ring = Carried()
    ring.run()
    assert len(ring.shrunk) == SHRINKS
    assert ring.paid == ring.shrunk


def test_nothing_is_made_smaller_that_the_policy_has_no_refusal_left_for() -> None:
    ring = Carried(spends=False)
    ring.run()
    assert ring.paid
    assert ring.shrunk == []


@pytest.mark.parametrize("spends", [True, False])
def test_what_earlier_runs_found_is_asked_first_as_far_as_the_policy_has_refusals(*, spends: bool) -> None:
    ring = Carried(spends=spends)
    ring.corpus = (Entry(RING.id, BROKEN, b"known before"), Entry("ring.y", BROKEN, b"of another ring"))
    ring.run()
    assert (ring.asked[0].body == b"known before") == spends
    assert b"of another ring" not in {request.body for request in ring.asked}
