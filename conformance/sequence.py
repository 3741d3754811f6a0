"""What only shows between exchanges: answers that drift, tokens that are not their own, refusals that tell too much.

Keeps little: bounded maps, whatever the length of the run.
"""

from __future__ import annotations

import hashlib
import os
import re
import statistics
from collections import OrderedDict
from collections.abc import Mapping
from typing import TypeAlias, TypeVar

from conformance.checks.assessment import READ, Assessment, Sight, show
from conformance.jws import CompactJws, well_known_key
from conformance.pair import INHERITED
from conformance.targets import Credentials
from conformance.well_known_keys import derived_keys, well_known_keys

Key = TypeVar("Key")
Value = TypeVar("Value")
Aspect: TypeAlias = tuple[tuple[str, str], ...]
"""What there is of a refusal by name, less what varies by itself."""

MOST = 4096
FULL_KEY_SEARCHES = 24
SHORTEST_ID = 8  # characters of a client id that is told from the words of an answer
FEW = 3  # refusals of either kind, from which it is no chance that all of one kind are alike
ENOUGH = 12  # refusals of either kind whose times are compared
STRAY = 0.15  # share of them that a busy moment explains
SLOWER = 3.0  # times as long as the slowest of the other kind
NOTICED = 0.05  # seconds that anybody can measure over a network
IDENTITY = ("iss", "aud", "sub", "azp", "client_id", "userId")
#: fields that come and go by themselves
PASSING = re.compile(
    r"x-ratelimit-.*|ratelimit.*|retry-after|date|age|connection|keep-alive|transfer-encoding|content-length|set-cookie|via|cf-.*"
)
#: what two exchanges break together: nothing that one request carries explains it
BETWEEN = frozenset({"security.same-refusal", "jwt.unique-id", "status.same-answer"})
COUNTED = 3.0  # seconds in which a count of whole seconds has moved, however it is rounded
ROUNDED = 1.0  # seconds by which a whole number of them may be too few
LONGEST = 86_400  # seconds of a life that no run outlives
SHORT_LIVED = 8  # seconds of a life whose end is worth waiting for
ANEW = 1.1  # seconds after which a token made anew is another, even without an id of its own
_VARYING = re.compile(r"[0-9a-fA-F-]{6,}|\d+")


