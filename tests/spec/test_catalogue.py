"""The catalogue is complete, speaks plainly, and is refused where it is wrong."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
import yaml

from conformance.catalogue import Catalogue, Level
from conformance.contract import Contract
from conformance.errors import SpecError

FAMILIES = ["status", "error", "token", "jwt", "protocol", "security", "documentation"]
#: Secrets that exchanges in the catalogue may show; every one of them is made up.
MADE_UP = {"not-a-real-secret", "Not-A-Real-Secret", "a-wrong-secret", "admin"}


def test_families_come_in_the_order_of_every_report(catalogue: Catalogue) -> None:
    """Requirements are listed family by family, and each family has some."""
    assert list(catalogue.families) == FAMILIES
    assert list(dict.fromkeys(requirement.family for requirement in catalogue)) == FAMILIES
    assert len(catalogue) == sum(len(catalogue.family(family)) for family in FAMILIES)
    assert tuple(requirement.id for requirement in catalogue) == catalogue.ids


def test_titles_state_facts(catalogue: Catalogue) -> None:
    """A title is one short line in the present tense, and no two are the same."""
    for requirement in catalogue:
        assert len(requirement.title) <= 80, requirement.id
        assert not re.search(
            r"\b(should|must|shall|will|test|tests|check|checks|verify)\b", requirement.title, re.IGNORECASE
        )
        assert not requirement.title.endswith("."), requirement.id
    assert [title for title, count in Counter(r.title.lower() for r in catalogue).items() if count > 1] == []


def test_prose_is_prose(catalogue: Catalogue) -> None:
    """Cost and mend are sentences of their own for each requirement, and the exchanges differ."""
    for requirement in catalogue:
        for text in (requirement.why, requirement.mend):
            assert text.endswith((".", ".)")), requirement.id
            assert "\n" not in text, requirement.id
            assert not re.search(r"\b(TODO|FIXME|TBD)\b", text), requirement.id
        assert requirement.keeps != requirement.breaks, requirement.id
        assert "\n" not in requirement.sentence, requirement.id
    for field in ("why", "mend", "breaks"):
        assert len(catalogue) == len({getattr(requirement, field) for requirement in catalogue}), field


def test_exchanges_show_made_up_secrets_only(catalogue: Catalogue) -> None:
    """No exchange holds a token, or a secret that could be somebody's."""
    for requirement in catalogue:
        for text in (requirement.keeps, requirement.breaks):
            secrets = set(re.findall(r'"clientSecret": "([^"]*)"|clientSecret[=:] ?([\w-]+)', text))
            assert {value for pair in secrets for value in pair if value} <= MADE_UP, requirement.id
            assert not re.search(r"eyJ\w+\.eyJ", text), requirement.id


def test_every_source_has_a_link(catalogue: Catalogue) -> None:
    """Citation and link are filled in from the document's templates."""
    for entry in (*catalogue, *catalogue.untested):
        source = entry.source
        assert re.fullmatch(r"https://[^\s{}]+", source.link), source
        assert "{" not in source.text.replace(source.section, ""), source
        assert source.section in source.text, source
        assert source.text == str(source)
    assert catalogue["protocol.allow"].source.link == "https://www.rfc-editor.org/rfc/rfc9110#section-15.5.6"
    assert catalogue["protocol.allow"].source.text == "RFC 9110, section 15.5.6"
    assert catalogue["documentation.request-body-required"].source.link.endswith("#request-body-object")


def test_every_document_is_cited(catalogue: Catalogue) -> None:
    """The set of documents is closed: none that nothing rests on."""
    cited = {entry.source.document for entry in (*catalogue, *catalogue.untested)}

    assert set(catalogue.documents) == cited


def test_what_is_quoted_from_the_contract_is_in_the_contract(catalogue: Catalogue, contract: Contract) -> None:
    """A quote of the contract is a text of the published document, word for word."""
    texts = set(_texts(contract.published))
    quotes = [r for r in catalogue if r.quoted and r.source.document == "contract"]

    assert quotes
    for requirement in quotes:
        assert requirement.sentence in texts, requirement.id


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return [value] if isinstance(value, str) else []


def test_untested_promises_have_reasons(catalogue: Catalogue) -> None:
    """Each promise is named once, with a reason that is a sentence."""
    assert len(catalogue.untested) == len({entry.promise for entry in catalogue.untested})
    for entry in catalogue.untested:
        assert entry.reason.endswith("."), entry.promise


def test_globs_select_by_id(catalogue: Catalogue) -> None:
    """Case counts, order is that of the catalogue, no glob selects all, and a glob for nothing is named."""
    assert catalogue.requirements == catalogue.select(())
    assert tuple(r.id for r in catalogue.select(["jwt.alg-*"])) == ("jwt.alg-not-none", "jwt.alg-registered")
    assert tuple(r.id for r in catalogue.select(["token.json", "*.json"])) == ("error.json", "token.json")
    assert catalogue.select(["JWT.*"]) == ()
    assert catalogue.unmatched(["jwt.*", "JWT.*", "nope"]) == ("JWT.*", "nope")


def test_look_up_is_by_id(catalogue: Catalogue) -> None:
    """An id that is not there is a KeyError."""
    requirement = catalogue["jwt.typ"]

    assert requirement.id == "jwt.typ"
    assert Level.REQUIRED is requirement.level
    assert "jwt.typ" in catalogue
    assert "jwt.nope" not in catalogue
    with pytest.raises(KeyError):
        catalogue["jwt.nope"]


