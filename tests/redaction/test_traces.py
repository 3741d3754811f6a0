"""A secret or token that a server plays with: its letters and digits in a row give it away."""

from __future__ import annotations

import base64
import codecs
import json
import random
import textwrap
from collections.abc import Callable
from pathlib import Path

import jwt
import pytest

from conformance import tripwire
from conformance.masking.traces import Traces
from conformance.messages import Response
from conformance.redaction import Redactor
from conformance.secret import Secret

SECRET = "k3yQ-77aZ/pl9+mmVw02_Lt81xNcR5uJ4eHg6TbY"
JWS = jwt.encode({"sub": "person", "exp": 1800000000}, "k" * 64)
OPAQUE = "tZ8qLm2Xv9Rk4Wd7Yp1Hs6Nc3Bf5Jg0A"

DISGUISES: dict[str, Callable[[str], str]] = {
    "wrapped at 64": lambda text: "\n".join(textwrap.wrap(text, 64)),
    "wrapped at 24": lambda text: "\r\n ".join(textwrap.wrap(text, 24)),
    "wrapped in JSON": lambda text: json.dumps("\n".join(textwrap.wrap(text, 24))),
    "a name in JSON": lambda text: json.dumps({text: 1}),
    "letter by letter": " ".join,
    "letter by letter in JSON": lambda text: json.dumps(list(text)),
    "with hyphens": "-".join,
    "with zeros": "\0".join,
    "reversed": lambda text: text[::-1],
    "reversed, letter by letter": lambda text: " ".join(text[::-1]),
    "in halves": lambda text: json.dumps({"a": text[: len(text) // 2], "b": text[len(text) // 2 :]}),
    "in capitals": str.upper,
    "in lower case": str.lower,
    "base64 in lines": lambda text: base64.encodebytes(text.encode()).decode(),
    "base64 twice": lambda text: base64.b64encode(base64.b64encode(text.encode())).decode(),
}


def _row(text: str) -> str:
    return "".join(filter(str.isalnum, text)).lower()


def _redactor() -> Redactor:
    redactor = Redactor([(Secret(SECRET), "$SECRET")])
    for token in (JWS, OPAQUE):
        content = json.dumps({"accessToken": token}).encode()
        redactor.learn_response(Response(200, "OK", body=content, content=content))
    return redactor


@pytest.mark.parametrize("disguise", sorted(DISGUISES))
@pytest.mark.parametrize("text", [SECRET, JWS, OPAQUE], ids=["secret", "JWS", "opaque token"])
def test_no_disguise_helps(text: str, disguise: str, tmp_path: Path) -> None:
    """Neither in what is shown, nor past the last look at an artefact."""
    redactor, sent = _redactor(), DISGUISES[disguise](text)
    telling = text.rpartition(".")[2]
    shown = _row(redactor.text(f"message: {sent}, and more"))
    hidden = _row(DISGUISES[disguise](telling))
    assert not any(hidden[at : at + 12] in shown for at in range(4, len(hidden) - 16))
    path = tmp_path / "artefact"
    path.write_text(sent, "utf-8")
    assert tripwire.scan([path], redactor) or disguise == "in halves"


@pytest.mark.parametrize("disguise", ["letter by letter", "in capitals", "base64 in lines"])
@pytest.mark.parametrize("which", [0, 1, -2, -1])
def test_the_first_tokens_of_a_long_run_are_told_and_the_latest(which: int, disguise: str, tmp_path: Path) -> None:
    """A server may repeat for ever the one that it gave first."""
    redactor = Redactor()
    given = [jwt.encode({"number": number}, "k" * 64, "HS512") for number in range(200)]
    for token in given:
        content = json.dumps({"accessToken": token}).encode()
        redactor.learn_response(Response(200, "OK", body=content, content=content))
        redactor.text("seen")
    sent, hidden = (DISGUISES[disguise](text) for text in (given[which], given[which].rpartition(".")[2]))
    assert _row(hidden)[8:40] not in _row(redactor.text(f"message: {sent}, and more"))
    path = tmp_path / "artefact"
    path.write_text(sent, "utf-8")
    assert tripwire.scan([path], redactor)


@pytest.mark.parametrize(("characters", "part"), [(43, 11), (86, 11), (342, 23), (683, 47)])
def test_of_a_signature_every_part_of_a_sixteenth_is_told(characters: int, part: int) -> None:
    """Wherever it begins, and wherever it stands: of a long one not each group is in the table."""
    signature = base64.urlsafe_b64encode(bytes(random.Random(7).randbytes(characters))).decode()
    row = _row(signature)[:characters]
    traces = Traces()
    traces.learn_token(f"eyJhbGciOiJSUzI1NiJ9.e30.{row}", row)

    for before in range(8):
        for start in range(len(row) - part + 1):
            piece = row[start : start + part]
            found = traces.find(f"{'-.' * before}{'xyz0'[:before]} {'.'.join(piece)}")
            assert found, (before, start)
            assert found[0].share >= part / characters


@pytest.mark.parametrize("text", ["<svg/onload=alert(49)>{{7*7}} owned", "this-is-no-token-at-all"])
def test_what_is_no_token_is_not_looked_for_in_artefacts(text: str, tmp_path: Path) -> None:
    """A defective server puts anything in a token's place, and what it said before that stands in the record."""
    redactor = Redactor()
    redactor.learn_token(text)
    path = tmp_path / "artefact"
    path.write_text(f"message: {' '.join(text)}", "utf-8")
    assert not tripwire.scan([path], redactor)


@pytest.mark.parametrize("word", ["client-secret", "change me, change me", "aaaaaaaaaaaaaaaaaaaaaaaa"])
def test_words_are_left_alone_elsewhere(word: str, tmp_path: Path) -> None:
    """A secret that a person made up of few letters does not blank what merely resembles it."""
    redactor = Redactor([(Secret(word), "$SECRET")])
    text = "the client has a secret to change; partners of the API send aaaaaaa"
    assert redactor.text(text) == text
    path = tmp_path / "artefact"
    path.write_text(text, "utf-8")
    assert not tripwire.scan([path], redactor)


@pytest.mark.parametrize(
    "disguise",
    [
        lambda text: text.encode().hex(" "),
        lambda text: text.encode().hex(":").upper(),
        lambda text: " ".join(f"0x{octet:02x}" for octet in text.encode()).replace("0x", "#"),
        lambda text: text.encode().hex()[::-1],
        lambda text: base64.b64encode(text.encode()).decode()[::-1],
        lambda text: "".join(f"u{ord(character):04x}" for character in text),
        lambda text: "".join(map(str, text.encode())),
    ],
    ids=["spaced", "with colons", "with signs", "reversed", "base64 reversed", "escapes without strokes", "codes"],
)
def test_a_secret_in_figures_is_told_by_its_digits_alone(disguise: Callable[[str], str], tmp_path: Path) -> None:
    """Spaced out, turned round, or without what a field's name may not have."""
    redactor, sent = _redactor(), disguise(SECRET)
    shown = redactor.text(f"message: {sent}, and more")

    assert _row(sent)[8:40] not in _row(shown)

    path = tmp_path / "artefact"
    path.write_text(sent)

    assert tripwire.scan([path], redactor)


def test_a_secret_whose_letters_are_turned_is_told() -> None:
    """By 13, as who means to hide it from the eye does."""
    turned = codecs.encode(SECRET, "rot13")

    assert turned not in Redactor([(Secret(SECRET), "$SECRET")]).text(f"no client with {turned} is known")
