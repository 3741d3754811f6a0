"""Servers that hand out tokens made to break whoever looks inside."""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Callable

from tests.hostile.content import INJECTION, TERMINAL
from tests.hostile.server import LIFETIME, Behaviour, Heard, Hostile, Peer, message

_HEADER = '{"alg": "HS256", "typ": "JWT"}'
_DEEP = 100_000


def segment(text: str | bytes) -> str:
    """A segment of a JWS: base64url without padding."""
    octets = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def token(header: str | bytes = _HEADER, claims: str | bytes | None = None, signature: bytes = b"s" * 32) -> str:
    """A compact JWS of whatever is given."""
    if claims is None:
        claims = json.dumps({"userId": 123, "exp": int(time.time()) + LIFETIME})
    return f"{segment(header)}.{segment(claims)}.{segment(signature)}"


def _hands_out(make: Callable[[], str], *, to_anyone: bool = True) -> Behaviour:
    """Answer 200 with this token, whoever asks."""

    def behave(peer: Peer, heard: Heard) -> None:
        if not to_anyone and peer.correct(heard).status != 200:
            peer.answer(heard)
            return
        document = {"accessToken": make(), "tokenType": "Bearer", "expiresIn": LIFETIME}
        peer.send(message(200, json.dumps(document).encode(), (("Cache-Control", "no-store"),)))

    return behave


def _late(wrap: str) -> Behaviour:
    """Hand out an opaque token far behind the beginning, and repeat the latest in every refusal."""

    def behave(peer: Peer, heard: Heard) -> None:
        right = peer.correct(heard)
        if right.status != 200:
            told = " ".join(sorted(peer.server.given)[-3:])
            peer.send(message(right.status, json.dumps({**right.document, "message": f"but {told} does"}).encode()))
            return
        opaque = f"0paque-{secrets.token_urlsafe(24)}"
        peer.server.given.add(opaque)
        peer.send(message(200, wrap.format("pad " * 20_000, opaque).encode(), (("Cache-Control", "no-store"),)))

    return behave


def _announced(peer: Peer, heard: Heard) -> None:
    """Repeat in every refusal the token that is going to be handed out next."""
    right = peer.correct(heard)
    known = peer.server.given
    coming = next((one for one in known if one.startswith("c0ming-")), "")
    if not coming:
        coming = f"c0ming-{secrets.token_urlsafe(24)}"
        known.add(coming)
    if right.status == 200:
        right.document["accessToken"] = coming
    else:
        right.document["message"] = f"not yours is {coming}"
    peer.respond(right.status, right.body, right.headers)


def _of_our_words() -> str:
    """What any report says; as a token, or as a token's signature."""
    word = secrets.choice(
        ("PARTNERS_API_CLIENT_SECRET", "PARTNERS_API_REQUESTS_PER_SECOND", "protocol-well-formed-http")
    )
    return secrets.choice((word, f"{segment(_HEADER)}.{segment(json.dumps({'exp': time.time() + LIFETIME}))}.{word}"))


def _token(name: str, title: str, make: Callable[[], str]) -> Hostile:
    return Hostile(f"token-{name}", title, _hands_out(make, to_anyone=False))


def _exp(value: str) -> Callable[[], str]:
    return lambda: token(claims=f'{{"userId": 123, "iat": {value}, "nbf": {value}, "exp": {value}}}')


HOSTILE = (
    Hostile("token-behind-80-kb", "an opaque token behind 80 KB, repeated in refusals", _late('{{"pad": "{}", "access\\u0054oken": "{}", "tokenType": "Bearer", "expiresIn": 9}}')),
    Hostile("token-behind-80-kb-of-no-json", "the same in what is no JSON", _late('{{"pad": "{}", "accessToken": "{}"')),
    Hostile("token-announced", "an opaque token, told in refusals before it is handed out", _announced),
    Hostile("token-for-anyone", "a good token whoever asks", _hands_out(token)),
    _token("of-900-kb", "a token of 900 KB", lambda: token(claims=json.dumps({"pad": "x" * 650_000, "exp": 1}))),
    _token("of-our-words", "tokens that are words of any report", _of_our_words),
    Hostile("token-of-80000-keys", "80,000 letters beyond the BMP as a token, other ones in every answer", _hands_out(lambda: "".join(chr(0x1F300 + octet) for octet in secrets.token_bytes(80_000)))),
    _token("of-no-jwt", "900 KB of letters as a token", lambda: "A" * 900_000),
    _token("of-dots", "a token of 500,000 dots", lambda: "." * 500_000),
    _token("of-segments", "a token of 200,000 segments", lambda: "e30." * 200_000 + "e30"),
    _token("empty", "an empty token", str),
    _token("nested-header", "a token whose header is nested 100,000 deep", lambda: token(header='{"alg": ' + "[" * _DEEP + "]" * _DEEP + "}")),
    _token("nested-claims", "a token whose claims are nested 100,000 deep", lambda: token(claims='{"a":' * _DEEP + "1" + "}" * _DEEP)),
    _token("in-token", "a token in the claims of a token, ten times over", lambda: _russian_doll(10)),
    _token("exp-1e400", "times of 1e400", _exp("1e400")),
    _token("exp-of-20000-digits", "times of 20,000 digits", _exp("9" * 20_000)),
    _token("exp-minus-1e308", "times of -1e308", _exp("-1e308")),
    _token("exp-nan", "times of NaN", _exp("NaN")),
    _token("exp-text", "times that are texts", _exp('"tomorrow"')),
    _token("exp-year-300000", "times some 300,000 years off", _exp("9999999999999")),
    _token("duplicate-claims", "the same claim 50,000 times", lambda: token(claims="{" + '"exp": 1,' * 50_000 + '"exp": 2}')),
    _token("claims-not-utf-8", "claims that are not UTF-8", lambda: token(claims=b'{"sub": "\xff\xfe", "exp": 1}')),
    _token("claims-terminal", "terminal escapes in claims and header", lambda: token(json.dumps({"alg": TERMINAL, "kid": TERMINAL}), json.dumps({TERMINAL: TERMINAL}))),
    _token("claims-markup", "markup in claims and header", lambda: token(json.dumps({"alg": "HS256", "kid": INJECTION, INJECTION: 1}), json.dumps({"sub": INJECTION, INJECTION: INJECTION, "exp": 1}))),
    _token("algorithm-none", "an unsigned token", lambda: token('{"alg": "nOnE"}', signature=b"")),
    _token("algorithm-bomb", "an algorithm's name of 600 KB", lambda: token(json.dumps({"alg": "R" * 600_000}))),
    _token("crit-bomb", "50,000 critical extensions", lambda: token(json.dumps({"alg": "HS256", "crit": [f"x{n}" for n in range(50_000)]}))),
    _token("key-elsewhere", "a token that names key servers and files", lambda: token(json.dumps({"alg": "RS256", "jku": "http://127.0.0.1:9/jwks", "x5u": "file:///etc/passwd", "kid": "../../../dev/zero"}))),
    _token("compressed", "a token that claims to be deflated", lambda: token(json.dumps({"alg": "HS256", "zip": "DEF"}), b"\x78\x9c" + b"\0" * 1000)),
    _token("spaces", "a token with line ends and NUL inside", lambda: token().replace(".", ".\r\n\x00 ")),
)  # fmt: skip


def _russian_doll(times: int) -> str:
    inner = token()
    for _ in range(times):
        inner = token(claims=json.dumps({"exp": 1, "token": inner}))
    return inner
