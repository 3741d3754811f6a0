"""What sets one spelling of a JSON object apart from its plain form."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

import json

import pytest
from hypothesis import given, strategies as st

from conformance.notation import PLAIN_TYPE, peculiarities

ORDER = ("one", "two")
PLAIN = '{"one":"é/","two":"b"}'.encode()


def told(body: bytes, content_type: str | None = PLAIN_TYPE) -> list[str]:
    """The peculiarities of a body."""
    return list(peculiarities(body, content_type, ORDER))


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (PLAIN, PLAIN_TYPE, []),
        (b" " + PLAIN, PLAIN_TYPE, ["white space before it"]),
        (PLAIN + b"\n", PLAIN_TYPE, ["white space after it"]),
        (b'{"one":"a","two" :"b"}', PLAIN_TYPE, ["white space inside it"]),
        (b'{"one":" a\xc2\xa0 ","two":"b"}', PLAIN_TYPE, []),
        (b'{"one":"\\u0061","two":"b"}', PLAIN_TYPE, ["escapes"]),
        (b'{"one":"a\\/","two":"b"}', PLAIN_TYPE, ["escapes"]),
        (b'{"one":"\\"\\\\","two":"b"}', PLAIN_TYPE, []),
        (b'{"\\u006fne":"a","two":"b"}', PLAIN_TYPE, ["escapes"]),
        (b'{"two":"b","one":"a"}', PLAIN_TYPE, ["its members in another order"]),
        (PLAIN, "application/json; charset=utf-8", ["the media type application/json; charset=utf-8"]),
        (b'\t{"two" :"\\u0062","one":"a"}', None, [
            "white space before it", "white space inside it", "escapes", "its members in another order",
            "the media type None",
        ]),
    ],
)  # fmt: skip
def test_each_peculiarity_is_named(body: bytes, content_type: str | None, expected: list[str]) -> None:
    assert told(body, content_type) == expected


@given(one=st.text(), two=st.text())
def test_the_plain_form_has_none_whatever_it_holds(one: str, two: str) -> None:
    value = {"one": one, "two": two}
    assert told(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()) == []
