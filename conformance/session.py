"""One run from settings to reports, for pytest and for the console script alike. Knows no pytest.

`prepare` reads everything and sends nothing; `start` runs the plan in a thread; `scenario` and `verdict` wait for their
part of it; `finish` writes what is left to write and says what the run came to.
"""

from __future__ import annotations

import contextlib
import platform
import secrets
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace

from conformance import __version__, corpus as corpora, plan as planning, settings as settings_module
from conformance.catalogue import Catalogue, Requirement
from conformance.classification import Classifier
from conformance.contract import Contract, Operation
from conformance.deviations import Deviations
from conformance.errors import ConformanceError, Misconfigured, SettingsError
from conformance.plan import Plan, Planned
from conformance.scenarios.material import Material
from conformance.scenarios.model import Rank
from conformance.settings import Settings
from conformance.speaking import speaks_to, spoken_to
from conformance.targets import LIMITS, Target, resolve

if TYPE_CHECKING:
    from conformance.conclusion import Conclusion

    # What sends and judges is imported by the run: collecting needs nothing of it.
    from conformance.progress import Progress
    from conformance.redaction import Redactor

TOKEN_MEMBER = "accessToken"  # noqa: S105 - the name of a member


class Prepared(Struct):
    """Everything a run needs, read and checked; nothing has been sent.

    notes: what was passed over on the way, a line each, for whoever reads the reports.
    """

    settings: Settings
    contract: Contract
    catalogue: Catalogue
    deviations: Deviations
    target: Target
    selected: tuple[Requirement, ...]
    seed: int
    run_id: str
    plan: Plan
    material: Material | None
    classifier: Classifier
    corpus: tuple[corpora.Entry, ...] = ()
    notes: tuple[str, ...] = ()


def token_operation(contract: Contract) -> Operation:
    """The operation that gives tokens: the one whose success holds an `accessToken`. Raises Misconfigured if there is none."""
    for operation in contract.operations:
        for schema in (operation.response(200) or {}).values():
            if schema and TOKEN_MEMBER in schema.get("properties", {}):
                return operation
    raise Misconfigured(
        f"{contract.file.path}: no operation answers 200 with a member {TOKEN_MEMBER}; there is nothing to judge"
    )


def prepare(
    options: Mapping[str, Any] | None = None, *, seed: int | None = None, run_id: str | None = None
) -> Prepared:
    """Read settings and files, resolve the target, make the plan. Raises Misconfigured."""
    settings = settings_module.load(options or {})
    contract = Contract.load(settings.contract_file, settings.overlay_file)
    catalogue = Catalogue.load(settings.requirements_file, contract)
    unmatched = catalogue.unmatched(settings.requirement)
    if unmatched:
        accepted = "ids or globs of requirements, such as jwt.* ; `partners-conformance requirements` lists them"
        raise SettingsError(settings.spelled("requirement"), unmatched[0], accepted)
    selected = catalogue.select(settings.requirement) if settings.requirement else tuple(catalogue)
    deviations = Deviations.load(settings.deviations_file, catalogue)
    target = resolve(settings, contract.servers, [operation.path for operation in contract.operations])
    if target.name == "embedded":
        from conformance.embedded import make_credentials

        target = replace(target, credentials=make_credentials())
    seed = settings.choose_seed(target.profile) if seed is None else seed
    classifier = Classifier(contract, target.credentials)
    material = (
        None
        if target.credentials is None
        else Material(
            contract, token_operation(contract), target.credentials, seed, Rank[target.profile.upper()].furthest
        )
    )
    plan = _plan(
        material,
        classifier,
        target,
        frozenset(requirement.id for requirement in selected),
        narrowed=bool(settings.requirement),
    )
    corpus, notes = _corpus(settings) if plan.rings else ((), ())
    return Prepared(
        settings,
        contract,
        catalogue,
        deviations,
        target,
        selected,
        seed,
        run_id or secrets.token_hex(4),
        plan,
        material,
        classifier,
        corpus,
        notes,
    )


def _corpus(settings: Settings) -> tuple[tuple[corpora.Entry, ...], tuple[str, ...]]:
    own, note = corpora.salvage(settings.reports_dir / corpora.NAME)
    return corpora.joined(corpora.read(corpora.COMMITTED), own), (note,) if note else ()


def _plan(
    material: Material | None,
    classifier: Classifier,
    target: Target,
    selected: frozenset[str],
    scenarios: frozenset[str] = frozenset(),
    *,
    narrowed: bool,
) -> Plan:
    policy = target.policy
    if material is None:
        return Plan((), (), (), policy.requests, lambda: 0, 0, {})

    def speaks(planned: Planned) -> bool:
        return (
            not narrowed
            or planned.scenario in scenarios
            or speaks_to(classifier.classify(planned.probe.request), selected)
        )

    return planning.make(
        material,
        classifier,
        Rank[target.profile.upper()],
        planning.Allowed(
            policy.requests,
            LIMITS[target.profile].requests,
            policy.true_client_refusals,
            policy.withheld,
            policy.lowered,
            planning.VERIFIES in selected and (target.jwks_url is not None or target.name == "embedded"),
        ),
        wanted=lambda _: True,
        speaks=speaks,
    )


def narrow(prepared: Prepared, requirements: frozenset[str], scenarios: frozenset[str]) -> None:
    """Ask about these requirements alone, and send what can speak to them, and these scenarios.

    Scenarios by themselves are judged by what they can speak to. Whoever names none at all has narrowed nothing.
    """
    if requirements:
        if all(requirement.id in requirements for requirement in prepared.selected):
            return
        prepared.plan = _plan(
            prepared.material, prepared.classifier, prepared.target, requirements, scenarios, narrowed=True
        )
    elif scenarios and not scenarios.issuperset(prepared.plan.by_scenario()):
        prepared.plan = _only(prepared.plan, scenarios)
        requirements = _judging(prepared, scenarios)
    if requirements:
        prepared.selected = tuple(one for one in prepared.selected if one.id in requirements)