INDEX = """families: {one: First, two: Second}
documents:
  RFC1: {title: T, cite: 'RFC 1, section {section}', url: 'https://example.org/#{anchor}'}
untested:
  - promise: p
    source: {document: RFC1, section: '1'}
    reason: cannot be seen from outside
"""


def _entry(id_: str) -> str:
    return f"""  - id: {id_}
    level: required
    title: Some fact that holds
    source: {{document: RFC1, section: '2 a'}}
    quote: a sentence that is quoted
    why: it costs a partner something
    mend: do this and that instead
    keeps: an exchange
    breaks: another exchange
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small catalogue that is right."""
    (tmp_path / "catalogue.yaml").write_text(INDEX)
    for family in ("one", "two"):
        (tmp_path / f"{family}.yaml").write_text(f"family: {family}\nrequirements:\n{_entry(f'{family}.a')}")
    return tmp_path


def test_a_small_catalogue_is_read(folder: Path) -> None:
    """Sections are escaped for the link and shown as they are in the citation."""
    catalogue = Catalogue.load(folder)

    assert catalogue.ids == ("one.a", "two.a")
    assert (
        catalogue["one.a"].source.text,
        catalogue["one.a"].source.link,
    ) == ("RFC 1, section 2 a", "https://example.org/#2%20a")


REFUSED = {
    "an id twice": ("one", lambda t: t + _entry("one.a"), 12, "the id 'one.a' is there twice"),
    "an id of another family": ("two", lambda t: t.replace("two.a", "one.b"), 3, "does not begin with two."),
    "a file of another family": ("two", lambda t: t.replace("family: two", "family: one"), 1, "is not the family"),
    "an id with a capital": ("one", lambda t: t.replace("one.a", "one.A"), 3, "is not an id: family.name-of-words"),
    "an unknown key": ("one", lambda t: t.replace("why:", "because:"), 3, "the key 'why' is missing"),
    "a key too many": ("one", lambda t: t + "    severity: high\n", 12, "severity: unknown key"),
    "a level nobody knows": ("one", lambda t: t.replace("required", "must"), 4, "not accepted: required, recommended"),
    "an unknown document": ("one", lambda t: t.replace("RFC1", "RFC2"), 6, "'RFC2' is no document; known are RFC1"),
    "quote and paraphrase": ("one", lambda t: t + "    paraphrase: in other words\n", 3, "either 'quote' or"),
    "neither of them": ("one", lambda t: t.replace("quote", "paraphrase", 0).replace("    quote: a sentence that is quoted\n", ""), 3, "either 'quote' or"),
    "a long title": ("one", lambda t: t.replace("Some fact", "Some fact " * 10), 5, "longer than 80 characters"),
    "a pointer that is none": ("one", lambda t: t + "    pointers: [/a~2]\n", 12, "/a~2 leads nowhere"),
    "a pointer to nothing": ("one", lambda t: t + "    pointers: [/paths/~1b]\n", 12, "/paths/~1b leads nowhere"),
    "a pointer twice": ("one", lambda t: t + "    pointers:\n      - /paths\n      - /paths\n", 14, "is there twice"),
    "no requirements": ("one", lambda t: "family: one\nrequirements: []\n", 2, "has fewer than 1 items"),
    "an unknown document in the index": ("catalogue", lambda t: t.replace("document: RFC1", "document: X"), 6, "no document"),
    "a link that is no URL": ("catalogue", lambda t: t.replace("https:", "ftp:"), 3, "is not an https URL"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "spoil", "line", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_wrong_catalogue_is_refused(
    folder: Path, contract: Contract, name: str, spoil: object, line: int, reason: str
) -> None:
    """Each kind of mistake is refused with file, line and reason."""
    path = folder / f"{name}.yaml"
    assert callable(spoil)
    path.write_text(spoil(path.read_text()))

    with pytest.raises(SpecError) as refused:
        Catalogue.load(folder, contract)

    assert (path, line) == (refused.value.path, refused.value.line), refused.value
    assert reason in refused.value.reason


def test_a_family_without_its_file_is_refused(folder: Path) -> None:
    """The index names what has to be there."""
    (folder / "two.yaml").unlink()

    with pytest.raises(SpecError, match=r"two\.yaml: cannot be read"):
        Catalogue.load(folder)


def test_a_file_without_its_family_is_refused(folder: Path) -> None:
    """A file that nobody reads would look like a requirement that is judged."""
    shutil.copy(folder / "two.yaml", folder / "three.yaml")

    with pytest.raises(SpecError, match=r"catalogue\.yaml:1: three\.yaml lies beside it"):
        Catalogue.load(folder)


def test_every_field_of_the_files_is_used(spec: Path, catalogue: Catalogue) -> None:
    """What is written in a requirement's entry is found in the value that is made of it."""
    for family in FAMILIES:
        for entry in yaml.safe_load((spec / "requirements" / f"{family}.yaml").read_bytes())["requirements"]:
            requirement = catalogue[entry["id"]]
            assert entry.get("quote", entry.get("paraphrase")) == requirement.sentence
            assert ("quote" in entry) is requirement.quoted
            assert entry["level"] == requirement.level.value
            assert tuple(entry.get("pointers", ())) == requirement.pointers
            assert (entry["why"], entry["mend"]) == (requirement.why, requirement.mend)
            assert (entry["keeps"].rstrip(), entry["breaks"].rstrip()) == (requirement.keeps, requirement.breaks)
