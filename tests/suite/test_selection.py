"""What is selected as pytest selects, and what stands beside it: what is sent, what is judged, and the exit code."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

from pathlib import Path

import pytest

from tests.suite.command import environment, pytest_run, remembering

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
