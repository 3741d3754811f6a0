"""What the exploring rings of earlier nights found: replayed first, so that a defect found once is looked for each night.

Two files of one form, JSON lines: `spec/corpus.jsonl`, which people review and commit, and `corpus.jsonl` in the reports
folder, which a run writes. A body in which the redactor knows anything is never kept.

What people wrote is read strictly. What a run left may have been cut off by a full disk or a copy that broke: a line of it
that is no entry is passed over and told, because a night that is not judged costs more than one entry.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from conformance.errors import SpecError
from conformance.messages import Request
from conformance.scenarios.material import JSON
from conformance.scenarios.model import Ring

COMMITTED = Path(__file__).resolve().parent.parent / "spec" / "corpus.jsonl"
NAME = "corpus.jsonl"
MOST = 200  # entries of a file; older ones go first
LONGEST = 4096  # octets of a body
LARGEST = 16 << 20  # octets of a file that is read; what a run leaves is less than half as large
TOLD = 5  # bad lines whose numbers are told


class Entry(Struct, frozen=True):
    """A body that gave a finding, the ring that drew it, and the requirement it broke."""

    ring: str
    requirement: str
    body: bytes

    def request(self, ring: Ring) -> Request:
        """The body as a request of the ring's operation."""
        return Request(ring.operation.method, ring.operation.path, JSON, self.body)


def read(path: Path) -> tuple[Entry, ...]:
    """The entries of a file, none where there is none. Raises SpecError for a line of another form."""
    found = []
    for number, one in _lines(path, "strict"):
        if isinstance(one, Exception):
            raise SpecError(path, number, f"is no entry of a corpus: {one}") from one
        found.append(one)
    return tuple(found)


def salvage(path: Path) -> tuple[tuple[Entry, ...], str]:
    """The entries of a file that a run wrote, and a line about what of it is none, empty where all are.

    Raises SpecError where the file is there and cannot be read.
    """
    if path.is_file() and path.stat().st_size > LARGEST:
        return (), f"{path}: larger than any corpus that a run leaves, and passed over"
    lines = tuple(_lines(path, "replace"))
    bad = [str(number) for number, one in lines if isinstance(one, Exception)]
    numbers = ", ".join(bad[:TOLD]) + (f" and {len(bad) - TOLD} more" if len(bad) > TOLD else "")
    note = f"{path}: no entry of a corpus, and passed over: line {numbers}" if bad else ""
    return tuple(one for _, one in lines if isinstance(one, Entry)), note


def _lines(path: Path, errors: str) -> Iterator[tuple[int, Entry | Exception]]:
    """The last lines of a file with their numbers, each as its entry or what is wrong with it."""
    if path.exists() and not path.is_file():  # a pipe, from which nothing may ever come, or a device without an end
        raise SpecError(path, None, "cannot be read: it is no file")
    try:
        lines = path.read_text("utf-8", errors).splitlines()
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(path, None, f"cannot be read: {error}") from error
    for number, line in enumerate(lines[-MOST:], max(1, len(lines) - MOST + 1)):
        try:
            value = json.loads(line)
            yield number, Entry(value["ring"], value["requirement"], value["body"].encode("latin-1"))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            yield number, error


def joined(old: Iterable[Entry], new: Iterable[Entry]) -> tuple[Entry, ...]:
    """The old entries and those of the new that are small enough, each once; at most `MOST`, the newest kept."""
    every = dict.fromkeys((*old, *(entry for entry in new if len(entry.body) <= LONGEST)))
    return tuple(every)[-MOST:]


def text(entries: Iterable[Entry]) -> bytes:
    """The file."""
    lines = (
        json.dumps({"ring": one.ring, "requirement": one.requirement, "body": one.body.decode("latin-1")})
        for one in entries
    )
    return "".join(f"{line}\n" for line in lines).encode()
