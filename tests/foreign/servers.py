"""Install and start the servers of this folder; they need Node 20 or later, with npm."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.conforming.face import Credentials

HERE = Path(__file__).parent
DOCUMENT = HERE.parents[1] / "spec" / "openapi.yaml"
REQUIRE = "CONFORMANCE_REQUIRE_NODE"
HELP = f"Node 20 or later is needed, with npm: https://nodejs.org/en/download ({REQUIRE}=1 makes its absence a failure)"
INSTALL_SECONDS = 300
READY_SECONDS = 20

#: name → what node is given
SERVERS: dict[str, tuple[str, ...]] = {
    "fastify-conforming": ("fastify.mjs", "--conforming"),
    "fastify-careless": ("fastify.mjs", "--careless"),
    "express-conforming": ("express.mjs", "--conforming"),
    "express-careless": ("express.mjs", "--careless"),
    "prism-mock": ("mock.mjs", "--document", str(DOCUMENT)),
}


class Absent(Exception):
    """Node, npm or the packages cannot be had; its text says what to do."""


def install(folder: Path = HERE) -> None:
    """Install what `package-lock.json` names into `folder`/node_modules, once; raises `Absent`.

    Several processes may call it at the same time. No script of a package is run.
    """
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise Absent(HELP)
    modules = folder / "node_modules"
    wanted = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    with (folder / "package-lock.json").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = modules / ".installed"
        if stamp.exists() and stamp.read_text() == wanted:
            return
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        try:
            subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=INSTALL_SECONDS)
        except subprocess.SubprocessError as error:
            raise Absent(
                f"npm ci failed in {folder.name}/ ({type(error).__name__}): run it there to see why"
            ) from error
        stamp.write_text(wanted)


@contextlib.contextmanager
def started(name: str, credentials: Credentials | None = None) -> Iterator[str]:
    """Start one of `SERVERS` for one client; yields its base URL. Raises `Absent`."""
    install()
    own = credentials or Credentials()
    node = shutil.which("node")
    assert node is not None
    environment = {
        **{name: value for name, value in os.environ.items() if name not in ("NODE_ENV", "NODE_OPTIONS")},
        "REFERENCE_CLIENT_ID": own.client_id,
        "REFERENCE_CLIENT_SECRET": own.client_secret,
    }
    process = subprocess.Popen(
        [node, *SERVERS[name]],
        cwd=HERE,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line.startswith("listening on "):
            raise Absent(f"{name} does not start: run node {' '.join(SERVERS[name])} in {HERE.name}/ to see why")
        yield line.removeprefix("listening on ").strip()
    finally:
        process.stdin.close()
        try:
            process.wait(READY_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
