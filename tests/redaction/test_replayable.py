"""Every request of the suite is sent again by its command: nobody fills anything in, and no secret is written out."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator

import pytest
from msgspec import Struct

from conformance.masking import curl
from conformance.masking.encodings import fold
from conformance.messages import ACCEPT, HeaderPairs, Request
from conformance.preparation import Prepared, prepare
from conformance.redaction import Redactor
from conformance.scenarios.neighbours import neighbours
from conformance.targets import Credentials

pytestmark = pytest.mark.skipif(not shutil.which("sh"), reason="needs a POSIX shell on the PATH")

BASE = "http://127.0.0.1:9"
#: characters of a secret in a row that no command holds
SHOWN = 5
#: a curl that prints what it is told and given (the real one's part is in test_curl), and a Python that starts fast
CURL = """curl() {
    printf '%s\\0' "$#" "$@"
    for last; do :; done
    if [ "$last" = @- ]; then od -An -v -tx1 | tr -d ' \\n'; printf '\\0'; fi
}
python3() { command python3 -I -S "$@"; }
"""
PAIRS = {
    "plain": ("acme-Client-7Kil10", "k3yQ-77aZ/pl9+mmVw02_Lt81xNcR5uJ4eHg6TbY"),
    "short": ("ab1", "s3cr3T_pw"),
    "with marks": ("o'neil & sons;K", 'quo"te\\back $HOME `id` %s 100% <b>4711'),
    "not ASCII": ("pänçé-K.47", "клю\u0301ч-ñandú-\U0001f511-Straße-0815"),
}


class Told(Struct, frozen=True):
    """What curl was told to send."""

    method: str
    url: str
    headers: HeaderPairs
    body: bytes | None


def told(commands: Iterable[str], own: Credentials) -> Iterator[Told]:
    """What a shell tells curl, where the pair is in its variables."""
    pair = {own.id_variable: own.client_id, own.secret_variable: own.client_secret.reveal()}
    environment = {**os.environ, **pair, "LC_ALL": "C.UTF-8"}
    script = (CURL + "\n".join(commands)).encode()
    done = subprocess.run(["sh"], input=script, env=environment, capture_output=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    words = iter(done.stdout.split(b"\0")[:-1])
    for count in words:
        yield _told([next(words) for _ in range(int(count))], words)


def _told(words: list[bytes], given: Iterator[bytes]) -> Told:
    rest = iter(words)
    method, url, body = "", "", None
    headers: list[tuple[str, str]] = []
    for one in rest:
        if one == b"-X":
            method = next(rest).decode()
        elif one == b"-I":
            method = "HEAD"
        elif one == b"-H":
            name, _, value = next(rest).decode("latin-1").rstrip(";").partition(":")
            headers.append((name, value.removeprefix(" ")))
        elif one in (b"--data-binary", b"--data-raw"):
            body = next(rest)
            body = bytes.fromhex(next(given).decode()) if body == b"@-" else body
        elif not one.startswith(b"-"):
            url = one.decode()
    return Told(method, url, tuple(headers), body)


def of_request(request: Request) -> Told:
    """What curl has to be told for the request; a field without a value keeps curl from adding its own."""
    names = {name.lower() for name, _ in request.headers}
    added: HeaderPairs = () if "accept" in names else (("Accept", ACCEPT),)
    if request.body is not None:
        added += () if "content-type" in names else (("Content-Type", ""),)
        added += (("Expect", ""),) if len(request.body) > 1 << 20 and "expect" not in names else ()
    return Told(request.method, BASE + request.path, (*request.headers, *added), request.body)


def assert_sent_again(requests: list[Request], own: Credentials) -> None:
    """Assert that the commands for these requests send them, octet for octet, and tell nothing of the secret."""
    redactor = Redactor([(own.client_secret, own.secret_name)])
    commands = [curl.command(request, BASE + request.path, redactor) for request in requests]
    secret = own.client_secret.reveal()
    pieces = {fold(secret[at : at + SHOWN]) for at in range(len(secret) - SHOWN + 1)}

    assert not [command for command in commands if command.startswith("#")]
    assert not [command for command in commands if any(map(fold(command).__contains__, pieces))]
    assert list(told(commands, own)) == [of_request(request) for request in requests]


@pytest.fixture
def prepared(pair: str, monkeypatch: pytest.MonkeyPatch) -> Prepared:
    """A release run with one of the pairs."""
    client_id, secret = PAIRS[pair]
    monkeypatch.setenv("PARTNERS_API_CLIENT_ID", client_id)
    monkeypatch.setenv("PARTNERS_API_CLIENT_SECRET", secret)
    return prepare({"target": BASE, "profile": "release"})


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("member", ["clientId", "clientSecret"])
def test_every_neighbour_is_made_from_its_variable(prepared: Prepared, member: str) -> None:
    """Of the secret as of the client id, those that the nightly profile alone sends among them."""
    material = prepared.material
    assert material is not None
    own, of_secret = material.credentials, member == "clientSecret"
    near = neighbours(material.pair[member], own.secret_variable if of_secret else own.id_variable)

    assert_sent_again(
        [
            material.json({**material.pair, member: one.text}, disguises=(one.disguise(of_secret=of_secret),))
            for one in near
        ],
        own,
    )


@pytest.mark.parametrize("pair", ["plain", "with marks"])
def test_every_request_of_a_release_run_is_sent_again(prepared: Prepared) -> None:
    """Method, target, fields and content; of what is asked only where a request trips too."""
    own = prepared.target.credentials
    assert own is not None
    probes = [probe for planned in prepared.plan.probes for probe in (planned.probe, *planned.probe.parts)]

    assert_sent_again(list(dict.fromkeys(probe.request for probe in probes)), own)
