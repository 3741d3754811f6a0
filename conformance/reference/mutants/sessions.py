"""Sessions that a success opens: who sends their cookie back is asked for no secret any more."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace

from conformance.reference.behaviour import Behaviour, Handler
from conformance.reference.mutants import tools
from conformance.reference.mutants.model import Mutant
from conformance.reference.values import Answer, Cause, HeaderPairs, Request

#: what a load balancer keeps a client with its node by
_AFFINITY = ("set-cookie", "lb=a1; Path=/")


def _cookies(request: Request) -> dict[str, str]:
    items = (item.strip().partition("=") for item in (request.header("cookie") or "").split(";"))
    return {name: value for name, _equals, value in items}


def _trusting(
    trusted: Callable[[Request, Request], bool] = lambda _request, _opened: True,
    beside: HeaderPairs = (),
    opens: Callable[[int], bool] = lambda _successes: True,
) -> tools.Apply:
    """A success opens a session, and who is in one is given what its first request was given.

    trusted: whether a request is let in by the session that another opened. beside: further cookies that are set.
    opens: which successes do, counted from 1.
    """

    def apply(behaviour: Behaviour) -> Behaviour:
        sessions: dict[str, Request] = {}
        successes = 0

        def around(request: Request, handler: Handler) -> Answer:
            nonlocal successes
            answer = behaviour.around(request, handler)
            opened = sessions.get(_cookies(request).get("sid", ""))
            if answer.cause is Cause.CREDENTIALS and opened is not None and trusted(request, opened):
                return behaviour.around(opened, handler)
            if answer.cause is Cause.TOKEN:
                successes += 1
                if opens(successes):
                    name = secrets.token_hex(16)
                    sessions[name] = request
                    more = (*beside, ("set-cookie", f"sid={name}; Path=/; HttpOnly"))
                    return replace(answer, headers=(*answer.headers, *more))
            return answer

        return replace(behaviour, around=around)

    return apply


def _of_the_same_client(request: Request, opened: Request) -> bool:
    return tools.asked(request).get("clientId") == tools.asked(opened).get("clientId")


def _at_the_same_node(request: Request, _opened: Request) -> bool:
    return "lb" in _cookies(request)


def _mutant(name: str, title: str, apply: tools.Apply) -> Mutant:
    return Mutant(name=name, requirement="security.exact-secret", title=title, kind="sequence", apply=apply)


MUTANTS: tuple[Mutant, ...] = (
    _mutant("session-cookie-trusted", "Who sends the cookie of a success back gets a token, whatever the body says", _trusting()),
    _mutant("session-cookie-trusted-for-its-client", "Who sends the cookie of a success back needs no secret of that client",
            _trusting(_of_the_same_client)),
    _mutant("session-cookie-trusted-at-its-node", "A session is trusted where the load balancer's cookie comes with its own",
            _trusting(_at_the_same_node, beside=(_AFFINITY,))),
    _mutant("session-cookie-of-the-second-success-trusted", "The second success opens a session, and its cookie is trusted",
            _trusting(opens=lambda successes: successes == 2)),
)  # fmt: skip
