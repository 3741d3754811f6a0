"""Servers that send back what they were sent, plainly or in disguise: secrets must not reach a report that way."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable
from urllib.parse import quote

from conformance.messages import FailureKind
from tests.hostile.server import Headers, Heard, Hostile, Peer, message

Disguise = Callable[[bytes], str]


def _texts(heard: Heard) -> tuple[bytes, ...]:
    """The body, its members, and the whole request."""
    sent = heard.json
    members = (
        [value.encode("utf-8", "surrogatepass") for value in sent.values() if isinstance(value, str)]
        if isinstance(sent, dict)
        else []
    )
    return (heard.body, *members, heard.raw)


def _plain(octets: bytes) -> str:
    return octets.decode("latin-1")


def _percent(octets: bytes) -> str:
    return quote(octets, safe="")


def _percent_all(octets: bytes) -> str:
    return "".join(f"%{octet:02x}" for octet in octets)


def _base64(shift: int) -> Disguise:
    return lambda octets: base64.b64encode(b"~" * shift + octets).decode()


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _json_escaped(octets: bytes) -> str:
    return "".join(f"\\u{octet:04x}" for octet in octets)


def _reversed(octets: bytes) -> str:
    return octets[::-1].decode("latin-1")


def _one_line(text: str, most: int = 6000) -> str:
    return "".join(character if " " <= character <= "~" else "?" for character in text)[:most]


def _in_body(disguise: Disguise, *, raw: bool = False) -> Callable[[Peer, Heard], None]:
    def behave(peer: Peer, heard: Heard) -> None:
        right = peer.correct(heard)
        texts = [disguise(text) for text in _texts(heard)]
        if raw:
            # Already escaped: it goes into the JSON as it is.
            body = json.dumps(right.document)[:-1] + ', "echo": ["' + '", "'.join(texts) + '"]}'
        else:
            body = json.dumps({**right.document, "echo": texts})
        peer.send(message(right.status, body.encode(), right.headers))

    return behave


def _in_message(peer: Peer, heard: Heard) -> None:
    peer.respond(401, json.dumps({"error": 401, "message": f"no: {_plain(heard.body)}"}).encode())


def _in_stack_trace(peer: Peer, heard: Heard) -> None:
    page = f"<pre>Traceback (most recent call last):\n  login({_plain(heard.body)!r})\n{html.escape(_plain(heard.raw))}</pre>"
    peer.send(message(500, page.encode(), (("Content-Type", "text/html"),)))


def _in_field(name: str, disguise: Disguise) -> Callable[[Peer, Heard], None]:
    def behave(peer: Peer, heard: Heard) -> None:
        more: Headers = tuple((name, _one_line(disguise(text))) for text in _texts(heard))
        peer.answer(heard, more)

    return behave


def _in_cookie(disguise: Disguise) -> Callable[[Peer, Heard], None]:
    def behave(peer: Peer, heard: Heard) -> None:
        more: Headers = tuple(("Set-Cookie", f"seen={_one_line(disguise(text))}; Path=/") for text in _texts(heard))
        peer.answer(heard, more)

    return behave


def _in_reason(peer: Peer, heard: Heard) -> None:
    right = peer.correct(heard)
    reason = " ".join(_one_line(_plain(text)) for text in _texts(heard))
    peer.respond(right.status, right.body, right.headers, reason=reason.encode())


def _in_redirect(peer: Peer, heard: Heard) -> None:
    target = f"{peer.server.witness_url}/?{_percent(heard.body)[:20_000]}"
    peer.respond(307, b"", (("Location", target),))


def _token_in_field(peer: Peer, heard: Heard) -> None:
    right = peer.correct(heard)
    token = str(right.document.get("accessToken", "none"))
    more: Headers = (("X-Token", token), ("Set-Cookie", f"token={quote(token)}"), ("Authorization", f"Bearer {token}"))
    document = {**right.document, "again": base64.b64encode(token.encode()).decode()}
    peer.respond(right.status, json.dumps(document).encode(), (*right.headers, *more))


def _request_as_body(peer: Peer, heard: Heard) -> None:
    peer.send(message(400, heard.raw, (("Content-Type", "message/http"),)))


def _request_as_answer(peer: Peer, heard: Heard) -> None:
    peer.send(heard.raw)
    peer.close()


HOSTILE = (
    Hostile("reflects-in-body", "sends body and request back in a member", _in_body(_plain)),
    Hostile("reflects-in-message", "quotes the request in the error message", _in_message),
    Hostile("reflects-percent", "the same, percent-encoded", _in_body(_percent)),
    Hostile("reflects-percent-all", "the same, every octet percent-encoded", _in_body(_percent_all)),
    Hostile("reflects-base64-0", "the same, in base64", _in_body(_base64(0))),
    Hostile("reflects-base64-1", "the same, in base64 shifted by an octet", _in_body(_base64(1))),
    Hostile("reflects-base64-2", "the same, in base64 shifted by two octets", _in_body(_base64(2))),
    Hostile("reflects-base64url", "the same, in base64url without padding", _in_body(_base64url)),
    Hostile("reflects-json-escaped", "the same, every character a JSON escape", _in_body(_json_escaped, raw=True)),
    Hostile("reflects-hex", "the same, in hexadecimal", _in_body(bytes.hex)),
    Hostile("reflects-html", "the same, with HTML's escapes", _in_body(lambda octets: html.escape(_plain(octets)))),
    Hostile("reflects-reversed", "the same, backwards", _in_body(_reversed)),
    Hostile("reflects-in-field", "sends it back in header fields", _in_field("X-Debug", _plain)),
    Hostile("reflects-in-field-base64", "sends it back in header fields, in base64", _in_field("X-Debug", _base64(1))),
    Hostile("reflects-in-cookie", "sends it back in cookies", _in_cookie(_plain)),
    Hostile("reflects-in-cookie-percent", "sends it back in cookies, percent-encoded", _in_cookie(_percent)),
    Hostile("reflects-in-reason", "sends it back in the reason phrase", _in_reason),
    Hostile("reflects-in-redirect", "redirects to another port with it in the URL", _in_redirect),
    Hostile("reflects-in-stack-trace", "a stack trace with it, as HTML", _in_stack_trace),
    Hostile("reflects-token", "the token in fields and cookies too", _token_in_field),
    Hostile("reflects-request-as-body", "the request itself is the body", _request_as_body),
    Hostile(
        "reflects-request-as-answer",
        "the request itself instead of a response",
        _request_as_answer,
        expected=(FailureKind.MALFORMED,),
    ),
)
