"""Two runs at the same time need a folder each, and the one that loses its record says so."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conforming.answers import Answer
from tests.conforming.reading import Asked
from tests.suite.command import Ran, Remembering, environment, pytest_run

SMOKE = ("--profile", "smoke", "-q")


class Overtaken(Remembering):
    """A conforming server that holds its third answer back until another run has come to its end in the same folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.other: Ran | None = None
        self._folder = folder

    def _answer(self, asked: Asked) -> Answer:
        answer = super()._answer(asked)
        if len(self.asked) == 3:
            self.other = pytest_run(self._folder, *SMOKE, env=environment())
        return answer


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_6_where_another_run_wrote_into_the_folder_meanwhile(tmp_path: Path, workers: tuple[str, ...]) -> None:
    server = Overtaken(tmp_path)
    server.start()
    try:
        patient = {"PARTNERS_API_REQUEST_DEADLINE": "120", "PARTNERS_API_TIME_BUDGET": "300"}
        ran = pytest_run(tmp_path, *SMOKE, *workers, env=server.settings | patient)
    finally:
        server.stop()
    assert server.other is not None
    assert server.other.exit_code == 0, server.other.output
    assert ran.exit_code == 6, ran.output
    said = " ".join(ran.output.split())
    assert f"another run wrote into {tmp_path} at the same time; give each a --reports-dir of its own" in said
    assert "is not of this run" not in said
