"""A verdict as pytest shows it: pytest escapes nothing of what it is given."""

from __future__ import annotations

from hypothesis import given, settings, strategies as st

from conformance.rendering import verdict
from tests.rendering import samples
from tests.rendering.hostile import PAYLOAD, STEERING


def shown(text: str) -> str:
    """Every verdict of a run in which all that could come from outside is `text`."""
    lines = [line for line in samples.saturated(text) if line["record"] == "verdict"]
    return "\n".join(verdict.text({**line, "findings": [varied(text)]}) for line in lines)


def varied(text: str) -> samples.JsonObject:
    """A finding that other requests show as well, in words that hold `text`."""
    command = samples.evidence(request=samples.request(curl=text))
    return samples.defect(expected=text, observed=text, rate=text, variants=[text, text], exchange=command)


@settings(max_examples=40, deadline=None, database=None)
@given(text=st.text(max_size=60) | st.sampled_from([STEERING, PAYLOAD]))
def test_nothing_from_outside_steers_the_terminal(text: str) -> None:
    """Arbitrary text in every field: no escape, no control character, no override reaches the terminal."""
    told = shown(text)

    assert not any(ord(character) < 0x20 and character not in "\n\t" for character in told)
    assert not any(0x7F <= ord(character) < 0xA0 or character in "\u202e\u2066\u200b\ufeff" for character in told)
    told.encode("utf-8")


def test_a_command_stays_as_it_is_laid_out() -> None:
    """On one line it would be another command; all the rest is on one line each."""
    told = verdict.text(samples.verdict(findings=[varied("one\ntwo")])).splitlines()

    at = told.index("  replay    one")
    assert told[at + 1] == "two"
    assert "  observed  one\\ntwo" in told
