"""How far a run is with each of its scenarios."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from msgspec import Struct

SPENT = "the request budget is spent"


class Progress(Struct):
    """What became of one scenario.

    planned, asked: requests of the plan, and those of them that were answered or given up.
    requests: all that were sent for it: throttled ones, parts and repetitions too.
    """

    title: str
    planned: int
    asked: int = 0
    outcome: str = "blocked"
    reason: str = ""
    requests: int = 0
    seconds: float = 0.0
    findings: int = 0


def incomplete(scenarios: Mapping[str, Progress]) -> list[str]:
    """Those of which not everything was sent."""
    return [scenario for scenario, progress in scenarios.items() if progress.asked < progress.planned]


def settle(scenarios: Mapping[str, Progress], dropped: Collection[str], reason: str) -> None:
    """Say of each scenario what came of it once nothing more is sent, for this reason if any."""
    for scenario, progress in scenarios.items():
        if progress.outcome == "blocked" and not progress.reason:
            progress.reason = reason or (SPENT if dropped else "")
            if progress.requests:
                progress.outcome = "partial"
            if progress.asked >= progress.planned:
                progress.outcome, progress.reason = "completed", ""
        if scenario in dropped:
            progress.outcome, progress.reason = "partial", SPENT
