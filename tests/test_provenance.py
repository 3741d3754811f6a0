"""A record names the commit of the suite however git keeps it, and whether the suite differed from it."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from conformance.provenance import suite_version

pytestmark = pytest.mark.skipif(not any((Path(one) / "git").is_file() for one in os.get_exec_path()), reason="no git")


def git(folder: Path, *arguments: str) -> str:
    """What git says to this, untouched by whoever runs the tests."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture(name="checkout")
def _checkout(tmp_path: Path) -> Path:
    """A repository with one commit of a file that verdicts depend on."""
    root = tmp_path / "checkout"
    (root / "conformance").mkdir(parents=True)
    (root / "conformance" / "judge.py").write_text("strict = True\n")
    git(root, "init", "--quiet")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message", "First")
    return root


def said(root: Path) -> tuple[str | None, bool | None]:
    """Commit and dirt of a folder."""
    found = suite_version(root)
    return found["commit"], found["dirty"]


def test_a_branch_is_read(checkout: Path) -> None:
    assert said(checkout) == (git(checkout, "rev-parse", "HEAD"), False)


def test_a_commit_without_a_branch_is_read(checkout: Path) -> None:
    git(checkout, "checkout", "--quiet", "--detach")

    assert said(checkout) == (git(checkout, "rev-parse", "HEAD"), False)


def test_packed_refs_are_read(checkout: Path) -> None:
    git(checkout, "tag", "--annotate", "--message", "One", "v1")
    git(checkout, "pack-refs", "--all")

    assert said(checkout) == (git(checkout, "rev-parse", "HEAD"), False)


def test_a_ref_of_its_own_beats_the_packed_one(checkout: Path) -> None:
    git(checkout, "pack-refs", "--all")
    git(checkout, "commit", "--quiet", "--allow-empty", "--message", "Second")

    assert said(checkout) == (git(checkout, "rev-parse", "HEAD"), False)


@pytest.mark.parametrize("packed", [False, True], ids=["loose", "packed"])
def test_a_worktree_is_read(checkout: Path, packed: bool) -> None:  # noqa: FBT001 - a parameter
    tree = checkout.with_name("tree")
    git(checkout, "worktree", "add", "--quiet", "-b", "another", str(tree))
    git(tree, "commit", "--quiet", "--allow-empty", "--message", "Second")
    if packed:
        git(checkout, "pack-refs", "--all")

    assert said(tree) == (git(tree, "rev-parse", "HEAD"), False)
    assert said(tree)[0] != said(checkout)[0]


@pytest.mark.parametrize(
    ("changed", "dirty"), [("conformance/judge.py", True), ("spec/new.yaml", True), ("notes.txt", False)]
)
def test_what_differs_from_the_commit_is_told(checkout: Path, changed: str, dirty: bool) -> None:  # noqa: FBT001 - a parameter
    (checkout / changed).parent.mkdir(exist_ok=True)
    (checkout / changed).write_text("strict = False\n")

    assert said(checkout) == (git(checkout, "rev-parse", "HEAD"), dirty)


def test_the_commit_is_read_where_git_is_absent(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = git(checkout, "rev-parse", "HEAD")
    monkeypatch.setenv("PATH", str(checkout))

    assert said(checkout) == (commit, None)


def test_the_repository_of_a_hook_is_not_taken_for_the_suites(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", str(checkout.with_name("elsewhere")))

    assert said(checkout)[1] is False


@pytest.mark.parametrize("pointer", [None, "gitdir: ../gone\n", "\0"], ids=["none", "gone", "nonsense"])
def test_what_is_no_checkout_has_no_commit(tmp_path: Path, pointer: str | None) -> None:
    if pointer is not None:
        (tmp_path / ".git").write_text(pointer)

    assert said(tmp_path) == (None, None)
