"""Octets read as JSON."""

from __future__ import annotations

import gc
import json
import math

import pytest
from hypothesis import given, strategies as st

from conformance import jsontext
from conformance.jsontext import NOTHING, read, strings
from tests.measuring import least, processor_seconds

MEBIBYTE = 1 << 20

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15) + 1, 10**15 - 1) | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(value=json_values, ascii_only=st.booleans())
def test_what_a_strict_writer_writes_is_read_back(*, value: object, ascii_only: bool) -> None:
    """Every document of finite numbers and whole characters is strict, and its value is the one written."""
    found = read(json.dumps(value, ensure_ascii=ascii_only).encode())

    assert found.fault is None
    assert found.value == value
    assert not any((found.duplicates, found.bom, found.lone_surrogates, found.big_numbers, found.nonfinite))


@given(st.binary(max_size=300) | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_octets_are_read_without_an_exception(content: bytes) -> None:
    """Octets that hold no document have a fault and no value."""
    found = read(content)

    assert (found.value is not NOTHING) or found.fault


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b'"\xff"', "not UTF-8"),
        (b'"\xed\xa0\x80"', "not UTF-8"),
        (b"NaN", "NaN or Infinity"),
        (b"[-Infinity]", "NaN or Infinity"),
        (b"{} {}", "trailing data"),
        (b"{}\0", "trailing data"),
        (b"01", "trailing data"),
        (b"1.", "trailing data"),
        (b"{", "not JSON: Expecting property name enclosed in double quotes at character 1"),
        (b"[1,", "not JSON: Expecting value at character 3"),
        (b"{'a':1}", "not JSON: Expecting property name enclosed in double quotes at character 1"),
        (b'"a', "not JSON: Unterminated string starting at character 0"),
        (b'"a\tb"', "not JSON: Invalid control character at character 2"),
        (b'"\\x41"', "not JSON: Invalid \\escape at character 1"),
        (b"\xa0{}", "not UTF-8"),
        ("\u00a0{}".encode(), "not JSON: Expecting value at character 0"),
        (b"[" * 201 + b"]" * 201, "nested deeper than 200"),
        ('{"a": 1}'.encode("utf-16"), "not UTF-8"),
    ],
)
def test_what_is_wrong_is_said(content: bytes, fault: str) -> None:
    """Each way not to be one strict document has its words."""
    assert read(content).fault == fault


@pytest.mark.parametrize("content", [b"null", b" 0 ", b'"\\ud83d\\ude00"', b"[]", b'{"a":{"a":1}}', b"-0.0", b"1E9"])
def test_strict_documents_have_no_fault(content: bytes) -> None:
    """A scalar is a document, white space around it is allowed (RFC 8259, section 2)."""
    assert read(content).fault is None


