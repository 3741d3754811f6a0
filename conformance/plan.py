"""What will be sent, known before anything is: requests in order, rings, and what the target's policy withholds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from conformance.classification import Classifier
from conformance.messages import Request
from conformance.scenarios import bodies, credentials, transport, valid
from conformance.scenarios.material import Material
from conformance.scenarios.model import Probe, Rank, Ring, Scenario
from conformance.scenarios.rings import rings

FIRST, AGAIN, LAST = "valid.plain", "valid.again", "valid.last"
REFUSALS_BETWEEN = 4  # refusals of the true client in a row before it authenticates again: providers count them


@dataclass(frozen=True, slots=True)
class Planned:
    """A probe in its place."""

    scenario: str
    probe: Probe


@dataclass(frozen=True, slots=True)
class Withheld:
    """What the policy keeps back, and why."""

    scenario: str
    reason: str
    requirements: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a run intends to send.

    probes: in the order they are sent.
    rings: with the number of examples each may draw.
    withheld: whole scenarios, and counts of probes, that the policy keeps back.
    budget: requests that may be sent in all, retries, splits and shrinking included.
    true_client_refusals: refused authentications against the true client id.
    titles: of every scenario, by id, in order.
    """

    probes: tuple[Planned, ...]
    rings: tuple[tuple[Ring, int], ...]
    withheld: tuple[Withheld, ...]
    budget: int
    true_client_refusals: int
    titles: dict[str, str]

    @property
    def requests(self) -> int:
        """Requests that are planned; the rest of the budget is kept for retries, splits and shrinking."""
        return len(self.probes) + sum(count for _, count in self.rings)

    def by_scenario(self) -> dict[str, int]:
        """Planned requests by scenario id, in order of the catalogue."""
        counts = Counter(planned.scenario for planned in self.probes)
        counts.update({ring.id: count for ring, count in self.rings})
        return {scenario: counts[scenario] for scenario in self.titles if counts[scenario]}


def scenarios(material: Material) -> tuple[Scenario, ...]:
    """Every scenario, in the order of the catalogue."""
    return tuple(one for module in (valid, bodies, credentials, transport) for one in module.scenarios(material))


def make(
    material: Material,
    classifier: Classifier,
    rank: Rank,
    *,
    budget: int,
    refusals: int,
    withheld_tags: frozenset[str],
    wanted: Callable[[str], bool],
    speaks: Callable[[Request], bool],
) -> Plan:
    """Plan a run.

    refusals: refused authentications against the true client id that the policy allows.
    wanted: whether a scenario was selected, by id.
    speaks: whether an exchange of this request can speak to a selected requirement.
    """
    every = scenarios(material)
    kept_back = [
        Withheld(
            one.id,
            _reason(one.tags & withheld_tags),
            frozenset(classifier.classify(probe.request).requirement for probe in one.probes),
        )
        for one in every
        if one.tags & withheld_tags
    ]
    open_to_all = [one for one in every if not one.tags & withheld_tags]
    order = list(_ordered(open_to_all, rank))
    last = [planned for planned in order if planned.scenario == LAST]
    chosen: list[Planned] = []
    spent = dropped = 0
    for planned in order:
        if planned.scenario not in (FIRST, LAST) and not (wanted(planned.scenario) and speaks(planned.probe.request)):
            continue
        if planned.scenario == LAST:
            continue
        request_class = classifier.classify(planned.probe.request)
        if request_class.true_client and not request_class.due:
            if spent >= refusals:
                dropped += 1
                continue
            spent += 1
        chosen.append(planned)
    if dropped:
        kept_back.append(
            Withheld(
                "wrong.secret",
                f"{dropped} refused authentications against the true client id, over the {refusals} that the policy allows",
            )
        )
    drawn, left = [], budget - len(chosen) - 1
    fuzz = "fuzz" in withheld_tags
    for ring in rings(material):
        count = max((number for of_rank, number in ring.examples.items() if of_rank <= rank), default=0)
        if not count or not wanted(ring.id):
            continue
        if fuzz:
            kept_back.append(Withheld(ring.id, _reason(ring.tags & withheld_tags)))
            continue
        drawn.append((ring, count))
    reserve = budget // 12
    room = max(0, left - reserve - sum(count for _, count in drawn))
    cut = chosen[: budget - 2] if not room and len(chosen) > budget - 2 else chosen
    if last and wanted(LAST):
        cut = [*cut, last[0]]
    titles = {one.id: one.title for one in every} | {ring.id: ring.title for ring, _ in drawn}
    return Plan(tuple(cut), tuple(drawn), tuple(kept_back), budget, spent, titles)


def _reason(tags: Iterable[str]) -> str:
    return f"the target's policy withholds {', '.join(sorted(tags))}"


def _ordered(every: Iterable[Scenario], rank: Rank) -> Iterator[Planned]:
    """By rank, then by catalogue; the true client authenticates again between refusals and among the rest."""
    every = list(every)
    for level in Rank:
        if level > rank:
            return
        probes = [
            Planned(one.id, probe) for one in every for probe in one.probes if probe.rank is level and one.id != AGAIN
        ]
        again = [
            Planned(one.id, probe) for one in every for probe in one.probes if probe.rank is level and one.id == AGAIN
        ]
        step = max(1, len(probes) // (len(again) + 1))
        for at, planned in enumerate(probes):
            if again and at % step == step - 1:
                yield again.pop()
            yield planned
        yield from again
