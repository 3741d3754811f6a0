"""What another process leaves in a record, once its run is over."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: seconds that a run may take beside its time budget: for start-up, the last answers, and what is concluded from all
MARGIN = 400.0
STEP = 0.1


def follow(
    record: Path, run_id: str, concluded: Callable[[], bool], budget: float
) -> dict[tuple[str, str], dict[str, Any]]:
    """Wait for the end line of the run `run_id`; return its scenario and verdict lines by (kind, id).

    concluded: whether the run is over, whatever became of its record; nothing is returned then where the record is not
    complete.
    budget: seconds that the run may take; whoever follows it gives up later than that.
    """
    deadline = time.monotonic() + budget + MARGIN
    while time.monotonic() < deadline:
        over = concluded()
        lines = _complete(record, run_id)
        if lines is not None or over:
            return lines or {}
        time.sleep(STEP)
    return {}


def _complete(record: Path, run_id: str) -> dict[tuple[str, str], dict[str, Any]] | None:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    try:
        with record.open("rb") as stream:
            first = json.loads(stream.readline() or b"{}")
            if first.get("run_id") != run_id:
                return None
            for raw in stream:
                if raw.startswith(b'{"record":"exchange"'):
                    continue
                line = json.loads(raw)
                if line["record"] == "end":
                    return found
                found[line["record"], line.get("requirement") or line["scenario"]] = line
    except (OSError, ValueError):
        return None
    return None
