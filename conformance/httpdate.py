"""Points in time as HTTP writes them (RFC 9110, section 5.6.7)."""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime


def http_date(text: str) -> float | None:
    """The POSIX time that an HTTP-date says, in any of its three forms; None for a text that is none.

    Each form is UTC. The one of `asctime` has no word for it, and a zone of -0000 is read as none by who reads mail: such a time
    is no time of this machine's zone.
    """
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
