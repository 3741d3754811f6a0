"""`python -m bench [NAME…]`: how fast, how cheap, how flat; every figure a ratio measured side by side in one run."""

from __future__ import annotations

import argparse
import functools
import importlib
import sys

from bench.model import write

BENCHMARKS = {
    "throughput": "judged requests a second: this suite, Schemathesis, a bare client that sends the same bytes",
    "command": "wall and processor seconds of the whole `pytest` command, and of `st run`",
    "startup": "`pytest --collect-only` and `partners-conformance --help`, and importing the heaviest dependency",
    "latency": "a target 150 ms away that allows 20 requests a second: how near the run comes to the bound",
    "growth": "time and memory for more and more requests, and for reading larger and larger records",
    "detection": "requests and seconds to the first finding, over mutants of the reference API",
    "peers": "caught, false alarms, requests, seconds: this suite, Schemathesis and Portman on the same servers",
}
MODULES = {"peers": "peers.comparison"}


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
        "JSON goes to bench/results/. `python -m bench.peers --servers N` compares on more or fewer servers.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="which benchmarks; all unless named")
    parser.add_argument(
        "--full",
        action="store_true",
        help="growth to 100,000 requests and 1 GB, every mutant, 60 servers for the peers",
    )
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark is called {unknown[0]!r}: {', '.join(BENCHMARKS)}")
    for name in options.names or BENCHMARKS:
        print(f"== {name} ", "=" * (100 - len(name)), flush=True)
        module = importlib.import_module(f"bench.{MODULES.get(name, name)}")
        write(functools.partial(module.measure, full=options.full))
    return 0


if __name__ == "__main__":
    sys.exit(main())
