"""The project's own spec files, and a way to write wrong ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.catalogue import Catalogue
from conformance.contract import Contract

SPEC = Path(__file__).parents[2] / "spec"


@pytest.fixture(scope="session")
def spec() -> Path:
    """The folder of the project's spec files."""
    return SPEC


@pytest.fixture(scope="session")
def contract() -> Contract:
    """The published contract with the overlay."""
    return Contract.load(SPEC / "openapi.yaml", SPEC / "overlay.yaml")


@pytest.fixture(scope="session")
def catalogue(contract: Contract) -> Catalogue:
    """The project's catalogue."""
    return Catalogue.load(SPEC / "requirements", contract)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    """Write a text to a new file and return its path."""

    def written(text: str, name: str = "file.yaml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return written
