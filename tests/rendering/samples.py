"""Sample records, made line by line: small factories with sane defaults, and whole runs put together from them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from conformance import record
from conformance.rendering.view import View, view
from tests.rendering.titles import TITLES

JsonObject = dict[str, Any]

BASE_URL = "http://127.0.0.1:8080/api/v3"

RECOMMENDED = {"protocol.www-authenticate", "protocol.response-time", "security.no-store"}


def body(text: str, **changes: Any) -> JsonObject:
    """A body as redaction leaves it."""
    return {"text": text, "size": len(text.encode("utf-8", "replace")), "shown": len(text)} | changes


def request(**changes: Any) -> JsonObject:
    """A request for a token with made-up credentials."""
    return {
        "method": "POST",
        "url": f"{BASE_URL}/oauth/token",
        "headers": [
            ["Host", "127.0.0.1:8080"],
            ["User-Agent", "partners-api-conformance/0.1.0 (run 5f1c; profile release)"],
            ["X-Request-Id", "r0007-5f1c"],
            ["Content-Type", "application/json"],
        ],
        "body": body('{"clientId": "nobody-5f1c", "clientSecret": "wrong"}'),
        "curl": (
            f"curl -sS -i -X POST '{BASE_URL}/oauth/token' -H 'Content-Type: application/json' "
            """--data-binary '{"clientId": "nobody-5f1c", "clientSecret": "wrong"}'"""
        ),
    } | changes


def response(**changes: Any) -> JsonObject:
    """A refusal as the contract has it."""
    return {
        "status": 401,
        "reason": "Unauthorized",
        "http_version": "1.1",
        "headers": [
            ["date", "Tue, 24 Nov 2026 00:00:01 GMT"],
            ["content-type", "application/json"],
            ["x-ratelimit-limit", "100"],
            ["x-ratelimit-remaining", "93"],
            ["content-length", "40"],
        ],
        "body": body('{"error": 401, "message": "Unauthorized"}'),
    } | changes


def evidence(number: int = 7, **changes: Any) -> JsonObject:
    """An exchange as a verdict embeds it."""
    return {
        "id": f"r{number:04d}-5f1c",
        "number": number,
        "scenario": "credentials.unknown-client",
        "class": "well-formed credentials that are no client's",
        "accepted": [401],
        "sent_at": "2026-11-24T00:00:01+00:00",
        "seconds": 0.0031,
        "request": request(),
        "response": response(),
        "failure": None,
    } | changes


def exchange(number: int = 7, findings: Iterable[JsonObject] = (), **changes: Any) -> JsonObject:
    """An exchange line."""
    return {"record": "exchange", **evidence(number), "findings": list(findings)} | changes


def finding(requirement: str = "error.error-integer", **changes: Any) -> JsonObject:
    """A finding inside an exchange line."""
    return {
        "requirement": requirement,
        "expected": "an integer",
        "observed": 'error is the string "401"',
        "signature": "string",
    } | changes


def defect(**changes: Any) -> JsonObject:
    """A finding inside a verdict line."""
    return {
        "expected": "error is an int32 integer",
        "observed": 'error is the string "401"',
        "count": 40,
        "rate": "40 of 40",
        "intermittent": False,
        "accepted": None,
        "exchange": evidence(),
    } | changes


def verdict(requirement: str = "error.error-integer", outcome: str = "passed", **changes: Any) -> JsonObject:
    """A verdict line."""
    return {
        "record": "verdict",
        "requirement": requirement,
        "title": TITLES.get(requirement, requirement),
        "family": requirement.partition(".")[0],
        "level": "recommended" if requirement in RECOMMENDED else "required",
        "outcome": outcome,
        "reason": "",
        "judged": 40,
        "sentence": "The error code.",
        "source": "contract, #/components/schemas/Error/properties/error",
        "link": "https://developer.cobee.io/reference/post_oauth-token",
        "why": "A partner's client that reads the code as a number fails to parse the refusal, and shows its user a crash.",
        "mend": 'Write the status as a JSON number: 401, not "401".',
        "findings": [],
        "more": 0,
    } | changes


def scenario(name: str = "credentials.unknown-client", **changes: Any) -> JsonObject:
    """A scenario line."""
    return {
        "record": "scenario",
        "scenario": name,
        "title": "Well-formed credentials that are no client's",
        "outcome": "completed",
        "reason": "",
        "requests": 3,
        "seconds": 0.012,
        "findings": 0,
    } | changes


def run(**changes: Any) -> JsonObject:
    """A run line."""
    return {
        "record": "run",
        "format": 1,
        "run_id": "5f1c09ab",
        "suite": {"name": "partners-api-conformance", "version": "0.1.0", "commit": "6d1f702"},
        "started": "2026-11-24T00:00:00Z",
        "target": {"name": "embedded", "base_url": BASE_URL},
        "profile": "release",
        "strict": False,
        "seed": 1,
        "contract": {
            "title": "Partners API",
            "version": "1.0.0",
            "sha256": "9f2b5c1e" * 8,
            "coverage": {
                "promises": 31,
                "covered": 30,
                "uncovered": ["/paths/~1oauth~1token/post/responses/200/content/application~1json/example"],
            },
        },
        "tools": {"python": "3.11.7", "hypothesis": "6.170.15", "schemathesis": "4.32.5"},
        "settings": {"PARTNERS_API_TARGET": "embedded", "PARTNERS_API_CLIENT_SECRET": "**********"},
        "policy": {
            "requests_per_second": None,
            "concurrency": 4,
            "requests": 300,
            "true_client_refusals": 60,
            "withheld": ["oversize"],
        },
        "plan": {
            "requests": 250,
            "true_client_refusals": 21,
            "scenarios": [
                {"scenario": "valid.plain", "title": "Valid credentials", "requests": 4},
                {"scenario": "credentials.unknown-client", "title": "Credentials that are no client's", "requests": 12},
            ],
            "withheld": [{"scenario": "oversize", "reason": "never sent to production"}],
        },
    } | changes


def end(**changes: Any) -> JsonObject:
    """An end line."""
    return {
        "record": "end",
        "overall": "conformant",
        "exit_code": 0,
        "requests": 250,
        "seconds": 1.234,
        "ended": "2026-11-24T00:00:02Z",
        "partial": False,
        "stopped": None,
        "counts": {},
        "dropped": [],
    } | changes


def _documentation() -> list[JsonObject]:
    accepted = "The published page contradicts itself; reported to the provider on 2026-11-02."
    pointer = "/paths/~1oauth~1token/post/responses/400/content/application~1json/example"
    return [
        verdict(
            "documentation.examples-match-schemas",
            "deviating",
            sentence="The example SHOULD match the media type's schema.",
            source="OpenAPI 3.0.3, Media Type Object",
            link="https://spec.openapis.org/oas/v3.0.3#media-type-object",
            why="A partner who builds against the example builds against answers that never come.",
            mend="Give the example the members error and message.",
            judged=3,
            findings=[
                defect(
                    expected="an example that satisfies Error",
                    observed="the 400 example has code where the schema requires error",
                    count=1,
                    rate="",
                    accepted=accepted,
                    exchange=None,
                    pointer=pointer,
                )
            ],
        ),
        verdict(
            "documentation.throttling-documented",
            "deviating",
            judged=1,
            findings=[
                defect(
                    expected="a 429 response",
                    observed="no 429 response is documented, though the API throttles",
                    count=1,
                    rate="",
                    accepted=accepted,
                    exchange=None,
                    pointer="/paths/~1oauth~1token/post/responses",
                )
            ],
        ),
    ]


def _scenarios() -> list[JsonObject]:
    return [
        scenario("valid.plain", title="Valid credentials", requests=4),
        scenario(),
        scenario("method.others", title="Other methods on the path", requests=9),
        scenario(
            "oversize", title="A body over 1 MiB", outcome="withheld", reason="never sent to production", requests=0
        ),
    ]


def passing() -> list[JsonObject]:
    """A run that conforms, with the document's own defects accepted."""
    skipped = {
        "jwt.signature-verifies": ("not-applicable", "No key set is configured (PARTNERS_API_JWKS_URL)."),
        "status.oversize": ("withheld", "The policy of this target withholds the scenario oversize."),
    }
    verdicts = []
    for requirement in TITLES:
        if not requirement.startswith("documentation."):
            outcome, reason = skipped.get(requirement, ("passed", ""))
            verdicts.append(verdict(requirement, outcome, reason=reason, judged=0 if reason else 40))
    exchanges = [exchange(number) for number in range(1, 6)]
    return [run(), *exchanges, *_scenarios(), *verdicts, *_documentation(), end()]


