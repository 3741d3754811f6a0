"""An answer too many is one defect: nobody is accused of what the answers say that it shifts to other requests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile import HOSTILE_BY_NAME, Hostile
from tests.hostile.server import Heard, Peer
from tests.survival import command
from tests.survival.command import Ran

RIGHT = Hostile("right", "right")
ONE = {"protocol.well-formed-http"}


@pytest.fixture(scope="module")
def accused_anyway(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """What the hostile servers break even where they are right: they look at no media type."""
    return _failed(command.against(RIGHT, tmp_path_factory.mktemp("right")))


def _failed(ran: Ran) -> frozenset[str]:
    return frozenset(
        str(line["requirement"])
        for line in ran.lines
        if line["record"] == "verdict" and line["level"] == "required" and line["outcome"] == "failed"
    )


@pytest.mark.parametrize(
    "name", ["head-with-body", "head-with-late-body", "answers-twice", "answers-again-late", "one-too-many", "shifted"]
)
def test_answers_that_are_not_one_to_a_request_are_one_finding(
    name: str, accused_anyway: frozenset[str], tmp_path: Path
) -> None:
    """However late the one too many comes, and though none does: in `shifted` each request has one answer."""
    ran = command.against(HOSTILE_BY_NAME[name], tmp_path)
    assert _failed(ran) - accused_anyway == ONE
    assert ran.exit_code == 1


def _line_ends(peer: Peer, heard: Heard) -> None:
    peer.answer(heard)
    peer.send(b"\r\n")


def test_line_ends_between_answers_are_none(accused_anyway: frozenset[str], tmp_path: Path) -> None:
    """RFC 9112, section 9.2: they are discarded."""
    ran = command.against(Hostile("line-ends", "CRLF behind every answer", _line_ends), tmp_path)
    assert _failed(ran) == accused_anyway
