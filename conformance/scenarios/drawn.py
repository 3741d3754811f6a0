"""Requests drawn once and kept: what the rings of the release profile send, in `spec/drawn.json`.

Importing Schemathesis and letting it draw twenty bodies takes longer than all the rest of a run. The same contract and
seed give the same bodies, so they are drawn when either changes (`make drawn`), not at every run. For another contract,
overlay or seed than the file is of, a run draws afresh.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from conformance.errors import SpecError
from conformance.messages import Request
from conformance.scenarios.material import JSON, Material
from conformance.scenarios.model import Rank, Ring

FILE = Path(__file__).resolve().parent.parent.parent / "spec" / "drawn.json"
SMALL = 600  # octets of a body that is kept: a finding shows the request as it is
MORE = 4  # times as many are drawn as are kept, so that small ones can be chosen


class Drawn(Struct, frozen=True):
    """Bodies by ring id, in the order they are sent, and what they were drawn from.

    contract: hexadecimal SHA-256 of the document with the overlay applied. seed: what they were drawn with.
    """

    contract: str = ""
    seed: int | None = None
    bodies: Mapping[str, tuple[bytes, ...]] = {}

    @classmethod
    def load(cls, path: Path = FILE) -> Drawn:
        """Read the file; nothing where there is none. Raises SpecError where it is not of this form."""
        try:
            value = json.loads(path.read_bytes())
            bodies = {ring: tuple(text.encode("latin-1") for text in kept) for ring, kept in value["bodies"].items()}
            return cls(value["contract"], value["seed"], bodies)
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
            raise SpecError(path, None, f"is not what `make drawn` writes: {error}") from error

    def of(self, ring: Ring, material: Material, count: int) -> tuple[Request, ...]:
        """The ring's requests, where they were drawn from this contract with this seed and there are enough of them."""
        kept = self.bodies.get(ring.id, ())
        if len(kept) < count or self.seed != material.seed or self.contract != fingerprint(material):
            return ()
        return tuple(
            Request(ring.operation.method, ring.operation.path, JSON, body, material.disguises) for body in kept[:count]
        )


def fingerprint(material: Material) -> str:
    """What the bodies depend on: the document with the overlay applied (RFC 8785 in spirit: sorted, no white space)."""
    text = json.dumps(material.contract.document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def draw(rings: Iterable[Ring], material: Material) -> dict[str, Any]:
    """What belongs into the file: for each ring of the release profile the small ones of many bodies, each once."""
    from conformance.shrinking import examples

    bodies = {}
    for ring in rings:
        count = ring.examples.get(Rank.RELEASE, 0)
        if count:
            requests = examples(ring, MORE * count, f"{material.seed}/{ring.id}")
            small = dict.fromkeys(one.body for one in requests if one.body is not None and len(one.body) <= SMALL)
            bodies[ring.id] = [body.decode("latin-1") for body in list(small)[:count]]
    return {"contract": fingerprint(material), "seed": material.seed, "bodies": bodies}
