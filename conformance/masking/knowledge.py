"""What a run knows that may not be shown: the secrets it was given, and the tokens it has seen."""

from __future__ import annotations

import re
import threading
from array import array
from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from conformance import tokens
from conformance.masking import encodings, excerpt
from conformance.masking.latest import Latest
from conformance.masking.marks import Variable
from conformance.masking.needles import Known, Needles
from conformance.masking.traces import LEAST_VARIETY, Traces
from conformance.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.messages import Disguise

#: Tokens that are remembered by value, opaque and signed ones each; older ones are known by their hash.
REMEMBERED: Final = 8
#: Octets of the opaque ones among them, in every spelling: each takes hundreds of octets of forms.
HEAVIEST: Final = 32 << 10
#: Tokens that are known by their hash.
MOST_HASHES: Final = 1 << 20
#: Rows that they stand in.
ROWS: Final = 256

_LONG_RUN = re.compile(r"[A-Za-z0-9+/_=-]{64}")
_VARIABLE = re.compile(r"\$[A-Za-z_][A-Za-z0-9_]*")


class Knowledge:
    """Secrets and tokens, and the pieces by which they are found. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        #: each with its weight
        self._opaque: Latest[int, tuple[str, int]] = Latest(REMEMBERED)
        self._signed: Latest[int, str] = Latest(REMEMBERED)
        self._encoded: Latest[str, Needles] = Latest(REMEMBERED)
        self._needles: Needles | None = None
        # sorted: a set takes ten times as much of each; many, because to put one into a row is to move all behind it
        self._hashes = [array("q") for _ in range(ROWS)]
        self._count = 0
        self.known: tuple[Known, ...] = ()
        self.traces = Traces()

    def __repr__(self) -> str:
        return f"Knowledge({len(self.known)} secrets, {self._count} tokens)"

    def learn(self, value: Secret, name: str) -> None:
        """Know `value` from now on, shown as `[name]`; an empty or a known value is ignored."""
        with self._lock:
            if not value or any(known.value == value for known in self.known):
                return
            forms = encodings.forms(value.reveal())
            shell = f"${{{name[1:]}}}" if _VARIABLE.fullmatch(name) else ""
            known = Known(value, name, shell, forms)
            if Needles.of([known]).search(name, [name]):
                # A secret that reads like the name of its own variable would show in its own mask.
                known = Known(value, "a secret", shell, forms)
            self.known = (*self.known, known)
            self.traces.learn(value.reveal(), known.name)
            self._needles = None

    @property
    def shortest(self) -> int:
        """Characters of the shortest secret that is known; as many as anything has where none is."""
        return min((len(known.value.reveal()) for known in self.known), default=excerpt.CONTENT)

    def variables(self, disguises: Iterable[Disguise]) -> tuple[Variable, ...]:
        """What stands in variables: the secrets that are known, and what of a request's disguises does besides."""
        held = {known.value: Variable(known.value, known.shell.strip("${}")) for known in self.known if known.shell}
        for one in disguises:
            if _VARIABLE.fullmatch(one.shell):
                held.setdefault(one.value, Variable(one.value, one.shell[1:], one.of_secret))
        return tuple(held.values())

    def learn_token(self, token: str) -> None:
        """Recognise the token from now on, its signature alone too; the latest few by value in every encoding."""
        if len(token) < tokens.SHORTEST_LEARNT:
            return
        signature = tokens.signature_of(token)
        mark = tokens.fingerprint(signature)
        with self._lock:
            if len(signature) >= tokens.SHORTEST_TOKEN and self._count < MOST_HASHES and not self._knows(mark):
                row = self._hashes[mark % ROWS]
                row.insert(bisect_left(row, mark), mark)
                self._count += 1
            if mark not in self._signed and mark not in self._opaque:
                self.traces.learn_token(token, signature)
            if signature != token and mark not in self._signed:
                self._signed[mark] = token
            elif signature == token and mark not in self._opaque:
                self._remember(mark, token[: excerpt.CONTENT])

    def _remember(self, mark: int, token: str) -> None:
        """Keep an opaque token by value, and of those before it as many as are light enough with it."""
        weight = encodings.weight(token)
        left = HEAVIEST - weight
        if left < 0:
            token = token[: len(token) * HEAVIEST // weight]
        for older in reversed(list(self._opaque)):
            left -= self._opaque[older][1]
            if left < 0:
                del self._opaque[older]
        self._opaque[mark] = (token, min(weight, HEAVIEST))
        self._needles = None

    def knows_token(self, run: str) -> bool:
        """Whether `run` is the signature of a token that was seen, or an opaque token."""
        with self._lock:
            return self._knows(tokens.fingerprint(run))

    def knows_any(self, words: Iterable[str]) -> bool:
        """Whether one of the words holds a token or a signature that was seen."""
        with self._lock:
            return bool(self._count) and any(
                self._knows(tokens.fingerprint(word[start:end]))
                for word in words
                if len(word) >= tokens.SHORTEST_TOKEN
                for start, end in tokens.runs(word)
            )

    def _knows(self, mark: int) -> bool:
        row = self._hashes[mark % ROWS]
        at = bisect_left(row, mark)
        return at < len(row) and row[at] == mark

    def needles(self) -> Needles:
        """The pieces of everything known but signed tokens; made when asked for: one answer may bring hundreds of tokens."""
        with self._lock:
            if self._needles is None:
                opaque = [
                    Known(Secret(one), "a token", "", encodings.opaque_forms(one)) for one, _ in self._opaque.values()
                ]
                self._needles = Needles.of((*self.known, *opaque)).lasting()
            return self._needles

    def token_needles(self, words: list[str]) -> Needles:
        """The pieces of the latest signed tokens, where one of the words is long enough to hold one encoded."""
        found = Needles()
        # a flood of one letter is long, too, and would be searched for a hundred pieces in each of its views
        if not self._signed or not any(
            len(set(run)) >= LEAST_VARIETY for word in words for run in _LONG_RUN.findall(word)
        ):
            return found
        with self._lock:
            signed = list(self._signed.values())
        for token in signed:
            if token not in self._encoded:
                self._encoded[token] = Needles.of_token(token)
            found += self._encoded.get(token, Needles())
        return found
