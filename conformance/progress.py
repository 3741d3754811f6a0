"""How far a run is with each of its scenarios."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Progress:
    """What became of one scenario."""

    title: str
    planned: int
    outcome: str = "blocked"
    reason: str = ""
    requests: int = 0
    seconds: float = 0.0
    findings: int = 0
