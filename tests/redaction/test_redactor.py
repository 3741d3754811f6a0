"""What a redactor masks, and what it leaves."""

from __future__ import annotations

import base64
import json
import time
import tracemalloc
from typing import Any, cast

import jwt
import pytest
from hypothesis import assume, example, given, settings, strategies as st

from conformance.masking import excerpt
from conformance.masking.marks import SHOWN
from conformance.messages import Response
from conformance.redaction import Redactor
from conformance.secret import Secret
from tests.redaction import disguised

NAME = "$PARTNERS_API_CLIENT_SECRET"
SECRET = "k3yQ-77aZ/pl9+mmVw02_Lt81xNcR5uJ4eHg6TbY"
CLAIMS = {
    "iss": "https://id.example",
    "sub": "person@clients",
    "exp": 1800000000,
    "https://auth/metadata": {"companyId": "c"},
}
TOKEN = jwt.encode(CLAIMS, "k" * 64, "HS256", {"kid": "key-1"})
OPAQUE = "0paque-T0ken_~value.4711+xyz"


def _redactor(secret: str = SECRET) -> Redactor:
    return Redactor([(Secret(secret), NAME)])


def _body(redactor: Redactor, content: bytes) -> dict[str, Any]:
    """The content of a refusal, as the record has it."""
    return cast("dict[str, Any]", redactor.response(Response(400, body=content, content=content))["body"])


surroundings = st.sampled_from(
    [("", ""), ('{"message":"', '"}'), ("<p>", "</p>"), ("Invalid secret: ", "."), ("a=", "&b=c"), ("\n", "\n")]
)


@given(secret=disguised.secrets, around=surroundings)
@example(secret='a"b\\c%41d+e f/g&h=i<j>k', around=("", ""))
@example(secret="pass%20word&amp;1", around=("", ""))
@example(secret="ключ-от-двери-42", around=("", ""))
@example(secret="\U0001f511\U0001f512\U0001f513 and a tail", around=("<p>", "</p>"))
@settings(max_examples=60, deadline=None)
def test_a_secret_is_masked_in_every_encoding(secret: str, around: tuple[str, str]) -> None:
    """By value, wherever it stands; nothing but the mask, and what stands around it, is left."""
    redactor = _redactor(secret)
    for name, encoded in disguised.encodings(secret):
        text = f"{around[0]}{encoded}{around[1]}"
        shown = redactor.text(text)

        assert NAME in shown or "[a secret" in shown, name
        assert secret not in shown, name
        assert encoded not in shown, name


@given(secret=disguised.secrets)
@example(secret="пароль-пароль")
@settings(max_examples=60, deadline=None)
def test_a_secret_is_masked_in_octets_that_are_no_text(secret: str) -> None:
    """A body in UTF-16, or broken, gives nothing away."""
    for name, content in disguised.octets(secret):
        body = _body(_redactor(secret), content)

        assert NAME in str(body["text"]) or "[a secret" in str(body["text"]), name
        assert secret not in str(body["text"]), name
        assert body["size"] == len(content)


@pytest.mark.parametrize("latin", ["pässwörd-4711-ünd", "contraseña-ñandú"])
def test_a_secret_is_masked_in_a_field_read_as_latin_1(latin: str) -> None:
    """Header fields are decoded as ISO-8859-1: UTF-8 in them looks like something else, and is known all the same."""
    assert _redactor(latin).text(latin.encode().decode("latin-1")) == f"[{NAME}]"


def test_masks_say_what_was_there() -> None:
    """The name, the encoding, and whether it was a part only."""
    redactor = _redactor()
    packed = base64.b64encode(SECRET.encode()).decode()

    assert redactor.text(f"<{SECRET}>") == f"<[{NAME}]>"
    assert redactor.text(SECRET.encode().hex()) == f"[{NAME}, hexadecimal]"
    assert redactor.text(packed).startswith(f"[{NAME}, base64]")
    assert redactor.text(SECRET.replace("/", "%2F")) == f"[{NAME}, percent-encoded]"
    assert redactor.text(SECRET[:20]) == f"[part of {NAME}]"


