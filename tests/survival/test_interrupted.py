"""Interrupted, not lost: whatever ends a run early, what was gathered is there and says that it is not all."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from lxml import etree

from tests.hostile import HOSTILE_BY_NAME
from tests.hostile.server import CLIENT_ID, Heard, Hostile, Peer
from tests.suite.command import remembering
from tests.survival import command
from tests.survival.command import PYTEST, SCRIPT, SECRET, Ran


def _unhurried(peer: Peer, heard: Heard) -> None:
    peer.sleep(0.3)
    peer.answer(heard)


UNHURRIED = Hostile("unhurried", "right, after some time", _unhurried)


def _signalled(
    start: Sequence[str], number: int, folder: Path, *, exchanges: int = 8, also: Callable[[], bool] = lambda: True
) -> Ran:
    """Start a run, send it a signal once some exchanges were on record and `also` is so, and wait for its end."""
    with UNHURRIED.serve(client_id=CLIENT_ID, client_secret=SECRET) as base_url:
        output = folder.with_suffix(".output")
        process = command.start((*start, "--reports-dir", str(folder)), command.settings(base_url), output)
        command.until(
            process, lambda: command.recorded(folder) >= exchanges and also(), f"{exchanges} exchanges were on record"
        )
        os.kill(process, number)
        code, peak = command.wait(process, 60)
    return Ran(code, 0, peak, output.read_text("utf-8", "surrogateescape"), folder)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=["Ctrl-C", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("start", [PYTEST, (*PYTEST, "-n", "2"), SCRIPT], ids=["pytest", "pytest -n 2", "script"])
def test_a_signal_ends_a_run_with_everything_in_place(start: Sequence[str], number: int, tmp_path: Path) -> None:
    """Exit code 2, the record has its end line, and the reports say "partial"."""
    ran = _signalled(start, number, tmp_path / "reports")
    assert command.faults(ran, codes=(2,)) == [], ran.output
    assert ran.end["partial"] is True
    assert "KeyboardInterrupt" not in ran.output
    assert "plugin.py" not in ran.output
    assert "Run again" in ran.output
    assert "partial" in ran.text("junit.xml").lower()
    assert "partial" in ran.text("report.html").lower()


def test_a_killed_run_leaves_a_record_that_can_be_rendered(tmp_path: Path) -> None:
    """After SIGKILL `report` makes the two reports of what is there; they say "partial"."""
    folder = tmp_path / "reports"
    killed = _signalled(PYTEST, signal.SIGKILL, folder)
    assert killed.exit_code == -signal.SIGKILL
    record = folder / "results.jsonl"
    record.write_bytes(record.read_bytes()[:-20])
    ran = command.run((*SCRIPT[:-1], "report", str(record)), command.settings(), folder)
    assert ran.exit_code == 0, ran.output
    assert "Traceback" not in ran.output
    assert "partial" in ran.text("junit.xml").lower()
    assert "partial" in ran.text("report.html").lower()
    assert command.leaks(ran) == []


@pytest.mark.parametrize("start", [PYTEST, (*PYTEST, "-n", "2"), SCRIPT], ids=["pytest", "pytest -n 2", "script"])
def test_a_killed_run_leaves_no_report_of_the_run_before(start: Sequence[str], tmp_path: Path) -> None:
    """What is there is whole, is of this run, says that it is partial, and holds no answer."""
    folder = tmp_path / "reports"
    folder.mkdir()
    for name in command.ARTEFACTS:
        (folder / name).write_text("last night's")

    def announced() -> bool:
        return all((folder / name).read_text("utf-8").startswith("<") for name in ("junit.xml", "report.html"))

    killed = _signalled(start, signal.SIGKILL, folder, also=announced)
    assert killed.exit_code == -signal.SIGKILL
    root = etree.fromstring(killed.text("junit.xml").encode())
    values = {one.get("name"): one.get("value") for one in root.iter("property")}
    assert (values["run"], values["partial"]) == (killed.lines[0]["run_id"], "true")
    assert root.get("errors") == "1"
    page = killed.text("report.html")
    assert page.rstrip().endswith("</html>")
    assert "Partial: inconclusive" in page
    assert "HTTP/1.1" not in page + killed.text("junit.xml")
    assert sorted(path.name for path in folder.iterdir()) == [
        *sorted(("junit.xml", "report.html", "results.jsonl")), "results.previous.jsonl"
    ]  # fmt: skip
    assert command.leaks(killed) == []


@pytest.mark.parametrize("start", [PYTEST, SCRIPT], ids=["pytest", "script"])
def test_reports_that_cannot_be_announced_stay_as_they_were(start: Sequence[str], tmp_path: Path) -> None:
    """A folder stands where each of them is to be: the run goes on, and says so at its end."""
    for name in ("junit.xml", "report.html"):
        (tmp_path / name / "kept").mkdir(parents=True)
    ran = command.run((*start, "--reports-dir", str(tmp_path)), command.settings(target="embedded"), tmp_path)
    assert ran.exit_code == 6, ran.output
    assert "cannot be written" in ran.output
    assert "Traceback" not in ran.output
    assert ran.end["overall"] == "conformant"
    assert (tmp_path / "report.html" / "kept").is_dir()


def test_a_time_budget_that_runs_out_is_said(tmp_path: Path) -> None:
    """The run ends soon after, inconclusive, and names the budget."""
    ran = command.against(HOSTILE_BY_NAME["slow"], tmp_path / "reports", time_budget="4")
    assert command.faults(ran) == [], ran.output
    assert ran.end["stopped"] == "the time budget of 4 s is spent (PARTNERS_API_TIME_BUDGET)"
    assert "Give the run more time, where the target's policy lets you: PARTNERS_API_TIME_BUDGET (4 s in this run)" in (
        ran.output
    )
    assert ran.end["partial"] is True


@pytest.mark.parametrize("start", [PYTEST, SCRIPT, (*PYTEST, "-n", "2")], ids=["pytest", "script", "workers"])
@pytest.mark.parametrize("below", ["", "reports"], ids=["in its place", "above it"])
def test_a_folder_that_cannot_be_written_is_said_in_a_line_before_anything_is_sent(
    start: Sequence[str], below: str, tmp_path: Path
) -> None:
    """A file stands where the folder is to be: not even root can write there."""
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" / below
    with remembering() as server:
        ran = command.run((*start, "--reports-dir", str(folder)), server.settings, folder)
    assert (ran.exit_code, server.asked) == (4, []), ran.output
    assert "Traceback" not in ran.output
    assert "FAILED" not in ran.output
    assert re.search(r"--reports-dir='\S+' is not accepted: .*cannot be written: a file stands", ran.output)


@pytest.mark.parametrize("blocks", [1, 200], ids=["from the start", "half-way"])
def test_a_full_disk_is_said_and_leaves_whole_reports(blocks: int, tmp_path: Path) -> None:
    """No file may grow beyond so many blocks of 512 octets: last night's reports stand, or new ones, whole."""
    for name in ("junit.xml", "report.html"):
        (tmp_path / name).write_text(f"last night's {name}")
    # SIGXFSZ would end the process where a full disk only refuses a write; Python ignores it.
    limits = ("/bin/sh", "-c", 'ulimit -f "$0"; exec "$@"', str(blocks))
    start = (*SCRIPT, "--reports-dir", str(tmp_path))
    ran = command.run(start, command.settings(target="embedded"), tmp_path, limits=limits)
    assert ran.exit_code in (1, 6), ran.output
    assert "Traceback" not in ran.output
    assert f"cannot be written: File too large (--reports-dir='{tmp_path}')" in ran.output
    for name, end in (("junit.xml", "</testsuites>"), ("report.html", "</html>")):
        assert ran.text(name) == f"last night's {name}" or ran.text(name).rstrip().endswith(end)
    assert not list(tmp_path.glob(".report.html*"))