@pytest.mark.parametrize(
    "content",
    [
        b'\xef\xbb\xbf{"a": "b"}',
        b'{"a": "b"} trailing',
        b'{"a": "b", "c": NaN}',
        b'{"a": "b", "\xff": 1}',
        b'{"a": "b", "c": "\n"}',
        '{"a": "b"}'.encode("utf-16"),
        '{"a": "b"}'.encode("utf-16-le"),
        '{"a": "b"}'.encode("utf-32"),
        b'{"a": "b", "c": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
def test_a_lenient_reading_stands_beside_the_fault(content: bytes) -> None:
    """What a lenient server would read is there to be judged, whatever keeps the text from being strict."""
    found = read(content)

    assert found.fault
    assert found.value["a"] == "b"


def test_every_value_of_a_repeated_name_is_there() -> None:
    """A repeat is named by its JSON pointer, and none of its values is lost."""
    found = read(b'{"a": 1, "b": [{"x/y": 1, "x/y": 2}], "a": 3}')

    assert found.fault is None
    assert found.value["a"] == 3
    assert found.every("a") == (1, 3)
    assert sorted(found.duplicates) == ["/a", "/b/0/x~1y"]


def test_a_repeat_inside_a_value_that_was_lost_is_named() -> None:
    """The inner object is in no pointer's reach, its name is reported all the same."""
    assert "…/b" in read(b'{"a": {"b": 1, "b": 2}, "a": 3}').duplicates


def test_lone_surrogates_are_seen_even_in_a_value_that_was_lost() -> None:
    """Half a pair is noticed in names, in values and in the values of repeats; a whole pair is none."""
    assert read(b'"\\ud800"').lone_surrogates
    assert read(b'{"\\udfff": 1}').lone_surrogates
    assert read(b'{"a": "\\ud800", "a": 1}').lone_surrogates
    assert not read(b'"\\ud83d\\ude00 \\\\ud800"').lone_surrogates


@pytest.mark.parametrize(
    ("content", "value", "big"),
    [
        (b"999999999999999", 999999999999999, False),
        (b"1000000000000000", 1000000000000000, True),
        (b"1e400", math.inf, True),
        (b"-1e400", -math.inf, True),
        (b"1e-400", 0.0, True),
        (b"0.0", 0.0, False),
        (b"-0e0", 0.0, False),
        (b"2147483648", 2147483648, False),
    ],
)
def test_numbers_no_double_holds_are_seen(*, content: bytes, value: float, big: bool) -> None:
    """RFC 8259, section 6: what is not exact in a double does not travel."""
    found = read(content)

    assert (found.value, found.big_numbers) == (value, big)


def test_an_integer_of_twenty_thousand_digits_is_survived() -> None:
    """CPython refuses to read so many; the first 600 are as far out of range."""
    found = read(b'{"error": ' + b"9" * 20_000 + b"}")

    assert found.fault is None
    assert found.big_numbers
    assert isinstance(found.value["error"], int)


@pytest.mark.parametrize(
    ("content", "depth"),
    [(b"1", 0), (b"{}", 1), (b'{"[[[": 1}', 1), (b'[{"a": []}, []]', 3), (b"[" * 100_000, 100_000), (b'["\\"[["]', 1)],
)
def test_depth_is_counted_without_recursion(content: bytes, depth: int) -> None:
    """Brackets in strings do not count; text that is broken off is counted as far as it goes."""
    assert read(content).depth == depth


@pytest.mark.parametrize(
    ("start", "unit", "end"),
    [
        (b"", b"[", b""),
        (b"[", b"[],", b"[]]"),
        (b"[", b"{},", b"{}]"),
        (b"", b'{"a":', b""),
        (b"", b"9", b""),
        (b"0.", b"1", b""),
        (b'"', b'\\"', b'"'),
        (b"", b"\xff", b""),
        (b"", b'{"a":1,', b""),
        (b"[", b'{"a":1,"a":1},', b"1]"),
        (b"{", b'"a":1,', b'"a":1}'),
    ],
)
def test_four_hostile_mebibytes_take_no_more_than_four_times_one_and_some(
    start: bytes, unit: bytes, end: bytes
) -> None:
    """No input makes the reader quadratic: that would be sixteen times."""

    def seconds(mebibytes: int) -> float:
        content = start + unit * (mebibytes * MEBIBYTE // len(unit)) + end
        jsontext._read_large.cache_clear()
        # the collector walks over all that this process holds, which is the tests' and not the reader's
        gc.disable()
        taken = processor_seconds(lambda: read(content))
        gc.enable()
        return taken

    assert least(lambda: seconds(4) / max(seconds(1), 0.05), 9) < 9


def test_large_texts_are_let_go_without_the_collector_of_cycles() -> None:
    """It does not come by for hundreds of megabytes that are in few objects; the latest two are remembered."""
    gc.collect()
    gc.disable()
    try:
        for number in range(8):
            read(b"{" + b'"a":1,' * 100_000 + b'"n%d":1}' % number)
        kept = [len(one) for one in gc.get_objects() if isinstance(one, list | tuple) and len(one) > 90_000]
    finally:
        gc.enable()

    assert len(kept) <= 3


def test_every_string_is_found_at_any_depth() -> None:
    """Names count as strings."""
    deep: object = "x"
    for _ in range(100_000):
        deep = [deep]

    assert list(strings(deep)) == ["x"]
    assert sorted(strings({"a": ["b", {"c": None}], "d": 1})) == ["a", "b", "c", "d"]


def test_repr_shows_no_content() -> None:
    """A traceback may hold a `JsonText`, and must not hold what was read."""
    assert "canary" not in repr(read(b'{"canary": "canary", "canary": 1}'))
    assert repr(jsontext.NOTHING) == "NOTHING"
