"""A request → an exchange. The only I/O towards a target.

The client sends exactly what it is given, takes the answer as octets, follows no redirect, repeats nothing of its own accord,
reads no proxy from the environment, and always ends: one deadline covers everything from the name lookup to the last octet, and
what it holds of an answer is capped. It never raises for anything a peer does: that is a `Failure`.
"""

from __future__ import annotations

import base64
import threading
import time
from typing import TYPE_CHECKING

from msgspec.structs import replace

from conformance.messages import ACCEPT, Exchange, Failure, FailureKind, Request, Response
from conformance.sources import PREFIX
from conformance.wire import content_coding
from conformance.wire.answer_reader import AnswerReader, is_harmless
from conformance.wire.connection import READABLE, WOULD_BLOCK, WRITABLE, Broken, Channel, Origin, Resolver
from conformance.wire.proxied import told_by_proxy
from conformance.wire.route import Route

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BODY_CAP = 1 << 20
"""Octets of content that are taken, unless told otherwise."""

HEADER_CAP = 64 << 10
"""Octets of header section that are taken, unless told otherwise."""

LINGER = 0.05
"""Seconds for which octets that should not be there are waited for, where an answer is the first of its kind without content, or doubted."""

DECODED_FACTOR = 4
"""How many times the body cap the content may hold once its codings are undone."""

LEISURE = 1.0
"""Seconds of the deadline that have to be left for anything to be done while an answer is awaited."""

_RECEIVE_SIZE = 64 << 10
_SEND_SIZE = 256 << 10
_WITHOUT_CONTENT = (204, 304)
_TIMED_OUT = 408
_FRAMING = frozenset({"content-length", "transfer-encoding"})


