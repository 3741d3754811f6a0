"""What is wrong is told once, with how often; what broke in the same way has not passed for that."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

import re
import socket
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.settings import ROOT
from tests.conforming.answers import Answer
from tests.conforming.reading import Asked
from tests.reference.conftest import CLIENT_ID, CLIENT_SECRET, running
from tests.suite.command import Ran, Remembering, environment, pytest_run, remembering

RELEASE = ("--profile", "release", "-q")
#: 422 wherever a 400 is due, as some frameworks have it
UNPROCESSABLE = {400: 422}
VARIANTS = ("status.wrong-type", "status.not-an-object")


def verdict(ran: Ran, requirement: str) -> dict[str, Any]:
    return next(line for line in ran.lines if line.get("requirement") == requirement)


def test_a_variant_whose_findings_are_told_under_the_plain_requirement_is_blocked(tmp_path: Path) -> None:
    with remembering(instead=UNPROCESSABLE) as server:
        ran = pytest_run(tmp_path, *RELEASE, env=server.settings)
    assert ran.exit_code == 1, ran.output
    assert ran.outcomes["status.missing-member"] == "failed"
    for variant in VARIANTS:
        line = verdict(ran, variant)
        assert (line["outcome"], line["findings"]) == ("blocked", [])
        assert "status.missing-member" in line["reason"]


def test_a_status_that_comes_now_and_then_whatever_is_asked_is_told_once(tmp_path: Path) -> None:
    every_twelfth = [403 if number % 12 == 0 else 0 for number in range(1, 301)]
    with remembering(first=every_twelfth) as server:
        ran = pytest_run(tmp_path, *RELEASE, env=server.settings)
    assert ran.exit_code == 1, ran.output
    failed = [one for one, outcome in ran.outcomes.items() if outcome == "failed"]
    assert failed == ["status.valid-credentials"]
    (finding,) = verdict(ran, "status.valid-credentials")["findings"]
    assert "wrong credentials" in finding["variants"]
    assert finding["intermittent"]
    assert verdict(ran, "status.wrong-credentials")["outcome"] == "blocked"


def test_a_ban_after_some_refusals_is_told_once(tmp_path: Path) -> None:
    with remembering(first=[0] * 8 + [403] * 300) as server:
        ran = pytest_run(tmp_path, *RELEASE, env=server.settings)
    assert ran.exit_code == 1, ran.output
    failed = [one for one, outcome in ran.outcomes.items() if outcome == "failed"]
    assert failed == ["status.valid-credentials"]
    assert "status.valid-credentials" in verdict(ran, "status.media-type")["reason"]


VALID_OR_WRONG = frozenset({"status.valid-credentials", "status.wrong-credentials"})


class Confused(Remembering):
    """Has one place for the request of everybody, and now and then answers the one that was there some time ago."""

    def _answer(self, asked: Asked) -> Answer:
        now_and_then = len(self.asked) % 7 == 6
        return super()._answer(self.asked[len(self.asked) // 2] if now_and_then else asked)


@pytest.mark.parametrize("concurrency", ["1", "4"])
def test_answers_that_are_mixed_up_are_told_once_and_tokens_among_them_once(concurrency: str, tmp_path: Path) -> None:
    server = Confused()
    server.start()
    try:
        ran = pytest_run(tmp_path, *RELEASE, env={**server.settings, "PARTNERS_API_CONCURRENCY": concurrency})
    finally:
        server.stop()
    assert ran.exit_code == 1, ran.output
    failed = [one for one, outcome in ran.outcomes.items() if outcome == "failed"]
    # side by side it is chance whose answers are mixed up: those of the plainest request need not be among them
    plainest = ["status.valid-credentials"] if concurrency == "1" else [*VALID_OR_WRONG.intersection(failed)]
    assert failed == [*plainest, "security.exact-secret"]


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_variant_asked_for_by_itself_tells_its_own_findings(tmp_path: Path, variant: str) -> None:
    with remembering(instead=UNPROCESSABLE) as server:
        ran = pytest_run(tmp_path, *RELEASE, "--requirement", variant, env=server.settings)
    assert ran.exit_code == 1, ran.output
    assert ran.outcomes[variant] == "failed"


def test_a_variant_of_an_accepted_deviation_deviates_with_it(tmp_path: Path) -> None:
    accepted = yaml.safe_load((ROOT / "spec" / "deviations.yaml").read_text("utf-8"))
    reason = {
        "target": "*",
        "expected": "422 *",
        "reason": "the habit of a framework, known to all",
        "link": "https://example.com/",
        "expires": None,
    }
    plain = ("status.missing-member", "status.not-json")
    accepted["deviations"] += [{"requirement": requirement, **reason} for requirement in plain]
    file = tmp_path / "deviations.yaml"
    file.write_text(yaml.safe_dump(accepted), "utf-8")
    with remembering(instead=UNPROCESSABLE) as server:
        env = server.settings | {"PARTNERS_API_DEVIATIONS_FILE": str(file)}
        ran = pytest_run(tmp_path, *RELEASE, env=env)
    assert ran.exit_code == 0, ran.output
    assert {ran.outcomes[one] for one in (*plain, *VARIANTS)} == {"deviating"}


def test_what_only_ever_got_a_server_error_says_so(tmp_path: Path) -> None:
    with remembering(spoiled=True) as server:
        ran = pytest_run(tmp_path, *RELEASE, env=server.settings)
    line = verdict(ran, "status.wrong-credentials")
    assert line["outcome"] == "blocked"
    assert "status.no-server-error" in line["reason"]


def test_a_requirement_that_the_profile_does_not_ask_about_is_no_pass(tmp_path: Path) -> None:
    ran = pytest_run(tmp_path, "--profile", "smoke", "--requirement", "status.json-media-type", "-q")
    line = verdict(ran, "status.json-media-type")
    assert ran.exit_code == 6, ran.output
    assert line["outcome"] == "not-applicable"
    assert "profile smoke" in line["reason"]


def test_a_rate_says_how_many_were_judged_in_all(tmp_path: Path) -> None:
    with running("--mutant", "one-in-ten-tokens-in-html") as base_url:
        env = environment(TARGET=base_url, CLIENT_ID=CLIENT_ID, CLIENT_SECRET=CLIENT_SECRET)
        ran = pytest_run(tmp_path, *RELEASE, env=env)
    line = verdict(ran, "token.content-type")
    (finding,) = line["findings"]
    assert finding["count"] < line["judged"]
    assert finding["rate"].endswith(f" of its kind, {line['judged']} judged in all")


def test_a_defect_of_requests_with_more_about_them_is_no_other_defect(tmp_path: Path) -> None:
    with remembering(instead=UNPROCESSABLE) as server:
        ran = pytest_run(tmp_path, *RELEASE, env=server.settings)
    (finding,) = verdict(ran, "status.missing-member")["findings"]
    assert finding["observed"].startswith("422 for an object without a required member")
    assert finding["count"] > 10


def test_near_misses_that_get_a_token_are_named(tmp_path: Path) -> None:
    """One finding says which near miss is the smallest, and which others pass: what the comparison forgives."""
    with running("--mutant", "secret-extension-accepted") as base_url:
        env = environment(TARGET=base_url, CLIENT_ID=CLIENT_ID, CLIENT_SECRET=CLIENT_SECRET)
        ran = pytest_run(tmp_path, *RELEASE, "--requirement", "security.exact-secret", env=env)
    finding = verdict(ran, "security.exact-secret")["findings"][0]
    assert finding["observed"].endswith(": $PARTNERS_API_CLIENT_SECRET with one more character")
    assert '"${PARTNERS_API_CLIENT_SECRET}"x' in finding["exchange"]["request"]["curl"]
    assert "with a space after it" in finding["variants"]
    assert "with one more character" not in finding["variants"]
    assert not [one for one in finding["variants"] if "before it" in one or "without" in one]


def test_what_two_answers_tell_together_is_not_looked_for_in_the_parts_of_one_request(tmp_path: Path) -> None:
    """All that is planned is asked but for one request, which confirms the finding; and that says what differs."""
    with running("--mutant", "unknown-client-told-apart") as base_url:
        env = environment(TARGET=base_url, CLIENT_ID=CLIENT_ID, CLIENT_SECRET=CLIENT_SECRET)
        ran = pytest_run(tmp_path, "--profile", "smoke", "--strict", "-q", env=env)
    (finding,) = verdict(ran, "security.same-refusal")["findings"]
    assert "for an unknown client," in finding["observed"]
    assert not finding["intermittent"]
    planned = next(line for line in ran.lines if line["record"] == "run")["plan"]["scenarios"]
    asked = {line["scenario"]: line["requests"] for line in ran.lines if line["record"] == "scenario"}
    assert sum(max(0, one["requests"] - asked[one["scenario"]]) for one in planned) <= 1


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
@pytest.mark.parametrize("selection", [(), ("-m", "jwt")], ids=["all", "jwt"])
def test_a_target_that_is_not_there_is_one_red_item_and_no_advice(
    tmp_path: Path, selection: tuple[str, ...], workers: tuple[str, ...]
) -> None:
    """The rest is skipped and names it: the record says of each that it was not judged, and nothing of them passes."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        target = f"http://127.0.0.1:{taken.getsockname()[1]}/api/v3"
    env = environment(TARGET=target, CLIENT_ID=CLIENT_ID, CLIENT_SECRET=CLIENT_SECRET)
    ran = pytest_run(tmp_path, "--profile", "smoke", "-rsf", *selection, *workers, env=env)
    first = "scenario[valid.plain]" if not selection else "requirement[jwt.compact]"
    assert ran.exit_code == 6, ran.output
    assert re.findall(r"^FAILED \S+::test_(\S+)", ran.output, re.MULTILINE) == [first]
    assert f"blocked: see {first[:-1].partition('[')[2]}" in ran.output
    assert "  mend  " not in ran.output
    assert "1 failed" in ran.output
    outcomes = ran.outcomes
    # it takes a key set, and none is configured
    assert outcomes.pop("jwt.signature-verifies") == "not-applicable"
    assert set(outcomes.values()) <= {"error", "deviating"}
    plain = next(line for line in ran.lines if line.get("scenario") == "valid.plain" and line["record"] == "scenario")
    assert (plain["outcome"], "cannot be reached" in plain["reason"]) == ("error", True)
