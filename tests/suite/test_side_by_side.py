"""Requests go out side by side where that pays; what a run says does not depend on it."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

import http.server
import json
import random
import socket
import threading
import time
from pathlib import Path
from typing import Any, cast

import pytest

from conformance import lanes
from conformance.lanes import AHEAD, SLOW, Lanes
from conformance.messages import Exchange, Failure, FailureKind, Request
from conformance.plan import Planned
from conformance.scenarios.model import Probe
from conformance.sender import Sender, Spent
from tests.conforming.answers import Answer
from tests.conforming.reading import Asked
from tests.suite.command import Remembering, pytest_run
from tests.suite.matrix import Suite
from tests.suite.relay import relaying

LATENCY = 1.5 * SLOW  # seconds from which a run sends side by side
LEISURE = 0.3  # seconds of an answer, of which a deadline of one has room for a connection more at a time


@pytest.mark.parametrize(("profile", "asked"), [("release", "*"), ("smoke", "token.token-type")], ids=["all", "little"])
def test_a_server_of_one_connection_is_judged_like_any_other(profile: str, asked: str, tmp_path: Path) -> None:
    """However little is asked of it: it need not be as much as there may be connections."""
    with relaying(http.server.HTTPServer, lambda _: LATENCY) as base_url:
        seen = Suite(tmp_path, profile, requirement=asked).judge(base_url)
    assert (seen.exit_code, seen.red, seen.conclusion.stopped) == (0, frozenset(), "")
    with (tmp_path / "results.jsonl").open(encoding="utf-8") as record:
        assert not [line for line in map(json.loads, record) if line["record"] == "exchange" and line["failure"]]


class Workers(http.server.ThreadingHTTPServer):
    """So many workers, each for one connection as long as that is open; remembers how many were open at once."""

    workers = 4
    most = 0

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._free = threading.BoundedSemaphore(self.workers)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection once a worker is free."""
        with self._lock:
            self._open.add(request)
            type(self).most = max(type(self).most, sum(map(_is_open, self._open)))
        with self._free:
            super().process_request_thread(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget it first: what is closed cannot be asked."""
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)


def _is_open(connection: socket.socket) -> bool:
    """Whether the client has not closed it, noticed here or not."""
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
    except BlockingIOError:
        return True


@pytest.mark.parametrize("workers", [2, 3, 4])
def test_a_server_of_few_workers_is_judged_like_any_other(workers: int, tmp_path: Path) -> None:
    """Nor are there ever more connections than the policy has, findings looked into or not."""
    kind = cast("type[Workers]", type("Few", (Workers,), {"workers": workers}))
    with relaying(kind, lambda _: LATENCY) as base_url:
        seen = Suite(tmp_path, "release", seed="2").judge(base_url)
    assert (seen.exit_code, seen.red, seen.conclusion.stopped) == (0, frozenset(), "")
    assert kind.most <= 4


class Leisurely:
    """Takes longer for each answer than an answer that waits for no other is waited for; counts those under way."""

    def __init__(self) -> None:
        self.most = 0
        self._busy = 0
        self._lock = threading.Lock()

    def __call__(self, _number: int) -> float:
        """Take the time here, so as to see who else does."""
        with self._lock:
            self._busy += 1
            self.most = max(self.most, self._busy)
        time.sleep(LEISURE)
        with self._lock:
            self._busy -= 1
        return 0.0


@pytest.mark.parametrize(
    ("kind", "side_by_side"), [(http.server.ThreadingHTTPServer, 4), (http.server.HTTPServer, 1)], ids=["many", "one"]
)
def test_a_server_that_takes_its_time_is_asked_side_by_side_where_it_can_be(
    kind: type[http.server.HTTPServer], side_by_side: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection more at a time: where there is no worker for it, it waits no longer than an exchange may take."""
    monkeypatch.setattr(lanes, "PATIENCE", LEISURE / 2)
    suite = Suite(
        tmp_path,
        "release",
        requirement="status.wrong-credentials",
        request_deadline="1",
        response_time_limit="0.9",
        request_budget="30",
    )
    with relaying(kind, wait := Leisurely()) as base_url:
        seen = suite.judge(base_url)
    assert (seen.exit_code, seen.red, seen.conclusion.stopped) == (0, frozenset(), "")
    assert wait.most == side_by_side
    with (tmp_path / "results.jsonl").open(encoding="utf-8") as record:
        assert not [line for line in map(json.loads, record) if line["record"] == "exchange" and line["failure"]]


def test_no_more_connections_are_open_where_findings_are_looked_into(tmp_path: Path) -> None:
    kind = cast("type[Workers]", type("Looked", (Workers,), {}))
    with relaying(kind, lambda _: LATENCY, "--mutant", "message-left-out") as base_url:
        seen = Suite(tmp_path, "release").judge(base_url)
    assert seen.red == {"error.message-present"}
    assert 1 < kind.most <= 4


def test_exchanges_keep_the_order_of_the_plan_where_a_server_becomes_faster(tmp_path: Path) -> None:
    suite = Suite(tmp_path, "release")
    with relaying(http.server.ThreadingHTTPServer, lambda number: LATENCY * 3 if number < 2 else 0.0) as base_url:
        seen = suite.judge(base_url)
    assert seen.exit_code == 0
    assert scenarios(tmp_path) == [planned.scenario for planned in suite.prepared.plan.probes]


class Unhurried(Remembering):
    """A defect in every refusal, and slow enough for requests to go side by side."""

    def __init__(self) -> None:
        super().__init__(spoiled=True)

    def _answer(self, asked: Asked) -> Answer:
        time.sleep(0.05)
        return super()._answer(asked)


@pytest.mark.parametrize("profile", ["smoke", "release"])
def test_the_last_request_is_sent_whatever_was_asked_besides_the_plan(profile: str, tmp_path: Path) -> None:
    server = Unhurried()
    server.start()
    try:
        ran = pytest_run(tmp_path, "--profile", profile, "-q", env=server.settings)
    finally:
        server.stop()
    assert ran.exit_code == 1, ran.output
    assert len(server.asked) == {"smoke": 25, "release": 300}[profile]
    assert "valid.last" not in ran.end["dropped"]
    assert [line["scenario"] for line in ran.lines if line["record"] == "exchange"][-1] == "valid.last"


@pytest.mark.parametrize("profile", ["smoke", "release"])
@pytest.mark.parametrize(
    ("mutant", "red"),
    [
        ("idempotency-key-refused", "status.unrelated-headers"),
        ("additional-properties-refused", "status.undeclared-members"),
        ("token-type-from-the-request", "token.token-type"),
    ],
)
def test_a_group_is_told_apart_side_by_side_as_one_after_the_other(
    profile: str, mutant: str, red: str, tmp_path: Path
) -> None:
    """What is under way already takes no place in the budget from what a group has to be asked besides."""
    seen = []
    for name, seconds in (("near", 0.0), ("far", LATENCY)):
        kind, wait = http.server.ThreadingHTTPServer, lambda _, seconds=seconds: seconds
        with relaying(kind, wait, "--mutant", mutant) as base_url:
            suite = Suite(tmp_path / name, profile)
            seen.append((suite.judge(base_url).red, scenarios(tmp_path / name)))
    assert seen[0][0] == {red}
    assert seen[0] == seen[1]


class Instant:
    """What `Lanes` needs of a `Sender`, without a network: how far it is ahead of who takes the answers."""

    budget = room = 10_000

    def __init__(self) -> None:
        self.sent = 0

    def exchange(self, request: Request, *_: object, fresh: bool = False) -> tuple[Exchange, ...]:
        """One that failed at once."""
        del fresh
        self.sent += 1
        return (Exchange("", self.sent, "", request, Failure(FailureKind.RESET, ""), 0.0, 0.0, 0.0),)

    def retire(self) -> None:
        """Nothing is open."""

    def borrow(self, lend: object) -> None:
        """Nobody needs it."""


def test_groups_that_overlap_do_not_add_up_to_ever_more_that_is_under_way() -> None:
    group = [Probe(Request("POST", f"/{number}"), overlapping=number < 4) for number in range(10)]
    probes = [Planned(str(number), probe) for number, probe in enumerate(group * 50)]
    sender, pays = Instant(), True
    sending = Lanes(cast("Sender", sender), 4, lambda: LATENCY if pays else 0.0, learn=lambda _: None, tried=True)
    ahead = []
    for taken, (planned, _) in enumerate(sending.exchanges(probes)):
        assert planned.scenario == str(taken)
        ahead.append(sender.sent - taken)
        if taken == len(probes) // 2:
            pays = False
    assert max(ahead) <= AHEAD * 4 + 4
    assert max(ahead[-10:]) <= 5  # each is waited for again, its own group aside


def test_what_waits_to_be_written_is_written_before_answers_are_awaited_side_by_side() -> None:
    """One of them may never come, and a run that is killed then has told all that was taken."""
    sender, written = Instant(), []
    probes = [Planned(str(number), Probe(Request("POST", f"/{number}"))) for number in range(8)]

    def write() -> None:
        written.append(sender.sent)

    sending = Lanes(cast("Sender", sender), 4, lambda: LATENCY, lambda _: None, meanwhile=write, tried=True)
    list(sending.exchanges(probes))

    assert written[0] == 0


class Hesitant(Instant):
    """One whose threads take their time before they take from the budget."""

    room = 20

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()

    def exchange(self, request: Request, *_: object, fresh: bool = False) -> tuple[Exchange, ...]:
        """As `Instant`, for as many as there is room."""
        time.sleep(random.random() / 100)
        with self._lock:
            if self.room <= 0:
                raise Spent
            self.room -= 1
        return super().exchange(request, fresh=fresh)

    def leave(self, exchanges: tuple[Exchange, ...]) -> None:
        """What was sent and nobody took."""
        raise AssertionError(exchanges)


def test_the_rest_of_a_budget_goes_by_the_plan() -> None:
    """Whichever thread is the quickest: what is sent is the same each time."""
    probes = [Planned(str(number), Probe(Request("POST", f"/{number}"))) for number in range(40)]
    sending = Lanes(cast("Sender", Hesitant()), 4, lambda: LATENCY, learn=lambda _: None, tried=True)
    sent: list[str] = []

    def send() -> None:
        for planned, _ in sending.exchanges(probes):
            sent.append(planned.scenario)

    with pytest.raises(Spent):
        send()
    assert sent == list(map(str, range(20)))


def scenarios(folder: Path) -> list[str]:
    """Those of the exchanges on record, in order."""
    with (folder / "results.jsonl").open(encoding="utf-8") as record:
        return [line["scenario"] for line in map(json.loads, record) if line["record"] == "exchange"]
