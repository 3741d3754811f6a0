"""Any answer whatever, through everything that reads answers: the target of the fuzzers.

A server may send anything. Whatever it sends, the judge and the redactor take it without an exception, and the secret
and the token do not come out. Run it for as long as there is time, guided by coverage, with `pip install atheris`:

    python -m tests.fuzz.answers -max_total_time=600 [CORPUS_FOLDER]

What it finds is written to `crash-…` and replayed with `python -m tests.fuzz.answers crash-…`. The tests run the same
target on Hypothesis' octets.
"""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path

from conformance.checks.assessment import Terms
from conformance.classification import Classifier
from conformance.contract import Contract
from conformance.judge import Judge
from conformance.messages import Exchange, Request, Response
from conformance.redaction import Redactor
from conformance.secret import Secret
from conformance.targets import Credentials

SPEC = Path(__file__).parents[2] / "spec"
SECRET = "f7Kq-22mZ/ts9+cantVw02_Lt81xNcR5uJ4eHg"  # made up
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJwZXJzb24iLCJleHAiOjE4MDAwMDAwMDB9.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#: What stands for the secret and the token in an input, so that a mutation does not have to find them.
MARKS = ((b"\x01S", SECRET.encode()), (b"\x01T", TOKEN.encode()), (b"\x01A", b'{"accessToken":"'))
SEPARATOR = b"\n\n"

SEEDS = (
    b'\xc8application/json\n\n\x01A\x01T","tokenType":"Bearer","expiresIn":86400}',
    b'\x91application/json; charset=utf-8\n\n{"error":401,"message":"no \x01S"}',
    b"\x90text/html\n\n<p>\x01S</p><pre>at x (/srv/a.js:1:1)",
    b'\xc8application/json\n\n\x01Ax.y.z","tokenType":"Bearer","expiresIn":1e400}',
    b"\x2c\n\n",
)


@cache
def _parts() -> tuple[Judge, Request]:
    contract = Contract.load(SPEC / "openapi.yaml", SPEC / "overlay.yaml")
    credentials = Credentials("client-4711", Secret(SECRET))
    body = json.dumps({"clientId": "client-4711", "clientSecret": SECRET}).encode()
    path = contract.operations[0].path
    return (
        Judge(Classifier(contract, credentials), Terms()),
        Request("POST", path, (("Content-Type", "application/json"),), body),
    )


def look(data: bytes) -> None:
    """Judge and redact the answer that `data` spells: a status, header lines, content. Raises AssertionError on a leak."""
    for mark, text in MARKS:
        data = data.replace(mark, text)
    head, _, content = data[1:].partition(SEPARATOR)
    lines = head.decode("latin-1").split("\n")
    headers = [("Content-Type", lines[0]), *(tuple(line.partition(":")[::2]) for line in lines[1:])]
    status = 200 + (data[0] if data else 0) % 256
    response = Response(status, "", "1.1", tuple((name, value) for name, value in headers), content, content)
    judge, request = _parts()
    exchange = Exchange("r1", 1, "fuzz", request, response, 1.8e9, 1.8e9, 0.01)
    redactor = Redactor([(Secret(SECRET), "$SECRET")])

    shown = redactor.exchange(exchange, "https://target.example/oauth/token")
    _, found = judge.judge(exchange)
    findings = [[redactor.text(finding.expected), redactor.text(finding.observed)] for finding in found.findings]
    written = json.dumps([shown, findings])

    if SECRET in written or SECRET[::-1] in written or TOKEN.rpartition(".")[2] in written:
        raise AssertionError("a secret came out")


def main() -> None:
    """Hand the target to atheris, which does not come back."""
    try:
        import atheris  # type: ignore[import-untyped,import-not-found,unused-ignore]
    except ImportError:
        sys.exit("atheris is not installed: pip install atheris")
    atheris.instrument_all()
    atheris.Setup(sys.argv, look)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
