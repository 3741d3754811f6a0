"""The mutants: the reference API with one requirement broken, in the ways real servers break it.

answering       valid credentials that get no 200
refusing        bodies that are refused with a status the contract does not allow for them
methods         methods, media types and sizes, likewise
breaking        requests that get a 5xx
redirecting     requests that get a 3xx
errors          errors that are no JSON
error_contents  errors that are no `Error`
envelopes       a 200 without what a client needs
jose            segments and headers of tokens
signatures      signatures of tokens
claims          claims of tokens, and the time they tell
protocol        HTTP itself
connections     the order of the answers on a connection
comparing       ways of comparing secrets that take one for another
secrets         credentials near the true pair that pass
bodies          bodies that violate the contract and pass
channels        credentials outside a JSON body that pass
sessions        cookies that stand in for the secret
caches          what passes, or fails, because of what was before it
strangers       answers and tokens that show what another request sent
leaks           answers that tell too much or may be kept
"""

from __future__ import annotations

from conformance.reference.mutants import (
    answering,
    bodies,
    breaking,
    caches,
    channels,
    claims,
    connections,
    envelopes,
    error_contents,
    errors,
    jose,
    leaks,
    methods,
    protocol,
    redirecting,
    refusing,
    secrets,
    sessions,
    signatures,
    strangers,
)
from conformance.reference.mutants.model import Mutant

__all__ = ["MUTANTS", "Mutant", "find"]

MUTANTS: tuple[Mutant, ...] = (
    *answering.MUTANTS,
    *refusing.MUTANTS,
    *methods.MUTANTS,
    *breaking.MUTANTS,
    *redirecting.MUTANTS,
    *errors.MUTANTS,
    *error_contents.MUTANTS,
    *envelopes.MUTANTS,
    *jose.MUTANTS,
    *signatures.MUTANTS,
    *claims.MUTANTS,
    *protocol.MUTANTS,
    *connections.MUTANTS,
    *secrets.MUTANTS,
    *bodies.MUTANTS,
    *channels.MUTANTS,
    *sessions.MUTANTS,
    *caches.MUTANTS,
    *strangers.MUTANTS,
    *leaks.MUTANTS,
)
"""Every mutant; their names are unique."""

_BY_NAME = {mutant.name: mutant for mutant in MUTANTS}


def find(name: str) -> Mutant | None:
    """The mutant of that name, or None."""
    return _BY_NAME.get(name)
