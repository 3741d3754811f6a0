"""What the reports say of a run that does not conform: whose it is, and who does what next."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree, html as parser

from conformance.messages import NOT_HTTP
from conformance.rendering import console, html, junit, words
from conformance.rendering.view import View
from conformance.sources import TIME_BUDGET
from tests.rendering import samples

Lines = list[dict[str, Any]]

CURL = "Each finding has a curl command that shows it again."
PRE_PRODUCTION = {"name": "pre-production", "base_url": "https://pre-partners-api.cobee.io/api/v3"}
PRODUCTION = {"name": "production", "base_url": "https://partners-api.cobee.io/api/v3"}
A_URL = {"name": samples.BASE_URL, "base_url": samples.BASE_URL}

PASSED = samples.verdict("jwt.compact")
KEPT_DOCUMENT = samples.verdict("documentation.examples-match-schemas")
BROKEN = samples.verdict("error.error-integer", "failed", reason="1 finding", findings=[samples.defect()])
STALE = samples.verdict("token.token-type", "recovered", reason="it no longer happens: remove the entry (d.yaml:7)")
EXPIRED = samples.verdict(
    "token.token-type",
    "recovered",
    reason="it expired on 2026-11-01 and still happens: remove the entry (d.yaml:7)",
    findings=[samples.defect(observed="bearer")],
)
OF_DOCUMENT = samples.verdict(
    "documentation.throttling-documented",
    "failed",
    reason="1 finding",
    findings=[samples.defect(observed="no 429 is documented", exchange=None, rate="", pointer="/paths")],
)
OF_DOCUMENT_EXPIRED = OF_DOCUMENT | {
    "outcome": "recovered",
    "reason": "it expired on 2026-11-01 and still happens: remove the entry (d.yaml:9)",
}


def viewed(*verdicts: dict[str, Any], target: dict[str, str] = A_URL, stopped: str | None = None) -> View:
    """A complete run that does not conform."""
    end = samples.end(overall="nonconformant", exit_code=1, stopped=stopped)
    return samples.viewed([samples.run(target=target), *verdicts, end])


def page_of(view: View) -> Any:
    """The page, parsed by a parser that is not the writer's; its stubs know too little of what XPath gives."""
    return parser.document_fromstring(html.render(view).decode())


def test_a_defect_of_the_target_is_the_targets() -> None:
    view = viewed(BROKEN, PASSED, KEPT_DOCUMENT)
    assert words.headline(view) == "Does not conform: 1 requirement"
    assert words.meaning(view) == "The target breaks 1 of 2 requirements."
    assert words.next_step(view) == f"Mend what is listed, from the top. {CURL}"


def test_a_defect_of_the_document_is_the_documents_in_every_report() -> None:
    view = viewed(OF_DOCUMENT, PASSED, KEPT_DOCUMENT)
    meaning = "The document breaks 1 of 2 requirements. Nothing that fails the run was found against the target."
    step = "Send the document's defects to its publisher, or accept them in spec/deviations.yaml."
    assert words.headline(view) == "The document does not conform: 1 requirement"
    assert (words.meaning(view), words.next_step(view)) == (meaning, step)

    shown = console.summary(view)
    assert f"The document does not conform: 1 requirement. Exit code 1.\n{meaning}\n{step}\n" in shown
    (failure,) = etree.fromstring(junit.render(view)).iter("failure")
    assert (failure.text or "").startswith("Whose:     the document's: no target can keep or break it\n")
    page = page_of(view)
    assert not page.xpath("//*[@id='mend']")
    (section,) = page.xpath("//section[@aria-labelledby='document']")
    assert section.xpath(".//article/@id") == ["documentation.throttling-documented"]
    assert "the document's, not the target's" in section.text_content()
    said = [part.text_content() for part in page.xpath("//body/header | //main")]
    assert not [text for text in (shown, *said) if "curl" in text]


def test_the_defects_of_both_are_told_apart() -> None:
    view = viewed(BROKEN, OF_DOCUMENT, PASSED, KEPT_DOCUMENT)
    assert words.headline(view) == "Does not conform: 1 requirement"
    assert words.meaning(view) == "The target breaks 1 of 2 requirements. The document breaks 1 of 2 requirements."
    assert words.next_step(view).startswith(f"Mend what is listed, from the top. {CURL} Send the document's defects")
    page = page_of(view)
    assert page.xpath("//section[@aria-labelledby='mend']//article/@id") == ["error.error-integer"]


