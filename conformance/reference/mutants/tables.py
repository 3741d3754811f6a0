"""Tables of mutants: one requirement, one branch of the server, a row each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from conformance.reference.mutants import tools
from conformance.reference.mutants.model import Mutant
from conformance.reference.values import Cause

Row: TypeAlias = tuple[str, str, int | tools.Edit, tools.Matches | None]
"""Name, title, the status to answer with or how to edit the answer, the requests concerned (None: all of the branch)."""


def on_branch(
    requirement: str, causes: tuple[Cause, ...], rows: Iterable[Row], company: tuple[str, ...] = ()
) -> Iterator[Mutant]:
    """A mutant for each row, which edits answers that come from one of the branches `causes`."""
    for name, title, edit, matches in rows:
        yield Mutant(
            name=name,
            requirement=requirement,
            company=_others(requirement, company),
            title=title,
            kind="always" if matches is None else "one-class",
            apply=tools.editing(tools.status(edit) if isinstance(edit, int) else edit, *causes, matches=matches),
        )


def applied(
    requirement: str, rows: Iterable[tuple[str, str, tools.Apply]], company: tuple[str, ...] = ()
) -> Iterator[Mutant]:
    """A mutant for each row of name, title and change of behaviour."""
    for name, title, apply in rows:
        yield Mutant(
            name=name, requirement=requirement, company=_others(requirement, company), title=title, apply=apply
        )


def _others(requirement: str, company: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(other for other in company if other != requirement)
