"""HTTP/1.1 on the socket: uvicorn's fast parser, completed where it would answer for itself.

uvicorn's httptools protocol refuses a method that llhttp has never heard of with a bare text answer, before any
application sees the request. Here such a request is handed to uvicorn's h11 protocol, which takes any method token
(RFC 9110, section 9.1), so that the application can say 405. What no parser takes for HTTP gets a JSON 400.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from conformance.reference.tokens import compact_json

FAST_METHODS = frozenset({b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"TRACE", b"PATCH"})
TRANSPORT = "reference.transport"
"""The ASGI extension under which an application finds the connection's asyncio transport."""

NAMES = "reference.names"
"""The ASGI extension under which it finds the names of the request's fields as they were written, which ASGI has in small letters."""


def _refuse(transport: asyncio.Transport, message: str) -> None:
    body = compact_json({"error": 400, "message": message})
    lines = (
        "HTTP/1.1 400 Bad Request",
        "content-type: application/json",
        f"content-length: {len(body)}",
        "connection: close",
    )
    transport.write("\r\n".join((*lines, "", "")).encode("ascii") + body)
    transport.close()


def _showing(transport: asyncio.Transport, app: Any) -> Any:
    """The application `app`, shown the transport as the ASGI extension TRANSPORT."""

    async def shown(scope: dict[str, Any], receive: Any, send: Any) -> None:
        scope["extensions"] = {**scope.get("extensions", {}), TRANSPORT: transport}
        await app(scope, receive, send)

    return shown


class _AnyMethod(H11Protocol):
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app = _showing(transport, self.app)

    def send_400_response(self, msg: str) -> None:
        _refuse(self.transport, msg)


class Protocol(HttpToolsProtocol):
    """A connection; see the module's docstring."""

    _between_requests = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Show the application the transport."""
        super().connection_made(transport)
        self.app = _showing(transport, self.app)

    def data_received(self, data: bytes) -> None:
        """Parse `data`, or hand the connection over if it begins a request with an uncommon method."""
        if self._between_requests and not self._is_fast(data):
            return self._hand_over(data)
        return super().data_received(data)

    def on_message_begin(self) -> None:
        """Note that a request has begun."""
        self._between_requests = False
        super().on_message_begin()
        self._names: dict[object, object] = {}
        self.scope["extensions"] = {NAMES: self._names}

    def on_header(self, name: bytes, value: bytes) -> None:
        """Note how the name is written."""
        self._names[name.decode("latin-1")] = None
        super().on_header(name, value)

    def on_message_complete(self) -> None:
        """Note that the request is whole."""
        self._between_requests = True
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP with an `Error`."""
        _refuse(self.transport, msg)

    @staticmethod
    def _is_fast(data: bytes) -> bool:
        method = data.lstrip(b"\r\n").partition(b" ")[0]
        return method in FAST_METHODS or any(known.startswith(method) for known in FAST_METHODS)

    def _hand_over(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        self.connections.discard(self)
        protocol = _AnyMethod(self.config, self.server_state, self.app_state, self.loop)
        protocol.connection_made(self.transport)
        self.transport.set_protocol(protocol)
        protocol.data_received(data)
