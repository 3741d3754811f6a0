"""Tokens for credentials that come by another way than a JSON body in a POST, and tokens in answers that refuse."""

from __future__ import annotations

import base64
import re
import urllib.parse
from collections.abc import Callable
from dataclasses import replace

from conformance.reference.behaviour import Behaviour, Handler
from conformance.reference.mutants import tools
from conformance.reference.mutants.model import Mutant
from conformance.reference.mutants.tables import applied, on_branch
from conformance.reference.mutants.tools import CLIENT_ERRORS, content, field, rewriting
from conformance.reference.tokens import base64url, compact_json
from conformance.reference.values import JSON, Answer, Cause, HeaderPairs, Refused, Request


def _as_json(request: Request, members: object) -> Request:
    """The request as it should have come."""
    return replace(_as_post(request), body=compact_json(members))


def _as_post(request: Request) -> Request:
    headers: HeaderPairs = (*(pair for pair in request.headers if pair[0] != "content-type"), ("content-type", JSON))
    return replace(request, method="POST", headers=headers)


def _pair(names: dict[str, str]) -> dict[str, str]:
    """Credentials under any usual name."""
    spelled = {re.sub("[_-]", "", name).lower(): value for name, value in names.items()}
    return {
        "clientId": spelled.get("clientid", spelled.get("username", "")),
        "clientSecret": spelled.get("clientsecret", spelled.get("password", "")),
    }


def _form(text: str) -> dict[str, str]:
    return _pair(dict(urllib.parse.parse_qsl(text)))


def _type(request: Request) -> str:
    return (request.header("content-type") or "").lower()


def _from_form(request: Request) -> Request:
    if "x-www-form-urlencoded" not in _type(request):
        return request
    return _as_json(request, _form(request.body.decode("utf-8", "replace")))


def _from_multipart(request: Request) -> Request:
    if "multipart" not in _type(request):
        return request
    text = request.body.decode("utf-8", "replace")
    parts = re.findall(r'name="?(\w+)"?[^\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n(.*?)\r?\n--', text, re.DOTALL)
    return _as_json(request, _pair(dict(parts)))


def _from_xml(request: Request) -> Request:
    if "xml" not in _type(request):
        return request
    pairs = re.findall(r"<(\w+)>([^<]*)</\1>", request.body.decode("utf-8", "replace"))
    return _as_json(request, _pair(dict(pairs)))


def _from_query(*methods: str) -> Callable[[Request], Request]:
    def rewrite(request: Request) -> Request:
        pair = _form(request.query)
        return _as_json(request, pair) if request.method in methods and pair["clientId"] else request

    return rewrite


def _from_basic(request: Request) -> Request:
    scheme, _space, encoded = (request.header("authorization") or "").partition(" ")
    if scheme.lower() != "basic":
        return request
    try:
        text = base64.b64decode(encoded).decode()
    except ValueError:
        return request
    client_id, _colon, secret = text.partition(":")
    plain = _as_json(request, {"clientId": client_id, "clientSecret": secret})
    decoded = {"clientId": urllib.parse.unquote(client_id), "clientSecret": urllib.parse.unquote(secret)}
    return _as_json(request, decoded) if "%" in text else plain


def _from_headers(request: Request) -> Request:
    pair = _pair({name.removeprefix("x-"): value for name, value in request.headers})
    return _as_json(request, pair) if pair["clientId"] else request


def _from_cookie(request: Request) -> Request:
    items = (item.strip().partition("=") for item in (request.header("cookie") or "").split(";"))
    pair = _pair({name: urllib.parse.unquote(value) for name, _equals, value in items})
    return _as_json(request, pair) if pair["clientId"] else request


def _only(condition: Callable[[Request], bool], rewrite: Callable[[Request], Request]) -> Callable[[Request], Request]:
    return lambda request: rewrite(request) if condition(request) else request


def _without_body(request: Request) -> bool:
    return not request.body.strip()


