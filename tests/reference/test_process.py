from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
import time

import pytest

from conformance.reference.mutants import MUTANTS
from tests.measuring import least
from tests.reference.conftest import CLIENT_ID, CLIENT_SECRET, ENVIRONMENT, ROOT, running, start
from tests.reference.wire import Probe, Wire

GOOD = json.dumps({"clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET}).encode()


def command(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    environment = {**ENVIRONMENT, **variables}
    return subprocess.run(
        [sys.executable, "-m", "conformance.reference", *arguments],
        cwd=ROOT, env=environment, text=True, capture_output=True, timeout=20, check=False,
    )  # fmt: skip


def test_it_says_where_it_listens_and_ends_with_its_stdin() -> None:
    """One line on stdout, then service, then exit 0 when the parent's end of the pipe is closed."""
    process = start()
    assert process.stdout
    assert process.stdin
    line = process.stdout.readline()
    with Wire(line.removeprefix("listening on ").strip()) as wire:
        status = wire.send(Probe("", GOOD)).status
        process.stdin.close()
        code = process.wait(5)
    process.stdout.close()

    assert line.startswith("listening on http://127.0.0.1:")
    assert line.endswith("/api/v3\n")
    assert (status, code) == (200, 0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it(number: signal.Signals) -> None:
    """To be told to stop is no failure."""
    process = start()
    assert process.stdout
    assert process.stdin
    process.stdout.readline()
    process.send_signal(number)
    code = process.wait(5)
    process.stdin.close()
    process.stdout.close()

    assert code == 0


def test_dev_null_as_stdin_does_not_end_it() -> None:
    """Only a pipe has a parent at its other end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "conformance.reference"],
        cwd=ROOT, env=ENVIRONMENT, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout
    process.stdout.readline()
    time.sleep(0.3)
    running_still = process.poll() is None
    process.terminate()
    process.wait(5)
    process.stdout.close()

    assert running_still


@pytest.mark.parametrize(
    ("arguments", "variables", "text"),
    [
        ((), {"REFERENCE_CLIENT_SECRET": ""}, "set REFERENCE_CLIENT_ID and REFERENCE_CLIENT_SECRET"),
        (("--mutant", "no-such-sin"), {}, "no mutant is called 'no-such-sin'"),
        (("--rate-limit", "0"), {}, "argument --rate-limit"),
        (("--rate-window", "nan"), {}, "argument --rate-window"),
    ],
)
def test_wrong_use_exits_2(arguments: tuple[str, ...], variables: dict[str, str], text: str) -> None:
    """What is wrong is said on stderr."""
    result = command(*arguments, **variables)

    assert result.returncode == 2
    assert text in result.stderr


def test_the_list_of_mutants_is_whole() -> None:
    """A line each: requirement, name, kind, title."""
    lines = command("--list-mutants").stdout.splitlines()

    assert [line.split("\t")[1] for line in lines] == [mutant.name for mutant in MUTANTS]


def test_a_mutant_is_served_by_name() -> None:
    """`--mutant` breaks what it says and nothing else."""
    with running("--mutant", "token-type-in-lower-case") as url, Wire(url) as wire:
        reply = wire.send(Probe("", GOOD))

    assert (reply.status, reply.json()["tokenType"]) == (200, "bearer")


def test_throttling_headers_come_with_every_answer(api: Wire) -> None:
    """`retry-after: 0` means no wait, and the reset is in seconds from now."""
    for probe in (Probe("", GOOD), Probe("", b""), Probe("", method="GET"), Probe("", path="/nowhere")):
        headers = api.send(probe).headers

        assert headers["retry-after"] == "0"
        assert headers["x-ratelimit-limit"] == "1000000"
        assert 0 < int(headers["x-ratelimit-remaining"]) < 1_000_000
        assert 0 < int(headers["x-ratelimit-reset"]) <= 60


def test_the_limit_is_kept() -> None:
    """Over the limit the answer is the documented 429, and after the window all is well."""
    with running("--rate-limit", "3", "--rate-window", "1") as url, Wire(url) as wire:
        replies = [wire.send(Probe("", GOOD)) for _ in range(5)]
        time.sleep(1.05)
        later = wire.send(Probe("", GOOD))

    assert [reply.status for reply in replies] == [200, 200, 200, 429, 429]
    assert [reply.headers["x-ratelimit-remaining"] for reply in replies] == ["2", "1", "0", "0", "0"]
    assert replies[3].headers["retry-after"] == replies[3].headers["x-ratelimit-reset"] == "1"
    assert replies[3].json() == {
        "error": "Too Many Requests",
        "error_description": "Rate limit exceeded, retry in 1 seconds",
    }
    assert later.status == 200


def test_it_starts_and_ends_within_half_a_second_of_processor_time() -> None:
    """Imports, key and all; the best of three, and not by the clock on the wall, so that a busy machine does not count."""

    def seconds() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with running():
            pass
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime

    assert least(seconds, 0.5) < 0.5
