"""Fields of an answer in which there is no room for a secret: a date, figures of a few digits, words that everybody sends.

They are half of what a head says, and to search them in every encoding is as dear as to search anything.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from conformance.messages import HeaderPairs

#: Digits of a figure, at most.
DIGITS: Final = 7
#: Characters from which on a secret is more than twice as long as that: half of it, or more, is in no such figure.
LONG_ENOUGH: Final = 2 * DIGITS + 2

_PLAIN = re.compile(
    r"(?:(?i:date|expires|last-modified):"
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [0-9]{4} "
    r"[0-9]{2}:[0-9]{2}:[0-9]{2} GMT"
    rf"|(?i:content-length|retry-after|age|x-ratelimit-limit|x-ratelimit-remaining|x-ratelimit-reset):[0-9]{{1,{DIGITS}}}"
    r"|(?i:content-type):(?:application/json|text/plain|text/html)(?:; ?charset=(?:utf|UTF)-8)?"
    r"|(?i:cache-control):(?:no-store|no-cache|private)(?:, ?(?:no-store|no-cache|private)){0,2}"
    r"|(?i:connection):(?:keep-alive|close)|(?i:transfer-encoding):chunked|(?i:vary):Accept-Encoding)"
)


def looked_at(headers: HeaderPairs, shortest: int) -> list[bool]:
    """Of each field whether it has to be searched, where the shortest secret has so many characters.

    Dates as in RFC 9110, section 5.6.7, throttling fields as on the provider's public pages.
    """
    if shortest < LONG_ENOUGH:
        return [True] * len(headers)
    return [_PLAIN.fullmatch(f"{name}:{value}") is None for name, value in headers]
