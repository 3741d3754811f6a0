"""The way to a target: through proxies, through TLS."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path

import pytest

from conformance.exchange import Client
from conformance.messages import FailureKind, Request
from conformance.wire.connection import Origin
from tests.exchange.conftest import TOKEN_REQUEST, OpenSession
from tests.hostile.server import Heard, Peer


def test_proxies_in_the_environment_are_ignored(session: OpenSession, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy is used where it is asked for, nowhere else."""
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert session().send().response is not None


def test_a_proxy_is_asked_in_absolute_form(session: OpenSession) -> None:
    """RFC 9112, section 3.2.2; its credentials go to it alone."""
    seen: list[Heard] = []

    def behave(peer: Peer, heard: Heard) -> None:
        seen.append(heard)
        peer.respond(200, b"{}")

    proxy = session(behave).server
    through = f"http://user:pa%40ss@127.0.0.1:{Origin.parse(proxy.base_url).port}"
    client = Client("http://target.example:8080/api", deadline=5, user_agent="suite", proxy=through)
    assert client.send(TOKEN_REQUEST, exchange_id="r1", number=1, scenario="s").response is not None
    client.close()
    assert seen[0].target == "http://target.example:8080/api/oauth/token"
    assert ("Host", "target.example:8080") in seen[0].headers
    assert ("Proxy-Authorization", "Basic dXNlcjpwYUBzcw==") in seen[0].headers


def test_a_proxy_tunnels_tls_and_sees_nothing_of_it(session: OpenSession) -> None:
    """CONNECT (RFC 9110, section 9.3.6), then TLS with the target itself."""
    target = session(certificate="good")
    port = Origin.parse(target.server.base_url).port
    asked: list[str] = []

    def tunnel(peer: Peer, heard: Heard) -> None:
        asked.append(f"{heard.method} {heard.target}")
        peer.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with socket.create_connection(("127.0.0.1", port)) as far:
            back = threading.Thread(target=_copy, args=(far, peer.sock))
            back.start()
            _copy(peer.sock, far)
            back.join()

    proxy = session(tunnel)
    through = f"http://127.0.0.1:{Origin.parse(proxy.server.base_url).port}"
    client = Client(
        target.server.base_url, deadline=5, user_agent="suite", proxy=through, ca_bundle=target.server.ca_bundle
    )
    exchange = client.send(TOKEN_REQUEST, exchange_id="r1", number=1, scenario="s")
    client.close()
    assert exchange.response is not None, exchange.failure
    assert asked == [f"CONNECT 127.0.0.1:{port}"]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_is_not_reached_is_called_a_proxy(scheme: str) -> None:
    """Its host alone would be taken for the target's, or for a mistake of the suite's."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    client = Client(f"{scheme}://target.example", deadline=5, user_agent="suite", proxy=f"http://127.0.0.1:{port}")
    failure = client.send(TOKEN_REQUEST, exchange_id="r1", number=1, scenario="s").failure
    assert failure is not None
    assert failure.kind is FailureKind.REFUSED
    assert failure.detail == f"the proxy is not reached: 127.0.0.1 refuses connections on port {port}"


def test_a_proxy_that_refuses_the_tunnel_is_named_as_the_one_to_blame(session: OpenSession) -> None:
    """The status is the proxy's."""
    proxy = session(lambda peer, _: peer.respond(407))
    through = f"http://127.0.0.1:{Origin.parse(proxy.server.base_url).port}"
    client = Client("https://target.example/api", deadline=5, user_agent="suite", proxy=through)
    failure = client.send(TOKEN_REQUEST, exchange_id="r1", number=1, scenario="s").failure
    assert failure is not None
    assert (failure.kind, failure.status) == (FailureKind.UNREACHABLE, 407)
    assert "proxy" in failure.detail


def _copy(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65_536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def test_tls_is_kept_alive_too(session: OpenSession) -> None:
    """Session tickets that come when nothing is asked are no stray octets."""
    opened = session(certificate="good")
    for _ in range(5):
        assert opened.send().response is not None
        time.sleep(0.01)
    assert opened.server.connections == 1


def test_large_bodies_pass_through_tls(session: OpenSession) -> None:
    """In both directions."""

    def behave(peer: Peer, heard: Heard) -> None:
        peer.respond(200, heard.body[: 1 << 20])

    response = session(behave, certificate="good").send(Request("POST", "/x", (), b"x" * (3 << 20))).response
    assert response is not None
    assert response.body == b"x" * (1 << 20)


def test_a_ca_bundle_that_cannot_be_read_is_told_at_once(tmp_path: Path) -> None:
    """Before anything is sent."""
    with pytest.raises(OSError, match="No such file"):
        Client("https://target.example", deadline=1, user_agent="suite", ca_bundle=tmp_path / "missing.pem")
