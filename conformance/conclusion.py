"""From evidence to verdict lines and the end line of the record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from msgspec import Struct

from conformance import verdicts
from conformance.applicability import FIRST_OF, due_to_speak, spoken_to
from conformance.catalogue import Requirement
from conformance.checks.assessment import brief
from conformance.deviations import Deviation
from conformance.engine import Engine
from conformance.evidence import SHOWN, Evidence, Group, Tally
from conformance.findings import Outcome, Overall
from conformance.keyset import KeySet
from conformance.messages import Request
from conformance.plan import VERIFIES
from conformance.preparation import Prepared
from conformance.record import now
from conformance.redaction import Redactor
from conformance.scenarios.model import Rank
from conformance.sequence import BETWEEN
from conformance.subsumption import subsume
from conformance.verdicts import Ground

NO_KEYS = "no key set is configured (PARTNERS_API_JWKS_URL)"
NOTHING = "no answer called for anything that was asked about"
#: what load or a network brings about now and then: a run that does not see it proves nothing
BY_CHANCE = frozenset({"protocol.answers-every-request", "protocol.response-time"})


class Judgement(Struct, frozen=True):
    """One requirement's verdict: the outcome, and the line of the record that says everything about it."""

    requirement: Requirement
    outcome: Outcome
    line: dict[str, Any]

    def fails(self, *, strict: bool) -> bool:
        """Whether it fails the run."""
        return verdicts.fails(self.outcome, strict=strict)


class Conclusion(Struct, frozen=True):
    """What a run came to. failure: what the suite itself failed of, if it did."""

    judgements: dict[str, Judgement]
    overall: Overall
    exit_code: int
    stopped: str
    requests: int
    failure: str = ""


def conclude(prepared: Prepared, engine: Engine, today: date, key_set: KeySet, failure: str = "") -> Conclusion:
    """Judge every selected requirement by what was gathered, and the run by its requirements.

    key_set: what came of fetching it. failure: of the suite itself.
    """
    strict = prepared.settings.strict
    subsume(engine.journal.evidence, frozenset(one.id for one in prepared.selected))
    judgements = {
        one.id: _judgement(one, prepared, engine, today, key_set if one.id == VERIFIES else KeySet())
        for one in prepared.selected
    }
    outcomes = [judgement.outcome for judgement in judgements.values()]
    judged = any(judgement.line["judged"] for judgement in judgements.values())
    stopped = engine.stopped or engine.blocked or ("" if judged else NOTHING)
    overall = verdicts.overall(outcomes, strict=strict, stopped=stopped, judged=engine.answered and judged)
    code = verdicts.exit_code(overall, interrupted=engine.interrupted)
    return Conclusion(judgements, overall, code, stopped, engine.sender.sent, failure)


def end_line(conclusion: Conclusion, engine: Engine, seconds: float) -> dict[str, Any]:
    """The last line of the record."""
    counts = Counter(judgement.outcome.value for judgement in conclusion.judgements.values())
    return {
        "record": "end",
        "overall": conclusion.overall.value,
        "exit_code": conclusion.exit_code,
        "requests": conclusion.requests,
        "seconds": round(seconds, 3),
        "ended": now(),
        "partial": bool(engine.stopped),
        "stopped": engine.journal.redactor.text(conclusion.stopped) or None,
        "counts": dict(sorted(counts.items())),
        "dropped": engine.dropped,
    }


