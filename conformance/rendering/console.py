"""The view as a few lines of text, for a terminal or a CI log.

A line a defect, with what was expected and the command that shows it again; then what is accepted, what was not
judged, the verdict, and where the reports are. Whatever came from outside is free of terminal escapes.
"""

from __future__ import annotations

import os
import shutil
import textwrap
from typing import TYPE_CHECKING, Final, TextIO

from msgspec import Struct

from conformance.findings import Outcome, Overall
from conformance.rendering import words
from conformance.rendering.provisional import FOUND
from conformance.rendering.text import block, clip, line, plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from conformance.recordlines import Defect, Verdict
    from conformance.rendering.view import View

#: Characters of an observation and of a command that are shown; the reports have them in full.
LINE_SHOWN: Final = 300
CURL_SHOWN: Final = 2_000
#: Requirements named in one line before the rest is counted.
NAMED: Final = 6

_SKIPPED: Final = (Outcome.ERROR, Outcome.BLOCKED, Outcome.WITHHELD, Outcome.NOT_APPLICABLE)
_RED, _YELLOW, _GREEN, _DIM, _BOLD = "31", "33", "32", "2", "1"
_TONES: Final = {Overall.CONFORMANT: _GREEN, Overall.NONCONFORMANT: _RED, Overall.INCONCLUSIVE: _YELLOW}


class Style(Struct, frozen=True):
    """How the summary looks.

    width: columns to wrap prose at; commands are never wrapped, so that they can be copied.
    """

    width: int = 100
    colour: bool = False

    def paint(self, text: str, code: str) -> str:
        """Colour a text, where colour is wanted."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text

    def wrapped(self, label: str, text: str) -> str:
        """A text beside its label, in as many lines as it takes."""
        lead = f"    {label:<9} "
        return self.filled(text, lead, " " * len(lead))

    def filled(self, text: str, first: str = "", rest: str = "  ") -> str:
        """A text in as many lines as it takes, behind these indents; no word is split: ids are searched for and copied."""
        return textwrap.fill(
            text,
            width=max(self.width, 40),
            initial_indent=first,
            subsequent_indent=rest,
            break_on_hyphens=False,
            break_long_words=False,
        )


PLAIN: Final = Style()
#: Goes to the first column, and empties the line.
CLEAR: Final = "\r\x1b[K"


class ProgressLine:
    """How far a run is: one line of a terminal, written over again and again."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown = False

    def __call__(self, count: int, planned: int, scenario: str) -> None:
        """Say how many requests were sent, of how many, and for which scenario."""
        self._shown = True
        self._write(f"{CLEAR}{count} of about {planned} requests  {scenario[:60]}\r")

    def clear(self) -> None:
        """Leave the line empty, for what is said next."""
        if self._shown:
            self._write(CLEAR)

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def progress(stream: TextIO | None, environ: Mapping[str, str]) -> ProgressLine | None:
    """The progress line of a stream; None for one that is no terminal, or too dumb a terminal to write over a line."""
    return ProgressLine(stream) if stream is not None and stream.isatty() and environ.get("TERM") != "dumb" else None


def style(stream: TextIO | None, environ: Mapping[str, str]) -> Style:
    """How a stream takes the summary.

    Colour is for terminals, and not where NO_COLOR is set to anything (no-color.org) or TERM is dumb.
    """
    if stream is None or not stream.isatty():
        return Style()
    colour = not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
    return Style(min(shutil.get_terminal_size((100, 24)).columns, 120), colour)


def summary(view: View, style: Style = PLAIN, *, reports: Mapping[str, Path] | None = None, again: bool = False) -> str:
    """Return the summary, one line feed at its end.

    reports: where the artefacts are, by what they are called.
    again: the run is over long since: its exit code is not that of the process that says so.
    """
    return "\n".join(_lines(view, style, reports or {}, again=again)) + "\n"


def show(text: str, stream: TextIO) -> None:
    """Write a text as a stream takes it. Raises OSError."""
    stream.write(fitting(text, stream))
    stream.flush()


def fitting(text: str, stream: TextIO | None) -> str:
    """The text, in ASCII for a stream that does not take UTF-8."""
    encoding = getattr(stream, "encoding", None) or "ascii"
    return text if encoding.lower().replace("-", "") in {"utf8", "utf8sig"} else _in_ascii(text)


