"""This suite and its peers, each as a command in its best configuration, and how to read what it says."""

from __future__ import annotations

import enum
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.peers.contracts import ROOT, tightened
from bench.peers.servers import CREDENTIALS
from tests.foreign.servers import Absent, install

HERE = Path(__file__).parent
SCRIPTS = Path(sys.executable).parent
DEADLINE = 300
SEED = 1


class Word(enum.Enum):
    """What a tool says of a server."""

    ACCUSED = "accused"
    QUIET = "quiet"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Said:
    """A tool's word, and what it rests it on: requirement ids or names of checks, or why there is no word."""

    word: Word
    grounds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Peer:
    """A tool.

    name: as it stands in the table.
    configuration: in one line, how it was set up.
    judge: base URL, URL of the key set or an empty text, and an empty folder → its word.
    """

    name: str
    configuration: str
    judge: Callable[[str, str, Path], Said]


def _run(command: list[str], folder: Path, where: Path | None = None, **environment: str) -> int | None:
    """Run a command in `where`, or in `folder`, which keeps its output; its exit code, or None if it does not end."""
    with (folder / "output.txt").open("wb") as output:
        try:
            done = subprocess.run(
                command,
                cwd=where or folder,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=DEADLINE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return None
    return done.returncode


def _said(code: int | None, grounds: tuple[str, ...]) -> Said:
    """The reading that all of them share: 0 is quiet, 1 accuses, everything else is no word."""
    if code == 0:
        return Said(Word.QUIET)
    return Said(Word.ACCUSED, grounds) if code == 1 else Said(Word.UNDECIDED, (f"exit code {code}",))


def ours(profile: str) -> Peer:
    """This suite in one profile."""

    def judge(base_url: str, jwks: str, folder: Path) -> Said:
        reports = folder / "reports"
        command = [str(SCRIPTS / "pytest"), "--target", base_url, "--profile", profile, "--strict"]
        code = _run(
            [*command, "--reports-dir", str(reports)],
            folder,
            ROOT,
            **({"PARTNERS_API_JWKS_URL": jwks} if jwks else {}),
            PARTNERS_API_CLIENT_ID=CREDENTIALS.client_id,
            PARTNERS_API_CLIENT_SECRET=CREDENTIALS.client_secret,
        )
        return _said(code, _broken(reports / "results.jsonl"))

    return Peer(
        f"this suite, {profile}", f"pytest --profile {profile} --strict, with the key set where there is one", judge
    )


def _broken(record: Path) -> tuple[str, ...]:
    if not record.exists():
        return ()
    lines = (json.loads(line) for line in record.read_bytes().splitlines())
    verdicts = (line for line in lines if line["record"] == "verdict")
    return tuple(verdict["requirement"] for verdict in verdicts if verdict["outcome"] in ("failed", "warned"))


def schemathesis(name: str, *options: str, remark: str) -> Peer:
    """Schemathesis' own command line with a tightened contract."""

    def judge(base_url: str, _jwks: str, folder: Path) -> Said:
        contract, report = folder / "contract.json", folder / "report.json"
        contract.write_text(json.dumps(tightened(CREDENTIALS.client_id, CREDENTIALS.client_secret)))
        command = [str(SCRIPTS / "st"), "run", str(contract), "--url", base_url, "--seed", str(SEED)]
        command += ["--phases", "examples,coverage,fuzzing", "--continue-on-failure", "--max-response-time", "5"]
        command += ["--rate-limit", "auto", "--report", "json", "--report-json-path", str(report), *options]
        code = _run(command, folder)
        return _said(code, _failures(report))

    return Peer(name, f"st run, {remark}", judge)


def _failures(report: Path) -> tuple[str, ...]:
    if not report.exists():
        return ()
    read = json.loads(report.read_text(encoding="utf-8"))
    failures = [str(failure.get("title") or failure.get("code") or "failure") for failure in read["failures"]]
    return tuple(dict.fromkeys(failures + ["error"] * bool(read["errors"])))


def portman(folder: Path) -> Peer:
    """Portman's collection, made once in `folder`, run by Newman; raises `Absent` without Node or its packages."""
    install(HERE)
    contract, collection = folder / "contract.json", folder / "collection.json"
    contract.write_text(json.dumps(tightened(CREDENTIALS.client_id, CREDENTIALS.client_secret)))
    modules = HERE / "node_modules"
    options = [
        "-l",
        str(contract),
        "-c",
        str(HERE / "portman-config.json"),
        "-o",
        str(collection),
        "-b",
        "http://unset",
    ]
    if _run([str(_node()), str(modules / "@apideck/portman/bin/portman"), *options], folder) or not collection.exists():
        raise Absent(f"Portman makes no collection: see {folder / 'output.txt'}")

    def judge(base_url: str, _jwks: str, own: Path) -> Said:
        export = own / "newman.json"
        command = [str(_node()), str(modules / "newman/bin/newman.js"), "run", str(collection)]
        command += ["--env-var", f"baseUrl={base_url}", "--reporters", "json", "--reporter-json-export", str(export)]
        command += ["--timeout-request", "10000", "--ignore-redirects"]
        return _said(_run(command, own), _assertions(export))

    remark = "tightened contract, credentials as its example; contract, content and variation tests, fuzzed fields"
    return Peer("Portman + Newman", remark, judge)


def _node() -> Path:
    node = shutil.which("node")
    if node is None:
        raise Absent("node is not there")
    return Path(node)


def _assertions(export: Path) -> tuple[str, ...]:
    if not export.exists():
        return ()
    failures = json.loads(export.read_text(encoding="utf-8"))["run"]["failures"]
    names = (str(failure["error"].get("test") or failure["error"].get("name")) for failure in failures)
    return tuple(dict.fromkeys(name.rpartition(" - ")[2] for name in names))


def all_peers(profiles: list[str], folder: Path) -> tuple[list[Peer], list[str]]:
    """The tools that can be had, and a line for each that cannot."""
    peers = [ours(profile) for profile in profiles]
    peers += [
        schemathesis(
            "Schemathesis",
            "--exclude-checks",
            "unsupported_method",
            remark="tightened contract, credentials as its example; every check but unsupported_method, which takes "
            "nothing but 405 for another method",
        ),
        schemathesis("Schemathesis, all checks", remark="the same with every check"),
    ]
    try:
        return [*peers, portman(folder)], []
    except Absent as absent:
        return peers, [f"Portman + Newman left out: {absent}"]
