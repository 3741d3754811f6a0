"""What a record was made by: versions of the suite and of what its verdicts depend on."""

from __future__ import annotations

import platform
from importlib import metadata
from pathlib import Path
from typing import Any

from conformance import __version__


def tools() -> dict[str, str]:
    """Versions of what the verdicts depend on."""
    found = {"python": platform.python_version()}
    for name in ("hypothesis", "schemathesis", "pytest", "jsonschema-rs", "httptools", "pyjwt"):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "absent"
    return found


def suite_version() -> dict[str, Any]:
    """Name, version and, in a checkout, commit of the suite."""
    commit = None
    head = Path(__file__).resolve().parent.parent / ".git" / "HEAD"
    try:
        text = head.read_text().strip()
        commit = (head.parent / text.removeprefix("ref: ")).read_text().strip() if text.startswith("ref: ") else text
    except OSError:
        commit = None
    return {"name": "partners-api-conformance", "version": __version__, "commit": commit}
