"""Octets from a connection → one HTTP/1.x response, or the reason why they are none.

llhttp (through httptools) does the parsing, with its strict defaults. What it lets pass and HTTP does not is refused
here: status codes below 100, protocol versions other than 1.0 and 1.1, `101` that nobody asked for, transfer codings
other than one `chunked`. Sources: RFC 9112 (message framing, section 6), RFC 9110 (sections 15.2 and 15.2.2).
"""

from __future__ import annotations

import httptools

from conformance.messages import NOT_HTTP, FailureKind, Response
from conformance.wire.header_section import content_start, faulty_field

MOST_INFORMATIONAL = 20
"""Responses 1xx that are taken before the final one."""

_FIRST_FINAL = 200
_LOWEST_STATUS = 100
_SWITCHING_PROTOCOLS = 101
_NOT_MODIFIED = 304
_TLS_RECORDS = (0x15, 0x16)
_SETTINGS = b"\4"
_FRAMING_FACTOR = 8
_LINE_ENDS = b"\r\n"
_IDLE = (b"HTTP/1.1 408", b"HTTP/1.0 408")


def is_harmless(octets: bytes) -> bool:
    """Whether octets that nobody asked for are line ends, to be ignored (RFC 9112, section 9.2), or a 408 that ends a wait."""
    return not octets.strip(_LINE_ENDS) or octets.startswith(_IDLE)


class _Stop(Exception):
    """Raised in a callback, to make llhttp stop at once."""


