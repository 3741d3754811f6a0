"""A run against production stops at the first sign that the target locks the account or is hurt, and says why."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from conformance.conclusion import Conclusion
from conformance.record import read
from conformance.recordlines import End
from conformance.reference.mutants import Mutant, find
from conformance.targets import Kind
from tests.conforming.answers import Answer
from tests.conforming.reading import Asked
from tests.reference.conftest import running
from tests.suite.command import OWN, Remembering
from tests.suite.matrix import Suite, concluded, of_mutant

LOCKS = 3  # refusals after which an account is locked
LOCKED = Answer(
    401,
    (("content-type", "application/json"), ("www-authenticate", "Bearer")),
    b'{"error": 401, "message": "wrong"}',
)


@pytest.fixture(name="gallery", scope="module")
def _gallery() -> Iterator[str]:
    with running("--gallery") as base_url:
        yield base_url


def aimed(gallery: str, name: str, folder: Path, kind: Kind) -> tuple[Conclusion, str]:
    """A run of profile release against a mutant as if it were a target of that kind; what it came to, and why it stopped."""
    mutant: Mutant | None = find(name)
    assert mutant is not None
    suite = Suite(folder, "release")
    url = of_mutant(gallery, mutant, f"production-{kind.name.lower()}")
    target = replace(suite.prepared.target, name=url, base_url=url, kind=kind)
    conclusion = concluded(replace(suite.prepared, target=target))
    end = next(line for line in read(folder / "results.jsonl") if isinstance(line, End))
    return conclusion, end.stopped or ""


@pytest.mark.parametrize(
    ("mutant", "sign"),
    [
        ("wrong-credentials-forbidden", "403 where 200 or 401 was"),
        ("connection-pool-leaks", "5xx in a row"),
        ("slow-once", "ten times the usual"),
    ],
)
def test_a_sign_of_harm_ends_a_run_against_production(mutant: str, sign: str, gallery: str, tmp_path: Path) -> None:
    conclusion, stopped = aimed(gallery, mutant, tmp_path / "production", Kind.PRODUCTION)
    assert sign in stopped
    assert conclusion.exit_code in (1, 6)
    everywhere, reason = aimed(gallery, mutant, tmp_path / "elsewhere", Kind.LOOPBACK)
    assert reason == ""
    assert conclusion.requests < everywhere.requests


class Locking(Remembering):
    """Refuses its client for good after three refusals, as a wrong secret is refused."""

    refused = 0

    def _answer(self, asked: Asked) -> Answer:
        answer = super()._answer(asked)
        if answer.status == 200 and self.refused >= LOCKS:
            answer = LOCKED
        self.refused += answer.status == 401 and f'"clientId":"{OWN.client_id}"'.encode() in asked.body
        return answer


def test_an_account_that_is_locked_as_a_wrong_secret_is_refused_is_left_alone(tmp_path: Path) -> None:
    """Counted at the server: what is foreseen, and the one answer by which it is seen."""
    server = Locking()
    server.start()
    try:
        suite = Suite(tmp_path, "smoke", OWN.client_id, OWN.client_secret)
        target = replace(suite.prepared.target, name=server.base_url, base_url=server.base_url, kind=Kind.PRODUCTION)
        conclusion = concluded(replace(suite.prepared, target=target))
    finally:
        server.stop()
    assert "the account may be locked" in conclusion.stopped
    assert conclusion.exit_code == 1
    answered = suite.prepared.plan.true_client_refusals
    assert server.refused <= answered + 1
    assert len(server.asked) < suite.prepared.plan.requests
