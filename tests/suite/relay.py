"""A server that passes requests on to the reference API, and takes its time."""

from __future__ import annotations

import contextlib
import http.client
import http.server
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from tests.reference.conftest import running


class Passing(http.server.BaseHTTPRequestHandler):
    """Passes requests on to another server, and its answers back; what it does of its own is its subclass's."""

    def pass_on(self) -> None:
        """Take the request where it is to go, and answer it."""
        raise NotImplementedError

    def asked(self, origin: str, target: str) -> tuple[http.client.HTTPResponse, bytes]:
        """What the server at `origin` answers when it is asked the same for `target`: the answer, and its content."""
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        onward = http.client.HTTPConnection(origin)
        onward.putrequest(self.command, target, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in ("host", "connection", "content-length"):
                onward.putheader(name, value)
        onward.putheader("Content-Length", str(len(body)))
        onward.endheaders(body)
        answer = onward.getresponse()
        content = answer.read()
        onward.close()
        return answer, content

    def give(self, answer: http.client.HTTPResponse, content: bytes) -> None:
        """Answer with it."""
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "content-length"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def __getattr__(self, name: str) -> object:
        if name.startswith("do_"):
            return self.pass_on
        raise AttributeError(name)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class has it
        """Say nothing."""


class Relay(Passing):
    """Passes requests on to the reference API, and keeps its connection for as long as the client does."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    origin = ""
    latency: Callable[[], float]

    def pass_on(self) -> None:
        """Answer as the reference API does, a little later."""
        answer, content = self.asked(self.origin, self.path)
        time.sleep(type(self).latency())
        self.give(answer, content)


@contextlib.contextmanager
def relaying(kind: type[http.server.HTTPServer], latency: Callable[[int], float], *arguments: str) -> Iterator[str]:
    """The base URL of a relay; latency: seconds it waits before the answer with a number, from 0.

    arguments: of the reference API behind it, such as a mutant.
    """
    numbers = itertools.count()
    with running(*arguments) as base_url:
        parts = urlsplit(base_url)
        members = {"origin": parts.netloc, "latency": staticmethod(lambda: latency(next(numbers)))}
        with kind(("127.0.0.1", 0), type("Handler", (Relay,), members)) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{server.server_port}{parts.path}"
            server.shutdown()
