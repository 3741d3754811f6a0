"""HTTP itself: RFC 9110 and RFC 9112."""

from __future__ import annotations

import re

from conformance.checks.assessment import Assessment, Sight, show

TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - RFC 9110, section 5.6.2
_PARAMETER = rf'{TOKEN}[ \t]*=[ \t]*(?:{TOKEN}|"(?:[^"\\]|\\.)*")'
_PARAMETERS = rf"{_PARAMETER}(?:[ \t]*,[ \t]*{_PARAMETER})*"
# RFC 9110, section 11.6.1: 1#challenge; a challenge is a scheme alone, with a token68, or with parameters
_CHALLENGE = rf"{TOKEN}(?: +(?:{_PARAMETERS}|[A-Za-z0-9._~+/-]+=*))?"
CHALLENGES = re.compile(rf"[ \t,]*{_CHALLENGE}(?:[ \t]*,[ \t]*(?:{_PARAMETER}|{_CHALLENGE}))*[ \t,]*")
# RFC 9110, section 5.6.7: IMF-fixdate, the one form that is still to be sent; GMT by another name misleads nobody
_DAYS, _MONTHS = "Mon|Tue|Wed|Thu|Fri|Sat|Sun", "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
FIXDATE = re.compile(
    rf"(?:{_DAYS}), [0-3][0-9] (?:{_MONTHS}) [0-9]{{4}} [0-2][0-9]:[0-5][0-9]:[0-6][0-9] (?:GMT|UTC|[+-]0000)"
)
LIMIT = 4096


def check_protocol(sight: Sight, found: Assessment) -> None:
    """Judge what holds for every answer, whatever its status."""
    response, exchange = sight.response, sight.exchange
    limit = sight.terms.response_time_limit
    found.expect(
        "protocol.response-time",
        exchange.elapsed <= limit,
        f"an answer within {limit:g} s",
        f"an answer after {exchange.elapsed:.1f} s",
        "slow",
    )
    method, status = exchange.request.method, response.status
    found.expect(
        "protocol.well-formed-http",
        not response.stray,
        f"nothing behind the head of a {status} to {method}",
        f"{response.stray} octets",
        "stray",
    )
    found.uphold("protocol.answers-every-request")
    found.uphold("protocol.bounded-answer")
    coding = response.header("content-encoding")
    found.expect(
        "protocol.content-coding",
        response.coding_fault is None,
        "content in the coding that Content-Encoding names",
        f"Content-Encoding {show(coding or '')}: {response.coding_fault}",
        "coding",
    )
    malformed = [value for value in response.header_values("Date") if FIXDATE.fullmatch(value) is None]
    found.expect(
        "protocol.date",
        not malformed,
        "an HTTP-date such as Sun, 06 Nov 1994 08:49:37 GMT, or no Date",
        f"Date {show(malformed[0])}" if malformed else "",
        "malformed",
    )


#: methods that a framework does not add to Allow by itself, as some do HEAD and OPTIONS
PLAIN_METHODS = frozenset({"GET", "PUT", "PATCH", "DELETE"})


def check_refusal(sight: Sight, found: Assessment, documented_method: str) -> None:
    """Judge the fields that a 401 and a 405 carry, as recommendations.

    `documented_method` is empty where the contract does not have the path: nobody knows what is allowed there.
    """
    response = sight.response
    if response.status == 401:
        challenge = response.header("www-authenticate")
        well_formed = challenge is not None and len(challenge) < LIMIT and CHALLENGES.fullmatch(challenge) is not None
        observed = "none" if challenge is None else f"WWW-Authenticate {show(challenge)}"
        found.expect(
            "protocol.www-authenticate",
            well_formed,
            "a WWW-Authenticate challenge",
            observed,
            "absent" if challenge is None else "malformed",
        )
    if response.status == 405 and documented_method:
        allow = response.header("allow")
        methods = [method.strip() for method in (allow or "").split(",")]
        refused = sight.exchange.request.method
        observed = f"Allow {show(allow)} to a {refused}" if allow is not None else "none"
        # a web server that is told to trace nothing says so for the whole of it, and knows of no resource
        of_server = refused == "TRACE" and allow == ""
        found.expect(
            "protocol.allow",
            of_server or (documented_method in methods and not (refused in PLAIN_METHODS and refused in methods)),
            f"Allow with {documented_method} and without {refused}",
            observed,
            "absent" if allow is None else "wrong",
        )
