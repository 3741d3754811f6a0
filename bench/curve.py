"""How many mutants are caught by which request: `python -m bench.curve [--every N] [PROFILE …]`.

The whole goes to bench/results/curve.json, the table to bench/curve.md, which is published.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from conformance.reference.mutants import MUTANTS, Mutant
from tests.reference.conftest import running
from tests.suite.matrix import Suite, of_mutant

AT = (1, 3, 5, 10, 15, 20, 25, 50, 100, 200, 300, 1000, 3000)
PROFILES = ("smoke", "release", "nightly")
STEP = 50  # mutants between two lines of progress
FOLDER = Path(__file__).parent


def firsts(profile: str, mutants: tuple[Mutant, ...]) -> dict[str, int]:
    """For each mutant the number of the request whose answer gave the first finding; 0 where the run found nothing."""
    found: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder, running("--gallery") as gallery:
        suite = Suite(Path(folder), profile)
        for mutant in mutants:
            seen = suite.judge(of_mutant(gallery, mutant, f"curve-{profile}"), keys=True)
            found[mutant.name] = seen.first if seen.red else 0
            if len(found) % STEP == 0 or len(found) == len(mutants):
                print(f"{profile}: {len(found)} of {len(mutants)} mutants", file=sys.stderr, flush=True)
    return found


def curve(found: dict[str, int]) -> dict[int, float]:
    """Share of the mutants, in per cent, caught by each number of requests in `AT`."""
    return {at: 100 * sum(0 < number <= at for number in found.values()) / len(found) for at in AT}


def table(measured: dict[str, dict[str, int]]) -> str:
    """The curves as Markdown; empty where a profile sends no more."""
    lines = [
        "| of the mutants, caught within so many requests | " + " | ".join(f"{at:,}" for at in AT) + " |",
        "| --- |" + " ---: |" * len(AT),
    ]
    for profile, found in measured.items():
        end = next((at for at in AT if at >= max(found.values())), AT[-1])
        shares = (f"{share:.1f} %" if at <= end else "" for at, share in curve(found).items())
        lines.append(f"| {profile}, {len(found):,} mutants | " + " | ".join(shares) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, write the results, print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.curve", description="Mutants caught against requests spent.")
    parser.add_argument("profiles", nargs="*", metavar="PROFILE", help="smoke, release, nightly; all unless named")
    parser.add_argument(
        "--every", type=int, default=1, metavar="N", help="one mutant in N: a nightly takes seconds each"
    )
    options = parser.parse_args()
    if unknown := [name for name in options.profiles if name not in PROFILES]:
        parser.error(f"no profile is called {unknown[0]!r}: {', '.join(PROFILES)}")
    results = FOLDER / "results" / "curve.json"
    results.parent.mkdir(exist_ok=True)
    kept = json.loads(results.read_text("utf-8"))["firsts"] if results.exists() else {}
    measured = kept | {name: firsts(name, MUTANTS[:: options.every]) for name in options.profiles or PROFILES}
    measured = {name: measured[name] for name in PROFILES if name in measured}
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    results.write_text(json.dumps({"date": today, "firsts": measured}, indent=1) + "\n", "utf-8")
    text = table(measured)
    (FOLDER / "curve.md").write_text(f"Measured on {today} by `python -m bench.curve`.\n\n{text}", "utf-8")
    print(text, end="")


if __name__ == "__main__":
    main()
