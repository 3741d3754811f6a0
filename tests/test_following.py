"""A worker waits for the record of the run as long as the run may take."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance import following
from conformance.following import MARGIN, follow

DAY = 86_400.0
LINES = (
    {"record": "run", "run_id": "5f1c09ab"},
    {"record": "scenario", "scenario": "valid.plain", "outcome": "completed"},
    {"record": "verdict", "requirement": "token.object", "outcome": "passed"},
    {"record": "end"},
)


class Clock:
    """Time that passes only while somebody sleeps; at `at` the record is complete."""

    def __init__(self, record: Path, at: float) -> None:
        self.seconds, self._record, self._at = 0.0, record, at

    def monotonic(self) -> float:
        """Tell the time."""
        return self.seconds

    def sleep(self, _seconds: float) -> None:
        """Let fifty seconds pass."""
        self.seconds += 50.0
        if self.seconds >= self._at:
            self._record.write_text("".join(f"{json.dumps(line)}\n" for line in LINES))


@pytest.mark.parametrize(("at", "found"), [(DAY - 100, 2), (DAY + MARGIN * 2, 0)], ids=["in-time", "never"])
def test_the_time_budget_of_the_run_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: float, found: int
) -> None:
    clock = Clock(tmp_path / "results.jsonl", at)
    monkeypatch.setattr(following, "time", clock)

    lines = follow(tmp_path / "results.jsonl", "5f1c09ab", lambda: False, DAY)

    assert len(lines) == found
    assert clock.seconds <= DAY + MARGIN + 50


def test_what_is_over_without_a_record_is_not_waited_for(tmp_path: Path) -> None:
    assert follow(tmp_path / "results.jsonl", "5f1c09ab", lambda: True, DAY) == {}
