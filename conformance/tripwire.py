"""The last look at what is about to leave: no artefact may hold a secret.

Nothing should ever be found: everything in an artefact has been redacted. That is why it is looked for. The files are
read as a stream, a window at a time, each overlapping the one before by more than any secret in any encoding is long.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, Self

from msgspec import Struct

from conformance import tokens
from conformance.masking import encodings
from conformance.masking.needles import Known, Needles
from conformance.masking.spellings import excerpts
from conformance.masking.traces import TOKEN, Seeker
from conformance.well_known_keys import well_known_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from conformance.redaction import Redactor
    from conformance.secret import Secret

#: Characters that are looked at together.
WINDOW: Final = 1 << 18
#: Characters of a window that are looked at again with the next; no secret is longer in any encoding.
OVERLAP: Final = 64 << 10
#: Characters before and after a find in which the requirement or scenario it belongs to is looked for.
NEIGHBOURHOOD: Final = 32 << 10
#: What stands for a text that is left out.
LEFT_OUT: Final = "[left out: it holds a token]"
#: Leaks that are told apart in one file; more change nothing.
MOST_LEAKS: Final = 20

#: The share of a secret that counts as the secret whatever it looks like, and that of one which nobody writes by chance.
NEARLY_WHOLE: Final = 0.75
HALF: Final = 0.5
#: Characters of a half that counts, and how many of them differ: of digits and letters, as generators make them.
SHORTEST_HALF: Final = 10
LEAST_VARIETY: Final = 8

_BLANKED = bytes(
    octet if chr(octet).isascii() and (chr(octet).isalnum() or chr(octet) in "_-+/=.~") else 0x20
    for octet in range(256)
)
_LONG_WORD = re.compile(rb"[^ ]{%d,}" % tokens.SHORTEST_TOKEN)
# a character of ASCII as JSON may spell it, however often it was escaped; and the beginning of one that was cut off
_ESCAPE = re.compile(r"\\*u00([0-7][0-9a-fA-F])|\\+(?:u0{0,2}[0-7]?)?$")
# `"requirement": "jwt.exp-future"` of the record, `testcase name="…"` of JUnit, `id="jwt.exp-future"` of the HTML.
_NEAR = re.compile(
    r"""(?:"requirement"\s*:\s*"|"scenario"\s*:\s*"|\bname="|\bid="|\bdata-requirement=")([a-z0-9][a-z0-9.\-]{1,79})\""""
)


class Leak(Struct, frozen=True):
    """A secret in an artefact; holds nothing of the secret itself.

    path: the file.
    line: the line it begins in, from 1.
    what: the name of the secret, or "a token's signature".
    encoding: the encoding's name, or "plain".
    near: the id of the requirement or scenario whose text carries it, as far as one stands near; else empty.
    """

    path: Path
    line: int
    what: str
    encoding: str
    near: str = ""

    @property
    def is_token(self) -> bool:
        """Whether it is a token, which may have been told before anybody knew of it."""
        return self.what in (TOKEN, "a token")

    def __str__(self) -> str:
        near = f", in the text of {self.near}" if self.near else ""
        return f"{self.path.name}, line {self.line}: {self.what} ({self.encoding}){near}"


def scan(
    paths: Iterable[Path],
    redactor: Redactor,
    public: Iterable[str] = (),
    wording: Iterable[str] = (),
    ours: Iterable[str] = (),
) -> tuple[Leak, ...]:
    """Every secret and token the redactor knows that is in one of the files, in any encoding.

    Three quarters of a secret count as the secret, and so does a half that nobody would write by chance; one of words only may
    be honest ("partner-api-…"), and so may what is public besides: the client id, which many secrets begin with, and the
    address. A well-known word, such as a developer's "changeme", does not count. Nor does what the suite's own `wording`
    says: of a secret made of such words ("top-secret-value") nobody can tell it from them. Nor does a token made of that or
    of `ours`, what else is written whatever a server answers: a server could have the artefacts withdrawn. A file that is not
    there holds nothing; raises `OSError` for one that cannot be read.
    """
    search = _Search.of(redactor, public, wording, ours)
    return tuple(leak for path in paths if path.is_file() for leak in _leaks(path, search))