def failing(*, strict: bool = False) -> list[JsonObject]:
    """A run with a defect of each kind."""
    lines = [line for line in passing() if line["record"] in {"exchange", "scenario", "verdict"}]
    leaky = evidence(
        12,
        scenario="not-json.truncated",
        **{"class": "a body that is not JSON"},
        accepted=[400],
        request=request(
            body=body('{"clientId": "nobody-5f1c", "clie'), curl="curl -sS -i -X POST … --data-binary '{\"clie'"
        ),
        response=response(
            status=500,
            reason="Internal Server Error",
            headers=[["content-type", "text/html; charset=utf-8"]],
            body=body("<!doctype html><title>500</title>\n<h1>Internal Server Error</h1>\n<pre>Traceback …</pre>"),
        ),
    )
    silent = evidence(31, response=None, failure={"kind": "timeout", "detail": "no answer in 10 s", "blame": "server"})
    changed = {
        "error.error-integer": verdict("error.error-integer", "failed", findings=[defect()]),
        "status.not-json": verdict(
            "status.not-json",
            "failed",
            sentence="The request could not be understood by the server.",
            source="contract, #/paths/~1oauth~1token/post/responses/400",
            why="A client that sends a broken body is told that the server is broken, and tries again for ever.",
            mend="Catch the parse error of the body and answer 400 with an Error.",
            findings=[
                defect(
                    expected="400",
                    observed="500 with text/html",
                    count=3,
                    rate="3 of 40",
                    intermittent=True,
                    exchange=leaky,
                ),
                defect(expected="400", observed="no answer in 10 s", count=1, rate="1 of 40", exchange=silent),
            ],
            more=2,
        ),
        "protocol.www-authenticate": verdict(
            "protocol.www-authenticate",
            "warned",
            sentence="The server MUST send a WWW-Authenticate header field.",
            source="RFC 9110, section 15.5.2",
            link="https://www.rfc-editor.org/rfc/rfc9110#section-15.5.2",
            why="Generic HTTP clients cannot tell how to authenticate.",
            mend="Add WWW-Authenticate: Bearer to every 401.",
            findings=[defect(expected="a WWW-Authenticate field", observed="none on a 401", count=38, rate="38 of 38")],
        ),
        "token.token-type": verdict(
            "token.token-type",
            "recovered",
            reason='The accepted deviation "tokenType is bearer" no longer happens: remove the entry.',
        ),
        "security.exact-secret": verdict(
            "security.exact-secret", "blocked", judged=0, reason="No token was given for the true credentials."
        ),
        "protocol.response-time": verdict(
            "protocol.response-time", "error", judged=0, reason="The network dropped 12 connections of ours."
        ),
    }
    lines = [changed.get(line.get("requirement", ""), line) for line in lines]
    lines.insert(
        2, exchange(12, [finding("status.not-json", observed="500", signature="500")], **{"class": "not JSON"})
    )
    return [run(strict=strict), *lines, end(overall="nonconformant", exit_code=1)]


