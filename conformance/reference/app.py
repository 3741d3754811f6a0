"""The ASGI application: routes, the body limit, throttling."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from starlette.applications import Starlette
from starlette.routing import Route

from conformance.reference.behaviour import Behaviour, Handler, Receive, Scope, Send
from conformance.reference.protocol import NAMES
from conformance.reference.service import Service
from conformance.reference.tokens import SigningKey, compact_json
from conformance.reference.values import JSON, Answer, Cause, Client, HeaderPairs, Request

BASE_PATH = "/api/v3"
MAX_BODY = 1 << 20
"""Octets of a request body; what goes beyond is answered with 413 and not read."""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `requests` in each `window` seconds."""

    requests: int = 1_000_000
    window: float = 60.0


@dataclass(frozen=True, slots=True)
class Ticket:
    """What the limiter says to one request; `reset` is in whole seconds from now, as the provider documents it."""

    granted: bool
    limit: int
    remaining: int
    reset: int

    @property
    def headers(self) -> HeaderPairs:
        """The throttling headers that every answer carries; `retry-after: 0` means no wait."""
        return (
            ("x-ratelimit-limit", str(self.limit)),
            ("x-ratelimit-remaining", str(self.remaining)),
            ("x-ratelimit-reset", str(self.reset)),
            ("retry-after", "0" if self.granted else str(self.reset)),
        )


class Limiter:
    """A fixed-window limiter over all clients together."""

    def __init__(self, limit: RateLimit, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._ends = 0.0
        self._used = 0

    def take(self) -> Ticket:
        """Count one request and say whether it may pass."""
        now = self._clock()
        if now >= self._ends:
            self._ends, self._used = now + self._limit.window, 0
        granted = self._used < self._limit.requests
        self._used += granted
        return Ticket(granted, self._limit.requests, self._limit.requests - self._used, math.ceil(self._ends - now))


def throttled(ticket: Ticket) -> Answer:
    """A 429 with the body the provider's pages show; it is no `Error`."""
    content = {
        "error": "Too Many Requests",
        "error_description": f"Rate limit exceeded, retry in {ticket.reset} seconds",
    }
    return Answer(429, (("content-type", JSON),), compact_json(content), Cause.THROTTLED)


class Endpoint:
    """An ASGI application that hands whole requests to a handler, whatever their method."""

    def __init__(self, handler: Handler, behaviour: Behaviour, limiter: Limiter) -> None:
        self._handler = handler
        self._behaviour = behaviour
        self._limiter = limiter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the request, answer it."""
        content = await _read_content(receive)
        if content is None:
            return
        ticket = self._limiter.take()
        answer = self._handler(_request(scope, content)) if ticket.granted else throttled(ticket)
        answer = replace(answer, headers=(*answer.headers, *ticket.headers))
        await self._behaviour.deliver(answer, scope, receive, send)


def create_app(
    client: Client, behaviour: Behaviour | None = None, limit: RateLimit | None = None, key: SigningKey | None = None
) -> Starlette:
    """The API for `client`; each part that is not given is the conforming one."""
    behaviour = behaviour or Behaviour()
    service = Service(behaviour, client, key or SigningKey())
    limiter = Limiter(limit or RateLimit())
    paths = {
        f"{BASE_PATH}/oauth/token": service.token,
        f"{BASE_PATH}/.well-known/jwks.json": service.keys,
        "/{anything:path}": service.nothing,
    }
    app = Starlette(routes=[Route(path, Endpoint(handler, behaviour, limiter)) for path, handler in paths.items()])
    app.router.redirect_slashes = False
    return app


async def _read_content(receive: Receive) -> tuple[bytes, bool] | None:
    """The body and whether it was cut off at MAX_BODY; None if the client left before it was sent."""
    content = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        content += message.get("body", b"")
        if len(content) > MAX_BODY:
            return bytes(content[:MAX_BODY]), True
        if not message.get("more_body", False):
            return bytes(content), False


def _request(scope: Scope, content: tuple[bytes, bool]) -> Request:
    body, too_large = content
    return Request(
        method=scope["method"],
        path=scope["path"].removeprefix(BASE_PATH),
        query=scope.get("query_string", b"").decode("latin-1"),
        headers=tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]),
        body=body,
        too_large=too_large,
        peer=scope["client"][0] if scope.get("client") else "",
        names=tuple(scope.get("extensions", {}).get(NAMES, ())),
    )
