"""Answers that cannot be read: what they would have shown is blocked, and not said to have been called for by nothing."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pytest

from conformance.findings import Outcome
from tests.hostile import HOSTILE_BY_NAME
from tests.hostile.server import CLIENT_ID, CLIENT_SECRET, Behaviour, Heard, Hostile, Peer, message
from tests.suite.matrix import Suite

#: a content that is announced as larger than any client takes; the server hangs up behind it
LARGE = message(401, b"", (("Content-Length", "9999999999"),))
#: two lengths that differ
FORKED = message(401, b"{}", (("Content-Length", "2"), ("Content-Length", "3")))
OF_REFUSED_CREDENTIALS = {
    "status.unusual-credentials",
    "protocol.www-authenticate",
    "security.exact-secret",
    "security.exact-client-id",
}


def _instead_of(statuses: Collection[int], octets: bytes) -> Behaviour:
    def behave(peer: Peer, heard: Heard) -> None:
        if peer.correct(heard).status not in statuses:
            peer.answer(heard)
            return
        peer.send(octets)
        peer.close()

    return behave


@pytest.mark.parametrize(
    ("statuses", "octets", "broken"),
    [
        ({401}, LARGE, "protocol.bounded-answer"),
        ({401}, FORKED, "protocol.well-formed-http"),
        ({400, 401}, LARGE, "protocol.bounded-answer"),
    ],
    ids=["too large", "not HTTP", "every error"],
)
def test_what_unread_answers_would_have_shown_is_blocked(
    statuses: Collection[int], octets: bytes, broken: str, tmp_path: Path
) -> None:
    hostile = Hostile("unread", "answers that cannot be read", _instead_of(statuses, octets))
    with hostile.serve() as base_url:
        seen = Suite(tmp_path, "release", CLIENT_ID, CLIENT_SECRET).judge(base_url)
    judgements = seen.conclusion.judgements
    assert (judgements[broken].outcome, seen.exit_code) == (Outcome.FAILED, 1)
    blocked = {name for name, one in judgements.items() if one.outcome is Outcome.BLOCKED}
    assert blocked >= OF_REFUSED_CREDENTIALS
    assert ("error.error-integer" in blocked) == (400 in statuses)
    assert {judgements[name].line["reason"] for name in blocked} == {
        f"every answer that would have shown it broke {broken}"
    }
    uncalled = {name for name, one in judgements.items() if one.outcome is Outcome.NOT_APPLICABLE}
    assert not uncalled - {"jwt.signature-verifies", "jwt.unique-id"}


@pytest.mark.parametrize(
    ("name", "about"), [("gzip-bomb", "compress"), ("chunks-trailer-flood", "Leave header fields")]
)
def test_how_to_mend_an_answer_that_is_too_large_fits_what_made_it_so(name: str, about: str, tmp_path: Path) -> None:
    with HOSTILE_BY_NAME[name].serve() as base_url:
        seen = Suite(tmp_path, "smoke", CLIENT_ID, CLIENT_SECRET).judge(base_url)
    line = seen.conclusion.judgements["protocol.bounded-answer"].line
    assert (line["outcome"], about in line["mend"]) == ("failed", True)
