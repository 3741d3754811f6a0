"""Servers that mishandle the connection itself."""

from __future__ import annotations

import socket

from conformance.messages import FailureKind
from tests.hostile.server import Heard, Hostile, Peer, message

_CLOSED = (FailureKind.CLOSED, FailureKind.RESET)
_CUT = (FailureKind.TRUNCATED, FailureKind.RESET)
_OPEN_END = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Long: "


def _close_unread(peer: Peer) -> None:
    peer.close()


def _half_close(peer: Peer) -> None:
    peer.sock.shutdown(socket.SHUT_WR)
    peer.hang()


def _answer_unread(peer: Peer) -> None:
    peer.send(message(401, b'{"error": 401, "message": "Unauthorized"}'))
    while True:
        if peer.read() is None:
            return


def _answer_unread_and_close(peer: Peer) -> None:
    peer.send(message(413, b"", (("Connection", "close"),)))
    peer.sock.shutdown(socket.SHUT_WR)
    peer.sleep(0.2)
    peer.close()


def _close_read(peer: Peer, _: Heard) -> None:
    peer.close()


def _hang(peer: Peer, _: Heard) -> None:
    peer.hang()


def _drip(peer: Peer, heard: Heard) -> None:
    right = peer.correct(heard)
    peer.drip(message(right.status, right.body), 1.0)


def _slow_headers(peer: Peer, _: Heard) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        peer.send(b"X-Wait: a little longer\r\n")
        peer.sleep(0.25)


def _slow_body(peer: Peer, _: Heard) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        peer.send(b"1\r\n \r\n")
        peer.sleep(0.25)


def _endless_header_line(peer: Peer, _: Heard) -> None:
    peer.send(_OPEN_END)
    peer.flood(b"x" * 65_536)


def _endless_headers(peer: Peer, _: Heard) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\n")
    peer.flood(b"X-Again: and again\r\n" * 1000)


def _endless_chunks(peer: Peer, _: Heard) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    peer.flood(b"10000\r\n" + b" " * 65_536 + b"\r\n")


def _endless_until_close(peer: Peer, _: Heard) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    peer.flood(b" " * 65_536)


def _enormous_then_stall(peer: Peer, _: Heard) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n{")
    peer.hang()


def _announced_then_stall(peer: Peer, _: Heard) -> None:
    peer.send(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"accessToken": ')
    peer.hang()


def _reset_in_body(peer: Peer, _: Heard) -> None:
    peer.send(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"accessToken": ')
    peer.sleep(0.05)
    peer.reset()


def _close_in_body(peer: Peer, _: Heard) -> None:
    peer.send(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"accessToken": ')
    peer.close()


def _close_in_headers(peer: Peer, _: Heard) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: applica")
    peer.close()


def _close_in_status_line(peer: Peer, _: Heard) -> None:
    peer.send(b"HTTP/1.1 2")
    peer.close()


HOSTILE = (
    Hostile("refused", "nothing listens on the port", absent=True, expected=(FailureKind.REFUSED,)),
    Hostile("no-such-host", "the name does not resolve", host="nowhere.invalid", expected=(FailureKind.DNS,)),
    Hostile(
        "never-accepts",
        "connections wait in the listener's queue for ever",
        accepts=False,
        expected=(FailureKind.TIMEOUT, FailureKind.REFUSED),
    ),
    Hostile("closes-at-once", "closes before anything is read", greet=_close_unread, expected=_CLOSED),
    Hostile("resets-at-once", "resets before anything is read", greet=Peer.reset, expected=_CLOSED),
    Hostile("half-closes", "closes its side at once and keeps the other open", greet=_half_close, expected=_CLOSED),
    Hostile("closes-without-answer", "reads the request and closes", _close_read, expected=_CLOSED),
    Hostile("never-answers", "reads the request and says nothing", _hang, expected=(FailureKind.TIMEOUT,)),
    Hostile("never-reads", "neither reads nor says anything", greet=Peer.hang, expected=(FailureKind.TIMEOUT,)),
    Hostile("answers-unread", "answers before anything is read", greet=_answer_unread),
    Hostile("refuses-unread", "says 413 and closes before anything is read", greet=_answer_unread_and_close),
    Hostile("one-octet-a-second", "a right answer, an octet a second", _drip, expected=(FailureKind.TIMEOUT,)),
    Hostile(
        "slow-headers", "one more header field every quarter second", _slow_headers, expected=(FailureKind.TIMEOUT,)
    ),
    Hostile("slow-body", "one more space every quarter second", _slow_body, expected=(FailureKind.TIMEOUT,)),
    Hostile(
        "endless-header-line", "a header field without end", _endless_header_line, expected=(FailureKind.TOO_LARGE,)
    ),
    Hostile("endless-headers", "header fields without end", _endless_headers, expected=(FailureKind.TOO_LARGE,)),
    Hostile("endless-chunks", "a chunked body without end", _endless_chunks, expected=(FailureKind.TOO_LARGE,)),
    Hostile(
        "endless-body", "a body until close that never closes", _endless_until_close, expected=(FailureKind.TOO_LARGE,)
    ),
    Hostile(
        "enormous-then-stalls",
        "announces 100 GB, sends one octet and waits",
        _enormous_then_stall,
        expected=(FailureKind.TOO_LARGE,),
    ),
    Hostile(
        "stalls-in-body",
        "announces 1,000 octets, sends 16 and waits",
        _announced_then_stall,
        expected=(FailureKind.TIMEOUT,),
    ),
    Hostile("resets-in-body", "resets inside the content", _reset_in_body, expected=_CUT),
    Hostile("closes-in-body", "closes inside the content", _close_in_body, expected=_CUT),
    Hostile("closes-in-headers", "closes inside the header section", _close_in_headers, expected=_CUT),
    Hostile("closes-in-status-line", "closes inside the status line", _close_in_status_line, expected=_CUT),
)
