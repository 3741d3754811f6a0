"""The whole suite against servers of the hostile catalogue: it ends, says what it came to, and holds its tongue.

`SURVIVAL=all make test` takes every server, at once and after a few right answers; else it is a sample of each sort.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.hostile import HOSTILE, HOSTILE_BY_NAME, Hostile
from tests.survival import command
from tests.survival.command import Ran

SIDE_BY_SIDE = 4
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


def _run(hostile: Hostile, after: int, folder: Path) -> Ran:
    profile = "release" if after else "smoke"
    return command.against(hostile, folder, "--profile", profile, "-q", after=after, **BRIEF)


@pytest.fixture(scope="module")
def runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Ran]]]:
    """The runs of all that was selected, some at a time."""
    root = tmp_path_factory.mktemp("hostile")
    selected = {item.name for item in request.session.items}
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        yield {
            _name((hostile, after)): pool.submit(_run, hostile, after, root / _name((hostile, after)))
            for hostile, after in CASES
            if any(name.endswith(f"[{_name((hostile, after))}]") for name in selected)
        }
        pool.shutdown(cancel_futures=True)


def _name(case: tuple[Hostile, int]) -> str:
    hostile, after = case
    return f"{hostile.name}-after-{after}" if after else hostile.name


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_a_run_survives(case: tuple[Hostile, int], runs: dict[str, Future[Ran]]) -> None:
    """It ends by itself with 1 or 6, artefacts whole, no traceback, little memory, and no secret anywhere."""
    ran = runs[_name(case)].result()
    assert command.faults(ran) == []
    assert ran.seconds < 60


@pytest.mark.parametrize("name", ["field-of-60-kb", "field-of-tokens", "fields-to-the-cap"])
def test_the_record_stays_small(name: str, runs: dict[str, Future[Ran]]) -> None:
    """What every answer is stuffed with is kept in part."""
    case = next(key for key in runs if key.startswith(name)) if any(key.startswith(name) for key in runs) else ""
    ran = runs[case].result() if case else pytest.skip("needs the run of this server")
    assert len(ran.text("results.jsonl").encode()) < 3 << 20


@pytest.mark.parametrize(
    ("name", "code"),
    [("refused", 6), ("never-answers", 6), ("tls-expired", 6), ("no-such-host", 6), ("503-always", 6),
     ("throttles-for-ever", 6), ("status-line-garbage", 1), ("gzip-bomb", 1), ("endless-body", 1),
     ("right-or-closed", 1), ("right-or-reset", 1), ("200-always", 1)],
)  # fmt: skip
def test_the_one_to_blame_is_blamed(name: str, code: int, runs: dict[str, Future[Ran]]) -> None:
    """What the network or an overloaded gateway did is inconclusive; what the server did is its defect."""
    ran = runs[name].result() if name in runs else pytest.skip("needs the run of this server")
    assert ran.exit_code == code, ran.output
    assert ran.end["overall"] == {1: "nonconformant", 6: "inconclusive"}[code]