def holds(
    text: str,
    redactor: Redactor,
    public: Iterable[str] = (),
    wording: Iterable[str] = (),
    ours: Iterable[str] = (),
) -> bool:
    """Whether a text that stands in no file holds a secret or a token, as `scan` tells them."""
    return next(_finds(text, _Search.of(redactor, public, wording, ours)), None) is not None


class _Search(Struct, frozen=True):
    """What is searched for: pieces of secrets, tokens and traces, those of well-known words apart; what is public, and ours."""

    needles: Needles
    redactor: Redactor
    traces: Seeker
    words: frozenset[str]
    public: tuple[str, ...] = ()
    wording: tuple[str, ...] = ()
    ours: tuple[str, ...] = ()

    @classmethod
    def of(cls, redactor: Redactor, public: Iterable[str], wording: Iterable[str], ours: Iterable[str]) -> Self:
        needles = Needles.of(
            Known(value, name, "", tuple(encodings.halves(value.reveal())))
            for value, name in redactor.secrets
            if not _is_word(value)
        ).lasting()
        names = frozenset(name for value, name in redactor.secrets if _is_word(value))
        return cls(
            needles,
            redactor,
            redactor.traces.in_long_texts(HALF),
            names,
            tuple(map(_row, public)),
            tuple(map(_row, wording)),
            tuple(map(_row, ours)),
        )

    def is_leak(self, run: str) -> bool:
        """Whether so many characters in a row are a token or its signature, and not our own words."""
        return self.redactor.knows_token(run) and not self.is_ours(run)

    def is_ours(self, piece: str) -> bool:
        """Whether a piece of a token is in what is written whatever a server answers."""
        row = _row(piece)
        return any(row in one for one in (*self.wording, *self.ours))

    def counts(self, share: float, piece: str, *, encoded: bool) -> bool:
        """Whether so large a share of a secret, which stands there as `piece`, counts as the secret."""
        spelled = _ESCAPE.sub(_spelled, piece)
        row = _row(spelled)
        # of what is signs for the most part, a letter or two are in any text
        if 2 * len(row) > len(spelled) and any(row in one for one in self.wording):
            return False
        if share == 1 or encoded:
            return share >= HALF
        if any(row in one for one in self.public):
            return False
        told = len(row) >= SHORTEST_HALF and len(set(row)) >= LEAST_VARIETY and not (row.isalpha() or row.isdigit())
        return share >= NEARLY_WHOLE or (share >= HALF and told)


def _spelled(escape: re.Match[str]) -> str:
    return chr(int(escape[1], 16)) if escape[1] else ""


def _row(text: str) -> str:
    return "".join(filter(str.isalnum, text)).lower()


def _is_word(value: Secret) -> bool:
    return value.reveal().lower().encode("utf-8", "surrogatepass") in well_known_keys()


def mask_again(record: Path, redactor: Redactor) -> None:
    """Mask once more what the lines of a record say, now that every token of the run is known.

    A server may tell a token before it hands it out, and nobody could know then that it was one. Raises `OSError`.
    """
    _rewrite(record, redactor.text)


def mask_whole(record: Path, redactor: Redactor, wording: Iterable[str] = (), ours: Iterable[str] = ()) -> None:
    """Leave out every text of a record in which a token is found, all of it: for one that no mask covers.

    Raises `OSError`.
    """
    seeker = redactor.traces.in_long_texts(HALF)
    search = _Search(Needles(), redactor, seeker, frozenset(), (), tuple(map(_row, wording)), tuple(map(_row, ours)))
    _rewrite(record, lambda text: LEFT_OUT if next(_finds(text, search), None) else text)


