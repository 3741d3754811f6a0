"""The tripwire finds what should never be there, and nothing else."""

from __future__ import annotations

import base64
import html
import json
import resource
import time
from pathlib import Path

import jwt
import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st

from conformance import tripwire
from conformance.messages import Exchange, Request, Response
from conformance.redaction import RANDOM, Redactor
from conformance.secret import Secret
from tests.redaction import disguised

NAME = "$PARTNERS_API_CLIENT_SECRET"
SECRET = "k3yQ-77aZ/pl9+mmVw02_Lt81xNcR5uJ4eHg6TbY"
TOKEN = jwt.encode({"sub": "person", "exp": 1800000000}, "k" * 64)

WRAPPINGS = {
    "plain": "before {} after\n",
    "record": '{{"record":"exchange","scenario":"valid.plain","text":{}}}\n',
    "html": '<section id="jwt.exp-future"><pre>{}</pre></section>\n',
    "junit": '<testcase name="jwt.exp-future"><failure>{}</failure></testcase>\n',
}


def _redactor(secret: str = SECRET) -> Redactor:
    return Redactor([(Secret(secret), NAME)])


def _wrapped(wrapping: str, text: str) -> str:
    inner = json.dumps(text) if wrapping == "record" else html.escape(text) if wrapping != "plain" else text
    return WRAPPINGS[wrapping].format(inner)


@given(secret=disguised.secrets, wrapping=st.sampled_from(sorted(WRAPPINGS)))
@example(secret="quo'te\"and\\back+slash/4711", wrapping="record")
@example(secret="ключ-от-двери-42", wrapping="html")
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_planted_secret_is_found_in_every_encoding(tmp_path: Path, secret: str, wrapping: str) -> None:
    """In the record, the HTML and the JUnit file, as each of them would hold it; and not once it has been masked."""
    redactor = _redactor(secret)
    path = tmp_path / "artefact"
    for name, encoded in disguised.encodings(secret):
        path.write_text("\n\n" + _wrapped(wrapping, encoded), "utf-8")
        leaks = tripwire.scan([path], redactor)

        assert leaks, name
        assert leaks[0].line == 3
        assert secret not in repr(leaks)

        path.write_text(_wrapped(wrapping, redactor.text(encoded)), "utf-8")

        assert tripwire.scan([path], redactor) == (), name


@given(
    secret=st.text("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", min_size=5, max_size=24).filter(
        lambda text: len(set(text)) > 4
    ),
    cut=st.integers(0, 24),
    between=st.sampled_from([b"", b"\xff", b"\0", b" ", b"x"]),
    before=st.integers(0, 2),
)
@example(secret="hunter2x", cut=7, between=b"\xff", before=1)
@example(secret="q7Rw2x", cut=5, between=b"\xff", before=0)
@example(secret="cHARACTE", cut=0, between=b"", before=0)
@settings(max_examples=300, deadline=None)
def test_what_is_masked_is_found_no_more_in_part_either(secret: str, cut: int, between: bytes, before: int) -> None:
    """A server repeats a request in which a letter of the secret was another: what counts as a leak, is masked."""
    redactor = _redactor(secret)
    octets = secret.encode()
    near = b"~" * before + b'{"clientSecret":"' + octets[:cut] + between + octets[cut:] + b'"}'
    for packed in (base64.b64encode(near), base64.urlsafe_b64encode(near), near.hex().encode(), near[::-1]):
        text = redactor.text(packed.decode("latin-1"))

        assert not tripwire.holds(text, redactor, (), [RANDOM]), text


@pytest.mark.parametrize(
    ("wrapping", "near"),
    [("plain", ""), ("record", "valid.plain"), ("html", "jwt.exp-future"), ("junit", "jwt.exp-future")],
)
def test_a_leak_says_whose_text_carried_it(tmp_path: Path, wrapping: str, near: str) -> None:
    """The requirement or the scenario that stands nearest before it."""
    path = tmp_path / "results.jsonl"
    path.write_text(_wrapped(wrapping, SECRET), "utf-8")
    (leak,) = tripwire.scan([path], _redactor())

    assert leak == tripwire.Leak(path, 1, NAME, "plain", near)
    assert str(leak) == f"results.jsonl, line 1: {NAME} (plain)" + (f", in the text of {near}" if near else "")


