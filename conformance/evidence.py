"""What a run has gathered under each requirement: bounded, whatever the number of exchanges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from conformance.checks.assessment import Assessment
from conformance.findings import Finding

SIGNATURES = 64  # distinct defects kept under one requirement; further ones are counted together
SHOWN = 5
VARIANTS = 12  # requests named that show one defect


class Group(Struct):
    """One defect: findings with the same requirement and signature.

    finding: of the smallest counterexample.
    exchange: that counterexample, redacted; None for a finding about the document.
    size: octets of its request's body.
    count: exchanges that show the defect.
    classes: of the requests whose answers show it.
    variants: of those requests, in words, where they differ in something that has a name; the first few.
    """

    finding: Finding
    exchange: Mapping[str, Any] | None
    size: int
    count: int = 1
    classes: set[str] = set()
    recurred: bool | None = None
    variants: dict[str, None] = {}

    def vary(self, *variants: str) -> None:
        """Take note of more requests that show the defect."""
        for variant in variants:
            if variant and len(self.variants) < VARIANTS:
                self.variants[variant] = None


class Tally(Struct):
    """What was gathered under one requirement.

    judged: exchanges it was judged by; broken: those that broke it.
    groups: its defects, by signature; further: findings beyond those that are kept apart.
    elsewhere: defects of its own that another requirement tells, by that requirement's id and their signature there.
    hindered: requirements whose findings kept answers from being judged by this one.
    """

    judged: int = 0
    broken: int = 0
    groups: dict[str, Group] = {}
    further: int = 0
    elsewhere: dict[tuple[str, str], Group] = {}
    hindered: set[str] = set()


class Evidence:
    """Tallies by requirement id."""

    def __init__(self) -> None:
        self.tallies: dict[str, Tally] = {}
        self._classes: dict[tuple[str, str], int] = {}

    def tally(self, requirement: str) -> Tally:
        """The tally of a requirement, empty where nothing was gathered."""
        return self.tallies.get(requirement) or Tally()

    def judged_in(self, requirement: str, classes: Iterable[str]) -> int:
        """Exchanges of these classes of requests that were judged by a requirement."""
        return sum(self._classes.get((requirement, one), 0) for one in classes)

    def signatures(self) -> frozenset[tuple[str, str]]:
        """Every defect so far, as (requirement, signature)."""
        return frozenset((name, signature) for name, tally in self.tallies.items() for signature in tally.groups)

    def add(
        self, assessment: Assessment, request_class: str, size: int, exchange: Mapping[str, Any] | None
    ) -> list[Group]:
        """Add what one exchange showed; return the groups that are new."""
        for requirement in assessment.judged:
            tally = self.tallies.get(requirement)
            if tally is None:  # some forty for each exchange: not one to throw away each time
                tally = self.tallies[requirement] = Tally()
            tally.judged += 1
            key = (requirement, request_class)
            self._classes[key] = self._classes.get(key, 0) + 1
        for requirement, by in assessment.hindered.items():
            self.tallies.setdefault(requirement, Tally()).hindered.add(by)
        for requirement in {finding.requirement for finding in assessment.findings}:
            self.tallies.setdefault(requirement, Tally()).broken += 1
        return [
            group for finding in assessment.findings if (group := self._find(finding, request_class, size, exchange))
        ]

    def _find(
        self, finding: Finding, request_class: str, size: int, exchange: Mapping[str, Any] | None
    ) -> Group | None:
        tally = self.tallies.setdefault(finding.requirement, Tally())
        group = tally.groups.get(finding.signature)
        if group is not None:
            group.count += 1
            group.classes.add(request_class)
            group.vary(finding.variant)
            if size < group.size:
                group.finding, group.exchange, group.size = finding, exchange, size
            return None
        if len(tally.groups) >= SIGNATURES:
            tally.further += 1
            return None
        group = tally.groups[finding.signature] = Group(finding, exchange, size, classes={request_class})
        group.vary(finding.variant)
        return group
