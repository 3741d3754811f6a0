"""The view: one pass over a record, bounded, and honest about what is missing."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from conformance import rendering
from conformance.errors import RecordError
from conformance.findings import Outcome, Overall
from conformance.record import RecordNotWritten
from conformance.recordlines import Line, Verdict
from conformance.rendering.view import View, fold
from tests.rendering import samples


def decoded(lines: Iterator[dict[str, Any]]) -> Iterator[Line]:
    """The lines as values, one at a time."""
    for line in lines:
        yield msgspec.convert(line, Line)


def derived(view: View, requirement: str) -> Verdict:
    """The verdict of a requirement."""
    return next(verdict for verdict in view.verdicts if verdict.requirement == requirement)


def test_a_complete_record_is_shown_as_it_says() -> None:
    """Verdicts, counts, overall and exit code are those of the record."""
    view = samples.viewed(samples.failing())

    assert (view.overall, view.exit_code, view.partial, view.requests) == (Overall.NONCONFORMANT, 1, False, 250)
    assert view.counts["failed"] == 2
    assert [verdict.requirement for verdict in view.failing] == [
        "status.not-json",
        "error.error-integer",
        "token.token-type",
    ]
    assert [verdict.requirement for verdict in view.warning] == ["protocol.www-authenticate"]


def test_a_record_that_is_cut_off_is_partial_and_judged_by_its_exchanges() -> None:
    """Each requirement with a finding fails, with the smallest exchange that shows it."""
    shown = samples.exchange(3, [samples.finding()], request=samples.request(curl="curl short"))
    view = samples.viewed([samples.run(), samples.exchange(1, [samples.finding()]), shown])

    assert (view.partial, view.overall, view.exit_code, view.requests) == (True, Overall.NONCONFORMANT, 1, 2)
    (defect,) = derived(view, "error.error-integer").findings
    assert defect.count == 2
    assert defect.exchange is not None
    assert defect.exchange.number == 3


def test_at_most_five_defects_of_a_requirement_are_kept() -> None:
    """The others are counted: memory does not grow with what a server comes up with."""
    found = [samples.exchange(n, [samples.finding(signature=str(n))]) for n in range(1, 13)]
    verdict = derived(samples.viewed([samples.run(), *found]), "error.error-integer")

    assert (len(verdict.findings), verdict.more) == (5, 7)


def test_what_the_catalogue_knows_completes_a_record_that_is_cut_off() -> None:
    """Titles come from it, a recommendation only warns, and what has no finding is blocked, not passed."""
    known = {
        "error.error-integer": Verdict("error.error-integer", "blocked", title="A title", level="recommended"),
        "jwt.compact": Verdict("jwt.compact", "blocked"),
    }
    lines = [samples.run(), samples.exchange(1, [samples.finding()])]
    view = fold(decoded(iter(lines)), known)

    warned, blocked = view.verdicts
    assert (warned.outcome, warned.title) == (Outcome.WARNED.value, "A title")
    assert blocked.outcome == Outcome.BLOCKED.value
    assert view.overall is Overall.INCONCLUSIVE


def test_verdicts_that_were_written_before_the_cut_stand() -> None:
    """A verdict on record is not derived again from the exchanges."""
    accepted = samples.verdict("error.error-integer", "deviating")
    view = samples.viewed([samples.run(), samples.exchange(1, [samples.finding()]), accepted])

    assert [verdict.outcome for verdict in view.verdicts] == ["deviating"]


def test_memory_is_flat_however_many_exchanges_there_are() -> None:
    """Twenty times the exchanges take no more memory, complete or cut off."""

    def peak(count: int) -> int:
        lines = (samples.exchange(n, [samples.finding(signature=str(n % 50))]) for n in range(1, count))
        tracemalloc.start()
        fold(decoded(line for part in ([samples.run()], lines) for line in part))
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(100)
    assert peak(4_000) < 1.2 * peak(200)


def test_no_run_line_is_no_view() -> None:
    """Lines without a run are refused."""
    with pytest.raises(RecordError):
        fold([])


def test_both_reports_are_written_and_no_other_file(tmp_path: Path) -> None:
    """Rendering leaves junit.xml and report.html beside the record, and no temporary file."""
    rendering.render(samples.store(tmp_path, samples.passing()), tmp_path)

    assert {path.name for path in tmp_path.iterdir()} == {"junit.xml", "report.html", "results.jsonl"}


def test_a_report_that_cannot_be_written_does_not_cost_the_other(tmp_path: Path) -> None:
    """A folder stands where junit.xml belongs: the error names it, and report.html is there all the same."""
    (tmp_path / "junit.xml" / "in the way").mkdir(parents=True)

    with pytest.raises(RecordNotWritten, match=r"junit\.xml cannot be written: "):
        rendering.render(samples.store(tmp_path, samples.passing()), tmp_path)

    assert (tmp_path / "report.html").read_bytes().startswith(b"<!doctype html>")
    assert not list(tmp_path.glob(".*"))


def test_a_record_that_is_none_leaves_the_reports_alone(tmp_path: Path) -> None:
    """Last night's report stays where it was when tonight's record cannot be read."""
    (tmp_path / "report.html").write_text("last night")
    (tmp_path / "results.jsonl").write_bytes(b"")

    with pytest.raises(RecordError, match="is empty"):
        rendering.render(tmp_path / "results.jsonl", tmp_path)

    assert (tmp_path / "report.html").read_text() == "last night"
