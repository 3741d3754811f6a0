"""Connections that break: whose fault it is, and how often it has to happen."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

import pytest

from conformance.losses import Losses
from conformance.messages import Failure, FailureKind


def _found(*failures: Failure, every: int = 1) -> list[str]:
    losses = Losses()
    found = [losses.of(failure, every * (at + 1)) for at, failure in enumerate(failures)]
    return [finding.signature for one in found for finding in one.findings]


RACE = Failure(FailureKind.RESET, "", reused=True)
CUT = Failure(FailureKind.RESET, "", reused=True, received=80)
FRESH = Failure(FailureKind.RESET, "")


@pytest.mark.parametrize("failure", [RACE, CUT, FRESH], ids=["race", "cut", "fresh"])
def test_what_happens_once_is_nobodys_fault(failure: Failure) -> None:
    assert _found(failure) == []


@pytest.mark.parametrize(
    ("failure", "times", "every"),
    [(RACE, 10, 1), (FRESH, 3, 1), (FRESH, 3, 20), (FRESH, 5, 50), (CUT, 2, 25), (CUT, 8, 1000)],
    ids=[
        "races",
        "new connections",
        "one in twenty",
        "five, one in fifty",
        "cuts, one in fifty",
        "cuts, however seldom",
    ],
)
def test_what_happens_so_often_is_a_finding_and_once_less_is_none(failure: Failure, times: int, every: int) -> None:
    assert _found(*[failure] * (times - 1), every=every) == []
    (signature,) = _found(*[failure] * times, every=every)
    assert signature.endswith(" now and then")


@pytest.mark.parametrize(
    ("failure", "times", "every"),
    [(RACE, 20, 2), (FRESH, 4, 21), (FRESH, 20, 51), (CUT, 7, 51)],
    ids=["races, half of all", "four, one in 21", "new connections, one in 51", "cuts, one in 51"],
)
def test_what_happens_more_seldom_is_a_networks(failure: Failure, times: int, every: int) -> None:
    assert _found(*[failure] * times, every=every) == []


def test_the_second_race_ends_the_keeping_of_connections() -> None:
    losses = Losses()
    kept = []
    for taken in (1, 2):
        losses.of(RACE, taken)
        kept.append(not losses.suspected)
    assert kept == [True, False]


def test_a_kept_connection_that_is_closed_now_and_then_is_nobodys_fault() -> None:
    assert _found(*[RACE] * 9) == []


def test_an_answer_that_has_begun_is_no_race() -> None:
    assert _found(CUT, CUT, every=40) == ["cut now and then"]


def test_a_handful_in_hundreds_may_be_one_event() -> None:
    assert _found(*[CUT] * 4, every=200) == []


def test_many_in_thousands_are_no_single_event() -> None:
    assert _found(*[CUT] * 8, every=200) == ["cut now and then"]


def test_the_rate_is_said() -> None:
    losses = Losses()
    losses.of(CUT, 3)
    (finding,) = losses.of(CUT, 6).findings
    assert "2 of 6 requests" in finding.observed


def test_of_connections_made_anew_those_count_that_are_made_since_none_is_kept() -> None:
    """Before that there was nothing to lose on them."""
    losses = Losses()
    for _ in range(2):
        losses.of(RACE, 100)
    found = [losses.of(FRESH, taken).findings for taken in (101, 102, 103)]
    assert [len(one) for one in found] == [0, 0, 1]
