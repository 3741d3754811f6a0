"""`python -m tests.conforming NAME --port 0`: serve one variant until standard input ends.

The credentials are those of REFERENCE_CLIENT_ID and REFERENCE_CLIENT_SECRET where both are set.
"""

from __future__ import annotations

import argparse
import os
import sys

from tests.conforming.face import Credentials
from tests.conforming.variants import VARIANTS, named


def main() -> None:
    """Serve the variant that the command line names, or list them all."""
    parser = argparse.ArgumentParser(prog="python -m tests.conforming")
    parser.add_argument("name", nargs="?", choices=[variant.name for variant in VARIANTS])
    parser.add_argument("--port", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.name is None:
        for variant in VARIANTS:
            sys.stdout.write(f"{variant.name:26}{variant.line}\n")
        return
    client_id, secret = os.environ.get("REFERENCE_CLIENT_ID"), os.environ.get("REFERENCE_CLIENT_SECRET")
    credentials = Credentials(client_id, secret) if client_id and secret else Credentials()
    with named(arguments.name).start(credentials, arguments.port) as base_url:
        sys.stdout.write(f"listening on {base_url}\n")
        sys.stdout.flush()
        sys.stdin.buffer.read()


if __name__ == "__main__":
    main()
