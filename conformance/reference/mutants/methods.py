"""Media types, methods and sizes that are refused, or not refused, with a status the contract does not allow for them."""

from __future__ import annotations

import re

from conformance.reference.mutants.model import Mutant
from conformance.reference.mutants.tables import on_branch
from conformance.reference.mutants.tools import Matches
from conformance.reference.values import Answer, Cause, Request

_TOKEN_SHAPE = ("token.access-token", "token.token-type", "token.expires-in")
_COMPANY = {"status.oversize": _TOKEN_SHAPE, "status.method": _TOKEN_SHAPE}
"""Requirements that speak to a 200 that should have been none."""


def _no_content(_request: Request, answer: Answer) -> Answer:
    return Answer(204, (), b"", answer.cause)


def _done(_request: Request, answer: Answer) -> Answer:
    return Answer(200, answer.headers, b'{"ok":true}', answer.cause)


def _method(*methods: str) -> Matches:
    return lambda request: request.method in methods


def _type(pattern: str) -> Matches:
    return lambda request: re.search(pattern, request.header("content-type") or "", re.IGNORECASE) is not None


def _no_type(request: Request) -> bool:
    return request.header("content-type") is None


def _unknown_method(request: Request) -> bool:
    return request.method not in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "CONNECT")


MUTANTS: tuple[Mutant, ...] = (
    *on_branch(
        "status.media-type",
        (Cause.MEDIA_TYPE,),
        (
            ("media-type-unprocessable", "A media type that is not JSON is a 422", 422, None),
            ("media-type-not-acceptable", "A media type that is not JSON is a 406", 406, None),
            ("form-unauthorized", "A form is a 401", 401, _type("urlencoded")),
            ("multipart-unauthorized", "A multipart form is a 401", 401, _type("multipart")),
            ("plain-text-unauthorized", "text/plain is read as JSON: 401", 401, _type("text/plain")),
            ("xml-forbidden", "XML is forbidden for fear of entities", 403, _type("xml")),
            ("octet-stream-unauthorized", "application/octet-stream is read as JSON: 401", 401, _type("octet-stream")),
            (
                "broken-content-type-not-acceptable",
                "A Content-Type that is no media type is a 406",
                406,
                lambda request: "/" not in (request.header("content-type") or "/"),
            ),
        ),
        _COMPANY.get("status.media-type", ()),
    ),
    *on_branch(
        "status.json-media-type",
        (Cause.TOKEN, Cause.CREDENTIALS),
        (
            ("json-suffix-not-acceptable", "A +json media type is a 406", 406, _type(r"\+json")),
            ("json-suffix-forbidden", "A +json media type is a 403", 403, _type(r"\+json")),
            ("no-content-type-unprocessable", "A body without Content-Type is a 422", 422, _no_type),
            ("no-content-type-not-found", "A body without Content-Type matches no route: 404", 404, _no_type),
        ),
        _COMPANY.get("status.json-media-type", ()),
    ),
    *on_branch(
        "status.method",
        (Cause.METHOD,),
        (
            ("get-says-all-is-well", "GET is a 200 that says the service is up", _done, _method("GET")),
            ("put-forbidden", "PUT is a 403", 403, _method("PUT")),
            ("patch-unsupported", "PATCH is a 415", 415, _method("PATCH")),
            ("delete-no-content", "DELETE is a 204", _no_content, _method("DELETE")),
            ("trace-fine", "TRACE is a 200", _done, _method("TRACE")),
            ("options-forbidden", "OPTIONS is a 403", 403, _method("OPTIONS")),
            ("head-conflict", "HEAD is a 409", 409, _method("HEAD")),
            ("unknown-method-fine", "A method HTTP does not know is a 200", _done, _unknown_method),
            ("unknown-method-forbidden", "A method HTTP does not know is a 403", 403, _unknown_method),
        ),
        _COMPANY.get("status.method", ()),
    ),
    *on_branch(
        "status.oversize",
        (Cause.TOO_LARGE,),
        (
            ("oversize-forbidden", "A body over the limit is a 403", 403, None),
            ("oversize-too-long", "A body over the limit is a 414", 414, None),
            ("oversize-unprocessable", "A body over the limit is a 422", 422, None),
            ("oversize-fine", "A body over the limit is a 200 that holds nothing", _done, None),
        ),
        _COMPANY.get("status.oversize", ()),
    ),
)
