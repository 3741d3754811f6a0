"""What Ctrl-C, SIGTERM and SIGHUP do to a run: the first ends it, more of them destroy nothing.

The reports are written after the first signal, and take a moment: whoever grows impatient and signals again would lose them.
Only who still waits after some seconds is taken at their word. SIGHUP comes where a terminal is closed or a connection to it
lost; whoever starts a run with `nohup` has it ignored, and it stays so.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from conformance.exitcode import ExitCode

if TYPE_CHECKING:
    from types import FrameType

#: Signals, and seconds since the first of them, from which one ends the process at once: the record stays readable.
INSISTENT: Final = 3
PATIENCE: Final = 5.0
NUMBERS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
NOTHING_SENT: Final = "interrupted before anything was sent"


def reason(number: int) -> str:
    """The signal in words."""
    return "interrupted" if number == signal.SIGINT else f"told to end ({signal.Signals(number).name})"


@dataclass(slots=True)
class Interruption:
    """The signals of one process, which are handled from `take` on.

    told: what the first signal does; it may raise, and is given the number.
    came: signals so far.
    patience: seconds since the first of them from which an insistent one ends the process.
    """

    told: Callable[[int], None]
    came: int = 0
    patience: float = PATIENCE
    _first: float = 0.0
    _previous: dict[int, Callable[[int, FrameType | None], object] | int | None] = field(default_factory=dict)

    def take(self) -> None:
        """Handle the signals from now on; outside the main thread whoever is there does."""
        with contextlib.suppress(ValueError):
            for number in NUMBERS:
                if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                    self._previous[number] = signal.signal(number, self._handle)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, NUMBERS)

    def give_back(self) -> None:
        """Let them be handled as they were before; not once one has come, or the next would cost the exit code."""
        while self._previous and not self.came:
            number, handler = self._previous.popitem()
            signal.signal(number, handler)

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        self.came += 1
        if self.came == 1:
            self._first = time.monotonic()
            atexit.register(_ignore)
            self.told(number)
        elif self.came >= INSISTENT and time.monotonic() - self._first > self.patience:
            os._exit(ExitCode.INTERRUPTED)


def _ignore() -> None:
    """Let no further signal cost the exit code: the interpreter takes handlers away as it ends, but leaves this."""
    for number in NUMBERS:
        signal.signal(number, signal.SIG_IGN)


@contextlib.contextmanager
def deferred() -> Iterator[None]:
    """Hold the signals back, here and in the processes that are started meanwhile, until they take them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, NUMBERS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_at_once(_number: int) -> None:
    """What a signal does while nothing has been sent: one line, and no traceback from wherever it came."""
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(f"{NOTHING_SENT}\n")
        sys.stderr.flush()
    os._exit(ExitCode.INTERRUPTED)
