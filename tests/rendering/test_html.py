"""report.html: complete without a script, bounded, and nothing in it but what we wrote and escaped text."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from lxml import html as parser

from conformance.rendering import html
from tests.rendering import samples
from tests.rendering.conftest import Page
from tests.rendering.hostile import LINKS, MARK, PAYLOAD, RUN, STEERING
from tests.rendering.titles import TITLES

SIZE_LIMIT = 5_000_000


def rendered(lines: list[dict[str, Any]]) -> str:
    """The report of a record."""
    return html.render(samples.viewed(lines)).decode("utf-8")


def parsed(lines: list[dict[str, Any]]) -> parser.HtmlElement:
    """The report, parsed by a parser that is not the writer's."""
    return parser.document_fromstring(rendered(lines))


def text_of(document: parser.HtmlElement) -> str:
    """What a reader sees, white space made one; neither style nor script."""
    parts = document.xpath("//body//text()[not(ancestor::script)]")
    return " ".join(" ".join(parts).split())


def test_the_policy_allows_our_style_and_script_and_nothing_else() -> None:
    """The Content-Security-Policy names the hashes of the one style and the one script that are in the file."""
    content = rendered(samples.failing())
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', content)
    assert policy is not None

    for tag in ("style", "script"):
        (inline,) = re.findall(f"<{tag}>(.*?)</{tag}>", content, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inline.encode("utf-8")).digest()).decode("ascii")
        assert f"{tag}-src 'sha256-{digest}'" in policy[1]
    assert policy[1].startswith("default-src 'none'; ")
    assert "unsafe" not in policy[1]


def test_the_file_needs_no_other() -> None:
    """Nothing is loaded: no source, no style sheet, no import; links lead to http and https only, and tell no referrer."""
    document = parsed(samples.failing())

    assert not document.xpath("//@src | //object | //iframe | //link[not(starts-with(@href, 'data:'))] | //@style")
    assert "url(" not in rendered(samples.failing())
    for link in document.xpath("//a[not(starts-with(@href, '#'))]"):
        assert link.get("href").startswith(("http://", "https://"))
        assert link.get("rel") == "noreferrer"


def test_every_permalink_leads_somewhere() -> None:
    """Each id is there once, and each link within the page has one to lead to."""
    document = parsed(samples.failing())
    ids = document.xpath("//@id")

    assert len(ids) == len(set(ids))
    assert {link.removeprefix("#") for link in document.xpath("//a/@href") if link.startswith("#")} <= set(ids)
    assert "jwt.exp-future" in ids


@pytest.mark.parametrize(
    ("lines", "headline"),
    [
        (samples.passing(), "Conforms"),
        (samples.failing(), "Does not conform: 3 requirements"),
        (samples.failing(strict=True), "Does not conform: 4 requirements"),
        (samples.inconclusive(), "Partial: inconclusive"),
        (samples.killed(), "Partial: does not conform: 2 requirements"),
        ([samples.run()], "Partial: inconclusive"),
    ],
)
def test_the_verdict_is_the_first_heading(lines: list[dict[str, Any]], headline: str) -> None:
    """What the run came to is the one h1 and begins the title."""
    document = parsed(lines)

    assert [heading.text for heading in document.iter("h1")] == [headline]
    assert document.findtext(".//title").startswith(headline)


def test_everything_is_there_without_a_script() -> None:
    """Findings, exchange, curl, reasons, settings and glossary are text of the page; only the filter is hidden."""
    document = parsed(samples.failing())
    shown = text_of(document)

    for part in (
        "500 with text/html",
        "3 of 40, intermittent",
        "--data-binary '{\"clie'",
        "HTTP/1.1 500 Internal Server Error",
        "<h1>Internal Server Error</h1>",
        "Catch the parse error",
        "contract, #/paths/~1oauth~1token/post/responses/400",
        "The network dropped 12 connections of ours.",
        "reported to the provider",
        "never sent to production",
        "PARTNERS_API_CLIENT_SECRET **********",
        "/paths/~1oauth~1token/post/responses/200/content/application~1json/example",
        "A skip is never a pass",
    ):
        assert part in shown
    assert [element.get("id") for element in document.xpath("//*[@hidden]")] == ["filter"]


