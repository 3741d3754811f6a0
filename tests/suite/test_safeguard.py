"""A run is ended where it does more harm than good, and asks no more of the true client than the policy allows."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.classification import RequestClass
from conformance.jsontext import read
from conformance.messages import Exchange, Request, Response
from conformance.safeguard import SLOWED, Safeguard
from conformance.sender import Stop
from tests.suite.command import OWN, pytest_run, remembering

WRONG = RequestClass("wrong credentials", frozenset({401}), "status.wrong-credentials", true_client=True)
OTHER = RequestClass("wrong credentials", frozenset({401}), "status.wrong-credentials")


def answered(seconds: float, status: int = 401) -> Exchange:
    request = Request("POST", "/oauth/token", (), b"{}")
    response = Response(status)
    return Exchange("0001", 1, "wrong.secret", request, response, 0.0, seconds, seconds)


def test_slow_answers_end_a_run_when_they_have_cost_enough() -> None:
    safeguard = Safeguard(guarded=False, limit=5.0, refusals=0)
    enough = int(SLOWED // 6.0)
    for _ in range(enough):
        safeguard.watch(answered(6.0), OTHER)
    with pytest.raises(
        Stop,
        match=f"^{enough + 1} answers that took more than 5 s took {SLOWED + 6:.0f} s, added up over all connections$",
    ):
        safeguard.watch(answered(6.0), OTHER)


def test_answers_within_the_limit_never_end_it() -> None:
    safeguard = Safeguard(guarded=False, limit=5.0, refusals=0)
    for _ in range(1000):
        safeguard.watch(answered(4.9), OTHER)


def test_what_is_not_planned_is_refused_no_more_often_than_the_policy_has_left() -> None:
    safeguard = Safeguard(guarded=False, limit=5.0, refusals=2)
    assert [safeguard.spend(WRONG) for _ in range(4)] == [True, True, False, False]
    assert safeguard.spend(OTHER)


def test_of_requests_that_belong_together_all_are_paid_for_or_none() -> None:
    """Two where one refusal is left: neither is sent, and the one that is left pays for another."""
    safeguard = Safeguard(guarded=False, limit=5.0, refusals=1)
    assert not safeguard.spend(WRONG, WRONG)
    assert safeguard.refusals == 1
    assert safeguard.spend(OTHER, WRONG)
    assert not safeguard.spend(WRONG)


@pytest.mark.parametrize(("profile", "allowed"), [("release", 3), ("release", 20), ("nightly", 330)])
def test_the_policy_holds_where_every_near_miss_is_a_finding(profile: str, allowed: int, tmp_path: Path) -> None:
    """Counted at the server: findings are looked into, asked for again and made smaller with made-up clients alone.

    What nightly draws against the true client has room for a part of it.
    """
    with remembering(instead={401: 403}) as server:
        env = server.settings | {"PARTNERS_API_TRUE_CLIENT_REFUSALS": str(allowed)}
        ran = pytest_run(tmp_path, "--profile", profile, "-q", env=env)
    assert ran.exit_code == 1, ran.output
    refused = 0
    for asked in server.asked:
        sent = read(asked.body).value
        if (
            isinstance(sent, dict)
            and sent.get("clientId") == OWN.client_id
            and isinstance(sent.get("clientSecret"), str)
        ):
            refused += sent["clientSecret"] != OWN.client_secret
    assert 0 < refused <= allowed
