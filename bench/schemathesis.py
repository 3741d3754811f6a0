"""Schemathesis' CLI as its users run it, on the server and the contract that the suite judges."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from bench.model import Ran, timed
from bench.subject import PYTHON, ROOT, environment

CONTRACT = ROOT / "spec" / "openapi.yaml"


def st_run(url: str, folder: Path, contract: Path, *options: str) -> tuple[Ran, int]:
    """`st run` in `folder`, which keeps what it keeps; what it took, and how many test cases it says it generated."""
    ran = timed([PYTHON / "st", "run", contract, "--url", url, "--no-color", *options], cwd=folder, env=environment())
    cases = re.findall(r"(\d+) (?:test cases )?generated", ran.output) or re.findall(r"Test cases:\s+(\d+)", ran.output)
    if not cases:
        raise RuntimeError(f"st run says nothing of test cases:\n{ran.output[-2000:]}")
    return ran, int(cases[-1])


def forget(folder: Path) -> None:
    """Remove what earlier runs in `folder` found, and keep the tables they computed."""
    for found in (".hypothesis/examples", ".schemathesis"):
        shutil.rmtree(folder / found, ignore_errors=True)
