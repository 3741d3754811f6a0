"""Which API is judged, and what it may be asked to bear.

`resolve` is the one place that turns settings into a target and its policy. Nothing downstream asks which target it is:
it reads the policy. `RULES` is the one table of policies; a setting may lower a figure in it and never raise it. Nor does one
raise a time of `LIMITS` for pre-production or production.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from conformance import baseurl
from conformance.discreet import Discreet
from conformance.errors import SettingsError
from conformance.secret import MASK, Secret
from conformance.settings import Settings
from conformance.sources import PREFIX, near

#: Scenarios of these tags send a body over 1 MiB; a great many requests at once; random input; the true secret in a URL.
OVERSIZE, FLOOD, FUZZ, SECRET_IN_URL = "oversize", "flood", "fuzz", "secret-in-url"

EMBEDDED, PRE_PRODUCTION, PRODUCTION = "embedded", "pre-production", "production"
NAMED = (EMBEDDED, PRE_PRODUCTION, PRODUCTION)


class Kind(enum.Enum):
    """What sort of target it is; it chooses a row of `RULES` and nothing else."""

    EMBEDDED = "embedded"
    LOOPBACK = "loopback URL"
    OTHER = "other URL"
    PRE_PRODUCTION = "pre-production"
    PRODUCTION = "production"


class Credentials(Discreet, frozen=True):
    """A client's pair.

    client_id: who the client is; kept out of `repr`, because people do paste the secret in its place.
    client_secret: its secret.
    id_variable, secret_variable: the settings they came from, which a replayable command names instead of them.
    """

    hidden = frozenset({"client_id"})
    client_id: str
    client_secret: Secret
    id_variable: str = f"{PREFIX}CLIENT_ID"
    secret_variable: str = f"{PREFIX}CLIENT_SECRET"

    @property
    def id_name(self) -> str:
        """What stands for the client id wherever it is written: the variable, as a shell reads it."""
        return f"${self.id_variable}"

    @property
    def secret_name(self) -> str:
        """What stands for the secret."""
        return f"${self.secret_variable}"

    @property
    def variables(self) -> str:
        """The settings they came from, in words."""
        return f"{self.id_variable} and {self.secret_variable}"


class Rules(Struct, frozen=True):
    """A row of the table: what a kind of target is asked to bear, before settings lower it.

    requests_per_second: None for no limit. concurrency: requests under way at once.
    true_client_refusals: refused authentications against the true client id.
    withheld: tags of scenarios that are never sent. withheld_unless_named: those that are sent only where the user named
    the profile. profile: the one that holds where the user names none.
    """

    requests_per_second: float | None
    concurrency: int
    true_client_refusals: int
    withheld: frozenset[str]
    withheld_unless_named: frozenset[str] = frozenset()
    profile: str = "release"


class RunLimits(Struct, frozen=True):
    """What a profile may cost, whatever the target.

    requests: of the whole run, repeats and shrinking included. seconds: of the whole run.
    throttle_patience: seconds spent waiting because the target throttled. failure_patience: exchanges in a row without
    an answer, after which the target counts as gone.
    """

    requests: int
    seconds: float
    throttle_patience: float
    failure_patience: int


#: An unlimited rate is for what runs on this machine: nobody else pays for it. 400 refusals are more than a release
#: run can send, so nothing is ever withheld there for want of them. 4 connections keep a machine of two cores busy
#: without the order of answers becoming a matter of its own.
_OWN_MACHINE = Rules(None, 4, 400, frozenset())

RULES: Mapping[Kind, Rules] = {
    Kind.EMBEDDED: _OWN_MACHINE,
    # A developer's own server, or a tunnel to somebody else's: the suite cannot tell, which is why the credentials of
    # the named targets are never sent there.
    Kind.LOOPBACK: _OWN_MACHINE,
    # 10 a second is what one busy partner sends: no quota is published, and a release run still ends in half a minute.
    # 20 refusals: what the scenarios about the true client need, with one spare; providers that lock accounts count
    # failures within minutes and commonly stop at 10 for a *browser* login, far higher for a machine client.
    # Floods stay away from every machine that others use.
    Kind.OTHER: Rules(10.0, 4, 20, frozenset({FLOOD})),
    Kind.PRE_PRODUCTION: Rules(10.0, 4, 20, frozenset({FLOOD})),
    # 2 a second on one connection is less than one person clicking. 3 refusals: a lock at 5, the lowest limit in common
    # use, stays out of reach even when a person mistypes once on the same day. A secret in a URL stays in access logs;
    # a body over 1 MiB costs every hop; random input is for a person to ask for (design, "Safety").
    Kind.PRODUCTION: Rules(
        2.0, 1, 3, frozenset({OVERSIZE, FLOOD, SECRET_IN_URL}), withheld_unless_named=frozenset({FUZZ}), profile="smoke"
    ),
}

#: Requests are the design's figures. Seconds: a person waits a minute for smoke; release ends within three minutes of
#: being started whatever the target does, so it stops asking after two and a half; a night has an hour for nightly.
#: Waiting for a throttle may take half of a short run. Three failures in a row are a bad network, more are a target
#: that is gone; a night may ride out a restart.
LIMITS: Mapping[str, RunLimits] = {
    "smoke": RunLimits(requests=25, seconds=60.0, throttle_patience=30.0, failure_patience=3),
    "release": RunLimits(requests=300, seconds=150.0, throttle_patience=60.0, failure_patience=5),
    "nightly": RunLimits(requests=3_000, seconds=3_600.0, throttle_patience=600.0, failure_patience=10),
}


class Policy(Struct, frozen=True):
    """What this run may do to this target; every figure final.

    requests_per_second: None for no limit. seconds, throttle_patience: in seconds. failure_patience: in exchanges.
    withheld: tags of the scenarios that are not sent.
    lowered: the settings that lower how much is asked, by the figure: "requests", "true_client_refusals".
    """

    requests_per_second: float | None
    concurrency: int
    requests: int
    seconds: float
    true_client_refusals: int
    throttle_patience: float
    failure_patience: int
    withheld: frozenset[str]
    lowered: Mapping[str, str] = {}

    def describe(self) -> dict[str, object]:
        """The policy as the record shows it, sorted where order has no meaning."""
        return {
            "requests_per_second": self.requests_per_second,
            "concurrency": self.concurrency,
            "requests": self.requests,
            "seconds": self.seconds,
            "true_client_refusals": self.true_client_refusals,
            "throttle_patience": self.throttle_patience,
            "failure_patience": self.failure_patience,
            "withheld": sorted(self.withheld),
            "lowered": sorted(self.lowered.values()),
        }


class Target(Struct, frozen=True):
    """The API that is judged.

    name: "embedded", "pre-production", "production", or the base URL: what reports and deviations call it.
    base_url: without a slash at its end; "" until the embedded server runs.
    kind: the row of the table it has.
    profile: "smoke", "release" or "nightly".
    credentials: None where they are missing; then `missing` says which variables to set (exit code 6, not 4).
    jwks_url: where the keys that sign tokens are, or None.
    """

    name: str
    base_url: str
    kind: Kind
    profile: str
    policy: Policy
    credentials: Credentials | None
    missing: str = ""
    jwks_url: str | None = None

    @property
    def names_keys(self) -> bool:
        """Whether there is a key set to verify tokens by; the embedded server brings its own once it runs."""
        return self.jwks_url is not None or self.kind is Kind.EMBEDDED

    def started(self, base_url: str, credentials: Credentials, jwks_url: str | None) -> Target:
        """This target, once the embedded server runs: it brings all three."""
        return replace(self, base_url=base_url, credentials=credentials, missing="", jwks_url=self.jwks_url or jwks_url)


def resolve(settings: Settings, contract_servers: Sequence[str], paths: Sequence[str] = ()) -> Target:
    """The target that the settings name, with its policy.

    contract_servers: the URLs of the contract's `servers`, where the named targets are read.
    paths: those of the contract, templates included, in which no base URL ends.
    Raises SettingsError for a target that is none, for keys that anybody on the way could exchange, and for a figure that
    would raise the policy.
    """
    servers = _named_servers(contract_servers)
    word = settings.target
    if word == EMBEDDED:
        name, base_url, kind = word, "", Kind.EMBEDDED
    elif word in NAMED:
        if word not in servers:
            raise _refusal(settings, f"the contract's servers name no {word} API; a base URL does")
        name, base_url, kind = word, servers[word], Kind(word)
    else:
        base_url = _base_url(settings)
        if shorter := baseurl.before_path(base_url, paths):
            raise _refusal(settings, f"a base URL ends before the paths of the contract: here {shorter}")
        kind = _kind_of(settings, base_url, servers)
        name = base_url
    _check_keys(settings)
    credentials, missing = _credentials(settings, word)
    profile = settings.profile or RULES[kind].profile
    return Target(
        name, base_url, kind, profile, _policy(settings, kind, profile), credentials, missing, settings.jwks_url
    )


def _named_servers(contract_servers: Sequence[str]) -> dict[str, str]:
    """Base URL of each named target: a host that begins with "pre-" is pre-production's, the first other production's."""
    found: dict[str, str] = {}
    for server in contract_servers:
        host = urlsplit(server).hostname
        if host and not baseurl.is_loopback(host):
            found.setdefault(PRE_PRODUCTION if host.startswith("pre-") else PRODUCTION, server.rstrip("/"))
    return found


def _base_url(settings: Settings) -> str:
    """The target as a base URL, normalised. Raises SettingsError if it is none."""
    given = settings.target
    if "://" not in given:
        close = near(given, NAMED) or next((word for word in NAMED if word.startswith(given.lower())), None)
        hint = f"; did you mean {close}?" if close else ""
        raise _refusal(
            settings, f"it takes {', '.join(NAMED)}, or a base URL such as http://127.0.0.1:8080/api/v3{hint}"
        )
    try:
        return baseurl.parse(given)
    except ValueError as fault:
        raise _refusal(settings, str(fault)) from None


def _kind_of(settings: Settings, base_url: str, servers: Mapping[str, str]) -> Kind:
    """The kind of a target given as a URL. A named target's host is that target, however the URL is spelled."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    for name, server in servers.items():
        if host == baseurl.comparable(urlsplit(server).hostname or ""):
            if parts.scheme != "https":
                raise _refusal(settings, f"this host is {name}, which is asked over https:// only")
            return Kind(name)
    if baseurl.is_loopback(host):
        return Kind.LOOPBACK
    if parts.scheme == "http" and not settings.allow_plain_http:
        raise _refusal(
            settings,
            "http:// to another machine shows the client secret to everybody on the way; "
            f"use https://, or set {PREFIX}ALLOW_PLAIN_HTTP=true if that is meant",
        )
    return Kind.OTHER


