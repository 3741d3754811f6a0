"""Findings, level, deviations and applicability → outcome. The only place that decides severity."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from conformance.catalogue import Level, Requirement
from conformance.evidence import Tally
from conformance.exitcode import ExitCode
from conformance.findings import Outcome, Overall


class Ground(Struct, frozen=True):
    """What besides the findings bears on the outcome of a requirement.

    accepted: signatures whose findings an accepted deviation expects, with its reason.
    expired: signatures whose findings were accepted until the entry expired.
    told_under: requirements under which this one's findings are told, or whose findings kept it from being judged.
    told_accepted: whether accepted deviations expect all that is told there.
    recovered: reasons of deviations that were not observed although they were judged, or that have expired.
    withheld: why the policy, or a setting that lowers it, kept back what would have spoken to it, or empty.
    blocked: why the run could not go on, or empty.
    error: why the suite or the network failed, or empty.
    unread: requirements that the answers which would have spoken to it broke, so that they could not be read.
    unset: which setting it takes that there is not, or empty.
    unasked: why nothing was sent that calls for it, or empty.
    undecided: why what it was judged by does not settle it, or empty.
    unsought: of which accepted deviations the run cannot say whether they still happen, and why, or empty.
    """

    accepted: dict[str, str]
    expired: frozenset[str] = frozenset()
    told_under: tuple[str, ...] = ()
    told_accepted: bool = False
    recovered: tuple[str, ...] = ()
    withheld: str = ""
    blocked: str = ""
    error: str = ""
    unread: tuple[str, ...] = ()
    unset: str = ""
    unasked: str = ""
    undecided: str = ""
    unsought: str = ""


def conclude(requirement: Requirement, tally: Tally, ground: Ground) -> tuple[Outcome, str]:
    """Return the outcome of one requirement, and its reason in one line (empty where there is nothing to add)."""
    open_findings = [signature for signature in tally.groups if signature not in ground.accepted]
    count = len(open_findings) + tally.further
    told = f"{count} finding{'s' if count > 1 else ''}"
    # a finding that was accepted until lately is the entry's affair; any other is the target's
    unexpected = tally.further or any(signature not in ground.expired for signature in open_findings)
    if unexpected and requirement.level is Level.REQUIRED:
        return Outcome.FAILED, "; ".join((told, *ground.recovered))
    if ground.recovered:  # before a warning, which may fail nothing
        return Outcome.RECOVERED, "; ".join(ground.recovered)
    if unexpected:
        return Outcome.WARNED, told
    if tally.groups:
        return Outcome.DEVIATING, _sentences(sorted(set(ground.accepted.values())))
    if ground.told_under:
        outcome = Outcome.DEVIATING if ground.told_accepted else Outcome.BLOCKED
        times = sum(group.count for group in tally.elsewhere.values())
        return outcome, f"broken {times} of {tally.judged} times, told under {', '.join(ground.told_under)}"
    if tally.judged and ground.undecided:
        return Outcome.BLOCKED, ground.undecided
    return (Outcome.PASSED, ground.unsought) if tally.judged else _unjudged(tally, ground)


def _unjudged(tally: Tally, ground: Ground) -> tuple[Outcome, str]:
    """What a requirement comes to that no answer was judged by, and why."""
    if ground.unset:  # without it nothing that was asked, or failed, had to do with it
        return Outcome.NOT_APPLICABLE, ground.unset
    if tally.hindered and not ground.error:
        return Outcome.BLOCKED, _in_the_way(tally.hindered)
    if ground.error:
        return Outcome.ERROR, ground.error
    if ground.blocked:
        return Outcome.BLOCKED, ground.blocked
    if ground.withheld:
        return Outcome.WITHHELD, ground.withheld
    if ground.unread:
        return Outcome.BLOCKED, _in_the_way(ground.unread)
    return Outcome.NOT_APPLICABLE, ground.unasked or "no answer called for it"


def _in_the_way(broken: Iterable[str]) -> str:
    return f"every answer that would have shown it broke {', '.join(sorted(broken))}"


def _sentences(texts: Iterable[str]) -> str:
    """The texts one after the other, each with its full stop."""
    return " ".join(text if text.endswith((".", "!", "?")) else f"{text}." for text in texts)


def fails(outcome: Outcome, *, strict: bool) -> bool:
    """Whether an outcome makes the run nonconformant."""
    return outcome in (Outcome.FAILED, Outcome.RECOVERED) or (strict and outcome is Outcome.WARNED)


def overall(outcomes: Iterable[Outcome], *, strict: bool, stopped: str, judged: bool) -> Overall:
    """What a run comes to. A finding beats inconclusive; a run that ended early or judged nothing proves nothing."""
    seen: Sequence[Outcome] = tuple(outcomes)
    if any(fails(outcome, strict=strict) for outcome in seen):
        return Overall.NONCONFORMANT
    if stopped or not judged or any(outcome in (Outcome.ERROR, Outcome.BLOCKED) for outcome in seen):
        return Overall.INCONCLUSIVE
    return Overall.CONFORMANT


def exit_code(result: Overall, *, interrupted: bool) -> ExitCode:
    """The exit code of a run: whatever it came to, an interrupted one says so."""
    return ExitCode.INTERRUPTED if interrupted else result.exit_code