def _only(plan: Plan, scenarios: frozenset[str]) -> Plan:
    """The plan with only these scenarios, and the first and last request that frame every run."""
    kept = scenarios | {planning.FIRST, planning.LAST}
    return replace(
        plan,
        probes=tuple(planned for planned in plan.probes if planned.scenario in kept),
        rings=tuple((ring, count) for ring, count in plan.rings if ring.id in kept),
    )


def _judging(prepared: Prepared, scenarios: frozenset[str]) -> frozenset[str]:
    """Ids of the requirements that these scenarios can speak to: all where that is not known, what a ring draws is not."""
    ids = frozenset(requirement.id for requirement in prepared.selected)
    if any(ring.id in scenarios for ring, _ in prepared.plan.rings):
        return ids
    probes = (planned.probe for planned in prepared.plan.probes if planned.scenario in scenarios)
    return spoken_to((prepared.classifier.classify(probe.request) for probe in probes), ids) or ids


class Session(Struct):
    """A run under way.

    over: is called once it is over.
    told: is called with (requests sent, requests planned, scenario) after each exchange.
    conclusion, error: what it came to; the one or the other once it is over.
    redactor: what the run knows of secrets and tokens, once it has begun.
    halted: whether the run is to end because another process was told to; asked while it is waited for.
    """

    prepared: Prepared
    over: Callable[[], None] | None = None
    told: Callable[[int, int, str], None] | None = None
    conclusion: Conclusion | None = None
    error: str = ""
    redactor: Redactor | None = None
    halted: Callable[[], bool] | None = None
    _thread: threading.Thread | None = None
    _stop: threading.Event = field(default_factory=threading.Event)
    _stop_reason: str = "interrupted"
    _over: threading.Event = field(default_factory=threading.Event)
    _done: dict[str, threading.Event] = {}
    _progress: Mapping[str, Progress] = {}

    def start(self) -> None:
        """Run the plan in a thread of its own."""
        if self._thread is not None:
            return
        self._done = {scenario: threading.Event() for scenario in self.prepared.plan.by_scenario()}
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        from conformance.embedded import start

        try:
            # the server starts while the run is imported, which takes as long
            with start(self.prepared.target) as server:
                from conformance.running import run

                self.conclusion = run(self.prepared, self, server)
        except ConformanceError as error:
            self.error = str(error)
        except Exception as error:  # noqa: BLE001 - a defect of the suite ends as one line, not as a traceback with its locals
            self.error = f"the suite failed: {where(error)}"
        finally:
            self._over.set()
            if self.over is not None:
                self.over()
            for event in self._done.values():
                event.set()

    def observe(self, progress: Mapping[str, Progress]) -> None:
        """Take the engine's account of its scenarios."""
        self._progress = progress

    def finished(self, scenario: str) -> None:
        """Mark a scenario as over."""
        if scenario in self._done:
            self._done[scenario].set()

    def sent(self, count: int, scenario: str) -> None:
        """Pass on how far the run is."""
        if self.told is not None:
            self.told(count, self.prepared.plan.requests, scenario)

    @property
    def stop_event(self) -> threading.Event:
        """Set where the run has to end."""
        return self._stop

    @property
    def stop_reason(self) -> str:
        """Why it has to."""
        return self._stop_reason

    def stop(self, reason: str = "interrupted") -> None:
        """Ask the run to end; what was gathered is written all the same."""
        self._stop_reason = reason
        self._stop.set()

    def _heed(self) -> None:
        if self.halted is not None and self.halted():
            self.stop()

    @property
    def started(self) -> bool:
        """Whether the run has begun."""
        return self._thread is not None

    def scenario(self, scenario: str) -> Progress | None:
        """Wait until a scenario is over; None where it was not planned or the run failed."""
        event = self._done.get(scenario)
        while event is not None and not event.wait(0.1):
            self._heed()
        return self._progress.get(scenario)

    def wait(self) -> Conclusion | None:
        """Wait until the run is over and concluded; None where the suite failed (see `error`)."""
        while self._thread is not None and not self._over.wait(0.1):
            self._heed()
        return self.conclusion

    def leave(self) -> None:
        """Wait, in a process that renders nothing: it alone knows the run's tokens, and masks them in the record."""
        from conformance.running import settle_record

        self.wait()
        if self.redactor is not None:
            with contextlib.suppress(OSError):
                settle_record(self.prepared, self.redactor)


def where(error: BaseException) -> str:
    """An error as its type and place; its text could hold anything."""
    place, trace = "", error.__traceback__
    while trace is not None:
        place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__} at {place}"


def tools() -> dict[str, str]:
    """Versions of what the verdicts depend on."""
    found = {"python": platform.python_version()}
    for name in ("hypothesis", "schemathesis", "pytest", "jsonschema-rs", "httptools", "pyjwt"):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "absent"
    return found


def suite_version() -> dict[str, Any]:
    """Name, version and, in a checkout, commit of the suite."""
    commit = None
    head = Path(__file__).resolve().parent.parent / ".git" / "HEAD"
    try:
        text = head.read_text().strip()
        commit = (head.parent / text.removeprefix("ref: ")).read_text().strip() if text.startswith("ref: ") else text
    except OSError:
        commit = None
    return {"name": "partners-api-conformance", "version": __version__, "commit": commit}


def today() -> date:
    """The date in UTC, which deviations expire by."""
    return datetime.now(UTC).date()
