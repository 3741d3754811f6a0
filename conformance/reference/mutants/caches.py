"""Answers right once and wrong later: caches that look at too little, and state that outlives its request."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any

from conformance.reference.behaviour import Behaviour, Handler, Receive, Scope, Send
from conformance.reference.mutants import tools
from conformance.reference.mutants.model import Mutant
from conformance.reference.tokens import compact_json
from conformance.reference.values import Answer, Cause, Client, Credentials, Request

_LAX = (
    "status.wrong-credentials",
    "status.unusual-credentials",
    "security.exact-secret",
    "security.exact-client-id",
    "security.unknown-client",
    "security.same-refusal",
    "status.same-answer",
)


def _remembering(key: Callable[[Credentials], Hashable]) -> tools.Apply:
    """After a success, whatever has the same key passes."""

    def apply(behaviour: Behaviour) -> Behaviour:
        known: set[Hashable] = set()

        def authenticate(credentials: Credentials, client: Client) -> bool:
            if behaviour.authenticate(credentials, client):
                known.add(key(credentials))
            return key(credentials) in known

        return replace(behaviour, authenticate=authenticate)

    return apply


def _cached(key: Callable[[Request], Hashable], *causes: Cause) -> tools.Apply:
    """A cache in front: what has the same key as a request that was answered so gets the same answer."""

    def apply(behaviour: Behaviour) -> Behaviour:
        answers: dict[Hashable, Answer] = {}

        def around(request: Request, handler: Handler) -> Answer:
            if request.method != "POST":
                return behaviour.around(request, handler)
            known = answers.get(key(request))
            if known is not None:
                return known
            answer = behaviour.around(request, handler)
            if answer.cause in causes:
                answers[key(request)] = answer
            return answer

        return replace(behaviour, around=around)

    return apply


def _shared_answer(behaviour: Behaviour) -> Behaviour:
    """The answer waits in a variable that all requests share: who overlaps gets another's."""
    held: list[Answer] = []

    async def deliver(answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
        held[:] = [answer]
        await asyncio.sleep(0.002)
        await behaviour.deliver(held[0], scope, receive, send)

    return replace(behaviour, deliver=deliver)


def _left_open(behaviour: Behaviour) -> Behaviour:
    """The request after a success passes: a flag that is cleared too late."""
    passed = False

    def authenticate(credentials: Credentials, client: Client) -> bool:
        nonlocal passed
        before, passed = passed, behaviour.authenticate(credentials, client)
        return before or passed

    return replace(behaviour, authenticate=authenticate)


def _shut_after_wrong(behaviour: Behaviour) -> Behaviour:
    """A wrong secret is remembered by client id, and the next right one is refused."""
    wrong: set[str] = set()

    def authenticate(credentials: Credentials, client: Client) -> bool:
        if credentials.client_id in wrong:
            wrong.discard(credentials.client_id)
            return False
        if behaviour.authenticate(credentials, client):
            return True
        wrong.add(credentials.client_id)
        return False

    return replace(behaviour, authenticate=authenticate)


def _worn_out(attempts: int, matches: Callable[[Credentials, Client], bool]) -> tools.Apply:
    """After so many refusals of those that match, the next passes: a counter that fails open."""

    def apply(behaviour: Behaviour) -> Behaviour:
        refused = 0

        def authenticate(credentials: Credentials, client: Client) -> bool:
            nonlocal refused
            if behaviour.authenticate(credentials, client):
                return True
            if not matches(credentials, client):
                return False
            refused += 1
            return refused % attempts == 0

        return replace(behaviour, authenticate=authenticate)

    return apply


def _sequence(name: str, requirement: str, title: str, apply: tools.Apply, company: tuple[str, ...] = _LAX) -> Mutant:
    others = tuple(other for other in company if other != requirement)
    return Mutant(name=name, requirement=requirement, company=others, title=title, kind="sequence", apply=apply)


#: what is kept with its token stands still
_KEPT = ("jwt.exp-agrees",)


def _kept_token(behaviour: Behaviour) -> Behaviour:
    """The first answer with a token is given to whoever gets one."""
    kept: list[bytes] = []

    def around(request: Request, handler: Handler) -> Answer:
        answer = behaviour.around(request, handler)
        if answer.cause is not Cause.TOKEN:
            return answer
        kept.append(answer.body)
        return replace(answer, body=kept[0])

    return replace(behaviour, around=around)


SECONDS = 4
KEPT_FOR = 60


def _outliving(behaviour: Behaviour) -> Behaviour:
    """A token of a few seconds is kept for a minute; what is left of its life never falls under a second."""
    kept: list[tuple[float, dict[str, Any]]] = []

    def around(request: Request, handler: Handler) -> Answer:
        answer = behaviour.around(request, handler)
        if answer.cause is not Cause.TOKEN:
            return answer
        now = behaviour.clock()
        if not kept or now - kept[0][0] > KEPT_FOR:
            kept[:] = [(now, json.loads(answer.body))]
        since, first = kept[0]
        return replace(answer, body=compact_json({**first, "expiresIn": max(1, SECONDS - int(now - since))}))

    return replace(behaviour, lifetime=SECONDS, around=around)


MUTANTS: tuple[Mutant, ...] = (
    _sequence("kept-token-outlives-itself", "jwt.exp-future",
              "A token of four seconds is handed out for a minute", _outliving, ()),
    _sequence("expires-in-of-a-kept-token-stands-still", "jwt.exp-agrees",
              "A token is kept with its whole answer: expiresIn does not count down", _kept_token, ()),
    _sequence("cache-by-client-id", "security.exact-secret",
              "After a success any secret passes with that client id", _remembering(lambda c: c.client_id)),
    _sequence("cache-by-secret", "security.exact-client-id",
              "After a success any client id passes with that secret", _remembering(lambda c: c.client_secret)),
    _sequence("cache-by-lower-case", "security.exact-secret",
              "After a success the pair passes in any letter case",
              _remembering(lambda c: (c.client_id.lower(), c.client_secret.lower()))),
    _sequence("cache-by-trimmed-pair", "security.exact-secret",
              "After a success the pair passes with white space around it",
              _remembering(lambda c: (c.client_id.strip(), c.client_secret.strip()))),
    _sequence("cache-by-joined-pair", "security.unknown-client",
              "After a success the pair passes with its border elsewhere",
              _remembering(lambda c: c.client_id + c.client_secret)),
    _sequence("cache-by-lengths", "security.exact-secret",
              "After a success any pair of the same lengths passes",
              _remembering(lambda c: (len(c.client_id), len(c.client_secret)))),
    _sequence("cache-by-length-of-secret", "security.exact-secret",
              "After a success any secret of the same length passes with that client id",
              _remembering(lambda c: (c.client_id, len(c.client_secret)))),
    _sequence("cache-by-first-characters", "security.exact-secret",
              "After a success any secret that starts alike passes with that client id",
              _remembering(lambda c: (c.client_id, c.client_secret[:6]))),
    _sequence("cache-by-sum-of-characters", "security.exact-secret",
              "After a success any secret with the same sum of characters passes",
              _remembering(lambda c: (c.client_id, sum(map(ord, c.client_secret))))),
    _sequence("one-success-lets-all-in", "security.unknown-client",
              "After a success everyone from that address passes", _remembering(lambda _c: None)),
    _sequence("request-after-a-success-passes", "security.unknown-client",
              "The first credentials after a success pass, whatever they are", _left_open),
    _sequence("answers-shared-by-overlapping-requests", "security.unknown-client",
              "The answer waits in a variable that all requests share", _shared_answer,
              ("status.valid-credentials", "status.wrong-credentials", "security.same-refusal", "status.same-answer")),
    _sequence("answers-cached-by-body-length", "security.exact-secret",
              "A cache in front compares the lengths of bodies", _cached(lambda r: len(r.body), Cause.TOKEN),
              (*_KEPT, *_LAX, "status.not-json", "status.wrong-type", "security.invalid-body-no-token",
               "security.other-channel-no-token", "status.media-type", "jwt.unique-id")),
    _sequence("answers-cached-by-start-of-body", "security.exact-secret",
              "A cache in front compares the first 40 octets of bodies", _cached(lambda r: r.body[:40], Cause.TOKEN),
              (*_KEPT, *_LAX, "status.not-json", "status.wrong-type", "status.media-type", "status.missing-member",
               "security.invalid-body-no-token", "security.other-channel-no-token")),
    _sequence("answers-cached-without-content-type", "security.other-channel-no-token",
              "A cache in front does not look at Content-Type", _cached(lambda r: r.body, Cause.TOKEN),
              (*_KEPT, "status.media-type")),
    _sequence("answers-cached-in-lower-case", "security.exact-secret",
              "A cache in front compares bodies in lower case", _cached(lambda r: r.body.lower(), Cause.TOKEN),
              (*_KEPT, *_LAX, "status.missing-member", "security.invalid-body-no-token", "security.other-channel-no-token",
               "status.media-type")),
    _sequence("answers-cached-without-white-space", "security.exact-secret",
              "A cache in front takes all white space out of bodies",
              _cached(lambda r: b"".join(r.body.split()), Cause.TOKEN),
              (*_KEPT, *_LAX, "security.invalid-body-no-token", "status.not-json", "security.other-channel-no-token",
               "status.media-type")),
    _sequence("refusals-cached-by-client-id", "status.valid-credentials",
              "After a wrong secret the next right one is refused", _shut_after_wrong,
              ("status.same-answer", "status.equivalent-json", "status.undeclared-members", "status.unrelated-headers",
               "status.json-media-type")),
    _sequence("eighth-wrong-secret-passes", "security.exact-secret",
              "The eighth wrong secret of a client passes: a counter overflows",
              _worn_out(8, lambda c, t: c.client_id == t.id)),
    _sequence("thirtieth-stranger-passes", "security.unknown-client",
              "After thirty refusals the next stranger passes: the limiter fails open",
              _worn_out(30, lambda c, t: c.client_id != t.id)),
    Mutant(
        name="one-in-ten-wrong-secrets-passes",
        requirement="security.exact-secret",
        company=tuple(other for other in _LAX if other != "security.exact-secret"),
        title="One in ten wrong secrets meets a node that looks at the client id only",
        kind="sometimes",
        apply=_worn_out(10, lambda c, t: c.client_id == t.id),
    ),
    Mutant(
        name="one-in-ten-wrong-client-ids-passes",
        requirement="security.exact-client-id",
        company=tuple(other for other in _LAX if other != "security.exact-client-id"),
        title="One in ten wrong client ids meets a node that looks at the secret only",
        kind="sometimes",
        apply=_worn_out(10, lambda c, t: c.client_secret == t.secret),
    ),
)  # fmt: skip
