"""Each variant answers the table of accepted answers rightly, and really has the face it says it has."""

# ruff: noqa: D101, D103 - the name of a test is the fact it states

from __future__ import annotations

import gzip
import http.client
import json
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import brotli
import jwt
import pytest

from tests.conforming import VARIANTS, Variant
from tests.conforming.face import TOKEN_PATH, Credentials
from tests.conforming.variants import named

OWN = Credentials()
PAIR = {"clientId": OWN.client_id, "clientSecret": OWN.client_secret}
JSON = {"Content-Type": "application/json"}
DECODE = {"gzip": gzip.decompress, "deflate": zlib.decompress, "br": brotli.decompress}


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    fields: http.client.HTTPMessage
    body: bytes
    version: int


class Patient(http.client.HTTPResponse):
    """Passes over every 1xx; the library passes over 100 only."""

    def _read_status(self) -> tuple[str, int, str]:
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if not 101 < status < 200:
                return version, status, reason
            http.client.parse_headers(self.fp)


class Connection(http.client.HTTPConnection):
    response_class = Patient


def connect(base_url: str) -> Connection:
    address = urlsplit(base_url)
    return Connection(address.hostname or "", address.port, timeout=5)


def ask(base_url: str, body: bytes | None, headers: dict[str, str] = JSON, method: str = "POST") -> Reply:
    """One request on a connection of its own, repeated while it is throttled."""
    while True:
        connection = connect(base_url)
        try:
            connection.request(method, TOKEN_PATH, body, headers)
            answer = connection.getresponse()
            octets = answer.read()
        finally:
            connection.close()
        if answer.status != 429:
            coding = answer.headers.get("Content-Encoding")
            return Reply(answer.status, answer.headers, DECODE[coding](octets) if coding else octets, answer.version)
        time.sleep(0.02)


def written(value: object) -> bytes:
    return json.dumps(value).encode()


BASIC: tuple[tuple[str, bytes, dict[str, str], frozenset[int]], ...] = (
    ("valid", written(PAIR), JSON, frozenset({200})),
    ("escaped", b'{"\\u0063lientId":' + written(PAIR)[len('{"clientId":') :], JSON, frozenset({200})),
    ("undeclared", written({"scope": None, **PAIR, "extra": [{}]}), JSON, frozenset({200})),
    ("charset", written(PAIR), {"content-type": "application/JSON; charset=utf-8"}, frozenset({200})),
    ("wrong secret", written({**PAIR, "clientSecret": "no"}), JSON, frozenset({401})),
    ("unknown client", written({**PAIR, "clientId": "no"}), JSON, frozenset({401})),
    ("longer secret", written({**PAIR, "clientSecret": OWN.client_secret + " "}), JSON, frozenset({401})),
    ("empty secret", written({**PAIR, "clientSecret": ""}), JSON, frozenset({400, 401})),
    ("missing", written({"clientId": OWN.client_id}), JSON, frozenset({400})),
    ("null", written({**PAIR, "clientSecret": None}), JSON, frozenset({400})),
    ("array", written([PAIR]), JSON, frozenset({400})),
    ("truncated", written(PAIR)[:-1], JSON, frozenset({400})),
    ("not a number", written(PAIR)[:-1] + b',"n":NaN}', JSON, frozenset({200, 400})),
    ("empty", b"", JSON, frozenset({400})),
    ("surrogate", b'{"clientId":"\\ud800","clientSecret":"no"}', JSON, frozenset({400, 401})),
    ("latin-1", b'{"clientId":"\xe9","clientSecret":"no"}', JSON, frozenset({400, 401})),
    ("deep", b'{"clientId":' + b"[" * 3000 + b"]" * 3000 + b"}", JSON, frozenset({400})),
    ("text", written(PAIR), {"Content-Type": "text/plain"}, frozenset({400, 415})),
    ("jsonp", written(PAIR), {"Content-Type": "application/jsonp"}, frozenset({400, 415})),
    ("large", written({**PAIR, "clientSecret": "x" * 1_200_000}), JSON, frozenset({400, 401, 413})),
)
EVERY = pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)


@pytest.fixture(name="base_url")
def _base_url(variant: Variant) -> Iterator[str]:
    with variant.start() as base_url:
        yield base_url


@EVERY
def test_the_basic_table_holds(variant: Variant, base_url: str) -> None:
    for name, body, headers, accepted in BASIC:
        reply = ask(base_url, body, headers)
        assert reply.status in accepted, f"{variant.name}: {name} got {reply.status}"
        if reply.status in (400, 401):
            value = json.loads(reply.body)
            assert type(value["error"]) is int, name
            assert -(2**31) <= value["error"] < 2**31, name
            assert type(value["message"]) is str, name
            assert reply.fields.get_content_type() == "application/json", name
        if reply.status == 401:
            assert reply.fields["WWW-Authenticate"], name


