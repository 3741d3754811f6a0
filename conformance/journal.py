"""What a run writes down while it goes on: each exchange with what was found in it, and the evidence of each requirement."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from conformance.checks.assessment import Assessment, brief
from conformance.classification import RequestClass
from conformance.evidence import Evidence, Group
from conformance.messages import Exchange, Response
from conformance.recordlines import Line
from conformance.redaction import Redactor

LARGE = 16 << 10  # octets of a request and its answer from which the record has them before anything else is sent


class Judged(Struct, frozen=True):
    """An exchange, and what was found in it.

    scenario: that it counts for.
    line: as it stands in the record already; None where it does not.
    """

    exchange: Exchange
    scenario: str
    request_class: RequestClass
    found: Assessment
    line: Mapping[str, Any] | None = None


@dataclass(slots=True)
class Journal:
    """The record of a run and its evidence.

    write: takes a line of the record.
    redactor: of all that is written.
    url: base URL of the target.
    evidence: what was gathered under each requirement.
    """

    write: Callable[[dict[str, Any] | Line], None]
    redactor: Redactor
    url: str
    evidence: Evidence = field(default_factory=Evidence)
    _unwritten: tuple[Exchange, RequestClass] | None = None

    def record(self, judged: Judged, *, later: bool) -> list[Group]:
        """Write an exchange, unless it stands there, and take what was found in it as evidence; the groups that are new.

        later: what is small and good may be written while the next answer is awaited.
        """
        self.catch_up()
        exchange, request_class, found = judged.exchange, judged.request_class, judged.found
        size = len(exchange.request.body or b"") + len(exchange.request.path)
        if later and judged.line is None and not found.findings and size + _size(exchange.response) <= LARGE:
            self._unwritten = exchange, request_class
            return self.evidence.add(found, request_class.name, size, None)
        return self.evidence.add(found, request_class.name, size, judged.line or self._write(judged))

    def write_ahead(self, judged: Judged) -> Judged:
        """Write an exchange that has findings before more is asked about it: a run that is killed meanwhile has told them.

        What it is evidence of shows later, and may be told under another requirement then.
        """
        if judged.line is not None or not judged.found.findings:
            return judged
        self.catch_up()
        return replace(judged, line=self._write(judged))

    def _write(self, judged: Judged) -> Mapping[str, Any]:
        line = self._line(judged.exchange, judged.request_class)
        findings = [
            {
                "requirement": finding.requirement,
                "expected": brief(self.redactor.text(finding.expected)),
                "observed": brief(self.redactor.text(finding.observed)),
                "signature": self.redactor.text(finding.signature),
            }
            for finding in judged.found.findings
        ]
        self.write({"record": "exchange", **line, "findings": findings})
        return line

    def catch_up(self) -> None:
        """Write what is not on record yet: the latest exchange at most."""
        unwritten, self._unwritten = self._unwritten, None
        if unwritten is not None:
            self.write({"record": "exchange", **self._line(*unwritten), "findings": []})

    def _line(self, exchange: Exchange, request_class: RequestClass) -> dict[str, Any]:
        return {
            **self.redactor.exchange(exchange, self.url + exchange.request.path),
            "class": request_class.name,
            "accepted": sorted(s for s in request_class.accepted if s == 200 or not 200 < s < 300),
        }


def _size(response: Response | None) -> int:
    """Octets of an answer that are looked into, header section included."""
    if response is None:
        return 0
    return len(response.content) + sum(len(name) + len(value) for name, value in response.headers)
