"""How the text of a setting is read: one `Reader` a kind, each saying in words what it accepts.

A reader raises `Unaccepted` for text it does not accept; its message, if any, says what is wrong with this one and never
quotes the text. Whoever calls it knows the setting's name and makes the error a person sees. A ValueError of any other
kind is a library's: it may quote the text, and is not shown.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from conformance.secret import Secret

#: A number as people write it. No exponent, sign, underscore, NaN or infinity; short enough to be cheap.
_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,9})?", re.ASCII)
_INTEGER = re.compile(r"[0-9]{1,15}", re.ASCII)
#: What ids of requirements are made of, and what `fnmatch` understands.
_GLOB = re.compile(r"[a-z0-9.\-*?\[\]!]+", re.ASCII)

#: What the documentation has in the place of a secret.
PLACEHOLDER = "…"

TRUE = ("true", "yes", "on", "1")
FALSE = ("false", "no", "off", "0")


class Unaccepted(ValueError):
    """A text that is not accepted; the message, if any, is ours and quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A kind of value.

    accepted: what it accepts, as the end of the sentence "it takes …".
    read: text and the directory that relative paths start from → the value; raises `Unaccepted`.
    nothing: the value of a setting nobody gave.
    words: the accepted words, where they can be listed.
    secret: the text is never shown.
    is_path: the value is a path.
    """

    accepted: str
    read: Callable[[str, Path], object]
    nothing: object = None
    words: tuple[str, ...] = ()
    secret: bool = False
    is_path: bool = False


def text(accepted: str) -> Reader:
    """Any text; who uses it knows more."""
    return Reader(accepted, lambda given, _base: _not_blank(given))


def choice(*words: str) -> Reader:
    """One of `words`."""

    def read(given: str, _base: Path) -> str:
        if given not in words:
            raise Unaccepted
        return given

    return Reader(_listed(words), read, words=words)


def boolean() -> Reader:
    """A yes or a no; anything else is neither (an unknown word never means "on")."""

    def read(given: str, _base: Path) -> bool:
        if given.lower() not in TRUE + FALSE:
            raise Unaccepted
        return given.lower() in TRUE

    return Reader("true or false (also yes/no, on/off, 1/0)", read, nothing=False)


def integer(least: int, most: int) -> Reader:
    """A whole number from `least` to `most`."""

    def read(given: str, _base: Path) -> int:
        if not _INTEGER.fullmatch(given) or not least <= int(given) <= most:
            raise Unaccepted
        return int(given)

    return Reader(f"a whole number from {least} to {most}", read)


def number(least: float, most: float) -> Reader:
    """A decimal number from `least` to `most`; finite by the way it is written."""

    def read(given: str, _base: Path) -> float:
        if not _NUMBER.fullmatch(given) or not least <= float(given) <= most:
            raise Unaccepted
        return float(given)

    return Reader(f"a number from {least:g} to {most:g}", read)


def globs() -> Reader:
    """Patterns for ids of requirements, separated by commas."""

    def read(given: str, _base: Path) -> tuple[str, ...]:
        patterns = tuple(part.strip() for part in given.split(","))
        if not all(_GLOB.fullmatch(pattern) for pattern in patterns):
            raise Unaccepted
        return patterns

    return Reader("ids of requirements or patterns such as jwt.*, separated by commas", read, nothing=())


def secret() -> Reader:
    """Text that is never shown."""

    def read(given: str, _base: Path) -> Secret:
        if given != given.strip():
            raise Unaccepted("white space at its beginning or end: most likely copied with it")
        if given == PLACEHOLDER:
            raise Unaccepted("what stands for it in the documentation")
        try:
            given.encode("utf-8")
        except UnicodeEncodeError:
            raise Unaccepted("not UTF-8") from None
        return Secret(given)

    return Reader("text in UTF-8 without white space around it", read, secret=True)


def url() -> Reader:
    """An address of a document on the web."""
    return Reader("a URL such as https://example.com/.well-known/jwks.json", lambda given, _base: _url(given))


def proxy() -> Reader:
    """The address of a proxy, which may hold a password and is never shown."""
    accepted = "an http:// URL such as http://proxy.example:3128"
    return Reader(accepted, lambda given, _base: Secret(_proxy(given)), secret=True)


def folder() -> Reader:
    """A folder, there or not; nothing else may stand where it has to be."""

    def read(given: str, base: Path) -> Path:
        wanted = _path(given, base)
        for place in (wanted, *wanted.parents):
            try:
                if place.is_dir():
                    break
                if os.path.lexists(place):
                    where = "in its place" if place == wanted else "where a folder above it has to be"
                    raise Unaccepted(f"it cannot be written: a file stands {where}")
            except OSError as error:  # a name too long, a loop of links
                raise Unaccepted(f"it cannot be written: {error.strerror}") from None
        return wanted

    return Reader("a folder, which is made if it is not there", read, is_path=True)


def existing_path() -> Reader:
    """A file or folder that is there."""
    return Reader("a file or folder that exists", lambda given, base: _there(given, base, folder=True), is_path=True)


def file() -> Reader:
    """A file that is there."""
    return Reader("a file that exists", lambda given, base: _there(given, base, folder=False), is_path=True)


def certificates() -> Reader:
    """A file of certificates that OpenSSL takes."""

    def read(given: str, base: Path) -> Path:
        found = _there(given, base, folder=False)
        # Imported here: only a run with a bundle of its own needs it.
        import ssl

        try:
            ssl.create_default_context(cafile=str(found))
        except (OSError, ssl.SSLError):
            raise Unaccepted("no certificates in PEM form") from None
        return found

    return Reader("a file of certificates in PEM form", read)


def _url(given: str, *, userinfo: bool = False) -> str:
    """An absolute http or https URL, as it was given."""
    # Imported here: the default settings hold no URL.
    from urllib.parse import urlsplit

    if not given.isascii() or not given.isprintable() or re.search(r'[\s\\"<>^`{|}]', given):
        raise Unaccepted("characters that a URL does not have")
    try:
        parts = urlsplit(given)
        port = parts.port
    except ValueError:  # its text quotes what stands in the place of a port: the password, where the @ is missing
        raise Unaccepted("its host or port cannot be read") from None
    if parts.scheme not in ("http", "https"):
        raise Unaccepted("it begins with neither http:// nor https://")
    if not parts.hostname:
        raise Unaccepted("no host")
    if port == 0:
        raise Unaccepted("no port is 0")
    if "@" in parts.netloc and not userinfo:
        raise Unaccepted("no user name or password belongs there")
    return given


def _proxy(given: str) -> str:
    """The URL of a proxy: nothing behind host and port, which would be the rest of a password with a slash in it."""
    from urllib.parse import urlsplit

    parts = urlsplit(_url(given, userinfo=True))
    if parts.scheme != "http":
        raise Unaccepted("the proxy itself is asked over http://; TLS to the target goes through it all the same")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise Unaccepted("it ends with its port; in a user name or password / is %2F, ? is %3F, # is %23 and @ is %40")
    return given


def _path(given: str, base: Path) -> Path:
    if "\0" in given:
        raise Unaccepted
    # Not `Path.expanduser`: that raises for a user there is not, and a folder may well be called ~0.
    return base / os.path.expanduser(_not_blank(given))  # noqa: PTH111


def _there(given: str, base: Path, *, folder: bool) -> Path:
    found = _path(given, base)
    try:
        there = found.is_file() or (folder and found.is_dir())
    except OSError as fault:
        raise Unaccepted(fault.strerror) from None
    if not there:
        raise Unaccepted("there is none")
    return found


def _not_blank(given: str) -> str:
    if not given.strip():
        raise Unaccepted("it is empty")
    return given


def _listed(words: tuple[str, ...]) -> str:
    """The words as a person writes them: "smoke, release or nightly"."""
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else words[0]