class AnswerReader:
    """Takes the octets that come behind one request; used again for the next request on the same connection.

    header_cap: octets of header section and trailers together, those of the 1xx responses included.
    body_cap: octets of content once the chunks are put together.

    After `feed` or `end`: `complete` says that a whole final response is there (`response` gives it), `fault` is the kind and a
    line about what is wrong (of what the server sent it holds the name of a field at most), and until either is set more octets
    are needed. `beyond` says that the fault is what stands behind an answer that is whole.
    """

    __slots__ = (
        "_body_cap", "_chunks", "_content_length", "_final", "_head", "_head_octets", "_header_cap", "_headers", "_parser",
        "_reason", "_size", "_status", "_trailers", "_transfer_codings", "_version", "beyond", "complete", "fault", "informational", "keep_alive", "received", "stray",
    )  # fmt: skip

    def __init__(self, header_cap: int, body_cap: int) -> None:
        self._header_cap = header_cap
        self._body_cap = body_cap
        self._parser = httptools.HttpResponseParser(self)
        self.start(head=False)

    def start(self, *, head: bool) -> None:
        """Expect the answer to a new request; `head` says that its method is HEAD."""
        self._head = head
        self._headers: list[tuple[str, str]] = []
        self._trailers: list[tuple[str, str]] = []
        self._chunks: list[bytes] = []
        self._reason = b""
        self._status = 0
        self._version = ""
        self._size = 0
        self._head_octets = 0
        self._final = False
        self._content_length: bytes | None = None
        self._transfer_codings: bytes | None = None
        self.received = 0
        self.informational = 0
        self.stray = 0
        self.beyond = False
        self.keep_alive = False
        self.complete = False
        self.fault: tuple[FailureKind, str] | None = None

    def feed(self, data: memoryview) -> None:
        """Take octets that came, at least one."""
        if not self.received and data[0] != 0x48 and data[0] not in _LINE_ENDS:
            self.received = len(data)
            self.fault = (FailureKind.MALFORMED, f"{NOT_HTTP}{_likeness(data)}")
            return
        self.received += len(data)
        content = self._size if self._final else None
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._trouble(error, data, content)
        if self.complete or self.fault:
            return
        if not self._final and self.received > self._header_cap:
            self.fault = self._header_fault()
        elif self.received > self._header_cap + _FRAMING_FACTOR * self._body_cap:
            self.fault = (FailureKind.TOO_LARGE, "more octets of chunk framing than any content needs")

    def end(self) -> None:
        """Take note that the peer has closed the connection."""
        if self.complete or self.fault:
            return
        if not self.received:
            self.fault = (FailureKind.CLOSED, "the connection was closed without an answer")
        elif self._final and self._content_length is None and self._transfer_codings is None:
            self.complete = True
        else:
            part = "content" if self._final else "header section"
            self.fault = (FailureKind.TRUNCATED, f"the connection was closed inside the {part}")

    def retire(self) -> None:
        """Let go of the parser, which refers back: so a reader that is done is gone at once, not when cycles are looked for."""
        del self._parser

    @property
    def status(self) -> int | None:
        """The status code last read, or None where no status line was."""
        if self._status:
            return self._status
        return self._parser.get_status_code() or None if self._reason or self._headers else None

    def response(self) -> Response:
        """The complete response, its content codings not undone yet."""
        body = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        return Response(
            self._status,
            self._reason.decode("latin-1"),
            self._version,
            tuple(self._headers),
            body,
            body,
            None,
            self.informational,
            trailers=tuple(self._trailers),
        )

    def _trouble(self, error: Exception, data: memoryview, content: int | None) -> None:
        """What an error of the parser means at this point.

        data: what it was given last. content: octets of content before that, None where it had not come to the content.
        """
        if isinstance(error, httptools.HttpParserCallbackError) and not isinstance(error.__context__, _Stop):
            # The parser swallows what a callback raises: Ctrl-C and our own mistakes are passed on.
            raise error.__context__ or error
        if self.fault is not None:
            return
        if not self.complete:
            self.fault = (FailureKind.MALFORMED, self._malformed(error, data))
        elif self._head:
            self.stray = self.stray or 1  # at least: what else there is, nobody can tell apart
        else:
            self.complete = False
            self.fault = (FailureKind.MALFORMED, f"octets beyond the content{self._surplus(data, content)}")
            self.beyond = True

    def _malformed(self, error: Exception, data: memoryview) -> str:
        """What is wrong with the message, and in which field where that is known."""
        if isinstance(error, httptools.HttpParserUpgrade):
            return _UNASKED_SWITCH
        told = str(error)
        if self._final and told == _BOTH_LENGTHS:
            return _LENGTH_BEHIND
        what = _IN_A_FIELD.get(told)
        if what is None:
            return told
        whole = not self._final and self.received == len(data)
        name = faulty_field(bytes(data)) if whole else ""
        return f"{what}: the field {name}" if name else what

    def _surplus(self, data: memoryview, content: int | None) -> str:
        """How much content was announced and how much came, where both are known; what follows may come later."""
        if self._content_length is None:
            return ""
        start = 0 if content is not None else None
        if self.received == len(data):
            start = content_start(bytes(data), self.informational)
        if start is None:
            return ""
        came = (content or 0) + len(data) - start
        return f": Content-Length is {self._size}, and at least {came} came"

    def _header_fault(self) -> tuple[FailureKind, str]:
        return (FailureKind.TOO_LARGE, f"a header section of more than {self._header_cap} octets")

    def _stop(self, kind: FailureKind, detail: str) -> _Stop:
        self.fault = (kind, detail)
        return _Stop()

    # What llhttp calls.

    def on_message_begin(self) -> None:
        """Take note of a message: a second final one is one too many."""
        if self.complete:
            raise _Stop

    def on_status(self, reason: bytes) -> None:
        """Take (a piece of) the reason phrase."""
        self._reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a field of the header section, or of the trailers, which are kept apart (RFC 9110, section 6.5.1)."""
        self._head_octets += len(name) + len(value) + 4
        if self._head_octets > self._header_cap:
            self.fault = self._header_fault()
            raise _Stop
        if self._final:
            self._trailers.append((name.decode("latin-1"), value.decode("latin-1")))
            return
        self._headers.append((name.decode("latin-1"), value.decode("latin-1")))
        if len(name) == 14 and name.lower() == b"content-length":
            self._content_length = value
        elif len(name) == 17 and name.lower() == b"transfer-encoding":
            self._transfer_codings = value if self._transfer_codings is None else self._transfer_codings + b"," + value

    def on_headers_complete(self) -> None:
        """Judge the header section as a whole."""
        status = self._status = self._parser.get_status_code()
        if status < _FIRST_FINAL:
            self._take_informational(status)
            return
        self._version = self._parser.get_http_version()
        if self._version not in ("1.1", "1.0"):
            raise self._stop(FailureKind.MALFORMED, "a protocol version other than HTTP/1.0 and HTTP/1.1")
        if self._transfer_codings is not None and self._transfer_codings.strip(b" \t").lower() != b"chunked":
            raise self._stop(
                FailureKind.MALFORMED, "a transfer coding other than chunked, which the request did not offer"
            )
        self._final = True
        if self._head:
            self.complete = True
        elif (
            self._content_length is not None
            and status != _NOT_MODIFIED
            and int(self._content_length.lstrip(b"0")[:_LONGEST_LENGTH] or b"0") > self._body_cap
        ):
            raise self._stop(FailureKind.TOO_LARGE, f"the content is announced as more than {self._body_cap} octets")

    def on_body(self, piece: bytes) -> None:
        """Take a piece of content."""
        if not self._final:
            raise self._stop(FailureKind.MALFORMED, "content in an informational response")
        if self._head:
            self.stray += 0 if is_harmless(piece) else len(piece)
            return
        self._size += len(piece)
        if self._size > self._body_cap:
            raise self._stop(FailureKind.TOO_LARGE, f"a content of more than {self._body_cap} octets")
        self._chunks.append(piece)

    def on_message_complete(self) -> None:
        """Close an informational response, or the final one."""
        if self._final:
            if not self._head:
                self.complete = True
                self.keep_alive = self._parser.should_keep_alive()
            return
        self._headers.clear()
        self._reason = b""
        self._content_length = self._transfer_codings = None

    def _take_informational(self, status: int) -> None:
        if status < _LOWEST_STATUS:
            raise self._stop(FailureKind.MALFORMED, "a status code below 100")
        if status == _SWITCHING_PROTOCOLS:
            raise self._stop(FailureKind.MALFORMED, _UNASKED_SWITCH)
        self.informational += 1
        if self.informational > MOST_INFORMATIONAL:
            raise self._stop(FailureKind.TOO_LARGE, f"more than {MOST_INFORMATIONAL} informational responses")


def _likeness(data: memoryview) -> str:
    """What octets that begin as no HTTP/1.x answer does look like: TLS, or HTTP/2, which begins with SETTINGS (RFC 9113, 3.4)."""
    if data[0] in _TLS_RECORDS:
        return ": it looks like TLS, so the address may need https"
    return ": it looks like HTTP/2, which was not asked for" if bytes(data[3:4]) == _SETTINGS and not data[0] else ""


#: digits of a length that are read; more of them are too many octets whatever they say
_LONGEST_LENGTH = 19
#: what the parser says of a field, and what that means (RFC 9112, section 5; RFC 9110, section 5)
_IN_A_FIELD = {
    "Unexpected whitespace after header value": "a field that is folded over two lines, which is obsolete",
    "Invalid header token": "a character that no name of a field may have, or no colon behind it",
    "Invalid header value char": "a character that no value of a field may have",
    "Missing expected CR after header value": "a line of the header section that ends in LF alone",
    "Missing expected LF after header value": "a CR inside the value of a field",
}
#: what the parser says of a length beside chunks, and that in the trailers (RFC 9110, section 6.5.1)
_BOTH_LENGTHS = "Content-Length can't be present with Transfer-Encoding"
_LENGTH_BEHIND = "Content-Length among the trailers, where it may not stand"
_UNASKED_SWITCH = "the server switches protocols, which the request did not ask for"
