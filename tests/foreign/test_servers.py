"""The foreign servers are what `expected.py` says they are, asked by hand."""

# ruff: noqa: D101, D102, D103 - the name of a test is the fact it states

from __future__ import annotations

import contextlib
import http.client
import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jwt
import pytest

from tests.conforming.face import Credentials
from tests.foreign import EXPECTED, REASONS, SERVERS, servers
from tests.suite.matrix import Suite

OWN = Credentials()
PAIR = {"clientId": OWN.client_id, "clientSecret": OWN.client_secret}
WRONG = {**PAIR, "clientSecret": "no"}

Foreign = Callable[[str], AbstractContextManager[str]]


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    fields: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(base_url: str, value: object, media: str = "application/json", method: str = "POST", query: str = "") -> Reply:
    address = urlsplit(base_url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
    octets = value if isinstance(value, bytes) else json.dumps(value).encode()
    try:
        # who refuses a body for its size may close before it has come
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.request(method, f"{address.path}/oauth/token{query}", octets, {"Content-Type": media})
        answer = connection.getresponse()
        return Reply(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


@pytest.mark.parametrize("name", ["fastify-conforming", "express-conforming"])
def test_a_conforming_app_keeps_the_table(foreign: Foreign, name: str) -> None:
    with foreign(name) as base_url:
        granted = ask(base_url, {**PAIR, "extra": 1})
        assert (granted.status, granted.fields["Cache-Control"]) == (200, "no-store")
        assert jwt.get_unverified_header(granted.json["accessToken"])["alg"] == "RS256"
        refused = ask(base_url, WRONG)
        assert (refused.status, refused.json) == (401, {"error": 401, "message": "Unauthorized"})
        assert refused.fields["WWW-Authenticate"]
        for invalid in ({}, [], [PAIR], 1, None, {**PAIR, "clientId": 1}, {**PAIR, "clientId": ["x"]}, b"", b"{"):
            answer = ask(base_url, invalid)
            assert (answer.status, type(answer.json["error"])) == (400, int), invalid
        assert ask(base_url, PAIR, "application/x-www-form-urlencoded").status == 415
        assert ask(base_url, PAIR, method="PUT").fields["Allow"] == "POST"
        assert ask(base_url, {"padding": "x" * 1_200_000, **PAIR}).status == 413


@pytest.mark.filterwarnings("ignore:The HMAC key")  # it is what the server does wrong
def test_the_careless_fastify_app_coerces_and_tells(foreign: Foreign) -> None:
    with foreign("fastify-careless") as base_url:
        assert ask(base_url, {}).json["error"] == "Bad Request"
        assert ask(base_url, {"clientId": 1, "clientSecret": None}).status == 401
        wrapped = ask(base_url, {name: [value] for name, value in PAIR.items()})
        assert wrapped.status == 200
        assert jwt.decode(wrapped.json["accessToken"], "secret", algorithms=["HS256"])["userId"] == 123
        assert ask(base_url, WRONG).body != ask(base_url, {**WRONG, "clientId": "no"}).body
        query = f"?clientSecret={OWN.client_secret}"
        assert OWN.client_secret.encode() in ask(base_url, b"", method="GET", query=query).body


def test_the_careless_express_app_shows_its_stack_and_takes_forms(foreign: Foreign) -> None:
    with foreign("express-careless") as base_url:
        malformed = ask(base_url, b"{")
        assert (malformed.status, malformed.fields.get_content_type()) == (400, "text/html")
        assert b"node_modules" in malformed.body
        assert ask(base_url, PAIR, "text/plain").status == 500
        form = f"clientId={OWN.client_id}&clientSecret={OWN.client_secret}".encode()
        granted = ask(base_url, form, "application/x-www-form-urlencoded")
        assert (granted.status, granted.json["expiresIn"]) == (200, "24h")
        assert ask(base_url, WRONG).json == {"error": "invalid_client"}


def test_the_mock_replays_the_examples_to_whoever_asks(foreign: Foreign) -> None:
    with foreign("prism-mock") as base_url:
        granted = ask(base_url, {"clientId": "anybody", "clientSecret": "anything"})
        assert granted.status == 200
        with pytest.raises(jwt.ExpiredSignatureError):
            jwt.decode(granted.json["accessToken"], options={"verify_signature": False, "verify_exp": True})
        assert ask(base_url, b"").status == 200
        assert ask(base_url, {}).json.keys() == {"code", "message"}
        assert ask(base_url, PAIR, "nonsense").status == 500
        assert ask(base_url, PAIR, method="PUT").fields["Allow"] is None


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_the_suite_says_what_a_careful_person_would(name: str, foreign: Foreign, tmp_path: Path) -> None:
    with foreign(name) as base_url:
        seen = Suite(tmp_path, "release", OWN.client_id, OWN.client_secret).judge(base_url)
    assert seen.red == EXPECTED[name]


def test_there_is_a_verdict_for_every_server() -> None:
    assert EXPECTED.keys() == SERVERS.keys() == REASONS.keys()


def test_the_lock_file_names_no_registry() -> None:
    lock = json.loads((Path(servers.HERE) / "package-lock.json").read_text())
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    assert not re.search("registry", json.dumps(lock))


def test_no_package_needs_a_script_to_install() -> None:
    lock = json.loads((Path(servers.HERE) / "package-lock.json").read_text())
    assert not [name for name, package in lock["packages"].items() if package.get("hasInstallScript")]


def test_without_node_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(servers.Absent, match=r"https://nodejs\.org"):
        servers.install()
