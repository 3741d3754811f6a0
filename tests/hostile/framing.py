"""Servers whose messages are not HTTP, or frame their content wrongly."""

from __future__ import annotations

from conformance.messages import FailureKind
from tests.hostile.server import Behaviour, Heard, Hostile, Peer, message

_MALFORMED = (FailureKind.MALFORMED,)
_TOO_LARGE = (FailureKind.TOO_LARGE,)
_BODY = b'{"error": 401, "message": "Unauthorized"}'
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
_CHUNKED = _HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def _says(octets: bytes, *, close: bool = False) -> Behaviour:
    """Answer every request with the same octets."""

    def behave(peer: Peer, _: Heard) -> None:
        peer.send(octets)
        if close:
            peer.close()

    return behave


def _status_line(
    name: str, title: str, line: bytes, *, malformed: bool = True, expected: tuple[FailureKind, ...] = _MALFORMED
) -> Hostile:
    octets = line + b"\r\nContent-Type: application/json\r\nContent-Length: 41\r\n\r\n" + _BODY
    return Hostile(f"status-line-{name}", title, _says(octets), expected=expected if malformed else ())


def _field(
    name: str, title: str, field: bytes, *, malformed: bool = True, expected: tuple[FailureKind, ...] = _MALFORMED
) -> Hostile:
    octets = _HEAD + field + b"\r\nContent-Length: 41\r\n\r\n" + _BODY
    return Hostile(f"field-{name}", title, _says(octets), expected=expected if malformed else ())


def _length(name: str, title: str, value: bytes, expected: tuple[FailureKind, ...] = _MALFORMED) -> Hostile:
    octets = _HEAD + b"Content-Length: " + value + b"\r\n\r\n" + _BODY
    return Hostile(f"content-length-{name}", title, _says(octets, close=True), expected=expected)


def _chunks(name: str, title: str, octets: bytes, expected: tuple[FailureKind, ...] = _MALFORMED) -> Hostile:
    return Hostile(f"chunks-{name}", title, _says(_CHUNKED + octets, close=True), expected=expected)


def _flood_of(prefix: bytes, piece: bytes, times: int | None = None, last: bytes = b"") -> Behaviour:
    def behave(peer: Peer, _: Heard) -> None:
        peer.send(prefix)
        peer.flood(piece, times)
        peer.send(last)

    return behave


def _slow_continue(peer: Peer, _: Heard) -> None:
    while True:
        peer.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        peer.sleep(0.2)


def _head_with_body(peer: Peer, heard: Heard) -> None:
    right = peer.correct(heard)
    peer.respond(right.status, right.body, right.headers)


def _head_with_late_body(peer: Peer, heard: Heard) -> None:
    peer.answer(heard)
    if heard.method == "HEAD":
        peer.sleep(0.02)
        peer.send(peer.correct(heard).body)


def _no_content_with_content(peer: Peer, _: Heard) -> None:
    peer.send(message(204, _BODY))


