"""A mapping that holds the latest entries only, so that memory stays flat however long a run is."""

from __future__ import annotations

from collections import OrderedDict
from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Latest(OrderedDict[Key, Value]):
    """A mapping of at most `most` entries: the one that was set first goes when another comes."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def __setitem__(self, key: Key, value: Value) -> None:
        super().__setitem__(key, value)
        while len(self) > self.most:
            try:
                self.popitem(last=False)
            except KeyError:  # another thread was quicker
                return

    def __repr__(self) -> str:
        return f"Latest({len(self)} of {self.most})"
