"""What runs no test sends nothing, and leaves the reports of the run before as they are."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

from pathlib import Path

import pytest

from tests.suite.command import OWN, Ran, environment, pytest_run, remembering

#: arguments, and pytest's own exit code for them
COMMANDS: tuple[tuple[tuple[str, ...], int], ...] = (
    (("--fixtures",), 0),
    (("--fixtures-per-test",), 0),
    (("--setup-plan",), 0),
    (("--setup-only",), 0),
    (("-k", "a b"), 4),
    (("-m", "no-such-marker"), 4),
    (("BROKEN",), 2),
)


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
@pytest.mark.parametrize(("arguments", "code"), COMMANDS, ids=[" ".join(one[0]) for one in COMMANDS])
def test_what_runs_no_test_sends_nothing(
    tmp_path: Path, arguments: tuple[str, ...], code: int, workers: tuple[str, ...]
) -> None:
    broken = tmp_path / "test_broken.py"
    broken.write_text("import no_such_module\n")
    given = ("conformance/suite", *(str(broken) if one == "BROKEN" else one for one in arguments))
    earlier = tmp_path / "results.jsonl"
    earlier.write_text("of an earlier run\n")
    with remembering() as server:
        ran = pytest_run(tmp_path, "--profile", "smoke", *given, *workers, env=server.settings)
    assert server.asked == [], ran.output
    # pytest-xdist ends with an error of its own where its workers refuse an expression
    assert ran.exit_code == (3 if workers and code == 4 else code), ran.output
    assert "Exit code" not in ran.output
    assert "the reports were not written" not in ran.output
    assert earlier.read_text() == "of an earlier run\n"


@pytest.mark.parametrize("target", ["production", "url"])
def test_a_plan_needs_no_credentials(tmp_path: Path, target: str) -> None:
    """Whoever approves a run against production has not got the secret."""
    with remembering() as server:
        named = server.base_url if target == "url" else target
        without = pytest_run(tmp_path, "--target", named, "--profile", "smoke", "--plan", env=environment())
        own = "" if target == "url" else "PRODUCTION_"
        pair = {f"{own}CLIENT_ID": OWN.client_id, f"{own}CLIENT_SECRET": OWN.client_secret}
        having = pytest_run(tmp_path, "--target", named, "--profile", "smoke", "--plan", env=environment(**pair))
    assert (without.exit_code, server.asked) == (0, [])
    note = f"Planned with made-up credentials, as PARTNERS_API_{own}CLIENT_ID and PARTNERS_API_{own}CLIENT_SECRET are not set"
    assert note in without.output
    assert "Planned with" not in having.output
    assert planned(without) == planned(having)
    assert "valid.plain" in without.output
    assert not (tmp_path / "results.jsonl").exists()


def planned(ran: Ran) -> str:
    """How much, in the words of the plan."""
    (line,) = (line for line in ran.output.splitlines() if line.startswith("requests planned"))
    return line


def test_without_a_plan_made_up_credentials_go_nowhere(tmp_path: Path) -> None:
    with remembering() as server:
        ran = pytest_run(tmp_path, "--target", server.base_url, "-q", env=environment())
    assert (ran.exit_code, server.asked) == (6, [])
