"""`python -m bench.peers [--servers N]`: who catches what, at which price, on the same servers in one go."""

from __future__ import annotations

import argparse

from bench.model import write
from bench.peers.comparison import FEW, PROFILES, compare


def main() -> None:
    """Measure, print, and write the results."""
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__)
    parser.add_argument("--servers", type=int, default=FEW, metavar="N", help="how many, seven of ten defective")
    parser.add_argument("--profiles", default=",".join(PROFILES), help="profiles of this suite, separated by commas")
    options = parser.parse_args()
    write(lambda: compare(options.servers, options.profiles.split(",")))


if __name__ == "__main__":
    main()
