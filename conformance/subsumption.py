"""One defect under one requirement: what a plainer request shows already is not told again under its variants.

A server that refuses valid credentials refuses them in every spelling; one that answers 422 to a missing member does so
to a wrong type. The finding stands under the plainest requirement that shows it, with the variants counted to it; a variant
whose findings are told there has not passed, and says where to look.
"""

from __future__ import annotations

from collections.abc import Mapping, Set as AbstractSet

from conformance.evidence import Evidence, Tally

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


def subsume(evidence: Evidence, selected: AbstractSet[str]) -> None:
    """Move each variant's findings with a status that the plain requirement has too to the plain one, if it is told at all."""
    for plain, variants in VARIANTS.items():
        shown = evidence.tallies.get(plain)
        if shown is None or plain not in selected:
            continue
        statuses = {_status(signature): signature for signature in shown.groups}
        for variant in variants:
            tally = evidence.tallies.get(variant)
            if tally is not None:
                _move(tally, plain, shown, statuses)


def _move(tally: Tally, plain: str, shown: Tally, statuses: Mapping[str, str]) -> None:
    for signature in list(tally.groups):
        told = statuses.get(_status(signature))
        if told is not None:
            group = tally.groups.pop(signature)
            shown.groups[told].count += group.count
            tally.elsewhere[plain, told] = group.finding


def _status(signature: str) -> str:
    return signature.split(" ", 1)[0]
