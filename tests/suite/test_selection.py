"""What is selected as pytest selects, and what stands beside it: what is sent, what is judged, and the exit code."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.scenarios.order import FIRST, LAST
from tests.reference.conftest import CLIENT_ID, CLIENT_SECRET, running
from tests.suite.command import ROOT, environment, pytest_run, remembering

SMOKE = ("--profile", "smoke", "-q")
WORKERS = pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])

FAILS = "def test_extra():\n    assert False\n"
BREAKS = "import pytest\n@pytest.fixture\ndef broken():\n    raise OSError\ndef test_extra(broken):\n    pass\n"


@WORKERS
@pytest.mark.parametrize("text", [FAILS, BREAKS], ids=["fails", "errs"])
def test_a_test_of_others_that_fails_is_1_where_the_target_conforms(
    tmp_path: Path, text: str, workers: tuple[str, ...]
) -> None:
    extra = tmp_path / "test_extra.py"
    extra.write_text(text)
    ran = pytest_run(tmp_path, "conformance/suite", str(extra), *SMOKE, *workers)
    assert ran.exit_code == 1, ran.output
    assert ran.end["exit_code"] == 0
    assert "not of this suite" in ran.output


@pytest.mark.parametrize("settings", [{}, {"PLAN": "true"}], ids=["option", "setting"])
def test_workers_print_a_plan_once_and_send_nothing(tmp_path: Path, settings: dict[str, str]) -> None:
    option = () if settings else ("--plan",)
    with remembering() as server:
        ran = pytest_run(tmp_path, *SMOKE, *option, "-n", "2", env=server.settings | environment(**settings))
    assert ran.exit_code == 0, ran.output
    assert ran.output.count("Nothing has been sent") == 1
    assert server.asked == []


@pytest.fixture(name="expires_in_null", scope="module")
def _expires_in_null() -> Iterator[dict[str, str]]:
    """Settings of a target that breaks token.expires-in with every token."""
    with running("--mutant", "expires-in-null") as base_url:
        yield environment(TARGET=base_url, CLIENT_ID=CLIENT_ID, CLIENT_SECRET=CLIENT_SECRET)


@WORKERS
@pytest.mark.parametrize(
    ("selection", "code"),
    [
        (("-k", "status.method"), 0),
        (("-k", "token.expires-in"), 1),
        (("-k", "wrong.swapped"), 0),
        (("-m", "jwt"), 0),
        (("-m", "token"), 1),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(value),
)
def test_the_exit_code_is_that_of_what_is_selected(
    tmp_path: Path, expires_in_null: dict[str, str], selection: tuple[str, str], code: int, workers: tuple[str, ...]
) -> None:
    ran = pytest_run(tmp_path, *SMOKE, *selection, *workers, env=expires_in_null)
    assert ran.exit_code == code, ran.output
    assert ("failed" in ran.outcomes.values()) == bool(code)


def test_what_was_not_selected_is_neither_planned_nor_sent(tmp_path: Path) -> None:
    """As with --requirement; the first and the last request frame every run."""
    with remembering() as server:
        planned = pytest_run(tmp_path, *SMOKE, "-k", "status.method", "--plan", env=server.settings)
        assert server.asked == []
        ran = pytest_run(tmp_path, *SMOKE, "-k", "status.method", env=server.settings)
        sent = server.octets()
        server.asked.clear()
        pytest_run(tmp_path / "named", *SMOKE, "--requirement", "status.method", env=server.settings)
    assert ran.outcomes == {"status.method": "passed"}
    assert f"requests planned          {len(sent)} " in planned.output
    assert sorted(sent, key=repr) == sorted(server.octets(), key=repr)
    assert {method for method, *_ in sent} > {"POST"}
    assert len(sent) < 10


def test_the_plainest_valid_request_goes_first_and_last_whatever_is_selected(tmp_path: Path) -> None:
    with remembering() as server:
        ran = pytest_run(tmp_path, *SMOKE, "-k", "scenario and wrong.swapped", env=server.settings)
    assert ran.exit_code == 0, ran.output
    sent = [line["scenario"] for line in ran.lines if line["record"] == "exchange"]
    assert (sent[0], sent[-1], set(sent)) == (FIRST, LAST, {FIRST, "wrong.swapped", LAST})
    assert server.octets()[0] == server.octets()[-1]


def test_a_scenario_beside_a_requirement_is_sent_too(tmp_path: Path) -> None:
    own = "conformance/suite/test_conformance.py::test_"
    with remembering() as server:
        ran = pytest_run(
            tmp_path, *SMOKE, f"{own}scenario[channel.query]", f"{own}requirement[token.object]", env=server.settings
        )
    assert ran.exit_code == 0, ran.output
    assert ran.outcomes == {"token.object": "passed"}
    assert [asked for asked in server.asked if "?" in asked.target]


def test_what_failed_last_is_judged_alone(tmp_path: Path, expires_in_null: dict[str, str]) -> None:
    first = pytest_run(tmp_path, *SMOKE, env=expires_in_null)
    again = pytest_run(tmp_path, *SMOKE, "--lf", env=expires_in_null)
    assert (first.exit_code, again.exit_code) == (1, 1), again.output
    assert again.outcomes == {"token.expires-in": "failed"}


@pytest.mark.parametrize(
    "arguments",
    [(), ("-n", "2"), ("--plan",), ("--collect-only",), ("-m", "jwt")],
    ids=lambda arguments: " ".join(arguments) or "alone",
)
def test_4_where_nothing_is_selected(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    ran = pytest_run(tmp_path, *SMOKE, "-k", "nothing-of-the-kind", *arguments)
    assert ran.exit_code == 4, ran.output
    assert "nothing is selected by -k 'nothing-of-the-kind'" in ran.output
    assert "pytest --collect-only" in ran.output
    assert not (tmp_path / "results.jsonl").exists()


@WORKERS
def test_4_where_pytest_is_started_in_a_folder_without_tests(tmp_path: Path, workers: tuple[str, ...]) -> None:
    ran = pytest_run(tmp_path, *workers, cwd=ROOT / "docs")
    assert ran.exit_code == 4, ran.output
    assert f"cd {ROOT}" in ran.output


@WORKERS
@pytest.mark.parametrize("text", ["", "def test_extra():\n    pass\n"], ids=["no-tests", "tests-of-others"])
def test_4_where_an_option_is_given_and_the_suite_is_in_another_folder(
    tmp_path: Path, text: str, workers: tuple[str, ...]
) -> None:
    """What passes there would be taken for the target's conformance."""
    (tmp_path / "test_extra.py").write_text(text)
    ran = pytest_run(tmp_path, "--target", "no-such-target", *workers, cwd=tmp_path)
    assert ran.exit_code == 4, ran.output
    assert "--target is given and nothing of the suite is collected here" in ran.output
    assert f"cd {ROOT}" in ran.output
    assert "passed" not in ran.output