class Client:
    """One target, one connection kept alive; used by one thread at a time.

    base_url: http:// or https://, host, port and path in front of every request's path; ValueError for anything else.
    deadline: seconds for one exchange in all, from the name lookup to the last octet.
    user_agent: sent where a request brings none.
    ca_bundle: a PEM file of the authorities that are trusted, instead of the system's; OSError where it cannot be read.
    proxy: http://[user:password@]host:port of a proxy; None is none, whatever the environment says.
    body_cap, header_cap: octets taken of content (once chunks are put together) and of header section (1xx responses included).
    stop: once it is set, an exchange under way is abandoned within a fraction of a second.
    """

    def __init__(
        self,
        base_url: str,
        *,
        deadline: float,
        user_agent: str,
        ca_bundle: Path | None = None,
        proxy: str | None = None,
        body_cap: int = BODY_CAP,
        header_cap: int = HEADER_CAP,
        stop: threading.Event | None = None,
    ) -> None:
        origin = Origin.parse(base_url)
        relay = Origin.parse(proxy) if proxy else None
        if relay is not None and relay.scheme != "http":
            raise ValueError("a proxy is http://host:port")
        context = None
        if origin.scheme == "https":
            # Loaded where it is needed: plain targets need no TLS, and start-up is dear.
            from conformance.wire import tls

            context = tls.make_context(ca_bundle)
        self._route = Route(origin, relay, Resolver(), context, stop or threading.Event())
        self._deadline = deadline
        self._body_cap = body_cap
        self._header_cap = header_cap
        self._channel: Channel | None = None
        self._reader = AnswerReader(header_cap, body_cap)
        self._before = self._leftover = ""
        self._last: Request | None = None
        self._away = 0.0
        #: method and status of the answers without content that were listened to
        self._listened: set[tuple[str, int]] = set()
        self._buffer = memoryview(bytearray(_RECEIVE_SIZE))
        self._passed_on = relay is not None and origin.scheme == "http"
        through_proxy = relay if self._passed_on else None
        self._target = f"http://{origin.authority}{origin.path}" if through_proxy else origin.path
        self._host_line = f"Host: {origin.authority}\r\n"
        added = [
            ("user-agent", f"User-Agent: {user_agent}\r\n"),
            ("accept", f"Accept: {ACCEPT}\r\n"),
            ("accept-encoding", "Accept-Encoding: identity\r\n"),
        ]
        if through_proxy and through_proxy.userinfo:
            token = base64.b64encode(through_proxy.userinfo.encode()).decode("ascii")
            added.append(("proxy-authorization", f"Proxy-Authorization: Basic {token}\r\n"))
        self._added_lines = tuple(added)

    def send(
        self,
        request: Request,
        *,
        exchange_id: str,
        number: int,
        scenario: str,
        deadline: float | None = None,
        meanwhile: Callable[[], None] | None = None,
    ) -> Exchange:
        """Send a request, wait for what comes of it; `meanwhile` is called once it is on its way, and takes milliseconds.

        ValueError where the request itself would break the frame of the message (a line end inside a field): a mistake of the
        caller. Abandoned where `stop` is set meanwhile. Nothing is raised for anything the peer, the network or the name
        lookup does.
        """
        seconds = self._deadline if deadline is None else deadline
        wire = self._encode(request, exchange_id)
        sent_at = time.time()
        begun = time.monotonic()
        until = begun + seconds
        reader = self._reader
        reader.start(head=request.method == "HEAD")
        reused = connected = False
        outcome: Response | Failure
        try:
            channel = self._channel
            if channel is not None and not self._is_usable(channel):
                self.close()
                channel = None
            if channel is None:
                channel = self._channel = self._route.open(until)
                reader.retire()
                reader = self._reader = AnswerReader(self._header_cap, self._body_cap)
                reader.start(head=request.method == "HEAD")
                sent_at = time.time()
                begun = time.monotonic()
            reused, connected = channel.served > 0, True
            all_sent = self._converse(channel, reader, wire, until, meanwhile)
            ended = time.monotonic()
            channel.served += 1
            outcome = self._own(self._decoded(self._complete(channel, reader, request.method)))
            self._before = f"{request.method} (request {exchange_id})"
            if not (all_sent and reader.keep_alive) or _asks_to_close(request):
                self.close()
        except Broken as problem:
            self.close()
            detail = problem.detail
            if problem.kind is FailureKind.TIMEOUT:
                whose = (
                    f": {PREFIX}REQUEST_DEADLINE" if seconds == self._deadline else ", all that the time budget leaves"
                )
                place = f" {_place(reader)}" if connected else ""
                detail = f"{detail}{place} ({seconds:g} s for the whole exchange{whose})"
            elif problem.kind is FailureKind.CLOSED and not (self._before or reader.received or self._route.tls):
                # to our first words ever: what expects a TLS handshake does so
                detail = f"{detail}: perhaps https:// is spoken there"
            status = problem.status or reader.status
            ended = time.monotonic()
            outcome = Failure(problem.kind, detail, reused, status, reader.received, reader.beyond)
        except BaseException:
            self.close()
            raise
        leftover, self._leftover = self._leftover, ""
        behind, self._last = self._last if reused else None, request
        # what was done here meanwhile is not the server's time
        elapsed, self._away = ended - begun - self._away, 0.0
        return Exchange(
            exchange_id, number, scenario, request, outcome, sent_at, time.time(), elapsed, reused, leftover, behind
        )

    def part(self) -> None:
        """Close the connection once what may still come on it has had a moment: the next exchange says so."""
        if self._channel is not None:
            self._is_usable(self._channel, LINGER)
            self.close()

    def close(self) -> None:
        """Close the connection, if there is one; a later `send` opens another."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def _converse(
        self,
        channel: Channel,
        reader: AnswerReader,
        wire: bytes,
        until: float,
        meanwhile: Callable[[], None] | None = None,
    ) -> bool:
        """Send and receive until the reader has what it needs; returns whether the whole request went out.

        Both go on at once: a server may answer (413) and close before it has read everything, and the answer counts.
        """
        unsent = memoryview(wire)
        cut_off = False
        while not reader.complete:
            if unsent:
                unsent, cut_off = _push(channel, unsent)
                if meanwhile is not None and not unsent and until - time.monotonic() > LEISURE:
                    begun = time.monotonic()
                    meanwhile()
                    self._away = time.monotonic() - begun
            if (
                not channel.pending()
                and not channel.wait(READABLE | WRITABLE if unsent else READABLE, until) & ~WRITABLE
            ):
                continue
            try:
                count = channel.receive(self._buffer)
            except OSError:
                raise _reset(reader) from None
            if count > 0:
                reader.feed(self._buffer[:count])
            elif count == 0:
                if cut_off and not reader.received:
                    raise _reset(reader)
                reader.end()
            if reader.fault is not None:
                raise Broken(*reader.fault)
        return not unsent and not cut_off

    def _is_usable(self, channel: Channel, seconds: float = 0.0) -> bool:
        """Whether another request may be sent: the peer has neither closed nor said anything unasked.

        What it has said is left over from the answer before, unless it is line ends (RFC 9112, section 9.3) or the word
        that the connection has been idle for too long (RFC 9110, section 15.5.9).
        """
        count = channel.unasked(self._buffer, seconds)
        octets = bytes(self._buffer[: max(count, 0)])
        if not is_harmless(octets):
            what = "another answer" if octets.startswith(b"HTTP/") else f"{count} octets"
            self._leftover = f"{what} behind the answer to {self._before}"
        return count == WOULD_BLOCK

    def _complete(self, channel: Channel, reader: AnswerReader, method: str) -> Response:
        """The response; one that has no content is listened to for a moment longer, because some servers send it.

        The first of its kind only: who sends it late does so each time. What comes at once is seen each time, and what comes
        later on a connection that is kept, before the next request.
        """
        response = reader.response()
        if channel.served > 1 and response.status == _TIMED_OUT and not reader.keep_alive:
            raise Broken(FailureKind.CLOSED, "the connection was closed for having been idle (408)")
        if method == "HEAD" or response.status in _WITHOUT_CONTENT:
            kind = (method, response.status)
            count = reader.stray or max(channel.unasked(self._buffer, 0.0 if kind in self._listened else LINGER), 0)
            if not count:
                self._listened.add(kind)
            if count and (reader.stray or not is_harmless(bytes(self._buffer[:count]))):
                reader.keep_alive = False
                return replace(response, stray=count)
        return response

    def _own(self, response: Response) -> Response:
        """The response, unless a proxy on the way gave it."""
        told = told_by_proxy(response) if self._passed_on else ""
        if told:
            raise Broken(FailureKind.UNREACHABLE, told, response.status)
        return response

    def _decoded(self, response: Response) -> Response:
        """The response with its content codings undone."""
        codings = response.header_values("Content-Encoding")
        if not codings:
            return response
        cap = DECODED_FACTOR * self._body_cap
        decoded = content_coding.decode(codings, response.body, cap)
        if decoded.too_large:
            raise Broken(FailureKind.TOO_LARGE, f"a content of more than {cap} octets once its coding is undone")
        return replace(response, content=decoded.content, coding_fault=decoded.fault)

    def _encode(self, request: Request, exchange_id: str) -> bytes:
        """The octets of a request (RFC 9112, sections 2 to 6), its own fields in the order and case they were given."""
        own = request.headers
        names = {name.lower() for name, _ in own}
        fields = "".join([f"{name}: {value}\r\n" for name, value in own])
        line = f"{request.method} {self._target}{request.path} HTTP/1.1\r\n"
        if (
            fields.count("\n") != len(own)
            or fields.count("\r") != len(own)
            or line.count("\n") != 1
            or line.count("\r") != 1
        ):
            raise ValueError("a line end inside the method, the path or a header field of a request")
        head = [line, fields] if "host" in names else [line, self._host_line, fields]
        if "x-request-id" not in names:
            head.append(f"X-Request-Id: {exchange_id}\r\n")
        head += [added for name, added in self._added_lines if name not in names]
        body = request.body
        if body is None:
            head.append("\r\n")
            return _octets("".join(head))
        head.append("\r\n" if not names.isdisjoint(_FRAMING) else f"Content-Length: {len(body)}\r\n\r\n")
        return _octets("".join(head)) + body


def _push(channel: Channel, unsent: memoryview) -> tuple[memoryview, bool]:
    """Send what the connection takes now: what is left to send, and whether the peer takes no more.

    Nothing is left then either: what the peer said before that may still be there to read.
    """
    try:
        count = channel.send(unsent[:_SEND_SIZE])
    except OSError:
        return unsent[:0], True
    return (unsent[count:] if count > 0 else unsent), False


def _reset(reader: AnswerReader) -> Broken:
    return Broken(FailureKind.RESET, f"the connection was reset {_place(reader)}")


def _place(reader: AnswerReader) -> str:
    """How far the answer has come."""
    return "inside the answer" if reader.received else "before an answer came"


def _octets(text: str) -> bytes:
    """Header text as octets: ISO-8859-1 where that can express it, else UTF-8."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _asks_to_close(request: Request) -> bool:
    return any(name.lower() == "connection" for name, _ in request.headers)