def _check_keys(settings: Settings) -> None:
    """Refuse a key set over http:// from another machine: whoever is on the way says which signatures are right."""
    parts = urlsplit(settings.jwks_url or "")
    host = baseurl.comparable(parts.hostname or "") or ""
    if parts.scheme == "http" and not baseurl.is_loopback(host) and not settings.allow_plain_http:
        shown = MASK if parts.query else settings.jwks_url or ""
        why = (
            f"keys over http:// from another machine prove nothing; use https://, or set {PREFIX}ALLOW_PLAIN_HTTP=true"
        )
        raise SettingsError(settings.spelled("jwks_url"), shown, f"{why} if that is meant")


def _credentials(settings: Settings, word: str) -> tuple[Credentials | None, str]:
    """The pair that belongs to the target and "", or None and what to set. A URL has the generic pair, whoever's it is."""
    if word == EMBEDDED:
        return None, ""
    pairs = {
        PRE_PRODUCTION: (settings.pre_production_client_id, settings.pre_production_client_secret),
        PRODUCTION: (settings.production_client_id, settings.production_client_secret),
    }
    client_id, client_secret = pairs.get(word, (settings.client_id, settings.client_secret))
    own = f"{word.upper().replace('-', '_')}_" if word in pairs else ""
    variables = (f"{PREFIX}{own}CLIENT_ID", f"{PREFIX}{own}CLIENT_SECRET")
    if client_id and client_secret:
        return Credentials(client_id.reveal(), client_secret, *variables), ""
    unset = [name for name, value in zip(variables, (client_id, client_secret), strict=True) if not value]
    verb = "is" if len(unset) == 1 else "are"
    return None, f"{' and '.join(unset)} {verb} not set, neither in the environment nor in .env"


