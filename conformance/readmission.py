"""Whether who was let in once is let in again without the secret, by the cookie that was set meanwhile.

The suite keeps no cookies, as a machine's client does not. A server that starts a session with a success and asks it before
the credentials gives a token to whoever holds the cookie, and nothing that is planned would show it. So the cookies of the
first success that sets some are sent back once, at the end of a run, with a wrong secret.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from conformance.bookkeeping import Bookkeeper
from conformance.checks.assessment import Assessment
from conformance.classification import RequestClass
from conformance.cookies import joined, kept
from conformance.messages import SUCCESS, Disguise, Exchange, Request
from conformance.plan import Planned
from conformance.room import Room
from conformance.safeguard import Safeguard
from conformance.scenarios.order import LAST
from conformance.secret import Secret
from conformance.sender import Sender, Spent, Stop
from conformance.sequence import BETWEEN

LABEL = "the cookies that a success had set"
SHORTEST = 8  # characters of a value that is masked wherever it stands: a shorter one may be a word, or a number
# a defect of any wrong secret is no defect of this one: it is told once, under the plainer name (`subsumption`)
MARK = ", with a cookie that a success had set"
NOTE = f": sent with {LABEL}, which a curl has to be given from the answer to one"


class Readmission(Struct):
    """What a run knows of the cookies it was given, and the one request that sends them back.

    wrong: the request with a wrong secret that they are added to; None where nobody asked about that.
    room: how far the plan is. safeguard: pays for its refusal.
    books: take what comes of it, and know what may not be shown.
    cookies: of the first success that set some, as a Cookie field has them; values: of each of them.
    paid: whether the refusal, and the request, are kept for it.
    """

    sender: Sender
    wrong: Planned | None
    room: Room
    safeguard: Safeguard
    books: Bookkeeper
    cookies: str = ""
    values: tuple[str, ...] = ()
    paid: bool = False

    def see(self, exchange: Exchange) -> None:
        """Take the cookies of an answer with a token, the first that sets some, before it is shown to anybody."""
        response = exchange.response
        if self.wrong is None or self.cookies or response is None or response.status != SUCCESS:
            return
        found = kept(response, exchange.answered_at)
        if not found or not self.books.classify(exchange.request).due:
            return
        self.cookies = joined(found)
        # what is the client's own has a name, and is shown by that
        own = {one.value.reveal() for one in self.wrong.probe.request.disguises}
        self.values = tuple(value for one in found.values() if (value := one.strip('"')) not in own)
        for value in self.values:
            self.books.journal.redactor.learn_token(value)
        request_class = self.books.classify(self.wrong.probe.request)
        # a target that is guarded is asked nothing that it could take for an attack
        if self.cookies and not self.safeguard.guarded and self.sender.left > self.sender.reserved + 1:
            self.paid = self.safeguard.spend(request_class)
            self.sender.reserved += self.paid

    def instead(self, probes: Iterable[Planned]) -> deque[Planned]:
        """What is planned, less the last refusal where the policy has none left besides: this one takes its place.

        A near miss more or less tells less than whether the secret is looked at at all.
        """
        planned = deque(probes)
        if not self.cookies or self.paid or self.safeguard.guarded:
            return planned
        for one in reversed(planned):
            progress = self.books.scenarios.get(one.scenario)
            if one.scenario == LAST or progress is None or progress.planned == 1:
                continue
            if self.books.classify(one.probe.request).refusal:
                planned.remove(one)
                progress.planned -= 1
                self.room.asked += 1
                self.paid = True
                self.sender.reserved += 1
                break
        return planned

    def ask(self) -> None:
        """Send them back, on a connection of its own: what that remembers is another matter. Once, and where it is paid for."""
        if self.wrong is None or not self.paid:
            return
        self.paid = False
        self.books.note(self.sender.strays())
        request = _with_cookies(self.wrong.probe.request, self.cookies)
        try:
            *throttled, exchange = map(self._shown, self.sender.exchange(request, self.wrong.scenario, fresh=True))
        except (Spent, Stop) as over:
            # whoever writes down what is left knows nothing of cookies
            self.books.note(map(self._shown, self.sender.strays()))
            if isinstance(over, Stop):
                raise
            return
        self.books.note(throttled)
        if exchange.failure is not None and not exchange.failure.kind.is_malformed_answer:
            self.books.note((exchange,))  # it is lost, and nobody is accused of that
            return
        judged = self.books.judged(exchange, self.wrong.scenario)
        self.books.record(replace(judged, found=_told(judged.found, judged.request_class)))
        self.safeguard.watch(exchange, judged.request_class)

    def _shown(self, exchange: Exchange) -> Exchange:
        """The exchange as it is judged and written: the cookies are credentials, and no command can be made of them.

        What the answer may repeat of them is masked: a long value everywhere, a shorter one in this answer.
        """
        if self.wrong is None:
            return exchange
        disguises = (Disguise(Secret(value), "", "a cookie", of_secret=False) for value in self.values)
        request = _with_cookies(self.wrong.probe.request, f"[{LABEL}]")
        masked = tuple(one for one in disguises if len(one.value.reveal()) >= SHORTEST)
        return replace(exchange, request=replace(request, disguises=(*masked, *request.disguises)))


def _with_cookies(request: Request, cookies: str) -> Request:
    return replace(request, headers=(*request.headers, ("Cookie", cookies)))


def _told(found: Assessment, request_class: RequestClass) -> Assessment:
    """The same, saying what a token was given for; less another status than the one due, and less what differs from other answers.

    Whoever has a session for a browser may refuse a request with its cookie in a browser's terms: the contract, which knows
    no cookies, says nothing of it.
    """
    unlike = BETWEEN | {request_class.requirement}
    findings = [
        replace(one, signature=one.signature + MARK, observed=one.observed + NOTE)
        if one.requirement == request_class.token_requirement
        else one
        for one in found.findings
        if one.requirement not in unlike
    ]
    return replace(found, findings=findings)
