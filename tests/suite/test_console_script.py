"""The console script, as it is installed, in a process of its own."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.suite.command import ROOT, environment

SCRIPT = str(Path(sys.executable).with_name("partners-conformance"))


def script(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SCRIPT, *arguments],
        cwd=ROOT,
        env=environment(**settings),
        text=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=100,
        check=False,
    )


@pytest.fixture(name="served", scope="module")
def _served() -> Iterator[list[str]]:
    """What `serve` prints until it listens."""
    process = subprocess.Popen([SCRIPT, "serve"], cwd=ROOT, env=environment(), text=True, stdout=subprocess.PIPE)
    assert process.stdout is not None
    told = [process.stdout.readline() for _ in range(4)]
    yield told
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    process.stdout.close()


def test_the_reference_api_is_served_with_a_pair_made_up_and_judged_with_it(served: list[str], tmp_path: Path) -> None:
    client_id, secret = served[0].split()[-1], served[1].split()[-1]
    base_url = served[3].split()[-1]
    ran = script(
        *("run", "--target", base_url, "--profile", "smoke", "--strict", "--reports-dir", str(tmp_path)),
        CLIENT_ID=client_id,
        CLIENT_SECRET=secret,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Conforms" in ran.stdout
    assert secret not in ran.stdout + (tmp_path / "results.jsonl").read_text("utf-8")


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ran = script("serve", "--port", port)
    assert ran.returncode == 4
    assert "--port" in ran.stderr
    assert port in ran.stderr


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((), "COMMAND"),
        (("judge-it",), "judge-it"),
        (("run", "--reqirement", "jwt.*"), "run: unrecognized arguments: --reqirement"),
        (("run", "--profile", "fast"), "smoke, release or nightly"),
        (("explain",), "ID"),
        (("explain", "jwt.exp-futur"), "jwt.exp-future"),
        (("report", "no/such.jsonl"), "no/such.jsonl"),
        (("serve", "--mutant", "none-such"), "none-such"),
        (("serve", "--port", "99999"), "99999"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_4_and_what_is_accepted_where_it_is_used_wrongly(arguments: tuple[str, ...], named: str) -> None:
    ran = script(*arguments)
    assert (ran.returncode, ran.stdout) == (4, ""), ran.stderr
    assert named in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("command", ["run", "report", "requirements", "explain", "serve"])
def test_every_command_has_help(command: str) -> None:
    ran = script(command, "--help")
    assert ran.returncode == 0
    assert f"usage: partners-conformance {command}" in ran.stdout


def test_a_plan_is_printed_and_nothing_sent() -> None:
    ran = script("run", "--plan")
    assert ran.returncode == 0, ran.stderr
    assert "Nothing has been sent" in ran.stdout


def test_the_catalogue_is_printed_as_a_table_as_markdown_and_as_json() -> None:
    table, markdown, text = (script("requirements", "--format", one) for one in ("table", "markdown", "json"))
    ids = [one["id"] for one in json.loads(text.stdout)["requirements"]]
    assert "jwt.exp-future" in ids
    assert all(one in table.stdout and f"`{one}`" in markdown.stdout for one in ids)


def test_a_requirement_is_explained_whole() -> None:
    told = script("explain", "jwt.exp-future").stdout
    assert "jwt.exp-future" in told
    assert "https://" in told


def test_reports_are_rendered_from_a_record_that_was_cut_off(tmp_path: Path) -> None:
    assert script("run", "--profile", "smoke", "--reports-dir", str(tmp_path)).returncode == 0
    lines = (tmp_path / "results.jsonl").read_text("utf-8").splitlines(keepends=True)
    cut = tmp_path / "cut"
    cut.mkdir()
    (cut / "results.jsonl").write_text("".join(lines[: len(lines) // 3]) + lines[-1][:20], "utf-8")
    ran = script("report", str(cut / "results.jsonl"))
    assert ran.returncode == 0, ran.stderr
    assert "artial" in ran.stdout
    assert all((cut / name).stat().st_size for name in ("junit.xml", "report.html"))
    shutil.rmtree(cut)
