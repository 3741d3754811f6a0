"""Measures what code costs on a machine that has other things to do as well."""

from __future__ import annotations

import math
import time
from collections.abc import Callable


def processor_seconds(work: Callable[[], object]) -> float:
    """Processor time of this process that `work` takes."""
    started = time.process_time()
    work()
    return time.process_time() - started


def least(measure: Callable[[], float], enough: float) -> float:
    """The least of up to three measurements; one that is below `enough` is the last.

    What a neighbour adds (he takes caches, and the other half of a core) is not the code's doing, and hardly comes three
    times in a row; what the code itself costs does. Nothing may be remembered from one measurement to the next.
    """
    best = math.inf
    for _ in range(3):
        best = min(best, measure())
        if best < enough:
            break
    return best
