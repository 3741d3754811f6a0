"""What an item of pytest comes to is what the record says of its scenario or requirement: a skip is never a pass."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.artefacts import SCANNED
from tests.conforming.answers import Answer
from tests.conforming.reading import Asked
from tests.suite.command import Ran, Remembering, pytest_run, remembering

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


NAME = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e"


class Steering(Remembering):
    """It repeats a member whose name steers a terminal: in each object of its answers, and in the claims of its tokens."""

    def _answer(self, asked: Asked) -> Answer:
        answer = super()._answer(asked)
        value = json.loads(answer.body or b"null")
        if isinstance(value, dict) and "accessToken" in value:
            header, claims, signature = value["accessToken"].split(".")
            spoiled = self._repeating(base64.urlsafe_b64decode(claims + "=="))
            value["accessToken"] = f"{header}.{base64.urlsafe_b64encode(spoiled).rstrip(b'=').decode()}.{signature}"
            answer = replace(answer, body=json.dumps(value).encode())
        return replace(answer, body=self._repeating(answer.body))

    def _repeating(self, content: bytes) -> bytes:
        name = json.dumps(NAME).encode()
        return content[:-1] + b",%b:1,%b:2}" % (name, name) if content.endswith(b"}") else content


@pytest.mark.parametrize("arguments", [("-q",), ("-vv", "--tb=long", "--showlocals", "-rA")], ids=["quiet", "verbose"])
def test_nothing_of_the_target_steers_the_terminal(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """Whatever pytest is given it writes as it is."""
    server = Steering()
    server.start()
    try:
        selected = ("--requirement", "*.unique-*", "--profile", "smoke", "--strict")
        ran = pytest_run(tmp_path, *selected, *arguments, env=server.settings)
    finally:
        server.stop()
    assert ran.exit_code == 1, ran.output
    assert ran.outcomes["jwt.unique-names"] == "failed"
    assert ran.outcomes["protocol.unique-members"] == "warned"
    assert "owned" in ran.output
    assert [
        character for character in ran.output if ord(character) in range(0x7F, 0xA0) or character in "\x1b\x07\u202e"
    ] == []
