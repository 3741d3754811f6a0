"""How many mutants are caught by which request: `python -m bench.curve [PROFILE …]`; JSON in bench/results/curve.json."""

from __future__ import annotations

import json
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from conformance.reference.mutants import MUTANTS
from tests.reference.conftest import running
from tests.suite.matrix import Suite, of_mutant

AT = (5, 10, 25, 50, 100, 200, 300, 1000, 3000)
RESULTS = Path(__file__).parent / "results" / "curve.json"


def firsts(profile: str) -> dict[str, int]:
    """For each mutant the number of the request whose answer gave the first finding; 0 where the run found nothing."""
    with tempfile.TemporaryDirectory() as folder, running("--gallery") as gallery:
        suite = Suite(Path(folder), profile)
        seen = {one.name: suite.judge(of_mutant(gallery, one, f"curve-{profile}"), keys=True) for one in MUTANTS}
    return {name: one.first if one.red else 0 for name, one in seen.items()}


def curve(found: dict[str, int]) -> dict[int, int]:
    """Mutants caught by each number of requests in `AT`."""
    return {at: sum(0 < number <= at for number in found.values()) for at in AT}


def main(profiles: list[str]) -> None:
    """Measure, write the results, print the table."""
    measured = {profile: firsts(profile) for profile in profiles}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({"date": f"{datetime.now(UTC):%Y-%m-%d}", "firsts": measured}, indent=1) + "\n")
    print(f"{len(MUTANTS)} mutants, caught by request", *(f"{at:>5}" for at in AT))
    for profile, found in measured.items():
        print(f"{profile:>36}", *(f"{count:>5}" for count in curve(found).values()))


if __name__ == "__main__":
    main(sys.argv[1:] or ["smoke", "release", "nightly"])
