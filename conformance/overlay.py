"""OpenAPI Overlay 1.0: actions that are applied to a document, each with its reason.

Source: https://spec.openapis.org/overlay/v1.0.0.html. Stricter than the specification in two points, because a slip
here silently loosens what a server is held to: each action says why (`description`), and a target that selects nothing
is an error. Version 1.0 leaves open what becomes of an array inside a merged object; it is extended, as version 1.1
settled it.
"""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from conformance import specfile
from conformance.discreet import Discreet
from conformance.specfile import SpecFile, Steps, look_up

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MEMBER = re.compile(r"\.([A-Za-z_][A-Za-z0-9_]*)|\['([^'\\]*)'\]|\[\"([^\"\\]*)\"\]")
_MEMBERS_ONLY = re.compile(rf"^\$(?:{_MEMBER.pattern})*$")


class Action(Struct, frozen=True):
    """One change.

    target: a JSONPath (RFC 9535) that selects objects or arrays.
    reason: why the document is changed so.
    update: what is merged into a selected object, or appended to a selected array.
    remove: the selected nodes go.
    """

    target: str
    reason: str
    update: Any = None
    remove: bool = False


class Overlay(Discreet, frozen=True):
    """An ordered list of actions, and the file they were read from."""

    hidden = frozenset({"file"})
    title: str
    version: str
    actions: tuple[Action, ...]
    file: SpecFile

    @classmethod
    def load(cls, path: Path) -> Overlay:
        """Read an overlay; raises `SpecError` where it is none."""
        file = specfile.read(path, "overlay")
        actions = []
        for index, action in enumerate(file.value["actions"]):
            remove = action.get("remove", False)
            if remove == ("update" in action):
                raise file.error(("actions", index), "an action has either 'update' or 'remove: true'")
            actions.append(Action(action["target"], action["description"], action.get("update"), remove))
        info = file.value["info"]
        return cls(info["title"], info["version"], tuple(actions), file)

    def apply(self, document: dict[str, Any]) -> dict[str, Any]:
        """The document with every action applied in order to the result of the one before; the argument is not changed.

        Raises `SpecError` for a target that is no JSONPath, selects nothing, or selects what an action cannot change.
        """
        result = copy.deepcopy(document)
        for index, action in enumerate(self.actions):
            where: Steps = ("actions", index, "target")
            selected = self._select(action.target, result, where)
            if not selected:
                raise self.file.error(where, f"{action.target} selects nothing in the document")
            # Removing the last item of an array first keeps the positions of those before it.
            for steps in reversed(selected) if action.remove else selected:
                self._act(action, result, steps, where)
        return result

    def _select(self, target: str, document: Any, where: Steps) -> list[Steps]:
        if _MEMBERS_ONLY.match(target):
            steps: Steps = tuple(next(filter(None, names), "") for names in _MEMBER.findall(target))
            try:
                look_up(document, steps)
            except LookupError:
                return []
            return [steps]
        # Plain members are the common case; the library costs 40 ms of start-up and is for the rest of RFC 9535.
        import jsonpath

        try:
            matches = jsonpath.JSONPathEnvironment(strict=True).finditer(target, document)
            return [tuple(match.parts) for match in matches]
        except jsonpath.JSONPathError as error:
            raise self.file.error(where, f"{target!r} is no JSONPath: {error}") from error

    def _act(self, action: Action, document: dict[str, Any], steps: Steps, where: Steps) -> None:
        node = look_up(document, steps)
        if not isinstance(node, dict | list):
            raise self.file.error(where, f"{action.target} selects a {type(node).__name__}, not an object or array")
        if action.remove:
            if not steps:
                raise self.file.error(where, "the whole document cannot be removed")
            del look_up(document, steps[:-1])[steps[-1]]
        elif isinstance(node, list):
            node.append(copy.deepcopy(action.update))
        else:
            for clash in _merge(node, action.update, ()):
                raise self.file.error((*where[:-1], "update", *clash), "does not fit what the document has there")


def _merge(node: dict[str, Any], update: Any, steps: Steps) -> Iterator[Steps]:
    """Merge `update` into `node`, recursively; gives the places where the kinds of value do not fit."""
    if not isinstance(update, dict):
        yield steps
        return
    for name, value in update.items():
        old = node.get(name)
        if isinstance(old, dict) and isinstance(value, dict):
            yield from _merge(old, value, (*steps, name))
        elif isinstance(old, list) and isinstance(value, list):
            old.extend(copy.deepcopy(value))
        elif isinstance(old, dict | list) or (old is not None and isinstance(value, dict | list)):
            yield (*steps, name)
        else:
            node[name] = copy.deepcopy(value)
