"""What has to be settled before pytest, or its garbage collector, does what costs every start its time.

Blocking plugins and adding options is public. `find_ini_again` and `rewrite_no_assertions` set private names of pytest, as
there is no public way; therefore pyproject.toml admits no pytest newer than those they were tried with.
`conformance.plugin` alone may use this.
"""

from __future__ import annotations

import contextlib
import gc
import os
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance import settings

if TYPE_CHECKING:
    import pytest

    from conformance.rendering.console import Style

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "conformance"
#: pytest has an option of this name, which our pytest.ini makes the default: given, it is read as ours
PYTEST_OWN = "--strict"
FROM_ITS_ROOT = f"the suite is run from its root (cd {shlex.quote(str(ROOT))})"
#: objects that are made before any are looked through for cycles
SELDOM = 10_000


@contextlib.contextmanager
def garbage_left_alone() -> Iterator[None]:
    """Collect no garbage while the run is prepared, and less of it for the rest of the process.

    Specification and plan live as long as the process: afterwards they are frozen, so that no collection goes through them.
    Nearly all that a run makes goes with its last reference, so that from here on a look for cycles now and then is enough.
    Both stay as they are when the context ends: the process is there for the run.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(SELDOM, *gc.get_threshold()[1:])
        if was:
            gc.enable()


def freeze_garbage() -> None:
    """Freeze all there is at the end of a run: it lives until the process ends, and the last collection passes it over."""
    gc.freeze()


def add_options(parser: pytest.Parser) -> None:
    """Add the suite's options, each made from its setting."""
    title = "conformance of the Partners API (each option is a setting of .env too; --strict: recommendations fail the run too)"
    group = parser.getgroup("conformance", title)
    for declaration in settings.DECLARATIONS:
        if declaration.option is None or declaration.option == PYTEST_OWN:
            continue
        text = f"{declaration.comment} Accepted: {declaration.reader.accepted}.".replace("%", "%%")
        if declaration.default:
            text += f" Default: {declaration.default}."
        if declaration.flag:
            group.addoption(
                declaration.option, dest=declaration.name, action="store_const", const="true", default=None, help=text
            )
        elif declaration.repeatable:
            group.addoption(
                declaration.option, dest=declaration.name, action="append", default=None, metavar="GLOB", help=text
            )
        else:
            group.addoption(
                declaration.option, dest=declaration.name, default=None, metavar=declaration.name.upper(), help=text
            )


def given(config: pytest.Config, name: str) -> Any:
    """What was given for an option, as it is written where it is a setting; None where it was not given."""
    value = config.getoption(name, None)
    return {True: "true", False: None}.get(value, value) if isinstance(value, bool) else value


def style(config: pytest.Config) -> Style:
    """How pytest's terminal takes the summary: what it decided of colour holds, but NO_COLOR beats all."""
    from conformance.rendering.console import Style

    terminal = config.pluginmanager.get_plugin("terminalreporter")
    colour = bool(terminal is not None and terminal.hasmarkup and not os.environ.get("NO_COLOR"))
    return Style(shutil.get_terminal_size().columns, colour)


def nothing_selected(config: pytest.Config, *, concerned: bool) -> str:
    """What to do where pytest has no item to run, in one line; empty where that is no concern of the suite.

    concerned: whether the suite is among what pytest was told to collect.
    """
    narrowed = {"-k": config.option.keyword, "-m": config.option.markexpr}
    by = " ".join(f"{name} '{text}'" for name, text in narrowed.items() if text)
    if concerned:
        return f"nothing is selected{by and ' by '}{by}: `pytest --collect-only -q` lists what there is"
    if config.rootpath != ROOT or by:
        return ""  # other tests, of which others were selected
    return f"nothing to run here: {FROM_ITS_ROOT}"


def elsewhere(config: pytest.Config) -> str:
    """What to do where one of our options is given in another folder and nothing of the suite was collected; else empty.

    Tests of others may have been collected there: their success would be taken for that of the target.
    """
    if config.rootpath.resolve() == ROOT:
        return ""
    options = (one for one in settings.DECLARATIONS if one.option and one.option != PYTEST_OWN)
    found = [str(one.option) for one in options if config.getoption(one.name, None) is not None]
    return f"{found[0]} is given and nothing of the suite is collected here: {FROM_ITS_ROOT}" if found else ""


def concerned(config: pytest.Config) -> bool:
    """Whether the suite is among what pytest was told to collect."""
    suite = ROOT / PACKAGE / "suite"

    def folder(argument: str) -> Path:
        name = argument.split("::", 1)[0]
        if config.option.pyargs and name.split(".", 1)[0] == PACKAGE:
            return ROOT / name.replace(".", "/")
        return (config.invocation_params.dir / name).resolve()

    return any(path == suite or path in suite.parents or suite in path.parents for path in map(folder, config.args))


def block_plugins(manager: pytest.PytestPluginManager) -> None:
    """Block, in this checkout alone, the plugins that its pytest.ini blocks and says why; those already loaded stay."""
    here = Path.cwd()
    if here == ROOT or ROOT in here.parents:
        for name in re.findall(r"-p no:(\w+)", (ROOT / "pytest.ini").read_text("utf-8")):
            if not manager.hasplugin(name):
                manager.set_blocked(name)


def find_ini_again(config: pytest.Config) -> None:
    """Look for the ini file again, now that our options are known.

    pytest looks for it before it loads any plugin. It then takes DIR of `--reports-dir DIR` for a path to collect, looks there,
    and finds none: without `testpaths` it collects every test below the current folder, without `addopts` it loads every plugin
    of the environment. `--reports-dir=DIR` would do without this; the option is documented with a space.
    """
    from _pytest.config.findpaths import determine_setup

    known = config.known_args_namespace
    start = config.invocation_params.dir
    if not known.file_or_dir and config.inipath is not None and config.inipath.parent == start:
        return  # none is nearer; reading pyproject.toml again takes milliseconds
    rootpath, inipath, inicfg, ignored = determine_setup(
        inifile=known.inifilename,
        override_ini=known.override_ini,
        args=known.file_or_dir,
        rootdir_cmd_arg=known.rootdir or None,
        invocation_dir=start,
    )
    if inipath is None or inipath == config.inipath:
        return
    config._rootpath, config._inipath = rootpath, inipath  # noqa: SLF001 - see the module
    config._inicfg, config._ignored_config_files = inicfg, ignored  # noqa: SLF001
    config._inicache.clear()  # noqa: SLF001
    known.confcutdir = str(inipath.parent)


def rewrite_no_assertions(config: pytest.Config) -> None:
    """Keep pytest from rewriting the package, which asserts nothing: it would cost every start a tenth of a second.

    pytest marks every package that has an entry point; its public way out is a word in the docstring of each module.
    """
    from _pytest.assertion.rewrite import AssertionRewritingHook

    hook = config.pluginmanager.rewrite_hook
    if isinstance(hook, AssertionRewritingHook):
        hook._must_rewrite.discard(PACKAGE)  # noqa: SLF001 - see the module
        hook._marked_for_rewrite_cache.clear()  # noqa: SLF001
