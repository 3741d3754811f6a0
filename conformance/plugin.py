"""All pytest glue: options, items, progress, exit code. Nothing else imports pytest.

One process carries out the run: the only one, or with pytest-xdist the worker `gw0`. The other workers read what came of
it in the record, so that the verdicts are the same however the items are spread.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance import settings as settings_module, startup, streams
from conformance.errors import Misconfigured
from conformance.exitcode import ExitCode
from conformance.interruption import NOTHING_SENT, Interruption, deferred, end_at_once, reason
from conformance.runstate import RunState
from conformance.suite.items import SUITE, RequirementItem, ScenarioItem, Strangers, parametrize, selected

if TYPE_CHECKING:
    from conformance.preparation import Prepared
    from conformance.rendering.console import ProgressLine

STASH = pytest.StashKey["Glue"]()
SIGNALS = pytest.StashKey[Interruption]()
#: what pytest-xdist's controller hands its workers: the run they share
SHARED = "conformance_run"
LEFT_NOTHING = "the worker that carried out the run left no line about this"


class Glue:
    """One pytest session's part in a run."""

    def __init__(self, config: pytest.Config) -> None:
        # not before a run is asked for: `pytest tests` and `pytest --help` need none of it
        from conformance.preparation import prepare
        from conformance.session import Session

        self.config = config
        worker = getattr(config, "workerinput", None)
        shared = worker[SHARED] if worker else {}
        options = {
            declaration.name: startup.given(config, declaration.name)
            for declaration in settings_module.DECLARATIONS
            if declaration.option
        }
        with startup.garbage_left_alone():
            prepared = prepare(options, seed=shared.get("seed"), run_id=shared.get("run_id"))
        self.session = Session(prepared)
        self.strict = prepared.settings.strict
        self.worker = os.environ.get("PYTEST_XDIST_WORKER", "")
        self.runs = self.worker in ("", "gw0")
        #: with workers: how they and their controller tell each other where the run stands
        self.state = RunState(shared["state"]) if shared else None
        if self.state and self.runs:
            self.session.over, self.session.halted = self.state.finish, self.state.is_removed
        self.begun = self.finishing = self.announced = False
        self.items = False
        self.progress: ProgressLine | None = None
        #: what was selected, in order
        self.order: dict[str, type[ScenarioItem | RequirementItem]] = {}
        self.strangers = Strangers(config.rootpath)
        config.pluginmanager.register(self.strangers)
        self._lines: dict[tuple[str, str], dict[str, Any]] | None = None

    @property
    def prepared(self) -> Prepared:
        """The run, as it was narrowed and, once it is up, with its target."""
        return self.session.prepared

    @property
    def settled(self) -> bool:
        """Whether the run is over and on record, and pytest has nothing of others to run: a signal has nothing to end."""
        over = self.session.ended or (self.state is not None and self.state.is_finished())
        return over and not self.strangers.selected

    @property
    def record(self) -> Path:
        """Where the record is written."""
        return self.prepared.settings.reports_dir / "results.jsonl"

    def scenario_ids(self) -> list[str]:
        """Every scenario of the plan, and every one that the policy keeps back."""
        plan = self.prepared.plan
        return list(
            dict.fromkeys(
                [*plan.by_scenario(), *(one.scenario for one in plan.withheld if one.scenario in plan.titles)]
            )
        )

    def narrow(self, items: list[pytest.Item]) -> None:
        """Plan and judge what was selected: the requirements among the items with all that they need, and the scenarios."""
        self.order = selected(items)
        self.items = bool(self.order)
        self.strangers.look_for(item.nodeid for item in items)
        if self.items and self.runs:
            requirements, scenarios = (
                frozenset(one for one, of in self.order.items() if of is kind)
                for kind in (RequirementItem, ScenarioItem)
            )
            self.session.narrow(requirements, scenarios)

    def start(self) -> None:
        """Start the run."""
        if not self.items or not self.runs or (self.state and self.state.is_removed()):
            return
        self.session.start()
        if not self.worker:
            self.session.announce()

    def came_to(self, item: str) -> tuple[str, str]:
        """Outcome and reason of what is selected, once that is known."""
        if self.order[item] is ScenarioItem:
            return self.scenario(item)
        line = self.verdict(item)
        return line["outcome"], line["reason"]

    def scenario(self, scenario: str) -> tuple[str, str]:
        """Outcome and reason of a scenario, once it is over."""
        if not self.runs:
            line = self._recorded("scenario", scenario)
            return line["outcome"], line["reason"]
        progress = self.session.scenario(scenario)
        if self.session.error:
            return "error", self.session.error
        if progress is None:
            reasons = {one.scenario: one.reason for one in self.prepared.plan.withheld}
            return ("withheld", reasons[scenario]) if scenario in reasons else ("blocked", "the run did not come to it")
        return progress.outcome, progress.reason

    def verdict(self, requirement: str) -> dict[str, Any]:
        """The verdict line of a requirement, once the run is over; only outcome and reason where the suite failed."""
        if not self.runs:
            return self._recorded("verdict", requirement)
        conclusion = self.session.wait()
        if conclusion is None:
            return {"outcome": "error", "reason": self.session.error or "the run did not end"}
        return conclusion.judgements[requirement].line

    def _recorded(self, kind: str, name: str) -> dict[str, Any]:
        from conformance.following import follow

        if self._lines is None and self.state is not None:
            budget = self.prepared.target.policy.seconds
            self._lines = follow(self.record, self.prepared.run_id, self.state.is_finished, budget)
        return (self._lines or {}).get((kind, name)) or {"outcome": "error", "reason": LEFT_NOTHING}


