"""One item for each scenario, which gathers evidence, and one for each requirement, which judges it.

The items are thin: the run behind them is the same whatever is selected of it, `conformance.plugin` makes them from it.
"""

from __future__ import annotations

from conformance.suite.items import RequirementItem, ScenarioItem


def test_scenario(scenario: ScenarioItem) -> None:
    """The scenario is carried out, and what was answered is on record."""
    scenario.carry_out()


def test_requirement(requirement: RequirementItem) -> None:
    """The requirement is kept by every answer that can speak to it."""
    requirement.judge()
