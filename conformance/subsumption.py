"""One defect under one requirement: what a plainer request shows already is not told again under its variants.

A server that refuses valid credentials refuses them in every spelling; one that answers 422 to a missing member does so
to a wrong type. The finding stands under the plainest requirement that shows it; a variant whose findings are told there has
not passed, and says how often it was broken and where to look. So it is with a status that comes now and then, whatever is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Set as AbstractSet

from conformance.evidence import Evidence, Group, Tally
from conformance.sequence import BETWEEN

#: variants by the requirement about their plainest form
VARIANTS: Mapping[str, tuple[str, ...]] = {
    "status.valid-credentials": (
        "status.equivalent-json",
        "status.undeclared-members",
        "status.unrelated-headers",
        "status.json-media-type",
        "status.unusual-json",
    ),
    "status.wrong-credentials": ("status.unusual-credentials", "status.unusual-json", "status.json-media-type"),
    "status.missing-member": ("status.wrong-type", "status.not-an-object", "status.empty-body"),
    "status.not-json": ("status.unusual-json", "status.empty-body", "status.json-media-type"),
}

#: requirements that a status breaks now and then from which it depends on nothing that is asked
SEVERAL = 3


def subsume(evidence: Evidence, selected: AbstractSet[str]) -> None:
    """Move each variant's findings with a status that the plain requirement has too to the plain one, if it is told at all."""
    for each in evidence.tallies.values():
        _join(each)
    _tell_chance_once(evidence, selected)
    for plain, variants in VARIANTS.items():
        shown = evidence.tallies.get(plain)
        if shown is None or plain not in selected:
            continue
        # of several with one status the plainest, whose name is the shortest
        statuses = {_status(signature): signature for signature in sorted(shown.groups, key=len, reverse=True)}
        for variant in variants:
            tally = evidence.tallies.get(variant)
            if tally is not None:
                _move(tally, plain, statuses)


def _tell_chance_once(evidence: Evidence, selected: AbstractSet[str]) -> None:
    """Move a status that comes now and then to requests of several kinds to the plainest of these."""
    met: dict[str, list[tuple[str, str]]] = {}
    for requirement in selected & evidence.tallies.keys() - BETWEEN:
        for signature, group in evidence.tallies[requirement].groups.items():
            if requirement.startswith("status.") and _comes_by_chance(evidence, requirement, group):
                met.setdefault(_status(signature), []).append((requirement, signature))
    plainest = list(VARIANTS)
    for each in met.values():
        if len({requirement for requirement, _ in each}) < SEVERAL:
            continue
        each.sort(key=lambda one: (plainest.index(one[0]) if one[0] in plainest else len(plainest), one))
        (plain, told), *others = each
        shown = evidence.tallies[plain].groups[told]
        shown.recurred = False  # others of its kind were answered as they have to be
        for requirement, signature in others:
            if requirement != plain:
                group = evidence.tallies[requirement].groups.pop(signature)
                evidence.tallies[requirement].elsewhere[plain, told] = group
                shown.vary(*sorted(group.classes))


def _comes_by_chance(evidence: Evidence, requirement: str, group: Group) -> bool:
    return group.recurred is not True and group.count < evidence.judged_in(requirement, group.classes)


def _join(tally: Tally) -> None:
    """Count a defect of requests that only have more about them ("…, with a query") to the one of those that have less."""
    for signature in sorted(tally.groups, key=len, reverse=True):
        less = next((other for other in tally.groups if signature.startswith(f"{other}, with ")), None)
        if less is not None:
            group, more = tally.groups[less], tally.groups.pop(signature)
            group.count += more.count
            group.classes |= more.classes
            group.vary(*more.variants)


def _move(tally: Tally, plain: str, statuses: Mapping[str, str]) -> None:
    for signature in list(tally.groups):
        told = statuses.get(_status(signature))
        if told is not None:
            tally.elsewhere[plain, told] = tally.groups.pop(signature)


def _status(signature: str) -> str:
    return signature.split(" ", 1)[0]
