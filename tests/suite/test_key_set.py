"""The key set is one of the run's requests: counted, paced, sent by the same way; where it is of no use, nobody is accused."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

import contextlib
import http.server
import json
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import pytest

from conformance.exchange import Client
from conformance.keyset import Keys, KeySet, fetch
from conformance.messages import Failure, FailureKind
from conformance.plan import Plan
from conformance.preparation import prepare
from conformance.rendering.words import sentence
from conformance.scenarios.model import Rank
from tests.exchange.test_sender import Scripted, sender
from tests.reference.conftest import CLIENT_ID, CLIENT_SECRET, running
from tests.suite.command import Ran, environment, pytest_run, remembering
from tests.suite.matrix import KEYS
from tests.suite.relay import Passing

VARIABLE = "PARTNERS_API_JWKS_URL"
PAIR = {"CLIENT_ID": CLIENT_ID, "CLIENT_SECRET": CLIENT_SECRET}


class Counting(http.server.ThreadingHTTPServer):
    """A proxy that passes requests on to one server, and remembers what it was asked for."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Proxying)
        self.requests: list[str] = []

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"


class Proxying(Passing):
    """Passes a request on to the server that its absolute form names, and closes."""

    server: Counting

    def pass_on(self) -> None:
        """Remember it, and answer as that server does."""
        self.server.requests.append(f"{self.command} {self.path}")
        origin = urlsplit(self.path).netloc
        self.give(*self.asked(origin, self.path.split(origin, 1)[1]))
        self.close_connection = True


@contextlib.contextmanager
def counting() -> Iterator[Counting]:
    """The proxy, as long as the context lasts."""
    with Counting() as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        yield proxy
        proxy.shutdown()


def verdict(ran: Ran) -> tuple[str, str]:
    """Outcome and reason of the one requirement that takes keys."""
    line = next(line for line in ran.lines if line.get("requirement") == "jwt.signature-verifies")
    return line["outcome"], line["reason"]


def planned(profile: str, monkeypatch: pytest.MonkeyPatch, **settings: str) -> Plan:
    for name, value in {**PAIR, "JWKS_URL": "https://keys.example/jwks", **settings}.items():
        monkeypatch.setenv(f"PARTNERS_API_{name}", value)
    return prepare({"target": "http://127.0.0.1:9/api/v3", "profile": profile}).plan


def test_one_that_cannot_be_fetched_is_inconclusive_and_says_why(tmp_path: Path) -> None:
    with remembering() as server:
        ran = pytest_run(
            tmp_path, "--profile", "smoke", "-q", env={**server.settings, VARIABLE: "http://127.0.0.1:9/x"}
        )
    assert ran.exit_code == 6, ran.output
    outcome, reason = verdict(ran)
    assert outcome == "error"
    assert reason == f"the key set cannot be fetched ({VARIABLE}): 127.0.0.1 refuses connections on port 9"
    assert f"({VARIABLE})" in " ".join(ran.output.split())


@pytest.mark.parametrize(
    ("path", "why"), [("/nothing", "the key set is answered with 404"), ("", "what is answered is no key set")]
)
def test_one_that_is_none_blocks_what_takes_it(tmp_path: Path, path: str, why: str) -> None:
    page = type(
        "Page",
        (http.server.BaseHTTPRequestHandler,),
        {"do_GET": lambda self: (self.send_response(200), self.end_headers())},
    )
    with remembering() as server, http.server.HTTPServer(("127.0.0.1", 0), page) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        url = server.base_url + path if path else f"http://127.0.0.1:{other.server_port}"
        ran = pytest_run(tmp_path, "--profile", "smoke", "-q", env={**server.settings, VARIABLE: url})
        other.shutdown()
    assert ran.exit_code == 6, ran.output
    outcome, reason = verdict(ran)
    assert outcome == "blocked"
    assert f"could not be judged; the others were. {sentence(reason)}" in ran.output
    assert reason.startswith(why)
    assert VARIABLE in reason


