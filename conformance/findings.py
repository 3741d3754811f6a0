"""What a check reports, and what a requirement comes to."""

from __future__ import annotations

import enum
from typing import Final

from msgspec import Struct

from conformance.exitcode import ExitCode


class Finding(Struct, frozen=True):
    """An observation that a requirement is not kept.

    requirement: the id it stands under.
    expected: what the requirement asks for here, in one plain line.
    observed: what was seen instead, in one plain line; may quote the server, so it is redacted before it is recorded.
    signature: what makes two findings the same defect, such as "500" or "string"; never content of an answer.
    pointer: JSON pointer into the contract, for findings about the document.
    variant: what this request has that others with the same defect have not, such as which near miss it carries.
    """

    requirement: str
    expected: str
    observed: str
    signature: str = ""
    pointer: str = ""
    variant: str = ""


class Outcome(enum.Enum):
    """What a requirement comes to in a run (design, section 4). A skip is never a pass."""

    PASSED = "passed"
    FAILED = "failed"
    WARNED = "warned"
    DEVIATING = "deviating"
    RECOVERED = "recovered"
    NOT_APPLICABLE = "not-applicable"
    WITHHELD = "withheld"
    BLOCKED = "blocked"
    ERROR = "error"


class Overall(enum.Enum):
    """What a run comes to."""

    CONFORMANT = "conformant"
    NONCONFORMANT = "nonconformant"
    INCONCLUSIVE = "inconclusive"

    @property
    def exit_code(self) -> ExitCode:
        """What a run that came to it ends with, unless it was interrupted."""
        return _EXIT_CODES[self]


_EXIT_CODES: Final = {
    Overall.CONFORMANT: ExitCode.CONFORMS,
    Overall.NONCONFORMANT: ExitCode.DOES_NOT_CONFORM,
    Overall.INCONCLUSIVE: ExitCode.INCONCLUSIVE,
}
