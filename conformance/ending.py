"""The end of a run: reports rendered, artefacts searched for secrets, one exit code."""

from __future__ import annotations

from msgspec import Struct

from conformance.artefacts import report
from conformance.conclusion import Conclusion
from conformance.errors import ConformanceError, where
from conformance.exitcode import ExitCode
from conformance.preparation import Prepared
from conformance.record import RecordNotWritten
from conformance.redaction import Redactor
from conformance.rendering.console import Style


class Ended(Struct, frozen=True):
    """What to print, and what to exit with."""

    text: str
    exit_code: int


def end(
    prepared: Prepared,
    conclusion: Conclusion | None,
    error: str,
    redactor: Redactor | None,
    style: Style,
    *,
    interrupted: bool = False,
) -> Ended:
    """Render, scan, sum up. A run that the suite itself failed in is inconclusive, and says so.

    So is one whose artefacts held a secret and were withdrawn; a finding beats that too.

    redactor: the run's own; None where another process carried the run out. style: of the text.
    interrupted: whether whoever waited for the run was told to end. Where the run was over by then, or noticed nothing of it
    before it was, its record says what it came to, and the exit code says the same.
    """
    unknown = ExitCode.INTERRUPTED if interrupted else ExitCode.INCONCLUSIVE
    code = unknown if conclusion is None else conclusion.exit_code
    try:
        artefacts = report(prepared, redactor, style)
        text = artefacts.summary
        if conclusion is None and not error and artefacts.exit_code is not None:
            # another process carried the run out: what it came to stands in its record
            code = artefacts.exit_code
        if artefacts.problem:
            code = code or ExitCode.INCONCLUSIVE
            text = f"{text}{artefacts.problem}\nA defect of the suite, not of the target. Exit code {code}."
    except RecordNotWritten as failure:
        text = f"the reports were not written: {failure} ({prepared.settings.quoted('reports_dir')})"
        code = code or ExitCode.INCONCLUSIVE
    except (ConformanceError, OSError) as failure:
        reason = failure if isinstance(failure, ConformanceError) else failure.strerror
        text = f"the reports were not written: {reason}"
        code = code or ExitCode.INCONCLUSIVE
    except Exception as failure:  # noqa: BLE001 - a defect of the suite ends as one line, not as a traceback
        text = f"the reports were not written: the suite failed: {where(failure)}"
        code = code or ExitCode.INCONCLUSIVE
    if error:
        text = f"{error}\n{text}"
    return Ended(text, code)
