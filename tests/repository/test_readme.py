"""The README agrees with the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conformance.catalogue import Catalogue
from conformance.findings import Outcome
from conformance.rendering.catalogue import markdown
from conformance.settings import DECLARATIONS, ROOT

README = (ROOT / "README.md").read_text("utf-8")
BEGIN, END = "<!-- requirements:begin -->\n", "<!-- requirements:end -->\n"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def test_requirements_table_is_the_catalogue() -> None:
    """The table between the markers is what the catalogue says; `make readme` writes it."""
    table = README[README.index(BEGIN) + len(BEGIN) : README.index(END)]

    assert table == markdown(Catalogue.load(ROOT / "spec/requirements")), "out of date; to write it: make readme"


def test_every_option_is_in_the_table() -> None:
    """Each option the code knows is explained."""
    for declaration in DECLARATIONS:
        if declaration.option:
            assert f"| `{declaration.option}" in README


def test_every_outcome_is_explained() -> None:
    """Each outcome a requirement can have is in the table, and no other."""
    section = README[README.index("### Outcomes") : README.index("## What the target")]

    assert set(re.findall(r"^\| `([a-z-]+)` \|", section, re.MULTILINE)) == {outcome.value for outcome in Outcome}


def test_the_two_commands_come_first() -> None:
    """Whoever opens the README sees them before anything else."""
    assert README.split("```")[1] == (
        "sh\nmake conformance   # the suite, against the embedded reference API\nmake test          # the suite's own tests\n"
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_and_variables_exist(page: Path) -> None:
    """Each relative link leads to a file, each PARTNERS_API_ variable is a setting."""
    text = page.read_text("utf-8")
    known = {declaration.variable for declaration in DECLARATIONS}

    for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert (page.parent / link).exists(), link
    for variable in re.findall(r"PARTNERS_API_[A-Z_]*[A-Z]", text):
        assert variable in known, variable
