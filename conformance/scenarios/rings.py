"""Properties: requests that Hypothesis draws around what the plan has sent by design.

Schemathesis draws bodies from the contract, valid and invalid, for whatever operations it has; pairs of strings come
from Hypothesis alone, which draws them faster. Both are imported when a ring is run, because that is slow.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from conformance.contract import Operation
from conformance.messages import Request
from conformance.pair import CLIENT_ID, CLIENT_SECRET
from conformance.scenarios.material import JSON, Material, compact
from conformance.scenarios.model import Rank, Ring

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def rings(material: Material) -> tuple[Ring, ...]:
    """Every property of the contract."""
    found = [
        Ring(
            "ring.credentials",
            "Any two strings that are no client's",
            material.operation,
            partial(_pairs, material),
            {Rank.RELEASE: 4, Rank.NIGHTLY: 400},
        ),
        Ring(
            "ring.true-client",
            "The true client id with any secret",
            material.operation,
            partial(_secrets, material),
            {Rank.NIGHTLY: 60},
            refused=True,
        ),
    ]
    for operation in material.contract.operations:
        if operation.request_schema is None:
            continue
        name = f"{operation.method} {operation.path}"
        found.append(
            Ring(
                f"ring.invalid {name}",
                f"Bodies that violate {name}",
                operation,
                partial(_bodies, material, operation, "NEGATIVE"),
                {Rank.RELEASE: 6, Rank.NIGHTLY: 300},
            )
        )
        found.append(
            Ring(
                f"ring.valid {name}",
                f"Bodies that satisfy {name}",
                operation,
                partial(_bodies, material, operation, "POSITIVE"),
                {Rank.NIGHTLY: 60},
            )
        )
    return tuple(found)


def _pairs(material: Material) -> SearchStrategy[Request]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries({CLIENT_ID: st.text(), CLIENT_SECRET: st.text()}).map(material.json)


def _secrets(material: Material) -> SearchStrategy[Request]:
    from hypothesis import strategies as st

    own = material.credentials.client_secret.reveal()
    near = st.lists(st.sampled_from(own), max_size=2 * len(own)).map("".join)
    return (near | st.text()).filter(lambda text: text != own).map(lambda text: material.true(clientSecret=text))


def _bodies(material: Material, operation: Operation, mode: str) -> SearchStrategy[Request]:
    import schemathesis
    from schemathesis import GenerationMode

    schema: Any = schemathesis.openapi.from_dict(material.contract.document)
    drawn = schema[operation.path][operation.method].as_strategy(generation_mode=GenerationMode[mode])

    def request(case: Any) -> Request:
        body = case.body
        if isinstance(body, bytes):
            return Request(operation.method, operation.path, JSON, body)
        if isinstance(body, dict | list | str | int | float | bool) or body is None:
            return Request(operation.method, operation.path, JSON, compact(body))
        return Request(operation.method, operation.path, JSON, b"")

    return drawn.map(request)  # type: ignore[no-any-return]
