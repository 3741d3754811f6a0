"""A YAML file under `spec/` as a plain value, with the line each part stands on.

Read strictly: YAML as the JSON schema of YAML 1.2 understands it (`no`, `on` and `2026-01-01` are strings), mapping
keys are strings and unique, one document, UTF-8, bounded in size, depth and expansion. Whatever is wrong is a
`SpecError` that names file, line and reason.

The shape is checked against a JSON Schema in `conformance/schemas/` by the walker in this file, which knows the
keywords those schemas use and refuses any other. Measured: 2 ms for all of `spec/`, where importing `jsonschema` alone
takes 70 ms and `jsonschema_rs` 30 ms of every start; tests hold the walker to the verdicts of `jsonschema_rs`.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from conformance import filecache
from conformance.discreet import Discreet
from conformance.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import yaml

#: A `yaml.Node`, whose published types leave out the `id` that tells scalars, sequences and mappings apart.
Node: TypeAlias = Any
Step: TypeAlias = str | int
Steps: TypeAlias = tuple[Step, ...]
#: Line of a scalar, from 0; of a sequence or mapping the line and the places of what is in it.
Place: TypeAlias = Any

MAX_OCTETS = 2 * 1024 * 1024
MAX_VALUES = 200_000
MAX_DEPTH = 100
SCHEMAS = Path(__file__).parent / "schemas"
SPEC = Path(__file__).resolve().parent.parent / "spec"

_PREFIX = "tag:yaml.org,2002:"
_PLAIN = {
    "null": re.compile(r"^(?:null|~|)$"),
    "bool": re.compile(r"^(?:true|false)$"),
    "int": re.compile(r"^-?(?:0|[1-9][0-9]*)$"),
    "float": re.compile(r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$"),
}
_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


class SpecFile(Discreet, frozen=True):
    """A YAML file that was read.

    path: where it is.
    octets: the bytes of the file, for hashing.
    value: mappings, lists, strings, numbers, booleans and None; shared with nobody.
    """

    hidden = frozenset({"octets", "value", "_place"})
    path: Path
    octets: bytes
    value: Any
    _place: Place

    def line(self, steps: Sequence[Step]) -> int:
        """The line, from 1, of the value that `steps` leads to; of its nearest ancestor where it leads nowhere."""
        place = self._place
        for step in steps:
            found = _child(place, step)
            if found is None:
                break
            place = found
        return 1 + int(place if isinstance(place, int) else place[0])

    def error(self, steps: Sequence[Step], reason: str) -> SpecError:
        """A `SpecError` about the value that `steps` leads to."""
        return SpecError(self.path, self.line(steps), reason)


def read(path: Path, schema: str | None = None) -> SpecFile:
    """Read a YAML file, and hold it to `conformance/schemas/{schema}.json` if that is given.

    Raises `SpecError` for a file that is missing, too large, not UTF-8, not one YAML document or not of that shape.
    """
    try:
        octets = path.read_bytes()
    except OSError as error:
        raise SpecError(path, None, f"cannot be read: {error.strerror}") from error
    if len(octets) > MAX_OCTETS:
        raise SpecError(path, None, f"is larger than {MAX_OCTETS} octets")
    own = SPEC in path.parents
    name, of = _kept_as(path, octets, schema) if own else ("", "")
    if own and (content := filecache.get(name, of)):
        with contextlib.suppress(ValueError):
            return SpecFile(path, octets, *json.loads(content))
    root = _compose(path, octets)
    file = SpecFile(path, octets, _Reader(path).value(root, 0), _place(root, root.start_mark.line))
    if schema is not None:
        for steps, reason in violations(file.value, load_schema(schema)):
            raise file.error(steps, f"{show(steps)}: {reason}" if steps else reason)
    if own:
        filecache.put(name, of, json.dumps([file.value, file._place], separators=(",", ":")).encode())  # noqa: SLF001 - made here
    return file


def _kept_as(path: Path, octets: bytes, schema: str | None) -> tuple[str, str]:
    """Where what is read of a file of the project's own is kept, and of what it is: no start has to read YAML."""
    makers = [__file__] if schema is None else [__file__, str(SCHEMAS / f"{schema}.json")]
    return "-".join(path.relative_to(SPEC).parts), f"{hashlib.sha256(octets).hexdigest()} {filecache.stamp(*makers)}"


def show(steps: Sequence[Step]) -> str:
    """Steps as a person reads them: `actions[0].target`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return text.removeprefix(".")


def pointer(steps: Sequence[Step]) -> str:
    """Steps as a JSON pointer (RFC 6901, section 3)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def steps_of(text: str) -> tuple[str, ...]:
    """The reference tokens of a JSON pointer (RFC 6901, section 4); raises ValueError for text that is none."""
    if text and not text.startswith("/"):
        raise ValueError(text)
    if re.search(r"~(?![01])", text):
        raise ValueError(text)
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in text.split("/")[1:])


