"""Answers that are not HTTP as a client expects it."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Callable
from dataclasses import replace

from conformance.reference.behaviour import Behaviour, Receive, Scope, Send
from conformance.reference.mutants import tools
from conformance.reference.mutants.model import Kind, Mutant
from conformance.reference.mutants.tables import on_branch
from conformance.reference.mutants.tools import CLIENT_ERRORS, ERRORS, OUTSIDE, body, editing, field, tenth, without
from conformance.reference.protocol import TRANSPORT
from conformance.reference.values import Answer, Cause, Request

_MALFORMED = (Cause.NOT_JSON, Cause.UNUSUAL_JSON)


def _wire(
    write: Callable[[Answer], bytes | None], *causes: Cause, trigger: tools.Trigger = tools.always
) -> tools.Apply:
    """Write octets of our own to the connection and close it; None resets it without a word."""

    def apply(behaviour: Behaviour) -> Behaviour:
        fires = trigger()

        async def deliver(answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
            transport: asyncio.Transport | None = scope.get("extensions", {}).get(TRANSPORT)
            if answer.cause not in causes or transport is None or not fires():
                await behaviour.deliver(answer, scope, receive, send)
                return
            octets = write(answer)
            if octets is None:
                transport.abort()
            else:
                transport.write(octets)
                transport.close()
            while (await receive())["type"] != "http.disconnect":
                pass

        return replace(behaviour, deliver=deliver)

    return apply


def _late(seconds: float, *causes: Cause, trigger: tools.Trigger = tools.always) -> tools.Apply:
    """Answer after some time."""

    def apply(behaviour: Behaviour) -> Behaviour:
        fires = trigger()

        async def deliver(answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
            if answer.cause in causes and fires():
                await asyncio.sleep(seconds)
            await behaviour.deliver(answer, scope, receive, send)

        return replace(behaviour, deliver=deliver)

    return apply


def _endless(*causes: Cause) -> tools.Apply:
    """Send content until the client leaves."""

    def apply(behaviour: Behaviour) -> Behaviour:
        async def deliver(answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
            if answer.cause not in causes:
                await behaviour.deliver(answer, scope, receive, send)
                return
            headers = [(name.encode(), value.encode()) for name, value in answer.headers]
            await send({"type": "http.response.start", "status": answer.status, "headers": headers})
            for _block in range(1_000):
                await send({"type": "http.response.body", "body": b" " * 65_536, "more_body": True})
                await asyncio.sleep(0)
            await send({"type": "http.response.body", "body": answer.body})

        return replace(behaviour, deliver=deliver)

    return apply


def _nothing(_answer: Answer) -> bytes | None:
    return b""


def _reset(_answer: Answer) -> bytes | None:
    return None


_ON_THE_WIRE: tuple[tuple[str, str, str, Callable[[Answer], bytes | None], tuple[Cause, ...]], ...] = (
    ("status-line-without-number", "protocol.well-formed-http", "The status line of a 401 has a word for its status",
     lambda answer: tools.whole(answer, line="HTTP/1.1 OK"), (Cause.CREDENTIALS,)),
    ("status-of-two-digits", "protocol.well-formed-http", "The status of bad JSON has two digits",
     lambda answer: tools.whole(answer, line="HTTP/1.1 40 Bad"), _MALFORMED),
    ("no-status-line", "protocol.well-formed-http", "An empty body gets its content without any head",
     lambda answer: answer.body, (Cause.EMPTY,)),
    ("field-without-colon", "protocol.well-formed-http", "A line of the head of a 401 has no colon",
     lambda answer: tools.whole(answer, "X-Powered-By PHP"), (Cause.CREDENTIALS,)),
    ("field-name-with-space", "protocol.well-formed-http", "A space stands between field name and colon",
     lambda answer: tools.whole(answer, "X-Node : 7"), (Cause.CREDENTIALS,)),
    ("content-length-too-great", "protocol.well-formed-http", "Content-Length counts ten octets more than come",
     lambda answer: tools.head(answer, f"content-length: {len(answer.body) + 10}") + answer.body, (Cause.MISSING_MEMBER,)),
    ("token-content-length-in-characters", "protocol.well-formed-http", "The content of a token is cut off on its way",
     lambda answer: tools.head(answer, f"content-length: {len(answer.body)}") + answer.body[:-20], (Cause.TOKEN,)),
    ("two-content-lengths", "protocol.well-formed-http", "A 401 has two Content-Lengths that differ",
     lambda answer: tools.head(answer, f"content-length: {len(answer.body)}", "content-length: 7") + answer.body, (Cause.CREDENTIALS,)),
    ("content-length-no-number", "protocol.well-formed-http", "Content-Length is no number",
     lambda answer: tools.head(answer, "content-length: many") + answer.body, (Cause.WRONG_TYPE,)),
    ("broken-chunks", "protocol.well-formed-http", "The size of a chunk is no number",
     lambda answer: tools.head(answer, "transfer-encoding: chunked") + b"zz\r\n" + answer.body + b"\r\n0\r\n\r\n", (Cause.CREDENTIALS,)),
    ("last-chunk-missing", "protocol.well-formed-http", "The last chunk never comes",
     lambda answer: tools.head(answer, "transfer-encoding: chunked") + b"%x\r\n%s\r\n" % (len(answer.body), answer.body),
     (Cause.NOT_AN_OBJECT,)),
    ("head-cut-off", "protocol.well-formed-http", "The connection ends inside the head",
     lambda answer: tools.head(answer)[:40], (Cause.WRONG_TYPE,)),
    ("answers-in-http-2", "protocol.well-formed-http", "An empty body gets frames of HTTP/2",
     lambda _answer: b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + bytes(18), (Cause.EMPTY,)),
    ("drops-bad-json", "protocol.answers-every-request", "Bad JSON ends the connection without an answer", _nothing, _MALFORMED),
    ("drops-empty-bodies", "protocol.answers-every-request", "An empty body ends the connection", _nothing, (Cause.EMPTY,)),
    ("drops-wrong-types", "protocol.answers-every-request", "A wrong type crashes the worker", _nothing, (Cause.WRONG_TYPE,)),
    ("drops-other-media-types", "protocol.answers-every-request", "Another media type ends the connection",
     _nothing, (Cause.MEDIA_TYPE,)),
    ("drops-other-methods", "protocol.answers-every-request", "Another method ends the connection", _nothing, (Cause.METHOD,)),
    ("drops-ambiguous-json", "protocol.answers-every-request", "Ambiguous JSON crashes the worker", _nothing, (Cause.UNUSUAL_JSON,)),
    ("resets-wrong-credentials", "protocol.answers-every-request", "Wrong credentials reset the connection",
     _reset, (Cause.CREDENTIALS,)),
    ("resets-oversize-bodies", "protocol.answers-every-request", "A body over the limit resets the connection",
     _reset, (Cause.TOO_LARGE,)),
)  # fmt: skip


def _duplicated(name: bytes) -> Callable[[bytes], bytes]:
    """The member `name` twice, the first time with its value and the second time too."""
    return lambda octets: octets[:-1] + b"," + octets[octets.index(b'"' + name + b'"') : -1] + b"}"


def _takes_gzip(request: Request) -> bool:
    return "gzip" in (request.header("accept-encoding") or "")


_CODED: tuple[tuple[str, str, tools.Edit, tuple[Cause, ...]], ...] = (
    ("gzip-label-without-gzip", "A token is labelled gzip and is not", field("content-encoding", "gzip"), (Cause.TOKEN,)),
    ("gzip-cut-off", "The gzip data of errors is cut off",
     lambda request, answer: field("content-encoding", "gzip")(request, body(lambda o: gzip.compress(o)[:-6])(request, answer)), ERRORS),
    ("deflate-called-gzip", "zlib data is labelled gzip",
     lambda request, answer: field("content-encoding", "gzip")(request, body(zlib.compress)(request, answer)), (Cause.CREDENTIALS,)),
    ("coding-nobody-asked-for", "Errors are labelled with a coding nobody asked for", field("content-encoding", "compress"), ERRORS),
    ("charset-for-a-coding", "Content-Encoding says utf-8", field("content-encoding", "utf-8"), (*ERRORS, Cause.TOKEN)),
    ("zstandard-unasked", "A token is labelled zstd, unasked", field("content-encoding", "zstd"), (Cause.TOKEN,)),
)  # fmt: skip

_CHALLENGES: tuple[tuple[str, str, tools.Edit], ...] = (
    ("challenge-left-out", "A 401 has no WWW-Authenticate", without("www-authenticate")),
    ("challenge-empty", "WWW-Authenticate is empty", field("www-authenticate", "")),
    ("challenge-without-scheme", "WWW-Authenticate has parameters and no scheme", field("www-authenticate", 'realm="partners-api"')),
    ("challenge-unclosed", "The realm's quotes are not closed", field("www-authenticate", 'Bearer realm="partners-api')),
    ("challenge-a-sentence", "WWW-Authenticate is a sentence", field("www-authenticate", "Please, log in: first!")),
)  # fmt: skip


def _timed(name: str, title: str, kind: Kind, apply: tools.Apply) -> Mutant:
    return Mutant(name=name, requirement="protocol.response-time", title=title, kind=kind, apply=apply)


MUTANTS: tuple[Mutant, ...] = (
    *(
        Mutant(name=name, requirement=requirement, title=title, kind="one-class", apply=_wire(write, *causes))
        for name, requirement, title, write, causes in _ON_THE_WIRE
    ),
    Mutant(
        name="one-in-ten-refusals-is-cut-off",
        requirement="protocol.well-formed-http",
        title="One in ten refusals is cut off",
        kind="sometimes",
        apply=_wire(lambda answer: tools.whole(answer)[:-5], Cause.CREDENTIALS, trigger=tenth),
    ),
    Mutant(
        name="one-in-ten-errors-is-dropped",
        requirement="protocol.answers-every-request",
        title="One in ten bad bodies meets a worker that is being replaced",
        kind="sometimes",
        apply=_wire(_nothing, *CLIENT_ERRORS, trigger=tenth),
    ),
    *(
        Mutant(
            name=name,
            requirement="protocol.bounded-answer",
            title=title,
            kind="one-class",
            apply=apply,
            company=company,
        )
        for name, title, apply, company in (
            (
                "padded-error",
                "Wrong types get two megabytes of explanation",
                editing(tools.content(lambda error: {**error, "message": "x" * (2 << 20)}), Cause.WRONG_TYPE),
                (),
            ),
            (
                "padded-token",
                "A token comes with two megabytes of permissions",
                editing(tools.content(lambda token: {**token, "permissions": ["read:all"] * 200_000}), Cause.TOKEN),
                (),
            ),
            (
                "padded-head",
                "A 401 has a field of 80 KiB",
                editing(field("x-trace", "x" * 81_920), Cause.CREDENTIALS),
                (),
            ),
            (
                "head-of-a-thousand-fields",
                "An empty body gets a thousand cookies",
                editing(
                    lambda _request, answer: replace(
                        answer, headers=(*answer.headers, *(("set-cookie", f"c{i}={'x' * 80}") for i in range(1_000)))
                    ),
                    Cause.EMPTY,
                ),
                (),
            ),
            ("endless-error", "The content of bad JSON's error does not end", _endless(*_MALFORMED), ()),
        )
    ),
    *(
        mutant
        for name, title, edit, causes in _CODED
        for mutant in on_branch(
            "protocol.content-coding", causes, ((name, title, edit, None),), ("error.json", "token.json")
        )
    ),
    *on_branch(
        "protocol.content-coding",
        (Cause.TOKEN,),
        (
            (
                "asked-for-gzip-is-cut-off",
                "A token is in gzip for those who ask, and cut off",
                lambda request, answer: field("content-encoding", "gzip")(
                    request, body(lambda o: gzip.compress(o)[:-6])(request, answer)
                ),
                _takes_gzip,
            ),
        ),
    ),
    *on_branch(
        "token.json",
        (Cause.TOKEN,),
        (
            (
                "asked-for-gzip-is-not-labelled",
                "A token is in gzip for those who ask, and nothing says so",
                body(gzip.compress),
                _takes_gzip,
            ),
        ),
    ),
    *on_branch(
        "protocol.unique-members",
        ERRORS,
        (("error-with-two-messages", "An error has two messages", body(_duplicated(b"message")), None),),
    ),
    *on_branch(
        "protocol.unique-members",
        (Cause.TOKEN,),
        (
            ("token-with-two-expiries", "expiresIn stands there twice", body(_duplicated(b"expiresIn")), None),
            (
                "token-with-two-extras",
                "An undeclared member stands there twice",
                body(lambda octets: octets[:-1] + b',"scope":"a","scope":"b"}'),
                None,
            ),
        ),
    ),
    *on_branch(
        "protocol.allow",
        (Cause.METHOD,),
        (
            ("allow-left-out", "A 405 has no Allow", without("allow"), None),
            (
                "allow-missing-for-unknown-methods",
                "Only methods HTTP does not know get no Allow",
                without("allow"),
                lambda request: request.method not in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"),
            ),
            (
                "allow-missing-for-put",
                "Only PUT gets no Allow",
                without("allow"),
                lambda request: request.method == "PUT",
            ),
            (
                "allow-of-all-routes",
                "Allow lists the methods of the whole application",
                lambda _request, answer: without("allow")(_request, answer).with_header(
                    "allow", "GET, POST, PUT, PATCH, DELETE"
                ),
                None,
            ),
            (
                "allow-called-allowed",
                "Allow is called Allowed",
                lambda request, answer: without("allow")(request, answer.with_header("allowed", "POST")),
                None,
            ),
        ),
    ),
    *(
        mutant
        for name, title, causes, value in (
            ("date-in-local-time", "Date has an offset", CLIENT_ERRORS, "Sun, 06 Nov 1994 09:49:37 +0100"),
            ("date-in-iso-8601", "Date on tokens is in ISO 8601", (Cause.TOKEN,), "1994-11-06T08:49:37Z"),
            (
                "date-in-another-language",
                "Date names the month in Spanish",
                (Cause.CREDENTIALS,),
                "dom, 06 nov 1994 08:49:37 GMT",
            ),
            ("date-in-seconds", "Date outside the contract is a count of seconds", OUTSIDE, "784111777"),
        )
        for mutant in on_branch("protocol.date", causes, ((name, title, field("date", value), None),))
    ),
    *on_branch("protocol.www-authenticate", (Cause.CREDENTIALS,), ((n, t, edit, None) for n, t, edit in _CHALLENGES)),
    *on_branch(
        "protocol.www-authenticate",
        (Cause.CREDENTIALS,),
        (
            (
                "challenge-missing-for-the-unknown",
                "Only short secrets get no challenge",
                without("www-authenticate"),
                lambda request: len(str(tools.asked(request).get("clientSecret"))) < 8,
            ),
        ),
    ),
    _timed(
        "slow-refusals",
        "The first ambiguous JSON is refused after six seconds",
        "one-class",
        _late(6, Cause.UNUSUAL_JSON, trigger=tools.counting(lambda count: count == 1)),
    ),
    _timed(
        "slow-empty-bodies",
        "An empty body is refused after six seconds: the server waits for it",
        "one-class",
        _late(6, Cause.EMPTY),
    ),
    _timed(
        "slow-once",
        "The twenty-fifth token takes six seconds: a pause of the collector",
        "sequence",
        _late(6, Cause.TOKEN, trigger=tools.counting(lambda count: count == 25)),
    ),
    _timed(
        "slow-first-token",
        "The first token takes six seconds: a cold start",
        "sequence",
        _late(6, Cause.TOKEN, trigger=tools.counting(lambda count: count == 1)),
    ),
)
