"""Sending side by side, and handing back in the order of the plan, so that results do not depend on who was first."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from msgspec import Struct, field

from conformance.messages import Exchange
from conformance.plan import Planned
from conformance.sender import Sender

PATIENCE = 2.0  # seconds after which a second connection is not served while the first is open
AHEAD = 3  # times the connections: requests that are handed out before the first is waited for
SCARCE = 40  # requests of a budget in which a group is waited for before more is handed out
Sent = tuple[Planned, tuple[Exchange, ...]]


class Lanes(Struct):
    """The connections of a run.

    concurrency: connections side by side, at most.
    pays: whether the latency seen so far makes it worth while.
    learn: is shown each answer before any that may have been given after it is handed back: an answer may repeat a
        token that was issued by another, which is still on its way.
    meanwhile: what there is to do while an answer is awaited; what is sent side by side needs no such thing.
    tried: whether it is known that the server serves more than one connection.
    """

    sender: Sender
    concurrency: int
    pays: Callable[[], bool]
    learn: Callable[[Exchange], None]
    meanwhile: Callable[[], None] | None = None
    tried: bool = False
    _pool: ThreadPoolExecutor | None = None
    _known: set[int] = set()
    _handed: int = 0
    _waiting: deque[tuple[Planned, Future[tuple[Exchange, ...]]]] = field(default_factory=deque)

    @property
    def busy(self) -> bool:
        """Whether answers are under way that others wait for."""
        return bool(self._waiting)

    def exchanges(self, probes: Iterable[Planned]) -> Iterator[Sent]:
        """Send each probe; those that are to overlap go out together, those with a pause after it, alone."""
        try:
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
            yield from self._rest()
        finally:
            self._close()

    def _one(self, planned: Planned) -> Iterator[Sent]:
        if planned.probe.pause:
            yield from self._rest()
            if self.meanwhile is not None:
                self.meanwhile()
            self.sender.pause(planned.probe.pause)
        elif self.concurrency > 1 and (self._waiting or self.pays()):
            # whoever waits is not overtaken, even where it no longer pays
            if not self.tried:
                yield self._try(planned)
                return
            self._submit(planned)
            if planned.probe.parts and self.sender.budget - self._handed < SCARCE:
                # what its parts may cost is taken from those behind it, which must not be on their way by then
                yield from self._rest()
            elif len(self._waiting) >= AHEAD * self.concurrency:  # so that nobody waits for the judge
                yield self._first()
            return
        yield planned, self.sender.exchange(planned.probe.request, planned.scenario, self.meanwhile)

    def _together(self, group: list[Planned]) -> Iterator[Sent]:
        """All of a group at once, as far as the policy lets them, each on a connection of its own."""
        if not group:
            return
        yield from self._rest()
        kept = self.sender.keep_alive
        # a server that serves one connection at a time serves them one after the other, if none is kept
        self.sender.keep_alive = False
        self.sender.close()
        for planned in group:
            self._submit(planned)
        yield from self._rest()
        self.sender.keep_alive = kept

    def _submit(self, planned: Planned) -> None:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self.concurrency, thread_name_prefix="sender")
        self._waiting.append(
            (planned, self._pool.submit(self.sender.exchange, planned.probe.request, planned.scenario))
        )

    def _first(self) -> Sent:
        """The next in order, once all that were under way with it are over and what they brought is known."""
        planned, future = self._waiting.popleft()
        sent = future.result()
        for _, other in self._waiting:
            # One that began while this one was under way may have been answered before it.
            if id(other) not in self._known and (other.running() or other.done()):
                # where it failed, its own turn says so: this one's answer is not lost for that
                for exchange in other.result() if other.exception() is None else ():
                    self.learn(exchange)
                self._known.add(id(other))
        self._known.discard(id(future))
        return planned, sent

    def _try(self, planned: Planned) -> Sent:
        """Send on a second connection while the first is kept open: some servers serve one at a time.

        Such a one answers as soon as the first is closed; nothing is lost, and no second one is opened again.
        """
        self.tried = True
        self._submit(planned)
        _, future = self._waiting.popleft()
        try:
            return planned, future.result(timeout=PATIENCE)
        except TimeoutError:
            self.concurrency = 1
            self.sender.release()
            sent = planned, future.result()
            self._close()
            self.sender.close()
            return sent

    def _rest(self) -> Iterator[Sent]:
        while self._waiting:
            yield self._first()

    def _close(self) -> None:
        if self._pool is not None:
            for _, future in self._waiting:
                future.cancel()
            self._waiting.clear()
            self._known.clear()
            self._pool.shutdown(wait=True)
            self._pool = None
