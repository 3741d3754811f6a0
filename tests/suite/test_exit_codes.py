"""The exit codes of the real command (design, section 4); 2 is tested where interrupts are."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Mapping
from pathlib import Path

import pytest

from conformance.engine import TRIES
from conformance.settings import ROOT
from tests.conforming.answers import Answer
from tests.conforming.reading import Asked
from tests.hostile.server import Hostile
from tests.reference.conftest import CLIENT_ID, CLIENT_SECRET, running
from tests.suite.command import OWN, Remembering, environment, pytest_run, remembering

PAIR = {"CLIENT_ID": OWN.client_id, "CLIENT_SECRET": OWN.client_secret}


def test_0_where_the_target_conforms(tmp_path: Path) -> None:
    ran = pytest_run(tmp_path, "--profile", "smoke", "--strict", "-q")
    assert ran.exit_code == 0, ran.output
    assert (ran.end["overall"], ran.end["exit_code"]) == ("conformant", 0)
    assert all((tmp_path / name).stat().st_size for name in ("junit.xml", "report.html", "results.jsonl"))


def test_1_where_it_does_not(tmp_path: Path) -> None:
    with running("--mutant", "created") as base_url:
        env = environment(TARGET=base_url, CLIENT_ID=CLIENT_ID, CLIENT_SECRET=CLIENT_SECRET)
        ran = pytest_run(tmp_path, "--profile", "smoke", "-q", env=env)
    assert ran.exit_code == 1, ran.output
    assert ran.outcomes["status.valid-credentials"] == "failed"
    assert "FAILED conformance/suite/test_conformance.py::test_requirement[status.valid-credentials]" in ran.output


def test_a_breach_of_a_recommendation_is_1_only_where_strict(tmp_path: Path) -> None:
    with running("--mutant", "cache-control-left-out") as base_url:
        env = environment(TARGET=base_url, CLIENT_ID=CLIENT_ID, CLIENT_SECRET=CLIENT_SECRET)
        lax = pytest_run(tmp_path, "--profile", "smoke", "-q", "--requirement", "security.no-store", env=env)
        strict = pytest_run(
            tmp_path, "--profile", "smoke", "-q", "--requirement", "security.no-store", "--strict", env=env
        )
    assert (lax.exit_code, strict.exit_code) == (0, 1), lax.output


#: arguments, settings, and what the message names
WRONG: tuple[tuple[str, tuple[str, ...], dict[str, str], tuple[str, ...]], ...] = (
    ("value-of-an-option", ("--profile", "fast"), {}, ("--profile", "fast", "smoke, release or nightly")),
    ("value-of-a-variable", (), {"REQUEST_DEADLINE": "soon"}, ("PARTNERS_API_REQUEST_DEADLINE", "soon")),
    ("unknown-variable", (), {"TARGTE": "embedded"}, ("PARTNERS_API_TARGTE", "PARTNERS_API_TARGET")),
    ("unknown-option", ("--reqirement", "jwt.*"), {}, ("--reqirement",)),
    ("unknown-requirement", ("--requirement", "jwt.nothing"), {}, ("--requirement", "jwt.nothing")),
    ("unknown-requirement-of-two", ("--requirement", "jwt.*", "--requirement", "none.*"), {}, ("none.*",)),
    ("target", ("--target", "staging"), {}, ("--target", "staging", "pre-production")),
    (
        "address-of-a-request",
        ("--target", "http://127.0.0.1:9/api/v3/oauth/token"),
        {},
        ("--target", "here http://127.0.0.1:9/api/v3"),
    ),
    ("proxy", (), {"PROXY": "https://proxy.example:3128"}, ("PARTNERS_API_PROXY", "an http:// URL", "over http://")),
    ("missing-file", (), {"CONTRACT_FILE": "no/such.yaml"}, ("PARTNERS_API_CONTRACT_FILE", "no/such.yaml")),
)


@pytest.mark.parametrize(("arguments", "settings", "named"), [one[1:] for one in WRONG], ids=[one[0] for one in WRONG])
def test_4_where_a_setting_is_wrong(
    tmp_path: Path, arguments: tuple[str, ...], settings: Mapping[str, str], named: tuple[str, ...]
) -> None:
    ran = pytest_run(tmp_path, *arguments, env=environment(**settings))
    assert ran.exit_code == 4, ran.output
    assert [word for word in named if word not in ran.output] == [], ran.output
    assert "Traceback" not in ran.output
    assert not (tmp_path / "results.jsonl").exists()


@pytest.mark.parametrize(
    ("variable", "source"),
    [
        ("CONTRACT_FILE", "openapi.yaml"),
        ("OVERLAY_FILE", "overlay.yaml"),
        ("REQUIREMENTS_FILE", "requirements/jwt.yaml"),
        ("DEVIATIONS_FILE", "deviations.yaml"),
    ],
)
def test_4_where_a_spec_file_is_no_yaml(tmp_path: Path, variable: str, source: str) -> None:
    shutil.copytree(ROOT / "spec", tmp_path / "spec")
    copy = tmp_path / "spec" / source
    copy.write_text(copy.read_text("utf-8") + "\nbroken: [\n", "utf-8")
    given = copy.parent if variable == "REQUIREMENTS_FILE" else copy
    ran = pytest_run(tmp_path, env=environment(**{variable: str(given)}))
    assert ran.exit_code == 4, ran.output
    assert f"{copy.name}:" in ran.output
    assert "Traceback" not in ran.output


def test_6_where_nothing_listens(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    target = f"http://127.0.0.1:{port}/api/v3"
    ran = pytest_run(tmp_path, "--profile", "smoke", "-q", env=environment(TARGET=target, **PAIR))
    assert ran.exit_code == 6, ran.output
    assert "cannot be reached" in ran.output
    assert ran.end["overall"] == "inconclusive"
    assert "failed" not in ran.outcomes.values()


def test_6_where_the_proxy_is_not_there_and_the_proxy_is_named(tmp_path: Path) -> None:
    env = environment(TARGET="http://127.0.0.1:8/api/v3", PROXY="http://127.0.0.1:9", **PAIR)
    ran = pytest_run(tmp_path, "--profile", "smoke", "-q", env=env)
    assert ran.exit_code == 6, ran.output
    assert "the proxy is not reached: 127.0.0.1 refuses connections on port 9" in " ".join(ran.output.split())


@pytest.mark.parametrize(
    ("status", "says"), [(407, "the proxy wants user and password"), (502, "the proxy, or a gateway")]
)
def test_6_where_the_proxy_answers_itself_and_the_proxy_is_named(status: int, says: str, tmp_path: Path) -> None:
    with Hostile("proxy", "answers itself", lambda peer, _: peer.respond(status)).serve() as base_url:
        proxy = base_url.removesuffix("/api/v3")
        env = environment(TARGET="http://127.0.0.1:8/api/v3", PROXY=proxy, **PAIR)
        ran = pytest_run(tmp_path, "--profile", "smoke", "-q", env=env)
    assert ran.exit_code == 6, ran.output
    assert says in " ".join(ran.output.split())
    assert "failed" not in ran.outcomes.values()


def test_the_embedded_api_is_asked_without_the_proxy(tmp_path: Path) -> None:
    ran = pytest_run(tmp_path, "--profile", "smoke", "-q", env=environment(PROXY="http://127.0.0.1:9"))
    assert ran.exit_code == 0, ran.output


def test_a_404_to_the_plainest_request_asks_about_the_base_url(tmp_path: Path) -> None:
    """An API that is not there cannot be told from an address that is wrong: 1, and what to look at first."""
    with remembering() as server:
        env = {**server.settings, "PARTNERS_API_TARGET": server.base_url.removesuffix("/api/v3")}
        ran = pytest_run(tmp_path, "--profile", "smoke", "-q", env=env)
    assert ran.exit_code == 1, ran.output
    assert "404. Is the base URL right?" in " ".join(ran.output.split())
    assert "Correct the target first if it is not the API's base URL, and run again." in ran.output
    assert "Mend what is listed, from the top." not in ran.output
    assert [name for name, outcome in ran.outcomes.items() if outcome == "failed"] == ["status.valid-credentials"]


@pytest.mark.parametrize(
    ("octets", "likeness"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n", ""),
        (b"220 mail.example ESMTP\r\n", ""),
        (
            b"\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x80",
            ": it looks like HTTP/2, which was not asked for",
        ),
        (b"\x15\x03\x01\x00\x02\x02\x28", ": it looks like TLS, so the address may need https"),
    ],
    ids=["SSH", "SMTP", "HTTP/2", "TLS"],
)
def test_so_does_a_peer_that_does_not_speak_http(octets: bytes, likeness: str, tmp_path: Path) -> None:
    with Hostile("other", "another protocol", lambda peer, _: peer.send(octets)).serve() as base_url:
        ran = pytest_run(tmp_path, "--profile", "smoke", "-q", env=environment(TARGET=base_url, **PAIR))
    assert ran.exit_code == 1, ran.output
    asks = f"the answer is not HTTP{likeness}. Is the base URL right, scheme and port included?"
    assert asks in " ".join(ran.output.split())
    assert "Correct the target first if it is not the API's base URL, and run again." in ran.output
    assert [name for name, outcome in ran.outcomes.items() if outcome == "failed"] == ["protocol.well-formed-http"]


def test_so_does_a_405(tmp_path: Path) -> None:
    """A server of files, say."""
    with remembering(status=405) as server:
        ran = pytest_run(tmp_path, "--profile", "smoke", "-q", env=server.settings)
    assert ran.exit_code == 1, ran.output
    assert "405. Is the base URL right?" in " ".join(ran.output.split())
    assert "Correct the target first if it is not the API's base URL, and run again." in ran.output
    assert "status.valid-credentials" in [name for name, outcome in ran.outcomes.items() if outcome == "failed"]


class Portal(Remembering):
    """A sign-in page of a network, or the way to it, whatever is asked."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self._page = Answer(status, (("content-type", "text/html"), ("location", SIGN_IN)), b"<!doctype html>Sign in")

    def _answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        return self._page


