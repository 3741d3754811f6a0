"""A connection to an origin, bounded in time whatever the other side does.

Sockets never block: each call that could wait waits in `poll`, for no longer than what is left of the deadline. Deadlines are
points on the monotonic clock.
"""

from __future__ import annotations

import ipaddress
import math
import select
import socket
import threading
import time
from typing import TypeAlias
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from conformance.messages import FailureKind

READABLE = select.POLLIN
WRITABLE = select.POLLOUT
WOULD_BLOCK = -1

STEP = 0.1
"""Seconds after which a wait looks up to see whether the run has been told to end."""

_DEFAULT_PORTS = {"http": 80, "https": 443}

Address: TypeAlias = tuple[socket.AddressFamily, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]]


class Broken(Exception):
    """No answer can come: what kind of failure, and one line about it, with the name of a field at most of what the server sent."""

    def __init__(self, kind: FailureKind, detail: str, status: int | None = None) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.status = status


class Abandoned(Exception):
    """The run has been told to end while an exchange was under way: nothing is known of it, and nobody is to blame."""


class Origin(Struct, frozen=True):
    """Where a base URL points: scheme, host, port, the path in front of every request's path, and what `Host` says."""

    scheme: str
    host: str
    port: int
    path: str
    authority: str
    userinfo: str = ""

    @classmethod
    def parse(cls, url: str) -> Origin:
        """Read an absolute http or https URL; ValueError for anything else."""
        parts = urlsplit(url)
        if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("a base URL is http:// or https:// with a host, and without query and fragment")
        host = parts.hostname if parts.hostname.isascii() else parts.hostname.encode("idna").decode("ascii")
        port = parts.port if parts.port is not None else _DEFAULT_PORTS[parts.scheme]
        name = f"[{host}]" if ":" in host else host
        authority = name if port == _DEFAULT_PORTS[parts.scheme] else f"{name}:{port}"
        return cls(
            parts.scheme, host, port, parts.path.rstrip("/"), authority, unquote(parts.netloc.rpartition("@")[0])
        )


class Resolver:
    """Looks host names up, each once; may be shared by threads.

    The system's resolver cannot be interrupted, so it runs in a daemon thread which may outlive the wait for it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[str, int], list[Address]] = {}
        self._under_way: dict[tuple[str, int], _Lookup] = {}

    def addresses(self, host: str, port: int, until: float, stop: threading.Event) -> list[Address]:
        """The addresses of a host, in the system's order of preference; Broken(DNS) where there are none in time."""
        key = (host, port)
        with self._lock:
            known = self._known.get(key)
            if known is not None:
                return known
            lookup = self._under_way.get(key)
            if lookup is None:
                lookup = self._under_way[key] = _Lookup(host, port)
                # an address is read and not looked up: no thread has to get its turn for that within the deadline
                (lookup.run if _is_address(host) else lookup.start)()
        while not lookup.done.wait(max(0.0, min(until - time.monotonic(), STEP))):
            _go_on(stop)
            if time.monotonic() >= until:
                raise Broken(FailureKind.DNS, f"the name {host} was not resolved in time")
        with self._lock:
            self._under_way.pop(key, None)
            if lookup.found:
                self._known[key] = lookup.found
        if not lookup.found:
            raise Broken(FailureKind.DNS, f"the name {host} does not resolve: {lookup.fault}")
        return lookup.found

    def forget(self, host: str, port: int) -> None:
        """Look the host up again next time: none of its addresses took a connection."""
        with self._lock:
            self._known.pop((host, port), None)


class _Lookup(threading.Thread):
    """One question to the system's resolver."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(name="resolver", daemon=True)
        self.host = host
        self.port = port
        self.done = threading.Event()
        self.found: list[Address] = []
        self.fault = "no address"

    def run(self) -> None:
        """Ask, and say that the answer is there."""
        try:
            infos = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
            self.found = [(info[0], info[4]) for info in infos]
        except (OSError, UnicodeError) as error:
            self.fault = (error.strerror if isinstance(error, OSError) else None) or "not a valid host name"
        finally:
            self.done.set()


def _is_address(host: str) -> bool:
    """Whether a host is an IP address, and no name (RFC 3986, section 3.2.2)."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _go_on(stop: threading.Event) -> None:
    if stop.is_set():
        raise Abandoned


def ready(poll: select.poll, until: float, stop: threading.Event) -> int:
    """Wait for what `poll` looks for: the events, or 0 at the deadline. Raises Abandoned soon after `stop` is set."""
    while True:
        _go_on(stop)
        left = until - time.monotonic()
        if left <= 0:
            return 0
        events = poll.poll(math.ceil(min(left, STEP) * 1000))
        if events:
            return events[0][1]


class Channel:
    """A connected socket that never blocks; `served` counts the exchanges it has carried, `stop` ends every wait."""

    __slots__ = ("_poll", "_wanted", "served", "sock", "stop")

    def __init__(self, sock: socket.socket, stop: threading.Event) -> None:
        self.sock = sock
        self.stop = stop
        self.served = 0
        self._wanted = READABLE
        self._poll = select.poll()
        self._poll.register(sock, READABLE)

    def wait(self, wanted: int, until: float) -> int:
        """Wait until the socket is ready for what is wanted; Broken(TIMEOUT) at the deadline. Returns the events."""
        if wanted != self._wanted:
            self._poll.modify(self.sock, wanted)
            self._wanted = wanted
        events = ready(self._poll, until, self.stop)
        if not events:
            raise Broken(FailureKind.TIMEOUT, "the deadline passed")
        return events

    def send(self, data: memoryview) -> int:
        """Send what the socket takes now: how many octets, or WOULD_BLOCK. OSError where the connection is broken."""
        try:
            return self.sock.send(data)
        except BlockingIOError:
            return WOULD_BLOCK

    def receive(self, buffer: memoryview) -> int:
        """Receive what is there: how many octets, 0 at the end, or WOULD_BLOCK. OSError where the connection is broken."""
        try:
            return self.sock.recv_into(buffer)
        except BlockingIOError:
            return WOULD_BLOCK

    def pending(self) -> bool:
        """Whether octets wait inside, where `poll` cannot see them."""
        return False

    def unasked(self, buffer: memoryview, seconds: float = 0.0) -> int:
        """Octets that came though nothing was asked, waited for so long; 0 where the peer has closed, else WOULD_BLOCK."""
        if self._wanted != READABLE:
            self._poll.modify(self.sock, READABLE)
            self._wanted = READABLE
        if not self.pending() and not self._poll.poll(round(1000 * seconds)):
            return WOULD_BLOCK
        try:
            return self.receive(buffer)
        except OSError:
            return 0

    def close(self) -> None:
        """Close without a word: nothing here is worth waiting for."""
        self.sock.close()
