"""Tokens as they are remembered and as they are shown."""

from __future__ import annotations

import base64
import random
import tracemalloc
from collections.abc import Callable

import jwt
import pytest

from conformance.masking import encodings
from conformance.masking.knowledge import Knowledge
from conformance.redaction import Redactor

CLAIMS = {"iss": "https://id.example", "exp": 1800000000, "https://auth/metadata": {"companyId": "c"}}
TOKEN = jwt.encode(CLAIMS, "k" * 64, "HS256", {"kid": "key-1"})


def _opaque(number: int) -> str:
    return base64.urlsafe_b64encode(random.Random(number).randbytes(600_000)).decode()


def _beyond_the_bmp(number: int) -> str:
    return f"{number}{chr(0x1F511 + number) * 70_000}"


def _signed(number: int) -> str:
    return jwt.encode({**CLAIMS, "pad": _opaque(number)}, "k" * 64)


@pytest.mark.parametrize("made", [_opaque, _beyond_the_bmp, _signed])
def test_memory_is_flat_for_tokens_of_a_megabyte(made: Callable[[int], str]) -> None:
    """So much is known by value as a few tokens of a usual length take, in their many encodings."""
    redactor = Redactor()
    tracemalloc.start()
    try:
        for number in range(10):
            redactor.learn_token(made(number))
            redactor.text(f"a text with {'A' * 200}")
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert used < 12 << 20


@pytest.mark.parametrize(
    "name", ["%u006b3yQ%u002d77aZ%u002fpl9", "01101011 00110011", "k" * 200, "&#107;3yQ", "=6B3yQ", "a name"]
)
def test_a_claim_is_named_where_its_name_reads_like_one(name: str) -> None:
    """Whatever else may be spelled in it, or cut off, is not shown."""
    token = jwt.encode({**CLAIMS, name: 1, "urn:example:role": 2}, "k" * 64)
    shown = Redactor().text(token)

    assert name[:12] not in shown
    assert "https://auth/metadata" in shown
    assert "urn:example:role" in shown


def test_each_token_is_weighed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One answer may bring sixteen thousand: what each costs does not hang on how many are known."""
    weighed: list[str] = []
    weight = encodings.weight

    def counted(token: str) -> int:
        weighed.append(token)
        return weight(token)

    monkeypatch.setattr(encodings, "weight", counted)
    knowledge = Knowledge()
    every = [f"{at:08d}-an-opaque-token-of-some-length" for at in range(100)]
    for token in every:
        knowledge.learn_token(token)
    assert weighed == every
    assert all(knowledge.knows_token(token) for token in every)
