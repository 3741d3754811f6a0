"""Which requirements an exchange can speak to, told from the class of its request before it is sent."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.classification import RequestClass

EVERY = frozenset(
    {
        "status.no-server-error",
        "status.no-redirect",
        "status.same-answer",
        "protocol.well-formed-http",
        "protocol.answers-every-request",
        "protocol.bounded-answer",
        "protocol.content-coding",
        "protocol.date",
        "protocol.response-time",
        "security.no-stack-trace",
        "security.no-echo",
        "security.no-foreign-data",
    }
)
FAMILIES = {200: ("token.", "jwt."), 400: ("error.",), 401: ("error.",)}
#: of a family, the requirement that every answer is judged by which any other of the family can judge
FIRST_OF = {"token.": "token.content-type", "jwt.": "token.content-type", "error.": "error.content-type"}
OF_TOKENS = frozenset(
    {
        "security.not-publicly-cacheable",
        "security.no-store",
        "security.no-secret-in-token",
        "security.no-well-known-key",
        "security.no-key-in-header",
        "protocol.unique-members",
    }
)
OF_REFUSALS = frozenset(
    {"security.refusal-holds-no-token", "protocol.unique-members", "error.outside-contract", "error.status-agrees"}
)


def can_speak(request_class: RequestClass) -> frozenset[str]:
    """Ids of the requirements that an answer to such a request can be judged by; "jwt." stands for its family."""
    ids = set(EVERY) | {request_class.requirement, request_class.token_requirement} - {""}
    for status, families in FAMILIES.items():
        if status in request_class.accepted and request_class.documented:
            ids.update(families)
    if 200 in request_class.accepted:
        ids |= OF_TOKENS
    if not request_class.due:
        ids |= OF_REFUSALS
    if 401 in request_class.accepted:
        ids |= {"protocol.www-authenticate", "security.same-refusal"}
    if 405 in request_class.accepted:
        ids.add("protocol.allow")
    return frozenset(ids)


def due_to_speak(request_class: RequestClass) -> frozenset[str]:
    """Ids of the requirements that the answer due to such a request is judged by, whatever it says; "jwt." as above."""
    ids = {request_class.requirement, request_class.token_requirement} - {""}
    if request_class.accepted == {401}:
        ids |= {"protocol.www-authenticate", "security.same-refusal"}
    if request_class.documented and request_class.accepted <= {400, 401}:
        ids.update(FAMILIES[400])
    if request_class.due:
        ids.update(FAMILIES[200])
    return frozenset(ids)


def speaks_to(request_class: RequestClass, selected: frozenset[str]) -> bool:
    """Whether an exchange of this class can be judged by one of the selected requirements."""
    return bool(spoken_to((request_class,), selected))


def spoken_to(classes: Iterable[RequestClass], selected: Iterable[str]) -> frozenset[str]:
    """The selected requirements that exchanges of these classes can be judged by."""
    spoken = frozenset[str]().union(*map(can_speak, classes))
    prefixes = tuple(name for name in spoken if name.endswith("."))
    return frozenset(one for one in selected if one in spoken or one.startswith(prefixes))
