"""What mutants are made with: ways of changing one member of a Behaviour."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any, TypeAlias

from conformance.reference.behaviour import Behaviour, Handler
from conformance.reference.service import CHALLENGE
from conformance.reference.tokens import SigningKey, base64url, compact_json
from conformance.reference.values import JSON, Answer, Cause, Credentials, HeaderPairs, Refused, Request

Apply: TypeAlias = Callable[[Behaviour], Behaviour]
Edit: TypeAlias = Callable[[Request, Answer], Answer]
Matches: TypeAlias = Callable[[Request], bool]
Fires: TypeAlias = Callable[[], bool]
Trigger: TypeAlias = Callable[[], Fires]
"""Makes a `Fires` with a count of its own, for one instance of the server."""

CLIENT_ERRORS = (
    Cause.EMPTY,
    Cause.NOT_JSON,
    Cause.UNUSUAL_JSON,
    Cause.NOT_AN_OBJECT,
    Cause.MISSING_MEMBER,
    Cause.WRONG_TYPE,
)
"""The branches that answer 400."""
ERRORS = (*CLIENT_ERRORS, Cause.CREDENTIALS)
"""The branches that answer with the contract's `Error`."""
OUTSIDE = (Cause.NOT_FOUND, Cause.METHOD, Cause.MEDIA_TYPE, Cause.TOO_LARGE)
"""The branches whose status the contract does not name."""


def always() -> Fires:
    """Fire each time."""
    return lambda: True


def counting(condition: Callable[[int], bool]) -> Trigger:
    """Fire at those counts, from 1, that satisfy `condition`."""

    def trigger() -> Fires:
        count = 0

        def fires() -> bool:
            nonlocal count
            count += 1
            return condition(count)

        return fires

    return trigger


def after(number: int) -> Trigger:
    """Fire each time once `number` times have passed."""
    return counting(lambda count: count > number)


tenth = counting(lambda count: count % 10 == 5)
second = counting(lambda count: count % 2 == 0)


def changing(**members: Any) -> Apply:
    """Replace members of the behaviour."""
    return lambda behaviour: replace(behaviour, **members)


def wrapping(member: str, wrapper: Callable[[Any], Any]) -> Apply:
    """Replace one member by `wrapper` of it."""
    return lambda behaviour: replace(behaviour, **{member: wrapper(getattr(behaviour, member))})


def at_times(trigger: Trigger, apply: Apply) -> Apply:
    """Behave as `apply` says only when `trigger` fires; counted for each changed member by its own calls."""

    def mixed(behaviour: Behaviour) -> Behaviour:
        broken = apply(behaviour)
        changes: dict[str, Any] = {}
        for member in fields(Behaviour):
            good, bad = getattr(behaviour, member.name), getattr(broken, member.name)
            if good is not bad:
                changes[member.name] = _either(good, bad, trigger())
        return replace(behaviour, **changes)

    return mixed


def _either(good: Callable[..., Any], bad: Callable[..., Any], fires: Fires) -> Callable[..., Any]:
    def either(*arguments: Any) -> Any:
        return (bad if fires() else good)(*arguments)

    return either


def editing(edit: Edit, *causes: Cause, trigger: Trigger = always, matches: Matches | None = None) -> Apply:
    """Change finished answers: those of `causes` (all if none are given) to requests that `matches`, when `trigger` fires."""

    def apply(behaviour: Behaviour) -> Behaviour:
        fires = trigger()

        def around(request: Request, handler: Handler) -> Answer:
            answer = behaviour.around(request, handler)
            chosen = (not causes or answer.cause in causes) and (matches is None or matches(request))
            return edit(request, answer) if chosen and fires() else answer

        return replace(behaviour, around=around)

    return apply


def intercepting(matches: Matches, answer: Answer, trigger: Trigger = always) -> Apply:
    """Answer requests that `matches` before the application sees them, on every path."""

    def apply(behaviour: Behaviour) -> Behaviour:
        fires = trigger()

        def around(request: Request, handler: Handler) -> Answer:
            return answer if matches(request) and fires() else behaviour.around(request, handler)

        return replace(behaviour, around=around)

    return apply


def rewriting(rewrite: Callable[[Request], Request]) -> Apply:
    """Let the application see another request than the one that came."""
    return wrapping("around", lambda around: lambda request, handler: around(rewrite(request), handler))


def head(answer: Answer, *more: str, line: str | None = None) -> bytes:
    """Status line and fields as octets, with more lines; `line` in place of the status line."""
    first = line or f"HTTP/1.1 {answer.status} X"
    lines = (first, *(f"{name}: {value}" for name, value in answer.headers), *more, "connection: close")
    return "\r\n".join((*lines, "", "")).encode("latin-1")


def whole(answer: Answer, *more: str, line: str | None = None) -> bytes:
    """The same with content and its length."""
    return head(answer, f"content-length: {len(answer.body)}", *more, line=line) + answer.body


