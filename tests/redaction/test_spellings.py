"""Excerpts hold whatever the views of the whole text hold."""

from __future__ import annotations

from hypothesis import given, settings, strategies as st

from conformance.masking.decoders import DECODERS, OCTETS, View, views
from conformance.masking.spellings import INSIDE, excerpts

REACH = 5
FAR = " far away " * (INSIDE // 5)
PIECES = st.sampled_from(
    [
        *'ab%&\\=u0;x"\n',
        *("%41", "%25", "%C3%A9", "&#65;", "&#37;", "&amp;", "\\u0025", "\\u005c", '\\"', "\\\\", "=41", "=\n", "\0"),
        *("\xe9", "\u0430", "\udcff", "25", "41", "a word", FAR),
    ]
)


@given(pieces=st.lists(PIECES, max_size=20))
@settings(max_examples=300, deadline=None)
def test_whatever_a_view_holds_an_excerpt_holds(pieces: list[str]) -> None:
    """Every stretch of every view that is no longer than the reach, spellings inside spellings included."""
    text = "".join(pieces)
    found = {excerpt.inner.text for excerpt in excerpts(text, REACH)}

    for view in views(text):
        for at in range(max(len(view.text) - REACH, 0) + 1):
            assert any(view.text[at : at + REACH] in one for one in found), (view.label, at)


@given(before=st.lists(PIECES, max_size=4), after=st.lists(PIECES, max_size=4))
@settings(max_examples=50, deadline=None)
def test_no_word_is_cut_in_two(before: list[str], after: list[str]) -> None:
    """A token is known by the whole of it, however long it is."""
    word = "A-long_word/" * REACH
    text = f"{''.join(before)} {word}{'%2D'}{word} {''.join(after)}"

    assert any(f"{word}-{word}" in excerpt.inner.text for excerpt in excerpts(text, REACH))


def test_an_excerpt_knows_where_it_comes_from() -> None:
    """The place in the text itself, through the view of the whole and that of the stretch."""
    text = f'{FAR}\\"{FAR}\\u002541%{FAR}'
    places = {
        text[slice(*excerpt.origin([(at, at + 1)])[0])]
        for excerpt in excerpts(text, REACH)
        if (at := excerpt.inner.text.find("A%")) >= 0
    }

    assert places == {"\\u002541"}


@given(pieces=st.lists(PIECES, max_size=20))
@settings(max_examples=300, deadline=None)
def test_each_character_knows_what_spells_it(pieces: list[str]) -> None:
    """In order, and nothing but it: decoded by itself, that is the character, or the few it is spelled with."""
    text = "".join(pieces)
    for decoder in (*DECODERS, OCTETS):
        undone = decoder.undo(text)
        places = [decoder.origin(text, [(at, at + 1)])[0] for at in range(len(undone))]

        assert places == sorted(places)
        assert decoder.origin(text, [(at, len(undone)) for at in range(len(undone))]) == [
            (start, places[-1][1]) for start, _ in places
        ]
        for character, (start, end) in zip(undone, places, strict=True):
            assert character in decoder.undo(text[start:end])


def test_what_no_spelling_is_near_is_read_once_for_each_view_of_the_whole() -> None:
    """The text itself, with its JSON escapes undone, and a stretch of each."""
    text = FAR * 100 + "%41" + FAR * 100 + '\\"'
    whole, *stretches = sorted((excerpt.inner.text for excerpt in excerpts(text, REACH)), key=len, reverse=True)

    assert whole == View(text).text
    assert len(stretches[0]) == len(text) - 1
    assert all(len(stretch) < 4 * len(FAR) for stretch in stretches[1:])
