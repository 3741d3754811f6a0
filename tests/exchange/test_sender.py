"""What a run bears from a target: throttling, time that is lost, failures in a row, and its own budget."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

import threading
from typing import cast

import pytest
from msgspec.structs import replace

from conformance.exchange import Client
from conformance.messages import Exchange, Failure, FailureKind, Request, Response
from conformance.running import LOST_SECONDS
from conformance.sender import Limits, Sender, Spent, Stop
from conformance.throttling import Pacer

REQUEST = Request("POST", "/oauth/token", (), b"{}")
LIMITS = Limits(requests=1_000, time_budget=600, throttle_patience=600, lost=LOST_SECONDS, failures=50, deadline=10)
AT_ONCE = (("Retry-After", "0"),)


class Scripted:
    """A client to whom every answer is the same; `sent` counts them."""

    def __init__(self, outcome: Response | Failure, elapsed: float = 0.0) -> None:
        self._outcome, self._elapsed = outcome, elapsed
        self.sent = 0

    def send(self, request: Request, *, exchange_id: str, number: int, scenario: str, **_: object) -> Exchange:
        """Answer as always."""
        self.sent += 1
        return Exchange(exchange_id, number, scenario, request, self._outcome, 0.0, self._elapsed, self._elapsed)

    def part(self) -> None:
        """There is no connection."""

    close = part


class Nobody:
    """Nobody tells the run to end."""

    stop_event = threading.Event()
    stop_reason = ""


def sender(client: Scripted, limits: Limits = LIMITS) -> Sender:
    return Sender(lambda: cast("Client", client), Pacer(None), limits, "run", Nobody())


def send(sending: Sender, times: int) -> None:
    """Send the same, and count what is not answered, as an engine does."""
    for _ in range(times):
        sending.failed(sending.exchange(REQUEST, "valid.plain")[-1])


def test_a_request_that_is_throttled_six_times_ends_the_run() -> None:
    client = Scripted(Response(429, headers=AT_ONCE))
    with pytest.raises(Stop, match="6 times 429 to one request") as stopped:
        sender(client).exchange(REQUEST, "valid.plain")
    assert client.sent == 6
    assert not stopped.value.network


def test_so_does_waiting_longer_than_patience_lasts() -> None:
    client = Scripted(Response(429, headers=(("Retry-After", "7"),)))
    with pytest.raises(
        Stop, match=r"asks to wait 7 s more, and the patience is 6 s in all \(PARTNERS_API_THROTTLE_PATIENCE\)"
    ):
        sender(client, replace(LIMITS, throttle_patience=6)).exchange(REQUEST, "valid.plain")
    assert client.sent == 1


def test_forty_seconds_may_be_lost_on_what_is_not_answered_well_and_no_more() -> None:
    """Four exchanges of ten seconds; what comes behind them is not asked any more, and the network is to blame."""
    client = Scripted(Failure(FailureKind.TIMEOUT, "no answer in 10 s"), 10.001)
    with pytest.raises(Stop, match=r"^40 s, added up over all connections, were lost on") as stopped:
        send(sender(client), 100)
    assert client.sent == 4
    assert stopped.value.network


def test_what_is_answered_is_not_lost_however_long_it_takes() -> None:
    client = Scripted(Response(401), 10.0)
    send(sender(client), 20)
    assert client.sent == 20


def test_the_budget_holds_and_keeps_what_is_reserved() -> None:
    client = Scripted(Response(401))
    sending = sender(client, replace(LIMITS, requests=3))
    sending.reserved = 1
    send(sending, 2)
    with pytest.raises(Spent):
        send(sending, 1)
    sending.reserved = 0
    send(sending, 1)
    assert (client.sent, sending.left) == (3, 0)


@pytest.mark.parametrize("failures", [3, 5])
def test_a_target_that_fails_so_often_in_a_row_is_gone(failures: int) -> None:
    client = Scripted(Failure(FailureKind.RESET, "reset"))
    with pytest.raises(Stop, match="the target cannot be reached") as stopped:
        send(sender(client, replace(LIMITS, failures=failures)), 100)
    assert (client.sent, stopped.value.network) == (failures, True)


def test_connections_that_were_closed_are_opened_again_by_who_knows_the_peer() -> None:
    """A TLS context is dear, and so is a moment's listening to what has no content: both are done once."""
    made: list[Scripted] = []

    def make() -> Client:
        made.append(Scripted(Response(200)))
        return cast("Client", made[-1])

    sending = Sender(make, Pacer(None), LIMITS, "run", Nobody())
    send(sending, 1)
    elsewhere = threading.Thread(target=send, args=(sending, 1))
    elsewhere.start()
    elsewhere.join()
    sending.retire()
    send(sending, 2)
    assert [client.sent for client in made] == [3, 1]