def _rewrite(record: Path, change: Callable[[str], str]) -> None:
    """Change every text of a record that is long enough to hold a token."""
    draft = record.with_name(f".{record.name}.tmp")
    with record.open("rb") as lines, draft.open("wb") as changed:
        for line in lines:
            value = _changed(json.loads(line), change)
            changed.write(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    draft.replace(record)


def _changed(value: object, change: Callable[[str], str]) -> object:
    if isinstance(value, str):
        return change(value) if len(value) >= tokens.SHORTEST_LEARNT else value
    if isinstance(value, dict):
        return {name: _changed(inner, change) for name, inner in value.items()}
    return [_changed(inner, change) for inner in value] if isinstance(value, list) else value


def withdraw(leak: Leak) -> Path:
    """Remove the artefact, and leave `<name>.withdrawn.txt` beside it that says why; the path of that notice.

    The notice is there before the artefact goes. Raises `OSError` where either cannot be done.
    """
    notice = leak.path.with_name(f"{leak.path.name}.withdrawn.txt")
    if notice.exists() and not leak.path.exists():
        return notice
    draft = leak.path.with_name(f".{leak.path.name}.withdrawn.tmp")
    draft.write_text(
        f"{leak.path.name} was withdrawn: it held {leak.what} ({leak.encoding}), first in line {leak.line}"
        f"{f', in the text of {leak.near}' if leak.near else ''}.\n"
        "That is a defect of the conformance suite: please report it with this notice.\n"
        "Whoever may have read the file knows the credential: replace it.\n",
        encoding="utf-8",
    )
    draft.replace(notice)
    leak.path.unlink(missing_ok=True)
    return notice


def _leaks(path: Path, search: _Search) -> Iterator[Leak]:
    seen: set[tuple[str, int]] = set()
    for first, text in _windows(path):
        for start, what, encoding in _finds(text, search):
            line = first + text.count("\n", 0, start)
            if (what, line) in seen:
                continue
            seen.add((what, line))
            yield Leak(path, line, what, encoding, _near(text, start))
            if len(seen) >= MOST_LEAKS:
                return


def _windows(path: Path) -> Iterator[tuple[int, str]]:
    """The file in overlapping windows: the number of its first line and the text."""
    line, kept = 1, ""
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        while fresh := file.read(WINDOW):
            text = kept + fresh
            yield line, text
            kept = text[-OVERLAP:]
            line += text.count("\n", 0, len(text) - len(kept))


def _finds(text: str, search: _Search) -> Iterator[tuple[int, str, str]]:
    strangers: set[bytes] = set()
    for excerpt in excerpts(text, search.needles.longest):
        view, label = excerpt.inner.text, excerpt.label
        finds = [
            find
            for find in search.needles.search(view, [view])
            if search.counts(
                (find.end - find.start) / len(find.form.folded), view[find.start : find.end], encoded=find.form.packed
            )
        ]
        for find, (start, _) in zip(finds, excerpt.origin([(find.start, find.end) for find in finds]), strict=True):
            yield start, find.known.name, ", ".join(filter(None, (find.form.label, label))) or "plain"
        for start, _ in excerpt.origin(_known_tokens(view, search, strangers)):
            yield start, TOKEN, label or "plain"
        traces = [
            one
            for one in search.traces.find(view)
            if one.trace.name not in search.words
            and search.counts(one.share, view[one.start : one.end], encoded=one.trace.is_packed)
            and not (one.trace.name == TOKEN and search.is_ours(view[one.start : one.end]))
        ]
        for one, (start, _) in zip(traces, excerpt.origin([(one.start, one.end) for one in traces]), strict=True):
            yield start, one.trace.name, one.trace.label


def _known_tokens(text: str, search: _Search, strangers: set[bytes]) -> list[tuple[int, int]]:
    """Where the words first stand that hold a token; those that hold none are added to the `strangers`."""
    # A set of words first, because a report says the same words over and over.
    fresh = set(_LONG_WORD.findall(text.encode("utf-8", "surrogatepass").translate(_BLANKED))) - strangers
    long = [word.decode("ascii") for word in fresh]
    known = [word for word in long if any(map(search.is_leak, (word[at:to] for at, to in tokens.runs(word))))]
    strangers |= fresh.difference(word.encode() for word in known)
    return [(at, at + len(word)) for word in known if (at := text.find(word)) >= 0]


def _near(text: str, at: int) -> str:
    """The id that stands nearest before the find."""
    before = [match[1] for match in _NEAR.finditer(text, max(at - NEIGHBOURHOOD, 0), at)]
    return before[-1] if before else ""
