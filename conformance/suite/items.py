"""What the items are given, and what tells them from those of others."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest

from conformance.rendering import text

if TYPE_CHECKING:
    from conformance.plugin import Glue

SUITE = Path(__file__).parent
FAILING = ("failed", "recovered")
SKIPPED = ("not-applicable", "withheld", "blocked")


class _Item:
    """What an item of the suite is given: its id, and whom to ask what came of it."""

    kind: ClassVar[str]

    def __init__(self, glue: Glue, name: str) -> None:
        self._glue, self.id = glue, name

    def __repr__(self) -> str:
        return f"<{self.kind} {self.id}>"


class ScenarioItem(_Item):
    """What `test_scenario` is given."""

    kind = "scenario"

    def carry_out(self) -> None:
        """Wait until the scenario is over; skip it with the reason where it was not carried out."""
        __tracebackhide__ = True
        outcome, reason = self._glue.scenario(self.id)
        if outcome in ("withheld", "blocked", "partial"):
            _skip(f"{outcome}: {reason}")
        if outcome == "error":
            _break(self._glue, self.id, reason)


class RequirementItem(_Item):
    """What `test_requirement` is given."""

    kind = "requirement"

    def judge(self) -> None:
        """Wait for the verdict; fail with the finding, skip with the reason, or pass."""
        __tracebackhide__ = True
        from conformance.rendering import verdict

        line = self._glue.verdict(self.id)
        outcome, reason = line["outcome"], line["reason"]
        if outcome in FAILING or (outcome == "warned" and self._glue.strict):
            pytest.fail(verdict.text(line), pytrace=False)
        if outcome in SKIPPED:
            _skip(f"{outcome}: {reason}")
        if outcome == "error":
            _break(self._glue, self.id, reason)


def _break(glue: Glue, item: str, reason: str) -> None:
    """Fail the first item that the suite or the network broke for this reason; skip the others, which name it.

    One cause is one red line, in whichever worker. The record has each of them as what it is.
    """
    __tracebackhide__ = True
    first = next(one for one in glue.order if one == item or glue.came_to(one) == ("error", reason))
    if first == item:
        pytest.fail(text.line(reason), pytrace=False)
    _skip(f"blocked: see {first}")


def _skip(why: str) -> None:
    """Skip an item; pytest writes to the terminal what it is given, and a reason may quote what the target said."""
    __tracebackhide__ = True
    pytest.skip(text.line(why))


def parametrize(metafunc: pytest.Metafunc, glue: Glue) -> None:
    """Make an item for each scenario and each requirement."""
    if "scenario" in metafunc.fixturenames:
        scenarios = [
            pytest.param(ScenarioItem(glue, one), id=one, marks=pytest.mark.scenario) for one in glue.scenario_ids()
        ]
        metafunc.parametrize("scenario", scenarios)
    if "requirement" in metafunc.fixturenames:
        requirements = [
            pytest.param(
                RequirementItem(glue, one.id),
                id=one.id,
                marks=[pytest.mark.requirement, getattr(pytest.mark, one.family)],
            )
            for one in glue.prepared.selected
        ]
        metafunc.parametrize("requirement", requirements)


def selected(items: Iterable[pytest.Item]) -> dict[str, type[ScenarioItem | RequirementItem]]:
    """Scenarios and requirements among the items by id, in their order."""
    params = [
        param
        for item in items
        if isinstance(item, pytest.Function) and hasattr(item, "callspec")
        for param in item.callspec.params.values()
    ]
    return {param.id: type(param) for param in params if isinstance(param, ScenarioItem | RequirementItem)}


class Strangers:
    """A plugin that sees whether an item, or a file, that is not the suite's own fails. One for each session.

    root: what node ids are relative to.
    selected: whether pytest has such items to run.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self.failed = self.selected = False

    def look_for(self, node_ids: Iterable[str]) -> None:
        """See whether such items are among those that were selected."""
        self.selected = not all(map(self.is_own, node_ids))

    def is_own(self, node_id: str) -> bool:
        """Whether an item is one of the suite's."""
        return (self._root / node_id.split("::", 1)[0]).parent == SUITE

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """See one phase of an item; those of pytest-xdist's workers come by here too."""
        self.failed |= report.failed and not self.is_own(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """See what could not be collected, where pytest goes on all the same."""
        self.failed |= report.failed
