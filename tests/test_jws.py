"""The structure of a compact JWS, on literals."""

from __future__ import annotations

import base64
import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given, strategies as st

from conformance import jws
from conformance.well_known_keys import well_known_keys

# RFC 7515, appendix A.1: HS256, line breaks inside the JSON and all.
RFC_7515_A1 = (
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
)
RFC_7515_A1_KEY = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
# RFC 7515, appendix A.5: unsecured.
RFC_7515_A5 = (
    "eyJhbGciOiJub25lIn0"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
)


def _segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def test_the_signed_example_of_rfc_7515_is_read() -> None:
    """Appendix A.1: header, claims and a signature of 32 octets."""
    found = jws.parse(RFC_7515_A1)

    assert found.compact
    assert not found.alphabet_faults
    assert (found.alg, found.typ) == ("HS256", "JWT")
    assert (found.claim("iss"), found.claim("exp")) == ("joe", 1300819380)
    assert found.signature is not None
    assert len(found.signature) == 32


def test_the_unsecured_example_of_rfc_7515_has_no_signature() -> None:
    """Appendix A.5: its third segment is empty, so it is no compact JWS of three segments that hold something."""
    found = jws.parse(RFC_7515_A5)

    assert not found.compact
    assert found.alg == "none"
    assert found.claim("iss") == "joe"
    assert found.signature == b""


@pytest.mark.parametrize("text", ["", ".", "..", "a.b", "a.b.", ".b.c", "a..c", "a.b.c.d", "a.b.c.d.e", "." * 100_000])
def test_three_segments_that_hold_something_make_it_compact(text: str) -> None:
    """RFC 7515, section 7.1; five segments are a JWE."""
    assert not jws.parse(text).compact


HEADER, CLAIMS = _segment({"alg": "HS256", "pad": "?~?~"}), _segment({"exp": 1, "pad": "?~?~"})


@pytest.mark.parametrize(
    ("token", "faults"),
    [
        (f"{HEADER}=.{CLAIMS}.AAAA", ("the header segment is padded",)),
        (f"{HEADER}.{CLAIMS}==.AAAA", ("the claims segment is padded",)),
        (f"{HEADER}.{CLAIMS}.AAA=", ("the signature segment is padded",)),
        (f"{HEADER}.{CLAIMS}.AA=A", ("the signature segment has = within",)),
        (f"{HEADER}\n.{CLAIMS}.AAAA", ("the header segment has white space",)),
        (f"{HEADER}. {CLAIMS}.AAAA", ("the claims segment has white space",)),
        (f"{HEADER}.{CLAIMS}.A+/A", ("the signature segment is in the standard alphabet, with + or /",)),
        (f"{HEADER}.{CLAIMS}.AAéA", ("the signature segment has characters outside the alphabet",)),
        (f"{HEADER}.{CLAIMS}.AAAAA", ("the signature segment has a length no base64url has",)),
        (f"{HEADER}.{CLAIMS}.AAAA", ()),
    ],
)
def test_each_breach_of_base64url_is_named_and_hides_nothing(token: str, faults: tuple[str, ...]) -> None:
    """RFC 7515, section 2: no padding, no white space, no other characters; header and claims are read all the same."""
    found = jws.parse(token)

    assert found.alphabet_faults == faults
    assert (found.alg, found.claim("exp")) == ("HS256", 1)


@pytest.mark.parametrize("alg", [None, 1, True, [], {}, "", "none", "NONE", "hs256", "RS255", "A128GCM"])
def test_an_algorithm_that_is_not_registered_has_no_signature_length(alg: object) -> None:
    """Names compare with case (RFC 7515, section 4.1.1), and `none` is no signature algorithm."""
    assert jws.expected_signature_length(alg) is None


@pytest.mark.parametrize(
    ("alg", "fits", "does_not"),
    [
        ("HS256", 32, 31),
        ("HS384", 48, 32),
        ("HS512", 64, 63),
        ("RS256", 256, 255),
        ("RS512", 512, 128),
        ("PS384", 384, 64),
        ("ES256", 64, 70),
        ("ES384", 96, 104),
        ("ES512", 132, 131),
        ("ES256K", 64, 72),
        ("EdDSA", 114, 65),
        ("EdDSA", 64, 0),
        ("Ed25519", 64, 114),
        ("Ed448", 114, 64),
    ],
)
def test_a_signature_has_the_length_of_its_algorithm(alg: str, fits: int, does_not: int) -> None:
    """RFC 7518, section 3; a DER signature where the two halves belong is the usual mistake."""
    lengths = jws.expected_signature_length(alg)

    assert lengths is not None
    assert fits in lengths
    assert does_not not in lengths


