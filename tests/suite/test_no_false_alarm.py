"""Conforming servers of every face conform, in strict mode too."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.conforming import VARIANTS, Variant
from tests.conforming.answers import Answer
from tests.conforming.reading import Asked
from tests.suite.command import OWN, Remembering
from tests.suite.matrix import Suite

#: in the longer profile: those whose face shows to the longer plan alone, and some others
LONGER = frozenset({"quotes-the-body", "length-required", "traces-nothing"})
SAMPLE = tuple(variant for at, variant in enumerate(VARIANTS) if at % 4 == 0 or variant.name in LONGER)


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


class Naming(Remembering):
    """Says in each 401 which client it is about, as many servers do."""

    def _answer(self, asked: Asked) -> Answer:
        answer = super()._answer(asked)
        if answer.status != 401:
            return answer
        try:
            named = json.loads(asked.body)["clientId"]
        except (ValueError, KeyError, TypeError):
            return answer
        body = json.dumps({"error": 401, "message": f"Client '{named}' could not be authenticated"}).encode()
        return replace(answer, body=body)


def test_a_refusal_may_name_the_client_whatever_was_sent_as_its_id(suites: dict[str, Suite]) -> None:
    server = Naming()
    server.start()
    try:
        seen = suites["release"].judge(server.base_url)
    finally:
        server.stop()
    assert (seen.red, seen.exit_code) == (frozenset(), 0)
