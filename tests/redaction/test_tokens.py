"""Tokens as they are remembered and as they are shown."""

from __future__ import annotations

import json
import tracemalloc

import jwt
import pytest

from conformance.redaction import Redactor

CLAIMS = {"iss": "https://id.example", "exp": 1800000000, "https://auth/metadata": {"companyId": "c"}}
TOKEN = jwt.encode(CLAIMS, "k" * 64, "HS256", {"kid": "key-1"})


@pytest.mark.parametrize("letter", ["a", "\U0001f511"], ids=["letters", "beyond the BMP"])
def test_memory_is_flat_for_tokens_of_a_megabyte(letter: str) -> None:
    """Of what is opaque so much is known by value as a few tokens of a usual length have; each letter in many encodings."""
    redactor = Redactor()
    tracemalloc.start()
    try:
        for number in range(10):
            redactor.learn_token(f"{number}{letter * (900_000 // len(json.dumps(letter)))}{number}")
            redactor.text("a text")
            redactor.learn_token(TOKEN.replace(".", f".{number}{'A' * 900_000}", 1))
            redactor.text(f"a text {'A' * 200}")
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert used < 50 << 20


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
