"""Run one hostile server until its standard input ends or it is interrupted."""

from __future__ import annotations

import argparse
import sys

from tests.hostile import HOSTILE, HOSTILE_BY_NAME
from tests.hostile.server import CLIENT_ID, CLIENT_SECRET


def main() -> int:
    """Read the command line, serve, return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("name", nargs="?", choices=sorted(HOSTILE_BY_NAME), metavar="NAME")
    parser.add_argument("--list", action="store_true", help="show every behaviour and end")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--after", type=int, default=0, help="requests answered correctly before it begins")
    parser.add_argument("--client-id", default=CLIENT_ID)
    parser.add_argument("--client-secret", default=CLIENT_SECRET)
    options = parser.parse_args()
    if options.list or not options.name:
        for hostile in HOSTILE:
            print(f"{hostile.name:32} {hostile.title}")  # noqa: T201 - the command's output
        return 0
    hostile = HOSTILE_BY_NAME[options.name]
    with hostile.running(
        port=options.port, after=options.after, client_id=options.client_id, client_secret=options.client_secret
    ) as server:
        print(f"listening on {server.base_url}", flush=True)  # noqa: T201 - the command's output
        if server.ca_bundle:
            print(f"trust {server.ca_bundle}", flush=True)  # noqa: T201 - the command's output
        try:
            sys.stdin.read()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
