"""A value that cannot be printed."""

from __future__ import annotations

import hmac
from typing import Any, NoReturn

MASK = "**********"


class Secret:
    """Text that shows itself only to those who call `reveal`.

    `str`, `repr`, `format` and a traceback's locals all give the mask; pickling is refused, so that no cache holds it.
    """

    __slots__ = ("_hash", "_value")

    def __init__(self, value: str) -> None:
        self._value = value
        self._hash = hash((Secret, value))  # of what is looked up a dozen times for each request

    def reveal(self) -> str:
        """Return the text itself. Call it where a request is built, nowhere else."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(
            self._value.encode("utf-8", "surrogatepass"), other._value.encode("utf-8", "surrogatepass")
        )

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"Secret({MASK!r})"

    def __str__(self) -> str:
        return MASK

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Secret:
        return self