def test_the_page_can_be_walked_by_its_structure() -> None:
    """It has a language, landmarks, headings that skip no level, and table headers with a scope."""
    document = parsed(samples.failing())
    levels = [int(heading.tag[1]) for heading in document.xpath("//h1|//h2|//h3|//h4")]

    assert document.get("lang") == "en"
    assert [len(document.findall(f".//{tag}")) for tag in ("main", "nav", "footer")] == [1, 1, 1]
    assert all(later <= earlier + 1 for earlier, later in itertools.pairwise(levels))
    assert all(header.get("scope") for header in document.iter("th"))


def test_a_hostile_record_adds_no_element() -> None:
    """With a payload in every field, the elements of the page are those of the same record with a plain word."""
    hostile, plain = parsed(samples.saturated(PAYLOAD)), parsed(samples.saturated("word"))

    def shape(document: parser.HtmlElement) -> list[tuple[str, list[str]]]:
        return [(element.tag, sorted(element.keys())) for element in document.iter()]

    assert shape(hostile) == shape(plain)
    assert "7*191" in text_of(hostile)
    assert "1337" not in text_of(hostile)


def test_what_a_requirement_says_between_backticks_is_code() -> None:
    """In its sentence, why and mend; what stands in them is escaped as everywhere, and a lone backtick is one."""
    defect = samples.verdict("error.members", "failed", findings=[samples.defect()])
    document = parsed([samples.run(), defect | {"why": "No `exp < 1`.", "mend": "Write ` and `<b>`."}, samples.end()])
    codes = [code.text for code in document.xpath("//dl[@class='advice']//code")]

    assert codes[0] == "exp < 1"
    assert not document.xpath("//dl[@class='advice']//b")


def facts(document: parser.HtmlElement, requirement: str) -> list[tuple[str, str]]:
    """What stands beside the findings of a requirement."""
    (article,) = [one for one in document.iter("article") if one.get("id") == requirement]
    rows = article.xpath(".//dl[@class='facts']/div")
    return [(row.findtext("dt"), " ".join(row.find("dd").text_content().split())) for row in rows]


def test_the_answer_is_open_as_far_as_its_first_line() -> None:
    """Status line and first line of the body stand beside what was expected; a long line is cut."""
    body = samples.body("\n \n" + "x" * 300 + "\nsecond")
    long = samples.evidence(response=samples.response(body=body))
    document = parsed(
        [
            *samples.failing()[:-1],
            samples.verdict("a.b", "failed", findings=[samples.defect(exchange=long)]),
            samples.end(),
        ]
    )

    assert ("Answer", "HTTP/1.1 500 Internal Server Error<!doctype html><title>500</title>") in facts(
        document, "status.not-json"
    )
    assert ("Answer", "timeout: no answer in 10 s") in facts(document, "status.not-json")
    assert ("Answer", "HTTP/1.1 401 Unauthorized" + "x" * 200 + "… (of 300 characters)") in facts(document, "a.b")


def test_what_was_sent_is_not_said_twice() -> None:
    """Not where what was expected names it already."""
    kind: dict[str, Any] = {"class": "valid credentials in another JSON spelling"}
    told = samples.defect(expected=f"200 for {kind['class']}", exchange=samples.evidence(**kind))
    untold = samples.defect(expected="200", exchange=samples.evidence(**kind))
    verdicts = [
        samples.verdict("a.told", "failed", findings=[told]),
        samples.verdict("a.untold", "failed", findings=[untold]),
    ]
    document = parsed([samples.run(), *verdicts, samples.end()])

    assert "Sent as" not in dict(facts(document, "a.told"))
    assert dict(facts(document, "a.untold"))["Sent as"] == f"{kind['class']}, which may get 401"


def test_why_a_deviation_is_accepted_is_told_once() -> None:
    """With its finding, and not above all of them as well; a reason that holds for the next one too is not repeated."""
    reasons = ("Out of date.", "Known to all.", "Known to all.")
    findings = [samples.defect(accepted=reason, observed=str(at)) for at, reason in enumerate(reasons)]
    accepted = samples.verdict("a.b", "deviating", reason=" ".join(reasons[:2]), findings=findings)
    told = samples.verdict("a.c", "deviating", reason="broken 3 of 40 times, told under a.b")
    document = parsed([samples.run(), accepted, told, samples.end()])

    assert [text for name, text in facts(document, "a.b") if name == "Accepted"] == [*reasons[:2], "As above."]
    assert [text_of(document).count(reason) for reason in reasons[:2]] == [1, 1]
    assert "Broken 3 of 40 times, told under a.b." in text_of(document)


