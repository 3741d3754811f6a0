"""The reader of answers, fed with octets by hand and at random."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st

from conformance.messages import FailureKind, Response
from conformance.wire.answer_reader import AnswerReader

_GOOD = b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nX-A: b\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
_FRAGMENTS = st.sampled_from(
    [
        b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0 401 No\r\n", b"HTTP/1.1 100 C\r\n", b"HTTP/1.1 101 S\r\n", b"\r\n", b"\n", b"\r",
        b"Content-Length: 5\r\n", b"Content-Length: -1\r\n", b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: gzip\r\n",
        b"Upgrade: x\r\nConnection: upgrade\r\n", b"Connection: close\r\n", b"hello", b"5\r\nhello\r\n", b"0\r\n\r\n", b"\0", b": ", b" ",
    ]
)  # fmt: skip


def _read(pieces: list[bytes], *, head: bool = False) -> Response | tuple[FailureKind, str]:
    reader = AnswerReader(2000, 1000)
    reader.start(head=head)
    for piece in pieces:
        if piece and not reader.complete and reader.fault is None:
            reader.feed(memoryview(piece))
    reader.end()
    if reader.fault is not None:
        assert not reader.complete
        return reader.fault
    assert reader.complete
    return reader.response()


@given(st.lists(st.binary(max_size=50) | _FRAGMENTS, max_size=20), st.booleans())
@example(pieces=[b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n"], head=False)
# a busy machine draws slowly, and that is no fault of the reader
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_octets_are_a_response_or_a_fault(pieces: list[bytes], head: bool) -> None:  # noqa: FBT001 - Hypothesis gives it
    """Nothing is raised, and one of the two is there in the end."""
    outcome = _read(pieces, head=head)
    if isinstance(outcome, Response):
        assert outcome.status >= 200
        assert len(outcome.body) <= 1000


@given(st.lists(st.integers(1, len(_GOOD) - 1), max_size=12))
def test_a_response_is_the_same_wherever_it_is_cut(cuts: list[int]) -> None:
    """Fields, chunk sizes and line ends alike."""
    places = [0, *sorted(set(cuts)), len(_GOOD)]
    pieces = [_GOOD[start:end] for start, end in itertools.pairwise(places)]
    assert _read(pieces) == _read([_GOOD])


@given(st.lists(_FRAGMENTS, max_size=12), st.integers(1, 5))
def test_a_response_read_whole_is_read_in_pieces_too(fragments: list[bytes], size: int) -> None:
    """What is surplus may go unseen in pieces, never the other way round."""
    octets = b"".join(fragments)
    whole = _read([octets])
    if isinstance(whole, Response):
        assert _read([octets[start : start + size] for start in range(0, len(octets), size)]) == whole


@pytest.mark.parametrize(
    ("octets", "kind"),
    [
        (b"", FailureKind.CLOSED),
        (b"HTTP/1.1 20", FailureKind.TRUNCATED),
        (b"HTTP/1.1 100 C\r\n\r\n", FailureKind.TRUNCATED),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n", FailureKind.TOO_LARGE),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1001, FailureKind.TOO_LARGE),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 2000, FailureKind.TOO_LARGE),
        (
            b"HTTP/1.1 100 C\r\nX: y\r\n\r\n" * 20 + b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1900 + b"\r\n\r\n",
            FailureKind.TOO_LARGE,
        ),
        (b"HTTP/1.1 100 C\r\n\r\n" * 21, FailureKind.TOO_LARGE),
        (b"HTTP/1.1 199 C\r\nContent-Length: 2\r\n\r\nhi", FailureKind.MALFORMED),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            FailureKind.MALFORMED,
        ),
    ],
)
def test_each_fault_has_its_kind(octets: bytes, kind: FailureKind) -> None:
    """Cut off, too large, or no HTTP."""
    outcome = _read([octets])
    assert isinstance(outcome, tuple)
    assert outcome[0] is kind


_OK = b"HTTP/1.1 200 OK\r\nX-First: a\r\n"
_EARLY = b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n"
_FOLDED = "a field that is folded over two lines, which is obsolete"
_NO_NAME = "a character that no name of a field may have, or no colon behind it"


@pytest.mark.parametrize(
    ("pieces", "detail"),
    [
        ([_OK + b"X-Folded: a\r\n b\r\n\r\n"], f"{_FOLDED}: the field X-Folded"),
        ([_EARLY + _OK + b"X-Folded: a\r\n\tb\r\n\r\n"], f"{_FOLDED}: the field X-Folded"),
        ([_OK, b"X-Folded: a\r\n b\r\n\r\n"], _FOLDED),
        ([_OK + b"X-Space : a\r\n\r\n"], f"{_NO_NAME}: the field X-Space "),
        ([_OK + b"X-Nothing\r\n\r\n"], _NO_NAME),
        ([_OK + b": nothing\r\n\r\n"], _NO_NAME),
        ([_OK + b"X-\x1b[2J: a\r\n\r\n"], f"{_NO_NAME}: the field with a name of 6 octets"),
        ([_OK + b"X" * 65 + b" : a\r\n\r\n"], f"{_NO_NAME}: the field with a name of 66 octets"),
        ([_OK + b"X-Nul: a\0b\r\n\r\n"], "a character that no value of a field may have: the field X-Nul"),
        (
            [_OK + b"X-Bare: a\nX-More: b\r\n\r\n"],
            "a line of the header section that ends in LF alone: the field X-Bare",
        ),
        ([_OK + b"X-Bare: a\rX-More: b\r\n\r\n"], "a CR inside the value of a field: the field X-Bare"),
        ([_OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX-T : a\r\n\r\n"], _NO_NAME),
        (
            [_OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nContent-Length: 2\r\n\r\n"],
            "Content-Length among the trailers, where it may not stand",
        ),
        (
            [_OK + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\nhi\r\n0\r\n\r\n"],
            "Content-Length can't be present with Transfer-Encoding",
        ),
    ],
)
def test_a_fault_of_a_field_names_it(pieces: list[bytes], detail: str) -> None:
    """Where it is known; of a name that is long or would steer a terminal only its length."""
    assert _read(pieces) == (FailureKind.MALFORMED, detail)


@pytest.mark.parametrize(
    ("pieces", "figures"),
    [
        ([_OK + b"Content-Length: 2\r\n\r\nhello"], ": Content-Length is 2, and at least 5 came"),
        ([_EARLY + _OK + b"Content-Length: 2\r\n\r\nhello"], ": Content-Length is 2, and at least 5 came"),
        ([_OK + b"Content-Length: 0\r\n\r\nh"], ": Content-Length is 0, and at least 1 came"),
        ([_OK + b"Content-Length: 3\r\n\r\nh", b"ello"], ": Content-Length is 3, and at least 5 came"),
        ([_OK + b"Content-Length: 3\r\n\r\n", b"hello"], ": Content-Length is 3, and at least 5 came"),
        ([_OK, b"Content-Length: 3\r\n\r\nhello"], ""),
        ([_OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\nh\r\n0\r\n\r\nello"], ""),
    ],
)
def test_octets_beyond_the_content_are_counted(pieces: list[bytes], figures: str) -> None:
    """As many as were announced, and as many as came, where both are known."""
    assert _read(pieces) == (FailureKind.MALFORMED, f"octets beyond the content{figures}")


def test_ctrl_c_inside_the_parser_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Httptools swallows what a callback raises, KeyboardInterrupt included; the reader does not."""

    def interrupt(self: AnswerReader, reason: bytes) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(AnswerReader, "on_status", interrupt)
    with pytest.raises(KeyboardInterrupt):
        AnswerReader(2000, 1000).feed(memoryview(_GOOD))
