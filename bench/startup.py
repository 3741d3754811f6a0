"""Start-up: what is waited for before anything is done, against importing the heaviest dependency alone."""

from __future__ import annotations

import sys
import tempfile

from bench.model import Report, median, timed
from bench.subject import PYTHON, ROOT, environment

ROUNDS = 9


def measure(*, full: bool) -> Report:
    """Medians of rounds in which each command has its turn."""
    report = Report("startup", "Start-up", ("command", "wall s", "processor s"))
    commands: dict[str, list[object]] = {
        "import schemathesis": [sys.executable, "-c", "import schemathesis"],
        "pytest --collect-only": [PYTHON / "pytest", "--collect-only", "-q"],
        "partners-conformance --help": [PYTHON / "partners-conformance", "--help"],
        "python -c pass": [sys.executable, "-c", "pass"],
    }
    with tempfile.TemporaryDirectory() as folder:
        env = environment(PARTNERS_API_REPORTS_DIR=folder)
        runs = [
            {name: timed(command, cwd=ROOT, env=env) for name, command in commands.items()}
            for _ in range(ROUNDS * 3 if full else ROUNDS)
        ]
    for name in commands:
        report.rows.append((name, median(one[name].wall for one in runs), median(one[name].cpu for one in runs)))
    cpu = median(one["pytest --collect-only"].cpu / one["import schemathesis"].cpu for one in runs)
    wall = median(one["pytest --collect-only"].wall / one["import schemathesis"].wall for one in runs)
    report.at_most("× the wall time of the import, for --collect-only (aim: 1.5 or less)", wall, 1.5)
    report.at_most("× its processor time (aim: 1.5 or less)", cpu, 1.5)
    report.at_most(
        "s for --help (aim: 0.3 or less)", median(one["partners-conformance --help"].wall for one in runs), 0.3
    )
    report.notes.append(f"medians of {len(runs)} rounds; the ratios are medians of the rounds' ratios")
    return report
