"""What an answer may give away of an implementation: stack traces, addresses of databases, paths of files.

A pattern of forty alternatives is tried at each octet of an answer, and that of a megabyte takes a second. So each kind has
its tells, a few octets that none of it is without: only where one stands is the pattern tried, in some hundred octets around it.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Octets before and behind a tell in which the whole is looked for.
REACH: Final = 600
#: Stretches that are looked at for each kind: whoever shows a trace does not bury it under hundreds of what looks like one.
MOST: Final = 64


class Kind(Struct, frozen=True):
    """Internals of one kind: a pattern, and octets of which no match is without all."""

    pattern: re.Pattern[bytes]
    tells: tuple[bytes, ...]

    def find(self, octets: bytes) -> Iterator[re.Match[bytes]]:
        """The first match around each of the tells."""
        for tell in self.tells:
            at = octets.find(tell)
            for _ in range(MOST):
                if at < 0:
                    break
                end = at + REACH
                if match := self.pattern.search(octets, max(at - REACH, 0), end):
                    yield match
                    break
                # A stretch ends behind the tell that is next, so that what begins with that one is whole.
                at = octets.find(tell, max(at + len(tell), end - REACH // 2))


#: What needs no pattern.
WORDS: Final = (
    b"Traceback (most recent call last)",
    *(b"node_modules/", b"node_modules\\", b"node:internal/", b"site-packages/", b"site-packages\\", b"werkzeug"),
    *(b"panic: ", b"panicked at", b"PrismaClient", b"ECONNREFUSED", b"ETIMEDOUT", b"CastError"),
    *(b"SQLSTATE[", b"syntax error at or near", b"SQL syntax", b"psycopg.", b"psycopg2."),
    *(b"MongoServerError", b"MongoError", b"SequelizeDatabaseError"),
    *(b"invalid byte sequence for encoding", b"duplicate key value violates"),
)
KINDS: Final = tuple(
    Kind(re.compile(pattern), tells)
    for pattern, tells in (
        (rb'File \\?"[^"\n]+", line \d+', (b'", line ',)),
        (
            rb"\bat [\w.$<>/]+\([\w$]+\.(?:java|kt|scala|groovy):\d+\)",
            (b".java:", b".kt:", b".scala:", b".groovy:"),
        ),
        (rb"\bat .{0,200}\.(?:m?js|cjs|tsx?):\d+:\d+", (b"js:", b".ts:", b".tsx:")),
        (rb"\bat .{1,200} in .{1,200}:line \d+", (b":line ",)),
        (rb"Stack trace:\s*(?:<[^>]*>|\\n|\s)*#0", (b"Stack trace:",)),
        (rb"\.php(?:\(\d+\)|:\d+| on line)", (b".php(", b".php:", b".php on line")),
        (rb"goroutine \d+ \[", (b"goroutine ",)),
        (rb"\.go:\d+|\.rs:\d+:\d+|\.rb:\d+:in |\.exs?:\d+: ", (b".go:", b".rs:", b".rb:", b".ex:", b".exs:")),
        (rb"\bjava\.(?:lang|util|io|sql|net)\.\w+", (b"java.",)),
        (rb"\b(?:org|com)\.[a-z]+\.[\w.]+Exception|System\.\w+(?:\.\w+)*Exception", (b"Exception",)),
        (rb"\bORA-\d{5}", (b"ORA-",)),
        (rb"sqlite3\.\w*Error", (b"sqlite3.",)),
        (rb"Cast to \w+ failed for value", (b"failed for value",)),
        (
            rb"\b(?:postgres(?:ql)?|mysql|mongodb(?:\+srv)?|redis|amqps?|jdbc:[a-z]+)://[^\s\"'<>]+",
            (b"sql://", b"postgres://", b"mongodb", b"redis://", b"amqp", b"jdbc:"),
        ),
        (
            rb"(?<![\w:/.<-])/(?:usr/(?:src|lib|local)|var/(?:www|lib|task|app)|(?:home|opt|srv)/[\w.-]+)/[\w./-]+\.\w+",
            (b"/usr/", b"/home/", b"/var/", b"/opt/", b"/srv/"),
        ),
    )
)

# as text, in which a short piece is looked for in a third of the time
_TELLS: Final = tuple(tell.decode("latin-1") for tell in (*WORDS, *(tell for kind in KINDS for tell in kind.tells)))


class Trace(Struct, frozen=True):
    """Internals that an answer gives away.

    text: what gives them away. tells: octets without which nothing of this kind would have been found.
    """

    text: bytes
    tells: tuple[bytes, ...]

    def is_repeated(self, sent: bytes) -> bool:
        """Whether it may be the request's own words: `sent` has one of the tells, in whatever letter case."""
        lowered = sent.lower()
        return any(tell.lower() in lowered for tell in self.tells)


def find(octets: bytes) -> tuple[Trace, ...]:
    """What `octets` give away, the first of each kind, in order."""
    if not any(map(octets.decode("latin-1").__contains__, _TELLS)):  # as mostly
        return ()
    found = [(at, Trace(word, (word,))) for word in WORDS if (at := octets.find(word)) >= 0]
    found += [(match.start(), Trace(match[0], kind.tells)) for kind in KINDS for match in kind.find(octets)]
    return tuple(trace for _, trace in sorted(found, key=lambda one: one[0]))


#: The same for what may well come again: most servers have a few answers only.
find_again = functools.lru_cache(maxsize=16)(find)
#: The same for a line of a header section, most of which are as they were.
find_in_line = functools.lru_cache(maxsize=64)(find)
