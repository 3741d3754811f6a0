"""What can go wrong inside the suite, as one tree.

ConformanceError            everything the suite raises on purpose; its text is fit for a user
├── Misconfigured           a setting, option or file is wrong: exit code 4
│   ├── SettingsError       names the setting, the value and what is accepted
│   └── SpecError           a file under spec/ is wrong: names file, line and reason
├── RecordError             a record cannot be read as what it claims to be
└── TargetError             the target cannot be reached or started: exit code 6

The text of an error never holds a secret: whoever raises it quotes settings by name, and values only of
settings that are not secret.
"""

from __future__ import annotations

from pathlib import Path


class ConformanceError(Exception):
    """Base of every error the suite raises on purpose."""


class Misconfigured(ConformanceError):
    """The user has to mend something before a run can start (exit code 4)."""


class SettingsError(Misconfigured):
    """A setting has a value that is not accepted, or is not a setting at all; `value` is None where it is no value that is wrong."""

    def __init__(self, setting: str, value: str | None, accepted: str) -> None:
        shown = setting if value is None else f"{setting}={value!r}"
        super().__init__(f"{shown} is not accepted: {accepted}")
        self.setting = setting
        self.value = value
        self.accepted = accepted


class SpecError(Misconfigured):
    """A file under `spec/` cannot be used; `line` counts from 1, or is None where no line is to blame."""

    def __init__(self, path: Path, line: int | None, reason: str) -> None:
        where = f"{path}:{line}" if line else str(path)
        super().__init__(f"{where}: {reason}")
        self.path = path
        self.line = line
        self.reason = reason


class RecordError(ConformanceError):
    """A record is cut off, empty, or not a record."""


class TargetError(ConformanceError):
    """The target could not be started or reached (exit code 6)."""


def where(error: BaseException) -> str:
    """An error as its type and place; its text could hold anything."""
    place, trace = "", error.__traceback__
    while trace is not None:
        place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__} at {place}"
