"""A finding is on record before more is asked about it, so that a run that is killed meanwhile has told it."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.checks.assessment import Assessment
from conformance.classification import RequestClass
from conformance.engine import Engine
from conformance.journal import Journal, Judged
from conformance.messages import Exchange, Request, Response
from conformance.plan import Planned
from conformance.redaction import Redactor
from conformance.reference.mutants import find
from tests.hostile.server import CLIENT_ID, CLIENT_SECRET, Heard, Hostile, Peer
from tests.reference.conftest import running
from tests.suite.matrix import Suite, of_mutant

CLASS = RequestClass("valid credentials", frozenset({200}), "status.valid-credentials")
EXCHANGE = Exchange("r-1", 1, "valid", Request("POST", "/oauth/token", (), b"{}"), Response(500), 0.0, 0.1, 0.1)
WRONG = 6  # the turn of the server that is answered wrongly
LATER = 14  # one that comes when all that asks about it is over


def exchanges(folder: Path) -> list[dict[str, Any]]:
    """Those on record."""
    lines = (json.loads(line) for line in (folder / "results.jsonl").read_text("utf-8").splitlines())
    return [line for line in lines if line["record"] == "exchange"]


def test_what_is_written_ahead_is_evidence_once_and_on_record_once() -> None:
    written: list[Any] = []
    journal = Journal(written.append, Redactor(), "http://127.0.0.1")
    found = Assessment()
    found.fault("status.no-server-error", "no 5xx", "500", "500")
    ahead = journal.write_ahead(Judged(EXCHANGE, "valid", CLASS, found))
    assert [one["findings"][0]["requirement"] for one in written] == ["status.no-server-error"]
    assert journal.evidence.signatures() == frozenset()
    (group,) = journal.record(journal.write_ahead(ahead), later=True)
    assert group.exchange == ahead.line
    assert len(written) == 1


def test_nothing_is_written_ahead_of_an_answer_that_is_well() -> None:
    written: list[Any] = []
    journal = Journal(written.append, Redactor(), "http://127.0.0.1")
    judged = Judged(EXCHANGE, "valid", CLASS, Assessment())
    assert journal.write_ahead(judged) is judged
    assert not written


def test_a_group_that_trips_is_on_record_before_its_parts_are_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutant = find("query-accepted")
    assert mutant is not None
    last: list[list[dict[str, Any]]] = []
    ask_parts = Engine._ask_parts

    def look(engine: Engine, planned: Planned) -> bool:
        last.append(exchanges(tmp_path)[-1]["findings"])
        return ask_parts(engine, planned)

    monkeypatch.setattr(Engine, "_ask_parts", look)
    with running("--gallery") as gallery:
        seen = Suite(tmp_path, "release").judge(of_mutant(gallery, mutant, "ahead"))
    assert mutant.requirement in seen.red
    assert any(last)
    numbers = [line["number"] for line in exchanges(tmp_path)]
    assert len(numbers) == len(set(numbers)) == seen.conclusion.requests


def test_an_answer_that_may_be_anothers_is_on_record_before_it_is_known_whose_it_is(tmp_path: Path) -> None:
    """Wrong on a connection that is used again, right on its own: whose it was may show at the end of the run alone."""
    on_record: list[dict[str, Any]] = []

    def behave(peer: Peer, heard: Heard) -> None:
        if peer.turn == WRONG:
            peer.respond(418, b"{}")
            return
        if peer.turn == LATER:
            on_record.extend(finding for line in exchanges(tmp_path) for finding in line["findings"])
        peer.answer(heard)

    with Hostile("wrong-once", "418 once", behave).serve(client_id=CLIENT_ID, client_secret=CLIENT_SECRET) as base_url:
        seen = Suite(tmp_path, "smoke", CLIENT_ID, CLIENT_SECRET).judge(base_url)
    (finding,) = [one for one in on_record if one["observed"].startswith("418 ")]
    assert finding["observed"].endswith("; right on a connection of its own, as curl has")
    assert finding["requirement"] in seen.red
    numbers = [line["number"] for line in exchanges(tmp_path)]
    assert len(numbers) == len(set(numbers)) == seen.conclusion.requests
