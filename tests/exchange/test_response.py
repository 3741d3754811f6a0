"""What comes back, and what of it is kept."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from conformance import exchange
from conformance.exchange import LINGER
from conformance.messages import FailureKind, Request
from tests.exchange.conftest import TOKEN_REQUEST, OpenSession, says
from tests.hostile.server import Heard, Peer, message

_HEAD = Request("HEAD", "/x")


def test_header_pairs_keep_order_case_and_repeats(session: OpenSession) -> None:
    """Values are ISO-8859-1; nothing is joined."""
    octets = b"HTTP/1.1 200 Fine, th\xe0nks\r\nX-b: 1\r\nx-A: \xff\r\nX-B: 2\r\nContent-Length: 2\r\n\r\nhi"
    response = session(says(octets)).send().response
    assert response is not None
    assert response.headers == (("X-b", "1"), ("x-A", "\xff"), ("X-B", "2"), ("Content-Length", "2"))
    assert (response.status, response.reason, response.http_version) == (200, "Fine, th\xe0nks", "1.1")
    assert response.body == response.content == b"hi"


def test_informational_responses_are_counted_and_their_fields_dropped(session: OpenSession) -> None:
    """100 and 103 before the final response (RFC 9110, section 15.2)."""
    octets = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + message(200, b"hi")
    response = session(says(octets)).send().response
    assert response is not None
    assert response.informational == 2
    assert response.header("Link") is None
    assert response.reason == "OK"


def test_chunks_are_put_together_and_trailers_kept_apart(session: OpenSession) -> None:
    """Chunk extensions left out (RFC 9112, section 7.1)."""
    octets = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2;a=b\r\nhi\r\n1\r\n!\r\n0\r\nX-Trailer: t\r\n\r\n"
    opened = session(says(octets))
    for _ in range(2):
        response = opened.send().response
        assert response is not None
        assert response.body == b"hi!"
        assert response.header("X-Trailer") is None
        assert response.trailers == (("X-Trailer", "t"),)
    assert opened.server.connections == 1


def test_a_body_without_a_length_lasts_until_the_connection_closes(session: OpenSession) -> None:
    """RFC 9112, section 6.3, rule 8."""
    response = session(says(b"HTTP/1.1 200 OK\r\n\r\nall of it", close=True)).send().response
    assert response is not None
    assert response.body == b"all of it"


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_the_version_is_kept(session: OpenSession, version: str) -> None:
    """HTTP/1.0 and HTTP/1.1 are the two there are."""
    octets = f"HTTP/{version} 200 OK\r\nContent-Length: 2\r\n\r\nhi".encode()
    response = session(says(octets)).send().response
    assert response is not None
    assert response.http_version == version


@pytest.mark.parametrize("status", [204, 304])
def test_some_statuses_have_no_content_whatever_their_fields_say(session: OpenSession, status: int) -> None:
    """RFC 9112, section 6.3, rule 1."""
    octets = f"HTTP/1.1 {status} None\r\nContent-Length: 5000000\r\n\r\n".encode()
    if status == 204:
        octets = b"HTTP/1.1 204 None\r\n\r\n"
    response = session(says(octets)).send().response
    assert response is not None
    assert (response.status, response.body) == (status, b"")


def test_an_answer_to_head_has_no_content_whatever_its_fields_say(session: OpenSession) -> None:
    """Nor are octets behind it held against the server; the connection is not used again."""
    opened = session(lambda peer, heard: peer.respond(200, b"x" * 100, (("Content-Length", "50000000"),)))
    for _ in range(2):
        response = opened.send(_HEAD).response
        assert response is not None
        assert response.body == b""
    assert opened.server.connections == 2


def test_only_the_first_answer_without_content_is_waited_behind(
    session: OpenSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wait is wall time of the run, and no time of the server's: `elapsed` is without it."""
    monkeypatch.setattr(exchange, "LINGER", 1.0)
    opened = session(lambda peer, heard: peer.send(b"HTTP/1.1 405 No\r\nContent-Length: 5\r\n\r\n"))
    begun = time.monotonic()
    elapsed = sum(opened.send(_HEAD).elapsed for _ in range(10))
    waited = time.monotonic() - begun - elapsed

    assert 1.0 <= waited < 5.0


@pytest.mark.parametrize(
    ("request_", "head"),
    [(_HEAD, b"HTTP/1.1 405 No\r\nContent-Length: 4\r\n\r\n"), (TOKEN_REQUEST, b"HTTP/1.1 204 None\r\n\r\n")],
    ids=["HEAD", "204"],
)
def test_a_late_body_behind_an_answer_without_content_is_seen_again_and_again(
    session: OpenSession, request_: Request, head: bytes
) -> None:
    """Whether a finding recurs is asked with the same request: who was caught is listened to each time."""

    def behave(peer: Peer, heard: Heard) -> None:
        peer.send(head)
        peer.sleep(LINGER / 5)
        peer.send(b"late")

    opened = session(behave)
    seen = [opened.send(request_) for _ in range(3)]

    assert [one.response and one.response.stray for one in seen] == [4, 4, 4]
    assert opened.server.connections == 3, "a connection that it came on was used again"


