"""Reading a compact JWS (RFC 7515, section 7.1) in order to judge it.

`parse` takes any text and never raises. One defect does not hide the others: a padded segment, or one in the standard
alphabet, is still decoded, and the fault is noted beside it. Nothing here trusts a token; `verify` alone checks one.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Any, Final

from conformance import jsontext
from conformance.discreet import Discreet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conformance.jsontext import JsonText

#: Longest segment that is decoded, in characters.
LONGEST_SEGMENT: Final = 256 << 10
#: Segments that are told apart; a text of more dots keeps the rest in the last one.
MOST_SEGMENTS: Final = 16

# RFC 7518, section 3.3: RSA keys of 2048 bits or larger; 8192 bits is as large as any that is met.
_RSA = frozenset(range(256, 1025))

#: Octets a signature may have by registered `alg`: RFC 7518, section 3.1 (HS, RS, ES, PS), RFC 8812, section 3.2
#: (ES256K), RFC 8037, section 3.1 (EdDSA: Ed25519 or Ed448), RFC 9864, section 2.2, FIPS 204, table 2 (ML-DSA).
SIGNATURE_LENGTHS: Final[Mapping[str, frozenset[int]]] = {
    "HS256": frozenset({32}),
    "HS384": frozenset({48}),
    "HS512": frozenset({64}),
    "RS256": _RSA,
    "RS384": _RSA,
    "RS512": _RSA,
    "PS256": _RSA,
    "PS384": _RSA,
    "PS512": _RSA,
    "ES256": frozenset({64}),
    "ES384": frozenset({96}),
    "ES512": frozenset({132}),
    "ES256K": frozenset({64}),
    "EdDSA": frozenset({64, 114}),
    "Ed25519": frozenset({64}),
    "Ed448": frozenset({114}),
    "ML-DSA-44": frozenset({2420}),
    "ML-DSA-65": frozenset({3309}),
    "ML-DSA-87": frozenset({4627}),
}
#: Asymmetric and HMAC signature algorithms of IANA's JOSE registry; `none` is not among them.
REGISTERED_ALGORITHMS: Final[frozenset[str]] = frozenset(SIGNATURE_LENGTHS)

_EDWARDS: Final = ("EdDSA", "Ed25519", "Ed448")
_HASHES: Final[Mapping[str, str]] = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}
_NAMES: Final = ("header", "claims", "signature")
_ALPHABET = re.compile(r"[A-Za-z0-9_-]*")
_STRAY = re.compile(r"[^A-Za-z0-9_\-+/=\s]")
_SPACE = re.compile(r"\s")
_TO_STANDARD = str.maketrans("-_", "+/", "=")


class CompactJws(Discreet, frozen=True):
    """What a text is, read as a compact JWS. `repr` shows no content.

    segments: what stands between the dots, as it came.
    compact: there are exactly three segments and none is empty.
    alphabet_faults: what keeps segments from being base64url without padding (RFC 7515, section 2), a line a defect,
        such as "the claims segment is padded"; holds no content.
    header, claims: the first two segments as JSON, or None where they could not be decoded.
    signature: the octets of the third segment, or None.
    """

    hidden = frozenset({"segments", "signature"})
    segments: tuple[str, ...]
    compact: bool
    alphabet_faults: tuple[str, ...]
    header: JsonText | None
    claims: JsonText | None
    signature: bytes | None

    @property
    def alg(self) -> object:
        """The header's `alg`, of whatever type, or None."""
        return self.header_member("alg")

    @property
    def typ(self) -> object:
        """The header's `typ`, of whatever type, or None."""
        return self.header_member("typ")

    @property
    def kid(self) -> object:
        """The header's `kid`, of whatever type, or None."""
        return self.header_member("kid")

    def header_member(self, name: str) -> object:
        """A member of the header, or None; `has_header` tells null from absent."""
        return self.header.value.get(name) if self.header and self.header.is_object else None

    def has_header(self, name: str) -> bool:
        """Whether the header is an object with that member."""
        return bool(self.header and self.header.is_object and name in self.header.value)

    def claim(self, name: str) -> object:
        """A claim, or None; `has_claim` tells null from absent."""
        return self.claims.value.get(name) if self.claims and self.claims.is_object else None

    def has_claim(self, name: str) -> bool:
        """Whether the claims are an object with that member."""
        return bool(self.claims and self.claims.is_object and name in self.claims.value)


def parse(text: str) -> CompactJws:
    """Read `text` as a compact JWS; never raises."""
    segments = tuple(text.split(".", MOST_SEGMENTS - 1))
    octets = [_decoded(segment) for segment in segments[: len(_NAMES)]]
    octets.extend([None] * (len(_NAMES) - len(octets)))
    header, claims, signature = octets
    return CompactJws(
        segments=segments,
        compact=len(segments) == len(_NAMES) and all(segments),
        alphabet_faults=tuple(fault for at, segment in enumerate(segments) for fault in _faults(at, segment)),
        header=None if header is None else jsontext.read(header),
        claims=None if claims is None else jsontext.read(claims),
        signature=signature,
    )