def _lines(view: View, style: Style, reports: Mapping[str, Path], *, again: bool) -> Iterator[str]:
    for verdict in view.failing:
        yield from _defects(verdict, style, _RED)
    for verdict in view.warning:
        yield from _defects(verdict, style, _YELLOW)
    if view.failing or view.warning:
        yield ""
    yield from _accepted(view, style)
    yield from _unjudged(view, style)
    for note in view.run.notes:
        yield style.paint(f"{words.MARK[Outcome.ERROR]} {clip(note, LINE_SHOWN)}", _YELLOW)
    tone = _TONES[view.overall]
    of_the_run = " of the run:" if again else ""
    code = f"Exit code{of_the_run} {view.exit_code}." if view.end else "The run has no exit code."
    yield style.paint(f"{words.headline(view)}.", f"{_BOLD};{tone}") + f" {code}"
    yield line(words.meaning(view))
    yield words.next_step(view)
    yield style.paint(_facts(view), _DIM)
    if reports:
        width = max(len(name) for name in reports)
        for name, path in reports.items():
            yield f"  {name:<{width}}  {line(os.fspath(path))}"


def _defects(verdict: Verdict, style: Style, tone: str) -> Iterator[str]:
    mark = f"{words.MARK[Outcome(verdict.outcome)]} {verdict.outcome}"
    reason = clip(words.reason(verdict), LINE_SHOWN)
    if not verdict.unaccepted:
        yield style.paint(f"{mark}  {line(verdict.requirement)}: {reason}", tone)
    for defect in verdict.unaccepted:
        observed = clip(defect.observed, LINE_SHOWN)
        yield style.paint(f"{mark}  {line(verdict.requirement)}: {observed}", tone) + _rate(defect)
        yield style.wrapped("expected", clip(defect.expected, LINE_SHOWN))
        if defect.variants:
            yield style.wrapped("also", clip("; ".join(defect.variants), LINE_SHOWN))
        curl = defect.exchange.request.curl if defect.exchange else ""
        if len(curl) > CURL_SHOWN:
            yield "    replay    a command of " + plural(len(curl), "character") + ": see the reports"
        elif curl:
            # As it is laid out, not on one line: a command with a line feed in it has to stay the same command.
            yield style.paint(f"    replay    {block(curl)}", _DIM)
    if reason and verdict.unaccepted and verdict.reason != FOUND:
        yield style.wrapped("note", reason)
    if verdict.more:
        yield f"    … and {verdict.more} more that differ from these"


def _rate(defect: Defect) -> str:
    return f"  ({line(words.rate(defect.count, defect.rate, intermittent=defect.intermittent))})"


def _named(verdicts: tuple[Verdict, ...]) -> str:
    names = [line(verdict.requirement) for verdict in verdicts[:NAMED]]
    return ", ".join(names) + (f" and {len(verdicts) - NAMED} more" if len(verdicts) > NAMED else "")


def _accepted(view: View, style: Style) -> Iterator[str]:
    if accepted := view.of(Outcome.DEVIATING):
        mark = words.MARK[Outcome.DEVIATING]
        text = f"{mark} {plural(len(accepted), 'accepted deviation')}: {_named(accepted)}"
        yield style.filled(text)


def _unjudged(view: View, style: Style) -> Iterator[str]:
    for outcome in _SKIPPED:
        if verdicts := view.of(outcome):
            reasons = {words.skip_reason(verdict) for verdict in verdicts}
            why = f" ({clip(reasons.pop(), LINE_SHOWN)})" if len(reasons) == 1 else ""
            text = f"{words.MARK[outcome]} {len(verdicts)} {outcome.value}, not passed: {_named(verdicts)}{why}"
            yield style.filled(text)
    if view.end is not None and view.end.dropped:
        names = ", ".join(map(str, view.end.dropped))
        text = f"{words.MARK[Outcome.BLOCKED]} not asked to the end, the request budget is spent: {line(names)}"
        yield style.filled(text)


def _facts(view: View) -> str:
    run = view.run
    counts = ", ".join(f"{count} {outcome}" for outcome, count in view.counts.items())
    target = line(words.target(view))
    sent = f"{plural(view.requests, 'request')} in {view.seconds:.1f} s"
    return f"{counts} · {sent} · {target} · {line(run.profile)} · seed {line(str(run.seed))}"


#: What the marks and signs of the summary are where there is no UTF-8.
_PLAIN: Final = str.maketrans(
    {"✓": "+", "✗": "x", "≈": "~", "↺": "<", "–": "-", "○": "o", "◌": "o", "⚠": "!", "…": "...", "·": "|", "×": "x"}
)


def _in_ascii(text: str) -> str:
    return text.translate(_PLAIN).encode("ascii", "backslashreplace").decode("ascii")
