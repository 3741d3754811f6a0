"""What pytest does before it knows any plugin's options, put right. All of it by private names: there are no public ones.

With `--reports-dir DIR` pytest takes DIR for a path to collect, looks for the ini file there, finds none, and loads every
plugin that the ini file blocks: two seconds. `conformance.plugin` alone may use this.
"""

from __future__ import annotations

import contextlib
import gc
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from conformance import settings

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "conformance"
#: pytest has an option of this name, which our pytest.ini makes the default: given, it is read as ours
PYTEST_OWN = "--strict"
#: objects that are made before any are looked through for cycles
SELDOM = 10_000


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Make no garbage collection go through what is made here: specification and plan live as long as the process."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        # of what a run makes nearly all goes with its last reference: looking for cycles now and then is enough
        gc.set_threshold(SELDOM, *gc.get_threshold()[1:])
        if was:
            gc.enable()


def keep_the_rest() -> None:
    """Make no garbage collection go through what there is now, at the end of a run: it lives until the process ends."""
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


def nothing_selected(config: pytest.Config, *, concerned: bool) -> str:
    """What to do where pytest has no item to run, in one line; empty where that is no concern of the suite.

    concerned: whether the suite is among what pytest was told to collect.
    """
    given = {"-k": config.option.keyword, "-m": config.option.markexpr}
    by = " ".join(f"{name} '{text}'" for name, text in given.items() if text)
    if concerned:
        return f"nothing is selected{by and ' by '}{by}: `pytest --collect-only -q` lists what there is"
    if config.rootpath != ROOT or by:
        return ""  # other tests, of which others were selected
    return f"nothing to run here: the suite is run from its root (cd {shlex.quote(str(ROOT))})"


def block(manager: pytest.PytestPluginManager) -> None:
    """Block, in this checkout alone, the plugins that its pytest.ini blocks and says why; those already loaded stay."""
    here = Path.cwd()
    if here == ROOT or ROOT in here.parents:
        for name in re.findall(r"-p no:(\w+)", (ROOT / "pytest.ini").read_text("utf-8")):
            if not manager.hasplugin(name):
                manager.set_blocked(name)


def find_ini_again(config: pytest.Config) -> None:
    """Look for the ini file again, now that our options are known."""
    from _pytest.config.findpaths import determine_setup

    known = config.known_args_namespace
    start = config.invocation_params.dir
    if not known.file_or_dir and config.inipath is not None and config.inipath.parent == start:
        return  # nothing is nearer; reading pyproject.toml again takes milliseconds
    rootpath, inipath, inicfg, ignored = determine_setup(
        inifile=known.inifilename,
        override_ini=known.override_ini,
        args=known.file_or_dir,
        rootdir_cmd_arg=known.rootdir or None,
        invocation_dir=start,
    )
    if inipath is None or inipath == config.inipath:
        return
    config._rootpath, config._inipath = rootpath, inipath  # noqa: SLF001 - see above
    config._inicfg, config._ignored_config_files = inicfg, ignored  # noqa: SLF001
    config._inicache.clear()  # noqa: SLF001
    known.confcutdir = str(inipath.parent)


def leave_as_written(config: pytest.Config) -> None:
    """Keep pytest from rewriting the assertions of the package, of which there are none: a tenth of a second each start.

    pytest marks every package that has an entry point; its public way out is a word in the docstring of each module.
    """
    from _pytest.assertion.rewrite import AssertionRewritingHook

    hook = config.pluginmanager.rewrite_hook
    if isinstance(hook, AssertionRewritingHook):
        hook._must_rewrite.discard(PACKAGE)  # noqa: SLF001 - see above
        hook._marked_for_rewrite_cache.clear()  # noqa: SLF001
