"""Tokens whose segments or JOSE header are not what RFC 7515 says."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from conformance.reference.mutants import tools
from conformance.reference.mutants.model import Mutant
from conformance.reference.mutants.tables import applied
from conformance.reference.mutants.tools import at_times, jose, serialised, tenth, token
from conformance.reference.tokens import SigningKey, base64url, compact_json

_UNVERIFIABLE = ("jwt.signature-verifies",)
"""What no library can parse, no key verifies."""


def _parts(change: Callable[[str, str, str], str]) -> tools.Apply:
    return token(lambda compact: change(*compact.split(".")))


def _spelled(change: Callable[[str], str]) -> tools.Apply:
    """Spell header and claims in another way, and sign that spelling."""

    def make(header: object, claims: object, key: SigningKey) -> str:
        return tools.signed(change(base64url(compact_json(header))), change(base64url(compact_json(claims))), key)

    return tools.changing(token=make)


def _standard_alphabet(header: object, claims: Any, key: SigningKey) -> str:
    """Base64 with + and /; a claim is there that makes both occur."""
    payload = base64url(compact_json({**claims, "note": "\u07ff\u07ff~~~???>>>"})).replace("-", "+").replace("_", "/")
    compact = tools.signed(base64url(compact_json(header)), payload, key)
    return compact.replace("-", "+").replace("_", "/")


def _duplicated(name: str, value: object) -> Callable[[object], bytes]:
    """JSON with a member more, of a name that is there already."""
    return lambda members: compact_json({name: value})[:-1] + b"," + compact_json(members)[1:]


def _padded(segment: str) -> str:
    return segment + "=" * (-len(segment) % 4)


def _with(name: str, value: object) -> tools.Apply:
    return jose(lambda header: {**header, name: value})


_COMPACT: tuple[tuple[str, str, tools.Apply], ...] = (
    ("token-of-two-segments", "The signature is left out, and its dot with it", _parts(lambda h, p, _s: f"{h}.{p}")),
    ("token-of-four-segments", "A fourth segment follows", _parts(lambda h, p, s: f"{h}.{p}.{s}.{s[:16]}")),
    ("token-of-five-segments", "It looks encrypted", _parts(lambda h, p, s: f"{h}.{s[:22]}.{s[:16]}.{p}.{s[-22:]}")),
    ("token-with-empty-signature", "The signature is empty", _parts(lambda h, p, _s: f"{h}.{p}.")),
    ("token-with-empty-claims", "The second segment is empty", _parts(lambda h, _p, s: f"{h}..{s}")),
    ("token-with-empty-header", "The first segment is empty", _parts(lambda _h, p, s: f".{p}.{s}")),
    ("token-with-trailing-dot", "A dot follows the signature", _parts(lambda h, p, s: f"{h}.{p}.{s}.")),
    ("token-opaque", "The token is a random word", token(lambda compact: compact[-43:])),
    ("token-a-uuid", "The token is a UUID", token(lambda _compact: "0b3c7a52-6a0f-4f2e-9a45-5b2f3d5a1c11")),
    ("token-with-commas", "The segments are joined by commas", token(lambda compact: compact.replace(".", ","))),
    ("token-in-json-serialisation", "The token is a JWS in JSON serialisation",
     _parts(lambda h, p, s: json.dumps({"protected": h, "payload": p, "signature": s}))),
    ("token-percent-encoded", "The dots are percent-encoded", token(lambda compact: compact.replace(".", "%2E"))),
)  # fmt: skip

_ALPHABET: tuple[tuple[str, str, tools.Apply], ...] = (
    ("segments-padded", "All segments have their padding",
     token(lambda compact: ".".join(_padded(segment) for segment in compact.split(".")))),
    ("signature-padded", "The signature has its padding", _parts(lambda h, p, s: f"{h}.{p}.{_padded(s)}")),
    ("signed-segments-padded", "Header and claims are padded, and signed so", _spelled(_padded)),
    ("standard-base64-alphabet", "The segments are base64 with + and /", tools.changing(token=_standard_alphabet)),
    ("token-wrapped-at-76-characters", "A line feed follows each 76 characters of the claims",
     _parts(lambda h, p, s: f"{h}.{p[:76]}\n{p[76:]}.{s}")),
    ("token-with-trailing-newline", "A line feed follows the token", token(lambda compact: compact + "\n")),
    ("token-with-leading-space", "A space stands before the token", token(lambda compact: " " + compact)),
    ("token-with-carriage-return", "A carriage return and line feed follow the token", token(lambda compact: compact + "\r\n")),
    ("token-with-scheme", "The token is written with its scheme before it", token(lambda compact: f"Bearer {compact}")),
    ("token-in-quotes", "The token stands in quotes", token(lambda compact: f'"{compact}"')),
    ("token-with-inner-spaces", "The dots stand between spaces", token(lambda compact: compact.replace(".", " . "))),
    ("token-with-zero-width-space", "A zero-width space follows the token", token(lambda compact: compact + "\u200b")),
    ("segment-of-impossible-length", "The claims are a character too long for base64",
     _parts(lambda h, p, s: f"{h}.{p}{'A' * ((1 - len(p)) % 4)}.{s}")),
    ("signature-between-colons", "Colons stand between the characters of the signature",
     _parts(lambda h, p, s: f"{h}.{p}.{':'.join(s[i : i + 2] for i in range(0, len(s), 2))}")),
)  # fmt: skip

_HEADERS: tuple[tuple[str, str, Callable[[Any], bytes]], ...] = (
    ("header-an-array", "The header is an array", lambda header: compact_json([header])),
    ("header-a-string", "The header is a JSON string", lambda header: compact_json(header["alg"])),
    ("header-null", "The header is null", lambda _header: b"null"),
    ("header-no-json", "The header is the algorithm's bare name", lambda header: header["alg"].encode()),
    ("header-encoded-twice", "The header is JSON in a JSON string", lambda header: compact_json(json.dumps(header))),
    (
        "header-in-latin-1",
        "The header is ISO-8859-1",
        lambda header: compact_json(header)[:-1] + b',"org":"Espa\xf1a"}',
    ),
    ("header-in-utf-16", "The header is UTF-16", lambda header: compact_json(header).decode().encode("utf-16")),
    (
        "header-with-byte-order-mark",
        "The header starts with a byte order mark",
        lambda header: b"\xef\xbb\xbf" + compact_json(header),
    ),
    (
        "header-with-single-quotes",
        "The header is a dictionary as Python prints it",
        lambda header: repr(header).encode(),
    ),
    ("header-cut-off", "The header's last brace is missing", lambda header: compact_json(header)[:-1]),
)

_UNIQUE: tuple[tuple[str, str, tools.Apply], ...] = (
    ("header-with-two-algs", "alg stands in the header twice", serialised(header=_duplicated("alg", "RS256"))),
    ("header-with-two-kids", "kid stands in the header twice", serialised(header=_duplicated("kid", "previous"))),
    ("claims-with-two-subjects", "sub stands in the claims twice", serialised(payload=_duplicated("sub", "nobody"))),
    ("claims-with-two-expiries", "exp stands in the claims twice", serialised(payload=_duplicated("exp", 1))),
    ("claims-with-two-issuers", "iss stands in the claims twice",
     serialised(payload=_duplicated("iss", "https://elsewhere.example/"))),
    ("nested-claim-twice", "A member of the metadata stands there twice",
     serialised(payload=lambda claims: compact_json(claims).replace(b'{"companyId":', b'{"companyId":"x","companyId":'))),
)  # fmt: skip

_NONE = (
    ("alg-none", "none"),
    ("alg-none-capitalised", "None"),
    ("alg-none-in-capitals", "NONE"),
    ("alg-none-in-mixed-case", "nOnE"),
)
_UNREGISTERED: tuple[tuple[str, str, object], ...] = (
    ("alg-hs1", "alg is HS1", "HS1"),
    ("alg-with-a-dash", "alg is RS-256", "RS-256"),
    ("alg-in-lower-case", "alg is rs256", "rs256"),
    ("alg-of-another-family", "alg is SHA256withRSA, as Java names it", "SHA256withRSA"),
    ("alg-for-key-wrapping", "alg is A128KW, which signs nothing", "A128KW"),
    ("alg-for-encryption", "alg is RSA-OAEP, which signs nothing", "RSA-OAEP"),
    ("alg-by-uri", "alg is a URI of XML Signature", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"),
    ("alg-a-number", "alg is COSE's number", -257),
    ("alg-null", "alg is null", None),
    ("alg-empty", "alg is empty", ""),
    ("alg-a-list", "alg is a list", ["RS256"]),
    ("alg-with-a-space", "alg ends in a space", "RS256 "),
    ("alg-rs1", "alg is RS1, which is deprecated", "RS1"),
)
_TYPES: tuple[tuple[str, str, object], ...] = (
    ("typ-jose", "typ is JOSE", "JOSE"),
    ("typ-of-an-id-token", "typ is id+jwt", "id+jwt"),
    ("typ-a-number", "typ is a number", 1),
    ("typ-null", "typ is null", None),
    ("typ-bearer", "typ is Bearer", "Bearer"),
    ("typ-jws", "typ is JWS", "JWS"),
    ("typ-of-a-logout-token", "typ is logout+jwt", "logout+jwt"),
    ("typ-empty", "typ is empty", ""),
)
_CRITICAL: tuple[tuple[str, str, dict[str, object]], ...] = (
    ("crit-of-its-own", "crit names a member of the server's own", {"crit": ["x-region"], "x-region": "eu"}),
    ("crit-empty", "crit is an empty list", {"crit": []}),
    ("crit-a-string", "crit is a string", {"crit": "exp"}),
    ("crit-names-what-is-missing", "crit names a member that is not there", {"crit": ["exp"]}),
    ("crit-with-b64-false", "crit and b64: false claim an unencoded payload", {"crit": ["b64"], "b64": False}),
    ("crit-names-registered-members", "crit names alg, which it must not", {"crit": ["alg"]}),
)
_KEYS: tuple[tuple[str, str, dict[str, object]], ...] = (
    ("header-with-a-public-key", "The header carries the public key as jwk",
     {"jwk": {"kty": "RSA", "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx", "e": "AQAB"}}),
    ("header-with-a-certificate", "The header carries a certificate as x5c",
     {"x5c": ["MIIC+zCCAeOgAwIBAgIJAKe3Q0Xk2sKtMA0GCSqGSIb3DQEBCwUAMBQxEjAQBgNVBAMMCWxvY2FsaG9zdDAe"]}),
    ("header-with-a-private-member", "The header carries a private exponent",
     {"jwk": {"kty": "RSA", "n": "0vx7agoebGcQ", "e": "AQAB", "d": "X4cTteJY_gn4FYPsXB8rdXix5vwsg1FLN5E3EaG6RJoVH"}}),
    ("header-with-a-symmetric-key", "The header carries a symmetric key",
     {"jwk": {"kty": "oct", "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75"}}),
)  # fmt: skip

_PEM = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n"

MUTANTS: tuple[Mutant, ...] = (
    *applied("jwt.compact", _COMPACT, (*_UNVERIFIABLE, "jwt.base64url", "jwt.signature-length", "jwt.header-object")),
    *applied("jwt.base64url", _ALPHABET, (*_UNVERIFIABLE, "jwt.signature-length", "jwt.claims-object")),
    *applied(
        "jwt.header-object",
        ((name, title, serialised(header=change)) for name, title, change in _HEADERS),
        (*_UNVERIFIABLE, "jwt.alg-registered"),
    ),
    *applied("jwt.unique-names", _UNIQUE, _UNVERIFIABLE),
    *applied(
        "jwt.alg-not-none",
        ((name, f"alg is {alg}, and the signature is kept", _with("alg", alg)) for name, alg in _NONE),
        (*_UNVERIFIABLE, "jwt.alg-registered"),
    ),
    *applied(
        "jwt.alg-not-none",
        (
            (
                "alg-none-unsigned",
                "alg is none and there is no signature",
                tools.changing(
                    token=lambda h, c, _key: (
                        f"{base64url(compact_json({**h, 'alg': 'none'}))}.{base64url(compact_json(c))}."
                    )
                ),
            ),
        ),
        (*_UNVERIFIABLE, "jwt.compact", "jwt.alg-registered"),
    ),
    *applied(
        "jwt.alg-registered",
        ((name, title, _with("alg", value)) for name, title, value in _UNREGISTERED),
        (*_UNVERIFIABLE, "jwt.signature-length"),
    ),
    *applied(
        "jwt.alg-registered",
        (
            (
                "alg-left-out",
                "There is no alg",
                jose(lambda header: {name: value for name, value in header.items() if name != "alg"}),
            ),
        ),
        _UNVERIFIABLE,
    ),
    *applied("jwt.typ", ((name, title, _with("typ", value)) for name, title, value in _TYPES), _UNVERIFIABLE),
    *applied(
        "jwt.crit",
        ((name, title, jose(lambda header, more=members: {**header, **more})) for name, title, members in _CRITICAL),  # type: ignore[misc]
        _UNVERIFIABLE,
    ),
    *applied(
        "security.no-key-in-header",
        ((name, title, jose(lambda header, more=members: {**header, **more})) for name, title, members in _KEYS),  # type: ignore[misc]
    ),
    *applied(
        "security.no-key-in-header",
        (
            ("header-with-a-key-in-pem", "The header holds the private key in PEM", _with("key", _PEM)),
            ("key-at-an-address-without-tls", "jku says http", _with("jku", "http://keys.example.com/jwks.json")),
        ),
    ),
    *applied(
        "jwt.string-parameters",
        (
            ("kid-a-number", "kid is the number of a row", _with("kid", 7)),
            ("kid-null", "kid is null where no key has a name", _with("kid", None)),
            ("cty-an-array", "cty is an array", _with("cty", ["JWT"])),
            ("thumbprint-an-array", "x5t is an array of octets", _with("x5t", [1, 2, 3])),
        ),
        _UNVERIFIABLE,
    ),
    Mutant(
        name="one-in-ten-tokens-is-unsigned",
        requirement="jwt.alg-not-none",
        company=(*_UNVERIFIABLE, "jwt.alg-registered"),
        title="One in ten tokens says alg none",
        kind="sometimes",
        apply=at_times(tenth, _with("alg", "none")),
    ),
    Mutant(
        name="one-in-ten-tokens-is-padded",
        requirement="jwt.base64url",
        company=_UNVERIFIABLE,
        title="One in ten tokens comes from a library that pads",
        kind="sometimes",
        apply=at_times(tenth, token(lambda compact: ".".join(_padded(segment) for segment in compact.split(".")))),
    ),
    Mutant(
        name="token-opaque-after-ten",
        requirement="jwt.compact",
        company=_UNVERIFIABLE,
        title="After ten tokens a reference is given in place of a token",
        kind="sequence",
        apply=at_times(tools.after(10), token(lambda compact: compact[-43:])),
    ),
)
