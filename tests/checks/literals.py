"""Exchanges written out, judged by the real judge under the real contract and overlay."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from conformance.checks.assessment import Assessment, Terms
from conformance.classification import Classifier
from conformance.contract import Contract
from conformance.judge import Judge
from conformance.messages import Disguise, Exchange, Failure, Request, Response
from conformance.secret import Secret
from conformance.targets import Credentials

SPEC = Path(__file__).parents[2] / "spec"
NOW = 1_800_000_000
LIFETIME = 86_400

CLIENT_ID = "partner-7f31c0de"
SECRET = "kept-by-9b1e-one-Partner-alone"
CREDENTIALS = Credentials(CLIENT_ID, Secret(SECRET))
DISGUISES = (
    Disguise(Secret(SECRET), "${PARTNERS_API_CLIENT_SECRET}", "the client secret"),
    Disguise(Secret(CLIENT_ID), "${PARTNERS_API_CLIENT_ID}", "the client id", of_secret=False),
)

PAIR = {"clientId": CLIENT_ID, "clientSecret": SECRET}
HEADER = {"alg": "RS256", "typ": "JWT"}
CLAIMS = {"iss": "https://auth.example/", "sub": "partner@clients", "iat": NOW, "exp": NOW + LIFETIME}
NO_STORE = ("Cache-Control", "no-store")
CHALLENGE = ("WWW-Authenticate", "Bearer")
ALLOW = ("Allow", "POST")
#: the value of a member that is not there
ABSENT = ...


def octets(value: object) -> bytes:
    """A body: octets as they are, anything else as JSON."""
    return value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()


def asked(
    body: object = PAIR,
    *fields: tuple[str, str],
    media: str | None = "application/json",
    method: str = "POST",
    path: str = "/oauth/token",
) -> Request:
    """A request; None is no body."""
    typed = () if media is None else (("Content-Type", media),)
    return Request(method, path, (*typed, *fields), None if body is None else octets(body), DISGUISES)


def wrong(**members: object) -> Request:
    """Well-formed credentials that are no client's, but for these members."""
    return asked({"clientId": "no-such-partner", "clientSecret": "no-such-secret"} | members)


VALID = asked()
WRONG = wrong()
INVALID = asked({"clientId": CLIENT_ID})


def answered(
    status: int, body: object = b"", *fields: tuple[str, str], media: str | None = "application/json", **more: Any
) -> Response:
    """An answer, without any field but Content-Type and these."""
    typed = () if media is None else (("Content-Type", media),)
    return Response(status, headers=(*typed, *fields), body=octets(body), content=octets(body), **more)


def members(known: Mapping[str, object], changes: Mapping[str, object]) -> dict[str, object]:
    """An object with some members changed, and without those that are ABSENT."""
    return {name: value for name, value in {**known, **changes}.items() if value is not ABSENT}


def refusal(status: int = 401, **changes: object) -> Response:
    """An answer that is no success as it is best given, but for some members of Error."""
    body = members({"error": status, "message": "Unauthorized"}, changes) if status >= 400 else b""
    return answered(status, body, *{401: (CHALLENGE,), 405: (ALLOW,)}.get(status, ()))


def success(*fields: tuple[str, str], **changes: object) -> Response:
    """A token as it is best given, but for some members, and with these fields in place of no-store."""
    body = members({"accessToken": token(), "tokenType": "Bearer", "expiresIn": LIFETIME}, changes)
    return answered(200, body, *(fields or (NO_STORE,)))


def segment(value: object) -> str:
    """A segment of a compact JWS."""
    return base64.urlsafe_b64encode(octets(value)).rstrip(b"=").decode()


def signature(length: int, seed: str = "") -> bytes:
    """Octets that look like a signature, and are none."""
    return hashlib.shake_256(f"made up {seed}".encode()).digest(length)


def token(claims: object = CLAIMS, header: object = HEADER, signed: bytes = signature(256)) -> str:
    """A compact JWS; octets in place of claims or header stand there as they are."""
    return f"{segment(header)}.{segment(claims)}.{segment(signed)}"


def claiming(**changes: object) -> str:
    """A token with some claims changed, and without those that are ABSENT."""
    return token(members(CLAIMS, changes))


@functools.cache
def _classifier() -> Classifier:
    return Classifier(Contract.load(SPEC / "openapi.yaml", SPEC / "overlay.yaml"), CREDENTIALS)


def judge(terms: Terms | None = None, renewed: Callable[[], Mapping[str, Any] | None] | None = None) -> Judge:
    """A judge who has seen nothing yet."""
    return Judge(_classifier(), terms or Terms(), renewed)


def exchange(
    request: Request, outcome: Response | Failure, *, at: float = NOW, elapsed: float = 0.0, leftover: str = ""
) -> Exchange:
    """What was asked and answered, at a made-up time."""
    return Exchange("0001", 1, "literal", request, outcome, at, at + elapsed, elapsed, leftover=leftover)


def broken(found: Assessment) -> str:
    """The ids of the requirements that something was found under, in alphabetical order."""
    return " ".join(sorted({finding.requirement for finding in found.findings}))


class Row(NamedTuple):
    """A line of a table: an answer, the requirements it breaks and no others, and what was asked."""

    name: str
    answered: Response | Failure
    broken: str = ""
    asked: Request = VALID
    elapsed: float = 0.0
    leftover: str = ""
    terms: Terms | None = None

    def assessed(self) -> Assessment:
        """What a judge says who has seen nothing before."""
        seen = exchange(self.asked, self.answered, elapsed=self.elapsed, leftover=self.leftover)
        return judge(self.terms).judge(seen)[1]

    def assessments(self) -> list[Assessment]:
        """The same, as of any line of a table."""
        return [self.assessed()]


def each(rows: Iterable[Any]) -> pytest.MarkDecorator:
    """A test for each line of a table, by its name."""
    return pytest.mark.parametrize("row", rows, ids=lambda row: row.name)
