"""Valid credentials that are not answered as they deserve: other statuses, and spellings the server cannot read."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from conformance.reference.mutants import tools
from conformance.reference.mutants.model import Mutant
from conformance.reference.mutants.tools import asked, editing, error, second, status, tenth
from conformance.reference.values import Answer, Cause, Request

SUCCESSES = (
    "status.equivalent-json",
    "status.undeclared-members",
    "status.unrelated-headers",
    "status.json-media-type",
    "status.unusual-json",
)
"""What else asks for a 200."""


def _with_status(code: int) -> tools.Edit:
    return lambda _request, answer: Answer(code, answer.headers, answer.body, answer.cause)


def _unless(matches: tools.Matches, code: int = 400) -> tools.Apply:
    """Refuse requests that deserve a token and match."""
    return editing(lambda _request, _answer: error(code), Cause.TOKEN, matches=matches)


def _body(condition: Callable[[bytes], object]) -> tools.Matches:
    return lambda request: bool(condition(request.body))


def _members(condition: Callable[[dict[str, Any]], object]) -> tools.Matches:
    return lambda request: bool(condition(asked(request)))


def _extra(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if name not in ("clientId", "clientSecret")}


def _compact(octets: bytes) -> bool:
    return not re.search(rb"[:,{]\s|\s[:,}]|^\s|\s$", octets)


def _content_type(condition: Callable[[str], object]) -> tools.Matches:
    return lambda request: bool(condition(request.header("content-type") or ""))


_VALID = (
    ("created", "A token is a 201, as of a resource", editing(_with_status(201), Cause.TOKEN)),
    ("accepted", "A token is a 202, as of a job", editing(_with_status(202), Cause.TOKEN)),
    ("token-transformed-by-a-proxy", "A proxy turns 200 into 203", editing(_with_status(203), Cause.TOKEN)),
    ("partial-content", "A token is a 206", editing(_with_status(206), Cause.TOKEN)),
)

_SPELLINGS: tuple[tuple[str, str, tools.Matches], ...] = (
    ("secret-first-refused", "The members are read in order", _members(lambda m: next(iter(m)) == "clientSecret")),
    ("leading-space-refused", "White space before the object is refused", _body(lambda b: b[:1].isspace())),
    ("leading-newline-refused", "A line feed before the object is refused", _body(lambda b: b[:1] in b"\r\n")),
    ("trailing-newline-refused", "A line feed after the object is refused", _body(lambda b: b[-1:] == b"\n")),
    ("tabs-refused", "Tabs between tokens are refused", _body(lambda b: b"\t" in b)),
    ("carriage-returns-refused", "Carriage returns between tokens are refused", _body(lambda b: b"\r" in b)),
    ("line-by-line-reader", "The body is read up to its first line feed", _body(lambda b: b"\n" in b.strip())),
    (
        "escapes-in-values-refused",
        "A regular expression reads the body: escapes stay as they are",
        _body(lambda b: re.search(rb':\s*"[^"]*\\u', b)),
    ),
    (
        "escapes-in-names-refused",
        "Member names are compared before they are unescaped",
        _body(lambda b: re.search(rb'\\u[^"]*"\s*:', b)),
    ),
    (
        "upper-case-escapes-refused",
        "Only lower-case hexadecimal digits are read after a backslash and u",
        _body(lambda b: re.search(rb"\\u[0-9a-fA-F]*[A-F]", b)),
    ),
    (
        "lower-case-escapes-refused",
        "Only upper-case hexadecimal digits are read after a backslash and u",
        _body(lambda b: re.search(rb"\\u[0-9a-fA-F]*[a-f]", b)),
    ),
    ("pretty-print-refused", "Only JSON without white space is read", _body(lambda b: not _compact(b))),
    (
        "short-content-length-limit",
        "A body over 4 KiB is refused, white space included",
        _body(lambda b: len(b) > 4096),
    ),
    (
        "charset-parameter-refused",
        "Content-Type must be application/json to the letter",
        _content_type(lambda value: ";" in value),
    ),
    (
        "charset-in-capitals-refused",
        "charset=UTF-8 is read, charset=utf-8 is not",
        _content_type(lambda value: "charset=utf-8" in value),
    ),
)

_MEMBERS: tuple[tuple[str, str, tools.Matches], ...] = (
    ("additional-properties-refused", "The validator forbids members it does not know", _members(_extra)),
    ("more-than-ten-members-refused", "More than ten members are too many", _members(lambda m: len(m) > 10)),
    (
        "nested-members-refused",
        "An undeclared member that is an object or an array is refused",
        _members(lambda m: any(isinstance(v, dict | list) for v in m.values())),
    ),
    (
        "null-members-refused",
        "An undeclared member that is null is refused",
        _members(lambda m: any(v is None for v in m.values())),
    ),
    ("nameless-member-refused", "A member whose name is empty is refused", _members(lambda m: "" in m)),
    (
        "long-member-name-refused",
        "A member name over 64 characters is refused",
        _members(lambda m: any(len(name) > 64 for name in m)),
    ),
    (
        "non-ascii-member-name-refused",
        "A member name beyond ASCII is refused",
        _members(lambda m: any(not name.isascii() for name in m)),
    ),
    (
        "dotted-member-refused",
        "A member name with a dot is taken for a path",
        _members(lambda m: any("." in name for name in m)),
    ),
    (
        "oauth-members-refused",
        "A grant_type other than its own is refused",
        _members(lambda m: m.get("grant_type", "client_credentials") != "client_credentials"),
    ),
    (
        "members-found-at-any-depth",
        "Members are looked for at any depth, and the deepest wins",
        _members(lambda m: any("clientSecret" in v for v in m.values() if isinstance(v, dict))),
    ),
    ("scope-member-refused", "A scope is checked, though there are none", _members(lambda m: "scope" in m)),
    (
        "letter-case-twin-wins",
        "Members are bound without regard to letter case, and the last one wins",
        _members(lambda m: any(n.lower() in ("clientid", "clientsecret") for n in _extra(m))),
    ),
    (
        "snake-case-twin-wins",
        "client_id takes precedence over clientId",
        _members(lambda m: "client_id" in m or "client_secret" in m),
    ),
    (
        "markup-in-members-refused",
        "A firewall sees markup in an undeclared member",
        _members(lambda m: "<" in str(_extra(m))),
    ),
    (
        "quote-in-members-refused",
        "A firewall sees an apostrophe in an undeclared member",
        _members(lambda m: any("'" in str(v) for v in _extra(m).values() if isinstance(v, str))),
    ),
    ("member-named-id-refused", "A member called id collides with the server's own", _members(lambda m: "id" in m)),
)


def _header(name: str, condition: Callable[[str], bool] = lambda _value: True) -> tools.Matches:
    def matches(request: Request) -> bool:
        value = request.header(name)
        return value is not None and condition(value)

    return matches


_HEADERS: tuple[tuple[str, str, int, tools.Matches], ...] = (
    (
        "authorization-is-checked-here-too",
        "A bearer token is demanded to be good where none is needed",
        401,
        _header("authorization"),
    ),
    (
        "basic-authorization-confuses",
        "Basic credentials in the header take precedence over the body",
        401,
        _header("authorization", lambda value: value.lower().startswith("basic")),
    ),
    (
        "accept-with-quality-refused",
        "An Accept with a q parameter is not understood",
        406,
        _header("accept", lambda value: ";" in value),
    ),
    (
        "accept-language-unsupported",
        "A language other than English is a 406",
        406,
        _header("accept-language", lambda value: not value.startswith("en")),
    ),
    (
        "accept-charset-unsupported",
        "Accept-Charset is honoured, and only UTF-8 is served",
        406,
        _header("accept-charset"),
    ),
    (
        "field-names-read-by-case",
        "Content-Type is looked up as it is written here, and no other way",
        415,
        lambda request: "content-type" in request.names,
    ),
    ("cookie-forbidden", "A request with a cookie is taken for a browser's", 403, _header("cookie")),
    ("forwarded-for-forbidden", "X-Forwarded-For is matched against an allow list", 403, _header("x-forwarded-for")),
    ("expectation-failed", "Expect: 100-continue is a 417, as old proxies have it", 417, _header("expect")),
    ("precondition-honoured-on-post", "If-None-Match on a POST is a 412", 412, _header("if-none-match")),
    ("modified-since-honoured-on-post", "If-Modified-Since on a POST is a 412", 412, _header("if-modified-since")),
    (
        "long-header-refused",
        "A header field over 1 KiB is refused",
        431,
        lambda request: any(len(value) > 1024 for _name, value in request.headers),
    ),
    ("tracing-header-refused", "A traceparent that is not the gateway's own is refused", 400, _header("traceparent")),
    (
        "idempotency-key-refused",
        "An Idempotency-Key is refused where none is expected",
        400,
        _header("idempotency-key"),
    ),
)


MUTANTS: tuple[Mutant, ...] = (
    *(
        Mutant(name=name, requirement="status.valid-credentials", company=SUCCESSES, title=title, apply=apply)
        for name, title, apply in _VALID
    ),
    *(
        Mutant(
            name=name,
            requirement="status.equivalent-json",
            title=title,
            kind="one-class",
            apply=_unless(matches),
            company=("status.undeclared-members", "status.unusual-json"),
        )
        for name, title, matches in _SPELLINGS
    ),
    *(
        Mutant(
            name=name, requirement="status.undeclared-members", title=title, kind="one-class", apply=_unless(matches)
        )
        for name, title, matches in _MEMBERS
    ),
    *(
        Mutant(
            name=name,
            requirement="status.unrelated-headers",
            title=title,
            kind="one-class",
            apply=_unless(matches, code),
        )
        for name, title, code, matches in _HEADERS
    ),
    Mutant(
        name="mesh-rejects-authorization-in-plain-text",
        requirement="status.unrelated-headers",
        company=("error.content-type", "error.json"),
        title="A service mesh answers any request with an Authorization field before the application does",
        kind="one-class",
        apply=tools.intercepting(
            _header("authorization"),
            tools.plain(401, "text/plain", "Jwt is missing", ("www-authenticate", 'Bearer realm="mesh"')),
        ),
    ),
    Mutant(
        name="valid-credentials-accepted-nine-times-in-ten",
        requirement="status.valid-credentials",
        company=(*SUCCESSES, "status.same-answer"),
        title="One in ten valid requests meets a replica that does not know the client",
        kind="sometimes",
        apply=editing(status(401), Cause.TOKEN, trigger=tenth),
    ),
    Mutant(
        name="client-suspended-after-twenty-tokens",
        requirement="status.valid-credentials",
        company=(*SUCCESSES, "status.same-answer"),
        title="After twenty tokens the client is refused: a quota that is not told",
        kind="sequence",
        apply=editing(status(403), Cause.TOKEN, trigger=tools.after(20)),
    ),
    Mutant(
        name="one-in-ten-tokens-is-a-202",
        requirement="status.valid-credentials",
        company=(*SUCCESSES, "status.same-answer"),
        title="One in ten tokens comes with 202",
        kind="sometimes",
        apply=editing(_with_status(202), Cause.TOKEN, trigger=tenth),
    ),
    Mutant(
        name="media-types-answered-by-turns",
        requirement="status.same-answer",
        title="Two replicas answer a media type they do not know with 400 and 415 by turns",
        kind="sometimes",
        apply=editing(status(400), Cause.MEDIA_TYPE, trigger=second),
    ),
    Mutant(
        name="methods-answered-by-turns",
        requirement="status.same-answer",
        title="Another method is 405 and 404 by turns",
        kind="sometimes",
        apply=editing(status(404), Cause.METHOD, trigger=second),
    ),
    Mutant(
        name="unusual-json-answered-by-turns",
        requirement="status.same-answer",
        title="Ambiguous JSON is 400 and 401 by turns",
        kind="sometimes",
        apply=editing(status(401), Cause.UNUSUAL_JSON, trigger=second),
    ),
    Mutant(
        name="oversize-answered-by-turns",
        requirement="status.same-answer",
        title="Too large a body is 413 and 400 by turns",
        kind="sometimes",
        apply=editing(status(400), Cause.TOO_LARGE, trigger=second),
    ),
)
