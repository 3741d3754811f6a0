"""Tokens whose signature is of the wrong length, does not verify, or could have been made by anyone."""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import Any

from conformance.reference.behaviour import Behaviour
from conformance.reference.mutants import tools
from conformance.reference.mutants.model import Mutant
from conformance.reference.mutants.tables import applied
from conformance.reference.mutants.tools import after, at_times, tenth
from conformance.reference.tokens import SigningKey, base64url, compact_json
from conformance.reference.values import Client

_UNVERIFIABLE = ("jwt.signature-verifies",)
_HASHES = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}


def _compact(header: dict[str, Any], claims: object, sign: Callable[[bytes], bytes]) -> str:
    signing_input = f"{base64url(compact_json(header))}.{base64url(compact_json(claims))}"
    return f"{signing_input}.{base64url(sign(signing_input.encode()))}"


def _by(alg: str, sign: Callable[[bytes], bytes]) -> tools.Apply:
    """Sign in another way, and say so in the header."""
    return tools.changing(token=lambda _header, claims, _key: _compact({"alg": alg, "typ": "JWT"}, claims, sign))


def _hmac(key: bytes, alg: str = "HS256") -> Callable[[bytes], bytes]:
    return lambda octets: hmac.new(key, octets, _HASHES[alg]).digest()


def _signature(change: Callable[[str], str]) -> tools.Apply:
    def edit(compact: str) -> str:
        signing_input, _dot, signature = compact.rpartition(".")
        return f"{signing_input}.{change(signature)}"

    return tools.token(edit)


def _ecdsa(der: bool) -> tools.Apply:  # noqa: FBT001 - one of two encodings
    """ES256 with a key of its own; the signature in DER as OpenSSL gives it, or as RFC 7518, section 3.4 wants it."""

    @functools.cache
    def private() -> Any:
        from cryptography.hazmat.primitives.asymmetric import ec

        return ec.generate_private_key(ec.SECP256R1())

    def sign(octets: bytes) -> bytes:
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec, utils

        signature: bytes = private().sign(octets, ec.ECDSA(hashes.SHA256()))
        if der:
            return signature
        r, s = utils.decode_dss_signature(signature)
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    return _by("ES256", sign)


def _other_key(behaviour: Behaviour) -> Behaviour:
    other = SigningKey()
    return tools.wrapping("token", lambda make: lambda header, claims, _key: make(header, claims, other))(behaviour)


def _keyed_by_client(choose: Callable[[Client], str]) -> tools.Apply:
    """HS256 under something the client knows, or anyone."""

    def apply(behaviour: Behaviour) -> Behaviour:
        seen: list[Client] = []

        def claims(client: Client, now: int, lifetime: int) -> object:
            seen[:] = [client]
            return behaviour.claims(client, now, lifetime)

        def make(_header: object, made: object, _key: SigningKey) -> str:
            return _compact({"alg": "HS256", "typ": "JWT"}, made, _hmac(choose(seen[0]).encode()))

        return tools.changing(claims=claims, token=make)(behaviour)

    return apply


_RANDOM = secrets.token_bytes(64)

_LENGTHS: tuple[tuple[str, str, tools.Apply], ...] = (
    ("signature-cut-to-128-octets", "Only half of the signature is kept", _signature(lambda s: s[:171])),
    ("signature-cut-short", "Two octets of the signature are missing", _signature(lambda s: s[:-3])),
    ("signature-cut-to-a-column", "The signature is cut where a column ends", _signature(lambda s: s[:255])),
    ("signature-of-one-octet", "The signature is one octet", _signature(lambda _s: "AA")),
    ("hmac-called-rs256", "The header says RS256, the signature is an HMAC", tools.changing(
        token=lambda header, claims, _key: _compact(header, claims, _hmac(_RANDOM)))),
    ("hs512-signed-as-hs256", "The header says HS512, the signature is an HMAC of SHA-256", _by("HS512", _hmac(_RANDOM))),
    ("hs256-in-hexadecimal", "The HMAC is written in hexadecimal, and then in base64url",
     _by("HS256", lambda octets: _hmac(_RANDOM)(octets).hex().encode())),
    ("hs256-cut-to-128-bits", "The HMAC is cut to 128 bits", _by("HS256", lambda octets: _hmac(_RANDOM)(octets)[:16])),
    ("es256-in-der", "The ECDSA signature is in DER", _ecdsa(der=True)),
    ("es384-signed-as-es256", "The header says ES384, the signature has the length of ES256",
     _by("ES384", lambda _octets: _RANDOM)),
    ("eddsa-of-32-octets", "The header says EdDSA, the signature is half of one", _by("EdDSA", lambda _octets: _RANDOM[:32])),
)  # fmt: skip

