"""Connections: opened, kept, closed, bounded in time."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from conformance.exchange import Client
from conformance.messages import FailureKind, Request
from conformance.wire.connection import Broken, Origin, Resolver
from tests.exchange.conftest import TOKEN_REQUEST, OpenSession, says
from tests.hostile import HOSTILE_BY_NAME
from tests.hostile.server import Heard, Peer, message
from tests.measuring import least


def test_a_connection_is_kept_for_the_next_request(session: OpenSession) -> None:
    """Fifty exchanges, one connection."""
    opened = session()
    assert all(opened.send().response for _ in range(50))
    assert opened.server.connections == 1


@pytest.mark.parametrize(
    "octets",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 2\r\n\r\nhi",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi",
    ],
)
def test_a_connection_is_closed_where_the_server_says_so(session: OpenSession, octets: bytes) -> None:
    """`Connection: close`, or HTTP/1.0 without keep-alive (RFC 9112, section 9.3)."""
    opened = session(says(octets))
    assert all(opened.send().response for _ in range(3))
    assert opened.server.connections == 3


def test_http_1_0_may_keep_a_connection_too(session: OpenSession) -> None:
    """With `Connection: keep-alive`."""
    opened = session(says(b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi"))
    assert all(opened.send().response for _ in range(3))
    assert opened.server.connections == 1


def test_a_request_may_ask_for_the_connection_to_close(session: OpenSession) -> None:
    """Whatever the server makes of it."""
    opened = session()
    for _ in range(2):
        opened.send(Request("GET", "/x", (("Connection", "close"),)))
    assert opened.server.connections == 2


def test_a_connection_closed_between_two_requests_is_no_failure(session: OpenSession) -> None:
    """It is seen before the next request goes out."""

    def behave(peer: Peer, heard: Heard) -> None:
        peer.answer(heard)
        peer.close()

    opened = session(behave)
    for _ in range(3):
        assert opened.send().response is not None
        time.sleep(0.02)
    assert opened.server.connections == 3


def test_what_a_server_says_unasked_is_never_taken_for_the_next_answer(session: OpenSession) -> None:
    """A connection with stray octets on it is given up."""

    def behave(peer: Peer, heard: Heard) -> None:
        peer.answer(heard)
        peer.sleep(0.01)
        peer.send(message(200, b'{"accessToken": "stray"}'))

    opened = session(behave)
    for _ in range(3):
        response = opened.send().response
        assert response is not None
        assert b"stray" not in response.body
        time.sleep(0.05)


def test_a_failure_tells_whether_the_connection_was_used_before(session: OpenSession) -> None:
    """On a kept connection it may be a race that a fresh one does not have."""

    def behave(peer: Peer, heard: Heard) -> None:
        if peer.turn > 1:
            peer.close()
        peer.answer(heard)

    opened = session(behave)
    assert opened.send().response is not None
    first, second = opened.send().failure, opened.send().failure
    assert first is not None
    assert second is not None
    assert (first.kind, first.reused) == (FailureKind.CLOSED, True)
    assert (second.kind, second.reused) == (FailureKind.CLOSED, False)


def test_an_early_413_is_an_answer_while_5_mib_are_being_sent(session: OpenSession) -> None:
    """The server closes without reading, which resets the connection; the answer counts all the same."""

    def greet(peer: Peer) -> None:
        peer.sock.recv(1000)
        peer.send(message(413, b'{"error": 413, "message": "too large"}', (("Connection", "close"),)))
        peer.close()

    opened = session(greet=greet)
    for _ in range(20):
        exchange = opened.send(Request("POST", "/oauth/token", (), b"x" * (5 << 20)))
        assert exchange.response is not None, exchange.failure
        assert exchange.response.status == 413


def test_5_mib_arrive_whole(session: OpenSession) -> None:
    """However often the socket takes only a part."""

    def behave(peer: Peer, heard: Heard) -> None:
        peer.respond(200, str(len(heard.body)).encode())

    response = session(behave).send(Request("POST", "/x", (), b"x" * (5 << 20))).response
    assert response is not None
    assert response.body == str(5 << 20).encode()


@pytest.mark.parametrize(
    "name", ["one-octet-a-second", "slow-headers", "slow-body", "never-answers", "tls-stalls", "never-accepts"]
)
def test_the_deadline_is_for_the_whole_exchange(name: str) -> None:
    """However steadily octets drip."""

    def taken() -> float:
        client = Client(server.base_url, deadline=30, user_agent="suite")
        begun = time.monotonic()
        exchange = client.send(TOKEN_REQUEST, exchange_id="r1", number=1, scenario="s", deadline=0.4)
        seconds = time.monotonic() - begun
        client.close()
        assert exchange.failure is not None
        assert exchange.failure.kind is FailureKind.TIMEOUT
        assert "0.4 s" in exchange.failure.detail
        return seconds

    with HOSTILE_BY_NAME[name].running() as server:
        assert 0.4 <= least(taken, 0.9) < 0.9


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("never-answers", "the deadline passed before an answer came"),
        ("slow-body", "the deadline passed inside the answer"),
        ("tls-stalls", "the TLS handshake was not done before the deadline"),
    ],
)
def test_a_deadline_that_passes_says_where_and_whose_it_is(name: str, says: str) -> None:
    """Connecting is the network's affair, or the base URL's; waiting is the server's."""
    with HOSTILE_BY_NAME[name].running() as server:
        client = Client(server.base_url, deadline=0.3, user_agent="suite")
        failure = client.send(TOKEN_REQUEST, exchange_id="r1", number=1, scenario="s").failure
        lowered = client.send(TOKEN_REQUEST, exchange_id="r2", number=2, scenario="s", deadline=0.2).failure
        client.close()
    assert failure is not None
    assert failure.detail == f"{says} (0.3 s for the whole exchange: PARTNERS_API_REQUEST_DEADLINE)"
    assert lowered is not None
    assert lowered.detail == f"{says} (0.2 s for the whole exchange, all that the time budget leaves)"


