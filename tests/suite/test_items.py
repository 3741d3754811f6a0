"""What an item of pytest comes to is what the record says of its scenario or requirement: a skip is never a pass."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from conformance.artefacts import SCANNED
from tests.suite.command import Ran, pytest_run, remembering

OWN = "conformance/suite/test_conformance.py::test_"
WORKERS = pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
#: what pytest says of an item, by what the record says; an error is red once, and skipped where others name it
SAID: Mapping[str, str] = {
    "completed": "PASSED",
    "passed": "PASSED",
    "warned": "PASSED",
    "deviating": "PASSED",
    "failed": "FAILED",
    "recovered": "FAILED",
    **dict.fromkeys(("partial", "withheld", "blocked", "not-applicable"), "SKIPPED"),
}


def said(ran: Ran) -> dict[str, str]:
    """What pytest said of each item, by its id; workers say it before its name."""
    name = rf"{re.escape(OWN)}(?:scenario|requirement)\[(.+)\]"
    before = re.findall(rf"^\[gw\d\] \[ *\d+%\] (PASSED|FAILED|SKIPPED) {name}", ran.output, re.MULTILINE)
    behind = re.findall(rf"^{name} (PASSED|FAILED|SKIPPED)", ran.output, re.MULTILINE)
    return {item: word for word, item in before} | dict(behind)


def on_record(ran: Ran) -> dict[str, str]:
    """What the record says of each scenario and requirement."""
    lines = [line for line in ran.lines if line["record"] in ("scenario", "verdict")]
    return {line.get("scenario") or line["requirement"]: line["outcome"] for line in lines}


@WORKERS
@pytest.mark.parametrize(
    ("spoiled", "budget", "code", "words"),
    [
        (False, "25", 0, {"PASSED", "SKIPPED"}),
        (True, "25", 1, {"PASSED", "SKIPPED", "FAILED"}),
        (False, "9", 0, {"PASSED", "SKIPPED"}),
    ],
    ids=["conforming", "spoiled", "a small budget"],
)
def test_every_item_comes_to_what_is_on_record(
    tmp_path: Path,
    *,
    spoiled: bool,
    budget: str,
    code: int,
    words: set[str],
    workers: tuple[str, ...],
) -> None:
    with remembering(spoiled=spoiled) as server:
        env = {**server.settings, "PARTNERS_API_REQUEST_BUDGET": budget}
        ran = pytest_run(tmp_path, "-v", "--profile", "smoke", *workers, env=env)
    assert ran.exit_code == code, ran.output
    recorded, told = on_record(ran), said(ran)
    assert told == {item: SAID[outcome] for item, outcome in recorded.items()}
    assert set(told.values()) == words


@pytest.mark.parametrize("scenario", ["valid.plain", "wrong.swapped", "valid.last"])
def test_a_scenario_that_is_selected_alone_is_carried_out_and_passes(tmp_path: Path, scenario: str) -> None:
    """Not skipped as one that the run did not come to."""
    with remembering() as server:
        ran = pytest_run(tmp_path, "-v", "--profile", "smoke", f"{OWN}scenario[{scenario}]", env=server.settings)
    assert (ran.exit_code, said(ran)) == (0, {scenario: "PASSED"}), ran.output


def test_scenarios_without_the_first_are_told_as_they_are_over(tmp_path: Path) -> None:
    with remembering() as server:
        ran = pytest_run(tmp_path, "-v", "-k", "test_scenario and not plain", env=server.settings)
    told = said(ran)
    assert len(told) > 20
    assert {item for item, word in told.items() if word != "PASSED"} == {
        item for item, outcome in on_record(ran).items() if item in told and outcome != "completed"
    }


def test_what_an_earlier_run_withdrew_is_no_longer_said_to_be_withdrawn(tmp_path: Path) -> None:
    notices = [tmp_path / f"{name}.withdrawn.txt" for name in SCANNED]
    for notice in notices:
        notice.write_text("it held a secret\n")
    ran = pytest_run(tmp_path, "-q", "--profile", "smoke")
    assert ran.exit_code == 0, ran.output
    assert [notice.name for notice in notices if notice.exists()] == []
    assert "withdrawn" not in ran.output
