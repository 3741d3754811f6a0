"""How much of an answer the record holds."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.masking import excerpt
from conformance.messages import HeaderPairs, Response
from conformance.redaction import Redactor
from conformance.secret import Secret

SECRET = "k3yQ-77aZ/pl9+mmVw02_Lt81xNcR5uJ4eHg6TbY"


def _shown(headers: HeaderPairs = (), content: bytes = b"", reason: str = "OK") -> dict[str, Any]:
    redactor = Redactor([(Secret(SECRET), "$SECRET")])
    return redactor.response(Response(200, reason, headers=headers, body=content, content=content))


def test_an_ordinary_field_is_kept_whole() -> None:
    """A policy of a thousand characters is one."""
    assert _shown((("Content-Security-Policy", "x" * 1_000),))["headers"] == [["Content-Security-Policy", "x" * 1_000]]


def test_of_a_long_line_the_beginning_is_kept_and_its_length() -> None:
    """Name, value and reason phrase alike."""
    shown = _shown((("n" * 2_000, "v" * 60_000),), reason="r" * 5_000)
    assert shown["headers"] == [["n" * 300 + "… (2000 characters)", "v" * 300 + "… (60000 characters)"]]
    assert shown["reason"] == "r" * 300 + "… (5000 characters)"


def test_many_fields_are_counted() -> None:
    """As many as every report shows are kept."""
    shown = _shown((("a", "b"),) * 9_000)
    assert shown["headers"] == [["a", "b"]] * 39 + [["…", "8961 more fields"]]


def test_fields_that_are_long_together_are_counted_too() -> None:
    """What is looked at in order to keep so little is bounded as well."""
    headers = _shown((("a", "b" * 4_000),) * 12)["headers"]
    assert len(headers) == 5
    assert headers[-1] == ["…", "8 more fields"]


@pytest.mark.parametrize("before", range(excerpt.BEGINNING - len(SECRET), excerpt.BEGINNING + 1, 5))
def test_no_part_of_a_secret_stands_at_the_cut_of_a_field(before: int) -> None:
    """It is masked first and cut then."""
    value = "." * before + SECRET + "." * 5_000
    text = _shown((("X", value),))["headers"][0][1]
    assert not any(SECRET[:size] in text for size in range(4, len(SECRET)))


def test_no_part_of_a_secret_stands_at_the_end_of_what_is_looked_at() -> None:
    """Masks are shorter than what they hide: the end of what was looked at would come into view."""
    token = b"Bearer " + b"t0k3n" * 800 + b" "
    for at in range(0, len(SECRET), 4):
        start = token * 4
        content = start + b"." * (excerpt.CONTENT - len(start) - at) + SECRET.encode() + b"." * 50
        text = _shown(content=content)["body"]["text"]
        assert not any(SECRET[:size] in text for size in range(4, len(SECRET)))
