"""What the checks have to say about one exchange, and what they look at."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from conformance.classification import RequestClass
from conformance.findings import Finding
from conformance.jsontext import JsonText, read
from conformance.messages import Exchange, Response

#: characters that are looked at of a value; `brief` cuts to what is shown once secrets are masked, never before
READ = 2000
SHOWN = 240
NAMED = 5
LONGEST_MARK = 12


def show(value: object) -> str:
    """A value for one plain line of a finding."""
    if isinstance(value, str):
        return repr(value) if len(value) <= READ else f"{value[:READ]!r}… ({len(value)} characters)"
    if isinstance(value, list | dict):
        return f"an array of {len(value)}" if isinstance(value, list) else f"an object of {len(value)} members"
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 1000:
        return f"an integer of about {value.bit_length() * 3 // 10} digits"
    return (
        {None: "null", True: "true", False: "false"}.get(value, repr(value))
        if value is None or isinstance(value, bool)
        else repr(value)
    )


def names(members: Sequence[str]) -> str:
    """The names of members, the first few, for one plain line of a finding."""
    return ", ".join(map(show, members[:NAMED]))


def mark(value: object) -> str:
    """A value for the signature of a finding: short ones as they are, of longer ones what tells them apart, not what they say."""
    if not isinstance(value, str) or len(value) <= LONGEST_MARK:
        return show(value)[: 2 * LONGEST_MARK]
    return f"{len(value)} characters sha256:{hashlib.sha256(value.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def brief(text: str) -> str:
    """A line of a finding, already redacted, cut where it is long."""
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}… ({len(text)} characters)"


def kind(value: object) -> str:
    """The JSON type of a value, in a word."""
    if value is None:
        return "null"
    for types, name in (
        (bool, "boolean"),
        (str, "string"),
        (int, "integer"),
        (float, "fraction"),
        (list, "array"),
        (dict, "object"),
    ):
        if isinstance(value, types):
            return name
    return "nothing"


class Terms(Struct, frozen=True):
    """What the checks measure by.

    clock_tolerance: seconds two clocks may differ.
    response_time_limit: seconds an answer may take.
    jwks: the published key set, or None where none is configured.
    """

    clock_tolerance: float = 30.0
    response_time_limit: float = 5.0
    jwks: Mapping[str, Any] | None = None


class Sight(Struct, frozen=True):
    """One exchange as the checks see it: the answer, its content as JSON, and the class of the request."""

    exchange: Exchange
    response: Response
    request_class: RequestClass
    terms: Terms
    text: JsonText

    @classmethod
    def of(cls, exchange: Exchange, response: Response, request_class: RequestClass, terms: Terms) -> Sight:
        """Read the content once, for every check."""
        return cls(exchange, response, request_class, terms, read(response.content))

    @property
    def access_token(self) -> str | None:
        """The `accessToken` of the content, where there is one and it is a string that holds something."""
        value = self.text.value.get("accessToken") if isinstance(self.text.value, dict) else None
        return value if isinstance(value, str) and value else None


class Assessment(Struct):
    """Which requirements an exchange was judged by, and what was found.

    judged: ids in the order they were looked at.
    findings: at most one for each requirement and signature.
    hindered: requirements that could not be judged, each with the one whose finding is in the way.
    """

    judged: dict[str, None] = {}
    findings: list[Finding] = []
    hindered: dict[str, str] = {}

    @property
    def signatures(self) -> frozenset[tuple[str, str]]:
        """What was found, as (requirement, signature)."""
        return frozenset((finding.requirement, finding.signature) for finding in self.findings)

    def expect(self, requirement: str, holds: bool, expected: str, observed: str, signature: str = "") -> bool:  # noqa: FBT001 - it reads as a sentence
        """Judge by `requirement`; where it does not hold, add a finding. Returns `holds`."""
        self.judged[requirement] = None
        if not holds:
            self.findings.append(Finding(requirement, expected, observed, signature))
        return holds

    def uphold(self, requirement: str) -> None:
        """Judge by `requirement`: it holds."""
        self.judged[requirement] = None

    def fault(self, requirement: str, expected: str, observed: str, signature: str = "", variant: str = "") -> None:
        """Judge by `requirement`: it is broken."""
        self.judged[requirement] = None
        self.findings.append(Finding(requirement, expected, observed, signature, variant=variant))

    def without(self, prefix: str) -> Assessment:
        """The same without the findings of requirements that begin so: a smaller request shows them."""
        kept = [finding for finding in self.findings if not finding.requirement.startswith(prefix)]
        return Assessment(self.judged, kept, self.hindered)

    def of(self, prefix: str) -> Assessment:
        """The findings of requirements that begin so, and nothing of what is kept."""
        return Assessment(findings=[finding for finding in self.findings if finding.requirement.startswith(prefix)])