def test_a_proxy_that_does_not_answer_is_named_at_the_deadline() -> None:
    """The target is not even known there."""
    with HOSTILE_BY_NAME["never-answers"].running() as server:
        proxy = server.base_url.removesuffix("/api/v3")
        client = Client("https://target.example/api", deadline=0.3, user_agent="suite", proxy=proxy)
        failure = client.send(TOKEN_REQUEST, exchange_id="r1", number=1, scenario="s").failure
        client.close()
    assert failure is not None
    assert failure.detail.startswith("the proxy did not answer CONNECT before the deadline (0.3 s")


def test_who_closes_at_the_first_word_may_expect_tls(session: OpenSession) -> None:
    """A port for TLS takes what is said in the clear for a broken handshake; one that has answered before is none."""

    def second_closes(peer: Peer, heard: Heard) -> None:
        if ("X-Request-Id", "r2") in heard.headers:
            peer.close()
        else:
            peer.answer(heard)

    first = session(lambda peer, _: peer.close()).send().failure
    assert first is not None
    assert first.detail == "the connection was closed without an answer: perhaps https:// is spoken there"
    talking = session(second_closes)
    talking.send()
    later = talking.send().failure
    assert later is not None
    assert later.detail == "the connection was closed without an answer"


def test_a_server_that_does_not_read_holds_nobody_up(session: OpenSession) -> None:
    """The deadline covers sending."""
    failure = session(greet=Peer.hang).send(Request("POST", "/x", (), b"x" * (32 << 20)), deadline=0.4).failure
    assert failure is not None
    assert failure.kind is FailureKind.TIMEOUT


def test_a_name_lookup_that_hangs_ends_with_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lookup goes on behind; the exchange does not wait for it, nor does the next one start another."""
    answer = threading.Event()
    asked: list[str] = []

    def hang(host: str, port: int, **_: object) -> list[object]:
        asked.append(host)
        answer.wait(10)
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    client = Client("http://slow.example:1/", deadline=0.2, user_agent="suite")
    for _ in range(2):
        failure = client.send(TOKEN_REQUEST, exchange_id="r1", number=1, scenario="s").failure
        assert failure is not None
        assert failure.kind is FailureKind.DNS
    answer.set()
    failure = client.send(TOKEN_REQUEST, exchange_id="r1", number=1, scenario="s").failure
    assert failure is not None
    assert failure.kind in (FailureKind.REFUSED, FailureKind.DNS)
    assert asked == ["slow.example"]


def test_a_name_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """All clients that share a resolver share what it found; a failure is not kept."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def count(host: str, port: int, **options: int) -> object:
        asked.append(host)
        return real(host, port, **options)

    monkeypatch.setattr(socket, "getaddrinfo", count)
    resolver, stop = Resolver(), threading.Event()
    until = time.monotonic() + 5
    assert resolver.addresses("localhost", 80, until, stop) == resolver.addresses("localhost", 80, until, stop)
    for _ in range(2):
        with pytest.raises(Broken, match="does not resolve"):
            resolver.addresses("nowhere.invalid", 80, until, stop)
    assert asked == ["localhost", "nowhere.invalid", "nowhere.invalid"]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_an_address_waits_for_no_lookup(host: str) -> None:
    """Nothing is late, however little time there is: no thread has to get its turn."""
    (found,) = Resolver().addresses(host, 80, time.monotonic(), threading.Event())

    assert found[1][:2] == (host, 80)


def test_every_address_of_a_name_is_tried(session: OpenSession, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first one refuses, the second one answers."""
    opened = session()
    port = Origin.parse(opened.server.base_url).port
    found = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (host, port)) for host in ("127.0.0.2", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    client = Client(f"http://two.example:{port}/api/v3", deadline=5, user_agent="suite")
    exchange = client.send(TOKEN_REQUEST, exchange_id="r1", number=1, scenario="s")
    client.close()
    assert exchange.response is not None


@pytest.mark.parametrize(
    "url", ["ftp://host/", "host/path", "http://", "http://host/?a=b", "http://host/#x", "http://host:99999/"]
)
def test_a_base_url_is_absolute_http(url: str) -> None:
    """Anything else is a ValueError when the client is made."""
    with pytest.raises(ValueError, match=r".+"):
        Client(url, deadline=1, user_agent="suite")


@pytest.mark.parametrize(
    ("url", "authority", "path"),
    [
        ("https://host.example/api/v3/", "host.example", "/api/v3"),
        ("https://host.example:443", "host.example", ""),
        ("http://host.example:443/", "host.example:443", ""),
        ("http://[::1]:8080/a", "[::1]:8080", "/a"),
        ("http://bücher.example/", "xn--bcher-kva.example", ""),
    ],
)
def test_what_host_says_follows_from_the_base_url(url: str, authority: str, path: str) -> None:
    """The default port is left out (RFC 9110, section 7.2)."""
    origin = Origin.parse(url)
    assert (origin.authority, origin.path) == (authority, path)


def test_a_name_of_which_no_address_took_a_connection_is_looked_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may have moved."""
    asked: list[str] = []

    def answer(host: str, port: int, **_: object) -> list[object]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    client = Client("http://moved.example:1/", deadline=5, user_agent="suite")
    for _ in range(2):
        failure = client.send(TOKEN_REQUEST, exchange_id="r1", number=1, scenario="s").failure
        assert failure is not None
        assert failure.kind is FailureKind.REFUSED
    assert asked == ["moved.example", "moved.example"]