@pytest.mark.parametrize("token", [TOKEN, "an-0paque-T0ken_value.4711"])
@pytest.mark.parametrize("wrapping", sorted(WRAPPINGS))
def test_a_token_is_found(tmp_path: Path, token: str, wrapping: str) -> None:
    """Every token of the run, by the hash of its signature; among the words of any text."""
    redactor = _redactor()
    for number in range(50):
        redactor.learn_token(jwt.encode({"number": number}, "k" * 64))
    redactor.learn_token(token)
    for number in range(50):
        redactor.learn_token(jwt.encode({"number": -number}, "k" * 64))
    path = tmp_path / "artefact"
    path.write_text(_wrapped(wrapping, f"token={token}&"), "utf-8")

    assert [leak.what for leak in tripwire.scan([path], redactor)] == ["a token's signature"]


def test_most_of_a_secret_is_the_secret(tmp_path: Path) -> None:
    """A half is found, wherever in the secret it begins; a shorter piece may be there by chance."""
    path = tmp_path / "artefact"
    pieces = [SECRET[:30], SECRET[-30:], base64.b64encode(SECRET[2:35].encode()).decode(), SECRET[:20], SECRET[9:29],
              SECRET[20:], " ".join(SECRET[:23]), SECRET[:20][::-1], SECRET[:20].encode().hex(" "), SECRET[:12]]  # fmt: skip
    path.write_text("\n".join(pieces))

    assert {leak.line for leak in tripwire.scan([path], _redactor())} == set(range(1, len(pieces)))


@pytest.mark.parametrize(
    ("secret", "honest"),
    [
        ("partner-api-secret-of-the-month", "every partner-api is asked; secret-of-the-trade"),
        ("acme-partner-2024-x9Kq4w", "client acme-partner-2024 of https://acme-partner-2024.example"),
        ("2024-11-24-0042-0017-x", "2024-11-24 and 2024-11-24-0042"),
        ("changeme-changeme", "changeme and changeme again"),
        ("00000000000000000000000000000001", "0000000000000000"),
    ],
    ids=["words", "client id", "a date", "a word twice", "zeros"],
)
def test_half_of_a_secret_that_is_honest_text_withdraws_nothing(tmp_path: Path, secret: str, honest: str) -> None:
    """Nobody loses a report because the secret begins like the client id, or reads like what people write."""
    path = tmp_path / "artefact"
    path.write_text(honest)

    assert tripwire.scan([path], _redactor(secret), ("acme-partner-2024",)) == ()

    path.write_text(secret)

    assert tripwire.scan([path], _redactor(secret), ("acme-partner-2024",)) != ()


def test_a_well_known_word_is_no_secret(tmp_path: Path) -> None:
    """A developer's server with the secret "password" does not lose its reports, which say the word."""
    path = tmp_path / "artefact"
    path.write_text("a well-known key such as password or changeme")

    assert tripwire.scan([path], _redactor("password")) == ()


def test_a_file_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    """A run that broke off has not written every artefact."""
    assert tripwire.scan([tmp_path / "none", tmp_path], _redactor()) == ()


