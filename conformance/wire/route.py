"""The way to an origin: addresses one after the other, a proxy where there is one, TLS on top."""

from __future__ import annotations

import os
import select
import socket
import threading
import time
from typing import TYPE_CHECKING

from msgspec import Struct

from conformance.messages import FailureKind
from conformance.wire.connection import WRITABLE, Broken, Channel, Origin, Resolver, ready

if TYPE_CHECKING:
    import ssl


class Route(Struct, frozen=True):
    """How to reach an origin: straight or through a proxy, and the TLS context for https; `stop` ends every wait."""

    origin: Origin
    proxy: Origin | None
    resolver: Resolver
    tls: ssl.SSLContext | None
    stop: threading.Event

    def open(self, until: float) -> Channel:
        """Open a connection, TLS included; Broken where that fails."""
        nearest = self.proxy or self.origin
        try:
            channel = Channel(_connect(self.resolver, nearest, until, self.stop), self.stop)
        except Broken as problem:
            if self.proxy is None:
                raise
            raise Broken(problem.kind, f"the proxy is not reached: {problem.detail}") from None
        try:
            if self.tls is None:
                return channel
            # Loaded where it is needed: plain targets need no TLS, and start-up is dear.
            from conformance.wire import tls

            if self.proxy is not None:
                tls.tunnel(channel, self.proxy, self.origin, until)
            return tls.secure(channel, self.tls, self.origin.host, until)
        except BaseException:
            channel.close()
            raise


def _connect(resolver: Resolver, origin: Origin, until: float, stop: threading.Event) -> socket.socket:
    """Try every address; each gets an equal share of the time that is left."""
    addresses = resolver.addresses(origin.host, origin.port, until, stop)
    problem = Broken(FailureKind.UNREACHABLE, "no address")
    for tried, (family, address) in enumerate(addresses):
        now = time.monotonic()
        share = now + (until - now) / (len(addresses) - tried)
        try:
            return _connect_to(family, address, share, stop)
        except Broken as error:
            problem = error
        except ConnectionRefusedError:
            problem = Broken(FailureKind.REFUSED, f"{origin.host} refuses connections on port {origin.port}")
        except ConnectionResetError:
            problem = Broken(FailureKind.RESET, "the connection was reset as it was opened")
        except OSError as error:
            # `strerror` is this machine's own text for the error number.
            problem = Broken(
                FailureKind.UNREACHABLE, f"{origin.host} cannot be reached on port {origin.port}: {error.strerror}"
            )
    resolver.forget(origin.host, origin.port)
    raise problem


def _connect_to(family: socket.AddressFamily, address: object, until: float, stop: threading.Event) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)  # noqa: FBT003 - the socket module's own signature
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            sock.connect(address)  # type: ignore[arg-type]
        except BlockingIOError:
            poll = select.poll()
            poll.register(sock, WRITABLE)
            if not ready(poll, until, stop):
                raise Broken(FailureKind.TIMEOUT, "no connection before the deadline") from None
            number = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if number:
                raise OSError(number, os.strerror(number)) from None
    except BaseException:
        sock.close()
        raise
    return sock
