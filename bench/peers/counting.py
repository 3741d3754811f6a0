"""A proxy that forwards octets and counts requests: what a run costs, measured where it arrives."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

READ = 64 * 1024
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:[ \t]*chunked", re.IGNORECASE)


@dataclass(slots=True)
class Counter:
    """Finds the requests in the octets of one connection (RFC 9112, section 2.1); methods need not be known ones.

    requests: heads that were complete.
    """

    requests: int = 0
    _buffer: bytes = b""
    _body: int = 0
    _chunked: bool = False

    def feed(self, octets: bytes) -> None:
        """Take the next octets of the connection."""
        self._buffer += octets
        while self._buffer and self._step():
            pass

    def _step(self) -> bool:
        if self._body:
            skipped = min(self._body, len(self._buffer))
            self._buffer, self._body = self._buffer[skipped:], self._body - skipped
            return True
        if self._chunked:
            return self._chunk()
        head, mark, rest = self._buffer.partition(b"\r\n\r\n")
        if not mark:
            return False
        self.requests += 1
        self._buffer = rest
        length = _LENGTH.search(head)
        self._body = int(length.group(1)) if length else 0
        self._chunked = _CHUNKED.search(head) is not None
        return True

    def _chunk(self) -> bool:
        line, mark, rest = self._buffer.partition(b"\r\n")
        if not mark:
            return False
        size = int(line.split(b";", 1)[0] or b"0", 16)
        if size:
            self._buffer, self._body = rest, size + 2
            return True
        if b"\r\n" not in rest:  # no trailer fields are expected; the empty line ends the body
            return False
        self._buffer, self._chunked = rest.partition(b"\r\n")[2], False
        return True


@dataclass(slots=True)
class Count:
    """The requests of all connections so far."""

    _counters: list[Counter] = field(default_factory=list)

    def connection(self) -> Counter:
        """A counter for a new connection."""
        self._counters.append(Counter())
        return self._counters[-1]

    @property
    def requests(self) -> int:
        """The sum."""
        return sum(counter.requests for counter in self._counters)


@contextlib.contextmanager
def counting(base_url: str) -> Iterator[tuple[str, Count]]:
    """Stand in front of `base_url`; yields the URL to use instead, and the count."""
    address = urlsplit(base_url)
    upstream = (address.hostname or "127.0.0.1", address.port or 80)
    count = Count()
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        threading.Thread(target=_accept, args=(listener, upstream, count), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}{address.path}", count
        finally:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, upstream: tuple[str, int], count: Count) -> None:
    while True:
        try:
            near, _ = listener.accept()
            far = socket.create_connection(upstream)
        except OSError:
            return
        counter = count.connection()
        threading.Thread(target=_copy, args=(near, far, counter), daemon=True).start()
        threading.Thread(target=_copy, args=(far, near, None), daemon=True).start()


def _copy(source: socket.socket, target: socket.socket, counter: Counter | None) -> None:
    """Forward until `source` ends, then end `target`, so that a closed connection looks closed on the other side."""
    with contextlib.suppress(OSError):
        while octets := source.recv(READ):
            if counter is not None:
                with contextlib.suppress(ValueError):
                    counter.feed(octets)
            target.sendall(octets)
    for end, how in ((target, socket.SHUT_WR), (source, socket.SHUT_RD)):
        with contextlib.suppress(OSError):
            end.shutdown(how)
