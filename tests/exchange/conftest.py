"""A client, and servers that do what a test says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conformance.exchange import Client
from conformance.messages import Exchange, Request
from tests.hostile.server import CLIENT_ID, CLIENT_SECRET, Behaviour, EagerBehaviour, Hostile, Peer, Server

TOKEN_REQUEST = Request(
    "POST",
    "/oauth/token",
    (("Content-Type", "application/json"),),
    json.dumps({"clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET}).encode(),
)

Send = Callable[[Request], Exchange]


class Session:
    """A client of one server, whose requests are numbered as they go."""

    def __init__(self, server: Server, client: Client) -> None:
        self.server = server
        self.client = client
        self._number = 0

    def send(self, request: Request = TOKEN_REQUEST, *, deadline: float | None = None) -> Exchange:
        """Send and wait."""
        self._number += 1
        return self.client.send(
            request, exchange_id=f"r{self._number}", number=self._number, scenario="a.scenario", deadline=deadline
        )


OpenSession = Callable[..., Session]


@pytest.fixture
def session() -> Iterator[OpenSession]:
    """Starts a server that behaves as given, and a client of it; both end with the test."""
    running: list[Session] = []

    def start(
        behave: Behaviour = Peer.answer,
        *,
        greet: EagerBehaviour | None = None,
        deadline: float = 5.0,
        certificate: str | None = None,
        proxy: str | None = None,
        ca_bundle: Path | None = None,
        body_cap: int = 1 << 20,
    ) -> Session:
        scheme = "https" if certificate else "http"
        hostile = Hostile(
            "test", "as the test says", behave, greet=greet, certificate=certificate, scheme=scheme, trusted=True
        )
        server = hostile.running().__enter__()
        client = Client(
            server.base_url,
            deadline=deadline,
            user_agent="suite/1.0 (run 7)",
            proxy=proxy,
            ca_bundle=ca_bundle or server.ca_bundle,
            body_cap=body_cap,
        )
        running.append(Session(server, client))
        return running[-1]

    yield start
    for one in running:
        one.client.close()
        one.server.__exit__(None, None, None)


def says(octets: bytes, *, close: bool = False) -> Behaviour:
    """A behaviour: answer every request with the same octets."""

    def behave(peer: Peer, _: object) -> None:
        peer.send(octets)
        if close:
            peer.close()

    return behave
