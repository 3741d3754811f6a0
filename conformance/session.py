"""One run under way, for pytest and for the console script alike. Knows no pytest.

`start` carries out what was prepared, in a thread; `scenario` waits for one part of it, `wait` for all.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from conformance.errors import ConformanceError, where
from conformance.preparation import Prepared, narrowed
from conformance.targets import Target

if TYPE_CHECKING:
    # What sends and judges is imported by the run: collecting needs nothing of it.
    from conformance.conclusion import Conclusion
    from conformance.embedded import Embedded
    from conformance.progress import Progress
    from conformance.redaction import Redactor


class Session(Struct):
    """A run under way.

    over: is called once it is over.
    told: is called with (requests sent, requests planned, scenario) after each exchange.
    conclusion, error: what it came to; the one or the other once it is over.
    redactor: what the run knows of secrets and tokens, once it has begun.
    halted: whether the run is to end because another process was told to; asked while it is waited for.
    """

    prepared: Prepared
    over: Callable[[], None] | None = None
    told: Callable[[int, int, str], None] | None = None
    conclusion: Conclusion | None = None
    error: str = ""
    redactor: Redactor | None = None
    halted: Callable[[], bool] | None = None
    _thread: threading.Thread | None = None
    _stop: threading.Event = field(default_factory=threading.Event)
    _stop_reason: str = "interrupted"
    _begun: threading.Event = field(default_factory=threading.Event)
    _over: threading.Event = field(default_factory=threading.Event)
    _done: dict[str, threading.Event] = {}
    _progress: Mapping[str, Progress] = {}

    def start(self) -> None:
        """Run the plan in a thread of its own."""
        if self._thread is not None:
            return
        self._done = {scenario: threading.Event() for scenario in self.prepared.plan.by_scenario()}
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._thread.start()

    def narrow(self, requirements: frozenset[str], scenarios: frozenset[str]) -> None:
        """Before it starts: ask about these requirements, and send these scenarios, alone (see `narrowed`)."""
        self.prepared = narrowed(self.prepared, requirements, scenarios)

    def _run(self) -> None:
        from conformance.embedded import start
        from conformance.record import RecordNotWritten

        try:
            # the server starts while the run is imported, which takes as long
            with start(self.prepared.target) as server:
                from conformance.artefacts import redactor_of
                from conformance.running import run

                self.redactor = redactor_of(self.prepared)
                unreachable = ""
                try:
                    self.prepared = replace(self.prepared, target=_up(self.prepared.target, server))
                except ConformanceError as error:
                    unreachable = str(error)
                self.conclusion = run(self.prepared, self, self.redactor, unreachable)
                self.error = self.conclusion.failure
        except RecordNotWritten as error:
            self.error = f"{error} ({self.prepared.settings.quoted('reports_dir')})"
        except ConformanceError as error:
            self.error = str(error)
        except Exception as error:  # noqa: BLE001 - a defect of the suite ends as one line, not as a traceback with its locals
            self.error = f"the suite failed: {where(error)}"
        finally:
            self._begun.set()
            self._over.set()
            if self.over is not None:
                self.over()
            for event in self._done.values():
                event.set()

    def observe(self, progress: Mapping[str, Progress]) -> None:
        """Take the engine's account of its scenarios."""
        self._progress = progress
        self._begun.set()

    def finished(self, scenario: str) -> None:
        """Mark a scenario as over."""
        if scenario in self._done:
            self._done[scenario].set()

    def sent(self, count: int, scenario: str) -> None:
        """Pass on how far the run is."""
        if self.told is not None:
            self.told(count, self.prepared.plan.requests, scenario)

    @property
    def stop_event(self) -> threading.Event:
        """Set where the run has to end."""
        return self._stop

    @property
    def stop_reason(self) -> str:
        """Why it has to."""
        return self._stop_reason

    def stop(self, reason: str = "interrupted") -> None:
        """Ask the run to end; what was gathered is written all the same."""
        self._stop_reason = reason
        self._stop.set()

    def _heed(self) -> None:
        if self.halted is not None and self.halted():
            self.stop()

    @property
    def started(self) -> bool:
        """Whether the run has begun."""
        return self._thread is not None

    @property
    def ended(self) -> bool:
        """Whether the run is over and concluded: nothing that is told now changes what it came to."""
        return self._over.is_set()

    def announce(self) -> None:
        """Wait until the record has begun, and leave reports that say so in place of those of the run before."""
        from conformance import rendering
        from conformance.artefacts import announce

        rendering.ready()
        self._begun.wait()
        announce(self.prepared)

    def scenario(self, scenario: str) -> Progress | None:
        """Wait until a scenario is over; None where it was not planned or the run failed."""
        event = self._done.get(scenario)
        while event is not None and not event.wait(0.1):
            self._heed()
        return self._progress.get(scenario)

    def wait(self) -> Conclusion | None:
        """Wait until the run is over and concluded; None where the suite failed (see `error`)."""
        while self._thread is not None and not self._over.wait(0.1):
            self._heed()
        return self.conclusion

    def leave(self) -> None:
        """Wait, in a process that renders nothing: it alone knows the run's tokens, and masks them in the record."""
        from conformance.artefacts import settle_record

        self.wait()
        if self.redactor is not None:
            with contextlib.suppress(OSError):
                settle_record(self.prepared, self.redactor)


def _up(target: Target, server: Embedded | None) -> Target:
    """The target, up: the embedded one is waited for here. Raises TargetError where it does not start."""
    if server is None or target.credentials is None:
        return target
    return target.started(server.base_url, target.credentials, f"{server.base_url}/.well-known/jwks.json")
