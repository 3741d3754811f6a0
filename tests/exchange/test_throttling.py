"""How long to wait, and how to keep a pace."""

from __future__ import annotations

import itertools
import math
import threading
import time
from collections.abc import Iterable

import pytest
from hypothesis import given, strategies as st

from conformance.messages import HeaderPairs, Response
from conformance.throttling import LONGEST, Pacer, wait_seconds

_NOW = 1_767_225_600.0  # 2026-01-01T00:00:00Z


def _wait(*headers: tuple[str, str], status: int = 429) -> float | None:
    return wait_seconds(Response(status, headers=headers), _NOW, default=7.0)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ((("Retry-After", "0"),), 0.0),
        ((("retry-after", "120"),), 120.0),
        ((("Retry-After", "Thu, 01 Jan 2026 00:01:00 GMT"),), 60.0),
        ((("Retry-After", "Thursday, 01-Jan-26 00:01:00 GMT"),), 60.0),
        ((("Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT"),), 0.0),
        ((("Retry-After", "5"), ("x-ratelimit-reset", "60")), 5.0),
        ((("Retry-After", "0"), ("x-ratelimit-reset", "60")), 0.0),
        ((("x-ratelimit-reset", "60"),), 60.0),
        ((("X-RateLimit-Reset", "0"),), 0.0),
        ((("x-ratelimit-reset", "1.5"),), 1.5),
        ((("x-ratelimit-reset", "1767225630"),), 30.0),
        ((("x-ratelimit-reset", "1767225630000"),), 30.0),
        ((("x-ratelimit-reset", "1400000000"),), 0.0),
        ((("Retry-After", "soon"), ("x-ratelimit-reset", "60")), 60.0),
        ((("Retry-After", "-1"),), 7.0),
        ((("Retry-After", "NaN"),), 7.0),
        ((("Retry-After", "1e3"),), 7.0),
        ((("Retry-After", "٣"),), 7.0),
        ((("Retry-After", ""),), 7.0),
        ((("x-ratelimit-reset", "inf"),), 7.0),
        ((("Retry-After", "9" * 20_000),), LONGEST),
        ((("Retry-After", "3"), ("Retry-After", "9"), ("Retry-After", "x")), 9.0),
        ((), 7.0),
    ],
)
def test_a_429_says_how_long_to_wait(headers: HeaderPairs, seconds: float) -> None:
    """Retry-After, then x-ratelimit-reset, then the caller's default; what is malformed is passed over."""
    assert _wait(*headers) == seconds


def test_a_503_asks_to_wait_only_with_retry_after() -> None:
    """Its quota fields are beside the point."""
    assert _wait(("Retry-After", "3"), status=503) == 3.0
    assert _wait(("x-ratelimit-reset", "3"), status=503) is None


@pytest.mark.parametrize("status", [200, 401, 500, 502])
def test_other_answers_ask_for_nothing(status: int) -> None:
    """The provider sends `retry-after: 0` with every answer."""
    assert _wait(("Retry-After", "3"), status=status) is None


@given(st.text(), st.text(), st.floats(allow_nan=False, allow_infinity=False))
def test_no_value_breaks_the_reader(retry_after: str, reset: str, now: float) -> None:
    """Whatever stands there, the wait is a finite number of seconds."""
    response = Response(
        429, headers=(("Retry-After", retry_after), ("x-ratelimit-reset", reset), ("x-ratelimit-remaining", reset))
    )
    seconds = wait_seconds(response, now, default=1.0)
    assert seconds is not None
    assert 0 <= seconds <= LONGEST
    Pacer(None).observe(response)


