"""The client against every server of the hostile catalogue."""

from __future__ import annotations

import subprocess
import sys
import time
import tracemalloc

import pytest

from conformance.exchange import Client
from conformance.messages import Exchange, FailureKind
from tests.exchange.conftest import TOKEN_REQUEST
from tests.hostile import HOSTILE, HOSTILE_BY_NAME, SAMPLE, Hostile
from tests.hostile.server import Server
from tests.measuring import least


def _deadline(hostile: Hostile) -> float:
    """Short where it is to pass, long where a busy machine is not to be taken for a slow server."""
    return 0.3 if FailureKind.TIMEOUT in hostile.expected else 10.0


def _ask(server: Server, times: int = 1) -> list[Exchange]:
    client = Client(server.base_url, deadline=_deadline(server.hostile), user_agent="suite", ca_bundle=server.ca_bundle)
    try:
        return [
            client.send(TOKEN_REQUEST, exchange_id=f"r{number}", number=number, scenario="s") for number in range(times)
        ]
    finally:
        client.close()


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.name)
def test_the_client_says_what_the_server_did(hostile: Hostile) -> None:
    """The kind of failure a careful engineer expects, in time, in one line, and nothing sent elsewhere."""
    seen: list[Exchange] = []

    def taken() -> float:
        begun = time.monotonic()
        seen.extend(_ask(server))
        return time.monotonic() - begun

    with hostile.running() as server:
        seconds = least(taken, _deadline(hostile) + 1.0)
        witnessed = list(server.witnessed)
    failure = seen[0].failure
    assert (failure.kind if failure else None) in (hostile.expected or (None,)), failure
    assert seconds < _deadline(hostile) + 1.0
    assert witnessed == []
    if failure:
        assert failure.detail.isprintable()


@pytest.mark.parametrize("name", ["never-answers", "refused", "gzip-bomb", "closes-at-once", "answers-unread"])
def test_a_server_may_behave_for_a_while(name: str) -> None:
    """With `after`, so many requests are answered as the contract says."""
    hostile = HOSTILE_BY_NAME[name]
    with hostile.running(after=3) as server:
        exchanges = _ask(server, 4)
    assert [exchange.response.status for exchange in exchanges[:3] if exchange.response] == [200] * 3
    failure = exchanges[3].failure
    if name == "answers-unread":
        assert failure is None
    else:
        assert failure is not None
        assert failure.kind in hostile.expected


@pytest.mark.parametrize(
    "name",
    ["gzip-bomb", "gzip-bomb-streamed", "gzip-bomb-nested", "brotli-bomb", "endless-chunks", "endless-body", "endless-headers",
     "endless-header-line", "field-flood", "chunks-of-one-octet", "chunks-extension-flood"],
)  # fmt: skip
def test_no_server_makes_the_client_hold_much(name: str) -> None:
    """Some times the caps, the server's own memory in this process included."""
    with HOSTILE_BY_NAME[name].running() as server:
        _ask(server)
        tracemalloc.start()
        try:
            (exchange,) = _ask(server)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert exchange.failure is not None
    assert exchange.failure.kind in (FailureKind.TOO_LARGE, FailureKind.TIMEOUT)
    assert peak < 24 << 20


def test_names_are_unique_and_titles_one_line() -> None:
    """More than 45 of them, and the sample is among them."""
    assert len(HOSTILE_BY_NAME) == len(HOSTILE) > 45
    assert len(set(SAMPLE)) == len(SAMPLE) > 45
    assert all(hostile.title and "\n" not in hostile.title for hostile in HOSTILE)


def test_a_hostile_server_runs_from_the_shell_until_its_input_ends() -> None:
    """It prints where it listens."""
    command = [sys.executable, "-m", "tests.hostile", "401-always", "--port", "0", "--after", "1"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        url = process.stdout.readline().removeprefix("listening on ").strip()
        client = Client(url, deadline=5, user_agent="suite")
        statuses = [
            exchange.response.status
            for number in range(2)
            if (exchange := client.send(TOKEN_REQUEST, exchange_id="r", number=number, scenario="s")).response
        ]
        client.close()
        process.stdin.close()
        assert process.wait(10) == 0
    assert statuses == [200, 401]
