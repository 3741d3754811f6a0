"""Runs the real command in a process of its own, and looks at everything it leaves."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from lxml import etree, html

from tests.hostile import Hostile
from tests.hostile.server import CLIENT_ID
from tests.redaction.disguised import encodings

ROOT = Path(__file__).resolve().parents[2]
PYTEST = (sys.executable, "-m", "pytest")
SCRIPT = (sys.executable, "-m", "conformance.cli", "run")
SECRET = "S7rvive-9x_Kq4!w~Zb2e"
ARTEFACTS = ("results.jsonl", "junit.xml", "report.html")
STEP = 0.02  # seconds between two looks at a process
#: Signals that a shell may have had ignored for whoever runs the tests in the background.
RESET = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: Octets of memory a run may take, whatever comes.
MEMORY = 400 << 20

_TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{6,}\.([A-Za-z0-9_-]{16,})")


def settings(base_url: str = "", *, secret: str = SECRET, **more: str) -> dict[str, str]:
    """An environment with the target and credentials, and none of the settings of whoever runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PARTNERS_API_", "PYTEST_"))}
    own = {"PARTNERS_API_CLIENT_ID": CLIENT_ID, "PARTNERS_API_CLIENT_SECRET": secret, "NO_COLOR": "1"}
    if base_url:
        own["PARTNERS_API_TARGET"] = base_url
    return {**kept, **own, **{f"PARTNERS_API_{name.upper()}": value for name, value in more.items()}}


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run left. seconds: wall clock. peak: octets of its largest process."""

    exit_code: int
    seconds: float
    peak: int
    output: str
    folder: Path
    tokens: frozenset[str] = field(default=frozenset(), repr=False)

    def text(self, name: str) -> str:
        """One artefact as text; empty where it is not there."""
        path = self.folder / name
        return path.read_bytes().decode("utf-8", "surrogateescape") if path.is_file() else ""

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The lines of the record."""
        return [json.loads(line) for line in self.text("results.jsonl").split("\n") if line]

    @property
    def end(self) -> dict[str, Any]:
        """The last line of the record."""
        return self.lines[-1]

    def outcome(self, requirement: str) -> str:
        """What became of a requirement."""
        found = [line["outcome"] for line in self.lines if line.get("requirement") == requirement]
        return str(found[0]) if found else ""


def start(
    command: Sequence[str], env: Mapping[str, str], output: Path, *, cwd: Path = ROOT, limits: Sequence[str] = ()
) -> int:
    """Start a command with its output in a file; return its process id. It leads a process group of its own."""
    opened = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        actions = [(os.POSIX_SPAWN_DUP2, opened, 1), (os.POSIX_SPAWN_DUP2, opened, 2)]
        argv = ["/bin/sh", "-c", 'cd "$0" && exec "$@"', str(cwd), *limits, *command]
        return os.posix_spawn(argv[0], argv, dict(env), file_actions=actions, setpgroup=0, setsigdef=RESET)
    finally:
        os.close(opened)


def wait(process: int, seconds: float) -> tuple[int, int]:
    """Wait for a process: exit code (negative for a signal) and peak memory in octets. Kills it after `seconds`."""
    reaper = threading.Timer(seconds, os.killpg, (process, 9))
    reaper.daemon = True
    reaper.start()
    peak = 0
    try:
        # Not `ru_maxrss`: it begins with the size of the process that started this one, the tests' own.
        while not (ended := os.waitpid(process, os.WNOHANG))[0]:
            peak = max(peak, _high_water(process))
            time.sleep(STEP)
    finally:
        reaper.cancel()
    return os.waitstatus_to_exitcode(ended[1]), peak


def until(process: int, so: Callable[[], bool], what: str, *, seconds: float = 60.0) -> None:
    """Wait until it is so; the test fails where a process ends, or the time does, before that.

    process: one that `start` started. what: the same in words.
    """
    end = time.monotonic() + seconds
    while not so():
        over = os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if (over and not so()) or time.monotonic() > end:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process, signal.SIGKILL)
            os.waitpid(process, 0)
            pytest.fail(f"the process ended before {what}" if over else f"{seconds:g} s went by before {what}")
        time.sleep(STEP)


def recorded(folder: Path) -> int:
    """How many exchanges a run has on record so far."""
    record = folder / "results.jsonl"
    return record.read_bytes().count(b'{"record":"exchange"') if record.exists() else 0


