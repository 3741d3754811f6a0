"""From settings to a plan: reads everything a run needs, and sends nothing."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from conformance import corpus as corpora, plan as planning, settings as settings_module
from conformance.applicability import speaks_to, spoken_to
from conformance.catalogue import Catalogue, Requirement
from conformance.classification import Classifier
from conformance.contract import Contract, Operation
from conformance.deviations import Deviations
from conformance.errors import Misconfigured, SettingsError
from conformance.plan import Plan, Planned
from conformance.scenarios.material import Material
from conformance.scenarios.model import Rank
from conformance.scenarios.order import FIRST, LAST
from conformance.settings import Settings
from conformance.targets import LIMITS, Target, resolve

TOKEN_MEMBER = "accessToken"  # noqa: S105 - the name of a member


class Prepared(Struct, frozen=True):
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
    if target.name == "embedded" or (settings.plan and target.missing):
        # whoever approves a run before it is sent may not have the secret: `missing` stays, and nothing is ever sent to that
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
        (*settings.notes, *notes),
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
            planning.VERIFIES in selected and target.names_keys,
        ),
        speaks=speaks,
    )


def narrowed(prepared: Prepared, requirements: frozenset[str], scenarios: frozenset[str]) -> Prepared:
    """The run that asks about these requirements alone, and sends what can speak to them, and these scenarios.

    Scenarios by themselves are judged by what they can speak to. Whoever names none at all has narrowed nothing.
    """
    plan = prepared.plan
    if requirements:
        if all(requirement.id in requirements for requirement in prepared.selected):
            return prepared
        plan = _plan(prepared.material, prepared.classifier, prepared.target, requirements, scenarios, narrowed=True)
    elif scenarios and not scenarios.issuperset(plan.by_scenario()):
        plan = _only(plan, scenarios)
        requirements = _judging(replace(prepared, plan=plan), scenarios)
    if not requirements:
        return prepared
    return replace(prepared, plan=plan, selected=tuple(one for one in prepared.selected if one.id in requirements))


def _only(plan: Plan, scenarios: frozenset[str]) -> Plan:
    """The plan with only these scenarios, and the first and last request that frame every run."""
    kept = scenarios | {FIRST, LAST}
    return replace(
        plan,
        probes=tuple(planned for planned in plan.probes if planned.scenario in kept),
        rings=tuple((ring, count) for ring, count in plan.rings if ring.id in kept),
        partial=True,
        returning=plan.returning if plan.returning is not None and plan.returning.scenario in kept else None,
    )


def _judging(prepared: Prepared, scenarios: frozenset[str]) -> frozenset[str]:
    """Ids of the requirements that these scenarios can speak to: all where that is not known, what a ring draws is not."""
    ids = frozenset(requirement.id for requirement in prepared.selected)
    if any(ring.id in scenarios for ring, _ in prepared.plan.rings):
        return ids
    probes = (planned.probe for planned in prepared.plan.probes if planned.scenario in scenarios)
    return spoken_to((prepared.classifier.classify(probe.request) for probe in probes), ids) or ids