def _policy(settings: Settings, kind: Kind, profile: str) -> Policy:
    """The rules of the kind and the limits of the profile, lowered by what the settings say."""
    rules, limits = RULES[kind], LIMITS[profile]
    figures = (
        ("requests", "request_budget", limits.requests),
        ("true_client_refusals", "true_client_refusals", rules.true_client_refusals),
    )
    lowered = {
        figure: settings.spelled(name)
        for figure, name, limit in figures
        if (given := getattr(settings, name)) is not None and given < limit
    }
    return Policy(
        requests_per_second=_lowered(settings, "requests_per_second", rules.requests_per_second, kind.value),
        concurrency=_at_most(settings, "concurrency", rules.concurrency, kind.value),
        requests=_at_most(settings, "request_budget", limits.requests, profile),
        seconds=_seconds(settings, "time_budget", limits.seconds, kind, profile),
        true_client_refusals=_at_most(settings, "true_client_refusals", rules.true_client_refusals, kind.value),
        throttle_patience=_seconds(settings, "throttle_patience", limits.throttle_patience, kind, profile),
        failure_patience=limits.failure_patience,
        withheld=rules.withheld | (rules.withheld_unless_named if settings.profile is None else frozenset()),
        lowered=lowered,
    )


def _lowered(settings: Settings, name: str, limit: float | None, whose: str) -> float | None:
    """The setting if there is one, else the limit; SettingsError where the setting is above the limit."""
    value: float | None = getattr(settings, name)
    if value is None:
        return limit
    if limit is not None and value > limit:
        raise SettingsError(
            settings.spelled(name), f"{value:g}", f"at most {limit:g} for {whose}: a setting only lowers it"
        )
    return value


def _seconds(settings: Settings, name: str, limit: float, kind: Kind, profile: str) -> float:
    """A time of the profile; a setting raises it only where whoever runs the suite is the one to say: at any other URL, or here."""
    bound = limit if kind in (Kind.PRE_PRODUCTION, Kind.PRODUCTION) else None
    seconds = _lowered(settings, name, bound, profile)
    return limit if seconds is None else seconds


def _at_most(settings: Settings, name: str, limit: int, whose: str) -> int:
    """`_lowered` for a whole number that always has a limit."""
    lowered = _lowered(settings, name, limit, whose)
    return limit if lowered is None else int(lowered)


def _refusal(settings: Settings, why: str) -> SettingsError:
    """The error for a target that is not accepted; what may be a password in it, or a secret pasted there, is masked."""
    given = settings.target
    known = [secret.reveal() for secret in settings.secrets]
    if "@" in given or "?" in given or any(secret in given for secret in known):
        given = MASK
    for secret in known:
        why = why.replace(secret, MASK)
    return SettingsError(settings.spelled("target"), given, why)
