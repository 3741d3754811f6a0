"""Requests, answers and refusals as values."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, replace
from typing import TypeAlias

HeaderPairs: TypeAlias = tuple[tuple[str, str], ...]

JSON = "application/json"


class Cause(enum.Enum):
    """Why an answer is what it is: the branch of the server it came from."""

    TOKEN = "a token was issued"  # noqa: S105 - no password
    KEYS = "the key set was served"
    NOT_FOUND = "no such path"
    METHOD = "method not allowed"
    MEDIA_TYPE = "the media type is not JSON"
    TOO_LARGE = "the body is over the limit"
    EMPTY = "the body is empty"
    NOT_JSON = "the body is not JSON"
    UNUSUAL_JSON = "the body is JSON that strict readers disagree about"
    NOT_AN_OBJECT = "the body is no object"
    MISSING_MEMBER = "a required member is missing"
    WRONG_TYPE = "a member has another type"
    CREDENTIALS = "the credentials are no client's"
    THROTTLED = "too many requests"


@dataclass(frozen=True, slots=True)
class Client:
    """A registered client.

    id, secret: its credentials.
    company: the UUID of the company it acts for.
    """

    id: str
    secret: str = field(repr=False)
    company: str = "3f1f2f6e-5d1e-4c69-9c53-6a7a0f1f2f6e"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request claims to be: any two strings."""

    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the service sees it.

    path: below the base URL, percent-decoded, such as `/oauth/token`.
    query: the raw query, without its question mark.
    headers: field pairs in order, names in lower case.
    body: its octets; cut off where `too_large`.
    too_large: the body is over the limit.
    peer: the address it came from.
    names: of the fields, as they were written; none where the parser does not tell.
    """

    method: str
    path: str
    query: str = ""
    headers: HeaderPairs = ()
    body: bytes = field(default=b"", repr=False)
    too_large: bool = False
    peer: str = ""
    names: tuple[str, ...] = ()

    def header(self, name: str) -> str | None:
        """The combined value of a field (RFC 9110, section 5.2), or None; `name` in lower case."""
        values = [value for key, value in self.headers if key == name]
        return ", ".join(values) if values else None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: status, header pairs, content, and the branch it came from."""

    status: int
    headers: HeaderPairs
    body: bytes = field(repr=False)
    cause: Cause

    def header(self, name: str) -> str | None:
        """The first value of a field, or None; names compare without case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def with_header(self, name: str, value: str) -> Answer:
        """The same answer with the field `name` set to `value`."""
        return replace(self, headers=(*self.without_header(name).headers, (name, value)))

    def without_header(self, name: str) -> Answer:
        """The same answer without the field `name`."""
        return replace(self, headers=tuple(pair for pair in self.headers if pair[0].lower() != name.lower()))


class Refused(Exception):
    """A request that is refused: the status, the branch, and a message for the client's developer.

    The message never quotes a value of the request: an answer must not repeat a secret it was sent.
    """

    def __init__(self, status: int, cause: Cause, message: str, headers: HeaderPairs = ()) -> None:
        super().__init__(message)
        self.status = status
        self.cause = cause
        self.message = message
        self.headers = headers
