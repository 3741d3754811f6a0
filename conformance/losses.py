"""Requests that were lost, and answered when they were sent again: nobody's fault, unless it happens time and again."""

from __future__ import annotations

from msgspec import Struct

from conformance.checks.assessment import Assessment
from conformance.messages import Failure, FailureKind

RACES = 10  # requests lost on kept connections, from which it is no coincidence
SUSPECTED = 2  # the same, from which connections are no longer kept, to see whether it goes on
FLAWS = 3  # requests lost on new connections, from which it is no coincidence
SHARE = 20  # one in so many at least
MANY_FLAWS = 5  # the same, from which fewer of all are none either
CUTS = 2  # answers begun and broken off, from which it is no coincidence
SELDOM = 50  # one in so many at least: of cuts, and of many lost
ANYHOW = 8  # more of them than connections side by side: no single event cuts so many


class Losses(Struct):
    """What a run has lost.

    A connection kept alive may be closed as a request is on its way (RFC 9112, section 9.5), and a network may lose one:
    both are rare. Neither explains most of the requests, nor, on connections just made, one in twenty of them, nor five or
    more at one in fifty. An answer that has begun is no race: that one is reset happens to a network as well, that it
    happens again does not.
    """

    races: int = 0
    flaws: int = 0
    cuts: int = 0
    alone_from: int = 0

    @property
    def suspected(self) -> bool:
        """Whether so many were lost on kept connections that none is to be kept any more."""
        return self.races >= SUSPECTED

    def of(self, failure: Failure | None, taken: int) -> Assessment:
        """Count a failure after `taken` requests; a finding where it happens too often."""
        found = Assessment()
        if failure is None:
            return found
        if failure.received and failure.kind is FailureKind.RESET:
            self.cuts += 1
            often = self.cuts >= ANYHOW or (self.cuts >= CUTS and SELDOM * self.cuts >= taken)
            if often:
                found.fault(
                    "protocol.answers-every-request",
                    "a whole answer to each request",
                    f"the connection reset inside the answer, to {self.cuts} of {taken} requests that are answered when they are sent again",
                    "cut now and then",
                )
            return found
        if failure.reused and failure.kind is not FailureKind.TIMEOUT:
            self.races += 1
            often = self.races >= RACES and 2 * self.races > taken
            if self.races == SUSPECTED:
                self.alone_from = taken
        else:
            self.flaws += 1
            share = SELDOM if self.flaws >= MANY_FLAWS else SHARE
            often = self.flaws >= FLAWS and share * self.flaws >= taken - self.alone_from
        if often:
            found.fault(
                "protocol.answers-every-request",
                "an answer to each request",
                f"no answer ({failure.kind.value}) now and then, to requests that are answered when they are sent again",
                f"{failure.kind.value} now and then",
            )
        return found
