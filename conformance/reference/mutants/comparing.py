"""Ways of comparing two texts that take one for the other: what goes wrong where secrets are checked.

Each is a function of the text that was given and the true one. All take the true one for itself.
"""

from __future__ import annotations

import base64
import fnmatch
import hashlib
import html
import json
import re
import unicodedata
import urllib.parse
from collections.abc import Callable
from typing import TypeAlias

Same: TypeAlias = Callable[[str, str], bool]


def _alike(normal: Callable[[str], object]) -> Same:
    """Both texts are put into a normal form before they are compared."""
    return lambda given, true: normal(given) == normal(true)


def _decoded(decode: Callable[[str], str]) -> Same:
    """The given text is decoded before it is compared; where it cannot be, it is no match."""

    def same(given: str, true: str) -> bool:
        try:
            return decode(given) == true
        except (ValueError, LookupError, SyntaxError):
            return False

    return same


def _without(pattern: str) -> Callable[[str], str]:
    return lambda text: re.sub(pattern, "", text)


def _unaccented(text: str) -> str:
    return "".join(
        character for character in unicodedata.normalize("NFKD", text) if not unicodedata.combining(character)
    )


def _like(given: str, true: str) -> bool:
    """SQL's LIKE, with % and _."""
    pattern = "".join({"%": ".*", "_": "."}.get(character, re.escape(character)) for character in given)
    return re.fullmatch(pattern, true, re.DOTALL) is not None


def _regular_expression(given: str, true: str) -> bool:
    try:
        return re.fullmatch(given, true) is not None
    except (re.error, RecursionError, OverflowError):
        return False


def _one_wrong(given: str, true: str) -> bool:
    return len(given) == len(true) and sum(a != b for a, b in zip(given, true, strict=True)) <= 1


def _one_missing(given: str, true: str) -> bool:
    return any(given == true[:i] + true[i + 1 :] for i in range(len(true)))


def _neighbours_swapped(given: str, true: str) -> bool:
    return any(given == true[:i] + true[i + 1] + true[i] + true[i + 2 :] for i in range(len(true) - 1))


def _less_one(text: str) -> tuple[str, str]:
    at = len(text) * 3 // 4
    return text[:at], text[at + 1 :]


_LOOKALIKES = str.maketrans("\u0430\u0435\u043e\u0440\u0441\u0445\u0443\u0455\u0456", "aeopcxysi")

