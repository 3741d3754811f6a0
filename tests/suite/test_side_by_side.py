"""Requests go out side by side where that pays; what a run says does not depend on it."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

import http.server
import json
from pathlib import Path

from conformance.engine import SLOW
from tests.suite.matrix import Suite
from tests.suite.relay import relaying

LATENCY = 1.5 * SLOW  # seconds from which a run sends side by side


def test_a_server_of_one_connection_is_judged_like_any_other(tmp_path: Path) -> None:
    with relaying(http.server.HTTPServer, lambda _: LATENCY) as base_url:
        seen = Suite(tmp_path, "release").judge(base_url)
    assert (seen.exit_code, seen.red, seen.conclusion.stopped) == (0, frozenset(), "")


def test_exchanges_keep_the_order_of_the_plan_where_a_server_becomes_faster(tmp_path: Path) -> None:
    suite = Suite(tmp_path, "release")
    with relaying(http.server.ThreadingHTTPServer, lambda number: LATENCY * 3 if number < 2 else 0.0) as base_url:
        seen = suite.judge(base_url)
    with (tmp_path / "results.jsonl").open(encoding="utf-8") as record:
        lines = [line for line in map(json.loads, record) if line["record"] == "exchange"]
    assert seen.exit_code == 0
    assert [line["scenario"] for line in lines] == [planned.scenario for planned in suite.prepared.plan.probes]
