"""HTTP as it is carried, on literals; what is malformed on a connection is a failure by then."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

import pytest

from conformance.checks.assessment import Terms
from conformance.classification import RequestClass
from conformance.judge import answers_another, drops_connection
from conformance.messages import Failure, FailureKind, Request, Response
from tests.checks.literals import (
    INVALID,
    NO_STORE,
    VALID,
    WRONG,
    Row,
    answered,
    asked,
    broken,
    each,
    exchange,
    judge,
    refusal,
    success,
)

ERROR = {"error": 401, "message": "Unauthorized"}
LARGE = FailureKind.TOO_LARGE
WELL_FORMED = "protocol.well-formed-http"
CHALLENGED = "protocol.www-authenticate"
GET, OPTIONS, BREW = (asked(None, media=None, method=method) for method in ("GET", "OPTIONS", "BREW"))


def challenge(*values: str, broken: str = "") -> Row:
    """A 401 with these fields WWW-Authenticate."""
    fields = (("WWW-Authenticate", value) for value in values)
    return Row(f"challenge {values!r:.60}", answered(401, ERROR, *fields), broken, WRONG)


def allow(*values: str, broken: str = "", request: Request = GET) -> Row:
    """A 405 with these fields Allow."""
    fields = (("Allow", value) for value in values)
    return Row(f"Allow {values} to {request.method} {request.path}", answered(405, b"", *fields), broken, request)


def failure(kind: FailureKind, broken: str = "") -> Row:
    """An exchange without an answer."""
    return Row(kind.value, Failure(kind, "in words"), broken)


def body(name: str, broken: str, content: bytes, status: int = 401) -> Row:
    """An answer with that content."""
    response = answered(status, content, NO_STORE, ("WWW-Authenticate", "Bearer"))
    return Row(f"members: {name}", response, broken, WRONG if status == 401 else VALID)


def dated(*values: str, broken: str = "") -> Row:
    """A 401 with these fields Date."""
    response = answered(401, ERROR, ("WWW-Authenticate", "Bearer"), *(("Date", value) for value in values))
    return Row(f"Date {values!r:.60}", response, broken, WRONG)


TOKEN = success().content
ROWS = (
    *(dated(*values) for values in ((), ("Sun, 06 Nov 1994 08:49:37 GMT",), ("Sat, 31 Dec 2016 23:59:60 GMT",), ("Sun, 06 Nov 1994 08:49:37 -0000",))),
    *(
        dated(value, broken="protocol.date")
        for value in (
            "",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Sun, 06 Nov 1994 09:49:37 +0100",
            "Sun, 6 Nov 1994 08:49:37 GMT",
            "1994-11-06T08:49:37Z",
            "784111777",
        )
    ),
    dated("Sun, 06 Nov 1994 08:49:37 GMT", "now", broken="protocol.date"),
    Row("at the limit of time", refusal(), "", WRONG, elapsed=5.0),
    Row("beyond it", refusal(), "protocol.response-time", WRONG, elapsed=5.001),
    Row("at a limit that is set", refusal(), "", WRONG, elapsed=9.0, terms=Terms(response_time_limit=9.0)),
    Row("a slow answer that is not accepted", refusal(403), "protocol.response-time status.wrong-credentials", WRONG, elapsed=9.0),
    Row("octets behind HEAD", answered(404, stray=5), WELL_FORMED, asked(None, method="HEAD")),
    Row("octets before the request was sent", refusal(), WELL_FORMED, WRONG, leftover="an answer that nobody asked for"),
    Row("octets before a request that failed", Failure(FailureKind.RESET, "reset"), WELL_FORMED, leftover="an answer"),
    *(failure(kind, WELL_FORMED) for kind in (FailureKind.MALFORMED, FailureKind.TRUNCATED)),
    failure(LARGE, "protocol.bounded-answer"),
    *(failure(kind) for kind in FailureKind if not kind.is_malformed_answer),
    Row("a coding that does not decode", answered(401, b"", ("WWW-Authenticate", "Bearer"), ("Content-Encoding", "gzip"), coding_fault="gzip: invalid data"), "protocol.content-coding", WRONG),
    Row("the same on a token", answered(200, b"\x1f", NO_STORE, ("Content-Encoding", "zstd"), coding_fault="a coding other than"), "protocol.content-coding"),
    Row("a coding that decodes", answered(401, ERROR, ("WWW-Authenticate", "Bearer"), ("Content-Encoding", "gzip")), "", WRONG),
    *(
        challenge(value)
        for value in (
            "Bearer", "bearer", 'Bearer realm="partners"', "Bearer realm=partners", 'Bearer realm="a, b", error="invalid_token"',
            'Basic realm="x", Bearer', "Bearer, Basic realm=x", 'Bearer realm="a \\" b"', "Bearer  realm=x", "Negotiate YWJj=",
            ", Bearer ,", 'Bearer realm = "x"', 'Bearer realm=""',
        )
    ),
    challenge("Bearer", 'Basic realm="x"'),
    challenge(broken=CHALLENGED),
    *(
        challenge(value, broken=CHALLENGED)
        for value in ("", " ", ",", 'realm="x"', 'Bearer realm="x', "Bearer realm=a b", '"Bearer"', "Bearer: x", "Bearer realm='a b'", "Bearer " + "a" * 4096)
    ),
    Row("no challenge on a 400", refusal(400), "", INVALID),
    Row("no challenge on a 401 to another method", answered(401, media=None), CHALLENGED, GET),
    *(allow(value) for value in ("POST", "POST, OPTIONS", "OPTIONS,POST", "HEAD , POST", ",POST,", "POST, POST")),
    allow("OPTIONS", "POST"),
    allow("POST", "POST"),
    allow("POST, OPTIONS", request=OPTIONS),
    allow("POST", request=BREW),
    *(
        allow(*values, broken="protocol.allow")
        for values in ((), ("",), (",",), ("post",), ("Post",), ("OPTIONS",), ("GET, POST",), ("POST", "GET"), ("POST;q=1",), ("POSTS",), ("*",))
    ),
    *(allow(*values, request=asked({}, path="/oauth")) for values in ((), ("GET",), ("GET, HEAD",))),
    Row("no Allow on a 404", answered(404), "", GET),
    body("once", "", b'{"error":401,"message":"a"}'),
    body("in two objects", "", b'{"error":401,"message":"a","x":[{"a":1},{"a":1}]}'),
    body("that differ by case", "", b'{"error":401,"message":"a","Error":401}'),
    body("twice", "protocol.unique-members", b'{"error":401,"message":"a","message":"b"}'),
    body("twice, spelt otherwise", "protocol.unique-members", b'{"error":401,"message":"a","m\\u0065ssage":"a"}'),
    body("twice, within", "protocol.unique-members", b'{"error":401,"message":"a","x":{"a":1,"a":1}}'),
    body("twice, with a token", "protocol.unique-members", TOKEN[:-1] + b',"tokenType":"Bearer"}', 200),
)  # fmt: skip


@each(ROWS)
def test_an_answer_breaks_exactly_what_its_row_says(row: Row) -> None:
    assert broken(row.assessed()) == row.broken


@pytest.mark.parametrize(
    "response",
    [
        answered(429),
        answered(429, b"<h1>slow down</h1>", media="text/html"),
        answered(429, success().content, ("Cache-Control", "public")),
        answered(429, {"error": "too_many_requests", "error_description": "Traceback (most recent call last)"}),
    ],
    ids=["empty", "HTML", "a token", "a trace"],
)
@pytest.mark.parametrize("request_", [VALID, WRONG, INVALID, GET], ids=["valid", "wrong", "invalid", "GET"])
def test_a_429_is_judged_by_nothing(request_: Request, response: Response) -> None:
    found = judge().judge(exchange(request_, response, elapsed=60.0))[1]

    assert (found.judged, found.findings, found.hindered) == ({}, [], {})


@pytest.mark.parametrize("kind", [kind for kind in FailureKind if not kind.is_malformed_answer])
def test_a_failure_of_the_network_is_judged_by_nothing(kind: FailureKind) -> None:
    """Only the engine, which asks again and asks others, knows a server that drops a connection from a network that does."""
    found = judge().judge(exchange(VALID, Failure(kind, "in words")))[1]

    assert (found.judged, found.findings) == ({}, [])


def test_what_the_engine_sees_between_exchanges_has_its_requirements() -> None:
    asked_for = RequestClass("wrong credentials", frozenset({401}), "status.wrong-credentials")

    assert broken(drops_connection(Failure(FailureKind.RESET, "reset"), asked_for)) == "protocol.answers-every-request"
    assert broken(answers_another(asked_for)) == WELL_FORMED
