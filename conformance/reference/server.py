"""Running an application on a loopback port until it is told to stop."""

from __future__ import annotations

import logging
import os
import signal
import socket
import stat
import sys
import threading
from collections.abc import Callable
from typing import Any

import uvicorn

from conformance.reference.app import BASE_PATH
from conformance.reference.protocol import Protocol

HOST = "127.0.0.1"


class _Announcing(uvicorn.Server):
    """A server that says when it listens."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._announce()


def serve(app: Callable[..., Any], port: int) -> None:
    """Serve `app` on `port` of the loopback address (0: any free one) until told to stop.

    When it is ready, prints `listening on http://127.0.0.1:PORT/api/v3`. It stops at SIGTERM, at SIGINT, and when a piped
    stdin ends: a parent that holds the other end takes the server down with it, however it ends itself. A terminal or
    /dev/null as stdin is left alone. Raises OSError if the port is taken.
    """
    listener = socket.create_server((HOST, port), backlog=2048)
    url = f"http://{HOST}:{listener.getsockname()[1]}{BASE_PATH}"
    config = uvicorn.Config(
        app,
        http=Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    server = _Announcing(config, lambda: print(f"listening on {url}", flush=True))  # noqa: T201 - the interface
    if _is_held_by_a_parent(sys.stdin.fileno()):
        threading.Thread(target=_stop_at_end_of_input, args=(server,), name="stdin", daemon=True).start()
    # uvicorn raises the signal it was stopped by once more when it is done: being told to stop is no failure.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
    server.run(sockets=[listener])


def _is_held_by_a_parent(descriptor: int) -> bool:
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _stop_at_end_of_input(server: uvicorn.Server) -> None:
    while os.read(0, 4096):
        pass
    server.should_exit = True
