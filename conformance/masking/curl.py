"""A request as a `curl` command that sends it again, octet for octet, without holding a secret.

POSIX shell. Every secret is an expression such as `"${PARTNERS_API_CLIENT_SECRET}"`; the person who replays the command
has the variables set. What is near a secret is made from its variable (`conformance.masking.derivation`), by `python3` where a
shell has nothing for it. What a command line cannot hold (NUL, octets that are not UTF-8) goes through `printf`, and a
run of the same text through `head` or `yes`. What cannot be sent again is said to be abridged.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from conformance.masking import repeats
from conformance.masking.derivation import command as command_of, derive, word
from conformance.masking.marks import Mark, Parts, Sealed, joined
from conformance.messages import ACCEPT
from conformance.tokens import normal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.masking.derivation import Stretch
    from conformance.masking.marks import Variable
    from conformance.messages import Request
    from conformance.redaction import Redactor

#: Octets of a body that are written out; longer ones are generated where they repeat, else abridged.
LONGEST: Final = 8192
#: Octets of an abridged body that are sent.
ABRIDGED: Final = 1024
#: Octets of a body, long runs of one octet aside, in which repeats are looked for.
LONGEST_SEARCHED: Final = 256 << 10

ABRIDGED_NOTE: Final = "# abridged: this is not the whole request\n"
MASKED_NOTE: Final = "# not complete: put the value in the place of each mask in brackets\n"

_PLAIN = re.compile(r"[\x20-\x7e]*")
_PLAIN_BODY = re.compile(r"[\x20-\x7e\t\n\u00a1-\u02ff]*")
_HELD = re.compile(r"\[[^\[\]]+\]")
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
    writer = _Writer(sealed.variables)
    words = ["curl", "-sS", "-i", "-g", "--path-as-is", "--http1.1"]
    method = joined(sealed.method)
    # With -X HEAD curl would wait for the content that a HEAD announces and does not send.
    words += ["-I"] if method == "HEAD" and sealed.body is None else ["-X", writer.word(sealed.method)]
    words.append(writer.word(sealed.url))
    for name, value in sealed.headers:
        # what stands there says what was sent
        writer.masked |= len(value) == 1 and isinstance(value[0], str) and _HELD.fullmatch(value[0]) is not None
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

    def __init__(self, variables: tuple[Variable, ...] = ()) -> None:
        self.variables = variables
        self.masked = False
        self.abridged = False

    def notes(self) -> str:
        return (MASKED_NOTE if self.masked else "") + (ABRIDGED_NOTE if self.abridged else "")

    def word(self, parts: Parts, encoding: str = "utf-8") -> str:
        """One word of the command line."""
        return "".join(self._piece(part, encoding) for part in _merged(parts)) or "''"

    def _piece(self, part: str | Mark, encoding: str) -> str:
        if isinstance(part, Mark):
            return self.secret(part, encoding)
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

    def secret(self, mark: Mark, encoding: str = "utf-8") -> str:
        """A word that yields what the mark hides, or shows its mask."""
        if mark.packed is not None:
            inner = "".join(
                self.secret(part) if isinstance(part, Mark) else self._piece(part, "utf-8") for part in mark.packed
            )
            return f"\"$(printf %s {inner} | base64 | tr -d '\\n')\""
        if name := _variable(mark):
            return f'"${{{name}}}"'
        stretches = self._derived(mark, encoding)
        if stretches:
            return "".join(
                word(stretch) if stretch.source else self._piece(_text(stretch.octets), "utf-8")
                for stretch in stretches
            )
        self.masked = True
        return _quoted(mark.mask)

    def _derived(self, mark: Mark, encoding: str = "utf-8") -> tuple[Stretch, ...]:
        try:
            return derive(mark.text.reveal().encode(encoding, "surrogateescape"), self.variables)
        except UnicodeEncodeError:
            return ()

    def body(self, sealed: Sealed, words: list[str]) -> str:
        """The command with its body: as a word where a word can hold it, through a pipe elsewhere."""
        parts = _merged(sealed.body or ())
        line = " ".join(words)
        if sealed.size <= LONGEST:
            if all(self._fits_a_word(part) for part in parts):
                # --data-raw takes a leading @ for what it is.
                option = "--data-raw" if joined(parts).startswith("@") else "--data-binary"
                text = "".join(self.secret(part) if isinstance(part, Mark) else _quoted(part) for part in parts)
                return f"{self.notes()}{line} {option} {text or _quoted('')}"
            pieces = [piece for part in parts for piece in self._printed(part)]
        else:
            pieces = self._generated(parts)
        generator = pieces[0] if len(pieces) == 1 else f"{{ {'; '.join(pieces)}; }}"
        return f"{self.notes()}{generator} | {line} --data-binary @-"

    def _fits_a_word(self, part: str | Mark) -> bool:
        """Whether a shell can hold the part in a word: a substitution loses NUL, and a line feed at the end."""
        if isinstance(part, str):
            return _PLAIN_BODY.fullmatch(part) is not None
        if _variable(part) and part.text.reveal().isprintable():  # as mostly: there is nothing to derive
            return True
        return not any(b"\0" in one.octets or one.octets.endswith(b"\n") for one in self._derived(part))

    def _printed(self, part: str | Mark) -> list[str]:
        if isinstance(part, Mark):
            if self._fits_a_word(part):
                return [f"printf %s {self.secret(part)}"]
            return [
                piece
                for one in self._derived(part)
                for piece in ([command_of(one)] if one.source else self._printed(_text(one.octets)))
            ]
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


def _variable(mark: Mark) -> str:
    """The name of the variable whose value the mark hides as it is; empty where there is none."""
    name = mark.shell.strip("${}")
    return name if mark.exact and name.isidentifier() else ""


def _repeats(octets: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Start, end and unit of what repeats: long runs of one octet, found fast, and between them those of a few."""
    at = 0
    for start, end in (*repeats.runs(octets), (len(octets), len(octets))):
        for match in _REPEATS.finditer(octets, at, min(start, at + LONGEST_SEARCHED)):
            yield match.start(), match.end(), match[1] or match[2]
        if start < end:
            yield start, end, octets[start : start + 1]
        at = end


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
