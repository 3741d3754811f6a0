"""One defect under one requirement: what a plainer request shows already is not told again under its variants.

A server that refuses valid credentials refuses them in every spelling; one that answers 422 to a missing member does so
to a wrong type. The finding stands under the plainest requirement that shows it; a variant whose findings are told there has
not passed, and says how often it was broken and where to look. So it is with a status that comes now and then, or most of the
time, whatever is asked, and with answers that are mixed up. And where tokens name whoever asked before, they name the same one
only by chance: that is told of whom they name.
"""

from __future__ import annotations

from collections.abc import Mapping, Set as AbstractSet

from conformance.evidence import Evidence, Group, Tally
from conformance.sequence import BETWEEN, FOREIGN, IN_A_TOKEN

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

#: the requirement about the plainest request of all
PLAINEST = next(iter(VARIANTS))
#: what a token for whoever asks breaks, the plainest first
TOKENS = (
    "security.exact-secret",
    "security.unknown-client",
    "security.exact-client-id",
    "security.invalid-body-no-token",
    "security.other-channel-no-token",
)
#: requirements that are broken in one way, or by chance, from which it depends on nothing that is asked
SEVERAL = 3
#: claims that say whose a token is
OWNERS = frozenset({"sub", "azp", "client_id", "userId"})
#: a defect's requirement and signature
_Where = tuple[str, str]


def subsume(evidence: Evidence, selected: AbstractSet[str]) -> None:
    """Move each variant's findings with a status that the plain requirement has too to the plain one, if it is told at all."""
    for each in evidence.tallies.values():
        _join(each)
    _tell_chance_once(evidence, selected)
    _tell_mixed_once(evidence, selected)
    _tell_blanket_once(evidence, selected)
    _tell_owner_once(evidence, selected)
    for plain, variants in VARIANTS.items():
        shown = evidence.tallies.get(plain)
        if shown is None or plain not in selected:
            continue
        # of several with one status the plainest, whose name is the shortest
        statuses = {_status(signature): signature for signature in sorted(shown.groups, key=len, reverse=True)}
        for variant in variants:
            for signature in list(evidence.tally(variant).groups):
                told = statuses.get(_status(signature))
                if told is not None:
                    _hand_over(evidence, (variant, signature), (plain, told))


def _tell_chance_once(evidence: Evidence, selected: AbstractSet[str]) -> None:
    """Move a status that comes now and then to requests of several kinds to the plainest of these."""
    met: dict[str, list[_Where]] = {}
    for where in _defects(evidence, selected, "status."):
        if _comes_by_chance(evidence, where):
            met.setdefault(_status(where[1]), []).append(where)
    for each in met.values():
        if len({requirement for requirement, _ in each}) >= SEVERAL:
            # others of its kind were answered as they have to be
            _tell_once(evidence, each).recurred = False


def _tell_mixed_once(evidence: Evidence, selected: AbstractSet[str]) -> None:
    """Move what comes now and then, here with this status and there with that, to the plainest; so with tokens, apart."""
    statuses = _defects(evidence, selected, "status.")
    tokens = [where for where in _defects(evidence, selected, "security.") if where[0] in TOKENS]
    rare = [where for where in (*statuses, *tokens) if _is_rare(evidence, where)]
    # that it is chance has shown in one: nobody asks for each of them again
    seen = any(_group(evidence, where).recurred is False for where in statuses if _comes_by_chance(evidence, where))
    if not seen or len({requirement for requirement, _ in rare}) < SEVERAL:
        return
    for every in (statuses, tokens):
        if some := [where for where in every if where in rare]:
            _tell_once(evidence, some)


def _tell_blanket_once(evidence: Evidence, selected: AbstractSet[str]) -> None:
    """Move a refusal that valid credentials get, and several other kinds of requests that it does not become either, to these."""
    met: dict[str, list[_Where]] = {}
    for where in _defects(evidence, selected, "status."):
        met.setdefault(_status(where[1]), []).append(where)
    for each in met.values():
        requirements = {requirement for requirement, _ in each}
        if PLAINEST in requirements and len(requirements.difference(VARIANTS[PLAINEST])) > SEVERAL:
            _tell_once(evidence, each)


def _tell_owner_once(evidence: Evidence, selected: AbstractSet[str]) -> None:
    """Move tokens that name now one owner, now another, to those that name a client of another request's."""
    shown, identity = evidence.tallies.get(FOREIGN), evidence.tallies.get("jwt.stable-identity")
    if shown is None or identity is None or FOREIGN not in selected or IN_A_TOKEN not in shown.groups:
        return
    for signature in list(identity.groups):
        if OWNERS.issuperset(signature.split(",")):
            _hand_over(evidence, ("jwt.stable-identity", signature), (FOREIGN, IN_A_TOKEN))


def _defects(evidence: Evidence, selected: AbstractSet[str], family: str) -> list[_Where]:
    """The defects of a family, the plainest first."""
    plainest = (*VARIANTS, *TOKENS)
    return sorted(
        (
            (requirement, signature)
            for requirement in selected & evidence.tallies.keys() - BETWEEN
            if requirement.startswith(family)
            for signature in evidence.tallies[requirement].groups
        ),
        key=lambda one: (plainest.index(one[0]) if one[0] in plainest else len(plainest), one),
    )


def _group(evidence: Evidence, where: _Where) -> Group:
    return evidence.tallies[where[0]].groups[where[1]]


def _tell_once(evidence: Evidence, defects: list[_Where]) -> Group:
    """Move all defects but those of the first one's requirement to the first, and give that back."""
    (plain, told), *others = defects
    shown = _group(evidence, (plain, told))
    for requirement, signature in others:
        if requirement != plain:
            shown.vary(*sorted(_group(evidence, (requirement, signature)).classes))
            _hand_over(evidence, (requirement, signature), (plain, told))
    return shown


def _hand_over(evidence: Evidence, where: _Where, plain: _Where) -> None:
    """Have a defect told under another, and with it what was told under it already."""
    requirement, signature = where
    evidence.tallies[requirement].elsewhere[where] = evidence.tallies[requirement].groups.pop(signature)
    for name, tally in evidence.tallies.items():
        group = tally.elsewhere.pop(where, None)
        if group is None or name == plain[0]:  # that tells it itself
            continue
        there = tally.elsewhere.setdefault(plain, group)
        if there is not group:
            there.count += group.count
            there.classes |= group.classes


def _is_rare(evidence: Evidence, where: _Where) -> bool:
    group = _group(evidence, where)
    return group.recurred is not True and (group.count == 1 or _comes_by_chance(evidence, where))


def _comes_by_chance(evidence: Evidence, where: _Where) -> bool:
    group = _group(evidence, where)
    return group.recurred is not True and group.count < evidence.judged_in(where[0], group.classes)


def _join(tally: Tally) -> None:
    """Count a defect of requests that only have more about them ("…, with a query") to the one of those that have less."""
    for signature in sorted(tally.groups, key=len, reverse=True):
        less = next((other for other in tally.groups if signature.startswith(f"{other}, with ")), None)
        if less is not None:
            group, more = tally.groups[less], tally.groups.pop(signature)
            group.count += more.count
            group.classes |= more.classes
            group.vary(*more.variants)


def _status(signature: str) -> str:
    return signature.split(" ", 1)[0]
