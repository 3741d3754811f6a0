"""A base URL in its one spelling, so that two spellings of one host are one host."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import SplitResult, urlsplit

#: Lengths of a label and of a whole name (RFC 1035, section 2.3.4; the root's own octet taken off).
_LABEL, _NAME = 63, 253


def parse(given: str) -> str:
    """A base URL, normalised: host as `comparable` gives it, no slash at the end.

    Raises ValueError saying what is wrong, without quoting the text.
    """
    # Looked for first: `urlsplit` drops some of these silently.
    if not given.isprintable() or any(character in ' \\"<>^`{|}' for character in given):
        raise ValueError('a URL holds no white space, no control characters and none of \\ " < > ^ ` { | }')
    try:
        parts = urlsplit(given)
        port = parts.port
    except ValueError:
        raise ValueError("its host or port cannot be read") from None
    fault = _fault(parts, port)
    if fault:
        raise ValueError(fault)
    host = comparable(parts.hostname or "")
    if host is None:
        raise ValueError("no host name or address can be read from it")
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}{f':{port}' if port else ''}{parts.path.rstrip('/')}"


def before_path(base_url: str, paths: Sequence[str]) -> str | None:
    """What stands before a path of the contract that the URL ends in, a template's segments being any; None if it does not."""
    start = len(base_url) - len(urlsplit(base_url).path)
    steps = base_url[start:].split("/")[1:]
    for path in paths:
        named = path.strip("/").split("/")
        behind = steps[-len(named) :]
        if named != [""] and len(behind) == len(named) and all(map(_is_step, behind, named)):
            return base_url[:start] + "".join(f"/{step}" for step in steps[: -len(named)])
    return None


def _is_step(given: str, named: str) -> bool:
    """Whether a segment of a path is the one of the contract, or may be what its template stands for."""
    return given == named or (named.startswith("{") and named.endswith("}"))


def comparable(host: str) -> str | None:
    """A host as it is compared and sent: an address in its one spelling, a name in lower-case ASCII; None if neither."""
    import ipaddress

    if "%" in host:
        # A zone of this machine's network, or a name in disguise.
        return None
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    if ":" in host:
        return None
    name = host.rstrip(".").lower()
    if not name.isascii():
        # Imported here: its tables are large, and names outside ASCII are rare.
        import idna

        try:
            # UTS 46 first: full-width letters and the like are the letters they stand for.
            name = idna.encode(name, uts46=True).decode("ascii").rstrip(".")
        except idna.IDNAError:
            return None
    labels = name.split(".")
    fits = all(0 < len(label) <= _LABEL and label.replace("-", "").replace("_", "").isalnum() for label in labels)
    return name if fits and len(name) <= _NAME else None


def is_loopback(host: str) -> bool:
    """Whether the host is this machine by its spelling alone: 127.0.0.0/8, ::1, localhost. No look-up is made."""
    import ipaddress

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _fault(parts: SplitResult, port: int | None) -> str | None:
    """Why the URL is no base URL, or None."""
    if parts.scheme not in ("http", "https"):
        return "a base URL begins with http:// or https://"
    if not parts.hostname:
        return "it names no host"
    if port == 0:
        return "there is no port 0"
    if "@" in parts.netloc:
        return "no user name or password belongs in it: credentials have settings of their own"
    if parts.query or parts.fragment:
        return "a base URL has no query and no fragment"
    if not parts.path.isascii():
        return "its path is not ASCII: percent-encode it"
    return None
