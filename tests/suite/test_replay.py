"""What is shown of a request names the variables that the target's own pair is read from, so that it can be replayed."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from msgspec.structs import replace

from conformance.artefacts import ARTEFACTS
from conformance.ending import end
from conformance.preparation import prepare
from conformance.rendering.console import PLAIN
from conformance.session import Session
from tests.reference.conftest import CLIENT_ID, CLIENT_SECRET, running

OWN = {"pre-production": "PARTNERS_API_PRE_PRODUCTION_", "production": "PARTNERS_API_PRODUCTION_"}
NAMED = re.compile(r"PARTNERS_API_\w*CLIENT_(?:ID|SECRET)")


def findings(folder: Path, name: str, base_url: str) -> tuple[str, list[str]]:
    """Judge the server at `base_url` as if it were the named target: the summary, and the commands in the record."""
    prepared = prepare({"target": name, "profile": "smoke", "reports_dir": str(folder)})
    policy = replace(prepared.target.policy, requests_per_second=None)
    session = Session(replace(prepared, target=replace(prepared.target, base_url=base_url, policy=policy)))
    session.start()
    summary = end(session.prepared, session.wait(), session.error, session.redactor, PLAIN).text
    lines = [json.loads(line) for line in (folder / "results.jsonl").read_text("utf-8").splitlines()]
    return summary, [line["request"]["curl"] for line in lines if line["record"] == "exchange"]


@pytest.mark.parametrize("name", OWN)
def test_every_artefact_names_the_pair_of_the_target_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    pair = {f"{OWN[name]}CLIENT_ID": CLIENT_ID, f"{OWN[name]}CLIENT_SECRET": CLIENT_SECRET}
    for variable, value in pair.items():
        monkeypatch.setenv(variable, value)
    with running("--mutant", "secret-extension-accepted") as base_url:
        summary, commands = findings(tmp_path, name, base_url)
        if shutil.which("curl"):
            environment = {"PATH": os.environ["PATH"], "no_proxy": "*", **pair}
            answer = subprocess.run(["sh", "-c", commands[0]], env=environment, capture_output=True, check=True)
            assert answer.stdout.startswith(b"HTTP/1.1 200 ")
    # settings that are not set are listed by their names, in a table of their own
    texts = [summary, *commands, *re.findall(r"curl .*", (tmp_path / "junit.xml").read_text("utf-8"))]
    html = (tmp_path / "report.html").read_text("utf-8")
    texts += re.findall(r"curl -sS.*", html)
    assert {variable for text in texts for variable in NAMED.findall(text)} == set(pair)
    masks = {
        mask for artefact in ARTEFACTS for mask in re.findall(r"\[\$(\w+)", (tmp_path / artefact).read_text("utf-8"))
    }
    assert masks <= set(pair)


@pytest.mark.parametrize("name", OWN)
def test_whatever_is_planned_is_shown_by_the_variables_of_the_target(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Near misses, queries and fields among it."""
    monkeypatch.setenv(f"{OWN[name]}CLIENT_ID", CLIENT_ID)
    monkeypatch.setenv(f"{OWN[name]}CLIENT_SECRET", CLIENT_SECRET)
    plan = prepare({"target": name, "profile": "nightly"}).plan
    probes = [probe for planned in plan.probes for probe in (planned.probe, *planned.probe.parts)]
    shown = [f"{one.shell} {one.label}" for probe in probes for one in probe.request.disguises]

    assert {variable for text in shown for variable in NAMED.findall(text)} == {
        f"{OWN[name]}CLIENT_ID",
        f"{OWN[name]}CLIENT_SECRET",
    }
