"""Servers with each kind of trouble in TLS."""

from __future__ import annotations

from conformance.messages import FailureKind
from tests.hostile.server import Heard, Hostile, Peer, message

_TLS = (FailureKind.TLS,)
_CLOSED = (FailureKind.CLOSED, FailureKind.RESET)


def _hang(peer: Peer) -> None:
    peer.hang()


def _plain_answer(peer: Peer) -> None:
    peer.send(message(400, b"You're speaking TLS to a plain HTTP port."))
    peer.sleep(0.2)
    peer.close()


def _noise(peer: Peer) -> None:
    peer.send(b"\x16\x03\x03\xff\xff" + b"\xff" * 1000)
    peer.sleep(0.2)
    peer.close()


def _close(peer: Peer) -> None:
    peer.close()


def _speak_tls(peer: Peer, _: Heard) -> None:
    # An alert "handshake failure", which is what a TLS server says to plain text.
    peer.send(b"\x15\x03\x01\x00\x02\x02\x28")
    peer.close()


def _cut(peer: Peer, _: Heard) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
    peer.close()


HOSTILE = (
    Hostile("tls-expired", "a certificate that has expired", certificate="expired", scheme="https", trusted=True, expected=_TLS),
    Hostile("tls-not-yet-valid", "a certificate that is not valid yet", certificate="not-yet-valid", scheme="https", trusted=True, expected=_TLS),
    Hostile("tls-self-signed", "a certificate that signs itself", certificate="self-signed", scheme="https", expected=_TLS),
    Hostile("tls-unknown-authority", "a certificate of an authority nobody knows", certificate="good", scheme="https", expected=_TLS),
    Hostile("tls-wrong-host", "a certificate for another host", certificate="wrong-host", scheme="https", trusted=True, expected=_TLS),
    Hostile("tls-wrong-name", "a certificate for another name", certificate="wrong-host", scheme="https", host="localhost", trusted=True, expected=_TLS),
    Hostile("tls-missing", "plain HTTP where TLS is due", greet=_plain_answer, scheme="https", expected=_TLS),
    Hostile("tls-noise", "noise instead of a handshake", greet=_noise, scheme="https", expected=_TLS),
    Hostile("tls-stalls", "never answers the handshake", greet=_hang, scheme="https", expected=(FailureKind.TIMEOUT,)),
    Hostile("tls-closes", "closes in the handshake", greet=_close, scheme="https", expected=_CLOSED),
    Hostile("tls-cut", "good TLS, cut off inside the content", _cut, certificate="good", scheme="https", trusted=True, expected=(FailureKind.TRUNCATED, FailureKind.RESET)),
    Hostile("tls-unasked", "TLS where plain HTTP is due", _speak_tls, expected=(FailureKind.MALFORMED,)),
)  # fmt: skip
