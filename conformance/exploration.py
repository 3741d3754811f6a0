"""A ring carried out: what Hypothesis draws is sent side by side, and what nothing before showed is made smaller."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from conformance.checks.assessment import Assessment
from conformance.corpus import Entry
from conformance.lanes import Lanes
from conformance.messages import Exchange, Request
from conformance.plan import Planned
from conformance.scenarios.model import Probe, Ring
from conformance.shrinking import Findings, examples, key, shrink

SHRINKS = 40  # requests that making the counterexamples of a ring smaller may cost
SHRUNK = 3  # findings of a ring that are made smaller


def explore(
    ring: Ring,
    count: int,
    seed: str,
    corpus: Iterable[Entry],
    before: Findings,
    lanes: Lanes,
    take: Callable[[Planned, tuple[Exchange, ...]], Assessment],
    spend: Callable[[Request], bool],
) -> list[tuple[Request, Entry]]:
    """Send what earlier runs found and what is drawn; the smallest request for each finding that was none before, and its entry.

    count: of requests drawn. before: what is found already. take: judges and records what came of a request. spend: takes the
    refusal that a request costs which is not planned, and says whether the policy had one left.
    """
    replayed = [one for one in (entry.request(ring) for entry in corpus if entry.ring == ring.id) if spend(one)]
    answers: dict[tuple[object, ...], Findings] = {}
    smallest: dict[tuple[str, str], Request] = {}
    shrunk = 0

    def found(request: Request, exchanges: tuple[Exchange, ...]) -> Findings:
        shown = take(Planned(ring.id, Probe(request)), exchanges).signatures
        for one in shown - before:
            if one not in smallest or len(request.body or b"") < len(smallest[one].body or b""):
                smallest[one] = request
        return shown

    drawn = (Planned(ring.id, Probe(request)) for request in (*replayed, *examples(ring, count, seed)))
    for planned, exchanges in lanes.exchanges(drawn):
        answers[key(planned.probe.request)] = found(planned.probe.request, exchanges)

    def ask(request: Request) -> Findings | None:
        nonlocal shrunk
        if shrunk >= SHRINKS or lanes.sender.left <= 1 or not spend(request):
            return None
        shrunk += 1
        return found(request, lanes.sender.exchange(request, ring.id))

    for wanted in sorted(smallest)[:SHRUNK]:
        shrink(ring, count, seed, wanted, answers, ask)
    return [
        (request, Entry(ring.id, requirement, request.body))
        for (requirement, _), request in smallest.items()
        if request.body
    ]
