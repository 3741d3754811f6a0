"""Output that nobody takes any more: a pipe that was closed, a disk that is full, no stream at all.

A run comes to what it comes to, and leaves its reports, whether or not somebody reads along. So a stream that takes nothing
more is written to the null device from then on: the interpreter, which flushes it at its end, has nothing to complain of either.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

if TYPE_CHECKING:
    from collections.abc import Iterator


class Tolerant:
    """A text stream that goes quiet where the one behind it takes nothing more; in all else the one behind it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write, or not."""
        try:
            return self._stream.write(text)
        except OSError:
            self._turn_away()
            return len(text)

    def flush(self) -> None:
        """Flush, or not."""
        try:
            self._stream.flush()
        except OSError:
            self._turn_away()

    def _turn_away(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, self._stream.fileno())
            os.close(null)
            self._stream.flush()


def tolerant(stream: TextIO | None) -> TextIO:
    """The stream, so that writing to it never fails; the null device where there is none."""
    null = Path(os.devnull)
    return cast("TextIO", Tolerant(stream or null.open("w", encoding="utf-8")))


def tolerate() -> None:
    """Make standard output and standard error such that writing to them never fails, until the process ends."""
    sys.stdout, sys.stderr = tolerant(sys.stdout), tolerant(sys.stderr)


@contextlib.contextmanager
def tolerated() -> Iterator[None]:
    """Make them such for as long as the context lasts; what they hold is written at its end."""
    before = sys.stdout, sys.stderr
    tolerate()
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        sys.stdout, sys.stderr = before
