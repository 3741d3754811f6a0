"""The embedded reference API as a process of its own: started, waited for, ended."""

from __future__ import annotations

import os
import secrets
import selectors
import subprocess
import sys
import time
from contextlib import AbstractContextManager, nullcontext
from typing import Self

from conformance.errors import TargetError
from conformance.secret import Secret
from conformance.targets import Credentials, Target

PATIENCE = 20.0  # seconds until it listens


def make_credentials() -> Credentials:
    """Credentials of one run: fresh, so that no artefact of another run can hold them.

    The secret is longer than the 72 octets that bcrypt looks at, of both cases, with digits and the marks that decoders
    and patterns take for theirs: a shortcut in a comparison has to show on it.
    """
    return Credentials("embedded-Client-7", Secret(f"Embedded+Key%_a.e-{secrets.token_urlsafe(60)}"))


class Embedded:
    """The reference API on a free port of the loopback interface; a context manager.

    mutant: name of a defect to serve with, or None for the clean server.
    The process ends with this one even where this one is killed: its standard input is a pipe of ours.
    """

    def __init__(self, credentials: Credentials, mutant: str | None = None) -> None:
        command = [sys.executable, "-m", "conformance.reference", "--port", "0"]
        if mutant:
            command += ["--mutant", mutant]
        environment = {
            **os.environ,
            "REFERENCE_CLIENT_ID": credentials.client_id,
            "REFERENCE_CLIENT_SECRET": credentials.client_secret.reveal(),
        }
        self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._base_url = ""

    @property
    def base_url(self) -> str:
        """Where it listens; waits until it does. Raises TargetError where it does not."""
        if not self._base_url:
            self._base_url = self._listening()
        return self._base_url

    def _listening(self) -> str:
        output = self._process.stdout
        if output is None:
            raise TargetError("the embedded reference API has no output")
        deadline = time.monotonic() + PATIENCE
        with selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ)
            while time.monotonic() < deadline and selector.select(deadline - time.monotonic()):
                line = output.readline().decode()
                if not line:
                    break
                if line.startswith("listening on "):
                    return line.removeprefix("listening on ").strip()
        self.close()
        raise TargetError("the embedded reference API did not start; `python -m conformance.reference` says why")

    def close(self) -> None:
        """End the process at once: it keeps nothing, and a graceful end takes it a quarter of a second."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def start(target: Target) -> AbstractContextManager[Embedded | None]:
    """The server of an embedded target, on its way up; None for any other target."""
    if target.name != "embedded" or target.credentials is None:
        return nullcontext()
    return Embedded(target.credentials)
