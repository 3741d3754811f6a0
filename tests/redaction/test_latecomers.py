"""A token is learnt wherever in an answer it stands."""

from __future__ import annotations

import json

import pytest

from conformance import jsontext
from conformance.masking import credentials, latecomers
from conformance.messages import Response
from conformance.redaction import Redactor
from tests.measuring import least, processor_seconds

PAD = "pad " * 20_000
TOKEN = "0paque.token_4711-x"


@pytest.mark.parametrize(
    "content",
    [
        json.dumps({"pad": PAD, "accessToken": TOKEN}),
        json.dumps({"pad": PAD, "data": [{"session": {"access_token": TOKEN}}]}),
        f'{{"pad": "{PAD}", "access\\u0054oken": "{TOKEN}"}}',
        f'{{"pad": "{PAD}", "accessToken": "{TOKEN}", "accessToken": "another"}}',
        f'{{"pad": "{PAD}", "accessToken": "{TOKEN}"',
        f"pad={PAD}&access_token={TOKEN}&expires=3600",
        f"<p>{PAD}</p><accessToken>{TOKEN}</accessToken>",
        f"{PAD} Authorization: Bearer {TOKEN}",
    ],
    ids=["JSON", "JSON, nested", "JSON, escaped", "JSON, twice", "JSON, cut off", "form", "XML", "words"],
)
@pytest.mark.parametrize("status", [200, 401])
def test_a_token_behind_what_is_shown_is_learnt(content: str, status: int) -> None:
    """It is masked in whatever comes later, though nobody ever saw it in a report."""
    redactor = Redactor()
    octets = content.encode()
    redactor.response(Response(status, "OK", body=octets, content=octets))

    assert TOKEN not in redactor.text(f"the token was {TOKEN}, they say")


@pytest.mark.parametrize(
    "content",
    [b"token " * 160_000, b'"token":"' * 110_000, b"token=" + b"x" * 1_000_000, b"{" + b'"token":{' * 110_000],
    ids=lambda content: content[:9].decode(),
)
def test_a_megabyte_of_tells_is_searched_quickly(content: bytes) -> None:
    """However many places look like the beginning of a token."""

    def seconds() -> float:
        latecomers.find.cache_clear()
        jsontext._read_large.cache_clear()
        return processor_seconds(lambda: latecomers.find(content))

    assert least(seconds, 1) < 1


def test_a_thousand_tokens_are_not_all_learnt() -> None:
    """Whoever hands out as many has the first of them masked."""
    content = json.dumps([{"token": f"token-number-{number}"} for number in range(5000)]).encode()

    assert len(latecomers.find(content)) == latecomers.MOST


@pytest.mark.parametrize("name", sorted(credentials.TOKEN_NAMES))
def test_a_token_of_each_name_is_learnt_behind_what_is_shown(name: str) -> None:
    """However its name is written; it would be searched for nowhere if its end were another."""
    content = json.dumps({"pad": PAD, name.upper().replace("TOKEN", "_Token"): TOKEN}).encode()

    assert latecomers.find(content) == (TOKEN,)
