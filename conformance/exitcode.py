"""What a run, and every command, ends with (design, section 4)."""

from __future__ import annotations

import enum


class ExitCode(enum.IntEnum):
    """The exit codes; 4 is what pytest calls a wrong use, too."""

    CONFORMS = 0
    DOES_NOT_CONFORM = 1
    INTERRUPTED = 2
    MISCONFIGURED = 4
    INCONCLUSIVE = 6

    @property
    def meaning(self) -> str:
        """In words."""
        return self.name.lower().replace("_", " ")
