"""When a run is better ended, and what may be asked besides the plan (design, section 5, Safety)."""

from __future__ import annotations

import statistics

from msgspec import Struct

from conformance.classification import RequestClass
from conformance.messages import REFUSED, SUCCESS, Exchange
from conformance.sender import Stop

USUAL = 6  # exchanges whose latency is the usual one
DANGER = frozenset({403, 423})
HURT_IN_A_ROW = 3
SLOWER = 10.0
SLOWED = 300.0  # seconds that answers over the limit may cost a run: what is slow is found long before


class Safeguard(Struct):
    """Watches what answers say of the target's health, and counts the refusals that are nobody's plan.

    guarded: stop at the first sign that the target locks the account or is hurt.
    limit: seconds from which an answer is too slow.
    refusals: refused authentications against the true client id that the policy has left besides the planned ones.
    allowed: of all that the policy has.
    """

    guarded: bool
    limit: float
    refusals: int
    allowed: int = 1
    _accepted: bool = False
    _latencies: list[float] = []
    _hurt: int = 0
    _slow: int = 0
    _slowed: float = 0.0

    def watch(self, exchange: Exchange, request_class: RequestClass) -> None:
        """Raises Stop where slow answers have cost enough and, where the target is guarded, at a sign of danger."""
        if exchange.response is None:
            return
        self._time(exchange)
        status = exchange.response.status
        # nobody's plan: the true pair itself, or a body of which either might have come
        if status == REFUSED and request_class.true_client and not request_class.refusal:
            self.refusals -= 1
        if self.guarded:
            self._guard(exchange, status, request_class)
        self._accepted = self._accepted or (request_class.due and status == SUCCESS)

    def _time(self, exchange: Exchange) -> None:
        if len(self._latencies) < USUAL:
            self._latencies.append(exchange.elapsed)
        if exchange.elapsed > self.limit:
            self._slow += 1
            self._slowed += exchange.elapsed
            if self._slowed > SLOWED:
                raise Stop(
                    f"{self._slow} answers that took more than {self.limit:g} s took {self._slowed:.0f} s, added up over all connections"
                )

    def _guard(self, exchange: Exchange, status: int, request_class: RequestClass) -> None:
        if status in DANGER and request_class.accepted & {SUCCESS, REFUSED}:
            raise Stop(f"{status} where 200 or 401 was: the account may be about to be locked")
        if status == REFUSED and request_class.due and self._accepted:
            raise Stop("the true pair is refused, which was accepted before: the account may be locked")
        self._hurt = self._hurt + 1 if status >= 500 else 0
        if self._hurt >= HURT_IN_A_ROW:
            raise Stop(f"{self._hurt} answers 5xx in a row: the target may be hurt")
        usual = statistics.median(self._latencies) if self._latencies else exchange.elapsed
        if len(self._latencies) >= USUAL and exchange.elapsed > max(1.0, SLOWER * usual):
            raise Stop(
                f"an answer took {exchange.elapsed:.1f} s, more than ten times the usual: the target may be hurt"
            )

    def spend(self, *classes: RequestClass) -> bool:
        """Take the refusals that unplanned requests of these classes cost; whether the policy had as many left.

        All of them or none: where one is too many, the others are not sent either.
        """
        cost = sum(request_class.refusal for request_class in classes)
        if cost > max(self.refusals, 0):
            return False
        self.refusals -= cost
        return True
