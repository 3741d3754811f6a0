"""TLS over a connection, always verified, and what to do when it fails."""

from __future__ import annotations

import base64
import ssl
from typing import TYPE_CHECKING

from conformance.messages import FailureKind
from conformance.sources import PREFIX
from conformance.wire.connection import READABLE, WOULD_BLOCK, WRITABLE, Broken, Channel, Origin
from conformance.wire.proxied import AUTHENTICATION, WANTS_AUTHENTICATION

if TYPE_CHECKING:
    import threading
    from pathlib import Path

_PROXY_HEAD_CAP = 16 << 10
_NO_TUNNEL = "the proxy did not answer CONNECT"
_BUNDLE = f"{PREFIX}CA_BUNDLE"
_UNKNOWN = (
    f"the certificate's issuer is unknown here: the server may not send its whole chain, or {_BUNDLE} does not hold it"
)
_VERIFY_ADVICE = {
    9: "the certificate is not valid yet: check the clock of this machine, then the certificate",
    10: "the certificate has expired: the server needs a new one (check the clock of this machine too)",
    18: f"the certificate is self-signed: give its issuer with {_BUNDLE}, or install one from a known authority",
    19: f"the chain ends in a self-signed certificate that is not trusted here: give that authority with {_BUNDLE}",
    20: _UNKNOWN,
    21: _UNKNOWN,
    23: "the certificate has been revoked: the server needs a new one",
    62: "the certificate is for another host: check the base URL, or the names in the certificate",
    64: "the certificate is for another address: check the base URL, or the names in the certificate",
}
_NOT_TLS = (
    "WRONG_VERSION_NUMBER",
    "HTTP_REQUEST",
    "PACKET_LENGTH_TOO_LONG",
    "RECORD_LAYER_FAILURE",
    "UNKNOWN_PROTOCOL",
    "HTTPS_PROXY_REQUEST",
)
_TOO_OLD = ("UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "VERSION_TOO_LOW")


def make_context(ca_bundle: Path | None) -> ssl.SSLContext:
    """A context that verifies chain and host name and speaks TLS 1.2 at least.

    ca_bundle: the authorities that are trusted, instead of the system's; OSError if it cannot be read.
    """
    # Whoever pins an authority of their own means it alone: given a file, ssl loads no defaults.
    context = ssl.create_default_context(cafile=None if ca_bundle is None else str(ca_bundle))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


class TlsChannel(Channel):
    """A connection with TLS on it."""

    __slots__ = ("_tls",)

    def __init__(self, sock: ssl.SSLSocket, stop: threading.Event) -> None:
        super().__init__(sock, stop)
        self._tls = sock

    def send(self, data: memoryview) -> int:
        """See `Channel.send`."""
        try:
            return self._tls.send(data)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return WOULD_BLOCK

    def receive(self, buffer: memoryview) -> int:
        """See `Channel.receive`."""
        try:
            return self._tls.recv_into(buffer)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return WOULD_BLOCK

    def pending(self) -> bool:
        """See `Channel.pending`."""
        return self._tls.pending() > 0


def secure(channel: Channel, context: ssl.SSLContext, host: str, until: float) -> TlsChannel:
    """Do the handshake on a fresh connection; Broken(TLS) names what is wrong and what to do."""
    try:
        wrapped = context.wrap_socket(channel.sock, server_hostname=host, do_handshake_on_connect=False)
    except (ValueError, OSError):
        raise Broken(FailureKind.TLS, f"TLS cannot be started for the host {host}") from None
    secured = TlsChannel(wrapped, channel.stop)
    try:
        _handshake(wrapped, secured, until)
    except BaseException:
        secured.close()
        raise
    return secured


def _handshake(wrapped: ssl.SSLSocket, channel: Channel, until: float) -> None:
    wanted = READABLE
    while True:
        try:
            wrapped.do_handshake()
        except ssl.SSLWantReadError:
            wanted = READABLE
        except ssl.SSLWantWriteError:
            wanted = WRITABLE
        except ssl.SSLError as error:
            raise explain(error) from None
        except ConnectionError:
            raise Broken(FailureKind.RESET, "the connection was reset during the TLS handshake") from None
        except OSError:
            raise Broken(FailureKind.CLOSED, "the connection was closed during the TLS handshake") from None
        else:
            return
        _wait(channel, wanted, until, "the TLS handshake was not done")


def explain(error: ssl.SSLError) -> Broken:
    """What a TLS error means, in words for the one who has to act; names OpenSSL's reason where there are none."""
    if isinstance(error, ssl.SSLCertVerificationError):
        advice = _VERIFY_ADVICE.get(error.verify_code)
        # OpenSSL's own words for its code: nothing of them comes from the server
        return Broken(FailureKind.TLS, advice or f"the certificate does not verify: {error.verify_message}")
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return Broken(FailureKind.CLOSED, "the connection was closed during the TLS handshake")
    reason = error.reason or ""
    if reason in _NOT_TLS:
        return Broken(
            FailureKind.TLS, "the server does not speak TLS on this port: check the port, or use http:// on loopback"
        )
    if reason in _TOO_OLD:
        return Broken(FailureKind.TLS, "the server does not speak TLS 1.2 or newer: it needs an update")
    return Broken(FailureKind.TLS, f"the TLS handshake failed ({reason or 'no reason given'})")


def tunnel(channel: Channel, proxy: Origin, origin: Origin, until: float) -> None:
    """Ask a proxy for a tunnel to the origin (RFC 9110, section 9.3.6); Broken where it is not granted."""
    target = f"[{origin.host}]:{origin.port}" if ":" in origin.host else f"{origin.host}:{origin.port}"
    request = f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{authorization(proxy)}\r\n".encode("latin-1")
    head = b""
    buffer = memoryview(bytearray(1))
    try:
        _send_all(channel, request, until)
        while not head.endswith(b"\r\n\r\n"):
            if len(head) > _PROXY_HEAD_CAP:
                raise Broken(FailureKind.MALFORMED, "the proxy's answer to CONNECT does not end")
            # An octet at a time: what follows the header section belongs to TLS.
            count = _receive(channel, buffer, until)
            if not count:
                raise Broken(FailureKind.CLOSED, "the proxy closed the connection instead of answering CONNECT")
            head += bytes(buffer)
    except OSError:
        raise Broken(FailureKind.RESET, "the proxy reset the connection instead of answering CONNECT") from None
    digits = head[9:12]
    status = int(digits) if head[:7] == b"HTTP/1." and digits.isdigit() else None
    if status is None or not 200 <= status <= 299:
        wanted = f": {WANTS_AUTHENTICATION}" if status == AUTHENTICATION else ""
        raise Broken(FailureKind.UNREACHABLE, f"the proxy refuses the tunnel to the target{wanted}", status)


def authorization(proxy: Origin) -> str:
    """The `Proxy-Authorization` line (Basic, RFC 7617) for a proxy whose URL has user and password, or nothing."""
    if not proxy.userinfo:
        return ""
    return f"Proxy-Authorization: Basic {base64.b64encode(proxy.userinfo.encode()).decode('ascii')}\r\n"


def _send_all(channel: Channel, data: bytes, until: float) -> None:
    rest = memoryview(data)
    while rest:
        count = channel.send(rest)
        if count == WOULD_BLOCK:
            _wait(channel, WRITABLE, until, _NO_TUNNEL)
        else:
            rest = rest[count:]


def _receive(channel: Channel, buffer: memoryview, until: float) -> int:
    while (count := channel.receive(buffer)) == WOULD_BLOCK:
        _wait(channel, READABLE, until, _NO_TUNNEL)
    return count


def _wait(channel: Channel, wanted: int, until: float, what: str) -> None:
    """Wait as the channel does; what: what has not happened at the deadline."""
    try:
        channel.wait(wanted, until)
    except Broken:
        raise Broken(FailureKind.TIMEOUT, f"{what} before the deadline") from None