HOSTILE = (
    _status_line("garbage", "words instead of a status line", b"what do you want"),
    _status_line("empty", "an empty line instead of a status line", b"\r\n\r\n: "),
    _status_line("no-status", "a status line without a status", b"HTTP/1.1"),
    _status_line("swapped", "reason before status", b"HTTP/1.1 OK 200"),
    _status_line("lower-case", "http/1.1 in lower case", b"http/1.1 200 OK"),
    _status_line("two-spaces", "two spaces before the status", b"HTTP/1.1  200 OK"),
    _status_line("http-2", "claims HTTP/2.0 in the clear", b"HTTP/2.0 200 OK"),
    _status_line("http-0.9", "claims HTTP/0.9", b"HTTP/0.9 200 OK"),
    _status_line("http-1.9", "claims HTTP/1.9", b"HTTP/1.9 200 OK"),
    _status_line("icy", "another protocol's status line", b"ICY 200 OK"),
    _status_line("rtsp", "RTSP instead of HTTP", b"RTSP/1.0 200 OK"),
    _status_line("terminal", "terminal escapes and 8-bit in the reason phrase", b"HTTP/1.1 200 \x1b]0;owned\x07\x1b[2J\xff", malformed=False),
    _status_line("markup", "markup in the reason phrase", b"HTTP/1.1 200 <script>alert(1)</script>]]>", malformed=False),
    _status_line("000", "status 000", b"HTTP/1.1 000 None"),
    _status_line("099", "status 099", b"HTTP/1.1 099 Low"),
    _status_line("600", "status 600", b"HTTP/1.1 600 High", malformed=False),
    _status_line("999", "status 999", b"HTTP/1.1 999 Denied", malformed=False),
    _status_line("1000", "status 1000", b"HTTP/1.1 1000 Many"),
    _status_line("minus", "status -1", b"HTTP/1.1 -1 Less"),
    _status_line("long", "a reason phrase of 1 MB", b"HTTP/1.1 200 " + b"O" * 1_000_000, expected=_TOO_LARGE),
    Hostile("no-http", "JSON without any HTTP around it", _says(_BODY, close=True), expected=_MALFORMED),
    Hostile("binary-noise", "octets from nowhere", _says(bytes(range(256)) * 64, close=True), expected=_MALFORMED),
    Hostile("http-2-preface", "HTTP/2 frames", _says(b"\0\0\x12\x04\0\0\0\0\0" + b"\0" * 18, close=True), expected=_MALFORMED),
    _field("flood", "100,000 header fields", b"\r\n".join(b"X-%d: y" % number for number in range(100_000)), expected=_TOO_LARGE),
    _field("line-of-1-mb", "a header field of 1 MB", b"X-Long: " + b"x" * 1_000_000, expected=_TOO_LARGE),
    _field("nul", "NUL in a field value", b"X-Nul: a\0b"),
    _field("escape", "a terminal escape in a field value", b"X-Escape: \x1b[2Jb"),
    _field("bare-lf", "a field that ends in LF alone", b"X-Bare: a\nX-More: b"),
    _field("folded", "a field folded over two lines", b"X-Folded: a\r\n b"),
    _field("space-before-colon", "a space between name and colon", b"X-Space : a"),
    _field("no-colon", "a field without a colon", b"X-Nothing"),
    _field("no-name", "a field without a name", b": nothing"),
    _field("8-bit", "octets above 127 in a field value", b"X-Eight: \xff\xfe\xc3\x28", malformed=False),
    _field("hostile-type", "markup and quotes as the media type", b"Content-Type: <img src=x onerror=alert(1)>'\"", malformed=False),
    _length("short", "Content-Length smaller than the content", b"10"),
    _length("long", "Content-Length larger than the content, then close", b"100", (FailureKind.TRUNCATED,)),
    _length("twice", "two Content-Length fields that disagree", b"41\r\nContent-Length: 42"),
    _length("list", "a list as Content-Length", b"41, 42"),
    _length("negative", "a negative Content-Length", b"-41"),
    _length("signed", "a signed Content-Length", b"+41"),
    _length("words", "words as Content-Length", b"forty-one"),
    _length("overflow", "a Content-Length of 30 digits", b"9" * 30),
    _length("64-bit", "a Content-Length of 2**64 - 1", b"18446744073709551615", _TOO_LARGE),
    _length("with-chunked", "Content-Length and Transfer-Encoding", b"41\r\nTransfer-Encoding: chunked"),
    _length("empty", "an empty Content-Length", b""),
    _chunks("bad-size", "words as a chunk size", b"zz\r\nab\r\n0\r\n\r\n"),
    _chunks("negative-size", "a negative chunk size", b"-2\r\nab\r\n0\r\n\r\n"),
    _chunks("overflow", "a chunk size of 40 digits", b"F" * 40 + b"\r\nab"),
    _chunks("enormous", "a chunk of an exabyte, then close", b"FFFFFFFFFFFFFFF\r\nab", (FailureKind.TRUNCATED,)),
    _chunks("short-size", "a chunk longer than its size", b"1\r\nab\r\n0\r\n\r\n"),
    _chunks("no-last", "no last chunk, then close", b"2\r\nab\r\n", (FailureKind.TRUNCATED,)),
    _chunks("bare-lf", "chunk lines that end in LF alone", b"2\nab\n0\n\n"),
    Hostile("chunks-extension-flood", "a chunk extension without end", _flood_of(_CHUNKED + b"2;a=", b"x" * 65_536), expected=_TOO_LARGE),
    Hostile("chunks-of-one-octet", "an endless body in chunks of an octet", _flood_of(_CHUNKED, b"1\r\n \r\n" * 4096), expected=_TOO_LARGE),
    Hostile("chunks-trailer-flood", "trailers without end", _flood_of(_CHUNKED + b"0\r\n", b"X-Trailer: again\r\n" * 1000), expected=_TOO_LARGE),
    Hostile("transfer-coding-unknown", "a transfer coding nobody offered", _says(_HEAD + b"Transfer-Encoding: gzip\r\n\r\n" + _BODY, close=True), expected=_MALFORMED),
    Hostile("transfer-coding-twice", "chunked twice over", _says(_HEAD + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", close=True), expected=_MALFORMED),
    Hostile("continue-flood", "100 Continue without end, as fast as it goes", _flood_of(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100), expected=_TOO_LARGE),
    Hostile("continue-slowly", "100 Continue without end, five a second", _slow_continue, expected=(FailureKind.TIMEOUT, FailureKind.TOO_LARGE)),
    Hostile("early-hints-flood", "103 Early Hints without end", _flood_of(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 100), expected=_TOO_LARGE),
    Hostile("switches-protocols", "101 that nobody asked for", _says(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"), expected=_MALFORMED),
    Hostile("switches-without-saying", "101 without an Upgrade field", _says(b"HTTP/1.1 101 Switching Protocols\r\n\r\n"), expected=_MALFORMED),
    Hostile("no-content-with-content", "204 with content behind it", _no_content_with_content, expected=_MALFORMED),
    Hostile("head-with-body", "sends the content in answer to HEAD too", _head_with_body),
    Hostile("head-with-late-body", "sends content behind an answer to HEAD that was whole", _head_with_late_body),
    Hostile("empty-200", "200 with nothing in it", _says(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")),
    Hostile("bare-200", "200 without any header field, then close", _says(b"HTTP/1.1 200 OK\r\n\r\n", close=True)),
)  # fmt: skip