@pytest.mark.parametrize("target", ["http://127.0.0.1:9/api/v3", ""], ids=["unreachable", "refuses the credentials"])
def test_one_that_is_not_configured_is_said_to_be_whatever_ended_the_run(target: str, tmp_path: Path) -> None:
    with remembering(status=401) as server:
        env = server.settings | ({"PARTNERS_API_TARGET": target} if target else {})
        ran = pytest_run(tmp_path, "--profile", "smoke", "-q", env=env)
    assert ran.exit_code == 6, ran.output
    assert verdict(ran) == ("not-applicable", f"no key set is configured ({VARIABLE})")


def test_a_finding_beats_a_key_set_that_is_not_there(tmp_path: Path) -> None:
    with remembering(spoiled=True) as server:
        ran = pytest_run(
            tmp_path, "--profile", "smoke", "-q", env={**server.settings, VARIABLE: "http://127.0.0.1:9/x"}
        )
    assert ran.exit_code == 1, ran.output
    assert verdict(ran)[0] == "error"


@pytest.mark.parametrize(("profile", "budget"), [("smoke", 25), ("release", 300), ("smoke", 4)])
def test_it_goes_through_the_proxy_and_is_counted_in_the_budget(tmp_path: Path, profile: str, budget: int) -> None:
    """As counted on the way to the servers."""
    with running() as base_url, counting() as proxy:
        settings = {"TARGET": base_url, "JWKS_URL": base_url + KEYS, "PROXY": proxy.url, "REQUEST_BUDGET": str(budget)}
        ran = pytest_run(tmp_path, "--profile", profile, "-q", env=environment(**PAIR, **settings))
    assert ran.exit_code == 0, ran.output
    assert proxy.requests[0] == f"GET {base_url}{KEYS}"
    assert len(proxy.requests) == ran.end["requests"] <= budget
    assert verdict(ran) == ("passed", "")
    assert "budget is spent" not in ran.output


def test_smoke_judges_with_keys_all_that_it_judges_without(tmp_path: Path) -> None:
    """On the embedded API, which always has some."""
    ran = pytest_run(tmp_path / "with", "--profile", "smoke", "-q", env=environment())
    with running() as base_url:
        other = pytest_run(tmp_path, "--profile", "smoke", "-q", env=environment(TARGET=base_url, **PAIR))
    assert (ran.end["requests"], ran.end["dropped"]) == (25, [])
    passed, without = (
        {name for name, outcome in each.outcomes.items() if outcome == "passed"} for each in (ran, other)
    )
    assert passed - without == {"jwt.signature-verifies"}
    assert without <= passed


@pytest.mark.parametrize("budget", ["1", "2"])
def test_the_plainest_request_comes_before_the_keys(tmp_path: Path, budget: str) -> None:
    ran = pytest_run(tmp_path, "--profile", "smoke", "-q", env=environment(REQUEST_BUDGET=budget))
    assert ran.exit_code == 0, ran.output
    assert ran.outcomes["status.valid-credentials"] == "passed"
    assert verdict(ran) == ("withheld", f"over the {budget} requests that PARTNERS_API_REQUEST_BUDGET allows")


def test_the_pace_holds_for_it(tmp_path: Path) -> None:
    """Three requests at two a second take a second at least, whatever they are for."""
    settings = {"REQUESTS_PER_SECOND": "2", "REQUEST_BUDGET": "3"}
    ran = pytest_run(tmp_path, "--profile", "smoke", "-q", env=environment(**settings))
    assert ran.end["requests"] == 3
    assert ran.end["seconds"] >= 1.0


