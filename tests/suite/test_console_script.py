"""The console script, as it is installed, in a process of its own."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.suite.command import ROOT, environment, pytest_run

SCRIPT = str(Path(sys.executable).with_name("partners-conformance"))


def script(*arguments: str, env: Mapping[str, str] | None = None, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SCRIPT, *arguments],
        cwd=ROOT,
        env={**environment(**settings), **(env or {})},
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
        (("report", "README.md"), "argument RECORD: README.md, line 1 is no run line"),
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


@pytest.fixture(name="recorded", scope="module")
def _recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The record of a run that judged nothing: no credentials."""
    folder = tmp_path_factory.mktemp("recorded")
    assert script("run", "--target", "http://127.0.0.1:9/api/v3", "--reports-dir", str(folder)).returncode == 6
    return folder / "results.jsonl"


def test_a_report_of_a_run_that_ended_otherwise_says_whose_exit_code_it_tells(recorded: Path) -> None:
    ran = script("report", str(recorded))
    assert ran.returncode == 0, ran.stderr
    assert "Exit code of the run: 6." in ran.stdout


@pytest.mark.parametrize("wrong", [{"FOO": "1"}, {"PROFILE": "fast"}], ids=["unknown", "not accepted"])
def test_a_wrong_setting_of_runs_stops_nobody_who_looks_something_up(recorded: Path, wrong: dict[str, str]) -> None:
    for arguments in (("report", str(recorded)), ("requirements",), ("explain", "jwt.exp-future")):
        ran = script(*arguments, env=environment(**wrong))
        assert (ran.returncode, ran.stderr) == (0, ""), arguments
    assert script("run", "--plan", env=environment(**wrong)).returncode == 4


def test_a_record_is_rendered_where_the_catalogue_is_not(recorded: Path) -> None:
    ran = script("report", str(recorded), REQUIREMENTS_FILE="no/such/folder")
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("encoding", ["ascii", "iso-8859-1"])
def test_an_output_without_utf8_gets_ascii(recorded: Path, tmp_path: Path, encoding: str) -> None:
    env = {"PYTHONIOENCODING": encoding}
    for arguments in (
        ("run", "--profile", "smoke", "--reports-dir", str(tmp_path)),
        ("run", "--plan"),
        ("report", str(recorded)),
        ("requirements",),
        ("explain", "*"),
        ("run", "--help"),
    ):
        ran = script(*arguments, env=env)
        assert (ran.returncode, ran.stderr) == (0, ""), arguments
        assert ran.stdout.isascii()


def test_pytest_prints_the_summary_in_ascii_line_by_line(tmp_path: Path) -> None:
    ran = pytest_run(tmp_path, "--profile", "smoke", "-q", env=environment() | {"PYTHONIOENCODING": "ascii"})
    assert ran.exit_code == 0, ran.output
    assert "~ 8 accepted deviations" in ran.output
    assert "Conforms. Exit code 0." in ran.output.splitlines()


def on_terminal(*arguments: str, **variables: str) -> str:
    """What a command writes to a terminal."""
    env = {name: text for name, text in environment().items() if name != "NO_COLOR"}
    own, theirs = pty.openpty()
    process = subprocess.Popen(
        [SCRIPT, *arguments],
        cwd=ROOT,
        env={**env, "TERM": "xterm", **variables},
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    written = b""
    try:
        while fresh := os.read(own, 1 << 16):
            written += fresh
    except OSError:  # EIO: nobody writes any more
        pass
    finally:
        os.close(own)
    assert process.wait(100) in (0, 6)
    return written.decode()


@pytest.mark.parametrize(
    ("variables", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)], ids=str
)
def test_a_terminal_is_heeded_by_run_and_report(
    recorded: Path,
    tmp_path: Path,
    variables: dict[str, str],
    coloured: bool,  # noqa: FBT001
) -> None:
    run = on_terminal("run", "--profile", "smoke", "--reports-dir", str(tmp_path), **variables)
    report = on_terminal("report", str(recorded), **variables)
    colours = re.compile(r"\x1b\[[0-9;]*m")
    assert (bool(colours.search(run)), bool(colours.search(report))) == (coloured, coloured)
    assert ("\x1b" in run) == (variables.get("TERM") != "dumb")


def test_the_line_of_progress_is_cleared_before_the_summary(tmp_path: Path) -> None:
    run = on_terminal("run", "--profile", "smoke", "--reports-dir", str(tmp_path))
    last = run.rindex(" requests  valid.last")
    assert run[last:].startswith(" requests  valid.last\r\r\x1b[K")


def test_what_nobody_expected_is_one_line_and_6(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import conformance.rendering.catalogue as it\ndef fail(_):\n    raise RuntimeError('secret')\nit.explain = fail\n"
    )
    ran = script("explain", "jwt.exp-future", env={"PYTHONPATH": f"{tmp_path}:{ROOT}"})
    assert (ran.returncode, ran.stdout) == (6, "")
    assert re.fullmatch(r"partners-conformance: the suite failed: RuntimeError at \S+:3\n", ran.stderr)


def test_who_reads_no_further_changes_no_exit_code(tmp_path: Path) -> None:
    command = f"'{SCRIPT}' run --target http://127.0.0.1:9/api/v3 --reports-dir '{tmp_path}' | true"
    ran = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], cwd=ROOT, env=environment(), capture_output=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (6, b"")
