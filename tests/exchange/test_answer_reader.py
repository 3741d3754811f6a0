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


def test_ctrl_c_inside_the_parser_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Httptools swallows what a callback raises, KeyboardInterrupt included; the reader does not."""

    def interrupt(self: AnswerReader, reason: bytes) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(AnswerReader, "on_status", interrupt)
    with pytest.raises(KeyboardInterrupt):
        AnswerReader(2000, 1000).feed(memoryview(_GOOD))
