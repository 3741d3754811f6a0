"""The words of the reports: what an outcome means, what a run came to, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from conformance.findings import Outcome, Overall
from conformance.rendering.text import plural

if TYPE_CHECKING:
    from conformance.recordlines import Evidence, Verdict
    from conformance.rendering.view import View

#: What each outcome means, for people who read the report for the first time.
MEANING: Final = {
    Outcome.PASSED: "Judged at least once, and kept every time.",
    Outcome.FAILED: "A requirement was broken. The run fails.",
    Outcome.WARNED: "A recommendation was not followed. It fails the run only when the run is strict.",
    Outcome.DEVIATING: "Broken in the way that is on the list of accepted deviations, and in no other.",
    Outcome.RECOVERED: "An accepted deviation no longer happens, or has expired. Fails the run until its entry goes.",
    Outcome.NOT_APPLICABLE: "There was nothing it speaks to, such as a key set nobody configured. Not a pass.",
    Outcome.WITHHELD: "Nothing was sent: the safety policy of this target forbids it. Not a pass.",
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


def headline(view: View) -> str:
    """Say what the run came to, in a few words."""
    if view.overall is Overall.CONFORMANT:
        words = "Conforms"
    elif view.overall is Overall.INCONCLUSIVE:
        words = "Inconclusive"
    else:
        words = "Does not conform" + (f": {plural(len(view.failing), 'requirement')}" if view.failing else "")
    return f"Partial: {words[0].lower()}{words[1:]}" if view.partial else words


def meaning(view: View) -> str:
    """Say what that means, in a sentence or two."""
    recovered = len(view.of(Outcome.RECOVERED))
    if view.overall is Overall.CONFORMANT:
        passed = view.counts.get(Outcome.PASSED.value, 0)
        text = f"Every requirement that could be judged is kept: {passed} of {len(view.verdicts)} passed."
    elif view.overall is Overall.INCONCLUSIVE:
        text = "The target could not be judged. This says nothing about whether it conforms."
    elif not view.failing:
        text = "The target was found not to conform."
    elif recovered == len(view.failing):
        text = f"{plural(recovered, 'accepted deviation')} did not happen: the list of deviations is out of date."
    else:
        text = f"The target breaks {len(view.failing)} of the {plural(len(view.verdicts), 'requirement')} on the list."
    return f"{text} {view.stopped}".rstrip()


def next_step(view: View) -> str:
    """Say what to do now, in a sentence."""
    if view.overall is Overall.NONCONFORMANT:
        if view.failing and len(view.of(Outcome.RECOVERED)) == len(view.failing):
            return "Remove the entries named below from spec/deviations.yaml, then run again."
        return "Mend what is listed below, from the top; each finding has a curl command that shows it again."
    if view.overall is Overall.INCONCLUSIVE or view.partial:
        return "Remove what stood in the way (see the reasons below), then run again."
    if view.warning:
        return f"Nothing has to be done. {plural(len(view.warning), 'recommendation')} could be followed: see below."
    return "Nothing has to be done."


def rate(count: int, words: str, *, intermittent: bool) -> str:
    """How often a finding was made: "3 of 40, intermittent"."""
    return (words or f"{count:,} ×") + (", intermittent" if intermittent else "")


def status_line(evidence: Evidence) -> str:
    """Say what came back, in one line: the status line, or why there is none."""
    if evidence.response is not None:
        response = evidence.response
        return f"HTTP/{response.http_version} {response.status} {response.reason}".rstrip()
    if evidence.failure is not None:
        return f"no answer: {evidence.failure.detail or evidence.failure.kind}"
    return "no answer"


def skip_reason(verdict: Verdict) -> str:
    """Why a requirement was not judged; its outcome's meaning where the record does not say."""
    return verdict.reason or MEANING[Outcome(verdict.outcome)]
