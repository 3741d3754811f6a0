"""What lets tests have neighbours: how many workers share them, and how long an example of Hypothesis may take; which it draws."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings

#: More would only stand in each other's way: some tests measure, and each worker takes half a gigabyte.
MOST = 4

# Both are by the clock on the wall: by default an example that a busy machine holds up for 0.2 s is a failure, and so are few
# examples in a second. The deadline that is left catches what does not end.
settings.register_profile(
    "neighbours", deadline=timedelta(seconds=10), suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
# What is drawn is the same each time, or one commit would be red today and green tomorrow; `make search` draws anew.
settings.register_profile("search", settings.get_profile("neighbours"), derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "neighbours"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Two for each processor, since half of the time is spent waiting; xdist's own variable goes before that."""
    if os.environ.get("PYTEST_XDIST_AUTO_NUM_WORKERS"):
        return None
    return min(2 * len(os.sched_getaffinity(0)), MOST) if hasattr(os, "sched_getaffinity") else MOST
