"""Content codings undone within bounds."""

from __future__ import annotations

import gzip
import itertools
import tracemalloc
import zlib

import brotli
import pytest
from hypothesis import given, strategies as st

from conformance.wire.content_coding import Decoded, decode
from tests.hostile.codings import _brotli_zeros, _nested, zeros

_CAP = 4 << 20
_TEXT = b'{"error": 401, "message": "Unauthorized"}' * 50


def _raw_deflate(data: bytes) -> bytes:
    engine = zlib.compressobj(wbits=-15)
    return engine.compress(data) + engine.flush()


_CODERS = {"gzip": gzip.compress, "x-gzip": gzip.compress, "br": brotli.compress, "deflate": zlib.compress}


@pytest.mark.parametrize("coding", _CODERS)
def test_each_coding_is_undone(coding: str) -> None:
    """Names compare without case."""
    assert decode([coding.upper()], _CODERS[coding](_TEXT), _CAP) == Decoded(_TEXT)


def test_deflate_is_undone_without_its_wrapper_too() -> None:
    """As some servers have always sent it (RFC 9110, section 8.4.1.2)."""
    assert decode(["deflate"], _raw_deflate(_TEXT), _CAP) == Decoded(_TEXT)


def test_the_coding_applied_last_is_undone_first() -> None:
    """In one field or in several (RFC 9110, section 8.4)."""
    coded = brotli.compress(zlib.compress(gzip.compress(_TEXT)))
    assert decode(["gzip, deflate, br"], coded, _CAP) == Decoded(_TEXT)
    assert decode(["gzip", "deflate , identity", "br"], coded, _CAP) == Decoded(_TEXT)


def test_members_of_a_gzip_stream_follow_one_another() -> None:
    """RFC 1952, section 2.2."""
    assert decode(["gzip"], gzip.compress(b"a") + gzip.compress(b"b"), _CAP) == Decoded(b"ab")


@pytest.mark.parametrize("coding", _CODERS)
def test_no_octets_are_no_content_whatever_the_coding(coding: str) -> None:
    """An answer to HEAD announces a coding and has no content."""
    assert decode([coding], b"", _CAP) == Decoded(b"")


@pytest.mark.parametrize(
    ("coding", "coded", "fault", "kept"),
    [
        ("gzip", _TEXT, "gzip: invalid data", b""),
        ("gzip", gzip.compress(_TEXT)[:-4], "gzip: cut off before its end", _TEXT),
        ("gzip", gzip.compress(_TEXT) + b"more", "gzip: invalid data", _TEXT),
        ("gzip", gzip.compress(_TEXT)[:-5] + b"\0\0\0\0\0", "gzip: invalid data", None),
        ("deflate", zlib.compress(_TEXT)[:-2], "deflate: cut off before its end", _TEXT),
        ("deflate", zlib.compress(_TEXT) + b"more", "deflate: octets behind the end of the stream", _TEXT),
        ("deflate", b"\xff", "deflate: invalid data", b""),
        ("br", _TEXT, "br: invalid data", b""),
        ("br", brotli.compress(_TEXT)[:-3], "br: cut off before its end", None),
        ("br", brotli.compress(_TEXT) + b"more", "br: invalid data", None),
        ("gzip", gzip.compress(b"") * 50_000, "gzip: more than 1000 members", b""),
        ("zstd", _TEXT, "a content coding other than gzip, deflate and br", _TEXT),
        ("gzip, gzip, gzip, gzip", _TEXT, "more than 3 content codings", _TEXT),
    ],
    ids=[
        *("gzip-no-such", "gzip-cut", "gzip-more", "gzip-checksum", "deflate-cut", "deflate-more", "deflate-no-such"),
        *("br-no-such", "br-cut", "br-more", "gzip-members", "unknown", "too-many"),
    ],
)
def test_a_broken_coding_is_named_and_what_came_before_the_fault_kept(
    coding: str, coded: bytes, fault: str, kept: bytes | None
) -> None:
    """An unknown coding leaves the octets as they are."""
    decoded = decode([coding], coded, _CAP)
    assert decoded.fault == fault
    assert not decoded.too_large
    if kept is not None:
        assert decoded.content == kept


@pytest.mark.parametrize(
    ("coding", "bomb"),
    [
        ("gzip", zeros(900, 31)),
        ("deflate", zeros(900, 15)),
        ("br", _brotli_zeros()),
        ("gzip, gzip", _nested()),
        ("gzip", gzip.compress(b"") * 500 + zeros(100, 31)),
    ],
    ids=["gzip", "deflate", "br", "nested", "members"],
)
def test_a_bomb_never_holds_more_than_the_cap(coding: str, bomb: bytes) -> None:
    """Some times the cap while pieces are put together, however much the bomb would hold."""
    tracemalloc.start()
    try:
        decoded = decode([coding], bomb, _CAP)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert decoded == Decoded(b"", too_large=True)
    assert peak < 3 * _CAP + 2 * len(bomb)


@pytest.mark.parametrize("coding", _CODERS)
def test_content_of_exactly_the_cap_is_taken(coding: str) -> None:
    """One octet more is not."""
    coded = _CODERS[coding](b"x" * 1000)
    assert decode([coding], coded, 1000) == Decoded(b"x" * 1000)
    assert decode([coding], coded, 999).too_large


@given(st.binary(max_size=5000), st.lists(st.sampled_from(["gzip", "br", "deflate"]), max_size=3))
def test_what_is_coded_comes_back(data: bytes, codings: list[str]) -> None:
    """Any octets, any order of codings."""
    coded = data
    for coding in codings:
        coded = _CODERS[coding](coded)
    assert decode([", ".join(codings)], coded, _CAP) == Decoded(data)


@st.composite
def _damaged(draw: st.DrawFn) -> tuple[list[str], bytes]:
    """Up to three codings, and octets that were coded so, or by others, cut off, changed or lengthened on the way."""
    names = st.lists(st.sampled_from(sorted(_CODERS)), max_size=3)
    data = draw(st.binary(max_size=60))
    for coding in draw(names):
        data = _CODERS[coding](data)
        kept = draw(st.integers(0, len(data)))
        data = draw(st.sampled_from([data, data[:kept], data[:kept] + b"\0" + data[kept + 1 :], data + b"\0"]))
    return draw(names), data


@given(_damaged())
def test_damaged_content_under_any_codings_raises_nothing(damaged: tuple[list[str], bytes]) -> None:
    """Content that is nothing after the first step included; nor does it grow beyond the cap."""
    codings, data = damaged
    assert len(decode([", ".join(codings)], data, 1000).content) <= 1000


@pytest.mark.parametrize("codings", [*itertools.product(_CODERS, repeat=2), *itertools.product(_CODERS, repeat=3)])
def test_what_a_step_leaves_of_nothing_is_no_content(codings: tuple[str, ...]) -> None:
    """As an empty answer is, whatever else is announced; whoever coded nothing and announced more did not code it at all."""
    assert decode([", ".join(codings)], _CODERS[codings[-1]](b""), _CAP) == Decoded(b"")


@given(st.binary(max_size=300), st.lists(st.text(max_size=10) | st.sampled_from(["gzip", "br", "deflate"]), max_size=4))
def test_any_octets_under_any_coding_raise_nothing(data: bytes, codings: list[str]) -> None:
    """Nor do they grow beyond the cap."""
    assert len(decode(codings, data, 1000).content) <= max(1000, len(data))
