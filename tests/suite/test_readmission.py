"""The cookies of a success are sent back once with a wrong secret: within every budget, and shown to nobody."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import pytest

from conformance.jsontext import read
from conformance.preparation import prepare
from conformance.rendering import plan as rendering
from conformance.targets import Kind
from tests.conforming.answers import Answer
from tests.conforming.reading import Asked
from tests.conforming.server import Server
from tests.suite.command import OWN, Remembering, pytest_run
from tests.suite.matrix import Seen, Suite, concluded

LONG, SHORT = "s3ss10n-7Qm2xVb9Lw4kTz6N", "n0de-4711"
AFFINITY, SESSION = f"lb={SHORT}; Path=/", f"sid={LONG}; Path=/; HttpOnly"
BOTH = f"lb={SHORT}; sid={LONG}"
SAID = b'{"error":401,"message":"no session %s at %s"}' % (LONG.encode(), SHORT.encode())

DEEP = 4096  # octets that no body has but the one that is nested deep


@dataclass(frozen=True, slots=True)
class Sessions:
    """What a server does with cookies.

    sets: fields of a success. since: the first success that sets them. trusts: it lets in by them.
    other: status for a wrong secret that comes with them, 0 for the right one. repeats: they stand in answers.
    slow: seconds that an answer takes.
    """

    sets: tuple[str, ...] = (AFFINITY, SESSION)
    since: int = 1
    trusts: bool = False
    other: int = 0
    repeats: bool = False
    slow: float = 0.0


class Setting(Remembering):
    """A server that sets cookies with its tokens."""

    def __init__(self, sessions: Sessions) -> None:
        super().__init__(instead={403: 403})  # which has no reason phrase of its own there
        self._sessions = sessions
        self._successes = 0

    def _answer(self, asked: Asked) -> Answer:
        sessions = self._sessions
        time.sleep(sessions.slow)
        answer = super()._answer(asked)
        # how deep a document may be nested depends on the interpreter that this server runs on
        if answer.status == 200 and len(asked.body) <= DEEP:
            self._successes += 1
            if self._successes >= sessions.since:
                more = (*(("Set-Cookie", field) for field in sessions.sets), *self._told())
                return replace(answer, headers=(*answer.headers, *more))
        if answer.status == 401 and LONG in (asked.header("cookie") or ""):
            if sessions.trusts:
                body = json.dumps({"clientId": OWN.client_id, "clientSecret": OWN.client_secret}).encode()
                return Server._answer(self, replace(asked, body=body))
            if sessions.other:
                return replace(answer, status=sessions.other, body=b'{"error":401,"message":"no"}')
            return replace(
                answer, headers=(*answer.headers, *self._told()), body=SAID if sessions.repeats else answer.body
            )
        return answer

    def _told(self) -> tuple[tuple[str, str], ...]:
        return (("X-Session", LONG),) if self._sessions.repeats else ()

    @property
    def back(self) -> list[Asked]:
        """The requests that have a cookie of its own."""
        return [one for one in self.asked if any(value in (one.header("cookie") or "") for value in (LONG, SHORT))]

    @property
    def sent(self) -> list[tuple[str, str, bytes]]:
        """All that was asked, in order, without what is of the run or of this server."""
        return [(one.method, one.target, one.body) for one in self.asked]

    @property
    def refused(self) -> int:
        """Refused authentications against the true client id."""
        sent = [read(one.body).value for one in self.asked if one.method == "POST"]
        return sum(
            isinstance(value, dict)
            and value.get("clientId") == OWN.client_id
            and isinstance(value.get("clientSecret"), str)
            and value["clientSecret"] != OWN.client_secret
            for value in sent
        )


@contextlib.contextmanager
def setting(sessions: Sessions) -> Iterator[Setting]:
    server = Setting(sessions)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def judged(server: Setting, folder: Path, profile: str = "smoke", **more: str) -> Seen:
    return Suite(folder, profile, OWN.client_id, OWN.client_secret, **more).judge(server.base_url)


@pytest.mark.parametrize(
    ("profile", "more", "most"), [("smoke", {}, 25), ("release", {}, 300), ("nightly", {"request_budget": "60"}, 60)]
)
def test_cookies_are_sent_back_once_behind_all_that_is_planned(
    profile: str, more: dict[str, str], most: int, tmp_path: Path
) -> None:
    with setting(Sessions()) as server:
        seen = judged(server, tmp_path, profile, **more)
    assert (seen.exit_code, seen.red, seen.conclusion.stopped) == (0, frozenset(), "")
    assert [one.header("cookie") for one in server.back] == [BOTH]
    assert server.asked[-1] == server.back[0]
    sent = read(server.back[0].body).value
    assert sent["clientId"] == OWN.client_id
    assert sent["clientSecret"] != OWN.client_secret
    assert len(server.asked) <= most


@pytest.mark.parametrize("profile", ["smoke", "release"])
def test_a_token_for_them_is_one_finding_that_says_so(profile: str, tmp_path: Path) -> None:
    with setting(Sessions(trusts=True)) as server:
        seen = judged(server, tmp_path, profile)
    assert (seen.exit_code, seen.red) == (1, frozenset({"security.exact-secret"}))
    (finding,) = seen.conclusion.judgements["security.exact-secret"].line["findings"]
    assert "sent with the cookies that a success had set" in finding["observed"]
    assert finding["exchange"]["request"]["curl"].startswith("# not complete: ")
    assert "-H 'Cookie: [the cookies that a success had set]'" in finding["exchange"]["request"]["curl"]


@pytest.mark.parametrize("concurrency", ["1", "4"])
@pytest.mark.parametrize("since", [1, 2, 3])
def test_the_first_success_that_sets_any_counts_whenever_it_comes(since: int, concurrency: str, tmp_path: Path) -> None:
    """Also side by side, where answers are slow enough for that."""
    with setting(Sessions(since=since, trusts=True, slow=0.03)) as server:
        seen = judged(server, tmp_path, concurrency=concurrency)
    # the third is the answer to the last request of the budget
    assert (len(server.back), seen.exit_code) == ((1, 1) if since < 3 else (0, 0))
    assert len(server.asked) <= 25
    if since < 3:
        assert server.asked[-1] == server.back[0]


@pytest.mark.parametrize(
    "sets",
    [(), ("sid=; Path=/",), (f"sid={LONG}; Max-Age=0",), (f"sid={LONG}; Expires=Thu, 01 Jan 1970 00:00:00 GMT",)],
)
def test_who_sets_none_or_deletes_them_is_asked_nothing_more(sets: tuple[str, ...], tmp_path: Path) -> None:
    with setting(Sessions(sets)) as server:
        seen = judged(server, tmp_path)
    with setting(Sessions(())) as plain:
        judged(plain, tmp_path)
    assert seen.exit_code == 0
    # where answers are slow, requests go side by side, and whose is first is chance
    assert sorted(server.sent, key=repr) == sorted(plain.sent, key=repr)


@pytest.mark.parametrize(("profile", "allowed"), [("smoke", 6), ("smoke", 3), ("release", 20)])
def test_where_the_policy_has_no_refusal_left_it_takes_the_place_of_the_last_that_is_planned(
    profile: str, allowed: int, tmp_path: Path
) -> None:
    servers = []
    for sets in ((), (AFFINITY, SESSION)):
        with setting(Sessions(sets)) as server:
            seen = judged(server, tmp_path, profile, true_client_refusals=str(allowed))
        assert (seen.exit_code, seen.red) == (0, frozenset())
        servers.append(server)
    plain, server = servers
    assert len(server.back) == 1
    assert 0 < server.refused == plain.refused <= allowed


def test_it_is_not_asked_where_the_policy_allows_no_refusal(tmp_path: Path) -> None:
    with setting(Sessions()) as server:
        judged(server, tmp_path, true_client_refusals="0")
    assert (server.back, server.refused) == ([], 0)


def test_a_guarded_target_is_not_asked(tmp_path: Path) -> None:
    suite = Suite(tmp_path, "smoke", OWN.client_id, OWN.client_secret)
    with setting(Sessions()) as server:
        changes = {"kind": Kind.PRODUCTION, "base_url": server.base_url}
        target = msgspec.structs.replace(suite.prepared.target, **changes)
        concluded(msgspec.structs.replace(suite.prepared, target=target))
    assert len(server.asked) == 25
    assert server.back == []


def test_it_is_not_asked_where_nobody_asks_about_secrets(tmp_path: Path) -> None:
    with setting(Sessions()) as server:
        judged(server, tmp_path, requirement="jwt.*")
    assert server.asked
    assert server.back == []


@pytest.mark.parametrize("status", [403, 400])
def test_a_session_may_be_refused_in_the_terms_of_a_browser(status: int, tmp_path: Path) -> None:
    """As where a form has no token of its own; the contract knows no cookies."""
    with setting(Sessions(other=status)) as server:
        seen = judged(server, tmp_path)
    assert len(server.back) == 1
    assert (seen.exit_code, seen.red) == (0, frozenset())


@pytest.mark.parametrize("other", [0, 429])
@pytest.mark.parametrize("trusts", [False, True])
def test_no_artefact_holds_a_cookie(trusts: bool, other: int, tmp_path: Path) -> None:  # noqa: FBT001 - a parameter
    """Also where a server repeats it, and where the run ends while it is sent back."""
    with setting(Sessions(trusts=trusts, repeats=True, other=other)) as server:
        ran = pytest_run(tmp_path, "--profile", "smoke", "-v", env=server.settings)
    assert server.back
    texts = [path.read_text("utf-8") for path in tmp_path.rglob("*") if path.is_file()] + [ran.output]
    assert [text for text in texts if LONG in text or SHORT in text] == []
    assert any(line.get("scenario") == "wrong.secret" for line in ran.lines)


def test_a_cookie_that_holds_the_client_id_does_not_hide_it(tmp_path: Path) -> None:
    with setting(Sessions((f"client={OWN.client_id}", SESSION), trusts=True)) as server:
        seen = judged(server, tmp_path)
    (finding,) = seen.conclusion.judgements["security.exact-secret"].line["findings"]
    assert finding["exchange"]["request"]["body"]["text"].startswith('{"clientId":"[$PARTNERS_API_CLIENT_ID]"')


def test_the_plan_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("", "PRODUCTION_"):
        monkeypatch.setenv(f"PARTNERS_API_{name}CLIENT_ID", OWN.client_id)
        monkeypatch.setenv(f"PARTNERS_API_{name}CLIENT_SECRET", OWN.client_secret)
    shown = {}
    for target in ("http://127.0.0.1:9/api/v3", "production"):
        prepared = prepare({"target": target, "profile": "smoke"})
        shown[target] = rendering.BESIDES in rendering.render(prepared.plan, prepared.target, 1)
    assert list(shown.values()) == [True, False]
