from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reference.wire import Wire

CLIENT_ID = "Kq7-partner_Zx@reference.example"
CLIENT_SECRET = "sK4+aB9%wQ2_" + "mN7vC3xL5pR8tY1uI6oE0dF2gH4jZ9" * 3
"""Long enough, and of characters mixed enough, for every shortcut to show."""

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {**os.environ, "REFERENCE_CLIENT_ID": CLIENT_ID, "REFERENCE_CLIENT_SECRET": CLIENT_SECRET}


def start(*arguments: str) -> subprocess.Popen[str]:
    """The reference API as a process; its stdin and stdout are pipes."""
    command = [sys.executable, "-m", "conformance.reference", "--port", "0", *arguments]
    return subprocess.Popen(
        command, env=ENVIRONMENT, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


@contextlib.contextmanager
def running(*arguments: str) -> Iterator[str]:
    """The base URL of a reference API that runs as long as the context."""
    process = start(*arguments)
    assert process.stdout
    assert process.stdin
    try:
        yield process.stdout.readline().removeprefix("listening on ").strip()
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


@pytest.fixture(scope="session")
def gallery() -> Iterator[str]:
    """The base URL of a server that serves the conforming API and every mutant."""
    with running("--gallery") as url:
        yield url


@pytest.fixture(scope="session")
def api(gallery: str) -> Iterator[Wire]:
    """A connection to the conforming API."""
    with Wire(gallery) as wire:
        yield wire
