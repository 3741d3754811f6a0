"""A text near a secret, as shell commands that make it from the variable that holds the secret.

The text is cut into stretches of the secret (as it is, or turned in a way that a neighbour of a credential is turned,
or as another format writes it) and what stands between them. Stretches come from the variable; what is between is
written out, unless it tells something of the secret. Everything is octets: a shell counts characters in its own way.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import html
import itertools
import json
import re
import unicodedata
import urllib.parse
from typing import TYPE_CHECKING, Final

from conformance.discreet import Discreet
from conformance.masking.decoders import views
from conformance.masking.encodings import fold, forms
from conformance.masking.needles import Known, Needles

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from conformance.masking.marks import Variable
    from conformance.secret import Secret

#: Octets of a secret in a row that a command may hold.
LONGEST_SHARED: Final = 3
#: Octets in a row that a text has in common with a client id, or with something made of either, not by chance.
FEWEST: Final = 8
#: The share of a secret's octets that a command may hold in all, one over so many.
SHARE: Final = 4
#: Octets between stretches of a secret that are written out, repeats of one aside.
LONGEST_BETWEEN: Final = 32
#: Octets that `${NAME%?}` and `${NAME#?}` leave out at most.
LONGEST_LEFT_OUT: Final = 3
#: Texts that are kept at hand in their stretches: a request is written in several words, and credentials are in most.
AT_HAND: Final = 64
#: Octets of a text that is put together.
LONGEST: Final = 4096

# Expressions of Python with `s`, the secret, and beside each the filter that a shell has for a secret of ASCII, where
# that is short.
_TURNS: Final = {
    "s": "",
    "s.swapcase()": "tr A-Za-z a-zA-Z",
    "s.upper()": "tr a-z A-Z",
    "s.lower()": "tr A-Z a-z",
    "s.title()": None,
    "s[::-1]": None,
    '"".join(sorted(s))': None,
    '"".join(filter(str.isalnum, s))': None,
    '"".join("w" if c in "qxQX" else "q" for c in s)': None,
    's.translate(str.maketrans("-_+/", "+/-_"))': None,
    's.translate(str.maketrans("-_", "_-"))': None,
    's.translate(str.maketrans("+ ", " +"))': None,
    'unicodedata.normalize("NFD", s)': None,
    "base64.b64encode(s.encode()).decode()": "base64 | tr -d '\\n'",
    "s.encode().hex()": "od -An -v -tx1 | tr -d ' \\n'",
    'hashlib.new("md5", s.encode()).hexdigest()': None,
    'hashlib.new("sha1", s.encode()).hexdigest()': None,
    'hashlib.new("sha256", s.encode()).hexdigest()': None,
    'hashlib.new("sha512", s.encode()).hexdigest()': None,
    r're.sub("(....)", r"\\u\1", s.encode("utf-16-be").hex())': (
        "od -An -v -tx1 | tr -d ' \\n' | sed 's/../\\\\u00&/g' | tr -d '\\n'"
    ),
    r're.sub("(....)", r"\\u\1", s.encode("utf-16-be").hex().upper())': (
        "od -An -v -tx1 | tr -d ' \\n' | tr a-f A-F | sed 's/../\\\\u00&/g' | tr -d '\\n'"
    ),
    r'"".join("\\u%04x" % (ord(c) & 65535) for c in s)': None,
    'json.dumps(list(s), separators=(",", ":"))[2:-2]': None,
}
# What a format makes of the text that it holds: a JSON text of every turn, a form and a page of the secret alone.
_JSON: Final = ("json.dumps(%s, ensure_ascii=False)[1:-1]", "json.dumps(%s)[1:-1]")
_FORMATS: Final = (
    'urllib.parse.quote(%s, safe="")',
    "urllib.parse.quote_plus(%s)",
    "urllib.parse.quote(%s)",
    "html.escape(%s)",
    r'json.dumps(%s)[1:-1].replace("/", r"\/")',
)
_CHARSETS: Final = ("utf-16-le", "utf-16-be", "latin-1")
#: Expression, charset and filter of every way to make something of a secret, the simplest first.
_WAYS: Final = (
    *((turn, "utf-8", posix) for turn, posix in _TURNS.items()),
    ("json.dumps(s, ensure_ascii=False)[1:-1]", "utf-8", "sed 's/[\\\\\"]/\\\\&/g' | tr -d '\\n'"),
    *((written % turn, "utf-8", None) for written in _JSON for turn in _TURNS),
    *((written % "s", "utf-8", None) for written in _FORMATS),
    *(("s", charset, None) for charset in _CHARSETS),
)
_MODULES: Final = {module.__name__: module for module in (base64, hashlib, html, json, re, unicodedata, urllib.parse)}
_NAMES: Final = {**_MODULES, "urllib": urllib}
_RUN: Final = re.compile(rb"(.)\1{7,}", re.DOTALL)


class Source(Discreet, frozen=True):
    """Octets that are made of a variable: by a filter of the shell where there is one, by Python everywhere.

    name: of the variable.
    octets: what is made.
    python: the expression that makes it; a charset has to be applied to what it gives.
    posix: commands through which the variable's content goes, "" for none; None where only Python makes it.
    fewest: octets in a row that a text has to have in common with it; 0 for a secret itself, of which each may be one.
    """

    hidden = frozenset({"octets"})
    name: str
    octets: bytes
    python: str
    charset: str
    posix: str | None
    fewest: int


class Stretch(Discreet, frozen=True):
    """A part of a text: octets of a source from one place to another, or, without a source, octets as they are."""

    hidden = frozenset({"octets"})
    octets: bytes
    source: Source | None = None
    start: int = 0
    end: int = 0


@functools.lru_cache(AT_HAND)
def derive(text: bytes, variables: tuple[Variable, ...]) -> tuple[Stretch, ...]:
    """The text in stretches that may be shown, made of these variables; empty where there are none."""
    if not text or len(text) > LONGEST or not variables:
        return ()
    sources = _every(variables)
    if whole := sources.get(text):  # as mostly: the credentials themselves
        return (Stretch(text, whole, 0, len(text)),)
    secrets = [variable.value for variable in variables if variable.is_secret]
    # As few stretches as possible; where what is between them says too much, as little between them as possible.
    for least in (LONGEST_SHARED + 1, 1):
        stretches = tuple(_cover(text, sources, least))
        between = [stretch.octets for stretch in stretches if stretch.source is None]
        if not any(_tells(between, secret) for secret in secrets):
            return stretches
    return ()


def command(stretch: Stretch) -> str:
    """A shell command that prints the stretch of a source, and nothing else."""
    source = stretch.source
    if source is None:
        raise ValueError("what is written out needs no command")
    given = f'printf %s "${{{source.name}}}"'
    whole = (stretch.start, stretch.end) == (0, len(source.octets))
    if source.posix is None:
        cut = "" if whole else f"[{stretch.start or ''}:{stretch.end if stretch.end < len(source.octets) else ''}]"
        return f"{given} | {_program(source, cut)}"
    skipped = f"tail -c +{stretch.start + 1}" if stretch.start else ""
    kept = f"head -c {stretch.end - stretch.start}" if stretch.end < len(source.octets) else ""
    return " | ".join(filter(None, (given, source.posix, skipped, kept)))


def word(stretch: Stretch) -> str:
    """A shell word that yields the stretch of a source. A line feed at its end gets lost."""
    source = stretch.source
    if source is not None and source.posix == "":
        before, after = stretch.start, len(source.octets) - stretch.end
        if not before and after <= LONGEST_LEFT_OUT and (not after or source.octets.isascii()):
            return f'"${{{source.name}{"%" + "?" * after if after else ""}}}"'
        if not after and before <= LONGEST_LEFT_OUT and source.octets.isascii():
            return f'"${{{source.name}#{"?" * before}}}"'
    return f'"$({command(stretch)})"'


def _program(source: Source, cut: str) -> str:
    used = [name for name in _MODULES if f"{name}." in source.python]
    read = "s = sys.stdin.buffer.read().decode()"
    wanted = f"({source.python}).encode({'' if source.charset == 'utf-8' else repr(source.charset)}){cut}"
    program = f"import {', '.join([*used, 'sys'])}; {read}; sys.stdout.buffer.write({wanted})"
    return "python3 -c '" + program.replace("'", "'\\''") + "'"


@functools.lru_cache(8)
def _every(variables: tuple[Variable, ...]) -> dict[bytes, Source]:
    """What is made of any of the variables, by its octets; what they are themselves comes first."""
    sources = itertools.chain.from_iterable(map(_sources, variables))
    found: dict[bytes, Source] = {}
    for source in sorted(sources, key=lambda source: source.python != "s"):
        found.setdefault(source.octets, source)
    return found


def _sources(variable: Variable) -> tuple[Source, ...]:
    """Everything that is made of a variable, the simplest first; what comes out equal is made the simplest way."""
    value = variable.value.reveal()
    found: dict[bytes, Source] = {}
    for python, charset, posix in _WAYS:
        try:
            # The printed expression is the one that is carried out; all are constants of this module.
            octets = eval(python, {**_NAMES, "s": value}).encode(charset)  # noqa: S307
        except UnicodeError:
            continue  # half of a surrogate pair, or a character that the charset does not have
        if octets:
            filtered = posix if not posix or (value.isascii() and value.isprintable()) else None
            fewest = 0 if python == "s" and variable.is_secret else min(FEWEST, len(octets))
            found.setdefault(octets, Source(variable.name, octets, python, charset, filtered, fewest))
    return tuple(found.values())


def _cover(text: bytes, sources: Mapping[bytes, Source], least: int) -> Iterator[Stretch]:
    """The text in stretches of the sources that are as long as possible, `least` octets at least, and what is between."""
    secrets = [source for source in sources.values() if not source.fewest]
    # the rest is looked into only where one of it has enough octets in a row
    made = b"\0".join(sources)
    fewest = min((source.fewest for source in sources.values() if source.fewest), default=FEWEST)
    at = start = 0
    while at < len(text):
        among = sources.values() if text[at : at + fewest] in made else secrets
        found = _longest(text, at, among, least)
        if found is None:
            at += 1
            continue
        if start < at:
            yield Stretch(text[start:at])
        yield found
        at = start = at + len(found.octets)
    if start < at:
        yield Stretch(text[start:at])


def _longest(text: bytes, at: int, sources: Iterable[Source], least: int) -> Stretch | None:
    """The longest stretch of a source with which the rest of the text begins; None where all are too short."""
    best, length = None, 0
    for source in sources:
        # a plain stretch is easier to read than one of something made that is a little longer
        size = max(source.fewest or least, length + (1 if source.python == "s" else 1 + LONGEST_SHARED))
        while at + size <= len(text) and (start := source.octets.find(text[at : at + size])) >= 0:
            best, length = Stretch(text[at : at + size], source, start, start + size), size
            size += 1
    return best


def _tells(between: list[bytes], secret: Secret) -> bool:
    """Whether what is written out holds something of the secret in any encoding, or too much of it in all."""
    value = secret.reveal().encode("utf-8", "surrogatepass")
    texts = [_RUN.sub(rb"\1", octets).decode("utf-8", "surrogateescape") for octets in between]
    if sum(map(len, texts)) > LONGEST_BETWEEN:
        return True
    needles, pieces = _needles(secret), _pieces(secret)
    for text in texts:
        if any(map(fold(text).__contains__, pieces)):
            return True
        if any(needles.search(view.text, [view.text]) for view in views(text)):
            return True
    shown, own = fold("".join(texts)), fold(value.decode("utf-8", "surrogateescape"))
    most = max(LONGEST_SHARED, len(own) / SHARE)
    return len(shown) > most and max(_shared(shown, own), _shared(shown, own[::-1])) > most


def _shared(one: str, other: str) -> int:
    """The characters that both have in the same order."""
    row = [0] * (len(other) + 1)
    for character in one:
        before = row
        row = [0]
        for at, own in enumerate(other):
            row.append(before[at] + 1 if character == own else max(before[at + 1], row[at]))
    return row[-1]


@functools.lru_cache(8)
def _pieces(secret: Secret) -> tuple[str, ...]:
    value = secret.reveal()
    size = min(LONGEST_SHARED + 1, len(value))
    pieces = [value[at : at + size] for at in range(len(value) - size + 1)]
    return tuple(fold(one) for piece in pieces for one in (piece, piece[::-1]))


@functools.lru_cache(8)
def _needles(secret: Secret) -> Needles:
    return Needles.of([Known(secret, "", "", forms(secret.reveal()))])
