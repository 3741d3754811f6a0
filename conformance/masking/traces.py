"""Secrets and tokens told by their letters and digits alone, whatever stands between these and whichever case they are in.

Wrapped in lines, spaced out, cut in two, in capitals, with zeros between: all of that leaves the row of letters and digits as
it is. A text is reduced to that row, and so is each encoding of what is looked for. Of the row every fourth group of eight is
looked up in a table, so that a text costs the same however much is known; only a hit is followed. The table has the group that
begins at any place of what is looked for. Of a long token, which is one of many, it has those that begin at four places in a
row, and again some way on: one of the four is where a group of the text begins, whatever the text has of it.
"""

from __future__ import annotations

import base64
import codecs
import itertools
import math
import re
from collections import deque
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from conformance.discreet import Discreet
from conformance.masking.encodings import BASE64, HEXADECIMAL, REVERSED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

#: Letters and digits that are looked up together, and how far apart such groups begin.
GROUP: Final = 8
STEP: Final = 4
#: Of a long token every part is found that is as long as one of so many and a group more.
SHARE: Final = 16
#: How far apart the groups of a long text begin at most that are looked up: a token may repeat itself.
FARTHEST: Final = 4 * GROUP
#: The shortest row that is looked for: it holds a whole group wherever it stands.
SHORTEST: Final = GROUP + STEP - 1
#: Different characters without which a text is filler and no secret.
LEAST_VARIETY: Final = 8
#: Characters of a token's signature that are looked for.
LONGEST: Final = 1024
#: Groups after which a generation of tokens is full: two are kept. What they take is most of what a run's memory grows by.
FULL: Final = 12_000
#: Tokens that are kept for good: a server may repeat for ever the one that it gave first.
FIRST: Final = 4
#: Tokens that wait to be encoded until a text is searched: of hundreds that come at once, the latest.
WAITING: Final = 8
TOKEN: Final = "a token's signature"  # noqa: S105 - words for it
#: What a mask says of these.
APART: Final = "spelled apart"

# RFC 6750, section 2.1
_B64TOKEN: Final = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
_ALNUM: Final = bytes(octet for octet in range(128) if chr(octet).isalnum())
_DROPPED: Final = bytes(sorted(set(range(256)) - set(_ALNUM)))
_IS_ALNUM: Final = bytes(octet in _ALNUM for octet in range(256))
_LOWER: Final = bytes(range(256)).lower()


class Trace(Discreet, frozen=True):
    """One encoding of a known text, reduced.

    row: its letters and digits.
    label, name: the encoding, and what was encoded, as a mask says it.
    """

    hidden = frozenset({"row"})
    row: bytes
    label: str
    name: str

    @property
    def is_packed(self) -> bool:
        """Whether it is base64 or hexadecimal, which nobody writes by chance."""
        return self.label.startswith((BASE64, HEXADECIMAL))


class Found(Struct, frozen=True):
    """Where a trace stands in a text, and how large a share of it does: 1.0 for the whole."""

    start: int
    end: int
    trace: Trace
    share: float


class _Table:
    """The groups of rows. Of a text's groups hardly one is there: whose it is, is found out then."""

    __slots__ = ("_found", "groups", "traces")

    def __init__(self) -> None:
        self.groups: set[float] = set()
        self.traces: list[Trace] = []
        self._found: dict[bytes, list[Trace]] = {}

    def add(self, traces: Iterable[Trace], share: int = 0) -> None:
        """Take in rows, of which every part is found that is long enough: `SHORTEST`, or by a share such as `SHARE`."""
        for trace in traces:
            self.traces.append(trace)
            apart = len(trace.row) // share // GROUP if share else 0
            for offset in range(STEP if apart else min(GROUP, len(trace.row) - GROUP + 1)):
                self.groups.update(_from(trace.row, offset)[:: max(apart, 1)])
        self._found = {}

    def of(self, group: bytes) -> list[Trace]:
        """The traces that hold a group; none where another number only compares equal to it."""
        traces = self._found.get(group)
        if traces is None:
            traces = self._found[group] = [trace for trace in self.traces if group in trace.row]
        return traces