SIGN_IN = "https://portal.example/login"


@pytest.mark.parametrize(
    ("status", "red", "told"),
    [(200, "token.content-type", "200 with a page."), (302, "status.no-redirect", f"to '{SIGN_IN}'")],
)
def test_so_does_a_page_or_the_way_to_one(status: int, red: str, told: str, tmp_path: Path) -> None:
    """Nothing more is sent there, and nothing else is held against an API that may never have been asked."""
    server = Portal(status)
    server.start()
    try:
        ran = pytest_run(tmp_path, "--profile", "smoke", "-q", env=server.settings)
    finally:
        server.stop()
    assert (ran.exit_code, len(server.asked) <= 2) == (1, True), ran.output
    assert told in " ".join(ran.output.split())
    assert "Is the base URL right?" in " ".join(ran.output.split())
    assert "Correct the target first if it is not the API's base URL, and run again." in ran.output
    assert [name for name, outcome in ran.outcomes.items() if outcome == "failed"] == [red]


def test_6_where_credentials_are_missing(tmp_path: Path) -> None:
    with remembering() as server:
        ran = pytest_run(tmp_path, "-q", env=environment(TARGET=server.base_url))
    assert ran.exit_code == 6, ran.output
    assert "PARTNERS_API_CLIENT_SECRET" in ran.output
    assert server.asked == []


