"""The mutants: the reference API with one requirement broken, in the ways real servers break it."""

from __future__ import annotations

from conformance.reference.mutants.model import Mutant

__all__ = ["MUTANTS", "Mutant", "find"]

MUTANTS: tuple[Mutant, ...] = ()

_BY_NAME = {mutant.name: mutant for mutant in MUTANTS}


def find(name: str) -> Mutant | None:
    """The mutant of that name, or None."""
    return _BY_NAME.get(name)
