"""A run under way: whoever waits for a part of it waits no longer than that takes; whose credentials it has is known."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from msgspec.structs import replace

from conformance.artefacts import redactor_of
from conformance.findings import Outcome
from conformance.running import run
from conformance.scenarios.order import FIRST
from conformance.session import Session
from tests.reference.conftest import running
from tests.suite.command import remembering
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


@pytest.mark.parametrize(("name", "code"), [("embedded", 1), ("http://127.0.0.1:1/api/v3", 6)])
def test_credentials_that_the_suite_made_are_right_so_that_refusing_them_is_a_defect(
    name: str, code: int, tmp_path: Path
) -> None:
    """Those of anybody else may be wrong: nobody is accused."""
    prepared = Suite(tmp_path, "smoke").prepared
    with remembering(status=401) as server:
        prepared = replace(prepared, target=replace(prepared.target, name=name, base_url=server.base_url))
        conclusion = run(prepared, Session(prepared), redactor_of(prepared))
    assert conclusion.exit_code == code, conclusion.stopped
    red = [one.requirement.id for one in conclusion.judgements.values() if one.outcome is Outcome.FAILED]
    assert ("status.valid-credentials" in red) == (name == "embedded")
    assert ("the credentials are refused" in conclusion.stopped) == (name != "embedded")
