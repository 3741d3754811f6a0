"""Which fields of an answer need not be searched: such as hold no secret, nor half of one."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from conformance.masking import plainfields
from conformance.messages import Response
from conformance.redaction import Redactor
from conformance.secret import Secret

LONG = plainfields.LONG_ENOUGH
NAME = "$PARTNERS_API_CLIENT_SECRET"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Date", "Sat, 28 Nov 2026 09:15:17 GMT"),
        ("content-length", "74"),
        ("X-RateLimit-Remaining", "1000000"),
        ("content-type", "application/json"),
        ("Content-Type", "application/json; charset=utf-8"),
        ("cache-control", "no-cache, no-store"),
        ("connection", "keep-alive"),
        ("Vary", "Accept-Encoding"),
    ],
)
def test_what_everybody_sends_is_not_searched(name: str, value: str) -> None:
    """It would cost as much as an answer of Error."""
    assert plainfields.looked_at(((name, value),), LONG) == [False]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("date", "Sat, 28 Nov 2026 09:15:17 GMT "),
        ("date", "28 Nov 2026"),
        ("content-length", "12345678"),
        ("content-length", "\uff11\uff12"),
        ("retry-after", "7, secret"),
        ("x-request-id", "74"),
        ("content-type", "application/json; charset=sK7mQ2xZ9pLw"),
        ("content-type", "Application/json"),
        ("cache-control", "no-store, sK7mQ2xZ9pLw"),
        ("cache-control", ",".join(["no-store"] * 4)),
        ("connection", "keep-alive\n"),
        ("Set-Cookie", "a=b"),
        ("a:date", "Sat, 28 Nov 2026 09:15:17 GMT"),
    ],
)
def test_all_else_is_searched(name: str, value: str) -> None:
    """Whatever leaves room for a secret."""
    assert plainfields.looked_at(((name, value),), LONG) == [True]


@given(st.integers(0, 10**plainfields.DIGITS - 1), st.integers(1, LONG - 1))
def test_where_a_secret_is_short_every_field_is_searched(figure: int, shortest: int) -> None:
    """Half of it has room in a figure then."""
    assert plainfields.looked_at((("retry-after", str(figure)),), shortest) == [True]


@pytest.mark.parametrize("secret", ["4711", "1234567", "471147114711471", "sK7mQ2xZ9pLw-4711"])
def test_a_secret_of_figures_is_masked_in_a_figure(secret: str) -> None:
    """And where it is longer than figures are, its last digits are no secret by themselves."""
    headers = (("x-ratelimit-limit", secret), ("Date", "Sat, 28 Nov 2026 09:15:17 GMT"), ("Server", "s"))
    shown = Redactor([(Secret(secret), NAME)]).response(Response(status=401, reason="", headers=headers, body=b""))

    assert shown["headers"] == [["x-ratelimit-limit", f"[{NAME}]"], list(headers[1]), list(headers[2])]