_FORGED: tuple[tuple[str, str, tools.Apply], ...] = (
    ("signed-by-an-unpublished-key", "Tokens are signed by a key that is not in the key set", _other_key),
    ("signature-with-an-octet-more", "An octet follows the signature", _signature(lambda s: s[:-2] + "AAAA")),
    ("signature-of-random-octets", "The signature is random",
     tools.changing(token=lambda header, claims, _key: _compact(header, claims, lambda _octets: secrets.token_bytes(256)))),
    ("signature-of-the-claims-alone", "The signature is over the claims without the header",
     tools.changing(token=lambda header, claims, key: _compact(header, claims, lambda octets: key.sign(octets.split(b".")[1])))),
    ("signature-before-the-last-change", "The claims are changed after they are signed",
     tools.changing(token=lambda header, claims, key: _compact(
         header, {**claims, "scope": "all"},
         lambda _octets: key.sign(f"{base64url(compact_json(header))}.{base64url(compact_json(claims))}".encode())))),
    ("signature-with-a-bit-flipped", "A character of the signature is another",
     _signature(lambda s: s[:20] + ("A" if s[20] != "A" else "B") + s[21:])),
    ("signed-with-another-hash", "The header says RS512, the signature is made with SHA-256",
     tools.jose(lambda header: {**header, "alg": "RS512"})),
    ("hmac-where-a-key-set-is-published", "Tokens are HS256 under a private key, though a key set is published",
     _by("HS256", _hmac(_RANDOM))),
    ("ecdsa-where-an-rsa-key-is-published", "Tokens are ES256, though only an RSA key is published", _ecdsa(der=False)),
)  # fmt: skip

_PLACEHOLDERS: tuple[tuple[str, str, tools.Apply], ...] = (
    ("signature-of-zeros", "The signature is all zeros", _signature(lambda s: "A" * len(s))),
    ("signature-in-hexadecimal", "The signature is written in hexadecimal before it is encoded",
     tools.changing(token=lambda header, claims, key: _compact(header, claims, lambda octets: key.sign(octets).hex().encode()))),
    ("signature-in-base64-twice", "The signature is encoded twice, and says RS256 all the same",
     tools.changing(token=lambda header, claims, key: _compact(
         header, claims, lambda octets: base64.b64encode(key.sign(octets)).ljust(384, b"=")))),
    ("signature-the-same-each-time", "A stub signs, with the same octets each time",
     tools.changing(token=lambda _header, claims, _key: _compact({"alg": "HS256", "typ": "JWT"}, claims, lambda _octets: _RANDOM[:32]))),
    ("signature-of-the-header-alone", "The HMAC is of the header, whatever the claims are",
     _by("HS256", lambda octets: _hmac(_RANDOM)(octets.partition(b".")[0]))),
)  # fmt: skip

_WEAK: tuple[tuple[str, str, bytes], ...] = (
    ("hs256-under-secret", "HS256 under the key secret", b"secret"),
    ("hs256-under-nothing", "HS256 under an empty key", b""),
    ("hs256-under-the-key-of-jwt-io", "HS256 under your-256-bit-secret", b"your-256-bit-secret"),
    ("hs256-under-password", "HS256 under the key password", b"password"),
    ("hs256-under-changeme", "HS256 under the key changeme", b"changeme"),
    ("hs256-under-zeros", "HS256 under 32 octets of zero", bytes(32)),
    ("hs256-under-a-number", "HS256 under the key 123456", b"123456"),
    ("hs256-under-key", "HS256 under the key key", b"key"),
)

MUTANTS: tuple[Mutant, ...] = (
    *applied("jwt.signature-length", _LENGTHS, _UNVERIFIABLE),
    *applied("jwt.signature-genuine", _PLACEHOLDERS, _UNVERIFIABLE),
    *applied("jwt.signature-verifies", _FORGED),
    *applied(
        "security.no-well-known-key",
        ((name, title, _by("HS256", _hmac(key))) for name, title, key in _WEAK),
        _UNVERIFIABLE,
    ),
    *applied(
        "security.no-well-known-key",
        (
            ("hs384-under-secret", "HS384 under the key secret", _by("HS384", _hmac(b"secret", "HS384"))),
            ("hs512-under-secret", "HS512 under the key secret", _by("HS512", _hmac(b"secret", "HS512"))),
            ("hs256-under-the-client-id", "HS256 under the client id", _keyed_by_client(lambda client: client.id)),
            (
                "hs256-under-the-client-secret",
                "HS256 under the client secret",
                _keyed_by_client(lambda client: client.secret),
            ),
            (
                "hs256-under-id-and-secret",
                "HS256 under id and secret with a colon between",
                _keyed_by_client(lambda client: f"{client.id}:{client.secret}"),
            ),
            (
                "hs256-under-a-digest-of-the-secret",
                "HS256 under the secret's SHA-256 in hexadecimal",
                _keyed_by_client(lambda client: hashlib.sha256(client.secret.encode()).hexdigest()),
            ),
            ("hs256-under-the-algorithm", "HS256 under the key HS256", _by("HS256", _hmac(b"HS256"))),
        ),
        _UNVERIFIABLE,
    ),
    Mutant(
        name="one-in-ten-tokens-does-not-verify",
        requirement="jwt.signature-verifies",
        title="One in ten tokens is signed by a node with another key",
        kind="sometimes",
        apply=at_times(tenth, _other_key),
    ),
    Mutant(
        name="key-rotates-without-notice",
        requirement="jwt.signature-verifies",
        title="After ten tokens another key signs, and the key set is not told",
        kind="sequence",
        apply=at_times(after(10), _other_key),
    ),
    Mutant(
        name="one-in-ten-signatures-is-cut-short",
        requirement="jwt.signature-length",
        company=_UNVERIFIABLE,
        title="One in ten signatures is two octets short",
        kind="sometimes",
        apply=at_times(tenth, _signature(lambda s: s[:-3])),
    ),
    Mutant(
        name="one-in-ten-tokens-under-secret",
        requirement="security.no-well-known-key",
        company=_UNVERIFIABLE,
        title="One in ten tokens comes from a node with the default key",
        kind="sometimes",
        apply=at_times(tenth, _by("HS256", _hmac(b"secret"))),
    ),
)
