"""HTTP/1.1 on a socket: a request in, an answer out, framed as a server's `Face` says (RFC 9112)."""

from __future__ import annotations

import contextlib
import socket
import time
from email.utils import formatdate
from http import HTTPStatus

from tests.conforming.answers import REASONS, Answer
from tests.conforming.face import Casing, Face, Framing, HeaderPairs
from tests.conforming.reading import Asked

LARGEST_HEADER = 64 * 1024
IDLE = 30.0
READ = 64 * 1024


class Gone(Exception):
    """The client closed the connection, or sent what is no request."""


class Reader:
    """Reads one request after another from a connection."""

    def __init__(self, connection: socket.socket, face: Face) -> None:
        self._connection = connection
        self._face = face
        self._buffer = b""

    def request(self) -> tuple[Asked, int]:
        """The next request, and how many octets of its body are still to come; raises `Gone` where there is none."""
        head = self._until(b"\r\n\r\n", LARGEST_HEADER)
        line, *lines = head.decode("latin-1").split("\r\n")
        parts = line.split(" ")
        if len(parts) != 3:
            raise Gone
        fields = tuple((name.lower(), value.strip(" \t")) for name, _, value in (one.partition(":") for one in lines))
        asked = Asked(parts[0], parts[1], fields)
        if (asked.header("transfer-encoding") or "").lower() == "chunked":
            self._continue(asked)
            return self._with_body(asked, self._chunks()), 0
        length = int(asked.header("content-length") or 0)
        if length > self._face.largest_body and self._face.early_refusal:
            return Asked(asked.method, asked.target, fields, too_large=True), length
        if length:
            self._continue(asked)
        return self._with_body(asked, self._exactly(length)), 0

    def drain(self, length: int) -> None:
        """Read `length` octets and forget them, so that closing does not cut the answer off (RFC 9112, section 9.6)."""
        length -= len(self._buffer)
        self._buffer = b""
        while length > 0:
            octets = self._connection.recv(min(READ, length))
            if not octets:
                return
            length -= len(octets)

    def _with_body(self, asked: Asked, body: bytes) -> Asked:
        too_large = len(body) > self._face.largest_body
        return Asked(asked.method, asked.target, asked.headers, b"" if too_large else body, too_large)

    def _continue(self, asked: Asked) -> None:
        if (asked.header("expect") or "").lower() == "100-continue":
            self._connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _more(self) -> None:
        octets = self._connection.recv(READ)
        if not octets:
            raise Gone
        self._buffer += octets

    def _until(self, mark: bytes, most: int) -> bytes:
        while mark not in self._buffer:
            if len(self._buffer) > most:
                raise Gone
            self._more()
        found, _, self._buffer = self._buffer.partition(mark)
        return found

    def _exactly(self, length: int) -> bytes:
        pieces, missing = [], length
        while missing:
            if not self._buffer:
                self._more()
            pieces.append(self._buffer[:missing])
            self._buffer = self._buffer[missing:]
            missing -= len(pieces[-1])
        return b"".join(pieces)

    def _chunks(self) -> bytes:
        pieces = []
        while size := int(self._until(b"\r\n", 1024).split(b";", 1)[0], 16):
            pieces.append(self._exactly(size))
            self._until(b"\r\n", 2)
        while self._until(b"\r\n", LARGEST_HEADER):
            pass
        return b"".join(pieces)


def framed(asked: Asked, answer: Answer, face: Face, *, close: bool, now: float) -> tuple[bytes, bytes]:
    """The octets of the answer: its head, and its framed content (none to HEAD: RFC 9110, section 9.3.2)."""
    bodiless = answer.status == HTTPStatus.NO_CONTENT
    fields = [*answer.headers, *face.more_headers]
    if face.date:
        fields.insert(0, ("Date", formatdate(now + face.clock, usegmt=True)))
    body = b"" if bodiless or asked.method == "HEAD" else answer.body
    chunked = face.framing in (Framing.CHUNKED, Framing.EXTENDED) and not bodiless
    if chunked:
        fields.append(("Transfer-Encoding", "chunked"))
        if asked.method != "HEAD":
            body = _chunked(body, extended=face.framing is Framing.EXTENDED)
    elif face.framing is Framing.LENGTH and not bodiless:
        fields.append(("Content-Length", str(len(answer.body))))
    if close:
        fields.append(("Connection", "close"))
    reason = face.reason if face.reason is not None else REASONS[answer.status]
    head = f"HTTP/{face.version} {answer.status} {reason}\r\n{_fields(tuple(fields), face)}\r\n"
    return head.encode("latin-1"), body


def send(connection: socket.socket, head: bytes, body: bytes, face: Face) -> None:
    """Send an answer: at once, or in many segments where the face dribbles."""
    if face.early_hints:
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </api/v3/docs>; rel=describedby\r\n\r\n")
    if not face.dribbles:
        connection.sendall(head + body)
        return
    octets = head + body
    step = max(1, len(octets) // 12)
    for at in range(0, len(octets), step):
        connection.sendall(octets[at : at + step])
        time.sleep(0.001)


def close(connection: socket.socket) -> None:
    """Close a connection, sending what is still to be sent."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
    connection.close()


def _fields(fields: HeaderPairs, face: Face) -> str:
    ordered = fields[::-1] if face.reversed_order else fields
    spelled = {Casing.LOWER: str.lower, Casing.UPPER: str.upper}.get(face.casing, str)
    return "".join(f"{spelled(name)}:{face.space}{value}\r\n" for name, value in ordered)


def _chunked(body: bytes, *, extended: bool) -> bytes:
    step = max(1, len(body) // 3)
    extension = b";part=1" if extended else b""
    trailer = b"Server-Timing: app;dur=1\r\n" if extended else b""
    pieces = [body[at : at + step] for at in range(0, len(body), step)]
    return b"".join(b"%x%s\r\n%s\r\n" % (len(one), extension, one) for one in pieces) + b"0\r\n" + trailer + b"\r\n"
