"""Servers that are well at times, overloaded, redirecting, or spiteful in good HTTP."""

from __future__ import annotations

import json

from conformance.messages import FailureKind
from tests.hostile.server import Behaviour, Headers, Heard, Hostile, Peer, message

_HTML: Headers = (("Content-Type", "text/html"),)
_BAD_GATEWAY = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
_THROTTLED = json.dumps({"error": "Too Many Requests", "error_description": "Rate limit exceeded"}).encode()


def _always(status: int, body: bytes = b"", headers: Headers = ()) -> Behaviour:
    def behave(peer: Peer, _: Heard) -> None:
        peer.send(message(status, body, headers))

    return behave


def _throttled(name: str, title: str, headers: Headers) -> Hostile:
    return Hostile(f"throttles-{name}", f"429 always, {title}", _always(429, _THROTTLED, headers))


def _die(peer: Peer, heard: Heard) -> None:
    if peer.turn <= 20:
        peer.answer(heard)
    else:
        peer.server.vanish()


def _fall_silent(peer: Peer, heard: Heard) -> None:
    if peer.turn <= 20:
        peer.answer(heard)
    else:
        peer.hang()


def _break_down(peer: Peer, heard: Heard) -> None:
    if peer.turn <= 20:
        peer.answer(heard)
    else:
        peer.send(message(502, _BAD_GATEWAY, _HTML))


def _lock(peer: Peer, heard: Heard) -> None:
    if peer.turn <= 10:
        peer.answer(heard)
    else:
        peer.respond(423, b'{"error": 423, "message": "Account locked"}')


def _slower(peer: Peer, heard: Heard) -> None:
    peer.sleep(min(0.01 * 1.2**peer.turn, 5.0))
    peer.answer(heard)


def _slow(peer: Peer, heard: Heard) -> None:
    peer.sleep(2.0)
    peer.answer(heard)


def _now_and_then(bad: Behaviour, every: int = 2) -> Behaviour:
    def behave(peer: Peer, heard: Heard) -> None:
        if peer.turn % every:
            peer.answer(heard)
        else:
            bad(peer, heard)

    return behave


def _close(peer: Peer, _: Heard) -> None:
    peer.close()


