"""Answers that tell too much, or let themselves be kept: echoes, stack traces, shared caches, hints."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.reference.behaviour import Behaviour, authenticate
from conformance.reference.mutants import tools
from conformance.reference.mutants.model import Mutant
from conformance.reference.mutants.tables import applied, on_branch
from conformance.reference.mutants.tools import CLIENT_ERRORS, ERRORS, asked, changing, field, page, refused, tenth
from conformance.reference.service import CHALLENGE
from conformance.reference.values import Answer, Cause, Client, Credentials, Refused, Request

_REFUSED = (Cause.CREDENTIALS,)


def _secret(request: Request) -> str:
    """The clientSecret that was sent, if any."""
    given = asked(request).get("clientSecret")
    return given if isinstance(given, str) else ""


def _members(change: Callable[[Request, dict[str, Any]], dict[str, Any]]) -> tools.Edit:
    """Change the members of an answer in view of the request; what is no Unicode is escaped."""

    def edit(request: Request, answer: Answer) -> Answer:
        return replace(answer, body=json.dumps(change(request, json.loads(answer.body))).encode())

    return edit


def _said(text: Callable[[Request], str]) -> tools.Edit:
    return _members(lambda request, error: {**error, "message": text(request)})


def _visible(text: str) -> str:
    return re.sub("[^!-~]", "?", text)


def _named(name: str, value: Callable[[str], str]) -> tools.Edit:
    """Put something made of the secret into a header field, where there is a secret."""

    def edit(request: Request, answer: Answer) -> Answer:
        secret = _secret(request)
        return answer.with_header(name, value(secret)) if secret else answer

    return edit


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "replace")


_ECHOES: tuple[tuple[str, str, tuple[Cause, ...], tools.Edit], ...] = (
    ("echo-in-the-message", "A 401 repeats the secret", _REFUSED, _said(lambda r: f"Invalid client secret: {_secret(r)}")),
    ("echo-of-the-request", "A 401 repeats the request", _REFUSED, _members(lambda r, error: {**error, "request": asked(r)})),
    ("echo-percent-encoded", "A 401 links to a page with the secret in its query", _REFUSED,
     _members(lambda r, error: {**error, "help": "https://help.example/?" + urllib.parse.urlencode(
         {"secret": _octets(_secret(r))})})),
    ("echo-in-base64", "A 401 repeats the pair in base64", _REFUSED,
     _members(lambda r, error: {**error, "debug": base64.b64encode(_octets(f"{asked(r).get('clientId')}:{_secret(r)}")).decode()})),
    ("echo-of-the-secret-in-base64", "A 401 repeats the secret in base64", _REFUSED,
     _members(lambda r, error: {**error, "debug": base64.b64encode(_octets(_secret(r))).decode()})),
    ("echo-in-hexadecimal", "A 401 repeats the secret in hexadecimal", _REFUSED,
     _members(lambda r, error: {**error, "debug": _octets(_secret(r)).hex()})),
    ("echo-html-escaped", "A 401 repeats the secret, escaped for HTML", _REFUSED,
     _said(lambda r: f"Wrong secret <b>{html.escape(_secret(r))}</b>")),
    ("echo-as-an-array", "A 401 repeats the secret as an array of its characters", _REFUSED,
     _members(lambda r, error: {**error, "value": list(_secret(r))})),
    ("echo-in-a-header", "A 401 repeats the secret in a field", _REFUSED, _named("x-debug-secret", _visible)),
    ("echo-in-a-cookie", "A 401 sets the secret as a cookie", _REFUSED,
     _named("set-cookie", lambda secret: f"last={urllib.parse.quote(_octets(secret))}")),
    ("echo-with-the-token", "A token comes with the request that asked for it", (Cause.TOKEN,),
     _members(lambda r, made: {**made, "request": asked(r)})),
    ("echo-of-the-secret-with-the-token", "A token comes with the client's record", (Cause.TOKEN,),
     _members(lambda r, made: {**made, "client": {"name": "Partner", "secret": _secret(r)}})),
    ("echo-in-a-header-with-the-token", "A token comes with a field that repeats the secret", (Cause.TOKEN,),
     _named("x-client", _visible)),
    ("echo-of-bad-json", "A syntax error quotes the body", (Cause.NOT_JSON,),
     _said(lambda r: f"Unexpected token in JSON: {r.body[:2000].decode('utf-8', 'replace')}")),
    ("echo-of-ambiguous-json", "Ambiguous JSON is quoted", (Cause.UNUSUAL_JSON,),
     _said(lambda r: f"Cannot read: {r.body[:2000].decode('utf-8', 'replace')}")),
    ("echo-of-the-object", "A missing member quotes the object it is missing from", (Cause.MISSING_MEMBER,),
     _said(lambda r: f"Invalid object: {json.dumps(asked(r), ensure_ascii=False)}")),
    ("echo-of-the-value", "A wrong type quotes the object it stands in", (Cause.WRONG_TYPE,),
     _members(lambda r, error: {**error, "instance": asked(r)})),
    ("echo-of-another-media-type", "A 415 quotes the body", (Cause.MEDIA_TYPE,),
     _said(lambda r: f"Cannot read: {r.body[:2000].decode('utf-8', 'replace')}")),
    ("echo-of-the-query", "A 400 for no body quotes the query", (Cause.EMPTY,), _said(lambda r: f"No body for ?{r.query}")),
    ("echo-by-trace", "TRACE repeats the request, credentials and all", (Cause.METHOD,),
     lambda r, answer: page("message/http", "\r\n".join(
         (f"{r.method} {r.path}", *(f"{n}: {v}" for n, v in r.headers), "", r.body.decode("utf-8", "replace"))))(r, answer)
     if r.method == "TRACE" else answer),
)  # fmt: skip

_IN_A_FIELD = ("echo-in-a-header", "echo-in-a-cookie")

_TRACES: tuple[tuple[str, str, tuple[Cause, ...], str], ...] = (
    ("trace-of-python", "A syntax error shows a traceback of Python", (Cause.NOT_JSON,),
     ('Traceback (most recent call last):\n  File "/app/views/oauth.py", line 41, in token\n    data = json.loads(body)\n'
     "json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)")),
    ("trace-of-node", "A missing member shows a stack of Node.js", (Cause.MISSING_MEMBER,),
     ("TypeError: Cannot read properties of undefined (reading 'length')\n    at authenticate (/srv/api/src/oauth.js:27:31)\n"
     "    at Layer.handle [as handle_request] (/srv/api/node_modules/express/lib/router/layer.js:95:5)")),
    ("trace-of-java", "A wrong type shows a stack of Java", (Cause.WRONG_TYPE,),
     ("java.lang.ClassCastException: class java.lang.Integer cannot be cast to class java.lang.String\n"
     "\tat io.partners.api.TokenController.issue(TokenController.java:58)\n\tat java.base/java.lang.Thread.run(Thread.java:840)")),
    ("trace-of-php", "An empty body shows an error of PHP", (Cause.EMPTY,),
     ("Fatal error: Uncaught TypeError: json_decode(): Argument #1 must be of type string, null given in "
     "/var/www/html/oauth/token.php:12\nStack trace:\n#0 /var/www/html/index.php(3): require()\n#1 {main}")),
    ("trace-of-dotnet", "A body that is no object shows a stack of .NET", (Cause.NOT_AN_OBJECT,),
     ("System.NullReferenceException: Object reference not set to an instance of an object.\n"
     "   at Partners.Api.Controllers.TokenController.Post(TokenRequest request) in C:\\src\\TokenController.cs:line 33")),
    ("trace-of-go", "Ambiguous JSON shows a panic of Go", (Cause.UNUSUAL_JSON,),
     ("runtime error: invalid memory address or nil pointer dereference\ngoroutine 34 [running]:\n"
     "main.tokenHandler(0xc000126000)\n\t/go/src/api/main.go:88 +0x1d")),
    ("trace-of-ruby", "Another media type shows a backtrace of Ruby", (Cause.MEDIA_TYPE,),
     ("NoMethodError (undefined method `[]' for nil:NilClass):\napp/controllers/oauth_controller.rb:14:in `create'\n"
     "actionpack (7.0.4) lib/action_controller/metal.rb:188:in `dispatch'")),
    ("trace-of-the-database", "Wrong credentials show an error of the database", _REFUSED,
     "ERROR: SQLSTATE[42601]: syntax error at or near \"'\" LINE 1: SELECT id FROM clients WHERE client_id = ''"),
    ("trace-of-rust", "Another method shows a panic of Rust", (Cause.METHOD,),
     ("thread 'tokio-runtime-worker' panicked at src/oauth.rs:71:18:\ncalled `Option::unwrap()` on a `None` value\n"
     "stack backtrace:\n   0: rust_begin_unwind\n   1: core::panicking::panic_fmt")),
)  # fmt: skip

_SHARED: tuple[tuple[str, str, tools.Apply], ...] = (
    ("token-cacheable-by-all", "A token may be stored by all, for an hour",
     changing(token_headers=(("cache-control", "public, max-age=3600"),))),
    ("token-cacheable-by-proxies", "A token is fresh for an hour in shared caches",
     changing(token_headers=(("cache-control", "s-maxage=3600"),))),
    ("token-public-and-immutable", "A token is public and immutable, like a script",
     changing(token_headers=(("cache-control", "public, immutable, max-age=31536000"),))),
    ("token-private-for-a-field-alone", "A token is public but for its cookies",
     changing(token_headers=(("cache-control", 'public, private="set-cookie"'),))),
    ("token-fresh-at-its-own-location", "A token is fresh for an hour, and Content-Location is the URI that was asked",
     changing(token_headers=(("cache-control", "max-age=3600"), ("content-location", "/api/v3/oauth/token")))),
)  # fmt: skip

_UNSAID: tuple[tuple[str, str, tools.Apply], ...] = (
    ("token-cacheable-for-an-hour", "A token is fresh for an hour", changing(token_headers=(("cache-control", "max-age=3600"),))),
    ("token-with-future-expires", "A token has an Expires far ahead and no Cache-Control",
     changing(token_headers=(("expires", "Fri, 01 Jan 2100 00:00:00 GMT"),))),
    ("cache-control-left-out", "A token says nothing about caches", changing(token_headers=())),
    ("no-cache-for-no-store", "A token says no-cache, which lets it be stored", changing(token_headers=(("cache-control", "no-cache"),))),
    ("private-for-no-store", "A token says private, which lets the client store it",
     changing(token_headers=(("cache-control", "private"),))),
    ("no-store-misspelled", "A token says nostore", changing(token_headers=(("cache-control", "nostore"),))),
    ("no-store-in-pragma", "Only Pragma says no-store", changing(token_headers=(("pragma", "no-store"),))),
    ("no-store-sometimes", "Every other token says no-store",
     tools.editing(tools.without("cache-control"), Cause.TOKEN, trigger=tools.second)),
)  # fmt: skip


def _claimed(name: str, value: Callable[[Client], object]) -> tools.Apply:
    """Put a claim made of the client into the token."""
    return tools.wrapping("claims", lambda make: lambda client, now, lifetime: {
        **make(client, now, lifetime), name: value(client)})  # fmt: skip


def _digest(algorithm: str) -> Callable[[Client], str]:
    return lambda client: hashlib.new(algorithm, client.secret.encode()).hexdigest()


_IN_THE_TOKEN: tuple[tuple[str, str, tools.Apply], ...] = (
    ("secret-among-the-claims", "The claims hold the secret", _claimed("clientSecret", lambda client: client.secret)),
    ("secret-inside-a-claim", "The claims hold the client's whole record",
     _claimed("client", lambda client: {"id": client.id, "secret": client.secret, "company": client.company})),
    ("half-the-secret-among-the-claims", "The claims hold the first half of the secret, to tell one from another",
     _claimed("sid", lambda client: client.secret[: -(-len(client.secret) // 2)])),
    ("secret-in-base64-among-the-claims", "The claims hold the Basic credentials",
     _claimed("auth", lambda client: base64.b64encode(f"{client.id}:{client.secret}".encode()).decode())),
    ("secret-in-plain-base64-among-the-claims", "The claims hold the secret in base64",
     _claimed("key", lambda client: base64.b64encode(client.secret.encode()).decode())),
    ("secret-in-hexadecimal-among-the-claims", "The claims hold the secret in hexadecimal",
     _claimed("key", lambda client: client.secret.encode().hex())),
    ("secret-in-base32-among-the-claims", "The claims hold the secret in base32, in lower case as some identifiers are",
     _claimed("sid", lambda client: base64.b32encode(client.secret.encode()).decode().rstrip("=").lower())),
    ("sha256-of-the-secret-among-the-claims", "The claims hold the secret's SHA-256", _claimed("sh", _digest("sha256"))),
    ("md5-of-the-secret-among-the-claims", "The claims hold the secret's MD5", _claimed("fingerprint", _digest("md5"))),
    ("sha1-of-the-secret-among-the-claims", "The claims hold the secret's SHA-1", _claimed("fingerprint", _digest("sha1"))),
    ("bcrypt-among-the-claims", "The claims hold the row of the table, password hash included",
     _claimed("hash", lambda _client: "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW")),
    ("private-key-among-the-claims", "The claims hold the key that signs",
     _claimed("cnf", lambda _client: "-----BEGIN RSA PRIVATE KEY-----\nMIIBOgIBAAJBAK8Q\n-----END RSA PRIVATE KEY-----")),
)  # fmt: skip


def _telling(refuse: Callable[[bool], None]) -> Callable[[Credentials, Client], bool]:
    """Refuse according to whether the client id is known."""

    def check(credentials: Credentials, client: Client) -> bool:
        if authenticate(credentials, client):
            return True
        refuse(credentials.client_id == client.id)
        return False

    return check


def _message(known: bool) -> None:  # noqa: FBT001 - the one thing it depends on
    raise refused(401, Cause.CREDENTIALS, "Wrong secret" if known else "Unknown client")


def _status(known: bool) -> None:  # noqa: FBT001 - the one thing it depends on
    raise refused(401 if known else 404, Cause.CREDENTIALS, "Unauthorized")


def _bad_request(known: bool) -> None:  # noqa: FBT001 - the one thing it depends on
    raise refused(401 if known else 400, Cause.CREDENTIALS, "Unauthorized")


def _punctuation(known: bool) -> None:  # noqa: FBT001 - the one thing it depends on
    raise refused(401, Cause.CREDENTIALS, "Unauthorized." if known else "Unauthorized")


def _code(known: bool) -> None:  # noqa: FBT001 - the one thing it depends on
    raise refused(401, Cause.CREDENTIALS, f"Unauthorized (AUTH-00{1 + known})")


def _lookup(known: bool) -> None:  # noqa: FBT001 - the one thing it depends on
    headers = (("www-authenticate", CHALLENGE), ("x-lookup", "hit" if known else "miss"))
    raise Refused(401, Cause.CREDENTIALS, "Unauthorized", headers)


def _slow_hash(known: bool) -> None:  # noqa: FBT001 - the one thing it depends on
    if known:
        time.sleep(0.08)
    raise refused(401, Cause.CREDENTIALS, "Unauthorized")


def _attempts_left(behaviour: Behaviour) -> Behaviour:
    """Count down the attempts of a client that exists, and of no other."""
    left = 100

    def tell(known: bool) -> None:  # noqa: FBT001 - the one thing it depends on
        nonlocal left
        if known:
            left -= 1
            raise refused(401, Cause.CREDENTIALS, f"Unauthorized: {left} attempts left")

    return changing(authenticate=_telling(tell))(behaviour)


_HINTS: tuple[tuple[str, str, tools.Apply, tuple[str, ...]], ...] = (
    ("unknown-client-told-apart", "The message tells whether the client exists", changing(authenticate=_telling(_message)), ()),
    ("unknown-client-told-by-a-full-stop", "The message has a full stop where the client exists",
     changing(authenticate=_telling(_punctuation)), ()),
    ("unknown-client-told-by-a-digit", "A code in the message differs by a digit where the client exists",
     changing(authenticate=_telling(_code)), ()),
    ("unknown-client-told-by-a-field", "A field tells whether the look-up was a hit",
     changing(authenticate=_telling(_lookup)), ()),
    ("known-client-takes-longer", "A slow hash is computed where the client exists, and only there",
     changing(authenticate=_telling(_slow_hash)), ()),
    ("attempts-left-told", "Who exists is told how many attempts are left", _attempts_left, ()),
)  # fmt: skip

MUTANTS: tuple[Mutant, ...] = (
    *(
        mutant
        for name, title, causes, edit in _ECHOES
        for mutant in on_branch(
            "security.no-echo",
            causes,
            ((name, title, edit, None),),
            # a long secret makes a long field
            ("error.outside-contract", *(("protocol.bounded-answer",) if name in _IN_A_FIELD else ())),
        )
    ),
    Mutant(
        name="one-in-ten-refusals-echoes",
        requirement="security.no-echo",
        title="One in ten refusals repeats the secret: a node with debugging on",
        kind="sometimes",
        apply=tools.editing(_ECHOES[0][3], *_REFUSED, trigger=tenth),
    ),
    *(
        mutant
        for name, title, causes, trace in _TRACES
        for mutant in on_branch(
            "security.no-stack-trace",
            causes,
            ((name, title, tools.content(lambda error, trace=trace: {**error, "message": trace}), None),),  # type: ignore[misc]
        )
    ),
    *on_branch(
        "security.no-stack-trace",
        CLIENT_ERRORS,
        (
            (
                "trace-in-a-member",
                "Errors carry their stack in a member of its own",
                tools.content(lambda error: {**error, "stack": _TRACES[1][3]}),
                None,
            ),
            (
                "trace-in-a-header",
                "Errors carry their origin in a field",
                field(
                    "x-exception",
                    "java.lang.NullPointerException at io.partners.api.TokenController.issue(TokenController.java:58)",
                ),
                None,
            ),
        ),
    ),
    Mutant(
        name="one-in-ten-errors-shows-its-stack",
        requirement="security.no-stack-trace",
        title="One in ten errors carries its stack: a node in development mode",
        kind="sometimes",
        apply=tools.editing(tools.content(lambda error: {**error, "stack": _TRACES[1][3]}), *ERRORS, trigger=tenth),
    ),
    *applied("security.not-publicly-cacheable", _SHARED, ("security.no-store",)),
    *applied("security.no-store", _UNSAID),
    *applied("security.no-secret-in-token", _IN_THE_TOKEN, ("security.no-echo",)),
    *(
        mutant
        for name, title, apply, company in _HINTS
        for mutant in applied("security.same-refusal", ((name, title, apply),), company)
    ),
    *applied(
        "status.wrong-credentials",
        (
            ("unknown-client-not-found", "An unknown client is a 404", changing(authenticate=_telling(_status))),
            (
                "unknown-client-a-bad-request",
                "An unknown client is a 400",
                changing(authenticate=_telling(_bad_request)),
            ),
        ),
        ("status.unusual-credentials",),
    ),
)
