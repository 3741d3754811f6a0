"""The matrix: each mutant is caught under its requirement, and under no other save its declared company.

One mutant of each requirement by default: CONFORMANCE_MUTANTS=each. CONFORMANCE_MUTANTS=all runs every one: a quarter of an
hour. CONFORMANCE_MUTANTS=none runs none.
"""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.catalogue import Catalogue
from conformance.reference.mutants import MUTANTS, Mutant
from conformance.settings import ROOT
from tests.reference.conftest import running
from tests.suite.matrix import Suite, faults, of_mutant

ASKED = os.environ.get("CONFORMANCE_MUTANTS", "each")
#: of each requirement its last mutant, one without company before any other
FIRST = {mutant.requirement: mutant for mutant in sorted(MUTANTS, key=lambda one: not one.company)}
CHOSEN = MUTANTS if ASKED == "all" else tuple(mutant for mutant in MUTANTS if FIRST.get(mutant.requirement) is mutant)
IDS = tuple(requirement.id for requirement in Catalogue.load(ROOT / "spec" / "requirements"))
JUDGED = tuple(one for one in IDS if not one.startswith("documentation."))


@pytest.fixture(name="gallery", scope="module")
def _gallery() -> Iterator[str]:
    with running("--gallery") as base_url:
        yield base_url


@pytest.fixture(name="release", scope="module")
def _release(tmp_path_factory: pytest.TempPathFactory) -> Suite:
    # On a busy machine the gallery is slow enough for requests to go side by side, and then it is chance which of them a
    # mutant that counts answers otherwise.
    return Suite(tmp_path_factory.mktemp("release"), "release", concurrency="1")


@pytest.fixture(name="side_by_side", scope="module")
def _side_by_side(tmp_path_factory: pytest.TempPathFactory) -> Suite:
    return Suite(tmp_path_factory.mktemp("side-by-side"), "release")


def test_the_unmutated_server_keeps_everything(release: Suite, gallery: str) -> None:
    seen = release.judge(gallery, keys=True)
    outcomes = {one.requirement.id: one.outcome.value for one in seen.conclusion.judgements.values()}
    assert (seen.exit_code, seen.red) == (0, frozenset())
    assert [name for name in JUDGED if outcomes[name] != "passed"] == []


@pytest.mark.skipif(ASKED == "none", reason="CONFORMANCE_MUTANTS=none: set it to each or all")
@pytest.mark.parametrize("mutant", CHOSEN, ids=lambda mutant: mutant.name)
def test_a_mutant_is_caught_under_its_requirement_and_no_other(
    release: Suite, side_by_side: Suite, gallery: str, mutant: Mutant
) -> None:
    seen = (side_by_side if "overlapping" in mutant.name else release).judge(
        of_mutant(gallery, mutant, "matrix"), keys=True
    )
    assert faults(mutant, seen) == ""
    assert seen.conclusion.requests <= 300
    assert seen.exit_code == 1


def test_every_requirement_has_a_mutant() -> None:
    assert sorted(FIRST) == sorted(JUDGED)


def test_company_is_in_the_catalogue() -> None:
    assert [mutant.name for mutant in MUTANTS if not {mutant.requirement, *mutant.company} <= set(IDS)] == []


def literals(source: Path) -> set[str]:
    """The strings of a module."""
    tree = ast.parse(source.read_text("utf-8"))
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_the_code_and_the_catalogue_name_the_same_requirements() -> None:
    package = ROOT / "conformance"
    sources = [package / name for name in ("classification.py", "pair.py", "engine.py", "judge.py", "sequence.py")]
    words = set().union(*(literals(source) for source in [*sources, *package.glob("checks/*.py")]))
    families = {one.split(".")[0] for one in IDS}
    named = {word for word in words if re.fullmatch(rf"({'|'.join(families)})\.[a-z][a-z0-9-]+", word)}
    assert sorted(named - set(IDS)) == []
    # a part may be filled in: f"{family}.content-type", f"jwt.{claim}-not-future"
    tails = tuple(word for word in words if re.fullmatch(r"[.-][a-z-]{4,}", word))
    assert [one for one in JUDGED if one not in named and not one.endswith(tails)] == []
