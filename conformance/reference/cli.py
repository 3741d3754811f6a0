"""The command line of the reference API."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from conformance.reference.values import Client

ID_VARIABLE = "REFERENCE_CLIENT_ID"
SECRET_VARIABLE = "REFERENCE_CLIENT_SECRET"  # noqa: S105 - the name of a variable
DESCRIPTION = "The reference Partners API on a loopback port, until it is told to stop."
EPILOG = f"The client's credentials are read from {ID_VARIABLE} and {SECRET_VARIABLE}; without them a pair is made up."
MOST_PORTS = 65535


class UnusableError(Exception):
    """The command was used in a way that cannot work; says which."""


def main(arguments: Sequence[str] | None = None, environment: Mapping[str, str] = os.environ) -> int:
    """Run the command; returns its exit code (2: used wrongly)."""
    parser = argparse.ArgumentParser(prog="python -m conformance.reference", description=DESCRIPTION, epilog=EPILOG)
    declare(parser)
    try:
        return run(parser.parse_args(arguments), environment)
    except UnusableError as error:
        parser.error(str(error))


def run(options: argparse.Namespace, environment: Mapping[str, str] = os.environ) -> int:
    """Do what the options of `declare` say until told to stop; returns 0. Raises `UnusableError`."""
    if options.list_mutants:
        _list_mutants()
        return 0

    # The key takes some 50 ms to make: it is begun before the slow imports, which need nothing of it.
    from conformance.reference.tokens import SigningKey

    key = SigningKey()

    from conformance.reference.app import RateLimit, create_app

    limit = RateLimit(options.rate_limit, options.rate_window)
    if options.gallery:
        from conformance.reference.gallery import Gallery

        _serve(Gallery(_client(environment), limit, key), options.port)
        return 0
    behaviour = None
    if options.mutant is not None:
        from conformance.reference.behaviour import Behaviour
        from conformance.reference.mutants import find

        mutant = find(options.mutant)
        if mutant is None:
            raise UnusableError(f"no mutant is called {options.mutant!r}: --list-mutants lists them")
        behaviour = mutant.apply(Behaviour())
    _serve(create_app(_client(environment), behaviour, limit, key), options.port)
    return 0


def _serve(app: Callable[..., Any], port: int) -> None:
    from conformance.reference.server import HOST, serve

    try:
        serve(app, port)
    except OSError as error:
        raise UnusableError(f"argument --port: {HOST}:{port} cannot be listened on: {error.strerror}") from None


def _client(environment: Mapping[str, str]) -> Client:
    """The client of the environment, or one that is made up, and told, where it names none."""
    client_id, secret = environment.get(ID_VARIABLE, ""), environment.get(SECRET_VARIABLE, "")
    if bool(client_id) != bool(secret):
        raise UnusableError(f"set {ID_VARIABLE} and {SECRET_VARIABLE}, or neither: a pair is made up then")
    if client_id:
        return Client(client_id, secret)
    import secrets
    import uuid

    client = Client(str(uuid.uuid4()), secrets.token_urlsafe(24))
    made = f"client id      {client.id}\nclient secret  {client.secret}\n"
    sys.stdout.write(f"{made}made up for as long as this runs; {ID_VARIABLE} and {SECRET_VARIABLE} choose others\n")
    return client


def declare(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--port", type=_port, default=0, help="port to listen on (default: any free one)")
    parser.add_argument("--mutant", metavar="NAME", help="break one requirement")
    parser.add_argument("--gallery", action="store_true", help="also serve every mutant, below /NAME/RUN/api/v3")
    parser.add_argument("--list-mutants", action="store_true", help="list the mutants and exit")
    parser.add_argument("--rate-limit", type=_positive_int, default=1_000_000, metavar="N", help="requests in a window")
    parser.add_argument("--rate-window", type=_positive, default=60.0, metavar="S", help="seconds of a window")


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= MOST_PORTS:
        raise argparse.ArgumentTypeError(f"{text!r} is no port from 0 (any free one) to {MOST_PORTS}")
    return port


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
