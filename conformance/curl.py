"""A request as a `curl` command that sends it again, octet for octet, without holding a secret.

POSIX shell. Every secret is an expression such as `"${PARTNERS_API_CLIENT_SECRET}"`; the person who replays the command
has the variables set. What a command line cannot hold (NUL, octets that are not UTF-8) goes through `printf`, and a
run of the same text through `head` or `yes`. What cannot be sent again is said to be abridged.
"""

from __future__ import annotations

import functools
import json
import re
from typing import TYPE_CHECKING, Final

from conformance import repeats
from conformance.decoders import views
from conformance.encodings import fold, forms
from conformance.marks import Mark, Parts, Sealed, joined
from conformance.messages import ACCEPT
from conformance.needles import Known, Needles
from conformance.secret import Secret
from conformance.tokens import normal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.messages import Request
    from conformance.redaction import Redactor

#: Octets of a body that are written out; longer ones are generated where they repeat, else abridged.
LONGEST: Final = 8192
#: Octets of an abridged body that are sent.
ABRIDGED: Final = 1024
#: Octets of a body, long runs of one octet aside, in which repeats are looked for.
LONGEST_SEARCHED: Final = 256 << 10

#: Characters of a secret in a row that a command may hold.
LONGEST_SHARED: Final = 4
#: Characters beside the beginning and the end of a secret that a command writes out.
LONGEST_BETWEEN: Final = 64
#: Shorter secrets are not put together from their parts.
SHORTEST_SPLIT: Final = 8

ABRIDGED_NOTE: Final = "# abridged: this is not the whole request\n"
MASKED_NOTE: Final = "# not complete: put the value in the place of each mask in brackets\n"

_PLAIN = re.compile(r"[\x20-\x7e]*")
_PLAIN_BODY = re.compile(r"[\x20-\x7e\t\n\u00a1-\u02ff]*")
_SAFE = re.compile(r"[A-Za-z0-9_@%+=:,./-]+")
_REPEATS = re.compile(rb"(.)\1{511,}|(.{2,16}?)\2{255,}", re.DOTALL)
_OCTAL = {octet: f"\\{octet:03o}" for octet in range(256)}
_OCTAL.update({octet: chr(octet) for octet in range(0x20, 0x7F)})
_OCTAL.update({ord("%"): "%%", ord("\\"): "\\\\", ord("'"): "'\\''", ord("\n"): "\\n"})


def command(request: Request, url: str, redactor: Redactor) -> str:
    """The `curl` command for the request to the absolute `url`, with everything `redactor` knows masked."""
    return render(redactor.seal(request, url))


def render(sealed: Sealed) -> str:
    """The `curl` command for a request in parts; a comment line comes first where it does not send the very request."""
    writer = _Writer(sealed.known)
    words = ["curl", "-sS", "-i", "-g", "--path-as-is", "--http1.1"]
    method = joined(sealed.method)
    # With -X HEAD curl would wait for the content that a HEAD announces and does not send.
    words += ["-I"] if method == "HEAD" and sealed.body is None else ["-X", writer.word(sealed.method)]
    words.append(writer.word(sealed.url))
    for name, value in sealed.headers:
        words += ["-H", writer.word((*name, ": ", *value) if joined(value) else (*name, ";"), "latin-1")]
    present = {normal(joined(name)) for name, _ in sealed.headers}
    if "accept" not in present:
        words.append(f"-H 'Accept: {ACCEPT}'")
    if sealed.body is None:
        return writer.notes() + " ".join(words)
    if "contenttype" not in present:
        words.append("-H Content-Type:")
    if sealed.size > 1 << 20 and "expect" not in present:
        words.append("-H Expect:")
    return writer.body(sealed, words)


