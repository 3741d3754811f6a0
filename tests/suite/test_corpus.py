"""What a ring finds is kept, and asked first in the next run."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from conformance import corpus
from conformance.corpus import Entry
from conformance.errors import SpecError
from conformance.record import read
from conformance.recordlines import Exchange, Run
from conformance.reference.mutants import find
from conformance.rendering import console
from conformance.rendering.view import view
from tests.reference.conftest import CLIENT_SECRET, running
from tests.suite.matrix import Suite, concluded, of_mutant

RING = "ring.invalid POST /oauth/token"


def entry(number: int = 0, body: bytes = b"\xff\0") -> Entry:
    return Entry(RING, "status.no-server-error", body + b"%d" % number)


def test_a_corpus_is_read_as_it_was_written(tmp_path: Path) -> None:
    entries = tuple(entry(number) for number in range(3))
    (tmp_path / corpus.NAME).write_bytes(corpus.text(entries))
    assert corpus.read(tmp_path / corpus.NAME) == entries


def test_no_file_is_an_empty_corpus(tmp_path: Path) -> None:
    assert corpus.read(tmp_path / corpus.NAME) == ()


@pytest.mark.parametrize("line", ["{", "[]", '{"ring": 1}', '{"ring": "r", "requirement": "x", "body": "\\u0100"}'])
def test_a_line_of_another_form_is_named(line: str, tmp_path: Path) -> None:
    (tmp_path / corpus.NAME).write_text(corpus.text([entry()]).decode() + line + "\n")
    with pytest.raises(SpecError, match=r"corpus\.jsonl, line 2|corpus\.jsonl:2"):
        corpus.read(tmp_path / corpus.NAME)


BAD = (
    "{",
    '{"ring": "r", "requi',
    "\0\0",
    "[" * 100_000,
    '{"ring": 1}',
    '{"ring": "r", "requirement": "x", "body": "\\u0100"}',
)


@pytest.mark.parametrize("line", BAD, ids=("open", "cut off", "NUL", "deep", "without a body", "of no octet"))
def test_what_a_run_left_is_read_but_for_lines_that_are_no_entries(line: str, tmp_path: Path) -> None:
    path = tmp_path / corpus.NAME
    whole = corpus.text([entry(1)]), corpus.text([entry(2)])
    path.write_bytes(whole[0] + line.encode() + b"\n" + whole[1])
    entries, note = corpus.salvage(path)
    assert entries == (entry(1), entry(2))
    assert note == f"{path}: no entry of a corpus, and passed over: line 2"


def test_octets_that_are_no_text_cost_their_line_alone(tmp_path: Path) -> None:
    path = tmp_path / corpus.NAME
    path.write_bytes(b"\xff\xfe\n" * (corpus.TOLD + 2) + corpus.text([entry()]))
    entries, note = corpus.salvage(path)
    assert entries == (entry(),)
    assert note.endswith("passed over: line 1, 2, 3, 4, 5 and 2 more")


def test_of_a_whole_file_there_is_nothing_to_tell(tmp_path: Path) -> None:
    path = tmp_path / corpus.NAME
    assert corpus.salvage(path) == ((), "")
    path.write_bytes(corpus.text([entry()]))
    assert corpus.salvage(path) == ((entry(),), "")


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_what_is_no_file_is_not_read(make: Callable[[Path], None], tmp_path: Path) -> None:
    """Nothing may ever come from a pipe, and a device has no end."""
    path = tmp_path / corpus.NAME
    make(path)
    with pytest.raises(SpecError, match="it is no file"):
        corpus.salvage(path)


def test_a_file_that_no_run_leaves_is_passed_over(tmp_path: Path) -> None:
    """It would take more memory than a run may."""
    path = tmp_path / corpus.NAME
    with path.open("wb") as file:
        file.truncate(corpus.LARGEST + 1)
    entries, note = corpus.salvage(path)
    assert entries == ()
    assert "larger than any corpus" in note


def test_a_damaged_corpus_ends_no_night_and_is_told(tmp_path: Path) -> None:
    """The night before was cut off as it wrote: this one replays what is whole, says so, and leaves a whole file."""
    path = tmp_path / corpus.NAME
    path.write_bytes(corpus.text([entry(1), entry(2)])[:-9])
    suite = Suite(tmp_path, "nightly")
    assert suite.prepared.corpus == (entry(1),)
    mutant = find("missing-member-is-a-key-error")
    assert mutant is not None
    with running("--gallery") as gallery:
        _ring_alone(suite, of_mutant(gallery, mutant, "damaged"))
    (line,) = [line for line in read(tmp_path / "results.jsonl") if isinstance(line, Run)]
    assert line.notes == (f"{path}: no entry of a corpus, and passed over: line 2",)
    assert line.notes[0] in console.summary(view(tmp_path / "results.jsonl"))
    assert entry(1) in corpus.read(path)
    assert sorted(one.name for one in tmp_path.glob("*corpus*")) == [corpus.NAME]


def test_a_corpus_holds_each_entry_once_and_no_more_than_its_limit() -> None:
    old = [entry(number) for number in range(corpus.MOST)]
    assert corpus.joined(old, [old[0], entry(corpus.MOST)]) == (*old[1:], entry(corpus.MOST))
    assert corpus.joined([], [entry(body=b"x" * corpus.LONGEST)]) == ()


def _ring_alone(suite: Suite, url: str) -> None:
    """Run the ring, and what frames every run."""
    plan = suite.prepared.plan
    rings = tuple((ring, 60) for ring, _ in plan.rings if ring.id == RING)
    narrow = replace(plan, probes=(plan.probes[0], plan.probes[-1]), rings=rings)
    target = replace(suite.prepared.target, name=url, base_url=url)
    concluded(replace(suite.prepared, plan=narrow, target=target))


def test_what_a_ring_finds_is_kept_and_asked_first_in_the_next_run(tmp_path: Path) -> None:
    mutant = find("missing-member-is-a-key-error")
    assert mutant is not None
    bodies = []
    with running("--gallery") as gallery:
        for word in ("first", "second"):
            # how long a search takes hangs on its seed
            _ring_alone(Suite(tmp_path, "nightly", seed="7"), of_mutant(gallery, mutant, word))
            lines = [line for line in read(tmp_path / "results.jsonl") if isinstance(line, Exchange)]
            bodies.append([line.request.body for line in lines if line.scenario == RING])
    kept = corpus.read(tmp_path / corpus.NAME)
    assert {one.requirement for one in kept} == {"status.no-server-error"}
    first = bodies[1][0]
    assert first is not None
    assert first.text == kept[0].body.decode()
    assert CLIENT_SECRET not in (tmp_path / corpus.NAME).read_text()
