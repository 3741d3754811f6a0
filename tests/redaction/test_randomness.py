"""What looks drawn at random in an answer is masked, whoever knows what it is; what people write is not."""

from __future__ import annotations

import base64
import random
import textwrap

import jwt
import pytest
from hypothesis import given, settings, strategies as st

from conformance.masking import randomness
from conformance.messages import Response
from conformance.redaction import Redactor
from tests.measuring import least, processor_seconds

TOKEN = jwt.encode({"sub": "person", "exp": 1800000000}, "k" * 64, "HS256")
SIGNATURE = TOKEN.rpartition(".")[2]

#: What servers, frameworks and documents write in one word.
WRITTEN = (
    "strict-transport-security",
    "2f1b6c1e-3d5f-4a56-9d0e-8f7b1c2d3e4f",
    "6BA7B810-9DAD-11D1-80B4-00C04FD430C8",
    "9b74c9897bac770ffc029102a200c5de9b74c9897bac770ffc029102a200c5de",
    "org/springframework/security/OAuth2AuthenticationException",
    "/api/v3/oauth/token/../Token2/V3",
    "application/vnd.api+json",
    "OAuth2AuthorizationCodeRequestAuthenticationProvider",
    "getUserByIdAndNameOrThrowNotFound",
    "Root=1-67891233-abcdef012345678912345678",
    "THE_CLIENT_SECRET_IS_NOT_VALID_4711",
    "20261128T051122Z",
    "Grüße-aus-Köln-an-die-Schülerinnen-und-Schüler",
    "Неверный-секрет-клиента-или-идентификатор",
)


def _shown(content: bytes) -> str:
    copy = (("X-Copy", content.decode("latin-1").replace("\n", " ")),)
    return str(Redactor().response(Response(400, "Bad Request", headers=copy, body=content, content=content)))


@pytest.mark.parametrize(
    "made",
    [
        TOKEN[::-1],
        SIGNATURE[::-1],
        TOKEN.replace(".", "\xff."),
        TOKEN[:30] + "\x00" + TOKEN[30:],
        TOKEN[:30] + "*" + TOKEN[31:],
        TOKEN.replace(".", ". "),
        TOKEN.encode("utf-16").decode("latin-1"),
        textwrap.fill(base64.b64encode(f'{{"t":"{TOKEN}"}}'.encode()).decode(), 64),
        base64.b64encode(TOKEN.encode()).decode().replace("e", "\xe9"),
    ],
)
def test_a_token_that_nobody_has_seen_keeps_its_signature_whatever_was_done_to_it(made: str) -> None:
    """Reversed, damaged, spaced out, broken in lines: in a body, and in a field."""
    for content in (f'{{"message":"refused: {made}"}}'.encode("latin-1"), made.encode("latin-1")):
        shown = _shown(content)

        assert "refused: " in shown or content == made.encode("latin-1")
        for piece in (SIGNATURE[12:24], SIGNATURE[::-1][12:24], made[-60:-40], made[20:40]):
            assert piece not in shown


@pytest.mark.parametrize("word", WRITTEN)
def test_what_people_write_is_shown(word: str) -> None:
    """Addresses, names of classes, hashes in hexadecimal."""
    assert list(randomness.find(f"the {word} it was")) == []
    assert word in Redactor().text(f"the {word} it was")


@given(
    st.binary(min_size=64, max_size=64).map(lambda octets: base64.b64encode(octets).decode())
    | st.binary().map(lambda octets: octets.decode("utf-8", "surrogateescape"))
    | st.text()
)
@settings(max_examples=50, deadline=None)
def test_any_text_is_read(text: str) -> None:
    """Whatever it is made of, and each word stands where it is said to."""
    for start, end in randomness.find(text):
        assert randomness.is_random(text[start:end])
        assert end - start >= randomness.SHORTEST


def test_most_signatures_are_found() -> None:
    """By how a generator with a seed makes them: a bound that no change may lower."""
    draw = random.Random(4711)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for size, share in ((20, 0.85), (43, 0.97), (86, 0.99), (342, 1.0)):
        words = ["".join(draw.choices(alphabet, k=size)) for _ in range(1000)]

        assert sum(map(randomness.is_random, words)) >= share * 1000, size


def test_a_flood_is_read_in_linear_time() -> None:
    """A long answer of one word, or of words that are nearly long enough."""

    def spent(size: int) -> float:
        return processor_seconds(lambda: list(randomness.find("aB3" * size + "aaaaaaaaaaaaaaaaaa." * size)))

    assert least(lambda: spent(1 << 19) / spent(1 << 16), 40) < 40
