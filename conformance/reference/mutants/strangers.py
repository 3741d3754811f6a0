"""State of one request that the next one finds: answers and tokens that name somebody else's client."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.reference.behaviour import Behaviour, Handler
from conformance.reference.mutants import tools
from conformance.reference.mutants.model import Mutant
from conformance.reference.mutants.tools import asked
from conformance.reference.values import Answer, Cause, Client, Credentials, Request

REQUIREMENT = "security.no-foreign-data"


def _asked_for(member: str) -> Callable[[Request], str | None]:
    """That member of the request, where it is a text."""

    def read(request: Request) -> str | None:
        value = asked(request).get(member)
        return value if isinstance(value, str) else None

    return read


def _showing(
    show: Callable[[Answer, str], Answer],
    *causes: Cause,
    member: str = "clientId",
    back: int = 1,
    trigger: tools.Trigger = tools.always,
    keeps: Callable[[Answer], bool] = lambda _answer: True,
) -> tools.Apply:
    """Show what an earlier request had in that member, in answers of these causes.

    back: which of the earlier ones, from the last. keeps: whose member is kept, by what was answered.
    """
    read = _asked_for(member)

    def apply(behaviour: Behaviour) -> Behaviour:
        kept: list[str] = []
        fires = trigger()

        def around(request: Request, handler: Handler) -> Answer:
            answer = behaviour.around(request, handler)
            if answer.cause in causes and len(kept) >= back and fires():
                answer = show(answer, kept[-back])
            now = read(request)
            if now is not None and keeps(answer):
                kept.append(now)
            return answer

        return replace(behaviour, around=around)

    return apply


def _member(name: str) -> Callable[[Answer, str], Answer]:
    return lambda answer, kept: replace(answer, body=json.dumps({**json.loads(answer.body), name: kept}).encode())


def _escaped(answer: Answer, kept: str) -> Answer:
    """The message names it, every character escaped."""
    units = f"No client {kept}".encode("utf-16-be", "surrogatepass")
    text = "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
    message = json.dumps(json.loads(answer.body)["message"]).encode()
    return replace(answer, body=answer.body.replace(message, b'"' + text.encode() + b'"'))


def _field(answer: Answer, kept: str) -> Answer:
    return answer.with_header("x-client", re.sub("[^!-~]", "?", kept)[:1000])


def _named(claims: dict[str, Any], who: str) -> dict[str, Any]:
    return {**claims, "sub": f"{who}@clients", "azp": who}


def _tried(change: Callable[[dict[str, Any], str], dict[str, Any]], *, refused: bool = False) -> tools.Apply:
    """The claims are made of whoever tried first since the last token; refused: of who was refused last."""

    def apply(behaviour: Behaviour) -> Behaviour:
        first: str | None = None

        def authenticate(credentials: Credentials, client: Client) -> bool:
            nonlocal first
            passed = behaviour.authenticate(credentials, client)
            who = credentials.client_id
            # not where the secret was sent in its place: that breaks more than this
            if refused and not passed and who.isprintable() and len(who) < 64 and client.secret not in who:
                first = who
            elif not refused:
                first = first or credentials.client_id
            return passed

        def claims(client: Client, now: int, lifetime: int) -> object:
            nonlocal first
            who, first = first, None
            made: Any = behaviour.claims(client, now, lifetime)
            return change(made, who) if who is not None else made

        return replace(behaviour, authenticate=authenticate, claims=claims)

    return apply


def _mutant(name: str, title: str, apply: tools.Apply, *company: str) -> Mutant:
    return Mutant(name=name, requirement=REQUIREMENT, company=company, title=title, kind="sequence", apply=apply)


_401 = (Cause.CREDENTIALS,)
#: refusals that name somebody are not the same for each, and where it is chance whose name it is they tell nothing more
_REFUSALS = "security.same-refusal"
#: where the secret was sent as a client id, what is shown of the caller before is the secret
_ECHO = "security.no-echo"

MUTANTS: tuple[Mutant, ...] = (
    _mutant("previous-caller-in-a-401", "A 401 has a member with the client id of the caller before",
            _showing(_member("clientId"), *_401), _REFUSALS, _ECHO),
    _mutant("previous-caller-in-a-401-escaped", "The message of a 401 names the caller before, in escapes",
            _showing(_escaped, *_401), _REFUSALS),
    _mutant("previous-caller-in-a-field", "A field of a 401 names the caller before",
            _showing(_field, *_401), _REFUSALS, _ECHO),
    _mutant("previous-secret-in-a-401", "A 401 has a member with the secret of the caller before",
            _showing(_member("debug"), *_401, member="clientSecret"), _REFUSALS, "security.no-echo"),
    _mutant("last-refused-in-a-400", "A 400 for a missing member names who was refused last",
            _showing(_member("clientId"), Cause.MISSING_MEMBER, Cause.WRONG_TYPE,
                     keeps=lambda answer: answer.cause is Cause.CREDENTIALS)),
    _mutant("last-refused-beside-a-token", "A token comes with the client id of who was refused last",
            _showing(_member("client"), Cause.TOKEN, keeps=lambda answer: answer.cause is Cause.CREDENTIALS),
            _ECHO),
    _mutant("third-last-caller-in-one-of-ten-401s", "One in ten 401s shows who asked three requests before: a pooled object",
            _showing(_member("clientId"), *_401, back=3, trigger=tools.tenth)),
    _mutant("token-of-whoever-tried-first", "The claims name the client that tried first since the last token", _tried(_named)),
    _mutant("token-of-who-was-refused-last", "The claims name the client that was refused last, if one was",
            _tried(_named, refused=True)),
    _mutant("who-was-refused-last-among-the-claims", "A claim of its own names the client that was refused last",
            _tried(lambda claims, who: {**claims, "act": {"sub": f"client:{who}"}}, refused=True)),
)  # fmt: skip
