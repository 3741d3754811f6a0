"""Access tokens: compact JWS (RFC 7515), RS256, in the style the provider's security page describes."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import threading
import uuid
from typing import TYPE_CHECKING, Any

from conformance.reference.values import Client

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

ISSUER = "https://auth.reference.example/"
AUDIENCE = "https://partners-api.reference.example/api/v3"
METADATA = "https://auth.cobee.io/metadata"
LIFETIME = 86_400
"""Seconds a token lives."""

KEY_BITS = 2048
EXPONENT = 65_537


def base64url(octets: bytes) -> str:
    """Base64url without padding (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def compact_json(value: object) -> bytes:
    """`value` as JSON without white space, in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


class SigningKey:
    """An RSA key made when the server starts.

    It is made in a thread of its own, so that the server listens at once; the first who needs it waits for it.
    """

    def __init__(self) -> None:
        self._thread = threading.Thread(target=self._generate, name="rsa-key", daemon=True)
        self._thread.start()

    def _generate(self) -> None:
        # cryptography takes longer to import than all of this module: only the thread that needs it does.
        from cryptography.hazmat.primitives.asymmetric import rsa

        self._private: RSAPrivateKey = rsa.generate_private_key(public_exponent=EXPONENT, key_size=KEY_BITS)

    @property
    def private(self) -> RSAPrivateKey:
        """The private key."""
        self._thread.join()
        return self._private

    @functools.cached_property
    def id(self) -> str:
        """The key's JWK thumbprint (RFC 7638), used as `kid`."""
        members = self._members()
        return base64url(hashlib.sha256(compact_json(dict(sorted(members.items())))).digest())

    def sign(self, octets: bytes) -> bytes:
        """The RSASSA-PKCS1-v1_5 signature with SHA-256 over `octets` (RFC 7518, section 3.3)."""
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding

        return self.private.sign(octets, padding.PKCS1v15(), hashes.SHA256())

    def public_jwk(self) -> dict[str, str]:
        """The public key as a JWK (RFC 7517, RFC 7518, section 6.3.1)."""
        return {**self._members(), "kid": self.id, "use": "sig", "alg": "RS256"}

    def _members(self) -> dict[str, str]:
        numbers = self.private.public_key().public_numbers()
        return {
            "kty": "RSA",
            "n": base64url(numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big")),
            "e": base64url(numbers.e.to_bytes((numbers.e.bit_length() + 7) // 8, "big")),
        }


def jose_header(key: SigningKey) -> dict[str, Any]:
    """The JOSE header of a token (RFC 7515, section 4)."""
    return {"alg": "RS256", "typ": "JWT", "kid": key.id}


def token_claims(client: Client, now: int, lifetime: int) -> dict[str, Any]:
    """The claims of a token issued at `now`, a NumericDate, for `lifetime` seconds (RFC 7519, section 4.1), as Auth0 sets them."""
    return {
        "iss": ISSUER,
        "sub": f"{client.id}@clients",
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + lifetime,
        "azp": client.id,
        "gty": "client-credentials",
        "jti": uuid.uuid4().hex,
        METADATA: {"companyId": client.company},
    }


def compact_jws(header: object, claims: object, key: SigningKey) -> str:
    """The compact serialisation of the signed `claims` (RFC 7515, section 7.1)."""
    signing_input = f"{base64url(compact_json(header))}.{base64url(compact_json(claims))}"
    return f"{signing_input}.{base64url(key.sign(signing_input.encode('ascii')))}"
