"""Bodies that are refused with a status the contract does not allow for them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from conformance.reference.mutants.model import Mutant
from conformance.reference.mutants.tables import on_branch
from conformance.reference.mutants.tools import Matches, any_string, asked
from conformance.reference.values import Answer, Cause, Request

_TOKEN_SHAPE = ("token.access-token", "token.token-type", "token.expires-in")
_COMPANY = {
    "status.wrong-credentials": ("status.unusual-credentials", "security.same-refusal"),
    "status.empty-body": (*_TOKEN_SHAPE, "status.json-media-type"),
    "status.unusual-credentials": ("status.unusual-json", "security.same-refusal"),
    "status.unusual-json": ("status.unusual-credentials", "status.wrong-type"),
    "status.missing-member": ("security.same-refusal",),
}
"""Requirements that speak to the same requests, or to a 200 that should have been none."""


def _no_content(_request: Request, answer: Answer) -> Answer:
    return Answer(204, (), b"", answer.cause)


def _done(_request: Request, answer: Answer) -> Answer:
    return Answer(200, answer.headers, b'{"ok":true}', answer.cause)


def _error_in_200(_request: Request, answer: Answer) -> Answer:
    return Answer(200, answer.headers, answer.body, answer.cause)


def _missing(name: str) -> Matches:
    return lambda request: name not in asked(request)


def _member(name: str, kind: type | tuple[type, ...]) -> Matches:
    """The member is there and of exactly one of these types."""
    kinds = kind if isinstance(kind, tuple) else (kind,)
    return lambda request: name in asked(request) and type(asked(request)[name]) in kinds


def _top(condition: Callable[[object], bool]) -> Matches:
    def matches(request: Request) -> bool:
        try:
            return condition(json.loads(request.body))
        except (ValueError, RecursionError):
            return False

    return matches


def _is(kind: type) -> Matches:
    return _top(lambda value: type(value) is kind)


def _octets(pattern: bytes) -> Matches:
    return lambda request: re.search(pattern, request.body) is not None


def _control(text: str) -> bool:
    return any(character < " " or character == "\x7f" for character in text)


MUTANTS: tuple[Mutant, ...] = (
    *on_branch(
        "status.wrong-credentials",
        (Cause.CREDENTIALS,),
        (
            ("wrong-credentials-forbidden", "Wrong credentials are a 403", 403, None),
            ("wrong-credentials-invalid-grant", "Wrong credentials are a 400, as OAuth has them", 400, None),
            ("wrong-credentials-unprocessable", "Wrong credentials are a 422", 422, None),
            ("wrong-credentials-no-content", "Wrong credentials are a 204 without content", _no_content, None),
            ("wrong-credentials-in-a-200", "Wrong credentials are a 200 that holds an error", _error_in_200, None),
            (
                "dashed-client-id-not-found",
                "An unknown client id with a dash is looked up as a UUID: 404",
                404,
                lambda request: "-" in str(asked(request).get("clientId")),
            ),
            (
                "non-ascii-credentials-refused-as-malformed",
                "Credentials beyond ASCII are a 400",
                400,
                any_string(lambda text: not text.isascii() and text.isprintable()),
            ),
            (
                "blank-credentials-refused-as-malformed",
                "Credentials of white space are a 400",
                400,
                any_string(lambda text: text.isspace() and text.isprintable()),
            ),
            (
                "short-secret-refused-as-malformed",
                "A secret of fewer than eight characters is a 400",
                400,
                lambda request: 0 < len(str(asked(request).get("clientSecret"))) < 8,
            ),
            (
                "long-credentials-refused-as-malformed",
                "Credentials over 200 characters are a 400",
                400,
                any_string(lambda text: 200 < len(text) <= 4096),
            ),
            (
                "spaces-in-credentials-forbidden",
                "Credentials with a space are a 403",
                403,
                any_string(lambda text: " " in text),
            ),
            ("firewall-forbids-quotes", "A firewall forbids apostrophes", 403, any_string(lambda text: "'" in text)),
            ("firewall-forbids-markup", "A firewall forbids markup", 403, any_string(lambda text: "<" in text)),
            (
                "firewall-forbids-template-syntax",
                "A firewall forbids ${ in credentials",
                403,
                any_string(lambda text: "${" in text),
            ),
        ),
        _COMPANY.get("status.wrong-credentials", ()),
    ),
    *on_branch(
        "status.unusual-credentials",
        (Cause.CREDENTIALS,),
        (
            ("empty-credentials-unprocessable", "An empty string is a 422", 422, any_string(lambda text: not text)),
            (
                "empty-secret-forbidden",
                "An empty secret is a 403",
                403,
                lambda request: asked(request).get("clientSecret") == "",
            ),
            (
                "empty-client-id-not-found",
                "An empty client id is a 404",
                404,
                lambda request: asked(request).get("clientId") == "",
            ),
            ("control-characters-forbidden", "A firewall forbids control characters", 403, any_string(_control)),
            (
                "very-long-credentials-too-long",
                "Credentials over 64 KiB are a 414",
                414,
                any_string(lambda text: len(text) > 65_536),
            ),
            (
                "long-credentials-forbidden",
                "Credentials over 64 KiB are a 403",
                403,
                any_string(lambda text: len(text) > 65_536),
            ),
        ),
        _COMPANY.get("status.unusual-credentials", ()),
    ),
    *on_branch(
        "status.unusual-credentials",
        (Cause.UNUSUAL_JSON,),
        (
            (
                "lone-surrogates-unprocessable",
                "A lone surrogate is a 422",
                422,
                any_string(lambda text: re.search("[\ud800-\udfff]", text) is not None),
            ),
        ),
        _COMPANY.get("status.unusual-credentials", ()),
    ),
    *on_branch(
        "status.missing-member",
        (Cause.MISSING_MEMBER,),
        (
            ("missing-member-unprocessable", "A missing member is a 422", 422, None),
            ("missing-member-unauthorized", "A missing member is a 401", 401, None),
            ("missing-secret-unauthorized", "A missing clientSecret alone is a 401", 401, _missing("clientSecret")),
            ("missing-client-id-unauthorized", "A missing clientId alone is a 401", 401, _missing("clientId")),
            ("empty-object-precondition-failed", "An empty object is a 412", 412, _top(lambda value: value == {})),
            (
                "snake-case-members-not-found",
                "client_id in place of clientId is a 404",
                404,
                lambda request: "client_id" in asked(request),
            ),
        ),
        _COMPANY.get("status.missing-member", ()),
    ),
    *on_branch(
        "status.wrong-type",
        (Cause.WRONG_TYPE,),
        (
            ("wrong-type-unprocessable", "A member of another type is a 422", 422, None),
            (
                "number-as-secret-unauthorized",
                "A number as clientSecret is compared as text",
                401,
                _member("clientSecret", (int, float)),
            ),
            (
                "number-as-client-id-unauthorized",
                "A number as clientId is compared as text",
                401,
                _member("clientId", (int, float)),
            ),
            (
                "null-as-secret-unauthorized",
                "null as clientSecret becomes an empty string",
                401,
                _member("clientSecret", type(None)),
            ),
            (
                "null-as-client-id-unauthorized",
                "null as clientId becomes an empty string",
                401,
                _member("clientId", type(None)),
            ),
            (
                "boolean-as-secret-unauthorized",
                "A boolean as clientSecret becomes a word",
                401,
                _member("clientSecret", bool),
            ),
            (
                "boolean-as-client-id-unauthorized",
                "A boolean as clientId becomes a word",
                401,
                _member("clientId", bool),
            ),
            (
                "array-as-secret-unauthorized",
                "An array as clientSecret becomes its first item",
                401,
                _member("clientSecret", list),
            ),
            (
                "array-as-client-id-unauthorized",
                "An array as clientId becomes its first item",
                401,
                _member("clientId", list),
            ),
            (
                "object-as-secret-unauthorized",
                "An object as clientSecret becomes [object Object]",
                401,
                _member("clientSecret", dict),
            ),
            (
                "object-as-client-id-unauthorized",
                "An object as clientId becomes [object Object]",
                401,
                _member("clientId", dict),
            ),
        ),
        _COMPANY.get("status.wrong-type", ()),
    ),
    *on_branch(
        "status.not-an-object",
        (Cause.NOT_AN_OBJECT,),
        (
            ("array-body-unauthorized", "A JSON array is an object without members: 401", 401, _is(list)),
            ("null-body-unauthorized", "null is no credentials: 401", 401, _is(type(None))),
            ("string-body-unprocessable", "A JSON string is a 422", 422, _is(str)),
            (
                "number-body-unauthorized",
                "A JSON number is a 401",
                401,
                lambda request: _is(int)(request) or _is(float)(request),
            ),
            ("boolean-body-unauthorized", "A JSON boolean is a 401", 401, _is(bool)),
            ("no-object-unprocessable", "What is no object is a 422", 422, None),
        ),
        _COMPANY.get("status.not-an-object", ()),
    ),
    *on_branch(
        "status.not-json",
        (Cause.NOT_JSON,),
        (
            ("not-json-unprocessable", "What is no JSON is a 422", 422, None),
            ("not-json-unauthorized", "What is no JSON is read as no credentials: 401", 401, None),
            ("truncated-json-unauthorized", "Truncated JSON is a 401", 401, _octets(rb"^\s*\{[^}]*$")),
            (
                "trailing-data-unauthorized",
                "Data after the object is not seen: 401",
                401,
                _octets(rb'^\s*\{"[^}]*"\s*\}\s*\S'),
            ),
            (
                "trailing-comma-unauthorized",
                "A comma before the closing brace is not seen: 401",
                401,
                _octets(rb",\s*\}"),
            ),
            (
                "comments-unauthorized",
                "Comments in JSON are read over: 401",
                401,
                _octets(rb"/\*|(?m:^|[\s,{])//|[{,]\s*#"),
            ),
            ("single-quotes-unauthorized", "Single quotes are read as JSON's: 401", 401, _octets(rb"[{,]\s*'")),
            (
                "raw-control-characters-unauthorized",
                "A raw line feed inside a string is read: 401",
                401,
                _octets(rb'"[^"\\]*[\x00-\x1f][^"\\]*"\s*[,}]'),
            ),
            (
                "form-shaped-body-unauthorized",
                "A form in place of JSON is read as no credentials",
                401,
                _octets(rb"^[A-Za-z_]+="),
            ),
        ),
        _COMPANY.get("status.not-json", ()),
    ),
    *on_branch(
        "status.empty-body",
        (Cause.NOT_JSON,),
        (("white-space-body-unprocessable", "A body of white space alone is a 422", 422, _octets(rb"^\s+$")),),
        _COMPANY.get("status.empty-body", ()),
    ),
    *on_branch(
        "status.empty-body",
        (Cause.EMPTY,),
        (
            ("empty-body-length-required", "An empty body is a 411", 411, None),
            ("empty-body-unauthorized", "An empty body is a 401", 401, None),
            ("empty-body-unprocessable", "An empty body is a 422", 422, None),
            ("empty-body-fine", "An empty body is a 200 that says nothing went wrong", _done, None),
        ),
        _COMPANY.get("status.empty-body", ()),
    ),
    *on_branch(
        "status.unusual-json",
        (Cause.UNUSUAL_JSON,),
        (
            ("byte-order-mark-unprocessable", "A byte order mark is a 422", 422, _octets(rb"^\xef\xbb\xbf")),
            (
                "duplicate-members-conflict",
                "Duplicate members are a 409",
                409,
                _octets(rb'"(client(?:Id|Secret))"[^{}]*"\1"\s*:'),
            ),
            ("invalid-utf8-unsupported", "Octets that are not UTF-8 are a 415", 415, _octets(rb"[\x80-\xff]")),
            (
                "deep-nesting-forbidden",
                "Deep nesting is a 403",
                403,
                _octets(rb"[\[{]\s*[\[{]\s*[\[{]|(?::\{[^}]{1,20}){3}"),
            ),
            ("unusual-json-not-found", "Ambiguous JSON is a 404", 404, None),
        ),
        _COMPANY.get("status.unusual-json", ()),
    ),
    *on_branch(
        "status.unusual-json",
        (Cause.UNUSUAL_JSON, Cause.WRONG_TYPE),
        (
            (
                "huge-numbers-unprocessable",
                "Numbers out of range are a 422",
                422,
                _octets(rb"[0-9]{30}|[0-9][eE]\+?[0-9]{3}"),
            ),
        ),
        _COMPANY.get("status.unusual-json", ()),
    ),
)
