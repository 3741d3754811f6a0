"""An exchange as the record holds it."""

from __future__ import annotations

import base64
import gzip
import json

import jwt
import pytest
from hypothesis import given, settings, strategies as st

from conformance.messages import Disguise, Exchange, Failure, FailureKind, Request, Response
from conformance.redaction import Redactor
from conformance.secret import Secret
from tests.redaction import disguised

NAME = "$PARTNERS_API_CLIENT_SECRET"
SECRET = "k3yQ-77aZ/pl9+mmVw02_Lt81xNcR5uJ4eHg6TbY"
URL = "https://target.example/api/v3/oauth/token"
TOKEN = jwt.encode({"sub": "person", "exp": 1800000000}, "k" * 64)
JSON = ("Content-Type", "application/json")


def _redactor(secret: str = SECRET) -> Redactor:
    return Redactor([(Secret(secret), NAME)])


def _exchange(request: Request, outcome: Response | Failure) -> Exchange:
    return Exchange("r0001-ab", 1, "valid.plain", request, outcome, 1_800_000_000.25, 1_800_000_000.5, 0.25)


def _response(body: bytes, *headers: tuple[str, str], status: int = 200) -> Response:
    return Response(status, "OK", headers=headers, body=body, content=body)


def test_an_exchange_becomes_plain_data() -> None:
    """Every part is there, and is JSON."""
    request = Request("POST", "/oauth/token", (JSON,), json.dumps({"clientId": "me", "clientSecret": SECRET}).encode())
    response = _response(json.dumps({"accessToken": TOKEN, "tokenType": "Bearer"}).encode(), ("Date", "today"))
    shown = _redactor().exchange(_exchange(request, response), URL)

    assert json.loads(json.dumps(shown)) == shown
    assert (shown["id"], shown["number"], shown["scenario"]) == ("r0001-ab", 1, "valid.plain")
    assert (shown["sent_at"], shown["seconds"]) == ("2027-01-15T08:00:00.250Z", 0.25)
    assert shown["failure"] is None
    assert shown["request"] == {
        "method": "POST",
        "url": URL,
        "headers": [["Content-Type", "application/json"]],
        "body": {
            "text": f'{{"clientId": "me", "clientSecret": "[{NAME}]"}}',
            "size": len(request.body or b""),
            "shown": 67,
        },
        "curl": f"curl -sS -i -g --path-as-is --http1.1 -X POST {URL} -H 'Content-Type: application/json' -H 'Accept: application/json' "
        '--data-binary \'{"clientId": "me", "clientSecret": "\'"${PARTNERS_API_CLIENT_SECRET}"\'"}\'',
    }
    answer = shown["response"]
    assert isinstance(answer, dict)
    assert answer["headers"] == [["Date", "today"]]
    assert "[jwt sha256:" in answer["body"]["text"]


@pytest.mark.parametrize(
    ("failure", "blame"),
    [
        (Failure(FailureKind.DNS, "no such host"), "network"),
        (Failure(FailureKind.TIMEOUT, "nothing came"), "network"),
        (Failure(FailureKind.TIMEOUT, "half came", received=5), "server"),
        (Failure(FailureKind.MALFORMED, "no status line", received=5), "server"),
        (Failure(FailureKind.RESET, "reset", reused=True), "server"),
    ],
)
def test_a_failure_has_somebody_to_blame(failure: Failure, blame: str) -> None:
    """What was reached and misbehaved is the server; what was not reached is the network."""
    shown = _redactor().exchange(_exchange(Request("GET", "/"), failure), URL)

    assert shown["response"] is None
    assert shown["failure"] == {"kind": failure.kind.value, "detail": failure.detail, "blame": blame}


places = st.sampled_from(["header", "cookie", "body", "url", "reason", "detail", "field name", "path"])


