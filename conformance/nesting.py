"""How deep the containers of a JSON text lie inside each other, and a text less what lies too deep."""

from __future__ import annotations

import itertools
import re
from typing import Final

#: Containers inside containers that are read; RFC 8259, section 9 allows a reader such a limit.
DEEPEST: Final = 200
#: A deeper document than `DEEPEST` is pruned and read leniently up to this many characters.
LONGEST_PRUNED: Final = 256 << 10

# Possessive, so that a string of millions of escapes needs no stack; the closing quote may be missing.
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?'
_STRINGS = re.compile(_STRING, re.DOTALL)
_TOKENS = re.compile(_STRING.decode() + r"|[\[{]|[\]}]", re.DOTALL)
_NOT_MARKS = bytes(set(range(256)) - set(b'[]{}"'))
_STEPS = [0] * 256
for _bracket, _step in zip(b"[{]}", (1, 1, -1, -1), strict=True):
    _STEPS[_bracket] = _step


def depth_of(content: bytes) -> int:
    """Containers inside containers; brackets in strings do not count, nor does it matter whether they match."""
    if b"\\" in content:
        content = content.replace(b"\\\\", b"").replace(b'\\"', b"")
    # Two quotes side by side are a string without brackets, or end one and begin another: nothing of account either way.
    brackets = content.translate(None, _NOT_MARKS).replace(b'""', b"")
    if b'"' in brackets:
        brackets = _STRINGS.sub(b"", brackets)
    return max(itertools.accumulate(map(_STEPS.__getitem__, brackets)), default=0)


def pruned(text: str) -> str:
    """The text with `null` in place of every container that lies deeper than `DEEPEST`; empty if that leads nowhere."""
    if len(text) > LONGEST_PRUNED:
        return ""
    kept: list[str] = []
    depth = start = 0
    for token in _TOKENS.finditer(text):
        mark = token[0]
        if mark in "[{":
            depth += 1
            if depth == DEEPEST:
                kept.append(text[start : token.start()])
        elif mark in "]}":
            if depth == DEEPEST:
                kept.append("null")
                start = token.end()
            depth -= 1
    return "".join([*kept, text[start:]]) if depth < DEEPEST else ""
