"""Obeying a server that throttles, and not making it throttle in the first place.

Sources: RFC 9110, section 10.2.3 (`Retry-After`), RFC 6585, section 4 (429), and the provider's public pages for the
`x-ratelimit-*` fields: `x-ratelimit-reset` counts the seconds until the quota is whole again.
"""

from __future__ import annotations

import math
import re
import threading
import time
from collections import deque
from collections.abc import Callable

from conformance.httpdate import http_date
from conformance.messages import TOO_MANY_REQUESTS, HeaderPairs, Response, header_values

SERVICE_UNAVAILABLE = 503

LONGEST = 1e9
"""Seconds that stand for any longer wait; some thirty years, so that arithmetic with them stays finite."""

_DELTA_SECONDS = re.compile(r"[0-9]+")
_SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?")
_EPOCH_FROM = 1e9
_EPOCH_MILLISECONDS_FROM = 1e11
CAUGHT_UP = 0.5
"""Seconds of turns that went by unused and are made up for, at most."""

_LATE = 0.005  # seconds by which a sleeper wakes late; without them lateness would add up from second to second


def wait_seconds(response: Response, now: float, *, default: float | None = None) -> float | None:
    """How many seconds a 429, or a 503 with `Retry-After`, asks to wait; None where a response asks for nothing.

    `Retry-After` comes first, then `x-ratelimit-reset`, then `default` (for a 429 only). Values that are not what the fields
    allow are passed over; 0 is an answer and means no wait. `now` is POSIX time. The caller caps what it is ready to wait.
    """
    if response.status not in (TOO_MANY_REQUESTS, SERVICE_UNAVAILABLE):
        return None
    asked = retry_after(response.headers, now)
    if asked is not None or response.status == SERVICE_UNAVAILABLE:
        return asked
    reset = rate_limit_reset(response.headers, now)
    return default if reset is None else reset


def retry_after(headers: HeaderPairs, now: float) -> float | None:
    """`Retry-After` in seconds from `now` (POSIX time), the longest if it is repeated; None where no value is valid."""
    return max(
        (seconds for value in header_values(headers, "Retry-After") if (seconds := _delay(value, now)) is not None),
        default=None,
    )


def rate_limit_reset(headers: HeaderPairs, now: float) -> float | None:
    """`x-ratelimit-reset` in seconds from `now` (POSIX time); a value that can only be a point in time is read as one."""
    waits = [
        _until_reset(float(value), now)
        for value in header_values(headers, "x-ratelimit-reset")
        if _SECONDS.fullmatch(value)
    ]
    return max(waits, default=None)


def rate_limit_remaining(headers: HeaderPairs) -> int | None:
    """`x-ratelimit-remaining`, the least if it is repeated; None where no value is a whole number."""
    return _least(headers, "x-ratelimit-remaining")


def rate_limit_limit(headers: HeaderPairs) -> int | None:
    """`x-ratelimit-limit`, the requests of a quota that is whole; as above."""
    return _least(headers, "x-ratelimit-limit")


def _least(headers: HeaderPairs, name: str) -> int | None:
    values = header_values(headers, name)
    return min((int(min(float(value), LONGEST)) for value in values if _DELTA_SECONDS.fullmatch(value)), default=None)


def _delay(value: str, now: float) -> float | None:
    if _DELTA_SECONDS.fullmatch(value):
        return min(float(value), LONGEST)
    moment = http_date(value)
    return None if moment is None else min(max(0.0, moment - now), LONGEST)


def _until_reset(value: float, now: float) -> float:
    if value >= _EPOCH_MILLISECONDS_FROM:
        value /= 1000
    if value >= _EPOCH_FROM:
        value = max(0.0, value - now)
    return min(value, LONGEST)


class Pacer:
    """Spaces the requests of all threads evenly, and pauses them all when the server says so.

    Turns that a slow answer let pass are made up for, up to `CAUGHT_UP` seconds of them, at twice the pace and so that
    no second holds more than `rate` requests, rounded up. N requests take (N - 1) / rate seconds
    at least.

    rate: requests per second, or None for no spacing (holds are obeyed all the same).
    stop: once set, every wait ends at once and nothing is granted any more.
    clock, wall, sleep: monotonic seconds, POSIX seconds, and how to wait; `sleep` ends early when `stop` is set.
    """

    def __init__(
        self,
        rate: float | None,
        stop: threading.Event | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        if rate is not None and not rate > 0:
            raise ValueError("a rate is positive")
        self._interval = 1 / rate if rate else 0.0
        self._granted: deque[float] = deque(maxlen=math.ceil(rate) if rate else 1)
        self._stop = stop or threading.Event()
        self._clock = clock
        self._wall = wall
        self._sleep = sleep or self._stop.wait
        self._lock = threading.Lock()
        self._next = 0.0
        self._held_until = 0.0
        self._whole_at = 0.0
        self._since = 0
        self._contradicted = False

    @property
    def waits(self) -> bool:
        """Whether requests are spaced, so that time is spent between them."""
        return self._interval > 0

    def acquire(self, deadline: float) -> bool:
        """Wait for a turn. False, at once, if it would come after `deadline` (a reading of `clock`), or on a stop."""
        while not self._stop.is_set():
            with self._lock:
                now = self._clock()
                turn = max(self._next, self._held_until) if self._granted else max(now, self._held_until)
                ready = max(turn, self._spaced())
                if ready > deadline:
                    return False
                if now >= ready:
                    self._next = max(turn, now - CAUGHT_UP) + self._interval
                    self._granted.append(now)
                    self._since += 1
                    return True
            self._sleep(ready - now)
        return False

    def _spaced(self) -> float:
        """The clock's reading from which one more is neither on the heels of the last nor one too many in a second."""
        if not self._granted:
            return 0.0
        full = self._interval and len(self._granted) == self._granted.maxlen
        return max(self._granted[-1] + self._interval / 2, self._granted[0] + 1 - _LATE if full else 0.0)

    def hold(self, seconds: float) -> float:
        """Let nobody go for so many seconds from now; a longer hold that is on already stays.

        Returns the seconds by which it is longer now: whoever waits beside others waits for the same.
        """
        if seconds <= 0:
            return 0.0
        with self._lock:
            now = self._clock()
            before = max(self._held_until, now)
            self._held_until = max(self._held_until, now + min(seconds, LONGEST))
            return max(self._held_until - before, 0.0)

    def held_for(self) -> float:
        """Seconds until the hold that is on ends; 0 without one."""
        with self._lock:
            return max(0.0, self._held_until - self._clock())

    def observe(self, response: Response) -> None:
        """Read the throttling fields of any response: with no request left in the quota, hold until it is whole again.

        Where that time is over, and an answer says that of more requests than were sent since none is left, and `Retry-After`
        that there is nothing to wait for, the figure is no quota of ours: until it rises again only a 429 is obeyed.
        """
        remaining = rate_limit_remaining(response.headers)
        if remaining:
            self._contradicted = False
        if self._contradicted or remaining != 0:
            return
        reset = rate_limit_reset(response.headers, self._wall()) or 0.0
        with self._lock:
            now = self._clock()
            over = 0 < self._whole_at <= now and response.status != TOO_MANY_REQUESTS
            if over and retry_after(response.headers, self._wall()) == 0:
                self._contradicted = (rate_limit_limit(response.headers) or 0) > self._since
            if over or not self._whole_at:
                self._since = 0
            self._whole_at = max(self._whole_at, now + reset)
        if not self._contradicted:
            self.hold(reset)
