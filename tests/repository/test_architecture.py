"""The rules of design and house, read off the source: each says why it is one."""

from __future__ import annotations

import ast
import graphlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from conformance.exitcode import ExitCode

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "conformance"

#: The package from top to bottom. A module imports from its own layer and from those below. A folder stands for all in it.
LAYERS: tuple[tuple[str, frozenset[str]], ...] = (
    ("the command line", frozenset({"cli"})),
    ("pytest", frozenset({"plugin", "startup", "suite", "following", "runstate"})),
    (
        "a run, from settings to reports",
        frozenset({"session", "preparation", "running", "conclusion", "keyset", "ending", "artefacts", "provenance"}),
    ),
    ("the record made readable", frozenset({"rendering"})),
    (
        "the engine",
        frozenset(
            {
                "engine",
                "exploration",
                "bookkeeping",
                "journal",
                "lanes",
                "mismatch",
                "readmission",
                "room",
                "safeguard",
                "progress",
                "embedded",
            }
        ),
    ),
    ("the record", frozenset({"record", "recordlines"})),
    ("verdicts", frozenset({"verdicts", "evidence", "coverage", "subsumption"})),
    ("what is sent", frozenset({"plan", "shrinking", "corpus", "scenarios", "applicability"})),
    ("judgement", frozenset({"judge", "checks", "sequence", "refusals", "losses"})),
    ("the wire", frozenset({"sender", "throttling", "exchange", "wire"})),
    ("what a request is", frozenset({"classification", "notation", "pair"})),
    (
        "what the user says",
        frozenset({"deviations", "catalogue", "targets", "settings", "sources", "values", "baseurl"}),
    ),
    ("what may be shown", frozenset({"redaction", "tripwire", "masking"})),
    (
        "what is read",
        frozenset(
            {
                "contract",
                "cookies",
                "overlay",
                "specfile",
                "findings",
                "messages",
                "httpdate",
                "jws",
                "tokens",
                "jsontext",
                "nesting",
                "well_known_keys",
            }
        ),
    ),
    (
        "what everything knows",
        frozenset({"discreet", "errors", "exitcode", "interruption", "filecache", "secret", "streams", "__init__"}),
    ),
    ("the reference API, which knows nothing of the suite", frozenset({"reference"})),
)
LEVEL = {name: level for level, (_, names) in enumerate(LAYERS) for name in names}


def sources(*folders: str) -> list[Path]:
    """Every Python file of ours under these folders."""
    return sorted(
        path
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        if not {"node_modules", "__pycache__"} & set(path.parts)
    )


@cache
def tree(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(path.read_text("utf-8"), str(path))


def part(path: Path) -> str:
    """The module, or top folder, of the package that a file belongs to."""
    relative = path.relative_to(PACKAGE)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything a file imports, inside functions and for type checkers too."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def own(name: str) -> str | None:
    """The part of the package that a dotted name stands for, or None if it is none of ours."""
    pieces = name.split(".")
    if pieces[0] != "conformance":
        return None
    return pieces[1] if len(pieces) > 1 and pieces[1] in LEVEL else "__init__"


def test_every_module_has_its_place() -> None:
    """A module nobody placed is a module whose imports nobody thought about: give it a layer in LAYERS."""
    unplaced = {part(path) for path in sources("conformance")} - set(LEVEL)

    assert not unplaced, f"give {sorted(unplaced)} a layer in {Path(__file__).name}, because imports point down only"


def test_every_module_has_one_place_and_every_place_a_module() -> None:
    """A name that stands in two layers may import from either, and one without a module is a rule about nothing."""
    places = sorted(name for _, names in LAYERS for name in names)

    assert places == sorted({part(path) for path in sources("conformance")})


def test_the_page_for_contributors_has_the_same_layers() -> None:
    """CONTRIBUTING.md shows every module in its place: whoever adds one learns there what it may know."""
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    table = page.partition("| layer | may know | must not know |\n")[2].partition("\n\n")[0]
    rows = [re.findall(r"`([a-z_]+)/?`", line.split("|")[1]) for line in table.splitlines()[1:]]

    assert [sorted(row) for row in rows] == [sorted(names) for _, names in LAYERS]


@pytest.mark.parametrize("path", sources("conformance"), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path: Path) -> None:
    """What is below knows nothing of what is above, because only so can a part be read, tested and replaced alone."""
    here = LEVEL.get(part(path))
    if here is None:
        pytest.fail(f"{path.name} has no layer")
    up = [
        f"line {line}: {name} is in a layer above ({LAYERS[LEVEL[target]][0]})"
        for line, name in imported(path)
        if (target := own(name)) is not None and LEVEL[target] < here
    ]

    assert not up, f"{LAYERS[here][0]} imports upwards, because of:\n" + "\n".join(up)


def test_no_module_imports_itself_by_way_of_others() -> None:
    """Two modules that need each other are one, whether they import at the top or inside a function."""
    imports = {module(path): set(needed(path)) for path in sources("conformance")}

    # raises CycleError, which names the cycle
    graphlib.TopologicalSorter(imports).prepare()


def module(path: Path) -> str:
    """The dotted name of a file of the package."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def needed(path: Path) -> Iterator[str]:
    """The modules that a file imports when it runs: not for type checkers alone."""
    idle = {
        id(inner)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    known = {module(other) for other in sources("conformance")}
    for node in ast.walk(tree(path)):
        if id(node) not in idle and isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            yield from (names & known) or ({node.module} & known)


@pytest.mark.parametrize("path", sources("conformance/reference"), ids=lambda path: str(path.relative_to(ROOT)))
def test_reference_knows_nothing_of_the_suite(path: Path) -> None:
    """The reference API shares no code with what judges it, because a shared mistake would be seen by neither."""
    shared = [
        name
        for _, name in imported(path)
        if name.startswith("conformance") and not name.startswith("conformance.reference")
    ]

    assert not shared


def test_only_the_glue_knows_pytest() -> None:
    """Engine, judge and reports work without pytest, because the console script and the partner's run do."""
    knowing = {
        part(path)
        for path in sources("conformance")
        for _, name in imported(path)
        if name.split(".")[0] in ("pytest", "_pytest")
    }

    assert knowing <= {"plugin", "startup", "suite"}


def test_nothing_generic_names_the_one_path() -> None:
    """The contract will grow to 29 operations more, so code that names the first would have to be found and mended."""
    naming = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources("conformance")
        if part(path) != "reference"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "oauth/token" in node.value
        if not _is_docstring(path, node)
    ]

    assert not naming


