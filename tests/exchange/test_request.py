"""What goes out."""

from __future__ import annotations

import pytest

from conformance.messages import Request
from tests.exchange.conftest import OpenSession
from tests.hostile.server import Heard, Peer


def _send(session: OpenSession, request: Request) -> bytes:
    heard: list[bytes] = []

    def behave(peer: Peer, request: Heard) -> None:
        heard.append(request.raw)
        peer.respond(200, b"{}")

    assert session(behave).send(request).response is not None
    return heard[0]


def test_the_octets_of_a_request_are_known_to_the_last(session: OpenSession) -> None:
    """Request line, Host, the request's own fields in order and case, then ours."""
    raw = _send(
        session,
        Request("POST", "/oauth/token?a=b%20c", (("content-TYPE", "a/b"), ("X-A", "1"), ("x-a", "2")), b'{"\xff'),
    )
    host = raw.split(b"Host: ")[1].split(b"\r\n")[0]
    assert raw == (
        b"POST /api/v3/oauth/token?a=b%20c HTTP/1.1\r\nHost: " + host + b"\r\ncontent-TYPE: a/b\r\nX-A: 1\r\nx-a: 2\r\n"
        b"X-Request-Id: r1\r\nUser-Agent: suite/1.0 (run 7)\r\nAccept: application/json\r\nAccept-Encoding: identity\r\n"
        b'Content-Length: 3\r\n\r\n{"\xff'
    )


def test_a_request_without_body_has_no_content_length(session: OpenSession) -> None:
    """None is no content; b"" is content of length 0."""
    assert b"content-length" not in _send(session, Request("POST", "/x")).lower()
    assert b"Content-Length: 0\r\n" in _send(session, Request("POST", "/x", body=b""))


@pytest.mark.parametrize(
    "field",
    [
        ("accept", "text/csv"),
        ("USER-AGENT", "another"),
        ("Accept-Encoding", "gzip"),
        ("x-request-id", "mine"),
        ("host", "127.0.0.1"),
        ("content-length", "2"),
    ],
)
def test_a_field_the_request_brings_is_not_added_again(session: OpenSession, field: tuple[str, str]) -> None:
    """Its own value stands, in its own case, once."""
    raw = _send(session, Request("POST", "/x", (field,), b"{}"))
    assert f"{field[0]}: {field[1]}\r\n".encode() in raw
    assert raw.lower().count(f"\r\n{field[0].lower()}:".encode()) == 1


def test_a_request_with_a_transfer_coding_of_its_own_gets_no_content_length(session: OpenSession) -> None:
    """The octets of the body are the chunks then."""

    def behave(peer: Peer, request: Heard) -> None:
        peer.respond(200, b"{}", (("X-Seen", request.raw.split(b"\r\n\r\n")[0].replace(b"\r\n", b"|")),))
        peer.hang()

    request = Request("POST", "/x", (("Transfer-Encoding", "chunked"),), b"2\r\n{}\r\n0\r\n\r\n")
    response = session(behave).send(request).response
    assert response is not None
    assert "content-length" not in (response.header("X-Seen") or "").lower()


@pytest.mark.parametrize("method", ["get", "BREW", "M-SEARCH", "!#$%&'*+.^_`|~0"])
def test_a_method_goes_out_as_it_is(session: OpenSession, method: str) -> None:
    """Known to HTTP or not."""
    assert _send(session, Request(method, "/x")).startswith(f"{method} /api/v3/x HTTP/1.1\r\n".encode())


def test_characters_beyond_ascii_go_out_as_latin_1_or_else_utf_8(session: OpenSession) -> None:
    """Field values are octets to HTTP."""
    assert b"X-A: caf\xe9\r\n" in _send(session, Request("GET", "/x", (("X-A", "café"),)))
    assert "X-A: café €\r\n".encode() in _send(session, Request("GET", "/x", (("X-A", "café €"),)))
    assert b"X-A: \xed\xa0\x80\r\n" in _send(session, Request("GET", "/x", (("X-A", "\ud800"),)))


@pytest.mark.parametrize(
    "request_",
    [
        Request("GET", "/x", (("X-A", "1\r\nX-B: 2"),)),
        Request("GET", "/x", (("X-A\n", "1"),)),
        Request("GET", "/x HTTP/1.1\r\nX: y", ()),
        Request("GET\r", "/x", ()),
    ],
    ids=["value", "name", "path", "method"],
)
def test_a_line_end_inside_a_field_is_refused_before_anything_is_sent(session: OpenSession, request_: Request) -> None:
    """It is a mistake of the suite, and would smuggle a field."""
    opened = session()
    with pytest.raises(ValueError, match="line end"):
        opened.send(request_)
    assert opened.server.requests == 0


def test_an_exchange_says_what_was_sent_and_when(session: OpenSession) -> None:
    """Id, number, scenario, and times that agree with each other."""
    exchange = session(lambda peer, heard: (peer.sleep(0.05), peer.answer(heard))[1]).send()
    assert (exchange.id, exchange.number, exchange.scenario) == ("r1", 1, "a.scenario")
    assert 0.05 <= exchange.elapsed < 1
    assert exchange.answered_at - exchange.sent_at == pytest.approx(exchange.elapsed, abs=0.02)
