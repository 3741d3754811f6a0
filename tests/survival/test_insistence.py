"""Whoever signals again and again, and has waited for some seconds, is taken at their word, even where reports hang."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from conformance.exitcode import ExitCode
from conformance.interruption import INSISTENT, PATIENCE
from tests.hostile.server import CLIENT_ID, Heard, Hostile, Peer
from tests.survival import command
from tests.survival.command import PYTEST, SCRIPT, SECRET, Ran

#: Rendering that does not end, put there as Python starts; it says that it has begun. The clock of whoever is told stands
#: still until the test lets patience be over: on a busy machine the reports may not have begun by then.
HANGING = """
import pathlib, time, conformance.interruption, conformance.rendering.html
def hang(view):
    pathlib.Path({begun!r}).touch()
    while True:
        time.sleep(0.1)
conformance.rendering.html.render = hang
class Clock:
    @staticmethod
    def monotonic():
        return {patience} + 0.1 if pathlib.Path({over!r}).exists() else 0.0
conformance.interruption.time = Clock
"""
#: Seconds of patience where nothing has to be done before they are over.
BRIEF = 0.5
#: A process that has nothing to do but to be told.
WAITING = """
import sys, time
from conformance.interruption import Interruption
Interruption(lambda number: print("told", number, flush=True), patience={patience}).take()
print("ready", flush=True)
while True:
    time.sleep(0.1)
"""


def _slowly(peer: Peer, heard: Heard) -> None:
    peer.sleep(0.1)
    peer.answer(heard)


SLOW = Hostile("slow-ish", "right, after a tenth of a second", _slowly)
BOTH = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])


def _until(process: int, file: Path, text: str = "") -> None:
    command.until(
        process, lambda: file.exists() and text in file.read_text("latin-1"), f"{file.name} was there, with {text!r}"
    )


def _is_alive(process: int) -> bool:
    return os.waitpid(process, os.WNOHANG)[0] == 0


@BOTH
@pytest.mark.parametrize("start", [PYTEST, SCRIPT], ids=["pytest", "script"])
def test_the_third_signal_after_some_seconds_ends_a_run_that_hangs(
    start: Sequence[str], number: int, tmp_path: Path
) -> None:
    """Exit code 2 at once, no traceback, no secret; and the record of what was gathered can be read to its end."""
    begun, over, folder, output = (tmp_path / name for name in ("begun", "over", "reports", "output"))
    hanging = HANGING.format(begun=str(begun), over=str(over), patience=PATIENCE)
    (tmp_path / "sitecustomize.py").write_text(hanging)
    more = ("-W", "ignore::pytest.PytestAssertRewriteWarning") if start is PYTEST else ()
    with SLOW.serve(client_id=CLIENT_ID, client_secret=SECRET) as base_url:
        env = {**command.settings(base_url), "PYTHONPATH": f"{tmp_path}:{command.ROOT}"}
        process = command.start((*start, *more, "--reports-dir", str(folder)), env, output)
        _until(process, folder / "results.jsonl", '"record":"exchange"')
        os.kill(process, number)
        _until(process, begun)
        for _ in range(INSISTENT):
            os.kill(process, number)
            time.sleep(0.1)
        time.sleep(0.3)
        assert _is_alive(process)
        over.touch()
        time.sleep(0.3)
        assert _is_alive(process)
        insisted = time.monotonic()
        os.kill(process, number)
        code, peak = command.wait(process, 30)
    ran = Ran(code, 0, peak, output.read_text("utf-8", "surrogateescape"), folder)
    assert code == ExitCode.INTERRUPTED
    assert time.monotonic() - insisted < 2
    assert "Traceback" not in ran.output
    assert ran.end["record"] == "end"
    assert ran.end["partial"] is True
    assert command.leaks(ran) == []


@BOTH
def test_the_second_signal_never_ends_a_process_however_late(number: int, tmp_path: Path) -> None:
    """Only the first is passed on, and it takes a third to be insistent."""
    output = tmp_path / "output"
    process = command.start((sys.executable, "-c", WAITING.format(patience=BRIEF)), command.settings(), output)
    _until(process, output, "ready")
    os.kill(process, number)
    _until(process, output, "told")
    time.sleep(BRIEF + 0.2)
    os.kill(process, number)
    time.sleep(0.3)
    assert _is_alive(process)
    os.kill(process, number)
    code, _ = command.wait(process, 10)
    assert code == ExitCode.INTERRUPTED
    assert output.read_text().split() == ["ready", "told", str(int(number))]
