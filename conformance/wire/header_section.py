"""Where in the octets of an answer its header section ends, and which of its fields is none.

The parser says what is wrong and not where. So this looks again, once something is wrong, at an answer whose header section
came in one piece, as nearly all do.
"""

from __future__ import annotations

import re

#: Octets of a name that are shown. A longer one is left out, not cut: part of a secret is harder to recognise than all of it.
NAME_SHOWN = 64

_END = b"\r\n\r\n"
_STATUS_LINE = re.compile(rb"HTTP/[^\n]*\n")
# RFC 9110, sections 5.1 and 5.5
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t\x20-\x7e\x80-\xff]*\r\n")


def content_start(octets: bytes, informational: int) -> int | None:
    """Where the content begins, behind so many informational responses and the final header section; None where it does not."""
    start = 0
    for _ in range(informational + 1):
        end = octets.find(_END, start)
        if end < 0:
            return None
        start = end + len(_END)
    return start


def faulty_field(octets: bytes) -> str:
    """The first field that is not well-formed: its name, or of how many octets that is; empty where none is found.

    A folded line (RFC 9112, section 5.2) is part of the field before it.
    """
    at, name = 0, b""
    while True:
        if start := _STATUS_LINE.match(octets, at):
            at, name = start.end(), b""
        elif field := _FIELD.match(octets, at):
            at, name = field.end(), field[1]
        elif octets.startswith(b"\r\n", at):
            at += 2
        else:
            break
    rest = octets[at:].partition(b"\n")[0]
    if not rest.startswith((b" ", b"\t")):
        before, colon, _ = rest.partition(b":")
        name = before if colon else b""
    return _shown(name)


def _shown(name: bytes) -> str:
    if len(name) > NAME_SHOWN or not all(0x20 <= octet < 0x7F for octet in name):
        return f"with a name of {len(name)} octets"
    return name.decode("ascii")