def page(content_type: str | None, text: str | bytes) -> Edit:
    """Put other content of another type into an answer; status and other fields stay. None: no `Content-Type`."""
    body = text.encode() if isinstance(text, str) else text

    def edit(_request: Request, answer: Answer) -> Answer:
        bare = replace(answer.without_header("content-type"), body=body)
        return bare.with_header("content-type", content_type) if content_type else bare

    return edit


def typed(content_type: str | None) -> Edit:
    """Label an answer with another `Content-Type`, or none; its content stays."""
    return lambda request, answer: page(content_type, answer.body)(request, answer)


def body(change: Callable[[bytes], bytes]) -> Edit:
    """Change the octets of an answer."""
    return lambda _request, answer: replace(answer, body=change(answer.body))


def content(change: Callable[[Any], object]) -> Edit:
    """Change the JSON content of an answer."""
    return body(lambda octets: compact_json(change(json.loads(octets))))


def field(name: str, value: str) -> Edit:
    """Set a header field of an answer."""
    return lambda _request, answer: answer.with_header(name, value)


def without(name: str) -> Edit:
    """Take a header field out of an answer."""
    return lambda _request, answer: answer.without_header(name)


def status(code: int) -> Edit:
    """Answer with another status and an `Error` that agrees with it; a 401 keeps to its challenge."""
    return lambda _request, _answer: error(code)


def error(code: int, message: str = "Refused", headers: HeaderPairs = ()) -> Answer:
    """A flawless `Error` answer with status `code`."""
    if code == 401:
        headers = (*headers, ("www-authenticate", CHALLENGE))
    cause = Cause.CREDENTIALS if code == 401 else Cause.NOT_JSON
    return Answer(code, (("content-type", JSON), *headers), compact_json({"error": code, "message": message}), cause)


def plain(code: int, content_type: str, text: str, *headers: tuple[str, str]) -> Answer:
    """An answer with any content, as something in front of the application gives it."""
    return Answer(code, (("content-type", content_type), *headers), text.encode(), Cause.NOT_FOUND)


def asked(request: Request) -> dict[str, Any]:
    """The members of the request's JSON object, read without care; none if there is no such object."""
    try:
        value = json.loads(request.body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def strings(request: Request) -> list[str]:
    """The strings the request gives as client id and secret."""
    return [value for name, value in asked(request).items() if name.startswith("client") and isinstance(value, str)]


def any_string(condition: Callable[[str], bool]) -> Matches:
    """Match requests of which the client id or the secret is a string that satisfies `condition`."""
    return lambda request: any(condition(text) for text in strings(request))


def claims(change: Callable[[dict[str, Any]], object]) -> Apply:
    """Change the claims before they are signed."""
    return wrapping("claims", lambda make: lambda *arguments: change(make(*arguments)))


def jose(change: Callable[[dict[str, Any]], object]) -> Apply:
    """Change the JOSE header before it is signed."""
    return wrapping("jose_header", lambda make: lambda key: change(make(key)))


def serialised(
    header: Callable[[object], bytes] = compact_json, payload: Callable[[object], bytes] = compact_json
) -> Apply:
    """Serialise header or claims in another way; the signature is over what results."""
    return changing(token=lambda h, c, key: signed(base64url(header(h)), base64url(payload(c)), key))


def signed(header: str, payload: str, key: SigningKey) -> str:
    """The compact form of two segments as they are, and the signature over them."""
    return f"{header}.{payload}.{base64url(key.sign(f'{header}.{payload}'.encode()))}"


def token(change: Callable[[str], object]) -> Apply:
    """Change the finished token."""
    return wrapping("token", lambda make: lambda *arguments: change(make(*arguments)))


def envelope(change: Callable[[dict[str, Any]], object]) -> Apply:
    """Change the content of a 200 before it is serialised."""
    return wrapping("envelope", lambda make: lambda *arguments: change(make(*arguments)))


def reading(read: Callable[[bytes], object]) -> Apply:
    """Read bodies in another way where the strict way refuses them, and only there."""

    def wrapper(strict: Callable[[bytes], object]) -> Callable[[bytes], object]:
        def lenient(octets: bytes) -> object:
            try:
                return strict(octets)
            except Refused:
                try:
                    value = read(octets)
                    compact_json(value)  # what is no Unicode stays refused
                except (ValueError, RecursionError):
                    pass
                else:
                    return value
                raise

        return lenient

    return wrapping("read_body", wrapper)


def validating(convert: Callable[[Any], Any]) -> Apply:
    """Convert the JSON value before it is validated; what `convert` raises as ValueError is not converted."""

    def wrapper(strict: Callable[[object], Credentials]) -> Callable[[object], Credentials]:
        def lenient(value: object) -> Credentials:
            try:
                return strict(value)
            except Refused:
                try:
                    converted = convert(value)
                except (ValueError, TypeError, LookupError, AttributeError):
                    converted = value
                return strict(converted)

        return lenient

    return wrapping("validate", wrapper)


def refused(code: int, cause: Cause, message: str) -> Refused:
    """A refusal, with its challenge if it is a 401."""
    return Refused(code, cause, message, (("www-authenticate", CHALLENGE),) if code == 401 else ())
