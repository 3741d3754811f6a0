"""Access tokens in the styles that servers have; each is sound (RFC 7515, 7519, 9068)."""

from __future__ import annotations

import functools
import secrets
import threading
import uuid
from collections.abc import Callable
from typing import Any

from tests.conforming.face import Credentials, TokenStyle

ISSUER = "https://auth.partners.example/"
AUDIENCE = "https://partners-api.example/api/v3"
METADATA = "https://auth.cobee.io/metadata"
COMPANY = "0d6f2c1e-8a53-4b7e-9f14-2c7d5e90ab36"

Claims = dict[str, Any]


def _auth0(client_id: str, now: float, lifetime: int) -> Claims:
    return {
        "iss": ISSUER,
        "sub": f"{client_id}@clients",
        "aud": AUDIENCE,
        "iat": int(now),
        "exp": int(now) + lifetime,
        "azp": client_id,
        "gty": "client-credentials",
        METADATA: {"companyId": COMPANY, "corporationId": None},
    }


def _bare(_client_id: str, now: float, lifetime: int) -> Claims:
    return {"userId": 123, "exp": int(now) + lifetime}


def _profile(client_id: str, now: float, lifetime: int) -> Claims:
    issued = int(now)
    return {
        "iss": ISSUER,
        "exp": issued + lifetime,
        "aud": [AUDIENCE, f"{ISSUER}userinfo"],
        "sub": client_id,
        "client_id": client_id,
        "iat": issued,
        "nbf": issued,
        "jti": str(uuid.uuid4()),
        "scope": "employees:read payroll:write",
    }


def _fractional(client_id: str, now: float, lifetime: int) -> Claims:
    # a NumericDate may have a fraction (RFC 7519, section 2)
    return {"iss": ISSUER, "sub": client_id, "iat": now, "nbf": now, "exp": now + lifetime, "jti": uuid.uuid4().hex}


def _custom(client_id: str, now: float, lifetime: int) -> Claims:
    return {
        **_auth0(client_id, now, lifetime),
        "tier": 3,
        "ratio": 0.25,
        "active": True,
        "name": "Société Générale – Añover \U0001f1ea\U0001f1f8",
        "permissions": [f"employees:{number:03}:read" for number in range(150)],
        "nested": {"exp": "not this one", "iat": [1, 2]},
    }


def _late(client_id: str, now: float, lifetime: int) -> Claims:
    # issuers date tokens back so that a verifier with a slow clock takes them
    return {**_profile(client_id, now, lifetime), "nbf": int(now) - 60}


CLAIMS: dict[str, Callable[[str, float, int], Claims]] = {
    "auth0": _auth0,
    "bare": _bare,
    "profile": _profile,
    "fractional": _fractional,
    "custom": _custom,
    "late": _late,
}


@functools.cache
def signing_key(alg: str) -> Any:
    """A key for `alg`, made once in a process."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    match alg[:2]:
        case "HS":
            return secrets.token_bytes(64)
        case "RS" | "PS":
            return _rsa_key(rsa.generate_private_key)
        case "ES":
            curves = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}
            return ec.generate_private_key(curves[alg])
        case _:
            return ed25519.Ed25519PrivateKey.generate()


_RSA: list[Any] = []
_RSA_LOCK = threading.Lock()


def _rsa_key(generate: Callable[..., Any]) -> Any:
    with _RSA_LOCK:
        if not _RSA:
            _RSA.append(generate(public_exponent=65_537, key_size=2048))
        return _RSA[0]


def sign(style: TokenStyle, client_id: str, now: float) -> str:
    """A new token for `client_id`, issued at `now` (POSIX seconds)."""
    import jwt

    claims = CLAIMS[style.claims](client_id, now, style.lifetime)
    # PyJWT leaves `typ` out where it is None
    headers: dict[str, Any] = {"typ": style.typ}
    if style.kid is not None:
        headers["kid"] = style.kid
    return jwt.encode(claims, signing_key(style.alg), algorithm=style.alg, headers=headers)


class Issuer:
    """Hands out tokens of one style to one client; safe to use from several threads."""

    def __init__(self, style: TokenStyle, credentials: Credentials) -> None:
        self._style = style
        self._client_id = credentials.client_id
        self._lock = threading.Lock()
        self._kept: tuple[str, float] | None = None

    def issue(self, now: float) -> tuple[str, int]:
        """A token and the whole seconds it has left."""
        if not self._style.cached:
            return sign(self._style, self._client_id, now), self._style.lifetime
        with self._lock:
            if self._kept is None or now - self._kept[1] >= self._style.cached:
                self._kept = sign(self._style, self._client_id, now), now
            token, issued = self._kept
        return token, int(int(issued) + self._style.lifetime - now)