class Traces:
    """What is looked for: secrets for good, of tokens the first and the latest. Safe to use from several threads."""

    def __init__(self) -> None:
        self._secrets = _Table()
        self._first = _Table()
        self._tokens = _Table()
        self._older = _Table()
        self._waiting: deque[tuple[str, str]] = deque(maxlen=WAITING)
        self._taken = 0

    def learn(self, value: str, name: str) -> None:
        """Look for a secret from now on."""
        self._secrets.add((*_traces(value, value, name), *_turned(value, name)))

    def learn_token(self, token: str, signature: str) -> None:
        """Look for a token, which may be all signature, until many others have come."""
        words = token == signature and sum(map(str.isdigit, token)) < 2
        if words or not _B64TOKEN.fullmatch(signature):
            return  # words or markup, which may have been shown before some answer had them in a token's place
        self._waiting.append((signature[:LONGEST], token))

    def _take_in(self) -> None:
        while self._waiting:
            try:
                signature, token = self._waiting.popleft()
            except IndexError:  # another thread was quicker
                return
            table = self._first if self._taken < FIRST else self._tokens
            self._taken += 1
            table.add(_traces(signature, token, TOKEN), SHARE)
            if len(self._tokens.groups) > FULL:
                self._older, self._tokens = self._tokens, _Table()

    def find(self, text: str, *, tokens: bool = True) -> list[Found]:
        """Where a long enough part of what is known stands, in order; without tokens: of the secrets alone."""
        if tokens:
            self._take_in()
        return _found(text, [(table, STEP) for table in (self._tables if tokens else (self._secrets,)) if table.groups])

    def in_long_texts(self, share: float) -> Seeker:
        """The same for texts that are long: of a token, what has to stand there at least; less of it may go unseen."""
        self._take_in()
        tokens = _Table()
        tokens.add(trace for table in self._tables[1:] for trace in table.traces)
        within = math.ceil(share * min((len(trace.row) for trace in tokens.traces), default=0)) - GROUP + 1
        step = min(within // GROUP * GROUP, FARTHEST) or STEP if within > 0 else STEP
        return Seeker(tuple(one for one in ((self._secrets, STEP), (tokens, step)) if one[0].groups))

    @property
    def _tables(self) -> tuple[_Table, ...]:
        return (self._secrets, self._first, self._tokens, self._older)


class Seeker(Struct, frozen=True):
    """What is looked for in long texts. tables: how far apart the groups of a text begin that are looked up in each."""

    tables: tuple[tuple[_Table, int], ...]

    def find(self, text: str) -> list[Found]:
        """Where what is known stands, in order."""
        return _found(text, self.tables)


def _found(text: str, tables: Sequence[tuple[_Table, int]]) -> list[Found]:
    row = _reduced(text)
    found: list[Found] = []
    for offset in range(0, GROUP if tables else 0, STEP):
        every = _from(row, offset)
        for table, apart in tables:
            groups = every[:: apart // GROUP] if apart > GROUP else every
            if (not offset or apart < GROUP) and not table.groups.isdisjoint(groups):
                found.extend(_followed(row, groups, range(offset, len(row), max(apart, GROUP)), table))
    if not found:
        return found
    places = list(itertools.compress(range(len(text)), text.encode("latin-1", "replace").translate(_IS_ALNUM)))
    in_text = {Found(places[one.start], places[one.end - 1] + 1, one.trace, one.share): None for one in found}
    return sorted(in_text, key=lambda one: one.start)


def _followed(row: bytes, groups: memoryview[float], places: range, table: _Table) -> Iterator[Found]:
    """The rows that hold these groups, which begin at these places, each as far as it goes."""
    seen = 0
    # without a line of Python for each of those that are not there
    for at in itertools.compress(places, map(table.groups.__contains__, groups)):
        if at < seen:
            continue
        for trace in table.of(row[at : at + GROUP]):
            start, end = _extent(row, at, trace.row)
            if end - start >= SHORTEST:
                seen = max(seen, end)
                yield Found(start, end, trace, (end - start) / len(trace.row))


def _extent(row: bytes, at: int, own: bytes) -> tuple[int, int]:
    """How far the text's row is another's, around the group that both have."""
    first = own.find(row[at : at + GROUP])
    if row.startswith(own, at - first) and first <= at:  # as mostly: all of it
        return at - first, at - first + len(own)
    start, end, last = at, at + GROUP, first + GROUP
    while start and first and row[start - 1] == own[first - 1]:
        start, first = start - 1, first - 1
    while end < len(row) and last < len(own) and row[end] == own[last]:
        end, last = end + 1, last + 1
    return start, end


def _reduced(text: str) -> bytes:
    """The letters and digits of the text, in lower case."""
    return text.encode("latin-1", "replace").translate(_LOWER, _DROPPED)


def _from(row: bytes, offset: int) -> memoryview[float]:
    """The groups that follow one another from a place.

    Eight octets of ASCII are a finite number of either kind. As integers, which hash to themselves, they would crowd in a
    table: of their low bits there are few. Of floats the hash is spread, and a table is filled in a quarter of the time.
    """
    return memoryview(row[offset : offset + max(len(row) - offset, 0) // GROUP * GROUP]).cast("d")


def _traces(value: str, whole: str, name: str) -> Iterator[Trace]:
    """The value as it is, reversed, in base64 and in base64 twice over.

    whole: what the value is the end of; it is what has been encoded twice.
    """
    octets = value.encode("utf-8", "surrogatepass")
    once = base64.b64encode(whole.encode("utf-8", "surrogatepass")).decode()[-(4 * len(octets) // 3) - 4 :]
    packed = ((f"{BASE64}, ", _packed(octets)), (f"{BASE64} twice, ", _packed(once.encode())))
    rows = [("", value), (f"{REVERSED}, ", value[::-1])]
    rows += [(label, one) for label, every in packed for one in every]
    return _of_rows(rows, name)


def _turned(value: str, name: str) -> Iterator[Trace]:
    """The value in hexadecimal and as figures, what it is packed in turned round, and its letters turned by 13.

    Of secrets only, because there are few of them. Of escapes the figures are left where a field's name has no other characters.
    """
    octets = value.encode("utf-8", "surrogatepass")
    units = value.encode("utf-16-be", "surrogatepass")
    rows = [(f"{HEXADECIMAL}, ", octets.hex()), (f"{HEXADECIMAL}, {REVERSED}, ", octets.hex()[::-1])]
    rows += [(f"{BASE64}, {REVERSED}, ", one[::-1]) for one in _packed(octets)]
    rows.append(("rot13, ", codecs.encode(value, "rot13")))
    rows.append(("escapes, ", "".join(f"u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))))
    rows.append(("codes, ", "".join(map(str, octets))))
    return _of_rows(rows, name)


def _of_rows(rows: list[tuple[str, str]], name: str) -> Iterator[Trace]:
    for label, text in rows:
        row = _reduced(text)
        if len(row) >= SHORTEST and len(set(row)) >= LEAST_VARIETY:
            yield Trace(row, f"{label}{APART}", name)


def _packed(octets: bytes) -> Iterator[str]:
    """The three ways octets fall into groups (RFC 4648, section 4), without what their neighbours decide."""
    for before in range(3):
        packed = base64.b64encode(b"\0" * before + octets).decode()
        yield packed[-(-8 * before // 6) : 8 * (before + len(octets)) // 6]
