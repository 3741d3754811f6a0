"""What a benchmark gives: measured figures in a table, and aims that are met or missed."""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).resolve().parent / "results"


@dataclass(frozen=True, slots=True)
class Aim:
    """A ratio that was aimed at: in words, what came out, and whether that is met."""

    text: str
    value: float
    met: bool


@dataclass(slots=True)
class Report:
    """One benchmark's table.

    rows: a cell for each of `columns`; numbers are rounded where they are printed, not before.
    notes: what a reader has to know about how it was measured.
    results: what the table sums up, for the JSON.
    """

    name: str
    title: str
    columns: Sequence[str]
    rows: list[Sequence[str | float | int]] = field(default_factory=list)
    aims: list[Aim] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    results: Sequence[object] = ()

    def at_least(self, text: str, value: float, limit: float) -> None:
        """Record an aim that is met from `limit` upwards."""
        self.aims.append(Aim(text, value, value >= limit))

    def at_most(self, text: str, value: float, limit: float) -> None:
        """Record an aim that is met up to `limit`."""
        self.aims.append(Aim(text, value, value <= limit))

    def text(self) -> str:
        """The table, the aims and the notes, for a terminal."""
        table = [list(map(str, self.columns)), *([shown(cell) for cell in row] for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = ["  ".join(_padded(cells, widths)).rstrip() for cells in table]
        lines.insert(1, "  ".join("-" * width for width in widths))
        lines += [f"{'met   ' if aim.met else 'MISSED'}  {aim.text}: {shown(aim.value)}" for aim in self.aims]
        return "\n".join([self.title, "", *lines, *self.notes])


def shown(cell: str | float) -> str:
    """A cell as text: three significant digits of a fraction."""
    return f"{cell:,}" if isinstance(cell, int) else cell if isinstance(cell, str) else f"{float(f'{cell:.3g}'):,g}"


def _padded(cells: list[str], widths: list[int]) -> list[str]:
    first = cells[0].ljust(widths[0])
    return [first, *(cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True))]


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has ended: wall and processor seconds (children included), largest resident megabytes, output."""

    wall: float
    cpu: float
    megabytes: float
    code: int
    output: str


def timed(command: Sequence[object], *, cwd: Path, env: Mapping[str, str] | None = None) -> Ran:
    """Run a command to its end and measure it from outside."""
    begun = time.monotonic()
    with subprocess.Popen(
        list(map(str, command)), cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        output = process.stdout.read().decode("utf-8", "replace") if process.stdout else ""
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - begun
    return Ran(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, process.returncode, output)


def write(measure: Callable[[], Report]) -> None:
    """Measure, print the table, and write it with its circumstances as JSON."""
    begun = time.monotonic()
    report = measure()
    seconds = time.monotonic() - begun
    print(f"{report.text()}\nmeasured in {seconds:.0f} s\n", flush=True)
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()}
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    when = datetime.now(UTC).isoformat(timespec="seconds")
    found = {"when": when, "machine": machine, "load": load, "seconds": seconds, **asdict(report)}
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{report.name}.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")


def median(values: Iterable[float]) -> float:
    """The median."""
    return statistics.median(list(values))


def processor_seconds() -> float:
    """Processor seconds of this process so far, children aside."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
