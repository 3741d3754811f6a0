"""Which cookies an answer sets, and how they are sent back."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

from email.utils import formatdate

import pytest

from conformance.cookies import MOST, joined, kept
from conformance.messages import Response

NOW = 1_800_000_000.0
PAST, FUTURE = (formatdate(NOW + seconds, usegmt=True) for seconds in (-60, 60))


def cookies(*fields: str) -> dict[str, str]:
    return kept(Response(200, headers=tuple(("set-cookie", field) for field in fields)), NOW)


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ("sid=a1b2; Path=/; HttpOnly", {"sid": "a1b2"}),
        (" sid = a1b2 ", {"sid": "a1b2"}),
        ("sid=a=b==", {"sid": "a=b=="}),
        ('sid="a1b2"', {"sid": '"a1b2"'}),
        ("sid=a; Max-Age=3600", {"sid": "a"}),
        ("sid=a; max-age=soon", {"sid": "a"}),
        (f"sid=a; Expires={FUTURE}", {"sid": "a"}),
        ("sid=a; Expires=never", {"sid": "a"}),
        (f"sid=a; Max-Age=60; Expires={PAST}", {"sid": "a"}),
        ("sid=a; Max-Age=0", {}),
        ("sid=a; MAX-AGE=-1", {}),
        ("sid=a; Max-Age=000", {}),
        (f"sid=a; Expires={PAST}", {}),
        ("sid=a; expires=Thu, 01-Jan-1970 00:00:00 GMT", {}),
        (f"sid=a; Max-Age=0; Expires={FUTURE}", {}),
        ("sid=", {}),
        ('sid=""', {}),
        ("=a", {}),
        ("sid", {}),
        ("", {}),
        ("sid=\xe9", {}),
        ("sid=a\x01", {}),
    ],
)
def test_a_cookie_is_kept_where_it_has_a_value_and_is_not_deleted(field: str, found: dict[str, str]) -> None:
    assert cookies(field) == found


def test_of_a_name_that_is_set_again_the_last_counts() -> None:
    assert cookies("a=1", "b=2", "a=3") == {"b": "2", "a": "3"}
    assert cookies("a=1", "b=2", "a=; Max-Age=0") == {"b": "2"}


def test_they_are_sent_back_in_one_field_as_far_as_a_server_has_to_take_them() -> None:
    assert joined({"a": "1", "b": "2"}) == "a=1; b=2"
    assert joined({"a": "1", "b": "x" * MOST, "c": "2"}) == "a=1"
    assert joined({}) == ""
