"""The whole command: `pytest` (profile release) and `st run`, turn by turn on one server."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.model import Ran, Report, median, timed
from bench.peers.contracts import tightened
from bench.schemathesis import CONTRACT, forget, st_run
from bench.subject import CREDENTIALS, PYTHON, ROOT, environment, serving

ROUNDS = 3
FRESH = "st run, defaults, in a fresh folder"
BEFORE = "st run, defaults, where it has run before"
WHOLE = "st run, tightened contract, to its end"
PEERS = {
    FRESH: "in a fresh folder, as a CI job has it",
    BEFORE: "where it has run before",
    WHOLE: "on a tightened contract, where it has run before",
}


def measure(*, full: bool) -> Report:
    """Wall and processor seconds, start-up and reports included."""
    report = Report("command", "Whole command on the reference API", ("command", "requests", "wall s", "processor s"))
    ours: list[Ran] = []
    theirs: dict[str, list[tuple[Ran, int]]] = {name: [] for name in PEERS}
    with tempfile.TemporaryDirectory() as name, serving() as server:
        folder = Path(name)
        pytest = [PYTHON / "pytest", "-q", "--target", server.url, "--profile", "release", "--reports-dir", folder]
        for turn in range(ROUNDS * 3 if full else ROUNDS):
            ours.append(timed(pytest, cwd=ROOT, env=environment()))
            for peer, ran in _peers(server.url, folder / str(turn)):
                theirs[peer].append(ran)
        sent = (folder / "results.jsonl").read_bytes().count(b'"record":"exchange"')
    report.rows.append(_row("pytest --profile release", [(one, sent) for one in ours]))
    report.rows += [_row(peer, ran) for peer, ran in theirs.items()]
    for peer, remark in PEERS.items():
        ratio = median(one.wall / other.wall for one, (other, _) in zip(ours, theirs[peer], strict=True))
        report.at_most(f"of the wall time of `st run` {remark} (aim: 0.5 or less)", ratio, 0.5)
    codes, peer_codes = ({one.code for one in runs} for runs in (ours, [ran for ran, _ in theirs[BEFORE]]))
    report.notes += [
        (
            f"medians of {len(ours)} rounds; the server is up already; exit codes of pytest: {sorted(codes)}, "
            f"of `st run` with defaults: {sorted(peer_codes)}"
        ),
        (
            "`st run` with defaults ends at its first failure: it takes the document at its word that the body is optional, "
            "and the 400 to a missing body for a defect. Tightened, it accuses this server of nothing and goes on to its end"
        ),
        "where it has run before, it keeps its tables of Unicode; what it found is forgotten, or it would replay that",
    ]
    return report


def _peers(url: str, folder: Path) -> Iterator[tuple[str, tuple[Ran, int]]]:
    """One round of `st run` in each of its ways, from an empty folder on."""
    folder.mkdir()
    contract = folder / "contract.json"
    contract.write_text(json.dumps(tightened(CREDENTIALS.client_id, CREDENTIALS.client_secret.reveal())))
    yield FRESH, st_run(url, folder, CONTRACT)
    forget(folder)
    yield BEFORE, st_run(url, folder, CONTRACT)
    forget(folder)
    yield WHOLE, st_run(url, folder, contract, "--exclude-checks", "unsupported_method")


def _row(name: str, runs: list[tuple[Ran, int]]) -> tuple[str, int, float, float]:
    counts = median(count for _, count in runs)
    return name, round(counts), median(ran.wall for ran, _ in runs), median(ran.cpu for ran, _ in runs)
