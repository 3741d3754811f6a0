"""What an answer gives away, and who is given a token, on literals."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

import base64
import hashlib
import hmac
import html
from collections.abc import Callable
from urllib.parse import quote, unquote

import pytest
from msgspec.structs import replace

from conformance.checks import internals
from conformance.messages import Disguise, Request
from conformance.secret import Secret
from tests.checks.literals import (
    CLAIMS,
    CLIENT_ID,
    HEADER,
    INVALID,
    LIFETIME,
    PAIR,
    SECRET,
    VALID,
    WRONG,
    Row,
    answered,
    asked,
    broken,
    each,
    members,
    octets,
    refusal,
    segment,
    success,
    token,
    wrong,
)

STORABLE = "security.not-publicly-cacheable"
KEPT = "security.no-store"
ECHO = "security.no-echo"
TRACE = "security.no-stack-trace"
IN_TOKEN = "security.no-secret-in-token"
KEY = "security.no-key-in-header"
GUESSED = "security.no-well-known-key"
HELD = "security.refusal-holds-no-token"

DECOY = "decoy-0123456789abcdef01234567"
#: the true secret under a wrong client id: a refusal that says nothing of it is right
SENT = wrong(clientSecret=SECRET)
FIELDS = (("WWW-Authenticate", "Bearer"),)
SPELT = "".join(f"\\u{ord(one):04x}" for one in SECRET)
ESCAPED = f'{{"clientId":"no-such-partner","clientSecret":"{SPELT}"}}'.encode()
ESCAPED_TRUE = f'{{"clientId":"{CLIENT_ID}","clientSecret":"{SPELT}"}}'.encode()


def says(name: str, text: object, broken: str = "", request: Request = SENT) -> Row:
    """A 401 with that message."""
    return Row(f"says {name}", refusal(401, message=text), broken, request)


def shows(text: str, broken: str = "") -> Row:
    """A 400 with that message."""
    return Row(f"shows {text!r:.50}", refusal(400, message=text), broken, INVALID)


def holds(name: str, broken: str, claims: object = CLAIMS, header: object = HEADER) -> Row:
    """A token with that in it."""
    return Row(f"a token holds {name}", success(accessToken=token(claims, header)), broken)


def claims(name: str, value: object, broken: str = IN_TOKEN) -> Row:
    return holds(name, broken, CLAIMS | {"x": value})


def header(name: str, broken: str = KEY, **changes: object) -> Row:
    return holds(name, broken, header=members(HEADER, changes))


def signed(name: str, broken: str, key: bytes, alg: str = "HS256", **changes: object) -> Row:
    """A token signed with that key."""
    unsigned = f"{segment({'alg': alg})}.{segment(CLAIMS | changes)}"
    mac = hmac.digest(key, unsigned.encode(), f"sha{alg[2:]}")
    return Row(f"signed with {name}", success(accessToken=f"{unsigned}.{segment(mac)}"), broken)


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


HALF = SECRET[: len(SECRET) // 2]
ECHOES = (
    says("nothing", "Unauthorized"),
    says("the client id", f"no client {CLIENT_ID}", request=wrong(**PAIR | {"clientSecret": "x"})),
    says("a secret that was not sent", SECRET, request=WRONG),
    says("the beginning of it", SECRET[:8]),
    says("it", SECRET, ECHO),
    says("it, which was sent in escapes", SECRET, ECHO, asked(ESCAPED)),
    Row("a token holds it, which was sent in escapes", success(accessToken=token(CLAIMS | {"x": SECRET})), f"{ECHO} {IN_TOKEN}", asked(ESCAPED_TRUE)),
    says("it within a sentence", f"got: {SECRET}!", ECHO),
    says("it in a list", [f"x={SECRET}"], f"error.message-string {ECHO}"),
    says("its first half", f"{HALF}…", ECHO),
    says("its last half", SECRET[len(SECRET) // 2 :], ECHO),
    says("it in base64", base64_of(SECRET), ECHO),
    says("the pair in base64", base64_of(f"{CLIENT_ID}:{SECRET}"), ECHO),
    says("it in hexadecimal", SECRET.encode().hex(), ECHO),
    says("it in capital hexadecimal", SECRET.encode().hex().upper(), ECHO),
    says("it reversed", SECRET[::-1], ECHO),
    *(says(f"it in hexadecimal with {by!r}", SECRET.encode().hex(by), ECHO) for by in " :-,"),
    says("it in capital hexadecimal with colons", SECRET.encode().hex(":").upper(), ECHO),
    says("its octets as a program writes them", ", ".join(f"0x{octet:02x}" for octet in SECRET.encode()), ECHO),
    says("half of it in spaced hexadecimal", SECRET.encode()[:11].hex(" ")),
    says("another in spaced hexadecimal", SECRET[::-1].encode().hex(" ")),
    says("numbers", " ".join(map(str, range(10, 99)))),
    Row("repeats it behind the content", replace(refusal(), trailers=(("X-Debug", SECRET),)), ECHO, SENT),
    says("it spaced out", " ".join(SECRET), ECHO),
    says("it as an array", list(SECRET), f"error.message-string {ECHO}"),
    says("it in escapes", "".join(f"&#{ord(character)};" for character in SECRET), ECHO),
    *(says(f"its {name}", hashlib.new(name, SECRET.encode()).hexdigest(), ECHO) for name in ("md5", "sha1", "sha256")),
    says("a made-up secret", DECOY, ECHO, wrong(clientSecret=DECOY)),
    Row("says a made-up secret out of no JSON", refusal(400, message=DECOY), ECHO, asked(f"{{'clientSecret':'{DECOY}'}}".encode())),
    says("a secret that was sent as a client id", SECRET, "", wrong(clientId=SECRET)),
    Row("in a field", answered(401, refusal().content, *FIELDS, ("X-Debug", SECRET)), ECHO, SENT),
    Row("in the reason phrase", answered(401, refusal().content, *FIELDS, reason=SECRET), ECHO, SENT),
    Row("beside a token", success(clientSecret=SECRET), ECHO),
    Row("in a 500", answered(500, SECRET.encode()), f"{ECHO} status.no-server-error", SENT),
    Row("in a 404 to a query", answered(404, SECRET.encode()), ECHO, asked(None, method="GET", path=f"/oauth/token?clientSecret={SECRET}")),
)  # fmt: skip
TRACES = (
    shows("body/clientSecret is missing"),
    shows("an error at line 3"),
    shows('Traceback (most recent call last):\n  File "app.py", line 3', TRACE),
    shows("TypeError at verify (/srv/app/auth.js:41:9)", TRACE),
    shows("java.lang.NullPointerException", TRACE),
    shows("SQLSTATE[42P01]", TRACE),
    shows("postgres://app:pw@db/partners", TRACE),
    Row("shows a trace in a field", answered(400, refusal(400).content, ("X-Error", "panic: runtime error")), TRACE, INVALID),
    Row("shows a trace with a token", success(debug="at /srv/app/auth.js:41:9 node_modules/x"), TRACE),
    Row("shows a trace in a 500", answered(500, b"Traceback (most recent call last):"), f"{TRACE} status.no-server-error", INVALID),
)  # fmt: skip
REFUSALS = (
    Row("a refusal with a token", refusal(accessToken=token()), HELD, WRONG),
    Row("a refusal with an opaque token", refusal(accessToken="opaque"), HELD, WRONG),
    Row("a refusal with a token by another name", refusal(access_token=token()), HELD, WRONG),
    Row("a refusal with a token in a field", answered(401, refusal().content, *FIELDS, ("X-Token", token())), HELD, WRONG),
    Row("a refusal with a token in HTML", answered(404, f"<p>{token()}</p>".encode()), HELD, asked(None, method="GET")),
    Row("a refusal with null for a token", refusal(accessToken=None), "", WRONG),
    Row("a refusal with an empty token", refusal(accessToken=""), "", WRONG),
    Row("a refusal of valid credentials with a token", refusal(accessToken=token()), f"{HELD} status.valid-credentials"),
    Row("an error of the server with a token", refusal(500, accessToken=token()), f"{HELD} status.no-server-error", WRONG),
    Row("a success without a token", answered(200, {}), "status.wrong-credentials", WRONG),
    Row("a success with an empty token", answered(200, {"accessToken": ""}), "status.wrong-credentials", WRONG),
    Row("OPTIONS with an empty token", answered(200, {"accessToken": ""}), "", asked(method="OPTIONS")),
    Row("OPTIONS with a token", success(), "security.other-channel-no-token", asked(method="OPTIONS")),
    Row("HEAD with a token in a field", answered(200, b"", ("X-Token", token())), "", asked(None, method="HEAD")),
    Row("a token for nobody that may be stored", success(("Cache-Control", "public")), f"{STORABLE} security.unknown-client", WRONG),
    Row("a token in Basic credentials", success(), "security.other-channel-no-token", asked({"clientId": "x", "clientSecret": "y"}, ("Authorization", f"Basic {base64_of(f'{CLIENT_ID}:{SECRET}')}"))),
    Row("a token by a cookie", success(), "security.other-channel-no-token", asked({}, ("Cookie", f"s={SECRET}"))),
    Row("a token for an unread secret", success(), "security.exact-secret", wrong(clientId=CLIENT_ID)),
    Row("a token for an unread client id", success(), "security.exact-client-id", wrong(clientSecret=SECRET)),
    Row("a token for an object", success(), "security.invalid-body-no-token", asked(PAIR | {"clientSecret": {"$ne": None}})),
)  # fmt: skip
SECRETS = (
    claims("the client id", CLIENT_ID, ""),
    # base64 of it is a spelling of the secret, which the answer then holds as well
    claims("the secret", SECRET, f"{ECHO} {IN_TOKEN}"),
    claims("the larger part of the secret", SECRET[:16]),
    claims("its end", SECRET[-16:]),
    claims("a few characters of it", SECRET[:8], ""),
    claims("the secret within", {"client": [f"s:{SECRET}"]}, f"{ECHO} {IN_TOKEN}"),
    claims("the secret in base64", base64_of(SECRET)),
    claims("the secret in hexadecimal", SECRET.encode().hex()),
    claims("the secret in base32", base64.b32encode(SECRET.encode()).decode().lower()),
    claims("the secret in base64 twice over", base64_of(base64_of(SECRET))),
    claims("other words in base32", base64.b32encode(b"nothing of the client's is in here").decode(), ""),
    claims("its digest", hashlib.sha256(SECRET.encode()).hexdigest()),
    claims("its digest in base64", base64.b64encode(hashlib.sha512(SECRET.encode()).digest()).decode()),
    claims("another digest", hashlib.sha256(b"x").hexdigest(), ""),
    claims("the hash of a password", "$2b$12$" + "a" * 53),
    claims("an argon2 hash", "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ"),
    claims("a private key", "-----BEGIN RSA PRIVATE KEY-----\nMII"),
    claims("a public key", "-----BEGIN PUBLIC KEY-----\nMII", ""),
    holds("the secret in its header", f"{ECHO} {IN_TOKEN}", header=HEADER | {"kid": SECRET}),
    header("a kid", "", kid="2026-a"),
    header("a jku", "", jku="https://auth.example/jwks.json"),
    header("a thumbprint", "", **{"x5t#S256": "dGh1bWI"}),
    header("jwk", jwk={"kty": "RSA", "n": "AQAB", "e": "AQAB"}),
    header("x5c", x5c=["MII"]),
    header("a symmetric key", k="c2VjcmV0"),
    header("a private exponent", d="AQAB"),
    header("a key in PEM", pem="-----BEGIN PUBLIC KEY-----\nMII"),
    header("a jku without TLS", jku="http://auth.example/jwks.json"),
    header("an x5u without TLS, in capitals", x5u="HTTP://auth.example/x.pem"),
)
KEYS = (
    signed("a key of its own", "", hashlib.sha256(b"nobody knows").digest()),
    signed("'secret'", GUESSED, b"secret"),
    signed("'secret', under HS512", GUESSED, b"secret", "HS512"),
    signed("no key at all", GUESSED, b""),
    signed("the client's secret", GUESSED, SECRET.encode()),
    signed("the client id", GUESSED, CLIENT_ID.encode()),
    signed("what the token itself says", GUESSED, b"https://auth.example/"),
)
ROWS = ECHOES + TRACES + REFUSALS + SECRETS + KEYS


@each(ROWS)
def test_an_answer_breaks_exactly_what_its_row_says(row: Row) -> None:
    assert broken(row.assessed()) == row.broken


INTERNALS = (
    *(word.decode() for word in internals.WORDS),
    'File "app.py", line 3',
    "at com.example.Login.check(Login.java:41)",
    "at verify (/srv/app/auth.js:41:9)",
    "at Login.Check() in C:\\app\\Login.cs:line 41",
    "Stack trace: #0",
    "login.php on line 3",
    "goroutine 1 [running]",
    "main.go:41",
    "java.lang.NullPointerException",
    "System.Data.SqlException",
    "ORA-00942",
    "sqlite3.OperationalError",
    "Cast to ObjectId failed for value",
    "postgres://app:pw@db/partners",
    "/srv/app/login/auth.py",
)


@pytest.mark.parametrize("text", INTERNALS)
@pytest.mark.parametrize(
    "request_of",
    [
        lambda text: asked(text.encode()),
        lambda text: asked({"clientId": text, "clientSecret": "x"}),
        lambda text: asked(b'{"clientId":"%s"' % "".join(f"\\u{ord(one):04X}" for one in text).encode()),
        lambda text: asked(path=f"/oauth/token?x={quote(text)}"),
        lambda text: asked(PAIR, ("X-Note", text)),
    ],
    ids=["body", "member", "escaped", "query", "field"],
)
def test_internals_that_were_sent_are_not_given_away_by_who_repeats_them(
    text: str, request_of: Callable[[str], Request]
) -> None:
    def found(sent: Request, *more: str) -> list[str]:
        answer = refusal(400, message=" ".join((f"Unexpected token at '{text}'", *more)))
        findings = Row("", answer, asked=sent).assessed().findings
        return [one.requirement for one in findings if one.requirement == TRACE]

    another = "ORA-00942" if "ORA" not in text else "main.go:41"
    sent = request_of(text)
    assert found(sent) == []
    assert found(sent, another) == [TRACE]
    assert found(INVALID) == [TRACE]


@pytest.mark.parametrize("spelt", [str, html.escape, lambda query: html.escape(repr(unquote(query)))])
@pytest.mark.parametrize(("status", "broken_by"), [(404, ""), (405, ""), (501, ""), (400, ECHO), (403, ECHO)])
def test_a_page_of_what_is_not_served_may_name_the_url_that_was_asked_for(
    spelt: Callable[[str], str], status: int, broken_by: str
) -> None:
    query = f"clientId={CLIENT_ID}&clientSecret={quote(SECRET)}"
    sent = asked(PAIR, path=f"/oauth/token?{query}", method="GET")
    page = f"<p>No <tt>http://localhost/oauth/token?{spelt(query)}</tt></p>"

    def found(content: str) -> str:
        findings = Row("", answered(status, content.encode(), ("Allow", "POST")), asked=sent).assessed().findings
        return " ".join({one.requirement for one in findings if one.requirement == ECHO})

    assert found(page) == broken_by
    assert found(f"{page}<p>{SECRET}</p>") == ECHO


@pytest.mark.parametrize("shell", ["", "${X%?}", "$PARTNERS_API_CLIENT_ID"])
@pytest.mark.parametrize("of_secret", [True, False])
def test_a_near_miss_is_a_secret_by_what_it_is_near_and_not_by_how_it_is_written(shell: str, of_secret: bool) -> None:  # noqa: FBT001 - pytest gives it
    """Near the secret no answer may repeat it; near the client id an answer may say whom it does not know."""
    near = Disguise(Secret(f"{SECRET[:-1]}q"), shell, "near", of_secret, "with its last character changed")
    member = "clientSecret" if of_secret else "clientId"
    sent = replace(wrong(**{member: near.value.reveal()}), disguises=(near,))
    found = Row("", refusal(401, message=f"not {near.value.reveal()}"), asked=sent).assessed()

    assert broken(found) == (ECHO if of_secret else "")


def test_an_echo_of_a_part_has_one_signature_whatever_its_length() -> None:
    """It is the same defect: how much of it is said is what was observed."""

    def found(secret: str) -> tuple[str, str]:
        held = Disguise(Secret(secret), "", "a secret")
        sent = replace(wrong(clientSecret=secret), disguises=(held,))
        (finding,) = Row("", refusal(401, message=secret[: len(secret) // 2]), asked=sent).assessed().findings
        return finding.signature, finding.observed

    short, long = found(SECRET), found(SECRET * 2)
    assert (short[0], long[0]) == ("401 part", "401 part")
    assert (short[1], long[1]) == tuple(
        f"the client secret that was sent, {size} octets of it, in a 401" for size in (len(SECRET) // 2, len(SECRET))
    )


def test_a_token_that_was_sent_is_none_that_a_refusal_holds() -> None:
    sent = asked(PAIR | {"clientId": token()})
    assert broken(Row("", refusal(401, message=f"no client {token()}"), asked=sent).assessed()) == ""


@pytest.mark.parametrize("size", [0, 255 << 10, 1 << 20])
def test_an_echo_is_found_in_the_first_quarter_of_a_megabyte(size: int) -> None:
    content = octets({"error": 401, "message": "x" * size + SECRET})
    found = Row("", answered(401, content, *FIELDS), asked=SENT).assessed()

    assert broken(found) == (ECHO if size < 256 << 10 else "")


def test_a_token_that_lives_as_long_as_it_says_and_is_nowhere_stored_breaks_nothing() -> None:
    found = Row("", success(expiresIn=LIFETIME), asked=VALID).assessed()

    assert not found.findings
    assert {STORABLE, KEPT, ECHO, TRACE, IN_TOKEN, KEY, GUESSED} <= found.judged.keys()
