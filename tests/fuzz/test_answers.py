"""The fuzz target holds on its seeds, on arbitrary octets, and for some seconds under a real fuzzer."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.fuzz import answers

pieces = st.sampled_from(
    [*answers.SEEDS, *(mark for mark, _ in answers.MARKS), b"\n", b":", b'"', b"\\u0000", b"%41", b"."]
)


@given(st.binary(max_size=200) | st.lists(pieces | st.binary(max_size=8), max_size=12).map(b"".join))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_answer_is_judged_and_shown_without_a_leak(data: bytes) -> None:
    """Status, fields and content of any octets, the secret and the token among them."""
    answers.look(data)


@pytest.mark.parametrize("data", [b"", *answers.SEEDS], ids=lambda data: repr(data[:30]))
def test_seeds_are_judged_and_shown_without_a_leak(data: bytes) -> None:
    """Where the fuzzer begins, nothing is wrong."""
    answers.look(data)


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="pip install atheris runs the fuzzer too")
def test_the_fuzzer_finds_nothing_in_some_seconds(tmp_path: Path) -> None:
    """Guided by coverage; run it for longer with the command in `answers`."""
    for number, seed in enumerate(answers.SEEDS):
        (tmp_path / str(number)).write_bytes(seed)
    command = [
        sys.executable,
        "-m",
        "tests.fuzz.answers",
        "-max_total_time=10",
        f"-artifact_prefix={tmp_path}/",
        str(tmp_path),
    ]
    run = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, timeout=120, check=False)

    assert run.returncode == 0, run.stderr[-3000:].decode("utf-8", "replace")
