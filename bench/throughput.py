"""Judged requests a second: this suite, Schemathesis' CLI, and a bare client that sends the same bytes."""

from __future__ import annotations

import http.client
import json
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from bench.model import Report, median, timed
from bench.schemathesis import CONTRACT, st_run
from bench.subject import ROOT, prepared, repeated, requests_of, serving
from conformance.messages import Request

REQUESTS = 1000
ROUNDS = 3


def measure(*, full: bool) -> Report:
    """Rounds of suite and bare client, turn by turn, around one run of Schemathesis with as many cases."""
    report = Report(
        "throughput",
        f"Throughput: {REQUESTS:,} requests of profile release on the reference API, one connection",
        ("who", "requests", "seconds", "a second"),
    )
    rounds = ROUNDS * 3 if full else ROUNDS
    with tempfile.TemporaryDirectory() as name, serving() as server:
        folder = Path(name)
        requests = requests_of(repeated(prepared(server.url, folder), REQUESTS).plan)
        bare(server.url, requests[:100])
        suites, bares = [], []
        for _ in range(rounds):
            bares.append(bare(server.url, requests))
            suites.append(suite(server.url, REQUESTS, folder))
        # It would stop at the first failure; the rate is by the cases it counts itself.
        options = ("--phases", "fuzzing", "--max-examples", str(REQUESTS), "--continue-on-failure", "--no-shrink")
        peer, cases = st_run(server.url, folder, CONTRACT, *options)
    suite_rate, bare_rate, peer_rate = REQUESTS / median(suites), REQUESTS / median(bares), cases / peer.wall
    report.rows = [
        ("this suite: sends, judges, redacts, records", REQUESTS, median(suites), suite_rate),
        ("Schemathesis (st run, fuzzing phase)", cases, peer.wall, peer_rate),
        ("http.client, judging nothing", REQUESTS, median(bares), bare_rate),
    ]
    report.at_least("× Schemathesis (aim: 10 or more)", suite_rate / peer_rate, 10)
    ratio = median(bare_took / suite_took for bare_took, suite_took in zip(bares, suites, strict=True))
    report.at_least("of the bare client (aim: 0.4 or more)", ratio, 0.4)
    report.notes.append(f"medians of {rounds} rounds; Schemathesis once, its start-up of a second or so included")
    return report


def suite(url: str, requests: int, folder: Path) -> float:
    """Seconds that the engine takes, in a process of its own; neither start-up nor rendering."""
    command = [sys.executable, "-m", "bench.workload", url, str(requests), folder]
    ran = timed(command, cwd=ROOT)
    if ran.code:
        raise RuntimeError(ran.output)
    return float(json.loads(ran.output.splitlines()[-1])["run"])


def bare(url: str, requests: Iterable[Request]) -> float:
    """Seconds that http.client takes to send them and to read the answers."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    begun = time.monotonic()
    for request in requests:
        _send(connection, parts.path, request)
    connection.close()
    return time.monotonic() - begun


def _send(connection: http.client.HTTPConnection, base: str, request: Request) -> None:
    connection.putrequest(request.method, base + request.path, skip_accept_encoding=True)
    for name, value in request.headers:
        connection.putheader(name, value.encode("latin-1", "replace"))
    if request.body is not None and not any(name.lower() == "content-length" for name, _ in request.headers):
        connection.putheader("Content-Length", str(len(request.body)))
    connection.endheaders(request.body)
    connection.getresponse().read()