def _without_members(request: Request) -> bool:
    return request.body.strip() == b"{}"


def _any_method(*methods: str) -> Callable[[Request], Request]:
    return lambda request: replace(request, method="POST") if not methods or request.method in methods else request


def _overridden(request: Request) -> Request:
    return replace(request, method=request.header("x-http-method-override") or request.method)


def _typed(condition: Callable[[str], object]) -> tools.Apply:
    """Serve media types that satisfy `condition` too."""

    def wrapper(check: Callable[[str | None], None]) -> Callable[[str | None], None]:
        def lenient(content_type: str | None) -> None:
            try:
                check(content_type)
            except Refused:
                if not condition((content_type or "").lower()):
                    raise

        return lenient

    return tools.wrapping("check_media_type", wrapper)


_CHANNELS: tuple[tuple[str, str, tools.Apply], ...] = (
    ("plain-text-accepted", "JSON labelled text/plain gets a token: forms of any site can send it",
     _typed(lambda t: t.startswith("text/plain"))),
    ("any-media-type-accepted", "Content-Type is not looked at", _typed(lambda _t: True)),
    ("octet-stream-accepted", "JSON labelled application/octet-stream gets a token", _typed(lambda t: "octet-stream" in t)),
    ("form-label-accepted", "JSON labelled as a form gets a token", _typed(lambda t: "urlencoded" in t)),
    ("html-label-accepted", "JSON labelled text/html gets a token", _typed(lambda t: "text/html" in t)),
    ("xml-label-accepted", "JSON labelled as XML gets a token", _typed(lambda t: "xml" in t)),
    ("multipart-label-accepted", "JSON labelled as a multipart form gets a token", _typed(lambda t: "multipart" in t)),
    ("form-accepted", "A form gets a token, as RFC 6749 has it", rewriting(_from_form)),
    ("multipart-accepted", "A multipart form gets a token", rewriting(_from_multipart)),
    ("xml-accepted", "XML gets a token", rewriting(_from_xml)),
    ("query-accepted", "Credentials in the query get a token", rewriting(_from_query("POST"))),
    ("get-with-query-accepted", "GET with credentials in the query gets a token", rewriting(_from_query("GET"))),
    ("basic-accepted", "Credentials in Basic authorization get a token", rewriting(_from_basic)),
    ("query-beside-no-body-accepted", "Credentials in the query get a token where there is no body",
     rewriting(_only(_without_body, _from_query("POST")))),
    ("basic-beside-no-body-accepted", "Basic authorization gets a token where there is no body",
     rewriting(_only(_without_body, _from_basic))),
    ("basic-beside-no-members-accepted", "Basic authorization gets a token where the body is an empty object",
     rewriting(_only(_without_members, _from_basic))),
    ("header-fields-accepted", "Credentials in X-Client-Id and X-Client-Secret get a token", rewriting(_from_headers)),
    ("cookie-accepted", "Credentials in a cookie get a token", rewriting(_from_cookie)),
    ("get-accepted", "GET with a JSON body gets a token", rewriting(_any_method("GET"))),
    ("put-accepted", "PUT gets a token", rewriting(_any_method("PUT"))),
    ("patch-accepted", "PATCH gets a token", rewriting(_any_method("PATCH"))),
    ("delete-accepted", "DELETE gets a token", rewriting(_any_method("DELETE"))),
    ("options-accepted", "OPTIONS gets a token", rewriting(_any_method("OPTIONS"))),
    ("query-method-accepted", "QUERY gets a token", rewriting(_any_method("QUERY", "SEARCH", "REPORT"))),
    ("any-method-accepted", "Any method gets a token", rewriting(_any_method())),
    ("method-override-accepted", "GET with X-HTTP-Method-Override: POST gets a token", rewriting(_overridden)),
)  # fmt: skip