def look_up(value: Any, tokens: Sequence[Step]) -> Any:
    """What the tokens lead to (RFC 6901, section 4); raises LookupError where they lead nowhere."""
    for token in tokens:
        if isinstance(value, list) and str(token).isascii() and str(token).isdecimal():
            value = value[int(token)]
        elif isinstance(value, dict):
            value = value[token]
        else:
            raise KeyError(token)
    return value


def _child(place: Place, step: Step) -> Place | None:
    inside = None if isinstance(place, int) else place[1]
    if isinstance(inside, dict):
        return inside.get(str(step))
    if isinstance(inside, list) and str(step).isdecimal() and int(step) < len(inside):
        return inside[int(step)]
    return None


def _place(node: Node, line: int) -> Place:
    if node.id == "scalar":
        return line
    if node.id == "mapping":
        return [line, {key.value: _place(value, key.start_mark.line) for key, value in node.value}]
    return [line, [_place(item, item.start_mark.line) for item in node.value]]


@functools.cache
def _loader() -> type[yaml.SafeLoader]:
    # 20 ms that `--help` does without.
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        yaml_implicit_resolvers: ClassVar[dict[str | None, list[tuple[str, re.Pattern[str]]]]] = {}

    for kind, pattern in _PLAIN.items():
        Loader.add_implicit_resolver(_PREFIX + kind, pattern, None)
    return Loader


