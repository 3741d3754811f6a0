"""What a run writes of each exchange, and how far it is: the one way from an exchange to the record."""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from msgspec.structs import replace

from conformance.checks.assessment import Assessment
from conformance.classification import RequestClass
from conformance.evidence import Group
from conformance.journal import Journal, Judged
from conformance.judge import Judge
from conformance.messages import Exchange, Request
from conformance.progress import Progress
from conformance.safeguard import USUAL


@dataclass(slots=True)
class Bookkeeper:
    """Judges exchanges, writes them down, and counts.

    scenarios: how far the run is with each.
    later: whether what is small and good may be written while the next answer is awaited.
    told: is called with the scenario of each exchange.
    recorded: exchanges that are on record.
    unread: kinds of requests with an answer that could not be read, by the requirement that such an answer broke.
    """

    judge: Judge
    journal: Journal
    scenarios: dict[str, Progress]
    later: Callable[[], bool]
    told: Callable[[str], None]
    recorded: int = 0
    unread: dict[str, set[RequestClass]] = field(default_factory=dict)
    _recent: deque[float] = field(default_factory=lambda: deque(maxlen=USUAL))

    @property
    def latency(self) -> float:
        """Seconds that the last few exchanges took, half of them less; 0 before the first."""
        return statistics.median(self._recent) if self._recent else 0.0

    def classify(self, request: Request) -> RequestClass:
        """The class of a request, from its bytes."""
        return self.judge.classifier.classify(request)

    def judged(self, exchange: Exchange, scenario: str) -> Judged:
        """The exchange, judged by all that can speak to it."""
        return Judged(exchange, scenario, *self.judge.judge(exchange))

    def record(self, judged: Judged) -> list[Group]:
        """Write it down and take what was found as evidence; the groups that are new."""
        self.recorded += 1
        self._take_unread(judged)
        fresh = self.journal.record(judged, later=self.later())
        exchange = judged.exchange
        progress = self.scenarios.get(judged.scenario)
        if progress is not None:
            progress.requests += 1
            progress.seconds += exchange.elapsed
            progress.findings += len(judged.found.findings)
        if exchange.response is not None:
            self._recent.append(exchange.elapsed)
        self.told(judged.scenario)
        return fresh

    def _take_unread(self, judged: Judged) -> None:
        failure = judged.exchange.failure
        if failure is not None and failure.kind.is_malformed_answer:
            # what tells requests of a kind apart is left out: there may be as many as exchanges
            kind = replace(judged.request_class, name="", detail="")
            for finding in judged.found.findings:
                self.unread.setdefault(finding.requirement, set()).add(kind)

    def note(self, exchanges: Iterable[Exchange]) -> None:
        """Write down exchanges that no requirement judges: throttled ones, and those before the target answers."""
        for exchange in exchanges:
            self.record(Judged(exchange, exchange.scenario, self.classify(exchange.request), Assessment()))
