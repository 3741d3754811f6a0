"""A run that nobody listens to comes to the same end, and leaves its reports."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.survival import command
from tests.survival.command import PYTEST, SCRIPT

#: What a shell does with the output of "$@"; each ends with the exit code of it.
UNHEARD = {
    "into a pipe that is closed": '"$@" | head -1; exit ${PIPESTATUS[0]}',
    "onto a full disk": '"$@" >/dev/full',
    "onto a full disk, errors too": '"$@" >/dev/full 2>/dev/full',
    "nowhere": '"$@" >&-',
    "nowhere, errors too": '"$@" >&- 2>&-',
    "nowhere, and nothing to read": '"$@" <&- >&- 2>&-',
}


@pytest.mark.parametrize("start", [PYTEST, (*PYTEST, "-n", "2"), SCRIPT], ids=["pytest", "pytest -n 2", "script"])
@pytest.mark.parametrize("how", UNHEARD.values(), ids=UNHEARD)
def test_a_run_does_not_hang_on_who_reads_along(start: Sequence[str], how: str, tmp_path: Path) -> None:
    """The embedded reference API conforms, read or not."""
    env = command.settings(target="embedded", profile="smoke")
    folder = tmp_path / "reports"
    script = ("/bin/bash", "-c", how, "sh", *start, "--reports-dir", str(folder))
    ran = subprocess.run(script, cwd=command.ROOT, env=env, check=False, timeout=120, stderr=subprocess.PIPE)
    assert ran.returncode == 0, ran.stderr
    assert b"Traceback" not in ran.stderr
    assert (folder / "report.html").read_text("utf-8").rstrip().endswith("</html>")
    assert (folder / "junit.xml").is_file()


@pytest.mark.parametrize("how", ['"$@" >/dev/full', '"$@" >&-', '"$@" | true; exit ${PIPESTATUS[0]}'])
def test_a_wrong_setting_is_a_wrong_setting_whoever_reads_it(how: str, tmp_path: Path) -> None:
    """Exit code 4, as ever."""
    for start in (PYTEST, SCRIPT):
        script = ("/bin/bash", "-c", how, "sh", *start, "--reports-dir", str(tmp_path), "--seed", "x")
        ran = subprocess.run(script, cwd=command.ROOT, env=command.settings(), check=False, timeout=120)
        assert ran.returncode == 4
