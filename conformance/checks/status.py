"""Status codes: what each class of request may be answered (design, section 5)."""

from __future__ import annotations

from conformance.checks.assessment import Assessment, Sight

FAMILIES = ("status",)


def check_status(sight: Sight, found: Assessment) -> bool:
    """Judge the status code; return whether it is one that was accepted, so that the shape of the answer counts."""
    status = sight.response.status
    request_class = sight.request_class
    unknown_method = 501 in request_class.accepted
    forbidden = request_class.token_requirement
    gave = gives_token(sight)
    if forbidden and not (gave and status not in request_class.accepted):
        found.expect(forbidden, True, "", "")
    server_error = status >= 500 and not (status == 501 and unknown_method)  # noqa: PLR2004 - RFC 9110, section 15.6
    asked = f"for {request_class.name}"
    if not found.expect(
        "status.no-server-error",
        not server_error,
        "no 5xx, whatever was sent",
        f"{status} {asked}",
        f"{status} {request_class.requirement}",
    ):
        return False
    redirect = 300 <= status < 400  # noqa: PLR2004 - RFC 9110, section 15.4
    if not found.expect("status.no-redirect", not redirect, "no redirect", f"{status} {asked}", str(status)):
        return False
    if status in request_class.accepted:
        found.expect(request_class.requirement, True, "", "")
        return True
    if gave and forbidden:
        return found.expect(
            request_class.token_requirement,
            False,
            f"no token {asked}",
            f"{status} with an accessToken {asked}",
            request_class.name,
        )
    accepted = _listed(request_class.accepted)
    return found.expect(
        request_class.requirement, False, f"{accepted} {asked}", f"{status}", f"{status} {request_class.name}"
    )


def gives_token(sight: Sight) -> bool:
    """Whether the answer is a success that holds something to use as a token."""
    return 200 <= sight.response.status < 300 and sight.access_token is not None  # noqa: PLR2004


def _listed(accepted: frozenset[int]) -> str:
    shown = [str(status) for status in sorted(accepted) if status <= 200 or status >= 300]  # noqa: PLR2004
    if any(200 < status < 300 for status in accepted):  # noqa: PLR2004
        shown = ["2xx", *(status for status in shown if status != "200")]
    return " or ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
