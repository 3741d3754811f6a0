from __future__ import annotations

import base64
import concurrent.futures
import json
import re
import time
from functools import cache
from typing import Any

import jwt
import pytest
import yaml

from conformance.reference.mutants import MUTANTS, Mutant, find
from tests.reference.conftest import CLIENT_ID, CLIENT_SECRET, ROOT
from tests.reference.probes import by_class, by_credentials
from tests.reference.wire import Probe, Reply, Wire

ROUNDS = 20
"""How often a sequence is tried: none needs more requests than these rounds have."""

SLOW = tuple(mutant for mutant in MUTANTS if mutant.requirement == "protocol.response-time")
#: what shows in time or in overlapping requests, and in no single answer: each has a test of its own
APART = {
    "known-client-takes-longer",
    "answers-shared-by-overlapping-requests",
    "expires-in-of-a-kept-token-stands-still",
}
QUICK = tuple(mutant for mutant in MUTANTS if mutant not in SLOW and mutant.name not in APART)


def of_mutant(gallery: str, mutant: Mutant, run: str) -> str:
    """The base URL of a fresh instance of `mutant`."""
    return gallery.replace("/api/v3", f"/{mutant.name}/{run}/api/v3")


def seen(reply: Reply, key: jwt.PyJWK) -> str:
    """What is seen of an answer, with what differs from one right answer to the next put aside."""
    text = reply.octets.decode("latin-1")
    assert not text.endswith("\r\n\r\nInternal Server Error"), "the mutant itself broke down"
    text = re.sub(r"\r\n(?:date: [A-Z][^\r]* GMT|x-ratelimit-[a-z]+: [^\r]*)(?=\r)", "", text)
    return re.sub(r'(?<="accessToken":")[\w-]+\.[\w-]+\.[\w-]+(?=")', lambda match: seen_token(match[0], key), text)


def seen_token(token: str, key: jwt.PyJWK) -> str:
    """Header, claims and whether the signature verifies; times as minutes from now, without jti."""
    try:
        raw = [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split(".")[:2]]
        header, claims = (json.loads(part) for part in raw)
        times = {name: round((claims[name] - time.time()) / 60) for name in ("iat", "exp", "nbf") if name in claims}
        rest = {name: value for name, value in claims.items() if name not in ("iat", "exp", "nbf", "jti")}
        kind = type(claims.get("jti")).__name__
        return f"{header} {rest} {times} {kind} {verifies(token, key)} {len(raw[1])}"
    except (ValueError, TypeError, AttributeError):
        return "unreadable"


def verifies(token: str, key: jwt.PyJWK) -> bool:
    """Whether the signature is the key's."""
    try:
        jwt.PyJWS().decode(token, key, algorithms=["RS256"])
    except jwt.PyJWTError:
        return False
    return True


@pytest.fixture(scope="module")
def key(api: Wire) -> jwt.PyJWK:
    """The key that verifies tokens."""
    keys: dict[str, Any] = api.send(Probe("", method="GET", path="/.well-known/jwks.json", headers=())).json()
    return jwt.PyJWKSet.from_dict(keys).keys[0]


@pytest.fixture(scope="module")
def expected(api: Wire, key: jwt.PyJWK) -> dict[Probe, str]:
    """What is seen of the conforming server's answer to each probe."""
    return {probe: seen(api.send(probe), key) for probe in (*by_class(), *by_credentials())}


LIKELIEST: dict[str, str | tuple[str, ...]] = {
    "security.exact-client-id": "near id",
    "security.exact-secret": "near secret",
    "security.unknown-client": "near other",
    "security.invalid-body-no-token": ("not JSON", "value"),
    "security.other-channel-no-token": ("typed", "channel"),
    "status.no-server-error": ("text", "value"),
    "status.unusual-credentials": "text",
    "status.wrong-credentials": "text",
    "status.undeclared-members": "members",
    "status.unrelated-headers": "field",
    "status.equivalent-json": "spelling",
}
"""How the names of those probes begin that are likeliest to show a mutant: they go first, to save time."""


@cache
def order(requirement: str) -> tuple[Probe, ...]:
    """All probes, the likeliest first."""
    likeliest = LIKELIEST.get(requirement, "good")
    return tuple(sorted((*by_class(), *by_credentials()), key=lambda probe: not probe.name.startswith(likeliest)))


def shows(wire: Wire, mutant: Mutant, expected: dict[Probe, str], key: jwt.PyJWK) -> bool:
    """Whether the mutant at `wire` answers any probe differently."""
    if mutant.kind in ("always", "one-class"):
        return any(seen(wire.send(probe), key) != expected[probe] for probe in order(mutant.requirement))
    few = [probe for probe in by_class() if probe.name in SEQUENCE]
    longer = (*few, *(probe for probe in by_credentials() if len(probe.body or b"") < 400))
    oversize = [probe for probe in by_class() if probe.name == "oversize"] * 2
    rounds = [*(probe for _ in range(ROUNDS) for probe in few), *longer, *longer, *oversize]
    if mutant.requirement == "jwt.unique-id":
        return len({seen_id(wire.send(rounds[0])) for _ in range(ROUNDS)}) < ROUNDS
    return any(seen(wire.send(probe), key) != expected[probe] for probe in rounds)


