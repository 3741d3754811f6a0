"""Sending side by side, and handing back in the order of the plan, so that results do not depend on who was first."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial

from msgspec import Struct, field

from conformance.exchange import Client
from conformance.messages import Exchange
from conformance.plan import Planned
from conformance.sender import Sender

SLOW = 0.02  # seconds of latency from which sending side by side is worth it
PATIENCE = 2.0  # seconds, or as long as answers take, after which a connection is not served while the others are open
STEADY = 1.1  # times the latency that an answer takes which is given beside others
SPARE = 0.25  # seconds of an exchange's deadline that are left where a connection has to wait for the others
MOMENT = 0.05  # seconds until what has been answered meanwhile is closed too
AHEAD = 3  # times the connections: requests that are handed out before the first is waited for
SCARCE = 26  # requests of a budget in which a group is waited for before more is handed out
Sent = tuple[Planned, tuple[Exchange, ...]]


class Ticket(Struct):
    """A request that is handed out.

    fresh: whether it goes on a connection of its own.
    begun: POSIX time at which its sending began; None until then.
    learnt: whether its answers were shown to whoever learns from them.
    """

    planned: Planned
    fresh: bool = False
    begun: float | None = None
    learnt: bool = False


class Lanes(Struct):
    """The connections of a run.

    concurrency: connections side by side, at most.
    latency: seconds that the last few exchanges took.
    learn: is shown each answer before any that may have been given after it is handed back: an answer may repeat a
        token that was issued by another, which is still on its way.
    meanwhile: what there is to do while an answer is awaited; what is sent side by side needs no such thing.
    tried: whether it is known how many connections the server serves.
    served: connections that it was seen to serve at once.
    """

    sender: Sender
    concurrency: int
    latency: Callable[[], float]
    learn: Callable[[Exchange], None]
    meanwhile: Callable[[], None] | None = None
    tried: bool = False
    served: int = 1
    _pool: ThreadPoolExecutor | None = None
    _handed: int = 0
    _borrows: bool = False
    _lent: threading.Event | None = None
    _waiting: deque[tuple[Ticket, Future[tuple[Exchange, ...]]]] = field(default_factory=deque)

    @property
    def busy(self) -> bool:
        """Whether answers are under way that others wait for."""
        return bool(self._waiting)

    def exchanges(self, probes: Iterable[Planned]) -> Generator[Sent, None, None]:
        """Send each probe; those that are to overlap go out together, those with a pause after it, alone."""
        try:
            for sent in self._sent(probes):
                yield sent
                self._give_back()
        finally:
            self._close()

    def _sent(self, probes: Iterable[Planned]) -> Iterator[Sent]:
        overlapping: list[Planned] = []
        for planned in probes:
            self._handed += 1
            if planned.probe.overlapping:
                overlapping.append(planned)
                continue
            yield from self._together(overlapping)
            overlapping = []
            yield from self._one(planned)
        yield from self._together(overlapping)
        yield from self._alone()

    def _one(self, planned: Planned) -> Iterator[Sent]:
        if planned.probe.pause:
            yield from self._alone()
            if self.meanwhile is not None:
                self.meanwhile()
            self.sender.pause(planned.probe.pause)
        elif self._pays():
            if not self._waiting and self.meanwhile is not None:
                self.meanwhile()  # the last time for as long as answers are awaited side by side
            if self._waiting and self.sender.room <= sum(not future.done() for _, future in self._waiting):
                # whoever is under way may take the rest of the budget: it goes by the plan, not to the quickest thread
                yield from self._rest() if self.tried else self._alone()
            self._submit(planned, beside=not self.tried)
            if not self.tried:
                if len(self._waiting) >= min(self.concurrency, self.served + self._untried()) - 1:
                    yield from self._try()
            elif planned.probe.parts and self.sender.budget - self._handed < SCARCE:
                # what its parts may cost is taken from those behind it, which must not be on their way by then
                yield from self._rest()
            while len(self._waiting) >= AHEAD * self.concurrency:  # so that nobody waits for the judge
                yield self._first()
            return
        else:
            yield from self._alone()  # whoever waits is not overtaken where it no longer pays
        yield planned, self.sender.exchange(planned.probe.request, planned.scenario, self.meanwhile)

    def _pays(self) -> bool:
        """Whether to send side by side: there is latency to gain, and a server of one connection at a time loses nothing."""
        return self.concurrency > 1 and self.latency() > SLOW and (self.tried or self._untried() > 0)

    @property
    def _patience(self) -> float:
        """Seconds in which an answer comes that waits for no other."""
        return max(PATIENCE, STEADY * self.latency())

    def _untried(self) -> int:
        """Connections that may be tried beside those that are known to be served.

        Where they are not, each of them waits until the others are closed, and for the answers to those before it: that
        has to be over within the deadline of an exchange, or the trial itself would cost a conforming server its answers.
        """
        return int((self.sender.deadline - SPARE - self._patience) / self.latency())

    def _together(self, group: list[Planned]) -> Iterator[Sent]:
        """All of a group at once, as far as the policy lets them, each on a connection of its own.

        A server that serves one connection at a time serves them one after the other, if no other is kept. One that has
        served several side by side goes on doing so, and nothing has to be waited for.
        """
        if group and not self.tried:
            yield from self._alone()
        side_by_side = bool(self._waiting)
        for planned in group:
            self._submit(planned, fresh=True)
        if group and not side_by_side:
            yield from self._rest()
            self._close()

    def _submit(self, planned: Planned, *, fresh: bool = False, beside: bool = False) -> None:
        """Hand out a request; beside: while the connection of this thread stays open."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self.concurrency, thread_name_prefix="sender")
        if not beside and not self._borrows:
            # with its own connection beside those of the pool there would be one more than is allowed
            self.sender.borrow(partial(self._borrow, self._pool))
            self._borrows = True
        ticket = Ticket(planned, fresh)
        self._waiting.append((ticket, self._pool.submit(self._send, ticket)))

    def _send(self, ticket: Ticket) -> tuple[Exchange, ...]:
        ticket.begun = time.time()
        return self.sender.exchange(ticket.planned.probe.request, ticket.planned.scenario, fresh=ticket.fresh)

    def _borrow(self, pool: ThreadPoolExecutor) -> Client:
        """A connection of the pool, whose thread waits until it is given back."""
        lent: Future[Client] = Future()
        self._lent = threading.Event()
        pool.submit(self._lend, lent, self._lent)
        return lent.result()

    def _lend(self, lent: Future[Client], back: threading.Event) -> None:
        try:
            lent.set_result(self.sender.connection)
        except Exception as error:  # noqa: BLE001 - who waits for it is told, and waits no longer
            lent.set_exception(error)
        else:
            back.wait()

    def _give_back(self) -> None:
        if self._lent is not None:
            self.sender.give_back()
            self._lent.set()
            self._lent = None

    def _first(self) -> Sent:
        """The next in order, once all that had begun before it was answered are over and what they brought is known."""
        ticket, future = self._waiting.popleft()
        sent = future.result()
        for other, its in self._waiting:
            # One that began later may wait its own time: to wait for it here would leave the connections idle.
            if not other.learnt and other.begun is not None and other.begun < sent[-1].answered_at:
                # where it failed, its own turn says so: this one's answer is not lost for that
                for exchange in its.result() if its.exception() is None else ():
                    self.learn(exchange)
                other.learnt = True
        return ticket.planned, sent

    def _try(self) -> Iterator[Sent]:
        """Wait for what was sent on as many connections as are allowed: a server may have fewer workers.

        What it has no worker for is answered as soon as the others are closed. Nothing is lost, and from then on there are
        no more connections than were served. Of a server that takes its time, a connection more is tried each time.
        """
        done, late = wait([future for _, future in self._waiting], timeout=self._patience)
        if not late:
            self.served = max(self.served, len(done) + 1)
            self.tried = self.served >= self.concurrency
            if not self.tried:
                yield from self._rest()
            return
        self.tried = True
        self.concurrency = len([future for future in done if future.exception() is None]) + 1
        while late:
            self.sender.hush()
            _, late = wait(late, timeout=MOMENT)
        yield from self._alone()

    def _rest(self) -> Iterator[Sent]:
        while self._waiting:
            yield self._first()

    def _alone(self) -> Iterator[Sent]:
        """The rest, and no connection but that of this thread from then on."""
        if self._waiting and not self.tried:
            yield from self._try()
        yield from self._rest()
        self._close()

    def _close(self) -> None:
        if self._pool is None:
            return
        self._give_back()
        for _, future in self._waiting:
            future.cancel()
        self._pool.shutdown(wait=True)
        for _, future in self._waiting:
            # whoever takes no more has not seen what was on its way
            if not future.cancelled() and future.exception() is None:
                self.sender.leave(future.result())
        self._waiting.clear()
        self._pool = None
        self._borrows = False
        self.sender.borrow(None)
        self.sender.retire()