def _get_after_post(behaviour: Behaviour) -> Behaviour:
    """A cache in front that keys by path only: GET is answered with the last token."""
    last: Answer | None = None

    def around(request: Request, handler: Handler) -> Answer:
        nonlocal last
        if request.method == "GET" and last is not None:
            return last
        answer = behaviour.around(request, handler)
        last = answer if answer.cause is Cause.TOKEN else last
        return answer

    return replace(behaviour, around=around)


_LEAKED = ".".join(
    (
        base64url(b'{"alg":"RS256","typ":"JWT"}'),
        base64url(b'{"iss":"https://auth.reference.example/","sub":"partner@clients","exp":4102444800}'),
        base64url(bytes(range(256))),
    )
)
"""What a token looks like."""

_IN_REFUSALS: tuple[tuple[str, str, tuple[Cause, ...], tools.Edit], ...] = (
    ("token-beside-the-error", "A 401 holds an accessToken beside its error", (Cause.CREDENTIALS,),
     content(lambda error: {**error, "accessToken": _LEAKED, "tokenType": "Bearer"})),
    ("token-in-the-message", "The message of a 400 quotes a token for debugging", CLIENT_ERRORS,
     content(lambda error: {**error, "message": f"body: no match for {_LEAKED}"})),
    ("token-in-a-header-of-the-refusal", "A 401 has an Authorization field with a token", (Cause.CREDENTIALS,),
     field("authorization", f"Bearer {_LEAKED}")),
    ("token-in-a-cookie-of-the-refusal", "A 401 sets a cookie with a token", (Cause.CREDENTIALS,),
     field("set-cookie", f"session={_LEAKED}; HttpOnly")),
    ("token-on-405", "A 405 holds a token", (Cause.METHOD,), content(lambda error: {**error, "accessToken": _LEAKED})),
    ("token-on-415", "A 415 holds a token", (Cause.MEDIA_TYPE,), content(lambda error: {**error, "token": _LEAKED})),
    ("token-for-wrong-types", "Only wrong types get a token beside their error", (Cause.WRONG_TYPE,),
     content(lambda error: {**error, "accessToken": _LEAKED})),
)  # fmt: skip


def _last_token(behaviour: Behaviour) -> Behaviour:
    """An answer object that is used again: refusals keep the accessToken of the token before."""
    last: list[bytes] = []

    def around(request: Request, handler: Handler) -> Answer:
        answer = behaviour.around(request, handler)
        if answer.cause is Cause.TOKEN:
            last[:] = [answer.body]
        elif answer.cause is Cause.CREDENTIALS and last:
            return replace(answer, body=last.pop()[:-1] + b"," + answer.body[1:])
        return answer

    return replace(behaviour, around=around)


MUTANTS: tuple[Mutant, ...] = (
    *applied(
        "security.other-channel-no-token",
        _CHANNELS,
        (
            "status.media-type",
            "status.method",
            "status.empty-body",
            "status.not-json",
            "status.json-media-type",
            # whoever looks at Authorization refuses the true pair beside credentials of nobody
            "status.unrelated-headers",
        ),
    ),
    Mutant(
        name="get-repeats-the-last-token",
        requirement="security.other-channel-no-token",
        company=("status.method",),
        title="A cache in front answers GET with the last token",
        kind="sequence",
        apply=_get_after_post,
    ),
    *(
        mutant
        for name, title, causes, edit in _IN_REFUSALS
        for mutant in on_branch("security.refusal-holds-no-token", causes, ((name, title, edit, None),))
    ),
    Mutant(
        name="refusal-keeps-the-last-token",
        requirement="security.refusal-holds-no-token",
        title="The first refusal after a token still holds it",
        kind="sequence",
        apply=_last_token,
    ),
    Mutant(
        name="one-in-ten-refusals-holds-a-token",
        requirement="security.refusal-holds-no-token",
        title="One in ten refusals holds a token",
        kind="sometimes",
        apply=tools.editing(_IN_REFUSALS[0][3], Cause.CREDENTIALS, trigger=tools.tenth),
    ),
)
