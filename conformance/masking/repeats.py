"""Where octets repeat: what makes a large body large, and is neither worth searching nor worth writing out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Octets that are compared at a time; runs of fewer than twice as many may be overlooked.
BLOCK = 512


def runs(octets: bytes, shortest: int = 2 * BLOCK) -> Iterator[tuple[int, int]]:
    """Start and end of each run of one octet that is at least `shortest` long, in order; a block at a time."""
    at, size = 0, len(octets)
    while at + BLOCK <= size:
        octet = octets[at : at + 1]
        block = octet * BLOCK
        if octets[at : at + BLOCK] != block:
            at += BLOCK
            continue
        start, end = at, at + BLOCK
        while octets[end : end + BLOCK] == block:
            end += BLOCK
        while octets[end : end + 1] == octet:
            end += 1
        while start and octets[start - 1 : start] == octet:
            start -= 1
        if end - start >= shortest:
            yield start, end
        at = end


def apart(octets: bytes, kept: int) -> tuple[list[bytes], list[bytes]]:
    """The octets in pieces, and between each two of them a long run of one ASCII octet; in turn they are the whole.

    A piece keeps `kept` octets of the runs beside it, so that nothing shorter than that is cut in two.
    """
    pieces, between, at = [], [], 0
    for start, end in runs(octets, 4 * kept):
        if octets[start] < 0x80:
            pieces.append(octets[at : start + kept])
            between.append(octets[start + kept : end - kept])
            at = end - kept
    return [*pieces, octets[at:]], between
