"""The table of design section 5, row by row, against the running server."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.reference.conftest import CLIENT_ID, CLIENT_SECRET
from tests.reference.wire import Probe, Reply, Wire


def escaped(text: str) -> str:
    """A JSON string with all its characters escaped."""
    return '"' + "".join(f"\\u{ord(character):04x}" for character in text) + '"'


JSON = (("content-type", "application/json"),)
PAIR = {"clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET}
NOBODY = {"clientId": "nobody", "clientSecret": "nothing"}
GOOD = json.dumps(PAIR).encode()


def post(api: Wire, body: bytes | None, content_type: str | None = "application/json") -> Reply:
    """Send `body` to the token path; None: no body, no Content-Type."""
    return api.send(Probe("", body, headers=(("content-type", content_type),) if content_type is not None else ()))


def assert_error(reply: Reply, status: int) -> None:
    """Fail unless `reply` is an `Error` of that status and nothing else."""
    assert reply.status == status
    assert reply.headers["content-type"] == "application/json"
    assert set(reply.json()) == {"error", "message"}
    assert reply.json()["error"] == status
    assert isinstance(reply.json()["message"], str)


@pytest.mark.parametrize(
    "body",
    [
        GOOD,
        json.dumps(dict(reversed(PAIR.items()))).encode(),
        b"\r\n\t " + json.dumps(PAIR, indent=4).encode() + b"\n",
        f'{{"clientId":{escaped(CLIENT_ID)},"clientSecret":{escaped(CLIENT_SECRET)}}}'.encode(),
        b'{"\\u0063lientId":"%s","client\\u0053ecret":"%s"}' % (CLIENT_ID.encode(), CLIENT_SECRET.encode()),
    ],
    ids=["plain", "secret first", "spaced", "escaped values", "escaped names"],
)  # fmt: skip
def test_every_spelling_of_valid_credentials_gets_a_token(api: Wire, body: bytes) -> None:
    """Member order, white space and escapes do not matter."""
    reply = post(api, body)

    assert reply.status == 200
    assert reply.headers["cache-control"] == "no-store"
    assert set(reply.json()) == {"accessToken", "tokenType", "expiresIn"}


@pytest.mark.parametrize(
    "extra",
    [
        {"grant_type": "client_credentials"}, {"__proto__": {"admin": True}}, {"constructor": 1}, {"": ""},
        {"a": [[[{}]]], "b": None, "c": 2**63, "d": 1.5, "e": "\U0001f600\0"}, {f"m{i}": i for i in range(300)},
    ],
    ids=["oauth", "proto", "constructor", "nameless", "all types", "300 members"],
)  # fmt: skip
def test_undeclared_members_do_no_harm(api: Wire, extra: dict[str, Any]) -> None:
    """Members the contract does not name are read over."""
    assert post(api, json.dumps({**PAIR, **extra}).encode()).status == 200


@pytest.mark.parametrize(
    "content_type",
    ["application/json; charset=utf-8", "APPLICATION/JSON;x=y", "application/vnd.api+json", "a/b+JSON ; v=1", None],
)
def test_json_media_types_are_served(api: Wire, content_type: str | None) -> None:
    """Parameters, letter case, a +json suffix and no Content-Type at all are fine."""
    assert post(api, GOOD, content_type).status == 200


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonp", "json", "", "*/*"],
)
def test_other_media_types_are_415(api: Wire, content_type: str) -> None:
    """True credentials under another media type get no token."""
    assert_error(post(api, GOOD, content_type), 415)


WRONG = {
    "another secret": {**PAIR, "clientSecret": "wrong"},
    "another id": {**PAIR, "clientId": "nobody"},
    "neither": NOBODY,
    "empty": {"clientId": "", "clientSecret": ""},
    "empty secret": {**PAIR, "clientSecret": ""},
    "controls": {"clientId": "\0\x01\x7f", "clientSecret": "\r\n"},
    "quotes": {"clientId": "' OR '1'='1", "clientSecret": '\\"%s%n{0}${jndi:x}'},
    "astral": {"clientId": "\U0001f600", "clientSecret": "\u202e\ufffe"},
    "long": {"clientId": "x" * 5_000, "clientSecret": "y" * 100_000},
}


@pytest.mark.parametrize("credentials", WRONG.values(), ids=WRONG)
def test_wrong_credentials_are_401(api: Wire, credentials: dict[str, str]) -> None:
    """Whatever is wrong, the answer is one and the same, with its challenge."""
    reply = post(api, json.dumps(credentials, ensure_ascii=False).encode())

    assert_error(reply, 401)
    assert reply.headers["www-authenticate"] == 'Bearer realm="partners-api"'
    assert reply.body == b'{"error":401,"message":"Unauthorized"}'


SECRETS_OF_OTHER_TYPES: tuple[Any, ...] = (None, True, 1, 1.5, [CLIENT_SECRET], {"$ne": 1})
IDS_OF_OTHER_TYPES: tuple[Any, ...] = (None, False, 0, [CLIENT_ID], {})

VIOLATIONS: dict[str, Any] = {
    "no members": {},
    "no id": {"clientSecret": CLIENT_SECRET},
    "no secret": {"clientId": CLIENT_ID},
    "snake case": {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET},
    "upper case": {name.upper(): value for name, value in PAIR.items()},
    **{f"secret {other!r}": {**PAIR, "clientSecret": other} for other in SECRETS_OF_OTHER_TYPES},
    **{f"id {other!r}": {**PAIR, "clientId": other} for other in IDS_OF_OTHER_TYPES},
    "array": [PAIR],
    "null": None,
    "string": CLIENT_SECRET,
    "number": 17,
    "true": True,
}


@pytest.mark.parametrize("value", VIOLATIONS.values(), ids=VIOLATIONS)
def test_json_that_violates_the_contract_is_400(api: Wire, value: object) -> None:
    """Missing members, other types and other values than objects are refused."""
    assert_error(post(api, json.dumps(value).encode()), 400)


NOT_JSON = {
    "empty": b"",
    "no body": None,
    "white space": b" \n",
    "truncated": GOOD[:-1],
    "trailing data": GOOD + b"x",
    "two documents": GOOD + GOOD,
    "trailing comma": GOOD[:-1] + b",}",
    "comment": b"/**/" + GOOD,
    "single quotes": GOOD.replace(b'"', b"'"),
    "NaN": GOOD[:-1] + b',"x":NaN}',
    "raw line feed": GOOD[:-2] + b'\n"}',
    "form": b"clientId=a&clientSecret=b",
    "byte order mark": b"\xef\xbb\xbf" + GOOD,
    "duplicate secret": GOOD[:-1] + b',"clientSecret":"x"}',
    "duplicate elsewhere": GOOD[:-1] + b',"x":{"a":1,"a":1}}',
    "invalid UTF-8": GOOD[:-2] + b'\xff"}',
    "overlong UTF-8": GOOD[:-1] + b',"x":"\xc0\xaf"}',
    "UTF-16": GOOD.decode().encode("utf-16"),
    "lone surrogate": GOOD[:-2] + b'\\ud800"}',
    "lone surrogate elsewhere": GOOD[:-1] + b',"\\udfff":1}',
    "huge integer": GOOD[:-1] + b',"x":' + b"9" * 5_000 + b"}",
    "huge exponent": GOOD[:-1] + b',"x":1e999}',
    "nested arrays": b"[" * 100_000,
    "nested objects": b'{"a":' * 100_000,
    "nested and closed": GOOD[:-1] + b',"x":' + b"[" * 500 + b"]" * 500 + b"}",
    "octets": bytes(range(256)),
}


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
def test_what_is_not_strictly_json_is_400(api: Wire, body: bytes | None) -> None:
    """No reading but the strict one gets anything but a 400, the true pair inside or not."""
    assert_error(post(api, body), 400)


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY", "BREW", "post"])
def test_other_methods_are_405_with_allow(api: Wire, method: str) -> None:
    """Known to HTTP or not, another method is refused, with what is allowed."""
    reply = api.send(Probe("", GOOD, method))

    assert_error(reply, 405)
    assert reply.headers["allow"] == "POST"


def test_head_is_405_without_content(api: Wire) -> None:
    """HEAD has the head of the answer that GET has."""
    reply = api.send(Probe("", method="HEAD"))

    assert (reply.status, reply.headers["allow"], reply.body) == (405, "POST", b"")
    assert reply.octets.endswith(b"\r\n\r\n")


def test_a_body_over_one_mebibyte_is_413(api: Wire) -> None:
    """The limit is on octets, and the connection serves on."""
    assert_error(post(api, b" " * (1 << 20) + GOOD), 413)
    assert post(api, b" " * ((1 << 20) - len(GOOD)) + GOOD).status == 200


@pytest.mark.parametrize("path", ["", "/", "/oauth", "/oauth/token/", "/oauth/token/x", "/OAuth/token", "/companies"])
def test_other_paths_are_404(api: Wire, path: str) -> None:
    """There are no redirects, to a slash or from one."""
    assert_error(api.send(Probe("", GOOD, path=path)), 404)


def test_headers_do_not_matter(api: Wire) -> None:
    """Fields the contract does not name change nothing."""
    fields = (
        ("authorization", "Bearer x.y.z"), ("accept", "text/html"), ("origin", "https://elsewhere.example"),
        ("cookie", "a=b"), ("x-http-method-override", "GET"), ("range", "bytes=0-1"), ("user-agent", ""), ("traceparent", "0"),
    )  # fmt: skip
    for pair in fields:
        assert api.send(Probe("", GOOD, headers=(*JSON, pair))).status == 200


def test_what_is_no_http_is_400(gallery: str) -> None:
    """What no parser takes for HTTP gets an Error too, and the connection ends."""
    with Wire(gallery) as wire:
        reply = wire.send(Probe("", method="POST", headers=(("bad name", "x"),)))

    assert_error(reply, 400)
    assert reply.headers["connection"] == "close"
