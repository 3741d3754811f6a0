"""What is gathered under a requirement: bounded, and shown by the smallest request, the first of several."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, strategies as st

from conformance.checks.assessment import Assessment
from conformance.evidence import SIGNATURES, VARIANTS, Evidence
from conformance.subsumption import TOKENS, VARIANTS as PLAINER, subsume

NAME = "status.missing-member"


def found(requirement: str = NAME, signature: str = "500", variant: str = "") -> Assessment:
    """A finding."""
    assessment = Assessment()
    assessment.fault(requirement, "400", signature, signature, variant)
    return assessment


def test_the_first_of_the_smallest_counterexamples_is_kept() -> None:
    evidence = Evidence()
    for number, size in enumerate((30, 20, 20, 40)):
        evidence.add(found(), "a class", size, {"id": number})
    group = evidence.tally(NAME).groups["500"]
    assert (group.count, group.size, group.exchange) == (4, 20, {"id": 1})


def test_so_many_defects_are_kept_apart_and_the_rest_is_counted() -> None:
    evidence = Evidence()
    fresh = [evidence.add(found(signature=str(number)), "a class", 0, {}) for number in range(10 * SIGNATURES)]
    tally = evidence.tally(NAME)
    assert len(tally.groups) == SIGNATURES == sum(map(len, fresh))
    assert (tally.further, tally.broken) == (9 * SIGNATURES, 10 * SIGNATURES)


def test_so_many_requests_that_show_a_defect_are_named() -> None:
    evidence = Evidence()
    for number in range(10 * VARIANTS):
        evidence.add(found(variant=f"the {number}th"), "a class", 0, {})
    assert len(evidence.tally(NAME).groups["500"].variants) == VARIANTS


#: of which none is told under another
APART = ("status.missing-member", "status.not-json", "status.wrong-credentials")


def by_chance(requirements: Iterable[str]) -> Evidence:
    """Each answered once with a 500 that does not come again."""
    evidence = Evidence()
    for requirement in requirements:
        for assessment in (found(requirement, f"500 {requirement}"), Assessment(judged={requirement: None})):
            evidence.add(assessment, requirement, 0, {})
    return evidence


@pytest.mark.parametrize(("kinds", "told_under"), [(2, 2), (3, 1)])
def test_a_status_that_comes_by_chance_to_three_kinds_of_requests_is_told_once(kinds: int, told_under: int) -> None:
    """To two it may be the requests."""
    evidence = by_chance(APART[:kinds])
    subsume(evidence, frozenset(APART))
    tallies = [evidence.tally(requirement) for requirement in APART[:kinds]]
    assert sum(bool(tally.groups) for tally in tallies) == told_under
    assert sum(bool(tally.elsewhere) for tally in tallies) == kinds - told_under


REQUIREMENTS = (*PLAINER, *(one for each in PLAINER.values() for one in each), *TOKENS)
SIGNATURES_OF = st.sampled_from(
    ["403 for this", "403 for that", "500 for this", "500 for this, with a query", "200 for it"]
)
FOUND = st.lists(
    st.tuples(st.sampled_from(REQUIREMENTS), SIGNATURES_OF, st.booleans(), st.sampled_from([None, True, False])),
    max_size=40,
)


@given(FOUND)
def test_what_is_told_under_another_requirement_is_told_there(shown: list[tuple[str, str, bool, bool | None]]) -> None:
    """However many are told under one that is told under a third itself; and nothing is lost on the way."""
    evidence = Evidence()
    for requirement, signature, always, recurred in shown:
        for group in evidence.add(found(requirement, signature), signature, 0, {}):
            group.recurred = recurred
        if not always:
            evidence.add(Assessment(judged={requirement: None}), signature, 0, {})
    subsume(evidence, frozenset(REQUIREMENTS))
    for requirement, tally in evidence.tallies.items():
        assert all(signature in evidence.tally(plain).groups for plain, signature in tally.elsewhere)
        assert requirement not in {plain for plain, _ in tally.elsewhere}
        assert tally.groups or tally.elsewhere


@pytest.mark.parametrize(
    ("claims", "foreign", "moved"),
    [("sub,azp", "token", True), ("sub", "token", True), ("iss,sub", "token", False), ("sub", "401", False)],
)
def test_tokens_that_name_somebody_else_are_told_once(claims: str, foreign: str, moved: bool) -> None:  # noqa: FBT001 - a row
    """An issuer that changes is another matter, and so is a refusal that names somebody."""
    evidence, selected = Evidence(), ("jwt.stable-identity", "security.no-foreign-data")
    for requirement, signature in zip(selected, (claims, foreign), strict=True):
        evidence.add(found(requirement, signature), requirement, 0, {})
    subsume(evidence, frozenset(selected))
    identity = evidence.tally("jwt.stable-identity")
    assert (bool(identity.groups), bool(identity.elsewhere)) == (not moved, moved)
