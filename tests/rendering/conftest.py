"""What the tests of the reports share: the schemas of JUnit XML, and a browser."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from lxml import etree

HERE = Path(__file__).parent
PUBLISHED = "junit-10.xsd"
INSISTS = "CONFORMANCE_REQUIRE_BROWSER"


@pytest.fixture(scope="session")
def narrow_schema() -> etree.XMLSchema:
    """Our own schema of JUnit XML."""
    return etree.XMLSchema(etree.parse(HERE / "junit.xsd"))


@pytest.fixture(scope="session")
def published_schema(request: pytest.FixtureRequest) -> etree.XMLSchema:
    """Jenkins' schema of JUnit XML, fetched once and kept in pytest's cache; skips where it cannot be fetched."""
    cache = request.config.cache
    assert cache is not None
    path = cache.mkdir("junit-schema") / PUBLISHED
    if not path.exists():
        _fetch(path)
    return etree.XMLSchema(etree.parse(path))


def _fetch(path: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--retries=0", "--timeout=10", "--no-deps"]
    command += ["--no-binary=:all:", "--require-hashes", "--dest", str(path.parent)]
    command += ["--requirement", str(HERE / "published-junit-schema.txt")]
    fetched = subprocess.run(command, capture_output=True, check=False, text=True, timeout=120)
    if fetched.returncode:
        pytest.skip(f"{PUBLISHED} cannot be fetched from the package index: {fetched.stderr.strip()[-200:]}")
    (archive,) = path.parent.glob("*.tar.gz")
    with tarfile.open(archive) as members:
        name = next(name for name in sorted(members.getnames()) if name.endswith("/" + PUBLISHED))
        content = members.extractfile(name)
        assert content is not None
        # Whole or not at all: workers of one run share the folder.
        part = path.with_suffix(f".{os.getpid()}")
        part.write_bytes(content.read())
        part.replace(path)


@dataclass(frozen=True, slots=True)
class Page:
    """What a browser made of a file: its document after scripts, and what it had to say."""

    document: str
    log: str


@pytest.fixture
def browse(tmp_path: Path) -> Callable[[Path], Page]:
    """Open a file in headless Chromium. Skips where there is none, unless the environment insists on it."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        how = "no chromium: apt-get install chromium (Debian), then run again"
        if os.environ.get(INSISTS) == "1":
            pytest.fail(f"{how} ({INSISTS}=1 insists on it)")
        pytest.skip(how)

    def open_in_chromium(path: Path) -> Page:
        command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
        command += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
        command += [f"--user-data-dir={tmp_path / 'profile'}", "--enable-logging=stderr", "--virtual-time-budget=3000"]
        command += ["--dump-dom", path.as_uri()]
        done = subprocess.run(command, capture_output=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr.decode("utf-8", "replace")[-2000:]
        return Page(done.stdout.decode("utf-8"), done.stderr.decode("utf-8", "replace"))

    return open_in_chromium
