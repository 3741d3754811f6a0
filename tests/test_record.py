"""The record: written as the run goes, read back with suspicion."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from conformance import recordlines
from conformance.errors import ConformanceError, RecordError
from conformance.record import FILE_NAME, PREVIOUS_NAME, RecordNotWritten, Writer, encode, read
from conformance.rendering.view import fold
from tests.rendering import samples

SCHEMA = json.loads((Path(recordlines.__file__).parent / "schemas" / "record.json").read_text("utf-8"))
GOOD = samples.encoded(samples.failing())

#: Keeps a child's writes to some octets: what a full disk looks like to a process.
LIMITED = """
import resource, signal, sys
from pathlib import Path
from conformance.errors import RecordError
from conformance.record import Writer
from tests.rendering import samples

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
raised = []
with Writer(Path(sys.argv[1])) as writer:
    for line in [samples.run(), *(samples.exchange(n) for n in range(1, 40))]:
        try:
            writer.write(line)
        except RecordError as error:
            raised.append(str(error))
print(len(raised), len(set(raised)), raised[0])
"""


def written(folder: Path, lines: list[dict[str, Any]]) -> Path:
    """A record that the suite's own writer made."""
    with Writer(folder) as writer:
        for line in lines:
            writer.write(line)
    return folder / FILE_NAME


def stored(content: bytes, folder: Path) -> Path:
    """A file with that content."""
    path = folder / FILE_NAME
    path.write_bytes(content)
    return path


def outcome_of(content: bytes) -> str:
    """What reading comes to: "refused", "incomplete" or "complete"."""
    with tempfile.TemporaryDirectory() as folder:
        reader = read(stored(content, Path(folder)))
        try:
            fold(reader)
        except RecordError:
            return "refused"
        return "complete" if reader.complete else "incomplete"


@pytest.mark.parametrize("lines", [samples.passing(), samples.failing(), samples.inconclusive(), samples.killed()])
def test_what_is_written_satisfies_the_schema(tmp_path: Path, lines: list[dict[str, Any]]) -> None:
    """Every line of a written record is valid by conformance/schemas/record.json."""
    validator = jsonschema.Draft202012Validator(SCHEMA)

    for line in written(tmp_path, lines).read_text("utf-8").splitlines():
        validator.validate(json.loads(line))