def test_status_codes_are_kept_as_they_are(session: OpenSession) -> None:
    """Three digits from 200 up: what they mean is for others to judge."""
    for status in (200, 299, 407, 599, 600, 999):
        response = session(says(message(status, b"hi"))).send().response
        assert response is not None
        assert response.status == status


def test_octets_beyond_the_content_make_the_message_malformed(session: OpenSession) -> None:
    """A Content-Length smaller than what was sent, seen before the next request."""
    failure = session(says(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nhi")).send().failure
    assert failure is not None
    assert (failure.kind, failure.status) == (FailureKind.MALFORMED, 200)
    assert failure.detail == "octets beyond the content: Content-Length is 1, and at least 2 came"
    assert failure.beyond


@pytest.mark.parametrize(
    "octets", [b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", b"HTTP/1.1 OK\r\n\r\n", b"hello\r\n\r\n"]
)
def test_what_is_wrong_with_an_answer_itself_says_nothing_of_what_stands_behind_it(
    session: OpenSession, octets: bytes
) -> None:
    """A connection that carried it is closed, and no other distrusted."""
    failure = session(says(octets, close=True)).send().failure
    assert failure is not None
    assert not failure.beyond


def test_a_failure_says_nothing_the_server_said(session: OpenSession) -> None:
    """Not the status line, not a field, not the content: only the parser's own words."""
    for octets in (
        b"SECRET\r\n\r\n",
        b"HTTP/1.1 200 SECRET\r\nSECRET\r\n\r\n",
        b"HTTP/1.1 SECRET\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: SECRET\r\n\r\n",
    ):
        failure = session(says(octets, close=True)).send().failure
        assert failure is not None
        assert failure.kind is FailureKind.MALFORMED
        assert "SECRET" not in repr(failure)


@pytest.mark.parametrize("pieces", [1, 2, 3, 7])
def test_a_response_is_the_same_in_however_many_pieces_it_comes(session: OpenSession, pieces: int) -> None:
    """Pieces of fields and content alike."""
    octets = b"HTTP/1.1 100 C\r\n\r\n" + message(401, b'{"error": 401}' * 3, (("X-A", "b"),))

    def behave(peer: Peer, _: Heard) -> None:
        for start in range(0, len(octets), pieces):
            peer.send(octets[start : start + pieces])

    response = session(behave).send().response
    assert response is not None
    assert response.body == b'{"error": 401}' * 3
    assert response.headers[1] == ("X-A", "b")
    assert response.informational == 1


def test_redirects_are_answers_like_any_other(session: OpenSession) -> None:
    """The place they point to hears nothing: credentials go nowhere else."""
    opened = session(lambda peer, _: peer.respond(307, b"", (("Location", peer.server.witness_url),)))
    response = opened.send().response
    assert response is not None
    assert response.status == 307
    assert opened.server.witnessed == []
    assert opened.server.requests == 1


def test_content_codings_are_undone_beside_the_body_as_it_came(session: OpenSession) -> None:
    """`body` is what came, `content` what it means."""
    import gzip

    coded = gzip.compress(b'{"a": 1}')
    response = session(lambda peer, _: peer.respond(200, coded, (("Content-Encoding", "GZip"),))).send().response
    assert response is not None
    assert (response.body, response.content, response.coding_fault) == (coded, b'{"a": 1}', None)


@pytest.mark.parametrize("octets", [b"HTTP/1.1 408 T\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.0 408 T\r\n\r\n"])
def test_a_408_is_an_answer_unless_it_closes_a_connection_that_was_kept(session: OpenSession, octets: bytes) -> None:
    """As servers end one that has been idle (RFC 9110, section 15.5.9)."""
    closes = octets.startswith(b"HTTP/1.0")

    def behave(peer: Peer, heard: Heard) -> None:
        if peer.turn > 1:
            peer.send(octets)
            if closes:
                peer.close()
        else:
            peer.answer(heard)

    opened = session(behave)
    assert opened.send().response is not None
    second = opened.send()
    assert (second.failure is not None) == closes
    assert second.response is None or second.response.status == 408


def test_what_is_done_while_an_answer_is_awaited_is_not_the_servers_time(
    session: OpenSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a clock that moves for nothing else."""
    now = [time.monotonic()]
    opened = session()
    opened.send()
    monkeypatch.setattr(exchange, "time", SimpleNamespace(time=time.time, monotonic=lambda: now[0]))

    def work() -> None:
        now[0] += 1

    seen = [
        opened.client.send(TOKEN_REQUEST, exchange_id="r1", number=1, scenario="s", meanwhile=meanwhile).elapsed
        for meanwhile in (work, None)
    ]
    assert seen == [0, 0]
