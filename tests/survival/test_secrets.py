"""Canaries: a run that fails, crashes or leaks by mistake shows no secret on its way out."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.hostile import Hostile
from tests.hostile.server import Heard, Peer
from tests.survival import command
from tests.survival.command import PYTEST, SCRIPT, SECRET, Ran

RIGHT = Hostile("right", "right")
#: What the server keeps.
CONFORMING = ("--profile", "smoke", "--requirement", "jwt.*")
TALKATIVE = ("-vv", "--showlocals", "--tb=long", "-ra", "--profile", "smoke", "--strict")

#: What goes wrong inside the suite, put there as Python starts.
CRASH = """
import conformance.judge
def crash(self, exchange):
    body = exchange.request.body
    answer = exchange.response
    raise RuntimeError(f"{body!r} {answer and answer.content!r}")
conformance.judge.Judge.judge = crash
"""
CRASHING_REPORT = """
import os, conformance.rendering.html
def crash(view):
    secret = os.environ["PARTNERS_API_CLIENT_SECRET"]
    raise RuntimeError(secret)
conformance.rendering.html.render = crash
"""
LEAK = """
import os, conformance.rendering.html
real = conformance.rendering.html.render
def leaky(view):
    secret = os.environ["PARTNERS_API_CLIENT_SECRET"]
    return real(view) + b'<p id="jwt.exp-future">' + secret.encode() + b"</p>"
conformance.rendering.html.render = leaky
"""
LEAK_IN_WORDS = """
import os, conformance.rendering.words
conformance.rendering.words.next_step = lambda view: os.environ["PARTNERS_API_CLIENT_SECRET"]
"""


def _run(sabotage: str, folder: Path, *start: str) -> Ran:
    custom = folder / "custom"
    custom.mkdir()
    (custom / "sitecustomize.py").write_text(sabotage)
    reports = folder / "reports"
    if sabotage and start[: len(PYTEST)] == PYTEST:
        start = (*start, "-W", "ignore::pytest.PytestAssertRewriteWarning")
    with RIGHT.serve(client_secret=SECRET) as base_url:
        env = {**command.settings(base_url), "PYTHONPATH": f"{custom}:{command.ROOT}"}
        env["HYPOTHESIS_STORAGE_DIRECTORY"] = str(folder / "hypothesis")
        return command.run((*start, "--reports-dir", str(reports)), env, reports)


def _everything(folder: Path) -> str:
    return "\n".join(
        path.read_bytes().decode("latin-1")
        for path in folder.rglob("*")
        if path.is_file() and path.name != "sitecustomize.py"
    )


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
@pytest.mark.parametrize("sabotage", ["", CRASH, CRASHING_REPORT], ids=["failing", "crashing", "crashing report"])
def test_nothing_that_pytest_can_show_holds_a_secret(sabotage: str, workers: tuple[str, ...], tmp_path: Path) -> None:
    """With every local variable and the longest traceback; neither do cache and artefacts, and no example is stored."""
    cache = ("-o", f"cache_dir={tmp_path}/cache")
    ran = _run(sabotage, tmp_path, *PYTEST, *TALKATIVE, *cache, *workers)
    assert ran.exit_code in (1, 6), ran.output
    assert command.leaks(ran) == []
    everything = Ran(ran.exit_code, 0, 0, _everything(tmp_path), tmp_path / "nothing")
    assert command.leaks(everything) == []
    assert "Traceback" not in ran.output
    assert ("the suite failed: RuntimeError" in ran.output) == bool(sabotage)
    assert not (tmp_path / "hypothesis").exists()


@pytest.mark.parametrize("start", [(*PYTEST, "-q"), SCRIPT, (*PYTEST, "-n", "2")], ids=["pytest", "script", "xdist"])
def test_an_artefact_that_holds_a_secret_is_withdrawn(start: tuple[str, ...], tmp_path: Path) -> None:
    """The suite failed, not the server: 6, and which file and whose text it was. The summary and the others stay."""
    ran = _run(LEAK, tmp_path, *start, *CONFORMING)
    assert ran.exit_code == 6, ran.output
    assert "Exit code of the run: 0." in ran.output
    assert "Exit code 6." in ran.output
    assert "withdrawn" in ran.output, ran.output
    assert not (tmp_path / "reports" / "report.html").exists()
    assert (tmp_path / "reports" / "report.html.withdrawn.txt").exists()
    assert ran.text("junit.xml")
    assert "report.html" in ran.output
    assert "jwt.exp-future" in ran.output
    assert command.leaks(ran) == []


def test_a_finding_beats_that_too(tmp_path: Path) -> None:
    """The server takes a media type that is not JSON: 1, and what was found is printed."""
    ran = _run(LEAK, tmp_path, *SCRIPT, "--profile", "smoke")
    assert ran.exit_code == 1, ran.output
    assert "failed  security.other-channel-no-token" in ran.output
    assert "withdrawn, it holds a secret: report.html" in ran.output


@pytest.mark.parametrize("start", [(*PYTEST, "-q"), SCRIPT, (*PYTEST, "-n", "2")], ids=["pytest", "script", "xdist"])
def test_a_summary_that_holds_a_secret_too_is_left_out(start: tuple[str, ...], tmp_path: Path) -> None:
    """What is withdrawn is not printed instead."""
    ran = _run(LEAK_IN_WORDS, tmp_path, *start, *CONFORMING)
    assert ran.exit_code == 6, ran.output
    assert "withdrawn, it holds a secret: report.html" in ran.output
    assert "Exit code of the run" not in ran.output
    assert command.leaks(ran) == []


def _tells(peer: Peer, heard: Heard) -> None:
    """Tell each token in the refusals before the success that brings it, and never the same again."""
    right = peer.correct(heard)
    known = peer.server.given
    coming = hashlib.sha256(str(len(known)).encode()).hexdigest()[:40]
    if right.status == 200:
        known.add(coming)
        right.document["accessToken"] = coming
    else:
        right.document["message"] = f"not yours is {coming}"
    peer.respond(right.status, right.body, right.headers)


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_a_token_told_before_it_is_handed_out_is_masked_and_nothing_withdrawn(
    workers: tuple[str, ...], tmp_path: Path
) -> None:
    """Nobody could know it for one when it was shown; whoever carried the run out masks it at the end."""
    ran = command.against(Hostile("told", "a refusal tells the next token", _tells), tmp_path, "-q", *workers)
    assert command.faults(ran) == []
    assert not list(tmp_path.glob("*.withdrawn.txt"))
    assert "[a token" in ran.text("results.jsonl")
