"""Undoing content codings (gzip, deflate, br) without ever holding more than a cap.

Sources: RFC 9110, section 8.4 (`Content-Encoding`), and section 8.4.1 for the codings themselves.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_CODINGS = 3
"""Codings undone on top of each other; more of them are a nuisance, not a need."""

MOST_MEMBERS = 1000
"""Members of one gzip stream that are put together; nobody needs as many in a megabyte."""

_GZIP = 16 + zlib.MAX_WBITS
_ZLIB = zlib.MAX_WBITS
_RAW_DEFLATE = -zlib.MAX_WBITS
_PIECE = 64 << 10


class Decoded(Struct, frozen=True):
    """What is left once the content codings are undone.

    content: the octets; where a coding is unknown those before it, where one is broken those that came before the fault.
    fault: why the codings could not be undone, in words that hold nothing the server sent, or None.
    too_large: the content grows beyond the cap; `content` is empty then.
    """

    content: bytes
    fault: str | None = None
    too_large: bool = False


def decode(field_values: Sequence[str], body: bytes, cap: int) -> Decoded:
    """Undo the codings that the values of `Content-Encoding` list, the last one applied first.

    Each step holds at most `cap` octets, so a small answer that claims to be ten gigabytes costs no more than that.
    No octets at all are no content, whatever coding is announced: an answer to HEAD is such a one, and so is what a step leaves
    of nothing. Never raises.
    """
    codings = [coding for value in field_values for coding in _codings(value)]
    if not body or not codings:
        return Decoded(body)
    if len(codings) > MOST_CODINGS:
        return Decoded(body, fault=f"more than {MOST_CODINGS} content codings")
    content = body
    for coding in reversed(codings):
        if not content:
            break
        if coding == "gzip":
            step = _gunzip(content, cap)
        elif coding == "deflate":
            step = _inflate(content, cap)
        elif coding == "br":
            step = _brotli(content, cap)
        else:
            return Decoded(content, fault="a content coding other than gzip, deflate and br")
        if step.fault or step.too_large:
            return step
        content = step.content
    return Decoded(content)


def _codings(value: str) -> list[str]:
    """The codings of one field value; `x-gzip` is gzip (RFC 9110, section 8.4.1.3), `identity` is none."""
    names = [name.strip(" \t").lower() for name in value.split(",")]
    return ["gzip" if name == "x-gzip" else name for name in names if name not in ("", "identity")]


def _too_large() -> Decoded:
    return Decoded(b"", too_large=True)


def _gunzip(data: bytes, cap: int) -> Decoded:
    """All members of a gzip stream (RFC 1952, section 2.2: members follow one another)."""
    pieces: list[bytes] = []
    size = 0
    for _ in range(MOST_MEMBERS):
        step = _zlib_stream(data, _GZIP, cap - size, "gzip")
        if step.too_large:
            return _too_large()
        pieces.append(step.content)
        size += len(step.content)
        if step.fault:
            return Decoded(b"".join(pieces), fault=step.fault)
        data = step.rest
        if not data:
            return Decoded(b"".join(pieces))
    return Decoded(b"".join(pieces), fault=f"gzip: more than {MOST_MEMBERS} members")


def _inflate(data: bytes, cap: int) -> Decoded:
    """Deflate in its zlib wrapper, or bare as some servers send it (RFC 9110, section 8.4.1.2)."""
    wrapped = (data[0] & 0x0F) == zlib.DEFLATED and len(data) > 1 and (data[0] << 8 | data[1]) % 31 == 0
    step = _zlib_stream(data, _ZLIB if wrapped else _RAW_DEFLATE, cap, "deflate")
    surplus = "deflate: octets behind the end of the stream" if step.rest else None
    return Decoded(step.content, step.fault or surplus, step.too_large)


class _Stream(Struct, frozen=True):
    content: bytes
    fault: str | None = None
    too_large: bool = False
    rest: bytes = b""


def _zlib_stream(data: bytes, wbits: int, cap: int, name: str) -> _Stream:
    """One zlib stream, a piece at a time so that the octets before a fault are kept."""
    engine = zlib.decompressobj(wbits)
    view = memoryview(data)
    taken = 0
    rest: bytes | memoryview = b""
    pieces: list[bytes] = []
    room = cap + 1
    try:
        while room and not engine.eof:
            if not rest:
                rest = view[taken : taken + _PIECE]
                taken += len(rest)
            piece = engine.decompress(rest, min(room, _PIECE))
            if not piece and not rest:
                break
            rest = engine.unconsumed_tail
            pieces.append(piece)
            room -= len(piece)
    except zlib.error:
        return _Stream(b"".join(pieces), fault=f"{name}: invalid data")
    if not room:
        return _Stream(b"", too_large=True)
    if not engine.eof:
        return _Stream(b"".join(pieces), fault=f"{name}: cut off before its end")
    return _Stream(b"".join(pieces), rest=engine.unused_data + view[taken:])


def _brotli(data: bytes, cap: int) -> Decoded:
    """A brotli stream (RFC 7932)."""
    # Loaded where it is needed: hardly any answer is coded so, and start-up is dear.
    import brotli

    engine = brotli.Decompressor()
    pieces: list[bytes] = []
    size = 0
    try:
        while not engine.is_finished():
            piece: bytes = engine.process(data, output_buffer_limit=_PIECE)
            data = b""
            if not piece and engine.can_accept_more_data():
                break
            size += len(piece)
            if size > cap:
                return _too_large()
            pieces.append(piece)
    except brotli.error:
        return Decoded(b"".join(pieces), fault="br: invalid data")
    if not engine.is_finished():
        return Decoded(b"".join(pieces), fault="br: cut off before its end")
    return Decoded(b"".join(pieces))
