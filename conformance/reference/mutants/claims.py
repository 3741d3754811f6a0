"""Tokens whose claims are not what RFC 7519 says, or tell another time than they should."""

from __future__ import annotations

import json
import uuid
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeAlias

from conformance.reference.behaviour import Behaviour
from conformance.reference.mutants import tools
from conformance.reference.mutants.model import Mutant
from conformance.reference.mutants.tables import applied
from conformance.reference.mutants.tools import after, at_times, claims, serialised, tenth
from conformance.reference.tokens import compact_json
from conformance.reference.values import Client

HOUR = 3600
_UNVERIFIABLE = ("jwt.signature-verifies",)
Change: TypeAlias = Callable[[dict[str, Any]], Any]


def _with(name: str, value: Any) -> Change:
    return lambda made: {**made, name: value}


def _less(*names: str) -> Change:
    return lambda made: {name: value for name, value in made.items() if name not in names}


def _set(name: str, value: Callable[[int], Any], of: str | None = None) -> Change:
    """Set a claim to a function of itself, or of the claim `of`."""
    return lambda made: {**made, name: value(made[of or name])}


def _shifted(seconds: int) -> Change:
    """All times of the token, moved."""
    return lambda made: {**made, "iat": made["iat"] + seconds, "exp": made["exp"] + seconds}


def _iso(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).isoformat()


def _latin_1(made: object) -> bytes:
    return compact_json(made)[:-1] + b',"name":"Espa\xf1a"}'


_NO_OBJECT: tuple[tuple[str, str, Callable[[Any], bytes]], ...] = (
    ("claims-an-array", "The claims are an array", lambda made: compact_json([made])),
    ("claims-a-string", "The claims are the subject alone", lambda made: compact_json(made["sub"])),
    ("claims-null", "The claims are null", lambda _made: b"null"),
    ("claims-a-number", "The claims are the client's number", lambda _made: b"123"),
    ("claims-encoded-twice", "The claims are JSON in a JSON string", lambda made: compact_json(json.dumps(made))),
    ("claims-in-latin-1", "The claims are ISO-8859-1", _latin_1),
    ("claims-in-utf-16", "The claims are UTF-16", lambda made: compact_json(made).decode().encode("utf-16")),
    (
        "claims-with-byte-order-mark",
        "The claims start with a byte order mark",
        lambda made: b"\xef\xbb\xbf" + compact_json(made),
    ),
    ("claims-with-single-quotes", "The claims are a dictionary as Python prints it", lambda made: repr(made).encode()),
    ("claims-cut-off", "The claims' last brace is missing", lambda made: compact_json(made)[:-1]),
    ("claims-with-trailing-comma", "A comma follows the last claim", lambda made: compact_json(made)[:-1] + b",}"),
    ("claims-with-nan", "A claim is NaN", lambda made: compact_json(made)[:-1] + b',"weight":NaN}'),
    ("claims-compressed", "The claims are compressed, as in a JWE", lambda made: zlib.compress(compact_json(made))),
)

_NO_DATES: tuple[tuple[str, str, Change], ...] = (
    ("exp-as-digits", "exp is a string of digits", _set("exp", str)),
    ("exp-as-a-date", "exp is an ISO 8601 date", _set("exp", _iso)),
    ("exp-as-digits-with-a-fraction", "exp is a string with a fraction", _set("exp", lambda exp: f"{exp}.0")),
    ("exp-null", "exp is null", _with("exp", None)),
    ("exp-true", "exp is true", lambda made: {**made, "exp": True}),
    ("exp-an-array", "exp is an array", _set("exp", lambda exp: [exp])),
    ("exp-an-object", "exp is an object of a database's driver", _set("exp", lambda exp: {"$date": exp * 1000})),
    ("iat-as-digits", "iat is a string of digits", _set("iat", str)),
    ("iat-as-a-date", "iat is an ISO 8601 date", _set("iat", _iso)),
    ("iat-null", "iat is null", _with("iat", None)),
    ("nbf-as-a-date", "nbf is an ISO 8601 date", _set("nbf", _iso, "iat")),
    ("nbf-as-digits", "nbf is a string of digits", _set("nbf", str, "iat")),
)