class _Clock:
    """Time that passes only in sleep, which wakes a little late."""

    def __init__(self, late: float = 0.0) -> None:
        self.now = 1000.0
        self.late = late

    def read(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds + self.late

    def pacer(self, rate: float | None) -> Pacer:
        return Pacer(rate, clock=self.read, wall=lambda: self.now, sleep=self.sleep)


@pytest.mark.parametrize("late", [0.0, 0.0001, 0.004])
@pytest.mark.parametrize("busy", [0.0, 0.01, 0.03])
def test_requests_keep_the_pace_however_late_sleepers_wake(late: float, busy: float) -> None:
    """N requests take (N - 1) / rate seconds at least, and hardly more."""
    clock = _Clock(late)
    pacer = clock.pacer(20)
    began = clock.now
    taken = 0.0
    for _ in range(200):
        assert pacer.acquire(float("inf"))
        taken = clock.now - began
        clock.now += busy
    assert 199 / 20 - 1e-6 <= taken <= 199 / 20 * 1.03


def _taken(pacer: Pacer, clock: _Clock, waits: Iterable[float]) -> list[float]:
    """When each request was granted; after each one so many seconds go by."""
    moments = []
    for wait in waits:
        assert pacer.acquire(float("inf"))
        moments.append(clock.now)
        clock.now += wait
    return moments


def _most_in_a_second(moments: list[float]) -> int:
    """Requests in any second, less the 5 ms by which one may have been granted late."""
    return max(sum(start <= moment < start + 0.995 - 1e-6 for moment in moments) for start in moments)


@pytest.mark.parametrize("rate", [1.5, 2.5, 10])
def test_a_long_pause_is_not_saved_up(rate: float) -> None:
    """After ten idle seconds at most half a second of turns is made up for.

    A rate that is no whole number shows it: a second may hold a request more than is its due, and that over and over.
    """
    clock = _Clock()
    moments = _taken(clock.pacer(rate), clock, [10, *[0] * 40])[1:]
    assert 39 / rate - 0.5 - 1e-6 <= moments[-1] - moments[0] <= 39 / rate - 0.4 + 1e-6
    assert _most_in_a_second(moments) <= math.ceil(rate)


def test_what_slow_answers_let_pass_is_made_up_for() -> None:
    """Three answers that are waited for cost nothing in the end; no two requests come closer than half the space."""
    clock = _Clock()
    moments = _taken(clock.pacer(20), clock, [0.15] * 3 + [0] * 197)
    assert moments[-1] - moments[0] == pytest.approx(199 / 20, abs=1e-6)
    assert min(after - before for before, after in itertools.pairwise(moments)) >= 0.025 - 1e-6


@given(
    rate=st.floats(0.5, 50),
    late=st.floats(0, 0.003),
    waits=st.lists(st.floats(0, 0.7) | st.just(0.0), min_size=30, max_size=120),
)
def test_no_second_holds_more_than_the_rate(rate: float, late: float, waits: list[float]) -> None:
    """However long answers are waited for, and never sooner than (N - 1) / rate seconds after the first."""
    clock = _Clock(late)
    moments = _taken(clock.pacer(rate), clock, waits)
    assert _most_in_a_second(moments) <= math.ceil(rate)
    assert all(moment - moments[0] >= n / rate - 1e-6 for n, moment in enumerate(moments))


def test_a_hold_is_no_turn_lost() -> None:
    """Who was told to wait does not make up for it."""
    clock = _Clock()
    pacer = clock.pacer(10)
    assert pacer.acquire(float("inf"))
    pacer.hold(5)
    moments = _taken(pacer, clock, [0] * 21)
    assert moments[0] == pytest.approx(1005)
    assert moments[-1] - moments[0] == pytest.approx(2)


def test_without_a_rate_nobody_waits() -> None:
    """Holds are obeyed all the same."""
    clock = _Clock()
    pacer = clock.pacer(None)
    for _ in range(1000):
        assert pacer.acquire(clock.now)
    assert clock.now == 1000.0
    pacer.hold(5)
    assert pacer.held_for() == 5.0
    assert pacer.acquire(2000.0)
    assert clock.now == 1005.0


def test_a_turn_beyond_the_deadline_is_refused_at_once() -> None:
    """Nothing is gained by waiting for it."""
    clock = _Clock()
    pacer = clock.pacer(10)
    pacer.hold(60)
    assert not pacer.acquire(clock.now + 59)
    assert clock.now == 1000.0


def test_a_shorter_hold_does_not_end_a_longer_one() -> None:
    """The longest wait asked for stands; none is no wait."""
    clock = _Clock()
    pacer = clock.pacer(10)
    pacer.hold(60)
    pacer.hold(5)
    pacer.hold(0)
    pacer.hold(-5)
    assert pacer.held_for() == 60.0


@pytest.mark.parametrize(
    ("headers", "held"),
    [
        ((("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "12")), 12.0),
        ((("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "0")), 0.0),
        ((("x-ratelimit-remaining", "1"), ("x-ratelimit-reset", "12")), 0.0),
        ((("x-ratelimit-remaining", "0"),), 0.0),
        ((("x-ratelimit-remaining", "-1"), ("x-ratelimit-reset", "12")), 0.0),
        ((("x-ratelimit-reset", "12"),), 0.0),
    ],
)
def test_a_spent_quota_holds_everybody_until_it_is_whole_again(headers: HeaderPairs, held: float) -> None:
    """Exactly as long as the server says."""
    clock = _Clock()
    pacer = clock.pacer(10)
    pacer.observe(Response(200, headers=headers))
    assert pacer.held_for() == held


def _spent(status: int = 200, *, limit: str = "100", asked: str = "0") -> Response:
    """An answer that says that nothing is left of the quota."""
    fields = (("x-ratelimit-limit", limit), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "60"))
    return Response(status, headers=(*fields, ("retry-after", asked)))


def test_a_quota_that_is_spent_when_it_ought_to_be_whole_is_none() -> None:
    """Its figure counts down once and never up again: to wait for that each time would take the night."""
    clock = _Clock()
    pacer = clock.pacer(None)
    for _ in range(3):  # what was on its way says the same
        pacer.observe(_spent())
    assert pacer.held_for() == 60.0
    assert pacer.acquire(clock.now + 100)
    assert clock.now == 1060.0

    pacer.observe(_spent())
    assert pacer.held_for() == 0.0
    assert pacer.acquire(clock.now)
    pacer.observe(_spent())
    assert pacer.held_for() == 0.0
    assert pacer.hold(5) == 5.0, "a 429 is obeyed all the same"

    clock.sleep(100)
    pacer.observe(Response(200, headers=(("x-ratelimit-remaining", "7"),)))
    pacer.observe(_spent(asked="1"))
    assert pacer.held_for() == 60.0, "a count that rises is a quota"


@pytest.mark.parametrize(
    "answer", [_spent(limit="1"), _spent(429), _spent(asked="1"), _spent(limit="")], ids=["one", "429", "wait", "none"]
)
def test_a_quota_that_may_be_spent_again_is_waited_for(answer: Response) -> None:
    """By the one request that was sent since, or by what a 429 says."""
    clock = _Clock()
    pacer = clock.pacer(None)
    for _ in range(3):
        pacer.observe(answer)
        assert pacer.held_for() == 60.0
        assert pacer.acquire(clock.now + 100)


def test_threads_share_one_pace() -> None:
    """Eight threads, real time."""
    pacer = Pacer(400)
    granted: list[float] = []

    def work() -> None:
        for _ in range(15):
            assert pacer.acquire(time.monotonic() + 30)
            granted.append(time.monotonic())

    threads = [threading.Thread(target=work) for _ in range(8)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(granted) == 120
    assert max(granted) - began >= 119 / 400


def test_a_stop_ends_every_wait_at_once() -> None:
    """And nothing is granted any more."""
    stop = threading.Event()
    pacer = Pacer(1, stop)
    pacer.hold(60)
    threading.Timer(0.05, stop.set).start()
    began = time.monotonic()
    assert not pacer.acquire(began + 120)
    assert time.monotonic() - began < 1
    assert not pacer.acquire(began + 120)


@pytest.mark.parametrize("rate", [0, -1, float("nan")])
def test_a_rate_is_positive(rate: float) -> None:
    """None is the word for no rate."""
    with pytest.raises(ValueError, match="positive"):
        Pacer(rate)
