"""A table of pieces finds what looking for each of them would find."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

from hypothesis import given, strategies as st

from conformance.masking.grams import Grams

FEW = st.sampled_from("abAé\U0001f600\ud800\0?")
PIECES = st.lists(st.text(FEW, min_size=1, max_size=9), max_size=12)


@given(PIECES, st.text(FEW, max_size=60))
def test_the_pieces_that_stand_in_a_text_are_found(pieces: list[str], text: str) -> None:
    assert list(Grams.of(pieces).held(text)) == [at for at, piece in enumerate(pieces) if piece in text]


@given(PIECES, st.text(FEW, max_size=7), st.text(FEW, max_size=7))
def test_wherever_they_stand(pieces: list[str], before: str, behind: str) -> None:
    table = Grams.of(pieces)
    assert all(at in table.held(before + piece + behind) for at, piece in enumerate(pieces))
