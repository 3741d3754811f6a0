"""What is kept of a run is bounded, whatever its length: on literals, with limits made small."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

import hmac

import pytest

from conformance import refusals, sequence
from conformance.checks.assessment import Assessment
from conformance.judge import Judge
from conformance.messages import Request, Response
from conformance.pair import INHERITED
from tests.checks.literals import (
    CLAIMS,
    CLIENT_ID,
    NOW,
    VALID,
    WRONG,
    broken,
    exchange,
    judge,
    refusal,
    segment,
    signature,
    success,
    token,
    wrong,
)

SAME_REFUSAL = "security.same-refusal"
OWN = wrong(clientId=CLIENT_ID)


def see(judging: Judge, request: Request, answer: Response, after: float = 0.0, elapsed: float = 0.01) -> Assessment:
    """What a judge says of an exchange, some seconds after the first."""
    return judging.judge(exchange(request, answer, at=NOW + after, elapsed=elapsed))[1]


def test_of_tokens_and_requests_the_latest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequence, "MOST", 4)
    judging = judge()
    for number in range(40):
        claims = {**CLAIMS, "jti": f"the {number}th"}
        see(judging, wrong(clientId=f"no-partner-{number}"), refusal())
        see(judging, VALID, success(accessToken=token(claims, signed=signature(256, str(number)))))
    memory = judging.sequence
    kept = (memory._ids, memory._signatures, memory._statuses, memory._lifetimes)
    assert [len(one) for one in kept] == [4, 4, 4, 4]


def test_what_was_seen_last_is_not_what_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequence, "MOST", 2)
    judging = judge()
    for request in (VALID, OWN, VALID, WRONG):
        see(judging, request, success() if request is VALID else refusal())
    assert "status.same-answer" in see(judging, VALID, success()).judged
    assert "status.same-answer" not in see(judging, OWN, refusal()).judged


def under_hmac(key: bytes, number: int) -> Response:
    """A token signed with a key under HS256."""
    unsigned = f"{segment({'alg': 'HS256'})}.{segment({**CLAIMS, 'jti': str(number)})}"
    return success(accessToken=f"{unsigned}.{segment(hmac.digest(key, unsigned.encode(), 'sha256'))}")


def test_keys_are_searched_for_in_so_many_tokens_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequence, "FULL_KEY_SEARCHES", 3)
    judging = judge()
    found = [see(judging, VALID, under_hmac(b"secret", number)) for number in range(5)]
    searched = ["security.no-well-known-key" in broken(one) for one in found]
    assert searched == [True, True, True, False, False]


def test_of_refusals_so_many_times_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "MOST_TIMES", 4)
    judging = judge()
    for number in range(40):
        see(judging, OWN if number % 2 else WRONG, refusal(), after=number)
    memory = judging.sequence._refusals
    assert len(memory._answers) == 4
    assert [(len(kind.times), len(kind.seconds)) for kind in (memory._own, memory._stranger)] == [(4, 4), (4, 4)]


def test_of_what_refusals_tell_so_much_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "MOST_DETAILS", 20)
    judging = judge()
    for number in range(40):
        see(judging, WRONG, refusal(401, **{f"member {number}": number}))
    assert len(judging.sequence._refusals._stranger.told or ()) <= 20


def test_a_name_that_runtimes_know_is_no_stranger() -> None:
    """What it is told may be what a client is told."""
    judging = judge()
    for _ in range(4):
        see(judging, OWN, refusal())
        for name in INHERITED:
            found = see(judging, wrong(clientId=name), refusal(message="No such client"))
            assert SAME_REFUSAL not in broken(found)
    told = [see(judging, WRONG, refusal(message="No such client")) for _ in range(3)]
    assert SAME_REFUSAL in broken(told[-1])
