"""The real command in a process of its own, and a conforming server that remembers what it was sent."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.conforming.answers import Answer
from tests.conforming.face import Credentials, Face
from tests.conforming.reading import Asked
from tests.conforming.server import Server

ROOT = Path(__file__).resolve().parents[2]
OWN = Credentials()
#: What differs from one run to the next by design: the run's id is in the first, a request's in the second.
OF_THE_RUN = ("user-agent", "x-request-id")


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has ended; folder: where its artefacts are."""

    exit_code: int
    output: str
    folder: Path

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The lines of the record."""
        return [json.loads(line) for line in (self.folder / "results.jsonl").read_text("utf-8").split("\n") if line]

    @property
    def outcomes(self) -> dict[str, str]:
        """What became of each requirement."""
        return {line["requirement"]: line["outcome"] for line in self.lines if line["record"] == "verdict"}

    @property
    def end(self) -> dict[str, Any]:
        """The last line of the record."""
        return self.lines[-1]


def environment(**settings: str) -> dict[str, str]:
    """The environment without the settings of whoever runs the tests, and with these (names without their prefix)."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PARTNERS_API_", "PYTEST_"))}
    return {**kept, "NO_COLOR": "1", **{f"PARTNERS_API_{name}": value for name, value in settings.items()}}


def pytest_run(folder: Path, *arguments: str, env: Mapping[str, str] | None = None, cwd: Path = ROOT) -> Ran:
    """Run pytest with its artefacts, and its cache, in `folder`."""
    cache = [] if "no:cacheprovider" in arguments else ["-o", f"cache_dir={folder / 'cache'}"]
    command = [sys.executable, "-m", "pytest", *cache, "--reports-dir", str(folder)]
    process = subprocess.run(
        [*command, *arguments],
        cwd=cwd,
        env=dict(env or environment()),
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=150,
        check=False,
    )
    return Ran(process.returncode, process.stdout, folder)


class Remembering(Server):
    """A conforming server, or one with a defect in every refusal, that keeps each request it is sent."""

    def __init__(
        self,
        *,
        spoiled: bool = False,
        status: int = 0,
        instead: Mapping[int, int] | None = None,
        first: Sequence[int] = (),
    ) -> None:
        super().__init__(Face(reason="Other" if spoiled or status or instead or first else None), OWN)
        self._instead = instead or {}
        self.asked: list[Asked] = []
        self._spoiled = spoiled
        self._status = status
        self._first = first

    def _answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        if status := next(iter(self._first[len(self.asked) - 1 :]), self._status):
            return Answer(status, (("content-type", "application/json"),), b'{"error":0,"message":"no"}')
        answer = super()._answer(asked)
        if self._spoiled and answer.status != 200:
            return Answer(500, (("content-type", "text/html"),), b"<h1>%d</h1>" % len(self.asked))
        return replace(answer, status=self._instead.get(answer.status, answer.status))

    def octets(self) -> list[tuple[object, ...]]:
        """Each request, without what is of the run."""
        return [
            (one.method, one.target, tuple(pair for pair in one.headers if pair[0] not in OF_THE_RUN), one.body)
            for one in self.asked
        ]

    @property
    def settings(self) -> dict[str, str]:
        """An environment that makes it the target."""
        return environment(TARGET=self.base_url, CLIENT_ID=OWN.client_id, CLIENT_SECRET=OWN.client_secret)


@contextlib.contextmanager
def remembering(
    *, spoiled: bool = False, status: int = 0, instead: Mapping[int, int] | None = None, first: Sequence[int] = ()
) -> Iterator[Remembering]:
    """Serve as long as the context lasts.

    spoiled: every refusal is a 500. status: of every answer, 0 for the right one. instead: of a right one, by it.
    first: of the first few answers.
    """
    server = Remembering(spoiled=spoiled, status=status, instead=instead, first=first)
    server.start()
    try:
        yield server
    finally:
        server.stop()
