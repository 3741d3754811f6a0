"""One small real server for every `Face`: threads, sockets, nothing else."""

from __future__ import annotations

import contextlib
import math
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

from tests.conforming import answers, wire
from tests.conforming.face import PREFIX, Credentials, Face, Framing
from tests.conforming.reading import Asked, Kind, judge
from tests.conforming.tokens import Issuer

BACKLOG = 64


@dataclass(frozen=True, slots=True)
class Entry:
    """A request at the gate: its number from 1, what is left of the window in requests and in seconds."""

    number: int
    remaining: int
    seconds: int
    refused: bool


class Gate:
    """Counts requests and says which are throttled; safe to use from several threads."""

    def __init__(self, face: Face) -> None:
        self._throttle = face.throttle
        self._lock = threading.Lock()
        self._count = 0
        self._started = 0.0
        self._used = 0

    def enter(self, now: float) -> Entry:
        """Register a request that came at `now`."""
        throttle = self._throttle
        with self._lock:
            self._count += 1
            if now - self._started >= throttle.window:
                self._started, self._used = now, 0
            self._used += 1
            left = max(1, math.ceil(self._started + throttle.window - now))
            refused = bool(throttle.every) and self._count % throttle.every == 0
            refused = refused or (bool(throttle.limit) and self._used > throttle.limit)
            remaining = max(0, (throttle.limit or 100) - self._used)
            return Entry(self._count, remaining, left, refused)


class Server:
    """A listening socket and the threads behind it."""

    def __init__(self, face: Face, credentials: Credentials, port: int = 0) -> None:
        self._face = face
        self._credentials = credentials
        self._issuer = Issuer(face.token, credentials)
        self._gate = Gate(face)
        self._listener = socket.create_server(("127.0.0.1", port), backlog=BACKLOG)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._closing = False
        self.base_url = f"http://127.0.0.1:{self._listener.getsockname()[1]}{PREFIX}"

    def start(self) -> None:
        """Accept connections, in a thread."""
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        """Close the socket and every connection."""
        self._closing = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._closing:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            if self._face.serial:
                self._serve(connection)
            else:
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.add(connection)
        connection.settimeout(wire.IDLE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self._converse(connection)
        except (OSError, ValueError, wire.Gone):
            pass  # the client has gone, or speaks no HTTP
        finally:
            with self._lock:
                self._open.discard(connection)
            wire.close(connection)

    def _converse(self, connection: socket.socket) -> None:
        face = self._face
        reader = wire.Reader(connection, face)
        answered = 0
        while True:
            asked, unread = reader.request()
            close = self._closes(asked, unread)
            answer = self._answer(asked)
            head, body = wire.framed(asked, answer, face, close=close, now=time.time())
            wire.send(connection, head, body, face)
            answered += 1
            if unread:
                connection.shutdown(socket.SHUT_WR)
                reader.drain(unread)
            if close or answered == face.closes_after:
                return

    def _closes(self, asked: Asked, unread: int) -> bool:
        face = self._face
        announced = face.announces_close or face.version == "1.0" or face.framing is Framing.CLOSE or bool(unread)
        # a server that takes one connection at a time must not be held by an idle one
        return announced or face.serial or (asked.header("connection") or "").lower() == "close"

    def _answer(self, asked: Asked) -> answers.Answer:
        face, now = self._face, time.time()
        entry = self._gate.enter(now)
        if entry.refused:
            return answers.throttled(asked, face, entry.seconds, now + face.clock)
        if face.slow_every and entry.number % face.slow_every == 0:
            time.sleep(face.slow_seconds)
            now = time.time()
        deserved = judge(asked, face, self._credentials)
        issued = self._issuer.issue(now + face.clock) if deserved.kind is Kind.GRANTED else None
        answer = answers.answer(asked, deserved, face, issued)
        if face.throttle.headers:
            fields = answers.quota(face, entry.remaining, entry.seconds)
            return answers.Answer(answer.status, (*answer.headers, *fields, ("retry-after", "0")), answer.body)
        return answer


@contextlib.contextmanager
def serving(face: Face, credentials: Credentials, port: int = 0) -> Iterator[str]:
    """Serve `face` on a port of the loopback interface; yields the base URL."""
    server = Server(face, credentials, port)
    server.start()
    try:
        yield server.base_url
    finally:
        server.stop()
