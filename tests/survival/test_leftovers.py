"""No run leaves a file in the temporary folder, however it ends and whoever carried it out."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest

from conformance.runstate import RunState
from tests.hostile.server import CLIENT_ID, Heard, Hostile, Peer
from tests.survival import command
from tests.survival.command import PYTEST, SCRIPT, SECRET
from tests.survival.test_signals import SIGNALLING

STARTS = pytest.mark.parametrize(
    "start", [PYTEST, (*PYTEST, "-n", "2"), SCRIPT], ids=["pytest", "pytest -n 2", "script"]
)


def _unhurried(peer: Peer, heard: Heard) -> None:
    peer.sleep(0.1)
    peer.answer(heard)


UNHURRIED = Hostile("unhurried", "right, after some time", _unhurried)


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """The temporary folder of the run."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


def _left(folder: Path) -> list[str]:
    """The files there; pytest-xdist's own folders are empty, and pytest keeps no more than three of them."""
    return [path.name for path in folder.rglob("*") if path.is_file()]


@STARTS
def test_a_run_that_came_to_its_end_leaves_nothing(start: Sequence[str], tmp_path: Path, temporary: Path) -> None:
    """Not even the file by which the processes of one run tell each other how it stands."""
    env = {**command.settings(target="embedded", profile="smoke"), "TMPDIR": str(temporary)}
    ran = command.run((*start, "--reports-dir", str(tmp_path / "reports")), env, tmp_path / "reports")
    assert ran.exit_code == 0, ran.output
    assert _left(temporary) == []


@STARTS
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_an_interrupted_run_leaves_nothing(start: Sequence[str], number: int, tmp_path: Path, temporary: Path) -> None:
    """Some requests have been answered by then."""
    folder = tmp_path / "reports"
    with UNHURRIED.serve(client_id=CLIENT_ID, client_secret=SECRET) as base_url:
        env = {**command.settings(base_url), "TMPDIR": str(temporary)}
        process = command.start((*start, "--reports-dir", str(folder)), env, tmp_path / "output")
        command.until(process, lambda: command.recorded(folder) >= 5, "5 exchanges were on record")
        os.kill(process, number)
        code, _ = command.wait(process, 60)
    assert code == 2
    assert _left(temporary) == []


@STARTS
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_a_run_that_was_interrupted_before_it_began_leaves_nothing(
    start: Sequence[str], number: int, tmp_path: Path, temporary: Path
) -> None:
    """The workers may be on their way by then, and look later than the controller does."""
    (tmp_path / "sitecustomize.py").write_text(SIGNALLING.format(module="conformance.session", number=int(number)))
    env = {
        **command.settings(target="embedded"), "TMPDIR": str(temporary), "PYTHONPATH": f"{tmp_path}:{command.ROOT}"
    }  # fmt: skip
    ran = command.run((*start, "--reports-dir", str(tmp_path / "reports")), env, tmp_path / "reports")
    assert ran.exit_code == 2, ran.output
    assert _left(temporary) == []


def test_the_processes_of_a_run_meet_in_a_file_that_only_the_controller_makes(tmp_path: Path) -> None:
    """A worker that says later than all others that the run is over makes no file."""
    controller = RunState.create("0a1b2c3d", tmp_path)
    worker = RunState(controller.path)
    assert (worker.is_finished(), worker.is_removed()) == (False, False)

    worker.finish()
    assert (worker.is_finished(), worker.is_removed()) == (True, False)

    controller.remove()
    assert (worker.is_finished(), worker.is_removed()) == (True, True)

    worker.finish()
    controller.remove()
    assert list(tmp_path.iterdir()) == []