_NO_STRINGS: tuple[tuple[str, str, Change], ...] = (
    ("sub-a-number", "sub is a number", _with("sub", 123)),
    ("sub-null", "sub is null", _with("sub", None)),
    ("sub-an-object", "sub is an object", _with("sub", {"id": "partner"})),
    ("iss-an-object", "iss is an object", _with("iss", {"name": "auth"})),
    ("iss-a-number", "iss is a number", _with("iss", 1)),
    ("iss-an-array", "iss is an array", _with("iss", ["https://auth.reference.example/"])),
    ("aud-a-number", "aud is a number", _with("aud", 7)),
    (
        "aud-with-a-number",
        "aud is an array with a number in it",
        _with("aud", ["https://partners-api.reference.example", 7]),
    ),
    ("aud-an-object", "aud is an object", _with("aud", {"api": "partners"})),
    ("aud-null", "aud is null", _with("aud", None)),
    ("jti-a-number", "jti is a number", _set("jti", lambda jti: int(str(jti)[:12], 16))),
    ("jti-null", "jti is null", _with("jti", None)),
)

_PAST: tuple[tuple[str, str, Change, tuple[str, ...]], ...] = (
    ("exp-is-iat", "exp is the time of issue", _set("exp", int, "iat"), ("jwt.exp-agrees",)),
    ("exp-zero", "exp is 0", _with("exp", 0), ("jwt.exp-agrees",)),
    ("exp-negative", "exp is -1", _with("exp", -1), ("jwt.exp-agrees",)),
    (
        "exp-of-the-example",
        "exp is that of the document's example, in 2024",
        _with("exp", 1_710_655_200),
        ("jwt.exp-agrees",),
    ),
    ("exp-a-lifetime", "exp is the lifetime in place of a time", _with("exp", 86_400), ("jwt.exp-agrees",)),
    (
        "exp-a-day-ago",
        "exp lies as far back as it should lie ahead",
        _set("exp", lambda iat: iat - 86_400, "iat"),
        ("jwt.exp-agrees",),
    ),
    (
        "exp-an-hour-ago",
        "exp is an hour ago: a cache that does not look",
        _set("exp", lambda iat: iat - HOUR, "iat"),
        ("jwt.exp-agrees",),
    ),
)