def inconclusive() -> list[JsonObject]:
    """A run against a target that cannot be reached."""
    reason = "The target refuses connections: 127.0.0.1:8080."
    verdicts = [verdict(requirement, "blocked", reason=reason, judged=0) for requirement in TITLES]
    scenarios = [scenario("valid.plain", outcome="blocked", reason=reason, requests=1)]
    stop = end(overall="inconclusive", exit_code=6, requests=1, partial=True, stopped=reason)
    return [run(), *scenarios, *verdicts, stop]


def killed() -> list[JsonObject]:
    """What is left of a run that was killed: exchanges with findings, no verdicts, no end."""
    found = [
        exchange(number, [finding("error.error-integer"), finding("jwt.exp-future", observed="exp was yesterday")])
        for number in range(1, 9)
    ]
    return [run(), *found, scenario()]


def saturated(text: str) -> list[JsonObject]:
    """A run in which every text that could come from outside is `text`."""

    def fill(value: Any, key: str = "") -> Any:
        if isinstance(value, Mapping):
            return {name: fill(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [fill(item, key) for item in value]
        fixed = {"record", "outcome", "overall", "level", "requirement"}
        return text if isinstance(value, str) and key not in fixed else value

    return [fill(line) for line in failing()]


def encoded(lines: Iterable[Mapping[str, Any]]) -> bytes:
    """The lines as a record's octets."""
    return b"".join(record.encode(line) for line in lines)


def store(folder: Path, lines: Iterable[Mapping[str, Any]]) -> Path:
    """Write the lines as `results.jsonl` into the folder."""
    path = folder / "results.jsonl"
    path.write_bytes(encoded(lines))
    return path


def viewed(lines: Iterable[Mapping[str, Any]]) -> View:
    """The view of a record with these lines, written and read as a run's is."""
    with tempfile.TemporaryDirectory() as folder:
        return view(store(Path(folder), lines))
