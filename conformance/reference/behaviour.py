"""The rules the reference API answers by: one frozen value, each member replaceable.

`Behaviour()` keeps every promise. A mutant is `dataclasses.replace` on one member, or a step around all of them.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from conformance.reference.reading import read_json, require_json_media_type, validate
from conformance.reference.tokens import LIFETIME, SigningKey, compact_json, compact_jws, jose_header, token_claims
from conformance.reference.values import JSON, Answer, Client, Credentials, HeaderPairs, Refused, Request

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

Handler: TypeAlias = Callable[[Request], Answer]


def authenticate(credentials: Credentials, client: Client) -> bool:
    """Whether `credentials` are exactly the client's.

    Both parts are compared, always, in constant time and as octets, so that neither the answer nor its time tells which
    of them was wrong.
    """
    id_matches = hmac.compare_digest(credentials.client_id.encode(), client.id.encode())
    secret_matches = hmac.compare_digest(credentials.client_secret.encode(), client.secret.encode())
    return id_matches & secret_matches


def token_envelope(token: str, lifetime: int) -> object:
    """The content of a 200: what the contract calls `accessToken`, `tokenType` and `expiresIn`."""
    return {"accessToken": token, "tokenType": "Bearer", "expiresIn": lifetime}


def error_envelope(refusal: Refused) -> object:
    """The content of every refusal: the contract's `Error`, its `error` being the HTTP status."""
    return {"error": refusal.status, "message": refusal.message}


def straight(request: Request, handler: Handler) -> Answer:
    """Nothing before the handler and nothing after it."""
    return handler(request)


async def deliver(answer: Answer, _scope: Scope, _receive: Receive, send: Send) -> None:
    """Send `answer`, whole, with its length."""
    pairs = (*answer.headers, ("content-length", str(len(answer.body))))
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How the server behaves.

    clock: POSIX time in seconds.
    check_media_type: raises Refused for a `Content-Type` that is not served.
    read_body: octets → JSON value, or raises Refused.
    validate: JSON value → credentials, or raises Refused.
    authenticate: whether the credentials are the client's.
    lifetime: seconds a token lives.
    jose_header, claims: the two JSON parts of a token; `claims` is given client, time of issue and lifetime.
    token: header and claims → compact JWS.
    envelope: token and lifetime → content of a 200.
    error: refusal → content of a 4xx.
    serialise: content → octets, for all answers.
    content_type: of all answers.
    token_headers: what a 200 with a token carries besides.
    around: a step before and after the handler of any path.
    deliver: an answer → the wire, as an ASGI application would.
    """

    clock: Callable[[], float] = time.time
    check_media_type: Callable[[str | None], None] = require_json_media_type
    read_body: Callable[[bytes], object] = read_json
    validate: Callable[[object], Credentials] = validate
    authenticate: Callable[[Credentials, Client], bool] = authenticate
    lifetime: int = LIFETIME
    jose_header: Callable[[SigningKey], object] = jose_header
    claims: Callable[[Client, int, int], object] = token_claims
    token: Callable[[object, object, SigningKey], str] = compact_jws
    envelope: Callable[[str, int], object] = token_envelope
    error: Callable[[Refused], object] = error_envelope
    serialise: Callable[[object], bytes] = compact_json
    content_type: str = JSON
    token_headers: HeaderPairs = (("cache-control", "no-store"),)
    around: Callable[[Request, Handler], Answer] = straight
    deliver: Callable[[Answer, Scope, Receive, Send], Awaitable[None]] = deliver
