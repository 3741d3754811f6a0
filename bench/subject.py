"""What is measured: the suite in this process, against the reference API in a process of its own."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from conformance.embedded import Embedded
from conformance.messages import Request
from conformance.plan import Plan, Planned
from conformance.preparation import Prepared, prepare
from conformance.secret import Secret
from conformance.targets import Credentials

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".venv" / "bin"
CREDENTIALS = Credentials("bench-Client-7", Secret("Bench.wJ3-Vq8_nR5tYb2LcX7m"))
SMALL = 64 << 10
"""Octets of a body from which sending it, not judging it, is what is measured."""
SECONDS = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Server:
    """A server under way: its base URL."""

    url: str


@contextlib.contextmanager
def serving(mutant: str | None = None) -> Iterator[Server]:
    """The reference API, or one of its mutants, on a port of its own."""
    with Embedded(CREDENTIALS, mutant) as server:
        yield Server(server.base_url)


def environment(**settings: str) -> dict[str, str]:
    """This process's environment without settings of the suite but these and the credentials."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("PARTNERS_API_")}
    own["PARTNERS_API_CLIENT_ID"] = CREDENTIALS.client_id
    own["PARTNERS_API_CLIENT_SECRET"] = CREDENTIALS.client_secret.reveal()
    return {**own, **settings}


def prepared(url: str, reports_dir: Path) -> Prepared:
    """A run of profile release against `url`, which belongs to `CREDENTIALS`; nothing has been sent."""
    os.environ.update(environment())
    return prepare({"target": url, "profile": "release", "reports_dir": str(reports_dir)})


def repeated(run: Prepared, requests: int) -> Prepared:
    """The run with `requests` requests: the plan's own, over and over, those with large bodies and the rings aside.

    Its budgets are as large: what is measured is the engine, not the policy of a profile.
    """
    probes = run.plan.probes
    first, *middle, last = (one for one in probes if len(one.probe.request.body or b"") <= SMALL)
    often: Iterator[Planned] = itertools.islice(itertools.cycle(middle), requests - 2)
    plan = replace(run.plan, probes=(first, *often, last), rings=(), budget=2 * requests)
    target = replace(run.target, policy=replace(run.target.policy, requests=2 * requests, seconds=SECONDS))
    return replace(run, plan=plan, target=target)


def requests_of(plan: Plan) -> list[Request]:
    """The requests of a plan, in order."""
    return [planned.probe.request for planned in plan.probes]
