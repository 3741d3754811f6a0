"""What a proxy says in its own name is not the target's answer, and the proxy is named."""

from __future__ import annotations

import pytest

from conformance.exchange import Client
from conformance.messages import Exchange, FailureKind
from conformance.wire.connection import Origin
from tests.exchange.conftest import TOKEN_REQUEST, OpenSession
from tests.hostile.server import Heard, Peer

Fields = tuple[tuple[str, str], ...]


def _through(session: OpenSession, status: int, fields: Fields = ()) -> Exchange:
    """A request to a target in the clear, through a proxy that answers so."""

    def behave(peer: Peer, _: Heard) -> None:
        peer.respond(status, b"{}", headers=fields)

    proxy = f"http://127.0.0.1:{Origin.parse(session(behave).server.base_url).port}"
    client = Client("http://target.example/api", deadline=5, user_agent="suite", proxy=proxy)
    exchange = client.send(TOKEN_REQUEST, exchange_id="r1", number=1, scenario="s")
    client.close()
    return exchange


@pytest.mark.parametrize(
    ("status", "fields", "says"),
    [
        (
            407,
            (("Proxy-Authenticate", "Basic"),),
            "the proxy wants user and password (407), which are part of PARTNERS_API_PROXY",
        ),
        (502, (), "the proxy, or a gateway behind it, got no answer that it could use"),
        (504, (), "the proxy, or a gateway behind it, got no answer in time"),
        (503, (("X-Squid-Error", "ERR_CONNECT_FAIL 111"),), "the proxy answered in the target's place (503)"),
        (403, (("Proxy-Status", "p.example; error=http_request_denied"),), "the proxy answered in the target's place"),
        (200, (("Proxy-Status", "origin.example, p.example;error=proxy_internal_response"),), "the proxy answered"),
    ],
)
def test_a_proxys_own_answer_is_nobodys_finding(session: OpenSession, status: int, fields: Fields, says: str) -> None:
    """RFC 9110, sections 15.5.8, 15.6.3 and 15.6.5; RFC 9209, section 2.1.1."""
    failure = _through(session, status, fields).failure
    assert failure is not None
    assert (failure.kind, failure.blame, failure.status) == (FailureKind.UNREACHABLE, "network", status)
    assert failure.detail.startswith(says)


@pytest.mark.parametrize(
    ("status", "fields"),
    [(401, ()), (403, ()), (500, ()), (503, ()), (200, (("Proxy-Status", "p.example; received-status=200"),))],
)
def test_what_a_proxy_passes_on_is_the_targets(session: OpenSession, status: int, fields: Fields) -> None:
    """Where nothing says that it is another's."""
    response = _through(session, status, fields).response
    assert response is not None
    assert response.status == status


@pytest.mark.parametrize("status", [407, 502, 504])
def test_without_a_proxy_every_answer_is_the_targets(session: OpenSession, status: int) -> None:
    """Whatever its status would say of a proxy."""
    response = session(lambda peer, _: peer.respond(status)).send().response
    assert response is not None
    assert response.status == status


def test_a_tunnel_that_wants_credentials_says_so(session: OpenSession) -> None:
    """Whoever reads it knows which setting to look at."""
    proxy = f"http://127.0.0.1:{Origin.parse(session(lambda peer, _: peer.respond(407)).server.base_url).port}"
    client = Client("https://target.example/api", deadline=5, user_agent="suite", proxy=proxy)
    failure = client.send(TOKEN_REQUEST, exchange_id="r1", number=1, scenario="s").failure
    assert failure is not None
    assert "refuses the tunnel" in failure.detail
    assert "wants user and password" in failure.detail
