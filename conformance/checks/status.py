"""Status codes: what each class of request may be answered (design, section 5)."""

from __future__ import annotations

import json
from collections.abc import Iterator

from conformance.checks.assessment import Assessment, Sight, show
from conformance.messages import Disguise, Request


def check_status(sight: Sight, found: Assessment) -> bool:
    """Judge the status code; return whether it is one that was accepted, so that the shape of the answer counts."""
    status = sight.response.status
    request_class = sight.request_class
    forbidden = request_class.token_requirement
    gave = gives_token(sight)
    if forbidden and not gave:
        found.uphold(forbidden)
    server_error = status >= 500 and status not in request_class.accepted
    asked = f"for {request_class.name}"
    seen = f"{asked} ({request_class.detail})" if request_class.detail else asked
    if not found.expect(
        "status.no-server-error",
        not server_error,
        "no 5xx, whatever was sent",
        f"{status} {seen}",
        f"{status} {request_class.requirement}",
    ):
        found.hindered[request_class.requirement] = "status.no-server-error"
        return False
    redirect = 300 <= status < 400 and status not in request_class.accepted
    location = sight.response.header("location") if redirect else None
    where = f", to {show(location)}" if location else ""
    if not found.expect("status.no-redirect", not redirect, "no redirect", f"{status} {asked}{where}", str(status)):
        found.hindered[request_class.requirement] = "status.no-redirect"
        return False
    if gave and forbidden:
        # whatever the status: OPTIONS may be answered with 200, and with a token by nobody
        near = near_miss(sight.exchange.request)
        found.fault(
            forbidden,
            f"no token {asked}",
            f"{status} with an accessToken {seen}" + (f": {near.label}" if near else ""),
            request_class.name,
            near.near if near else "",
        )
        return False
    refused = status == 200 and not gave and not request_class.due and _tells_an_error(sight)
    if status in request_class.accepted and not refused:
        found.uphold(request_class.requirement)
        return True
    accepted = _listed(request_class.accepted - {status})
    observed = f"{status} {seen}" + (" with an error in its body" if refused else "")
    found.fault(request_class.requirement, f"{accepted} {asked}", observed, f"{status} {request_class.name}")
    return False


def _tells_an_error(sight: Sight) -> bool:
    """Whether a body says that the request has failed: a 200 that does is a refusal under a wrong status, no broken token."""
    body = sight.text.value if sight.request_class.documented else None
    return isinstance(body, dict) and bool(body.get("error"))


def near_miss(request: Request) -> Disguise | None:
    """The near miss of the true id or secret that a request carries; None where it carries none.

    Words are a scenario's, octets are what was sent: after shrinking a request may no longer hold what it was made with.
    """
    body = request.body or b""
    for disguise in request.disguises:
        if disguise.near and any(spelt in body for spelt in _spellings(disguise.value.reveal())):
            return disguise
    return None


def _spellings(text: str) -> Iterator[bytes]:
    yield json.dumps(text)[1:-1].encode()
    yield json.dumps(text, ensure_ascii=False)[1:-1].encode("utf-8", "surrogatepass")


def gives_token(sight: Sight) -> bool:
    """Whether the answer is a success that holds something to use as a token."""
    return 200 <= sight.response.status < 300 and sight.access_token is not None


def _listed(accepted: frozenset[int]) -> str:
    shown = [str(status) for status in sorted(accepted) if status <= 200 or status >= 300]
    if any(200 < status < 300 for status in accepted):
        shown = ["2xx", *(status for status in shown if status != "200")]
    return " or ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
