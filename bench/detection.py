"""Cost of detection: requests and seconds until the first finding, over mutants of the reference API."""

from __future__ import annotations

import tempfile
import time
from datetime import datetime
from pathlib import Path

from bench.model import Report, median
from bench.subject import prepared, serving
from conformance.record import read
from conformance.recordlines import Exchange
from conformance.reference.mutants import MUTANTS
from conformance.session import Session

SAMPLE = 24


def measure(*, full: bool) -> Report:
    """Each mutant on a server of its own, profile release; `full` takes every mutant."""
    step = 1 if full else max(1, len(MUTANTS) // SAMPLE)
    chosen = MUTANTS[::step]
    report = Report("detection", f"Cost of detection over {len(chosen)} of {len(MUTANTS)} mutants", ("", *COLUMNS))
    requests: list[float] = []
    seconds: list[float] = []
    missed = []
    with tempfile.TemporaryDirectory() as name:
        for mutant in chosen:
            with serving(mutant.name) as server:
                found = _first(server.url, Path(name))
            if found is None:
                missed.append(mutant.name)
                continue
            requests.append(found[0])
            seconds.append(found[1])
    for title, values in (("requests to the first finding", requests), ("seconds to it, from the start", seconds)):
        ordered = sorted(values)
        report.rows.append((title, median(values), ordered[int(0.9 * (len(ordered) - 1))], ordered[-1], len(missed)))
    report.notes.append(
        "findings that the clean server gives (the document's own) do not count; server start-up neither"
    )
    if missed:
        report.notes.append(f"without a finding: {', '.join(missed)}")
    return report


COLUMNS = ("median", "9 of 10", "most", "without a finding")


def _first(url: str, folder: Path) -> tuple[int, float] | None:
    """Requests and seconds until an exchange gives a finding, as the record has them; None where none does."""
    begun = time.time()
    session = Session(prepared(url, folder))
    session.start()
    session.wait()
    for line in read(folder / "results.jsonl"):
        if isinstance(line, Exchange) and line.findings:
            sent = datetime.fromisoformat(line.sent_at).timestamp()
            return line.number, sent + line.seconds - begun
    return None
