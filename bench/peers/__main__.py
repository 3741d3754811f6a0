"""`python -m bench.peers [--servers N]`: who catches what, at which price, on the same servers in one go."""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.peers.contracts import ROOT
from bench.peers.counting import counting
from bench.peers.peers import Peer, Said, Word, all_peers
from bench.peers.servers import Server, gallery, sample

RESULTS = ROOT / "bench" / "results" / "peers.json"
MARKS = {Word.ACCUSED: "x", Word.QUIET: ".", Word.UNDECIDED: "?"}


@dataclass(frozen=True, slots=True)
class Result:
    """What one tool made of one server, and what it cost.

    requests: as counted in front of the server.
    seconds: of the whole command, start-up included.
    """

    peer: str
    server: str
    sin: str
    word: str
    grounds: tuple[str, ...]
    requests: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Sum:
    """A line of the table; requests and seconds are means over all servers."""

    peer: str
    configuration: str
    caught: int
    defective: int
    false_alarms: int
    conforming: int
    undecided: int
    requests: float
    seconds: float


def measure(peer: Peer, server: Server, run: str) -> Result:
    """Let one tool judge a fresh instance of one server."""
    with server.start(run) as base_url, counting(base_url) as (url, count), tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        said: Said = peer.judge(url, server.jwks and url + server.jwks, Path(folder))
        seconds = time.monotonic() - began
    return Result(peer.name, server.name, server.sin, said.word.value, said.grounds, count.requests, round(seconds, 2))


def summed(peers: list[Peer], results: list[Result]) -> Iterator[Sum]:
    """The table, a line for each tool."""
    for peer in peers:
        own = [result for result in results if result.peer == peer.name]
        if not own:
            continue
        defective, conforming = [one for one in own if one.sin], [one for one in own if not one.sin]
        yield Sum(
            peer.name,
            peer.configuration,
            sum(one.word == Word.ACCUSED.value for one in defective),
            len(defective),
            sum(one.word == Word.ACCUSED.value for one in conforming),
            len(conforming),
            sum(one.word == Word.UNDECIDED.value for one in own),
            round(sum(one.requests for one in own) / len(own), 1),
            round(sum(one.seconds for one in own) / len(own), 1),
        )


def _table(sums: list[Sum]) -> Iterator[str]:
    yield f"{'':28}{'caught':>12}{'false alarms':>15}{'no verdict':>12}{'requests':>10}{'seconds':>9}"
    for line in sums:
        caught, alarms = f"{line.caught} of {line.defective}", f"{line.false_alarms} of {line.conforming}"
        yield f"{line.peer:28}{caught:>12}{alarms:>15}{line.undecided:>12}{line.requests:>10}{line.seconds:>9}"
    yield ""
    yield "Requests and seconds are means over all servers, start-up included. Configurations:"
    yield from (f"  {line.peer}: {line.configuration}" for line in sums)


def main() -> None:
    """Measure, print, and write the results."""
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__)
    parser.add_argument("--servers", type=int, default=20, metavar="N", help="how many, seven of ten defective")
    parser.add_argument("--profiles", default="smoke,release", help="profiles of this suite, separated by commas")
    options = parser.parse_args()
    results: list[Result] = []
    with tempfile.TemporaryDirectory() as folder, gallery() as address:
        peers, notes = all_peers(options.profiles.split(","), Path(folder))
        servers = sample(options.servers, address)
        width = max(len(server.name) for server in servers)
        print(
            f"{len(servers)} servers; x accused, . quiet, ? no verdict, in this order: {', '.join(p.name for p in peers)}"
        )
        for server in servers:
            print(f"{server.name:{width}}  ", end="", flush=True)
            for at, peer in enumerate(peers):
                results.append(measure(peer, server, f"run{at}"))
                print(MARKS[Word(results[-1].word)], end=" ", flush=True)
            print(f" {server.sin or 'conforms'}", flush=True)
    sums = list(summed(peers, results))
    print("", *notes, *_table(sums), sep="\n")
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    document = {"notes": notes, "sums": [asdict(one) for one in sums], "results": [asdict(one) for one in results]}
    RESULTS.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(f"\nEach result is in {RESULTS.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
