from __future__ import annotations

import json
import time
from typing import Any

import jwt
import pytest

from tests.reference.conftest import CLIENT_ID, CLIENT_SECRET
from tests.reference.wire import Probe, Wire

GOOD = json.dumps({"clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET}).encode()
AUDIENCE = "https://partners-api.reference.example/api/v3"


@pytest.fixture(scope="module")
def envelope(api: Wire) -> dict[str, Any]:
    """The content of a 200."""
    content: dict[str, Any] = api.send(Probe("", GOOD)).json()
    return content


@pytest.fixture(scope="module")
def keys(api: Wire) -> dict[str, Any]:
    """The published key set."""
    content: dict[str, Any] = api.send(Probe("", method="GET", path="/.well-known/jwks.json", headers=())).json()
    return content


def test_the_envelope_says_bearer_and_a_day(envelope: dict[str, Any]) -> None:
    """The type is exactly Bearer, the lifetime an integer of seconds."""
    assert envelope["tokenType"] == "Bearer"
    assert envelope["expiresIn"] == 86_400


def test_the_signature_verifies_under_the_published_key(envelope: dict[str, Any], keys: dict[str, Any]) -> None:
    """A JWT library that knows nothing of this one verifies the token with the key that kid names."""
    token = envelope["accessToken"]
    header = jwt.get_unverified_header(token)
    key = jwt.PyJWKSet.from_dict(keys)[header["kid"]]
    claims = jwt.decode(token, key, algorithms=["RS256"], audience=AUDIENCE, issuer="https://auth.reference.example/")

    assert header == {"alg": "RS256", "typ": "JWT", "kid": keys["keys"][0]["kid"]}
    assert claims["sub"] == f"{CLIENT_ID}@clients"
    assert claims["azp"] == CLIENT_ID
    assert claims["gty"] == "client-credentials"
    assert claims["exp"] - claims["iat"] == envelope["expiresIn"]
    assert abs(claims["iat"] - time.time()) < 60
    assert len(claims["https://auth.cobee.io/metadata"]["companyId"]) == 36


def test_the_key_set_is_public_only(keys: dict[str, Any]) -> None:
    """No private member is served."""
    assert set(keys["keys"][0]) == {"kty", "n", "e", "kid", "use", "alg"}


def test_the_key_set_is_read_only(api: Wire) -> None:
    """Another method on the key set is 405 with its own Allow."""
    reply = api.send(Probe("", b"{}", path="/.well-known/jwks.json"))

    assert (reply.status, reply.headers["allow"]) == (405, "GET, HEAD")


def test_each_token_has_an_id_of_its_own(api: Wire) -> None:
    """No jti is given twice."""
    tokens = [api.send(Probe("", GOOD)).json()["accessToken"] for _ in range(20)]
    ids = {jwt.decode(token, options={"verify_signature": False})["jti"] for token in tokens}

    assert len(ids) == 20