@pytest.mark.parametrize("figure", [429, ExitCode.INTERRUPTED, ExitCode.MISCONFIGURED, ExitCode.INCONCLUSIVE])
def test_a_status_and_an_exit_code_are_written_once(figure: int) -> None:
    """They have names, because a figure that stands in two places is changed in one."""
    named = re.compile(
        r"\b(TOO_MANY_REQUESTS|THROTTLED|_?exit\w*|INTERRUPTED|MISCONFIGURED|INCONCLUSIVE)\b", re.IGNORECASE
    )
    places = [
        path.name
        for path in sources("conformance")
        if part(path) != "reference"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.Return | ast.Compare | ast.Call | ast.Dict)
        and named.search(ast.unparse(node))
        for inner in ast.iter_child_nodes(node)
        if isinstance(inner, ast.Constant) and type(inner.value) is int and inner.value == figure
    ]

    assert len(places) == 1


def test_what_is_defined_is_read() -> None:
    """What nobody reads has to be understood all the same, by everybody who comes by."""
    trees = [tree(path) for path in sources("conformance") if part(path) != "reference"]
    nodes = [node for one in trees for node in ast.walk(one)]
    read = {node.attr for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)}
    read |= {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    read |= {alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}
    read |= {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    read |= set(re.findall(r"\w+", (ROOT / "Makefile").read_text("utf-8")))
    # pytest, httptools, Jinja2 and PyYAML ask for these by their names
    called = re.compile(r"(pytest|test|on)_\w+|(load|dump)_bytecode|yaml_implicit_resolvers|__\w+__")

    defined = {name for one in trees for name in _defined(one) if not called.fullmatch(name)}

    assert not sorted(defined - read)


def _defined(module_tree: ast.Module) -> Iterator[str]:
    """The names of a module's functions and figures, of its classes' methods and fields, and of what is set on `self`."""
    bodies = [module_tree.body, *(node.body for node in ast.walk(module_tree) if isinstance(node, ast.ClassDef))]
    for node in (node for body in bodies for node in body):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))
    for one in ast.walk(module_tree):
        if isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store) and ast.unparse(one.value) == "self":
            yield one.attr


@pytest.mark.parametrize("path", sources("conformance", "tests", "bench"), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_is_too_long(path: Path) -> None:
    """400 lines at most, because a file that is read at one sitting is a file that is understood."""
    assert len(path.read_text("utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", sources("tests"), ids=lambda path: str(path.relative_to(ROOT)))
def test_tests_state_facts(path: Path) -> None:
    """A test's name and docstring say what is, because what ought to be is the whole subject of a test already."""
    wish = re.compile(r"\bshould\b|^(tests?|checks?|verif\w+) (that|if|whether)\b", re.IGNORECASE)
    wishes = [
        node.name
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef)
        and node.name.startswith("test_")
        and any(wish.search(text) for text in (node.name.replace("_", " "), ast.get_docstring(node) or ""))
    ]

    assert not wishes


@cache
def _docstrings(path: Path) -> frozenset[int]:
    """Identity of every docstring node of a file."""
    owners = (node for node in ast.walk(tree(path)) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef))
    return frozenset(id(owner.body[0].value) for owner in owners if owner.body and isinstance(owner.body[0], ast.Expr))


def _is_docstring(path: Path, node: ast.Constant) -> bool:
    return id(node) in _docstrings(path)