NEAR: dict[str, tuple[str, Same]] = {
    # length
    "prefix-accepted": ("Any beginning of it passes", lambda g, t: bool(g) and t.startswith(g)),
    "prefix-but-last-accepted": ("It passes without its last character", lambda g, t: g == t[:-1]),
    "suffix-accepted": ("Any end of it passes", lambda g, t: bool(g) and t.endswith(g)),
    "without-first-accepted": ("It passes without its first character", lambda g, t: g == t[1:]),
    "substring-accepted": ("Any part of it passes", lambda g, t: len(g) > 3 and g in t),
    "extension-accepted": ("It passes with anything after it", lambda g, t: g.startswith(t)),
    "prepended-accepted": ("It passes with anything before it", lambda g, t: g.endswith(t)),
    "embedded-accepted": ("It passes inside anything", lambda g, t: t in g),
    "doubled-accepted": ("It passes when it is written twice", lambda g, t: g == t + t),
    "empty-accepted": ("An empty string passes", lambda g, _t: not g),
    "blank-accepted": ("White space alone passes", lambda g, _t: g.isspace()),
    "one-character-missing-accepted": ("It passes with any one character missing", _one_missing),
    # position
    "first-eight-compared": ("Only the first 8 characters count", _alike(lambda s: s[:8])),
    "first-sixteen-compared": ("Only the first 16 characters count", _alike(lambda s: s[:16])),
    "first-32-compared": ("Only the first 32 characters count", _alike(lambda s: s[:32])),
    "last-character-ignored": ("The last character does not count", lambda g, t: len(g) == len(t) and g[:-1] == t[:-1]),
    "first-character-ignored": ("The first character does not count", lambda g, t: len(g) == len(t) and g[1:] == t[1:]),
    "middle-ignored": ("Only both ends count", lambda g, t: len(g) == len(t) and (g[:4], g[-4:]) == (t[:4], t[-4:])),
    "mistaken-for-each-other": (
        "0 and O, 1 and l and I are one: a reader of base32 for people",
        _alike(lambda s: s.translate(str.maketrans("OlI", "011"))),
    ),
    "late-character-ignored": ("One character three quarters through it does not count", _alike(_less_one)),
    "doubles-squeezed": ("A character that follows itself counts once", _alike(lambda s: re.sub(r"(.)\1+", r"\1", s))),
    "72-octets-compared": ("bcrypt: only the first 72 octets count", _alike(lambda s: s.encode()[:72])),
    "cut-to-a-column": ("Both are cut to 64 characters", _alike(lambda s: s[:64])),
    "cut-at-nul": ("C: what follows U+0000 does not count", _alike(lambda s: s.split("\0")[0])),
    "cut-at-an-astral-character": ("MySQL: what follows a character beyond U+FFFF does not count",
                                   _alike(lambda s: re.split("[\U00010000-\U0010ffff]", s)[0])),
    "cut-at-a-line-feed": ("What follows a line feed does not count", _alike(lambda s: s.split("\n")[0])),
    "cut-at-a-space": ("What follows a space does not count", _alike(lambda s: s.split(" ")[0])),
    "cut-at-a-semicolon": ("What follows a semicolon does not count", _decoded(lambda s: s.split(";")[0])),
    "cut-at-a-colon": ("What follows a colon does not count", _alike(lambda s: s.split(":")[0])),
    "padding-ignored": ("Equals signs after it do not count", _alike(lambda s: s.rstrip("="))),
    # content
    "length-compared": ("Only the length counts", _alike(len)),
    "bag-of-characters-compared": ("Only which characters there are counts, not their order", _alike(sorted)),
    "set-of-characters-compared": ("Only the set of characters counts", _alike(frozenset)),
    "one-wrong-character-forgiven": ("One wrong character is forgiven", _one_wrong),
    "neighbours-swapped-accepted": ("Two neighbours may be swapped", _neighbours_swapped),
    "reversed-accepted": ("It passes backwards", lambda g, t: g == t[::-1]),
    "checksum-compared": ("Only the sum of the characters counts", _alike(lambda s: sum(map(ord, s)))),
    # letter case
    "letter-case-ignored": ("Letter case does not count", _alike(str.casefold)),
    "lower-case-accepted": ("It passes in lower case", lambda g, t: g == t.lower()),
    "upper-case-accepted": ("It passes in upper case", lambda g, t: g == t.upper()),
    "first-letter-case-ignored": ("The first letter's case does not count",
                                  lambda g, t: g[1:] == t[1:] and g[:1].lower() == t[:1].lower()),
    "letter-case-swapped-accepted": ("It passes with all cases swapped", lambda g, t: g == t.swapcase()),
    # white space and what cannot be seen
    "trimmed": ("White space around it does not count", _alike(str.strip)),
    "trimmed-at-the-start": ("White space before it does not count", _alike(str.lstrip)),
    "trimmed-at-the-end": ("CHAR columns: spaces after it do not count", _alike(lambda s: s.rstrip(" "))),
    "trailing-newline-trimmed": ("A line feed after it does not count", _alike(lambda s: s.rstrip("\r\n"))),
    "tabs-trimmed": ("Tabs around it do not count", _alike(lambda s: s.strip("\t"))),
    "unicode-space-trimmed": ("A no-break space around it does not count", _alike(lambda s: s.strip("\u00a0\u3000"))),
    "inner-white-space-ignored": ("White space inside it does not count", _alike(_without(r"\s"))),
    "control-characters-ignored": ("Control characters do not count", _alike(_without("[\x00-\x1f\x7f]"))),
    "zero-width-characters-ignored": ("Zero-width characters do not count", _alike(_without("[\u200b-\u200f\u2060\ufeff]"))),
    "soft-hyphens-ignored": ("Soft hyphens do not count", _alike(_without("\u00ad"))),
    "punctuation-ignored": ("Only letters and digits count", _alike(_without(r"[^\w]|_"))),
    "non-ascii-ignored": ("Characters beyond ASCII do not count", _alike(lambda s: s.encode("ascii", "ignore"))),
    # Unicode
    "normalised-nfc": ("Both are normalised to NFC", _alike(lambda s: unicodedata.normalize("NFC", s))),
    "normalised-nfkc": ("Both are normalised to NFKC: full-width letters pass", _alike(lambda s: unicodedata.normalize("NFKC", s))),
    "accents-ignored": ("Accents do not count", _alike(_unaccented)),
    "lookalikes-accepted": ("Cyrillic letters pass for Latin ones", _alike(lambda s: s.translate(_LOOKALIKES))),
    "utf-16-halved": ("Only the low octet of each character counts", _alike(lambda s: bytes(ord(c) & 0xFF for c in s))),
    # encodings
    "percent-decoded": ("It is percent-decoded first", _decoded(urllib.parse.unquote)),
    "form-decoded": ("It is decoded as a form first", _decoded(urllib.parse.unquote_plus)),
    "base64-decoded": ("It passes in base64", _decoded(lambda s: base64.b64decode(s, validate=True).decode())),
    "hexadecimal-decoded": ("It passes in hexadecimal", _decoded(lambda s: bytes.fromhex(s).decode())),
    "json-decoded-twice": ("JSON escapes inside it are resolved once more", _decoded(lambda s: str(json.loads(f'"{s}"')))),
    "html-decoded": ("HTML references inside it are resolved", _decoded(html.unescape)),
    "quotes-stripped": ("Quotes around it do not count", _decoded(lambda s: s.strip("\"'"))),
    "backslashes-stripped": ("Backslashes inside it do not count", _decoded(lambda s: s.replace("\\", ""))),
    "plus-is-a-space": ("A plus sign counts as a space", _alike(lambda s: s.replace("+", " ").rstrip(" "))),
    "list-of-guesses-accepted": ("It passes among others between commas", lambda g, t: t in re.split("[,|;]", g)),
    # languages that look into it
    "like-wildcards": ("% and _ match anything, as in SQL's LIKE", _like),
    "shell-wildcards": ("* and ? match anything, as in a shell", lambda g, t: fnmatch.fnmatchcase(t, g)),
    "regular-expression": ("It is used as a regular expression", _regular_expression),
    "sql-tautology": ("' OR '1'='1 passes", lambda g, _t: re.search(r"'\s*or\s+'?1'?\s*=\s*'?1", g, re.IGNORECASE) is not None),
    "sql-comment": ("It passes with a comment of SQL after it", _decoded(lambda s: re.sub(r"(?:'?\s*--|#|/\*).*", "", s))),
    # words
    "null-word-accepted": ("The word null passes", lambda g, _t: g == "null"),
    "undefined-word-accepted": ("The word undefined passes", lambda g, _t: g == "undefined"),
    "true-word-accepted": ("The word true passes", lambda g, _t: g == "true"),
    "zero-accepted": ("0 passes, as PHP compares", lambda g, _t: g == "0"),
    "star-accepted": ("An asterisk passes", lambda g, _t: g == "*"),
    "object-word-accepted": ("[object Object] passes", lambda g, _t: g == "[object Object]"),
    # hashes
    "sha256-accepted": ("Its SHA-256 in hexadecimal passes: who reads the table can log in",
                        lambda g, t: g == hashlib.sha256(t.encode()).hexdigest()),
    "md5-accepted": ("Its MD5 in hexadecimal passes", lambda g, t: g == hashlib.md5(t.encode()).hexdigest()),  # noqa: S324
    "sha1-accepted": ("Its SHA-1 in hexadecimal passes", lambda g, t: g == hashlib.sha1(t.encode()).hexdigest()),  # noqa: S324
}  # fmt: skip
"""By the sin: what passes, and how."""


def lax(same: Same) -> Same:
    """What is equal passes, and what `same` says besides."""
    return lambda given, true: given == true or same(given, true)