def test_members_tell_null_from_absent() -> None:
    """`exp: null` is there, and is null."""
    found = jws.parse(f"{_segment({'alg': None})}.{_segment({'exp': None})}.AAAA")

    assert found.claim("exp") is None
    assert found.has_claim("exp")
    assert not found.has_claim("iat")
    assert found.has_header("alg")
    assert not found.has_header("typ")


@pytest.mark.parametrize("part", ["header", "claims"])
@pytest.mark.parametrize("value", [1, "x", [], None, True])
def test_what_is_no_object_has_no_members(part: str, value: object) -> None:
    """Reading a member of something else gives nothing and raises nothing."""
    segments = {"header": _segment({}), "claims": _segment({}), part: _segment(value)}
    found = jws.parse(f"{segments['header']}.{segments['claims']}.AAAA")

    assert (found.alg, found.claim("exp")) == (None, None)


@given(
    st.text()
    | st.from_regex(r"[A-Za-z0-9_=+/ -]*(\.[A-Za-z0-9_=+/ -]*){0,4}")
    | st.binary().map(lambda b: b.decode("latin-1"))
)
def test_any_text_is_parsed_without_an_exception(text: str) -> None:
    """The parser judges; it does not fail."""
    found = jws.parse(text)

    assert found.compact <= (len(found.segments) == 3)
    assert jws.well_known_key(text, [b"", b"secret"]) is None or found.compact


@given(st.binary(), st.binary(), st.binary(min_size=1))
def test_any_octets_in_segments_are_parsed_without_an_exception(header: bytes, claims: bytes, signature: bytes) -> None:
    """What a segment decodes to is exactly what was encoded."""
    encoded = [base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (header, claims, signature)]
    found = jws.parse(".".join(encoded))

    assert found.signature == signature
    assert not found.alphabet_faults


def test_a_segment_of_a_mebibyte_is_not_decoded() -> None:
    """A bomb costs nothing."""
    started = time.process_time()
    found = jws.parse(f"{'W' * (1 << 20)}.{CLAIMS}.AAAA")

    assert found.header is None
    assert found.alphabet_faults == ("the header segment is longer than 262144 characters",)
    assert time.process_time() - started < 0.5


def test_the_key_of_the_rfc_is_well_known() -> None:
    """The sample key of RFC 7515, decoded, verifies the sample token, and is on the list."""
    key = base64.urlsafe_b64decode(RFC_7515_A1_KEY + "==")

    assert jws.well_known_key(RFC_7515_A1, [b"x", key]) == key
    assert jws.well_known_key(RFC_7515_A1, well_known_keys()) == key


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512"])
@pytest.mark.parametrize("key", ["secret", "your-256-bit-secret", "changeme", "keyboard cat", "0" * 32, "a" * 64])
def test_well_known_keys_are_found(key: str, alg: str) -> None:
    """Whatever the HMAC, a key from a tutorial is found out."""
    assert jws.well_known_key(jwt.encode({"a": 1}, key, alg), well_known_keys()) == key.encode()


def test_a_good_key_is_not_well_known() -> None:
    """A random key is on no list; nor does an asymmetric token have such a key."""
    assert jws.well_known_key(jwt.encode({"a": 1}, "Zq8!" * 12), well_known_keys()) is None
    assert jws.well_known_key(jwt.encode({"a": 1}, ec.generate_private_key(ec.SECP256R1()), "ES256"), [b""]) is None


def _jwk(key: object, algorithm: type, kid: str) -> dict[str, object]:
    return {**json.loads(algorithm.to_jwk(key)), "kid": kid}  # type: ignore[attr-defined]


