"""The plan of a profile leaves room for all that the profile is for, however long the credentials are."""

from __future__ import annotations

import pytest

from conformance.session import prepare

CLIENT_ID = "b3a1c9e2-4f70-4d19-9e1c-7d2f5a8b6c30"
MIXED = "x9Rk-2vQmT_7bLw0ZsN4eYhJ8cUaD3fGpK6iVoX1tBqM5nEr"
DRAWN = ("ring.credentials", "ring.invalid POST /oauth/token")


@pytest.mark.parametrize(
    "secret", [MIXED[:8], MIXED[:24], MIXED, MIXED * 2, "0123456789abcdef" * 2], ids=["8", "24", "48", "96", "hex"]
)
def test_release_draws_from_the_contract_and_asks_to_the_end(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Schemathesis and Hypothesis draw comes last; where the walk of near misses grows, it must not push that out."""
    monkeypatch.setenv("PARTNERS_API_CLIENT_ID", CLIENT_ID)
    monkeypatch.setenv("PARTNERS_API_CLIENT_SECRET", secret)
    plan = prepare({"target": "http://127.0.0.1:9/api/v3", "profile": "release"}).plan
    counts = plan.by_scenario()

    assert [counts.get(ring, 0) for ring in DRAWN] == [4, 6]
    assert plan.requests <= plan.budget
