"""How a JSON text is written where it could be written more plainly: what makes one spelling differ from another."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Final

#: RFC 8259, section 2
WHITE_SPACE: Final = b" \t\n\r"
READABLE: Final = 80  # characters of names that are told one by one
PLAIN_TYPE: Final = "application/json"

_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*"')


def peculiarities(body: bytes, content_type: str | None, order: tuple[str, ...]) -> Iterator[str]:
    """What sets a JSON object apart from its plain form, in words; `order` has the names that come first, in turn.

    The plain form has no white space, no escape that it can do without, and the media type without a parameter.
    """
    if body != body.lstrip(WHITE_SPACE):
        yield "white space before it"
    if body != body.rstrip(WHITE_SPACE):
        yield "white space after it"
    if any(octet in WHITE_SPACE for octet in _STRING.sub(b"", body.strip(WHITE_SPACE))):
        yield "white space inside it"
    if any(_is_escaped(match[0]) for match in _STRING.finditer(body)):
        yield "escapes"
    names = [name for name in json.loads(body) if name in order]
    if names != sorted(names, key=order.index):
        yield "its members in another order"
    if content_type != PLAIN_TYPE:
        yield f"the media type {content_type}"


def told(names: Iterable[str]) -> str:
    """The names where they are few and short enough to be read; else how many there are, or how long the only one is."""
    names = list(names)
    shown = ", ".join(map(repr, names))
    if len(shown) <= READABLE:
        return shown
    return f"{len(names)} of them" if len(names) > 1 else f"a name of {len(names[0])} characters"


def _is_escaped(literal: bytes) -> bool:
    plain = json.dumps(json.loads(literal), ensure_ascii=False)
    return plain.encode("utf-8", "surrogatepass") != literal
