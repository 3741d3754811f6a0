"""Values whose `repr` keeps to itself what a traceback must not show, or what nobody would read there."""

from __future__ import annotations

from typing import Any, ClassVar

from msgspec import Struct


class Discreet(Struct, frozen=True):
    """A frozen value; the fields that `hidden` names are not in its `repr`."""

    hidden: ClassVar[frozenset[str]] = frozenset()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.__rich_repr__())})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """The fields that are shown, for libraries that print values in their own way."""
        return [(name, getattr(self, name)) for name in self.__struct_fields__ if name not in self.hidden]
