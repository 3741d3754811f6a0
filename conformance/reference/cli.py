"""The command line of the reference API."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence

from conformance.reference.values import Client

ID_VARIABLE = "REFERENCE_CLIENT_ID"
SECRET_VARIABLE = "REFERENCE_CLIENT_SECRET"  # noqa: S105 - the name of a variable


def main(arguments: Sequence[str] | None = None, environment: Mapping[str, str] = os.environ) -> int:
    """Run the command; returns its exit code (2: used wrongly)."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.list_mutants:
        _list_mutants()
        return 0
    client = Client(environment.get(ID_VARIABLE, ""), environment.get(SECRET_VARIABLE, ""))
    if not client.id or not client.secret:
        parser.error(f"set {ID_VARIABLE} and {SECRET_VARIABLE}")

    # The key takes some 50 ms to make: it is begun before the slow imports, which need nothing of it.
    from conformance.reference.tokens import SigningKey

    key = SigningKey()

    from conformance.reference.app import RateLimit, create_app
    from conformance.reference.server import serve

    limit = RateLimit(options.rate_limit, options.rate_window)
    if options.gallery:
        from conformance.reference.gallery import Gallery

        serve(Gallery(client, limit, key), options.port)
        return 0
    behaviour = None
    if options.mutant is not None:
        from conformance.reference.behaviour import Behaviour
        from conformance.reference.mutants import find

        mutant = find(options.mutant)
        if mutant is None:
            parser.error(f"no mutant is called {options.mutant!r}: --list-mutants lists them")
        behaviour = mutant.apply(Behaviour())
    serve(create_app(client, behaviour, limit, key), options.port)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m conformance.reference",
        description="The reference Partners API on a loopback port.",
        epilog=f"The client's credentials are read from {ID_VARIABLE} and {SECRET_VARIABLE}.",
    )
    parser.add_argument("--port", type=int, default=0, help="port to listen on (default: any free one)")
    parser.add_argument("--mutant", metavar="NAME", help="break one requirement")
    parser.add_argument("--gallery", action="store_true", help="also serve every mutant, below /NAME/RUN/api/v3")
    parser.add_argument("--list-mutants", action="store_true", help="list the mutants and exit")
    parser.add_argument("--rate-limit", type=_positive_int, default=1_000_000, metavar="N", help="requests in a window")
    parser.add_argument("--rate-window", type=_positive, default=60.0, metavar="S", help="seconds of a window")
    return parser


def _positive_int(text: str) -> int:
    return int(_positive(str(int(text))))


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number")
    return number


def _list_mutants() -> None:
    from conformance.reference.mutants import MUTANTS

    for mutant in MUTANTS:
        sys.stdout.write(f"{mutant.requirement}\t{mutant.name}\t{mutant.kind}\t{mutant.title}\n")
