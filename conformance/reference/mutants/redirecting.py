"""Requests the server sends elsewhere (3xx)."""

from __future__ import annotations

from conformance.reference.mutants.model import Mutant
from conformance.reference.mutants.tables import on_branch
from conformance.reference.mutants.tools import CLIENT_ERRORS, Edit, editing, intercepting, plain, tenth
from conformance.reference.values import Answer, Cause


def _moved(code: int, location: str) -> Edit:
    return lambda _request, _answer: Answer(code, (("location", location),), b"", Cause.NOT_FOUND)


MUTANTS: tuple[Mutant, ...] = (
    *on_branch(
        "status.no-redirect",
        (Cause.CREDENTIALS,),
        (
            (
                "wrong-credentials-sent-to-login",
                "Wrong credentials are sent to a login page",
                _moved(302, "/login"),
                None,
            ),
            ("wrong-credentials-see-other", "Wrong credentials see an error page", _moved(303, "/errors/401"), None),
        ),
    ),
    *on_branch(
        "status.no-redirect",
        (Cause.METHOD,),
        (
            (
                "get-sent-to-the-manual",
                "GET is sent to the documentation",
                _moved(302, "/docs"),
                lambda r: r.method == "GET",
            ),
            (
                "head-moved",
                "HEAD is moved to a trailing slash",
                _moved(301, "/api/v3/oauth/token/"),
                lambda r: r.method == "HEAD",
            ),
        ),
    ),
    *on_branch(
        "status.no-redirect",
        (Cause.NOT_FOUND,),
        (("unknown-path-sent-to-login", "A path that is none is sent to a login page", _moved(302, "/login"), None),),
    ),
    *on_branch(
        "status.no-redirect",
        CLIENT_ERRORS,
        (("malformed-sent-to-an-error-page", "A bad body is sent to an error page", _moved(302, "/error"), None),),
    ),
    *on_branch(
        "status.no-redirect",
        (Cause.MEDIA_TYPE,),
        (
            (
                "form-sent-to-login",
                "A media type that is not JSON is sent to the login form",
                _moved(302, "/login"),
                None,
            ),
        ),
    ),
    Mutant(
        name="browser-sent-to-the-portal",
        requirement="status.no-redirect",
        company=("status.unrelated-headers",),
        title="Who accepts text/html is taken for a browser and sent to the portal",
        kind="one-class",
        apply=intercepting(
            lambda request: "text/html" in (request.header("accept") or ""),
            plain(302, "text/html", "", ("location", "/portal")),
        ),
    ),
    Mutant(
        name="cookie-sent-to-renew-the-session",
        requirement="status.no-redirect",
        company=("status.unrelated-headers",),
        title="A cookie of no session is sent to renew it",
        kind="one-class",
        apply=intercepting(
            lambda request: request.header("cookie") is not None, plain(307, "text/plain", "", ("location", "/session"))
        ),
    ),
    Mutant(
        name="one-in-ten-tokens-is-elsewhere",
        requirement="status.no-redirect",
        company=("status.same-answer", "status.valid-credentials"),
        title="One in ten valid requests is sent to another node",
        kind="sometimes",
        apply=editing(_moved(307, "/api/v3/oauth/token?node=2"), Cause.TOKEN, trigger=tenth),
    ),
)
