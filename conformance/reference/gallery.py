"""All mutants behind one port, so that two hundred of them need not start two hundred processes."""

from __future__ import annotations

from starlette.applications import Starlette

from conformance.reference.app import RateLimit, create_app
from conformance.reference.behaviour import Behaviour, Receive, Scope, Send
from conformance.reference.mutants import find
from conformance.reference.tokens import SigningKey
from conformance.reference.values import Client


class Gallery:
    """An ASGI application that serves the conforming API at `/api/v3` and each mutant at `/NAME/RUN/api/v3`.

    RUN is any word: each is an instance of its own, with its own counters, caches and throttling, made when it is
    first asked for. So a mutant that rots can be met fresh as often as one likes. A NAME that no mutant has is answered
    by the conforming API, which knows no such path: 404.
    """

    def __init__(self, client: Client, limit: RateLimit, key: SigningKey) -> None:
        self._client = client
        self._limit = limit
        self._key = key
        self._conforming = create_app(client, None, limit, key)
        self._instances: dict[tuple[str, str], Starlette] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find the instance that is asked and let it answer."""
        parts = scope["path"].split("/", 3)
        mutant = find(parts[1]) if len(parts) == 4 else None
        if mutant is None:
            await self._conforming(scope, receive, send)
            return
        app = self._instances.get((mutant.name, parts[2]))
        if app is None:
            app = create_app(self._client, mutant.apply(Behaviour()), self._limit, self._key)
            self._instances[mutant.name, parts[2]] = app
        await app({**scope, "path": f"/{parts[3]}", "raw_path": f"/{parts[3]}".encode()}, receive, send)