RSA_KEY = rsa.generate_private_key(65537, 2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
JWKS = {
    "keys": [
        _jwk(EC_KEY.public_key(), jwt.algorithms.ECAlgorithm, "ec"),
        _jwk(RSA_KEY.public_key(), jwt.algorithms.RSAAlgorithm, "rsa"),
        {"kty": "unheard of", "kid": "odd"},
    ]
}


@pytest.mark.parametrize(
    ("key", "alg", "headers"),
    [
        (RSA_KEY, "RS256", {"kid": "rsa"}),
        (RSA_KEY, "PS256", None),
        (EC_KEY, "ES256", {"kid": "ec"}),
        (EC_KEY, "ES256", None),
    ],
)
def test_a_token_verifies_under_its_key_in_the_set(
    key: rsa.RSAPrivateKey, alg: str, headers: dict[str, str] | None
) -> None:
    """By its kid, or by trying every key where it has none."""
    assert jws.verify(jwt.encode({"a": 1}, key, alg, headers), JWKS) is None


@pytest.mark.parametrize(
    ("token", "keys", "reason"),
    [
        (jwt.encode({"a": 1}, rsa.generate_private_key(65537, 2048), "RS256", {"kid": "rsa"}), JWKS, "does not verify"),
        (jwt.encode({"a": 1}, ed25519.Ed25519PrivateKey.generate(), "EdDSA", {"kid": "rsa"}), JWKS, "cannot be used"),
        (jwt.encode({"a": 1}, RSA_KEY, "RS256", {"kid": "new"}), JWKS, "no key of its kid"),
        (jwt.encode({"a": 1}, RSA_KEY, "RS256", {"kid": "odd"}), JWKS, "cannot be used"),
        (jwt.encode({"a": 1}, "k" * 64, "HS256", {"kid": "rsa"}), JWKS, "cannot be used"),
        (jwt.encode({"a": 1}, RSA_KEY, "RS256"), {"keys": []}, "holds no keys"),
        (jwt.encode({"a": 1}, RSA_KEY, "RS256"), {}, "holds no keys"),
        (f"{_segment({'alg': 'none'})}.{CLAIMS}.AAAA", JWKS, "not a registered"),
        (f"{_segment({'alg': ['RS256']})}.{CLAIMS}.AAAA", JWKS, "not a registered"),
        (RFC_7515_A5, JWKS, "no compact JWS"),
        ("nonsense", JWKS, "no compact JWS"),
    ],
)
def test_why_a_token_does_not_verify_is_said(token: str, keys: dict[str, object], reason: str) -> None:
    """An HMAC under a public key, the classic confusion, is among the reasons."""
    assert reason in str(jws.verify(token, keys))


def _published(**members: object) -> dict[str, object]:
    """The RSA key as it is published, and says so of itself."""
    return {**_jwk(RSA_KEY.public_key(), jwt.algorithms.RSAAlgorithm, "rsa"), **members}


@pytest.mark.parametrize(
    ("members", "verifies"),
    [
        ({}, True),
        ({"use": "sig"}, True),
        ({"alg": "RS256"}, True),
        ({"alg": None, "use": None}, True),
        ({"use": "enc"}, False),
        ({"alg": "RSA-OAEP"}, False),
        ({"alg": "PS256"}, False),
        ({"alg": ["RS256"]}, False),
        ({"use": ["sig"]}, False),
    ],
    ids=str,
)
def test_a_key_for_another_purpose_is_passed_over(members: dict[str, object], verifies: bool) -> None:  # noqa: FBT001 - pytest gives it
    """RFC 7517, sections 4.2 and 4.4: what `use` and `alg` say of a key holds, whatever it could verify besides."""
    told = jws.verify(jwt.encode({"a": 1}, RSA_KEY, "RS256", {"kid": "rsa"}), {"keys": [_published(**members)]})

    assert told == (None if verifies else "the key set has no key of its kid that is for signatures of its alg")


def test_a_key_beside_one_for_another_purpose_is_taken() -> None:
    """Two keys of one kid."""
    keys = {"keys": [_published(use="enc"), _published(use="sig")]}

    assert jws.verify(jwt.encode({"a": 1}, RSA_KEY, "RS256", {"kid": "rsa"}), keys) is None


def test_repr_shows_no_content() -> None:
    """A traceback may hold a `CompactJws`, and must not hold the token."""
    shown = repr(jws.parse(RFC_7515_A1))

    assert not any(segment[:12] in shown for segment in RFC_7515_A1.split("."))
    assert "joe" not in shown