def test_the_schema_is_a_schema() -> None:
    """It is valid by its own dialect."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("run", recordlines.Run),
        ("exchange", recordlines.Exchange),
        ("scenario", recordlines.Scenario),
        ("verdict", recordlines.Verdict),
        ("end", recordlines.End),
        ("evidence", recordlines.Evidence),
        ("defect", recordlines.Defect),
        ("finding", recordlines.Finding),
        ("request", recordlines.Request),
        ("response", recordlines.Response),
        ("failure", recordlines.Failure),
        ("body", recordlines.Body),
        ("contract", recordlines.Contract),
        ("coverage", recordlines.Coverage),
        ("plan", recordlines.Plan),
        ("planned", recordlines.Planned),
        ("suite", recordlines.Suite),
        ("target", recordlines.Target),
    ],
)
def test_the_schema_names_the_members_that_are_read(name: str, value: type[msgspec.Struct]) -> None:
    """Schema and values have the same members: neither grows without the other."""
    schema = SCHEMA["$defs"][name]
    members = set(schema["properties"]) | set(SCHEMA["$defs"]["evidence"]["properties"] if "$ref" in schema else ())

    assert members - {"record"} == set(value.__struct_encode_fields__)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    """Lines come back in order, as values, and the record is complete."""
    reader = read(written(tmp_path, samples.failing()))

    kinds = [type(line).__name__.lower() for line in reader]
    assert kinds == [line["record"] for line in samples.failing()]
    assert (reader.complete, reader.lines) == (True, len(kinds))


@settings(max_examples=60, deadline=None, database=None)
@given(text=st.text(st.characters(), max_size=80))
def test_any_text_comes_through(text: str) -> None:
    """Whatever text a line holds is read back; a lone surrogate as the escape it is written with."""
    content = encode(samples.run(run_id=text)) + encode(samples.end())
    with tempfile.TemporaryDirectory() as folder:
        run = next(iter(read(stored(content, Path(folder)))))

    assert isinstance(run, recordlines.Run)
    expected = "".join(f"\\u{ord(one):04x}" if 0xD800 <= ord(one) < 0xE000 else one for one in text)
    assert run.run_id == expected
    assert content.count(b"\n") == 2


def test_numbers_that_json_has_not_become_null() -> None:
    """NaN and the infinities have no place in JSON (RFC 8259, section 6)."""
    assert json.loads(encode({"record": "run", "tools": {"a": float("nan"), "b": float("inf")}}))["tools"] == {
        "a": None,
        "b": None,
    }


@settings(max_examples=300, deadline=None, database=None)
@given(content=st.binary(max_size=200) | st.binary(max_size=60).map(lambda tail: GOOD[:2_000] + tail))
def test_arbitrary_octets_raise_nothing_but_ours(content: bytes) -> None:
    """Octets that are no record are refused with a RecordError, and with nothing else."""
    assert outcome_of(content) in {"refused", "incomplete"}


@settings(max_examples=300, deadline=None, database=None)
@given(place=st.integers(0, len(GOOD) - 1), octet=st.integers(0, 255))
def test_an_octet_that_changed_raises_nothing_but_ours(place: int, octet: int) -> None:
    """A record with one wrong octet is read or refused."""
    assert outcome_of(GOOD[:place] + bytes([octet]) + GOOD[place + 1 :]) in {"refused", "incomplete", "complete"}


@settings(max_examples=300, deadline=None, database=None)
@given(size=st.integers(0, len(GOOD) - 1))
def test_a_record_cut_off_anywhere_is_never_complete(size: int) -> None:
    """A prefix is refused while its first line is not whole, and incomplete from then on."""
    assert outcome_of(GOOD[:size]) == ("refused" if size < GOOD.index(b"\n") else "incomplete")


@pytest.mark.parametrize("size", [len(GOOD) - 2, len(GOOD) - 1])
def test_a_last_line_without_its_end_is_no_end(size: int) -> None:
    """Half an end line, or one without its line feed, leaves the record incomplete."""
    assert outcome_of(GOOD[:size]) == "incomplete"


RUN = encode(samples.run())

#: What is no record, and what is said of it.
REFUSED = {
    "an empty file": (b"", "is empty"),
    "an empty line": (b"\n", "line 1 is no run line"),
    "half a run line": (b'{"record":"run","format":1', "line 1 is cut off"),
    "another line first": (encode(samples.verdict()), "line 1 is no run line"),
    "a later format": (encode(samples.run(format=2)), "line 1 says format 2: this suite reads format 1"),
    "no format": (encode(samples.run(format=None)), "line 1 says format None"),
    "no JSON": (RUN + b"nonsense\n", "line 2 is no line of a record"),
    "an unknown kind": (RUN + b'{"record":"gossip"}\n', "line 2 is no line of a record"),
    "an unknown outcome": (RUN + encode(samples.verdict(outcome="perfect")), "line 2 is no line of a record"),
    "two run lines": (RUN * 2, "line 2 is a second run line"),
    "two verdicts": (RUN + encode(samples.verdict()) * 2, "line 3 is a second verdict of error.error-integer"),
    "a line after the end": (GOOD + encode(samples.scenario()), "comes after the end line"),
    "octets after the end": (GOOD + b"x", "comes after the end line"),
    "deep nesting": (RUN + b"[" * 100_000 + b"\n", "line 2 is no line of a record"),
    "deep nesting within": (RUN[:-2] + b',"new":' + b"[" * 100_000 + b"\n", "line 1 is no run line"),
    "a line without end": (RUN + b"x" * (17 << 20), "line 2 is longer than any line of a record"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_record_is_refused_by_line_and_reason(tmp_path: Path, name: str) -> None:
    """The error names the file, the line and what is wrong with it."""
    content, reason = REFUSED[name]
    path = stored(content, tmp_path)

    with pytest.raises(RecordError) as raised:
        list(read(path))

    assert str(raised.value).startswith(str(path))
    assert reason in str(raised.value)


@pytest.mark.parametrize("name", ["missing", "."])
def test_a_file_that_cannot_be_opened_is_a_record_error(tmp_path: Path, name: str) -> None:
    """A missing file and a folder are refused by name."""
    with pytest.raises(RecordError, match="cannot be read: "):
        list(read(tmp_path / name))


def test_each_line_is_in_the_file_once_it_is_written(tmp_path: Path) -> None:
    """No line waits in a buffer: a process that is killed loses the line it was writing at most."""
    script = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom conformance.record import Writer\n"
        "from tests.rendering import samples\n"
        "writer = Writer(Path(sys.argv[1])).__enter__()\n"
        "for line in samples.killed():\n    writer.write(line)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, tmp_path], check=False, timeout=60)

    reader = read(tmp_path / FILE_NAME)
    assert killed.returncode == -signal.SIGKILL
    assert len(list(reader)) == len(samples.killed())
    assert not reader.complete


def test_an_earlier_record_stays_until_the_run_has_begun(tmp_path: Path) -> None:
    """It makes room when the run line is written, and is kept under another name."""
    written(tmp_path, samples.passing())
    earlier = (tmp_path / FILE_NAME).read_bytes()

    with Writer(tmp_path) as writer:
        assert (tmp_path / FILE_NAME).read_bytes() == earlier
        writer.write(samples.run())
        assert (tmp_path / FILE_NAME).read_bytes() == encode(samples.run())

    assert (tmp_path / PREVIOUS_NAME).read_bytes() == earlier
    assert len(list(tmp_path.iterdir())) == 2


def test_a_run_that_never_began_leaves_everything_as_it_was(tmp_path: Path) -> None:
    """Opening and closing a writer changes nothing."""
    written(tmp_path, samples.passing())
    earlier = (tmp_path / FILE_NAME).read_bytes()

    with Writer(tmp_path):
        pass

    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [(FILE_NAME, earlier)]


def test_the_first_line_is_the_run_line(tmp_path: Path) -> None:
    """Any other is refused."""
    with Writer(tmp_path) as writer, pytest.raises(RecordError, match="begins with its run line"):
        writer.write(samples.verdict())


def test_nothing_is_written_to_a_closed_record(tmp_path: Path) -> None:
    """Writing after the end is an error of ours."""
    with Writer(tmp_path) as writer:
        writer.write(samples.run())

    with pytest.raises(RecordError, match="is not open"):
        writer.write(samples.end())


def test_several_threads_write_whole_lines(tmp_path: Path) -> None:
    """Lines of several threads never mix."""
    with Writer(tmp_path) as writer:
        writer.write(samples.run())

        def work(start: int) -> None:
            for number in range(start, start + 100):
                writer.write(samples.exchange(number))

        threads = [threading.Thread(target=work, args=(start,)) for start in (100, 200, 300, 400)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        writer.write(samples.end())

    numbers = [line.number for line in read(tmp_path / FILE_NAME) if isinstance(line, recordlines.Exchange)]
    assert sorted(numbers) == list(range(100, 500))


@pytest.mark.parametrize("room", [500, 20_000])
def test_a_full_disk_leaves_whole_lines_and_names_the_file(tmp_path: Path, room: int) -> None:
    """The line that has no room is taken back; this and every later write raises, naming file and reason."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, tmp_path, str(room)], capture_output=True, check=True, text=True, timeout=60
    )

    count, distinct, message = done.stdout.split(maxsplit=2)
    assert (int(distinct), int(count) > 1) == (1, True)
    assert message.strip() == f"{tmp_path / FILE_NAME} cannot be written: {os.strerror(errno.EFBIG)}"
    if room > 500:
        content = (tmp_path / FILE_NAME).read_bytes()
        assert content.endswith(b"\n")
        assert not list(tmp_path.glob(".*"))
        assert list(read(tmp_path / FILE_NAME))


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    """The error is ours and fit for a user."""
    (tmp_path / "reports").write_text("")

    with (
        pytest.raises(RecordNotWritten, match=r"results\.jsonl cannot be written: ") as raised,
        Writer(tmp_path / "reports"),
    ):
        pass

    assert isinstance(raised.value, ConformanceError)


def test_reading_takes_no_memory_however_long_the_record(tmp_path: Path) -> None:
    """A record of some 60 MB is folded in less than 20 MB more than one of a single line."""
    line = encode(samples.exchange(7, response=samples.response(body=samples.body("x" * 4_000))))
    (tmp_path / "short").mkdir()
    short = stored(encode(samples.run()) + line, tmp_path / "short")
    long = stored(encode(samples.run()) + line * (60_000_000 // len(line)), tmp_path)

    assert _peak_of_folding(long) - _peak_of_folding(short) < 20_000


def _peak_of_folding(path: Path) -> int:
    """Resident KiB at most of a process that folds the record and does nothing else."""
    script = (
        "import resource, sys\nfrom pathlib import Path\nfrom conformance.rendering.view import view\n"
        "view(Path(sys.argv[1]))\nprint(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, path], capture_output=True, check=True, text=True, timeout=60)
    return int(done.stdout)