def test_a_target_that_was_not_judged_is_not_said_to_be_clean() -> None:
    view = viewed(OF_DOCUMENT, samples.verdict("jwt.compact", "blocked", judged=0))
    assert words.meaning(view) == "The document breaks 1 of 1 requirement."


def test_no_curl_is_promised_where_a_finding_has_none() -> None:
    without = BROKEN | {"findings": [samples.defect(), samples.defect(exchange=None)]}
    assert words.next_step(viewed(without)) == "Mend what is listed, from the top."


def test_an_entry_that_has_expired_is_no_entry_that_is_idle() -> None:
    view = viewed(EXPIRED, PASSED)
    assert (
        words.meaning(view)
        == "The target breaks 1 of 2 requirements. The accepted deviation has expired for 1 of them."
    )
    assert words.next_step(view) == (
        f"Mend what is listed, from the top. {CURL} "
        "Remove the expired entries from spec/deviations.yaml, or give them a later date."
    )
    shown = console.summary(view)
    assert "↺ recovered  token.token-type: bearer" in shown
    assert f"    note      {EXPIRED['reason']}\n" in shown
    (failure,) = etree.fromstring(junit.render(view)).iter("failure")
    assert failure.get("message") == f"{EXPIRED['reason']}: bearer"


def test_an_entry_for_the_document_that_has_expired_is_still_the_documents() -> None:
    view = viewed(OF_DOCUMENT_EXPIRED, PASSED)
    assert words.headline(view) == "The document does not conform: 1 requirement"
    assert "The accepted deviation has expired for 1 of them." in words.meaning(view)
    assert words.next_step(view) == (
        "Send the document's defects to its publisher. "
        "Remove the expired entries from spec/deviations.yaml, or give them a later date."
    )


def test_an_entry_that_is_idle_is_all_there_is_to_mend() -> None:
    accepted = STALE | {"findings": [samples.defect(observed="known", accepted="known to all")]}
    for stale in (STALE, accepted):
        view = viewed(stale, PASSED)
        assert words.meaning(view) == "1 accepted deviation did not happen: the list of deviations is out of date."
        assert words.next_step(view) == "Remove the entries that are named from spec/deviations.yaml, then run again."
        assert f"↺ recovered  token.token-type: {STALE['reason']}\n" in console.summary(view)
        (failure,) = etree.fromstring(junit.render(view)).iter("failure")
        assert failure.get("message") == STALE["reason"]


@pytest.mark.parametrize("target", [PRE_PRODUCTION, PRODUCTION], ids=["pre-production", "production"])
def test_who_cannot_mend_a_target_sends_the_report_to_its_team(target: dict[str, str]) -> None:
    view = viewed(BROKEN, target=target)
    step = f"Send report.html to the API's team: secrets in it are masked. {CURL}"
    assert words.next_step(view) == step
    assert step in " ".join(html.render(view).decode().replace("&#39;", "'").split())


STOPPED = "the plainest valid request is not answered as it has to be: 404"
PLAINEST = "valid.plain"


def unrouted(status: int = 404, scenario: str = PLAINEST) -> dict[str, Any]:
    """The plainest valid request does not get a token."""
    shown = samples.evidence(scenario=scenario, response=samples.response(status=status))
    return samples.verdict("status.valid-credentials", "failed", findings=[samples.defect(exchange=shown)])


CORRECT = "Correct the target first if it is not the API's base URL, and run again. If it is, mend what is listed."


@pytest.mark.parametrize("status", [404, 405])
def test_a_url_that_does_not_know_the_plainest_request_is_corrected_first(status: int) -> None:
    assert words.next_step(viewed(unrouted(status), stopped=STOPPED)) == CORRECT
    assert words.next_step(viewed(unrouted(status), OF_DOCUMENT, stopped=STOPPED)) == CORRECT


@pytest.mark.parametrize(("detail", "wrong"), [(f"{NOT_HTTP}: it looks like TLS", True), ("cut off", False)])
def test_a_url_where_no_http_is_spoken_is_corrected_first(detail: str, *, wrong: bool) -> None:
    failure = {"kind": "malformed", "detail": detail, "blame": "server"}
    shown = samples.evidence(scenario=PLAINEST, response=None, failure=failure)
    broken = samples.verdict("protocol.well-formed-http", "failed", findings=[samples.defect(exchange=shown)])
    assert (words.next_step(viewed(broken, stopped=STOPPED)) == CORRECT) == wrong


