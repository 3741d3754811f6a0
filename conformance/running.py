"""Carries out a prepared run: target up, record open, engine on, verdicts down, reports rendered."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import asdict

from conformance import __version__, corpus
from conformance.caution import Caution
from conformance.checks.assessment import Assessment, Terms
from conformance.checks.documentation import check_documentation
from conformance.conclusion import Conclusion, conclude, end_line
from conformance.coverage import measure
from conformance.engine import Engine
from conformance.errors import ConformanceError, RecordError
from conformance.exchange import Client
from conformance.journal import Journal
from conformance.jsontext import read
from conformance.judge import Judge
from conformance.keyset import KeySet, fetch
from conformance.plan import Plan
from conformance.record import FILE_NAME, LINE_LIMIT, Writer, now
from conformance.redaction import Redactor
from conformance.sender import Limits, Sender
from conformance.session import Prepared, suite_version, today, tools, where
from conformance.targets import Kind, Target
from conformance.throttling import Pacer

if TYPE_CHECKING:
    from conformance.embedded import Embedded
    from conformance.rendering.console import Style
    from conformance.session import Session
    from conformance.tripwire import Leak

ARTEFACTS = (FILE_NAME, "junit.xml", "report.html")
SCANNED = (*ARTEFACTS, corpus.NAME)
ROUNDS = 3  # of masking what was told early: each may show another token, which was told early too
UNWRAPPED = 1 << 20  # columns
LOST = 40.0  # seconds that answers which failed may cost a run


def run(prepared: Prepared, session: Session, server: Embedded | None = None) -> Conclusion:
    """Run and write the record; the caller renders. Raises ConformanceError where the record cannot be written.

    server: the embedded one, on its way up, where that is the target.
    """
    started = time.monotonic()
    redactor = session.redactor = _redactor(prepared)
    _clear_notices(prepared.settings.reports_dir)
    with Writer(prepared.settings.reports_dir) as writer:
        problem = ""
        try:
            prepared.target = _started(prepared.target, server)
        except ConformanceError as error:
            problem = str(error)
        sender = _sender(prepared, session)
        key_set = _key_set(prepared, session, sender)
        engine = _engine(prepared, session, redactor, writer, sender, key_set)
        writer.write(run_line(prepared, redactor))
        if prepared.target.missing or problem:
            engine.stopped = engine.blocked = prepared.target.missing or problem
            engine.network = bool(problem)
        else:
            session.observe(engine.scenarios)
            try:
                engine.run(session.finished)
            except ConformanceError:
                raise
            except Exception as error:  # noqa: BLE001 - what was gathered is worth its verdicts, and others wait for the end line
                session.error = f"the suite failed: {where(error)}"
                engine.stopped, engine.network = session.error, True
        session.observe(engine.scenarios)
        _document(prepared, engine)
        conclusion = conclude(prepared, engine, today(), key_set)
        _write_rest(writer, conclusion, engine, prepared.plan, time.monotonic() - started)
        _leave_corpus(prepared, engine)
    return conclusion


def _leave_corpus(prepared: Prepared, engine: Engine) -> None:
    """Leave what the rings found to the runs that come."""
    if engine.discovered:
        from conformance import rendering

        path = prepared.settings.reports_dir / corpus.NAME
        # where it cannot be written, neither can the reports: they say so
        with contextlib.suppress(OSError):
            rendering.replace(path, corpus.text(corpus.joined(prepared.corpus, engine.discovered)))


def _started(target: Target, server: Embedded | None) -> Target:
    """The target, up: the embedded one is waited for here."""
    if server is None or target.credentials is None:
        return target
    return target.started(server.base_url, target.credentials, f"{server.base_url}/.well-known/jwks.json")


def _client(prepared: Prepared, session: Session, base_url: str, *, direct: bool) -> Client:
    """A client for a base URL; direct: without the proxy, which the embedded API on this machine is not reached by."""
    settings = prepared.settings
    return Client(
        base_url,
        deadline=settings.request_deadline,
        user_agent=f"partners-api-conformance/{__version__} (run {prepared.run_id})",
        ca_bundle=settings.ca_bundle,
        proxy=settings.proxy.reveal() if settings.proxy and not direct else None,
        stop=session.stop_event,
    )


def _sender(prepared: Prepared, session: Session) -> Sender:
    settings, target = prepared.settings, prepared.target
    policy = target.policy
    limits = Limits(
        policy.requests,
        policy.seconds,
        policy.throttle_patience,
        LOST,
        policy.failure_patience,
        settings.request_deadline,
    )

    def client() -> Client:
        return _client(prepared, session, target.base_url, direct=target.kind is Kind.EMBEDDED)

    return Sender(client, Pacer(policy.requests_per_second, session.stop_event), limits, prepared.run_id, session)


def _key_set(prepared: Prepared, session: Session, sender: Sender) -> KeySet:
    """What the signatures of tokens are verified by; nothing where none is to be fetched or the target is not up."""
    settings, target, plan = prepared.settings, prepared.target, prepared.plan
    if not plan.keys or not target.jwks_url or not target.base_url or target.missing:
        return KeySet()
    direct = target.kind is Kind.EMBEDDED and settings.jwks_url is None

    def client(base_url: str) -> Client:
        return _client(prepared, session, base_url, direct=direct)

    return fetch(target.jwks_url, settings.spelled("jwks_url"), sender, client, sender.budget - plan.requests)


def _engine(
    prepared: Prepared, session: Session, redactor: Redactor, writer: Writer, sender: Sender, key_set: KeySet
) -> Engine:
    settings, policy, target = prepared.settings, prepared.target.policy, prepared.target
    terms = Terms(settings.clock_tolerance, settings.response_time_limit, key_set.keys)
    return Engine(
        prepared.plan,
        Judge(prepared.classifier, terms),
        sender,
        Journal(writer.write, redactor, target.base_url),
        Caution(target.kind is Kind.PRODUCTION, settings.response_time_limit, prepared.plan.spare_refusals),
        concurrency=policy.concurrency,
        trusted=target.name == "embedded",
        told=session.sent,
        seed=prepared.seed,
        corpus=prepared.corpus,
    )


def run_line(prepared: Prepared, redactor: Redactor) -> dict[str, Any]:
    """The first line of the record."""
    contract, plan = prepared.contract, prepared.plan
    coverage = measure(contract, prepared.catalogue)
    return {
        "record": "run",
        "format": 1,
        "run_id": prepared.run_id,
        "suite": suite_version(),
        "started": now(),
        "notes": [redactor.text(note) for note in prepared.notes],
        "target": {"name": prepared.target.name, "base_url": redactor.text(prepared.target.base_url)},
        "profile": prepared.target.profile,
        "strict": prepared.settings.strict,
        "seed": prepared.seed,
        "contract": {
            "title": contract.title,
            "version": contract.version,
            "sha256": contract.sha256,
            "coverage": {
                "promises": len(coverage.promises),
                "covered": len(coverage.covered),
                "uncovered": list(coverage.uncovered),
            },
        },
        "tools": tools(),
        "settings": {name: redactor.text(text) for name, text in prepared.settings.describe().items()},
        "policy": prepared.target.policy.describe(),
        "plan": {
            "requests": plan.requests,
            "true_client_refusals": plan.true_client_refusals,
            "scenarios": [
                {"scenario": scenario, "title": plan.titles[scenario], "requests": count}
                for scenario, count in plan.by_scenario().items()
            ],
            "withheld": [{"scenario": one.scenario, "reason": one.reason} for one in plan.withheld],
        },
    }


def _document(prepared: Prepared, engine: Engine) -> None:
    """Judge the document itself; it takes no request."""
    ids = {requirement.id for requirement in prepared.selected if requirement.family == "documentation"}
    if not ids:
        return
    found = Assessment(judged=dict.fromkeys(ids))
    findings = check_documentation(prepared.contract, time.time())
    found.findings.extend(finding for finding in findings if finding.requirement in ids)
    engine.journal.evidence.add(found, "the document", 0, None)


def _write_rest(writer: Writer, conclusion: Conclusion, engine: Engine, plan: Plan, seconds: float) -> None:
    for scenario, progress in engine.scenarios.items():
        writer.write(
            {
                "record": "scenario",
                "scenario": scenario,
                "title": progress.title,
                "outcome": progress.outcome,
                "reason": engine.journal.redactor.text(progress.reason),
                "requests": progress.requests,
                "seconds": round(progress.seconds, 4),
                "findings": progress.findings,
            }
        )
    for one in plan.withheld:
        if one.scenario not in engine.scenarios:
            line = {
                "record": "scenario",
                "scenario": one.scenario,
                "title": plan.titles.get(one.scenario, ""),
                "outcome": "withheld",
                "reason": one.reason,
            }
            writer.write(line)
    for judgement in conclusion.judgements.values():
        writer.write(judgement.line)
    writer.write(end_line(conclusion, engine, seconds))


class Artefacts(Struct, frozen=True):
    """What is left in the reports folder, what went wrong with it, and the exit code that the record gives."""

    summary: str
    problem: str = ""
    exit_code: int | None = None


def _clear_notices(folder: Path) -> None:
    """Remove what an earlier run said about artefacts it withdrew; where that cannot be, the record cannot either."""
    for name in ARTEFACTS:
        with contextlib.suppress(OSError):
            (folder / f"{name}.withdrawn.txt").unlink(missing_ok=True)


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
        raise RecordError(f"{record} is not of this run")
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
        tripwire.mask_whole(record, redactor, _written(prepared))


def _are_early(leaks: tuple[Leak, ...]) -> bool:
    """Whether all there is are tokens, which a server may tell before it hands them out."""
    return bool(leaks) and all(leak.is_token for leak in leaks)


def _leaks(prepared: Prepared, redactor: Redactor | None) -> tuple[Leak, ...]:
    folder = prepared.settings.reports_dir
    return _scanned([folder / name for name in SCANNED], prepared, redactor or _redactor(prepared))


def _tells(text: str, prepared: Prepared, redactor: Redactor | None) -> bool:
    from conformance import tripwire

    return tripwire.holds(text, redactor or _redactor(prepared), _public(prepared), _written(prepared))


def _redactor(prepared: Prepared) -> Redactor:
    """One that knows what was known before anything was sent."""
    credentials = prepared.target.credentials
    return Redactor([] if credentials is None else [(credentials.client_secret, credentials.secret_name)])


def _scanned(paths: list[Path], prepared: Prepared, redactor: Redactor) -> tuple[Leak, ...]:
    from conformance import tripwire

    leaks = tripwire.scan(paths, redactor, _public(prepared))
    if any(leak.is_token for leak in leaks):
        leaks = tripwire.scan(paths, redactor, _public(prepared), _written(prepared))
    return leaks


def _written(prepared: Prepared) -> list[str]:
    """What the artefacts say whatever a target answers: the first line of the record, the catalogue, the words of the reports."""
    from conformance import rendering

    texts = [text for one in prepared.catalogue for text in asdict(one).values() if isinstance(text, str)]
    with contextlib.suppress(OSError):
        with (prepared.settings.reports_dir / FILE_NAME).open("rb") as record:
            texts.append(record.readline(LINE_LIMIT).decode("utf-8", "replace"))
        folder = Path(rendering.__file__).parent
        texts += [path.read_text("utf-8") for path in (*folder.glob("*.py"), *folder.glob("templates/*"))]
    return texts


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
