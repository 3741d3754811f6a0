"""Each requirement of the catalogue is kept by a literal and broken by one, or says why it is not."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import pytest

from conformance.catalogue import Catalogue
from conformance.checks.documentation import FAMILIES
from tests.checks import (
    test_error,
    test_foreign_data,
    test_jwt,
    test_protocol,
    test_security,
    test_sequence,
    test_status,
    test_storage,
    test_token,
)
from tests.checks.literals import SPEC

TABLES = (
    test_status,
    test_error,
    test_token,
    test_jwt,
    test_protocol,
    test_security,
    test_foreign_data,
    test_storage,
    test_sequence,
)
#: requirements that no exchange breaks, each with the reason
ELSEWHERE = {
    "protocol.answers-every-request": (
        "A dropped connection is the network's until the engine has seen that others are answered; "
        "the finding itself is made in test_protocol"
    )
}
REQUIREMENTS = [one for one in Catalogue.load(SPEC / "requirements").ids if one.partition(".")[0] not in FAMILIES]


class Evidence(NamedTuple):
    """What all tables together keep and break."""

    kept: set[str]
    broken: set[str]


@cache
def evidence() -> Evidence:
    found = Evidence(set(), set())
    for table in TABLES:
        for row in table.ROWS:
            found.broken.update(row.broken.split())
            for one in row.assessments():
                found.kept.update(one.judged.keys() - {finding.requirement for finding in one.findings})
    return found


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_each_requirement_is_kept_by_a_literal(requirement: str) -> None:
    assert requirement in evidence().kept


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_each_requirement_is_broken_by_a_literal_or_says_why_by_none(requirement: str) -> None:
    assert (requirement in evidence().broken) != (requirement in ELSEWHERE)


def test_the_tables_name_no_requirement_that_there_is_none_of() -> None:
    assert evidence().broken | ELSEWHERE.keys() <= set(REQUIREMENTS)
