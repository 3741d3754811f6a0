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


def _remembering(given: Callable[[Answer, Answer | None], Answer]) -> tools.Apply:
    """Let what a request is given depend on what was due to the one before it on its connection, if there was one."""

    def apply(behaviour: Behaviour) -> Behaviour:
        due: WeakKeyDictionary[asyncio.Transport, Answer] = WeakKeyDictionary()

        async def deliver(answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
            transport: asyncio.Transport | None = scope.get("extensions", {}).get(TRANSPORT)
            before = None if transport is None else due.get(transport)
            if transport is not None:
                due[transport] = answer
            await behaviour.deliver(given(answer, before), scope, receive, send)

        return replace(behaviour, deliver=deliver)

    return apply


def _left_unread(answer: Answer, before: Answer | None) -> Answer:
    return tools.error(400) if before is not None and before.cause is Cause.MEDIA_TYPE else answer


def _authenticated(answer: Answer, before: Answer | None) -> Answer:
    return before if before is not None and before.status == 200 and answer.cause is Cause.CREDENTIALS else answer


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
        apply=_behind(tools.whole, lambda answer, _scope: answer.cause is Cause.CREDENTIALS),
    ),
    Mutant(
        name="answers-the-request-before",
        requirement="protocol.well-formed-http",
        title="A connection that is used again gets the answer to the request before",
        kind="sequence",
        apply=_remembering(lambda answer, before: before or answer),
    ),
    Mutant(
        name="content-of-another-media-type-left-unread",
        requirement="protocol.well-formed-http",
        title="The content of a request that gets a 415 is left on the connection, and read as the next request",
        kind="sequence",
        apply=_remembering(_left_unread),
    ),
    Mutant(
        name="connection-stays-authenticated",
        requirement="security.exact-secret",
        company=("security.unknown-client", "security.exact-client-id"),
        title="Who comes behind valid credentials on their connection is taken for their client",
        kind="sequence",
        apply=_remembering(_authenticated),
    ),
)
