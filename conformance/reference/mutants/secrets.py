"""Tokens for credentials that are near the true pair, or near nothing."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeAlias

from conformance.reference.behaviour import Behaviour, Handler
from conformance.reference.mutants import tools
from conformance.reference.mutants.comparing import NEAR, Same, lax
from conformance.reference.mutants.model import Mutant
from conformance.reference.mutants.tables import applied
from conformance.reference.values import Answer, Client, Credentials, Request

_SECRET = ("status.wrong-credentials", "status.unusual-credentials")
_CLIENT = (*_SECRET, "security.unknown-client")

Check: TypeAlias = Callable[[Credentials, Client], bool]


def _secret(same: Same) -> tools.Apply:
    return tools.changing(
        authenticate=lambda credentials, client: (
            credentials.client_id == client.id and lax(same)(credentials.client_secret, client.secret)
        )
    )


def _client_id(same: Same) -> tools.Apply:
    return tools.changing(
        authenticate=lambda credentials, client: (
            lax(same)(credentials.client_id, client.id) and credentials.client_secret == client.secret
        )
    )


def _also(check: Check) -> tools.Apply:
    """The true pair passes, and what `check` says besides."""
    return tools.changing(
        authenticate=lambda credentials, client: (
            credentials == Credentials(client.id, client.secret) or check(credentials, client)
        )
    )


def _trusting(name: str, value: str) -> tools.Apply:
    """A known client needs no secret where a field says so: that anybody may send it was forgotten."""

    def apply(behaviour: Behaviour) -> Behaviour:
        trusted = False

        def around(request: Request, handler: Handler) -> Answer:
            nonlocal trusted
            trusted = request.header(name) == value
            return behaviour.around(request, handler)

        def authenticate(credentials: Credentials, client: Client) -> bool:
            known = trusted and credentials.client_id == client.id
            return known or behaviour.authenticate(credentials, client)

        return replace(behaviour, around=around, authenticate=authenticate)

    return apply


_TRUSTING = (
    ("local-address-trusted", "X-Forwarded-For: 127.0.0.1 stands in for a secret", _trusting("x-forwarded-for", "127.0.0.1")),
    ("internal-field-trusted", "X-Internal: true stands in for a secret", _trusting("x-internal", "true")),
)  # fmt: skip

_NOT_FOR_IDS = frozenset(
    {
        "72-octets-compared",
        "cut-to-a-column",
        "sha256-accepted",
        "md5-accepted",
        "sha1-accepted",
        "checksum-compared",
        "object-word-accepted",
    }
)


def _near() -> Iterator[Mutant]:
    for sin, (title, same) in NEAR.items():
        yield Mutant(name=f"secret-{sin}", requirement="security.exact-secret", company=_SECRET,
                     title=f"The client secret: {_lowered(title)}", kind="one-class", apply=_secret(same))  # fmt: skip
        if sin not in _NOT_FOR_IDS:
            yield Mutant(name=f"client-id-{sin}", requirement="security.exact-client-id", company=_CLIENT,
                         title=f"The client id: {_lowered(title)}", kind="one-class", apply=_client_id(same))  # fmt: skip


def _lowered(title: str) -> str:
    return title if title[1:2].isupper() or not title[0].isalpha() else title[0].lower() + title[1:]


_PAIRS: tuple[tuple[str, str, Check], ...] = (
    ("secret-not-compared", "Any secret passes with the true client id", lambda c, t: c.client_id == t.id),
    ("any-non-empty-secret-accepted", "Any secret that is not empty passes with the true client id",
     lambda c, t: c.client_id == t.id and bool(c.client_secret)),
    ("id-and-secret-swapped", "The pair passes the wrong way round", lambda c, t: (c.client_id, c.client_secret) == (t.secret, t.id)),
    ("client-id-as-its-secret", "The client id passes as its own secret", lambda c, t: c.client_id == c.client_secret == t.id),
    ("secret-with-its-id-before-it", "The secret passes with the id and a colon before it",
     lambda c, t: c.client_id == t.id and c.client_secret == f"{t.id}:{t.secret}"),
    ("hash-of-the-pair-accepted", "The SHA-256 of id and secret passes",
     lambda c, t: c.client_id == t.id and c.client_secret == hashlib.sha256(f"{t.id}:{t.secret}".encode()).hexdigest()),
    ("secret-with-its-scheme", "The secret passes with Basic and a space before it",
     lambda c, t: c.client_id == t.id and c.client_secret.lower() in (f"basic {t.secret}".lower(), f"bearer {t.secret}".lower())),
    ("default-password-accepted", "A default password passes for each client",
     lambda c, t: c.client_id == t.id and c.client_secret in ("password", "changeme", "secret", "admin", "test", "123456")),
)  # fmt: skip

_IDS: tuple[tuple[str, str, Check], ...] = (
    ("client-id-not-compared", "The secret alone finds its client", lambda c, t: c.client_secret == t.secret),
    ("client-id-looked-up-as-an-address", "The client id passes with a domain after it",
     lambda c, t: c.client_id.rpartition("@")[0] == t.id and c.client_secret == t.secret),
    ("client-id-prefix-is-a-tenant", "What follows a colon in the client id does not count",
     lambda c, t: c.client_id.split(":")[0] == t.id and c.client_secret == t.secret),
    ("percent-finds-any-client", "The client id is looked up with LIKE, and the secret alone decides",
     lambda c, t: c.client_id == "%" and c.client_secret == t.secret),
    ("client-id-is-a-pattern", "A full stop of the client id is any character, because it is kept as a pattern",
     lambda c, t: re.fullmatch(t.id, c.client_id) is not None and c.client_secret == t.secret),
    ("client-id-as-a-path", "The client id passes with ./ before it",
     lambda c, t: c.client_id.removeprefix("./") == t.id and c.client_secret == t.secret),
    ("client-id-of-the-subject", "The subject of the token passes as client id",
     lambda c, t: c.client_id == f"{t.id}@clients" and c.client_secret == t.secret),
)  # fmt: skip


def _strange(condition: Callable[[str], object]) -> Check:
    return lambda c, _t: bool(condition(c.client_id) or condition(c.client_secret))


_STRANGERS: tuple[tuple[str, str, Check], ...] = (
    ("secret-behind-its-id", "The pair is compared as one text, without a border",
     lambda c, t: c.client_id + c.client_secret == t.id + t.secret),
    ("anyone-accepted", "Any pair of strings passes", lambda _c, _t: True),
    ("id-equal-to-secret-accepted", "Any pair passes whose parts are equal", lambda c, _t: c.client_id == c.client_secret),
    ("two-empty-strings-accepted", "Two empty strings pass", lambda c, _t: not c.client_id and not c.client_secret),
    ("unknown-client-with-empty-secret-accepted", "An unknown client without a secret is a public one",
     lambda c, t: c.client_id != t.id and not c.client_secret),
    ("unknown-client-accepted", "A client that is not found has no secret to compare", lambda c, t: c.client_id != t.id),
    *((f"unknown-client-with-secret-{word.lower()}", f"The secret of a client that is not found is written {word}, and that passes",
       lambda c, t, word=word: c.client_id != t.id and c.client_secret == word) for word in ("undefined", "None", "null")),
    ("test-client-left-in", "A test client was left in", lambda c, _t: c.client_id in ("test", "admin", "demo", "client", "root")),
    ("fails-open-on-nul", "The check fails on U+0000, and failing passes", _strange(lambda s: "\0" in s)),
    ("fails-open-on-quotes", "The check fails on an apostrophe, and failing passes", _strange(lambda s: "'" in s)),
    ("fails-open-on-long-input", "The check fails over 1,024 characters, and failing passes", _strange(lambda s: len(s) > 1024)),
    ("fails-open-on-astral-characters", "The check fails beyond U+FFFF, and failing passes",
     _strange(lambda s: any(character > "\uffff" for character in s))),
    ("fails-open-on-non-ascii", "The check fails beyond ASCII, and failing passes", _strange(lambda s: not s.isascii())),
    ("fails-open-on-control-characters", "The check fails on control characters, and failing passes",
     _strange(lambda s: any(character < " " for character in s))),
    ("injected-everywhere", "' OR '1'='1 as client id and as secret passes",
     lambda c, _t: "' or" in c.client_id.lower() or "' or" in c.client_secret.lower()),
)  # fmt: skip

MUTANTS: tuple[Mutant, ...] = (
    *_near(),
    *applied(
        "security.exact-secret",
        ((n, t, _also(check)) for n, t, check in _PAIRS),
        (*_SECRET, "security.exact-client-id"),
    ),
    *applied("security.exact-secret", _TRUSTING, _SECRET),
    *applied("security.exact-client-id", ((n, t, _also(check)) for n, t, check in _IDS), _CLIENT),
    *applied(
        "security.unknown-client",
        ((n, t, _also(check)) for n, t, check in _STRANGERS),
        (*_SECRET, "security.exact-client-id", "security.exact-secret", "security.same-refusal"),
    ),
    Mutant(
        name="one-in-ten-strangers-accepted",
        requirement="security.unknown-client",
        company=(*_SECRET, "security.exact-client-id", "security.exact-secret", "status.same-answer"),
        title="One in ten unknown clients meets a node that checks nothing",
        kind="sometimes",
        apply=tools.at_times(tools.tenth, _also(lambda _c, _t: True)),
    ),
)
