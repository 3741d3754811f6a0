"""Hypothesis around a function that asks a server: draw, and make what gives a finding as small as it gets.

Every request counts, so what was asked is remembered: Hypothesis may replay an example as often as it likes.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable

from conformance.messages import Request
from conformance.scenarios.model import Ring

Findings = frozenset[tuple[str, str]]


class Found(AssertionError):
    """An example gave a finding that none before it gave."""


def examples(ring: Ring, count: int, seed: str) -> tuple[Request, ...]:
    """Draw `count` requests, asking nobody; the first of what `explore` draws with the same seed."""
    drawn: list[Request] = []

    def keep(request: Request) -> Findings:
        drawn.append(request)
        return frozenset()

    explore(ring, count, seed, keep, lambda: True, 0)
    return tuple(drawn)


def explore(  # noqa: C901 - one loop with its memory; apart, its parts would share every variable
    ring: Ring, examples: int, seed: str, ask: Callable[[Request], Findings], may_ask: Callable[[], bool], shrinks: int
) -> None:
    """Draw `examples` requests and ask each; shrink the first that gives a finding, and go on without it.

    ask: sends a request and returns what was found, as (requirement, signature).
    may_ask: whether the budget has room.
    shrinks: requests that all shrinking of this ring may cost.
    """
    from hypothesis import HealthCheck, Phase, given, seed as seeded, settings
    from hypothesis.errors import Flaky

    known: set[tuple[str, str]] = set()
    answers: dict[bytes, Findings] = {}
    asked = shrunk = 0
    shrinking: tuple[str, str] | None = None

    def once(request: Request) -> Findings:
        nonlocal asked, shrunk
        key = hashlib.blake2b(repr((request.method, request.path, request.headers, request.body)).encode()).digest()
        if key in answers:
            return answers[key]
        room = shrunk < shrinks if shrinking else asked < examples
        if not room or not may_ask():
            return frozenset()
        if shrinking:
            shrunk += 1
        else:
            asked += 1
        answers[key] = ask(request)
        return answers[key]

    def property_holds(request: Request) -> None:
        nonlocal shrinking
        found = once(request)
        if shrinking is not None:
            if shrinking in found:
                raise Found
            return
        fresh = found - known
        if fresh:
            shrinking = min(fresh)
            raise Found

    while asked < examples and may_ask():
        before = asked
        check = settings(
            max_examples=max(1, examples - asked),
            database=None,
            deadline=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
            print_blob=False,
        )(given(ring.strategy())(property_holds))
        with contextlib.suppress(Found, Flaky):
            seeded(f"{seed}/{before}")(check)()
        if shrinking is None:
            return
        known.add(shrinking)
        shrinking = None
        if asked == before:
            return
