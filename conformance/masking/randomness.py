"""Words that look drawn at random, as keys and signatures do, whatever stands around them.

A token that nobody has seen in the clear may come reversed, broken in lines or with an octet damaged. No decoder reads it
then, but its signature is there for anyone who undoes that by hand. It is told by its letters: in base64 their kind changes
from one to the next six times in ten, in a word that people make it does so at the humps of camel case.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The shortest word that is judged; of a shorter one too little can be said.
SHORTEST: Final = 20
#: Of a hundred characters so many at least are of another kind than the one before, in a word with a digit and in one without.
#: With these bounds 99.5 of 100 signatures of HMAC SHA-256 are found, 93 random words of 20 characters, and of the long words in
#: source code, but for what compilers mangle, one of 600.
LEAST_CHANGES: Final = 35
WITHOUT_DIGIT: Final = 60
#: Of so many characters one may be a separator, as in base64 (one of 32); in a path there are more.
SEPARATED: Final = 8
#: Different characters it has at least.
LEAST_VARIETY: Final = 10

# RFC 4648, sections 4 and 5, and what no text has in a word: an octet that was damaged may be anything
_WORD = re.compile(rf"[A-Za-z0-9+/_\-\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\U0010ffff]{{{SHORTEST},}}+")
_KINDS = bytes(
    ord("d" if chr(code).isdigit() else "u" if chr(code).isupper() else "l" if chr(code).isalpha() else "-")
    for code in range(128)
) + bytes(128)
_CONTROLS = bytes((*range(0x20), 0x7F))
_CHANGES: Final = (b"lu", b"ul", b"ld", b"dl", b"ud", b"du")


def find(text: str) -> Iterator[tuple[int, int]]:
    """Where such words stand, start and end."""
    return (match.span() for match in _WORD.finditer(text) if is_random(match[0]))


def is_random(word: str) -> bool:
    """Whether the characters of base64's alphabets in a word look drawn at random."""
    kinds = word.encode("ascii", "ignore").translate(_KINDS, _CONTROLS)
    size = len(kinds)
    if size < SHORTEST or kinds.count(b"-") * SEPARATED > size or len(set(word)) < LEAST_VARIETY:
        return False
    least = LEAST_CHANGES if b"d" in kinds else WITHOUT_DIGIT
    return b"u" in kinds and b"l" in kinds and sum(map(kinds.count, _CHANGES)) * 100 >= least * (size - 1)
