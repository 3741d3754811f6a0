"""Near misses by construction: every neighbour class of a text, walked from the true one.

A comparison that is wrong is wrong in one of few ways: it looks at a part, it normalises, it decodes, it ignores order
or count. Each neighbour differs from the true text in exactly one of them. Those that come out equal to the true text
(a digit has no other case) are left out.
"""

from __future__ import annotations

import base64
import unicodedata
from collections.abc import Iterator
from urllib.parse import quote

from msgspec import Struct

from conformance.messages import Disguise
from conformance.scenarios.model import Rank
from conformance.scenarios.rare import rare
from conformance.secret import Secret

COMPARED = 64  # characters of a long text that are each changed in the nightly profile: any may be the one not compared
POSITIONS = 24  # of these, those that are each edited in other ways too
#: of the rare ones those that are worth a request of the release profile
OFTEN = frozenset(
    {
        "with a letter folded to it",
        "with a letter of Cyrillic",
        "with a mark as typesetters have it",
        "with 1 for l or back",
        "with + for spaces and spaces for +",
        "in the other alphabet of base64",
        "with its first character as an entity",
        "with '\\\\' inside",
        "with 'x,' before it",
        "with 'Bearer ' before it",
        "with ';x' after it",
        "with '\\U0001f600x' after it",
        "with '\\xe9' after it",
        "as its md5",
        "as its sha1",
        "as its sha256",
    }
)
ACCENT = "\u0301"
FULL_WIDTH = "with a full-width character"


class Neighbour(Struct, frozen=True):
    """A text next to the true one.

    how: what it is beside the true one, in words. label: the same, the variable before it.
    """

    text: str
    how: str
    label: str
    rank: Rank

    def disguise(self, *, of_secret: bool) -> Disguise:
        """How to write it for a person; whether the true text is the secret or the client id."""
        return Disguise(Secret(self.text), "", self.label, of_secret, self.how)


def neighbours(true: str, variable: str) -> Iterator[Neighbour]:
    """Walk the neighbours of `true`, those that find most first; `variable` is its shell name without the dollar."""
    seen = {true, ""}
    for how, text, rank in _walk(true):
        if text not in seen:
            seen.add(text)
            yield Neighbour(text, how, f"${variable} {how}", rank)


def _other(character: str) -> str:
    """A character that no case folding or normalisation takes for `character`."""
    return "q" if character.lower() not in "qx" else "w"


