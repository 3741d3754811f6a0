"""Tokens that an answer holds behind what is looked at of it.

Only the beginning of an answer is shown, so only that is searched for everything. But a token that stands behind it may come
again anywhere, in the text of a refusal or in a field, and has to be known by then.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final

from conformance import jsontext, tokens
from conformance.masking import credentials
from conformance.masking.excerpt import CONTENT

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Tokens of one answer that are learnt.
MOST: Final = 64
#: The longest name of a member that holds a token; more characters than any has, however it is written.
LONGEST_NAME: Final = 24
#: Octets around a name in which what stands behind it is read, in a text that is no JSON.
BEFORE: Final = 64
BEHIND: Final = 8 << 10

_CONTAINERS: Final = frozenset((dict, list))
_ENDS: Final = tuple(f'{end}"'.encode() for end in ("token", "jwt"))
_BETWEEN: Final = b"-_ "  # what `tokens.normal` leaves out
_PLAINLY: Final = bytes(range(256)).lower()
_TELL = re.compile(rb"[tT][oO][kK][eE][nN]|[jJ][wW][tT]|[bB][eE][aA][rR][eE][rR]")


# One answer is captured more than once, and most servers have a few only.
@functools.lru_cache(maxsize=2)
def find(content: bytes) -> tuple[str, ...]:
    """The tokens told by the name of their member, in JSON however it is spelled, else by the words before them."""
    if len(content) <= CONTENT or not _may_hold_tokens(content[CONTENT - BEHIND :]):
        return ()
    document = jsontext.read(content)
    if document.value is not jsontext.NOTHING and not _may_name_tokens(content):
        return ()
    # What is broken off is read no further than the fault: the rest is searched as it is.
    # Of a member that is repeated, the value has the last; the pairs have them all.
    repeats = document.pairs if document.duplicates else ()
    every = [document.value, *({name: value} for name, value in repeats if _is_tokens(name))]
    found = _of_value(every) if document.value is not jsontext.NOTHING else _of_text(content)
    return tuple(dict.fromkeys(token for token, _ in zip(found, range(MOST), strict=False)))


def _may_hold_tokens(content: bytes) -> bool:
    lowered = content.lower()
    return any(tell in lowered for tell in (b"token", b"jwt", b"bearer", b"\\u", b"\0"))


def _may_name_tokens(content: bytes) -> bool:
    """Whether a member may be called like a token: all such names have the same few ends."""
    plain = content.translate(_PLAINLY, _BETWEEN)
    return any(end in plain for end in _ENDS) or b"\\u" in plain or b"\0" in plain


def _is_tokens(name: str) -> bool:
    return len(name) <= LONGEST_NAME and tokens.normal(name) in credentials.TOKEN_NAMES


def _of_value(value: object) -> Iterator[str]:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        # most are of strings and numbers alone, which is told without a line of Python for each
        if isinstance(item, list) and _CONTAINERS.isdisjoint(map(type, item)):
            continue
        if isinstance(item, dict):
            for name, inner in item.items():
                if isinstance(inner, str):
                    if inner and _is_tokens(name):
                        yield inner
                elif isinstance(inner, dict | list):
                    waiting.append(inner)
        elif isinstance(item, list):
            waiting.extend(inner for inner in item if isinstance(inner, dict | list))


def _of_text(content: bytes) -> Iterator[str]:
    at = CONTENT - BEHIND
    for _ in range(MOST):
        tell = _TELL.search(content, at)
        if tell is None:
            return
        start = max(tell.start() - BEFORE, 0)
        text = content[start : tell.end() + BEHIND].decode("utf-8", "replace")
        yield from (text[one.start : one.end] for one in credentials.find(text) if one.is_token)
        at = tell.end() + BEHIND // 2
