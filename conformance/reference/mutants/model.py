"""What a mutant is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from conformance.reference.behaviour import Behaviour

Kind: TypeAlias = Literal["always", "sometimes", "sequence", "one-class"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One way of breaking one requirement.

    name: its sin, in kebab case.
    requirement: the id it breaks.
    company: ids that rightly go red with it, because the same answer breaks them too.
    title: what it does, in one line.
    kind: whether it shows on every answer concerned ("always"), on about one in ten ("sometimes"), after or between
        other requests only ("sequence"), or for one class of requests only ("one-class").
    apply: the conforming behaviour → the broken one. Called once for each instance of the server, so what it closes
        over is that instance's state.
    """

    name: str
    requirement: str
    title: str
    apply: Callable[[Behaviour], Behaviour]
    kind: Kind = "always"
    company: tuple[str, ...] = ()