def _walk(true: str) -> Iterator[tuple[str, str, Rank]]:  # noqa: PLR0915 - a table, a line an entry
    middle = len(true) // 2
    # to whoever takes the true text for a pattern, a full stop is any character
    changed = min((at for at, one in enumerate(true) if one == "."), key=lambda at: abs(at - middle), default=middle)
    encoded = quote(true, safe="", errors="surrogatepass")
    s, r, n = Rank.SMOKE, Rank.RELEASE, Rank.NIGHTLY
    in_both_cases = exchanged_cases(true) != true

    yield "in the other case", true.swapcase(), r
    yield "without its last character", true[:-1], s
    # told apart by nobody who folds case, or looks at which characters there are and not where
    yield "with a letter in each case exchanged", exchanged_cases(true), s if in_both_cases else n
    # told apart by nobody who folds case, forgives a letter, or looks at the end alone
    yield "with its first letter in the other case", _first_letter(true), n if in_both_cases else s
    yield "with one more character", true + "x", r
    yield "with a space after it", true + " ", r
    # to those who trim, and to those whose pattern ends with `$`
    yield "with a line feed after it", true + "\n", s
    yield "with its last character changed", true[:-1] + _other(true[-1:]), r
    yield "with its first character changed", _other(true[:1]) + true[1:], r
    yield (
        "with a character in the middle changed",
        true[:changed] + _other(true[changed : changed + 1]) + true[changed + 1 :],
        r,
    )
    yield "without its first character", true[1:], r
    yield "with a space before it", " " + true, r
    yield (
        "cut to 8 characters and gone on otherwise",
        true[:8] + "qwertyuiop"[: max(1, len(true) - 8)],
        n,
    )
    yield "first half", true[: max(1, middle)], n
    yield "second half", true[middle:], n
    yield "in upper case", true.upper(), r
    yield "in lower case", true.lower(), r
    yield "with U+0000 after it", true + "\0", s
    yield "with U+0000 and more after it", true + "\0x", r
    yield "with a combining accent", true[:1] + ACCENT + true[1:], r
    # for those that normalise, for those that choke on all but ASCII once the client is known, and for a beginning
    yield FULL_WIDTH, _full_width(true), s
    yield "with a letter of the same low octet", chr(ord(true[:1] or "a") % 256 + 0x100) + true[1:], r
    yield "with a zero-width space", true[:middle] + "\u200b" + true[middle:], r
    yield (
        "percent-encoded",
        encoded if encoded != true else f"%{ord(true[:1] or 'a'):02X}" + true[1:],
        Rank.SPARE,
    )
    yield "in base64", base64.b64encode(true.encode("utf-8", "surrogatepass")).decode(), r
    yield "reversed", true[::-1], r
    yield (
        "with two characters exchanged",
        exchanged(true),
        r,
    )
    yield "with its middle character twice", true[: middle + 1] + true[middle:], r
    yield "twice over", true + true, r
    yield "in quotes", f'"{true}"', r
    yield "as a wildcard after its first character", true[:1] + "%", r
    yield "as a regular expression", ".*", r
    yield "as a star", "*", r
    yield "as underscores of its length", "_" * len(true), n
    yield "as other characters of its length", "".join(_other(character) for character in true), n
    yield "with its characters sorted", "".join(sorted(true)), n
    yield "less punctuation", "".join(character for character in true if character.isalnum()), r
    yield "with a tab after it", true + "\t", r
    yield "with a tab before it", "\t" + true, n
    yield "with a no-break space after it", true + "\u00a0", r
    yield "with its last letter in the other case", _first_letter(true[::-1])[::-1], r
    yield "with a soft hyphen", true[:middle] + "\u00ad" + true[middle:], r
    yield "with a byte order mark before it", "\ufeff" + true, n
    yield "with CR LF after it", true + "\r\n", n
    yield "decomposed", unicodedata.normalize("NFD", true), r
    yield "in title case", true.title(), n
    yield "as JSON inside the string", "".join(f"\\u{ord(character) & 0xFFFF:04x}" for character in true), r
    yield "in hex", true.encode("utf-8", "surrogatepass").hex(), r
    yield "with a zero before it", "0" + true, n
    yield "with a comment after it", true + "'--", r
    yield "with a null after it", true + "\\0", n
    yield from ((label, text, r if label in OFTEN else n) for label, text in rare(true))
    for length in (8, 16, 20, 24, 32, 36, 40, 64, 72):
        if len(true) > length:
            yield (
                f"cut to {length} characters",
                true[:length],
                r if length in (16, 32) else n,
            )
    for at in range(0, len(true), 1 + len(true) // COMPARED):
        yield f"with character {at + 1} changed", true[:at] + _other(true[at]) + true[at + 1 :], n
    for at in range(0, len(true), 1 + len(true) // POSITIONS):
        yield f"without character {at + 1}", true[:at] + true[at + 1 :], n
        yield f"with character {at + 1} in the other case", true[:at] + true[at].swapcase() + true[at + 1 :], n
        yield f"with character {at + 1} twice", true[: at + 1] + true[at:], n


def exchanged_cases(text: str) -> str:
    """The text with a letter it has in both cases, as early as there is one, in each other's places."""
    for earlier, letter in enumerate(text):
        other = letter.swapcase()
        later = text.find(other, earlier + 1) if other != letter and len(other) == 1 else -1
        if later >= 0:
            return text[:earlier] + other + text[earlier + 1 : later] + letter + text[later + 1 :]
    return text


def exchanged(text: str) -> str:
    """The text with two neighbours that differ exchanged, in the middle or as near to it as there are any."""
    middle = len(text) // 2
    for at in sorted(range(len(text) - 1), key=lambda at: abs(at - middle)):
        if text[at] != text[at + 1]:
            return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text


def _first_letter(text: str) -> str:
    """The text with its first letter, and no other, in the other case."""
    for at, character in enumerate(text):
        if character.swapcase() != character:
            return text[:at] + character.swapcase() + text[at + 1 :]
    return text


def _full_width(text: str) -> str:
    """The text with its last character of ASCII as its full-width form: equal to it under NFKC, and but for its end."""
    for at, character in reversed(list(enumerate(text))):
        if "!" <= character <= "~":
            return text[:at] + chr(ord(character) + 0xFEE0) + text[at + 1 :]
    return text
