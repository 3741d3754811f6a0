"""Text that came from outside, made fit to be shown.

A report is read by people and by terminals, XML parsers and browsers. What would steer one of them instead of being
read is written as the escape it would have in source code, so that it is seen and does nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

# Controls (C0, DEL, C1) and separators; marks that reorder or hide text (Unicode UAX #9 and the "Trojan source"
# characters, zero width, tags, annotation anchors, soft hyphen); what XML 1.0 cannot hold (section 2.2: Char).
_STEERING: Final = (
    "\x00-\x1f\x7f-\x9f\u2028\u2029"
    "\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u00ad\u115f\u1160\u3164\U000e0000-\U000e0fff"
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
)
_LINE: Final = re.compile(f"[{_STEERING}]")
_BLOCK: Final = re.compile(rf"(?!\n|\t)[{_STEERING}]")
_LAST_OF_TWO_DIGITS: Final = 0xFF
_LAST_OF_FOUR_DIGITS: Final = 0xFFFF
_SHORT: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    if character in _SHORT:
        return _SHORT[character]
    code = ord(character)
    if code <= _LAST_OF_TWO_DIGITS:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= _LAST_OF_FOUR_DIGITS else f"\\U{code:08x}"


def line(text: str) -> str:
    """Put the text on one line: line feeds and tabs are shown as escapes too."""
    return _LINE.sub(_escape, text)


def block(text: str) -> str:
    """Keep the text as it is laid out: line feeds and tabs stay, carriage returns before a line feed go."""
    return _BLOCK.sub(_escape, text.replace("\r\n", "\n"))


def clip(text: str, limit: int, escape: Callable[[str], str] = line) -> str:
    """At most `limit` characters of the escaped text; says so where that is not all."""
    # What is cut off anyway is not worth escaping: a server may send a mebibyte.
    shown = escape(text[:limit])
    if len(text) <= limit and len(shown) <= limit:
        return shown
    return f"{shown[:limit]}… (of {len(text):,} characters)"


def plural(number: int, noun: str) -> str:
    """Write the number with its noun: "1 request", "2,000 requests"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
