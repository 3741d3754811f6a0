"""The end of a run: reports rendered, artefacts searched for secrets, one exit code."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.conclusion import Conclusion
from conformance.errors import ConformanceError
from conformance.running import report
from conformance.session import Prepared

FAILED_TO_REPORT = 1
INCONCLUSIVE = 6


@dataclass(frozen=True, slots=True)
class Ended:
    """What to print, and what to exit with."""

    text: str
    exit_code: int


def end(prepared: Prepared, conclusion: Conclusion | None, error: str, *, colour: bool, width: int) -> Ended:
    """Render, scan, sum up. A run that the suite itself failed in is inconclusive, and says so."""
    code = INCONCLUSIVE if conclusion is None else conclusion.exit_code
    try:
        artefacts = report(prepared, colour=colour, width=width)
        text = artefacts.summary
        if artefacts.problem:
            return Ended(f"{text}\n{artefacts.problem}", FAILED_TO_REPORT)
    except (ConformanceError, OSError) as failure:
        reason = failure if isinstance(failure, ConformanceError) else failure.strerror
        text = f"the reports were not written: {reason}"
        code = code or INCONCLUSIVE
    return Ended(f"{text}\n{error}" if error else text, code)
