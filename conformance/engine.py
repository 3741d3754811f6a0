"""Runs a plan against a target, feeds the judge, writes the record. Knows no pytest.

The order of judging is the order of the plan, whatever the order in which answers come: for a given seed the results do
not depend on the concurrency.
"""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from msgspec.structs import replace

from conformance.bookkeeping import Bookkeeper
from conformance.checks.assessment import Assessment
from conformance.corpus import Entry
from conformance.evidence import Group
from conformance.journal import Journal, Judged
from conformance.judge import Judge, drops_connection
from conformance.lanes import Lanes
from conformance.losses import Losses
from conformance.messages import NOT_HTTP, REFUSED, SUCCESS, Exchange, Request, astray
from conformance.mismatch import Mismatch
from conformance.plan import Plan, Planned
from conformance.progress import Progress, incomplete, settle
from conformance.readmission import Readmission
from conformance.room import Room
from conformance.safeguard import Safeguard
from conformance.scenarios.model import Ring
from conformance.scenarios.order import FIRST, LAST
from conformance.sender import Sender, Spent, Stop
from conformance.sequence import BETWEEN

BEGINNING = 256  # octets of an answer that tell a page from JSON
TRIES = 3  # of the plainest valid request, before a target is called unreachable or the credentials refused
AWAY = frozenset({502, 503, 504})
PARTS = 12  # requests that splitting one group of suspicions may cost


