"""What takes long to make of a file, kept where Python keeps the compiled modules, and as long as it keeps them.

Nothing depends on it: where nothing can be written or what is there is of something else, it is made again. Only what
is made of files of this project is kept, never what came from a target or from settings.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

FOLDER = Path(__file__).parent / "__pycache__"


def stamp(*makers: str) -> str:
    """Tells one edition of the files that make something from another, as Python tells compiled modules: by their times."""
    return " ".join(str(Path(maker).stat().st_mtime_ns) for maker in makers)


def get(name: str, of: str) -> bytes | None:
    """What was kept under the name, if it was made of just this; `of` is one line, such as a hash."""
    with contextlib.suppress(OSError):
        line, _, content = _path(name).read_bytes().partition(b"\n")
        if line == of.encode():
            return content
    return None


def put(name: str, of: str, content: bytes) -> None:
    """Keep the content, as a whole or not at all."""
    if sys.dont_write_bytecode:
        return
    path = _path(name)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        fresh.write_bytes(of.encode() + b"\n" + content)
        fresh.replace(path)


def _path(name: str) -> Path:
    return FOLDER / f"{name}.{sys.implementation.cache_tag}.kept"
