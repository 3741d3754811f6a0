"""A spec file is read strictly, and refused with file, line and reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from conformance import specfile
from conformance.errors import SpecError

Write = Callable[[str], Path]

REFUSED = {
    "a syntax error": ("a: 1\nb: [1, 2\nc: 3\n", 3, "is not YAML"),
    "a tab as indentation": ("a:\n\tb: 1\n", 2, "is not YAML"),
    "a duplicate key": ("a: 1\nb: 2\na: 3\n", 3, "the key 'a' is there twice"),
    "a duplicate key inside": ("a:\n  b: 1\n  'b': 2\n", 3, "the key 'b' is there twice"),
    "a number as key": ("a: 1\n200: ok\n", 2, "the key '200' is no string"),
    "null as key": ("~: 1\n", 1, "the key '~' is no string"),
    "a list as key": ("a: 1\n? [1]\n: 2\n", 2, "a key is no string"),
    "a tag that makes an object": ("a: 1\nb: !!python/object/apply:os.system [ls]\n", 2, "is not accepted"),
    "a tag that does not fit": ("a: !!int text\n", 1, "'text' is no int"),
    "a binary": ("a: !!binary aGk=\n", 1, "is not accepted"),
    "two documents": ("a: 1\n---\nb: 2\n", 2, "is not YAML"),
    "an alias to nothing": ("a: 1\nb: *c\n", 2, "is not YAML"),
    "an alias to itself": ("a: &a\n  b: *a\n", 1, "an alias holds itself"),
    "an empty file": ("", None, "is empty"),
    "a comment only": ("# nothing\n", None, "is empty"),
}


@pytest.mark.parametrize(("text", "line", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_wrong_file_is_refused(write: Write, text: str, line: int | None, reason: str) -> None:
    """Each kind of wrong file is refused with its path, the line to blame and a reason."""
    path = write(text)

    with pytest.raises(SpecError) as refused:
        specfile.read(path)

    assert (path, line) == (refused.value.path, refused.value.line)
    assert reason in refused.value.reason
    assert str(refused.value).startswith(f"{path}:{line}: " if line else f"{path}: ")


def test_an_alias_bomb_is_refused(write: Write) -> None:
    """Aliases that expand to a billion values are refused before they do."""
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]

    with pytest.raises(SpecError, match="aliases expand to more than"):
        specfile.read(write("\n".join(rows)))


@pytest.mark.parametrize("opening", ["[", "- ", "{a: "])
def test_endless_nesting_is_refused(write: Write, opening: str) -> None:
    """A file that is nothing but nesting is refused, and does not end the process."""
    with pytest.raises(SpecError):
        specfile.read(write(opening * 20_000))


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    """The line is that of the first octet that is not UTF-8."""
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"a: 1\nb: caf\xe9\n")

    with pytest.raises(SpecError, match=r"latin\.yaml:2: is not UTF-8"):
        specfile.read(path)


def test_a_file_over_the_cap_is_refused(tmp_path: Path) -> None:
    """Size is checked before anything is parsed."""
    path = tmp_path / "large.yaml"
    path.write_bytes(b"a: 1\n" + b"#" * specfile.MAX_OCTETS)

    with pytest.raises(SpecError, match="is larger than"):
        specfile.read(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """A path that leads nowhere is a wrong setting like any other."""
    with pytest.raises(SpecError, match="cannot be read: No such file"):
        specfile.read(tmp_path / "nothing.yaml")


def test_texts_stay_texts(write: Write) -> None:
    """Words that YAML 1.1 takes for booleans, dates or octal numbers are strings; an alias is what it stands for."""
    path = write("a: no\nb: on\nc: 2026-01-01\nd: 010\ne: 1_000\nf: 1:30\ng: <<\nh: &x [true, null, 1, 1.5]\ni: *x\n")

    assert specfile.read(path).value == {
        "a": "no",
        "b": "on",
        "c": "2026-01-01",
        "d": "010",
        "e": "1_000",
        "f": "1:30",
        "g": "<<",
        "h": [True, None, 1, 1.5],
        "i": [True, None, 1, 1.5],
    }


def test_the_published_contract_reads_as_any_yaml_library_reads_it(spec: Path) -> None:
    """The strict reader and PyYAML agree on the contract."""
    assert yaml.safe_load((spec / "openapi.yaml").read_bytes()) == specfile.read(spec / "openapi.yaml").value


def test_every_value_has_its_line(write: Write) -> None:
    """A line is that of the key, of the item, or of the nearest part that is there."""
    file = specfile.read(write("a:\n  - x\n  - b: 1\n    c: 2\nd: {e: 3}\n"))

    assert [
        file.line(steps)
        for steps in [("a",), ("a", 0), ("a", 1), ("a", 1, "c"), ("d", "e"), ("d", "f"), ("a", 1, "c", 9)]
    ] == [1, 2, 3, 4, 5, 5, 4]


def test_pointers_go_there_and_back() -> None:
    """A JSON pointer escapes and unescapes slash and tilde (RFC 6901)."""
    steps = ("paths", "/oauth/token", "a~b", "")

    assert specfile.pointer(steps) == "/paths/~1oauth~1token/a~0b/"
    assert steps == specfile.steps_of(specfile.pointer(steps))
    assert specfile.steps_of("") == ()


@pytest.mark.parametrize("text", ["a", "#/a", "/a~", "/a~2"])
def test_a_text_that_is_no_pointer_is_none(text: str) -> None:
    """A pointer begins with a slash, and a tilde with 0 or 1 behind it."""
    with pytest.raises(ValueError, match=r".*"):
        specfile.steps_of(text)


@pytest.mark.parametrize("tokens", [("a", "-"), ("a", "9"), ("a", "0", "x"), ("b",)])
def test_a_pointer_that_leads_nowhere_is_a_lookup_error(tokens: tuple[str, ...]) -> None:
    """Neither a missing member nor a missing item is a value."""
    with pytest.raises(LookupError):
        specfile.look_up({"a": [1]}, tokens)


SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "patternProperties": {"^x-": {"type": ["string", "null"]}},
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z]+$", "minLength": 2, "maxLength": 5, "title": "a short word"},
        "size": {"type": "integer"},
        "kind": {"enum": ["a", 1]},
        "list": {"type": "array", "minItems": 1, "items": {"type": "number"}},
        "map": {"type": "object", "additionalProperties": {"type": "boolean"}},
        "one": {"oneOf": [{"type": "string"}, {"type": "integer"}, {"type": "number"}]},
    },
}
INSTANCES: list[tuple[Any, tuple[str | int, ...] | None, str]] = [
    ({"name": "abc"}, None, ""),
    ({"name": "abc", "size": 1, "list": [1, 1.5], "map": {"k": True}, "x-a": None, "kind": 1, "one": "s"}, None, ""),
    ([], (), "is an array, not an object"),
    ({}, (), "the key 'name' is missing"),
    ({"name": 1}, ("name",), "is an integer, not a string"),
    ({"name": "A1"}, ("name",), "'A1' is not a short word"),
    ({"name": "a"}, ("name",), "is shorter than 2 characters"),
    ({"name": "abcdef"}, ("name",), "is longer than 5 characters"),
    ({"name": "abc", "nmae": 1}, ("nmae",), "unknown key; known are name, size, kind, list, map, one"),
    ({"name": "abc", "size": True}, ("size",), "is a boolean, not an integer"),
    ({"name": "abc", "kind": "b"}, ("kind",), "'b' is not accepted: a, 1"),
    ({"name": "abc", "list": []}, ("list",), "has fewer than 1 items"),
    ({"name": "abc", "list": [1, "2"]}, ("list", 1), "is a string, not a number"),
    ({"name": "abc", "map": {"k": 0}}, ("map", "k"), "is an integer, not a boolean"),
    ({"name": "abc", "x-a": 1}, ("x-a",), "is an integer, not a string or null"),
    ({"name": "abc", "one": 1}, ("one",), "is not exactly one of the forms it may have"),
]


@pytest.mark.parametrize(("instance", "steps", "reason"), INSTANCES)
def test_the_walker_finds_what_a_validator_finds(
    instance: Any, steps: tuple[str | int, ...] | None, reason: str
) -> None:
    """The walker reaches the verdict of a full JSON Schema validator, and says where and why."""
    found = list(specfile.violations(instance, SCHEMA))

    assert jsonschema_rs.Draft202012Validator(SCHEMA).is_valid(instance) is (not found)
    assert ([] if steps is None else [(steps, reason)]) == found


def test_a_keyword_the_walker_does_not_know_is_an_error() -> None:
    """A schema cannot ask for something that is silently not checked."""
    with pytest.raises(NotImplementedError, match="uniqueItems"):
        list(specfile.violations([1], {"uniqueItems": True}))


KINDS = {
    "openapi": ["openapi.yaml"],
    "overlay": ["overlay.yaml"],
    "deviations": ["deviations.yaml"],
    "catalogue": ["requirements/catalogue.yaml"],
    "requirements": [
        f"requirements/{name}.yaml" for name in ("status", "error", "token", "jwt", "protocol", "security")
    ],
}


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in KINDS.items() for name in names])
def test_the_projects_files_satisfy_their_schemas(spec: Path, kind: str, name: str) -> None:
    """Walker and validator both find nothing wrong with a file of the project, and the schema is one itself."""
    schema = specfile.load_schema(kind)
    value = specfile.read(spec / name, kind).value

    jsonschema_rs.meta.validate(schema)
    assert jsonschema_rs.Draft202012Validator(schema).is_valid(value)


def test_every_schema_uses_known_keywords_only() -> None:
    """Each keyword in the schemas is one that the walker implements."""
    for path in sorted(specfile.SCHEMAS.glob("*.json")):
        if path.stem in KINDS:
            assert _keywords(json.loads(path.read_bytes())) <= specfile._KEYWORDS.keys(), path.name


def _keywords(schema: Any) -> set[str]:
    found: set[str] = set()
    if isinstance(schema, dict):
        found |= schema.keys()
        for key, value in schema.items():
            if key in ("properties", "patternProperties"):
                for item in value.values():
                    found |= _keywords(item)
            elif key in ("items", "additionalProperties"):
                found |= _keywords(value)
            elif key == "oneOf":
                for item in value:
                    found |= _keywords(item)
    return found
