"""The catalogue as text says all there is, and keeps to its width."""

from __future__ import annotations

import json

import pytest

from conformance.catalogue import Catalogue, Level
from conformance.rendering.catalogue import as_json, explain, markdown, table, untested


def test_the_table_has_a_row_a_requirement(catalogue: Catalogue) -> None:
    """Families head their requirements, recommendations are marked, and the last line counts."""
    text = table(catalogue)
    recommended = sum(requirement.level is Level.RECOMMENDED for requirement in catalogue)

    for requirement in catalogue:
        assert f"  {requirement.id} " in text
    for family, title in catalogue.families.items():
        assert f"{family}: {title}\n" in text
    assert recommended == text.count("(recommended)")
    assert text.endswith(f"\n{len(catalogue) - recommended} required, {recommended} recommended\n")
    assert max(map(len, text.splitlines())) <= 120


@pytest.mark.parametrize("width", [1, 72, 80, 200])
def test_the_table_keeps_to_its_width(catalogue: Catalogue, width: int) -> None:
    """Titles wrap under themselves; a width too small for a title gets twenty columns of it."""
    column = max(len(each) for each in catalogue.ids) + 4

    assert max(map(len, table(catalogue, width=width).splitlines()[2:])) <= max(width, column + 20)


def test_a_selection_leaves_the_rest_out(catalogue: Catalogue) -> None:
    """Only the families that are left have a heading."""
    chosen = catalogue.select(["jwt.typ"])

    assert table(catalogue, chosen) == (
        f"jwt: {catalogue.families['jwt']}\n  jwt.typ  typ is absent, JWT or at+jwt\n\n1 required, 0 recommended\n"
    )
    assert [each["id"] for each in json.loads(as_json(catalogue, chosen))["requirements"]] == ["jwt.typ"]
    assert len(markdown(catalogue, chosen).splitlines()) == 3
    assert table(catalogue, ()) == "0 required, 0 recommended\n"


def test_markdown_is_one_table(catalogue: Catalogue) -> None:
    """Every row has four cells, with the link in the last."""
    rows = markdown(catalogue).splitlines()

    assert len(catalogue) + 2 == len(rows)
    for row, requirement in zip(rows[2:], catalogue, strict=True):
        assert row.replace("\\|", "").count("|") == 5, row
        assert row.startswith(f"| `{requirement.id}` | {requirement.level.value} | ")
        assert row.endswith(f"]({requirement.source.link}) |")


def test_json_holds_everything(catalogue: Catalogue) -> None:
    """Whatever the catalogue knows of a requirement, and what is untested."""
    value = json.loads(as_json(catalogue))

    assert list(catalogue.families.items()) == list(value["families"].items())
    assert list(catalogue.ids) == [each["id"] for each in value["requirements"]]
    for each in value["requirements"]:
        requirement = catalogue[each["id"]]
        assert (requirement.sentence, requirement.quoted) == (each["sentence"], each["quoted"])
        assert (requirement.why, requirement.mend) == (each["why"], each["mend"])
        assert list(requirement.pointers) == each["pointers"]
    assert [entry.promise for entry in catalogue.untested] == [each["promise"] for each in value["untested"]]


@pytest.mark.parametrize("width", [60, 88])
def test_one_requirement_is_explained_whole(catalogue: Catalogue, width: int) -> None:
    """The rule, its source and link, the price, the mend and both exchanges; prose keeps to the width."""
    for requirement in catalogue:
        text = explain(requirement, width)
        flat = " ".join(text.split())

        assert text.startswith(f"{requirement.id}  ({requirement.level.value})\n")
        for part in (requirement.title, requirement.sentence, requirement.why, requirement.mend):
            assert " ".join(part.split()) in flat, requirement.id
        assert f"  {requirement.source.link}\n" in text
        assert requirement.quoted is (f"“{' '.join(requirement.sentence.split())}”" in flat)
        assert requirement.quoted is not ("(paraphrased)" in text)
        for exchange in (requirement.keeps, requirement.breaks):
            assert all(f"  {line}\n" in text for line in exchange.splitlines()), requirement.id
        rule = text[: text.index("This keeps it")].replace(requirement.source.link, "").splitlines()
        assert max(map(len, rule)) <= width or any("/" in line for line in rule if len(line) > width), requirement.id


def test_pointers_are_shown_where_there_are_any(catalogue: Catalogue) -> None:
    """A requirement that rests on the contract says where."""
    assert "Where the contract says so\n  /components/schemas/Error/type\n" in explain(catalogue["error.object"])
    assert "Where the contract says so" not in explain(catalogue["protocol.allow"])


def test_untested_promises_have_their_text(catalogue: Catalogue) -> None:
    """Promise, source and reason of each."""
    flat = " ".join(untested(catalogue).split())

    for entry in catalogue.untested:
        assert f"{entry.promise} — {entry.source.text} {' '.join(entry.reason.split())}" in flat
