"""The body of a 400 and a 401, and of what stands outside the contract, on literals."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

import pytest

from tests.checks.literals import ABSENT, CHALLENGE, INVALID, WRONG, Row, answered, asked, broken, each, refusal

INT32 = 2**31
NO_INTEGERS: tuple[object, ...] = (True, False, 400.0, 400.5, "400", "validation_error", None, [400], {})
NO_STRINGS: tuple[object, ...] = (None, ["a", "b"], {}, 400, True)
BODY = b'{"error":401,"message":"Unauthorized"}'
TYPE = "Content-Type"
GET = asked(None, media=None, method="GET")
FORM = asked(b"a=b", media="application/x-www-form-urlencoded")


def typed(name: str, broken: str, *types: str, body: object = BODY) -> Row:
    """A 401 with these fields Content-Type."""
    fields = tuple((TYPE, one) for one in types)
    return Row(name, answered(401, body, CHALLENGE, *fields, media=None), broken, WRONG)


def text(name: str, broken: str, body: bytes) -> Row:
    """A 401 whose body is that text, under the type of JSON."""
    return Row(name, answered(401, body, CHALLENGE), broken, WRONG)


def error(value: object, broken: str = "") -> Row:
    """A 400 with that `error`."""
    return Row(f"error {value!r:.20}", refusal(400, error=value), broken, INVALID)


def message(value: object, broken: str = "") -> Row:
    """A 400 with that `message`."""
    return Row(f"message {value!r}", refusal(400, message=value), broken, INVALID)


def outside(name: str, broken: str, status: int, body: object, media: str = "application/json") -> Row:
    """An answer outside the contract, to a request that may get it."""
    request = {405: GET, 404: GET, 413: asked(b"x" * (1 << 20 | 1)), 415: FORM}[status]
    return Row(f"{status} {name}", answered(status, body, ("Allow", "POST"), media=media), broken, request)


CONTENT_TYPES = (
    typed("application/json", "", "application/json"),
    typed("a charset", "", "application/json; charset=utf-8"),
    typed("a charset in quotes", "", 'application/json;charset="UTF-8"'),
    typed("a charset that holds all there is", "", "application/json; charset=us-ascii"),
    typed("another parameter", "", "application/json; v=1"),
    typed("capitals", "", "Application/JSON"),
    typed("white space around the type", "", " application/json\t"),
    typed("a type of problems", "", "application/problem+json"),
    typed("the same type twice", "", "application/json", "application/json"),
    typed("the same type and charset twice", "", *["application/json; charset=utf-8"] * 2),
    typed("no type", "error.content-type"),
    typed("an empty type", "error.content-type", ""),
    typed("text/plain", "error.content-type", "text/plain"),
    typed("text/json", "error.content-type", "text/json"),
    typed("text/html", "error.content-type", "text/html; charset=utf-8"),
    typed("a type of which JSON is the beginning", "error.content-type", "application/jsonp"),
    typed("two types", "error.content-type", "application/json", "text/html"),
    typed("two types, JSON behind", "error.content-type", "text/html", "application/json"),
    typed("two charsets", "error.content-type", "application/json", "application/json; charset=utf-8"),
    typed("charset=utf-16", "error.content-type", "application/json; charset=utf-16"),
    typed("charset=UTF-16LE", "error.content-type", "application/json; charset=UTF-16LE"),
    typed("HTML as what it is", "error.content-type", "text/html", body=b"<h1>401</h1>"),
    typed("nothing at all", "error.content-type", body=b""),
)
TEXTS = (
    text("as it is", "", BODY),
    text("white space around it", "", b" \r\n\t" + BODY + b"\n"),
    text("letters beyond ASCII", "", '{"error":401,"message":"contraseña"}'.encode()),
    text("half a surrogate pair in an escape", "", b'{"error":401,"message":"\\ud800"}'),
    text("200 levels", "", b'{"error":401,"message":"","x":' + b"[" * 199 + b"]" * 199 + b"}"),
    text("201 levels", "error.json", b'{"error":401,"message":"","x":' + b"[" * 200 + b"]" * 200 + b"}"),
    text("empty", "error.json", b""),
    text("white space alone", "error.json", b" \n"),
    text("a byte order mark", "error.json", b"\xef\xbb\xbf" + BODY),
    text("NaN", "error.json", b'{"error":401,"message":"","x":NaN}'),
    text("Infinity", "error.json", b'{"error":401,"message":"","x":-Infinity}'),
    text("two documents", "error.json", BODY + BODY),
    text("U+0000 behind it", "error.json", BODY + b"\0"),
    text("a form feed behind it", "error.json", BODY + b"\f"),
    text("a comma too many", "error.json", b'{"error":401,"message":"",}'),
    text("single quotes", "error.json", b"{'error':401,'message':''}"),
    text("a line break in a string", "error.json", b'{"error":401,"message":"a\nb"}'),
    text("ISO 8859-1", "error.json", '{"error":401,"message":"contraseña"}'.encode("latin-1")),
    text("UTF-16", "error.json", BODY.decode().encode("utf-16-le")),
    text("HTML under the type of JSON", "error.json", b"<h1>401</h1>"),
    text("cut off", "error.json", BODY[:-1]),
    text("a list", "error.object", b"[%b]" % BODY),
    text("a string", "error.object", b'"Unauthorized"'),
    text("null", "error.object", b"null"),
    text("a number", "error.object", b"401"),
    text("true", "error.object", b"true"),
)
MEMBERS = (
    error(400),
    error(0),
    error(-1),
    error(40_001),
    error(INT32 - 1),
    error(-INT32),
    error(INT32, "error.error-int32"),
    error(-INT32 - 1, "error.error-int32"),
    error(10**700, "error.error-int32"),
    *(error(value, "error.error-integer") for value in NO_INTEGERS),
    text("error 4e2", "error.error-integer", b'{"error":4e2,"message":""}'),
    text("error 1e400", "error.error-integer", b'{"error":1e400,"message":""}'),
    error(ABSENT, "error.error-present"),
    error(401, "error.status-agrees"),
    error(200, "error.status-agrees"),
    error(599, "error.status-agrees"),
    error(201),
    error(399),
    error(600),
    message("Bad request"),
    message(""),
    *(message(value, "error.message-string") for value in NO_STRINGS),
    message(ABSENT, "error.message-present"),
    text("no members", "error.error-present error.message-present", b"{}"),
    text("the first example", "error.error-present", b'{"code":"validation_error","message":"body"}'),
    text("the second example", "error.error-present", b'{"message":"Unauthorized"}'),
    text("other names", "error.error-present error.message-present", b'{"Error":401,"Message":""}'),
    Row("an undeclared member", refusal(400, traceId="a1"), asked=INVALID),
)
OUTSIDE = (
    *(
        row
        for status in (404, 405, 413, 415)
        for row in (
            outside("Error", "", status, {"error": status, "message": ""}),
            outside("Error, with a number of its own", "", status, {"error": 40_001, "message": ""}),
            outside("another shape", "error.outside-contract", status, {"detail": "no"}),
            outside("another shape under text/plain", "", status, {"detail": "no"}, "text/plain"),
            outside("no body", "", status, b""),
            outside("HTML", "", status, b"<h1>no</h1>", "text/html"),
            outside("no JSON under its type", "", status, b"<h1>no</h1>"),
        )
    ),
    outside("a problem", "error.outside-contract", 404, {"title": "Not Found"}, "application/problem+json"),
    outside("a list", "error.outside-contract", 404, ["no"]),
    outside("null", "error.outside-contract", 404, b"null"),
    outside("an error that is a text", "error.outside-contract", 404, {"error": "404", "message": ""}),
    outside("an error that is true", "error.outside-contract", 404, {"error": True, "message": ""}),
    outside("an error beyond int32", "error.outside-contract", 404, {"error": INT32, "message": ""}),
    outside("no message", "error.outside-contract", 404, {"error": 404}),
    outside("another status in the body", "error.status-agrees", 404, {"error": 400, "message": ""}),
    Row("a 401 to another method is none of the contract's", answered(401, b"no", CHALLENGE, media=None), "", GET),
    Row("a 400 to another method is none of the contract's", answered(400, b"no", media="text/html"), "", GET),
    Row("a 400 to HEAD has no body", answered(400), "", asked(None, method="HEAD")),
)
ROWS = CONTENT_TYPES + TEXTS + MEMBERS + OUTSIDE


@each(ROWS)
def test_a_refusal_breaks_exactly_what_its_row_says(row: Row) -> None:
    assert broken(row.assessed()) == row.broken


@pytest.mark.parametrize("status", [402, 500, 302])
def test_the_body_of_a_status_that_is_not_accepted_is_not_looked_at(status: int) -> None:
    """One defect is one finding: an answer that does not belong there has no shape to keep."""
    found = Row("", answered(status, b"<h1>no</h1>", media="text/html"), asked=WRONG).assessed()

    assert not [requirement for requirement in found.judged if requirement.startswith("error.")]
