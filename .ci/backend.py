"""The build backend: setuptools, for a checkout. There is no wheel, because the suite reads `spec/` beside the package.

PEP 660 asks for the three names that are imported, PEP 517 for the two functions.
"""

from __future__ import annotations

from typing import NoReturn

from setuptools.build_meta import (
    build_editable,
    get_requires_for_build_editable,
    prepare_metadata_for_build_editable,
)

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "prepare_metadata_for_build_editable",
]

REFUSAL = (
    "The suite is run from its checkout: clone the repository and run `make setup` there. "
    "Installed elsewhere it would lack spec/, which it reads."
)


def build_wheel(*_: object, **__: object) -> NoReturn:
    """Refuse: the commands of an installed copy would find nothing to read."""
    raise SystemExit(REFUSAL)


def build_sdist(*_: object, **__: object) -> NoReturn:
    """Refuse, for the same reason."""
    raise SystemExit(REFUSAL)
