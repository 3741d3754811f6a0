"""How a secret may look once it has been encoded, and how to find it again in a text.

Two ways, because there are two kinds of encoding. Where every character keeps its place and has several spellings
(percent-encoding, JSON escapes, HTML entities, quoted-printable, UTF-16 as octets) the *text* is decoded into views
and searched there. Where characters are packed or turned (base64, hexadecimal, reversed) the *secret* is encoded into
forms. Both are compared after `fold`, which forgets case and what the base64 alphabets and forms disagree about.
"""

from __future__ import annotations

import base64
import json
import urllib.parse
from typing import TYPE_CHECKING, Final

from conformance import jws
from conformance.discreet import Discreet
from conformance.masking.decoders import DECODERS, UTF_16, View, undo_layers

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Shorter secrets are found as a whole only.
SHORTEST_WITH_RUNS: Final = 8
#: A run of this many characters is found however long the secret is: a text may have been cut before it came here.
LONGEST_RUN: Final = 10
#: So many characters at the beginning of an opaque token tell it: it may begin with words.
BEGINNING: Final = 16
#: Shorter secrets are found only where no letter or digit touches them.
SHORTEST_INSIDE_WORDS: Final = 4
#: The shortest part of a form that is believed: of a shorter one a file of some size holds one by chance.
SHORTEST_PART: Final = 8
#: Characters by which an encoded token is found.
ANCHOR: Final = 24
#: Characters at the end of a signed token that are masked where it stands encoded: its signature, of a usual one all.
LONGEST_END: Final = 8 << 10

BASE64: Final = "base64"
HEXADECIMAL: Final = "hexadecimal"
REVERSED: Final = "reversed"
UNESCAPED: Final = "unescaped"


def fold(text: str) -> str:
    """Lower case, with `-`, `+` and space made one, and `_` and `/`; as long as `text`, so that places agree."""
    folded = text.lower()
    if len(folded) != len(text):
        # Only U+0130 grows; a place in the folded text has to be a place in the text.
        folded = text.replace("\u0130", "i").lower()
    if not folded.isascii():
        # Which of the two a sigma becomes hangs on its neighbours.
        folded = folded.replace("\u03c2", "\u03c3")
    return folded.replace("-", " ").replace("+", " ").replace("_", "/")


class Form(Discreet, frozen=True):
    """One encoding of one secret, ready to be searched for. `repr` shows no content.

    label: the encoding's name, empty for the plain text.
    exact: the encoded text.
    folded: the same after `fold`.
    shortest: characters in a row that count as a find.
    chunks: pieces of `folded` with their places, such that every run of `shortest` characters holds one whole.
    edge: characters on either side that hold bits of the secret too.
    """

    hidden = frozenset({"exact", "folded", "chunks"})
    label: str
    exact: str
    folded: str
    shortest: int
    chunks: tuple[tuple[int, str], ...]
    edge: int = 0

    @property
    def packed(self) -> bool:
        """Whether the form is in one word: base64 or hexadecimal."""
        return self.label in (BASE64, HEXADECIMAL)

    def runs(self, folded: str) -> Iterator[tuple[int, int]]:
        """Where `folded` holds a run of the form that is long enough: start and end, some inside others."""
        own = self.folded
        for place, chunk in self.chunks:
            at = folded.find(chunk)
            while at >= 0:
                start, first = at, place
                while start and first and folded[start - 1] == own[first - 1]:
                    start, first = start - 1, first - 1
                end, last = at + len(chunk), place + len(chunk)
                while end < len(folded) and last < len(own) and folded[end] == own[last]:
                    end, last = end + 1, last + 1
                if end - start >= self.shortest:
                    yield start, end
                    at = folded.find(chunk, max(end, at + 1))
                else:
                    at = folded.find(chunk, at + 1)


def form(label: str, exact: str, *, shortest: int, edge: int = 0) -> Form:
    """A form whose every run of `shortest` characters is found."""
    folded = fold(exact)
    shortest = min(shortest, len(folded))
    # Pieces of half a run and one more, as far apart as lets every run hold one.
    size = shortest // 2 + 1 if shortest < len(folded) else shortest
    step = shortest - size + 1
    places = dict.fromkeys([*range(0, len(folded) - size, step), len(folded) - size])
    chunks = tuple((place, folded[place : place + size]) for place in places)
    return Form(
        label, exact, folded, shortest, tuple({chunk: (place, chunk) for place, chunk in chunks}.values()), edge
    )


