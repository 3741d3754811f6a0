"""The access token itself, on literals: what may stand in its three segments, and to the second when."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

import base64
import hmac
from typing import Any

import pytest

from conformance.checks.assessment import Terms
from tests.checks.literals import (
    ABSENT,
    CLAIMS,
    HEADER,
    LIFETIME,
    NOW,
    VALID,
    Row,
    broken,
    claiming,
    each,
    exchange,
    judge,
    members,
    segment,
    signature,
    success,
    token,
)

EXPIRES = NOW + LIFETIME
TOLERANCE = 30
KEY = b"a key that a key set of this test publishes"
OTHER_KEY = b"a key that no key set of this test publishes"
KEY_SET = {"keys": [{"kty": "oct", "kid": "7", "alg": "HS256", "k": segment(KEY)}]}


def given(name: str, broken: str, access_token: str, expires_in: object = LIFETIME, **more: object) -> Row:
    """A 200 with that token."""
    return Row(name, success(accessToken=access_token, expiresIn=expires_in), broken, **more)  # type: ignore[arg-type]


def header(name: str, broken: str = "", **changes: object) -> Row:
    """A token with some parameters changed."""
    return given(name, broken, token(header=members(HEADER, changes)))


def claims(name: str, broken: str = "", **changes: object) -> Row:
    """A token with some claims changed."""
    return given(name, broken, claiming(**changes))


def lives(name: str, broken: str, exp: float, expires_in: object = LIFETIME, elapsed: float = 0) -> Row:
    """A token with that `exp`, and an answer with that `expiresIn`."""
    return given(name, broken, claiming(exp=exp), expires_in, elapsed=elapsed)


def sized(alg: str, length: int, broken: str = "") -> Row:
    """A token whose signature has that many octets."""
    return given(f"{alg}, {length} octets", broken, token(header={"alg": alg}, signed=signature(length)))


def signed(name: str, broken: str, key: bytes, kid: str = "7") -> Row:
    """A token under HS256, judged with a key set."""
    unsigned = f"{segment({'alg': 'HS256', 'kid': kid})}.{segment(CLAIMS)}"
    access_token = f"{unsigned}.{segment(hmac.digest(key, unsigned.encode(), 'sha256'))}"
    return given(name, broken, access_token, terms=Terms(jwks=KEY_SET))


def padded(value: bytes) -> str:
    return base64.b64encode(value).decode()


HEAD, BODY, SIGNATURE = token().split(".")
UNEVEN = b'{"alg":"RS256"} '  # 16 octets, which base64 pads
SEGMENTS = (
    given("three segments", "", token()),
    given("two segments", "jwt.compact", f"{HEAD}.{BODY}"),
    given("four segments", "jwt.compact", f"{token()}.{SIGNATURE}"),
    given("five segments", "jwt.compact", f"{token()}.{SIGNATURE}.{SIGNATURE}"),
    given("a dot behind it", "jwt.compact", f"{token()}."),
    given("no signature", "jwt.compact", f"{HEAD}.{BODY}."),
    given("no claims", "jwt.compact", f"{HEAD}..{SIGNATURE}"),
    given("no header", "jwt.compact", f".{BODY}.{SIGNATURE}"),
    given("a word", "jwt.compact", "opaque"),
    given("a random text", "jwt.compact", signature(20).hex()),
    given("three words", "jwt.base64url", "opa.que.token"),
    given("the scheme before it", "jwt.base64url", f"Bearer {token()}"),
    given("a padded header", "jwt.base64url", f"{padded(UNEVEN)}.{BODY}.{SIGNATURE}"),
    given("a padded signature", "jwt.base64url", f"{HEAD}.{BODY}.{SIGNATURE}=="),
    given("the standard alphabet", "jwt.base64url", f"{HEAD}.{BODY}.{padded(b'~?' + signature(253) + b'~')}"),
    given("a line break behind it", "jwt.base64url", f"{token()}\n"),
    given("a space within", "jwt.base64url", f"{HEAD}. {BODY}.{SIGNATURE}"),
    given("a letter beyond ASCII", "jwt.base64url", f"{token()}ñ"),
    given("a length that no base64 has", "jwt.base64url", f"{HEAD}.{BODY}.{SIGNATURE}AAA"),
)
OBJECTS = (
    given("a header that is a string", "jwt.header-object", token(header="RS256")),
    given("a header that is a list", "jwt.header-object", token(header=[HEADER])),
    given("a header that is no JSON", "jwt.header-object", token(header=b"{'alg':'RS256'}")),
    given("a header that is not UTF-8", "jwt.header-object", token(header=b'{"alg":"RS256","kid":"\xf1"}')),
    given("a header with a byte order mark", "jwt.header-object", token(header=b'\xef\xbb\xbf{"alg":"RS256"}')),
    given("a header with white space", "", token(header=b' {\n"alg" : "RS256"}\r\n')),
    given("claims that are a string", "jwt.claims-object", token('{"exp":1}')),
    given("claims that are a list", "jwt.claims-object", token([CLAIMS])),
    given("claims that are null", "jwt.claims-object", token(None)),
    given("claims that are no JSON", "jwt.claims-object", token(b"exp=1")),
    given("claims that are not UTF-8", "jwt.claims-object", token(b'{"exp":%d,"name":"\xf1"}' % EXPIRES)),
    given("claims with NaN", "jwt.claims-object", token(b'{"exp":NaN}')),
    given("claims in UTF-8", "", token('{"exp":%d,"name":"ñ"}'.encode().replace(b"%d", str(EXPIRES).encode()))),
    given("a parameter twice", "jwt.unique-names", token(header=b'{"alg":"RS256","alg":"RS256"}')),
    given("a claim twice", "jwt.unique-names", token(b'{"exp":%d,"sub":"a","sub":"b"}' % EXPIRES)),
    given("a name twice within a claim", "jwt.unique-names", token(b'{"exp":%d,"x":{"a":1,"a":1}}' % EXPIRES)),
)
PARAMETERS = (
    *(header(f"alg {alg!r}", "jwt.alg-not-none", alg=alg) for alg in ("none", "None", "NONE", "nOnE", " none")),
    given("the unsecured token of RFC 7515", "jwt.alg-not-none jwt.compact", token(header={"alg": "none"}, signed=b"")),
    *(
        header(f"alg {alg!r}", "jwt.alg-registered", alg=alg)
        for alg in ("rs256", "RS-256", "SHA256withRSA", "HS1", "RSA-OAEP", "dir", "", None, 256, True, ["RS256"])
    ),
    header("no alg", "jwt.alg-registered", alg=ABSENT),
    header("no typ", typ=ABSENT),
    *(header(f"typ {typ}", typ=typ) for typ in ("JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt")),
    *(
        header(f"typ {typ!r}", "jwt.typ", typ=typ)
        for typ in ("Bearer", "JWS", "JOSE", "id+jwt", "", "JWT ", None, 1, ["JWT"])
    ),
    header("crit", "jwt.crit", crit=["tenant"], tenant="demo"),
    header("an empty crit", "jwt.crit", crit=[]),
    header("crit null", "jwt.crit", crit=None),
    header("a parameter that nobody knows", tenant={"id": 7}),
    header("a kid of digits", kid="7"),
    *(
        header(f"{name} {value!r}", "jwt.string-parameters", **{name: value})
        for name, value in (("kid", 7), ("kid", None), ("cty", []), ("jku", {}), ("x5u", True), ("x5t", 1.5), ("x5t#S256", 0))
    ),
    header("two parameters that are no strings", "jwt.string-parameters", kid=7, cty=7),
)  # fmt: skip
LENGTHS = {
    "HS256": (32,),
    "HS384": (48,),
    "HS512": (64,),
    **{f"{family}{size}": (256, 384, 512, 1024) for family in ("RS", "PS") for size in (256, 384, 512)},
    "ES256": (64,),
    "ES384": (96,),
    "ES512": (132,),
    "ES256K": (64,),
    "EdDSA": (64, 114),
}
SIGNATURES = (
    *(
        row
        for alg, lengths in LENGTHS.items()
        for row in (
            *(sized(alg, length) for length in lengths),
            sized(alg, lengths[0] - 1, "jwt.signature-length"),
            sized(alg, lengths[-1] + 1, "jwt.signature-length"),
        )
    ),
    sized("RS256", 128, "jwt.signature-length"),
    sized("ES256", 71, "jwt.signature-length"),
    sized("ES512", 128, "jwt.signature-length"),
    sized("HS256", 64, "jwt.signature-length"),
    given("zeros", "jwt.signature-genuine", token(signed=bytes(256))),
    given("few values", "jwt.signature-genuine", token(signed=b"\x00\xff" * 128)),
    given("hexadecimal", "jwt.signature-genuine", token(signed=signature(128).hex().encode())),
    given("a word of the length of one", "jwt.signature-genuine", token(signed=b"signature goes here ".ljust(256, b"."))),
    signed("a key of the set", "", KEY),
    signed("a key that is not in the set", "jwt.signature-verifies", OTHER_KEY),
    signed("a kid that is not in the set", "jwt.signature-verifies", KEY, "8"),
)  # fmt: skip
TYPES = (
    claims("no claims but exp", iss=ABSENT, sub=ABSENT, iat=ABSENT),
    claims("those of the documentation's HS256", iss=ABSENT, sub=ABSENT, iat=ABSENT, userId=123),
    claims("aud a string", aud="https://api.example"),
    claims("aud strings", aud=["https://api.example", "b"]),
    claims("aud empty", aud=[]),
    *(
        claims(f"{name} {value!r}", "jwt.string-claims", **{name: value})
        for name, value in (
            ("sub", 123), ("sub", None), ("iss", ["a"]), ("iss", True), ("jti", 1), ("jti", {}),
            ("aud", 7), ("aud", None), ("aud", {"api": True}), ("aud", ["a", 7]), ("aud", [None]),
        )
    ),
    claims("a fraction of a second", exp=EXPIRES + 0.5, iat=NOW - 0.5, nbf=NOW - 0.5),
    *(
        claims(f"{name} {value!r}", "jwt.numeric-dates", **{name: value})
        for name in ("exp", "iat", "nbf")
        for value in (str(NOW), "2027-01-15T08:00:00Z", None, True, [NOW], {"$date": NOW})
    ),
    given("exp beyond a double", "jwt.numeric-dates", token(b'{"exp":1e400}')),
    claims("three times as texts", "jwt.numeric-dates", exp="a", iat="b", nbf="c"),
)  # fmt: skip
EXACT = Terms(clock_tolerance=0)
TIMES = (
    claims("no exp", "jwt.exp-present", exp=ABSENT),
    lives("exp as expiresIn says", "", EXPIRES),
    lives("exp later by the tolerance", "", EXPIRES + TOLERANCE),
    lives("exp later by more", "jwt.exp-agrees", EXPIRES + TOLERANCE + 1),
    lives("exp earlier by the tolerance", "", EXPIRES - TOLERANCE),
    lives("exp earlier by more", "jwt.exp-agrees", EXPIRES - TOLERANCE - 1),
    lives("exp later by the tolerance and the time it took", "", EXPIRES + TOLERANCE + 4, elapsed=4),
    lives("exp later by more than both", "jwt.exp-agrees", EXPIRES + TOLERANCE + 5, elapsed=4),
    lives("exp earlier by the tolerance, in an answer that took time", "", EXPIRES - TOLERANCE, elapsed=4),
    lives("exp earlier by more, in an answer that took time", "jwt.exp-agrees", EXPIRES - TOLERANCE - 1, elapsed=4),
    lives("exp in milliseconds", "jwt.exp-agrees", EXPIRES * 1000),
    lives("exp in microseconds, tenfold", "jwt.exp-agrees", EXPIRES * 10_000_000),
    lives("exp beyond every date", "jwt.exp-agrees", 10**400),
    lives("exp before every date", "jwt.exp-future", -(10**400)),
    claims("iat beyond every date", "jwt.iat-not-future", iat=10**16),
    lives("exp an hour late", "jwt.exp-agrees", EXPIRES + 3600),
    lives("expiresIn beyond every date", "jwt.exp-agrees", EXPIRES, 10**400),
    lives("a second that is left", "", NOW + 1, 1),
    lives("exp now, for a day", "jwt.exp-future", NOW),
    lives("exp a second ago, for a day", "jwt.exp-future", NOW - 1),
    lives("exp in 2024", "jwt.exp-future", 1_710_655_200),
    lives("exp 0", "jwt.exp-future", 0),
    lives("exp the lifetime", "jwt.exp-future", LIFETIME),
    lives("exp negative", "jwt.exp-future", -1),
    lives("a second that is left, by a clock that is behind", "", NOW - TOLERANCE + 1, 1),
    lives("a second that is left, by a clock that is too far behind", "jwt.exp-future", NOW - TOLERANCE, 1),
    lives("a second that is left, and the answer took four", "", NOW + 1, 1, elapsed=4),
    lives("none left, and it says so", "jwt.exp-future token.expires-in-positive", NOW, 0),
    lives("a negative expiresIn", "token.expires-in-positive", EXPIRES, -LIFETIME),
    lives("an expiresIn that is a fraction", "token.expires-in", EXPIRES, 86400.0),
    lives("an expiresIn that is true", "token.expires-in", EXPIRES, True),  # noqa: FBT003 - the value of a member
    claims("iat in the past", iat=0),
    claims("iat ahead by the tolerance", iat=NOW + TOLERANCE),
    claims("iat ahead by more", "jwt.iat-not-future", iat=NOW + TOLERANCE + 1),
    claims("iat in milliseconds", "jwt.iat-not-future", iat=NOW * 1000),
    claims("nbf now", nbf=NOW),
    claims("nbf ahead by the tolerance", nbf=NOW + TOLERANCE),
    claims("nbf ahead by more", "jwt.nbf-not-future", nbf=NOW + TOLERANCE + 1),
    given("a tolerance that is set", "", claiming(iat=NOW + 90), terms=Terms(clock_tolerance=90)),
    given("no tolerance, and iat rounded up", "", claiming(iat=NOW + 0.9), terms=EXACT),
    given("no tolerance, and nbf rounded up", "", claiming(nbf=NOW + 0.9), terms=EXACT),
    given("no tolerance, and exp rounded up", "", claiming(exp=EXPIRES + 0.9), terms=EXACT),
    given("no tolerance, and exp rounded down", "", claiming(exp=EXPIRES - 0.9), terms=EXACT),
    given("no tolerance, and exp a second off", "jwt.exp-agrees", claiming(exp=EXPIRES + 1), terms=EXACT),
    given("no tolerance, and iat a second ahead", "jwt.iat-not-future", claiming(iat=NOW + 1), terms=EXACT),
    given("more than one that is set", "jwt.iat-not-future", claiming(iat=NOW + 91), terms=Terms(clock_tolerance=90)),
)
ROWS = SEGMENTS + OBJECTS + PARAMETERS + SIGNATURES + TYPES + TIMES


@each(ROWS)
def test_a_token_breaks_exactly_what_its_row_says(row: Row) -> None:
    assert broken(row.assessed()) == row.broken


@each([row for row in SEGMENTS if row.broken])
def test_a_token_that_is_none_is_judged_by_what_is_left_of_it_alone(row: Row) -> None:
    """Without a signature in its place there is no length of one."""
    judged = row.assessed().judged

    assert "jwt.signature-length" not in judged or row.broken == "jwt.base64url"


@pytest.mark.parametrize(
    ("expires", "observed"),
    [(EXPIRES - 31.4, "exp 86369 s from now, 31.4 s off"), (EXPIRES + 3600, "exp 90000 s from now, 3600 s off")],
)
def test_what_exp_is_off_by_is_told_in_seconds(expires: float, observed: str) -> None:
    """As expiresIn is, so that nobody converts."""
    finding, *more = given("", "", claiming(exp=expires)).assessed().findings

    assert not more
    assert finding.expected == "exp 86400 s from now, as expiresIn says, give or take 30 s"
    assert finding.observed == observed


def test_without_a_key_set_no_signature_is_verified() -> None:
    assert "jwt.signature-verifies" not in Row("", success()).assessed().judged


OTHER_SET = {"keys": [{**KEY_SET["keys"][0], "kid": "6"}]}
#: what the set is that is fetched again, and what is found then; None: it could not be fetched
RENEWED = {
    "it has the key": (KEY_SET, ""),
    "it has it not": (OTHER_SET, "jwt.signature-verifies"),
    "none": (None, None),
}


@pytest.mark.parametrize(("renewed", "found"), RENEWED.values(), ids=RENEWED)
def test_a_key_that_the_set_does_not_have_is_looked_for_in_a_fresh_one(
    renewed: dict[str, Any] | None, found: str | None
) -> None:
    seen = exchange(VALID, signed("", "", KEY).answered)
    assessed = judge(Terms(jwks=OTHER_SET), lambda: renewed).judge(seen)[1]

    assert broken(assessed) == (found or "")
    assert ("jwt.signature-verifies" in assessed.judged) == (found is not None)


def test_the_set_is_not_fetched_again_for_a_key_that_it_has() -> None:
    """Whatever its signature is like."""
    judging = judge(Terms(jwks=KEY_SET), lambda: pytest.fail("fetched again"))

    assert broken(judging.judge(exchange(VALID, signed("", "", OTHER_KEY).answered))[1]) == "jwt.signature-verifies"


def test_a_fresh_set_is_kept_for_the_tokens_that_follow() -> None:
    sets = iter([KEY_SET])
    judging = judge(Terms(jwks=OTHER_SET), lambda: next(sets))

    for _ in range(2):
        assert "jwt.signature-verifies" not in broken(judging.judge(exchange(VALID, signed("", "", KEY).answered))[1])
