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
from tests.reference.conftest import running
from tests.suite.matrix import Suite, concluded, of_mutant


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
