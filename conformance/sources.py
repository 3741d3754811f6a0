"""Where the text of settings comes from: options, the environment, `.env`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from conformance.errors import SettingsError
from conformance.secret import MASK

PREFIX = "PARTNERS_API_"

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
    Raises SettingsError for a variable with our prefix that is none of them, and for a `.env` that cannot be read or gives
    one of them two values.
    """
    given: dict[str, Origin] = {}
    environment = [
        (key, Origin("environment", text)) for key, text in sorted(environ.items()) if key.startswith(PREFIX)
    ]
    for key, origin in [*_assignments(dotenv, lenient=lenient), *environment]:
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


def near(word: str, words: Iterable[str]) -> str | None:
    """The one of `words` that was most likely meant, or None."""
    # Imported here: only a mistake needs it.
    import difflib

    by_lower = {each.lower(): each for each in words}
    close = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[close[0]] if close else None


def _assignments(path: Path | None, *, lenient: bool) -> list[tuple[str, Origin]]:
    """The assignments in `path` whose names have our prefix, in order; [] where there is no such file, or none is to be read."""
    if path is None or not path.is_file():
        return []
    # Imported here: most runs have no .env, and start-up is measured.
    import io

    from dotenv.parser import parse_stream

    try:
        content = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        if lenient:
            return []
        raise SettingsError(".env", str(path), f"a readable file in UTF-8 ({type(fault).__name__})") from None
    found: list[tuple[str, Origin]] = []
    lines: dict[str, str] = {}
    # The parser, not `dotenv_values`: that one logs a bad line and goes on, and replaces ${…} in values.
    for binding in parse_stream(io.StringIO(content)):
        written = binding.original.string
        blank_lines = written[: len(written) - len(written.lstrip())].count("\n")
        where = f".env, line {binding.original.line + blank_lines}"
        if binding.error and not lenient:
            raise SettingsError(where, MASK, "a line is NAME='value' or a comment")
        if binding.key is None or not binding.key.startswith(PREFIX):
            continue
        if binding.value and lines.setdefault(binding.key, where) != where and not lenient:
            # The first may be of another target, or out of date: which of the two is meant nobody can know.
            raise SettingsError(
                binding.key, MASK, f"it has a value in {lines[binding.key]} and in {where}; keep one of them"
            )
        found.append((binding.key, Origin(where, binding.value or "", _is_cut(written))))
    return found


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
