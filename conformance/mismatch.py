"""Answers that belong to another request: told from answers that are wrong, before anyone is accused of those.

On a connection that is used again, answers are told apart by their order alone (RFC 9112, section 9.2). A server that gives
one too many shifts all that follow, and a dozen requirements would be broken by what is a single defect. So the first answers
with a status that is not due are asked for again on a connection of their own.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from conformance.bookkeeping import Bookkeeper
from conformance.checks.assessment import Assessment
from conformance.classification import RequestClass
from conformance.journal import Judged
from conformance.judge import answers_another
from conformance.messages import SUCCESS, Exchange, Request
from conformance.plan import Plan
from conformance.safeguard import Safeguard
from conformance.scenarios.order import FIRST
from conformance.sender import Sender, Spent

#: Answers that are doubted; a server that is wrong three times on connections of their own is just wrong.
MOST = 3
#: Of them, those that were right on a connection of their own, from which none is kept any more.
UNEXPLAINED = 2
#: What an answer breaks that is none to the request, and the status of the plainest valid one.
DOUBTED = ("status.", "security.")


class Mismatch(Struct):
    """What a run knows of whose answers it is given.

    plan: begins with the plainest valid request, whose answer is known to be right on a connection of its own.
    room: whether the budget has room for a few requests besides the plan.
    safeguard: pays for the refusals that are asked for besides the plan.
    books: take what was found, before it is known whose it is where that may take long.
    pending: answers that were wrong, and right on a connection of their own; whose they were shows later, if at all.
    doubted: answers that were doubted.
    behind: the class of the request that all behind it suffer from.
    """

    sender: Sender
    plan: Plan
    room: Callable[[], bool]
    safeguard: Safeguard
    books: Bookkeeper
    pending: list[Judged] = []
    doubted: int = 0
    behind: RequestClass | None = None

    def doubts(self, exchange: Exchange, new: frozenset[tuple[str, str]]) -> bool:
        """Whether an answer may be another's: a new finding, on a connection that had carried an exchange before."""
        if exchange.response is None:
            return False
        suspicious = any(requirement.startswith(DOUBTED) for requirement, _ in new)
        doubtful = self.sender.out_of_order or (self.sender.keep_alive and self.doubted < MOST)
        return exchange.reused and suspicious and doubtful and self.room()

    def again(self, judged: Judged) -> tuple[Exchange, bool]:
        """The same on a connection of its own, and whether that is to stand in the place of the first."""
        self.doubted += 1
        exchange = judged.exchange
        before = exchange.response
        again = self.sender.again(exchange.request, judged.scenario)
        if before is None or again.response is None or again.response.status == before.status:
            return again, False
        if not self.sender.out_of_order:
            self._look_behind(exchange, before.status)
        if not self.sender.out_of_order:
            self._look_into(again.response.status)
        told = replace(judged, found=self._told(judged.found, exchange.behind))
        if self.sender.out_of_order:
            self.pending.append(told)
            self.settle()
            return again, True
        # whosever it is, it is the server's: it may be long until that shows
        self.pending.append(self.books.journal.write_ahead(told))
        if len(self.pending) >= UNEXPLAINED:
            self.sender.keep_alive = False
        return again, True

    def settle(self) -> None:
        """Give what is pending to whom it belongs: to the order of the answers where that was wrong, else to the answers.

        That they were right when asked for again acquits nobody: a server that is wrong now and then is wrong.
        """
        anothers = self.sender.out_of_order
        for judged in self.pending:
            shown = replace(judged, found=answers_another(judged.request_class, self.behind)) if anothers else judged
            for group in self.books.record(shown):
                group.recurred = anothers
        self.pending.clear()

    def _told(self, found: Assessment, behind: Request | None) -> Assessment:
        """The same, saying what it came behind: whoever looks for the cause has two requests to look at."""
        if behind is None:
            return found
        # a curl command has a connection of its own
        note = f", on a connection used again, behind {self.books.classify(behind).name}; right on a connection of its own, as curl has"
        findings = [
            replace(one, observed=one.observed + note) if one.requirement.startswith(DOUBTED) else one
            for one in found.findings
        ]
        return replace(found, findings=findings)

    def _look_behind(self, exchange: Exchange, status: int) -> None:
        """Send it once more behind the request that it came behind: a wrong answer again is that one's doing.

        Wrong on the same connection, and right behind the same request on another: what is wrong on both is not the
        connection but what the server remembers of the request before. And where a success is wrong, and the next answer is
        the next request's, neither is another's: what the server remembers of the connection is what is wrong.
        """
        if exchange.behind is None or not self.room():
            return
        behind, own = self.books.classify(exchange.behind), self.books.classify(exchange.request)
        if not self.safeguard.spend(behind, own):
            return
        same = self._behind(exchange, exchange.behind, self.sender.exchange)
        if same is None or not same.reused or same.response is None or same.response.status != status:
            return
        # what is left unread of a request is refused: nobody gets a token for it
        if status == SUCCESS and self._is_in_order():
            return
        for _ in range(2):  # a server that is wrong every other time is right once
            if not (self.room() and self.safeguard.spend(behind, own)):
                return
            other = self._behind(exchange, exchange.behind, lambda *asked: (self.sender.again(*asked),))
            if other is None or other.response is None or other.response.status == status:
                return
        self.behind = behind
        self.sender.distrust()

    def _is_in_order(self) -> bool:
        """Whether the plainest valid request, sent next, is given its own answer: then the one before was nobody else's."""
        if not self.room():
            return False
        exchanges = self.sender.exchange(self.plan.probes[0].probe.request, FIRST)
        self.books.note(exchanges)
        after = exchanges[-1]
        return after.reused and after.response is not None and after.response.status == SUCCESS

    def _behind(
        self, exchange: Exchange, before: Request, send: Callable[[Request, str], tuple[Exchange, ...]]
    ) -> Exchange | None:
        """The answer to its request, sent in this way behind another; None where the budget does not go so far."""
        self.books.note((self.sender.again(before, exchange.scenario),))
        try:
            asked = send(exchange.request, exchange.scenario)
        except Spent:
            return None
        self.books.note(asked)
        return asked[-1]

    def _look_into(self, status: int) -> None:
        """Send the plainest valid request next on the connection: it may be given the answer that was just given."""
        if status == SUCCESS or not self.room():
            return
        for after in self.sender.exchange(self.plan.probes[0].probe.request, FIRST):
            if after.reused and after.response is not None and after.response.status == status:
                self.sender.distrust()
            self.books.note((after,))
