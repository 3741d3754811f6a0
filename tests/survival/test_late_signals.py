"""A signal that comes when the run is over takes nothing from what it came to: process, record and reports say the same."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

import signal
from collections.abc import Sequence
from pathlib import Path

import pytest
from lxml import etree

from tests.survival import command
from tests.survival.command import PYTEST, SCRIPT, Ran

WORKERS = (*PYTEST, "-n", "2")

#: A plugin of pytest: the process that was started, and none of its workers, is signalled behind the first requirement.
#: The verdict of one is known when all of them are.
BEHIND_A_VERDICT = """
import os
def pytest_runtest_logfinish(nodeid, location):
    if "test_requirement" in nodeid and not os.environ.get("PYTEST_XDIST_WORKER") and not os.environ.pop("LATE", ""):
        os.environ["LATE"] = "once"
        os.kill(os.getpid(), {number})
"""

#: The process is signalled when all is asked, and nothing is concluded from it yet.
BEFORE_THE_VERDICTS = """
import os, time
from conformance import running
def conclude(*arguments, then=running.conclude):
    os.kill(os.getpid(), {number})
    time.sleep(0.5)
    return then(*arguments)
running.conclude = conclude
"""

#: The process is signalled as it looks through its reports.
AMONG_THE_REPORTS = """
import os
from conformance import artefacts
def leaks(*arguments, then=artefacts._leaks):
    os.kill(os.getpid(), {number})
    return then(*arguments)
artefacts._leaks = leaks
"""

STRANGE = """
import time
def test_takes_its_time():
    time.sleep(20)
"""


def _signalled(start: Sequence[str], plugin: str, folder: Path, *arguments: str, number: int = signal.SIGTERM) -> Ran:
    folder.mkdir()
    (folder / "late.py").write_text(plugin.format(number=int(number)))
    if start is SCRIPT:
        (folder / "sitecustomize.py").write_text("import late")
    else:
        arguments = ("-p", "late", *arguments)
    env = command.settings(target="embedded", profile="smoke") | {"PYTHONPATH": f"{folder}:{command.ROOT}"}
    return command.run((*start, "--reports-dir", str(folder / "reports"), *arguments), env, folder / "reports")


def _says_what_it_came_to(ran: Ran) -> None:
    assert command.faults(ran, codes=(0,)) == [], ran.output
    assert (ran.end["overall"], ran.end["partial"]) == ("conformant", False)
    root = etree.fromstring(ran.text("junit.xml").encode())
    values = {one.get("name"): one.get("value") for one in root.iter("property")}
    assert values["partial"] == "false"
    assert "Partial" not in ran.output + ran.text("report.html")
    assert "Exit code 0." in ran.output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_among_the_verdicts_changes_nothing(number: signal.Signals, tmp_path: Path) -> None:
    ran = _signalled(PYTEST, BEHIND_A_VERDICT, tmp_path / "it", number=number)
    _says_what_it_came_to(ran)
    assert "told to end" not in ran.output
    assert "[100%]" in ran.output


@pytest.mark.parametrize(
    ("start", "plugin"),
    [
        (WORKERS, BEHIND_A_VERDICT),
        (PYTEST, BEFORE_THE_VERDICTS),
        (SCRIPT, BEFORE_THE_VERDICTS),
        (PYTEST, AMONG_THE_REPORTS),
        (SCRIPT, AMONG_THE_REPORTS),
    ],
    ids=["pytest -n 2", "pytest, concluding", "script, concluding", "pytest, reporting", "script, reporting"],
)
def test_a_signal_when_all_is_asked_changes_nothing(start: Sequence[str], plugin: str, tmp_path: Path) -> None:
    _says_what_it_came_to(_signalled(start, plugin, tmp_path / "it"))


def test_a_signal_ends_tests_that_are_not_of_the_suite_and_the_exit_code_is_theirs(tmp_path: Path) -> None:
    (tmp_path / "test_strange.py").write_text(STRANGE)
    ran = _signalled(
        PYTEST, BEHIND_A_VERDICT, tmp_path / "it", "conformance/suite", str(tmp_path / "test_strange.py"), "-rN"
    )
    assert (ran.exit_code, ran.end["exit_code"], ran.end["partial"]) == (2, 0, False), ran.output
    assert ran.seconds < 15
    assert "not of this suite" in ran.output
