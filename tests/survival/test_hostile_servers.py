"""The whole suite against servers of the hostile catalogue: it ends, says what it came to, and holds its tongue.

`SURVIVAL=all make test` takes every server, at once and after a few right answers; else it is a sample of each sort.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.hostile import HOSTILE, HOSTILE_BY_NAME, Hostile
from tests.survival import command

BRIEF = {"request_deadline": "0.6", "response_time_limit": "0.5", "time_budget": "20"}
#: As it is from the first request on, in the smoke profile.
AT_ONCE = [
    "refused",
    "no-such-host",
    "closes-at-once",
    "never-answers",
    "one-octet-a-second",
    "endless-headers",
    "endless-body",
    "status-line-garbage",
    "field-flood",
    "content-length-twice",
    "chunks-bad-size",
    "continue-flood",
    "gzip-bomb",
    "gzip-invalid",
    "lone-surrogates",
    "xml-illegal",
    "nested-arrays",
    "integers-of-20000-digits",
    "number-1e400",
    "token-of-900-kb",
    "reflects-percent-all",
    "reflects-json-escaped",
    "reflects-in-reason",
    "reflects-in-stack-trace",
    "reflects-token",
    "tls-expired",
    "redirects-elsewhere",
    "dies-after-20",
    "right-or-silent",
    "right-or-closed",
    "right-or-reset",
    "503-always",
    "200-always",
    "throttles-for-ever",
]
#: Right at first, in the release profile: behaviours that show in what comes after the first look.
LATER = [
    "never-answers",
    "endless-body",
    "resets-in-body",
    "status-line-terminal",
    "gzip-bomb",
    "markup-everywhere",
    "nested-member",
    "reflects-base64-1",
    "reflects-in-cookie",
    "500-always",
    "duplicate-members-that-differ",
    "traces-that-differ",
    "token-announced",
    "token-of-our-words",
    "token-of-80000-keys",
    "token-behind-80-kb",
    "token-behind-80-kb-of-no-json",
    "field-of-60-kb",
    "field-of-tokens",
    "fields-to-the-cap",
]

CASES: list[tuple[Hostile, int]] = (
    [(hostile, after) for hostile in HOSTILE for after in (0, 3)]
    if os.environ.get("SURVIVAL") == "all"
    else [(HOSTILE_BY_NAME[name], 0) for name in AT_ONCE] + [(HOSTILE_BY_NAME[name], 3) for name in LATER]
)


#: The exit code, by who is to blame: what the network or an overloaded gateway did is inconclusive; what the server did is
#: its defect.
BLAMED = {
    "refused": 6,
    "never-answers": 6,
    "tls-expired": 6,
    "no-such-host": 6,
    "503-always": 6,
    "throttles-for-ever": 6,
    "status-line-garbage": 1,
    "gzip-bomb": 1,
    "endless-body": 1,
    "right-or-closed": 1,
    "right-or-reset": 1,
    "200-always": 1,
}
#: What every answer is stuffed with is kept in part: the record stays below so many octets.
STUFFED = ("field-of-60-kb", "field-of-tokens", "fields-to-the-cap")
SMALL = 3 << 20


def _name(case: tuple[Hostile, int]) -> str:
    hostile, after = case
    return f"{hostile.name}-after-{after}" if after else hostile.name


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_a_run_survives(case: tuple[Hostile, int], tmp_path: Path) -> None:
    """It ends by itself with 1 or 6, artefacts whole, no traceback, little memory, and no secret anywhere."""
    hostile, after = case
    profile = "release" if after else "smoke"
    ran = command.against(hostile, tmp_path / "reports", "--profile", profile, "-q", after=after, **BRIEF)
    assert command.faults(ran) == []
    assert ran.seconds < 60
    if code := BLAMED.get(_name(case)):
        assert ran.exit_code == code, ran.output
        assert ran.end["overall"] == {1: "nonconformant", 6: "inconclusive"}[code]
    if hostile.name in STUFFED:
        assert len(ran.text("results.jsonl").encode()) < SMALL


def test_every_server_with_somebody_to_blame_is_run() -> None:
    """A name that is no case would be looked at nowhere."""
    assert {*BLAMED, *(f"{name}-after-3" for name in STUFFED)} <= {_name(case) for case in CASES}
