"""What a fresh clone needs: a lock, one door, and spec files nobody changed by hand."""

from __future__ import annotations

import ast
import configparser
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import conformance
from conformance import startup

ROOT = Path(__file__).resolve().parents[2]

#: Of the contract as its provider published it. A new edition changes file and figure in one commit.
CONTRACT_SHA256 = "6ee6a72f05763f27236d17f6bddd501cf70fd9df107a05d07dd12c4f30bbde3f"

#: Imported by their own names though they are part of what another offers: keys of PyJWT, marked-up texts of Jinja2.
PART_OF = {"cryptography": "pyjwt", "markupsafe": "jinja2"}


def lock() -> dict[str, str]:
    """Name → version of everything the lock pins."""
    return dict(
        re.findall(r"^([a-z0-9][a-z0-9.-]*)==([^ ;\\]+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    )


def declared(*extras: str) -> set[str]:
    """Names of the libraries that `pyproject.toml` asks for, those of the extras among them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *(one for extra in extras for one in project["optional-dependencies"][extra])]
    return {re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower() for requirement in asked}


class TestContract:
    """The published document is data, not code."""

    def test_is_byte_for_byte_what_was_published(self) -> None:
        """What we think of it belongs into the overlay."""
        assert hashlib.sha256((ROOT / "spec/openapi.yaml").read_bytes()).hexdigest() == CONTRACT_SHA256


class TestLock:
    """The lock holds versions and hashes and nothing of the machine it was made on."""

    def test_holds_no_address_and_no_path(self) -> None:
        """No index, no link, no option, no folder."""
        text = (ROOT / "requirements.lock").read_text()

        assert "://" not in text
        assert not re.search(r"^-|--(extra-)?index|--find-links|(^|\s)/|\\\\", text, re.MULTILINE)

    def test_every_package_has_hashes(self) -> None:
        """Whatever is installed is checked."""
        entries = re.split(r"^(?=[a-z0-9])", (ROOT / "requirements.lock").read_text(), flags=re.MULTILINE)[1:]

        assert len(entries) == len(lock())
        assert all(re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry) for entry in entries)

    def test_pins_what_the_project_asks_for(self) -> None:
        """Each direct requirement is in it; `make lock` puts it there."""
        assert declared("test", "dev") <= set(lock())


class TestDependencies:
    """What the code imports is what the project asks for, whatever else brings it along."""

    def test_what_the_package_imports_is_declared(self) -> None:
        """A library that comes with another is gone when that one changes its mind."""
        brings = packages_distributions()
        imported = {
            name.split(".")[0]
            for path in (ROOT / "conformance").rglob("*.py")
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            for name in (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module]
                if isinstance(node, ast.ImportFrom) and node.module
                else []
            )
        }
        distributions = {
            one.lower().replace("_", "-")
            for name in imported - sys.stdlib_module_names - {"conformance"}
            for one in brings[name]
        }

        assert distributions - declared() == PART_OF.keys()
        assert set(PART_OF.values()) <= declared()

    def test_no_pytest_is_admitted_that_nobody_has_tried(self) -> None:
        """`conformance/startup.py` sets private names of it, which the next major version is free to change."""
        project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
        (bounds,) = (one for one in project["dependencies"] if re.match(r"pytest[^a-z-]", one))

        assert ",<" in bounds
        assert lock()["pytest"].split(".")[0] == "9"

    def test_the_page_for_contributors_says_what_each_is_for(self) -> None:
        """One row of its table for each library that a run or a test stands on."""
        page = (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("## What we stand on, and why")[2]
        rows = [line.split("|")[1].lower() for line in page.partition("\n## ")[0].splitlines() if line.startswith("|")]
        named = {name for row in rows for name in re.findall(r"[a-z][a-z0-9-]*", row)}

        assert declared("test") <= named


class TestPackage:
    """Metadata has one source each."""

    def test_version_is_single_sourced(self) -> None:
        """`conformance.__version__` is the version."""
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())

        assert "version" not in project["project"]
        assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "conformance.__version__"}
        assert re.fullmatch(r"\d+\.\d+\.\d+", conformance.__version__)
        assert f"## [{conformance.__version__}]" in (ROOT / "CHANGELOG.md").read_text()

    def test_there_is_no_wheel_and_the_attempt_says_what_to_do(self, tmp_path: Path) -> None:
        """An installed copy would lack `spec/`; whoever tries `pip install .` learns that before there is a command."""
        ours = tmp_path / "checkout"
        for name in ("conformance", ".ci"):
            shutil.copytree(ROOT / name, ours / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("pyproject.toml", "README.md"):
            shutil.copy(ROOT / name, ours / name)
        done = subprocess.run(
            [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", tmp_path, ours],
            capture_output=True,
            text=True,
            check=False,
        )

        assert done.returncode != 0
        assert "run from its checkout: clone the repository and run `make setup` there" in done.stdout + done.stderr
        assert not list(tmp_path.glob("*.whl"))


def test_the_plugins_that_are_blocked_early_are_those_of_the_ini_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before pytest reads it, and thus before they are imported; what is there already stays."""
    ini = configparser.ConfigParser()
    ini.read(ROOT / "pytest.ini")
    named = {word.removeprefix("no:") for word in ini["pytest"]["addopts"].split() if word.startswith("no:")}
    manager = pytest.PytestPluginManager()
    there = object()
    manager.register(there, "anyio")
    monkeypatch.chdir(ROOT / "tests")

    startup.block_plugins(manager)

    assert {name for name in named if manager.is_blocked(name)} == named - {"anyio"}
    assert manager.get_plugin("anyio") is there


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed: apt install make")
class TestMakefile:
    """make is the one door."""

    @pytest.mark.parametrize(
        "target", ["help", "setup", "conformance", "test", "lint", "bench", "lock", "env-example", "readme", "clean"]
    )
    def test_target_exists(self, target: str) -> None:
        """Each documented target is known to make."""
        assert subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, check=False).returncode == 0

    def test_help_is_the_default_and_names_the_targets(self) -> None:
        """`make` alone teaches."""
        text = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

        for target in (
            "conformance",
            "test",
            "lint",
            "format",
            "bench",
            "setup",
            "lock",
            "env-example",
            "readme",
            "clean",
        ):
            assert f"make {target} " in text

    @pytest.mark.parametrize(
        "line",
        [
            "PARTNERS_API_TARGET=production\nPARTNERS_API_PROFILE=smoke",
            "PARTNERS_API_PLAN=true",
            "PARTNERS_API_REQUEST_BUDGET=3",
            "PARTNERS_API_FOO=1",
            "PYTEST_ADDOPTS=--collect-only",
        ],
        ids=lambda line: line.partition("\n")[0],
    )
    def test_conformance_is_the_same_whatever_stands_elsewhere(self, line: str, tmp_path: Path) -> None:
        """It sends the whole release profile to the embedded reference API, and to nobody else.

        What stands elsewhere stands in `.env` and in the environment at once.
        """
        for name in ("conformance", "spec", ".ci"):
            shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("Makefile", "conftest.py", "pytest.ini", "pyproject.toml", "requirements.lock"):
            shutil.copy(ROOT / name, tmp_path / name)
        (tmp_path / ".env").write_text(f"{line}\n")
        stamp(tmp_path)
        script = tmp_path / ".venv/bin/pytest"
        script.write_text(f'#!/bin/sh\nexec {sys.executable} -m pytest "$@"\n')
        script.chmod(0o755)

        own = ("PARTNERS_API_", "PYTEST_", "MAKE", "MFLAGS")
        env = {name: text for name, text in os.environ.items() if not name.startswith(own)}
        env |= dict(one.split("=", 1) for one in line.splitlines())
        done = subprocess.run(
            ["make", "conformance"], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
        )

        assert done.returncode == 0, done.stdout + done.stderr
        record = (tmp_path / "reports/results.jsonl").read_text("utf-8").splitlines()
        run, end = json.loads(record[0]), json.loads(record[-1])
        assert (run["target"]["name"], run["profile"]) == ("embedded", "release")
        assert end["requests"] > 250


def stamp(clone: Path) -> None:
    """Make .venv look as set-up leaves it."""
    (clone / ".venv/bin").mkdir(parents=True)
    (clone / ".venv/bin/python").symlink_to(sys.executable)
    script = 'printf "%s\\n" "$(pwd -P) $(cat requirements.lock pyproject.toml .ci/setup | cksum)" >.venv/.installed'
    subprocess.run(["sh", "-c", script], cwd=clone, check=True)


class TestSetup:
    """`.ci/setup` makes .venv, and knows when there is nothing to do."""

    @pytest.fixture
    def clone(self, tmp_path: Path) -> Path:
        """A clone as far as set-up reads it."""
        for name in ("requirements.lock", "pyproject.toml"):
            shutil.copy(ROOT / name, tmp_path / name)
        (tmp_path / ".ci").mkdir()
        shutil.copy(ROOT / ".ci/setup", tmp_path / ".ci/setup")
        return tmp_path

    @pytest.fixture
    def tools(self, tmp_path_factory: pytest.TempPathFactory) -> Path:
        """A folder with the few commands set-up uses, and no Python."""
        folder = tmp_path_factory.mktemp("bin")
        for name in ("sh", "dirname", "cat", "cksum", "head", "grep", "rm", "mkdir"):
            found = shutil.which(name)
            assert found, name
            (folder / name).symlink_to(found)
        return folder

    def run(self, clone: Path, path: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run it with only `path` to look for commands in."""
        return subprocess.run(
            ["sh", ".ci/setup"], cwd=clone, env={"PATH": path, **environ}, capture_output=True, text=True, check=False
        )

    def test_says_what_is_missing(self, clone: Path, tools: Path) -> None:
        """Without a CPython that is new enough it says so and how to name one, and leaves nothing behind."""
        done = self.run(clone, str(tools))

        assert done.returncode == 1
        assert "CPython 3.11 or newer is needed" in done.stderr
        assert "PYTHON=" in done.stderr
        assert not (clone / ".venv").exists()

    def test_old_python_is_passed_over(self, clone: Path, tools: Path) -> None:
        """An interpreter that is too old counts as none."""
        old = tools / "python3"
        old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2" && exit 0\nexit 1\n')
        old.chmod(0o755)

        done = self.run(clone, str(tools))

        assert done.returncode == 1
        assert "python3 is: Python 3.9.2" in done.stderr

    def test_has_nothing_to_do_twice(self, clone: Path, tools: Path) -> None:
        """With a stamp for this lock in this place it says nothing and ends well, without pip or network."""
        stamp(clone)

        done = self.run(clone, str(tools))

        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

    @pytest.mark.parametrize("change", ["lock", "interpreter", "place"])
    def test_starts_again_when_something_changed(self, clone: Path, tools: Path, change: str) -> None:
        """A new lock, a lost interpreter or another place void the stamp."""
        stamp(clone)
        if change == "lock":
            with (clone / "requirements.lock").open("a") as file:
                file.write("# changed\n")
        elif change == "interpreter":
            (clone / ".venv/bin/python").unlink()
        else:
            clone = clone.rename(clone.with_name(f"{clone.name}-moved"))

        done = self.run(clone, str(tools))

        assert "made again" in done.stderr
        assert done.returncode == 1  # there is no Python to go on with

    def test_insists_on_hashes(self) -> None:
        """Nothing is installed that the lock does not know by its hash."""
        assert (
            "install -qq --require-hashes --no-deps --requirement requirements.lock" in (ROOT / ".ci/setup").read_text()
        )

    @pytest.mark.parametrize("script", [".ci/setup", ".ci/run"])
    def test_scripts_can_be_run(self, script: str) -> None:
        """Both are executable, and their shells find no fault in them."""
        assert os.access(ROOT / script, os.X_OK)
        shell = (ROOT / script).read_text().splitlines()[0].split("/")[-1].split()[-1]
        subprocess.run([shell, "-n", script], cwd=ROOT, check=True)


@pytest.mark.parametrize(("name", "passes"), [("/x/y.pyc", True), ("/x/y.py", True), ("/x/results.jsonl", False)])
def test_of_what_is_left_open_only_a_module_under_way_is_let_pass(*, name: str, passes: bool) -> None:
    """By the ini file, whose other line makes an error of every warning."""
    ini = configparser.ConfigParser(interpolation=None)
    ini.read(ROOT / "pytest.ini")
    every, (action, message, _) = (line.split(":") for line in ini["pytest"]["filterwarnings"].split("\n") if line)
    told = f"Exception ignored in: <_io.FileIO name='{name}' mode='rb' closefd=True>"

    assert (every, action) == (["error"], "ignore")
    assert bool(re.match(message, told)) is passes
