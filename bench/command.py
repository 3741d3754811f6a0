"""The whole command: `pytest` (profile release) and `st run` (defaults), turn by turn on one server."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.model import Report, median, timed
from bench.schemathesis import st_run
from bench.subject import PYTHON, ROOT, environment, serving

ROUNDS = 3


def measure(*, full: bool) -> Report:
    """Wall and processor seconds, start-up and reports included."""
    report = Report("command", "Whole command on the reference API", ("command", "requests", "wall s", "processor s"))
    with tempfile.TemporaryDirectory() as name, serving() as server:
        folder = Path(name)
        pytest = [PYTHON / "pytest", "-q", "--target", server.url, "--profile", "release", "--reports-dir", folder]
        ours, theirs, cases = [], [], 0
        for _ in range(ROUNDS * 3 if full else ROUNDS):
            ours.append(timed(pytest, cwd=ROOT, env=environment()))
            peer, cases = st_run(server.url, folder)
            theirs.append(peer)
        sent = (folder / "results.jsonl").read_bytes().count(b'"record":"exchange"')
    for who, count, runs in (("pytest --profile release", sent, ours), ("st run, defaults", cases, theirs)):
        report.rows.append((who, count, median(one.wall for one in runs), median(one.cpu for one in runs)))
    ratio = median(one.wall / other.wall for one, other in zip(ours, theirs, strict=True))
    report.at_most("of the wall time of `st run` (aim: 0.5 or less)", ratio, 0.5)
    codes = sorted({one.code for one in ours})
    report.notes.append(f"medians of {len(ours)} rounds; exit codes of pytest: {codes}; the server is up already")
    return report