SEQUENCE = ("good", "bad", "not JSON 0", "not JSON 2", "value 11", "value 12", "unusual 0", "typed text/plain", "GET")
"""The probes of a round, a token first."""


def seen_id(reply: Reply) -> str:
    """The jti of the token in `reply`."""
    claims: dict[str, str] = jwt.decode(reply.json()["accessToken"], options={"verify_signature": False})
    return claims["jti"]


def test_the_conforming_server_answers_each_probe_the_same_again(
    api: Wire, expected: dict[Probe, str], key: jwt.PyJWK
) -> None:
    """So that what differs is the mutant's doing."""
    assert [probe.name for probe in expected if seen(api.send(probe), key) != expected[probe]] == []


def test_every_mutant_shows(gallery: str, expected: dict[Probe, str], key: jwt.PyJWK) -> None:
    """Each answers some probe, or some sequence of them if it says it needs one, as the conforming server does not."""
    hidden = []
    for mutant in QUICK:
        with Wire(of_mutant(gallery, mutant, "shows")) as wire:
            if not shows(wire, mutant, expected, key):
                hidden.append(mutant.name)

    assert hidden == []


def test_every_slow_mutant_is_slow(gallery: str) -> None:
    """Each takes more than five seconds for one answer."""

    def slowest(mutant: Mutant) -> float:
        with Wire(of_mutant(gallery, mutant, "slow")) as wire:
            probes = [probe for probe in by_class() if probe.name in ("good", "not JSON 0", "unusual 0")]
            return max(wire.send(probe).seconds for _ in range(26) for probe in probes if _ < 1 or probe.name == "good")

    with concurrent.futures.ThreadPoolExecutor(len(SLOW)) as pool:
        assert min(pool.map(slowest, SLOW)) > 5


def _opened(gallery: str, name: str) -> Wire:
    mutant = find(name)
    assert mutant
    return Wire(of_mutant(gallery, mutant, "apart"))


def test_a_known_client_takes_longer(gallery: str) -> None:
    """A slow hash is a hint too."""
    with _opened(gallery, "known-client-takes-longer") as wire:
        times = [
            wire.send(Probe("wrong", json.dumps({"clientId": name, "clientSecret": "x" * 9}).encode())).seconds
            for name in ("nobody", CLIENT_ID)
        ]

    assert times[0] < 0.05 < times[1]


def test_overlapping_requests_share_an_answer(gallery: str) -> None:
    """Who asks while another is answered gets the other's."""

    def status(client_id: str) -> int:
        body = json.dumps({"clientId": client_id, "clientSecret": CLIENT_SECRET}).encode()
        with _opened(gallery, "answers-shared-by-overlapping-requests") as wire:
            return wire.send(Probe("overlapping", body)).status

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        asked = ["nobody", CLIENT_ID] * 20
        answered = list(pool.map(status, asked))

    assert answered != [200 if name == CLIENT_ID else 401 for name in asked]


def test_a_kept_answer_is_given_again(gallery: str) -> None:
    """Its token with it, and what it says of the token's life."""
    with _opened(gallery, "expires-in-of-a-kept-token-stands-still") as wire:
        first, second = (wire.send(by_class()[0]).body for _ in range(2))

    assert first == second


def test_a_fresh_instance_has_forgotten_everything(gallery: str) -> None:
    """The word after the mutant's name chooses the instance."""
    mutant = find("client-suspended-after-twenty-tokens")
    assert mutant
    good = by_class()[0]
    with Wire(of_mutant(gallery, mutant, "one")) as one, Wire(of_mutant(gallery, mutant, "two")) as two:
        first = [one.send(good).status for _ in range(21)]
        second = two.send(good).status

    assert (first[19], first[20], second) == (200, 403, 200)


def test_every_requirement_has_a_mutant_and_every_mutant_a_requirement() -> None:
    """But for what the document itself is required to be, which no server can break."""
    files = (ROOT / "spec" / "requirements").glob("*.yaml")
    catalogue = {entry["id"] for file in files for entry in yaml.safe_load(file.read_text()).get("requirements", ())}
    required = {identifier for identifier in catalogue if not identifier.startswith("documentation.")}
    broken = {mutant.requirement for mutant in MUTANTS}

    assert required - broken == set()
    assert {
        identifier for mutant in MUTANTS for identifier in (mutant.requirement, *mutant.company)
    } - required == set()


def test_names_are_unique_and_in_kebab_case() -> None:
    """A mutant is called for by its name."""
    names = [mutant.name for mutant in MUTANTS]

    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch("[a-z0-9]+(?:-[a-z0-9]+)*", name)] == []


def test_titles_are_one_plain_line() -> None:
    """A title says what the mutant does, without a full stop."""
    assert [
        m.name for m in MUTANTS if not m.title or "\n" in m.title or m.title.endswith(".") or len(m.title) > 110
    ] == []


def test_no_mutant_is_its_own_company() -> None:
    """Company is who else goes red, once each."""
    assert [m.name for m in MUTANTS if m.requirement in m.company or len(set(m.company)) < len(m.company)] == []


def test_no_module_is_over_four_hundred_lines() -> None:
    """A family that grows is split."""
    sources = (ROOT / "conformance" / "reference").rglob("*.py")

    assert [source.name for source in sources if len(source.read_text().splitlines()) > 400] == []
