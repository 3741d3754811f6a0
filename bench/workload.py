"""`python -m bench.workload URL REQUESTS DIR`: one long run in a process of its own, whose memory can be measured.

Prints one JSON object: what the engine took, and what rendering the reports took.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import conformance.running  # noqa: F401 - what a session imports when it starts is start-up, which is measured elsewhere
from bench.model import processor_seconds
from bench.subject import prepared, repeated
from conformance.ending import end
from conformance.rendering.console import PLAIN
from conformance.session import Session


def main(url: str, requests: str, folder: str) -> None:
    """Run, render, tell."""
    run = repeated(prepared(url, Path(folder)), int(requests))
    session = Session(run)
    begun, used = time.monotonic(), processor_seconds()
    session.start()
    conclusion = session.wait()
    run_seconds, run_cpu = time.monotonic() - begun, processor_seconds() - used
    if conclusion is None:
        raise SystemExit(session.error)
    ended = end(session.prepared, conclusion, session.error, session.redactor, PLAIN)
    render_seconds = time.monotonic() - begun - run_seconds
    print(json.dumps({"run": run_seconds, "run_cpu": run_cpu, "render": render_seconds, "exit_code": ended.exit_code}))


if __name__ == "__main__":
    main(*sys.argv[1:])
