"""Verdicts for a record that ends before its own, from the findings that its exchanges carry."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec

from conformance.findings import Outcome
from conformance.recordlines import Defect, Evidence, Exchange, Finding, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from conformance.catalogue import Requirement

#: Distinct defects of one requirement that are shown; the others are counted.
DEFECTS_SHOWN: Final = 5
#: Distinct defects of one requirement that are told apart; what comes after counts as one.
DEFECTS_KNOWN: Final = 1000

FOUND: Final = "Provisional: taken from the exchanges on record. Accepted deviations are not applied."
UNJUDGED: Final = "The record ends before this requirement was judged."


class Provisional:
    """What the exchanges say of each requirement. Bounded: of each defect the smallest counterexample is kept."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[str]] = {}
        self._smallest: dict[str, dict[str, tuple[Exchange, Finding]]] = {}

    def add(self, exchange: Exchange) -> None:
        """Take in the findings of one exchange."""
        for finding in exchange.findings:
            counts = self._counts.setdefault(finding.requirement, Counter())
            signature = finding.signature or finding.observed
            if signature not in counts and len(counts) >= DEFECTS_KNOWN:
                signature = ""
            counts[signature] += 1
            smallest = self._smallest.setdefault(finding.requirement, {})
            if signature in smallest:
                if _size(exchange) < _size(smallest[signature][0]):
                    smallest[signature] = exchange, finding
            elif len(smallest) < DEFECTS_SHOWN:
                smallest[signature] = exchange, finding

    def verdicts(self, judged: frozenset[str], known: Mapping[str, Verdict]) -> Iterator[Verdict]:
        """Yield a verdict for each requirement that has findings or is `known`, and has not been `judged`.

        `known` gives title, level and sources, which exchanges do not hold. Where it does not name a requirement, the
        requirement counts as required.
        """
        for requirement in sorted(self._counts.keys() | known.keys()):
            if requirement in judged:
                continue
            blank = known.get(requirement) or Verdict(
                requirement, Outcome.BLOCKED.value, title=requirement, family=requirement.partition(".")[0]
            )
            if requirement in self._counts:
                yield self._found(blank)
            else:
                yield msgspec.structs.replace(blank, outcome=Outcome.BLOCKED.value, reason=UNJUDGED)

    def _found(self, blank: Verdict) -> Verdict:
        counts = self._counts[blank.requirement]
        smallest = self._smallest[blank.requirement]
        outcome = Outcome.WARNED if blank.level == "recommended" else Outcome.FAILED
        return msgspec.structs.replace(
            blank,
            outcome=outcome.value,
            reason=FOUND,
            findings=tuple(
                Defect(
                    expected=finding.expected,
                    observed=finding.observed,
                    count=counts[signature],
                    rate=f"{counts[signature]:,} so far",
                    exchange=_evidence(exchange),
                )
                for signature, (exchange, finding) in smallest.items()
            ),
            more=len(counts) - len(smallest),
        )


def _size(exchange: Exchange) -> tuple[int, int]:
    """Tell a smaller counterexample from a larger one: by the length of its request, then how early it was sent."""
    request = exchange.request
    return len(request.curl) + (request.body.size if request.body else 0), exchange.number


def _evidence(exchange: Exchange) -> Evidence:
    return Evidence(**{name: getattr(exchange, name) for name in Evidence.__struct_fields__})


def known(requirements: Iterable[Requirement]) -> dict[str, Verdict]:
    """Return what the catalogue knows of each requirement, as the verdict it would have without an outcome."""
    return {
        requirement.id: Verdict(
            requirement=requirement.id,
            outcome=Outcome.BLOCKED.value,
            title=requirement.title,
            family=requirement.family,
            level=requirement.level.value,
            sentence=requirement.sentence,
            source=str(requirement.source),
            link=requirement.source.link,
            why=requirement.why,
            mend=requirement.mend,
        )
        for requirement in requirements
    }
