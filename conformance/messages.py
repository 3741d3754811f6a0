"""What goes over the wire, as values: request, response, failure, exchange.

Nothing here interprets a message. Bytes stay bytes, header fields stay pairs in the order they came with repeats kept
(RFC 9110, section 5.3), because a check may have to speak about exactly that.

The raw messages live in memory only. `repr` of each shows sizes, never content: a traceback must not leak a secret.
What may be shown is made by `conformance.redaction`.
"""

from __future__ import annotations

import enum
from typing import TypeAlias

from msgspec import Struct

from conformance.discreet import Discreet
from conformance.secret import Secret

HeaderPairs: TypeAlias = tuple[tuple[str, str], ...]

#: The status of what is asked for and given, and of who is not who they say.
SUCCESS, REFUSED = 200, 401
#: The status of a target that throttles (RFC 6585, section 4).
TOO_MANY_REQUESTS = 429
#: What is sent as Accept where a request says nothing of it.
ACCEPT = "application/json"

#: Answers of whoever does not know a path, or does not take the method there.
UNROUTED = frozenset({404, 405})


#: How the detail of a failure begins where something answered that does not speak HTTP, or speaks it otherwise.
NOT_HTTP = "the answer is not HTTP"


def astray(status: int, headers: HeaderPairs, text: str) -> str:
    """What an answer to the plainest valid request has that an API's would not, in a few words; empty for any other.

    Nobody serves the path, it is elsewhere, or a page stands there: mostly another server than the one that was meant.
    text: of its content, the beginning at least.
    """
    if status in UNROUTED or 300 <= status < 400:
        return str(status)
    media = (header(headers, "content-type") or "").partition(";")[0].strip().lower()
    page = media in ("text/html", "application/xhtml+xml") and not text.lstrip().startswith(("{", "["))
    return f"{status} with a page" if page and status == SUCCESS else ""


def header_values(headers: HeaderPairs, name: str) -> tuple[str, ...]:
    """Every value of the field `name`, in order, stripped of optional white space; names compare without case."""
    wanted, size = name.lower(), len(name)
    return tuple([value.strip(" \t") for key, value in headers if len(key) == size and key.lower() == wanted])


def header(headers: HeaderPairs, name: str) -> str | None:
    """The field's combined value (RFC 9110, section 5.2: repeats joined with a comma), or None if it is absent."""
    values = header_values(headers, name)
    return ", ".join(values) if values else None


class Disguise(Struct, frozen=True):
    """A sensitive text inside a request, and how to write it for a person.

    value: the text as it was sent, after JSON decoding.
    shell: the variable that holds it, such as `$PARTNERS_API_CLIENT_SECRET`; empty where there is none.
    label: words for the report, such as "the client secret without its last character".
    of_secret: it is, is near, or holds the client secret, which no answer may repeat; a client id an answer may.
    near: how it differs from the true text, in words; empty where it is, or holds, the true one.
    """

    value: Secret
    shell: str
    label: str
    of_secret: bool = True
    near: str = ""


class Request(Discreet, frozen=True):
    """A request to be sent exactly so.

    method: the method token, sent as it is, known to HTTP or not.
    path: what follows the target's base URL, query included: "/oauth/token".
    headers: field pairs of this request; the exchange adds Host, Content-Length, User-Agent and the request id.
    body: exact octets of the content, or None for no content and no Content-Length.
    disguises: the sensitive texts it carries.
    """

    hidden = frozenset({"body"})
    method: str
    path: str
    headers: HeaderPairs = ()
    body: bytes | None = None
    disguises: tuple[Disguise, ...] = ()


class Response(Discreet, frozen=True):
    """A final response (status 200 and up) as it came.

    status: the three digits as an int, whatever they are.
    reason: the reason phrase, possibly empty.
    http_version: "1.0" or "1.1".
    headers: field pairs in order, repeats kept, decoded as ISO-8859-1.
    body: the content after transfer decoding (chunked) and before content decoding.
    content: the content after content decoding (gzip, deflate, br); equal to `body` when no coding was applied.
    coding_fault: why `content` could not be decoded ("gzip: invalid data"), or None.
    informational: how many 1xx responses came before it.
    stray: octets behind an answer that has no content: to HEAD, or under 204 or 304.
    trailers: fields behind the content (RFC 9110, section 6.5), which mean nothing and may give something away.
    """

    hidden = frozenset({"headers", "body", "content"})
    status: int
    reason: str = ""
    http_version: str = "1.1"
    headers: HeaderPairs = ()
    body: bytes = b""
    content: bytes = b""
    coding_fault: str | None = None
    informational: int = 0
    stray: int = 0
    trailers: HeaderPairs = ()

    def header(self, name: str) -> str | None:
        """The combined value of a field, or None."""
        return header(self.headers, name)

    def header_values(self, name: str) -> tuple[str, ...]:
        """Every value of a field, in order."""
        return header_values(self.headers, name)


class FailureKind(enum.Enum):
    """Why there is no response."""

    DNS = "dns"
    REFUSED = "refused"
    TLS = "tls"
    TIMEOUT = "timeout"
    CLOSED = "closed"
    RESET = "reset"
    UNREACHABLE = "unreachable"
    MALFORMED = "malformed"
    TRUNCATED = "truncated"
    TOO_LARGE = "too-large"

    @property
    def is_malformed_answer(self) -> bool:
        """Whether the server did answer, with something HTTP/1.1 does not allow or a size no client would take."""
        return self in (FailureKind.MALFORMED, FailureKind.TRUNCATED, FailureKind.TOO_LARGE)


class Failure(Struct, frozen=True):
    """No response.

    kind: what happened.
    detail: one line for a person; of what the server sent it holds the name of a field at most.
    reused: the connection had carried an earlier exchange (a keep-alive race is possible).
    status: the status code, where a status line had been read before it went wrong.
    received: octets of the answer that had come.
    beyond: more had come than the answer, such as another one: whose the next is on that connection, nobody knows.
    """

    kind: FailureKind
    detail: str
    reused: bool = False
    status: int | None = None
    received: int = 0
    beyond: bool = False

    @property
    def blame(self) -> str:
        """Whose doing it is: "server" where a peer was reached and did not answer as HTTP does, else "network"."""
        ours = (FailureKind.DNS, FailureKind.REFUSED, FailureKind.TLS, FailureKind.UNREACHABLE)
        silent = self.kind is FailureKind.TIMEOUT and not self.received
        return "network" if silent or self.kind in ours else "server"


class Exchange(Struct, frozen=True):
    """A request that was sent and what came of it.

    id: the request id that was sent as `X-Request-Id`.
    number: position in the run, from 1.
    scenario: id of the scenario it belongs to.
    sent_at: POSIX time in seconds when sending began.
    answered_at: POSIX time in seconds when the last octet, or the failure, was there.
    elapsed: seconds between the two on a monotonic clock.
    reused: the connection had carried an earlier exchange.
    leftover: what had come on that connection behind the answer before, in words that hold nothing the server sent.
    behind: the request before it on that connection.
    """

    id: str
    number: int
    scenario: str
    request: Request
    outcome: Response | Failure
    sent_at: float
    answered_at: float
    elapsed: float
    reused: bool = False
    leftover: str = ""
    behind: Request | None = None

    @property
    def response(self) -> Response | None:
        """The response, or None where there was a failure."""
        return self.outcome if isinstance(self.outcome, Response) else None

    @property
    def failure(self) -> Failure | None:
        """The failure, or None where there was a response."""
        return self.outcome if isinstance(self.outcome, Failure) else None
