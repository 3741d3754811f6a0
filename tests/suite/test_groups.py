"""Suspicions that one request carries together are told apart with few more (group testing)."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from conformance.engine import PARTS
from conformance.messages import Request
from conformance.plan import scenarios
from conformance.reference.mutants import find
from conformance.scenarios.model import Probe, grouped
from tests.reference.conftest import running
from tests.suite.matrix import Suite, of_mutant


def asked(suspicions: Sequence[int]) -> Request:
    return Request("POST", "/", body=json.dumps(list(suspicions)).encode())


def held(probe: Probe) -> list[int]:
    """What a request of `asked` carries."""
    return list(json.loads(probe.request.body or b""))


def path(probe: Probe, culprit: int) -> Iterator[Probe]:
    """The requests up to the one that carries it alone, in the order the engine asks: parts in turn, each to its end."""
    for part in probe.parts:
        yield part
        if culprit in held(part):
            yield from path(part, culprit)
            return


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 15, 28, 64])
def test_whichever_suspicion_it_is_stands_alone_after_one_request_for_each_binary_digit(count: int) -> None:
    group = grouped(asked, range(count))
    paths = {culprit: list(path(group, culprit)) for culprit in range(count)}
    assert held(group) == list(range(count))
    assert {culprit for culprit, taken in paths.items() if held([group, *taken][-1]) != [culprit]} == set()
    assert max(map(len, paths.values())) <= math.ceil(math.log2(count)) + (count > 1)


def test_no_group_has_more_parts_than_are_asked(tmp_path: Path) -> None:
    def groups(probe: Probe) -> Iterator[int]:
        yield len(probe.parts)
        for part in probe.parts:
            yield from groups(part)

    material = Suite(tmp_path, "release").prepared.material
    assert material is not None
    planned = scenarios(material)
    most = {one.id: max(size for probe in one.probes for size in groups(probe)) for one in planned}
    # but for the long strings, which are the last of theirs and asked by themselves besides
    assert {scenario: size for scenario, size in most.items() if size > PARTS} == {
        "wrong.suspicious": PARTS + 1,
        "wrong.strings": PARTS + 1,
    }


@pytest.mark.parametrize(
    ("name", "requirement", "told"),
    [
        ("dotted-member-refused", "status.undeclared-members", "('a.b')"),
        ("field-names-read-by-case", "status.unrelated-headers", "('content-type')"),
        ("cookie-forbidden", "status.unrelated-headers", "('Cookie')"),
        ("long-member-name-refused", "status.undeclared-members", "(a name of 300 characters)"),
    ],
)
def test_what_trips_is_named_and_shown_alone_in_the_release_profile(
    name: str, requirement: str, told: str, tmp_path: Path
) -> None:
    mutant = find(name)
    assert mutant is not None
    with running("--gallery") as gallery:
        seen = Suite(tmp_path, "release").judge(of_mutant(gallery, mutant, "alone"))
    findings: list[dict[str, Any]] = seen.conclusion.judgements[requirement].line["findings"]
    assert [one["observed"].endswith(told) for one in findings] == [True], findings
    assert len(findings[0]["exchange"]["request"]["curl"]) < 800
