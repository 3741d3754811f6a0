"""Sends what a run asks for, within the target's policy: rate, budget, time, patience with throttling, and a breaker.

The only user of `exchange.Client`. Safe to call from several threads; each has a connection of its own, and all share
one pace and one budget.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from msgspec import Struct

from conformance.exchange import Client
from conformance.messages import TOO_MANY_REQUESTS, Exchange, FailureKind, Request
from conformance.sources import PREFIX, TIME_BUDGET
from conformance.throttling import Pacer, wait_seconds
from conformance.wire.connection import Abandoned

MOST_THROTTLED = 6  # answers 429 to one request, one after the other
DEFAULT_BACKOFF = 1.0  # seconds to wait on a 429 that names no time
BETWEEN_TRIES = 0.5  # seconds before asking again a target that is not there, and as many more each time
LEAST_DEADLINE = 0.1  # seconds an exchange is given however little of the time budget is left
ABSENT = (FailureKind.DNS, FailureKind.REFUSED, FailureKind.TLS, FailureKind.UNREACHABLE)


class Stop(Exception):
    """The run sends nothing more; `reason` is fit for a user, `interrupted` tells a person or signal from the rest."""

    def __init__(self, reason: str, *, interrupted: bool = False, network: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.interrupted = interrupted
        self.network = network


class Spent(Exception):
    """The request budget is spent: what is left of the plan is dropped."""


class Limits(Struct, frozen=True):
    """What bounds a run.

    requests: of the whole run. time_budget: seconds of the whole run, waiting included. throttle_patience: seconds spent
    on throttling. lost: seconds spent on answers that failed, those side by side counted each. failures: of them in a row.
    deadline: seconds of an exchange.
    """

    requests: int
    time_budget: float
    throttle_patience: float
    lost: float
    failures: int
    deadline: float


class Order(Protocol):
    """Who may tell a run to end, and why."""

    @property
    def stop_event(self) -> threading.Event:
        """Set where the run has to end."""

    @property
    def stop_reason(self) -> str:
        """Why it has to."""


class Sender:
    """Sends requests and gives back exchanges.

    client: makes a connection; called once in each thread that sends.
    order: may tell the run to end.
    sent: requests of the budget that are spent; aside: those of them that went to another server than the target.
    reserved: requests of the budget that are kept for later.
    keep_alive: whether a connection is used again; without, no race can be to blame for a request that is lost.
    out_of_order: whether an answer had something behind it that was not asked for.
    """

    def __init__(self, client: Callable[[], Client], pacer: Pacer, limits: Limits, run_id: str, order: Order) -> None:
        self._make = client
        self._pacer = pacer
        self._limits = limits
        self._run_id = run_id
        self._order = order
        self._local = threading.local()
        self._clients: list[Client] = []
        self._idle: list[Client] = []
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._started = time.monotonic()
        self._waited = 0.0
        self._lost = 0.0
        self._failures = 0
        self._strays: list[Exchange] = []
        self._busy: set[Client] = set()
        self.sent = self.aside = 0
        self.reserved = 0
        self.keep_alive = True
        self.out_of_order = False

    @property
    def paced(self) -> bool:
        """Whether there is time between requests, in which nothing is awaited."""
        return self._pacer.waits

    @property
    def deadline(self) -> float:
        """Seconds that an exchange may take."""
        return self._limits.deadline

    @property
    def budget(self) -> int:
        """Requests of the whole run."""
        return self._limits.requests

    @property
    def left(self) -> int:
        """Requests left in the budget."""
        return self._limits.requests - self.sent

    @property
    def room(self) -> int:
        """Requests left in the budget that are kept for nothing."""
        return self.left - self.reserved

    def exchange(
        self,
        request: Request,
        scenario: str,
        meanwhile: Callable[[], None] | None = None,
        *,
        fresh: bool = False,
        client: Client | None = None,
    ) -> tuple[Exchange, ...]:
        """Send until it is answered with something else than 429; the last exchange is the answer.

        meanwhile: what may be done while an answer is awaited. fresh: on a new connection, which is not kept.
        client: of another server than the target: pace and budgets are the run's, what is learnt of a connection is not.
        Raises Stop where the run has to end, Spent where the budget has.
        """
        exchanges: list[Exchange] = []
        try:
            for exchange in self._tries(request, scenario, meanwhile, fresh=fresh, client=client):
                exchanges.append(exchange)  # noqa: PERF402 - what there is of them when it raises
        except (Stop, Spent):
            self.leave(exchanges if client is None else ())
            raise
        return tuple(exchanges)

    def _tries(
        self,
        request: Request,
        scenario: str,
        meanwhile: Callable[[], None] | None,
        *,
        fresh: bool,
        client: Client | None,
    ) -> Iterator[Exchange]:
        for _ in range(MOST_THROTTLED):
            if client is None:
                exchange = self._once(request, scenario, meanwhile, fresh=fresh)
            else:
                exchange = self._aside(client, request, scenario)
            yield exchange
            response = exchange.response
            if response is None or response.status != TOO_MANY_REQUESTS:
                return
            self._wait(wait_seconds(response, exchange.answered_at))
        raise Stop(f"the target throttles: {MOST_THROTTLED} times 429 to one request")

    def again(self, request: Request, scenario: str) -> Exchange:
        """Send on a new connection, the one of this thread closed: no keep-alive race can be to blame.

        What was left over on the old one is told with the exchange.
        """
        self._client().part()
        *throttled, answered = self.exchange(request, scenario)
        self.leave(throttled)
        return answered

    def leave(self, exchanges: Iterable[Exchange]) -> None:
        """Keep exchanges that nobody is given: sent they were, and have to be on record."""
        with self._lock:
            self._strays.extend(exchanges)

    def strays(self) -> list[Exchange]:
        """What was left since this was asked last, in the order it was sent."""
        with self._lock:
            strays, self._strays = self._strays, []
        return sorted(strays, key=lambda one: one.number)

    def _client(self) -> Client:
        client: Client | None = getattr(self._local, "client", None)
        if client is None:
            lend: Callable[[], Client] | None = getattr(self._local, "lend", None)
            client = self._local.client = lend() if lend else self._new()
        return client

    def _new(self) -> Client:
        with self._lock:
            client = self._idle.pop() if self._idle else None
        # what is made here is dear: a TLS context, and what was learnt of the peer
        client = client or self._make()
        with self._lock:
            self._clients.append(client)
        return client

    @property
    def connection(self) -> Client:
        """That of this thread, to be lent to another while this one waits."""
        return self._client()

    def borrow(self, lend: Callable[[], Client] | None) -> None:
        """From now on send by what is lent to this thread, asked for anew each time; None: by its own again."""
        if lend is not None:
            self.release()
        self._local.client, self._local.lend = None, lend

    def give_back(self) -> None:
        """Use what was lent to this thread no more."""
        self._local.client = None

    def retire(self) -> None:
        """Close every connection: the threads that sent by them are over, and whoever sends next opens them anew."""
        self.close()
        with self._lock:
            # last in, first out: the oldest, which knows most of the peer, is used again first
            self._idle.extend(reversed(self._clients))
            self._clients.clear()
        self._local.client = None

    def hush(self) -> None:
        """Close the connections on which nothing is under way."""
        with self._lock:
            idle = [client for client in self._clients if client not in self._busy]
        for client in idle:
            client.close()

    def _once(self, request: Request, scenario: str, meanwhile: Callable[[], None] | None, *, fresh: bool) -> Exchange:
        number = self._take_turn()
        if fresh:
            self._client().part()
        client = self._client()
        with self._lock:
            self._busy.add(client)
        try:
            exchange = self._send(client, request, f"{number:04d}", number, scenario, meanwhile)
        finally:
            with self._lock:
                self._busy.discard(client)
        if exchange.leftover or (exchange.failure is not None and exchange.failure.beyond):
            self.distrust()
        if fresh or not self.keep_alive:
            self._client().close()
        if exchange.response is not None:
            self._pacer.observe(exchange.response)
        with self._lock:
            if exchange.failure is not None:
                self._lost += exchange.elapsed
            if exchange.failure is None or exchange.failure.kind.is_malformed_answer:
                self._failures = 0
        return exchange

    def _take_turn(self, *, numbered: bool = True) -> int:
        """Count a request and wait until it may be sent; its number, 0 where it has none."""
        self._check()
        with self._lock:
            if self.sent >= self._limits.requests - self.reserved:
                raise Spent
            self.sent += 1
            number = next(self._numbers) if numbered else 0
        if not self._pacer.acquire(self._until):
            self._check()
            raise Stop(self._held())
        return number

    def _send(
        self,
        client: Client,
        request: Request,
        name: str,
        number: int,
        scenario: str,
        meanwhile: Callable[[], None] | None = None,
    ) -> Exchange:
        """One exchange, given no longer than the time budget leaves; name: the end of its id, behind the run's."""
        try:
            return client.send(
                request,
                exchange_id=f"{self._run_id}-{name}",
                number=number,
                scenario=scenario,
                deadline=max(LEAST_DEADLINE, min(self._limits.deadline, self._until - time.monotonic())),
                meanwhile=meanwhile,
            )
        except Abandoned:
            raise Stop(self._order.stop_reason, interrupted=True) from None

    def _aside(self, client: Client, request: Request, scenario: str) -> Exchange:
        """Send by another client than the target's; it is numbered with none of the target's exchanges."""
        self._take_turn(numbered=False)
        self.aside += 1
        exchange = self._send(client, request, scenario, 0, scenario)
        if exchange.failure is not None:
            with self._lock:
                self._lost += exchange.elapsed
        return exchange

    def failed(self, exchange: Exchange) -> None:
        """Count a request that was not answered; stops the run where the target is gone, else waits a little."""
        failure = exchange.failure
        if failure is None:
            return
        self._failures += 1
        if self._failures >= self._limits.failures:
            raise Stop(f"the target cannot be reached: {failure.kind.value}, {failure.detail}", network=True)
        if failure.kind in ABSENT:
            self.pause(BETWEEN_TRIES * self._failures)

    def distrust(self) -> None:
        """Take note that answers on a kept connection may belong to other requests: none is kept any more."""
        self.out_of_order, self.keep_alive = True, False

    def pause(self, seconds: float) -> None:
        """Wait, unless the run is told to stop."""
        self._order.stop_event.wait(seconds)

    def release(self) -> None:
        """Close the connection of this thread."""
        self._client().close()

    def close(self) -> None:
        """Close every connection."""
        for client in self._clients:
            client.close()

    @property
    def _until(self) -> float:
        return self._started + self._limits.time_budget

    def _held(self) -> str:
        """Why nothing more can be sent before the time budget is spent."""
        held, left = self._pacer.held_for(), max(0.0, self._until - time.monotonic())
        if held > left:
            return (
                f"the target's quota is spent for {held:.0f} s, and the time budget leaves {left:.0f} s ({TIME_BUDGET})"
            )
        return self._late()

    def _late(self) -> str:
        return f"the time budget of {self._limits.time_budget:g} s is spent ({TIME_BUDGET})"

    def _check(self) -> None:
        if self._order.stop_event.is_set():
            raise Stop(self._order.stop_reason, interrupted=True)
        if time.monotonic() > self._until:
            raise Stop(self._late())
        if self._lost > self._limits.lost:
            raise Stop(
                f"{self._lost:.0f} s, added up over all connections, were lost on requests that were not answered well",
                network=True,
            )

    def _wait(self, asked: float | None) -> None:
        seconds = DEFAULT_BACKOFF if asked is None else asked
        longer = self._pacer.hold(seconds)
        with self._lock:
            self._waited += longer
            waited = self._waited
        if waited > self._limits.throttle_patience:
            raise Stop(
                f"the target throttles: it asks to wait {seconds:.0f} s more, and the patience is {self._limits.throttle_patience:g} s in all ({PREFIX}THROTTLE_PATIENCE)"
            )
