"""`python -m bench [NAME…]`: how fast, how cheap, how flat; every figure a ratio measured side by side in one run."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime

from bench.model import Report
from bench.subject import ROOT

BENCHMARKS = {
    "throughput": "judged requests a second: this suite, Schemathesis, a bare client that sends the same bytes",
    "command": "wall and processor seconds of the whole `pytest` command, and of `st run`",
    "startup": "`pytest --collect-only` and `partners-conformance --help`, and importing the heaviest dependency",
    "latency": "a target 150 ms away that allows 20 requests a second: how near the run comes to the bound",
    "growth": "time and memory for more and more requests, and for reading larger and larger records",
    "detection": "requests and seconds to the first finding, over mutants of the reference API",
}
RESULTS = ROOT / "bench" / "results"


def main() -> int:
    """Run the benchmarks named, print their tables, write them as JSON; 0 whatever the figures are."""
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=(__doc__ or "").split(": ", 1)[1],
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="benchmarks:\n"
        + "\n".join(f"  {name:12}{what}" for name, what in BENCHMARKS.items())
        + "\n\nTimings are of this machine, at this moment: ratios travel, seconds do not. Other work on the machine\n"
        "spoils both.\n"
        "JSON goes to bench/results/. Suite and peers on the same defects: `python -m bench.peers`.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="which benchmarks; all unless named")
    parser.add_argument("--full", action="store_true", help="growth to 100,000 requests and 1 GB, and every mutant")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark is called {unknown[0]!r}: {', '.join(BENCHMARKS)}")
    RESULTS.mkdir(parents=True, exist_ok=True)
    for name in options.names or BENCHMARKS:
        print(f"== {name} ", "=" * (100 - len(name)), flush=True)
        begun = time.monotonic()
        report: Report = importlib.import_module(f"bench.{name}").measure(full=options.full)
        seconds = time.monotonic() - begun
        print(f"{report.text()}\nmeasured in {seconds:.0f} s\n", flush=True)
        machine = {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()}
        load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
        when = datetime.now(UTC).isoformat(timespec="seconds")
        found = {"when": when, "machine": machine, "load": load, "seconds": seconds, **asdict(report)}
        (RESULTS / f"{name}.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