def _judgement(requirement: Requirement, prepared: Prepared, engine: Engine, today: date, key_set: KeySet) -> Judgement:
    tally = engine.journal.evidence.tally(requirement.id)
    target = prepared.target
    names = (target.name, target.base_url)
    findings = [group.finding for group in (*tally.groups.values(), *tally.elsewhere.values())]
    settlement = prepared.deviations.settle(requirement.id, findings, names, today)
    unsought = _unsought(requirement, prepared, engine) if settlement.idle and tally.judged else ""
    places = ", ".join(_place(entry, prepared) for entry in settlement.idle)
    # of a run that was stopped nobody knows what no longer happens; what an expired entry excused was seen all the same
    over = tally.judged and not engine.stopped
    stale = [
        (entry, why)
        for entry, why in settlement.recovered
        if over or any(entry is one for _, one in settlement.expired)
    ]
    stale += [(entry, "it no longer happens") for entry in settlement.idle if tally.judged and not unsought]
    ground = Ground(
        accepted={finding.signature: deviation.reason for finding, deviation in settlement.accepted},
        expired=frozenset(finding.signature for finding, _ in settlement.expired),
        told_under=tuple(sorted({plain for plain, _ in tally.elsewhere})),
        told_accepted=all(
            prepared.deviations.match(engine.journal.evidence.tally(plain).groups[signature].finding, names, today)
            for plain, signature in tally.elsewhere
        ),
        recovered=tuple(f"{why}: remove the entry ({_place(entry, prepared)})" for entry, why in stale),
        withheld="" if tally.judged else _withheld(requirement.id, prepared, engine.dropped),
        blocked=("" if engine.network else engine.blocked) or key_set.blocked,
        error=(engine.stopped if engine.network else "") or key_set.error,
        unread=() if tally.judged else _unread(requirement.id, engine),
        unset=NO_KEYS if requirement.id == VERIFIES and not target.names_keys else "",
        unasked="" if tally.judged else _unasked(requirement.id, prepared),
        undecided=key_set.blocked,
        unsought=unsought and f"an accepted deviation was not looked for in full ({places}): {unsought}",
    )
    outcome, reason = verdicts.conclude(requirement, tally, ground)
    shown = [
        _defect(group, requirement.id, engine.journal.evidence, engine.journal.redactor, ground)
        for group in _ordered(tally, ground)
    ]
    line = {
        "record": "verdict",
        "requirement": requirement.id,
        "title": requirement.title,
        "family": requirement.family,
        "level": requirement.level.value,
        "outcome": outcome.value,
        "reason": engine.journal.redactor.text(reason),
        "judged": tally.judged,
        "sentence": requirement.sentence,
        "source": str(requirement.source),
        "link": requirement.source.link,
        "why": requirement.why,
        "mend": requirement.mend,
        "findings": shown[:SHOWN],
        "more": len(shown) - len(shown[:SHOWN]) + tally.further,
    }
    return Judgement(requirement, outcome, line)


def _place(entry: Deviation, prepared: Prepared) -> str:
    return f"{prepared.settings.deviations_file.name}:{entry.line}"


def _unsought(requirement: Requirement, prepared: Prepared, engine: Engine) -> str:
    """Why an accepted deviation may still happen that was not seen; empty where the run looked for it in full."""
    plan, profile = prepared.plan, prepared.target.profile
    if engine.stopped or engine.blocked:
        return engine.stopped or engine.blocked
    if requirement.family == "documentation":  # the document is there as a whole, whatever is sent
        return ""
    if requirement.id in BY_CHANCE:
        return "it comes and goes with load and network"
    if Rank[profile.upper()] < Rank.RELEASE:
        return f"profile {profile} does not look for everything"
    if plan.partial:
        return "only some scenarios were selected"
    if any(progress.outcome != "completed" for progress in engine.scenarios.values()):
        return "not all that was planned was asked"
    if engine.journal.evidence.tally(requirement.id).hindered:
        return "some answers that could have shown it broke something else"
    return _kept_back(requirement.id, prepared)


def _kept_back(requirement: str, prepared: Prepared) -> str:
    """Why requests were kept back that are about the requirement, or the like of which was not sent; empty for none.

    What a target's policy keeps back it kept back when the deviation was seen. What a setting does may have shown it then.
    """
    classify, lowered = prepared.classifier.classify, prepared.target.policy.lowered
    unlike_before = bool(lowered.keys() & {"requests", "true_client_refusals"})
    sent = {classify(planned.probe.request).name for planned in prepared.plan.probes}
    for one in prepared.plan.withheld:
        for kind in {*one.kinds, *map(classify, one.requests)}:
            own = requirement in (kind.requirement, kind.token_requirement)
            if own or ((unlike_before or kind.name not in sent) and spoken_to((kind,), {requirement})):
                return one.reason
    return ""


