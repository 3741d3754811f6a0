"""What a token may not tell those it is shown to: the client's secret, a digest of it, a private key (RFC 7519, section 12)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from conformance.checks.assessment import Assessment, Sight, show
from conformance.checks.security import SHORTEST_SECRET, digests, hexadecimal, larger_part, sent_secrets, spellings
from conformance.jws import CompactJws
from conformance.masking.decoders import EVERY, views

PEM = re.compile(rb"-----BEGIN [A-Z ]*(?:KEY|CERTIFICATE)-----")
PRIVATE_PEM = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----")
# the modular crypt format of bcrypt, SHA-crypt, argon2, scrypt and PBKDF2
PASSWORD_HASH = re.compile(
    rb"\$(?:2[abxy]\$[0-3]\d\$[./A-Za-z0-9]{53}|(?:argon2(?:id|i|d)|scrypt|pbkdf2-[a-z0-9]+|5|6|y)\$[^\"\s]{20,})"
)
#: members of a private or symmetric key (RFC 7518, section 6), and keys a token brings along (RFC 7515, section 4.1)
KEY_MEMBERS = ("jwk", "x5c", "k", "d", "p", "q", "oct")
KEY_ADDRESSES = ("jku", "x5u")


def check_token_secrecy(sight: Sight, parsed: CompactJws, found: Assessment) -> None:
    """Judge whether the token tells what it may not."""
    parts = [
        json.dumps(part.value, ensure_ascii=False).encode("utf-8", "replace")
        for part in (parsed.header, parsed.claims)
        if part and part.is_object
    ]
    held = next(_held(sight, parts), None)
    place = _place(sight, parsed) if held else ""
    found.expect(
        "security.no-secret-in-token", held is None, "no client secret in the token", f"{held} in {place}", "secret"
    )
    keys = [name for name in KEY_MEMBERS if parsed.has_header(name)]
    told = f"the member {', '.join(keys)}" if keys else next(_key_material(parsed, parts), "")
    found.expect("security.no-key-in-header", not told, "no key in the JOSE header", told, "key")


def _place(sight: Sight, parsed: CompactJws) -> str:
    """The member of a token that holds what it may not; the token, where that takes more than one."""
    for part, kind in ((parsed.header, "header parameter"), (parsed.claims, "claim")):
        for name, value in part.value.items() if part and part.is_object else ():
            # in the place of the claims, where all is looked for
            if next(
                _held(sight, [b"", json.dumps({name: value}, ensure_ascii=False).encode("utf-8", "replace")]), None
            ):
                return f"the {kind} {show(name)} of the token"
    return "the token"


def _held(sight: Sight, parts: list[bytes]) -> Iterator[str]:
    unpacked = [
        (view.label, view.text.encode("utf-8", "surrogateescape"))
        for part in parts
        for view in views(part.decode("utf-8", "replace"), EVERY)[1:]
    ]
    for secret in sent_secrets(sight):
        for how, spelling in spellings(secret):
            if len(spelling) >= SHORTEST_SECRET and any(spelling in part for part in parts):
                yield f"the client secret{how}"
        for how, digest in (*hexadecimal(secret), *digests(secret)):
            if any(digest in part or digest in part.lower() for part in parts):
                yield f"the client secret{how}"
        for part in parts:
            if echo := larger_part(secret, part, sight):
                yield f"the client secret{echo.how}"
        yield from (f"the client secret, {label}" for label, text in unpacked if secret in text)
    if any(PASSWORD_HASH.search(part) for part in parts):
        yield "the hash of a password"
    if any(PRIVATE_PEM.search(part) for part in parts[1:]):
        yield "a private key"


def _key_material(parsed: CompactJws, parts: list[bytes]) -> Iterator[str]:
    """A key in PEM, or the address of one that is fetched without TLS (RFC 7515, sections 4.1.2 and 4.1.5)."""
    if parts and parsed.header and parsed.header.is_object and PEM.search(parts[0]):
        yield "a key in PEM"
    for name in KEY_ADDRESSES:
        address = parsed.header_member(name)
        if isinstance(address, str) and address.lower().startswith("http:"):
            yield f"{name}, the address of a key that is fetched without TLS"
