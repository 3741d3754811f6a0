"""Answers on a connection that is used again, when they are not those to the requests on it in their order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from weakref import WeakKeyDictionary

from conformance.reference.behaviour import Behaviour, Receive, Scope, Send
from conformance.reference.mutants import tools
from conformance.reference.mutants.model import Mutant
from conformance.reference.protocol import TRANSPORT
from conformance.reference.values import Answer, Cause


def _whole(answer: Answer) -> bytes:
    fields = (*answer.headers, ("content-length", str(len(answer.body))))
    lines = (f"HTTP/1.1 {answer.status} X", *(f"{name}: {value}" for name, value in fields))
    return "\r\n".join((*lines, "", "")).encode("latin-1") + answer.body


def _behind(octets: Callable[[Answer], bytes], matches: Callable[[Answer, Scope], bool]) -> tools.Apply:
    """Send octets behind an answer that is whole, and keep the connection."""

    def apply(behaviour: Behaviour) -> Behaviour:
        async def deliver(answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
            transport: asyncio.Transport | None = scope.get("extensions", {}).get(TRANSPORT)
            await behaviour.deliver(answer, scope, receive, send)
            if transport is not None and matches(answer, scope):
                transport.write(octets(answer))

        return replace(behaviour, deliver=deliver)

    return apply


def _one_late(behaviour: Behaviour) -> Behaviour:
    """Give each request on a connection, from the second on, the answer to the one before it."""
    before: WeakKeyDictionary[asyncio.Transport, Answer] = WeakKeyDictionary()

    async def deliver(answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
        transport: asyncio.Transport | None = scope.get("extensions", {}).get(TRANSPORT)
        given = answer
        if transport is not None:
            given, before[transport] = before.get(transport, answer), answer
        await behaviour.deliver(given, scope, receive, send)

    return replace(behaviour, deliver=deliver)


def _unread(behaviour: Behaviour) -> Behaviour:
    """Take what is sent on a connection behind another media type for the rest of that request's content."""
    skipped: WeakKeyDictionary[asyncio.Transport, bool] = WeakKeyDictionary()

    async def deliver(answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
        transport: asyncio.Transport | None = scope.get("extensions", {}).get(TRANSPORT)
        given = answer
        if transport is not None:
            given = tools.error(400) if skipped.get(transport) else answer
            skipped[transport] = answer.cause is Cause.MEDIA_TYPE and not skipped.get(transport)
        await behaviour.deliver(given, scope, receive, send)

    return replace(behaviour, deliver=deliver)


MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        name="head-with-content",
        requirement="protocol.well-formed-http",
        title="HEAD is answered with the content that GET would have",
        kind="one-class",
        apply=_behind(lambda answer: answer.body or b"{}", lambda _answer, scope: scope["method"] == "HEAD"),
    ),
    Mutant(
        name="answers-wrong-credentials-twice",
        requirement="protocol.well-formed-http",
        title="Wrong credentials get a second answer, which waits for the next request",
        kind="one-class",
        apply=_behind(_whole, lambda answer, _scope: answer.cause is Cause.CREDENTIALS),
    ),
    Mutant(
        name="answers-the-request-before",
        requirement="protocol.well-formed-http",
        title="A connection that is used again gets the answer to the request before",
        kind="sequence",
        apply=_one_late,
    ),
    Mutant(
        name="content-of-another-media-type-left-unread",
        requirement="protocol.well-formed-http",
        title="The content of a request that gets a 415 is left on the connection, and read as the next request",
        kind="sequence",
        apply=_unread,
    ),
)
