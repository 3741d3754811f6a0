"""Where the processes of one run tell each other how it stands, when pytest-xdist spreads it over several.

A file that the controller makes and takes away. While it is there the run goes on, an octet in it says that the run is over,
and once it is gone every process is to end. Only the controller makes it, so nothing is left of it whoever looks last.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from typing import TYPE_CHECKING, Self

from msgspec import Struct

if TYPE_CHECKING:
    from pathlib import Path


class RunState(Struct, frozen=True):
    """The file, by its path, which goes from the controller to the workers."""

    path: str

    @classmethod
    def create(cls, run_id: str, folder: Path | None = None) -> Self:
        """Make the file, in the temporary folder unless told otherwise. Raises OSError."""
        number, path = tempfile.mkstemp(prefix=f"conformance-{run_id}-", dir=folder)
        os.close(number)
        return cls(path)

    def finish(self) -> None:
        """Say that the run is over; after `remove` there is nobody left to tell."""
        with contextlib.suppress(OSError):
            os.truncate(self.path, 1)  # which makes no file, as opening it to write would

    def is_finished(self) -> bool:
        """Whether nothing more is to be waited for: the run is over, or is to end."""
        try:
            return os.stat(self.path).st_size > 0  # noqa: PTH116 - asked ten times a second
        except OSError:
            return True

    def is_removed(self) -> bool:
        """Whether every process is to end."""
        return not os.path.exists(self.path)  # noqa: PTH110 - asked ten times a second

    def remove(self) -> None:
        """Tell every process to end, or that nobody needs the file any more."""
        with contextlib.suppress(OSError):
            os.unlink(self.path)  # noqa: PTH108 - as above
