"""Every row of the table of accepted answers (design, section 5): each status that is accepted, and each that is not."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

from typing import NamedTuple

import pytest
from msgspec.structs import replace

from conformance.checks.assessment import Assessment
from conformance.checks.status import near_miss
from conformance.messages import Disguise, Request, Response
from conformance.secret import Secret
from tests.checks.literals import (
    CLIENT_ID,
    PAIR,
    SECRET,
    Row,
    answered,
    asked,
    broken,
    each,
    exchange,
    judge,
    octets,
    refusal,
    success,
    wrong,
)

KIB = 1024
#: what servers answer, and the edges of what they may
STATUSES = (
    *(200, 201, 202, 203, 204, 205, 206, 226, 299),
    *(300, 301, 302, 303, 304, 305, 307, 308, 399),
    *range(400, 419),
    *(420, 421, 422, 423, 424, 425, 426, 428, 429, 430, 431, 451, 498, 499),
    *(500, 501, 502, 503, 504, 505, 507, 508, 511, 520, 599),
)
#: those that a row of the table names, and what is beside them
EDGES = (200, 201, 204, 302, 400, 401, 402, 403, 404, 405, 406, 412, 413, 414, 415, 416, 422, 429, 500, 501, 503)
LARGE = 1 << 19
SUCCESSES = frozenset(status for status in STATUSES if status < 300)
OTHER_METHOD = frozenset({400, 401, 404, 405})
UNUSUAL = frozenset({400, 401, 413})
UNTYPED = frozenset({400, 401, 415})

NO_TOKEN = "security.invalid-body-no-token"
NEAR_SECRET = "security.exact-secret"
NEAR_ID = "security.exact-client-id"
UNKNOWN = "security.unknown-client"
ELSEWHERE = "security.other-channel-no-token"


class Class(NamedTuple):
    """A request, what it may be answered, and the ids that another status, and a token, break."""

    name: str
    asked: Request
    accepted: frozenset[int]
    requirement: str
    token: str = ""


def spelt(body: bytes, media: str = "application/json") -> Request:
    """The true pair, written into a text: `ID` and `SECRET` stand for the two."""
    return asked(body.replace(b"ID", CLIENT_ID.encode()).replace(b"SECRET", SECRET.encode()), media=media)


def valid(name: str, request: Request, requirement: str, *others: int) -> Class:
    """The true pair, which may be answered by 200 and these."""
    return Class(name, request, frozenset({200, *others}), f"status.{requirement}")


def refused(name: str, request: Request, requirement: str, token: str, *others: int) -> Class:
    """Anything else, which is answered by these and gets no token."""
    return Class(name, request, frozenset(others), f"status.{requirement}", token)


def deep(levels: int, within: bytes) -> bytes:
    """A document of that many levels, the outermost of which holds `within` and arrays in arrays."""
    return b"{%b%b%b}" % (within, b"[" * (levels - 1), b"]" * (levels - 1))


TRUE = b'"clientId":"ID","clientSecret":"SECRET"'
FALSE = b'"clientId":"x","clientSecret":"y"'
PLAIN = b"{%b}" % TRUE
ESCAPED = b'{"clientId":"\\u0070%b","clientSecret":"SECRET"}' % CLIENT_ID[1:].encode()
FORM = f"clientId={CLIENT_ID}&clientSecret={SECRET}".encode()
FORM_TYPE = "application/x-www-form-urlencoded"
BASIC = ("Authorization", "Basic cGFydG5lcjpub3QtYS1zZWNyZXQ=")
OVERRIDE = ("X-HTTP-Method-Override", "PUT")
#: texts with a place for members, each of which strains a parser
PLACE = b"%b"
STRAINED = {
    "a byte order mark": b"\xef\xbb\xbf{%b}",
    "a member twice": b'{"clientId":"z",%b}',
    "invalid UTF-8": b'{"x":"\xff",%b}',
    "64 levels": deep(64, PLACE + b',"x":'),
    "10,000 levels": deep(10_000, PLACE + b',"x":'),
    "an integer of 16 digits": b'{"x":1234567890123456,%b}',
    "a number beyond a double": b'{"x":1e400,%b}',
    "NaN": b'{"x":NaN,%b}',
    "Infinity": b'{"x":-Infinity,%b}',
}


def long(size: int, **members: str) -> bytes:
    """Credentials, padded to that many octets by a member nobody declared."""
    body = octets(members | {"padding": ""})
    return body[:-2] + b"x" * (size - len(body)) + body[-2:]


CLASSES = (
    valid("the true pair", spelt(PLAIN), "valid-credentials"),
    valid("members in another order", spelt(b'{"clientSecret":"SECRET","clientId":"ID"}'), "equivalent-json"),
    valid("white space", spelt(b"\r\n{ %b\t} \n" % TRUE), "equivalent-json"),
    valid("an escape", spelt(ESCAPED), "equivalent-json"),
    valid("charset=utf-8", spelt(PLAIN, "application/json; charset=utf-8"), "equivalent-json"),
    valid("charset in quotes and capitals", spelt(PLAIN, 'application/json;Charset="UTF-8"'), "equivalent-json"),
    valid("a media type in capitals", spelt(PLAIN, "Application/JSON"), "equivalent-json"),
    valid("an undeclared member", spelt(b'{%b,"x":1}' % TRUE), "undeclared-members"),
    valid("63 levels", spelt(deep(63, TRUE + b',"x":')), "undeclared-members"),
    valid("an integer of 15 digits", spelt(b'{%b,"x":123456789012345}' % TRUE), "undeclared-members"),
    *(
        valid(f"{name} beside the pair", asked(PAIR | {name: 1}), "undeclared-members", 400)
        for name in ("__proto__", "constructor", "prototype", "__class__", "$where")
    ),
    valid("half of a surrogate pair beside the pair", asked(PAIR | {"x": "\ud83d"}), "undeclared-members", 400),
    valid("another field", asked(PAIR, ("Accept-Language", "es")), "unrelated-headers"),
    valid("an Authorization field", asked(PAIR, BASIC), "unrelated-headers"),
    valid("an overridden method", asked(PAIR, OVERRIDE), "unrelated-headers", *OTHER_METHOD),
    valid("a query beside the pair", asked(path="/oauth/token?x=1"), "valid-credentials", 400, 404),
    valid("the true pair in 64 KiB", asked(long(64 * KIB, **PAIR)), "undeclared-members"),
    valid("the true pair in more than 64 KiB", asked(long(64 * KIB + 1, **PAIR)), "undeclared-members", 400, 413),
    valid("the true pair in more than 1 MiB", asked(long(KIB * KIB + 1, **PAIR)), "oversize", *UNUSUAL),
    valid("the true pair without a type", asked(media=None), "json-media-type", *UNTYPED),
    valid("the true pair under an empty type", asked(media=""), "json-media-type", *UNTYPED),
    valid("the true pair as +json", asked(media="application/vnd.api+json"), "json-media-type", *UNTYPED),
    valid("the true pair as utf8", spelt(PLAIN, "application/json; charset=utf8"), "json-media-type", *UNTYPED),
    valid("the true pair as utf-16", spelt(PLAIN, "application/json; charset=utf-16"), "json-media-type", *UNTYPED),
    refused("a query that is no URI", asked({"clientId": "x", "clientSecret": "y"}, path="/oauth/token?a[]=%zz"), "wrong-credentials", UNKNOWN, 400, 401, 404),
    *(
        valid(f"the true pair and {name}", spelt(text.replace(PLACE, TRUE)), "unusual-json", *UNUSUAL)
        for name, text in STRAINED.items()
    ),
    valid("the true pair in UTF-16", asked(octets(PAIR).decode().encode("utf-16")), "unusual-json", *UNUSUAL),
    refused("a wrong pair in UTF-16", asked('{"x":1}'.encode("utf-16")), "unusual-json", NO_TOKEN, *UNUSUAL),
    refused("an unknown client", wrong(), "wrong-credentials", UNKNOWN, 401),
    refused("a secret in lower case", wrong(**PAIR | {"clientSecret": SECRET.lower()}), "wrong-credentials", NEAR_SECRET, 401),
    refused("a secret with a space", wrong(**PAIR | {"clientSecret": f"{SECRET} "}), "wrong-credentials", NEAR_SECRET, 401),
    refused("a client id in capitals", wrong(**PAIR | {"clientId": CLIENT_ID.upper()}), "wrong-credentials", NEAR_ID, 401),
    refused("the pair exchanged", wrong(clientId=SECRET, clientSecret=CLIENT_ID), "wrong-credentials", NEAR_SECRET, 401),
    refused("a wrong pair beside the true one", wrong(x=[CLIENT_ID, SECRET]), "wrong-credentials", NEAR_SECRET, 401),
    refused("a wrong pair beside half of a surrogate pair", wrong(x="\ud83d"), "wrong-credentials", UNKNOWN, 400, 401),
    refused("a wrong pair and __proto__", wrong(__proto__={}), "wrong-credentials", UNKNOWN, 400, 401),
    refused("a wrong pair and Authorization", asked({"clientId": "x", "clientSecret": "y"}, BASIC), "wrong-credentials", UNKNOWN, 400, 401),
    refused("a wrong pair in 64 KiB", asked(long(64 * KIB, clientId="x", clientSecret="y")), "wrong-credentials", UNKNOWN, 401),
    refused("a wrong pair in more than 64 KiB", asked(long(64 * KIB + 1, clientId="x", clientSecret="y")), "wrong-credentials", UNKNOWN, *UNUSUAL),
    *(
        refused(name, wrong(clientId=text), "unusual-credentials", UNKNOWN, 400, 401)
        for name, text in (("an empty client id", ""), ("U+0000", "x\0"), ("a line break", "x\n"), ("U+0085", "x\x85"), ("half a pair", "\ud83d"))
    ),
    refused("an empty secret", wrong(clientSecret=""), "unusual-credentials", UNKNOWN, 400, 401),
    refused("a secret of more than 64 KiB", wrong(clientSecret="x" * (64 * KIB + 1)), "unusual-credentials", UNKNOWN, *UNUSUAL),
    refused("no secret", asked({"clientId": CLIENT_ID}), "missing-member", NO_TOKEN, 400),
    refused("no client id", asked({"clientSecret": SECRET}), "missing-member", NO_TOKEN, 400),
    refused("no members", asked({}), "missing-member", NO_TOKEN, 400),
    refused("members by other names", asked({"client_id": CLIENT_ID, "client_secret": SECRET}), "missing-member", NO_TOKEN, 400),
    *(
        refused(f"a secret that is {value!r}", wrong(clientId=CLIENT_ID, clientSecret=value), "wrong-type", NO_TOKEN, 400)
        for value in (None, 1, 1.5, True, [], [SECRET], {}, {"$ne": None})
    ),
    *(
        refused(f"{name} for a body", asked(value), "not-an-object", NO_TOKEN, 400)
        for name, value in (("null", None), ("a string", "x"), ("a number", 1), ("true", True), ("an array", [PAIR]))
        if value is not None
    ),
    refused("null for a body", asked(b"null"), "not-an-object", NO_TOKEN, 400),
    *(
        refused(name, spelt(text), "not-json", NO_TOKEN, 400)
        for name, text in (
            ("a comma too many", b"{%b,}" % TRUE),
            ("single quotes", b"{'clientId':'ID'}"),
            ("a text cut off", b"{%b" % TRUE),
            ("a comment", b"{%b}//" % TRUE),
            ("two documents", PLAIN * 2),
            ("U+0000 behind it", PLAIN + b"\0"),
            ("a form under the type of JSON", FORM),
        )
    ),
    # a server may insist on a length
    refused("no body", asked(None), "empty-body", NO_TOKEN, 400, 411),
    refused("an empty body", asked(b""), "empty-body", NO_TOKEN, 400),
    refused("a body of white space", asked(b" \t\r\n"), "empty-body", NO_TOKEN, 400),
    *(
        refused(f"a wrong pair and {name}", spelt(text.replace(PLACE, FALSE)), "unusual-json", NO_TOKEN, *UNUSUAL)
        for name, text in STRAINED.items()
    ),
    *(
        refused(f"the true pair as {media}", asked(body, media=media), "media-type", ELSEWHERE, 400, 415)
        for media, body in (("text/plain", PAIR), ("text/json", PAIR), (FORM_TYPE, FORM), ("application/xml", b"<x/>"))
    ),
    refused("a wrong pair without a type", asked({"clientId": "x", "clientSecret": "y"}, media=None), "json-media-type", UNKNOWN, *UNTYPED),
    refused("a wrong pair without a type, in more than 1 MiB", asked(long(KIB * KIB + 1, clientId="x", clientSecret="y"), media=None), "json-media-type", UNKNOWN, *UNTYPED, 413),
    refused("64 levels as +json", asked(deep(64, b'"x":'), media="application/x+json"), "json-media-type", NO_TOKEN, *UNTYPED, 413),
    refused("a wrong pair as +json, with a query", asked({"clientId": "x", "clientSecret": "y"}, media="application/x+json", path="/oauth/token?x=1"), "json-media-type", UNKNOWN, *UNTYPED, 404),
    refused("a body that is not JSON, as +json", asked(b"{", media="application/x+json"), "json-media-type", NO_TOKEN, *UNTYPED),
    refused("the pair in the query", asked({}, path=f"/oauth/token?{FORM.decode()}"), "missing-member", ELSEWHERE, 400, 404),
    *(
        refused(method, asked(method=method), "method", ELSEWHERE, *OTHER_METHOD)
        for method in ("GET", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT")
    ),
    *(
        refused(method, asked(method=method), "method", ELSEWHERE, *OTHER_METHOD, *SUCCESSES)
        for method in ("OPTIONS", "HEAD")
    ),
    *(
        refused(method, asked(method=method), "method", ELSEWHERE, *OTHER_METHOD, 501)
        for method in ("BREW", "post", "Get")
    ),
    refused("a wrong pair in 1 MiB", asked(long(KIB * KIB, clientId="x", clientSecret="y")), "wrong-credentials", UNKNOWN, *UNUSUAL),
    refused("a wrong pair in more than 1 MiB", asked(long(KIB * KIB + 1, clientId="x", clientSecret="y")), "oversize", UNKNOWN, *UNUSUAL),
    refused("no JSON in more than 1 MiB", asked(b"x" * (KIB * KIB + 1)), "oversize", NO_TOKEN, *UNUSUAL),
    refused("text in more than 1 MiB", asked(b"x" * (KIB * KIB + 1), media="text/plain"), "oversize", ELSEWHERE, *UNUSUAL, 415),
    refused("PUT in more than 1 MiB", asked(b"x" * (KIB * KIB + 1), method="PUT"), "oversize", ELSEWHERE, *OTHER_METHOD, 413),
    refused("another path", asked(path="/oauth"), "method", UNKNOWN, 400, 401, 403, 404, 405, 410),
)  # fmt: skip


def assessed(request: Request, response: Response) -> Assessment:
    return judge().judge(exchange(request, response))[1]


def due(row: Class, status: int) -> Response:
    """An answer of that status with which nothing else is wrong."""
    return success() if status == 200 and not row.token else refusal(status)


def expected(row: Class, status: int) -> str:
    if status in row.accepted or status == 429:
        return ""
    if 300 <= status < 400:
        return "status.no-redirect"
    return "status.no-server-error" if status >= 500 else row.requirement


@each(CLASSES)
def test_each_status_is_accepted_or_breaks_one_requirement(row: Class) -> None:
    # a megabyte costs milliseconds each time
    statuses = STATUSES if len(row.asked.body or b"") < LARGE else EDGES

    assert {status: broken(assessed(row.asked, due(row, status))) for status in statuses} == {
        status: expected(row, status) for status in statuses
    }


@each(CLASSES)
def test_a_token_is_due_or_breaks_one_requirement(row: Class) -> None:
    assert broken(assessed(row.asked, success())) == row.token


@each([row for row in CLASSES if 200 in row.accepted and {400, 401} & set(row.accepted) and not row.token])
def test_a_refusal_that_says_200_is_one(row: Class) -> None:
    """It breaks what it is a refusal of, and is no token that is broken."""
    told = answered(200, refusal(401).content)

    assert broken(assessed(row.asked, told)) == row.requirement


@each([row for row in CLASSES if row.token])
def test_a_success_of_another_number_with_a_token_breaks_the_same(row: Class) -> None:
    created = answered(201, success().content, ("Cache-Control", "no-store"))

    assert broken(assessed(row.asked, created)) == row.token


@pytest.mark.parametrize("status", [500, 302])
def test_what_another_requirement_says_hinders_that_of_the_class(status: int) -> None:
    """It is neither kept nor broken: the answer says nothing of it."""
    found = assessed(wrong(), refusal(status))

    assert "status.wrong-credentials" in found.hindered
    assert "status.wrong-credentials" not in found.judged


def near(text: str, label: str) -> Request:
    """The true client id, a secret near the true one, and what the scenario says of it."""
    secret = Disguise(Secret(text), "", f"[SECRET {label}]", near=label)
    return replace(wrong(clientId=CLIENT_ID, clientSecret=text), disguises=(secret,))


def test_a_near_miss_is_named() -> None:
    (finding,) = assessed(near(SECRET[:-1], "without its last character"), success()).findings

    assert finding.observed.endswith(": [SECRET without its last character]")
    assert finding.variant == "without its last character"


@pytest.mark.parametrize("text", ['kept"by', "kept\nby", "kept\U0001f600by"])
def test_a_near_miss_is_known_however_it_is_spelled(text: str) -> None:
    carrying = near(text, "as it is")

    assert near_miss(carrying) is carrying.disguises[0]


def test_a_near_miss_that_is_not_in_the_octets_is_not_named() -> None:
    shrunk = replace(near("kept-by", "cut off"), body=octets({"clientId": CLIENT_ID, "clientSecret": ""}))

    assert near_miss(shrunk) is None


def test_the_true_secret_is_no_near_miss() -> None:
    true = replace(asked(), disguises=(Disguise(Secret(SECRET), "", "$SECRET as words have it"),))

    assert near_miss(true) is None


#: what the tables come to, for the count of requirements
ROWS = [
    one
    for row in CLASSES
    for one in (
        *(
            Row(f"{row.name} gets {status}", due(row, status), expected(row, status), row.asked)
            for status in (min(row.accepted), 302, 418, 503)
        ),
        Row(f"{row.name} gets a token", success(), row.token, row.asked),
    )
    if len(row.asked.body or b"") < LARGE or row.requirement == "status.oversize"
]
