"""Who catches what, at which price: this suite and its peers on the same servers in one go."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.model import Report
from bench.peers.counting import counting
from bench.peers.peers import Peer, Said, Word, all_peers
from bench.peers.servers import Server, gallery, sample

PROFILES = ("smoke", "release")
FEW = 10
MANY = 60
COLUMNS = ("", "caught", "false alarms", "no verdict", "requests", "seconds")
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


def measure(*, full: bool) -> Report:
    """The table of `make bench`."""
    return compare(MANY if full else FEW, PROFILES)


def compare(servers: int, profiles: Sequence[str]) -> Report:
    """Let every tool judge the same servers, and say on stderr how far it is: x accused, . quiet, ? no verdict."""
    results: list[Result] = []
    with tempfile.TemporaryDirectory() as folder, gallery() as address:
        peers, notes = all_peers(list(profiles), Path(folder))
        chosen = sample(servers, address)
        width = max(len(server.name) for server in chosen)
        _tell(
            f"{len(chosen)} servers; x accused, . quiet, ? no verdict, in this order: {', '.join(p.name for p in peers)}\n"
        )
        for server in chosen:
            _tell(f"{server.name:{width}}  ")
            for at, peer in enumerate(peers):
                results.append(_judge(peer, server, f"run{at}"))
                _tell(f"{MARKS[Word(results[-1].word)]} ")
            _tell(f" {server.sin or 'conforms'}\n")
    report = Report("peers", f"This suite and its peers on {len(chosen)} servers", COLUMNS, results=results)
    sums = list(summed(peers, results))
    report.rows += [
        (
            line.peer,
            f"{line.caught} of {line.defective}",
            f"{line.false_alarms} of {line.conforming}",
            line.undecided,
            line.requests,
            line.seconds,
        )
        for line in sums
    ]
    report.notes += [
        "requests and seconds are means over all servers, start-up included; counted in front of the server"
    ]
    report.notes += [f"{line.peer}: {line.configuration}" for line in sums] + notes
    return report


def _tell(text: str) -> None:
    print(text, end="", flush=True, file=sys.stderr)


def _judge(peer: Peer, server: Server, run: str) -> Result:
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
