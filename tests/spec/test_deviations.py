"""An accepted deviation accepts one finding, on some targets, for a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from conformance.catalogue import Catalogue
from conformance.checks.documentation import check_documentation
from conformance.contract import Contract
from conformance.deviations import Deviation, Deviations
from conformance.errors import SpecError
from conformance.findings import Finding

Write = Callable[[str], Path]

TODAY = date(2026, 11, 24)
NAMES = ("pre-production", "https://pre-partners-api.cobee.io/api/v3")
FINDING = Finding("error.error-present", "the member error", "no error in a 401", "401 absent")


def _deviation(
    requirement: str = FINDING.requirement,
    target: str = "*",
    expected: str = FINDING.signature,
    expires: date | None = None,
) -> Deviation:
    return Deviation(requirement, target, expected, "the team knows", "https://example.org/1", expires, 1)


ENTRY = """  - requirement: error.error-present
    target: pre-production
    expected: 401 absent
    reason: the team knows and mends it in May
    link: https://example.org/1
    expires: 2027-01-31
"""


def test_a_file_is_read(write: Write, catalogue: Catalogue) -> None:
    """Every field of an entry is in the value, with its line."""
    deviations = Deviations.load(write("# known\ndeviations:\n" + ENTRY), catalogue)

    assert (
        Deviation(
            "error.error-present",
            "pre-production",
            "401 absent",
            "the team knows and mends it in May",
            "https://example.org/1",
            date(2027, 1, 31),
            3,
        ),
    ) == deviations.entries


REFUSED = {
    "an unknown requirement": (lambda t: t.replace("error-present", "error-gone"), 2, "is no requirement of the catal"),
    "an unknown key": (lambda t: t + "    severity: low\n", 8, "severity: unknown key"),
    "a missing key": (lambda t: t.replace("    target: pre-production\n", ""), 2, "the key 'target' is missing"),
    "no expiry at all": (lambda t: t.replace("    expires: 2027-01-31\n", ""), 2, "the key 'expires' is missing"),
    "a date that is none": (lambda t: t.replace("2027-01-31", "2027-02-31"), 7, "'2027-02-31' is no date"),
    "a date of another form": (lambda t: t.replace("2027-01-31", "31.1.2027"), 7, "is no date such as"),
    "a link that is none": (lambda t: t.replace("https://example.org/1", "ticket 1"), 6, "is not an https URL"),
    "a reason too short": (lambda t: t.replace("the team knows and mends it in May", "known"), 5, "is shorter than"),
    "the same twice": (lambda t: t + t, 8, "the same finding is accepted twice"),
}


@pytest.mark.parametrize(("spoil", "line", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_wrong_entry_is_refused(write: Write, catalogue: Catalogue, spoil: object, line: int, reason: str) -> None:
    """Each kind of wrong entry is refused with file, line and reason."""
    assert callable(spoil)
    path = write("deviations:\n" + spoil(ENTRY))

    with pytest.raises(SpecError) as refused:
        Deviations.load(path, catalogue)

    assert (path, line) == (refused.value.path, refused.value.line), refused.value
    assert reason in refused.value.reason


@pytest.mark.parametrize(
    ("deviation", "accepted"),
    [
        (_deviation(), True),
        (_deviation(expected="401 *"), True),
        (_deviation(expected="no error in a 4??"), True),
        (_deviation(expected="401"), False),
        (_deviation(expected="absent"), False),
        (_deviation(expected="401 ABSENT"), False),
        (_deviation(requirement="error.message-present"), False),
        (_deviation(target="pre-*"), True),
        (_deviation(target="https://pre-partners-api.cobee.io/*"), True),
        (_deviation(target="production"), False),
        (_deviation(target="https://partners-api.cobee.io/*"), False),
        (_deviation(expires=TODAY), True),
        (_deviation(expires=date(2026, 11, 23)), False),
    ],
)
def test_it_is_the_finding_that_is_accepted(deviation: Deviation, *, accepted: bool) -> None:
    """Requirement, target and the whole of signature or observation have to match, and the last day counts."""
    assert (deviation if accepted else None) == Deviations((deviation,)).match(FINDING, NAMES, TODAY)


def test_an_empty_signature_matches_nothing() -> None:
    """A finding without a signature is matched by what was observed only."""
    bare = Finding(FINDING.requirement, "e", "", "")

    assert Deviations((_deviation(expected="*"),)).match(bare, NAMES, TODAY) is None


def test_another_finding_under_the_same_id_is_not_accepted() -> None:
    """One defect that is known does not hide the next."""
    other = Finding(FINDING.requirement, "the member error", "no error in a 400", "400 absent")
    known = _deviation()

    settlement = Deviations((known,)).settle(FINDING.requirement, [FINDING, other], NAMES, TODAY)

    assert ((FINDING, known),) == settlement.accepted
    assert (settlement.recovered, settlement.idle) == ((), ())


def test_an_entry_whose_finding_was_not_seen_is_idle() -> None:
    """Unless it is about something else."""
    mine, elsewhere, otherwise = _deviation(), _deviation(target="production"), _deviation("jwt.typ")

    settlement = Deviations((mine, elsewhere, otherwise)).settle(FINDING.requirement, [], NAMES, TODAY)

    assert (((), (mine,))) == (settlement.recovered, settlement.idle)


def test_what_has_expired_is_recovered_and_accepts_nothing() -> None:
    """After its last day an entry is no excuse, whether its finding still occurs or not; where it does, both are told."""
    old = _deviation(expires=date(2026, 11, 1))
    reason = "it expired on 2026-11-01"

    still = Deviations((old,)).settle(FINDING.requirement, [FINDING], NAMES, TODAY)
    gone = Deviations((old,)).settle(FINDING.requirement, [], NAMES, TODAY)

    assert ((), ((old, f"{reason} and still happens"),)) == (still.accepted, still.recovered)
    assert ((FINDING, old),) == still.expired
    assert (((old, reason),), ()) == (gone.recovered, gone.expired)


def test_what_another_entry_accepts_has_not_expired() -> None:
    """An entry with a later date takes the place of the one that has expired, which goes all the same."""
    old, new = _deviation(expires=date(2026, 11, 1)), _deviation(expected="401 *")

    settlement = Deviations((old, new)).settle(FINDING.requirement, [FINDING], NAMES, TODAY)

    assert ((FINDING, new),) == settlement.accepted
    assert ([old], ()) == ([entry for entry, _ in settlement.recovered], settlement.expired)


def test_out_of_the_box_the_documents_own_contradictions_are_accepted(
    spec: Path, contract: Contract, catalogue: Catalogue
) -> None:
    """Every finding about the published document is accepted on every target, and no entry is idle."""
    deviations = Deviations.load(spec / "deviations.yaml", catalogue)
    findings = check_documentation(contract, time.time())

    for requirement in catalogue.family("documentation"):
        mine = [finding for finding in findings if finding.requirement == requirement.id]
        settlement = deviations.settle(requirement.id, mine, ("embedded",), TODAY)
        assert mine, requirement.id
        assert [finding for finding, _ in settlement.accepted] == mine, requirement.id
        assert (settlement.recovered, settlement.idle) == ((), ()), requirement.id
    assert {entry.requirement for entry in deviations.entries} == {finding.requirement for finding in findings}
