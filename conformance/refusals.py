"""Refusals that tell whether a client exists: by what they say, by their fields, by the time they take.

Keeps little: for each kind of client one value of each thing told, whatever the length of the run.
"""

from __future__ import annotations

import bisect
import os
import re
import statistics
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Final, TypeAlias

from msgspec import Struct, field

from conformance.checks.assessment import READ, Assessment, Sight
from conformance.messages import Exchange, HeaderPairs, Request
from conformance.pair import INHERITED
from conformance.targets import Credentials

SHORTEST_ID: Final = 8  # characters of a client id that is told from the words of an answer
FEW: Final = 3  # refusals of either kind, from which it is no chance that all of one kind are alike
FEWEST: Final = 2  # the same, where the kinds took turns often enough and both together are twice `FEW`
ENOUGH: Final = 12  # refusals of either kind whose times, or whose smallest details, are compared
TURNS: Final = 4  # times the kind changed, from which it is no matter of time that the two differ
STRAY: Final = 0.15  # share of them that a busy moment explains
SLOWER: Final = 3.0  # times as long as the slowest of the other kind
NOTICED: Final = 0.05  # seconds that anybody can measure over a network
MOST_TIMES: Final = 512
MOST_DETAILS: Final = 512
#: fields that come and go by themselves
PASSING: Final = re.compile(
    r"x-rate-?limit-.*|ratelimit.*|retry-after|date|age|connection|keep-alive|transfer-encoding|content-length|set-cookie|via|cf-.*"
)
MESSAGES: Final = ("message", "error", "code", "detail")
_VARYING: Final = re.compile(r"[0-9a-fA-F-]{6,}|\d+")
_LONGEST: Final = 4096  # characters of a detail that are kept; of a longer one its hash says the rest

Detail: TypeAlias = tuple[str, bool]
"""What is told, by name, and whether it is small enough to differ by chance or with time."""

Words: TypeAlias = tuple[str, str]
"""How it is told, as it is compared and as it is shown: whole, because a secret in it is masked by its letters and digits."""

_MISSING: Final = ("missing", "missing")