def pytest_plugin_registered(plugin: object, manager: pytest.PytestPluginManager) -> None:
    """Block the plugins that pytest.ini blocks, as soon as this one is known: pytest may not have found the file yet."""
    if plugin is sys.modules[__name__]:
        # before anything is captured: what was there then is what pytest writes to
        if not _worker():
            streams.tolerate()
        startup.block_plugins(manager)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Undo what pytest got wrong before it knew our options, and take the signals: what follows takes its time to import."""
    early_config.stash[SIGNALS] = signals = Interruption(_left_to_the_controller if _worker() else end_at_once)
    signals.take()
    startup.find_ini_again(early_config)
    startup.rewrite_no_assertions(early_config)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the suite's options, each made from its setting."""
    startup.add_options(parser)


def _glue(config: pytest.Config) -> Glue:
    if STASH not in config.stash:
        try:
            config.stash[STASH] = Glue(config)
        except Misconfigured as error:
            raise pytest.UsageError(str(error)) from None
    return config.stash[STASH]


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Read the settings before anything is collected of the suite: a wrong one is a usage error, exit code 4."""
    if startup.concerned(session.config):
        _glue(session.config)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make an item for each scenario and each requirement."""
    if metafunc.definition.path.parent != SUITE:
        return
    parametrize(metafunc, _glue(metafunc.config))


def _runs_nothing(config: pytest.Config) -> bool:
    """Whether pytest runs no test of the suite: it has none, or it only shows what there is."""
    # the latter comes with a plugin of pytest that can be left out
    return STASH not in config.stash or config.option.collectonly or bool(config.getoption("setuponly", default=False))


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Start the run, now that pytest is about to run what was selected of it; with `--plan`, print the plan instead.

    Not at the end of the collection: that comes for --fixtures too, and where -k is refused or a file cannot be imported.
    """
    config = session.config
    if STASH not in config.stash and not _worker() and (hint := startup.elsewhere(config)):
        raise pytest.UsageError(hint)
    if _runs_nothing(config):
        return None
    glue = config.stash[STASH]
    if session.testsfailed and not config.option.continue_on_collection_errors:
        if not glue.worker:
            return None  # pytest ends here by itself; pytest-xdist would go on
        session.shouldstop = "errors during collection"
        return True
    glue.narrow(session.items)
    if glue.prepared.settings.plan:
        if not glue.items:
            return None
        from conformance.rendering.plan import render

        print(render(glue.prepared.plan, glue.prepared.target, glue.prepared.seed))  # noqa: T201 - the answer to --plan
        return True
    captured = config.getoption("capture", "no") != "no"  # nothing is, where pytest goes without that plugin
    if not captured and sys.stderr.isatty() and not glue.worker:
        from conformance.rendering import console

        glue.session.told = glue.progress = console.progress(sys.stderr, os.environ)
    glue.start()
    return None


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell pytest-xdist's workers which run they share."""
    if not startup.concerned(node.config):
        return
    glue = _glue(node.config)
    run_id = glue.prepared.run_id
    glue.state = glue.state or RunState.create(run_id)
    node.workerinput[SHARED] = {"seed": glue.prepared.seed, "run_id": run_id, "state": glue.state.path}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Any, ids: list[str]) -> None:
    """Learn from a worker whether any of the suite's items were selected."""
    glue = node.config.stash.get(STASH, None)
    if glue is not None:
        glue.items = any(map(glue.strangers.is_own, ids))
        glue.strangers.look_for(ids)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Let pytest-xdist's controller, which sees no more of the run than this, announce it once it has begun."""
    node = getattr(report, "node", None)
    glue = node.config.stash.get(STASH, None) if node is not None else None
    if glue is not None and not glue.announced:
        from conformance.artefacts import announce

        glue.announced = announce(glue.prepared)


def _worker() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "")


