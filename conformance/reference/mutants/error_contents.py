"""Errors whose content is not what the contract calls `Error`."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeAlias

from conformance.reference.mutants.model import Mutant
from conformance.reference.mutants.tables import on_branch
from conformance.reference.mutants.tools import CLIENT_ERRORS, ERRORS, after, content, editing, tenth
from conformance.reference.values import Cause

Content: TypeAlias = Callable[[Any], object]


def _with(name: str, value: object) -> Content:
    return lambda error: {**error, name: value}


def _less(name: str) -> Content:
    return lambda error: {key: value for key, value in error.items() if key != name}


_CONTENTS: tuple[tuple[str, str, str, Content, tuple[str, ...]], ...] = (
    ("errors-in-an-array", "error.object", "An error is an array of one", lambda error: [error], ()),
    ("errors-as-a-string", "error.object", "An error is its message alone", lambda error: error["message"], ()),
    ("errors-encoded-twice", "error.object", "An error is JSON in a JSON string", json.dumps, ()),
    ("errors-as-null", "error.object", "An error is null", lambda _error: None, ()),
    ("errors-as-a-number", "error.object", "An error is its status alone", lambda error: error["error"], ()),
    ("errors-as-false", "error.object", "An error is false", lambda _error: False, ()),
    ("error-left-out", "error.error-present", "There is no error, as in the document's examples", _less("error"), ()),
    (
        "error-called-code",
        "error.error-present",
        "error is called code, as in the document's example",
        lambda error: {"code": "validation_error", "message": error["message"]},
        (),
    ),
    (
        "error-called-status",
        "error.error-present",
        "error is called status",
        lambda error: {"status": error["error"], "message": error["message"]},
        (),
    ),
    (
        "error-capitalised",
        "error.error-present",
        "error is called Error",
        lambda error: {"Error": error["error"], "message": error["message"]},
        (),
    ),
    (
        "errors-in-an-envelope",
        "error.error-present",
        "An error lies in an envelope called data",
        lambda error: {"data": error},
        ("error.message-present",),
    ),
    (
        "errors-as-a-list-of-errors",
        "error.error-present",
        "An error is a list called errors",
        lambda error: {"errors": [error]},
        ("error.message-present",),
    ),
    (
        "errors-as-an-empty-object",
        "error.error-present",
        "An error is an empty object",
        lambda _error: {},
        ("error.message-present",),
    ),
    (
        "error-as-digits",
        "error.error-integer",
        "error is a string of digits",
        lambda error: {**error, "error": str(error["error"])},
        (),
    ),
    (
        "error-as-a-word",
        "error.error-integer",
        "error is a word, as OAuth has it",
        _with("error", "invalid_client"),
        (),
    ),
    (
        "error-as-a-fraction",
        "error.error-integer",
        "error is a sub-status with a fraction",
        lambda error: {**error, "error": error["error"] + 0.5},
        (),
    ),
    ("error-as-true", "error.error-integer", "error is true", lambda error: {**error, "error": True}, ()),
    ("error-as-null", "error.error-integer", "error is null", _with("error", None), ()),
    (
        "error-as-an-object",
        "error.error-integer",
        "error is an object with code",
        lambda error: {**error, "error": {"code": error["error"]}},
        (),
    ),
    (
        "error-as-an-array",
        "error.error-integer",
        "error is an array",
        lambda error: {**error, "error": [error["error"]]},
        (),
    ),
    ("error-beyond-int32", "error.error-int32", "error is 2^31", _with("error", 1 << 31), ()),
    ("error-below-int32", "error.error-int32", "error is below -2^31", _with("error", -(1 << 31) - 1), ()),
    (
        "error-in-milliseconds",
        "error.error-int32",
        "error is made of status and time",
        lambda error: {**error, "error": error["error"] * 10**10},
        (),
    ),
    ("error-beyond-a-double", "error.error-int32", "error is 10^30", _with("error", 10**30), ()),
    ("message-left-out", "error.message-present", "There is no message", _less("message"), ()),
    (
        "message-called-detail",
        "error.message-present",
        "message is called detail",
        lambda error: {"error": error["error"], "detail": error["message"]},
        (),
    ),
    (
        "message-called-error-description",
        "error.message-present",
        "message is called error_description",
        lambda error: {"error": error["error"], "error_description": error["message"]},
        (),
    ),
    (
        "message-capitalised",
        "error.message-present",
        "message is called Message",
        lambda error: {"error": error["error"], "Message": error["message"]},
        (),
    ),
    ("message-as-null", "error.message-string", "message is null", _with("message", None), ()),
    (
        "message-as-an-object",
        "error.message-string",
        "message is an object by language",
        lambda error: {**error, "message": {"en": error["message"]}},
        (),
    ),
    (
        "message-as-an-array",
        "error.message-string",
        "message is a list, as class-validator has it",
        lambda error: {**error, "message": [error["message"]]},
        (),
    ),
    ("message-as-a-number", "error.message-string", "message is a number", _with("message", 1001), ()),
    ("message-as-false", "error.message-string", "message is false", lambda error: {**error, "message": False}, ()),
    ("error-is-always-500", "error.status-agrees", "error is 500 whatever happened", _with("error", 500), ()),
    ("error-is-always-200", "error.status-agrees", "error is 200 whatever happened", _with("error", 200), ()),
    (
        "error-calls-it-unprocessable",
        "error.status-agrees",
        "error says 422 where the status line says otherwise",
        _with("error", 422),
        (),
    ),
)

_ONE_BRANCH: tuple[tuple[str, str, str, tuple[Cause, ...], Content], ...] = (
    (
        "syntax-error-without-error",
        "error.error-present",
        "Only a syntax error lacks error",
        (Cause.NOT_JSON,),
        _less("error"),
    ),
    (
        "syntax-error-without-message",
        "error.message-present",
        "Only a syntax error lacks its message",
        (Cause.NOT_JSON,),
        _less("message"),
    ),
    (
        "unauthorized-without-error",
        "error.error-present",
        "Only wrong credentials lack error",
        (Cause.CREDENTIALS,),
        _less("error"),
    ),
    (
        "unauthorized-with-a-word",
        "error.error-integer",
        "Only wrong credentials have a word for error",
        (Cause.CREDENTIALS,),
        _with("error", "Unauthorized"),
    ),
    (
        "wrong-type-with-a-list",
        "error.message-string",
        "Only a wrong type has a list for message",
        (Cause.WRONG_TYPE,),
        lambda error: {**error, "message": [error["message"]]},
    ),
    (
        "empty-body-with-digits",
        "error.error-integer",
        "Only an empty body has digits for error",
        (Cause.EMPTY,),
        _with("error", "400"),
    ),
    (
        "nesting-without-message",
        "error.message-present",
        "Only ambiguous JSON lacks its message",
        (Cause.UNUSUAL_JSON,),
        _less("message"),
    ),
    (
        "no-object-in-an-array",
        "error.object",
        "Only a body that is no object gets an array",
        (Cause.NOT_AN_OBJECT,),
        lambda error: [error],
    ),
    (
        "malformed-says-401",
        "error.status-agrees",
        "Only a bad body says 401 in its error",
        CLIENT_ERRORS,
        _with("error", 401),
    ),
    (
        "unauthorized-says-403",
        "error.status-agrees",
        "Only wrong credentials say 403 in their error",
        (Cause.CREDENTIALS,),
        _with("error", 403),
    ),
    (
        "method-error-says-400",
        "error.status-agrees",
        "A 405 says 400 in its error, as every other refusal of that handler",
        (Cause.METHOD,),
        _with("error", 400),
    ),
    (
        "method-error-of-the-framework",
        "error.outside-contract",
        "A 405 has the framework's own shape",
        (Cause.METHOD,),
        lambda _error: {"detail": "Method Not Allowed"},
    ),
    (
        "media-type-error-of-the-framework",
        "error.outside-contract",
        "A 415 has the framework's own shape",
        (Cause.MEDIA_TYPE,),
        lambda _error: {"title": "Unsupported Media Type", "status": 415},
    ),
    (
        "oversize-error-of-the-framework",
        "error.outside-contract",
        "A 413 has the framework's own shape",
        (Cause.TOO_LARGE,),
        lambda _error: {"statusCode": 413, "error": "Payload Too Large", "message": "Request body is too large"},
    ),
    (
        "method-error-with-a-word",
        "error.outside-contract",
        "A 405 has a word for error",
        (Cause.METHOD,),
        _with("error", "Method Not Allowed"),
    ),
)


MUTANTS: tuple[Mutant, ...] = (
    *(
        mutant
        for name, requirement, title, change, company in _CONTENTS
        for mutant in on_branch(requirement, ERRORS, ((name, title, content(change), None),), company)
    ),
    *(
        Mutant(
            name=name, requirement=requirement, title=title, kind="one-class", apply=editing(content(change), *causes)
        )
        for name, requirement, title, causes, change in _ONE_BRANCH
    ),
    Mutant(
        name="one-in-ten-errors-without-message",
        requirement="error.message-present",
        title="One in ten errors has no message",
        kind="sometimes",
        apply=editing(content(_less("message")), *ERRORS, trigger=tenth),
    ),
    Mutant(
        name="one-in-ten-errors-with-digits",
        requirement="error.error-integer",
        title="One in ten errors has digits for error",
        kind="sometimes",
        apply=editing(content(_with("error", "400")), *ERRORS, trigger=tenth),
    ),
    Mutant(
        name="errors-lose-their-number",
        requirement="error.error-present",
        title="After thirty errors they have no error any more",
        kind="sequence",
        apply=editing(content(_less("error")), *ERRORS, trigger=after(30)),
    ),
)