def _unread(requirement: str, engine: Engine) -> tuple[str, ...]:
    """What answers broke, and so could not be read, that would have been judged by the requirement."""
    family = f"{requirement.partition('.')[0]}."
    first = FIRST_OF.get(family)
    read = first is not None and engine.journal.evidence.tally(first).judged
    # of a family that other answers were judged by, nobody knows what these would have called for
    names = {requirement} if read else {requirement, family}
    return tuple(
        broken
        for broken, kinds in engine.books.unread.items()
        if broken != requirement and any(names & due_to_speak(kind) for kind in kinds)
    )


def _unasked(requirement: str, prepared: Prepared) -> str:
    if prepared.plan.rings or _speak(requirement, prepared, (one.probe.request for one in prepared.plan.probes)):
        return ""
    return f"nothing that profile {prepared.target.profile} sends calls for it"


def _speak(requirement: str, prepared: Prepared, requests: Iterable[Request]) -> bool:
    """Whether an answer to one of the requests can be judged by the requirement."""
    # requests of a run may be thousands, their kinds are not
    kinds = frozenset(map(prepared.classifier.classify, requests))
    return bool(spoken_to(kinds, (requirement,)))


def _withheld(requirement: str, prepared: Prepared, dropped: Collection[str]) -> str:
    """Why nothing that would have spoken to a requirement was sent, where that was kept back; empty where it was not."""
    plan = prepared.plan
    for one in plan.withheld:
        if requirement in one.requirements:
            return one.reason
    asked = (one.probe.request for one in plan.probes if one.scenario not in dropped)
    spoken = any(ring.id not in dropped for ring, _ in plan.rings) or _speak(requirement, prepared, asked)
    if spoken and requirement not in BETWEEN:  # what two answers tell together takes both of them
        return ""
    for one in plan.withheld:
        if _speak(requirement, prepared, one.requests):
            return one.reason
    unsent = (one.probe.request for one in plan.probes if one.scenario in dropped)
    if any(ring.id in dropped for ring, _ in plan.rings) or _speak(requirement, prepared, unsent):
        whose = prepared.target.policy.lowered.get("requests", f"profile {prepared.target.profile}")
        return f"the {plan.budget} requests that {whose} allows were spent before"
    return ""


def _ordered(tally: Tally, ground: Ground) -> list[Group]:
    """What is not accepted first, then the most frequent, then the smallest counterexample."""
    return sorted(
        tally.groups.values(), key=lambda group: (group.finding.signature in ground.accepted, -group.count, group.size)
    )


def _defect(group: Group, requirement: str, evidence: Evidence, redactor: Redactor, ground: Ground) -> dict[str, Any]:
    judged = max(group.count, evidence.judged_in(requirement, group.classes))
    in_all = max(judged, evidence.tally(requirement).judged)
    return {
        "expected": brief(redactor.text(group.finding.expected)),
        "observed": brief(redactor.text(group.finding.observed)),
        "count": group.count,
        "rate": _rate(group.count, judged, in_all) if group.exchange is not None else "",
        "intermittent": group.recurred is False and group.count < judged,
        "accepted": ground.accepted.get(group.finding.signature),
        "exchange": group.exchange,
        "pointer": group.finding.pointer,
        "variants": [redactor.text(one) for one in group.variants if one != group.finding.variant],
    }


def _rate(count: int, judged: int, in_all: int) -> str:
    """Of how many answers to requests of its kind, and of how many that the requirement judged."""
    return f"{count} of {judged}" + (f" of its kind, {in_all} judged in all" if in_all > judged else "")
