"""What requests are made of: the true pair, made-up pairs, and the way to write them down."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from conformance.contract import Contract, Operation
from conformance.messages import Disguise, HeaderPairs, Request
from conformance.pair import CLIENT_ID, CLIENT_SECRET
from conformance.scenarios.model import Rank
from conformance.secret import Secret
from conformance.targets import Credentials

JSON = (("Content-Type", "application/json"),)
#: what only a proxy in front may say of a client: whoever takes it from anybody opens a door
TRUSTED = (
    ("X-Forwarded-For", "127.0.0.1"),
    ("X-Real-IP", "127.0.0.1"),
    ("X-Internal", "true"),
    ("X-Authenticated-User", "admin"),
    ("X-Role", "admin"),
)
#: what a framework's error pages are chosen by, on a request that is refused anyway
ASKING = (
    *JSON,
    ("Accept", "text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8"),
    ("Accept-Encoding", "gzip, deflate, br"),
    ("Accept-Language", "es-ES, es;q=0.9"),
    ("X-Debug", "1"),
)


class Material(Struct, frozen=True):
    """What the scenarios build from.

    operation: the one that takes credentials and gives a token.
    credentials: the true pair.
    seed: of everything made up.
    most: the furthest rank the profile sends: what is of a higher one is not worth building.
    """

    contract: Contract
    operation: Operation
    credentials: Credentials
    seed: int
    most: Rank = Rank.NIGHTLY

    @property
    def pair(self) -> dict[str, Any]:
        """The true pair as a body."""
        return {CLIENT_ID: self.credentials.client_id, CLIENT_SECRET: self.credentials.client_secret.reveal()}

    @property
    def disguises(self) -> tuple[Disguise, ...]:
        """How to write the true pair for a person."""
        return _disguises(self.credentials)

    def decoy(self, *salt: object) -> dict[str, Any]:
        """A made-up pair, the same for the same seed and salt."""
        digits = hashlib.blake2b(f"{self.seed}/{salt}".encode(), digest_size=18).hexdigest()
        return {CLIENT_ID: f"decoy-client-{digits[:12]}", CLIENT_SECRET: f"decoy-{digits[12:]}"}

    def times(self, count: int, rank: Rank) -> range:
        """As many times as probes of a rank are worth building: none where the profile sends none of them."""
        return range(count if rank <= self.most else 0)

    def json(self, value: object, headers: HeaderPairs = JSON, *, disguises: tuple[Disguise, ...] = ()) -> Request:
        """A request with `value` as compact JSON."""
        return self.raw(compact(value), headers, disguises=disguises)

    def raw(
        self,
        body: bytes | None,
        headers: HeaderPairs = JSON,
        *,
        method: str = "",
        query: str = "",
        disguises: tuple[Disguise, ...] = (),
    ) -> Request:
        """A request with exactly these octets; the true pair's disguises are added where the octets hold it."""
        path = self.operation.path + query
        return Request(method or self.operation.method, path, headers, body, (*disguises, *self.disguises))

    def true(self, **changes: object) -> Request:
        """The true pair with members changed or added."""
        return self.json({**self.pair, **changes})


@functools.lru_cache(maxsize=1)
def _disguises(credentials: Credentials) -> tuple[Disguise, ...]:
    return (
        Disguise(credentials.client_secret, credentials.secret_name, credentials.secret_name),
        Disguise(Secret(credentials.client_id), credentials.id_name, credentials.id_name, of_secret=False),
    )


def compact(value: object) -> bytes:
    """`value` as JSON without white space, in UTF-8; halves of surrogate pairs are escaped."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def without(value: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """A copy less some members."""
    return {name: held for name, held in value.items() if name not in names}