def _left_to_the_controller(_number: int) -> None:
    """Do nothing in a worker: Ctrl-C reaches the controller as well, which ends the run in good order."""


def _plan_alone(config: pytest.Config) -> None:
    """Let pytest-xdist start no workers for a plan: one process prints it, and in theirs it would be lost."""
    option = config.option
    asked = any(getattr(option, name, None) for name in ("numprocesses", "tx", "distload"))
    if asked and _glue(config).prepared.settings.plan:
        option.numprocesses = 0


@pytest.hookimpl(wrapper=True)
def pytest_cmdline_main(config: pytest.Config) -> Iterator[None]:
    """Let the first signal end a run that has begun, with its artefacts; what is not of the suite is left to pytest."""
    signals = config.stash.get(SIGNALS, None)
    if signals is None or _worker():
        return (yield)
    if not startup.concerned(config):
        signals.give_back()
        return (yield)

    def interrupt(number: int) -> None:
        glue = config.stash.get(STASH, None)
        if glue is None or not (glue.session.started or config.pluginmanager.hasplugin("dsession")):
            end_at_once(number)
            return
        if glue.settled:
            return
        if glue.state is not None:
            glue.state.remove()
        glue.session.stop(reason(number))
        if not glue.session.started and not glue.begun:
            sys.stderr.write(f"{NOTHING_SENT}\n")
        if not glue.finishing:
            # not KeyboardInterrupt: pytest would show this line as the place where it happened
            raise pytest.exit.Exception(reason(number), returncode=ExitCode.INTERRUPTED)

    signals.told = interrupt
    try:
        _plan_alone(config)
        return (yield)
    finally:
        glue = config.stash.get(STASH, None)
        if glue is not None and glue.state is not None:
            glue.state.remove()
        signals.give_back()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> Iterator[None]:
    """Let pytest-xdist start its workers with the signals held back: they take them once they can."""
    if not session.config.pluginmanager.hasplugin("dsession"):
        return (yield)
    with deferred():
        yield
    if STASH in session.config.stash:
        session.config.stash[STASH].begun = True
    return


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int | pytest.ExitCode) -> None:
    """End the run, render its reports, and make the exit code say what it came to."""
    config = session.config
    if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and not _worker():
        if hint := startup.nothing_selected(config, concerned=startup.concerned(config)):
            session.exitstatus, config.stash[SUMMARY] = pytest.ExitCode.USAGE_ERROR, hint
        return
    if _runs_nothing(config):
        return
    glue = config.stash[STASH]
    glue.finishing = True
    if glue.prepared.settings.plan:
        return
    if exitstatus == pytest.ExitCode.INTERRUPTED and not config.option.maxfail:
        glue.session.stop("interrupted")
    if glue.worker:
        glue.session.leave()
        return
    _conclude(session, glue, exitstatus)


def _conclude(session: pytest.Session, glue: Glue, exitstatus: int | pytest.ExitCode) -> None:
    from conformance.artefacts import left_record
    from conformance.ending import end

    conclusion = glue.session.wait()
    if glue.progress is not None:
        glue.progress.clear()
    distributed = glue.config.pluginmanager.hasplugin("dsession")
    if not glue.items and not (distributed and exitstatus == pytest.ExitCode.INTERRUPTED):
        return
    if exitstatus == pytest.ExitCode.INTERRUPTED and not left_record(glue.prepared):
        glue.config.stash[SUMMARY] = NOTHING_SENT
        return
    interrupted, style = exitstatus == pytest.ExitCode.INTERRUPTED, startup.style(glue.config)
    ended = end(glue.prepared, conclusion, glue.session.error, glue.session.redactor, style, interrupted=interrupted)
    startup.freeze_garbage()
    glue.config.stash[SUMMARY] = ended.text
    if exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED):
        session.exitstatus = ended.exit_code
    if interrupted and glue.strangers.selected:
        session.exitstatus = ExitCode.INTERRUPTED
        glue.config.stash[SUMMARY] += STRANGE_ENDED if ended.exit_code != ExitCode.INTERRUPTED else ""
    if ended.exit_code == 0 and glue.strangers.failed and exitstatus == pytest.ExitCode.TESTS_FAILED:
        session.exitstatus = exitstatus
        glue.config.stash[SUMMARY] += STRANGE


SUMMARY = pytest.StashKey[str]()
STRANGE = "\nA test that is not of this suite failed: exit code 1, whatever the suite came to."
STRANGE_ENDED = "\nTests that are not of this suite were interrupted: exit code 2, whatever the suite came to."


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print what the run came to."""
    text = config.stash.get(SUMMARY, "")
    if text:
        from conformance.rendering.console import fitting

        terminalreporter.write_line("")
        # pytest captures sys.stdout, and writes to the one there was before
        terminalreporter.write_line(fitting(text, sys.__stdout__))
