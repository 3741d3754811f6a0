"""What will be sent, known before anything is: requests in order, rings, and what the target's policy withholds."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice

from msgspec import Struct

from conformance.classification import Classifier, RequestClass
from conformance.messages import Request
from conformance.scenarios import bodies, credentials, transport, valid
from conformance.scenarios.drawn import Drawn
from conformance.scenarios.material import Material
from conformance.scenarios.model import Probe, Rank, Ring, Scenario
from conformance.scenarios.order import AGAIN, FIRST, FOLLOWED, GIVEN_UP, LAST
from conformance.scenarios.rings import rings

#: what the request for the key set that tokens are verified by is called, and the requirement it is for
KEYS, VERIFIES = "jwks", "jwt.signature-verifies"

#: requests of a budget that has no room for the key set: the first and the last
LEAST = 2
SPARE_SHARE = 100  # one request in so many is kept for what a connection that the server closes makes to be sent again


class Planned(Struct, frozen=True):
    """A probe in its place."""

    scenario: str
    probe: Probe


class Withheld(Struct, frozen=True):
    """What the policy, or a setting that lowers it, keeps back, and why.

    requirements: ids of those that the whole scenario is for. kinds: of its requests.
    requests: those that are kept back of a scenario for their number.
    """

    scenario: str
    reason: str
    requirements: frozenset[str] = frozenset()
    requests: tuple[Request, ...] = ()
    kinds: frozenset[RequestClass] = frozenset()


class Plan(Struct, frozen=True):
    """Everything a run intends to send.

    probes: in the order they are sent.
    rings: with the number of examples each may draw.
    withheld: whole scenarios, and counts of probes, that the policy keeps back.
    budget: requests that may be sent in all, retries, splits and shrinking included.
    refused: counts, when it is asked, the refused authentications against the true client id.
    refusals: of these, how many the policy allows.
    titles: of every scenario, by id, in order.
    keys: requests for the published key set, which come before all others: 1 or 0.
    partial: whether only some scenarios were asked for, and others that speak to the same requirements are left out.
    returning: what is asked besides, once, where an answer with a token sets cookies: it is sent with them.
    """

    probes: tuple[Planned, ...]
    rings: tuple[tuple[Ring, int], ...]
    withheld: tuple[Withheld, ...]
    budget: int
    refused: Callable[[], int]
    refusals: int
    titles: dict[str, str]
    keys: int = 0
    partial: bool = False
    returning: Planned | None = None

    @property
    def true_client_refusals(self) -> int:
        """Refused authentications against the true client id."""
        return self.refused()

    @property
    def spare_refusals(self) -> int:
        """Further ones that the policy allows."""
        return self.refusals - self.refused()

    @property
    def requests(self) -> int:
        """Requests that are planned; the rest of the budget is kept for retries, splits and shrinking."""
        return self.keys + len(self.probes) + sum(count for _, count in self.rings)

    def by_scenario(self) -> dict[str, int]:
        """Planned requests by scenario id, in order of the catalogue."""
        counts = Counter(planned.scenario for planned in self.probes)
        counts.update({ring.id: count for ring, count in self.rings})
        return {scenario: counts[scenario] for scenario in self.titles if counts[scenario]}


class Allowed(Struct, frozen=True):
    """What the policy allows a plan.

    budget: requests of the whole run. full_budget: what the profile has where no setting lowers it.
    refusals: refused authentications against the true client id.
    withheld: tags of the scenarios that are not sent.
    lowered: the setting that lowers "requests" or "true_client_refusals", where one does.
    keys: whether a key set is to be fetched.
    """

    budget: int
    full_budget: int
    refusals: int
    withheld: frozenset[str]
    lowered: Mapping[str, str]
    keys: bool = False


def scenarios(material: Material) -> tuple[Scenario, ...]:
    """Every scenario, in the order of the catalogue."""
    return tuple(one for module in (valid, credentials, bodies, transport) for one in module.scenarios(material))


def make(
    material: Material,
    classifier: Classifier,
    rank: Rank,
    allowed: Allowed,
    *,
    speaks: Callable[[Planned], bool],
) -> Plan:
    """Plan a run.

    speaks: whether an exchange of this probe can speak to a selected requirement, or was asked for itself.
    """
    every = scenarios(material)
    open_to_all = [one for one in every if not one.tags & allowed.withheld]
    drawn, kept_rings = _rings(material, rank, allowed.withheld)
    kept_drawn = Drawn.load() if drawn else Drawn()
    ready = [(ring, kept_drawn.of(ring, material, count)) for ring, count in drawn]
    drawn = [(ring, count) for (ring, count), (_, requests) in zip(drawn, ready, strict=True) if not requests]
    kept_back = [*_withheld(every, classifier, allowed.withheld), *kept_rings]
    ring_probes = [Planned(ring.id, Probe(request)) for ring, requests in ready for request in requests]
    asked = [
        planned
        for planned in (*_ordered(open_to_all, rank), *ring_probes)
        if planned.scenario == FIRST or speaks(planned)
    ]
    chosen = _within(asked, classifier, allowed.refusals)
    sent = set(map(id, chosen))
    who = allowed.lowered.get("true_client_refusals", "the policy")
    reason = f"over the {allowed.refusals} refused authentications against the true client id that {who} allows"
    kept_back += _cut((planned for planned in asked if id(planned) not in sent), reason)
    if any(ring.refused for ring, _ in drawn):
        # what is planned walks from the true secret outwards; what is drawn has what that leaves
        left = allowed.refusals - sum(1 for _ in _refused(chosen, classifier))
        kept_back += [Withheld(ring.id, reason) for ring, count in drawn if ring.refused and count > left]
        within = ((ring, min(count, left) if ring.refused else count) for ring, count in drawn)
        drawn = [(ring, count) for ring, count in within if count]
    last = [planned for planned in every if planned.id == LAST]
    # the plainest request comes first, whatever else there is no room for
    keys = int(allowed.keys and allowed.budget > LEAST)
    room, full = (_room(budget - keys, drawn) for budget in (allowed.budget, allowed.full_budget))
    if keys and sum(planned.probe.rank is Rank.SMOKE for planned in chosen) > full:
        chosen = [
            planned for planned in chosen if planned.scenario not in GIVEN_UP or planned.probe.rank is not Rank.SMOKE
        ]
    if setting := allowed.lowered.get("requests"):
        reason = f"over the {allowed.budget} requests that {setting} allows"
        kept_back += _cut(chosen[room:full], reason)
        if allowed.keys and not keys:
            kept_back.append(Withheld(KEYS, reason, frozenset({VERIFIES})))
    framed = (*chosen[:room], *(Planned(LAST, one.probes[0]) for one in last))
    titles = {one.id: one.title for one in every} | {ring.id: ring.title for ring, _ in ready}
    # To tell what is refused takes longer than all the rest: only who asks has to wait.
    of_rings = sum(count for ring, count in drawn if ring.refused)
    refused = functools.cache(lambda: of_rings + sum(1 for _ in _refused(framed, classifier)))
    returning = Planned(credentials.NEAR, credentials.returning(material))
    return Plan(
        framed,
        tuple(drawn),
        tuple(kept_back),
        allowed.budget,
        refused,
        allowed.refusals,
        titles,
        keys,
        returning=returning if allowed.refusals and speaks(returning) else None,
    )


def _room(budget: int, drawn: Iterable[tuple[Ring, int]]) -> int:
    """Requests of a budget for all that is planned before the last and before what the rings draw."""
    return max(1, budget - 1 - budget // SPARE_SHARE - sum(count for _, count in drawn))


def _cut(planned: Iterable[Planned], reason: str) -> list[Withheld]:
    """What is kept back for its number, by scenario."""
    of_scenario: dict[str, list[Request]] = {}
    for one in planned:
        of_scenario.setdefault(one.scenario, []).append(one.probe.request)
    return [Withheld(scenario, reason, requests=tuple(requests)) for scenario, requests in of_scenario.items()]


def _within(asked: list[Planned], classifier: Classifier, refusals: int) -> list[Planned]:
    """What the policy's number of refused authentications lets be sent; looked for only where it may be too small."""
    if sum(classifier.may_name_true_client(planned.probe.request) for planned in asked) <= refusals:
        return asked
    over = frozenset(map(id, islice(_refused(asked, classifier), refusals, None)))
    return [planned for planned in asked if id(planned) not in over]


