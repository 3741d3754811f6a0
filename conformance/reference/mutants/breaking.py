"""Requests the server breaks down on (5xx)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from conformance.reference.mutants.model import Mutant
from conformance.reference.mutants.tables import on_branch
from conformance.reference.mutants.tools import (
    CLIENT_ERRORS,
    Matches,
    after,
    any_string,
    asked,
    editing,
    plain,
    status,
    tenth,
)
from conformance.reference.values import Cause, Request

ALL = (*CLIENT_ERRORS, Cause.CREDENTIALS, Cause.TOKEN)
"""The branches that have seen a body."""

_STRINGS: tuple[tuple[str, str, Callable[[str], object]], ...] = (
    ("quote-breaks-the-query", "An apostrophe ends the SQL string", lambda text: "'" in text),
    ("double-quote-breaks-the-query", "A double quote ends the SQL identifier", lambda text: '"' in text),
    ("backslash-breaks-the-query", "A backslash escapes the end of the SQL string", lambda text: "\\" in text),
    ("nul-breaks-the-driver", "The database driver refuses U+0000", lambda text: "\0" in text),
    (
        "astral-characters-break-the-driver",
        "A three-octet character set has no room for them",
        lambda text: any(character > "\uffff" for character in text),
    ),
    (
        "control-characters-break-the-log",
        "The log refuses control characters other than U+0000",
        lambda text: re.search("[\x01-\x1f\x7f]", text),
    ),
    (
        "line-feed-breaks-the-protocol",
        "A line feed splits a command of the cache's text protocol",
        lambda text: "\n" in text,
    ),
    ("percent-breaks-the-format", "A percent sign starts a format directive", lambda text: "%" in text),
    ("percent-s-breaks-the-format", "%s wants an argument that is not there", lambda text: "%s" in text),
    ("brace-breaks-the-template", "An opening brace starts a replacement field", lambda text: "{" in text),
    (
        "directional-marks-break-the-index",
        "Right-to-left marks break the index key",
        lambda text: re.search("[\u200e\u200f\u202a-\u202e]", text),
    ),
    (
        "combining-marks-break-the-collation",
        "Combining marks break the collation",
        lambda text: re.search("[\u0300-\u036f]", text),
    ),
    (
        "non-ascii-breaks-the-comparison",
        "A constant-time comparison of text takes ASCII only",
        lambda text: not text.isascii(),
    ),
    (
        "beyond-latin-1-breaks-the-header",
        "A character beyond ISO-8859-1 does not fit an upstream header",
        lambda text: any(character > "\xff" for character in text),
    ),
    (
        "noncharacters-break-the-parser",
        "U+FFFE and U+FFFF are taken for the end of input",
        lambda text: "\ufffe" in text or "\uffff" in text,
    ),
    (
        "line-separator-breaks-the-script",
        "U+2028 ends a line of the generated script",
        lambda text: "\u2028" in text or "\u2029" in text,
    ),
    (
        "digits-break-the-cast",
        "A text of digits alone is taken for a number of 64 bits",
        lambda text: text.isdecimal() and len(text) > len(str(1 << 63)),
    ),
    ("empty-string-breaks-the-hash", "The hash takes no empty string", lambda text: not text),
    ("over-255-characters-break-the-column", "A column of 255 characters overflows", lambda text: len(text) > 255),
    (
        "over-4096-characters-break-the-hash",
        "The password hash refuses over 4,096 characters",
        lambda text: len(text) > 4096,
    ),
    (
        "over-72-octets-break-bcrypt",
        "bcrypt refuses secrets over 72 octets it does not know",
        lambda text: len(text.encode("utf-8", "replace")) > 72,
    ),
    ("spaces-break-the-lookup", "A cache key must not hold a space", lambda text: " " in text),
    (
        "asterisk-breaks-the-search",
        "An asterisk in a directory filter is unbalanced",
        lambda text: "*" in text or "(" in text,
    ),
    ("dots-break-the-path", "../ leads out of the store's folder", lambda text: "../" in text),
    (
        "proto-string-breaks-the-map",
        "The word __proto__ as client id finds the object's prototype",
        lambda text: text == "__proto__",
    ),
    ("expression-breaks-the-logger", "${ is looked up by the logger", lambda text: "${" in text),
)

_BODIES: tuple[tuple[str, str, tuple[Cause, ...], Matches | None], ...] = (
    (
        "lone-surrogates-break-the-encoder",
        "A lone surrogate cannot be written as UTF-8",
        (Cause.UNUSUAL_JSON,),
        any_string(lambda text: re.search("[\ud800-\udfff]", text) is not None),
    ),
    (
        "syntax-errors-are-not-caught",
        "What is no JSON breaks the parser, and nobody catches it",
        (Cause.NOT_JSON,),
        None,
    ),
    ("empty-body-is-none", "An empty body becomes a null reference", (Cause.EMPTY,), None),
    (
        "null-body-is-dereferenced",
        "A JSON null is dereferenced",
        (Cause.NOT_AN_OBJECT,),
        lambda r: r.body.strip() == b"null",
    ),
    (
        "array-body-has-no-members",
        "A JSON array is asked for its members",
        (Cause.NOT_AN_OBJECT,),
        lambda r: r.body.strip()[:1] == b"[",
    ),
    (
        "string-body-has-no-members",
        "A JSON string is asked for its members",
        (Cause.NOT_AN_OBJECT,),
        lambda r: r.body.strip()[:1] == b'"',
    ),
    (
        "number-body-has-no-members",
        "A JSON number or boolean is asked for its members",
        (Cause.NOT_AN_OBJECT,),
        lambda r: r.body.strip()[:1] in b"-0123456789tf",
    ),
    ("missing-member-is-a-key-error", "A missing member is a KeyError", (Cause.MISSING_MEMBER,), None),
    (
        "missing-secret-is-none",
        "A missing secret is compared as None",
        (Cause.MISSING_MEMBER,),
        lambda r: "clientId" in asked(r),
    ),
    (
        "null-has-no-length",
        "null is asked for its length",
        (Cause.WRONG_TYPE,),
        lambda r: None in (asked(r).get("clientId"), asked(r).get("clientSecret")),
    ),
    (
        "numbers-have-no-encode",
        "A number is asked to encode itself",
        (Cause.WRONG_TYPE,),
        lambda r: _holds(r, int, float),
    ),
    ("booleans-have-no-encode", "A boolean is asked to encode itself", (Cause.WRONG_TYPE,), lambda r: _holds(r, bool)),
    ("arrays-are-unhashable", "An array is used as a key", (Cause.WRONG_TYPE,), lambda r: _holds(r, list)),
    (
        "objects-reach-the-database",
        'An object such as {"$ne": null} reaches the database, which refuses it',
        (Cause.WRONG_TYPE,),
        lambda r: _holds(r, dict),
    ),
    (
        "deep-nesting-overflows-the-stack",
        "Deep nesting overflows the stack",
        (Cause.UNUSUAL_JSON,),
        lambda r: b"[[[[" in r.body or r.body.count(b'":{') > 99 or r.body.count(b'": {') > 99,
    ),
    (
        "invalid-utf8-is-not-caught",
        "Octets that are not UTF-8 raise where nobody looks",
        (Cause.UNUSUAL_JSON,),
        lambda r: not _is_utf8(r.body),
    ),
    (
        "byte-order-mark-is-not-caught",
        "A byte order mark raises where nobody looks",
        (Cause.UNUSUAL_JSON,),
        lambda r: r.body.startswith(b"\xef\xbb\xbf"),
    ),
    (
        "huge-integers-overflow",
        "An integer beyond 64 bits overflows",
        ALL,
        lambda r: re.search(rb"[0-9]{20}", r.body) is not None,
    ),
    (
        "integers-of-4300-digits-are-not-caught",
        "An integer of more digits than are converted raises where nobody looks",
        ALL,
        lambda r: re.search(rb"[0-9]{4301}", r.body) is not None,
    ),
    (
        "huge-exponents-overflow",
        "A number beyond a double overflows",
        ALL,
        lambda r: re.search(rb"[0-9][eE]\+?[0-9]{3}", r.body) is not None,
    ),
    (
        "duplicate-members-raise",
        "Duplicate members raise where nobody looks",
        (Cause.UNUSUAL_JSON,),
        lambda r: r.body.count(b'"clientId"') > 1 or r.body.count(b'"clientSecret"') > 1,
    ),
    (
        "proto-member-pollutes",
        "A member called __proto__ changes the prototype of all objects",
        ALL,
        lambda r: b"__proto__" in r.body and "__proto__" in asked(r),
    ),
    (
        "object-knows-the-client",
        "Clients are looked up in an object that has members of its own",
        (Cause.CREDENTIALS,),
        lambda r: asked(r).get("clientId") in ("__proto__", "constructor", "toString"),
    ),
    (
        "object-that-is-no-text-compared",
        "Values are compared before their types are looked at: an object of which no text can be made",
        (Cause.WRONG_TYPE,),
        lambda r: isinstance(one := asked(r).get("clientSecret"), dict) and "toString" in one,
    ),
    (
        "constructor-member-pollutes",
        "A member called constructor hides the object's own",
        ALL,
        lambda r: "constructor" in asked(r),
    ),
    (
        "unknown-member-breaks-the-binder",
        "A strict binder throws on members it does not know",
        (Cause.TOKEN,),
        lambda r: len(asked(r)) > 2,
    ),
    (
        "media-type-without-slash-raises",
        "A Content-Type without a slash raises",
        (Cause.MEDIA_TYPE,),
        lambda r: "/" not in (r.header("content-type") or "/"),
    ),
    (
        "multipart-without-boundary-raises",
        "A multipart form without a boundary raises",
        (Cause.MEDIA_TYPE,),
        lambda r: "multipart" in (r.header("content-type") or ""),
    ),
    (
        "form-raises",
        "A form is handed to a parser that is not installed",
        (Cause.MEDIA_TYPE,),
        lambda r: "urlencoded" in (r.header("content-type") or ""),
    ),
    ("unknown-media-type-raises", "No reader for the media type: an unhandled exception", (Cause.MEDIA_TYPE,), None),
    (
        "unknown-charset-raises",
        "A charset the runtime does not know raises",
        ALL,
        lambda r: re.search(r"charset=(?!\"?utf-8\"?$)", r.header("content-type") or "", re.IGNORECASE) is not None,
    ),
    (
        "no-content-type-raises",
        "A missing Content-Type is a null reference",
        ALL,
        lambda r: r.header("content-type") is None,
    ),
    (
        "malformed-traceparent-raises",
        "A traceparent without dashes raises in the tracing filter",
        ALL,
        lambda r: "-" not in (r.header("traceparent") or "-"),
    ),
    (
        "malformed-cookie-raises",
        "A cookie that is no pair raises in the session filter",
        ALL,
        lambda r: any("=" not in one for one in (r.header("cookie") or "=").split(";")),
    ),
    ("json-suffix-raises", "A +json media type raises", ALL, lambda r: "+json" in (r.header("content-type") or "")),
    ("get-has-no-handler", "GET reaches a handler that wants a body", (Cause.METHOD,), lambda r: r.method == "GET"),
    ("put-has-no-handler", "PUT reaches an unfinished handler", (Cause.METHOD,), lambda r: r.method == "PUT"),
    ("patch-has-no-handler", "PATCH reaches an unfinished handler", (Cause.METHOD,), lambda r: r.method == "PATCH"),
    ("delete-has-no-handler", "DELETE reaches an unfinished handler", (Cause.METHOD,), lambda r: r.method == "DELETE"),
    ("options-has-no-handler", "OPTIONS raises in the CORS filter", (Cause.METHOD,), lambda r: r.method == "OPTIONS"),
    ("head-has-no-handler", "HEAD raises in the response filter", (Cause.METHOD,), lambda r: r.method == "HEAD"),
    (
        "large-body-raises",
        "A body over 100 KiB raises where the reader of bodies stops",
        ALL,
        lambda r: 100 << 10 < len(r.body) <= 1 << 20,
    ),
    ("oversize-exhausts-memory", "A body over the limit exhausts a buffer", (Cause.TOO_LARGE,), None),
    ("wrong-credentials-raise", "Wrong credentials raise where nobody catches", (Cause.CREDENTIALS,), None),
)


def _holds(request: Request, *kinds: type) -> bool:
    return any(type(asked(request).get(name)) in kinds for name in ("clientId", "clientSecret"))


def _is_utf8(octets: bytes) -> bool:
    try:
        octets.decode()
    except UnicodeDecodeError:
        return False
    return True


def _breakdowns() -> Iterator[Mutant]:
    for name, title, condition in _STRINGS:
        matches = any_string(lambda text, condition=condition: bool(condition(text)))  # type: ignore[misc]
        yield Mutant(
            name=name,
            requirement="status.no-server-error",
            title=title,
            kind="one-class",
            apply=editing(status(500), Cause.CREDENTIALS, Cause.UNUSUAL_JSON, matches=matches),
        )
    for name, title, causes, matches_body in _BODIES:
        yield from on_branch("status.no-server-error", causes, ((name, title, 500, matches_body),))


MUTANTS: tuple[Mutant, ...] = (
    *_breakdowns(),
    Mutant(
        name="one-in-ten-refusals-is-a-500",
        requirement="status.no-server-error",
        company=("status.same-answer",),
        title="One in ten wrong credentials meets a replica without a database",
        kind="sometimes",
        apply=editing(status(500), Cause.CREDENTIALS, trigger=tenth),
    ),
    Mutant(
        name="one-in-ten-tokens-is-a-502",
        requirement="status.no-server-error",
        company=("status.same-answer", "status.valid-credentials"),
        title="One in ten tokens is a 502 of the gateway",
        kind="sometimes",
        apply=editing(
            lambda _request, _answer: plain(502, "text/html", "<html><body>502 Bad Gateway</body></html>"),
            Cause.TOKEN,
            trigger=tenth,
        ),
    ),
    Mutant(
        name="connection-pool-leaks",
        requirement="status.no-server-error",
        company=("status.same-answer",),
        title="Each refusal leaks a connection: after twenty of them, all are 503",
        kind="sequence",
        apply=editing(status(503), Cause.CREDENTIALS, trigger=after(20)),
    ),
    Mutant(
        name="tokens-run-out",
        requirement="status.no-server-error",
        company=("status.same-answer", "status.valid-credentials"),
        title="After fifteen tokens the signer breaks down",
        kind="sequence",
        apply=editing(status(500), Cause.TOKEN, trigger=after(15)),
    ),
    Mutant(
        name="maintenance-after-ten-errors",
        requirement="status.no-server-error",
        company=("status.same-answer",),
        title="After ten malformed bodies, each meets a maintenance page",
        kind="sequence",
        apply=editing(
            lambda _request, _answer: plain(503, "text/html", "<h1>Down for maintenance</h1>"),
            *CLIENT_ERRORS,
            trigger=after(10),
        ),
    ),
)