@given(secret=disguised.secrets, place=places, data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_canary_in_any_place_in_any_encoding_does_not_come_out(secret: str, place: str, data: st.DataObject) -> None:
    """Ours or theirs: header, cookie, reason phrase, URL, body."""
    name, canary = data.draw(st.sampled_from(list(disguised.encodings(secret))))
    request = Request("POST", "/oauth/token", (JSON, ("X-Echo", canary if place == "header" else "")), canary.encode())
    url = f"{URL}?echo={canary}" if place == "url" else URL
    response = Response(
        400,
        canary if place == "reason" else "Bad Request",
        headers=(
            ("X-Echo", canary),
            ("Location", f"https://elsewhere.example/?secret={canary}"),
            ("Set-Cookie", f"session={canary}; Path=/"),
            (canary if place == "field name" else "X-Other", "1"),
        ),
        body=canary.encode(),
        content=f'{{"message":"invalid {canary}"}}'.encode(),
    )
    outcome = Failure(FailureKind.RESET, canary) if place == "detail" else response
    shown = json.dumps(_redactor(secret).exchange(_exchange(request, outcome), url), ensure_ascii=False)

    assert canary not in shown, name
    assert json.dumps(canary, ensure_ascii=False)[1:-1] not in shown, name
    assert secret not in shown, name


@given(
    st.binary(max_size=300),
    st.text(max_size=40),
    st.lists(st.tuples(st.text(max_size=12), st.text(max_size=40)), max_size=4),
)
@settings(max_examples=60, deadline=None)
def test_any_exchange_is_survived(content: bytes, text: str, fields: list[tuple[str, str]]) -> None:
    """Arbitrary octets and characters become JSON that can be written."""
    response = Response(200, text, headers=tuple(fields), body=content, content=content)
    request = Request(text, text, tuple(fields), content)

    assert json.dumps(_redactor().exchange(_exchange(request, response), text)).encode()


# Header fields.


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("Set-Cookie", "session=abcdef; Path=/; HttpOnly", "session=[masked]; Path=/; HttpOnly"),
        ("set-cookie", "abcdef", "[masked]"),
        ("Cookie", "a=b; c=d", "a=[masked]; c=[masked]"),
        ("Authorization", "Bearer abcdef", "Bearer [masked]"),
        ("Authorization", "abcdef", "[masked]"),
        ("Proxy-Authorization", "Digest x=y, z=w", "Digest [masked]"),
        ("X-Api-Key", "abcdef", "[masked]"),
        ("X-Auth-Token", "abcdef", "[masked]"),
        ("Authorization", "", ""),
        ("WWW-Authenticate", 'Bearer realm="api", error="invalid_token"', 'Bearer realm="api", error="invalid_token"'),
        ("ETag", 'W/"abc"', 'W/"abc"'),
    ],
)
def test_fields_that_hold_credentials_are_masked_by_name(name: str, value: str, shown: str) -> None:
    """The scheme, the cookie's name and its attributes stay."""
    answer = _redactor().response(_response(b"", (name, value)))

    assert answer["headers"] == [[name, shown]]


def test_a_token_in_a_field_is_shown_as_a_token() -> None:
    """In Authorization as anywhere else."""
    answer = _redactor().response(_response(b"", ("Authorization", f"Bearer {TOKEN}")))

    assert str(answer["headers"]).count("[jwt sha256:") == 1


def test_basic_of_a_known_pair_is_shown_as_such() -> None:
    """Base64 of the pair says so in our own request."""
    pair = base64.b64encode(f"client:{SECRET}".encode()).decode()
    shown = _redactor().request(Request("POST", "/", (("Authorization", f"Basic {pair}"),)), URL)

    assert shown["headers"] == [["Authorization", f"Basic [base64 of client:[{NAME}]]"]]


def test_made_up_credentials_in_a_request_of_ours_are_seen() -> None:
    """A decoy is no secret, and a report is easier to read with it."""
    body = b'{"clientId":"decoy-client-1","clientSecret":"decoy-4711"}'
    fields = (("Authorization", "Bearer decoy.decoy.decoy"), ("Cookie", "session=decoy"))
    shown = _redactor().request(Request("POST", "/", fields, body), URL)

    assert shown["headers"] == [list(field) for field in fields]
    assert shown["body"] == {"text": body.decode(), "size": len(body), "shown": len(body)}


