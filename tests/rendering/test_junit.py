"""junit.xml: valid by the schemas CI servers use, right in its counts, and harmless whatever the record holds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from lxml import etree

from conformance.rendering import junit
from tests.rendering import samples
from tests.rendering.hostile import PAYLOAD, STEERING

RECORDS = {
    "passing": samples.passing(),
    "failing": samples.failing(),
    "strict": samples.failing(strict=True),
    "inconclusive": samples.inconclusive(),
    "killed": samples.killed(),
    "killed at once": [samples.run()],
    "hostile": samples.saturated(PAYLOAD),
    "steering": samples.saturated(STEERING),
}


def rendered(lines: list[dict[str, Any]]) -> etree._Element:
    """The document, parsed by a parser that is not the writer's."""
    return etree.fromstring(junit.render(samples.viewed(lines)))


def case(document: etree._Element, name: str) -> etree._Element:
    """The test case whose name begins so."""
    (found,) = [case for case in document.iter("testcase") if case.get("name", "").startswith(name + " — ")]
    return found


@pytest.mark.parametrize("name", RECORDS)
def test_every_record_gives_a_document_that_is_valid(name: str, narrow_schema: etree.XMLSchema) -> None:
    """Whatever became of the run, our narrow schema accepts its junit.xml."""
    narrow_schema.assertValid(rendered(RECORDS[name]))


def test_the_published_schema_accepts_what_ours_does(published_schema: etree.XMLSchema) -> None:
    """Jenkins' junit-10.xsd accepts the document of every sample."""
    for lines in RECORDS.values():
        published_schema.assertValid(rendered(lines))


@pytest.mark.parametrize("name", RECORDS)
def test_counts_are_those_of_the_cases(name: str) -> None:
    """The counts of suite and document are what counting the elements gives."""
    document = rendered(RECORDS[name])
    (suite,) = document
    for attribute, tag in [("failures", "failure"), ("errors", "error"), ("skipped", "skipped")]:
        assert int(suite.get(attribute, "")) == len(list(suite.iter(tag)))
    assert int(suite.get("tests", "")) == len(list(suite.iter("testcase"))) == int(document.get("tests", ""))


def test_there_is_a_case_for_each_requirement_and_each_scenario() -> None:
    """A complete run has a case per verdict, by family, and one per scenario."""
    lines = samples.passing()
    cases = [(case.get("classname"), case.get("name", "").split(" — ")[0]) for case in rendered(lines).iter("testcase")]

    assert cases == [
        *((f"conformance.requirements.{v['family']}", v["requirement"]) for v in lines if v["record"] == "verdict"),
        *(("conformance.scenarios", s["scenario"]) for s in lines if s["record"] == "scenario"),
    ]


def test_a_failure_holds_what_is_needed_to_mend_it() -> None:
    """One line as the message; expected, observed, rate, why, source, the exchange and its curl in the text."""
    failure = case(rendered(samples.failing()), "status.not-json").find("failure")

    assert failure is not None
    assert failure.get("type") == "failed"
    assert failure.get("message") == "500 with text/html (and 3 more)"
    text = failure.text or ""
    for part in ("Expected:  400", "3 of 40, intermittent", "curl -sS", "answer 400 with an Error", "#/paths/"):
        assert part in text
    assert "<h1>Internal Server Error</h1>" in text


@pytest.mark.parametrize(
    ("requirement", "tag", "kind"),
    [
        ("status.not-json", "failure", "failed"),
        ("token.token-type", "failure", "recovered"),
        ("protocol.response-time", "error", "error"),
        ("security.exact-secret", "skipped", "blocked"),
        ("status.oversize", "skipped", "withheld"),
        ("jwt.signature-verifies", "skipped", "not-applicable"),
    ],
)
def test_each_outcome_has_its_element(requirement: str, tag: str, kind: str) -> None:
    """Failed and recovered fail, error is an error, and a requirement that was not judged is skipped with its reason."""
    (element,) = case(rendered(samples.failing()), requirement)

    assert (element.tag, element.get("type")) == (tag, kind)
    assert element.get("message")


def test_a_warning_passes_and_says_so() -> None:
    """A recommendation that is not followed is a passed case that tells in its output what was seen."""
    (element,) = case(rendered(samples.failing()), "protocol.www-authenticate")

    assert element.tag == "system-out"
    assert (element.text or "").startswith("warned: ")
    assert "none on a 401" in (element.text or "")


def test_a_warning_fails_when_the_run_is_strict() -> None:
    """With --strict the same recommendation is a failure."""
    (element,) = case(rendered(samples.failing(strict=True)), "protocol.www-authenticate")

    assert (element.tag, element.get("type")) == ("failure", "warned")


def test_an_accepted_deviation_passes_and_names_its_reason() -> None:
    """A deviation that is on the list is a passed case with the reason of its entry."""
    (element,) = case(rendered(samples.passing()), "documentation.examples-match-schemas")

    assert element.tag == "system-out"
    assert "The published page contradicts itself" in (element.text or "")


@pytest.mark.parametrize("name", ["inconclusive", "killed", "killed at once"])
def test_a_run_that_says_too_little_is_an_error(name: str) -> None:
    """Partial and inconclusive runs have a case of their own, so that a CI server does not show them green."""
    first = next(rendered(RECORDS[name]).iter("testcase"))

    assert first.get("classname") == "conformance.run"
    assert first.find("error") is not None


def test_provenance_is_at_the_suite() -> None:
    """Target, seed, contract and settings are properties of the suite."""
    properties = {one.get("name"): one.get("value") for one in rendered(samples.passing()).iter("property")}

    assert properties["target"] == "embedded"
    assert properties["seed"] == "1"
    assert properties["contract.sha256"] == "9f2b5c1e" * 8
    assert properties["setting.PARTNERS_API_CLIENT_SECRET"] == "**********"


def test_characters_that_xml_cannot_hold_are_shown_as_escapes() -> None:
    """XML 1.0 has no NUL (section 2.2); the reader sees the escape it would have in source code."""
    lines = [samples.run(), samples.verdict(outcome="failed", findings=[samples.defect(observed="a\x00b\x1b[31m")])]
    failure = next(rendered([*lines, samples.end(overall="nonconformant")]).iter("failure"))

    assert failure.get("message") == "a\\x00b\\x1b[31m"


@settings(max_examples=40, deadline=None, database=None)
@given(text=st.text(max_size=60))
def test_any_text_gives_a_well_formed_document(text: str) -> None:
    """Arbitrary text in every field: the document parses, and holds no character that steers a terminal."""
    content = junit.render(samples.viewed(samples.saturated(text)))

    etree.fromstring(content)
    shown = content.decode("utf-8")
    assert not any(ord(character) < 0x20 and character not in "\n\t" for character in shown)
    assert not any(0x7F <= ord(character) < 0xA0 or character in "\u202e\u2066\u200b" for character in shown)