class _Writer:
    """Writes shell words, and remembers what could not be written."""

    def __init__(self, known: tuple[tuple[Secret, str], ...] = ()) -> None:
        self.known = known
        self.masked = False
        self.abridged = False

    def notes(self) -> str:
        return (MASKED_NOTE if self.masked else "") + (ABRIDGED_NOTE if self.abridged else "")

    def word(self, parts: Parts, encoding: str = "utf-8") -> str:
        """One word of the command line."""
        return "".join(self._piece(part, encoding) for part in _merged(parts)) or "''"

    def _piece(self, part: str | Mark, encoding: str) -> str:
        if isinstance(part, Mark):
            return self.secret(part)
        if _PLAIN.fullmatch(part):
            return _quoted(part)
        return f"\"$(printf '{_octal(self._encoded(part, encoding))}')\""

    def _encoded(self, text: str, encoding: str) -> bytes:
        try:
            return text.encode(encoding, "surrogateescape")
        except UnicodeEncodeError:
            # Nothing that was sent can be this.
            self.abridged = True
            return text.encode("utf-8", "backslashreplace")

    def secret(self, mark: Mark) -> str:
        """A word that yields what the mark hides, or shows its mask."""
        expression = self._expression(mark)
        if expression:
            return f'"{expression}"'
        for secret, shell in self.known:
            if word := _derived(mark.text.reveal(), secret, shell):
                return word
        self.masked = True
        return _quoted(mark.mask)

    def _expression(self, mark: Mark) -> str:
        if mark.packed is not None:
            inner = "".join(
                self.secret(part) if isinstance(part, Mark) else self._piece(part, "utf-8") for part in mark.packed
            )
            return f"$(printf %s {inner} | base64 | tr -d '\\n')"
        if not mark.shell or not mark.value:
            return ""
        if mark.exact:
            return mark.shell
        value, text = mark.value.reveal(), mark.text.reveal()
        if text in (json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]):
            # A quotation mark or a backslash; anything else json.dumps escapes is rare in a credential.
            return f'$(printf %s "{mark.shell}" | sed \'s/[\\\\"]/\\\\&/g\')' if value.isprintable() else ""
        if value.isascii() and text.lower() == "".join(f"\\u{ord(character):04x}" for character in value):
            digits = "" if text == text.lower().replace("\\U", "\\u") else " | tr a-f A-F"
            return f"$(printf %s \"{mark.shell}\" | od -An -v -tx1 | tr -d ' \\n'{digits} | sed 's/../\\\\u00&/g')"
        return ""

    def body(self, sealed: Sealed, words: list[str]) -> str:
        """The command with its body: as a word where a word can hold it, through a pipe elsewhere."""
        parts = _merged(sealed.body or ())
        line = " ".join(words)
        if sealed.size <= LONGEST:
            if all(isinstance(part, Mark) or _PLAIN_BODY.fullmatch(part) for part in parts):
                # --data-raw takes a leading @ for what it is.
                option = "--data-raw" if joined(parts).startswith("@") else "--data-binary"
                text = "".join(self.secret(part) if isinstance(part, Mark) else _quoted(part) for part in parts)
                return f"{self.notes()}{line} {option} {text or _quoted('')}"
            pieces = [piece for part in parts for piece in self._printed(part)]
        else:
            pieces = self._generated(parts)
        generator = pieces[0] if len(pieces) == 1 else f"{{ {'; '.join(pieces)}; }}"
        return f"{self.notes()}{generator} | {line} --data-binary @-"

    def _printed(self, part: str | Mark) -> list[str]:
        if isinstance(part, Mark):
            return [f"printf %s {self.secret(part)}"]
        octets = part.encode("utf-8", "surrogateescape")
        # What an argument may be is limited; so is a readable line.
        return [f"printf '{_octal(octets[at : at + LONGEST])}'" for at in range(0, len(octets), LONGEST)]

    def _generated(self, parts: Parts) -> list[str]:
        """Commands that print a long body: repeats are generated, and what is left is cut where it is too long."""
        pieces: list[str] = []
        room = LONGEST
        for part in parts:
            if isinstance(part, Mark):
                pieces += self._printed(part)
                continue
            octets = part.encode("utf-8", "surrogateescape")
            at = 0
            for start, end, unit in _repeats(octets):
                room -= start - at
                pieces += self._printed(_text(octets[at:start])) if room >= 0 else []
                pieces.append(_repeated(unit, end - start))
                at = end
            rest = octets[at:]
            room -= len(rest)
            if room < 0:
                self.abridged = True
                rest = rest[:ABRIDGED]
            pieces += self._printed(_text(rest))
        return pieces


