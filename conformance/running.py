"""Carries out a prepared run: record open, engine on, verdicts down."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from conformance import __version__, corpus
from conformance.artefacts import clear_notices
from conformance.checks.assessment import Assessment, Terms
from conformance.checks.documentation import check_documentation
from conformance.conclusion import Conclusion, conclude, end_line
from conformance.coverage import measure
from conformance.engine import Engine
from conformance.errors import ConformanceError, where
from conformance.exchange import Client
from conformance.journal import Journal
from conformance.judge import Judge
from conformance.keyset import Keys, KeySet, fetch
from conformance.plan import Plan
from conformance.preparation import Prepared
from conformance.progress import Progress
from conformance.provenance import suite_version, tools
from conformance.record import Writer, now
from conformance.redaction import Redactor
from conformance.safeguard import Safeguard
from conformance.sender import Limits, Order, Sender
from conformance.targets import Kind
from conformance.throttling import Pacer

LOST_SECONDS = 40.0  # seconds that answers which failed may cost a run


class Watch(Order, Protocol):
    """Who waits for a run, and may tell it to end."""

    def observe(self, progress: Mapping[str, Progress]) -> None:
        """Take the engine's account of its scenarios."""

    def finished(self, scenario: str) -> None:
        """Learn that a scenario is over."""

    def sent(self, count: int, scenario: str) -> None:
        """Learn how many requests have been sent, and for which scenario the latest was."""


def run(prepared: Prepared, watch: Watch, redactor: Redactor, unreachable: str = "") -> Conclusion:
    """Run and write the record; the caller renders. Raises ConformanceError where the record cannot be written.

    unreachable: why the target is not up, where it is the suite that starts it.
    """
    started = time.monotonic()
    clear_notices(prepared.settings.reports_dir)
    with Writer(prepared.settings.reports_dir) as writer:
        sender = _sender(prepared, watch)
        keys = Keys(
            _key_set(prepared, watch, sender, sender.budget - prepared.plan.requests),
            lambda: _key_set(prepared, watch, sender, spare=0),
        )
        engine = _engine(prepared, watch, redactor, writer, sender, keys)
        writer.write(run_line(prepared, redactor))
        watch.observe(engine.scenarios)
        failure = ""
        if prepared.target.missing or unreachable:
            engine.stopped = engine.blocked = prepared.target.missing or unreachable
            engine.network = bool(unreachable)
        else:
            failure = _carry_out(engine, watch)
        _document(prepared, engine)
        today = datetime.now(UTC).date()  # which deviations expire by
        conclusion = conclude(prepared, engine, today, keys.came_to, failure)
        _write_rest(writer, conclusion, engine, prepared.plan, time.monotonic() - started)
        _leave_corpus(prepared, engine)
    return conclusion


def _carry_out(engine: Engine, watch: Watch) -> str:
    """Send what is planned; what the suite itself failed of, if it did. Raises ConformanceError."""
    try:
        engine.run(watch.finished)
    except ConformanceError:
        raise
    except Exception as error:  # noqa: BLE001 - what was gathered is worth its verdicts, and others wait for the end line
        engine.stopped, engine.network = f"the suite failed: {where(error)}", True
        return engine.stopped
    return ""


def _leave_corpus(prepared: Prepared, engine: Engine) -> None:
    """Leave what the rings found to the runs that come."""
    if engine.discovered:
        from conformance import rendering

        path = prepared.settings.reports_dir / corpus.NAME
        # where it cannot be written, neither can the reports: they say so
        with contextlib.suppress(OSError):
            rendering.replace(path, corpus.text(corpus.joined(prepared.corpus, engine.discovered)))


def _client(prepared: Prepared, watch: Watch, base_url: str, *, direct: bool) -> Client:
    """A client for a base URL; direct: without the proxy, which the embedded API on this machine is not reached by."""
    settings = prepared.settings
    return Client(
        base_url,
        deadline=settings.request_deadline,
        user_agent=f"partners-api-conformance/{__version__} (run {prepared.run_id})",
        ca_bundle=settings.ca_bundle,
        proxy=settings.proxy.reveal() if settings.proxy and not direct else None,
        stop=watch.stop_event,
    )


def _sender(prepared: Prepared, watch: Watch) -> Sender:
    settings, target = prepared.settings, prepared.target
    policy = target.policy
    limits = Limits(
        policy.requests,
        policy.seconds,
        policy.throttle_patience,
        LOST_SECONDS,
        policy.failure_patience,
        settings.request_deadline,
    )

    def client() -> Client:
        return _client(prepared, watch, target.base_url, direct=target.kind is Kind.EMBEDDED)

    return Sender(client, Pacer(policy.requests_per_second, watch.stop_event), limits, prepared.run_id, watch)


def _key_set(prepared: Prepared, watch: Watch, sender: Sender, spare: int) -> KeySet:
    """What the signatures of tokens are verified by; nothing where none is to be fetched or the target is not up."""
    settings, target, plan = prepared.settings, prepared.target, prepared.plan
    if not plan.keys or not target.jwks_url or not target.base_url or target.missing:
        return KeySet()
    direct = target.kind is Kind.EMBEDDED and settings.jwks_url is None

    def client(base_url: str) -> Client:
        return _client(prepared, watch, base_url, direct=direct)

    return fetch(target.jwks_url, settings.spelled("jwks_url"), sender, client, spare)


def _engine(prepared: Prepared, watch: Watch, redactor: Redactor, writer: Writer, sender: Sender, keys: Keys) -> Engine:
    settings, policy, target = prepared.settings, prepared.target.policy, prepared.target
    terms = Terms(settings.clock_tolerance, settings.response_time_limit, keys.came_to.keys)
    return Engine(
        prepared.plan,
        Judge(prepared.classifier, terms, keys.renewed),
        sender,
        Journal(writer.write, redactor, target.base_url),
        Safeguard(
            target.kind is Kind.PRODUCTION,
            settings.response_time_limit,
            prepared.plan.spare_refusals,
            target.policy.true_client_refusals,
        ),
        concurrency=policy.concurrency,
        trusted=target.name == "embedded",
        owner="" if target.credentials is None else target.credentials.variables,
        told=watch.sent,
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
