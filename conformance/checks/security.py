"""What an answer may not give away, and what may not be kept (design, section 5, Security)."""

from __future__ import annotations

import base64
import functools
import hashlib
import html
import json
import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from urllib.parse import quote

from conformance.checks.assessment import Assessment, Sight, show
from conformance.messages import Response

# how a made-up secret of this suite looks, so that an echo of one is found in answers to bodies that do not parse
DECOY = re.compile(rb"decoy-[0-9a-f]{24}")
TARGETED = ("CDN-Cache-Control", "Surrogate-Control", "Cloudflare-CDN-Cache-Control")
SHORTEST_SECRET = 8
LONGEST_SHARED = 12  # octets of the beginning or end of a secret that no answer repeats by chance
SPACERS = b" \t\r\n\"',[]"  # what stands between the characters of a text that is written as an array, or spaced out
PART = " octets of it"
LOOKED_AT = 256 << 10  # octets of an answer that are looked at
SEARCHED = 64 << 10  # octets of an answer in which escapes are undone
DIGESTS = ("md5", "sha1", "sha256", "sha384", "sha512")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))")
TOKEN = re.compile(rb"\beyJ[A-Za-z0-9_-]{6,}\.eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*")
_NO_URL, _FILE = rb"(?<![\w:/.<-])", rb"/[\w./-]+\.\w+"
# what no trace of its kind is without, and what it looks like: an answer that holds none of the former is read no further
_TRACES = (
    (b"Traceback", rb"Traceback \(most recent call last\)"),
    (b'File "', rb'File "[^"\n]+", line \d+'),
    (b"at ", rb"\bat [\w.$<>/]+\([\w$]+\.(?:java|kt|scala|groovy):\d+\)"),
    (b"at ", rb"\bat .{0,200}\.(?:m?js|cjs|tsx?):\d+:\d+"),
    (b"node_modules", rb"node_modules[/\\]"),
    (b"node:internal", rb"node:internal/"),
    (b"at ", rb"\bat .{1,200} in .{1,200}:line \d+"),
    (b"Stack trace", rb"Stack trace:\s*(?:<[^>]*>|\\n|\s)*#0"),
    (b".php", rb"\.php(?:\(\d+\)|:\d+| on line)"),
    (b"goroutine", rb"goroutine \d+ \["),
    (b"panic", rb"panic: |panicked at"),
    (b".go:", rb"\.go:\d+"),
    (b".rs:", rb"\.rs:\d+:\d+"),
    (b".rb:", rb"\.rb:\d+:in "),
    (b".ex", rb"\.exs?:\d+: "),
    (b"java.", rb"\bjava\.(?:lang|util|io|sql|net)\.\w+"),
    (b"Exception", rb"\b(?:org|com)\.[a-z]+\.[\w.]+Exception|System\.\w+(?:\.\w+)*Exception"),
    (b"SQLSTATE", rb"SQLSTATE\["),
    (b"ORA-", rb"\bORA-\d{5}"),
    (b"syntax", rb"syntax error at or near|SQL syntax"),
    (b"psycopg", rb"psycopg2?\."),
    (b"sqlite3", rb"sqlite3\.\w*Error"),
    (b"Mongo", rb"MongoServerError|MongoError"),
    (b"Sequelize", rb"SequelizeDatabaseError"),
    (b"invalid byte", rb"invalid byte sequence for encoding"),
    (b"duplicate key", rb"duplicate key value violates"),
    (b"Cast", rb"Cast to \w+ failed for value|CastError"),
    (b"ECONNREFUSED", rb"ECONNREFUSED"),
    (b"ETIMEDOUT", rb"ETIMEDOUT"),
    (b"://", rb"\b(?:postgres(?:ql)?|mysql|mongodb(?:\+srv)?|redis|amqps?|jdbc:[a-z]+)://[^\s\"'<>]+"),
    (b"PrismaClient", rb"PrismaClient"),
    (b"werkzeug", rb"werkzeug"),
    (b"site-packages", rb"site-packages[/\\]"),
    (b"/usr/", _NO_URL + rb"/usr/(?:src|lib|local)" + _FILE),
    (b"/home/", _NO_URL + rb"/home/[\w.-]+" + _FILE),
    (b"/var/", _NO_URL + rb"/var/(?:www|lib|task|app)" + _FILE),
    (b"/opt/", _NO_URL + rb"/opt/[\w.-]+" + _FILE),
    (b"/srv/", _NO_URL + rb"/srv/[\w.-]+" + _FILE),
)
TRACE = re.compile(b"|".join(pattern for _, pattern in _TRACES))
TELLS = tuple(dict.fromkeys(tell for tell, _ in _TRACES))


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
    for offset in range(3):
        # at each alignment only the characters that depend on nothing but the secret
        encoded = base64.b64encode(b"\0" * offset + secret)
        yield ", in base64", encoded[(0, 2, 3)[offset] : len(encoded) // 4 * 4 - 4]


def _echo(secret: bytes, raw: bytes, plain: str) -> str | None:
    """How the answer repeats the secret, whole, in the digests that leave it open to guessing, or by its larger part."""
    for how, spelling in spellings(secret):
        if len(spelling) >= SHORTEST_SECRET and spelling in raw:
            return how
    lowered = raw.lower()
    for how, spelling in (*hexadecimal(secret), *digests(secret)):
        if spelling in raw or spelling in lowered:
            return how
    text = secret.decode("utf-8", "surrogatepass")
    if len(text) >= SHORTEST_SECRET and text in plain:
        return ", escaped"
    run_on = secret.translate(None, SPACERS)
    if len(run_on) >= LONGEST_SHARED and run_on in raw.translate(None, SPACERS):
        return ", spaced out"
    return None


def _part(secret: bytes, raw: bytes, sight: Sight) -> str | None:
    """Whether the answer repeats the larger part of the secret, unless the client id that was sent has it too."""
    size = max(LONGEST_SHARED, len(secret) // 2)
    if len(secret) <= size:
        return None
    ids = [one.value.reveal() for one in sight.exchange.request.disguises if "SECRET" not in one.shell]
    for part in (secret[:size], secret[-size:]):
        if part in raw and not any(part in one.encode("utf-8", "surrogatepass") for one in ids):
            return f", {size}{PART}"
    return None


def _unescaped(raw: bytes) -> str:
    """The answer with JSON escapes and HTML entities undone."""
    text = html.unescape(raw[:SEARCHED].decode("utf-8", "replace"))
    return _ESCAPE.sub(lambda match: chr(int(match[1] or match[2], 16)), text)


def hexadecimal(secret: bytes) -> tuple[tuple[str, bytes], ...]:
    """The secret in hexadecimal."""
    return ((", in hex", secret.hex().encode()),)


@functools.lru_cache(64)
def digests(secret: bytes) -> tuple[tuple[str, bytes], ...]:
    """The digests of a secret as a text may hold them: hexadecimal, base64 and base64url; each with its name."""
    hashed = [(name, hashlib.new(name, secret, usedforsecurity=False).digest()) for name in DIGESTS]
    return tuple(
        (f", as its {name} digest", text)
        for name, octets in hashed
        for text in (
            octets.hex().encode(),
            base64.b64encode(octets).rstrip(b"="),
            base64.urlsafe_b64encode(octets).rstrip(b"="),
        )
    )


def _raw(response: Response) -> bytes:
    fields = "\n".join(f"{name}: {value}" for name, value in response.headers).encode("latin-1", "replace")
    return b"\n".join((response.reason.encode("utf-8", "replace"), fields, response.content))[:LOOKED_AT]


def check_security(sight: Sight, found: Assessment) -> None:
    """Judge what any answer may leak."""
    response = sight.response
    raw = _raw(response)
    trace = TRACE.search(raw) if any(tell in raw for tell in TELLS) else None
    found.expect(
        "security.no-stack-trace",
        trace is None,
        "no internals of the implementation",
        f"{show(trace.group()[:80].decode('utf-8', 'replace'))} in a {response.status}" if trace else "",
        str(response.status),
    )
    plain = "" if b"\\" not in raw and b"&" not in raw else _unescaped(raw)
    for secret in sent_secrets(sight):
        held = _echo(secret, raw, plain) or _part(secret, raw, sight)
        found.expect(
            "security.no-echo",
            held is None,
            "no secret that was sent",
            f"the client secret that was sent{held}, in a {response.status}",
            f"{response.status} {'part' if held and held.endswith(PART) else held}",
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
    directives = _directives(response, "cache-control")
    private, fresh = _leave(directives)
    if "max-age" not in directives and "no-cache" not in directives:
        fresh = fresh or _expires_later(response, sight.exchange.answered_at)
    # a targeted field beats Cache-Control for the caches it is for (RFC 9213, section 2.2); Age says that one answered
    for name in TARGETED:
        kept_back, stored = _leave(_directives(response, name.lower()))
        if stored and not kept_back:
            private, fresh = False, True
    if _positive(response.header("age")):
        private, fresh = False, True
    fields = {name: response.header(name) for name in ("Cache-Control", "Expires", "Age", *TARGETED)}
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


def _directives(response: Response, field: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for value in response.header_values(field):
        for part in re.findall(r'[^,"]+(?:"[^"]*")?', value):
            name, _, argument = part.strip().partition("=")
            found.setdefault(name.strip().lower(), argument.strip().strip('"'))
    return found


def _leave(directives: dict[str, str]) -> tuple[bool, bool]:
    """Whether shared caches are kept back, and whether they are told to store (RFC 9111, section 5.2.2)."""
    fresh = "public" in directives or any(_positive(directives.get(name)) for name in ("max-age", "s-maxage"))
    return "no-store" in directives or "private" in directives, fresh


def _positive(argument: str | None) -> bool:
    return argument is not None and argument.isdigit() and int(argument[:9]) > 0


def _expires_later(response: Response, now: float) -> bool:
    value = response.header("expires")
    try:
        return value is not None and parsedate_to_datetime(value).timestamp() > now + 60
    except (ValueError, TypeError, OverflowError):
        return False
