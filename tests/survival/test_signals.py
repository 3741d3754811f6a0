"""One signal ends a run at once, several do no more than one, and none of them shows a traceback.

`SURVIVAL=all make test` sends each signal to each way to start a run; else it is a sample.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.hostile import HOSTILE_BY_NAME, Hostile
from tests.hostile.server import CLIENT_ID, Heard, Peer
from tests.survival import command
from tests.survival.command import PYTEST, SCRIPT, SECRET, Ran

WORKERS = (*PYTEST, "-n", "2")
EVERY = os.environ.get("SURVIVAL") == "all"
COMBINED = {
    "pytest, Ctrl-C": (PYTEST, signal.SIGINT),
    "pytest -n 2, SIGTERM": (WORKERS, signal.SIGTERM),
    "script, SIGTERM": (SCRIPT, signal.SIGTERM),
    "pytest, SIGHUP": (PYTEST, signal.SIGHUP),
}
if EVERY:
    COMBINED |= {
        "pytest, SIGTERM": (PYTEST, signal.SIGTERM),
        "pytest -n 2, Ctrl-C": (WORKERS, signal.SIGINT),
        "script, Ctrl-C": (SCRIPT, signal.SIGINT),
        "pytest -n 2, SIGHUP": (WORKERS, signal.SIGHUP),
        "script, SIGHUP": (SCRIPT, signal.SIGHUP),
    }
STARTS = pytest.mark.parametrize("start", [PYTEST, WORKERS, SCRIPT], ids=["pytest", "pytest -n 2", "script"])
STARTED_AND_SIGNALLED = pytest.mark.parametrize(("start", "number"), COMBINED.values(), ids=COMBINED)

#: Signals the process as it imports a module.
SIGNALLING = """
import os, signal, sys
def look(event, arguments):
    if event == "import" and arguments[0] == {module!r} and not os.environ.pop("SIGNALLED", ""):
        os.environ["SIGNALLED"] = "once"
        os.kill(os.getpid(), {number})
sys.addaudithook(look)
"""


def _slow_at_first_sight(peer: Peer, heard: Heard) -> None:
    peer.sleep(0.1)
    peer.answer(heard)


#: Is told to end, and told again by what the interpreter takes apart last.
TOLD_TWICE = """
import os, signal, sys
from conformance.interruption import Interruption
class Late:
    def __del__(self, kill=os.kill, own=os.getpid()):
        kill(own, {number})
late = Late()
Interruption(lambda number: None).take()
os.kill(os.getpid(), {number})
sys.exit(2)
"""

SLOW = Hostile("slow-ish", "right, after a tenth of a second", _slow_at_first_sight)


def _signalled(
    start: Sequence[str],
    hostile: Hostile,
    folder: Path,
    send: Callable[[int], None],
    *,
    exchanges: int = 0,
    turns: int = 0,
    after: int = 0,
    **more: str,
) -> Ran:
    """Start a run, send it signals, and wait for its end.

    exchanges: on record, turns: requests that the server behaves badly about, before the signals are sent.
    """
    with hostile.running(after=after, client_id=CLIENT_ID, client_secret=SECRET) as server:
        output = folder.with_suffix(".output")
        settings = command.settings(server.base_url, **more)
        process = command.start((*start, "--reports-dir", str(folder)), settings, output)
        command.until(
            process,
            lambda: command.recorded(folder) >= exchanges and server.turns >= turns,
            f"{exchanges} exchanges were on record and {turns} requests not answered as they should be",
        )
        send(process)
        code, peak = command.wait(process, 60)
    return Ran(code, 0, peak, output.read_text("utf-8", "surrogateescape"), folder)


def _is_partial_and_whole(ran: Ran) -> None:
    assert command.faults(ran, codes=(2,)) == [], ran.output
    assert ran.end["partial"] is True
    assert "partial" in ran.text("junit.xml").lower()
    assert "partial" in ran.text("report.html").lower()


@STARTED_AND_SIGNALLED
@pytest.mark.parametrize("apart", [0.0, 0.1, 0.4, 1.0] if EVERY else [0.0, 0.4])
def test_more_signals_destroy_nothing(start: Sequence[str], number: int, apart: float, tmp_path: Path) -> None:
    """The second comes while the run ends, while the reports are written, or when all is over."""

    def send(process: int) -> None:
        for _ in range(3):
            try:
                os.kill(process, number)
            except ProcessLookupError:
                return
            time.sleep(apart)

    _is_partial_and_whole(_signalled(start, SLOW, tmp_path / "reports", send, exchanges=5))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_the_interpreter_ends_does_not_cost_the_exit_code(number: signal.Signals) -> None:
    """The interpreter puts back what signals do by themselves before it is gone."""
    ran = subprocess.run([sys.executable, "-c", TOLD_TWICE.format(number=int(number))], check=False, timeout=60)

    assert ran.returncode == 2


@STARTS
def test_a_signal_to_all_processes_is_one_signal(start: Sequence[str], tmp_path: Path) -> None:
    """A terminal sends Ctrl-C to the workers as well."""
    ran = _signalled(start, SLOW, tmp_path / "reports", lambda one: os.killpg(one, signal.SIGINT), exchanges=5)
    _is_partial_and_whole(ran)


@STARTED_AND_SIGNALLED
def test_a_request_under_way_is_abandoned(start: Sequence[str], number: int, tmp_path: Path) -> None:
    """The server never answers, and would be waited for longer than the test waits."""
    ran = _signalled(
        start,
        HOSTILE_BY_NAME["never-answers"],
        tmp_path / "reports",
        lambda one: os.kill(one, number),
        # on a busy machine the second answer may be awaited beside the one that never comes
        exchanges=1,
        turns=1,
        after=3,
        request_deadline="300",
    )
    _is_partial_and_whole(ran)


@STARTED_AND_SIGNALLED
@pytest.mark.parametrize("module", ["conformance.session", "conformance.scenarios.model"])
def test_a_signal_before_anything_is_sent_is_a_line(
    start: Sequence[str], number: int, module: str, tmp_path: Path
) -> None:
    """Exit code 2, no traceback, and last night's reports stay as they were."""
    (tmp_path / "sitecustomize.py").write_text(SIGNALLING.format(module=module, number=int(number)))
    folder = tmp_path / "reports"
    folder.mkdir()
    for name in command.ARTEFACTS:
        (folder / name).write_text("last night's")
    env = {**command.settings(target="embedded"), "PYTHONPATH": f"{tmp_path}:{command.ROOT}"}
    ran = command.run((*start, "--reports-dir", str(folder)), env, folder)
    assert ran.exit_code == 2, ran.output
    assert "Traceback" not in ran.output
    assert "interrupted before anything was sent" in ran.output
    assert {name: ran.text(name) for name in command.ARTEFACTS} == dict.fromkeys(command.ARTEFACTS, "last night's")
