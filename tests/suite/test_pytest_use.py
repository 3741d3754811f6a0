"""The suite is used as pytest is used."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conformance.settings import ROOT
from tests.suite.command import pytest_run, remembering

SMOKE = ("--profile", "smoke", "-q")


def items(output: str, kind: str) -> list[str]:
    """Ids of the collected items of a kind."""
    return re.findall(rf"test_{kind}\[([^\]]+)\]", output)


def test_collection_reads_like_a_table_of_contents_and_sends_nothing(tmp_path: Path) -> None:
    with remembering() as server:
        ran = pytest_run(tmp_path, "--collect-only", "-q", env=server.settings)
    scenarios, requirements = items(ran.output, "scenario"), items(ran.output, "requirement")
    assert ran.exit_code == 0, ran.output
    assert {"valid.plain", "wrong.secret", "method.other"} <= set(scenarios)
    assert {"status.valid-credentials", "jwt.exp-future"} <= set(requirements)
    assert len({*scenarios, *requirements}) == len(scenarios) + len(requirements)
    assert server.asked == []
    assert not (tmp_path / "results.jsonl").exists()


@pytest.mark.parametrize(
    ("arguments", "chosen"),
    [
        (("-k", "exp-future"), {"jwt.exp-future"}),
        (("--requirement", "jwt.exp-*", "--requirement", "token.object"), {"jwt.exp-future", "token.object"}),
    ],
    ids=["k", "requirement"],
)
def test_what_is_selected_is_collected(tmp_path: Path, arguments: tuple[str, ...], chosen: set[str]) -> None:
    ran = pytest_run(tmp_path, "--collect-only", "-q", *arguments)
    assert chosen <= set(items(ran.output, "requirement"))
    assert "status.method" not in ran.output


def test_a_marker_selects_a_family(tmp_path: Path) -> None:
    ran = pytest_run(tmp_path, "--collect-only", "-q", "-m", "jwt")
    assert {name.split(".")[0] for name in items(ran.output, "requirement")} == {"jwt"}
    assert items(ran.output, "scenario") == []


def test_a_plan_sends_nothing(tmp_path: Path) -> None:
    with remembering() as server:
        ran = pytest_run(tmp_path, "--plan", env=server.settings)
    assert ran.exit_code == 0, ran.output
    assert "Nothing has been sent" in ran.output
    assert server.asked == []


@pytest.mark.parametrize(("profile", "budget"), [("smoke", 25), ("release", 300)])
def test_a_gate_sends_the_same_requests_twice_within_its_budget(tmp_path: Path, profile: str, budget: int) -> None:
    runs = []
    with remembering() as server:
        for at in range(2):
            server.asked.clear()
            ran = pytest_run(tmp_path / str(at), "--profile", profile, "-q", "-m", "scenario", env=server.settings)
            assert ran.exit_code == 0, ran.output
            runs.append(sorted(server.octets(), key=repr))
    assert runs[0] == runs[1]
    assert 0 < len(runs[0]) <= budget


def test_the_budget_holds_where_every_refusal_is_a_defect(tmp_path: Path) -> None:
    with remembering(spoiled=True) as server:
        ran = pytest_run(tmp_path, *SMOKE, env=server.settings)
    assert ran.exit_code == 1, ran.output
    assert len(server.asked) <= 25


def test_two_workers_reach_the_same_verdicts(tmp_path: Path) -> None:
    with remembering() as server:
        alone = pytest_run(tmp_path / "alone", *SMOKE, env=server.settings)
        shared = pytest_run(tmp_path / "shared", *SMOKE, "-n", "2", env=server.settings)
    assert (alone.exit_code, shared.exit_code) == (0, 0), shared.output
    assert alone.outcomes == shared.outcomes


def test_a_seed_is_recorded(tmp_path: Path) -> None:
    ran = pytest_run(tmp_path / "new" / "folder", *SMOKE, "--seed", "77", "--requirement", "status.valid-credentials")
    assert ran.exit_code == 0, ran.output
    assert ran.lines[0]["seed"] == 77
    assert "seed 77" in ran.output


def test_the_suites_own_tests_leave_the_reports_alone(tmp_path: Path) -> None:
    def reports() -> set[tuple[str, int]]:
        return {(path.name, path.stat().st_mtime_ns) for path in (ROOT / "reports").iterdir()}

    before = reports()
    ran = pytest_run(tmp_path, "tests/test_jws.py", "-q", "-x")
    assert ran.exit_code == 0, ran.output
    assert reports() == before
    assert not (tmp_path / "results.jsonl").exists()


def test_last_failed_runs_what_failed_and_x_ends_at_the_first(tmp_path: Path) -> None:
    with remembering(spoiled=True) as server:
        first = pytest_run(tmp_path, *SMOKE, "-x", env=server.settings)
        again = pytest_run(tmp_path, *SMOKE, "--lf", env=server.settings)
    assert (first.exit_code, again.exit_code) == (1, 1), again.output
    assert "1 failed" in first.output
    assert items(first.output, "requirement")[-1] == items(again.output, "requirement")[-1]


@pytest.mark.parametrize(
    "absent",
    [
        "capture", "terminal", "setuponly", "cacheprovider", "junitxml", "warnings", "logging", "faulthandler",
        "unraisableexception", "xdist",
    ],
)  # fmt: skip
def test_a_plugin_of_pytest_that_is_left_out_costs_no_exit_code(tmp_path: Path, absent: str) -> None:
    ran = pytest_run(tmp_path, "--profile", "smoke", "--requirement", "status.valid-credentials", "-p", f"no:{absent}")
    assert ran.exit_code == 0, ran.output
    assert "INTERNALERROR" not in ran.output
    assert ran.end["exit_code"] == 0
    assert (tmp_path / "junit.xml").stat().st_size
    assert (tmp_path / "report.html").stat().st_size


def test_workers_do_without_capture_and_terminal_too(tmp_path: Path) -> None:
    ran = pytest_run(tmp_path, "--profile", "smoke", "-n", "2", "-p", "no:capture", "-p", "no:terminal")
    assert ran.exit_code == 0, ran.output
    assert ran.end["exit_code"] == 0
