"""The suite in this process, against many servers one after the other: read and planned once, run as often as asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from msgspec.structs import replace

from conformance.conclusion import Conclusion
from conformance.preparation import Prepared, prepare
from conformance.reference.mutants import Mutant
from conformance.session import Session
from tests.reference.conftest import CLIENT_ID, CLIENT_SECRET

#: an environment with nothing of whoever runs the tests
CLEAN: Mapping[str, str] = {}
KEYS = "/.well-known/jwks.json"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a run came to.

    red: ids of the requirements that fail it. first: number of the request that gave the first finding, 0 for none.
    """

    conclusion: Conclusion
    red: frozenset[str]
    first: int

    @property
    def exit_code(self) -> int:
        """As the command's."""
        return self.conclusion.exit_code


class Suite:
    """One profile, strict, for one client.

    folder: where the record of the last run is. more: further settings, in small letters and without their prefix.
    """

    def __init__(
        self, folder: Path, profile: str, client_id: str = CLIENT_ID, client_secret: str = CLIENT_SECRET, **more: str
    ) -> None:
        self._folder = folder
        self._environment = {
            "PARTNERS_API_TARGET": "http://127.0.0.1:1/api/v3",
            "PARTNERS_API_CLIENT_ID": client_id,
            "PARTNERS_API_CLIENT_SECRET": client_secret,
            "PARTNERS_API_PROFILE": profile,
            "PARTNERS_API_STRICT": "true",
            "PARTNERS_API_REPORTS_DIR": str(folder),
            **{f"PARTNERS_API_{name.upper()}": value for name, value in more.items()},
        }
        self.prepared = _prepared(self._environment)

    @cached_property
    def keyed(self) -> Prepared:
        """The same, with a key set to fetch."""
        return _prepared({**self._environment, "PARTNERS_API_JWKS_URL": "http://127.0.0.1:1/api/v3" + KEYS})

    def judge(self, base_url: str, *, keys: bool = False) -> Seen:
        """Run against a server; keys: it publishes a key set."""
        prepared = self.keyed if keys else self.prepared
        target = replace(prepared.target, name=base_url, base_url=base_url, jwks_url=base_url + KEYS if keys else None)
        prepared = replace(prepared, target=target)
        conclusion = concluded(prepared)
        red = {one.requirement.id for one in conclusion.judgements.values() if one.fails(strict=True)}
        return Seen(conclusion, frozenset(red), self._first())

    def _first(self) -> int:
        with (self._folder / "results.jsonl").open(encoding="utf-8") as record:
            lines = (json.loads(line) for line in record)
            return next((line["number"] for line in lines if line["record"] == "exchange" and line["findings"]), 0)


def concluded(prepared: Prepared) -> Conclusion:
    """What a run comes to, once it is over."""
    session = Session(prepared)
    session.start()
    conclusion = session.wait()
    assert conclusion is not None, session.error
    return conclusion


def _prepared(environment: Mapping[str, str]) -> Prepared:
    """`prepare` with an environment of its own."""
    import os

    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("PARTNERS_API_")}
    os.environ.update(environment)
    try:
        return prepare()
    finally:
        for name in environment:
            del os.environ[name]
        os.environ.update(kept)


def of_mutant(gallery: str, mutant: Mutant, word: str) -> str:
    """The base URL of a fresh instance of a mutant; `word` chooses it."""
    return gallery.replace("/api/v3", f"/{mutant.name}/{word}/api/v3")


def faults(mutant: Mutant, seen: Seen) -> str:
    """What is wrong with how the suite judges a mutant, in one line; empty where nothing is."""
    if mutant.requirement not in seen.red:
        return f"{mutant.name}: {mutant.requirement} is not caught; red: {', '.join(sorted(seen.red)) or 'nothing'}"
    more = seen.red - {mutant.requirement, *mutant.company}
    return f"{mutant.name}: besides {mutant.requirement} also red: {', '.join(sorted(more))}" if more else ""
