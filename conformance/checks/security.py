"""What an answer may not give away, and what may not be kept (design, section 5, Security)."""

from __future__ import annotations

import base64
import functools
import hashlib
import html
import itertools
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, unquote_to_bytes, urljoin

from msgspec import Struct

from conformance.checks import internals
from conformance.checks.assessment import Assessment, Sight, show
from conformance.discreet import Discreet
from conformance.httpdate import http_date
from conformance.messages import UNROUTED, Request, Response

# how a made-up secret of this suite looks, so that an echo of one is found in answers to bodies that do not parse
DECOY = re.compile(rb"decoy-[0-9a-f]{24}")
TARGETED = ("CDN-Cache-Control", "Surrogate-Control", "Cloudflare-CDN-Cache-Control")
SHORTEST_SECRET = 8
LONGEST_SHARED = 12  # octets of the beginning or end of a secret that no answer repeats by chance
SPACERS = b" \t\r\n\"',[]"  # what stands between the characters of a text that is written as an array, or spaced out
HEX_SPACERS = SPACERS + b":;-"  # what stands between octets in hexadecimal, "0x" apart
UNSERVED = UNROUTED | {501}  # what whoever routes requests says of one that nobody serves
LOOKED_AT = 256 << 10  # octets of an answer that are looked at
SEARCHED = 64 << 10  # octets of an answer in which escapes are undone
DIGESTS = ("md5", "sha1", "sha256", "sha384", "sha512")
SHORTEST_DIGEST = 22  # characters of MD5 in base64
# all but the alphabets of base64 is a blank
_WORDS = bytes(octet if chr(octet) in "+/-_" or (octet < 128 and chr(octet).isalnum()) else 32 for octet in range(256))
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))")
# no letter before it; said behind the letters that it begins with, which are found faster
TOKEN = re.compile(rb"eyJ(?<!\weyJ)[A-Za-z0-9_-]{6,}\.eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*")


def sent_secrets(sight: Sight) -> Iterator[bytes]:
    """The secrets that the request carried: those it knows of, and made-up ones found in its octets."""
    request = sight.exchange.request
    fields = "".join(value for _, value in request.headers)
    body = request.body or b""
    # it may be written in escapes all through
    read = unescaped(body).encode("utf-8", "surrogatepass") if b"\\u" in body else b""
    sent = b"\n".join((body, read, request.path.encode(), fields.encode("utf-8", "replace")))
    for disguise in request.disguises:
        secret = disguise.value.reveal()
        octets = secret.encode("utf-8", "surrogatepass")
        if disguise.of_secret and len(secret) >= SHORTEST_SECRET and (octets in sent or _escaped(secret) in sent):
            yield octets
    yield from dict.fromkeys(DECOY.findall(sent))


def _escaped(text: str) -> bytes:
    return json.dumps(text)[1:-1].encode()