@pytest.mark.parametrize(("text", "code"), [("", 5), ("def test_extra():\n    pass\n", 0)], ids=["no-tests", "tests"])
def test_pytest_is_left_alone_in_another_folder_where_no_option_is_given(tmp_path: Path, text: str, code: int) -> None:
    (tmp_path / "test_extra.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
    ran = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False)
    assert ran.returncode == code, ran.stdout
    assert "suite" not in ran.stdout + ran.stderr


@WORKERS
def test_the_suite_is_run_by_its_name_from_another_folder(tmp_path: Path, workers: tuple[str, ...]) -> None:
    ran = pytest_run(tmp_path, "--pyargs", "conformance.suite", *SMOKE, *workers, cwd=tmp_path)
    assert ran.exit_code == 0, ran.output
    assert ran.end["overall"] == "conformant"


@WORKERS
def test_what_is_selected_of_other_tests_is_left_to_pytest(tmp_path: Path, workers: tuple[str, ...]) -> None:
    extra = tmp_path / "test_extra.py"
    extra.write_text("def test_extra():\n    pass\n")
    beside = pytest_run(tmp_path, "conformance/suite", str(extra), "-q", "-k", "test_extra", *workers)
    alone = pytest_run(tmp_path, "tests/test_jws.py", "-q", "-k", "nothing-of-the-kind", *workers)
    assert (beside.exit_code, alone.exit_code) == (0, 5), beside.output + alone.output
    assert "reports" not in beside.output