def _high_water(process: int) -> int:
    """The most memory that a process has had resident so far, in octets; 0 once it is gone."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{process}/status").read_text().split("VmHWM:")[1].split()[0]) * 1024
    return 0


def run(
    command: Sequence[str],
    env: Mapping[str, str],
    folder: Path,
    *,
    seconds: float = 200.0,
    cwd: Path = ROOT,
    limits: Sequence[str] = (),
) -> Ran:
    """Run a command to its end."""
    with tempfile.TemporaryDirectory(prefix="survival-") as kept:
        output = Path(kept) / "output"
        begun = time.monotonic()
        code, peak = wait(start(command, env, output, cwd=cwd, limits=limits), seconds)
        taken = time.monotonic() - begun
        return Ran(code, taken, peak, output.read_bytes().decode("utf-8", "surrogateescape"), folder)


def against(hostile: Hostile, folder: Path, *arguments: str, after: int = 0, **more: str) -> Ran:
    """The suite against a hostile server that answers `after` requests as it should."""
    with hostile.running(after=after, client_id=CLIENT_ID, client_secret=SECRET) as server:
        if server.ca_bundle:
            more["ca_bundle"] = str(server.ca_bundle)
        more.setdefault("allow_plain_http", "true")
        command = (*PYTEST, "--reports-dir", str(folder), "--strict", "-o", f"cache_dir={folder}/cache", *arguments)
        ran = run(command, settings(server.base_url, **more), folder)
        tokens = frozenset(server.given)
        assert not server.witnessed, "something was sent to another host"
    return Ran(ran.exit_code, ran.seconds, ran.peak, ran.output, folder, tokens)


def faults(ran: Ran, codes: Sequence[int] = (1, 6)) -> list[str]:
    """What is wrong with a run, each in one line; none for a run that survived."""
    found = []
    if ran.exit_code not in codes:
        found.append(f"exit code {ran.exit_code}")
    # A server's own stack trace is quoted, inside a line.
    if (
        re.search(r"^\W*Traceback", ran.output, re.MULTILINE)
        or "INTERNALERROR" in ran.output
        or "the suite failed" in ran.output
    ):
        found.append("a traceback, or a defect of the suite")
    if ran.peak > MEMORY:
        found.append(f"{ran.peak >> 20} MiB")
    if any(ord(letter) < 32 and letter not in "\n\t" for letter in ran.output.replace("\r\n", "\n")):
        found.append("a control character on the console")
    return [*found, *_ill_formed(ran), *leaks(ran)]


def _ill_formed(ran: Ran) -> list[str]:
    found = []
    try:
        end = ran.end
        if end["record"] != "end":
            found.append("the record has no end line")
        elif end["exit_code"] != ran.exit_code:
            found.append(f"the record says exit code {end['exit_code']}, the process {ran.exit_code}")
    except (ValueError, IndexError, KeyError) as error:
        found.append(f"results.jsonl: {type(error).__name__}")
    try:
        root = etree.fromstring(ran.text("junit.xml").encode("utf-8", "surrogateescape"))
        if root.tag != "testsuites":
            found.append("junit.xml has another root")
    except (etree.XMLSyntaxError, ValueError) as error:
        found.append(f"junit.xml: {error}")
    page = ran.text("report.html")
    if not page.rstrip().endswith("</html>"):
        found.append("report.html does not end")
    elif html.fromstring(page.encode("utf-8", "surrogateescape")).find(".//title") is None:
        found.append("report.html has no title")
    return found


def leaks(ran: Ran, *, secret: str = SECRET) -> list[str]:
    """Where the secret or a token is, in which encoding."""
    forms = [(name, text) for name, text in encodings(secret) if len(text) > 6]
    forms += [(f"token's signature, {name}", text) for token in ran.tokens for name, text in _signature(token)]
    found = []
    for place, text in (("output", ran.output), *((name, ran.text(name)) for name in ARTEFACTS)):
        found += [f"{place} holds the secret or a token ({name})" for name, form in forms if form in text]
        if any(len(set(signature)) > 4 for signature in _TOKEN.findall(text)):
            found.append(f"{place} holds a token that is whole")
    return found


def _signature(token: str) -> list[tuple[str, str]]:
    signature = token.rpartition(".")[2]
    return [("plain", signature), ("reversed", signature[::-1]), *_base64(signature)]


def _base64(text: str) -> list[tuple[str, str]]:
    # The characters at either end depend on what stands beside the text.
    return [
        (f"base64 at {at}", base64.b64encode(b"." * at + text.encode()).decode().rstrip("=")[4:-3]) for at in range(3)
    ]
