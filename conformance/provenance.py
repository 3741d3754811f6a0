"""What a record was made by: versions of the suite and of what its verdicts depend on."""

from __future__ import annotations

import platform
from importlib import metadata
from pathlib import Path
from typing import Any

from conformance import __version__

ROOT = Path(__file__).resolve().parent.parent
JUDGED_BY = ("conformance", "spec")
PATIENCE = 1.0  # seconds


def tools() -> dict[str, str]:
    """Versions of what the verdicts depend on."""
    found = {"python": platform.python_version()}
    for name in ("hypothesis", "schemathesis", "pytest", "jsonschema-rs", "httptools", "pyjwt"):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "absent"
    return found


def suite_version(root: Path = ROOT) -> dict[str, Any]:
    """Name, version and, in a checkout, commit of the suite.

    dirty: whether what verdicts depend on differs from that commit; None where git cannot say.
    """
    commit = _commit(root)
    dirty = None if commit is None else _is_dirty(root)
    return {"name": "partners-api-conformance", "version": __version__, "commit": commit, "dirty": dirty}


def _commit(root: Path) -> str | None:
    """The commit of a checkout, from its files: git may be absent, or distrust who owns them."""
    try:
        own = root / ".git"
        if own.is_file():  # a worktree: HEAD is its own, and most refs are the repository's (gitrepository-layout(5))
            own = root / own.read_text("utf-8").removeprefix("gitdir: ").strip()
        common = own / "commondir"
        shared = own / common.read_text("utf-8").strip() if common.is_file() else own
        head = (own / "HEAD").read_text("utf-8").strip()
        return _resolved(head.removeprefix("ref: "), own, shared) if head.startswith("ref: ") else head
    except (OSError, ValueError):
        return None


def _resolved(ref: str, *folders: Path) -> str | None:
    """What a ref stands at: a file of its own beats the line that `git pack-refs` and `git gc` leave of it."""
    for folder in folders:
        if (folder / ref).is_file():
            return (folder / ref).read_text("utf-8").strip()
    packed = (line.split(" ", 1) for line in (folders[-1] / "packed-refs").read_text("utf-8").splitlines())
    return next((words[0] for words in packed if words[1:] == [ref]), None)


def _is_dirty(root: Path) -> bool | None:
    """Ask git, which takes some 10 ms; nobody waits for a slow one."""
    import os
    import subprocess

    command = ["git", "--no-optional-locks", "status", "--porcelain", "--", *JUDGED_BY]
    # a hook of another repository, which the suite may be run from, points git there
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(command, cwd=root, env=environ, capture_output=True, timeout=PATIENCE, check=False)  # noqa: S603 - no word of it is anybody else's
    except (OSError, subprocess.TimeoutExpired):
        return None
    return bool(done.stdout) if done.returncode == 0 else None