@pytest.mark.parametrize(
    "offset", [tripwire.WINDOW - 20, tripwire.WINDOW - 1, tripwire.WINDOW, 2 * tripwire.WINDOW - 5]
)
def test_a_secret_across_two_windows_is_found_once(tmp_path: Path, offset: int) -> None:
    """Windows overlap; what both see is one leak."""
    path = tmp_path / "artefact"
    path.write_text(".\n" * (offset // 2) + "." * (offset % 2) + SECRET + "\n" + "." * tripwire.WINDOW)
    (leak,) = tripwire.scan([path], _redactor())

    assert leak.line == offset // 2 + 1


def test_octets_that_are_no_text_are_scanned(tmp_path: Path) -> None:
    """An artefact of any octets is read."""
    path = tmp_path / "artefact"
    path.write_bytes(b"\xff\xfe\n" + SECRET.encode() + b"\x80\n" + SECRET.encode("utf-16"))

    assert tripwire.scan([path], _redactor())[0].line == 2


def test_a_redacted_run_is_silent(tmp_path: Path) -> None:
    """A record and a report of a thousand exchanges, secret and tokens in all of them, hold none; quickly, in little memory."""
    redactor = _redactor()
    record, report = tmp_path / "results.jsonl", tmp_path / "report.html"
    with record.open("w") as lines, report.open("w") as page:
        for number in range(1000):
            token = jwt.encode({"iss": "https://id.example", "exp": number}, "k" * 64)
            content = json.dumps(
                {"accessToken": token, "tokenType": "Bearer", "expiresIn": 3600, "echo": SECRET}
            ).encode()
            request = Request("POST", "/", (), json.dumps({"clientSecret": SECRET}).encode())
            response = Response(200, "OK", body=content, content=content)
            exchange = Exchange(f"r{number}", number, "valid.plain", request, response, 1.8e9, 1.8e9, 0.0)
            line = json.dumps(redactor.exchange(exchange, "https://target.example/oauth/token")) + "\n"
            lines.write(line)
            page.write(html.escape(line))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()

    assert tripwire.scan([record, report], redactor) == ()
    assert time.process_time() - started < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10


def test_an_artefact_is_withdrawn_with_a_word_why(tmp_path: Path) -> None:
    """The file goes, a notice stays, and the notice holds no secret."""
    path = tmp_path / "junit.xml"
    path.write_text(_wrapped("junit", SECRET))
    (leak,) = tripwire.scan([path], _redactor())
    notice = tripwire.withdraw(leak)

    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["junit.xml.withdrawn.txt"]
    assert notice.read_text().startswith(
        f"junit.xml was withdrawn: it held {NAME} (plain), first in line 1, in the text of jwt.exp-future.\n"
    )
    assert tripwire.scan([notice], _redactor()) == ()
    assert tripwire.withdraw(leak) == notice


def test_a_token_of_our_own_words_is_none_that_leaked(tmp_path: Path) -> None:
    """Whatever a server hands out as a token, what is written in any case has no artefact withdrawn."""
    redactor = _redactor()
    redactor.learn_token("PARTNERS_API_CLIENT_SECRET_2")
    redactor.learn_token(
        jwt.encode({}, "k" * 64).rpartition(".")[0] + ".status.valid-credentials-anywhere".replace(".", "")
    )
    path = tmp_path / "artefact"
    path.write_text("setting.PARTNERS_API_CLIENT_SECRET_2 statusvalid-credentials-anywhere", "utf-8")
    ours = ("PARTNERS_API_CLIENT_SECRET_2", "statusvalid-credentials-anywhere")

    assert tripwire.scan([path], redactor) != ()
    assert tripwire.scan([path], redactor, (), ours[:1], ours[1:]) == ()


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        ("Conformance", "the conformance of a target"),
        ("top-secret-value", "a secret value"),
        ("client", r"{\"\\u0063\\u006C\\u0069\\u0065\\u006e\\u0074\\u0049"),
    ],
)
def test_a_secret_of_our_own_words_is_none_that_leaked(tmp_path: Path, secret: str, said: str) -> None:
    """Nobody can tell it from them; in no other words it goes through."""
    redactor = _redactor(secret)
    path = tmp_path / "artefact"
    path.write_text(said, "utf-8")

    assert tripwire.scan([path], redactor) != ()
    assert tripwire.scan([path], redactor, (), ["The conformance, or a secret value, of a client"]) == ()
    assert tripwire.scan([path], redactor, (), ["The words of something else"]) != ()
    assert tripwire.scan([path], redactor, (), (), ["The conformance, or a secret value, of a client"]) != ()


@pytest.mark.parametrize("secret", ["!#%+,;:=?@^_|~-*", "<a>!#%+,;:=?@^_|~", "a-b-c-d-e-f-g-h-"])
def test_a_secret_of_signs_is_not_told_by_the_letters_in_it(tmp_path: Path, secret: str) -> None:
    """They are in every text."""
    path = tmp_path / "artefact"
    path.write_text(f"it was {secret} that was sent", "utf-8")

    assert tripwire.scan([path], _redactor(secret), (), ["a text of abcdefgh, all letters"]) != ()


def test_a_text_that_no_mask_covers_is_left_out(tmp_path: Path) -> None:
    """So that a record is still there when a server has found a way to tell a token that is not masked."""
    redactor, record = _redactor(), tmp_path / "results.jsonl"
    redactor.learn_token(TOKEN)
    record.write_text(json.dumps({"record": "exchange", "body": f"see {TOKEN}", "status": "as it was before"}) + "\n")
    tripwire.mask_whole(record, redactor)

    assert tripwire.scan([record], redactor) == ()
    assert json.loads(record.read_text()) == {
        "record": "exchange",
        "body": tripwire.LEFT_OUT,
        "status": "as it was before",
    }