def test_the_same_credentials_in_an_answer_are_masked() -> None:
    """Theirs may be somebody's."""
    answer = _redactor().response(_response(b'{"clientSecret":"decoy-4711"}'))

    assert answer["body"] == {"text": '{"clientSecret":"[masked]"}', "size": 29, "shown": 27}


# Near-misses.

NEAR = (
    (SECRET[:-1], "without its last character"),
    (SECRET + "x", "with one more"),
    (SECRET.swapcase(), "in the other case"),
    (SECRET[:20] + "X" + SECRET[21:], "with one changed"),
    (" " + SECRET, "with a space before it"),
    (SECRET[1:], "without its first character"),
    (SECRET[::-1], "reversed"),
    (SECRET * 2, "twice"),
)


@pytest.mark.parametrize(("value", "label"), NEAR, ids=[label for _, label in NEAR])
def test_a_near_miss_is_masked_as_what_it_is(value: str, label: str) -> None:
    """In the request and where the answer repeats it; what is left of the secret is nothing."""
    body = json.dumps({"clientSecret": value}).encode()
    disguise = Disguise(Secret(value), "${PARTNERS_API_CLIENT_SECRET%?}", label)
    request = Request("POST", "/", (JSON,), body, (disguise,))
    echo = _response(f"no such secret: '{value}'".encode(), status=401)
    shown = _redactor().exchange(_exchange(request, echo), URL)

    assert shown["request"]["body"]["text"] == f'{{"clientSecret": "[{label}]"}}'  # type: ignore[index]
    assert shown["response"]["body"]["text"] == f"no such secret: '[{label}]'"  # type: ignore[index]
    assert SECRET[:8] not in json.dumps(shown)


@pytest.mark.parametrize(("value", "label"), NEAR[:3], ids=[label for _, label in NEAR[:3]])
def test_the_secret_itself_in_answer_to_a_near_miss_is_masked_as_itself(value: str, label: str) -> None:
    """A server that answers with the true secret is not shown to have echoed."""
    redactor = _redactor()
    disguise = Disguise(Secret(value), "", label)
    answer = redactor.response(_response(f"did you mean {SECRET}?".encode()), (disguise,))

    assert answer["body"]["text"] == f"did you mean [{NAME}]?"  # type: ignore[index]


def test_the_true_pair_as_a_disguise_keeps_its_name() -> None:
    """Naming the secret as sensitive does not change how it is shown."""
    disguise = Disguise(Secret(SECRET), NAME, "something else")
    shown = _redactor().request(Request("POST", "/", (), SECRET.encode(), (disguise,)), URL)

    assert shown["body"]["text"] == f"[{NAME}]"  # type: ignore[index]


# Bodies.


@pytest.mark.parametrize("content", [gzip.compress(SECRET.encode(), mtime=0), b"\x28\xb5\x2f\xfd" + SECRET.encode()])
def test_octets_that_may_be_compressed_are_not_shown(content: bytes) -> None:
    """What cannot be searched cannot be shown."""
    answer = _redactor().response(_response(content))

    assert answer["body"] == {"text": "[not shown: compressed]", "size": len(content), "shown": 0}


def test_a_body_that_could_not_be_decoded_is_not_shown() -> None:
    """The fault is said in its place; `size` counts the octets on the wire."""
    response = Response(200, body=b"\x00" * 7, content=b"\x00" * 7, coding_fault="br: invalid data")

    assert _redactor().response(response)["body"] == {"text": "[not shown: br: invalid data]", "size": 7, "shown": 0}


def test_octets_that_are_no_utf_8_are_written_as_escapes() -> None:
    """The rest stays readable, and the reader is told."""
    answer = _redactor().response(_response(b"caf\xe9 \xc3\xa9"))

    assert answer["body"] == {"text": "caf\\xe9 é", "size": 7, "shown": 6, "encoding": "octets"}


def test_an_empty_body_is_not_none() -> None:
    """No content and content of no octets are two things."""
    redactor = _redactor()

    assert redactor.request(Request("POST", "/", (), b""), URL)["body"] == {"text": "", "size": 0, "shown": 0}
    assert redactor.request(Request("POST", "/", ()), URL)["body"] is None
