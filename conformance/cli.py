"""The console script: thin. Every command imports what it needs when it is called."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from conformance import __version__, streams
from conformance.errors import ConformanceError, Misconfigured, RecordError
from conformance.exitcode import ExitCode
from conformance.reference import cli as reference

if TYPE_CHECKING:
    from conformance.interruption import Interruption

EPILOG = f"""exit codes: {"; ".join(f"{code} {code.meaning}" for code in ExitCode)}

examples:
  partners-conformance run                                    judge the embedded reference API
  partners-conformance run --target pre-production --plan     show what would be sent, send nothing
  partners-conformance explain jwt.exp-future                 one requirement, whole
  partners-conformance report reports/results.jsonl           render the reports again, also after a kill
"""


class _Parser(argparse.ArgumentParser):
    """Ends with the exit code of what is misconfigured: argparse's own, 2, means interrupted here."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(ExitCode.MISCONFIGURED, f"{self.prog}: {message} (see {self.prog} --help)\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code, which does not hang on whether anybody reads what it prints."""
    with streams.tolerated():
        return _guarded(argv)


def _guarded(argv: Sequence[str] | None) -> int:
    try:
        return _main(argv)
    except Misconfigured as error:
        print(f"partners-conformance: {error}", file=sys.stderr)
        return ExitCode.MISCONFIGURED
    except ConformanceError as error:
        print(f"partners-conformance: {error}", file=sys.stderr)
        return ExitCode.INCONCLUSIVE
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - a defect of the suite ends as one line, not as a traceback
        from conformance.errors import where

        print(f"partners-conformance: the suite failed: {where(error)}", file=sys.stderr)
        return ExitCode.INCONCLUSIVE


def _main(argv: Sequence[str] | None) -> int:
    parser = _parser()
    arguments, unknown = parser.parse_known_args(argv)
    if unknown:
        arguments.parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    command: Callable[[argparse.Namespace], int] = arguments.command
    return command(arguments)


def _tell(text: str) -> None:
    """Print a text as the output takes it."""
    from conformance.rendering import console

    console.show(f"{text}\n", sys.stdout)


def _parser() -> _Parser:
    parser = _Parser(
        prog="partners-conformance",
        description="Judge an HTTP API by the Partners API's contract, requirement by requirement.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="judge a target and write the reports", allow_abbrev=False)
    _add_settings(run)
    run.set_defaults(command=_run, parser=run)
    report = commands.add_parser("report", help="render junit.xml and report.html from a record, a cut-off one too")
    report.add_argument("record", type=Path, metavar="RECORD", help="a results.jsonl")
    report.add_argument("--reports-dir", type=Path, help="where to write; the record's own folder unless given")
    report.set_defaults(command=_report, parser=report)
    requirements = commands.add_parser("requirements", help="print the catalogue")
    requirements.add_argument("--format", choices=("table", "markdown", "json"), default="table")
    requirements.set_defaults(command=_requirements, parser=requirements)
    explain = commands.add_parser("explain", help="print one requirement whole: rule, source, examples, cost, mend")
    explain.add_argument("id", metavar="ID", help="such as jwt.exp-future; a glob prints several")
    explain.set_defaults(command=_explain, parser=explain)
    serve = commands.add_parser(
        "serve", help="serve the embedded reference API", description=reference.DESCRIPTION, epilog=reference.EPILOG
    )
    reference.declare(serve)
    serve.set_defaults(command=_serve, parser=serve)
    return parser


def _add_settings(parser: argparse.ArgumentParser) -> None:
    # the declarations are light; reading the settings is not done before a command needs it
    from conformance.settings import DECLARATIONS

    for declaration in DECLARATIONS:
        if declaration.option is None:
            continue
        text = f"{declaration.comment} Accepted: {declaration.reader.accepted}.".replace("%", "%%")
        options: dict[str, Any] = {"dest": declaration.name, "default": None, "help": text}
        if declaration.flag:
            options |= {"action": "store_const", "const": "true"}
        elif declaration.repeatable:
            options |= {"action": "append", "metavar": "GLOB"}
        parser.add_argument(declaration.option, **options)


def _run(arguments: argparse.Namespace) -> int:
    from conformance.interruption import Interruption, end_at_once

    # Before what takes its time to import.
    interruption = Interruption(end_at_once)
    interruption.take()
    try:
        return _carry_out(arguments, interruption)
    finally:
        interruption.give_back()


def _carry_out(arguments: argparse.Namespace, interruption: Interruption) -> int:
    from conformance.ending import end
    from conformance.interruption import reason
    from conformance.preparation import prepare
    from conformance.rendering import console
    from conformance.session import Session
    from conformance.settings import DECLARATIONS

    names = [declaration.name for declaration in DECLARATIONS if declaration.option]
    prepared = prepare({name: getattr(arguments, name) for name in names})
    if prepared.settings.plan:
        from conformance.rendering.plan import render

        _tell(render(prepared.plan, prepared.target, prepared.seed))
        return 0
    progress = console.progress(sys.stderr, os.environ)
    session = Session(prepared, told=progress)
    session.start()
    interruption.told = lambda number: session.stop(reason(number))
    session.announce()
    conclusion = session.wait()
    if progress is not None:
        progress.clear()
    ended = end(session.prepared, conclusion, session.error, session.redactor, console.style(sys.stdout, os.environ))
    _tell(ended.text)
    return ended.exit_code


def _report(arguments: argparse.Namespace) -> int:
    from conformance import rendering
    from conformance.record import RecordNotWritten
    from conformance.rendering import console

    if not arguments.record.is_file():
        raise Misconfigured(f"argument RECORD: {arguments.record} is no file; a run leaves it as reports/results.jsonl")
    folder = arguments.reports_dir or arguments.record.parent
    try:
        view = rendering.render(arguments.record, folder, _known())
    except RecordNotWritten:
        raise
    except RecordError as error:
        raise Misconfigured(f"argument RECORD: {error}") from None
    _tell(console.summary(view, console.style(sys.stdout, os.environ), again=True))
    return 0


def _known() -> Any:
    from conformance.rendering.provisional import known

    try:
        return known(_catalogue())
    except Misconfigured:  # a record is rendered wherever it was carried to
        return {}


def _catalogue() -> Any:
    from conformance import settings
    from conformance.catalogue import Catalogue
    from conformance.contract import Contract

    # whoever looks something up is not stopped by a setting of runs
    loaded = settings.load(only=("contract_file", "overlay_file", "requirements_file"))
    return Catalogue.load(loaded.requirements_file, Contract.load(loaded.contract_file, loaded.overlay_file))


def _requirements(arguments: argparse.Namespace) -> int:
    from conformance.rendering import catalogue

    write = {"table": catalogue.table, "markdown": catalogue.markdown, "json": catalogue.as_json}[arguments.format]
    _tell(write(_catalogue()))
    return 0


def _explain(arguments: argparse.Namespace) -> int:
    from conformance.rendering import catalogue

    every = _catalogue()
    found = every.select([arguments.id])
    if not found:
        from difflib import get_close_matches

        near = get_close_matches(arguments.id, every.ids, 3)
        hint = f"; near it: {', '.join(near)}" if near else ""
        raise Misconfigured(f"{arguments.id!r} is no requirement{hint}; `partners-conformance requirements` lists them")
    _tell("\n\n".join(catalogue.explain(requirement) for requirement in found))
    return 0


def _serve(arguments: argparse.Namespace) -> int:
    try:
        return reference.run(arguments)
    except reference.UnusableError as error:
        raise Misconfigured(str(error)) from None


if __name__ == "__main__":
    sys.exit(main())
