"""The plan of a profile leaves room for all that the profile is for, however long the credentials are."""

from __future__ import annotations

import pytest

from conformance.checks.internals import KINDS, WORDS
from conformance.plan import Plan
from conformance.preparation import prepare
from conformance.scenarios.model import Rank

CLIENT_ID = "b3a1c9e2-4f70-4d19-9e1c-7d2f5a8b6c30"
MIXED = "x9Rk-2vQmT_7bLw0ZsN4eYhJ8cUaD3fGpK6iVoX1tBqM5nEr"
DRAWN = ("ring.credentials", "ring.invalid POST /oauth/token")


SECRETS = [MIXED[:8], MIXED[:24], MIXED, MIXED * 2, "0123456789abcdef" * 2]
LENGTHS = ["8", "24", "48", "96", "hex"]


def planned(profile: str, secret: str, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """The plan of a run against an address of this machine."""
    monkeypatch.setenv("PARTNERS_API_CLIENT_ID", CLIENT_ID)
    monkeypatch.setenv("PARTNERS_API_CLIENT_SECRET", secret)
    return prepare({"target": "http://127.0.0.1:9/api/v3", "profile": profile}).plan


@pytest.mark.parametrize("secret", SECRETS, ids=LENGTHS)
def test_release_draws_from_the_contract_and_asks_to_the_end(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Schemathesis and Hypothesis draw comes last; where the walk of near misses grows, it must not push that out."""
    plan = planned("release", secret, monkeypatch)
    counts = plan.by_scenario()

    assert [counts.get(ring, 0) for ring in DRAWN] == [4, 6]
    assert plan.requests <= plan.budget


@pytest.mark.parametrize("secret", SECRETS, ids=LENGTHS)
def test_smoke_is_full_of_what_is_for_it(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the smallest profile is cut, and where nothing is withheld what is spare has no room."""
    probes = planned("smoke", secret, monkeypatch).probes

    assert {one.probe.rank for one in probes} == {Rank.SMOKE}
    assert len(probes) == 25
    # the last but one: it is cut first
    assert [one.scenario for one in probes].index("wrong.normalised") == 23


@pytest.mark.parametrize("budget", ["", "10", "2"])
@pytest.mark.parametrize("profile", ["smoke", "release"])
def test_the_refusals_of_a_plan_are_those_it_holds(profile: str, budget: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is cut for want of room is refused by nobody; what the policy allows besides is left for confirmations."""
    monkeypatch.setenv("PARTNERS_API_CLIENT_ID", CLIENT_ID)
    monkeypatch.setenv("PARTNERS_API_CLIENT_SECRET", MIXED)
    monkeypatch.setenv("PARTNERS_API_REQUEST_BUDGET", budget)
    prepared = prepare({"target": "http://127.0.0.1:9/api/v3", "profile": profile})
    plan, classify = prepared.plan, prepared.classifier.classify
    held = sum(classify(one.probe.request).refusal for one in plan.probes)

    assert plan.true_client_refusals == held
    assert plan.spare_refusals == plan.refusals - held


def test_production_is_asked_in_place_of_what_is_withheld(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is spare is built as well, near misses of the client id among it."""
    monkeypatch.setenv("PARTNERS_API_PRODUCTION_CLIENT_ID", CLIENT_ID)
    monkeypatch.setenv("PARTNERS_API_PRODUCTION_CLIENT_SECRET", MIXED)
    probes = prepare({"target": "production"}).plan.probes
    spare = {one.scenario for one in probes if one.probe.rank is Rank.SPARE}

    assert {"wrong.client-id", "invalid.type", "invalid.document", "method.other"} <= spare
    assert f'{{"clientId":"{CLIENT_ID} ","clientSecret":"{MIXED}"}}'.encode() in [
        one.probe.request.body for one in probes
    ]


def test_the_second_valid_request_of_smoke_is_the_twentieth(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that every other, fourth, fifth or tenth answer that is wrong is a token once."""
    valid = [
        at for at, one in enumerate(planned("smoke", MIXED, monkeypatch).probes, 1) if one.scenario.startswith("valid.")
    ]

    assert valid == [1, 20, 25]


def test_no_request_of_the_plan_holds_internals(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer to one that does is not accused of showing them."""
    tells = [tell.lower() for tell in (*WORDS, *(tell for kind in KINDS for tell in kind.tells))]
    requests = [one.probe.request for one in planned("release", MIXED, monkeypatch).probes]

    assert [
        (request.path, tell)
        for request in requests
        for tell in tells
        if tell in (request.body or b"").lower() or tell in f"{request.path} {request.headers}".lower().encode()
    ] == []
