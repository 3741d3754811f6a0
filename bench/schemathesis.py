"""Schemathesis' CLI as its users run it, on the server and the contract that the suite judges."""

from __future__ import annotations

import re
from pathlib import Path

from bench.model import Ran, timed
from bench.subject import PYTHON, ROOT, environment

CONTRACT = ROOT / "spec" / "openapi.yaml"


def st_run(url: str, folder: Path, *options: str) -> tuple[Ran, int]:
    """`st run` on the published contract; what it took, and how many test cases it says it generated."""
    # Its own findings are not wanted in this folder's .hypothesis.
    ran = timed([PYTHON / "st", "run", CONTRACT, "--url", url, "--no-color", *options], cwd=folder, env=environment())
    cases = re.findall(r"(\d+) (?:test cases )?generated", ran.output) or re.findall(r"Test cases:\s+(\d+)", ran.output)
    if not cases:
        raise RuntimeError(f"st run says nothing of test cases:\n{ran.output[-2000:]}")
    return ran, int(cases[-1])
