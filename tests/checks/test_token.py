"""The envelope of a token, on literals."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

from tests.checks.literals import ABSENT, NO_STORE, Row, answered, broken, each, octets, success, token

BODY = success().content
TOKEN = token()
NO_INTEGERS: tuple[object, ...] = ("86400", 86400.0, 86400.5, True, None, [], ABSENT)


def text(name: str, broken: str, body: bytes, *types: str) -> Row:
    """A 200 whose body is that text."""
    fields = tuple(("Content-Type", one) for one in types or ("application/json",))
    return Row(name, answered(200, body, NO_STORE, *fields, media=None), broken)


def member(name: str, value: object, broken: str = "") -> Row:
    """A 200 with one member changed."""
    return Row(f"{name} {value!r:.24}", success(**{name: value}), broken)


def written(number: bytes, broken: str) -> Row:
    """A 200 with `expiresIn` as it is written there."""
    return text(f"expiresIn written {number.decode()}", broken, BODY.replace(b"86400", number))


ROWS = (
    text("as it is", "", BODY),
    text("white space around it", "", b"\n " + BODY + b"\r\n"),
    text("a charset", "", BODY, "application/json;charset=UTF-8"),
    text("the same type twice", "", BODY, "application/json", "application/json"),
    text("text/plain", "token.content-type", BODY, "text/plain"),
    text("text/html", "token.content-type", BODY, "text/html; charset=utf-8"),
    text("an empty type", "token.content-type", BODY, ""),
    text("a charset of two octets", "token.content-type", BODY, "application/json; charset=utf-16"),
    text("two types", "token.content-type", BODY, "application/json", "text/plain"),
    text("the token alone, as a text", "token.content-type", TOKEN.encode(), "text/plain"),
    text("a form", "token.content-type", b"accessToken=" + TOKEN.encode(), "application/x-www-form-urlencoded"),
    text("empty", "token.json", b""),
    text("a byte order mark", "token.json", b"\xef\xbb\xbf" + BODY),
    text("NaN", "token.json", BODY[:-1] + b',"x":NaN}'),
    text("NaN for a member that is judged", "token.expires-in token.json", BODY.replace(b"86400", b"NaN")),
    text("two documents", "token.json", BODY + b"{}"),
    text("U+0000 behind it", "token.json", BODY + b"\0"),
    text("a comma too many", "token.json", BODY[:-1] + b",}"),
    text("ISO 8859-1", "token.json", BODY[:-1] + b',"x":"\xf1"}'),
    text("a list", "token.object", b"[%b]" % BODY),
    text("a text within a text", "token.object", octets(BODY.decode())),
    text("null", "token.object", b"null"),
    text("no members", "token.access-token token.expires-in token.token-type", b"{}"),
    member("scope", "all"),
    *(member("accessToken", value, "token.access-token") for value in (ABSENT, None, "", [TOKEN], {"value": TOKEN})),
    Row("access_token", success(accessToken=ABSENT, access_token=TOKEN), "token.access-token"),
    *(
        member("tokenType", value, "token.token-type")
        for value in ("bearer", "BEARER", "Bearer ", "JWT", "", None, ["Bearer"], ABSENT)
    ),
    *(member("expiresIn", value, "token.expires-in") for value in NO_INTEGERS),
    written(b"8.64e4", "token.expires-in"),
    written(b"1e400", "token.expires-in"),
    member("expiresIn", 0, "token.expires-in-positive"),
    member("expiresIn", -1, "token.expires-in-positive"),
    member("expiresIn", -86400, "token.expires-in-positive"),
    written(b"-0", "token.expires-in-positive"),
)


@each(ROWS)
def test_a_token_s_envelope_breaks_exactly_what_its_row_says(row: Row) -> None:
    assert broken(row.assessed()) == row.broken