def expected_signature_length(alg: object) -> frozenset[int] | None:
    """The octets a signature under `alg` may have, or None for an algorithm that is not registered."""
    return SIGNATURE_LENGTHS.get(alg) if isinstance(alg, str) else None


def well_known_key(token: str, candidates: Iterable[bytes]) -> bytes | None:
    """The first of `candidates` under which the token's HMAC verifies (RFC 8725, section 3.5), or None.

    None too where the token is not under HS256, HS384 or HS512, or is no compact JWS.
    """
    jws = parse(token)
    name = _HASHES.get(jws.alg) if isinstance(jws.alg, str) else None
    if not (jws.compact and name and jws.signature and token.isascii()):
        return None
    signed = token.rpartition(".")[0].encode()
    # Hashing a long input once for each candidate would let the server set the price.
    if len(signed) > LONGEST_SEGMENT or len(jws.signature) != hashlib.new(name).digest_size:
        return None
    return next((key for key in candidates if hmac.digest(key, signed, name) == jws.signature), None)


def verify(token: str, jwks: Mapping[str, Any]) -> str | None:
    """Why the token's signature does not verify under a key of the JWK set (RFC 7515, section 5.2), or None if it does.

    The algorithm has to be registered and fit the key (RFC 8725, section 3.1): a key that says it is for another one, or for
    anything but signatures, is passed over (RFC 7517, sections 4.2 and 4.4). Claims are not looked at.
    """
    # PyJWT brings in `cryptography`, which costs a tenth of a second: only with a key set configured.
    import jwt

    jws = parse(token)
    if not jws.compact:
        return "it is no compact JWS"
    alg = jws.alg
    if not isinstance(alg, str) or alg not in SIGNATURE_LENGTHS:
        return "its alg is not a registered signature algorithm"
    keys = jwks.get("keys")
    if not isinstance(keys, list) or not keys:
        return "the key set holds no keys"
    named = _named(jws, keys)
    if not named:
        return "the key set has no key of its kid"
    usable = [key for key in named if key.get("use") in (None, "sig") and _is_for(key.get("alg"), alg)]
    if not usable:
        return "the key set has no key of its kid that is for signatures of its alg"
    reasons: list[str] = []
    for key in usable:
        try:
            jwt.api_jws.decode(token, jwt.PyJWK(key, algorithm=alg), algorithms=[alg])
        except jwt.InvalidSignatureError:
            reasons.append("its signature does not verify under the published key")
        except Exception as error:  # noqa: BLE001  # PyJWT lets TypeError, ValueError and cryptography's errors through
            reasons.append(f"the published key cannot be used with its alg ({type(error).__name__})")
        else:
            return None
    return min(reasons, key=lambda reason: "cannot" in reason)


def _is_for(named: object, alg: str) -> bool:
    """Whether a key of that `alg` may have signed; EdDSA and the names of its curves are one (RFC 9864, section 2.2)."""
    return named in (None, alg) or (named in _EDWARDS and alg in _EDWARDS)


def knows_key(jws: CompactJws, jwks: Mapping[str, Any]) -> bool:
    """Whether a JWK set has a key that the token may be signed by: that of its `kid`, or any where it names none."""
    keys = jwks.get("keys")
    return isinstance(keys, list) and bool(_named(jws, keys))


def _named(jws: CompactJws, keys: Iterable[Any]) -> list[dict[str, Any]]:
    return [key for key in keys if isinstance(key, dict) and (jws.kid is None or key.get("kid") == jws.kid)]


def _faults(at: int, segment: str) -> list[str]:
    """What keeps one segment from being base64url; a long one is looked at as far as it is decoded."""
    name = f"the {_NAMES[at]} segment" if at < len(_NAMES) else f"segment {at + 1}"
    text = segment[:LONGEST_SEGMENT]
    faults = []
    if len(segment) > LONGEST_SEGMENT:
        faults.append(f"{name} is longer than {LONGEST_SEGMENT} characters")
    if _ALPHABET.fullmatch(text):
        # One character beyond whole groups of four holds six bits, which no octet fits (RFC 4648, section 4).
        return [*faults, f"{name} has a length no base64url has"] if len(segment) % 4 == 1 else faults
    if "=" in text:
        faults.append(f"{name} is padded" if not text.rstrip("=").count("=") else f"{name} has = within")
    if _SPACE.search(text):
        faults.append(f"{name} has white space")
    if "+" in text or "/" in text:
        faults.append(f"{name} is in the standard alphabet, with + or /")
    if _STRAY.search(text):
        faults.append(f"{name} has characters outside the alphabet")
    return faults


def _decoded(segment: str) -> bytes | None:
    """The segment's octets: either alphabet, with or without padding and white space; None for anything else."""
    if len(segment) > LONGEST_SEGMENT:
        return None
    text = segment if _ALPHABET.fullmatch(segment) else _SPACE.sub("", segment)
    text = text.translate(_TO_STANDARD)
    if not text.isascii() or _STRAY.search(text):
        return None
    # A last lone character carries no whole octet.
    text = text[:-1] if len(text) % 4 == 1 else text
    return binascii.a2b_base64(text + "=" * (-len(text) % 4))
