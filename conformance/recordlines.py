"""The lines of a record as values: run, exchange, scenario, verdict, end, and what they are made of.

Reading a line into these is also its validation: a member of the wrong type, or one that is missing and has no default,
is refused; one that is not known here is passed over, so that a later suite may add some.
`conformance/schemas/record.json` says the same for other tools; a test keeps the two equal.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec

OutcomeName: TypeAlias = Literal[
    "passed", "failed", "warned", "deviating", "recovered", "not-applicable", "withheld", "blocked", "error"
]


class Body(msgspec.Struct, frozen=True):
    r"""A message's content as it may be shown.

    text: redacted; control characters kept, octets that are not UTF-8 as `\xNN` where `encoding` is "octets".
    size: octets on the wire. shown: characters that were kept.
    """

    text: str
    size: int = 0
    shown: int = 0
    encoding: str = "utf-8"


class Request(msgspec.Struct, frozen=True):
    """A request as it may be shown, and the `curl` that sends it again."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: Body | None = None
    curl: str = ""


class Response(msgspec.Struct, frozen=True):
    """An answer as it may be shown."""

    status: int
    reason: str = ""
    http_version: str = "1.1"
    headers: tuple[tuple[str, str], ...] = ()
    body: Body | None = None


class Failure(msgspec.Struct, frozen=True):
    """Why there was no answer, and who is to blame: "server" or "network"."""

    kind: str
    detail: str = ""
    blame: str = ""


class Finding(msgspec.Struct, frozen=True):
    """A finding as the judge reports it, on the exchange that shows it."""

    requirement: str
    expected: str
    observed: str
    signature: str = ""


class Evidence(msgspec.Struct, frozen=True):
    """The exchange that shows a finding, embedded in a verdict."""

    id: str
    number: int
    request: Request
    scenario: str = ""
    request_class: str = msgspec.field(name="class", default="")
    accepted: tuple[int, ...] = ()
    sent_at: str = ""
    seconds: float = 0.0
    response: Response | None = None
    failure: Failure | None = None


class Defect(msgspec.Struct, frozen=True):
    """Findings of one requirement that are the same defect, with the smallest counterexample.

    rate: in words, such as "3 of 40". accepted: why the deviation is accepted, or None where it is not.
    pointer: JSON pointer into the contract, for findings about the document.
    variants: other requests that show it, in words: the first few.
    """

    expected: str
    observed: str
    count: int = 1
    rate: str = ""
    intermittent: bool = False
    accepted: str | None = None
    exchange: Evidence | None = None
    pointer: str = ""
    variants: tuple[str, ...] = ()


class Suite(msgspec.Struct, frozen=True):
    """Which suite made the record. dirty: whether it differed from the commit; None where that is not known."""

    name: str = ""
    version: str = ""
    commit: str | None = None
    dirty: bool | None = None


class Target(msgspec.Struct, frozen=True):
    """What was judged."""

    name: str = ""
    base_url: str = ""


class Coverage(msgspec.Struct, frozen=True):
    """How much of the contract some requirement speaks to; `uncovered` holds JSON pointers."""

    promises: int = 0
    covered: int = 0
    uncovered: tuple[str, ...] = ()


class Contract(msgspec.Struct, frozen=True):
    """Which document it was judged by; `sha256` is that of the file as published."""

    title: str = ""
    version: str = ""
    sha256: str = ""
    coverage: Coverage | None = None


class Planned(msgspec.Struct, frozen=True):
    """What the plan says of a scenario: how many requests, or why none."""

    scenario: str
    title: str = ""
    requests: int = 0
    reason: str = ""


class Plan(msgspec.Struct, frozen=True):
    """What was to be sent."""

    requests: int = 0
    true_client_refusals: int = 0
    scenarios: tuple[Planned, ...] = ()
    withheld: tuple[Planned, ...] = ()


class Run(msgspec.Struct, frozen=True, tag_field="record", tag="run"):
    """The first line: who judged what, by which document, with which settings.

    notes: what the suite passed over as it prepared, a line each.
    """

    format: int
    run_id: str = ""
    suite: Suite = Suite()
    started: str = ""
    target: Target = Target()
    profile: str = ""
    strict: bool = False
    seed: int | str | None = None
    contract: Contract = Contract()
    tools: dict[str, Any] = {}
    settings: dict[str, Any] = {}
    policy: dict[str, Any] = {}
    plan: Plan | None = None
    notes: tuple[str, ...] = ()


class Exchange(Evidence, tag_field="record", tag="exchange", frozen=True):
    """A request, its answer or failure, and what the judge found in it.

    findings: as they were when it was written; what was asked about it since may have a verdict tell them under another
    requirement.
    """

    findings: tuple[Finding, ...] = ()


class Scenario(msgspec.Struct, frozen=True, tag_field="record", tag="scenario"):
    """What became of a scenario: "completed", "withheld", "blocked", "error" or "partial"."""

    scenario: str
    title: str = ""
    outcome: Literal["completed", "withheld", "blocked", "error", "partial"] = "completed"
    reason: str = ""
    requests: int = 0
    seconds: float = 0.0
    findings: int = 0


class Verdict(msgspec.Struct, frozen=True, tag_field="record", tag="verdict"):
    """What a requirement came to, with everything a reader needs in order to understand and to mend it."""

    requirement: str
    outcome: OutcomeName
    title: str = ""
    family: str = ""
    level: Literal["required", "recommended"] = "required"
    reason: str = ""
    judged: int = 0
    sentence: str = ""
    source: str = ""
    link: str = ""
    why: str = ""
    mend: str = ""
    findings: tuple[Defect, ...] = ()
    more: int = 0

    @property
    def unaccepted(self) -> tuple[Defect, ...]:
        """The findings that no accepted deviation expects."""
        return tuple(defect for defect in self.findings if defect.accepted is None)


class End(msgspec.Struct, frozen=True, tag_field="record", tag="end"):
    """The last line: what the run came to."""

    overall: Literal["conformant", "nonconformant", "inconclusive"]
    exit_code: int
    requests: int = 0
    seconds: float = 0.0
    ended: str = ""
    partial: bool = False
    stopped: str | None = None
    counts: dict[str, int] = {}
    dropped: tuple[Any, ...] = ()


Line: TypeAlias = Run | Exchange | Scenario | Verdict | End
