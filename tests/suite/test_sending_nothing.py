"""What runs no test sends nothing, and leaves the reports of the run before as they are."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

from pathlib import Path

import pytest

from tests.suite.command import pytest_run, remembering

#: arguments, and pytest's own exit code for them
COMMANDS: tuple[tuple[tuple[str, ...], int], ...] = (
    (("--fixtures",), 0),
    (("--fixtures-per-test",), 0),
    (("--setup-plan",), 0),
    (("--setup-only",), 0),
    (("-k", "a b"), 4),
    (("-m", "no-such-marker"), 4),
    (("BROKEN",), 2),
)


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
@pytest.mark.parametrize(("arguments", "code"), COMMANDS, ids=[" ".join(one[0]) for one in COMMANDS])
def test_what_runs_no_test_sends_nothing(
    tmp_path: Path, arguments: tuple[str, ...], code: int, workers: tuple[str, ...]
) -> None:
    broken = tmp_path / "test_broken.py"
    broken.write_text("import no_such_module\n")
    given = ("conformance/suite", *(str(broken) if one == "BROKEN" else one for one in arguments))
    earlier = tmp_path / "results.jsonl"
    earlier.write_text("of an earlier run\n")
    with remembering() as server:
        ran = pytest_run(tmp_path, "--profile", "smoke", *given, *workers, env=server.settings)
    assert server.asked == [], ran.output
    # pytest-xdist ends with an error of its own where its workers refuse an expression
    assert ran.exit_code == (3 if workers and code == 4 else code), ran.output
    assert "Exit code" not in ran.output
    assert "the reports were not written" not in ran.output
    assert earlier.read_text() == "of an earlier run\n"
