"""Accepted deviations: findings that are known, and what is to be seen when they occur.

An entry accepts a *finding*, not a failing requirement: another defect under the same id is still reported. One that
stops happening, or runs past its date, has to be removed. What follows from either is decided in `conformance.verdicts`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

from msgspec import Struct

from conformance import specfile
from conformance.catalogue import Catalogue
from conformance.findings import Finding


class Deviation(Struct, frozen=True):
    """One entry.

    requirement: the id that the finding stands under.
    target: glob over the target's name or base URL.
    expected: glob over the finding's signature or the whole of what was observed; case counts.
    reason: why it is accepted.
    link: where that was decided, or can be read up.
    expires: the last day on which it is accepted, or None.
    line: of the entry in its file.
    """

    requirement: str
    target: str
    expected: str
    reason: str
    link: str
    expires: date | None
    line: int

    def concerns(self, known_as: Iterable[str]) -> bool:
        """Whether it is about the target that is known by these names (its name, its base URL)."""
        return any(fnmatchcase(name, self.target) for name in known_as)

    def expects(self, finding: Finding) -> bool:
        """Whether the finding is the one that is expected."""
        if finding.requirement != self.requirement:
            return False
        return any(fnmatchcase(text, self.expected) for text in (finding.signature, finding.observed) if text)

    def expired(self, today: date) -> bool:
        """Whether its last day is over."""
        return self.expires is not None and today > self.expires


class Settlement(Struct, frozen=True):
    """What the deviations make of the findings under one requirement.

    accepted: findings that are expected, each with its entry.
    recovered: entries to remove, each with why: it has expired.
    idle: entries in force whose finding was not seen: to remove too, where it was looked for.
    expired: findings that were accepted until their entry expired, each with that entry.
    """

    accepted: tuple[tuple[Finding, Deviation], ...]
    recovered: tuple[tuple[Deviation, str], ...]
    idle: tuple[Deviation, ...] = ()
    expired: tuple[tuple[Finding, Deviation], ...] = ()


class Deviations(Struct, frozen=True):
    """All accepted deviations, in the order of their file."""

    entries: tuple[Deviation, ...] = ()

    @classmethod
    def load(cls, path: Path, catalogue: Catalogue) -> Deviations:
        """Read the file; raises `SpecError` for another shape, an unknown requirement, or an entry that is there twice."""
        file = specfile.read(path, "deviations")
        entries: list[Deviation] = []
        keys: set[tuple[str, str, str]] = set()
        for index, entry in enumerate(file.value["deviations"]):
            at = ("deviations", index)
            if entry["requirement"] not in catalogue:
                raise file.error((*at, "requirement"), f"{entry['requirement']!r} is no requirement of the catalogue")
            key = (entry["requirement"], entry["target"], entry["expected"])
            if key in keys:
                raise file.error(at, "the same finding is accepted twice")
            keys.add(key)
            try:
                expires = None if entry["expires"] is None else date.fromisoformat(entry["expires"])
            except ValueError:
                raise file.error((*at, "expires"), f"{entry['expires']!r} is no date such as 2027-01-31") from None
            entries.append(Deviation(*key, entry["reason"], entry["link"], expires, file.line(at)))
        return cls(tuple(entries))

    def match(self, finding: Finding, known_as: Iterable[str], today: date) -> Deviation | None:
        """The first entry in force that accepts the finding, or None."""
        names = tuple(known_as)
        for entry in self.entries:
            if entry.expects(finding) and entry.concerns(names) and not entry.expired(today):
                return entry
        return None

    def settle(self, requirement: str, findings: Iterable[Finding], known_as: Iterable[str], today: date) -> Settlement:
        """Settle the findings of a requirement; see `Settlement`. What follows from an idle entry depends on what was asked."""
        names = tuple(known_as)
        seen = tuple(findings)
        matched = [(finding, self.match(finding, names, today)) for finding in seen]
        unaccepted = tuple(finding for finding, entry in matched if entry is None)
        recovered, idle, expired = [], [], []
        for entry in self.entries:
            if entry.requirement != requirement or not entry.concerns(names):
                continue
            happens = any(entry.expects(finding) for finding in seen)
            if entry.expired(today):
                expired += [(finding, entry) for finding in unaccepted if entry.expects(finding)]
                recovered.append((entry, f"it expired on {entry.expires}" + (" and still happens" if happens else "")))
            elif not happens:
                idle.append(entry)
        return Settlement(
            accepted=tuple((finding, entry) for finding, entry in matched if entry is not None),
            recovered=tuple(recovered),
            idle=tuple(idle),
            expired=tuple(expired),
        )
