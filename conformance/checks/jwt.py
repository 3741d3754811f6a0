"""The structure of the access token: RFC 7515, 7518, 7519 and 8725 (design, section 5, Token)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from conformance import jws
from conformance.checks.assessment import Assessment, Sight, kind, mark, names, show
from conformance.jsontext import JsonText
from conformance.jws import CompactJws

TYPES = frozenset({"jwt", "at+jwt", "application/jwt", "application/at+jwt"})
ROUNDING = 1  # seconds: the claims of most servers, and expiresIn, are whole; our clock is not
MOST_SECONDS = 10**15  # beyond it nothing is told apart, and a float loses whole seconds
ENDLESS = (float("inf"), float("-inf"))  # what a number beyond a double is read as
STRING_CLAIMS = ("iss", "sub", "jti")
DATE_CLAIMS = ("exp", "nbf", "iat")
STRING_PARAMETERS = ("kid", "cty", "jku", "x5u", "x5t", "x5t#S256")
SHORTEST_JUDGED = 32  # octets of a signature that are enough to tell
FEW_VALUES = 8


def check_token(sight: Sight, token: str, expires_in: object, found: Assessment) -> CompactJws:
    """Judge one access token, gate after gate, so that one defect gives one finding."""
    parsed = jws.parse(token)
    count = len(parsed.segments)
    observed = f"{count} segments" if count != 3 else "an empty segment"
    sound = found.expect("jwt.compact", parsed.compact, "three non-empty segments", observed, observed)
    if sound:
        faults = parsed.alphabet_faults
        expected, observed = "base64url without padding", "; ".join(faults[:3])
        sound = found.expect("jwt.base64url", not faults, expected, observed, "alphabet")
    # what cannot be read in a token that is none, or is not base64url, is that one defect over again
    if (sound or _reads(parsed.header)) and _is_object(parsed.header, found, "jwt.header-object", "the JOSE header"):
        _check_header(sight, parsed, token, found)
    if (sound or _reads(parsed.claims)) and _is_object(parsed.claims, found, "jwt.claims-object", "the claims"):
        _check_claims(sight, parsed, expires_in, found)
    return parsed


def _reads(text: JsonText | None) -> bool:
    return text is not None and text.fault is None


def _is_object(text: JsonText | None, found: Assessment, requirement: str, what: str) -> bool:
    fault = "not base64url" if text is None else text.fault
    if fault is None and text is not None and not text.is_object:
        fault = kind(text.value)
    holds = found.expect(requirement, fault is None, f"{what}: a JSON object in UTF-8", f"{what}: {fault}", "form")
    if holds and text is not None:
        found.expect(
            "jwt.unique-names",
            not text.duplicates,
            f"{what}: every member once",
            f"{what}: repeated {names(text.duplicates)}",
            "repeated",
        )
    return holds


def _check_header(sight: Sight, parsed: CompactJws, token: str, found: Assessment) -> None:
    alg = parsed.alg
    none = isinstance(alg, str) and alg.strip().lower() == "none"
    found.expect("jwt.alg-not-none", not none, "a signature algorithm", f"alg {show(alg)}", "none")
    registered = isinstance(alg, str) and alg in jws.REGISTERED_ALGORITHMS
    if not none and found.expect(
        "jwt.alg-registered", registered, "a registered signature algorithm", f"alg {show(alg)}", mark(alg)
    ):
        lengths = jws.expected_signature_length(alg)
        length = -1 if parsed.signature is None else len(parsed.signature)
        if parsed.compact and lengths is not None and length >= 0:
            sound = found.expect(
                "jwt.signature-length",
                length in lengths,
                f"{alg}: {_lengths(lengths)} octets",
                f"{length} octets",
                "length",
            )
            fake = placeholder(parsed.signature or b"") if sound else ""
            found.expect("jwt.signature-genuine", not fake, "a signature computed for the token", fake, "placeholder")
            if sound and not fake and sight.terms.jwks is not None:
                reason = jws.verify(token, sight.terms.jwks)
                found.expect(
                    "jwt.signature-verifies", reason is None, "a signature by a published key", str(reason), "signature"
                )
    typ = parsed.typ
    right_type = not parsed.has_header("typ") or (isinstance(typ, str) and typ.lower() in TYPES)
    found.expect("jwt.typ", right_type, "typ absent, JWT or at+jwt", f"typ {show(typ)}", mark(typ))
    found.expect(
        "jwt.crit", not parsed.has_header("crit"), "no crit", f"crit {show(parsed.header_member('crit'))}", "crit"
    )
    wrong = [
        f"{name} is {kind(parsed.header_member(name))}"
        for name in STRING_PARAMETERS
        if parsed.has_header(name) and not isinstance(parsed.header_member(name), str)
    ]
    found.expect(
        "jwt.string-parameters", not wrong, f"{', '.join(STRING_PARAMETERS)}: strings", "; ".join(wrong), "type"
    )


def placeholder(signature: bytes) -> str:
    """What tells that octets were not computed as a signature is; empty where nothing does.

    Of 32 random octets, less than one in 10**13 are all printable, and fewer yet have eight values or less.
    """
    if len(signature) < SHORTEST_JUDGED:
        return ""
    if len(set(signature)) <= FEW_VALUES:
        return f"{len(signature)} octets of {len(set(signature))} values"
    return "text where octets belong" if signature.isascii() and signature.decode().isprintable() else ""


def _lengths(lengths: Iterable[int]) -> str:
    ordered = sorted(lengths)
    return f"{ordered[0]} to {ordered[-1]}" if len(ordered) > 3 else " or ".join(map(str, ordered))


def _is_date(value: object) -> bool:
    """Whether a value is a NumericDate (RFC 7519, section 2), however far away."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value not in ENDLESS