_DISAGREE: tuple[tuple[str, str, Change], ...] = (
    ("exp-in-milliseconds", "exp is in milliseconds", _set("exp", lambda exp: exp * 1000)),
    ("exp-in-microseconds", "exp is in microseconds", _set("exp", lambda exp: exp * 1_000_000)),
    ("exp-an-hour-late", "exp is in local time, an hour ahead", _set("exp", lambda exp: exp + HOUR)),
    ("exp-an-hour-early", "exp is in local time, an hour behind", _set("exp", lambda exp: exp - HOUR)),
    ("exp-two-hours-late", "exp is in local summer time", _set("exp", lambda exp: exp + 2 * HOUR)),
    ("exp-ten-minutes-early", "expiresIn is not told of a safety margin of ten minutes", _set("exp", lambda exp: exp - 600)),
    ("exp-ten-minutes-late", "exp has a grace of ten minutes that expiresIn does not know", _set("exp", lambda exp: exp + 600)),
    ("exp-of-an-hour", "The token lives an hour, expiresIn says a day", _set("exp", lambda iat: iat + HOUR, "iat")),
    ("exp-of-a-month", "The token lives a month, expiresIn says a day", _set("exp", lambda iat: iat + 30 * 86_400, "iat")),
    ("exp-at-the-end-of-a-week", "exp is rounded up to a week's end, expiresIn says a day",
     _set("exp", lambda exp: (exp // 604_800 + 1) * 604_800 + 86_400)),
    ("exp-at-the-end-of-the-epoch", "exp is 2^31 - 1", _with("exp", (1 << 31) - 1)),
    ("cached-token-with-a-full-lifetime", "A token of an hour ago is handed out, expiresIn is not counted down",
     _shifted(-HOUR)),
)  # fmt: skip

_UNITS: tuple[tuple[str, str, int], ...] = (
    ("expires-in-in-milliseconds", "expiresIn is in milliseconds", 86_400_000),
    ("expires-in-in-minutes", "expiresIn is in minutes", 1_440),
    ("expires-in-in-hours", "expiresIn is in hours", 24),
    ("expires-in-of-the-configuration", "expiresIn is a setting of its own: an hour", HOUR),
    ("expires-in-a-time", "expiresIn is a time in place of a span", 1_900_000_000),
    ("expires-in-ten-minutes-short", "expiresIn is ten minutes short", 85_800),
)

_EARLY: tuple[tuple[str, str, str, Change, tuple[str, ...]], ...] = (
    ("iat-an-hour-ahead", "jwt.iat-not-future", "iat is in local time", _set("iat", lambda iat: iat + HOUR), ()),
    ("iat-in-milliseconds", "jwt.iat-not-future", "iat is in milliseconds", _set("iat", lambda iat: iat * 1000), ()),
    (
        "iat-ten-minutes-ahead",
        "jwt.iat-not-future",
        "The signer's clock is ten minutes ahead, for iat alone",
        _set("iat", lambda iat: iat + 600),
        (),
    ),
    ("iat-is-exp", "jwt.iat-not-future", "iat is exp", _set("iat", int, "exp"), ()),
    (
        "clock-an-hour-ahead",
        "jwt.iat-not-future",
        "The server's clock is an hour ahead",
        _shifted(HOUR),
        ("jwt.exp-agrees",),
    ),
    ("nbf-an-hour-ahead", "jwt.nbf-not-future", "nbf is in local time", _set("nbf", lambda iat: iat + HOUR, "iat"), ()),
    (
        "nbf-tomorrow",
        "jwt.nbf-not-future",
        "The token is not valid before tomorrow",
        _set("nbf", lambda iat: iat + 86_400, "iat"),
        (),
    ),
    (
        "nbf-in-milliseconds",
        "jwt.nbf-not-future",
        "nbf is in milliseconds",
        _set("nbf", lambda iat: iat * 1000, "iat"),
        (),
    ),
    ("nbf-is-exp", "jwt.nbf-not-future", "nbf and exp are one", _set("nbf", int, "exp"), ()),
)


def _same_jti(behaviour: Behaviour) -> Behaviour:
    """One jti for all tokens, which differ otherwise."""
    jti = uuid.uuid4().hex
    return claims(lambda made: {**made, "jti": jti, "sid": uuid.uuid4().hex})(behaviour)


def _jti_of_few(count: int) -> tools.Apply:
    """A jti from a counter that starts again at `count`."""

    def apply(behaviour: Behaviour) -> Behaviour:
        issued = 0

        def change(made: dict[str, Any]) -> dict[str, Any]:
            nonlocal issued
            issued += 1
            return {**made, "jti": f"token-{issued % count}", "sid": uuid.uuid4().hex}

        return claims(change)(behaviour)

    return apply


def _by_turns(*changes: Change) -> tools.Apply:
    """Each token is changed by the next of `changes`."""

    def apply(behaviour: Behaviour) -> Behaviour:
        issued = 0

        def make(client: Client, now: int, lifetime: int) -> object:
            nonlocal issued
            issued += 1
            made: Any = behaviour.claims(client, now, lifetime)
            return changes[issued % len(changes)](made)

        return tools.changing(claims=make)(behaviour)

    return apply


_STABLE: tuple[tuple[str, str, tools.Apply], ...] = (
    ("subject-at-random", "Each token has another subject", claims(lambda made: {**made, "sub": uuid.uuid4().hex})),
    ("issuers-by-turns", "Two replicas call themselves differently",
     _by_turns(_with("iss", "https://auth-1.example/"), _with("iss", "https://auth-2.example/"))),
    ("issuer-with-and-without-slash", "The issuer has a slash at its end on one replica only",
     _by_turns(_with("iss", "https://auth.reference.example/"), _with("iss", "https://auth.reference.example"))),
    ("audiences-by-turns", "Two replicas name different audiences",
     _by_turns(_with("aud", "https://a.example"), _with("aud", ["https://a.example", "https://b.example"]))),
    ("audience-changes-after-ten", "After ten tokens the audience is another",
     at_times(after(10), claims(_with("aud", "https://partners-api-next.example")))),
)  # fmt: skip


def _table(rows: tuple[tuple[str, str, Change], ...]) -> list[tuple[str, str, tools.Apply]]:
    return [(name, title, claims(change)) for name, title, change in rows]


MUTANTS: tuple[Mutant, ...] = (
    *applied(
        "jwt.claims-object",
        ((n, t, serialised(payload=change)) for n, t, change in _NO_OBJECT),
        ("jwt.exp-present", *_UNVERIFIABLE),
    ),
    *applied(
        "jwt.numeric-dates", _table(_NO_DATES), ("jwt.exp-present", "jwt.exp-future", "jwt.exp-agrees", *_UNVERIFIABLE)
    ),
    *applied("jwt.string-claims", _table(_NO_STRINGS), _UNVERIFIABLE),
    *applied(
        "jwt.exp-present",
        (
            ("exp-left-out", "There is no exp: the token lives for ever", claims(_less("exp"))),
            (
                "exp-called-expires",
                "exp is called expires",
                claims(lambda made: {**_less("exp")(made), "expires": made["exp"]}),
            ),
            (
                "exp-in-the-metadata",
                "exp stands below the metadata",
                claims(lambda made: {**_less("exp")(made), "metadata": {"exp": made["exp"]}}),
            ),
            ("claims-an-empty-object", "There are no claims at all", claims(lambda _made: {})),
        ),
    ),
    *(
        mutant
        for name, title, change, company in _PAST
        for mutant in applied("jwt.exp-future", ((name, title, claims(change)),), (*company, *_UNVERIFIABLE))
    ),
    *applied("jwt.exp-agrees", _table(_DISAGREE), _UNVERIFIABLE),
    *applied(
        "jwt.exp-agrees", ((name, title, tools.envelope(_with("expiresIn", value))) for name, title, value in _UNITS)
    ),
    *(
        mutant
        for name, requirement, title, change, company in _EARLY
        for mutant in applied(requirement, ((name, title, claims(change)),), (*company, *_UNVERIFIABLE))
    ),
    *applied("jwt.stable-identity", _STABLE),
    Mutant(
        name="jti-of-the-client",
        requirement="jwt.unique-id",
        title="Each token has the same jti",
        kind="sequence",
        apply=_same_jti,
    ),
    Mutant(
        name="jti-starts-again",
        requirement="jwt.unique-id",
        title="The counter that jti comes from starts again after five tokens",
        kind="sequence",
        apply=_jti_of_few(5),
    ),
    Mutant(
        name="one-in-ten-tokens-has-expired",
        requirement="jwt.exp-future",
        company=("jwt.exp-agrees",),
        title="One in ten tokens has expired: a replica whose cache does not look",
        kind="sometimes",
        apply=at_times(tenth, claims(_shifted(-2 * 86_400))),
    ),
    Mutant(
        name="one-in-ten-tokens-an-hour-ahead",
        requirement="jwt.iat-not-future",
        title="One in ten tokens comes from a replica in local time",
        kind="sometimes",
        apply=at_times(tenth, claims(_set("iat", lambda iat: iat + HOUR))),
    ),
    Mutant(
        name="one-in-ten-tokens-without-exp",
        requirement="jwt.exp-present",
        title="One in ten tokens has no exp",
        kind="sometimes",
        apply=at_times(tenth, claims(_less("exp"))),
    ),
    Mutant(
        name="one-in-ten-tokens-of-an-hour",
        requirement="jwt.exp-agrees",
        title="One in ten tokens lives an hour, expiresIn says a day",
        kind="sometimes",
        apply=at_times(tenth, claims(_set("exp", lambda iat: iat + HOUR, "iat"))),
    ),
    Mutant(
        name="token-expires-in-the-cache",
        requirement="jwt.exp-future",
        company=("jwt.exp-agrees",),
        title="After twelve tokens the one that is handed out has expired",
        kind="sequence",
        apply=at_times(after(12), claims(_shifted(-2 * 86_400))),
    ),
    Mutant(
        name="exp-drifts",
        requirement="jwt.exp-agrees",
        title="From the eighth token on, exp is twenty minutes off",
        kind="sequence",
        apply=at_times(after(7), claims(_set("exp", lambda exp: exp - 1200))),
    ),
)