def test_a_box_that_scrolls_is_shaded_where_its_text_goes_on() -> None:
    """On a narrow screen a command is higher than its box: the shade stays at the edge, its cover goes with the text."""
    (rule,) = re.findall(r"\npre \{(.*?)\}", (html.TEMPLATES / "report.css").read_text("utf-8"), re.DOTALL)

    assert "overflow: auto" in rule
    assert [rule.count(f"no-repeat {attachment}") for attachment in ("scroll", "local")] == [2, 2]


@pytest.mark.parametrize("link", LINKS)
def test_a_link_that_is_no_web_address_is_not_linked(link: str) -> None:
    """Only absolute http and https addresses in plain ASCII become links."""
    assert html.safe_link(link) == ""


def test_characters_that_steer_are_shown_as_escapes() -> None:
    """Terminal escapes, controls and bidirectional overrides are seen, and do nothing."""
    content = rendered(samples.saturated(STEERING))

    assert not {character for character in STEERING if not character.isprintable()} & set(content)
    for escape in ("\\x1b[2J", "\\x00", "\\u202e", "\\ufeff", "\\U000e0041"):
        assert escape in content


def test_the_file_is_small_whatever_the_server_sends() -> None:
    """Eighty requirements with five findings of the largest exchanges there are: still under 5 MB."""
    large = "<\x00\U000e0041" * 1_365  # a body of 4,096 characters is what the record keeps at most
    wide = "<\x00\U000e0041" * 200  # a header of 64 KiB is what a client takes
    exchange = samples.evidence(
        request=samples.request(body=samples.body(large), curl=large),
        response=samples.response(headers=[[wide, wide]] * 50, body=samples.body(large)),
    )
    defects = [samples.defect(observed=large, expected=large, exchange=exchange)] * 5
    verdicts = [samples.verdict(f"status.number-{number}", "failed", findings=defects) for number in range(80)]

    content = rendered([samples.run(), *verdicts, samples.end(overall="nonconformant", exit_code=1)])

    assert len(content.encode("utf-8")) < SIZE_LIMIT
    assert "are left out here to keep this file small" in content


@settings(max_examples=25, deadline=None, database=None)
@given(text=st.text(max_size=60))
def test_any_text_leaves_the_page_as_it_is(text: str) -> None:
    """Arbitrary text in every field adds no element, and no character that steers."""
    content = rendered(samples.saturated(text))
    document = parser.document_fromstring(content)

    assert not any(ord(character) < 0x20 and character not in "\n\t" for character in content)
    assert not any(0x7F <= ord(character) < 0xA0 or character in "\u202e\u2066\u200b\ufeff" for character in content)
    assert [len(list(document.iter(tag))) for tag in ("script", "style", "main", "img", "iframe")] == [1, 1, 1, 0, 0]


def test_hostile_content_runs_nothing_in_a_browser(tmp_path: Path, browse: Callable[[Path], Page]) -> None:
    """Chromium runs our script, and not one of the payload's; it has nothing to complain of but that."""
    report = tmp_path / "report.html"
    report.write_bytes(html.render(samples.viewed(samples.saturated(PAYLOAD))))

    page = browse(report)

    assert MARK not in page.document.partition(">")[0] + page.document.partition("<head>")[0]
    assert f"{len(TITLES)} of {len(TITLES)}</output>" in page.document
    assert "Content Security Policy" not in page.log


def test_the_same_content_does_run_where_it_is_not_escaped(tmp_path: Path, browse: Callable[[Path], Page]) -> None:
    """The browser test can fail: the payload marks a page that neither escapes nor forbids it."""
    naive = tmp_path / "naive.html"
    naive.write_text(f"<!doctype html><title>{PAYLOAD}</title>", encoding="utf-8")

    assert MARK in browse(naive).document.partition("<head>")[0]


def test_the_policy_stops_what_escaping_would_let_through(tmp_path: Path, browse: Callable[[Path], Page]) -> None:
    """The second line of defence holds by itself: a script put into the finished page does not run."""
    report = tmp_path / "report.html"
    content = html.render(samples.viewed(samples.failing())).decode("utf-8")
    report.write_text(content.replace("<main", f"<script>{RUN}</script><main"), encoding="utf-8")

    page = browse(report)

    assert MARK not in page.document.partition("<head>")[0]
    assert "Content Security Policy" in page.log
