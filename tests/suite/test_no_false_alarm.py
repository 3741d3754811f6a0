"""Conforming servers of every face conform, in strict mode too."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

import pytest

from tests.conforming import VARIANTS, Variant
from tests.suite.command import OWN
from tests.suite.matrix import Suite

#: in the longer profile: those whose face shows most to the longer plan
SAMPLE = tuple(variant for at, variant in enumerate(VARIANTS) if at % 4 == 0)


@pytest.fixture(name="suites", scope="module")
def _suites(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Suite]:
    return {
        profile: Suite(tmp_path_factory.mktemp(profile), profile, OWN.client_id, OWN.client_secret)
        for profile in ("smoke", "release")
    }


def conforms(suite: Suite, variant: Variant) -> None:
    with variant.start(OWN) as base_url:
        seen = suite.judge(base_url)
    assert (seen.red, seen.exit_code, seen.conclusion.stopped) == (frozenset(), 0, "")


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_smoke_raises_no_alarm(suites: dict[str, Suite], variant: Variant) -> None:
    conforms(suites["smoke"], variant)


@pytest.mark.parametrize("variant", SAMPLE, ids=lambda variant: variant.name)
def test_release_raises_no_alarm(suites: dict[str, Suite], variant: Variant) -> None:
    conforms(suites["release"], variant)