def _compose(path: Path, octets: bytes) -> Node:
    import yaml

    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SpecError(path, octets.count(b"\n", 0, error.start) + 1, "is not UTF-8") from error
    try:
        root = yaml.compose(text, Loader=_loader())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise SpecError(path, mark.line + 1 if mark else None, f"is not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise SpecError(path, None, f"is not YAML: {error}") from error
    except RecursionError as error:
        raise SpecError(path, None, f"is nested deeper than {MAX_DEPTH} levels") from error
    if root is None:
        raise SpecError(path, None, "is empty")
    return root


class _Reader:
    """Turns nodes into values, counting them, so that aliases cannot expand without bound."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0

    def value(self, node: Node, depth: int) -> Any:
        self.count += 1
        if self.count > MAX_VALUES:
            raise self.error(node, f"aliases expand to more than {MAX_VALUES} values")
        if depth > MAX_DEPTH:
            raise self.error(node, f"is nested deeper than {MAX_DEPTH} levels, or an alias holds itself")
        kind = node.tag.removeprefix(_PREFIX)
        if node.id == "scalar" and kind in _PLAIN | {"str": None}:
            return self.scalar(node, kind)
        if node.id == "sequence" and kind == "seq":
            return [self.value(item, depth + 1) for item in node.value]
        if node.id == "mapping" and kind == "map":
            return self.mapping(node, depth)
        raise self.error(node, f"tag {node.tag!r} is not accepted")

    def scalar(self, node: Node, kind: str) -> str | int | float | bool | None:
        if kind == "str":
            return str(node.value)
        if not _PLAIN[kind].match(node.value):
            raise self.error(node, f"{node.value!r} is no {kind}")
        if kind == "null":
            return None
        if kind == "bool":
            return bool(node.value == "true")
        return int(node.value) if kind == "int" else float(node.value)

    def mapping(self, node: Node, depth: int) -> dict[str, Any]:
        value: dict[str, Any] = {}
        for key, item in node.value:
            if key.id != "scalar" or key.tag != _PREFIX + "str":
                raise self.error(
                    key, f"the key {key.value!r} is no string: quote it" if key.id == "scalar" else "a key is no string"
                )
            if key.value in value:
                raise self.error(key, f"the key {key.value!r} is there twice")
            value[key.value] = self.value(item, depth + 1)
        return value

    def error(self, node: Node, reason: str) -> SpecError:
        return SpecError(self.path, node.start_mark.line + 1, reason)


@functools.cache
def load_schema(name: str) -> dict[str, Any]:
    """The JSON Schema of a file of that kind. Not to be changed."""
    schema: dict[str, Any] = json.loads((SCHEMAS / f"{name}.json").read_bytes())
    return schema


def violations(value: Any, schema: Mapping[str, Any], steps: Steps = ()) -> Iterator[tuple[Steps, str]]:
    """Where and how a value violates a schema, in document order.

    Implements of JSON Schema 2020-12 the keywords in `_KEYWORDS`; another keyword raises NotImplementedError.
    """
    kinds = schema.get("type")
    if kinds is not None and not _is_type(value, kinds):
        yield steps, f"is {_name(value)}, not {_names(kinds)}"
        return
    for keyword, expected in schema.items():
        yield from _KEYWORDS[keyword](value, expected, schema, steps) if keyword in _KEYWORDS else _unknown(keyword)


def _unknown(keyword: str) -> Iterator[tuple[Steps, str]]:
    raise NotImplementedError(keyword)


def _is_type(value: Any, kinds: str | list[str]) -> bool:
    if isinstance(kinds, str):
        return isinstance(value, _TYPES[kinds]) and (not isinstance(value, bool) or kinds == "boolean")
    return any(_is_type(value, kind) for kind in kinds)


def _name(value: Any) -> str:
    return _article(next(kind for kind in ("boolean", *_TYPES) if _is_type(value, kind)))


def _names(kinds: str | list[str]) -> str:
    return " or ".join(_article(kind) for kind in ([kinds] if isinstance(kinds, str) else kinds))


def _article(kind: str) -> str:
    return kind if kind == "null" else f"an {kind}" if kind[0] in "aio" else f"a {kind}"


def _quiet(*_: Any) -> Iterator[tuple[Steps, str]]:
    yield from ()


def _required(value: Any, names: list[str], _: Any, steps: Steps) -> Iterator[tuple[Steps, str]]:
    if isinstance(value, dict):
        yield from ((steps, f"the key {name!r} is missing") for name in names if name not in value)


def _properties(value: Any, schemas: dict[str, Any], _: Any, steps: Steps) -> Iterator[tuple[Steps, str]]:
    if isinstance(value, dict):
        for name, item in value.items():
            if name in schemas:
                yield from violations(item, schemas[name], (*steps, name))


def _additional(value: Any, allowed: Any, schema: Mapping[str, Any], steps: Steps) -> Iterator[tuple[Steps, str]]:
    if not isinstance(value, dict):
        return
    known = schema.get("properties", {})
    patterns = schema.get("patternProperties", {})
    for name, item in value.items():
        if name in known or any(re.search(pattern, name) for pattern in patterns):
            continue
        if allowed is False:
            yield (*steps, name), f"unknown key; known are {', '.join(known)}"
        elif isinstance(allowed, dict):
            yield from violations(item, allowed, (*steps, name))


def _pattern_properties(value: Any, schemas: dict[str, Any], _: Any, steps: Steps) -> Iterator[tuple[Steps, str]]:
    if isinstance(value, dict):
        for name, item in value.items():
            for pattern, schema in schemas.items():
                if re.search(pattern, name):
                    yield from violations(item, schema, (*steps, name))


def _items(value: Any, schema: Mapping[str, Any], _: Any, steps: Steps) -> Iterator[tuple[Steps, str]]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from violations(item, schema, (*steps, index))


def _enum(value: Any, accepted: list[Any], _: Any, steps: Steps) -> Iterator[tuple[Steps, str]]:
    if value not in accepted:
        yield steps, f"{value!r} is not accepted: {', '.join(map(str, accepted))}"


def _pattern(value: Any, pattern: str, schema: Mapping[str, Any], steps: Steps) -> Iterator[tuple[Steps, str]]:
    if isinstance(value, str) and not re.search(pattern, value):
        yield steps, f"{value!r} is not {schema.get('title', f'of the form {pattern}')}"


def _length(value: Any, least: int, _: Any, steps: Steps) -> Iterator[tuple[Steps, str]]:
    if isinstance(value, str) and len(value) < least:
        yield steps, "is empty" if least == 1 else f"is shorter than {least} characters"


def _max_length(value: Any, most: int, _: Any, steps: Steps) -> Iterator[tuple[Steps, str]]:
    if isinstance(value, str) and len(value) > most:
        yield steps, f"is longer than {most} characters"


def _min_items(value: Any, least: int, _: Any, steps: Steps) -> Iterator[tuple[Steps, str]]:
    if isinstance(value, list) and len(value) < least:
        yield steps, f"has fewer than {least} items"


def _one_of(value: Any, schemas: list[Any], schema: Mapping[str, Any], steps: Steps) -> Iterator[tuple[Steps, str]]:
    kept = sum(not any(True for _ in violations(value, option)) for option in schemas)
    if kept != 1:
        yield steps, f"is not {schema.get('title', 'exactly one of the forms it may have')}"


_KEYWORDS = {
    **dict.fromkeys(("$schema", "$id", "title", "description", "type"), _quiet),
    "required": _required,
    "properties": _properties,
    "additionalProperties": _additional,
    "patternProperties": _pattern_properties,
    "items": _items,
    "enum": _enum,
    "pattern": _pattern,
    "minLength": _length,
    "maxLength": _max_length,
    "minItems": _min_items,
    "oneOf": _one_of,
}
