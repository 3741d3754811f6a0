"""A setting that lets less be asked than the profile has: what it costs is said, and which setting to raise."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

from pathlib import Path

from tests.suite.command import Ran, environment, pytest_run, remembering

BUDGET, REFUSALS = "PARTNERS_API_REQUEST_BUDGET", "PARTNERS_API_TRUE_CLIENT_REFUSALS"


def reasons(ran: Ran, outcome: str) -> dict[str, str]:
    """Why requirements came to an outcome, by id."""
    lines = [line for line in ran.lines if line["record"] == "verdict"]
    return {line["requirement"]: line["reason"] for line in lines if line["outcome"] == outcome}


def test_what_a_small_budget_cuts_is_withheld_by_its_setting(tmp_path: Path) -> None:
    with remembering() as server:
        ran = pytest_run(tmp_path, "--profile", "release", "-q", env={**server.settings, BUDGET: "2"})
    assert ran.exit_code == 0, ran.output
    assert len(server.asked) == 2
    withheld = reasons(ran, "withheld")
    assert {"status.wrong-credentials", "status.method", "security.exact-secret", "error.error-present"} <= set(
        withheld
    )
    assert set(withheld.values()) == {f"over the 2 requests that {BUDGET} allows"}
    assert "nothing that profile" not in str(reasons(ran, "not-applicable"))
    assert "Nothing has to be done" not in ran.output
    assert f"{len(withheld)} requirements not judged: raise {BUDGET}, then run again." in ran.output
    html = (tmp_path / "report.html").read_text("utf-8")
    assert f"not judged: raise {BUDGET}" in html


def test_what_takes_a_refusal_is_withheld_by_the_setting_that_allows_none(tmp_path: Path) -> None:
    ran = pytest_run(tmp_path, "--profile", "smoke", "-q", env=environment(TRUE_CLIENT_REFUSALS="0"))
    assert ran.exit_code == 0, ran.output
    reason = f"over the 0 refused authentications against the true client id that {REFUSALS} allows"
    withheld = reasons(ran, "withheld")
    assert {withheld["security.exact-secret"], withheld["security.same-refusal"]} == {reason}
    assert f"2 requirements not judged: raise {REFUSALS}, then run again." in ran.output


def test_what_is_spent_before_its_turn_is_withheld(tmp_path: Path) -> None:
    """Planned, and given up for what was asked besides the plan."""
    with remembering(instead={401: 403}) as server:
        ran = pytest_run(tmp_path, "--profile", "smoke", "-q", env=server.settings)
    assert ran.exit_code == 1, ran.output
    assert len(server.asked) <= 25
    withheld = reasons(ran, "withheld")
    assert set(withheld.values()) <= {"the 25 requests that profile smoke allows were spent before"}
    assert (reasons(ran, "not-applicable").keys() & {"status.method", "status.empty-body"}) == set()


def test_a_budget_in_which_all_is_judged_says_that_less_was_asked(tmp_path: Path) -> None:
    with remembering() as server:
        ran = pytest_run(tmp_path, "--profile", "release", "-q", env={**server.settings, BUDGET: "290"})
    assert ran.exit_code == 0, ran.output
    assert reasons(ran, "withheld") == {}
    assert f"Less asked than the profile has: raise {BUDGET}, then run again." in ran.output


def test_where_no_setting_lowers_anything_nothing_has_to_be_done(tmp_path: Path) -> None:
    """What a profile has no room for in any case is no loss of the run's."""
    ran = pytest_run(tmp_path, "--profile", "smoke", "-q", env=environment(REQUEST_BUDGET="25"))
    assert ran.exit_code == 0, ran.output
    assert "Nothing has to be done." in ran.output


def test_a_plan_lists_what_is_cut(tmp_path: Path) -> None:
    ran = pytest_run(tmp_path, "--profile", "smoke", "--plan", env=environment(REQUEST_BUDGET="23"))
    cut = [line.split() for line in ran.output.splitlines() if "withheld: over the 23 requests" in line]
    assert [line[:2] for line in cut] == [["size.large", "1"], ["wrong.normalised", "1"]]
