"""What only shows between exchanges, on literals and by a made-up clock."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from itertools import chain, zip_longest
from typing import NamedTuple

import pytest

from conformance.checks.assessment import Assessment
from conformance.messages import Request, Response
from conformance.redaction import Redactor
from conformance.secret import Secret
from tests.checks.literals import (
    ABSENT,
    CHALLENGE,
    CLAIMS,
    CLIENT_ID,
    HEADER,
    LIFETIME,
    NO_STORE,
    NOW,
    PAIR,
    VALID,
    answered,
    asked,
    broken,
    each,
    exchange,
    judge,
    members,
    refusal,
    signature,
    success,
    token,
    wrong,
)

AGREES = "jwt.exp-agrees"
IDENTITY = "jwt.stable-identity"
GENUINE = "jwt.signature-genuine"
SAME_ANSWER = "status.same-answer"
SAME_REFUSAL = "security.same-refusal"


class Step(NamedTuple):
    """An answer, what was asked, and when: seconds since the first."""

    answered: Response
    asked: Request = VALID
    after: float = 0
    elapsed: float = 0.0


class Run(NamedTuple):
    """Exchanges one after the other, and what the last one breaks; those before it break nothing."""

    name: str
    steps: tuple[Step, ...]
    broken: str = ""

    def assessments(self) -> list[Assessment]:
        """What one judge says of each."""
        one = judge()
        return [
            one.judge(exchange(step.asked, step.answered, at=NOW + step.after, elapsed=step.elapsed))[1]
            for step in self.steps
        ]


def fresh(after: float = 0, alg: str = "RS256", seed: object = None, **changes: object) -> Step:
    """A token that is made then; the seed of its signature is its own unless one is given."""
    claims = members(CLAIMS, {"iat": NOW + after, "exp": NOW + after + LIFETIME, **changes})
    signed = signature(256, repr((claims, alg)) if seed is None else repr(seed))
    return Step(success(accessToken=token(claims, HEADER | {"alg": alg}, signed)), after=after)


def kept(after: float, expires_in: int, **changes: object) -> Step:
    """The token of the beginning, given again."""
    return Step(success(accessToken=token(members(CLAIMS, changes)), expiresIn=expires_in), after=after)


def drift(name: str, broken: str = IDENTITY, first: dict[str, object] | None = None, **changes: object) -> Run:
    """Two tokens, the second with other claims."""
    return Run(name, (fresh(**(first or {})), fresh(60, **changes)), broken)  # type: ignore[arg-type]


def twice(name: str, request: Request, first: int, second: int, broken: str = SAME_ANSWER) -> Run:
    """The same request, answered by one status and then by another."""
    return Run(
        name,
        tuple(Step(success() if status == 200 else refusal(status), request) for status in (first, second)),
        broken,
    )


def refusals(
    client: str, count: int, message: str = "no", *fields: tuple[str, str], elapsed: float = 0.0
) -> tuple[Step, ...]:
    """Refusals of wrong secrets; `*` stands for a letter, and in the message `#` for a count; `@` is the client id, `^` twelve characters of it."""
    steps = []
    for at, letter in enumerate("abcdefghijklmnopqrstuvwxyz"[:count]):
        name = client.replace("*", letter)
        body = {"error": 401, "message": message.replace("#", str(at)).replace("@", name).replace("^", name[:12])}
        request = wrong(clientId=name, clientSecret=f"wrong {at}")
        sent = [(key, value.replace("@", name)) for key, value in fields or (CHALLENGE,)]
        steps.append(Step(answered(401, body, *sent), request, elapsed=elapsed))
    return tuple(steps)


unknown = partial(refusals, "no-such-client-*")
known = partial(refusals, CLIENT_ID)


def told(name: str, broken: str, strangers: tuple[Step, ...], own: tuple[Step, ...]) -> Run:
    """Refusals of either kind, those of the true client last."""
    return Run(name, strangers + own, broken)


def in_turn(name: str, broken: str, strangers: tuple[Step, ...], own: tuple[Step, ...]) -> Run:
    """Refusals of either kind, one after the other; then what is left of the one."""
    both = zip_longest(strangers, own)
    return Run(name, tuple(step for step in chain.from_iterable(both) if step is not None), broken)


UNTYPED = asked(media=None)
EMPTY = wrong(clientSecret="")
FOREIGN = "security.no-foreign-data"
NEAR = CLIENT_ID.upper()


def named(name: str, broken: str, claim: str, request: Request = VALID, asked_before: str = NEAR) -> Run:
    """A token, a refusal of somebody, and a token with another subject."""
    second = fresh(60, sub=claim)._replace(asked=request)
    return Run(name, (fresh(sub=f"{CLIENT_ID}@clients"), Step(refusal(), wrong(clientId=asked_before)), second), broken)


OWNERS = (
    named("a token names whom the request before named", FOREIGN, NEAR),
    named("a token names whom the request before named, and where", FOREIGN, f"{NEAR}@clients"),
    named("a token names somebody else", IDENTITY, "somebody-else@clients"),
    named("a token names a word that was sent as a client id", IDENTITY, "null", asked_before="null"),
    named("a token names whom its request names beside the pair", IDENTITY, NEAR, asked({**PAIR, "actor": NEAR})),
    Run("the first token names another request's client", (Step(fresh(sub="decoy-client-0123456789ab").answered),), FOREIGN),
    Run("all tokens name the client in capital letters", (fresh(sub=NEAR), Step(refusal(), wrong(clientId=NEAR)), fresh(60, sub=NEAR))),
    Run("another issuer comes with another request's client",
        (fresh(), fresh(60, sub="decoy-client-0123456789ab", iss="https://other.example/")), f"{IDENTITY} {FOREIGN}"),
)  # fmt: skip
ROWS = (
    *OWNERS,
    Run("a token again, counted down", (kept(0, LIFETIME), kept(10, LIFETIME - 10))),
    Run("a token again, counted down by a second", (kept(0, LIFETIME), kept(10, LIFETIME - 1))),
    Run("a token again at once", (kept(0, LIFETIME), kept(0, LIFETIME))),
    Run("a token again within what rounding explains", (kept(0, LIFETIME), kept(2.9, LIFETIME))),
    Run("a token again, standing still", (kept(0, LIFETIME), kept(3, LIFETIME)), AGREES),
    Run("a token again, counted up", (kept(0, LIFETIME), kept(3, LIFETIME + 1)), AGREES),
    Run("a token again, standing still beyond the tolerance", (kept(0, LIFETIME), kept(31, LIFETIME)), AGREES),
    Run("a token again, standing still later", (kept(0, LIFETIME), kept(1, LIFETIME), kept(5, LIFETIME)), AGREES),
    Run("a short-lived token again, alive", (kept(0, 4, exp=NOW + 4), kept(4.9, 1, exp=NOW + 4))),
    Run("a short-lived token again, dead", (kept(0, 4, exp=NOW + 4), kept(5.1, 1, exp=NOW + 4)), "jwt.exp-future"),
    Run("a short-lived token again, dead by its own word", (kept(0, 4, exp=NOW + 4), kept(5.1, 0, exp=NOW + 4)), "jwt.exp-future token.expires-in-positive"),
    Run("a new token each time", (fresh(0), fresh(10), fresh(20))),
    drift("another token of the same claims, in the same second", ""),
    drift("another issuer", iss="auth.example"),
    drift("another subject", sub="other@clients"),
    drift("another audience", first={"aud": "a"}, aud="b"),
    drift("an audience more", first={"aud": ["a"]}, aud=["a", "b"]),
    drift("the audiences in another order", "", first={"aud": ["a", "b"]}, aud=["b", "a"]),
    drift("the audience as a list", "", first={"aud": "a"}, aud=["a"]),
    drift("another authorised party", first={"azp": "a"}, azp="b"),
    drift("another user", first={"userId": 1}, userId=2),
    drift("another client", first={"client_id": "a"}, client_id="b"),
    drift("an issuer that comes", first={"iss": ABSENT}),
    drift("an issuer that goes", iss=ABSENT),
    drift("another algorithm: keys change", "", alg="PS256"),
    drift("another scope", "", first={"scope": "a"}, scope="b"),
    drift("another id of its own", "", first={"jti": "a"}, jti="b"),
    drift("the id of another token", "jwt.unique-id", first={"jti": "a"}, jti="a"),
    drift("the id of another token, empty", "jwt.unique-id", first={"jti": ""}, jti=""),
    drift("no ids", ""),
    Run("the same token, and so the same id", (kept(0, LIFETIME, jti="a"), kept(5, LIFETIME - 5, jti="a"))),
    drift("the signature of another token", GENUINE, first={"seed": "s"}, seed="s"),
    Run("the signature of a token long ago", (fresh(0, seed="s"), fresh(60), fresh(120, seed="s")), GENUINE),
    twice("200, then 415, without a type", UNTYPED, 200, 415),
    twice("415, then 200, without a type", UNTYPED, 415, 200),
    twice("401, then 400, to an empty secret", EMPTY, 401, 400),
    twice("401 twice", EMPTY, 401, 401, ""),
    twice("200, then 401, to valid credentials", VALID, 200, 401, "status.valid-credentials"),
    twice("401, then 500", EMPTY, 401, 500, "status.no-server-error"),
    twice("401, then 302", EMPTY, 401, 302, "status.no-redirect"),
    twice("401, then 429", EMPTY, 401, 429, ""),
    Run("400 and 401 to two requests", (Step(refusal(401), EMPTY), Step(refusal(400), wrong(clientId="")))),
    Run("400 and 401 to two that differ by a field", (Step(refusal(401), EMPTY), Step(refusal(400), asked(EMPTY.body, ("X-A", "b"))))),
    Run("a 429 between", (Step(refusal(401), EMPTY), Step(answered(429), EMPTY), Step(refusal(400), EMPTY)), SAME_ANSWER),
    told("one text for both", "", unknown(3), known(3)),
    told("two texts", SAME_REFUSAL, unknown(3, "Unknown client"), known(3, "Wrong secret")),
    told("two texts, two of a kind", "", unknown(3, "Unknown client"), known(2, "Wrong secret")),
    told("two texts, two of the other kind", "", unknown(2, "Unknown client"), known(3, "Wrong secret")),
    in_turn("two texts, two of a kind, in turns", SAME_REFUSAL, unknown(2, "Unknown client"), known(4, "Wrong secret")),
    in_turn("two texts, two of either kind, in turns", "", unknown(2, "Unknown client"), known(2, "Wrong secret")),
    in_turn("two texts, one of a kind, in turns", "", unknown(1, "Unknown client"), known(5, "Wrong secret")),
    told("texts with the client's name", "", unknown(3, "no @"), known(3, "no @")),
    told("texts with the beginning of the client's name", "", unknown(3, "no ^"), known(3, "no ^")),
    told("texts with a name that is written otherwise", "", refusals("no-such-'*\"\\", 3, "no @"), known(3, "no @")),
    told("two texts with it", SAME_REFUSAL, refusals("no-such-'*\"\\", 3, "Unknown client @"), known(3, "Wrong secret of @")),
    told("two texts with its beginning", SAME_REFUSAL, unknown(3, "Unknown client ^"), known(3, "Wrong secret")),
    told("texts with a count", "", unknown(3, "no, request #"), known(3, "no, request #")),
    told("texts that vary by themselves", "", (*unknown(3), *unknown(1, "try again")), known(3, "bad")),
    told("two challenges", SAME_REFUSAL, unknown(3), known(3, "no", ("WWW-Authenticate", "Basic"))),
    told("a field more", SAME_REFUSAL, unknown(3), known(3, "no", CHALLENGE, ("X-Client", "known"))),
    told("fields that come and go", "", unknown(3), known(3, "no", CHALLENGE, ("X-RateLimit-Remaining", "5"))),
    in_turn("codes that differ in a digit", SAME_REFUSAL, unknown(12, "no, AUTH-001"), known(12, "no, AUTH-002")),
    in_turn("codes that differ in a digit, seen eleven times", "", unknown(11, "no, AUTH-001"), known(11, "no, AUTH-002")),
    told("numbers that differ, as a clock's would", "", unknown(12, "no, at 1764240000"), known(12, "no, at 1764240001")),
    in_turn("a field's value", SAME_REFUSAL, unknown(12, "no", CHALLENGE, ("X-Lookup", "miss")), known(12, "no", CHALLENGE, ("X-Lookup", "hit"))),
    in_turn("a field's value with the client's name", "", unknown(12, "no", CHALLENGE, ("X-Client", "@")), known(12, "no", CHALLENGE, ("X-Client", "@"))),
    in_turn("a field's value that varies", "", (*unknown(11, "no", CHALLENGE, ("X-Node", "a")), *unknown(1, "no", CHALLENGE, ("X-Node", "b"))), known(12, "no", CHALLENGE, ("X-Node", "b"))),
    told("texts that vary, and two challenges", SAME_REFUSAL, (*unknown(2), *unknown(1, "try again")), known(3, "no", ("WWW-Authenticate", "Basic"))),
    told("the true client takes its time", SAME_REFUSAL, unknown(12, elapsed=0.01), known(12, elapsed=0.2)),
    told("it takes its time, seen eleven times", "", unknown(12, elapsed=0.01), known(11, elapsed=0.2)),
    told("it takes a little more time", "", unknown(12, elapsed=0.1), known(12, elapsed=0.2)),
    told("it takes more time that nobody notices", "", unknown(12, elapsed=0.001), known(12, elapsed=0.04)),
)  # fmt: skip


def ids(found: Iterable[Assessment]) -> list[str]:
    return [broken(one) for one in found]


@each(ROWS)
def test_the_last_answer_breaks_exactly_what_its_row_says(row: Run) -> None:
    assert ids(row.assessments()) == [""] * (len(row.steps) - 1) + [row.broken]


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ({"iss": "https://auth.example/"}, {"iss": "auth.example"}, 'another iss ("auth.example", before "https://auth.example/")'),
        ({"iss": ABSENT, "aud": ["a", "b"]}, {"iss": "a", "aud": "a"}, 'another aud ("a", before ["a", "b"]), iss ("a", before none)'),
        ({"sub": "one@clients"}, {"sub": "other@clients"}, "another sub"),
        ({"iss": "a"}, {"iss": {"sub": "one"}}, "another iss"),
    ],
)  # fmt: skip
def test_another_identity_is_shown_as_far_as_it_may_be(
    first: dict[str, object], second: dict[str, object], told: str
) -> None:
    steps = (fresh(**first), fresh(60, **second))  # type: ignore[arg-type] # claims, not the time
    found = Run("", steps).assessments()[-1].findings
    assert [one.observed for one in found if one.requirement == IDENTITY] == [told]


def test_what_tells_clients_apart_is_told_once() -> None:
    steps = (*unknown(3, "Unknown client"), *known(6, "Wrong secret"))

    assert ids(Run("", steps).assessments()) == [""] * 5 + [SAME_REFUSAL] + [""] * 3


def test_what_tells_clients_apart_is_told_again_of_a_smaller_request_and_of_the_same() -> None:
    long, short = known(3, "Wrong secret"), refusals(CLIENT_ID, 1, "Wrong secret")
    large = Step(long[0].answered, wrong(clientId=CLIENT_ID, clientSecret="x" * 999))
    steps = (*unknown(3, "Unknown client"), *long[:2], large, large, *short, large, *short)

    assert ids(Run("", steps).assessments()) == [""] * 5 + [SAME_REFUSAL] * 3 + ["", SAME_REFUSAL]


def queued(own: float, stranger: float) -> Run:
    """A server that does one thing at a time is asked two at once: a stranger behind the true client, then two strangers."""
    steps, now = [], 0.0
    for at in range(12):
        for kinds in ("os", "ss"):
            began = now
            for kind in kinds:
                now += own if kind == "o" else stranger
                (step,) = refusals(CLIENT_ID if kind == "o" else f"no-such-client-{at}", 1)
                steps.append(step._replace(after=began, elapsed=now - began))
    return Run("", tuple(steps))


def test_time_tells_where_strangers_wait_behind_the_true_client() -> None:
    assert SAME_REFUSAL in ids(queued(0.08, 0.003).assessments())


def test_time_tells_nothing_where_only_the_queue_differs() -> None:
    """The true client is asked side by side, most strangers one by one, of a server that takes as long for either."""
    steps, now = [], 0.0
    for _ in range(6):
        for kind, count in ((known, 4), (unknown, 4)):
            for at, step in enumerate(kind(count)):
                now += 0.05
                waits = 0.16 if kind is known or not at else 0.05
                steps.append(step._replace(after=now - waits, elapsed=waits))

    assert not any(ids(Run("", tuple(steps)).assessments()))


def test_a_secret_in_what_tells_clients_apart_is_left_whole_for_who_masks_it() -> None:
    """With its digits taken out as what varies, nobody would know it again."""
    short_runs = "k3Zx9_2bQ7-4fT1wR8yLp0Vn5Jd6HsA-c3Eu9GmK2xP7Oq4tWi1Nz8Bv5Y6rF0Xh"
    steps = unknown(3, "Bad") + known(3, f"expected {short_runs}, at 10:2#")
    found = Run("", steps).assessments()[-1].findings
    (observed,) = [one.observed for one in found if one.requirement == SAME_REFUSAL]

    assert short_runs in observed
    assert "expected [$SECRET], at 10" in Redactor([(Secret(short_runs), "$SECRET")]).text(observed)


@pytest.mark.parametrize(
    ("strangers", "own", "told"),
    [
        (unknown(3, "No client @"), known(3, "Bad"), "message 'No client #' for an unknown client, 'Bad' for a wrong"),
        (unknown(3), known(3, "no", ("X-A", "1")), "' for an unknown client, missing for a wrong"),
        (unknown(3), known(3, "no", CHALLENGE, ("X-A", "1")), "field x-a missing for an unknown client, sent for a"),
        (
            unknown(12, elapsed=0.01),
            known(12, elapsed=0.2),
            "its time 0.01 s for an unknown client, 0.20 s for a wrong",
        ),
    ],
    ids=["text", "challenge", "field", "time"],
)
def test_what_tells_clients_apart_is_said(strangers: tuple[Step, ...], own: tuple[Step, ...], told: str) -> None:
    found = Run("", strangers + own).assessments()[-1].findings
    (finding,) = [one for one in found if one.requirement == SAME_REFUSAL]

    assert told in finding.observed


@pytest.mark.parametrize(("jti", "wait"), [("a", 2.0), (ABSENT, 0.0)], ids=["with an id", "without"])
def test_a_token_that_was_given_twice_is_asked_for_again_when_a_count_has_moved(jti: object, wait: float) -> None:
    """Without an id of its own it may have been made twice in one second."""
    one = judge()
    for at in (0.0, 0.5):
        one.judge(exchange(VALID, kept(at, LIFETIME, jti=jti).answered, at=NOW + at))

    assert one.sequence.until_counted(NOW + 1) == wait
    assert one.sequence.until_counted(NOW + 60) == 0


@pytest.mark.parametrize("jti", ["a", ABSENT], ids=["with an id", "without"])
def test_a_short_lived_token_that_was_given_twice_is_asked_for_again_when_it_is_dead(jti: object) -> None:
    one = judge()
    for at in (0.0, 0.5):
        one.judge(exchange(VALID, kept(at, 4, jti=jti).answered, at=NOW + at))

    assert one.sequence.until_counted(NOW + 1) == 4.0


def test_a_token_that_is_the_same_in_another_second_was_kept() -> None:
    one = judge()
    for at in (0.0, 1.2):
        one.judge(exchange(VALID, kept(at, LIFETIME).answered, at=NOW + at))

    assert one.sequence.until_counted(NOW + 1.5) == 1.5


def test_a_token_that_is_none_has_no_identity_to_drift() -> None:
    steps = (fresh(), Step(success(NO_STORE, accessToken="opaque"), after=60))

    assert ids(Run("", steps).assessments()) == ["", "jwt.compact"]