@given(
    secret=st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP0123456789", min_size=8, max_size=80),
    start=st.integers(0, 40),
    extra=st.integers(0, 10),
)
@settings(max_examples=60, deadline=None)
def test_every_long_run_of_a_secret_is_masked(secret: str, start: int, extra: int) -> None:
    """Prefix, middle or end: half, but eight characters at least and ten at most."""
    size = min(max(8, min(10, -(-len(secret) // 2))) + extra, len(secret))
    start = min(start, len(secret) - size)
    run = secret[start : start + size]
    redactor = _redactor(secret)

    for form in (
        run,
        run.encode().hex(),
        base64.b64encode(b"." + run.encode() + b"..").decode(),
        run[::-1],
        run.upper(),
    ):
        assert NAME in redactor.text(f"({form})"), (run, form)


def test_a_short_run_is_left() -> None:
    """Seven characters of forty are no secret; text would be unreadable."""
    assert _redactor().text(f"<{SECRET[:7]}>") == f"<{SECRET[:7]}>"


@pytest.mark.parametrize(
    ("secret", "text", "shown"),
    [("abc123", "xabc123x", f"x[{NAME}]x"), ("abc123", "abc12", "abc12"), ("ab", "ab-cab", f"[{NAME}]-cab")],
)
def test_a_short_secret_is_masked_as_a_whole_only(secret: str, text: str, shown: str) -> None:
    """Of fewer than eight characters no part counts; of fewer than four only a word of its own."""
    assert _redactor(secret).text(text) == shown


@given(
    st.text() | disguised.secrets.flatmap(lambda text: st.sampled_from([form for _, form in disguised.encodings(text)]))
)
@settings(max_examples=60, deadline=None)
def test_any_text_is_survived_and_can_be_written(text: str) -> None:
    """Lone surrogates included; what comes out is UTF-8, XML's business is XML's."""
    shown = _redactor().text(text + " \ud800")

    assert shown.encode()
    assert shown.endswith("\\ud800")


@given(st.binary(max_size=600))
@settings(max_examples=60, deadline=None)
def test_any_octets_are_survived_and_can_be_written(content: bytes) -> None:
    """A body of any octets becomes JSON."""
    body = _body(_redactor(), content)

    assert json.loads(json.dumps(body)) == body
    assert body["size"] == len(content)


@given(st.text(max_size=50), disguised.secrets)
@example("\\", '000017Q23"')
@example("\\", "'000017Q23")
@example("", "a\"b\\c7Qd'e<f>")
@settings(max_examples=60, deadline=None)
def test_masking_twice_is_masking_once(noise: str, secret: str) -> None:
    """A mask is not masked."""
    assume(not set(noise) & set(secret))
    redactor = _redactor(secret)
    pieces = [
        noise,
        secret,
        TOKEN,
        f'"accessToken":"{OPAQUE}"',
        f'"password": "{noise[:5]}"',
        f"client_secret={secret}&",
    ]
    once = redactor.text(" | ".join(pieces))

    assert redactor.text(once) == once


# Tokens.


def test_a_token_is_shown_as_header_and_claims() -> None:
    """The signature is masked, a claim that may identify somebody is starred, its hash tells tokens apart."""
    shown = _redactor().text(f"Bearer {TOKEN}.")

    assert shown.startswith("Bearer [jwt sha256:")
    assert '"alg":"HS256"' in shown
    assert '"iss":"https://id.example"' in shown
    assert '"exp":1800000000' in shown
    assert '"sub":"***"' in shown
    assert '"https://auth/metadata":"***"' in shown
    assert "signature=32 octets" in shown
    assert not any(segment in shown for segment in TOKEN.split("."))
    assert "person" not in shown


@pytest.mark.parametrize(
    ("token", "shows"),
    [
        (TOKEN.rpartition(".")[0] + ".", "signature=empty"),
        (TOKEN.rpartition(".")[0], "segments=2"),
        (TOKEN + ".extra", "segments=4"),
        (TOKEN.replace(".", "==.", 1), "signature=32 octets"),
        (base64.urlsafe_b64encode(b'{ "alg": "none" }').decode().rstrip("=") + ".e30.", '"alg":"none"'),
        (base64.urlsafe_b64encode(b'\n{"alg": "HS256"}').decode().rstrip("=") + ".e30.AAAA", '"alg":"HS256"'),
        (base64.urlsafe_b64encode(b'{"alg":"HS256"}').decode().rstrip("=") + ".bm9uZQ.AAAA", "claims=not JSON"),
    ],
)
@pytest.mark.parametrize("template", ["{}", '{{"accessToken":"{}"}}', "https://x.example/?token={}&a=b", "X-Token: {}"])
def test_a_defective_token_is_masked_and_its_defect_is_seen(token: str, shows: str, template: str) -> None:
    """Missing, empty, padded, too many: a person sees what is wrong."""
    shown = _redactor().text(template.format(token))

    assert shows in shown
    assert token not in shown


def test_a_host_name_is_no_token() -> None:
    """Dots alone make no JWS."""
    text = "https://partners-api.cobee.io/api/v3/oauth/token?x=eyJ.a"

    assert _redactor().text(text) == text


@pytest.mark.parametrize(
    "text",
    [
        f'{{"accessToken":"{OPAQUE}"}}',
        f'{{"access_token" : "{OPAQUE}"',
        f'{{"ACCESS-TOKEN":"{OPAQUE}',
        f'{{"access\\u0054oken":"{OPAQUE}"}}',
        f'{{"accessToken":["{OPAQUE}"]}}',
        f'{{"accessToken":{{"value":"{OPAQUE}"}}}}',
        f'{{"accessToken":[["{OPAQUE}"',
        f'{{"refresh_token":"{OPAQUE}"}}',
        f"{{'accessToken': '{OPAQUE}'}}",
        f"access_token={OPAQUE}&expires_in=1",
        f"<accessToken>{OPAQUE}</accessToken>",
        f"<ns:access_token>{OPAQUE}</ns:access_token>",
        f"Authorization: Bearer {OPAQUE}",
        f'{{"password":"{OPAQUE}"}}',
        f'{{"set-cookie":"session={OPAQUE}"}}',
    ],
)
def test_a_credential_nobody_knows_is_masked_by_its_name(text: str) -> None:
    """Members, fields of forms, elements, schemes; well-formed or cut off."""
    shown = _redactor().text(text)

    assert OPAQUE not in shown
    assert "[" in shown


def test_an_opaque_token_that_was_seen_is_known_anywhere() -> None:
    """By value, cut and in the encodings too, once a member gave it away."""
    redactor = _redactor()
    redactor.text(f'{{"accessToken":"{OPAQUE}"}}')

    assert redactor.text(f"unknown: {OPAQUE}") == "unknown: [a token]"
    assert redactor.text(f"unknown: {OPAQUE[:20]}…") == "unknown: [part of a token]…"
    assert "[a token, base64]" in redactor.text(base64.b64encode(OPAQUE.encode()).decode())
    assert redactor.knows_token(OPAQUE)


@pytest.mark.parametrize(
    "encoded",
    [
        TOKEN[::-1],
        TOKEN.encode().hex(),
        TOKEN.upper(),
        base64.b64encode(TOKEN.encode()).decode(),
        base64.b64encode(b"x" + TOKEN.encode()).decode(),
        base64.urlsafe_b64encode(b"xx" + TOKEN.encode()).decode(),
        "".join(f"\\u{ord(character):04x}" for character in TOKEN),
        "".join(f"%{ord(character):02x}" for character in TOKEN),
        TOKEN.replace(".", "&#46;"),
    ],
    ids=lambda text: text[4:20],
)
def test_a_token_that_was_seen_is_known_in_encodings(encoded: str) -> None:
    """What a server sends again in another form is masked as well."""
    redactor = _redactor()
    redactor.text(TOKEN)
    shown = redactor.text(f"<{encoded}>")

    assert encoded[20:-20] not in shown
    assert "[a token" in shown or "[jwt " in shown


def test_a_signature_alone_is_known() -> None:
    """It is the part that makes a token one."""
    redactor = _redactor()
    redactor.learn_token(TOKEN)

    assert redactor.text(f"sig={TOKEN.rpartition('.')[2]}") == "sig=[a token's signature]"


def test_a_secret_in_a_claim_that_is_shown_is_masked() -> None:
    """Being on the list of shown claims is no licence."""
    token = jwt.encode({"iss": SECRET, "aud": [SECRET]}, "k" * 64)

    assert f'"iss":"[{NAME}]"' in _redactor().text(token)
    assert SECRET not in _redactor().text(token)


def test_memory_is_flat_for_a_hundred_thousand_tokens() -> None:
    """Tokens are remembered as eight octets each."""
    redactor = _redactor()
    head = TOKEN.rpartition(".")[0]
    tracemalloc.start()
    try:
        for number in range(100_000):
            redactor.learn_token(f"{head}.{number:043d}")
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert used < 16 << 20
    assert redactor.knows_token(f"{0:043d}")


# Limits.


def test_what_is_shown_is_cut_after_masking() -> None:
    """A secret across the cut leaves no half behind."""
    text = "x" * (SHOWN - 10) + SECRET + "y" * 100
    body = _body(_redactor(), text.encode())

    assert body == {"text": "x" * (SHOWN - 10) + f"[{NAME}]"[:10], "size": len(text), "shown": SHOWN}


@pytest.mark.parametrize(
    "content",
    [
        SECRET[:12].encode() * 100_000,
        b"%41" * 400_000,
        b"\\u0041" * 200_000,
        b"&#65;" * 200_000,
        b"=41" * 400_000,
        b"ew." * 400_000,
        b"eyJ" * 400_000,
        b'"accessToken":[' * 70_000,
        b'"token":"' * 100_000,
        b"\xff" * (1 << 20),
        b"\0a" * (1 << 19),
        b"a=" * (1 << 19),
        b"/ewewew" * 150_000,
        SECRET.encode() * 25_000,
    ],
    ids=lambda content: repr(content[:16]),
)
def test_a_hostile_mebibyte_takes_less_than_three_seconds(content: bytes) -> None:
    """No body makes masking quadratic."""
    started = time.process_time()
    _body(_redactor(), content)

    assert time.process_time() - started < 3
    assert len(content) > excerpt.CONTENT


@pytest.mark.parametrize("secret", ["$PARTNERS_API_CLIENT_SECRET", "PARTNERS_API_CLIENT"])
def test_a_secret_that_reads_like_its_own_name_is_masked(secret: str) -> None:
    """The mask would repeat it."""
    assert _redactor(secret).text(f"<{secret}>") == "<[a secret]>"


def test_nothing_is_masked_where_nothing_is_known() -> None:
    """A redactor without secrets leaves text as it is; an empty secret is none."""
    assert Redactor([(Secret(""), NAME)]).text("anything at all") == "anything at all"


def test_repr_holds_no_secret() -> None:
    """Nor do the parts it works with."""
    redactor = _redactor()
    redactor.learn_token(TOKEN)
    redactor.learn_token(OPAQUE)
    shown = repr((redactor, redactor.marks(SECRET), vars(redactor)))

    assert SECRET not in shown
    assert SECRET.lower()[:11] not in shown.lower()
    assert OPAQUE not in shown
