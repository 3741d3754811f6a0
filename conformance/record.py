"""The record of a run: `results.jsonl`, which everything a person reads is rendered from.

One JSON object a line, in this order: a `run` line; `exchange` and `scenario` lines as the run goes; `verdict` lines;
an `end` line. `conformance/schemas/record.json` says the same for other tools.

The lines are written as they come, so that a run that is killed leaves a readable prefix, cut off in its last line at
worst. A reader takes such a prefix for what it is: only a record whose last line is a whole `end` line is complete.

Memory is flat on both sides: a line is written and forgotten, read and handed on.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import msgspec

from conformance.errors import RecordError
from conformance.recordlines import End, Line, Run, Verdict

FORMAT = 1
#: Longest line that is read, in octets: some hundred times the longest that is written.
LINE_LIMIT = 16 * 1024 * 1024

FILE_NAME = "results.jsonl"
PREVIOUS_NAME = "results.previous.jsonl"


class RecordNotWritten(RecordError):
    """The record, or a report made from it, cannot be written: names the file and the reason."""

    def __init__(self, path: Path, reason: OSError) -> None:
        super().__init__(f"{path} cannot be written: {reason.strerror or reason}")
        self.path = path


# DEL, the C1 controls, line separators and what turns the direction of text, in UTF-8
_STEERING = re.compile(rb"\x7f|\xc2[\x80-\x9f]|\xe2\x80[\xa8-\xae]|\xe2\x81[\xa6-\xa9]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def now() -> str:
    """The time in UTC, as a record writes it (RFC 3339)."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _printable(value: Any) -> Any:
    r"""Write every lone surrogate as the text `\udXXX`: UTF-8 has no octets for one (RFC 3629, section 3)."""
    if isinstance(value, str):
        return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", value)
    if isinstance(value, Mapping):
        return {_printable(key): _printable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(item) for item in value]
    return value


def encode(line: Mapping[str, Any] | Line) -> bytes:
    """One line of a record, its line feed included. NaN and the infinities become null (RFC 8259, section 6).

    What would steer a terminal that shows the file is escaped.
    """
    try:
        octets = msgspec.json.encode(line)
    except UnicodeEncodeError:
        octets = msgspec.json.encode(_printable(msgspec.to_builtins(line)))
    return _STEERING.sub(lambda match: f"\\u{ord(match[0].decode()):04x}".encode(), octets) + b"\n"


def _is_run(line: Mapping[str, Any] | Line) -> bool:
    return isinstance(line, Run) or (isinstance(line, Mapping) and line.get("record") == "run")


class Writer:
    """Writes a record as the run goes; safe to call from several threads.

    The file of an earlier run stays where it is until the first line of this one is on the disk; then it becomes
    `results.previous.jsonl`. A line that cannot be written is taken back whole, and every later `write` raises again.
    """

    def __init__(self, reports_dir: Path) -> None:
        self.path = reports_dir / FILE_NAME
        self._lock = threading.Lock()
        self._file: BinaryIO | None = None
        self._good = 0
        self._error: RecordNotWritten | None = None

    def __enter__(self) -> Self:
        """Make the folder and see that it can be written to."""
        starting = self._starting
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # Unbuffered, one call a line: what was written outlives a SIGKILL of this process.
            self._file = starting.open("wb", buffering=0)
        except OSError as error:
            raise RecordNotWritten(self.path, error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def _starting(self) -> Path:
        return self.path.with_name(f".{FILE_NAME}.{os.getpid()}")

    def write(self, line: Mapping[str, Any] | Line) -> None:
        """Append a line. The first has to be the run line.

        Raises RecordNotWritten where the file system refuses, and RecordError where the line is out of order.
        """
        content = encode(line)
        with self._lock:
            if self._error is not None:
                raise self._error
            if self._file is None:
                raise RecordError(f"{self.path} is not open for writing")
            first = self._good == 0
            if first and not _is_run(line):
                raise RecordError("a record begins with its run line")
            try:
                self._append(self._file, content)
                if first:
                    self._take_over()
            except OSError as error:
                self._error = RecordNotWritten(self.path, error)
                raise self._error from error

    def _append(self, file: BinaryIO, content: bytes) -> None:
        rest = memoryview(content)
        try:
            while rest:
                rest = rest[file.write(rest) :]
        except OSError:
            # Half a line at the end is readable, but the space may be what is missing.
            file.truncate(self._good)
            raise
        self._good += len(content)

    def _take_over(self) -> None:
        if self.path.exists():
            self.path.replace(self.path.with_name(PREVIOUS_NAME))
        self._starting.replace(self.path)

    def close(self) -> None:
        """Close the file and see that it is on the disk. Closing twice is closing once."""
        with self._lock:
            file, self._file = self._file, None
            if file is None:
                return
            try:
                os.fsync(file.fileno())
            except OSError:
                # Some file systems cannot; whatever was wrong with the content was raised by `write`.
                pass
            finally:
                file.close()
                self._starting.unlink(missing_ok=True)


class _Header(msgspec.Struct, frozen=True):
    record: str = ""
    format: int | None = None


_HEADER = msgspec.json.Decoder(_Header)
_LINE: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)


class Reader:
    """The lines of a record, one after the other; `complete` and `lines` are true once the last has been taken.

    Iterate once. Raises RecordError for whatever is no record, with the number of the line that is to blame.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.complete = False
        self.lines = 0

    def __iter__(self) -> Iterator[Line]:
        try:
            with self.path.open("rb") as file:
                yield from self._read(file)
        except OSError as error:
            raise RecordError(f"{self.path} cannot be read: {error.strerror or error}") from error

    def _read(self, file: BinaryIO) -> Iterator[Line]:
        judged: set[str] = set()
        while content := file.readline(LINE_LIMIT):
            whole = content.endswith(b"\n")
            if not whole and len(content) == LINE_LIMIT:
                raise self._refusal("is longer than any line of a record")
            if self.complete:
                raise self._refusal("comes after the end line")
            line = self._first(content, whole=whole) if self.lines == 0 else self._decode(content, whole=whole)
            if line is None or (isinstance(line, End) and not whole):
                return
            if isinstance(line, Run) and self.lines > 0:
                raise self._refusal("is a second run line")
            if isinstance(line, Verdict):
                if line.requirement in judged:
                    raise self._refusal(f"is a second verdict of {line.requirement}")
                judged.add(line.requirement)
            self.lines += 1
            self.complete = isinstance(line, End)
            yield line
        if self.lines == 0:
            raise RecordError(f"{self.path} is empty: no run wrote its first line here")

    def _first(self, content: bytes, *, whole: bool) -> Line:
        try:
            header = _HEADER.decode(content)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            if not whole:
                raise self._refusal("is cut off: nothing of the run is on record") from error
            raise self._refusal("is no run line") from error
        if header.record != "run":
            raise self._refusal("is no run line")
        if header.format != FORMAT:
            raise self._refusal(f"says format {header.format}: this suite reads format {FORMAT}")
        line = self._decode(content, whole=True)
        if line is None:  # pragma: no cover - only a line that is not whole comes to nothing
            raise self._refusal("is no run line")
        return line

    def _decode(self, content: bytes, *, whole: bool) -> Line | None:
        try:
            return _LINE.decode(content)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            if not whole:
                return None
            raise self._refusal(f"is no line of a record ({error})") from error

    def _refusal(self, what: str) -> RecordError:
        return RecordError(f"{self.path}, line {self.lines + 1} {what}")


def read(path: Path) -> Reader:
    """Read a record. The file is opened when the first line is asked for."""
    return Reader(path)
