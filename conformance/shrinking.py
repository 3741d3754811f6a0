"""Hypothesis for what it is best at: drawing requests, and making one that gives a finding as small as it gets.

Drawing asks nobody, so that what was drawn can be sent side by side. Shrinking draws the same requests again with the
same seed; what has been answered is not asked again, because every request counts.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from conformance.messages import Request
from conformance.scenarios.model import Ring

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

#: requirement and signature of what an exchange showed
Findings = frozenset[tuple[str, str]]


class Found(AssertionError):
    """An example gives the finding that is being made smaller."""


def key(request: Request) -> tuple[object, ...]:
    """What tells a request from another, and nothing of how it is shown."""
    return request.method, request.path, request.headers, request.body


def examples(ring: Ring, count: int, seed: str) -> tuple[Request, ...]:
    """Draw at most `count` requests, each another one, asking nobody; the same ones for the same seed."""
    drawn: dict[tuple[object, ...], Request] = {}
    _play(ring.strategy(), count, seed, lambda request: drawn.setdefault(key(request), request))
    return tuple(drawn.values())


def shrink(
    ring: Ring,
    count: int,
    seed: str,
    wanted: tuple[str, str],
    answers: Mapping[tuple[object, ...], Findings],
    ask: Callable[[Request], Findings | None],
) -> None:
    """Make the smallest request that gives the finding `wanted`, beginning with those that `examples` drew.

    answers: what the drawn requests gave. ask: sends a request; None where nothing more may be sent.
    """
    known = dict(answers)
    spent = False

    def gives_it(request: Request) -> None:
        nonlocal spent
        name = key(request)
        if name not in known and not spent:
            found = ask(request)
            spent = found is None
            known[name] = found or frozenset()
        if wanted in known.get(name, ()):
            raise Found

    _play(ring.strategy(), count, seed, gives_it)


def _play(strategy: SearchStrategy[Request], count: int, seed: str, property_: Callable[[Request], object]) -> None:
    from hypothesis import HealthCheck, Phase, given, seed as seeded, settings
    from hypothesis.errors import Flaky

    def holds(request: Request) -> None:
        property_(request)

    check = settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        print_blob=False,
    )(given(strategy)(holds))
    with contextlib.suppress(Found, Flaky):
        seeded(seed)(check)()