def _reset_inside(peer: Peer, heard: Heard) -> None:
    right = peer.correct(heard)
    whole = message(right.status, right.body, right.headers)
    peer.send(whole[: -len(right.body) // 2])
    peer.sleep(0.02)
    peer.reset()


def _hang(peer: Peer, _: Heard) -> None:
    peer.hang()


def _garbage(peer: Peer, _: Heard) -> None:
    peer.send(b"\0\1\2\3\r\n\r\n")
    peer.close()


def _twice(peer: Peer, heard: Heard) -> None:
    right = peer.correct(heard)
    peer.send(message(right.status, right.body, right.headers) * 2)


def _close_unannounced(peer: Peer, heard: Heard) -> None:
    peer.answer(heard)
    if peer.turn % 2 == 0:
        peer.close()


def _late_second(peer: Peer, heard: Heard) -> None:
    peer.answer(heard)
    peer.sleep(0.02)
    peer.respond(200, b'{"accessToken": "late", "tokenType": "Bearer", "expiresIn": 1}')


def _one_too_many(peer: Peer, heard: Heard) -> None:
    peer.answer(heard)
    if peer.turn % 5 == 0:
        peer.sleep(0.004)
        peer.respond(401, b'{"error": 401, "message": "Unauthorized"}')


def _shifted(peer: Peer, heard: Heard) -> None:
    right = peer.correct(heard)
    before, peer.before = peer.before or right, right
    peer.respond(before.status, b"" if heard.method == "HEAD" else before.body, before.headers)


def _redirect_to_itself(peer: Peer, heard: Heard) -> None:
    peer.respond(307, b"", (("Location", heard.target),))


def _redirect_elsewhere(peer: Peer, heard: Heard) -> None:
    peer.respond(308, b"", (("Location", peer.server.witness_url + heard.target),))


def _refresh_elsewhere(peer: Peer, heard: Heard) -> None:
    more: Headers = (
        ("Refresh", f"0; url={peer.server.witness_url}"),
        ("Link", f"<{peer.server.witness_url}>; rel=preload"),
    )
    peer.answer(heard, (*more, ("Alt-Svc", f'http/1.1="{peer.server.witness_url[7:]}"')))


def _cookies(times: int) -> Behaviour:
    def behave(peer: Peer, heard: Heard) -> None:
        peer.answer(heard, tuple(("Set-Cookie", f"c{number}={'v' * 80}; Path=/") for number in range(times)))

    return behave


HOSTILE = (
    Hostile("dies-after-20", "right 20 times, then the port is closed", _die),
    Hostile("silent-after-20", "right 20 times, then never again a word", _fall_silent),
    Hostile("502-after-20", "right 20 times, then 502 for good", _break_down),
    Hostile("locks-after-10", "right 10 times, then 423", _lock),
    Hostile("slower-and-slower", "each answer takes a fifth longer than the one before", _slower),
    Hostile("slow", "right, after two seconds", _slow, expected=(FailureKind.TIMEOUT,)),
    Hostile("right-or-silent", "every second request is never answered", _now_and_then(_hang)),
    Hostile("right-or-closed", "every second request ends in a closed connection", _now_and_then(_close)),
    Hostile("right-or-reset", "every third answer is reset inside its content", _now_and_then(_reset_inside, 3)),
    Hostile("right-or-garbage", "every third answer is no HTTP", _now_and_then(_garbage, 3)),
    Hostile("right-or-500", "every second answer is a 500", _now_and_then(_always(500, b'{"error": 500, "message": "x"}'))),
    Hostile("answers-twice", "answers every request twice", _twice, expected=(FailureKind.MALFORMED,)),
    Hostile("answers-again-late", "a token behind every answer, a little later", _late_second),
    Hostile("one-too-many", "another answer behind every fifth, a little later", _one_too_many),
    Hostile("shifted", "each answer on a connection is the one to the request before", _shifted),
    Hostile("closes-unannounced", "closes after every second answer without saying so", _close_unannounced),
    Hostile("redirects-to-itself", "307 to the same address", _redirect_to_itself),
    Hostile("redirects-elsewhere", "308 to another port, which takes note", _redirect_elsewhere),
    Hostile("redirects-to-a-file", "302 to file:///etc/passwd", _always(302, b"", (("Location", "file:///etc/passwd"),))),
    Hostile("redirects-to-nonsense", "301 to what is no URL", _always(301, b"", (("Location", "http://[::1:bad/\\%zz"),))),
    Hostile("refreshes-elsewhere", "fields that point to another port", _refresh_elsewhere),
    Hostile("500-always", "500 always", _always(500, b'{"error": 500, "message": "Internal"}')),
    Hostile("500-empty", "500 always, with nothing in it", _always(500)),
    Hostile("502-always", "502 always, an HTML page", _always(502, _BAD_GATEWAY, _HTML)),
    Hostile("503-always", "503 always, and to come back in an hour", _always(503, b"", (("Retry-After", "3600"),))),
    Hostile("504-always", "504 always", _always(504, _BAD_GATEWAY, _HTML)),
    Hostile("401-always", "401 always", _always(401, b'{"error": 401, "message": "Unauthorized"}')),
    Hostile("403-always", "403 always, a firewall's page", _always(403, b"<html>Request blocked</html>", _HTML)),
    Hostile("404-always", "404 always", _always(404, b'{"error": 404, "message": "Not found"}')),
    Hostile("200-always", "200 always, a portal's login page", _always(200, b"<html><form>Please log in</form></html>", _HTML)),
    _throttled("without-a-word", "without saying how long", ()),
    _throttled("zero", "no wait asked", (("Retry-After", "0"),)),
    _throttled("for-ever", "for ever", (("Retry-After", "9" * 400),)),
    _throttled("an-hour", "for an hour", (("Retry-After", "3600"), ("x-ratelimit-reset", "3600"))),
    _throttled("negative", "for less than no time", (("Retry-After", "-5"), ("x-ratelimit-reset", "-5"))),
    _throttled("nan", "for NaN", (("Retry-After", "NaN"), ("x-ratelimit-reset", "inf"))),
    _throttled("epoch", "until a time in seconds", (("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "4102444800"))),
    _throttled("date", "until a date long gone", (("Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT"),)),
    _throttled("date-nonsense", "until a date that is none", (("Retry-After", "Wed, 99 Foo 99999 99:99:99 GMT"),)),
    Hostile("quota-spent", "right, but the quota is always spent for an hour", lambda peer, heard: peer.answer(heard, (("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "3600")))),
    Hostile("cookies", "500 cookies", _cookies(500)),
    Hostile("cookie-bomb", "20,000 cookies", _cookies(20_000), expected=(FailureKind.TOO_LARGE,)),
)  # fmt: skip
