"""The view as JUnit XML, for CI servers: a test case per requirement and one per scenario.

The structure is that of Jenkins' junit-10.xsd: within a test case only `failure`, `error`, `skipped`, `system-out`;
properties at the suite, where pytest and others found that strict readers allow them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from conformance.findings import Outcome, Overall
from conformance.rendering import words
from conformance.rendering.text import block, clip, line
from conformance.rendering.view import DOCUMENT, family

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.recordlines import Body, Defect, Evidence, Scenario, Verdict
    from conformance.rendering.view import View

SUITE_NAME: Final = "Partners API conformance"
#: What is shown of a body, a header field, a command: CI servers keep a report in memory, and in a database.
BODY_SHOWN: Final = 2_000
FIELD_SHOWN: Final = 400
FIELDS_SHOWN: Final = 40
CURL_SHOWN: Final = 8_000
LINE_SHOWN: Final = 500

_SKIPPED: Final = {Outcome.WITHHELD.value, Outcome.BLOCKED.value, Outcome.NOT_APPLICABLE.value}


def render(view: View) -> bytes:
    """Return the whole document, UTF-8 with an XML declaration. Pure."""
    suite = ET.Element("testsuite")
    suite.append(_properties(view))
    cases = [*_run_case(view), *(_requirement(view, verdict) for verdict in view.verdicts)]
    cases.extend(_scenario(scenario) for scenario in view.scenarios)
    suite.extend(cases)
    counts = {
        "tests": len(cases),
        "failures": sum(case.find("failure") is not None for case in cases),
        "errors": sum(case.find("error") is not None for case in cases),
        "skipped": sum(case.find("skipped") is not None for case in cases),
    }
    suite.attrib = {"name": SUITE_NAME} | {name: str(count) for name, count in counts.items()}
    suite.set("time", f"{view.seconds:.3f}")
    if view.run.started:
        # ISO 8601 without zone or fraction: the strictest of the schemas in use allows no more.
        suite.set("timestamp", line(view.run.started)[:19])
    suites = ET.Element("testsuites", {"name": SUITE_NAME, "time": f"{view.seconds:.3f}"})
    suites.attrib |= {name: str(counts[name]) for name in ("tests", "failures", "errors")}
    suites.append(suite)
    ET.indent(suites)
    content: bytes = ET.tostring(suites, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def _properties(view: View) -> ET.Element:
    run, contract = view.run, view.run.contract
    values: dict[str, object] = {
        "run": run.run_id,
        "suite": f"{run.suite.name} {run.suite.version}".strip(),
        "suite.commit": run.suite.commit,
        "suite.dirty": None if run.suite.dirty is None else str(run.suite.dirty).lower(),
        "target": run.target.name,
        "target.base_url": run.target.base_url,
        "profile": run.profile,
        "strict": str(run.strict).lower(),
        "seed": run.seed,
        "contract": f"{contract.title} {contract.version}".strip(),
        "contract.sha256": contract.sha256,
        "requests": view.requests,
        "overall": view.overall.value,
        "exit_code": view.exit_code if view.end else None,
        "partial": str(view.partial).lower(),
        "stopped": view.stopped,
    }
    values |= {f"note.{number}": note for number, note in enumerate(run.notes, 1)}
    values |= {f"tool.{name}": value for name, value in sorted(run.tools.items())}
    values |= {f"setting.{name}": value for name, value in sorted(run.settings.items())}
    properties = ET.Element("properties")
    for name, value in values.items():
        if value is not None and value != "":
            shown = clip(str(value), LINE_SHOWN)
            ET.SubElement(properties, "property", {"name": line(name), "value": shown})
    return properties


def _case(classname: str, name: str, seconds: float = 0.0) -> ET.Element:
    return ET.Element("testcase", {"classname": line(classname), "name": line(name), "time": f"{seconds:.3f}"})


def _run_case(view: View) -> Iterator[ET.Element]:
    """Yield an error for a run that is partial or inconclusive: without it, skipped cases would look like a pass."""
    if view.partial or view.overall is Overall.INCONCLUSIVE:
        case = _case("conformance.run", "run — judges the whole target", view.seconds)
        _add(case, "error", "inconclusive" if view.overall is Overall.INCONCLUSIVE else "partial", words.headline(view))
        case[0].text = block(f"{words.meaning(view)}\n{words.next_step(view)}\n")
        yield case


def _add(case: ET.Element, tag: str, kind: str, message: str) -> ET.Element:
    return ET.SubElement(case, tag, {"type": kind, "message": clip(message, LINE_SHOWN)})


def _requirement(view: View, verdict: Verdict) -> ET.Element:
    name = f"{verdict.requirement} — {verdict.title}" if verdict.title else verdict.requirement
    case = _case(f"conformance.requirements.{family(verdict)}", name)
    if view.fails(verdict):
        failure = _add(case, "failure", verdict.outcome, _message(verdict))
        failure.text = block("\n".join(_explanation(verdict)))
    elif verdict.outcome == Outcome.ERROR.value:
        error = _add(case, "error", "error", verdict.reason or words.skip_reason(verdict))
        error.text = block("\n".join(_explanation(verdict)))
    elif verdict.outcome in _SKIPPED:
        _add(case, "skipped", verdict.outcome, f"{verdict.outcome}: {words.skip_reason(verdict)}")
    elif verdict.outcome != Outcome.PASSED.value or verdict.findings:
        notes = [f"{verdict.outcome}: {words.MEANING[Outcome(verdict.outcome)]}", "", *_explanation(verdict)]
        ET.SubElement(case, "system-out").text = block("\n".join(notes))
    return case


def _message(verdict: Verdict) -> str:
    if not verdict.unaccepted:
        return verdict.reason or verdict.outcome
    first, others = verdict.unaccepted[0], len(verdict.unaccepted) + verdict.more - 1
    told = first.observed + (f" (and {others} more)" if others else "")
    return f"{verdict.reason}: {told}" if verdict.outcome == Outcome.RECOVERED.value else told


def _explanation(verdict: Verdict) -> Iterator[str]:
    """Yield the lines that say what is wrong, worst to least: findings, why, how to mend, source, counterexample."""
    if family(verdict) == DOCUMENT:
        yield "Whose:     the document's: no target can keep or break it"
    if reason := words.reason(verdict):
        yield f"Note:      {line(reason)}"
    for defect in verdict.findings:
        yield from _defect(defect)
    if verdict.more:
        yield f"… and {verdict.more} more that differ from these"
    for label, words_ in (("Why", verdict.why), ("Mend", verdict.mend)):
        if words_:
            yield f"{label + ':':<10} {words_}"
    if verdict.sentence or verdict.source:
        yield f"Source:    {verdict.sentence} [{verdict.source}] {verdict.link}".rstrip()
    evidence = next((defect.exchange for defect in verdict.findings if defect.exchange), None)
    if evidence is not None:
        yield from _exchange(evidence)


def _defect(defect: Defect) -> Iterator[str]:
    yield f"Observed:  {clip(defect.observed, LINE_SHOWN)}"
    yield f"Expected:  {clip(defect.expected, LINE_SHOWN)}"
    if defect.pointer:
        yield f"Where:     {line(defect.pointer)}"
    yield f"Seen:      {words.rate(defect.count, defect.rate, intermittent=defect.intermittent)}"
    if defect.variants:
        yield f"Also:      {clip('; '.join(defect.variants), LINE_SHOWN)}"
    if defect.accepted is not None:
        yield f"Accepted:  {line(defect.accepted)}"
    if defect.exchange is not None and defect.exchange.request.curl:
        yield f"Replay:    {clip(defect.exchange.request.curl, CURL_SHOWN, block)}"
    yield ""


def _exchange(evidence: Evidence) -> Iterator[str]:
    request, response = evidence.request, evidence.response
    yield ""
    yield f"--- request {evidence.id} ({evidence.scenario}), {evidence.seconds * 1000:.0f} ms"
    yield f"{request.method} {request.url}"
    yield from _message_lines(request.headers, request.body)
    yield "--- answer"
    yield words.status_line(evidence)
    if response is not None:
        yield from _message_lines(response.headers, response.body)


def _message_lines(headers: tuple[tuple[str, str], ...], body: Body | None) -> Iterator[str]:
    for name, value in headers[:FIELDS_SHOWN]:
        yield clip(f"{name}: {value}", FIELD_SHOWN)
    if len(headers) > FIELDS_SHOWN:
        yield f"… ({len(headers) - FIELDS_SHOWN} more fields)"
    if body is not None and body.text:
        yield ""
        yield clip(body.text, BODY_SHOWN, block)


def _scenario(scenario: Scenario) -> ET.Element:
    name = f"{scenario.scenario} — {scenario.title}" if scenario.title else scenario.scenario
    case = _case("conformance.scenarios", name, scenario.seconds)
    reason = scenario.reason or scenario.outcome
    if scenario.outcome == "error":
        _add(case, "error", "error", reason)
    elif scenario.outcome != "completed":
        _add(case, "skipped", scenario.outcome, f"{scenario.outcome}: {reason}")
    return case