@functools.lru_cache(64)
def spellings(secret: bytes) -> tuple[tuple[str, bytes], ...]:
    """The secret as an answer may hold it: as it is, and in the encodings that servers reflect things in."""
    text = secret.decode("utf-8", "surrogatepass")
    # at each alignment only the characters that depend on nothing but the secret
    packed = [(base64.b64encode(b"\0" * before + secret), first) for before, first in enumerate((0, 2, 3))]
    return (
        ("", secret),
        (", JSON-escaped", _escaped(text)),
        (", percent-encoded", quote(secret, safe="").encode()),
        (", reversed", text[::-1].encode("utf-8", "surrogatepass")),
        *((", in base64", encoded[first : len(encoded) // 4 * 4 - 4]) for encoded, first in packed),
    )


class Said(Discreet, frozen=True):
    """What an answer says, in the ways in which it is searched; `repr` shows no content.

    raw: the octets. text: a character for each. lowered: the same in lower case. plain: with escapes undone.
    run_on: the octets without what may space characters out.
    hexadecimal: in lower case, without what may space octets in hexadecimal out.
    long: whether a word of it is as long as a digest may be.
    """

    hidden = frozenset({"raw", "text", "lowered", "run_on", "plain", "hexadecimal"})
    raw: bytes
    text: str
    lowered: str
    run_on: bytes
    plain: str
    hexadecimal: bytes
    long: bool


def _said(raw: bytes) -> Said:
    plain = "" if b"\\" not in raw and b"&" not in raw else unescaped(raw)
    lowered = raw.lower()
    hexadecimal = lowered.translate(None, HEX_SPACERS).replace(b"0x", b"")
    long = max(map(len, raw.translate(_WORDS).split()), default=0) >= SHORTEST_DIGEST
    text, lowered_text = raw.decode("latin-1"), lowered.decode("latin-1")
    return Said(raw, text, lowered_text, raw.translate(None, SPACERS), plain, hexadecimal, long)


#: The same for what may well come again: most servers have a few answers only.
_said_again = functools.lru_cache(maxsize=8)(_said)


class Echo(Struct, frozen=True):
    """How an answer repeats a secret.

    how: in words that follow "the client secret". mark: the same for a signature, whatever the length of what it repeats.
    """

    how: str
    mark: str


@functools.lru_cache(64)
def _repeats(secret: bytes, *, digested: bool) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    """What repeats the secret, in either letter case and in lower case: how it does so, and what stands there then.

    As text, in which a short piece is looked for in a third of the time.
    """
    every = [one for one in spellings(secret) if len(one[1]) >= SHORTEST_SECRET]
    packed = (*hexadecimal(secret), *(digests(secret) if digested else ()))
    every += [one for one in packed if not one[1].islower()]
    # hexadecimal, whichever case it came in
    lowered = [one for one in packed if one[1].islower()]
    return tuple(
        (tuple(how for how, _ in those), tuple(octets.decode("latin-1") for _, octets in those))
        for those in (every, lowered)
    )


def _whole(secret: bytes, said: Said) -> str | None:
    """How the answer repeats the secret, whole or in the digests that leave it open to guessing."""
    for there, (ways, texts) in zip((said.text, said.lowered), _repeats(secret, digested=said.long), strict=True):
        for how in itertools.compress(ways, map(there.__contains__, texts)):
            return how
    text = secret.decode("utf-8", "surrogatepass")
    if len(text) >= SHORTEST_SECRET and text in said.plain:
        return ", escaped"
    run_on = secret.translate(None, SPACERS)
    if len(run_on) >= LONGEST_SHARED and run_on in said.run_on:
        return ", spaced out"
    # shorter ones may be numbers that stand side by side
    if len(secret) >= LONGEST_SHARED and secret.hex().encode() in said.hexadecimal:
        return ", in hex, spaced out"
    return None


def larger_part(secret: bytes, raw: bytes, sight: Sight) -> Echo | None:
    """Whether the answer repeats the larger part of the secret, unless the client id that was sent has it too."""
    size = max(LONGEST_SHARED, len(secret) // 2)
    if len(secret) <= size:
        return None
    ids = [one.value.reveal() for one in sight.exchange.request.disguises if not one.of_secret]
    for part in (secret[:size], secret[-size:]):
        if part in raw and not any(part in one.encode("utf-8", "surrogatepass") for one in ids):
            return Echo(f", {size} octets of it", "part")
    return None


def _echoes(secret: bytes, said: Iterable[Said], sight: Sight) -> Iterator[Echo]:
    """How the parts of an answer repeat the secret: first what repeats it whole, then its larger part."""
    yield from (Echo(how, how) for one in said if (how := _whole(secret, one)) is not None)
    yield from (echo for one in said if (echo := larger_part(secret, one.raw, sight)) is not None)


def unescaped(raw: bytes, most: int = SEARCHED) -> str:
    """A text with JSON escapes and HTML entities undone, of which no more than the first octets are read."""
    text = html.unescape(raw[:most].decode("utf-8", "replace"))
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


def _head(response: Response) -> bytes:
    fields = "\n".join(f"{name}: {value}" for name, value in (*response.headers, *response.trailers)).encode(
        "latin-1", "replace"
    )
    return b"\n".join((response.reason.encode("utf-8", "replace"), fields))[:LOOKED_AT]


def _sent(sight: Sight) -> bytes:
    """What the request says, as it was sent and with escapes undone: an answer that repeats it gives nothing away."""
    request = sight.exchange.request
    fields = "\n".join(f"{name}: {value}" for name, value in request.headers).encode("utf-8", "surrogateescape")
    body = request.body or b""
    path = unquote_to_bytes(request.path)
    return b"\n".join((request.path.encode(), path, fields, body, unescaped(body).encode("utf-8", "replace")))


def _without_target(content: bytes, request: Request) -> bytes:
    """A page without the query of what it says it does not have: a web server's own, which names the URL it was asked for."""
    query = request.path.partition("?")[2]
    for text in (query, unquote_to_bytes(query).decode("utf-8", "replace")) if query else ():
        for spelt in (html.escape(text), html.escape(text, quote=False), text):
            content = content.replace(spelt.encode("utf-8", "surrogateescape"), b"")
    return content


def check_security(sight: Sight, found: Assessment) -> None:
    """Judge what any answer may leak."""
    response = sight.response
    head, content = _head(response), response.content[:LOOKED_AT]
    lines = map(internals.find_in_line, head.split(b"\n"))
    # in the base64 of a token are no words, and without it most answers are as they were
    traces = (*itertools.chain.from_iterable(lines), *internals.find_again(TOKEN.sub(b"", content)))
    sent = _sent(sight) if traces else b""
    trace = next((one.text for one in traces if not one.is_repeated(sent)), None)
    found.expect(
        "security.no-stack-trace",
        trace is None,
        "no internals of the implementation",
        f"{show(trace[:80].decode('utf-8', 'replace'))} in a {response.status}" if trace else "",
        str(response.status),
    )
    secrets = list(sent_secrets(sight))
    if secrets and response.status in UNSERVED:
        content = _without_target(content, sight.exchange.request)
    said = (_said(head), _said_again(content)) if secrets else ()
    for secret in secrets:
        held = next(_echoes(secret, said, sight), None)
        if held is not None and secret in (sight.request_class.client_id or "").encode("utf-8", "surrogatepass"):
            continue  # it was sent as a client id, and an answer may say whom it does not know
        found.expect(
            "security.no-echo",
            held is None,
            "no secret that was sent",
            f"the client secret that was sent{held.how}, in a {response.status}" if held else "",
            f"{response.status} {held.mark}" if held else "",
        )
    if response.status >= 400:
        tokens = (*TOKEN.findall(head), *TOKEN.findall(content))
        sent = _sent(sight) if tokens else b""
        holds = sight.access_token is not None or any(token not in sent for token in tokens)
        found.expect(
            "security.refusal-holds-no-token",
            not holds,
            "no token in a refusal",
            f"a token in a {response.status}",
            str(response.status),
        )


def check_storage(sight: Sight, found: Assessment) -> None:
    """Judge whether a token may be kept by a cache (RFC 9111, sections 3 and 5.2; RFC 6750, section 5.3).

    Freshness alone lets no cache store the answer to a POST: its Content-Location has to be the target URI besides (RFC 9110,
    section 9.3.3). `public` and `s-maxage` are said to shared caches and to nobody else, as a targeted field is to its own.
    """
    response = sight.response
    directives = _directives(response, "cache-control")
    private, told, fresh = _leave(directives)
    if not directives.keys() & {"s-maxage", "max-age", "no-cache"}:
        fresh = _expires_later(response, sight.exchange.answered_at)
    storable = told or (fresh and _is_located(response, sight.exchange.request))
    # a targeted field beats Cache-Control for the caches it is for (RFC 9213, section 2.2); Age says that one answered
    for name in TARGETED:
        kept_back, *stored = _leave(_directives(response, name.lower()))
        if any(stored) and not kept_back:
            private, storable = False, True
    if _positive(response.header("age")):
        private, storable = False, True
    fields = {name: response.header(name) for name in ("Cache-Control", "Expires", "Age", *TARGETED)}
    shown = (
        ", ".join(f"{name} {show(value)}" for name, value in fields.items() if value is not None)
        or "neither Cache-Control nor Expires"
    )
    found.expect(
        "security.not-publicly-cacheable",
        private or not storable,
        "no leave for a shared cache to store a token",
        shown,
        "storable",
    )
    if private or not storable:
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


def _leave(directives: dict[str, str]) -> tuple[bool, bool, bool]:
    """Whether shared caches are kept back, whether they are told to store, and whether they may reuse what is stored.

    To them s-maxage is what counts, and max-age where there is none (RFC 9111, section 4.2.1); no-cache, of no field alone, has
    them ask again each time, as an age of 0 does. Nor is private of some fields private for the rest (section 5.2.2.7).
    """
    asks_again = directives.get("no-cache") == ""
    age = directives.get("s-maxage", directives.get("max-age"))
    fresh = _positive(age) and not asks_again
    kept_back = "no-store" in directives or directives.get("private") == ""
    return kept_back, "public" in directives or (fresh and "s-maxage" in directives), fresh


def _is_located(response: Response, request: Request) -> bool:
    """Whether Content-Location is the target URI, of which nothing is known that stands before the contract's path."""
    location = response.header("content-location")
    try:
        return location is not None and urljoin(f"https://target{request.path}", location).endswith(request.path)
    except ValueError:
        return False


def _positive(argument: str | None) -> bool:
    # not `isdigit`: a superscript two, which is an octet of ISO-8859-1, is a digit and no number
    return argument is not None and argument.isdecimal() and int(argument[:9]) > 0


def _expires_later(response: Response, now: float) -> bool:
    moment = http_date(response.header("expires") or "")
    return moment is not None and moment > now + 60
