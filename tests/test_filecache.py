"""What is kept of the project's own files is what reading them anew gives; nothing depends on it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from conformance import filecache, specfile
from conformance.errors import SpecError

FILES = sorted(specfile.SPEC.rglob("*.yaml"))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the test's own, written to whatever the environment says of bytecode."""
    monkeypatch.setattr(filecache, "FOLDER", tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return tmp_path


def test_what_was_made_of_just_this_is_given_back() -> None:
    """Of another edition it is not."""
    filecache.put("name", "of this", b"one\ntwo")

    assert filecache.get("name", "of this") == b"one\ntwo"
    assert filecache.get("name", "of that") is None
    assert filecache.get("another", "of this") is None


def test_nothing_is_written_where_python_writes_no_bytecode(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`PYTHONDONTWRITEBYTECODE` and `-B` mean this too."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    filecache.put("name", "of this", b"content")

    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_written_to_is_no_error(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """An installed package may belong to somebody else."""
    monkeypatch.setattr(filecache, "FOLDER", folder / "absent")
    filecache.put("name", "of this", b"content")

    assert filecache.get("name", "of this") is None


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_of_the_project_is_read_once(path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Value and lines are the same the second time, without YAML."""
    first = specfile.read(path)
    monkeypatch.setattr(specfile, "_compose", None)
    second = specfile.read(path)

    assert (second, len(list(folder.iterdir()))) == (first, 1)
    assert [second.line((key,)) for key in second.value] == [first.line((key,)) for key in first.value]


@pytest.mark.parametrize("content", [b"", b"{", b"[1,", b"\xff"])
def test_what_is_broken_is_made_again(content: bytes, folder: Path) -> None:
    """A disk that was full, a process that was killed."""
    whole = specfile.read(FILES[0])
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes().partition(b"\n")[0] + b"\n" + content)

    assert specfile.read(FILES[0]) == whole


def test_a_file_from_elsewhere_is_not_kept(folder: Path, tmp_path: Path) -> None:
    """What a user writes stays where the user wrote it."""
    path = tmp_path / "contract.yaml"
    path.write_text("a: 1\n")
    specfile.read(path)

    assert list(folder.iterdir()) == [path]


def test_what_violates_its_schema_is_not_kept(folder: Path) -> None:
    """The schema is part of what it was made by."""
    with pytest.raises(SpecError):
        specfile.read(FILES[0], "deviations" if "deviations" not in FILES[0].name else "overlay")

    assert list(folder.iterdir()) == []
