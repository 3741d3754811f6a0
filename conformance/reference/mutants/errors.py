"""Errors that are no JSON, or are not labelled so."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from conformance.reference.mutants.model import Mutant
from conformance.reference.mutants.tables import on_branch
from conformance.reference.mutants.tools import (
    ERRORS,
    Edit,
    after,
    asked,
    body,
    editing,
    page,
    tenth,
    typed,
)
from conformance.reference.values import Answer, Cause, Request

_HTML = "text/html; charset=utf-8"
_EXPRESS = "<!DOCTYPE html>\n<html><head><title>Error</title></head><body><pre>Bad Request</pre></body></html>\n"
_NGINX = "<html>\r\n<head><title>400 Bad Request</title></head>\r\n<body>\r\n<center><h1>Bad Request</h1></center>\r\n"
_TOMCAT = (
    "<!doctype html><html lang=en><head><title>HTTP Status</title></head><body><h1>Unauthorized</h1></body></html>"
)

_NOT_JSON_AT_ALL = ("error.json",)

_PAGES: tuple[tuple[str, str, tuple[Cause, ...], Edit], ...] = (
    ("syntax-error-page-in-html", "A syntax error gets the framework's page", (Cause.NOT_JSON,), page(_HTML, _EXPRESS)),
    (
        "nesting-error-page-in-html",
        "Ambiguous JSON gets the framework's page",
        (Cause.UNUSUAL_JSON,),
        page(_HTML, _EXPRESS),
    ),
    ("empty-body-page-in-html", "An empty body gets the server's page", (Cause.EMPTY,), page(_HTML, _NGINX)),
    (
        "validation-page-in-html",
        "A missing member gets the framework's page",
        (Cause.MISSING_MEMBER,),
        page(_HTML, _EXPRESS),
    ),
    (
        "wrong-type-page-in-html",
        "A member of another type gets the framework's page",
        (Cause.WRONG_TYPE,),
        page(_HTML, _EXPRESS),
    ),
    (
        "not-an-object-page-in-html",
        "A body that is no object gets the server's page",
        (Cause.NOT_AN_OBJECT,),
        page(_HTML, _NGINX),
    ),
    (
        "unauthorized-page-in-html",
        "Wrong credentials get the container's page",
        (Cause.CREDENTIALS,),
        page(_HTML, _TOMCAT),
    ),
    (
        "unauthorized-in-plain-text",
        "Wrong credentials get one word of text",
        (Cause.CREDENTIALS,),
        page("text/plain", "Unauthorized"),
    ),
    (
        "syntax-error-in-plain-text",
        "A syntax error gets a line of text",
        (Cause.NOT_JSON,),
        page("text/plain", "invalid character"),
    ),
    (
        "validation-in-xml",
        "A missing member gets XML",
        (Cause.MISSING_MEMBER,),
        page("application/xml", "<Error><code>400</code></Error>"),
    ),
    ("empty-body-without-any-content", "An empty body gets an empty answer", (Cause.EMPTY,), page(None, "")),
    ("unauthorized-without-any-content", "Wrong credentials get an empty answer", (Cause.CREDENTIALS,), page(None, "")),
)

_LABELS: tuple[tuple[str, str, tuple[Cause, ...], str | None], ...] = (
    ("errors-labelled-html", "JSON errors are labelled text/html", ERRORS, "text/html"),
    ("errors-labelled-plain-text", "JSON errors are labelled text/plain", ERRORS, "text/plain; charset=utf-8"),
    ("errors-not-labelled", "JSON errors have no Content-Type", ERRORS, None),
    ("errors-labelled-octets", "JSON errors are labelled application/octet-stream", ERRORS, "application/octet-stream"),
    ("errors-labelled-script", "JSON errors are labelled application/javascript", ERRORS, "application/javascript"),
    ("errors-labelled-json-without-a-type", "JSON errors are labelled json", ERRORS, "json"),
    (
        "validation-errors-labelled-plain-text",
        "Only wrong types are labelled text/plain",
        (Cause.WRONG_TYPE,),
        "text/plain",
    ),
    ("unauthorized-labelled-html", "Only wrong credentials are labelled text/html", (Cause.CREDENTIALS,), "text/html"),
)


def _latin_1(octets: bytes) -> bytes:
    return octets.replace(b'"message":"', b'"message":"Petici\xf3n: ')


_OCTETS: tuple[tuple[str, str, Callable[[bytes], bytes]], ...] = (
    ("errors-with-byte-order-mark", "Errors start with a byte order mark", lambda octets: b"\xef\xbb\xbf" + octets),
    ("errors-in-utf-16", "Errors are UTF-16", lambda octets: octets.decode().encode("utf-16")),
    ("errors-in-latin-1", "Errors are ISO-8859-1", _latin_1),
    (
        "errors-with-single-quotes",
        "Errors are a dictionary as Python prints it",
        lambda octets: repr(json.loads(octets)).encode(),
    ),
    ("errors-with-trailing-garbage", "Something follows the JSON document", lambda octets: octets + b"0"),
    ("errors-twice", "Errors are written twice", lambda octets: octets + b"\n" + octets),
    ("errors-cut-off", "The last octet of an error is missing", lambda octets: octets[:-1]),
    (
        "errors-behind-a-prefix",
        "Errors stand behind a prefix against script inclusion",
        lambda octets: b")]}',\n" + octets,
    ),
    ("errors-as-a-callback", "Errors are wrapped in a callback", lambda octets: b"callback(" + octets + b");"),
    ("errors-with-nan", "Errors hold NaN", lambda octets: octets[:-1] + b',"retry":NaN}'),
    ("errors-with-trailing-comma", "Errors have a comma too many", lambda octets: octets[:-1] + b",}"),
    ("errors-with-raw-line-feed", "A line feed stands raw inside the message", lambda octets: octets[:-2] + b'\n"}'),
    ("errors-with-comment", "Errors end in a comment", lambda octets: octets + b" // request 1"),
    ("errors-empty", "Errors are labelled JSON and empty", lambda _octets: b""),
)


def _named_in_20_octets(request: Request, answer: Answer) -> Answer:
    name = str(asked(request).get("clientId")).encode("utf-8", "replace")[:20]
    text = json.dumps(name.decode("utf-8", "surrogateescape"), ensure_ascii=False)[1:-1]
    quoted = text.encode("utf-8", "surrogateescape")
    return replace(answer, body=answer.body.replace(b'"message":"', b'"message":"' + quoted + b": "))


MUTANTS: tuple[Mutant, ...] = (
    *(
        mutant
        for name, title, causes, edit in _PAGES
        for mutant in on_branch("error.content-type", causes, ((name, title, edit, None),), _NOT_JSON_AT_ALL)
    ),
    *(
        mutant
        for name, title, causes, label in _LABELS
        for mutant in on_branch("error.content-type", causes, ((name, title, typed(label), None),))
    ),
    *on_branch("error.json", ERRORS, ((name, title, body(change), None) for name, title, change in _OCTETS)),
    *on_branch(
        "error.json",
        (Cause.NOT_JSON,),
        (
            (
                "syntax-error-quotes-python",
                "Only a syntax error is printed as Python prints it",
                body(lambda octets: repr(json.loads(octets)).encode()),
                None,
            ),
        ),
    ),
    *on_branch(
        "error.json",
        (Cause.CREDENTIALS,),
        (
            (
                "unauthorized-is-no-json",
                "Only wrong credentials get text under a JSON label",
                body(lambda _octets: b"Unauthorized"),
                None,
            ),
        ),
    ),
    Mutant(
        name="unauthorized-names-the-client-cut-in-octets",
        requirement="error.json",
        title="A refusal names the client by the first 20 octets of its id, which may end inside a character",
        kind="one-class",
        apply=editing(_named_in_20_octets, Cause.CREDENTIALS),
    ),
    Mutant(
        name="one-in-ten-refusals-in-html",
        requirement="error.content-type",
        company=("error.json",),
        title="One in ten refusals comes from the load balancer, in HTML",
        kind="sometimes",
        apply=editing(page(_HTML, _NGINX), Cause.CREDENTIALS, trigger=tenth),
    ),
    Mutant(
        name="errors-turn-into-html",
        requirement="error.content-type",
        company=("error.json",),
        title="After twenty errors a firewall takes over, in HTML",
        kind="sequence",
        apply=editing(page(_HTML, _NGINX), *ERRORS, trigger=after(20)),
    ),
)