def _moment(date: Any) -> float:
    return float(max(-MOST_SECONDS, min(date, MOST_SECONDS)))


def _wrong_strings(parsed: CompactJws) -> Iterator[str]:
    for name in STRING_CLAIMS:
        if parsed.has_claim(name) and not isinstance(parsed.claim(name), str):
            yield f"{name} is {kind(parsed.claim(name))}"
    audience = parsed.claim("aud")
    if parsed.has_claim("aud") and not isinstance(audience, str):
        if not isinstance(audience, list):
            yield f"aud is {kind(audience)}"
        elif not all(isinstance(one, str) for one in audience):
            yield "aud holds what is no string"


def _check_claims(sight: Sight, parsed: CompactJws, expires_in: object, found: Assessment) -> None:
    wrong = list(_wrong_strings(parsed))
    found.expect(
        "jwt.string-claims", not wrong, "iss, sub, jti: strings; aud: a string or strings", "; ".join(wrong), "type"
    )
    wrong = [
        f"{name} is {kind(parsed.claim(name))}"
        for name in DATE_CLAIMS
        if parsed.has_claim(name) and not _is_date(parsed.claim(name))
    ]
    found.expect("jwt.numeric-dates", not wrong, "exp, nbf, iat: numbers of seconds", "; ".join(wrong), "type")
    now, tolerance = sight.exchange.answered_at, sight.terms.clock_tolerance
    for name in ("iat", "nbf"):
        value = parsed.claim(name)
        if not parsed.has_claim(name):
            found.uphold(f"jwt.{name}-not-future")  # a time that is not claimed is not in the future
        elif _is_date(value):
            ahead = _moment(value) - now
            found.expect(
                f"jwt.{name}-not-future",
                ahead < tolerance + ROUNDING,
                f"{name} not in the future",
                f"{name} {_span(ahead)} ahead",
                "future",
            )
    if not found.expect("jwt.exp-present", parsed.has_claim("exp"), "exp", "no exp", "absent"):
        return
    expires = parsed.claim("exp")
    if not _is_date(expires):
        return
    left = _moment(expires) - now
    apart: float | None = None
    if isinstance(expires_in, int) and not isinstance(expires_in, bool) and expires_in > 0:
        apart = _moment(expires) - (sight.exchange.sent_at + min(expires_in, MOST_SECONDS))
        apart = max(0.0, apart - sight.exchange.elapsed) if apart > 0 else apart
    # a token of its last seconds, as expiresIn says: by our clock, or when the answer is there, they may be over
    agrees = apart is not None and abs(apart) < tolerance + ROUNDING
    alive = left > 0 or agrees
    if not found.expect("jwt.exp-future", alive, "exp in the future", f"exp {_span(-left)} ago", "past"):
        return
    if apart is not None:
        found.expect(
            "jwt.exp-agrees",
            agrees,
            f"exp {show(expires_in)} s from now, as expiresIn says, give or take {tolerance:g} s",
            f"exp {_seconds(left)} from now, {_seconds(abs(apart))} off",
            "apart",
        )


def _seconds(seconds: float) -> str:
    """In seconds, whatever their number: to be compared with others."""
    return f"{seconds:.1f} s" if abs(seconds) < 100 else f"{seconds:.0f} s"


def _span(seconds: float) -> str:
    if abs(seconds) < 7200:
        return f"{seconds:.0f} s"
    return f"{seconds / 3600:.1f} h" if abs(seconds) < 10**6 else f"{seconds / 86400:.0f} days"