def _refused(asked: Iterable[Planned], classifier: Classifier) -> Iterator[Planned]:
    """Those that are refused authentications against the true client id."""
    for planned in asked:
        request = planned.probe.request
        if classifier.may_name_true_client(request) and classifier.classify(request).refusal:
            yield planned


def _withheld(every: Iterable[Scenario], classifier: Classifier, tags: frozenset[str]) -> Iterator[Withheld]:
    for one in every:
        if one.tags & tags:
            kinds = frozenset(classifier.classify(probe.request) for probe in one.probes)
            yield Withheld(one.id, _reason(one.tags & tags), frozenset(kind.requirement for kind in kinds), kinds=kinds)


def _rings(material: Material, rank: Rank, tags: frozenset[str]) -> tuple[list[tuple[Ring, int]], list[Withheld]]:
    drawn, kept_back = [], []
    for ring in rings(material):
        count = max((number for of_rank, number in ring.examples.items() if of_rank <= rank), default=0)
        if count:
            if ring.tags & tags:
                kept_back.append(Withheld(ring.id, _reason(ring.tags & tags)))
            else:
                drawn.append((ring, count))
    return drawn, kept_back


def _reason(tags: Iterable[str]) -> str:
    return f"the target's policy withholds {', '.join(sorted(tags))}"


def _ordered(every: Iterable[Scenario], rank: Rank) -> Iterator[Planned]:
    """By rank, then by catalogue; the true client authenticates again between refusals and among the rest.

    For the smallest profile more than its budget has room for: the spare ones come last, and are cut where nothing is withheld.
    """
    every = list(every)
    for level in Rank:
        if level > rank.furthest:
            return
        by_scenario = {
            one.id: [Planned(one.id, probe) for probe in one.probes if probe.rank is level]
            for one in every
            if one.id != LAST
        }
        yield from _framed(by_scenario) if level is Rank.SMOKE else _interleaved(by_scenario)


def _framed(by_scenario: dict[str, list[Planned]]) -> Iterator[Planned]:
    # where what they follow is withheld, they keep their place
    held = [names for scenario, names in FOLLOWED.items() if scenario in by_scenario]
    followers = {name: by_scenario.pop(name, []) for names in held for name in names}
    for scenario, probes in by_scenario.items():
        yield from probes
        for name in FOLLOWED.get(scenario, ()):
            yield from followers.pop(name)


def _interleaved(by_scenario: dict[str, list[Planned]]) -> Iterator[Planned]:
    again = by_scenario.pop(AGAIN, [])
    probes = [planned for of_one in by_scenario.values() for planned in of_one]
    step = max(1, len(probes) // (len(again) + 1))
    for at, planned in enumerate(probes):
        if again and at % step == step - 1:
            yield again.pop()
        yield planned
    yield from again
