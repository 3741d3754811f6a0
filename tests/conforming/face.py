"""What a conforming server is free to choose, as one value.

The contract, RFC 9110, RFC 9112, RFC 8259 and RFC 7519 leave a server a great deal of freedom. Each field of `Face` is
one such freedom; every combination of them conforms, recommendations included. The defaults are a plain server.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TypeAlias

HeaderPairs: TypeAlias = tuple[tuple[str, str], ...]

PREFIX = "/api/v3"
TOKEN_PATH = f"{PREFIX}/oauth/token"


@dataclass(frozen=True, slots=True)
class Credentials:
    """The one client a variant knows."""

    client_id: str = "Kq3vTn8Zr1Yw6Lx0Pb5Ds7Hm2Gj4Fc9A"
    client_secret: str = field(default="x9Rk-2vQmT_7bLw0ZsN4eYhJ8cUaD3fGpK6iVoX1tBqM5nEr", repr=False)


class Framing(enum.Enum):
    """How the end of a body is known (RFC 9112, section 6.3)."""

    LENGTH = "Content-Length"
    CHUNKED = "chunked"
    EXTENDED = "chunked, with chunk extensions and a trailer field"
    CLOSE = "the end of the connection"


class Casing(enum.Enum):
    """How field names are spelled; they compare without case (RFC 9110, section 5.1)."""

    USUAL = "Content-Type"
    LOWER = "content-type"
    UPPER = "CONTENT-TYPE"


class Json(enum.Enum):
    """How JSON is written (RFC 8259, sections 2 and 7)."""

    COMPACT = "no white space"
    SPACED = "a space after each comma and colon"
    PRETTY = "indented, with a final line feed"
    ESCAPED = r"every character of a string as \u"
    SLASHES = r"solidus as \/"


class Outside(enum.Enum):
    """What stands in an answer that the contract does not document: 404, 405, 411, 413, 415."""

    ERROR = "an Error"
    TEXT = "text/plain"
    HTML = "text/html"
    ROUTER = "JSON as a router of Fastify's has it"
    EMPTY = "nothing"


class Repeats(enum.Enum):
    """What a reader makes of duplicate members (RFC 8259, section 4)."""

    REFUSED = "refused"
    LAST = "the last one counts"
    FIRST = "the first one counts"


class Wait(enum.Enum):
    """How a 429 says when to come back."""

    SECONDS = "Retry-After in seconds"
    DATE = "Retry-After as an HTTP-date"
    ZERO = "Retry-After: 0"
    RESET = "x-ratelimit-reset only"
    NOTHING = "not at all"


@dataclass(frozen=True, slots=True)
class Throttle:
    """When a request is answered with 429.

    every: each such request in order of arrival; 0 for none.
    limit, window: so many requests are answered within so many seconds; 0 for no limit.
    wait: how the answer says when to come back.
    headers: every answer carries the x-ratelimit-* fields.
    """

    every: int = 0
    limit: int = 0
    window: float = 1.0
    wait: Wait = Wait.SECONDS
    headers: bool = False


@dataclass(frozen=True, slots=True)
class TokenStyle:
    """How access tokens look (design, section 5, Token).

    alg: the signature algorithm (RFC 7518, section 3.1; RFC 8037, section 3.1).
    typ: the header's `typ`, or None for none.
    kid: the header's `kid`, or None for none.
    claims: which set of claims, a key of `tests.conforming.tokens.CLAIMS`.
    lifetime: seconds.
    cached: seconds for which the same token is handed out again, `expiresIn` counting down.
    """

    alg: str = "RS256"
    typ: str | None = "JWT"
    kid: str | None = "9f2c1a7e"
    claims: str = "auth0"
    lifetime: int = 86_400
    cached: int = 0


@dataclass(frozen=True, slots=True)
class Face:
    """Every choice of a server. The groups: connection, octets, statuses, reading, bodies, token, throttling."""

    version: str = "1.1"
    framing: Framing = Framing.LENGTH
    announces_close: bool = False  # `Connection: close` on every answer
    closes_after: int = 0  # closes each connection unannounced after so many answers: the keep-alive race
    serial: bool = False  # one connection at a time
    early_refusal: bool = False  # answers 413 on the length announced, before the body is read, and closes
    dribbles: bool = False  # sends the answer in many small segments
    early_hints: bool = False  # a 103 before every answer (RFC 8297)
    slow_every: int = 0
    slow_seconds: float = 0.4
    clock: int = 0  # seconds its clock is ahead

    casing: Casing = Casing.USUAL
    reversed_order: bool = False
    space: str = " "  # between the colon and the value of a field, optional white space (RFC 9110, section 5.6.3)
    reason: str | None = None  # in place of the usual reason phrase
    date: bool = True
    codings: tuple[str, ...] = ()  # content codings, applied only when asked for
    more_headers: HeaderPairs = ()

    empty_credential: int = 401
    control_credential: int = 401
    lone_surrogate: int = 401
    noncharacter: int = 401  # RFC 7493, section 2.1
    wrong_method: int = 405
    unknown_method: int = 405
    traces_nothing: bool = False  # TRACE is refused by the web server, whose Allow is empty
    options: int = 405
    head: int = 405
    media_type: int = 415
    plus_json: int = 0  # status, or 0: taken for JSON
    no_media_type: int = 0  # status, or 0: taken for JSON
    too_large: int = 413
    no_length: int = 0  # status of a POST without Content-Length, or 0: taken for an empty one
    foreign_referer: int = 0  # status of a POST that comes from another site's page, or 0: nobody looks
    ranges: bool = False  # of a 200 the part is sent that Range asks for, whatever the method
    query: int = 0  # status of a request with a query, or 0: the query is not looked at
    unknown_page: Outside | None = None  # what a method that HTTP does not know is answered with, if not with that
    reads_forms: bool = False  # a form or query that contradicts itself is a 400 of its reader's own, before all else
    strict_target: bool = False  # what is no URI is a 400 of the web server's own, before anything is routed
    names_target: bool = False  # pages outside the contract name the URL that was asked for
    names_client: int = 0  # so many characters of the client id are named in a refusal; 0 for none
    names_client_loudly: bool = False  # in capital letters, as a table's collation has them
    largest_body: int = 1 << 20
    charged_names: int = 0  # status of a body with a member such as __proto__, or 0: ignored

    repeats: Repeats = Repeats.LAST
    takes_bom: bool = False
    takes_bad_utf8: bool = False

    json: Json = Json.COMPACT
    content_type: str = "application/json"
    more_members: bool = False
    error_codes: tuple[int, int] | None = None  # `error` of 400 and of 401, in place of the status
    one_message: bool = False  # one message for every 400
    quotes: int = 0  # characters of a body that is no JSON up to which the refusal repeats it, as V8 does
    outside: Outside = Outside.ERROR
    challenges: tuple[str, ...] = ("Bearer",)
    one_challenge_field: bool = True
    cache_control: tuple[str, ...] = ("no-store",)

    token: TokenStyle = TokenStyle()
    expires_header: bool = False
    throttle: Throttle = Throttle()
