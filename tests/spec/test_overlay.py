"""An overlay changes a document as OpenAPI Overlay 1.0 says, and says why."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.contract import Contract
from conformance.errors import SpecError
from conformance.overlay import Overlay

Write = Callable[[str], Path]

HEAD = "overlay: 1.0.0\ninfo: {title: T, version: '1'}\nactions:\n"
DOCUMENT: dict[str, Any] = {
    "info": {"title": "A", "license": {"name": "MIT"}},
    "paths": {
        "/a": {"get": {"tags": ["x"], "parameters": [{"name": "p"}, {"name": "q"}]}},
        "/b": {"get": {"tags": ["y"]}, "post": {"responses": {"200": {"required": ["a"]}}}},
    },
    "servers": [{"url": "1"}, {"url": "2"}, {"url": "3"}],
}


def _applied(write: Write, *actions: str) -> dict[str, Any]:
    lines = "".join(f"  - {{description: because, {action}}}\n" for action in actions)
    return Overlay.load(write(HEAD + lines)).apply(DOCUMENT)


def test_an_update_merges_into_an_object(write: Write) -> None:
    """Members with the same name merge, others are added, primitives are replaced, and the argument stays as it was."""
    before = copy.deepcopy(DOCUMENT)

    changed = _applied(write, "target: $.info, update: {title: B, license: {url: U}}")

    assert changed["info"] == {"title": "B", "license": {"name": "MIT", "url": "U"}}
    assert before == DOCUMENT


def test_an_update_of_the_root_reaches_everything(write: Write) -> None:
    """The target `$` is the whole document."""
    changed = _applied(write, "target: $, update: {paths: {/c: {get: {}}}, x-new: 1}")

    assert list(changed["paths"]) == ["/a", "/b", "/c"]
    assert changed["x-new"] == 1


def test_an_update_of_an_array_appends_one_entry(write: Write) -> None:
    """What is appended is the entry itself, an array included."""
    changed = _applied(write, "target: \"$.paths['/a'].get.tags\", update: z", "target: $.servers, update: {url: '4'}")

    assert changed["paths"]["/a"]["get"]["tags"] == ["x", "z"]
    assert changed["servers"][-1] == {"url": "4"}


def test_an_array_inside_an_update_is_extended(write: Write) -> None:
    """Version 1.0 leaves it open; version 1.1 concatenates."""
    changed = _applied(write, "target: \"$.paths['/b'].post.responses['200']\", update: {required: [b]}")

    assert changed["paths"]["/b"]["post"]["responses"]["200"]["required"] == ["a", "b"]


def test_one_action_changes_all_it_selects(write: Write) -> None:
    """Wildcards, descendants and filters of RFC 9535 select many nodes, each with a value of its own."""
    changed = _applied(
        write,
        "target: $.paths.*.get, update: {x-seen: [1]}",
        "target: \"$..parameters[?@.name == 'q']\", update: {in: query}",
        'target: "$.paths[\\"/a\\"].get", update: {x-seen: [2]}',
    )

    assert [item["get"]["x-seen"] for item in changed["paths"].values()] == [[1, 2], [1]]
    assert changed["paths"]["/a"]["get"]["parameters"] == [{"name": "p"}, {"name": "q", "in": "query"}]


def test_removing_takes_every_selected_node_away(write: Write) -> None:
    """Members go from their object, items from their array whichever others go too."""
    changed = _applied(write, "target: $.info.license, remove: true", "target: '$.servers[0,2]', remove: true")

    assert changed["info"] == {"title": "A"}
    assert changed["servers"] == [{"url": "2"}]


def test_actions_see_what_those_before_them_did(write: Write) -> None:
    """Removing and adding again replaces."""
    changed = _applied(write, "target: $.info.license, remove: true", "target: $.info, update: {license: {name: X}}")

    assert changed["info"]["license"] == {"name": "X"}


REFUSED = {
    "an unknown key": ("  - {target: $.info, description: d, updat: {}}\n", 4, "actions[0].updat: unknown key"),
    "no reason": ("  - {target: $.info, update: {}}\n", 4, "the key 'description' is missing"),
    "an empty reason": ("  - {target: $.info, description: '', update: {}}\n", 4, "is empty"),
    "no change": ("  - {target: $.info, description: d}\n", 4, "either 'update' or 'remove: true'"),
    "two changes": (
        "  - {target: $.info, description: d, update: {}, remove: true}\n",
        4,
        "either 'update' or 'remove",
    ),
    "no actions": ("  []\n", 3, "actions: has fewer than 1 items"),
    "a target without $": ("  - {target: info, description: d, update: {}}\n", 4, "it begins with $"),
    "a target that is no JSONPath": ("  - {target: '$.a[', description: d, update: {}}\n", 4, "is no JSONPath"),
    "a target that selects nothing": ("  - {target: $.nope, description: d, update: {}}\n", 4, "selects nothing"),
    "a filter that selects nothing": ("  - {target: '$..nope', description: d, update: {}}\n", 4, "selects nothing"),
    "a target that is a text": ("  - {target: $.info.title, description: d, update: x}\n", 4, "selects a str"),
    "the root removed": ("  - {target: $, description: d, remove: true}\n", 4, "cannot be removed"),
    "a text for an object": ("  - target: $.info\n    description: d\n    update: x\n", 6, "does not fit"),
    "a text for an object inside": (
        "  - target: $.info\n    description: d\n    update:\n      license: MIT\n",
        7,
        "does not fit",
    ),
    "an object for a text inside": (
        "  - target: $.info\n    description: d\n    update:\n      title: {a: 1}\n",
        7,
        "does not fit",
    ),
}


@pytest.mark.parametrize(("actions", "line", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_wrong_overlay_is_refused(write: Write, actions: str, line: int, reason: str) -> None:
    """Each kind of wrong overlay is refused with file, line and reason, on reading or when it is applied."""
    path = write(HEAD + actions)

    with pytest.raises(SpecError) as refused:
        Overlay.load(path).apply(DOCUMENT)

    assert (path, line) == (refused.value.path, refused.value.line)
    assert reason in refused.value.reason


@pytest.mark.parametrize("version", ["1.1.0", "2.0.0", "1.0"])
def test_another_version_is_refused(write: Write, version: str) -> None:
    """Only 1.0.x is understood."""
    path = write(HEAD.replace("1.0.0", f"'{version}'") + "  - {target: $.info, description: d, update: {}}\n")

    with pytest.raises(SpecError, match=r"file\.yaml:1: overlay: .* version 1\.0\.x"):
        Overlay.load(path)


def test_a_reference_that_an_overlay_breaks_is_the_overlays_fault(write: Write, spec: Path) -> None:
    """After the overlay every reference still leads somewhere; if not, the overlay is named."""
    path = write(HEAD + "  - {target: $.components.schemas.Error, description: d, remove: true}\n")

    with pytest.raises(SpecError, match=r"file\.yaml.*'#/components/schemas/Error' leads nowhere"):
        Contract.load(spec / "openapi.yaml", path)


def test_every_action_of_the_project_says_why_and_changes_something(spec: Path) -> None:
    """A reason is a sentence, and no action is idle."""
    overlay = Overlay.load(spec / "overlay.yaml")
    document = Contract.load(spec / "openapi.yaml").published
    for number, action in enumerate(overlay.actions):
        alone = Overlay(overlay.title, overlay.version, (action,), overlay.file)

        assert len(action.reason) > 60, number
        assert alone.apply(document) != document, number
