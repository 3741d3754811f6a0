"""The foreign servers as fixtures; without Node a test that wants one is skipped, and says how to get Node."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from tests.foreign.servers import REQUIRE, Absent, install, started


@pytest.fixture(scope="session")
def foreign() -> Callable[[str], AbstractContextManager[str]]:
    """`foreign(name)` is a context manager that yields the base URL of a foreign server."""
    try:
        install()
    except Absent as absent:
        if os.environ.get(REQUIRE) == "1":
            raise
        pytest.skip(str(absent))
    return started
