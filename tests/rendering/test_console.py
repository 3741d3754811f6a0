"""The console summary: a line a defect, the verdict, and nothing that steers a terminal."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from conformance.rendering import console, html, junit
from tests.rendering import samples
from tests.rendering.hostile import STEERING


class Terminal(io.TextIOWrapper):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def on_terminal(encoding: str, environ: dict[str, str]) -> str:
    """What a terminal of that encoding gets to see."""
    octets = io.BytesIO()
    stream = Terminal(octets, encoding=encoding)
    console.show(console.summary(samples.viewed(samples.failing()), console.style(stream, environ)), stream)
    return octets.getvalue().decode(encoding)


def test_a_defect_is_one_line_with_its_rate_and_its_command() -> None:
    """Requirement, what was observed and how often are on the first line; the command is on a line of its own, whole."""
    shown = console.summary(samples.viewed(samples.failing())).splitlines()

    first = shown.index("✗ failed  status.not-json: 500 with text/html  (3 of 40, intermittent)")
    assert shown[first + 1 : first + 3] == [
        "    expected  400",
        "    replay    curl -sS -i -X POST … --data-binary '{\"clie'",
    ]


def test_other_requests_that_show_the_same_are_named(lines: list[dict[str, object]]) -> None:
    """They stand between what is expected and the command, in the console and in junit.xml, and on the page."""
    view = samples.viewed(lines)

    assert "    also      in upper case; reversed" in console.summary(view).splitlines()
    assert "Also:      in upper case; reversed" in junit.render(view).decode()
    assert "<dt>Also</dt><dd>in upper case; reversed</dd>" in html.render(view).decode()


def test_what_was_passed_over_is_told_in_every_report() -> None:
    """A line each, and nothing in it steers a terminal or the page."""
    view = samples.viewed([samples.run(notes=["corpus.jsonl: passed over: line 2", "<b>\x1b[31m"]), samples.end()])

    assert "⚠ corpus.jsonl: passed over: line 2" in console.summary(view).splitlines()
    assert "\x1b" not in console.summary(view)
    assert 'name="note.1" value="corpus.jsonl: passed over: line 2"' in junit.render(view).decode()
    page = html.render(view).decode()
    assert "<strong>Note:</strong> corpus.jsonl: passed over: line 2</p>" in page
    assert "&lt;b&gt;" in page
    assert "\x1b" not in page


@pytest.fixture
def lines() -> list[dict[str, object]]:
    """A record with a finding that several requests show."""
    found = samples.defect(variants=["in upper case", "reversed"])
    verdict = samples.verdict("security.exact-secret", "failed", findings=[found])
    return [samples.run(), samples.exchange(1, [samples.finding()]), verdict, samples.end()]


def test_what_fails_the_run_comes_before_what_warns() -> None:
    """Order: failed, recovered, warned; then what is accepted; then what was not judged; then the verdict."""
    shown = console.summary(samples.viewed(samples.failing()))
    marks = ["✗ failed", "↺ recovered", "! warned", "≈ 2 accepted", "⚠ 1 error", "○ 1 withheld", "Does not conform"]

    assert [shown.index(mark) for mark in marks] == sorted(shown.index(mark) for mark in marks)


def test_the_verdict_has_the_exit_code_and_the_reports(tmp_path: Path) -> None:
    """The last lines say what the run came to and where to read more."""
    shown = console.summary(samples.viewed(samples.passing()), reports={"report.html": tmp_path / "report.html"})

    assert "\nConforms. Exit code 0.\n" in shown
    assert shown.endswith(f"  report.html  {tmp_path}/report.html\n")


def test_who_reads_a_record_again_is_told_whose_exit_code_it_is() -> None:
    """The process that renders a record ends with a code of its own."""
    shown = console.summary(samples.viewed(samples.passing()), again=True)

    assert "\nConforms. Exit code of the run: 0.\n" in shown


def test_a_run_that_was_killed_says_partial() -> None:
    """A record without its end is never summed up as a whole run."""
    shown = console.summary(samples.viewed(samples.killed()))

    assert "Partial: does not conform: 2 requirements." in shown
    assert "The record ends before the run did" in shown


@pytest.mark.parametrize(
    ("environ", "coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False), ({"NO_COLOR": ""}, True)],
)
def test_colour_is_for_terminals_that_want_it(environ: dict[str, str], coloured: bool) -> None:  # noqa: FBT001
    """NO_COLOR set to anything and a dumb terminal turn colour off."""
    assert ("\x1b[31m" in on_terminal("utf-8", environ)) is coloured


def test_a_log_gets_no_colour() -> None:
    """A stream that is no terminal gets plain text."""
    stream = io.StringIO()
    console.show(console.summary(samples.viewed(samples.failing()), console.style(stream, {})), stream)

    assert "\x1b" not in stream.getvalue()


def test_a_terminal_without_utf8_gets_ascii() -> None:
    """Marks have plain counterparts, and the rest is escaped."""
    shown = on_terminal("iso-8859-1", {"NO_COLOR": "1"})

    assert shown.isascii()
    assert "x failed  status.not-json: 500 with text/html" in shown


def test_prose_wraps_and_commands_do_not() -> None:
    """Lines are as narrow as the terminal, commands aside: a command is copied as one line."""
    shown = console.summary(samples.viewed(samples.inconclusive()), console.Style(60)).splitlines()

    assert max(len(line) for line in shown[:4]) <= 60


def test_no_id_is_split_however_narrow_the_terminal() -> None:
    """It is searched for, and copied."""
    name = "documentation.a-name-that-is-wider-than-the-narrowest-of-terminals"
    verdicts = [samples.verdict(f"{name}-{outcome}", outcome) for outcome in ("deviating", "blocked")]
    lines = [samples.run(), *verdicts, samples.end(dropped=[f"{name}-dropped"])]
    shown = console.summary(samples.viewed(lines), console.Style(40))

    words = set(shown.replace(",", " ").split())
    assert {f"{name}-{one}" for one in ("deviating", "blocked", "dropped")} <= words


@settings(max_examples=40, deadline=None, database=None)
@given(text=st.text(max_size=60) | st.just(STEERING))
def test_nothing_from_outside_steers_the_terminal(text: str) -> None:
    """Arbitrary text in every field: no escape, no control character, no override reaches the terminal."""
    shown = console.summary(samples.viewed(samples.saturated(text)))

    assert not any(ord(character) < 0x20 and character not in "\n\t" for character in shown)
    assert not any(0x7F <= ord(character) < 0xA0 or character in "\u202e\u2066\u200b\ufeff" for character in shown)
    shown.encode("utf-8")
