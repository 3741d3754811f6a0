"""A server that serves one connection at a time keeps the contract, and a run against it ends as well as any."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

import http.client
import http.server
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.reference.conftest import running
from tests.suite.matrix import Suite

LATENCY = 0.03  # seconds from which a run sends side by side


class Relay(http.server.BaseHTTPRequestHandler):
    """Passes requests on to the reference API, and keeps its connection for as long as the client does."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    origin = ""

    def relay(self) -> None:
        """Answer as the reference API does, a little later."""
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        onward = http.client.HTTPConnection(self.origin)
        onward.putrequest(self.command, self.path, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in ("host", "connection", "content-length"):
                onward.putheader(name, value)
        onward.putheader("Content-Length", str(len(body)))
        onward.endheaders(body)
        answer = onward.getresponse()
        content = answer.read()
        onward.close()
        time.sleep(LATENCY)
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "content-length"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def __getattr__(self, name: str) -> object:
        if name.startswith("do_"):
            return self.relay
        raise AttributeError(name)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class has it
        """Say nothing."""


@pytest.fixture(name="one_at_a_time")
def _one_at_a_time() -> Iterator[str]:
    with running() as base_url:
        parts = urlsplit(base_url)
        handler = type("Handler", (Relay,), {"origin": parts.netloc})
        with http.server.HTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{server.server_port}{parts.path}"
            server.shutdown()


def test_a_server_of_one_connection_is_judged_like_any_other(one_at_a_time: str, tmp_path: Path) -> None:
    seen = Suite(tmp_path, "release").judge(one_at_a_time)
    assert (seen.exit_code, seen.red, seen.conclusion.stopped) == (0, frozenset(), "")
