"""A run under way: whoever waits for a part of it waits no longer than that takes."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

import threading
from pathlib import Path

from msgspec.structs import replace

from conformance.plan import FIRST
from conformance.session import Session
from tests.reference.conftest import running
from tests.suite.matrix import Suite

PATIENCE = 20.0  # seconds until a scenario that is over has been told


def test_a_scenario_is_told_when_it_is_over_and_not_with_all_the_others(tmp_path: Path) -> None:
    told = threading.Event()
    in_time: list[bool] = []

    def hold(_sent: int, _planned: int, scenario: str) -> None:
        if scenario != FIRST and not in_time:
            in_time.append(told.wait(PATIENCE))

    with running() as base_url:
        prepared = Suite(tmp_path, "smoke").prepared
        session = Session(replace(prepared, target=replace(prepared.target, base_url=base_url)), told=hold)
        session.start()
        progress = session.scenario(FIRST)
        told.set()
        assert session.wait() is not None, session.error
    assert progress is not None
    assert (progress.outcome, in_time) == ("completed", [True])