class Sequence:
    """The memory of a run: first identity, token ids, statuses by request, refusals by kind of client."""

    def __init__(self, credentials: Credentials | None) -> None:
        self._credentials = credentials
        self._ids: OrderedDict[str, bytes] = OrderedDict()
        self._signatures: OrderedDict[str, bytes] = OrderedDict()
        self._statuses: OrderedDict[int, int] = OrderedDict()
        self._identity: dict[str, object] | None = None
        self._searched: OrderedDict[bytes, None] = OrderedDict()
        # by token, when it was first given and what expiresIn said
        self._lifetimes: OrderedDict[bytes, tuple[float, int]] = OrderedDict()
        # when what was given more than once tells something
        self._telling: float | None = None
        # by aspect, what was told to those who name no client, and to those who name the true one
        self._refusals: dict[str, tuple[set[Aspect], set[Aspect]]] = {}
        self._refused = [0, 0]
        self._times: tuple[list[float], list[float]] = ([], [])
        # the smallest request whose answer told the two apart: octets of its body, and which it is
        self._told: tuple[int, int] | None = None

    def observe(self, sight: Sight, parsed: CompactJws | None, found: Assessment) -> None:
        """Judge an exchange against those before it."""
        self._same_answer(sight, found)
        self._same_refusal(sight, found)
        if parsed is not None and parsed.compact:
            self._token(sight, parsed, found)

    def until_counted(self, now: float) -> float:
        """Seconds until a token that was given more than once should show that it grows older, or is dead."""
        return 0.0 if self._telling is None else max(0.0, self._telling - now)

    def _lifetime(self, sight: Sight, parsed: CompactJws, digest: bytes, found: Assessment) -> None:
        """A token may be given again while it lives, with expiresIn counting down (design, section 5, Token)."""
        told, now = sight.text.value.get("expiresIn"), sight.exchange.sent_at
        # one without a time of its own is the same however often it is made
        if not isinstance(told, int) or isinstance(told, bool) or not parsed.has_claim("exp"):
            return
        since, before = self._lifetimes.setdefault(digest, (sight.exchange.answered_at, told))
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

    def _same_refusal(self, sight: Sight, found: Assessment) -> None:
        request_class, status = sight.request_class, sight.response.status
        if (
            request_class.name != "wrong credentials"
            or status not in request_class.accepted
            or self._credentials is None
        ):
            return
        sent = sight.client_id
        if sent is None or (sent != self._credentials.client_id and request_class.true_client):
            return
        known = sent == self._credentials.client_id
        self._refused[known] += 1
        if sent in INHERITED:  # no stranger everywhere: it says neither what they are told nor what a client is
            return
        tells = ""
        for aspect, told in (("content", _refusal(sight)), ("fields", _fields(sight))):
            kept = self._refusals.setdefault(aspect, (set(), set()))
            kept[known].add(told)
            # answers that vary by themselves (a request id in the text) tell nothing
            steady = len(kept[0]) == 1 == len(kept[1]) and min(self._refused) >= FEW
            if steady and not tells and kept[0].isdisjoint(kept[1]):
                tells = _difference(*(dict(one) for (one,) in kept))
            if len(kept[known]) > MOST:
                return
        tells = tells or self._told_by_time(known, sight.exchange.elapsed)
        if not all(all(kept) for kept in self._refusals.values()):
            return
        request = sight.exchange.request
        this = (len(request.body or b""), hash((request.path, request.headers, request.body)))
        # once is enough, but for a smaller request, and for the same one asked again
        again = self._told is None or this[0] < self._told[0] or this == self._told
        found.expect(
            "security.same-refusal",
            not (tells and again),
            "one answer for an unknown client and a wrong secret",
            f"an answer that tells whether the client exists: {tells}",
            "differs",
        )
        if tells and again:
            self._told = this

    def _told_by_time(self, known: bool, seconds: float) -> str:  # noqa: FBT001 - of which of the two it is the time
        """What the time alone tells, where nearly each of the one kind is far slower than nearly any of the other."""
        times = self._times[known]
        if len(times) < MOST:
            times.append(seconds)
        if any(len(one) < ENOUGH for one in self._times):
            return ""
        fast, slow = sorted((sorted(one) for one in self._times), key=statistics.median)
        slowest, fastest = fast[int((1 - STRAY) * len(fast))], slow[int(STRAY * len(slow))]
        if fastest <= SLOWER * slowest or fastest - slowest <= NOTICED:
            return ""
        medians = [f"{statistics.median(one):.2f} s" for one in self._times]
        return _difference(*({"its time": one} for one in medians))

    def _token(self, sight: Sight, parsed: CompactJws, found: Assessment) -> None:
        token = sight.access_token or ""
        digest = hashlib.blake2b(token.encode("utf-8", "replace"), digest_size=12).digest()
        jti = parsed.claim("jti")
        if isinstance(jti, str):
            before = self._ids.get(jti)
            _keep(self._ids, jti, digest)
            found.expect(
                "jwt.unique-id",
                before in (None, digest),
                "a jti of its own for each token",
                "the jti of another token",
                "shared",
            )
        identity = {name: parsed.claim(name) for name in IDENTITY if parsed.has_claim(name)}
        if "aud" in identity:
            identity["aud"] = _audiences(identity["aud"])
        if self._identity is None:
            self._identity = identity
        changed = [
            name
            for name in dict.fromkeys((*self._identity, *identity))
            if self._identity.get(name) != identity.get(name)
        ]
        found.expect(
            "jwt.stable-identity",
            not changed,
            "the same issuer, audience and subject",
            f"another {', '.join(changed)}",
            ",".join(changed),
        )
        self._lifetime(sight, parsed, digest, found)
        self._signature(token, parsed, found)
        self._key(token, digest, parsed, found)

    def _signature(self, token: str, parsed: CompactJws, found: Assessment) -> None:
        """Tokens of other content have other signatures (RFC 7515, section 5.1): a constant one is none."""
        signed, _, signature = token.rpartition(".")
        before = self._signatures.get(signature)
        _keep(self._signatures, signature, hashlib.blake2b(signed.encode("utf-8", "replace"), digest_size=12).digest())
        cut = any(finding.requirement == "jwt.signature-length" for finding in found.findings)
        if before is not None and parsed.signature and not cut:
            found.expect(
                "jwt.signature-genuine",
                before == self._signatures[signature],
                "a signature computed for the token",
                "the signature of another token",
                "another's",
            )

    def _key(self, token: str, digest: bytes, parsed: CompactJws, found: Assessment) -> None:
        alg = parsed.alg
        if not isinstance(alg, str) or not alg.startswith("HS"):
            found.keep("security.no-well-known-key")
            return
        if digest in self._searched or len(self._searched) >= FULL_KEY_SEARCHES:
            return
        self._searched[digest] = None
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


def _audiences(value: object) -> list[str]:
    """Whom a token is for, in no order; one audience may stand without its array (RFC 7519, section 4.1.3)."""
    return sorted(map(repr, value)) if isinstance(value, list) else [repr(value)]


def _refusal(sight: Sight) -> Aspect:
    """What a person can tell two refusals apart by, less what varies by itself."""
    value = sight.text.value
    told: dict[str, object] = {"status": sight.response.status}
    challenge = sight.response.header("www-authenticate")
    if challenge is not None:
        told["WWW-Authenticate"] = challenge
    if isinstance(value, dict):
        told["members"] = sorted(map(str, value))
        told |= {name: value.get(name) for name in ("message", "error", "code", "detail")}
    # it may stand in the message itself
    client_id = sight.client_id or ""
    return tuple(
        (name, _VARYING.sub("#", repr(_without(one, client_id) if isinstance(one, str) else one)))
        for name, one in told.items()
    )


def _difference(stranger: Mapping[str, str], own: Mapping[str, str]) -> str:
    """The first thing that differs between a refusal of an unknown client and one of a wrong secret, in words."""
    name = next(one for one in dict.fromkeys((*stranger, *own)) if stranger.get(one) != own.get(one))
    one, other = (told.get(name, "missing")[:READ] for told in (stranger, own))
    return f"{name} {one} for an unknown client, {other} for a wrong secret"


def _without(text: str, client_id: str) -> str:
    """A text without the client id that it names, in whole or cut off where it is long.

    A short one may be a word of the answer: taking it out of the one would make the two differ.
    """
    if len(client_id) < SHORTEST_ID:
        return text
    start = text.find(client_id[:SHORTEST_ID])
    if start < 0:
        return text
    same = os.path.commonprefix((text[start:], client_id))  # noqa: RUF071 - characters are what is meant
    return text[:start] + "#" + text[start + len(same) :]


def _fields(sight: Sight) -> Aspect:
    """The names of an answer's fields, less those that come and go."""
    names = {name.lower() for name, _ in sight.response.headers}
    return tuple((f"field {name}", "sent") for name in sorted(names) if not PASSING.fullmatch(name))
