"""Where the text of settings comes from: options, the environment, `.env`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from conformance.errors import SettingsError
from conformance.secret import MASK

PREFIX = "PARTNERS_API_"
#: The setting that gives a run more time, which a run that was cut short for want of it names.
TIME_BUDGET = f"{PREFIX}TIME_BUDGET"

#: How alike a name of `.env` without our prefix and one of ours are where the latter was meant. Two letters of twenty may differ:
#: in somebody's own names more of them do.
MEANT = 0.9
#: What word processors and mail programs make of ' and ".
_TYPOGRAPHIC = tuple("‘’‚‛“”„‟«»‹›")

OptionValue = str | bool | Sequence[str] | None


@dataclass(frozen=True, slots=True)
class Origin:
    """Text somebody gave, and where.

    source: "option", "environment", ".env, line 3" or "default".
    text: as it was written; the mask, once it leaves `conformance.settings`, for a secret that is set.
    cut: a # behind white space ended it, with no quotes around: a comment, or a part of the value that is lost.
    """

    source: str
    text: str = field(repr=False)
    cut: bool = False


def gather(
    options: Mapping[str, OptionValue],
    environ: Mapping[str, str],
    dotenv: Path | None,
    variables: Mapping[str, str],
    *,
    lenient: bool = False,
) -> dict[str, Origin]:
    """What was given, by name of the setting; an option beats the environment, which beats `dotenv`.

    options: by name of the setting. variables: variable → name, every one there is.
    lenient: what is neither is passed over.
    Raises SettingsError for a variable with our prefix that is none of them, and for a `.env` that cannot be read, gives
    one of them two values, or has a name that is nearly one of them.
    """
    given: dict[str, Origin] = {}
    environment = [
        (key, Origin("environment", text)) for key, text in sorted(environ.items()) if key.startswith(PREFIX)
    ]
    for key, origin in [*_assignments(dotenv, variables, lenient=lenient), *environment]:
        if key not in variables:
            if lenient:
                continue
            # Compared without the prefix: with it, every name is near every other.
            close = near(key.removeprefix(PREFIX), [variable.removeprefix(PREFIX) for variable in variables])
            hint = f"; did you mean {PREFIX}{close}?" if close else "; .env.example lists them all"
            where = "" if origin.source == "environment" else f" ({origin.source})"
            # The value stays hidden: a misspelt name may well hold a secret.
            raise SettingsError(key, MASK, f"there is no such setting{where}{hint}")
        if origin.text:
            given[variables[key]] = origin
    for name, value in options.items():
        text = _option_text(value)
        if text is not None:
            given[name] = Origin("option", text)
    return given


def near(word: str, words: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The one of `words` that was most likely meant, or None where none is as near as `cutoff`, of 1."""
    # Imported here: only a mistake needs it.
    import difflib

    by_lower = {each.lower(): each for each in words}
    close = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=cutoff)
    return by_lower[close[0]] if close else None


def _assignments(path: Path | None, variables: Iterable[str], *, lenient: bool) -> list[tuple[str, Origin]]:
    """The assignments in `path` whose names have our prefix, in order; [] where there is no such file, or none is to be read."""
    content = _content(path, lenient=lenient)
    if not content:
        return []
    # Imported here: most runs have no .env, and start-up is measured.
    import io

    from dotenv.parser import parse_stream

    found: list[tuple[str, Origin]] = []
    lines: dict[str, str] = {}
    # The parser, not `dotenv_values`: that one logs a bad line and goes on, and replaces ${…} in values.
    for binding in parse_stream(io.StringIO(content)):
        written = binding.original.string
        blank_lines = written[: len(written) - len(written.lstrip())].count("\n")
        where = f".env, line {binding.original.line + blank_lines}"
        if binding.error and not lenient:
            raise SettingsError(where, None, "a line is NAME='value' or a comment")
        if binding.key is None:
            continue
        if not lenient:
            _check(binding.key, binding.value, written, where, variables)
        if not binding.key.startswith(PREFIX):
            continue
        if binding.value and lines.setdefault(binding.key, where) != where and not lenient:
            # The first may be of another target, or out of date: which of the two is meant nobody can know.
            raise SettingsError(
                binding.key, MASK, f"it has a value in {lines[binding.key]} and in {where}; keep one of them"
            )
        found.append((binding.key, Origin(where, binding.value or "", _is_cut(written))))
    return found


def _content(path: Path | None, *, lenient: bool) -> str:
    """What stands in the file; "" where there is none, or it was turned off by a device or a pipe in its place.

    Raises SettingsError for what was meant to be one and cannot be read, such as the folder that Docker makes of a missing file.
    """
    if path is None or not os.path.lexists(path) or path.is_char_device() or path.is_fifo():
        return ""
    try:
        return path.read_text("utf-8-sig")
    except OSError as fault:
        wrong = SettingsError(".env", str(path), f"it has to be a file that can be read ({fault.strerror})")
    except UnicodeDecodeError as fault:
        line = fault.object[: fault.start].count(b"\n") + 1
        wrong = SettingsError(f".env, line {line}", None, "there are octets that are no UTF-8")
    if lenient:
        return ""
    raise wrong


def _check(name: str, value: str | None, written: str, where: str, variables: Iterable[str]) -> None:
    """Raise SettingsError for an assignment that was meant otherwise; its value, which may be a secret, stays hidden."""
    if not name.startswith(PREFIX):
        if meant := near(name, variables, MEANT):
            raise SettingsError(name, MASK, f"there is no such setting ({where}); did you mean {meant}?")
    elif value is None:
        raise SettingsError(name, None, f"there is no = behind it ({where}); a line is NAME='value' or a comment")
    elif written.partition("=")[2].strip().startswith(_TYPOGRAPHIC):
        raise SettingsError(name, MASK, f"the quotes round it are typographic ({where}); single quotes are '")


def _is_cut(assignment: str) -> bool:
    """Whether the parser takes what follows a # for a comment, where no quotes show what belongs to the value."""
    value = assignment.partition("=")[2].strip()
    return not value.startswith(("'", '"')) and any(f"{space}#" in value for space in " \t")


def _option_text(value: OptionValue) -> str | None:
    """An option's value as the text a variable would have, or None if it was not given."""
    if value is None or value is False or value == []:
        return None
    if value is True:
        return "true"
    return value if isinstance(value, str) else ",".join(value)