def forms(value: str, *, runs: bool = True, longest_run: int = LONGEST_RUN) -> tuple[Form, ...]:
    """Every form `value` is searched for in.

    value: the secret; an empty one has no forms.
    runs: a long enough part of it counts as well: half its length, but 8 characters at least, `longest_run` at most; in base64
        and hexadecimal half of what it is there, because the last look at an artefact counts that too.
    """
    length = len(value)
    if not length:
        return ()
    half = max(SHORTEST_WITH_RUNS, min(-(-length // 2), longest_run))
    shortest = half if runs and length >= SHORTEST_WITH_RUNS else length
    found = [form("", value, shortest=shortest)]
    if not value.isascii():
        found.extend(_misread(value, shortest, length))
    if length < SHORTEST_INSIDE_WORDS:
        return tuple(found)
    # A secret that looks like an escape loses that with the escapes around it.
    settled = _settled(value)
    if settled != value and len(settled) >= SHORTEST_INSIDE_WORDS:
        found.append(form(UNESCAPED, settled, shortest=min(shortest, len(settled))))
    if value[::-1] != value:
        found.append(form(REVERSED, value[::-1], shortest=shortest))
    for spelling in _spellings(value):
        octets = _octets(spelling)
        part = len(octets) if shortest == length else shortest
        every = (form(HEXADECIMAL, octets.hex(), shortest=2 * part), *_base64(octets, part))
        found.extend(map(_by_halves, every) if runs else every)
    # encoded twice, by layers that did not know of each other; of the inner what depends on the secret alone
    for offset, cut in enumerate((0, 2, 3)):
        inner = base64.b64encode(b"\0" * offset + _octets(value))[cut:-4]
        if runs and len(inner) >= 2 * SHORTEST_WITH_RUNS:
            found.extend(_base64(inner, -(-len(inner) // 2) if shortest < length else len(inner)))
    return tuple(found)


def halves(value: str) -> Iterator[Form]:
    """The forms of `value` of `SHORTEST_PART` characters and more, of which one half counts, if that is as long."""
    return (_by_halves(whole) for whole in forms(value, runs=False) if len(whole.folded) >= SHORTEST_PART)


def _by_halves(whole: Form) -> Form:
    """The form with one half of it counting, if that is long enough and not counting already."""
    half = max(SHORTEST_PART, -(-len(whole.folded) // 2))
    return whole if whole.shortest <= half else form(whole.label, whole.exact, shortest=half, edge=whole.edge)


def weight(value: str) -> int:
    """Octets of what of the value may have been packed: what its forms take in memory goes with them."""
    return sum(len(_octets(spelling)) for spelling in _spellings(value))


def opaque_forms(token: str) -> tuple[Form, ...]:
    """The forms of a token that is no JWS: halves of it, and a beginning, because what is long is cut in findings."""
    plain, *others = forms(token, longest_run=len(token))
    start = (0, plain.folded[:BEGINNING])
    return (Form("", token, plain.folded, min(plain.shortest, BEGINNING), (start, *plain.chunks)), *others)


def token_forms(token: str) -> tuple[Form, ...]:
    """The forms a signed token is searched for in: whole ones, by a piece of the signature at their end."""
    end = token[-LONGEST_END:]
    octets = _octets(end)
    found = [_anchored("", end, -1), _anchored(REVERSED, end[::-1], 0), _anchored(HEXADECIMAL, octets.hex(), -1)]
    found.extend(_anchored(form.label, form.exact, -1) for form in _base64(octets, len(octets)))
    signature = jws.parse(token).signature
    if signature:
        found.append(_anchored(HEXADECIMAL, signature[-LONGEST_END:].hex(), -1))
    return tuple(found)


def _anchored(label: str, exact: str, end: int) -> Form:
    """A form that is found by one piece near its beginning (0) or its end (-1)."""
    folded = fold(exact)
    place = 0 if end == 0 else max(len(folded) - ANCHOR - 2, 0)
    chunk = folded[place : place + ANCHOR]
    return Form(label, exact, folded, len(chunk), ((place, chunk),), 1 if label == BASE64 else 0)


def _misread(value: str, shortest: int, length: int) -> Iterator[Form]:
    """The value's octets taken for ISO-8859-1, as header fields are."""
    for label, octets in (
        ("", _octets(value)),
        (UTF_16, value.encode("utf-16-le", "surrogatepass")),
        (UTF_16, value.encode("utf-16-be", "surrogatepass")),
    ):
        text = octets.decode("latin-1").replace("\0", "")
        yield form(label, text, shortest=len(text) if shortest == length else shortest)


def _spellings(value: str) -> dict[str, None]:
    """What of the value may have been packed: itself, and as it stands in a JSON text or a form."""
    texts = [value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]]
    texts.append(urllib.parse.quote(value, safe="", errors="surrogatepass"))
    texts.append(urllib.parse.quote_plus(value, errors="surrogatepass"))
    return dict.fromkeys(texts)


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _base64(octets: bytes, part: int) -> Iterator[Form]:
    """The three ways the octets fall into groups (RFC 4648, section 4), without what their neighbours decide."""
    for before in range(3):
        packed = base64.b64encode(b"\0" * before + octets).decode()
        first = -(-8 * before // 6)
        last = 8 * (before + len(octets)) // 6
        exact = packed[first:last]
        if len(exact) > SHORTEST_INSIDE_WORDS:
            yield form(BASE64, exact, shortest=(8 * part - 4) // 6, edge=1)


def _settled(text: str) -> str:
    """The text with every spelling undone, as the last of its views has it."""
    undo_layers(found := {text: View(text)}, text, DECODERS)
    return list(found)[-1]