class _Kind(Struct):
    """What refusals of one kind of client have in common.

    refused: how many there were. told: each thing told by name; None for one that varies by itself, which tells nothing.
    times: when each was sent and answered, POSIX seconds, and the seconds between; seconds: those alone, in their order.
    """

    refused: int = 0
    told: dict[Detail, Words | None] | None = None
    times: list[tuple[float, float, float]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    _latest: Mapping[Detail, Words] | None = None

    def take(self, told: Mapping[Detail, Words]) -> None:
        """Keep what all of them have in common."""
        if self.told is None:
            self.told = dict(told)
        elif told is not self._latest:  # as it mostly is
            for detail in dict.fromkeys((*self.told, *told)):
                known = detail in self.told or len(self.told) < MOST_DETAILS
                common = self.told.get(detail, _MISSING)
                if known and common is not None and common[0] != told.get(detail, _MISSING)[0]:
                    self.told[detail] = None
        self._latest = told

    def time(self, exchange: Exchange) -> None:
        """Keep how long one took."""
        if len(self.times) < MOST_TIMES:
            self.times.append((exchange.sent_at, exchange.answered_at, exchange.elapsed))
            bisect.insort(self.seconds, exchange.elapsed)

    def within(self, share: float) -> float:
        """Seconds within which so large a share of them was answered."""
        return self.seconds[int(share * len(self.seconds))]


class _Words(Struct, frozen=True):
    """What a refusal says that names no client. status, fields, content: of the answer; told: what they tell."""

    status: int
    fields: HeaderPairs
    content: bytes
    told: Mapping[Detail, Words]


class Refusals:
    """The memory of a run: refusals of clients that do not exist, and of a wrong secret of the one that does."""

    def __init__(self, credentials: Credentials | None) -> None:
        self._credentials = credentials
        self._stranger = _Kind()
        self._own = _Kind()
        self._answers: list[float] = []
        self._turns = 0
        self._latest: _Kind | None = None
        self._words: _Words | None = None
        # the smallest request whose answer told the two apart: octets of its body, and which it is
        self._told: tuple[int, int] | None = None

    def observe(self, sight: Sight, found: Assessment) -> None:
        """Judge a refusal against those before it; anything else passes."""
        request_class, sent = sight.request_class, sight.request_class.client_id
        if len(self._answers) < MOST_TIMES:
            self._answers.append(sight.exchange.answered_at)
        wrong = request_class.name == "wrong credentials" and sight.response.status in request_class.accepted
        if not wrong or self._credentials is None or sent is None:
            return
        if sent != self._credentials.client_id and request_class.true_client:
            return
        kind = self._own if sent == self._credentials.client_id else self._stranger
        kind.refused += 1
        if sent in INHERITED:  # no stranger everywhere: it says neither what they are told nor what a client is
            return
        self._turns += kind is not self._latest
        self._latest = kind
        kind.take(self._read(sight, sent))
        kind.time(sight.exchange)
        if self._stranger.told is None or self._own.told is None:
            return
        tells = self._by_words(self._stranger.told, self._own.told) or self._by_time()
        found.expect(
            "security.same-refusal",
            not (tells and self._is_news(sight.exchange.request)),
            "one answer for an unknown client and a wrong secret",
            f"an answer that tells whether the client exists: {tells}",
            "differs",
        )

    def _is_news(self, request: Request) -> bool:
        """Once is enough, but for a smaller request, and for the same one asked again."""
        this = (len(request.body or b""), hash((request.path, request.headers, request.body)))
        if self._told is not None and this[0] >= self._told[0] and this != self._told:
            return False
        self._told = this
        return True

    def _read(self, sight: Sight, client_id: str) -> Mapping[Detail, Words]:
        """What a refusal tells; of one that says the same as the one before it, the very same."""
        status, content = sight.response.status, sight.response.content
        fields = tuple((name, value) for name, value in sight.response.headers if not _passes(name))
        words = self._words
        if words is None or (status, fields, content) != (words.status, words.fields, words.content):
            told = dict(islice(_told(status, fields, sight.text.value, ""), MOST_DETAILS))
            words = self._words = _Words(status, fields, content, told)
        if len(client_id) < SHORTEST_ID or not any(client_id[:SHORTEST_ID] in text for _, text in words.told.values()):
            return words.told
        return dict(islice(_told(status, fields, sight.text.value, client_id), MOST_DETAILS))

    def _by_words(self, stranger: Mapping[Detail, Words | None], own: Mapping[Detail, Words | None]) -> str:
        """The first thing that each kind is always told, and not the same."""
        fewest, most = sorted((self._stranger.refused, self._own.refused))
        often = self._turns >= TURNS
        if fewest < (FEWEST if often and fewest + most >= 2 * FEW else FEW):
            return ""
        closely = fewest >= ENOUGH and often
        for detail in dict.fromkeys((*stranger, *own)):
            name, small = detail
            one, other = stranger.get(detail, _MISSING), own.get(detail, _MISSING)
            if one is not None and other is not None and one[0] != other[0] and (closely or not small):
                return _difference(name, one[1], other[1])
        return ""

    def _by_time(self) -> str:
        """What the time alone tells, where nearly each of the one kind is far slower than nearly any of the other."""
        if any(len(kind.seconds) < ENOUGH for kind in (self._stranger, self._own)):
            return ""
        fast, slow = sorted((self._stranger, self._own), key=lambda kind: kind.within(0.5))
        fastest = slow.within(STRAY)
        if not _slower(fastest, fast.within(0.5)) or not (_slower(fastest, fast.within(1 - STRAY)) or self._holds_up()):
            return ""
        return _difference("its time", *(f"{kind.within(0.5):.2f} s" for kind in (self._stranger, self._own)))

    def _holds_up(self) -> bool:
        """Whether one kind keeps a server that does one thing at a time busy for longer, so that others wait behind it."""
        answers = sorted(self._answers)
        means = []
        for kind in (self._stranger, self._own):
            # what is left of a time where it begins only when the answer before is out
            before = (answers[max(bisect.bisect_left(answers, answered) - 1, 0)] for _, answered, _ in kind.times)
            busy = (
                min(took, now - then) for (_, now, took), then in zip(kind.times, before, strict=True) if then < now
            )
            means.append(statistics.fmean([*busy, 0.0]))
        return self._turns >= TURNS and max(means) > SLOWER * min(means)


def _slower(seconds: float, than: float) -> bool:
    return seconds > SLOWER * than and seconds - than > NOTICED


@lru_cache(256)
def _passes(name: str) -> bool:
    return PASSING.fullmatch(name.lower()) is not None


def _told(status: int, pairs: HeaderPairs, value: object, client_id: str) -> Iterator[tuple[Detail, Words]]:
    """What a person can tell two refusals apart by, one by one and by name."""
    members = {str(name): one for name, one in value.items()} if isinstance(value, dict) else None
    fields = {name.lower(): one for name, one in pairs}
    texts: dict[str, object] = {"WWW-Authenticate": fields["www-authenticate"]} if "www-authenticate" in fields else {}
    if members is not None:
        texts |= {name: members.get(name) for name in MESSAGES}
    yield ("status", False), (str(status), str(status))
    for name, one in texts.items():
        shown = _shown(one, client_id)
        yield (name, False), (_VARYING.sub("#", shown), shown)
    if members is not None:
        yield ("members", False), (repr(sorted(members)),) * 2
    yield from (((f"field {name}", False), ("sent", "sent")) for name in sorted(fields))
    # letter by letter: two codes may differ in a digit, two answers in a field's value
    texts |= {name: one for name, one in (members or {}).items() if not isinstance(one, dict | list)}
    texts |= {f"field {name}": one for name, one in fields.items()}
    yield from (((name, True), (_shown(one, client_id),) * 2) for name, one in texts.items())


def _shown(value: object, client_id: str) -> str:
    text = repr(_without(value, client_id) if isinstance(value, str) else value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… {hash(text)}"


def _difference(name: str, stranger: str, own: str) -> str:
    """What differs between a refusal of an unknown client and one of a wrong secret, in words."""
    return f"{name} {stranger[:READ]} for an unknown client, {own[:READ]} for a wrong secret"


def _without(text: str, client_id: str) -> str:
    """A text without the client id that it names, in whole or cut off where it is long.

    A short one may be a word of the answer: taking it out of the one would make the two differ.
    """
    if len(client_id) < SHORTEST_ID:
        return text
    start = text.find(client_id[:SHORTEST_ID])
    if start < 0:
        return text
    same = os.path.commonprefix((text[start:], client_id))  # noqa: RUF071 - characters are what is meant
    return text[:start] + "#" + text[start + len(same) :]