def _repeats(octets: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Start, end and unit of what repeats: long runs of one octet, found fast, and between them those of a few."""
    at = 0
    for start, end in (*repeats.runs(octets), (len(octets), len(octets))):
        for match in _REPEATS.finditer(octets, at, min(start, at + LONGEST_SEARCHED)):
            yield match.start(), match.end(), match[1] or match[2]
        if start < end:
            yield start, end, octets[start : start + 1]
        at = end


def _derived(text: str, secret: Secret, shell: str) -> str:
    """A word that makes `text` from the beginning and the end of the secret, or an empty one."""
    value = secret.reveal()
    if not value.isascii() or len(value) < SHORTEST_SPLIT:
        return ""
    prefix = _common(text, value)
    rest = text[prefix:]
    suffix = _common(rest[::-1], value[::-1])
    if max(prefix, suffix) < LONGEST_SHARED and len(rest) - suffix >= SHORTEST_SPLIT:
        # a letter or two that a client id or a digest has in common with it by chance
        prefix, suffix, rest = 0, 0, text
    middle = rest[: len(rest) - suffix]
    if "\0" in middle or middle.endswith("\n") or _tells(middle, secret):
        return ""
    start = f'"{shell}"' if prefix == len(value) else f'"$(printf %.{prefix}s "{shell}")"' if prefix else ""
    end = f'"$(printf %s "{shell}" | tail -c {suffix})"' if suffix else ""
    between = _quoted(middle) if _PLAIN.fullmatch(middle) else f"\"$(printf '{_octal(middle.encode())}')\""
    return start + (between if middle else "") + end


def _tells(text: str, secret: Secret) -> bool:
    """Whether `text`, which is to be written out, holds something of the secret in any encoding, or might."""
    if len(text) > LONGEST_BETWEEN or any(map(fold(text).__contains__, _pieces(secret))):
        return True
    needles = _needles(secret)
    return not text.isprintable() or any(needles.search(view.text, [view.text]) for view in views(text))


@functools.lru_cache(8)
def _pieces(secret: Secret) -> tuple[str, ...]:
    value = secret.reveal()
    pieces = [value[at : at + LONGEST_SHARED] for at in range(len(value) - LONGEST_SHARED + 1)]
    return tuple(fold(one) for piece in pieces for one in (piece, piece[::-1]))


@functools.lru_cache(8)
def _needles(secret: Secret) -> Needles:
    return Needles.of([Known(secret, "", "", forms(secret.reveal()))])


def _common(one: str, other: str) -> int:
    """The characters with which both begin."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _merged(parts: Parts) -> Parts:
    """The parts with plain text that is adjacent made one."""
    merged: list[str | Mark] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    return tuple(merged)


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "surrogateescape")


def _repeated(unit: bytes, size: int) -> str:
    """A command that prints `size` octets made of `unit`."""
    if len(unit) == 1:
        return f"head -c {size} /dev/zero" + ("" if unit == b"\0" else f" | tr '\\0' '\\{unit[0]:03o}'")
    # Command substitution would drop a line feed at the end of the unit, `yes` adds one: printf repeats it instead.
    return f"printf '{_octal(unit)}%.0s' $(seq {size // len(unit)})"


def _octal(octets: bytes) -> str:
    """A format for printf; a hyphen at its beginning would be an option."""
    text = "".join(map(_OCTAL.__getitem__, octets))
    return f"\\055{text[1:]}" if text.startswith("-") else text


def _quoted(text: str) -> str:
    if _SAFE.fullmatch(text):
        return text
    return "'" + text.replace("'", "'\\''") + "'"
