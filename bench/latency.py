"""Latency-bound: how near a run comes to requests ÷ rate where the target is far away and limits the rate."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from bench.model import Report, timed
from bench.subject import PYTHON, ROOT, environment, serving
from conformance.record import read
from conformance.recordlines import Exchange

LATENCY = 0.15
RATE = 20


def measure(*, full: bool) -> Report:
    """One run through a relay that holds every answer back."""
    profiles = ("smoke", "release") if full else ("release",)
    title = f"Latency-bound: answers after {LATENCY * 1000:g} ms, {RATE} requests a second allowed"
    report = Report("latency", title, ("profile", "requests", "bound s", "sending s", "command s", "ratio"))
    with serving() as server:
        for profile in profiles:
            with tempfile.TemporaryDirectory() as folder, relay(server.url) as url:
                command = [PYTHON / "pytest", "-q", "--target", url, "--profile", profile, "--reports-dir", folder]
                ran = timed(command, cwd=ROOT, env=environment(PARTNERS_API_REQUESTS_PER_SECOND=str(RATE)))
                if ran.code not in (0, 1):
                    raise RuntimeError(ran.output)
                times = list(_times(Path(folder) / "results.jsonl"))
            bound = len(times) / RATE
            sending = max(times) - min(times) + LATENCY
            report.rows.append((profile, len(times), bound, sending, ran.wall, ran.wall / bound))
            report.at_most(f"× the bound, whole command, {profile} (aim: 1.1 or less)", ran.wall / bound, 1.1)
    return report


def _times(record: Path) -> Iterator[float]:
    for line in read(record):
        if isinstance(line, Exchange):
            yield datetime.fromisoformat(line.sent_at).timestamp()


@contextlib.contextmanager
def relay(url: str) -> Iterator[str]:
    """The same server `LATENCY` further away; yields its base URL."""
    parts = urlsplit(url)
    loop = asyncio.new_event_loop()
    handlers: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            handlers.add(task)
            task.add_done_callback(handlers.discard)
        there, back = await asyncio.open_connection(parts.hostname, parts.port)
        await asyncio.gather(_pass(reader, back, 0), _pass(there, writer, LATENCY), return_exceptions=True)

    async def start() -> asyncio.Server:
        return await asyncio.start_server(serve, "127.0.0.1", 0)

    listening = loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}{parts.path}"
    finally:
        loop.call_soon_threadsafe(lambda: [task.cancel() for task in handlers])
        loop.call_soon_threadsafe(listening.close)
        loop.call_later(0.2, loop.stop)
        loop.call_soon_threadsafe(lambda: None)
        thread.join(5)


async def _pass(source: asyncio.StreamReader, sink: asyncio.StreamWriter, seconds: float) -> None:
    """Pass octets on, each piece `seconds` after it came, whatever came before it."""
    loop = asyncio.get_running_loop()
    pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def take() -> None:
        while data := await source.read(1 << 16):
            pieces.put_nowait((loop.time() + seconds, data))
        pieces.put_nowait((loop.time() + seconds, b""))

    taking = asyncio.create_task(take())
    with contextlib.suppress(ConnectionError):
        while True:
            due, data = await pieces.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            if not data:
                break
            sink.write(data)
            await sink.drain()
    taking.cancel()
    sink.close()
