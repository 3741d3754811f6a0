"""The cookies that an answer sets, as whoever keeps them sends them back (RFC 6265)."""

from __future__ import annotations

from conformance.httpdate import http_date
from conformance.messages import Response

MOST = 4096  # octets of a Cookie field: servers take 8 KiB of all fields together


def kept(response: Response, now: float) -> dict[str, str]:
    """Cookies by name, in the order they were set: those with a value, and not those that are deleted (RFC 6265, section 5.2).

    now: POSIX time at which the answer came.
    """
    found: dict[str, str] = {}
    for field in response.header_values("set-cookie"):
        pair, *attributes = field.split(";")
        name, _, value = (part.strip() for part in pair.partition("="))
        # what no field may hold could not be sent back as it came
        if not name or not (name + value).isascii() or not (name + value).isprintable():
            continue
        found.pop(name, None)
        if value.strip('"') and not _is_over(attributes, now):
            found[name] = value
    return found


def joined(cookies: dict[str, str]) -> str:
    """The value of a Cookie field (RFC 6265, section 5.4), of as many as a server has to take."""
    pairs: list[str] = []
    size = 0
    for name, value in cookies.items():
        size += len(name) + len(value) + len("=; ")
        if size <= MOST:
            pairs.append(f"{name}={value}")
    return "; ".join(pairs)


def _is_over(attributes: list[str], now: float) -> bool:
    """Whether a cookie is deleted by being set: Max-Age has precedence over Expires, the last of each counts (section 5.3)."""
    told = {name.strip().lower(): value.strip() for name, _, value in (one.partition("=") for one in attributes)}
    age = told.get("max-age", "")
    if age.removeprefix("-").isdecimal():
        return age.startswith("-") or not age.strip("0")
    moment = http_date(told.get("expires", ""))
    return moment is not None and moment <= now
