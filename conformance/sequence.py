"""What only shows between exchanges: answers that drift, tokens that are not their own, refusals that tell too much.

Keeps little: bounded maps of hashes (64 bits, of a key that changes with each process), whatever the length of the run.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from typing import Any, TypeVar

from conformance import tokens
from conformance.checks.assessment import Assessment, Sight, names, show
from conformance.checks.foreign_data import everything, foreign_claims
from conformance.jws import CompactJws, well_known_key
from conformance.refusals import SHORTEST_ID, Refusals
from conformance.targets import Credentials
from conformance.well_known_keys import derived_keys, well_known_keys

Key = TypeVar("Key")
Value = TypeVar("Value")

MOST = 2048  # of each map: more than the tokens of a nightly run
FULL_KEY_SEARCHES = 24
IDENTITY = ("iss", "aud", "sub", "azp", "client_id", "userId")
#: that an answer shows what another request sent, and the signature of a token that does
FOREIGN, IN_A_TOKEN = "security.no-foreign-data", "token"
#: what two exchanges break together: nothing that one request carries explains it
BETWEEN = frozenset({"security.same-refusal", FOREIGN, "jwt.unique-id", "status.same-answer"})
COUNTED = 3.0  # seconds in which a count of whole seconds has moved, however it is rounded
ROUNDED = 1.0  # seconds by which a whole number of them may be too few
LONGEST = 86_400  # seconds of a life that no run outlives
SHORT_LIVED = 8  # seconds of a life whose end is worth waiting for
LONGEST_ID = 256  # characters of a client id that a token is searched for
ANEW = 1.1  # seconds after which a token made anew is another, even without an id of its own


class Sequence:
    """The memory of a run: first identity, token ids, statuses by request, refusals by kind of client."""

    def __init__(self, credentials: Credentials | None) -> None:
        self._credentials = credentials
        self._ids: OrderedDict[int, int] = OrderedDict()
        self._signatures: OrderedDict[int, int] = OrderedDict()
        self._statuses: OrderedDict[int, int] = OrderedDict()
        self._identity: dict[str, Any] | None = None
        # client ids that requests named, all but the true one
        self._named: OrderedDict[int, None] = OrderedDict()
        self._searched: set[int] = set()
        # by token, when it was first given and what expiresIn said
        self._lifetimes: OrderedDict[int, tuple[float, int]] = OrderedDict()
        # when what was given more than once tells something
        self._telling: float | None = None
        self._refusals = Refusals(credentials)

    def observe(self, sight: Sight, parsed: CompactJws | None, found: Assessment) -> None:
        """Judge an exchange against those before it."""
        self._same_answer(sight, found)
        self._refusals.observe(sight, found)
        if parsed is not None and parsed.compact:
            self._token(sight, parsed, found)
        self._name(sight.request_class.client_id)

    def _name(self, client_id: str | None) -> None:
        true = self._credentials.client_id if self._credentials is not None else None
        if client_id is not None and client_id != true and SHORTEST_ID <= len(client_id) <= LONGEST_ID:
            _keep(self._named, hash(client_id), None)

    def until_counted(self, now: float) -> float:
        """Seconds until a token that was given more than once should show that it grows older, or is dead."""
        return 0.0 if self._telling is None else max(0.0, self._telling - now)

    def _lifetime(self, sight: Sight, parsed: CompactJws, mark: int, found: Assessment) -> None:
        """A token may be given again while it lives, with expiresIn counting down (design, section 5, Token)."""
        told, now = sight.text.value.get("expiresIn"), sight.exchange.sent_at
        # one without a time of its own is the same however often it is made
        if not isinstance(told, int) or isinstance(told, bool) or not parsed.has_claim("exp"):
            return
        since, before = self._lifetimes.setdefault(mark, (sight.exchange.answered_at, told))
        if len(self._lifetimes) > MOST:
            self._lifetimes.popitem(last=False)
        over = since + min(before, LONGEST) + ROUNDED
        # without an id of its own a token may be made anew, and be the same, in the same second
        kept = parsed.has_claim("jti") or now - since > ANEW
        if now > since and before <= SHORT_LIVED:
            self._telling = over
        elif told != before:
            self._telling = None
        elif now > since and kept:
            self._telling = since + COUNTED
        if now > over and 0 < before < LONGEST:
            expected, observed = (
                "a token that is alive",
                f"a token that was to live {before} s, {now - since:.0f} s later",
            )
            found.expect("jwt.exp-future", told <= 0, expected, observed, "outlived")
        worse = any(finding.requirement in ("jwt.exp-future", "jwt.exp-agrees") for finding in found.findings)
        if now - since >= COUNTED and not worse:
            expected, observed = "expiresIn counting down", f"expiresIn {told} again, {now - since:.0f} s later"
            found.expect("jwt.exp-agrees", told < before, expected, f"{observed}, for the same token", "stands still")

    def _same_answer(self, sight: Sight, found: Assessment) -> None:
        request, status = sight.exchange.request, sight.response.status
        key = hash((request.method, request.path, request.headers, request.body))
        before = self._statuses.get(key)
        _keep(self._statuses, key, status)
        # where the status itself is a finding, its own requirement says so
        if before is not None and {before, status} <= sight.request_class.accepted:
            found.expect(
                "status.same-answer",
                before == status,
                f"{before} again",
                f"{status} to {sight.request_class.name} that got {before} before",
                f"{min(before, status)} {max(before, status)}",
            )

    def _token(self, sight: Sight, parsed: CompactJws, found: Assessment) -> None:
        token = sight.access_token or ""
        mark = hash(token)
        jti = parsed.claim("jti")
        if isinstance(jti, str):
            before = self._ids.get(hash(jti))
            _keep(self._ids, hash(jti), mark)
            found.expect(
                "jwt.unique-id",
                before in (None, mark),
                "a jti of its own for each token",
                "the jti of another token",
                "shared",
            )
        self._whose(sight, parsed, found)
        self._lifetime(sight, parsed, mark, found)
        self._signature(token, parsed, found)
        self._key(token, mark, parsed, found)

    def _whose(self, sight: Sight, parsed: CompactJws, found: Assessment) -> None:
        """A token is the caller's, and names the same one each time; whom another request named it does not name."""
        identity = {name: parsed.claim(name) for name in IDENTITY if parsed.has_claim(name)}
        foreign = dict(foreign_claims(parsed, sight.exchange.request))
        first = identity if self._identity is None else self._identity
        changed = [
            name for name in dict.fromkeys((*first, *identity)) if _compared(name, first) != _compared(name, identity)
        ]
        for name in changed:
            if self._is_anothers(identity.get(name), sight):
                foreign.setdefault(name, "a client id of another request")
        if foreign:
            observed = f"{next(iter(foreign.values()))}, in a token, as {names([*foreign])}"
            found.fault(FOREIGN, "nothing of another request", observed, IN_A_TOKEN)
            # what the token is to name, one that names another does not tell
            found.hindered["jwt.stable-identity"] = FOREIGN
        elif self._identity is None:
            self._identity = identity
        changed = [name for name in changed if name not in foreign]
        if changed or not foreign:
            found.expect(
                "jwt.stable-identity",
                not changed,
                "the same issuer, audience and subject",
                f"another {', '.join(_told(name, identity, first) for name in changed)}",
                ",".join(changed),
            )

    def _is_anothers(self, value: object, sight: Sight) -> bool:
        """Whether a claim names, by itself or as its local part, a client that an earlier request named and this one does not."""
        if not isinstance(value, str):
            return False
        asked = everything(sight.exchange.request)
        spelt = {value, value.partition("@")[0]}
        return any(hash(one) in self._named and one not in asked for one in spelt)

    def _signature(self, token: str, parsed: CompactJws, found: Assessment) -> None:
        """Tokens of other content have other signatures (RFC 7515, section 5.1): a constant one is none."""
        signed, _, signature = token.rpartition(".")
        before, content = self._signatures.get(hash(signature)), hash(signed)
        _keep(self._signatures, hash(signature), content)
        cut = any(finding.requirement == "jwt.signature-length" for finding in found.findings)
        if before is not None and parsed.signature and not cut:
            found.expect(
                "jwt.signature-genuine",
                before == content,
                "a signature computed for the token",
                "the signature of another token",
                "another's",
            )

    def _key(self, token: str, mark: int, parsed: CompactJws, found: Assessment) -> None:
        alg = parsed.alg
        if not isinstance(alg, str) or not alg.startswith("HS"):
            found.uphold("security.no-well-known-key")
            return
        if mark in self._searched or len(self._searched) >= FULL_KEY_SEARCHES:
            return
        self._searched.add(mark)
        own: dict[bytes, str] = {}
        if self._credentials is not None:
            own = derived_keys(self._credentials.client_id, self._credentials.client_secret.reveal())
        members = (parsed.claim("iss"), parsed.claim("aud"), parsed.claim("sub"), parsed.kid)
        guesses = [text.encode("utf-8", "surrogatepass") for text in members if isinstance(text, str)]
        key = well_known_key(token, (*own, *guesses, *well_known_keys()))
        shown = own.get(key or b"") or show((key or b"").decode("utf-8", "replace"))
        found.expect("security.no-well-known-key", key is None, "a key nobody can guess", f"signed with {shown}", "key")


def _keep(kept: OrderedDict[Key, Value], key: Key, value: Value) -> None:
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > MOST:
        kept.popitem(last=False)


def _compared(name: str, claims: dict[str, Any]) -> object:
    """The claim as it is compared: audiences in no order, and one may stand without its array (RFC 7519, section 4.1.3)."""
    value = claims.get(name)
    if name != "aud" or name not in claims:
        return value
    return sorted(map(repr, value)) if isinstance(value, list) else [repr(value)]


def _told(name: str, now: dict[str, Any], first: dict[str, Any]) -> str:
    """The name of a claim and, as far as a report may show them, what it is and what it was."""
    values = [tokens.shown_claim(name, claims[name]) if name in claims else None for claims in (now, first)]
    if tokens.HIDDEN in values:
        return name
    is_now, was = ("none" if value is None else json.dumps(value) for value in values)
    return f"{name} ({is_now}, before {was})"
