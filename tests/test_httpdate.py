"""HTTP-dates are read in UTC, wherever this machine stands."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from conformance.httpdate import http_date
from conformance.throttling import retry_after
from tests.checks import literals

MOMENT = 784111777.0
#: RFC 9110, section 5.6.7: IMF-fixdate, that of RFC 850, that of asctime; and how mail says UTC of no known place
FORMS = (
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "Sun Nov  6 08:49:37 1994",
    "Sun, 06 Nov 1994 08:49:37 -0000",
)


@pytest.fixture(params=["UTC", "America/New_York", "Asia/Kolkata"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This machine stands there."""
    with monkeypatch.context() as patched:
        patched.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("zone")
@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_utc_in_every_zone(form: str) -> None:
    """A wait that is asked for as well, and what has expired is not fresh."""
    stale = literals.answered(200, literals.success().content, ("Expires", form), ("Content-Location", "/oauth/token"))
    _, found = literals.judge().judge(literals.exchange(literals.VALID, stale, at=MOMENT + 60))
    assert http_date(form) == MOMENT
    assert retry_after((("Retry-After", form),), MOMENT - 10) == 10
    assert "security.not-publicly-cacheable" not in literals.broken(found)


@pytest.mark.parametrize("text", ["", "0", "-1", "soon", "Sun, 99 Nov 1994 08:49:37 GMT", "\ud800"])
def test_what_is_no_date_is_none(text: str) -> None:
    """Expires of 0 is common, and no date (RFC 9111, section 5.3)."""
    assert http_date(text) is None
