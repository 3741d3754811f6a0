"""An accepted deviation that does not happen any more, or has expired, fails the run until its entry goes."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from lxml import etree

from conformance.settings import ROOT
from tests.reference.conftest import CLIENT_ID, CLIENT_SECRET, running
from tests.suite.command import Ran, environment, pytest_run, remembering

SMOKE = ("--profile", "smoke", "-q")
NAME = "token.expires-in"
#: what the mutant expires-in-null shows, as an entry expects it
ENTRY = {
    "requirement": NAME,
    "target": "*",
    "expected": "*null*",
    "reason": "the team knows and mends it in May",
    "link": "https://example.org/1",
    "expires": None,
}


def listed(folder: Path, **entry: object) -> tuple[Path, int]:
    """A list of deviations with one more, and the line that the entry begins on."""
    known = yaml.safe_load((ROOT / "spec" / "deviations.yaml").read_text("utf-8"))
    known["deviations"].append({**ENTRY, **entry})
    path = folder / "deviations.yaml"
    text = yaml.safe_dump(known, sort_keys=False)
    path.write_text(text, "utf-8")
    return path, text[: text.index(f"requirement: {entry.get('requirement', NAME)}")].count("\n") + 1


def verdict(ran: Ran, requirement: str = NAME) -> dict[str, Any]:
    return next(line for line in ran.lines if line.get("requirement") == requirement)


def failure(ran: Ran) -> str:
    """The message of the one failure of junit.xml."""
    (found,) = etree.parse(ran.folder / "junit.xml").iter("failure")
    return str(found.get("message"))


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_one_that_no_longer_happens_is_a_red_item_and_exit_code_1(tmp_path: Path, workers: tuple[str, ...]) -> None:
    file, line = listed(tmp_path)
    with remembering() as server:
        env = server.settings | {"PARTNERS_API_DEVIATIONS_FILE": str(file)}
        ran = pytest_run(tmp_path, "-q", *workers, env=env)
    reason = f"it no longer happens: remove the entry (deviations.yaml:{line})"
    assert ran.exit_code == 1, ran.output
    assert f"FAILED conformance/suite/test_conformance.py::test_requirement[{NAME}]" in ran.output
    assert "1 failed" in ran.output
    assert (verdict(ran)["outcome"], verdict(ran)["reason"]) == ("recovered", reason)
    assert failure(ran) == reason
    assert f"↺ recovered  {NAME}: {reason}" in ran.output
    assert "Remove the entries that are named from spec/deviations.yaml, then run again." in ran.output


def test_one_that_has_expired_and_still_happens_names_its_line_and_shows_the_finding(tmp_path: Path) -> None:
    file, line = listed(tmp_path, expires="2025-01-01")
    with running("--mutant", "expires-in-null") as base_url:
        env = environment(TARGET=base_url, CLIENT_ID=CLIENT_ID, CLIENT_SECRET=CLIENT_SECRET, DEVIATIONS_FILE=str(file))
        ran = pytest_run(tmp_path, *SMOKE, env=env)
    reason = f"it expired on 2025-01-01 and still happens: remove the entry (deviations.yaml:{line})"
    assert ran.exit_code == 1, ran.output
    assert [name for name, outcome in ran.outcomes.items() if outcome in ("failed", "recovered")] == [NAME]
    told = verdict(ran)
    (finding,) = told["findings"]
    assert (told["outcome"], told["reason"], finding["accepted"]) == ("recovered", reason, None)
    assert finding["exchange"]["request"]["curl"]
    assert failure(ran) == f"{reason}: {finding['observed']}"
    page = " ".join((tmp_path / "report.html").read_text("utf-8").split())
    assert f"It expired on 2025-01-01 and still happens: remove the entry (deviations.yaml:{line})." in page
    assert f"↺ recovered  {NAME}: {finding['observed']}" in ran.output
    assert reason in " ".join(ran.output.split())
    broken = r"The target breaks 1 of \d+ requirements\. The accepted deviation has expired for 1 of them\."
    assert re.search(broken, ran.output), ran.output
    assert "Remove the expired entries from spec/deviations.yaml, or give them a later date." in ran.output


def test_one_in_force_excuses_the_same_finding(tmp_path: Path) -> None:
    file, _ = listed(tmp_path, expires="2999-01-01")
    with running("--mutant", "expires-in-null") as base_url:
        env = environment(TARGET=base_url, CLIENT_ID=CLIENT_ID, CLIENT_SECRET=CLIENT_SECRET, DEVIATIONS_FILE=str(file))
        ran = pytest_run(tmp_path, *SMOKE, env=env)
    assert (ran.exit_code, ran.outcomes[NAME]) == (0, "deviating"), ran.output


#: a run that was not looking for it, what it was told, and why it says nothing of the entry
NARROWED = {
    "smoke": (NAME, SMOKE, {}, "profile smoke does not look for everything"),
    "one scenario": (NAME, ("-q", "-k", "test_scenario and valid.again"), {}, "only some scenarios were selected"),
    "a lowered budget": (
        "status.wrong-type",
        ("-q", "-k", "test_requirement and status."),
        {"REQUEST_BUDGET": "60"},
        "over the 60 requests that PARTNERS_API_REQUEST_BUDGET allows",
    ),
    "by chance": ("protocol.response-time", ("-q",), {}, "it comes and goes with load and network"),
}


@pytest.mark.parametrize(("name", "arguments", "settings", "why"), NARROWED.values(), ids=NARROWED)
def test_a_run_that_did_not_look_for_one_in_full_says_so_and_passes(
    tmp_path: Path, name: str, arguments: tuple[str, ...], settings: dict[str, str], why: str
) -> None:
    file, line = listed(tmp_path, requirement=name)
    with remembering() as server:
        settings = {f"PARTNERS_API_{key}": value for key, value in settings.items()}
        env = server.settings | settings | {"PARTNERS_API_DEVIATIONS_FILE": str(file)}
        ran = pytest_run(tmp_path, *arguments, env=env)
    reason = f"an accepted deviation was not looked for in full (deviations.yaml:{line}): {why}"
    assert ran.exit_code == 0, ran.output
    assert (verdict(ran, name)["outcome"], verdict(ran, name)["reason"]) == ("passed", reason)


def test_one_requirement_alone_is_looked_for_in_full(tmp_path: Path) -> None:
    """All that can speak to it is sent."""
    file, _ = listed(tmp_path)
    with remembering() as server:
        env = server.settings | {"PARTNERS_API_DEVIATIONS_FILE": str(file)}
        ran = pytest_run(tmp_path, "-q", "--requirement", NAME, env=env)
    assert (ran.exit_code, ran.outcomes) == (1, {NAME: "recovered"}), ran.output


def test_a_run_that_was_stopped_does_not_say_that_anything_no_longer_happens(tmp_path: Path) -> None:
    """It may have been about to happen."""
    file, _ = listed(tmp_path)
    with remembering() as server:
        env = server.settings | {
            "PARTNERS_API_DEVIATIONS_FILE": str(file),
            "PARTNERS_API_REQUESTS_PER_SECOND": "2",
            "PARTNERS_API_TIME_BUDGET": "2",
        }
        ran = pytest_run(tmp_path, *SMOKE, env=env)
    assert verdict(ran)["judged"] > 0
    assert "recovered" not in ran.outcomes.values()
    assert ran.exit_code == 6, ran.output
