"""The record of a run, rendered: `junit.xml` for CI servers, `report.html` for people, a summary for the console."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from conformance.recordlines import Verdict
    from conformance.rendering.view import View

JUNIT_NAME: Final = "junit.xml"
HTML_NAME: Final = "report.html"


def render(record_path: Path, reports_dir: Path, known: Mapping[str, Verdict] | None = None) -> View:
    """Render the record's reports into a folder, each replaced as a whole or not at all, and return what they show.

    known: verdicts by requirement that give titles and sources where the record was cut off before its own.
    Raises RecordError for what is no record, and RecordNotWritten where a report cannot be written; each report is
    tried even so.
    """
    # Late: what renders needs more to import than what only plans or lists.
    from conformance.rendering.view import view

    shown = view(record_path, known)
    errors = _write(shown, reports_dir)
    if errors:
        raise errors[0]
    return shown


def announce(record_path: Path, reports_dir: Path) -> None:
    """Render the reports of a run that has only begun: they say that it is partial, and nothing of what it was answered.

    A run that is killed leaves them, and not those of the run before, which would be taken for its own. Where they cannot be
    written, those stay. Raises RecordError for what is no record.
    """
    from conformance.record import read
    from conformance.rendering.view import fold

    _write(fold([next(iter(read(record_path)))]), reports_dir)


def _write(shown: View, reports_dir: Path) -> list[Exception]:
    """Render the reports into the folder; what went wrong with any."""
    from conformance.record import RecordNotWritten
    from conformance.rendering import html, junit

    errors: list[Exception] = []
    renderers: tuple[tuple[str, Callable[[View], bytes]], ...] = ((JUNIT_NAME, junit.render), (HTML_NAME, html.render))
    for name, renderer in renderers:
        path = reports_dir / name
        try:
            replace(path, renderer(shown))
        except OSError as error:
            errors.append(RecordNotWritten(path, error))
        except Exception as error:  # noqa: BLE001 - the other report is worth having whatever is wrong with this one
            errors.append(error)
    return errors


def ready() -> None:
    """Import what rendering takes: a run has the time while it waits for its target."""
    from conformance.rendering import console, html, junit, provisional  # noqa: F401

    html.template()


def replace(path: Path, content: bytes) -> None:
    """Put the content where the path says, as a whole or not at all. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
