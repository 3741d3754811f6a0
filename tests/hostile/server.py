"""What the hostile servers are made of: a listener, a thread for each connection, and a correct answer to compare with."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import jwt

from conformance.messages import FailureKind
from tests.hostile import certificates

BASE_PATH = "/api/v3"
CLIENT_ID = "hostile-client"
CLIENT_SECRET = "hostile-secret-4b1d"
SIGNING_KEY = "a key of forty octets and a few, for HS256"
LIFETIME = 86_400

Headers = tuple[tuple[str, str | bytes], ...]


class Gone(Exception):
    """The other side has left, or the server is told to stop: the connection's thread ends."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A request as it came; `json` is its body where that is JSON, else None."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    raw: bytes = field(repr=False)

    @property
    def json(self) -> Any:
        """The body as JSON, or None."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True, slots=True)
class Answer:
    """A response to be: what the contract asks for, or something made from it."""

    status: int
    document: dict[str, Any]
    headers: Headers = ()

    @property
    def body(self) -> bytes:
        """The document as JSON."""
        return json.dumps(self.document).encode()


class Peer:
    """One connection of a hostile server.

    turn: which request (or, for an eager behaviour, connection) this is since the bad behaviour began, from 1. before: the last answer.
    """

    def __init__(self, sock: socket.socket, server: Server) -> None:
        self.sock = sock
        self.server = server
        self.turn = 0
        self.before: Answer | None = None
        self._waiting = b""

    def read(self) -> Heard | None:
        """Read a request, or None where the connection ends instead."""
        data = self._waiting
        while b"\r\n\r\n" not in data:
            data += (piece := self._receive())
            if not piece:
                return None
        head, _, rest = data.partition(b"\r\n\r\n")
        line, *fields = head.decode("latin-1").split("\r\n")
        headers = tuple((name, value.strip()) for name, _, value in (item.partition(":") for item in fields))
        length = next(
            (int(value) for name, value in headers if name.lower() == "content-length" and value.isdigit()), 0
        )
        pieces = [rest]
        have = len(rest)
        while have < length:
            pieces.append(piece := self._receive())
            have += len(piece)
            if not piece:
                return None
        rest = b"".join(pieces)
        self._waiting = rest[length:]
        method, target, *_ = [*line.split(" "), "", ""]
        return Heard(method, target, headers, rest[:length], head + b"\r\n\r\n" + rest[:length])

    def send(self, data: bytes) -> None:
        """Send everything; Gone where nobody takes it."""
        try:
            self.sock.sendall(data)
        except (OSError, ValueError):
            raise Gone from None

    def flood(self, data: bytes, times: int | None = None) -> None:
        """Send the same again and again, for ever by default."""
        sent = 0
        while times is None or sent < times:
            self.send(data)
            sent += 1

    def drip(self, data: bytes, every: float) -> None:
        """Send octet by octet."""
        for octet in data:
            self.send(bytes((octet,)))
            self.sleep(every)

    def sleep(self, seconds: float) -> None:
        """Wait; Gone where the server is stopped meanwhile."""
        if self.server.stopping.wait(seconds):
            raise Gone

    def hang(self) -> None:
        """Do nothing until the server is stopped."""
        self.server.stopping.wait()
        raise Gone

    def close(self) -> None:
        """Close in good order."""
        self.sock.close()
        raise Gone

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.sock.close()
        raise Gone

    def correct(self, heard: Heard) -> Answer:
        """What a conforming server answers."""
        return self.server.correct(heard)

    def respond(
        self, status: int, body: bytes = b"", headers: Headers = (), *, reason: bytes = b"OK", json_type: bool = True
    ) -> None:
        """Send a well-framed response; values that are octets go as they are."""
        self.send(message(status, body, headers, reason=reason, json_type=json_type))

    def answer(self, heard: Heard, extra: Headers = (), *, close: bool = False) -> None:
        """Answer correctly, with a few more fields."""
        right = self.correct(heard)
        more: Headers = (("Connection", "close"),) if close else ()
        body = b"" if heard.method == "HEAD" else right.body
        self.respond(right.status, body, (*right.headers, *extra, *more))

    def _receive(self) -> bytes:
        try:
            return self.sock.recv(1 << 16)
        except (OSError, ValueError):
            raise Gone from None


def message(
    status: int | str, body: bytes, headers: Headers = (), *, reason: bytes = b"OK", json_type: bool = True
) -> bytes:
    """The octets of a response with a right Content-Length."""
    named = {name.lower() for name, _ in headers}
    all_headers = list(headers)
    if json_type and "content-type" not in named:
        all_headers.insert(0, ("Content-Type", "application/json"))
    if not named & {"content-length", "transfer-encoding"}:
        all_headers.append(("Content-Length", str(len(body))))
    lines = [f"HTTP/1.1 {status} ".encode() + reason]
    lines += [
        name.encode("latin-1") + b": " + (value if isinstance(value, bytes) else value.encode("latin-1"))
        for name, value in all_headers
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


Behaviour = Callable[[Peer, Heard], None]
EagerBehaviour = Callable[[Peer], None]


@dataclass(frozen=True, slots=True)
class Hostile:
    """One way to behave badly.

    name: kebab case, unique.
    title: one line for a person.
    behave: what is done about a request; it returns to have the connection's next request read.
    greet: what is done as soon as somebody connects, before anything is read, instead of `behave`.
    expected: the failures a client may see on the first request; none means that a response comes.
    certificate: the kind of certificate, for a server that speaks TLS.
    scheme, host: what the base URL says, whatever the server speaks and wherever it is.
    trusted: whether the client is to be given the authority that signed the certificate.
    absent: nothing listens on the port, from the start or once the correct answers are given.
    accepts: False for a listener that never takes a connection from its queue.
    """

    name: str
    title: str
    behave: Behaviour = Peer.answer
    greet: EagerBehaviour | None = None
    expected: tuple[FailureKind, ...] = ()
    certificate: str | None = None
    scheme: str = "http"
    host: str = "127.0.0.1"
    trusted: bool = False
    absent: bool = False
    accepts: bool = True

    @contextlib.contextmanager
    def serve(
        self, *, port: int = 0, after: int = 0, client_id: str = CLIENT_ID, client_secret: str = CLIENT_SECRET
    ) -> Iterator[str]:
        """Run the server; gives its base URL."""
        with self.running(port=port, after=after, client_id=client_id, client_secret=client_secret) as server:
            yield server.base_url

    def running(
        self, *, port: int = 0, after: int = 0, client_id: str = CLIENT_ID, client_secret: str = CLIENT_SECRET
    ) -> Server:
        """The server, to be used as a context manager: `base_url`, and what it learned."""
        return Server(self, port, after, client_id, client_secret)


class Server:
    """A hostile server that runs.

    base_url: where it is.
    ca_bundle: the authority to trust, where the behaviour wants the client to.
    connections, requests: how many there were.
    witnessed: what came to a second port that nothing is to be sent to. given: tokens that were handed out.
    """

    def __init__(self, hostile: Hostile, port: int, after: int, client_id: str, client_secret: str) -> None:
        self.hostile = hostile
        self.after = after
        self.stopping = threading.Event()
        self.connections = 0
        self.requests = 0
        self.turns = 0
        self.witnessed: list[bytes] = []
        self.given: set[str] = set()
        self.ca_bundle: Path | None = None
        self._credentials = (client_id, client_secret)
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._closing = contextlib.ExitStack()
        self._context: ssl.SSLContext | None = None
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._witness = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", port))
        self._witness.bind(("127.0.0.1", 0))
        self.base_url = f"{hostile.scheme}://{hostile.host}:{self._listener.getsockname()[1]}{BASE_PATH}"
        self.witness_url = f"http://127.0.0.1:{self._witness.getsockname()[1]}"

    def __enter__(self) -> Self:
        if self.hostile.certificate:
            folder = Path(self._closing.enter_context(tempfile.TemporaryDirectory(prefix="hostile-")))
            chain = certificates.make(self.hostile.certificate, folder)
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(chain.certificate, chain.key)
            self.ca_bundle = chain.authority if self.hostile.trusted else None
        if self.after or not self.hostile.absent:
            self._listener.listen(64)
            if self.after or self.hostile.accepts:
                self._start(self._accept, self._listener, self._converse)
        self._witness.listen(8)
        self._start(self._accept, self._witness, self._listen_in)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        self.vanish()
        _hang_up(self._witness)
        for thread in list(self._threads):
            thread.join(10)
        self._closing.close()

    def correct(self, heard: Heard) -> Answer:
        """What a conforming server answers, at its shortest."""
        if heard.target != f"{BASE_PATH}/oauth/token":
            return _error(404, "Not found")
        if heard.method != "POST":
            return Answer(405, {"error": 405, "message": "Method not allowed"}, (("Allow", "POST"),))
        sent = heard.json
        pair = (sent.get("clientId"), sent.get("clientSecret")) if isinstance(sent, dict) else (None, None)
        if not all(isinstance(value, str) for value in pair):
            return _error(400, "body: must have clientId and clientSecret")
        if pair != self._credentials:
            return _error(401, "Unauthorized")
        now = int(time.time())
        token = jwt.encode({"userId": 123, "iat": now, "exp": now + LIFETIME}, SIGNING_KEY, algorithm="HS256")
        self.given.add(token)
        document = {"accessToken": token, "tokenType": "Bearer", "expiresIn": LIFETIME}
        return Answer(200, document, (("Cache-Control", "no-store"),))

    def vanish(self) -> None:
        """Stop listening and cut every connection; a client is refused from now on."""
        _hang_up(self._listener)
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            _hang_up(connection, close=False)

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket, serve: Callable[[socket.socket], None]) -> None:
        while not self.stopping.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self._start(self._guarded, connection, serve)

    def _guarded(self, connection: socket.socket, serve: Callable[[socket.socket], None]) -> None:
        with self._lock:
            self._open.add(connection)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            serve(connection)
        except (Gone, OSError, ValueError):
            pass
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def _listen_in(self, connection: socket.socket) -> None:
        while data := connection.recv(1 << 16):
            self.witnessed.append(data)

    def _converse(self, connection: socket.socket) -> None:
        with self._lock:
            self.connections += 1
        if self._context is not None:
            with self._context.wrap_socket(connection, server_side=True) as wrapped:
                self._turn_by_turn(Peer(wrapped, self))
        else:
            self._turn_by_turn(Peer(connection, self))

    def _turn_by_turn(self, peer: Peer) -> None:
        greet = self.hostile.greet
        while True:
            if greet is not None and self.requests >= self.after:
                peer.turn = self._next_turn()
                greet(peer)
                return
            heard = peer.read()
            if heard is None:
                return
            with self._lock:
                self.requests += 1
                number = self.requests
            if number <= self.after:
                last = number == self.after and (self.hostile.absent or not self.hostile.accepts)
                if last:
                    _hang_up(self._listener)
                peer.answer(heard, close=greet is not None or last)
                if last:
                    return
                if greet is not None:
                    return
            else:
                peer.turn = self._next_turn()
                self.hostile.behave(peer, heard)

    def _next_turn(self) -> int:
        with self._lock:
            self.turns += 1
            return self.turns


def _error(status: int, text: str) -> Answer:
    return Answer(status, {"error": status, "message": text})


def _hang_up(sock: socket.socket, *, close: bool = True) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    if close:
        sock.close()
