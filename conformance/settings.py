"""Every setting of the suite, declared once, as one frozen object.

A setting has a value from, in this order: a command-line option, the environment, `.env` in the root directory, its
default. A blank value in the environment or in `.env` is no value: CI systems hand a missing secret over as "".

A field of `Settings` is the whole declaration: its name gives the variable (`seed` is `PARTNERS_API_SEED`), its metadata
the comment, the accepted values, the default and how text is read. `.env.example`, the options of pytest and the errors
are all made from that.

Numbers and choices are read here, in ten lines a kind, rather than by a validation library: the import costs every
start 25 ms, and its errors name neither the variable nor what it accepts.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from conformance import sources, values
from conformance.errors import SettingsError
from conformance.secret import MASK, Secret
from conformance.sources import PREFIX, OptionValue, Origin
from conformance.values import Reader

#: The root directory: what relative paths of `.env` and of defaults start from, and where `.env` itself is looked for.
ROOT = Path(__file__).resolve().parent.parent

#: Seed of every run whose profile is a gate: `smoke` and `release` send the same requests each time.
FIXED_SEED = 1

#: A variable that makes options the only source, where its value is "options": for commands that promise the same run everywhere.
#: No setting, as it decides where settings come from.
SOURCES = "CONFORMANCE_SETTINGS"

#: User name and password in a URL, a password with a slash in it too.
_USERINFO = re.compile(r"//.*@", re.DOTALL)

PROFILES = ("smoke", "release", "nightly")


@dataclass(frozen=True, slots=True)
class Declaration:
    """What is known about a setting.

    name: the field of `Settings`, and the key of `load`'s options.
    comment: what it is, in one or two plain sentences.
    reader: how its text is read, and what it accepts, in words.
    default: the text it has when nobody gives it one; "" is no value.
    option: its command-line option, or None.
    flag: the option takes no value.
    repeatable: the option may be given more than once.
    group: the heading it stands under in `.env.example`.
    """

    name: str
    comment: str
    reader: Reader
    default: str
    option: str | None
    flag: bool
    repeatable: bool
    group: str

    @property
    def variable(self) -> str:
        """Its name in the environment and in `.env`."""
        return PREFIX + self.name.upper()

    @property
    def secret(self) -> bool:
        """Whether its value is never shown."""
        return self.reader.secret


def _setting(
    comment: str,
    reader: Reader,
    *,
    default: str = "",
    option: str | None = None,
    flag: bool = False,
    repeatable: bool = False,
    group: str = "",
) -> Any:
    """Declare a field of `Settings`; typed as any field's value has to be."""
    return field(metadata={"is": (comment, reader, default, option, flag, repeatable, group)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the user asked for, checked value by value. What a target makes of it is decided by `conformance.targets`.

    None means "not given": the target's policy, or nothing, applies. Durations are seconds.
    """

    target: str = _setting(
        "The API to judge. A base URL ends before the paths of the contract.",
        values.text("embedded, pre-production, production, or a base URL such as http://127.0.0.1:8080/api/v3"),
        default="embedded",
        option="--target",
        group="What to run",
    )
    profile: str | None = _setting(
        "How much to send: smoke at most 25 requests, release 300, nightly 3,000. Left out: release, on production smoke.",
        values.choice(*PROFILES),
        option="--profile",
    )
    strict: bool = _setting(
        "Recommendations that are not kept fail the run too.",
        values.boolean(),
        default="false",
        option="--strict",
        flag=True,
    )
    requirement: tuple[str, ...] = _setting(
        "Only these requirements, and only the scenarios that can speak to them. Separate several with commas.",
        values.globs(),
        option="--requirement",
        repeatable=True,
    )
    plan: bool = _setting(
        "Send nothing: print what would be sent.",
        values.boolean(),
        default="false",
        option="--plan",
        flag=True,
    )
    reports_dir: Path = _setting(
        "Where junit.xml, report.html and results.jsonl go.",
        values.folder(),
        default="reports",
        option="--reports-dir",
    )
    seed: int | None = _setting(
        f"Reproduces a run. Left out: {FIXED_SEED} for smoke and release, a fresh one for nightly.",
        values.integer(0, 2**32 - 1),
        option="--seed",
    )

    client_id: Secret | None = _setting(
        "Credentials for a target given as a URL. Put values in single quotes.",
        values.secret(),
        group="Credentials: each target reads its own pair and never another's",
    )
    client_secret: Secret | None = _setting("The secret that belongs to it.", values.secret())
    pre_production_client_id: Secret | None = _setting("Credentials for pre-production.", values.secret())
    pre_production_client_secret: Secret | None = _setting("The secret that belongs to it.", values.secret())
    production_client_id: Secret | None = _setting("Credentials for production.", values.secret())
    production_client_secret: Secret | None = _setting("The secret that belongs to it.", values.secret())

    requests_per_second: float | None = _setting(
        "Left out, the target's policy holds; a value may lower it, never raise it.",
        values.number(0.01, 10_000),
        group="Safety: what the target may be asked to bear",
    )
    concurrency: int | None = _setting(
        "Requests under way at the same time. May lower the target's policy, never raise it.",
        values.integer(1, 64),
    )
    request_budget: int | None = _setting(
        "Requests in the whole run, repeats and shrinking included. May lower the profile's limit, never raise it.",
        values.integer(1, 1_000_000),
    )
    true_client_refusals: int | None = _setting(
        "Refused authentications allowed against the true client id. May lower the target's policy, never raise it; "
        "0 withholds every scenario that needs one.",
        values.integer(0, 10_000),
    )
    allow_plain_http: bool = _setting(
        "Accept http:// to a host other than this machine, for the key set too. Whoever sits between reads the client secret.",
        values.boolean(),
        default="false",
    )

    time_budget: float | None = _setting(
        "Seconds a run may take. Left out: 60 for smoke, 150 for release, 3600 for nightly.",
        values.number(1, 86_400),
        group="Time, all in seconds",
    )
    request_deadline: float = _setting(
        "Seconds an exchange may take from connecting to the last octet of the answer.",
        values.number(0.1, 300),
        default="10",
    )
    response_time_limit: float = _setting(
        "Seconds an answer may take before protocol.response-time is not kept. Shorter than the deadline: slower answers are not seen.",
        values.number(0.001, 300),
        default="5",
    )
    clock_tolerance: float = _setting(
        "Seconds by which the target's clock and ours may differ when a token's times are judged.",
        values.number(0, 3_600),
        default="30",
    )
    throttle_patience: float | None = _setting(
        "Seconds a run may spend waiting because the target said 429. Left out: 30 for smoke, 60 for release, 600 for nightly.",
        values.number(0, 86_400),
    )

    jwks_url: str | None = _setting(
        "Where the keys that sign tokens are published. Left out, signatures are not verified.",
        values.url(),
        group="Network and keys",
    )
    ca_bundle: Path | None = _setting(
        "Certificates to trust instead of the system's. TLS verification itself cannot be turned off.",
        values.certificates(),
    )
    proxy: Secret | None = _setting(
        "Proxy for every request but those to the embedded API. Proxy variables of the environment are not read. Never shown: it may hold a password.",
        values.proxy(),
    )

    contract_file: Path = _setting(
        "The contract: an OpenAPI document.",
        values.file(),
        default="spec/openapi.yaml",
        group="Other files than those under spec/",
    )
    overlay_file: Path = _setting(
        "What the contract says in prose only: an OpenAPI Overlay.",
        values.file(),
        default="spec/overlay.yaml",
    )
    requirements_file: Path = _setting(
        "The catalogue of requirements: the folder with its files.",
        values.existing_path(),
        default="spec/requirements",
    )
    deviations_file: Path = _setting(
        "The accepted deviations.",
        values.file(),
        default="spec/deviations.yaml",
    )

    origins: Mapping[str, Origin] = field(default_factory=dict, repr=False, compare=False)

    def describe(self) -> dict[str, str]:
        """Every setting under its variable, as it was written; "" where there is no value, a mask for a secret."""
        return {
            declaration.variable: self.origins[declaration.name].text if declaration.name in self.origins else ""
            for declaration in DECLARATIONS
        }

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The values that are never shown, of all settings that have one."""
        held = (getattr(self, declaration.name) for declaration in DECLARATIONS if declaration.secret)
        return tuple(value for value in held if value)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was passed over of `.env`, a line each: only of secrets, where a # is as likely as any other character."""
        return tuple(
            f"{self.origins[one.name].source}: what stands behind the # is not part of {one.variable}; if it is meant to be, put the value in single quotes"
            for one in DECLARATIONS
            if one.secret and one.name in self.origins and self.origins[one.name].cut
        )

    def spelled(self, name: str) -> str:
        """How the user set `name`: its option if that was it, else its variable. For errors found later."""
        declaration = BY_NAME[name]
        given = self.origins.get(name)
        return (
            declaration.option or declaration.variable if given and given.source == "option" else declaration.variable
        )

    def quoted(self, name: str) -> str:
        """How the user set `name`, and to what, for errors found later; a secret is masked."""
        return f"{self.spelled(name)}={self.origins[name].text!r}"

    def choose_seed(self, profile: str) -> int:
        """The seed of a run: the one asked for, the fixed one for a gate, a fresh one for `nightly`.

        Call it once a run: pytest-xdist's workers have to be told what it gave.
        """
        if self.seed is not None:
            return self.seed
        return int.from_bytes(os.urandom(4)) if profile == "nightly" else FIXED_SEED


DECLARATIONS: tuple[Declaration, ...] = tuple(
    Declaration(entry.name, *entry.metadata["is"]) for entry in fields(Settings) if "is" in entry.metadata
)
BY_NAME: Mapping[str, Declaration] = {declaration.name: declaration for declaration in DECLARATIONS}


def load(
    options: Mapping[str, OptionValue] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    root: Path = ROOT,
    here: Path | None = None,
    only: Collection[str] = (),
) -> Settings:
    """Read the settings.

    options: values of command-line options by field name; None and an empty list mean "not given".
    environ: the environment; `os.environ` unless given. Where it says that options are the only source, neither its settings
        nor `.env` are read.
    root: the directory that may hold `.env`; relative paths in it and in defaults start there.
    here: where relative paths of options and of the environment start; the current directory unless given.
    only: names of the settings that are needed, all unless given; the others keep their defaults, whatever is wrong with them.

    Raises SettingsError for a variable that is no setting and for a value that is not accepted, by itself or beside another.
    """
    here = here or Path.cwd()
    variables = {declaration.variable: declaration.name for declaration in DECLARATIONS}
    environ = os.environ if environ is None else environ
    dotenv: Path | None = root / ".env"
    if environ.get(SOURCES) == "options":
        environ, dotenv = {}, None
    given = sources.gather(options or {}, environ, dotenv, variables, lenient=bool(only))
    if only:
        given = {name: origin for name, origin in given.items() if name in only}
    hidden = tuple(origin.text for name, origin in given.items() if BY_NAME[name].secret)
    values_read: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    for declaration in DECLARATIONS:
        origin = given.get(declaration.name) or Origin("default", declaration.default)
        base = here if origin.source in ("option", "environment") else root
        values_read[declaration.name] = _read(declaration, origin, base, hidden)
        shown = MASK if declaration.secret and origin.text else origin.text
        origins[declaration.name] = Origin(origin.source, shown, origin.cut)
    settings = Settings(**values_read, origins=origins)
    if "response_time_limit" in given and settings.response_time_limit >= settings.request_deadline:
        deadline = f"{settings.spelled('request_deadline')}, which is {settings.request_deadline:g}"
        accepted = f"it has to be shorter than {deadline}: slower answers are not seen"
        raise SettingsError(settings.spelled("response_time_limit"), origins["response_time_limit"].text, accepted)
    return settings


def env_example() -> str:
    """The text of `.env.example`: every setting with comment, accepted values and default, commented out."""
    lines = [
        "# Settings of the conformance suite. Copy this file to .env and remove the # before what you want to set.",
        "# An option of the command line beats the environment, which beats .env, which beats the default shown here.",
        "# Anything else called PARTNERS_API_… is refused. This file is made from conformance/settings.py: `make env-example`.",
    ]
    for declaration in DECLARATIONS:
        if declaration.group:
            lines += ["", f"# ---- {declaration.group} ----"]
        option = f" Option: {declaration.option}." if declaration.option else ""
        lines += ["", f"# {declaration.comment}", f"# Accepted: {declaration.reader.accepted}.{option}"]
        lines.append(f"#{declaration.variable}={declaration.default}")
    return "\n".join(lines) + "\n"


def _read(declaration: Declaration, origin: Origin, base: Path, hidden: tuple[str, ...]) -> object:
    """The value of a setting, or SettingsError naming setting, value and what is accepted; `hidden` is never quoted."""
    reader, text = declaration.reader, origin.text
    if text == "" and origin.source != "option":
        return reader.nothing
    if origin.source == "default" and reader.is_path:
        # Not looked for: a file of ours that is missing is for its reader to report, a file of the user's is for us.
        return base / text
    try:
        return reader.read(text, base)
    except ValueError as fault:
        shown = (
            MASK if declaration.secret or any(word in text for word in hidden) else _USERINFO.sub(f"//{MASK}@", text)
        )
        name = declaration.option if origin.source == "option" and declaration.option else declaration.variable
        where = f" ({origin.source})" if origin.source.startswith(".env") else ""
        near = sources.near(text, reader.words)
        hint = f"; did you mean {near}?" if near else ""
        # a library's own words may quote the text
        why = f" ({fault})" if isinstance(fault, values.Unaccepted) and str(fault) else ""
        raise SettingsError(name, shown, f"it takes {reader.accepted}{why}{where}{hint}") from None
