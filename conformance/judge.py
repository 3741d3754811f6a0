"""From an exchange to an assessment: which checks may speak to it, and in which order.

The gates are what makes one defect one finding. An answer with a status that is not accepted is judged by its status
alone; the shape of an answer counts only where the status is right; a token counts only where its envelope holds one.
What an answer may never give away is judged always.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from conformance.checks.assessment import Assessment, Sight, Terms
from conformance.checks.foreign_data import check_foreign_data
from conformance.checks.jwt import check_token
from conformance.checks.protocol import check_protocol, check_refusal
from conformance.checks.security import check_security, check_storage
from conformance.checks.shapes import OUTSIDE, check_envelope, check_error, check_outside
from conformance.checks.status import check_status, gives_token
from conformance.checks.token_secrecy import check_token_secrecy
from conformance.classification import Classifier, RequestClass, operation_of
from conformance.jws import CompactJws, knows_key, parse
from conformance.messages import TOO_MANY_REQUESTS, Exchange, Failure, FailureKind
from conformance.sequence import Sequence


class Judge:
    """Judges the exchanges of one run, in the order of the plan.

    One exchange is judged by pure checks; what only shows between exchanges is judged by `Sequence`.

    renewed: gives the key set as it is now, where a token names a key that `terms` do not hold; None where nobody knows.
    """

    def __init__(
        self, classifier: Classifier, terms: Terms, renewed: Callable[[], Mapping[str, Any] | None] | None = None
    ) -> None:
        self.classifier = classifier
        self.terms = terms
        self._renewed = renewed
        self.sequence = Sequence(classifier.credentials)

    def judge(self, exchange: Exchange) -> tuple[RequestClass, Assessment]:
        """Return the class of the request and what was found. A network's failure and a 429 are judged by nothing."""
        request_class = self.classifier.classify(exchange.request)
        found = Assessment()
        failure = exchange.failure
        if failure is not None:
            _judge_failure(failure, request_class, found)
            check_order(exchange, found)
        elif exchange.response is not None and exchange.response.status != TOO_MANY_REQUESTS:
            sight = Sight.of(exchange, exchange.response, request_class, self.terms)
            self._judge_response(sight, found)
            check_order(exchange, found)
        return request_class, found

    def _judge_response(self, sight: Sight, found: Assessment) -> None:
        status, request_class = sight.response.status, sight.request_class
        check_protocol(sight, found)
        check_security(sight, found)
        check_foreign_data(sight, found)
        accepted = check_status(sight, found)
        parsed: CompactJws | None = None
        if gives_token(sight):
            check_storage(sight, found)
        if accepted and sight.exchange.request.method != "HEAD":
            operation = operation_of(sight.exchange.request, self.classifier.contract)
            check_refusal(sight, found, operation.method if operation else "")
            if status == 200 and request_class.documented:
                parsed = self._judge_token(sight, found)
            elif status in (400, 401) and request_class.documented:
                check_error(sight, found)
            elif status in OUTSIDE:
                check_outside(sight, found)
        self.sequence.observe(sight, parsed, found)

    def _judge_token(self, sight: Sight, found: Assessment) -> CompactJws | None:
        envelope = check_envelope(sight, found)
        token = sight.access_token
        if envelope is None or not token:
            return None
        sight = self._with_its_key(sight, token)
        parsed = check_token(sight, token, envelope.get("expiresIn"), found)
        check_token_secrecy(sight, parsed, found)
        return parsed

    def _with_its_key(self, sight: Sight, token: str) -> Sight:
        """The sight with the key set asked for again where it lacks the token's key: keys are changed (OpenID Connect, 10.1.1)."""
        jwks = self.terms.jwks
        if jwks is None or self._renewed is None or knows_key(parse(token), jwks):
            return sight
        terms = replace(self.terms, jwks=self._renewed())
        if terms.jwks is not None:
            self.terms = terms
        return replace(sight, terms=terms)


def check_order(exchange: Exchange, found: Assessment) -> None:
    """Judge what stood on the connection before the request was sent: it belongs to no request (RFC 9112, section 9.2)."""
    if exchange.leftover:
        found.fault("protocol.well-formed-http", "one answer to each request", exchange.leftover, "left over")


def answers_another(request_class: RequestClass, behind: RequestClass | None = None) -> Assessment:
    """The finding that the request was given the answer to another one, because of the connection it came on.

    behind: of the request before it, where that is known to be what makes the difference: what a server leaves unread of
    a request it reads as the next (RFC 9112, section 9.3).
    """
    after = "" if behind is None else f", behind {behind.name}: was the content of that request read to its end?"
    found = Assessment()
    found.fault(
        "protocol.well-formed-http",
        "one answer to each request, in their order",
        f"the answer to another request for {request_class.name}, on a connection that is used again, which one curl command cannot show{after}",
        "another's",
    )
    return found


def _judge_failure(failure: Failure, request_class: RequestClass, found: Assessment) -> None:
    """A malformed answer is the server's; a connection dropped is, once the engine has seen that it is."""
    kind = failure.kind
    if kind is FailureKind.TOO_LARGE:
        found.fault("protocol.bounded-answer", "an answer a client can take", failure.detail, "large")
    elif kind.is_malformed_answer:
        found.fault(
            "protocol.well-formed-http",
            "a well-formed HTTP/1.1 answer",
            f"{failure.detail} for {request_class.name}",
            kind.value,
        )


def drops_connection(failure: Failure, request_class: RequestClass) -> Assessment:
    """The finding that this request makes the server drop the connection, while others are answered."""
    found = Assessment()
    found.fault(
        "protocol.answers-every-request",
        f"an answer to {request_class.name}",
        f"no answer ({failure.kind.value}) though other requests are answered",
        f"{failure.kind.value} {request_class.name}",
    )
    return found