@EVERY
def test_a_token_is_sound_and_not_stored(variant: Variant, base_url: str) -> None:
    reply = ask(base_url, written(PAIR), {**JSON, "Accept-Encoding": "br, gzip, deflate"})
    value = json.loads(reply.body)
    assert value["tokenType"] == "Bearer"
    assert "no-store" in ", ".join(reply.fields.get_all("Cache-Control") or []).lower()
    claims = jwt.decode(
        value["accessToken"], options={"verify_signature": False, "verify_aud": False, "verify_iat": False}
    )
    assert abs(claims["exp"] - time.time() - value["expiresIn"]) <= 3
    assert OWN.client_secret not in str(claims)


@EVERY
def test_other_methods_get_no_token(variant: Variant, base_url: str) -> None:
    for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "BREW"):
        reply = ask(base_url, written(PAIR), method=method)
        accepted = {400, 401, 404, 405}
        accepted |= {200, 204} if method in ("OPTIONS", "HEAD") else {501} if method == "BREW" else set()
        assert reply.status in accepted, f"{variant.name}: {method} got {reply.status}"
        assert b"accessToken" not in reply.body
        if reply.status == 405:
            assert "POST" in reply.fields["Allow"]


@EVERY
def test_unknown_client_and_wrong_secret_get_the_same_answer(variant: Variant, base_url: str) -> None:
    known = ask(base_url, written({**PAIR, "clientSecret": "no"}))
    unknown = ask(base_url, written({"clientId": "no", "clientSecret": "no"}))
    if variant.name.startswith("names-the-client"):
        known, unknown = (
            replace(one, body=json.dumps(json.loads(one.body) | {"clientId": ""}).encode()) for one in (known, unknown)
        )
    assert known.body == unknown.body


def test_names_are_unique_and_there_are_many_of_them() -> None:
    names = [variant.name for variant in VARIANTS]
    assert len(set(names)) == len(names)
    assert len(names) >= 30


@contextmanager
def connected(name: str) -> Iterator[http.client.HTTPConnection]:
    with named(name).start() as base_url:
        connection = connect(base_url)
        yield connection
        connection.close()


def test_the_keep_alive_race_closes_without_a_word_after_the_third_answer() -> None:
    with connected("keep-alive-race") as connection:
        connection.connect()
        own = connection.sock
        for _ in range(3):
            connection.request("POST", TOKEN_PATH, written(PAIR), JSON)
            answer = connection.getresponse()
            assert answer.headers["Connection"] is None
            answer.read()
            assert connection.sock is own
        assert own.recv(1) == b""


def test_codings_are_used_only_when_asked_for() -> None:
    with named("brotli").start() as base_url:
        assert ask(base_url, written(PAIR), JSON).fields["Content-Encoding"] is None
        assert ask(base_url, written(PAIR), {**JSON, "Accept-Encoding": "gzip"}).fields["Content-Encoding"] == "gzip"
        assert ask(base_url, written(PAIR), {**JSON, "Accept-Encoding": "gzip, br"}).fields["Content-Encoding"] == "br"
        refused = {**JSON, "Accept-Encoding": "gzip;q=0"}
        assert ask(base_url, written(PAIR), refused).fields["Content-Encoding"] is None


def test_http_1_0_answers_say_so() -> None:
    with named("http-1.0").start() as base_url:
        assert ask(base_url, written(PAIR)).version == 10


def test_one_in_seven_is_throttled_in_the_documented_shape() -> None:
    with named("throttled-once-in-7").start() as base_url:
        statuses = []
        for _ in range(14):
            connection = connect(base_url)
            connection.request("POST", TOKEN_PATH, written(PAIR), JSON)
            answer = connection.getresponse()
            statuses.append(answer.status)
            if answer.status == 429:
                assert answer.headers["Retry-After"] == "0"
                assert json.loads(answer.read())["error"] == "Too Many Requests"
            connection.close()
        assert statuses == ([200] * 6 + [429]) * 2


def test_a_cached_token_counts_down() -> None:
    with named("cached").start() as base_url:
        first = json.loads(ask(base_url, written(PAIR)).body)
        time.sleep(1.1)
        second = json.loads(ask(base_url, written(PAIR)).body)
    assert second["accessToken"] == first["accessToken"]
    assert second["expiresIn"] < first["expiresIn"]


def test_a_variant_runs_as_a_program_until_its_input_ends() -> None:
    command = [sys.executable, "-m", "tests.conforming", "hs256-bare", "--port", "0"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        base_url = process.stdout.readline().removeprefix("listening on ").strip()
        assert ask(base_url, written(PAIR)).status == 200
        process.stdin.close()
        assert process.wait(5) == 0
