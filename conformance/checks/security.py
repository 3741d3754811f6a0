"""What an answer may not give away, and what may not be kept (design, section 5, Security)."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from urllib.parse import quote

from conformance.checks.assessment import Assessment, Sight, show
from conformance.messages import Response

# how a made-up secret of this suite looks, so that an echo of one is found in answers to bodies that do not parse
DECOY = re.compile(rb"decoy-[0-9a-f]{24}")
SHORTEST_SECRET = 8
TOKEN = re.compile(rb"\beyJ[A-Za-z0-9_-]{6,}\.eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*")
TRACE = re.compile(
    rb"""Traceback \(most recent call last\)|File "[^"\n]+", line \d+|\bat [\w.$<>/]+\([\w$]+\.(?:java|kt|scala|groovy):\d+\)"""
    rb"""|\bat .{0,200}\.(?:m?js|cjs|tsx?):\d+:\d+|node_modules[/\\]|node:internal/|\bat .{1,200} in .{1,200}:line \d+"""
    rb"""|Stack trace:\s*(?:<[^>]*>|\\n|\s)*#0|\.php(?:\(\d+\)|:\d+| on line)|goroutine \d+ \[|panic: |\.go:\d+|panicked at|\.rs:\d+:\d+"""
    rb"""|\.rb:\d+:in |\.exs?:\d+: |\bjava\.(?:lang|util|io|sql|net)\.\w+|\b(?:org|com)\.[a-z]+\.[\w.]+Exception|System\.\w+(?:\.\w+)*Exception"""
    rb"""|SQLSTATE\[|\bORA-\d{5}|syntax error at or near|SQL syntax|psycopg2?\.|sqlite3\.\w*Error|MongoServerError|MongoError|SequelizeDatabaseError"""
    rb"""|PrismaClient|werkzeug|site-packages[/\\]|(?<![\w:/.<-])/(?:usr/(?:src|lib|local)|home/[\w.-]+|var/(?:www|lib|task|app)|opt/[\w.-]+|srv/[\w.-]+)/[\w./-]+\.\w+"""
)


def sent_secrets(sight: Sight) -> Iterator[bytes]:
    """The secrets that the request carried: those it knows of, and made-up ones found in its octets."""
    request = sight.exchange.request
    fields = "".join(value for _, value in request.headers)
    sent = b"".join((request.body or b"", request.path.encode(), fields.encode("utf-8", "replace")))
    for disguise in request.disguises:
        secret = disguise.value.reveal()
        octets = secret.encode("utf-8", "surrogatepass")
        if (
            "SECRET" in disguise.shell
            and len(secret) >= SHORTEST_SECRET
            and (octets in sent or _escaped(secret) in sent)
        ):
            yield octets
    yield from dict.fromkeys(DECOY.findall(sent))


def _escaped(text: str) -> bytes:
    return json.dumps(text)[1:-1].encode()


def spellings(secret: bytes) -> Iterator[tuple[str, bytes]]:
    """The secret as an answer may hold it: as it is, and in the encodings that servers reflect things in."""
    text = secret.decode("utf-8", "surrogatepass")
    yield "", secret
    yield ", JSON-escaped", _escaped(text)
    yield ", percent-encoded", quote(secret, safe="").encode()
    yield ", reversed", text[::-1].encode("utf-8", "surrogatepass")
    yield ", in hex", secret.hex().encode()
    for offset in range(3):
        # at each alignment only the characters that depend on nothing but the secret
        encoded = base64.b64encode(b"\0" * offset + secret)
        yield ", in base64", encoded[(0, 2, 3)[offset] : len(encoded) // 4 * 4 - 4]


def _raw(response: Response) -> bytes:
    fields = "\n".join(f"{name}: {value}" for name, value in response.headers).encode("latin-1", "replace")
    return b"\n".join((response.reason.encode("utf-8", "replace"), fields, response.content))


def check_security(sight: Sight, found: Assessment) -> None:
    """Judge what any answer may leak."""
    response = sight.response
    raw = _raw(response)
    trace = TRACE.search(raw)
    found.expect(
        "security.no-stack-trace",
        trace is None,
        "no internals of the implementation",
        f"{show(trace.group()[:80].decode('utf-8', 'replace'))} in a {response.status}" if trace else "",
        str(response.status),
    )
    for secret in sent_secrets(sight):
        held = next(
            (how for how, spelling in spellings(secret) if len(spelling) >= SHORTEST_SECRET and spelling in raw), None
        )
        found.expect(
            "security.no-echo",
            held is None,
            "no secret that was sent",
            f"the client secret that was sent{held}, in a {response.status}",
            f"{response.status} {held}",
        )
    if response.status >= 400:
        holds = sight.access_token is not None or TOKEN.search(raw) is not None
        found.expect(
            "security.refusal-holds-no-token",
            not holds,
            "no token in a refusal",
            f"a token in a {response.status}",
            str(response.status),
        )


def check_storage(sight: Sight, found: Assessment) -> None:
    """Judge whether a token may be kept by a cache (RFC 9111, sections 3 and 5.2; RFC 6750, section 5.3)."""
    response = sight.response
    directives: dict[str, str] = {}
    for value in response.header_values("cache-control"):
        for part in re.findall(r'[^,"]+(?:"[^"]*")?', value):
            name, _, argument = part.strip().partition("=")
            directives.setdefault(name.strip().lower(), argument.strip().strip('"'))
    private = "no-store" in directives or "private" in directives
    fresh = "public" in directives or any(_positive(directives.get(name)) for name in ("max-age", "s-maxage"))
    if "max-age" not in directives and "no-cache" not in directives:
        fresh = fresh or _expires_later(response, sight.exchange.answered_at)
    fields = {name: response.header(name) for name in ("Cache-Control", "Expires")}
    shown = (
        ", ".join(f"{name} {show(value)}" for name, value in fields.items() if value is not None)
        or "neither Cache-Control nor Expires"
    )
    found.expect(
        "security.not-publicly-cacheable",
        private or not fresh,
        "no leave for a shared cache to store a token",
        shown,
        "storable",
    )
    if private or not fresh:
        found.expect(
            "security.no-store", "no-store" in directives, "Cache-Control: no-store on a token", shown, "absent"
        )


def _positive(argument: str | None) -> bool:
    return argument is not None and argument.isdigit() and int(argument[:9]) > 0


def _expires_later(response: Response, now: float) -> bool:
    value = response.header("expires")
    try:
        return value is not None and parsedate_to_datetime(value).timestamp() > now + 60
    except (ValueError, TypeError, OverflowError):
        return False