@dataclass(slots=True)
class Engine:
    """One run of one plan.

    journal: takes what was found.
    concurrency: connections side by side, at most.
    safeguard: says when the run is better ended, and what may be asked besides the plan.
    trusted: the credentials are known to be right, so that refusing them is a defect.
    owner: names of the settings that hold them, in words.
    told: is called with the number of requests sent and the scenario after each exchange.
    corpus: what earlier runs found in a ring; discovered: what this one did.
    """

    plan: Plan
    judge: Judge
    sender: Sender
    journal: Journal
    safeguard: Safeguard
    concurrency: int = 1
    trusted: bool = False
    owner: str = "they"
    told: Callable[[int, str], None] | None = None
    seed: int = 0
    corpus: tuple[Entry, ...] = ()
    discovered: list[Entry] = field(default_factory=list)
    scenarios: dict[str, Progress] = field(default_factory=dict)
    stopped: str = ""
    interrupted: bool = False
    network: bool = False
    blocked: str = ""
    answered: bool = False
    dropped: list[str] = field(default_factory=list)
    _taken: int = 0
    books: Bookkeeper = field(init=False)
    _room: Room = field(init=False)
    _lanes: Lanes = field(init=False)
    _mismatch: Mismatch = field(init=False)
    _readmission: Readmission = field(init=False)
    _losses: Losses = field(default_factory=Losses)

    def __post_init__(self) -> None:
        counts = self.plan.by_scenario()
        self.scenarios = {scenario: Progress(self.plan.titles[scenario], count) for scenario, count in counts.items()}
        self._lanes = Lanes(self.sender, self.concurrency, self._latency, self._learn, self.journal.catch_up)
        self.books = Bookkeeper(self.judge, self.journal, self.scenarios, self._may_wait, self._tell)
        self._room = Room(self.sender, self.plan, self.books, asked=self.plan.keys)  # the key set is there already
        self._mismatch = Mismatch(self.sender, self.plan, self._room.has_some, self.safeguard, self.books)
        self._readmission = Readmission(self.sender, self.plan.returning, self._room, self.safeguard, self.books)

    def run(self, finished: Callable[[str], None] | None = None) -> None:
        """Send everything that is planned; never raises for what a target or a person does."""
        done = finished or (lambda _: None)
        try:
            self._run_all(done)
        except Stop as stop:
            self.stopped, self.interrupted, self.network = stop.reason, stop.interrupted, stop.network
            self.blocked = self.blocked or stop.reason
            self._unanswered(stop)
        except Spent:
            self.dropped = incomplete(self.scenarios)
        finally:
            self.sender.close()
            self.books.note(self.sender.strays())
            self.journal.catch_up()
            self._mismatch.settle()
            settle(self.scenarios, self.dropped, self.stopped or self.blocked)
        for scenario in self.scenarios:
            done(scenario)

    def _unanswered(self, stop: Stop) -> None:
        """Say so of the first request where its tries came to nothing: sent it was, but not carried out."""
        first = self.scenarios.get(FIRST)
        if first is not None and not self._room.asked and not stop.interrupted:
            first.outcome, first.reason = "error" if stop.network else "blocked", stop.reason

    def _run_all(self, done: Callable[[str], None]) -> None:
        probes = deque(self.plan.probes)
        if probes and probes[0].scenario == FIRST and not self._first(probes.popleft(), done):
            return
        probes = self._readmission.instead(probes)
        last = probes.pop() if probes else None
        self.sender.reserved += 1  # for the last: what is asked besides the plan costs what comes before it
        try:
            self._run_most(probes, done)
        except Spent:
            self.dropped = [name for name in incomplete(self.scenarios) if name != LAST]
        self.sender.reserved = 0
        if last is not None:
            self.sender.pause(self.judge.sequence.until_counted(time.time()))
            exchanges = self.sender.exchange(last.probe.request, last.scenario)
            self._count(last.scenario)
            self._take(last, exchanges)
            self._complete(last.scenario, done)
        self._readmission.ask()

    def _run_most(self, probes: Iterable[Planned], done: Callable[[str], None]) -> None:
        """Send all but the last; raises Spent where the budget does not go so far."""
        with contextlib.closing(self._lanes.exchanges(probes)) as sent:
            for planned, exchanges in sent:
                self._count(planned.scenario)
                self._take(planned, exchanges)
                self.books.note(self.sender.strays())
                progress = self.scenarios[planned.scenario]
                if progress.asked == progress.planned:
                    self._complete(planned.scenario, done)
        for ring, count in self.plan.rings:
            self._ring(ring, count)
            self._count(ring.id, count)
            self._complete(ring.id, done)

    def _count(self, scenario: str, count: int = 1) -> None:
        """Count requests of the plan that were answered or given up."""
        self._room.asked += count
        self.scenarios[scenario].asked += count

    def _complete(self, scenario: str, done: Callable[[str], None]) -> None:
        self.scenarios[scenario].outcome = "completed"
        done(scenario)

    def _first(self, planned: Planned, done: Callable[[str], None]) -> bool:
        """Send the plainest valid request; return whether the target can be judged further."""
        exchanges: tuple[Exchange, ...] = ()
        status = 0
        for attempt in range(1, TRIES + 1):
            exchanges = self.sender.exchange(planned.probe.request, planned.scenario)
            exchange = exchanges[-1]
            status = exchange.response.status if exchange.response is not None else 0
            absent = exchange.failure is not None and not exchange.failure.kind.is_malformed_answer
            refused = status == REFUSED and not self.trusted
            if (absent or status in AWAY or (refused and attempt < self.safeguard.allowed)) and attempt < TRIES:
                self.books.note(exchanges)
                self.sender.pause(0.2 * attempt)
                continue
            if absent:
                self.books.note(exchanges)
                detail = exchange.failure.detail if exchange.failure else ""
                raise Stop(f"the target cannot be reached: {detail}", network=True)
            if status in AWAY:
                self.books.note(exchanges)
                raise Stop(f"the target answers {status} to the plainest valid request", network=True)
            if refused:
                self.books.note(exchanges[:-1])
                # whoever is refused, there is what no answer may give away
                judged = self.books.judged(exchange, planned.scenario)
                self.books.record(replace(judged, found=judged.found.of("security.")))
                raise Stop(
                    f"the credentials are refused (401 to the plainest valid request): see that {self.owner} belong to this target"
                )
            break
        self._count(planned.scenario)
        self._take(planned, exchanges)
        if status != SUCCESS:
            # a cold start is a finding, and no reason to ask nothing more
            exchanges = self.sender.exchange(planned.probe.request, planned.scenario)
            self._take(planned, exchanges)
            status = exchanges[-1].response.status if exchanges[-1].response is not None else 0
        self._complete(planned.scenario, done)
        response = exchanges[-1].response
        beginning = response.content[:BEGINNING].decode("latin-1") if response is not None else ""
        elsewhere = astray(status, response.headers, beginning) if response is not None else ""
        if status == SUCCESS and not elsewhere:
            self.answered = True
            return True
        self.blocked = "the plainest valid request is not answered as it has to be"
        if elsewhere:
            self.blocked += f": {elsewhere}. Is the base URL right? It ends where the paths of the contract begin"
        failure = exchanges[-1].failure
        if failure is not None and failure.detail.startswith(NOT_HTTP):
            self.blocked += f": {failure.detail}. Is the base URL right, scheme and port included?"
        return False

    def _learn(self, exchange: Exchange) -> None:
        if exchange.response is not None and 200 <= exchange.response.status < 300:
            self.journal.redactor.learn_response(exchange.response)

    def _latency(self) -> float:
        """That of the last few exchanges, in seconds."""
        return self.books.latency

    def _may_wait(self) -> bool:
        return not (self._lanes.busy or self.sender.paced)

    def _tell(self, scenario: str) -> None:
        if self.told is not None:
            self.told(self.sender.sent, scenario)

    def _take(self, planned: Planned, exchanges: tuple[Exchange, ...]) -> Assessment:
        """Judge, split where a group trips, record, and confirm what is new; returns all that was found."""
        self._taken += 1
        self.books.note(exchanges[:-1])
        exchange = exchanges[-1]
        self._readmission.see(exchange)
        if exchange.failure is not None and not exchange.failure.kind.is_malformed_answer:
            return self._failed(planned.scenario, exchange)
        judged = self.books.judged(exchange, planned.scenario)
        found = judged.found
        new = found.signatures - self.journal.evidence.signatures() if found.findings else frozenset()
        again: Exchange | None = None
        try:
            again, instead = self._doubt(judged, new)
            if instead is None:
                self.safeguard.watch(exchange, judged.request_class)
                # what a plainer request has shown is told apart already
                own = any(requirement not in BETWEEN for requirement, _ in new)
                if planned.probe.parts and (own or self._open(planned, exchange)):
                    judged = self.journal.write_ahead(judged)
                    judged = self._split(planned, judged)
        except Stop:  # it is told all the same
            self.books.record(judged)
            self.books.note(() if again is None else (again,))
            raise
        if instead is not None:
            return self._take(planned, (instead,))
        fresh = self.books.record(judged)
        if fresh:
            self._confirm(planned, exchange, fresh, again)
        elif again is not None:
            self.books.note((again,))
        return found

    def _doubt(self, judged: Judged, new: frozenset[tuple[str, str]]) -> tuple[Exchange | None, Exchange | None]:
        """Ask again where an answer may be another's: the answer that confirms it or not, or the one that takes its place.

        It is not on record while it is asked again: told by a run that is killed, it would accuse somebody of what he may not
        have said.
        """
        # a target that is guarded is asked nothing it could take for an attack: an answer of another's is its finding
        if not self._mismatch.doubts(judged.exchange, new) or self.safeguard.guarded:
            return None, None
        if not self.safeguard.spend(judged.request_class):
            return None, None
        try:
            again, instead = self._mismatch.again(judged)
        except Spent:  # nothing more has a place besides the plan: the answer is judged as it is
            return None, None
        return (None, again) if instead else (again, None)

    def _split(self, planned: Planned, judged: Judged) -> Judged:
        """Ask the parts of a group that trips; what is left to tell of it, where one of them shows it by itself."""
        try:
            tripped = self._ask_parts(planned)
        except Spent:
            return judged
        return replace(judged, found=judged.found.without("status.")) if tripped else judged

    def _failed(self, scenario: str, exchange: Exchange) -> Assessment:
        """A connection that broke: ask again on a new one, then ask something plain; only then accuse."""
        if not self._spend(exchange.request):  # it may have been carried out, and refused, all the same
            self._lose(exchange)
            return Assessment()
        try:
            again = self.sender.again(exchange.request, scenario)
        except Spent:
            self.books.note((exchange,))
            return Assessment()
        except Stop:
            self.books.note((exchange,))
            raise
        if again.failure is None or again.failure.kind.is_malformed_answer:
            self._lose(exchange)
            judged = self.books.judged(again, scenario)
            self.books.record(judged)
            self.safeguard.watch(again, judged.request_class)
            return judged.found
        self.books.note((exchange, again))
        self.sender.failed(again)
        try:
            self._plain()
        except Spent:  # whether the target is gone cannot be told any more: nobody is accused
            return Assessment()
        again_class = self.books.classify(again.request)
        assessment = drops_connection(again.failure, again_class)
        self.books.record(Judged(again, scenario, again_class, assessment))
        return assessment

    def _lose(self, exchange: Exchange) -> None:
        """Record a request that was lost; a finding where that happens time and again."""
        recurring = self._losses.of(exchange.failure, self._taken)
        self.sender.keep_alive = not self._losses.suspected
        request_class = self.books.classify(exchange.request)
        self.books.record(Judged(exchange, exchange.scenario, request_class, recurring))

    def _plain(self) -> None:
        """See that the plainest valid request is answered; ends the run where the target is gone."""
        while True:
            plain = self.sender.again(self.plan.probes[0].probe.request, FIRST)
            if plain.failure is None or plain.failure.kind.is_malformed_answer:
                judged = self.books.judged(plain, FIRST)
                self.books.record(judged)
                self.safeguard.watch(plain, judged.request_class)
                return
            self.books.note((plain,))
            self.sender.failed(plain)

    def _confirm(self, planned: Planned, exchange: Exchange, fresh: list[Group], again: Exchange | None) -> None:
        """Ask once more, if that is not done yet, where the budget has room: so a finding says whether it recurs."""
        if again is None:
            if exchange.failure is not None or self._room.left <= self._room.unsent or self._refusal(exchange.request):
                return
            try:
                *throttled, again = self.sender.exchange(exchange.request, planned.scenario)
            except Spent:
                return
            self.books.note(throttled)
        if again.failure is not None and not again.failure.kind.is_malformed_answer:
            self._lose(again)
            return
        judged = self.books.judged(again, planned.scenario)
        self.books.record(judged)
        self.safeguard.watch(again, judged.request_class)
        shown = judged.found.signatures
        for group in fresh:
            group.recurred = (group.finding.requirement, group.finding.signature) in shown

    def _refusal(self, request: Request) -> bool:
        """Whether a repetition would be one more refused authentication against the true client id."""
        return self.books.classify(request).refusal

    def _open(self, planned: Planned, exchange: Exchange) -> bool:
        """Whether an answer is accepted for what the request carries besides, and so leaves open what it was asked for."""
        settled = planned.probe.settled
        return bool(settled) and exchange.response is not None and exchange.response.status not in settled

    def _ask_parts(self, planned: Planned) -> bool:
        """Ask the parts of a group: whether one of them shows by itself, and under its own requirement, what it tripped on."""
        tripped = False
        for part in planned.probe.parts[:PARTS]:
            if not self._room.has_some():
                break
            if not self._spend(part.request):
                continue
            found = self._take(Planned(planned.scenario, part), self.sender.exchange(part.request, planned.scenario))
            tripped = tripped or any(finding.requirement.startswith("status.") for finding in found.findings)
        return tripped

    def _ring(self, ring: Ring, count: int) -> None:
        """Let Hypothesis draw, send side by side, and shrink what nothing before showed, inside the budget."""
        from conformance.exploration import Means, explore

        def keep(request: Request, entry: Entry) -> None:
            if self._may_be_shared(request):
                self.discovered.append(entry)

        seed, before = f"{self.seed}/{ring.id}", self.journal.evidence.signatures()
        explore(ring, count, seed, self.corpus, before, Means(self._lanes, self._take, self._spend, keep))

    def _spend(self, request: Request) -> bool:
        return self.safeguard.spend(self.books.classify(request))

    def _may_be_shared(self, request: Request) -> bool:
        """Whether a request may stand in a corpus: nothing in it is, or is near, what belongs to the client."""
        known = self.journal.redactor.marks((request.body or b"").decode("utf-8", "surrogateescape"))
        return not known and not self.judge.classifier.may_name_true_client(request)