@pytest.mark.parametrize("profile", ["smoke", "release", "nightly"])
def test_a_plan_has_room_for_it_and_shows_it(profile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = planned(profile, monkeypatch)
    assert plan.keys == 1
    assert plan.requests == 1 + len(plan.probes) + sum(count for _, count in plan.rings) <= plan.budget


def test_smoke_gives_up_for_it_what_finds_least(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = planned("smoke", monkeypatch).by_scenario()
    monkeypatch.delenv("PARTNERS_API_JWKS_URL")
    whole = prepare({"target": "http://127.0.0.1:9/api/v3", "profile": "smoke"}).plan
    assert {name for name, count in whole.by_scenario().items() if kept.get(name) != count} == {"wrong.swapped"}
    assert {one.probe.rank for one in whole.probes} == {Rank.SMOKE}


def test_with_it_the_second_valid_request_of_smoke_is_the_twentieth(monkeypatch: pytest.MonkeyPatch) -> None:
    valid = [at for at, one in enumerate(planned("smoke", monkeypatch).probes, 2) if one.scenario.startswith("valid.")]
    assert valid == [2, 20, 25]


OLD, NEW = {"keys": [{"kty": "oct", "kid": "old"}]}, {"keys": [{"kty": "oct", "kid": "new"}]}


@pytest.mark.parametrize("again", [NEW, OLD], ids=["has it", "has it not"])
def test_a_set_is_fetched_again_once_whatever_comes_of_it(again: dict[str, Any]) -> None:
    """Keys that are published no more are kept: a token they signed may still be handed out."""
    answers = iter([KeySet(again)])
    keys = Keys(KeySet(OLD), lambda: next(answers))
    assert keys.renewed() == keys.renewed() == {"keys": [*again["keys"], *OLD["keys"]]}
    assert keys.came_to.blocked == ""


def test_one_that_cannot_be_fetched_again_settles_nothing() -> None:
    keys = Keys(KeySet(OLD), lambda: KeySet(error="the request budget is spent"))
    assert keys.renewed() is keys.renewed() is None
    why = "a token names a key that the key set did not have, and the request budget is spent"
    assert keys.came_to == KeySet(OLD, blocked=why)


@pytest.mark.parametrize(("spare", "asked"), [(0, 1), (1, 2)])
def test_a_failure_is_asked_about_again_only_where_there_is_a_request_to_spare(spare: int, asked: int) -> None:
    client = Scripted(Failure(FailureKind.TIMEOUT, "no answer in 10 s"))
    assert fetch("https://keys.example/jwks", VARIABLE, sender(client), lambda _: cast("Client", client), spare).error
    assert client.sent == asked


class Rotating(http.server.BaseHTTPRequestHandler):
    """Publishes one key set after the other."""

    sets: list[bytes]

    def do_GET(self) -> None:
        """Answer with the next."""
        content = self.sets.pop(0)
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def test_a_key_that_is_changed_during_the_run_accuses_nobody(tmp_path: Path) -> None:
    with running() as base_url, http.server.HTTPServer(("127.0.0.1", 0), Rotating) as other:
        with urllib.request.urlopen(base_url + KEYS) as answer:
            Rotating.sets = [json.dumps(OLD).encode(), answer.read()]
        threading.Thread(target=other.serve_forever, daemon=True).start()
        settings = {"TARGET": base_url, "JWKS_URL": f"http://127.0.0.1:{other.server_port}/jwks"}
        ran = pytest_run(tmp_path, "--profile", "smoke", "-q", env=environment(**PAIR, **settings))
        other.shutdown()
    assert ran.exit_code == 0, ran.output
    assert verdict(ran) == ("passed", "")
    assert (Rotating.sets, ran.end["requests"]) == ([], 25)


def test_it_is_not_fetched_for_requirements_that_take_none(tmp_path: Path) -> None:
    env = environment(JWKS_URL="http://127.0.0.1:9/x")
    ran = pytest_run(tmp_path, "--profile", "smoke", "-q", "--requirement", "token.*", env=env)
    assert ran.exit_code == 0, ran.output
    plan = pytest_run(tmp_path, "--profile", "smoke", "--plan", env=env).output
    assert "The published key set" in plan
