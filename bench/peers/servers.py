"""The servers that suite and peers are measured on: mutants of the reference API, conforming variants, foreign apps."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

from bench.peers.contracts import ROOT
from conformance.reference.mutants import MUTANTS
from conformance.reference.mutants.model import Mutant
from tests.conforming import VARIANTS, Variant
from tests.conforming.face import Credentials
from tests.foreign import SERVERS, Absent, install, started

CREDENTIALS = Credentials()
MUTANTS_OF_TEN = 7


@dataclass(frozen=True, slots=True)
class Server:
    """A server to judge.

    name: unique.
    sin: the requirement it breaks, or an empty text where it conforms.
    start: `start(run)` serves a fresh instance; its context yields the base URL. `run` is any word, used once.
    jwks: where below its base URL its key set is, or an empty text.
    """

    name: str
    sin: str
    start: Callable[[str], AbstractContextManager[str]]
    jwks: str = ""


@contextlib.contextmanager
def gallery() -> Iterator[str]:
    """The reference API with all of its mutants in one process; yields its address, "http://127.0.0.1:1234"."""
    environment = {
        **os.environ,
        "REFERENCE_CLIENT_ID": CREDENTIALS.client_id,
        "REFERENCE_CLIENT_SECRET": CREDENTIALS.client_secret,
    }
    command = [sys.executable, "-m", "conformance.reference", "--gallery"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        stdin, stdout = process.stdin, process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("the pipes asked for are not there")
        try:
            yield stdout.readline().removeprefix("listening on ").strip().removesuffix("/api/v3")
        finally:
            stdin.close()
            process.wait(20)


def sample(number: int, address: str) -> list[Server]:
    """`number` servers, seven of ten defective: the same ones for the same number and the same suite.

    Mutants are taken requirement after requirement, so that few of them already show the breadth of the catalogue.
    """
    defective = max(1, number * MUTANTS_OF_TEN // 10)
    conforming = max(1, number - defective)
    return [_mutant(mutant, address) for mutant in _spread(defective)] + _conforming(conforming)


def _spread(number: int) -> list[Mutant]:
    of_requirement: dict[str, list[Mutant]] = {}
    for mutant in sorted(MUTANTS, key=lambda mutant: hashlib.sha256(mutant.name.encode()).digest()):
        of_requirement.setdefault(mutant.requirement, []).append(mutant)
    layers = itertools.zip_longest(*of_requirement.values())
    return [mutant for layer in layers for mutant in layer if mutant is not None][:number]


def _mutant(mutant: Mutant, address: str) -> Server:
    def start(run: str) -> AbstractContextManager[str]:
        return contextlib.nullcontext(f"{address}/{mutant.name}/{run}/api/v3")

    return Server(mutant.name, mutant.requirement, start, "/.well-known/jwks.json")


def _foreign(name: str) -> Server:
    return Server(name, "", lambda _run: started(name, CREDENTIALS))


def _variant(variant: Variant) -> Server:
    return Server(variant.name, "", lambda _run: variant.start(CREDENTIALS))


def _conforming(number: int) -> list[Server]:
    ordered = sorted(VARIANTS, key=lambda variant: hashlib.sha256(variant.name.encode()).digest())
    servers = [_variant(variant) for variant in ordered]
    with contextlib.suppress(Absent):
        install()
        servers = [_foreign(name) for name in SERVERS if name.endswith("-conforming")] + servers
    return servers[:number]
