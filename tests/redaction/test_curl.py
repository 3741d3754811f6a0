"""The commands are executed, by a real shell and a real curl, and the octets that arrive are compared."""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from conformance.masking import curl
from conformance.messages import ACCEPT, Disguise, Request
from conformance.redaction import Redactor
from conformance.secret import Secret

pytestmark = pytest.mark.skipif(
    not (shutil.which("curl") and shutil.which("sh")), reason="needs a POSIX shell and curl on the PATH"
)

ID, SECRET = "client-4711", "k3yQ-77aZ/pl9+mmVw02_Lt81xNcR5uJ4eHg6TbY"
BASE32 = base64.b32encode(SECRET.encode())
JSON = ("Content-Type", "application/json")
ID_NAME, SECRET_NAME = "PARTNERS_API_CLIENT_ID", "PARTNERS_API_CLIENT_SECRET"


class Echo:
    """A server that keeps the octets of each request and answers 204."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.base = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.requests: list[bytes] = []
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(10)
                self.requests.append(_read(connection))
                connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")


def _read(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data and (more := connection.recv(65536)):
        data += more
    head, _, content = data.partition(b"\r\n\r\n")
    length = next(
        (int(line.partition(b":")[2]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
    )
    while len(content) < length and (more := connection.recv(65536)):
        content += more
    return head + b"\r\n\r\n" + content


@pytest.fixture(scope="module")
def echo() -> Iterator[Echo]:
    """One server for all commands."""
    server = Echo()
    yield server
    server.socket.shutdown(socket.SHUT_RDWR)
    server.socket.close()
    server.thread.join(10)


def _command(request: Request, base: str, secret: str = SECRET) -> str:
    return curl.command(request, f"{base}{request.path}", Redactor([(Secret(secret), f"${SECRET_NAME}")]))


def _sent(echo: Echo, command: str, secret: str = SECRET) -> tuple[bytes, list[tuple[bytes, bytes]], bytes]:
    """Run the command; the request line, the fields and the content that arrived."""
    before = len(echo.requests)
    environment = {**os.environ, ID_NAME: ID, SECRET_NAME: secret, "LC_ALL": "C.UTF-8", "no_proxy": "*"}
    run = subprocess.run(["sh", "-c", command], env=environment, capture_output=True, timeout=60, check=False)

    assert run.returncode == 0, (command, run.stderr)
    assert run.stdout.startswith(b"HTTP/1.1 204")
    assert len(echo.requests) == before + 1

    head, _, content = echo.requests[-1].partition(b"\r\n\r\n")
    line, *fields = head.split(b"\r\n")
    return line, [(name, value) for name, _, value in (field.partition(b": ") for field in fields)], content


def _arrives(echo: Echo, request: Request, secret: str = SECRET) -> str:
    """Assert that the command for `request` sends exactly it and holds no secret; return the command."""
    command = _command(request, echo.base, secret)
    line, fields, content = _sent(echo, command, secret)

    assert secret not in command
    assert not command.startswith("#")
    assert line == f"{request.method} {request.path} HTTP/1.1".encode()
    assert content == (request.body or b"")
    ours = {b"host", b"user-agent", b"content-length"} - {name.lower().encode() for name, _ in request.headers}
    arrived = [(name, value) for name, value in fields if name.lower() not in ours]
    # curl puts Host and User-Agent first, whoever gave them; the rest keeps its order.
    arrived.sort(key=lambda field: field[0] not in (b"Host", b"User-Agent"))
    # The client that sends a request adds what it accepts, where the request does not say it.
    said = any(name.lower() == "accept" for name, _ in request.headers)
    sent = (*request.headers, *(() if said else (("Accept", ACCEPT),)))
    assert arrived == [(name.encode("latin-1"), value.encode("latin-1")) for name, value in sent]
    return command


def _pair(secret: str = SECRET, **more: object) -> bytes:
    return json.dumps({"clientId": ID, "clientSecret": secret, **more}).encode()


@pytest.mark.parametrize(
    "body",
    [
        _pair(),
        b"",
        b"@file",
        b"'\"$(id)`id`\\!\n\t%s %%",
        b"\0",
        b"\xef\xbb\xbf" + _pair(),
        _pair() + b"\0",
        b'{"clientId":"\xff\xfe","clientSecret":"' + SECRET.encode() + b'"}\r\n',
        bytes(range(256)),
        '{"clientId":"çé\U0001f511"}'.encode(),
        b'{"clientId":"me"}'.decode().encode("utf-16"),
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 30_000,
        b"x" * ((1 << 20) + 1),
        _pair(padding="x" * 200_000),
        b"\0" * 9000,
        b"ab\n" * 5000,
        b"-d @x",
    ],
    ids=lambda body: repr(body[:12] + body[-8:]),
)
def test_the_very_octets_arrive(echo: Echo, body: bytes) -> None:
    """Quotes, NUL, broken UTF-8, a mark, a hundred thousand brackets, a mebibyte: as they were."""
    _arrives(echo, Request("POST", "/oauth/token", (JSON,), body))


@pytest.mark.parametrize(
    "request_",
    [
        Request("GET", "/a?b=%20c&d=[1-3]{x,y}"),
        Request("HEAD", "/"),
        Request("DELETE", "/../a/./b"),
        Request("OPTIONS", "/*"),
        Request("BREW", "/", (JSON,), b"{}"),
        Request("POST", "/", (), b"{}"),
        Request("PUT", "/", (("Content-Type", "text/plain"), ("Content-Type", "application/json")), b"{}"),
        Request("POST", "/", (("X-Quote", 'it\'s "quoted" $HOME `x`'), ("Accept", "*/*")), b"{}"),
        Request("POST", "/", (("X-Latin", "caf\u00e9"),), b"{}"),
        Request("POST", "/", (("Host", "other.example"), ("User-Agent", "me/1")), b"{}"),
        Request("PATCH", "/", (("content-type", "APPLICATION/JSON; charset=utf-8"),), b"{}"),
    ],
    ids=lambda request: f"{request.method} {request.path} {'+'.join(name for name, _ in request.headers)}",
)
def test_method_target_and_fields_arrive_as_they_were(echo: Echo, request_: Request) -> None:
    """Nothing is added but what any client adds; nothing is globbed, normalised or quoted away."""
    _arrives(echo, request_)


def test_a_field_without_a_value_arrives(echo: Echo) -> None:
    """An empty field is dropped by curl unless told otherwise."""
    _, fields, _ = _sent(echo, _command(Request("GET", "/", (("X-Empty", ""),)), echo.base))

    assert (b"X-Empty:", b"") in fields or (b"X-Empty", b"") in fields


@pytest.mark.parametrize(
    ("value", "shell"),
    [
        (SECRET[:-1], "${PARTNERS_API_CLIENT_SECRET%?}"),
        (SECRET[1:], "${PARTNERS_API_CLIENT_SECRET#?}"),
        (SECRET + "x", "${PARTNERS_API_CLIENT_SECRET}x"),
        (SECRET + " ", "${PARTNERS_API_CLIENT_SECRET} "),
        (SECRET * 2, "$PARTNERS_API_CLIENT_SECRET$PARTNERS_API_CLIENT_SECRET"),
        (SECRET.swapcase(), "$(printf %s \"$PARTNERS_API_CLIENT_SECRET\" | tr 'A-Za-z' 'a-zA-Z')"),
    ],
)
def test_a_near_miss_arrives(echo: Echo, value: str, shell: str) -> None:
    """Its expression yields it from the true secret."""
    disguises = (Disguise(Secret(value), shell, "near"), Disguise(Secret(ID), f"${ID_NAME}", f"${ID_NAME}"))
    command = _arrives(echo, Request("POST", "/", (JSON,), _pair(value), disguises))

    assert ID not in command
    assert SECRET[:8] not in command


@pytest.mark.parametrize(
    "value",
    [
        SECRET[:20],
        SECRET[20:],
        SECRET[:20] + "x" + SECRET[21:],
        SECRET[:8] + "qwertyuiop'!$`\"",
        SECRET + "\n",
        "x" + SECRET[1:],
        SECRET[:-1] + "\u00e9",
        "*" * len(SECRET),
        SECRET[:5] + "qwerty" + SECRET[-5:],
    ],
)
def test_a_near_miss_without_an_expression_is_put_together(echo: Echo, value: str) -> None:
    """From the beginning and the end of the secret and what is between."""
    disguises = (Disguise(Secret(value), "", "near"),)
    command = _arrives(echo, Request("POST", "/", (JSON,), _pair(value), disguises))

    assert SECRET[:8] not in command
    assert SECRET[-8:] not in command


def test_what_begins_like_the_secret_by_chance_is_written_out(echo: Echo) -> None:
    """Nobody would look for a piece of the secret in a client id."""
    value = f"{SECRET[0]}and-client-47\0"
    command = _arrives(echo, Request("POST", "/", (JSON,), _pair(value), (Disguise(Secret(value), "", "near"),)))

    assert SECRET_NAME not in command
    assert value[:-1] in command


@pytest.mark.parametrize(
    "secret",
    ['quo"te\\back 4711', "dollar$HOME`id`'x'", "pänçé-4711-\U0001f511", "%s%%d 100% \\n x", "!history *?[a]~"],
)
def test_an_awkward_secret_arrives(echo: Echo, secret: str) -> None:
    """JSON escaping and the shell leave it as it is."""
    disguises = (Disguise(Secret(ID), f"${ID_NAME}", f"${ID_NAME}"),)
    body = json.dumps({"clientId": ID, "clientSecret": secret}, ensure_ascii=False).encode()
    _arrives(echo, Request("POST", "/", (JSON,), body, disguises), secret)


@pytest.mark.parametrize("form", ["\\u{:04x}", "\\u{:04X}"])
def test_a_secret_in_escapes_arrives(echo: Echo, form: str) -> None:
    """The equivalent spelling is made by the shell from the variable."""
    spelled = "".join(form.format(ord(character)) for character in SECRET)
    command = _arrives(echo, Request("POST", "/", (JSON,), f'{{"clientSecret":"{spelled}"}}'.encode()))

    assert spelled not in command


def test_basic_and_query_arrive(echo: Echo) -> None:
    """Credentials where they do not belong are replayed too."""
    basic = base64.b64encode(f"{ID}:{SECRET}".encode()).decode()
    query = urlencode({"clientSecret": SECRET})
    shown = Disguise(
        Secret(query), f"clientSecret=$(printf %s \"${SECRET_NAME}\" | sed 's|/|%2F|g; s|+|%2B|g')", "query"
    )
    command = _arrives(
        echo, Request("POST", f"/?{query}", (JSON, ("Authorization", f"Basic {basic}")), b"{}", (shown,))
    )

    assert basic[8:] not in command


@pytest.mark.parametrize(
    ("request_", "note"),
    [
        (
            Request("POST", "/", (JSON,), BASE32, (Disguise(Secret(BASE32.decode()), "", "in base32"),)),
            curl.MASKED_NOTE,
        ),
        (Request("POST", "/", (JSON,), os.urandom(20_000)), curl.ABRIDGED_NOTE),
    ],
    ids=["base32", "random"],
)
def test_what_is_not_the_very_request_says_so(echo: Echo, request_: Request, note: str) -> None:
    """A masked or an abridged command still runs, and its first line is a comment."""
    command = _command(request_, echo.base)

    assert command.startswith(note)
    assert len(command) < 20_000
    assert SECRET[:20] not in command
    assert BASE32[8:16].decode() not in command
    _sent(echo, command)


@pytest.mark.parametrize(
    "encoded",
    [
        base64.b64encode(SECRET.encode()).decode(),
        SECRET[0] + base64.b64encode(SECRET[4:].encode()).decode(),
        SECRET.encode().hex(),
        SECRET[:3] + SECRET.encode().hex(),
        SECRET[::-1],
        SECRET.swapcase(),
        SECRET[1:] + SECRET[:1],
        SECRET[0] + "".join(f"%{ord(character):02x}" for character in SECRET),
    ],
)
def test_what_is_put_together_never_writes_the_secret_out(encoded: str) -> None:
    """An encoded secret may begin like the secret by chance; it is masked all the same."""
    disguises = (Disguise(Secret(encoded), "", "encoded"),)
    command = _command(Request("POST", "/", (JSON,), _pair(encoded), disguises), "http://127.0.0.1:9")

    assert encoded[3:20] not in command
    assert encoded[-20:-3] not in command


def test_a_long_body_makes_a_short_command(echo: Echo) -> None:
    """What repeats is generated."""
    assert len(_command(Request("POST", "/", (JSON,), _pair(padding="x" * (1 << 20))), echo.base)) < 700


@pytest.mark.parametrize(
    "body",
    [SECRET.encode("utf-16"), base64.b64encode(SECRET.encode()), SECRET[5:25].encode()],
    ids=["UTF-16", "base64", "part"],
)
def test_a_secret_in_another_encoding_arrives(echo: Echo, body: bytes) -> None:
    """The command encodes what is in the variable."""
    _arrives(echo, Request("POST", "/", (JSON,), body))


words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)


@given(body=st.binary(max_size=200) | words.map(lambda text: json.dumps({"a": text, "clientSecret": SECRET}).encode()))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_body_arrives(echo: Echo, body: bytes) -> None:
    """Whatever octets."""
    _arrives(echo, Request("POST", "/", (JSON,), body))
