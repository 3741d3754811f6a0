"""Growth: what ten times the requests, or ten times the record, cost in seconds, memory and size."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from bench.model import Report, timed
from bench.subject import ROOT, serving

REQUESTS = (300, 3_000)
REQUESTS_FULL = (300, 3_000, 30_000, 100_000)
MEGABYTES = (1, 10, 100)
MEGABYTES_FULL = (1, 10, 100, 1000)
EXCHANGE = b'{"record":"exchange"'
READ = """
import sys
from pathlib import Path
from conformance.record import read
sys.exit(0 if sum(1 for _ in read(Path(sys.argv[1]))) else 1)
"""


def measure(*, full: bool) -> Report:
    """Runs of more and more requests, then readings of longer and longer records made from the last of them."""
    columns = ("what", "engine s", "ms each", "render s", "peak MB", "record MB", "report.html MB")
    report = Report("growth", "Growth", columns)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with serving() as server:
            _runs(report, server.url, folder, REQUESTS_FULL if full else REQUESTS)
        _readings(report, folder, MEGABYTES_FULL if full else MEGABYTES)
    report.notes.append("each run and each reading in a process of its own; memory is its largest resident set")
    if not full:
        report.notes.append("--full goes on to 100,000 requests and to a record of 1 GB")
    return report


def _runs(report: Report, url: str, folder: Path, sizes: tuple[int, ...]) -> None:
    each, memory, page = [], [], 0.0
    for count in sizes:
        ran = timed([sys.executable, "-m", "bench.workload", url, str(count), folder], cwd=ROOT)
        if ran.code:
            raise RuntimeError(ran.output)
        took = json.loads(ran.output.splitlines()[-1])
        page = (folder / "report.html").stat().st_size / 1e6
        record = (folder / "results.jsonl").stat().st_size / 1e6
        each.append(took["run_cpu"] / count)
        memory.append(ran.megabytes)
        cells = (took["run"], took["run"] / count * 1000, took["render"], ran.megabytes, record, page)
        report.rows.append((f"{count:,} requests", *cells))
    report.at_most("× processor time of a request, largest to smallest run (aim: 1.2 or less)", each[-1] / each[0], 1.2)
    report.at_most("× memory, largest to smallest run (aim: 1.2 or less)", memory[-1] / memory[0], 1.2)
    report.at_most("MB of report.html, largest run (aim: 5 or less)", page, 5)


def _readings(report: Report, folder: Path, sizes: tuple[int, ...]) -> None:
    seconds, memory = [], []
    long = folder / "long.jsonl"
    for size in sizes:
        _lengthened(folder / "results.jsonl", long, size * 1_000_000)
        ran = timed([sys.executable, "-c", READ, long], cwd=ROOT)
        if ran.code:
            raise RuntimeError(ran.output)
        megabytes = long.stat().st_size / 1e6
        seconds.append(ran.cpu / megabytes)
        memory.append(ran.megabytes)
        report.rows.append((f"reading {megabytes:,.0f} MB", ran.wall, "", "", ran.megabytes, megabytes, ""))
    report.at_most("× memory, longest to shortest record (aim: 1.2 or less)", memory[-1] / memory[0], 1.2)
    long_each = seconds[-1] / seconds[-2]
    report.at_most("× processor time of a megabyte, longest to next record (aim: 1.2 or less)", long_each, 1.2)


def _lengthened(record: Path, long: Path, size: int) -> None:
    """Write a record of `size` octets with the exchanges of another, over and over.

    A line at a time: a process is said to be as large as the one that started it was.
    """
    with record.open("rb") as lines:
        first, *rest = [line for line in lines if not line.startswith(EXCHANGE)]
    with long.open("wb") as file:
        written = file.write(first)
        while written < size:
            with record.open("rb") as lines:
                for line in lines:
                    if line.startswith(EXCHANGE) and written < size:
                        written += file.write(line)
        file.writelines(rest)
