"""A 200 that is not the object with `accessToken`, `tokenType` and `expiresIn` that a client needs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

from conformance.reference.mutants import tools
from conformance.reference.mutants.model import Mutant
from conformance.reference.mutants.tables import applied, on_branch
from conformance.reference.mutants.tools import after, at_times, body, content, editing, tenth, typed
from conformance.reference.tokens import compact_json
from conformance.reference.values import Answer, Cause, Request

_TOKEN = (Cause.TOKEN,)
_SHAPE = ("token.access-token", "token.token-type", "token.expires-in")

_LABELS: tuple[tuple[str, str, str | None], ...] = (
    ("token-labelled-html", "A token is labelled text/html", "text/html; charset=utf-8"),
    ("token-labelled-plain-text", "A token is labelled text/plain", "text/plain"),
    ("token-not-labelled", "A token has no Content-Type", None),
    ("token-labelled-octets", "A token is labelled application/octet-stream", "application/octet-stream"),
    ("token-labelled-form", "A token is labelled as a form", "application/x-www-form-urlencoded"),
    ("token-labelled-jwt", "The object is labelled application/jwt", "application/jwt"),
    ("token-labelled-json-without-a-type", "A token is labelled json", "json"),
)

_OCTETS: tuple[tuple[str, str, Callable[[bytes], bytes]], ...] = (
    (
        "token-with-byte-order-mark",
        "The content starts with a byte order mark",
        lambda octets: b"\xef\xbb\xbf" + octets,
    ),
    ("token-in-utf-16", "The content is UTF-16", lambda octets: octets.decode().encode("utf-16")),
    ("token-in-latin-1", "The content is ISO-8859-1", lambda octets: octets[:-1] + b',"note":"v\xe1lido"}'),
    (
        "token-with-single-quotes",
        "The content is a dictionary as Python prints it",
        lambda octets: repr(json.loads(octets)).encode(),
    ),
    ("token-with-trailing-garbage", "Something follows the JSON document", lambda octets: octets + b"\0"),
    ("token-twice", "The document is written twice", lambda octets: octets + octets),
    ("token-cut-off", "The last octet is missing", lambda octets: octets[:-1]),
    (
        "token-behind-a-prefix",
        "The content stands behind a prefix against script inclusion",
        lambda octets: b")]}',\n" + octets,
    ),
    ("token-behind-a-loop", "The content stands behind for(;;);", lambda octets: b"for(;;);" + octets),
    ("token-as-a-callback", "The content is wrapped in a callback", lambda octets: b"/**/callback(" + octets + b")"),
    ("token-with-nan", "A member is NaN", lambda octets: octets[:-1] + b',"load":NaN}'),
    ("token-with-infinity", "A member is Infinity", lambda octets: octets[:-1] + b',"quota":Infinity}'),
    ("token-with-trailing-comma", "A comma follows the last member", lambda octets: octets[:-1] + b",}"),
    (
        "token-with-a-warning-before",
        "A warning of the runtime stands before the JSON",
        lambda octets: b"Deprecated: this method will be removed\n" + octets,
    ),
    (
        "token-with-a-query-log-after",
        "A debug comment stands after the JSON",
        lambda octets: octets + b"<!-- 3 queries -->",
    ),
)

Content: TypeAlias = Callable[[dict[str, Any]], Any]


def _with(name: str, value: Any) -> Content:
    return lambda members: {**members, name: value}


def _less(name: str) -> Content:
    return lambda members: {key: value for key, value in members.items() if key != name}


def _renamed(**names: str) -> Content:
    return lambda members: {names.get(name, name): value for name, value in members.items()}


_OBJECTS: tuple[tuple[str, str, Content], ...] = (
    ("token-in-an-array", "The content is an array of one", lambda members: [members]),
    (
        "token-alone-as-a-string",
        "The content is the token alone, as a JSON string",
        lambda members: members["accessToken"],
    ),
    ("token-object-encoded-twice", "The content is JSON in a JSON string", json.dumps),
    ("token-as-null", "The content is null", lambda _members: None),
    (
        "token-as-an-array-of-values",
        "The content is an array of the three values",
        lambda members: list(members.values()),
    ),
    (
        "token-as-an-array-of-pairs",
        "The content is an array of names and values",
        lambda members: [{"name": name, "value": value} for name, value in members.items()],
    ),
)

_ACCESS_TOKENS: tuple[tuple[str, str, Content], ...] = (
    ("access-token-left-out", "There is no accessToken", _less("accessToken")),
    ("access-token-as-null", "accessToken is null", _with("accessToken", None)),
    ("access-token-empty", "accessToken is an empty string", _with("accessToken", "")),
    (
        "access-token-as-an-object",
        "accessToken is an object with the token in it",
        lambda members: {**members, "accessToken": {"token": members["accessToken"]}},
    ),
    (
        "access-token-as-an-array",
        "accessToken is the token's three parts",
        lambda members: {**members, "accessToken": members["accessToken"].split(".")},
    ),
    ("access-token-as-a-number", "accessToken is a number", _with("accessToken", 17106552)),
    ("access-token-in-snake-case", "accessToken is called access_token", _renamed(accessToken="access_token")),
    ("access-token-called-token", "accessToken is called token", _renamed(accessToken="token")),
    ("access-token-called-id-token", "Only an idToken is given", _renamed(accessToken="idToken")),
    ("access-token-capitalised", "accessToken is called AccessToken", _renamed(accessToken="AccessToken")),
)

_TOKEN_TYPES: tuple[tuple[str, str, Content], ...] = (
    ("token-type-in-lower-case", "tokenType is bearer", _with("tokenType", "bearer")),
    ("token-type-in-capitals", "tokenType is BEARER", _with("tokenType", "BEARER")),
    ("token-type-with-a-space", "tokenType ends in a space", _with("tokenType", "Bearer ")),
    ("token-type-with-a-leading-space", "tokenType starts with a space", _with("tokenType", " Bearer")),
    ("token-type-jwt", "tokenType is JWT", _with("tokenType", "JWT")),
    ("token-type-mac", "tokenType is mac", _with("tokenType", "mac")),
    ("token-type-dpop", "tokenType is DPoP", _with("tokenType", "DPoP")),
    ("token-type-null", "tokenType is null", _with("tokenType", None)),
    ("token-type-empty", "tokenType is empty", _with("tokenType", "")),
    ("token-type-an-array", "tokenType is an array", _with("tokenType", ["Bearer"])),
    ("token-type-a-number", "tokenType is the number of an enumeration", _with("tokenType", 1)),
    ("token-type-left-out", "There is no tokenType", _less("tokenType")),
    ("token-type-in-snake-case", "tokenType is called token_type", _renamed(tokenType="token_type")),
    ("token-type-with-a-cyrillic-letter", "The e of Bearer is Cyrillic", _with("tokenType", "B\u0435arer")),
    ("token-type-named-by-its-class", "tokenType is TokenType.Bearer", _with("tokenType", "TokenType.Bearer")),
)

_EXPIRES: tuple[tuple[str, str, Content], ...] = (
    ("expires-in-as-digits", "expiresIn is a string of digits", _with("expiresIn", "86400")),
    ("expires-in-null", "expiresIn is null", _with("expiresIn", None)),
    ("expires-in-left-out", "There is no expiresIn", _less("expiresIn")),
    ("expires-in-true", "expiresIn is true", _with("expiresIn", True)),  # noqa: FBT003 - the value of a member
    ("expires-in-with-a-fraction", "expiresIn has a fraction", _with("expiresIn", 86399.5)),
    ("expires-in-as-a-date", "expiresIn is a date", _with("expiresIn", "2030-01-01T00:00:00Z")),
    ("expires-in-with-a-unit", "expiresIn names its unit", _with("expiresIn", "24h")),
    ("expires-in-as-an-object", "expiresIn is an object with a unit", _with("expiresIn", {"seconds": 86400})),
    ("expires-in-as-an-array", "expiresIn is an array", _with("expiresIn", [86400])),
    ("expires-in-in-snake-case", "expiresIn is called expires_in", _renamed(expiresIn="expires_in")),
    (
        "expires-in-called-expires-at",
        "expiresIn is called expiresAt and is a time",
        lambda members: {**_less("expiresIn")(members), "expiresAt": 1_900_000_000},
    ),
)

_NOT_POSITIVE: tuple[tuple[str, str, int], ...] = (
    ("expires-in-zero", "expiresIn is 0", 0),
    ("expires-in-negative", "expiresIn is -1, for never", -1),
    ("expires-in-counts-from-expiry", "expiresIn has its sign the wrong way round", -86400),
)

_SNAKE = _renamed(accessToken="access_token", tokenType="token_type", expiresIn="expires_in")


def _spread(member: str) -> tools.Edit:
    """What the request has by the name of this member of the answer stands in the answer."""

    def edit(request: Request, answer: Answer) -> Answer:
        sent = tools.asked(request)
        if member not in sent:
            return answer
        return replace(answer, body=compact_json({**json.loads(answer.body), member: sent[member]}))

    return edit


MUTANTS: tuple[Mutant, ...] = (
    *on_branch("token.content-type", _TOKEN, ((name, title, typed(label), None) for name, title, label in _LABELS)),
    *on_branch("token.json", _TOKEN, ((name, title, body(change), None) for name, title, change in _OCTETS)),
    *on_branch("token.object", _TOKEN, ((name, title, content(change), None) for name, title, change in _OBJECTS)),
    *applied("token.access-token", ((name, title, tools.envelope(change)) for name, title, change in _ACCESS_TOKENS)),
    *applied("token.token-type", ((name, title, tools.envelope(change)) for name, title, change in _TOKEN_TYPES)),
    *applied("token.expires-in", ((name, title, tools.envelope(change)) for name, title, change in _EXPIRES)),
    *applied(
        "token.expires-in-positive",
        ((name, title, tools.envelope(_with("expiresIn", value))) for name, title, value in _NOT_POSITIVE),
        ("jwt.exp-agrees",),
    ),
    *applied(
        "token.access-token",
        (
            ("members-in-snake-case", "All members are in snake case, as RFC 6749 has them", tools.envelope(_SNAKE)),
            (
                "token-in-an-envelope",
                "The object lies in an envelope called data",
                tools.envelope(lambda m: {"data": m}),
            ),
            (
                "token-in-a-list-envelope",
                "The object lies in a list called tokens",
                tools.envelope(lambda m: {"tokens": [m]}),
            ),
            ("token-object-empty", "The content is an empty object", tools.envelope(lambda _members: {})),
        ),
        _SHAPE,
    ),
    Mutant(
        name="html-is-negotiated",
        requirement="token.content-type",
        company=("status.unrelated-headers", "token.json"),
        title="An Accept that names text/html gets the token in a page",
        kind="one-class",
        apply=editing(
            tools.page("text/html", "<p>Your token is ready</p>"),
            Cause.TOKEN,
            matches=lambda request: "text/html" in (request.header("accept") or ""),
        ),
    ),
    *(
        Mutant(
            name=f"{sin}-from-the-request",
            requirement=requirement,
            company=company,
            title=f"An undeclared {member} of the request is spread over the answer",
            kind="one-class",
            apply=editing(_spread(member), Cause.TOKEN),
        )
        for sin, member, requirement, company in (
            ("token-type", "tokenType", "token.token-type", ()),
            ("expires-in", "expiresIn", "token.expires-in-positive", ("jwt.exp-agrees",)),
            ("token", "accessToken", "jwt.compact", ()),
        )
    ),
    *(
        Mutant(
            name=f"{member}-from-the-request",
            requirement=requirement,
            title=f"An undeclared {member} of the request is spread over a refusal",
            kind="one-class",
            apply=editing(_spread(member), Cause.CREDENTIALS),
        )
        for member, requirement in (("error", "error.error-integer"), ("message", "error.message-string"))
    ),
    Mutant(
        name="token-type-drifts",
        requirement="token.token-type",
        title="One in ten tokens has its type in lower case: another replica, another version",
        kind="sometimes",
        apply=at_times(tenth, tools.envelope(_with("tokenType", "bearer"))),
    ),
    Mutant(
        name="token-type-lost-after-ten-tokens",
        requirement="token.token-type",
        title="After ten tokens there is no tokenType any more",
        kind="sequence",
        apply=at_times(after(10), tools.envelope(_less("tokenType"))),
    ),
    Mutant(
        name="expires-in-as-digits-from-the-cache",
        requirement="token.expires-in",
        title="The first token is fresh, all later ones come from a cache that keeps text",
        kind="sequence",
        apply=at_times(after(1), tools.envelope(_with("expiresIn", "86400"))),
    ),
    Mutant(
        name="one-in-ten-tokens-in-html",
        requirement="token.content-type",
        title="One in ten tokens is labelled text/html",
        kind="sometimes",
        apply=editing(typed("text/html"), Cause.TOKEN, trigger=tenth),
    ),
    Mutant(
        name="one-in-ten-tokens-is-null",
        requirement="token.access-token",
        title="One in ten accessTokens is null: the signer was not ready",
        kind="sometimes",
        apply=at_times(tenth, tools.envelope(_with("accessToken", None))),
    ),
    Mutant(
        name="one-in-ten-tokens-has-expired-already",
        requirement="token.expires-in-positive",
        company=("jwt.exp-agrees",),
        title="One in ten expiresIn is 0",
        kind="sometimes",
        apply=at_times(tenth, tools.envelope(_with("expiresIn", 0))),
    ),
)
