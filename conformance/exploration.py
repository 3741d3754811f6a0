"""A ring carried out: what Hypothesis draws is sent side by side, and what nothing before showed is made smaller."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable

from msgspec import Struct

from conformance.checks.assessment import Assessment
from conformance.corpus import Entry
from conformance.lanes import Lanes
from conformance.messages import Exchange, Request
from conformance.plan import Planned
from conformance.scenarios.model import Probe, Ring
from conformance.shrinking import Findings, examples, key, shrink

SHRINKS = 40  # requests that making the counterexamples of a ring smaller may cost
SHRUNK = 3  # findings of a ring that are made smaller


class Means(Struct, frozen=True):
    """What a ring is carried out by.

    take: judges and records what came of a request.
    spend: takes the refusal that a request costs which is not planned, and says whether the policy had one left.
    keep: is called at the end with the smallest request for each new finding and its entry, also where the run ends inside
    the ring: that night found it all the same.
    """

    lanes: Lanes
    take: Callable[[Planned, tuple[Exchange, ...]], Assessment]
    spend: Callable[[Request], bool]
    keep: Callable[[Request, Entry], None]


def explore(ring: Ring, count: int, seed: str, corpus: Iterable[Entry], before: Findings, by: Means) -> None:
    """Send what earlier runs found and what is drawn, and keep the smallest request for each finding that was none before.

    count: of requests drawn. before: what is found already.
    """
    replayed = [one for one in (entry.request(ring) for entry in corpus if entry.ring == ring.id) if by.spend(one)]
    answers: dict[tuple[object, ...], Findings] = {}
    smallest: dict[tuple[str, str], Request] = {}
    shrunk = 0

    def found(request: Request, exchanges: tuple[Exchange, ...]) -> Findings:
        shown = by.take(Planned(ring.id, Probe(request)), exchanges).signatures
        for one in shown - before:
            if one not in smallest or len(request.body or b"") < len(smallest[one].body or b""):
                smallest[one] = request
        return shown

    def ask(request: Request) -> Findings | None:
        nonlocal shrunk
        if shrunk >= SHRINKS or by.lanes.sender.left <= 1 or not by.spend(request):
            return None
        shrunk += 1
        return found(request, by.lanes.sender.exchange(request, ring.id))

    drawn = (Planned(ring.id, Probe(request)) for request in (*replayed, *examples(ring, count, seed)))
    try:
        with contextlib.closing(by.lanes.exchanges(drawn)) as sent:
            for planned, exchanges in sent:
                answers[key(planned.probe.request)] = found(planned.probe.request, exchanges)
        for wanted in sorted(smallest)[:SHRUNK]:
            shrink(ring, count, seed, wanted, answers, ask)
    finally:
        for (requirement, _), request in smallest.items():
            if request.body:
                by.keep(request, Entry(ring.id, requirement, request.body))
