"""One pass over a record, folded into what the reports show.

A view is bounded however long the record is: of the exchanges it keeps those that verdicts hold. Where the record
ends before its verdicts, they are derived from the findings that the exchanges carry, and the view is partial.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from conformance.errors import RecordError
from conformance.findings import Outcome, Overall
from conformance.record import read
from conformance.recordlines import End, Exchange, Line, Run, Scenario, Verdict
from conformance.rendering.provisional import Provisional

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

CUT_OFF: Final = "The record ends before the run did: the run was killed, or is still under way."
ENDED_EARLY: Final = "The run ended before all that was planned was done."

#: Outcomes that need somebody's hand, worst first.
TO_MEND: Final = (Outcome.FAILED, Outcome.RECOVERED, Outcome.WARNED)


#: The family of requirements that the document keeps or breaks, whatever the target does.
DOCUMENT: Final = "documentation"


def family(verdict: Verdict) -> str:
    """The family of a verdict's requirement."""
    return verdict.family or verdict.requirement.partition(".")[0]


class Blame(Struct, frozen=True):
    """Whose the verdicts are that make a run nonconformant.

    target, document: what it breaks. expired: those of both that were accepted until their entry expired.
    idle: entries of the list of accepted deviations that excuse nothing any more.
    """

    target: tuple[Verdict, ...]
    document: tuple[Verdict, ...]
    expired: tuple[Verdict, ...]
    idle: tuple[Verdict, ...]


class View(Struct, frozen=True):
    """What a run came to.

    end: None where the record is cut off.
    verdicts: in the order of the record; derived ones come last.
    requests, seconds: those of the end line, else as far as the record goes.
    """

    run: Run
    end: End | None
    verdicts: tuple[Verdict, ...]
    scenarios: tuple[Scenario, ...]
    requests: int
    seconds: float

    @property
    def partial(self) -> bool:
        """Whether the run did not do all it had planned, for whatever reason."""
        return self.end is None or self.end.partial

    @property
    def stopped(self) -> str:
        """Why the run ended early, in a sentence; empty where it did not."""
        if self.end is None:
            return CUT_OFF
        return self.end.stopped or (ENDED_EARLY if self.end.partial else "")

    @property
    def overall(self) -> Overall:
        """What the run came to. One that is cut off can be nonconformant, and is inconclusive otherwise."""
        if self.end is None:
            return Overall.NONCONFORMANT if self.failing else Overall.INCONCLUSIVE
        return Overall(self.end.overall)

    @property
    def exit_code(self) -> int:
        """The exit code of the run, or what it amounts to where the record is cut off."""
        return self.end.exit_code if self.end else self.overall.exit_code

    @property
    def counts(self) -> dict[str, int]:
        """How many requirements came to each outcome, in the order of `Outcome`; outcomes of none are left out."""
        counts = Counter(verdict.outcome for verdict in self.verdicts)
        return {outcome.value: counts[outcome.value] for outcome in Outcome if counts[outcome.value]}

    def of(self, *outcomes: Outcome) -> tuple[Verdict, ...]:
        """Return the verdicts with one of these outcomes, in the order the outcomes are given in."""
        return tuple(verdict for outcome in outcomes for verdict in self.verdicts if verdict.outcome == outcome.value)

    def fails(self, verdict: Verdict) -> bool:
        """Whether the verdict makes the run nonconformant: a strict run fails on recommendations too."""
        if verdict.outcome == Outcome.WARNED.value:
            return self.run.strict
        return verdict.outcome in {Outcome.FAILED.value, Outcome.RECOVERED.value}

    @property
    def failing(self) -> tuple[Verdict, ...]:
        """The verdicts that make the run nonconformant."""
        return tuple(verdict for verdict in self.of(*TO_MEND) if self.fails(verdict))

    @property
    def blame(self) -> Blame:
        """The failing verdicts, by whose they are."""
        recovered = Outcome.RECOVERED.value
        idle = tuple(one for one in self.failing if one.outcome == recovered and not one.unaccepted)
        broken = [one for one in self.failing if one not in idle]
        return Blame(
            target=tuple(one for one in broken if family(one) != DOCUMENT),
            document=tuple(one for one in broken if family(one) == DOCUMENT),
            expired=tuple(one for one in broken if one.outcome == recovered),
            idle=idle,
        )

    @property
    def warning(self) -> tuple[Verdict, ...]:
        """The verdicts that show a defect and do not make the run nonconformant."""
        return tuple(verdict for verdict in self.of(*TO_MEND) if not self.fails(verdict))


def fold(lines: Iterable[Line], known: Mapping[str, Verdict] | None = None) -> View:
    """Fold the lines of a record into a view, in one pass.

    known: verdicts by requirement that give title, level and sources where the record ends before it says so.
    Raises RecordError where there is no run line.
    """
    run: Run | None = None
    end: End | None = None
    verdicts: list[Verdict] = []
    scenarios: list[Scenario] = []
    provisional = Provisional()
    requests, last = 0, None
    for line in lines:
        match line:
            case Exchange():
                requests += 1
                last = line
                if line.findings:
                    provisional.add(line)
            case Verdict():
                verdicts.append(line)
            case Scenario():
                scenarios.append(line)
            case End():
                end = line
            case Run():
                run = line
    if run is None:
        raise RecordError("a record begins with its run line")
    if end is None:
        verdicts.extend(provisional.verdicts(frozenset(verdict.requirement for verdict in verdicts), known or {}))
    return View(
        run=run,
        end=end,
        verdicts=tuple(verdicts),
        scenarios=tuple(scenarios),
        requests=end.requests if end else requests,
        seconds=end.seconds if end else _between(run, last),
    )


def _between(run: Run, last: Exchange | None) -> float:
    """Seconds from the start of the run to its last exchange on record; 0.0 where the times cannot be read."""
    from datetime import datetime

    if last is None:
        return 0.0
    try:
        return max(0.0, (datetime.fromisoformat(last.sent_at) - datetime.fromisoformat(run.started)).total_seconds())
    except (ValueError, TypeError):
        return 0.0


def view(path: Path, known: Mapping[str, Verdict] | None = None) -> View:
    """Read a record and fold it. Raises RecordError for whatever is no record."""
    return fold(read(path), known)
