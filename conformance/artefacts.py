"""What a run leaves in the reports folder: rendered from its record, searched for secrets, withdrawn where one is found."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from conformance import corpus
from conformance.errors import RecordError
from conformance.jsontext import read
from conformance.preparation import Prepared
from conformance.record import FILE_NAME, LINE_LIMIT, PREVIOUS_NAME
from conformance.redaction import Redactor
from conformance.specfile import SPEC

if TYPE_CHECKING:
    from conformance.rendering.console import Style
    from conformance.tripwire import Leak

ARTEFACTS = (FILE_NAME, "junit.xml", "report.html")
SCANNED = (*ARTEFACTS, corpus.NAME)
ROUNDS = 3  # of masking what was told early: each may show another token, which was told early too
UNWRAPPED = 1 << 20  # columns


class Artefacts(Struct, frozen=True):
    """What is left in the reports folder, what went wrong with it, and the exit code that the record gives."""

    summary: str
    problem: str = ""
    exit_code: int | None = None


def clear_notices(folder: Path) -> None:
    """Remove what an earlier run said about artefacts it withdrew; where that cannot be, the record cannot either."""
    for name in SCANNED:
        with contextlib.suppress(OSError):
            (folder / f"{name}.withdrawn.txt").unlink(missing_ok=True)


def announce(prepared: Prepared) -> bool:
    """Replace the reports of the run before by such as say that this one has not ended, once its record has begun."""
    from conformance import rendering

    begun = left_record(prepared)
    if begun:
        with contextlib.suppress(RecordError):  # a record of another run in its place by now
            rendering.announce(prepared.settings.reports_dir / FILE_NAME, prepared.settings.reports_dir)
    return begun


def report(prepared: Prepared, redactor: Redactor | None, style: Style) -> Artefacts:
    """Render junit.xml and report.html from the record, scan everything for secrets, and give the console's summary.

    redactor: the run's own, which knows the tokens it saw; None where another process carried the run out.
    style: of the summary.
    Raises RecordError where this run left no record, RecordNotWritten where a report cannot be written, and OSError.
    """
    from conformance import rendering
    from conformance.rendering import console
    from conformance.rendering.provisional import known

    folder = prepared.settings.reports_dir
    record = folder / FILE_NAME
    notice = folder / f"{FILE_NAME}.withdrawn.txt"
    if notice.is_file():
        return Artefacts("", notice.read_text("utf-8").rstrip())
    if not _is_of(record, prepared.run_id):
        raise RecordError(_whose(folder, prepared.run_id))
    try:
        view = rendering.render(record, folder, known(prepared.catalogue))
    except Exception:
        problem = _withdraw(_leaks(prepared, redactor))
        if problem:
            return Artefacts("", problem)
        raise
    leaks = _leaks(prepared, redactor)
    for round_ in range(ROUNDS):
        if redactor is None or not _are_early(leaks):
            break
        _mask(record, prepared, redactor, round_)
        view = rendering.render(record, folder, known(prepared.catalogue))
        leaks = _leaks(prepared, redactor)
    problem = _withdraw(leaks)
    left = {name: folder / name for name in ARTEFACTS if not problem or (folder / name).is_file()}
    summary = console.summary(view, style, reports=left, again=bool(problem))
    if problem and _tells(console.summary(view, console.Style(UNWRAPPED)), prepared, redactor):
        summary = ""
    return Artefacts(summary, problem, None if view.end is None else view.end.exit_code)


def _whose(folder: Path, run_id: str) -> str:
    """Why the record in the folder is not of this run: another one has put its own in the place, or this one wrote none."""
    if _is_of(folder / PREVIOUS_NAME, run_id):
        return f"another run wrote into {folder} at the same time; give each a --reports-dir of its own"
    return f"{folder / FILE_NAME} is not of this run, which left no record"


def settle_record(prepared: Prepared, redactor: Redactor) -> None:
    """Mask in the record what was told before anybody knew it for a token; withdraw what holds a secret all the same.

    For the process that carried the run out and renders nothing. The reports in the folder are of an earlier run still.
    Raises `OSError`.
    """
    folder = prepared.settings.reports_dir
    left = [folder / name for name in (FILE_NAME, corpus.NAME)]
    if not _is_of(left[0], prepared.run_id):
        return
    leaks = _scanned(left, prepared, redactor)
    for round_ in range(ROUNDS):
        if not _are_early(leaks):
            break
        _mask(left[0], prepared, redactor, round_)
        leaks = _scanned(left, prepared, redactor)
    _withdraw(leaks)


def _mask(record: Path, prepared: Prepared, redactor: Redactor, round_: int) -> None:
    """Mask what was told early; in the last round, whatever it stands in as a whole."""
    from conformance import tripwire

    if round_ < ROUNDS - 1:
        tripwire.mask_again(record, redactor)
    else:
        tripwire.mask_whole(record, redactor, _wording(), _first_line(prepared))


def _are_early(leaks: tuple[Leak, ...]) -> bool:
    """Whether all there is are tokens, which a server may tell before it hands them out."""
    return bool(leaks) and all(leak.is_token for leak in leaks)


def _leaks(prepared: Prepared, redactor: Redactor | None) -> tuple[Leak, ...]:
    folder = prepared.settings.reports_dir
    return _scanned([folder / name for name in SCANNED], prepared, redactor or redactor_of(prepared))


def _tells(text: str, prepared: Prepared, redactor: Redactor | None) -> bool:
    from conformance import tripwire

    return tripwire.holds(text, redactor or redactor_of(prepared), _public(prepared), _wording(), _first_line(prepared))


def redactor_of(prepared: Prepared) -> Redactor:
    """One that knows what was known before anything was sent."""
    credentials = prepared.target.credentials
    return Redactor([] if credentials is None else [(credentials.client_secret, credentials.secret_name)])


def _scanned(paths: list[Path], prepared: Prepared, redactor: Redactor) -> tuple[Leak, ...]:
    from conformance import tripwire

    leaks = tripwire.scan(paths, redactor, _public(prepared))
    if leaks:
        leaks = tripwire.scan(paths, redactor, _public(prepared), _wording(), _first_line(prepared))
    return leaks


def _wording() -> list[str]:
    """What the suite says of its own: the sources that its texts stand in, the words of the reports, contract and catalogue."""
    package = Path(__file__).parent
    files = [*package.rglob("*.py"), *package.glob("rendering/templates/*")]
    # what is accepted of a target is written by whoever uses the suite, and may hold anything
    files += [*SPEC.glob("o*.yaml"), *SPEC.glob("requirements/*")]
    texts: list[str] = []
    for path in files:
        with contextlib.suppress(OSError):  # what cannot be read excuses nothing, and keeps no leak from being told
            texts.append(path.read_text("utf-8", "replace"))
    return texts


def _first_line(prepared: Prepared) -> list[str]:
    """What else the artefacts say whatever a target answers: the first line of the record."""
    with contextlib.suppress(OSError), (prepared.settings.reports_dir / FILE_NAME).open("rb") as record:
        return [record.readline(LINE_LIMIT).decode("utf-8", "replace")]
    return []


def _withdraw(leaks: tuple[Leak, ...]) -> str:
    from conformance import tripwire

    first = {leak.path: leak for leak in reversed(leaks)}
    for leak in first.values():
        tripwire.withdraw(leak)
    return "\n".join(f"withdrawn, it holds a secret: {leak}" for leak in first.values())


def _public(prepared: Prepared) -> tuple[str, ...]:
    """What stands in the artefacts honestly, though a secret may begin with it."""
    credentials = prepared.target.credentials
    return (prepared.target.base_url, credentials.client_id if credentials else "")


def left_record(prepared: Prepared) -> bool:
    """Whether this run came to its first line, here or in another process."""
    return _is_of(prepared.settings.reports_dir / FILE_NAME, prepared.run_id)


def _is_of(record: Path, run_id: str) -> bool:
    try:
        with record.open("rb") as file:
            first = read(file.readline(LINE_LIMIT)).value
    except OSError:
        return False
    return isinstance(first, dict) and first.get("run_id") == run_id