def test_6_where_credentials_are_refused(tmp_path: Path) -> None:
    with remembering() as server:
        ran = pytest_run(tmp_path, "-q", env={**server.settings, "PARTNERS_API_CLIENT_SECRET": "another-Secret-91"})
    assert ran.exit_code == 6, ran.output
    pair = "PARTNERS_API_CLIENT_ID and PARTNERS_API_CLIENT_SECRET"
    assert f"see that {pair} belong to this target" in " ".join(ran.output.split())
    assert pair in ran.end["stopped"]
    assert len(server.asked) == 3


class Telling(Remembering):
    """Refuses every pair, and says in its refusals what was sent."""

    def _answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        secret = json.loads(asked.body)["clientSecret"]
        body = json.dumps({"error": 401, "message": f"{secret} is wrong"}).encode()
        return Answer(401, (("content-type", "application/json"),), body)


def test_1_where_credentials_are_refused_and_repeated(tmp_path: Path) -> None:
    """What no answer may give away is judged whoever is refused, and nothing else is."""
    server = Telling()
    server.start()
    try:
        ran = pytest_run(tmp_path, "-q", env=server.settings)
    finally:
        server.stop()
    assert (ran.exit_code, len(server.asked)) == (1, TRIES)
    assert [one for one, outcome in ran.outcomes.items() if outcome == "failed"] == ["security.no-echo"]
    assert ran.outcomes["security.no-stack-trace"] == ran.outcomes["status.valid-credentials"] == "blocked"
    assert "credentials are refused" in " ".join(ran.output.split())


@pytest.mark.parametrize("status", [502, 503, 504])
def test_6_where_the_target_is_away(tmp_path: Path, status: int) -> None:
    with remembering(status=status) as server:
        ran = pytest_run(tmp_path, "-q", "--profile", "smoke", env=server.settings)
    assert ran.exit_code == 6, ran.output
    assert f"answers {status}" in " ".join(ran.output.split())
    assert len(server.asked) == 3


@pytest.mark.parametrize("status", [401, 503])
def test_a_target_that_is_there_at_the_third_try_is_judged(tmp_path: Path, status: int) -> None:
    """It was starting, or its credentials were on their way to it."""
    with remembering(first=(status, status)) as server:
        ran = pytest_run(tmp_path, "-q", "--profile", "smoke", env=server.settings)
    assert ran.exit_code == 0, ran.output
    assert len(server.asked) == 25


def test_1_where_the_plainest_valid_request_breaks_the_server(tmp_path: Path) -> None:
    with remembering(status=500) as server:
        ran = pytest_run(tmp_path, "-q", "--profile", "smoke", env=server.settings)
    assert ran.exit_code == 1, ran.output
    assert {name for name, outcome in ran.outcomes.items() if outcome == "failed"} == {"status.no-server-error"}
