"""Servers that code their content: bombs, and codings that are broken."""

from __future__ import annotations

import functools
import gzip
import zlib

import brotli

from conformance.messages import FailureKind
from tests.hostile.server import Behaviour, Heard, Hostile, Peer, message

_TOO_LARGE = (FailureKind.TOO_LARGE,)
_MEGABYTE = 1 << 20
_BODY = b'{"error": 401, "message": "Unauthorized"}' * 20


def _coded(coding: str, body: bytes) -> Behaviour:
    def behave(peer: Peer, _: Heard) -> None:
        peer.send(message(401, body, (("Content-Encoding", coding),)))

    return behave


@functools.cache
def zeros(megabytes: int, wbits: int) -> bytes:
    """A deflate stream of so many megabytes of zeros, without a proper end: nobody is to read that far.

    The part for a megabyte is made once and repeated; a full flush lets it stand anywhere.
    """
    engine = zlib.compressobj(9, zlib.DEFLATED, wbits)
    first = engine.compress(bytes(_MEGABYTE)) + engine.flush(zlib.Z_FULL_FLUSH)
    again = engine.compress(bytes(_MEGABYTE)) + engine.flush(zlib.Z_FULL_FLUSH)
    return first + again * (megabytes - 1)


def _gzip_bomb(peer: Peer, _: Heard) -> None:
    peer.send(message(200, zeros(900, 31), (("Content-Encoding", "gzip"),)))


def _gzip_bomb_of_10_gb(peer: Peer, _: Heard) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n\r\n")
    piece = zeros(100, 31)
    peer.send(piece)
    peer.flood(zeros(2, 31)[len(zeros(1, 31)) :] * 100, 99)
    peer.close()


def _deflate_bomb(peer: Peer, _: Heard) -> None:
    peer.send(message(200, zeros(900, 15), (("Content-Encoding", "deflate"),)))


def _nested_bomb(peer: Peer, _: Heard) -> None:
    peer.send(message(200, _nested(), (("Content-Encoding", "gzip, gzip"),)))


@functools.cache
def _nested() -> bytes:
    return gzip.compress(zeros(3000, 31))


@functools.cache
def _brotli_zeros() -> bytes:
    engine = brotli.Compressor(quality=1)
    pieces = [engine.process(bytes(4 * _MEGABYTE)) for _ in range(128)]
    return b"".join([*pieces, engine.finish()])


def _brotli_bomb(peer: Peer, _: Heard) -> None:
    peer.send(message(200, _brotli_zeros(), (("Content-Encoding", "br"),)))


HOSTILE = (
    Hostile("gzip-bomb", "1 MB of gzip that holds 900 MB", _gzip_bomb, expected=_TOO_LARGE),
    Hostile("gzip-bomb-streamed", "gzip that holds 10 GB, until close", _gzip_bomb_of_10_gb, expected=_TOO_LARGE),
    Hostile("gzip-bomb-nested", "gzip in gzip that holds 3 GB in some kilobytes", _nested_bomb, expected=_TOO_LARGE),
    Hostile("deflate-bomb", "1 MB of deflate that holds 900 MB", _deflate_bomb, expected=_TOO_LARGE),
    Hostile("brotli-bomb", "some kilobytes of brotli that hold 512 MB", _brotli_bomb, expected=_TOO_LARGE),
    Hostile("gzip-five-times", "gzip five times over", _coded("gzip, gzip, gzip, gzip, gzip", functools.reduce(lambda data, _: gzip.compress(data), range(5), _BODY))),
    Hostile("gzip-invalid", "says gzip, is JSON", _coded("gzip", _BODY)),
    Hostile("gzip-corrupt", "gzip with a flipped octet in the middle", _coded("gzip", gzip.compress(_BODY)[:30] + b"\xff\xff\xff" + gzip.compress(_BODY)[33:])),
    Hostile("gzip-truncated", "gzip that is cut off", _coded("gzip", gzip.compress(_BODY)[:-12])),
    Hostile("gzip-trailing", "gzip with octets behind its end", _coded("gzip", gzip.compress(_BODY) + b"and more")),
    Hostile("brotli-invalid", "says br, is JSON", _coded("br", _BODY)),
    Hostile("brotli-truncated", "brotli that is cut off", _coded("br", brotli.compress(_BODY)[:-4])),
    Hostile("deflate-invalid", "says deflate, is JSON", _coded("deflate", _BODY)),
    Hostile("coding-unknown", "a coding nobody knows, in markup", _coded("<b>rot13</b>", _BODY)),
)  # fmt: skip
