"""The words of the reports: what an outcome means, what a run came to, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from conformance.exitcode import ExitCode
from conformance.findings import Outcome, Overall
from conformance.messages import NOT_HTTP, astray
from conformance.rendering.text import plural
from conformance.rendering.view import DOCUMENT, family
from conformance.sources import TIME_BUDGET
from conformance.targets import NAMED, PRE_PRODUCTION, PRODUCTION

if TYPE_CHECKING:
    from conformance.recordlines import Body, Evidence, Verdict
    from conformance.rendering.view import View

#: What each outcome means, for people who read the report for the first time.
MEANING: Final = {
    Outcome.PASSED: "Judged at least once, and kept every time.",
    Outcome.FAILED: "A requirement was broken. The run fails.",
    Outcome.WARNED: "A recommendation was not followed. It fails the run only when the run is strict.",
    Outcome.DEVIATING: "Broken in the way that is on the list of accepted deviations, and in no other.",
    Outcome.RECOVERED: "An accepted deviation no longer happens, or has expired. Fails the run until its entry goes.",
    Outcome.NOT_APPLICABLE: "There was nothing it speaks to, such as a key set nobody configured. Not a pass.",
    Outcome.WITHHELD: "Nothing was sent: the safety policy of this target, or a setting, forbids it. Not a pass.",
    Outcome.BLOCKED: "It could not be judged: something it depends on failed first. Not a pass.",
    Outcome.ERROR: "The suite or the network broke down. Not the server's defect, and not a pass.",
}

#: A mark for each outcome, so that none is told by its colour alone.
MARK: Final = {
    Outcome.PASSED: "✓",
    Outcome.FAILED: "✗",
    Outcome.WARNED: "!",
    Outcome.DEVIATING: "≈",
    Outcome.RECOVERED: "↺",
    Outcome.NOT_APPLICABLE: "–",
    Outcome.WITHHELD: "○",
    Outcome.BLOCKED: "◌",
    Outcome.ERROR: "⚠",
}


#: Different reasons that are told where a run is summed up.
REASONS: Final = 2


def headline(view: View) -> str:
    """Say what the run came to, in a few words."""
    if view.overall is Overall.CONFORMANT:
        words = "Conforms"
    elif view.overall is Overall.INCONCLUSIVE:
        words = "Inconclusive"
    elif view.blame.document and not view.blame.target:
        words = f"The document does not conform: {plural(len(view.blame.document), 'requirement')}"
    else:
        count = len(view.failing) - len(view.blame.document)
        words = "Does not conform" + (f": {plural(count, 'requirement')}" if count else "")
    return f"Partial: {words[0].lower()}{words[1:]}" if view.partial else words


def meaning(view: View) -> str:
    """Say what that means, in a sentence or two."""
    if view.overall is Overall.CONFORMANT:
        passed = view.counts.get(Outcome.PASSED.value, 0)
        aside = ", accepted deviations aside" if view.of(Outcome.DEVIATING) else ""
        text = f"Every requirement that could be judged is kept{aside}: {passed} of {len(view.verdicts)} passed."
    elif view.overall is Overall.INCONCLUSIVE:
        text = _inconclusive(view)
    else:
        text = _nonconformance(view)
    return f"{text} {sentence(view.stopped)}".rstrip()


def _inconclusive(view: View) -> str:
    """Say what could not be judged, and what was: less than all where the run went to its end, and each reason is told."""
    unjudged = view.of(Outcome.ERROR, Outcome.BLOCKED)
    passed = view.of(Outcome.PASSED)
    if view.stopped and any(family(one) != DOCUMENT for one in passed):
        rest = f", {len(unjudged)} could not be judged" if unjudged else ""
        kept = f"By then {len(passed)} of {plural(len(view.verdicts), 'requirement')} had passed{rest}."
        return f"The run ended before all was asked, so whether the target conforms is open. {kept}"
    if view.stopped or not unjudged or not passed:
        return "The target could not be judged. This says nothing about whether it conforms."
    reasons = dict.fromkeys(sentence(one.reason) for one in unjudged)
    why = " ".join(reasons) if len(reasons) <= REASONS else "What was not judged says why."
    return f"{len(unjudged)} of {plural(len(view.verdicts), 'requirement')} could not be judged; the others were. {why}"


def _nonconformance(view: View) -> str:
    """Say what is wrong, and whose it is."""
    blame, parts = view.blame, []
    if blame.target:
        parts.append(f"The target breaks {_share(view, blame.target, document=False)}.")
    if blame.document:
        parts.append(f"The document breaks {_share(view, blame.document, document=True)}.")
    if blame.expired:
        parts.append(f"The accepted deviation has expired for {len(blame.expired)} of them.")
    if not blame.target and blame.document and any(family(one) != DOCUMENT for one in view.of(Outcome.PASSED)):
        parts.append("Nothing that fails the run was found against the target.")
    if blame.idle:
        count = plural(len(blame.idle), "accepted deviation")
        parts.append(f"{count} did not happen: the list of deviations is out of date.")
    return " ".join(parts) or "The target was found not to conform."


def _share(view: View, broken: tuple[Verdict, ...], *, document: bool) -> str:
    """How many requirements are broken, of how many; the latter is not known where the record ends before it says so."""
    if view.end is None:
        return plural(len(broken), "requirement")
    known = sum((family(verdict) == DOCUMENT) is document for verdict in view.verdicts)
    return f"{len(broken)} of {plural(known, 'requirement')}"


def next_step(view: View) -> str:
    """Say what to do now, in a sentence or a few."""
    if view.overall is Overall.NONCONFORMANT:
        return _mending(view)
    if view.end is not None and view.end.exit_code == ExitCode.INTERRUPTED:
        return "Run again: what was not asked yet is not judged."
    if TIME_BUDGET in view.stopped:
        seconds = view.run.policy.get("seconds")
        given = f" ({seconds:g} s in this run)" if isinstance(seconds, int | float) else ""
        more = f"Give the run more time, where the target's policy lets you: {TIME_BUDGET}{given}."
        return f"{more} Or ask for less with --requirement or a smaller --profile."
    if view.overall is Overall.INCONCLUSIVE or view.partial:
        return "Remove what stood in the way, then run again. What was not judged says why."
    first = _room(view) or "Nothing has to be done."
    if view.warning:
        return f"{first} {plural(len(view.warning), 'recommendation')} could be followed."
    return first


def _mending(view: View) -> str:
    """Say who mends what, the target's before the document's, and what becomes of the list of deviations."""
    blame, parts = view.blame, []
    if _astray(view):
        return "Correct the target first if it is not the API's base URL, and run again. If it is, mend what is listed."
    if blame.target or not view.failing:
        foreign = view.run.target.name in {PRE_PRODUCTION, PRODUCTION}
        parts.append(
            "Send report.html to the API's team: secrets in it are masked."
            if foreign
            else "Mend what is listed, from the top."
        )
    found = [defect.exchange for verdict in blame.target for defect in verdict.unaccepted]
    if found and all(exchange is not None and exchange.request.curl for exchange in found):
        parts.append("Each finding has a curl command that shows it again.")
    if blame.document:
        accept = "" if set(blame.document) <= set(blame.expired) else ", or accept them in spec/deviations.yaml"
        parts.append(f"Send the document's defects to its publisher{accept}.")
    if blame.expired:
        parts.append("Remove the expired entries from spec/deviations.yaml, or give them a later date.")
    if blame.idle:
        parts.append("Remove the entries that are named from spec/deviations.yaml, then run again.")
    return " ".join(parts)


def _astray(view: View) -> bool:
    """Whether all that is held against a URL is what becomes of the plainest valid request: no HTTP, no such path, or a page.

    A wrong base URL looks the same, and is far more common. Those of the named targets are the contract's.
    """
    if view.run.target.name in NAMED:
        return False
    if not (view.stopped and view.blame.target and view.run.plan and view.run.plan.scenarios):
        return False
    plainest = view.run.plan.scenarios[0].scenario
    return all(
        exchange is not None and exchange.scenario == plainest and _is_anothers(exchange)
        for verdict in view.blame.target
        for exchange in (defect.exchange for defect in verdict.unaccepted)
    )


def _is_anothers(exchange: Evidence) -> bool:
    """Whether the answer is mostly that of another server than the one that was meant."""
    if exchange.response is None:
        return exchange.failure is not None and exchange.failure.detail.startswith(NOT_HTTP)
    return bool(astray(exchange.response.status, exchange.response.headers, _text(exchange.response.body)))


def _text(body: Body | None) -> str:
    return "" if body is None else body.text


def _room(view: View) -> str:
    """Say what was not judged or not asked because a setting allows so little, and which; empty where none is to blame."""
    unjudged = [verdict.reason for verdict in view.of(Outcome.WITHHELD)]
    unasked = [] if view.run.plan is None else [one.reason for one in view.run.plan.withheld]
    settings = [
        name
        for name in map(str, view.run.policy.get("lowered") or ())
        if any(name in reason for reason in (*unjudged, *unasked))
    ]
    if not settings:
        return ""
    count = sum(any(name in reason for name in settings) for reason in unjudged)
    what = f"{plural(count, 'requirement')} not judged" if count else "Less asked than the profile has"
    return f"{what}: raise {' and '.join(settings)}, then run again."


def sentence(text: str) -> str:
    """Make the text a sentence: a capital first, a full stop last."""
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def moment(time: str) -> str:
    """Write an ISO 8601 time in UTC as a person does, to the second; any other text stays as it is."""
    zone = time[19:].lstrip(".0123456789")
    return f"{time[:10]} {time[11:19]} UTC" if time[10:11] == "T" and zone in {"Z", "+00:00"} else time


def target(view: View) -> str:
    """Name the target; its address too, where that is not its name."""
    named = view.run.target
    return named.name if named.name == named.base_url else f"{named.name} {named.base_url}".strip()


def reason(verdict: Verdict) -> str:
    """Say why a requirement came to its outcome; empty where the findings say as much: how many there are, or why accepted."""
    accepted = verdict.outcome == Outcome.DEVIATING.value and any(one.accepted for one in verdict.findings)
    counted = verdict.reason == plural(len(verdict.unaccepted) + verdict.more, "finding")
    return "" if accepted or counted else verdict.reason


def rate(count: int, words: str, *, intermittent: bool) -> str:
    """How often a finding was made: "3 of 40, intermittent"."""
    return (words or f"{count:,} ×") + (", intermittent" if intermittent else "")


def status_line(evidence: Evidence) -> str:
    """Say what came back, in one line: the status line, or why there is none."""
    if evidence.response is not None:
        response = evidence.response
        return f"HTTP/{response.http_version} {response.status} {response.reason}".rstrip()
    if evidence.failure is not None:
        return f"{evidence.failure.kind}: {evidence.failure.detail}".removesuffix(": ")
    return "no answer"


def skip_reason(verdict: Verdict) -> str:
    """Why a requirement was not judged; its outcome's meaning where the record does not say."""
    return verdict.reason or MEANING[Outcome(verdict.outcome)]
