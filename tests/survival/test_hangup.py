"""A terminal that is closed, or a connection to it that is lost, ends a run in good order; `nohup` holds."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.survival import command
from tests.survival.command import PYTEST, SCRIPT, Ran

STARTS = pytest.mark.parametrize(
    "start",
    [PYTEST, (*PYTEST, "-s"), (*PYTEST, "-n", "2"), SCRIPT],
    ids=["pytest", "pytest -s", "pytest -n 2", "script"],
)
#: What `nohup` does, its file for the output aside.
NOHUP = ("/bin/sh", "-c", 'trap "" HUP; exec "$0" "$@"')


def _in_a_terminal(arguments: Sequence[str], env: dict[str, str]) -> tuple[int, int]:
    """Start a command that leads the session of a terminal; its process id, and the terminal's other end."""
    ours, theirs = os.openpty()
    name = os.ttyname(theirs)
    # the shell opens the terminal, which thereby becomes that of its session
    argv = ["/bin/sh", "-c", 'exec "$@" <"$0" >"$0" 2>&1', name, *arguments]
    process = os.posix_spawn(argv[0], argv, env, setsid=True, setsigdef=command.RESET)
    return process, ours


@STARTS
def test_a_closed_terminal_ends_a_run_with_everything_in_place(start: Sequence[str], tmp_path: Path) -> None:
    """Nothing takes the output any more; every process of the session is told, the embedded server's too."""
    folder = tmp_path / "reports"
    env = {**command.settings(target="embedded", requests_per_second="20"), "TERM": "xterm"}
    process, terminal = _in_a_terminal((*start, "--reports-dir", str(folder)), env)
    command.until(process, lambda: command.recorded(folder) >= 5, "5 exchanges were on record")
    os.close(terminal)
    code, peak = command.wait(process, 60)
    ran = Ran(code, 0, peak, "", folder)
    assert command.faults(ran, codes=(2,)) == []
    assert ran.end["partial"] is True
    # a worker learns that it is to end, not why
    assert ran.end["stopped"] in ("told to end (SIGHUP)", "interrupted")
    assert "partial" in ran.text("junit.xml").lower()
    assert "partial" in ran.text("report.html").lower()


@STARTS
def test_a_run_that_was_started_with_nohup_goes_on(start: Sequence[str], tmp_path: Path) -> None:
    """SIGHUP was ignored when it began."""
    folder, output = tmp_path / "reports", tmp_path / "output"
    settings = command.settings(target="embedded", profile="smoke", requests_per_second="20")
    process = command.start((*start, "--reports-dir", str(folder)), settings, output, limits=NOHUP)
    command.until(process, lambda: command.recorded(folder) >= 2, "2 exchanges were on record")
    os.killpg(process, signal.SIGHUP)
    code, _ = command.wait(process, 60)
    assert code == 0, output.read_text("utf-8")
