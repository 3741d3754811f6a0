"""From findings, level, accepted deviations and applicability to an outcome; from outcomes to an exit code: on literals."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

from typing import Any

import pytest

from conformance.catalogue import Level, Requirement, Source
from conformance.evidence import Group, Tally
from conformance.findings import Finding, Outcome, Overall
from conformance.verdicts import Ground, conclude, exit_code, fails, overall

NAME, PLAIN = "error.error-integer", "status.missing-member"
EXPIRED = "it expired on 2026-11-01 and still happens: remove the entry (deviations.yaml:7)"
GONE = "it no longer happens: remove the entry (deviations.yaml:9)"
KNOWN, OTHER = "401 string", "400 null"


def requirement(level: Level = Level.REQUIRED, name: str = NAME) -> Requirement:
    source = Source("contract", "/", "contract, /", "https://example.org/")
    family = name.partition(".")[0]
    return Requirement(
        name, family, level, "", source, "", quoted=False, why="", mend="", keeps="", breaks="", pointers=()
    )


def groups(*signatures: str) -> dict[str, Group]:
    return {one: Group(Finding(NAME, "an integer", "a string", one), None, 0, count=3) for one in signatures}


def tally(*signatures: str, judged: int = 40, **more: Any) -> Tally:
    return Tally(judged=judged, groups=groups(*signatures), **more)


def ground(accepted: dict[str, str] | None = None, **more: Any) -> Ground:
    return Ground(accepted or {}, **more)


ELSEWHERE = {(PLAIN, "422"): groups("422")["422"]}
#: what it is, what was gathered, what bears on it besides, and what comes of it where it is required
OUTCOMES: tuple[tuple[str, Tally, Ground, Outcome, str], ...] = (
    ("kept", tally(), ground(), Outcome.PASSED, ""),
    ("broken", tally(OTHER), ground(), Outcome.FAILED, "1 finding"),
    ("broken twice", tally(OTHER, KNOWN), ground(), Outcome.FAILED, "2 findings"),
    ("broken beyond what is kept apart", tally(further=2), ground(), Outcome.FAILED, "2 findings"),
    ("accepted", tally(KNOWN), ground({KNOWN: "by 2027"}), Outcome.DEVIATING, "by 2027."),
    (
        "accepted for two reasons",
        tally(KNOWN, OTHER),
        ground({KNOWN: "Out of date.", OTHER: "Known"}),
        Outcome.DEVIATING,
        "Known. Out of date.",
    ),
    ("one is accepted, one is not", tally(KNOWN, OTHER), ground({KNOWN: "known"}), Outcome.FAILED, "1 finding"),
    ("accepted, no longer seen", tally(), ground(recovered=(GONE,)), Outcome.RECOVERED, GONE),
    ("accepted, not looked for in full", tally(), ground(unsought="smoke"), Outcome.PASSED, "smoke"),
    (
        "one is accepted, the entry of another is idle",
        tally(KNOWN),
        ground({KNOWN: "known"}, recovered=(GONE,)),
        Outcome.RECOVERED,
        GONE,
    ),
    (
        "accepted until it expired",
        tally(KNOWN),
        ground(expired=frozenset({KNOWN}), recovered=(EXPIRED,)),
        Outcome.RECOVERED,
        EXPIRED,
    ),
    (
        "one has expired, one was never accepted",
        tally(KNOWN, OTHER),
        ground(expired=frozenset({KNOWN}), recovered=(EXPIRED,)),
        Outcome.FAILED,
        f"2 findings; {EXPIRED}",
    ),
    (
        "told under another requirement",
        tally(elsewhere=ELSEWHERE),
        ground(told_under=(PLAIN,)),
        Outcome.BLOCKED,
        f"broken 3 of 40 times, told under {PLAIN}",
    ),
    (
        "told under another requirement, accepted there",
        tally(elsewhere=ELSEWHERE),
        ground(told_under=(PLAIN,), told_accepted=True),
        Outcome.DEVIATING,
        f"broken 3 of 40 times, told under {PLAIN}",
    ),
    (
        "every answer broke something else",
        tally(judged=0, hindered={"b", "a"}),
        ground(),
        Outcome.BLOCKED,
        "every answer that would have shown it broke a, b",
    ),
    (
        "the network broke",
        tally(judged=0, hindered={"a"}),
        ground(error="down", blocked="x"),
        Outcome.ERROR,
        "down",
    ),
    ("judged before the network broke", tally(), ground(error="down"), Outcome.PASSED, ""),
    ("blocked", tally(judged=0), ground(blocked="401", withheld="x"), Outcome.BLOCKED, "401"),
    ("judged in part, the rest cannot be", tally(), ground(undecided="keys"), Outcome.BLOCKED, "keys"),
    ("broken, the rest cannot be judged", tally(OTHER), ground(undecided="keys"), Outcome.FAILED, "1 finding"),
    ("withheld", tally(judged=0), ground(withheld="policy", unasked="x"), Outcome.WITHHELD, "policy"),
    (
        "answers that could not be read",
        tally(judged=0),
        ground(unread=("b", "a"), unasked="x"),
        Outcome.BLOCKED,
        "every answer that would have shown it broke a, b",
    ),
    (
        "a setting is needed, whatever else there was",
        tally(judged=0, hindered={"a"}),
        ground(unset="no setting", error="down", blocked="401", withheld="policy", unasked="smoke"),
        Outcome.NOT_APPLICABLE,
        "no setting",
    ),
    ("unasked", tally(judged=0), ground(unasked="smoke"), Outcome.NOT_APPLICABLE, "smoke"),
    ("never called for", tally(judged=0), ground(), Outcome.NOT_APPLICABLE, "no answer called for it"),
)

ROWS = pytest.mark.parametrize(
    ("gathered", "besides", "outcome", "reason"), [row[1:] for row in OUTCOMES], ids=[row[0] for row in OUTCOMES]
)


@ROWS
def test_a_required_one_comes_to(gathered: Tally, besides: Ground, outcome: Outcome, reason: str) -> None:
    assert conclude(requirement(), gathered, besides) == (outcome, reason)


@ROWS
def test_a_recommended_one_warns_where_a_required_one_fails_unless_an_entry_has_to_go(
    gathered: Tally, besides: Ground, outcome: Outcome, reason: str
) -> None:
    came_to, why = conclude(requirement(Level.RECOMMENDED), gathered, besides)
    if outcome is Outcome.FAILED and besides.recovered:
        assert (came_to, why) == (Outcome.RECOVERED, "; ".join(besides.recovered))
    else:
        assert (came_to, why) == (Outcome.WARNED if outcome is Outcome.FAILED else outcome, reason)


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("strict", [False, True])
def test_what_fails_a_run(outcome: Outcome, *, strict: bool) -> None:
    always, where_strict = {Outcome.FAILED, Outcome.RECOVERED}, {Outcome.WARNED}
    assert fails(outcome, strict=strict) == (outcome in (always | where_strict if strict else always))


#: of one requirement beside one that passed
ALONE = {
    Outcome.PASSED: Overall.CONFORMANT,
    Outcome.FAILED: Overall.NONCONFORMANT,
    Outcome.WARNED: Overall.CONFORMANT,
    Outcome.DEVIATING: Overall.CONFORMANT,
    Outcome.RECOVERED: Overall.NONCONFORMANT,
    Outcome.NOT_APPLICABLE: Overall.CONFORMANT,
    Outcome.WITHHELD: Overall.CONFORMANT,
    Outcome.BLOCKED: Overall.INCONCLUSIVE,
    Outcome.ERROR: Overall.INCONCLUSIVE,
}


@pytest.mark.parametrize("outcome", Outcome)
def test_what_a_run_comes_to_by_one_outcome(outcome: Outcome) -> None:
    seen = (Outcome.PASSED, outcome)
    assert overall(seen, strict=False, stopped="", judged=True) is ALONE[outcome]
    beside = overall((*seen, Outcome.FAILED), strict=False, stopped="", judged=True)
    assert beside is Overall.NONCONFORMANT


@pytest.mark.parametrize(
    ("outcomes", "strict", "stopped", "judged", "result"),
    [
        ((Outcome.PASSED, Outcome.WARNED), True, "", True, Overall.NONCONFORMANT),
        ((Outcome.PASSED,), False, "interrupted", True, Overall.INCONCLUSIVE),
        ((Outcome.PASSED,), False, "", False, Overall.INCONCLUSIVE),
        ((), False, "", False, Overall.INCONCLUSIVE),
        ((Outcome.FAILED,), False, "interrupted", False, Overall.NONCONFORMANT),
    ],
    ids=["strict", "stopped", "nothing judged", "nothing at all", "a finding beats both"],
)
def test_what_a_run_comes_to(
    outcomes: tuple[Outcome, ...],
    *,
    strict: bool,
    stopped: str,
    judged: bool,
    result: Overall,
) -> None:
    assert overall(outcomes, strict=strict, stopped=stopped, judged=judged) is result


@pytest.mark.parametrize(
    ("result", "code"), [(Overall.CONFORMANT, 0), (Overall.NONCONFORMANT, 1), (Overall.INCONCLUSIVE, 6)]
)
def test_exit_codes(result: Overall, code: int) -> None:
    assert (exit_code(result, interrupted=False), exit_code(result, interrupted=True)) == (code, 2)