@pytest.mark.parametrize(
    "view",
    [
        viewed(unrouted(500), stopped=STOPPED),
        viewed(unrouted(scenario="valid.spelled"), stopped=STOPPED),
        viewed(unrouted()),
        viewed(unrouted(), BROKEN, stopped=STOPPED),
        viewed(unrouted(), target=PRODUCTION, stopped=STOPPED),
    ],
    ids=["another status", "another request", "the run went on", "another finding", "the address is the contract's"],
)
def test_any_other_finding_is_no_sign_of_a_wrong_url(view: View) -> None:
    assert words.next_step(view) != CORRECT


UNFETCHED = samples.verdict(
    "jwt.signature-verifies", "blocked", judged=0, reason="the key set is answered with 404 (X)"
)


def inconclusive(*verdicts: dict[str, Any], **changes: Any) -> View:
    end = samples.end(overall="inconclusive", **({"exit_code": 6} | changes))
    return samples.viewed([samples.run(target=A_URL), *verdicts, end])


def test_what_was_judged_is_not_said_to_be_unjudged_for_want_of_a_key_set() -> None:
    view = inconclusive(PASSED, KEPT_DOCUMENT, UNFETCHED)
    assert words.meaning(view) == (
        "1 of 3 requirements could not be judged; the others were. The key set is answered with 404 (X)."
    )
    assert words.next_step(view) == "Remove what stood in the way, then run again. What was not judged says why."


def test_reasons_that_are_many_are_not_all_told_at_once() -> None:
    others = [
        samples.verdict(name, "error", judged=0, reason=f"for {name}") for name in ("jwt.exp-future", "jwt.segments")
    ]
    text = words.meaning(inconclusive(PASSED, UNFETCHED, *others))
    assert text == "3 of 4 requirements could not be judged; the others were. What was not judged says why."


def test_a_run_that_came_to_nothing_says_nothing_of_the_target() -> None:
    down = {"partial": True, "stopped": "it is down"}
    for view in (inconclusive(UNFETCHED), inconclusive(KEPT_DOCUMENT, UNFETCHED, **down)):
        assert words.meaning(view).startswith("The target could not be judged. This says nothing")


OPEN = "The run ended before all was asked, so whether the target conforms is open."


@pytest.mark.parametrize(
    ("verdicts", "kept"),
    [
        ((PASSED, KEPT_DOCUMENT, UNFETCHED), "By then 2 of 3 requirements had passed, 1 could not be judged."),
        ((PASSED, KEPT_DOCUMENT), "By then 2 of 2 requirements had passed."),
    ],
)
def test_what_passed_before_a_run_was_cut_short_is_said_to_have_passed(verdicts: Lines, kept: str) -> None:
    view = inconclusive(*verdicts, partial=True, stopped="it is down")
    assert words.meaning(view) == f"{OPEN} {kept} It is down."
    assert "could not be judged. This says nothing" not in console.summary(view)


@pytest.mark.parametrize(("policy", "given"), [({"seconds": 150.0}, " (150 s in this run)"), ({}, "")])
def test_a_run_that_had_too_little_time_is_given_more(policy: dict[str, float], given: str) -> None:
    end = samples.end(
        overall="inconclusive", exit_code=6, partial=True, stopped=f"the time budget is spent ({TIME_BUDGET})"
    )
    view = samples.viewed([samples.run(target=A_URL, policy=policy), PASSED, end])
    assert words.next_step(view) == (
        f"Give the run more time, where the target's policy lets you: PARTNERS_API_TIME_BUDGET{given}. "
        "Or ask for less with --requirement or a smaller --profile."
    )


def test_an_interrupted_run_is_run_again() -> None:
    view = inconclusive(PASSED, UNFETCHED, partial=True, stopped="interrupted", exit_code=2)
    assert words.next_step(view) == "Run again: what was not asked yet is not judged."


def test_a_killed_run_has_no_exit_code() -> None:
    view = samples.viewed(samples.killed())
    assert "The run has no exit code.\n" in console.summary(view)
    assert "xit code of the run" not in console.summary(view, again=True)
    assert not etree.fromstring(junit.render(view)).xpath("//property[@name='exit_code']")
    assert (
        page_of(view).xpath("//dt[.='Exit code']/following-sibling::dd[1]")[0].text_content()
        == "nonethe run did not end"
    )
