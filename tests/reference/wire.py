"""A plain client: octets out, octets in, one connection kept alive."""

from __future__ import annotations

import contextlib
import json
import re
import select
import socket
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

LIMIT = 4 << 20
PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Probe:
    """A request to send as it is; `path` is below the base URL."""

    name: str
    body: bytes | None = None
    method: str = "POST"
    path: str = "/oauth/token"
    headers: tuple[tuple[str, str], ...] = (("content-type", "application/json"),)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: all octets, and what can be read in them (status 0: nothing)."""

    octets: bytes = field(repr=False)
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    seconds: float = 0.0

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Wire:
    """A connection to `base_url`, opened anew when it was closed."""

    def __init__(self, base_url: str) -> None:
        match = re.fullmatch(r"http://([^:/]+):(\d+)(/.*)", base_url)
        assert match
        self._address = (match[1], int(match[2]))
        self._base_path = match[3]
        self._socket: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection, if it is open."""
        if self._socket:
            self._socket.close()
        self._socket = None

    def send(self, probe: Probe) -> Reply:
        """Send `probe` and read its answer, or what there is of one."""
        lines = [f"{probe.method} {self._base_path}{probe.path} HTTP/1.1", "host: reference"]
        lines += [f"{name}: {value}" for name, value in probe.headers]
        if probe.body is not None:
            lines.append(f"content-length: {len(probe.body)}")
        request = "\r\n".join((*lines, "", "")).encode("latin-1") + (probe.body or b"")
        started = time.monotonic()
        if self._socket and _is_closed(self._socket):
            self.close()
        if self._socket is None:
            self._socket = socket.create_connection(self._address, timeout=PATIENCE)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with contextlib.suppress(OSError):
            self._socket.sendall(request)
        reply = self._read(probe.method, started, expects=("expect", "100-continue") in probe.headers)
        if reply.status == 0 or reply.headers.get("connection") == "close":
            self.close()
        return reply

    def _read(self, method: str, started: float, *, expects: bool) -> Reply:
        assert self._socket
        octets = b""
        while len(octets) < LIMIT:
            try:
                block = self._socket.recv(1 << 18)
            except OSError:
                return Reply(octets + b"<reset>")
            octets += block
            if expects and octets.startswith(b"HTTP/1.1 100 "):
                octets = octets.partition(b"\r\n\r\n")[2]
            reply = _parsed(octets, method, time.monotonic() - started)
            if reply:
                return reply
            if not block:
                return Reply(octets + b"<closed>")
        self.close()
        return Reply(octets)


def _is_closed(connection: socket.socket) -> bool:
    """Whether the server has closed a connection that was idle, as it may; what it sent too much is not looked at."""
    # asked first, because a socket with a timeout waits for it even where a flag says not to
    readable, _, _ = select.select([connection], [], [], 0)
    try:
        return bool(readable) and not connection.recv(1, socket.MSG_PEEK)
    except OSError:
        return True


def _parsed(octets: bytes, method: str, seconds: float) -> Reply | None:
    """The answer in `octets` if it is whole and delimited by its length."""
    head, blank, body = octets.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    status = re.fullmatch(r"HTTP/1\.1 ([1-5]\d\d) .*", lines[0])
    pairs = [re.fullmatch(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*)", line) for line in lines[1:]]
    if not blank or not status or not all(pairs):
        return None
    headers = {pair[1].lower(): pair[2] for pair in pairs if pair}
    lengths = [pair[2] for pair in pairs if pair and pair[1].lower() == "content-length"]
    if "transfer-encoding" in headers or len(lengths) > 1 or (lengths and not lengths[0].isdecimal()):
        return None
    length = 0 if method == "HEAD" or not lengths else int(lengths[0])
    return Reply(octets, int(status[1]), headers, body[:length], seconds) if len(body) >= length else None
