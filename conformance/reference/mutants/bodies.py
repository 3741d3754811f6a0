"""Tokens for bodies that violate the contract: readers and validators that forgive."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable
from typing import Any

from conformance.reference.behaviour import Behaviour
from conformance.reference.mutants import tools
from conformance.reference.mutants.model import Mutant
from conformance.reference.mutants.tables import applied
from conformance.reference.mutants.tools import reading, validating
from conformance.reference.values import Client, Credentials

_NAMES = ("clientId", "clientSecret")


def _repaired(pattern: str, replacement: str) -> Callable[[bytes], object]:
    """Read JSON after one kind of mistake has been mended."""
    return lambda octets: json.loads(re.sub(pattern, replacement, octets.decode("utf-8"), flags=re.DOTALL))


def _first_document(octets: bytes) -> object:
    value: object = json.JSONDecoder().raw_decode(octets.decode("utf-8").lstrip())[0]
    return value


def _first_line(octets: bytes) -> object:
    first, *_ = [json.loads(line) for line in octets.splitlines() if line.strip()]
    return first


def _embedded_document(octets: bytes) -> object:
    text = octets.decode("utf-8")
    return json.loads(text[text.index("{") : text.rindex("}") + 1])


def _literal(octets: bytes) -> object:
    try:
        return ast.literal_eval(octets.decode("utf-8"))
    except (SyntaxError, MemoryError) as error:
        raise ValueError(str(error)) from None


def _lines(octets: bytes) -> object:
    pairs = re.findall(r"(?m)^\s*(\w+)\s*[:=]\s*[\"']?(.*?)[\"']?\s*$", octets.decode("utf-8"))
    if not pairs:
        raise ValueError("no lines of name and value")
    return dict(pairs)


def _closed(octets: bytes) -> object:
    text = octets.decode("utf-8").rstrip()
    for end in ("}", '"}'):
        try:
            return json.loads(text + end)
        except ValueError:
            continue
    raise ValueError("not to be closed")


_READERS: tuple[tuple[str, str, Callable[[bytes], object]], ...] = (
    ("trailing-data-accepted", "What follows the first document is not read", _first_document),
    ("document-for-each-line-accepted", "A document for each line is read, and the first one taken", _first_line),
    ("leading-garbage-accepted", "What stands around the object is not read", _embedded_document),
    ("trailing-comma-accepted", "A comma before a closing bracket is read over", _repaired(r",(\s*[}\]])", r"\1")),
    ("leading-comma-accepted", "A comma after the opening brace is read over", _repaired(r"\{\s*,", "{")),
    ("missing-comma-accepted", "A missing comma is put in", _repaired(r'"\s+"', '","')),
    ("comments-accepted", "Comments are read over", _repaired(r"/\*.*?\*/|//[^\n]*|(?<=[{,\n])\s*#[^\n]*\n", "")),
    ("single-quotes-accepted", "Single quotes are read as JSON's", _literal),
    ("bare-names-accepted", "Member names need no quotes", _repaired(r"([{,]\s*)([A-Za-z_]\w*)\s*:", r'\1"\2":')),
    ("equals-sign-accepted", "An equals sign does for a colon", _repaired(r'"\s*=>?\s*', '":')),
    ("hexadecimal-numbers-accepted", "Hexadecimal numbers are read", _repaired(r":\s*0x[0-9a-fA-F]+", ":0")),
    ("leading-zeros-accepted", "Numbers may start with zeros or a plus sign", _repaired(r":\s*[+0]+(\d)", r":\1")),
    ("raw-control-characters-accepted", "Raw control characters inside strings are read",
     lambda octets: json.loads(octets.decode("utf-8"), strict=False)),
    ("unclosed-object-accepted", "A missing brace is put in", _closed),
    ("python-constants-accepted", "True, False and None are read", _literal),
    ("bad-escapes-accepted", "Escapes JSON does not know stand for their character", _repaired(r'\\([^"\\/bfnrtu])', r"\1")),
    ("yaml-accepted", "Lines of name and value are read", _lines),
    ("nul-terminated-body-accepted", "The body ends at a NUL", lambda octets: json.loads(octets.split(b"\0")[0].decode("utf-8"))),
)  # fmt: skip


def _unwrapped(value: Any) -> object:
    return {**value, **{name: value[name][0] for name in _NAMES if isinstance(value[name], list)}}


def _member_of(member: str) -> Callable[[Any], object]:
    def unwrap(value: Any) -> object:
        return {**value, **{name: value[name][member] for name in _NAMES if isinstance(value[name], dict)}}

    return unwrap


def _renamed(rename: Callable[[str], str]) -> Callable[[Any], object]:
    return lambda value: {rename(name): item for name, item in value.items()}


def _insensitively(name: str) -> str:
    return {known.lower(): known for known in _NAMES}.get(name.lower(), name)


def _camel_case(name: str) -> str:
    return re.sub("[_-](.)", lambda match: match[1].upper(), name)


def _positional(value: Any) -> object:
    client_id, secret = value
    return {"clientId": client_id, "clientSecret": secret}


_CONVERTERS: tuple[tuple[str, str, Callable[[Any], object]], ...] = (
    ("array-of-one-accepted", "An array around the object is taken off", lambda value: value[0]),
    ("object-in-a-string-accepted", "JSON in a JSON string is read", json.loads),
    ("object-below-data-accepted", "The object is found below data", lambda value: value["data"]),
    ("object-below-credentials-accepted", "The object is found below credentials", lambda value: value["credentials"]),
    ("positional-array-accepted", "An array of id and secret is taken for the object", _positional),
    ("letter-case-of-members-ignored", "Member names are bound without regard to letter case", _renamed(_insensitively)),
    ("snake-case-members-accepted", "client_id is taken for clientId", _renamed(_camel_case)),
    ("member-names-trimmed", "White space around member names is trimmed", _renamed(str.strip)),
    ("members-called-id-and-secret-accepted", "id and secret do for clientId and clientSecret",
     _renamed(lambda name: {"id": "clientId", "secret": "clientSecret"}.get(name, name))),
    ("members-called-username-accepted", "username and password do for clientId and clientSecret",
     _renamed(lambda name: {"username": "clientId", "password": "clientSecret"}.get(name, name))),
    ("array-of-one-string-accepted", "An array of one string is taken for the string", _unwrapped),
    ("array-joined", "An array of strings is joined",
     lambda value: {**value, **{n: "".join(value[n]) for n in _NAMES if isinstance(value[n], list)}}),
    ("value-object-accepted", "An object with value is taken for the string", _member_of("value")),
    ("equality-operator-accepted", 'An object {"$eq": …} is taken for the string', _member_of("$eq")),
)  # fmt: skip

_ANYTHING = "\0 anything \0"


def _matching_anything(condition: Callable[[object], bool], name: str = "clientSecret") -> tools.Apply:
    """Let a value that satisfies `condition` match whatever the true one is."""

    def convert(value: Any) -> object:
        return {**value, name: _ANYTHING} if condition(value.get(name, ...)) else value

    def apply(behaviour: Behaviour) -> Behaviour:
        def authenticate(credentials: Credentials, client: Client) -> bool:
            given = {"clientId": credentials.client_id, "clientSecret": credentials.client_secret}
            if given[name] == _ANYTHING:
                given[name] = {"clientId": client.id, "clientSecret": client.secret}[name]
            return behaviour.authenticate(Credentials(given["clientId"], given["clientSecret"]), client)

        return tools.changing(authenticate=authenticate)(validating(convert)(behaviour))

    return apply


def _operator(value: object) -> bool:
    return isinstance(value, dict) and any(str(name).startswith("$") for name in value)


_LOOSE: tuple[tuple[str, str, tools.Apply], ...] = (
    ("operator-as-secret-accepted", 'An operator such as {"$ne": null} as clientSecret matches', _matching_anything(_operator)),
    ("operator-as-client-id-accepted", "An operator as clientId finds the first client", _matching_anything(_operator, "clientId")),
    ("true-as-secret-accepted", "true equals any secret, as PHP compares", _matching_anything(lambda value: value is True)),
    ("zero-as-secret-accepted", "0 equals any secret, as PHP compared",
     _matching_anything(lambda value: value == 0 and value is not False)),
    ("false-as-secret-accepted", "false skips the comparison", _matching_anything(lambda value: value is False)),
    ("null-as-secret-accepted", "null as clientSecret skips the comparison", _matching_anything(lambda value: value is None)),
    ("missing-secret-accepted", "A missing clientSecret makes a public client", _matching_anything(lambda value: value is ...)),
    ("missing-client-id-accepted", "A missing clientId finds the first client with that secret",
     _matching_anything(lambda value: value is ..., "clientId")),
    ("null-as-client-id-accepted", "null as clientId finds the first client with that secret",
     _matching_anything(lambda value: value is None, "clientId")),
    ("empty-array-as-secret-accepted", "An empty array makes the comparison fail, and failing passes",
     _matching_anything(lambda value: value == [])),
    ("empty-object-as-secret-accepted", "An empty object is a condition that all satisfy",
     _matching_anything(lambda value: value == {})),
    ("number-as-secret-accepted", "A number as clientSecret is not compared",
     _matching_anything(lambda value: isinstance(value, int | float) and not isinstance(value, bool))),
)  # fmt: skip


def _token_for_nothing(behaviour: Behaviour) -> Behaviour:
    """Read an empty body as the one before it: a buffer that is not cleared."""
    last = b""

    def read(octets: bytes) -> object:
        nonlocal last
        last = octets or last
        return behaviour.read_body(last)

    return tools.changing(read_body=read)(behaviour)


def _half_remembered(behaviour: Behaviour) -> Behaviour:
    """Fill in members that are missing from the request before it."""
    last: dict[str, object] = {}

    def check(value: object) -> Credentials:
        nonlocal last
        if isinstance(value, dict):
            value = {**last, **value}
            last = {name: value[name] for name in _NAMES if name in value}
        return behaviour.validate(value)

    return tools.changing(validate=check)(behaviour)


_STATUSES = (
    "status.not-json",
    "status.not-an-object",
    "status.missing-member",
    "status.wrong-type",
    "status.unusual-json",
    "status.empty-body",
)

MUTANTS: tuple[Mutant, ...] = (
    *applied("security.invalid-body-no-token", ((n, t, reading(read)) for n, t, read in _READERS), _STATUSES),
    *applied(
        "security.invalid-body-no-token", ((n, t, validating(convert)) for n, t, convert in _CONVERTERS), _STATUSES
    ),
    *applied("security.invalid-body-no-token", _LOOSE, _STATUSES),
    Mutant(
        name="empty-body-repeats-the-last",
        requirement="security.invalid-body-no-token",
        company=(*_STATUSES, "security.other-channel-no-token"),
        title="An empty body right after a good one is read as that one",
        kind="sequence",
        apply=_token_for_nothing,
    ),
    Mutant(
        name="missing-members-remembered",
        requirement="security.invalid-body-no-token",
        company=(*_STATUSES, "security.other-channel-no-token"),
        title="A member that is missing is taken from the request before",
        kind="sequence",
        apply=_half_remembered,
    ),
)
