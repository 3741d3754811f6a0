"""The view as one HTML file that needs nothing else: no network, no script, no second file.

Whatever the record holds is data: every expression of the template is escaped by Jinja, and before that shown without
the characters that steer (`conformance.rendering.text`). A Content-Security-Policy lets the browser run and fetch
nothing but the style and the script that are written here, each known by its hash.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from msgspec import Struct

from conformance import filecache
from conformance.exitcode import ExitCode
from conformance.findings import Outcome
from conformance.rendering import words
from conformance.rendering.text import block, clip, plural
from conformance.rendering.view import DOCUMENT, family

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jinja2 import BytecodeCache, Template
    from jinja2.bccache import Bucket
    from markupsafe import Markup

    from conformance.recordlines import Body, Evidence, Verdict
    from conformance.rendering.view import View

TEMPLATES: Final = Path(__file__).parent / "templates"

#: Characters of a line, a body, its first line, a header field, a command that are shown, and how many fields and rows.
LINE_SHOWN: Final = 500
BODY_SHOWN: Final = 6_000
FIRST_SHOWN: Final = 200
FIELD_SHOWN: Final = 600
FIELDS_SHOWN: Final = 50
CURL_SHOWN: Final = 20_000
ROWS_SHOWN: Final = 500
#: Characters of all exchanges together: what keeps the file small whatever a server sends.
EXCHANGES_SHOWN: Final = 2_000_000

#: Characters of a body that the record keeps at most.
BODY_KEPT: Final = 4096

_CODE: Final = re.compile("`([^`]+)`")
#: Outcomes that are neither a pass nor a finding.
NOT_JUDGED: Final = (Outcome.ERROR, Outcome.BLOCKED, Outcome.WITHHELD, Outcome.NOT_APPLICABLE)
#: What the exit codes of a run mean.
EXIT_CODES: Final = {code.value: code.meaning for code in ExitCode}


class Family(Struct, frozen=True):
    """The verdicts of one family, in the order of the record."""

    name: str
    verdicts: tuple[Verdict, ...]

    @property
    def passed(self) -> int:
        """How many of them passed."""
        return sum(verdict.outcome == Outcome.PASSED.value for verdict in self.verdicts)


class Segment(Struct, frozen=True):
    """One outcome in the bar of all outcomes; `start` and `width` are requirements, so the bar is as wide as many."""

    outcome: Outcome
    count: int
    start: int


class Message(Struct, frozen=True):
    """A request or an answer, ready to be shown: the start line and the fields in one block, then the body."""

    head: str
    body: str
    note: str

    @property
    def cost(self) -> int:
        """Characters it takes up in the file, escapes included."""
        from markupsafe import escape

        return len(escape(self.head)) + len(escape(self.body))


class Shown(Struct, frozen=True):
    """An exchange, ready to be shown. `first` is the first line of the answer's body, for who does not look further."""

    request: Message
    answer: Message
    first: str
    curl: str

    @property
    def cost(self) -> int:
        """Characters it takes up in the file."""
        from markupsafe import escape

        return self.request.cost + self.answer.cost + len(escape(self.first)) + len(escape(self.curl))


@functools.cache
def template() -> Template:
    """The template, compiled; a run spends the time while it waits for its target."""
    # Late: a run that only plans, lists or prints has no use for Jinja.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        bytecode_cache=_compiled(),
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"line": one_line, "mark": _mark, "plural": plural, "link": safe_link, "prose": prose}
    return environment.get_template("report.html")


def _compiled() -> BytecodeCache:
    """Keeps the compiled template."""
    import jinja2

    class Kept(jinja2.BytecodeCache):
        def load_bytecode(self, bucket: Bucket) -> None:
            content = filecache.get("report.html", of(bucket))
            if content is not None:
                with contextlib.suppress(ValueError, EOFError, TypeError):
                    bucket.bytecode_from_string(content)

        def dump_bytecode(self, bucket: Bucket) -> None:
            filecache.put("report.html", of(bucket), bucket.bytecode_to_string())

    def of(bucket: Bucket) -> str:
        return f"{bucket.checksum} {filecache.stamp(__file__, jinja2.__file__)}"

    return Kept()


def render(view: View) -> bytes:
    """Return the whole file, UTF-8. Pure but for reading the templates that lie beside this module."""
    from markupsafe import Markup

    style, script = (TEMPLATES / "report.css").read_text("utf-8"), (TEMPLATES / "report.js").read_text("utf-8")
    content = template().render(
        # Ours, and named by their hashes in the policy: the only text that is not escaped.
        style=Markup(style),  # noqa: S704
        script=Markup(script),  # noqa: S704
        style_hash=_hash(style),
        script_hash=_hash(script),
        view=view,
        mend=[verdict for verdict in view.failing if verdict not in view.blame.document],
        of_document=[verdict for verdict in view.failing if verdict in view.blame.document],
        is_of_document=lambda verdict: family(verdict) == DOCUMENT,
        run=view.run,
        words=words,
        outcomes=Outcome,
        exit_meaning=EXIT_CODES.get(view.exit_code, "unknown"),
        families=families(view.verdicts),
        segments=_segments(view.counts),
        unjudged=_unjudged(view),
        shown=_exchanges(view),
        rows=ROWS_SHOWN,
    )
    return content.lstrip().encode("utf-8")


def _visible(value: Any) -> Any:
    """What every expression of the template goes through: no text reaches the file with steering characters in it."""
    return block(value) if type(value) is str else value


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def prose(value: str) -> Markup:
    """A sentence of the catalogue, with what stands between backticks as code."""
    from markupsafe import Markup, escape

    # Escaped first: what is put in stands between what can be markup no more.
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(block(value)))))  # noqa: S704


def one_line(value: object, limit: int = LINE_SHOWN) -> str:
    """The value on one line of bounded length."""
    return clip(str(value), limit)


def _mark(outcome: str) -> str:
    return words.MARK[Outcome(outcome)]


def safe_link(url: str) -> str:
    """The URL if it is one that may be linked to: absolute, http or https, printable. Else empty."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    plain = url.isascii() and url.isprintable() and " " not in url
    return url if plain and parts.scheme in {"http", "https"} and parts.netloc else ""


def families(verdicts: Iterable[Verdict]) -> tuple[Family, ...]:
    """The verdicts by family, families in the order they first come in."""
    members: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        members.setdefault(family(verdict), []).append(verdict)
    return tuple(Family(name, tuple(found)) for name, found in members.items())


def _segments(counts: Mapping[str, int]) -> tuple[Segment, ...]:
    segments, start = [], 0
    for outcome in Outcome:
        if count := counts.get(outcome.value, 0):
            segments.append(Segment(outcome, count, start))
            start += count
    return tuple(segments)


def _unjudged(view: View) -> list[tuple[Outcome, str, list[Verdict]]]:
    """Requirements that were not judged, those with the same reason together."""
    groups: dict[tuple[Outcome, str], list[Verdict]] = {}
    for verdict in view.of(*NOT_JUDGED):
        groups.setdefault((Outcome(verdict.outcome), words.skip_reason(verdict)), []).append(verdict)
    return [(outcome, reason, found) for (outcome, reason), found in groups.items()]


def _exchanges(view: View) -> dict[tuple[str, int], Shown]:
    """The exchanges that are shown, by requirement and place: first the first of each requirement, while room lasts."""
    wanted = [
        (place, verdict.requirement, defect.exchange)
        for verdict in view.verdicts
        for place, defect in enumerate(verdict.findings)
        if defect.exchange is not None
    ]
    room, shown = EXCHANGES_SHOWN, {}
    for place, requirement, evidence in sorted(wanted, key=lambda item: item[0]):
        exchange = _shown(evidence)
        room -= exchange.cost
        if room < 0:
            break
        shown[requirement, place] = exchange
    return shown


def _shown(evidence: Evidence) -> Shown:
    request, response = evidence.request, evidence.response
    start = one_line(f"{request.method} {request.url}", CURL_SHOWN)
    return Shown(
        request=_message(start, request.headers, request.body),
        answer=_message(
            one_line(words.status_line(evidence)),
            response.headers if response else (),
            response.body if response else None,
        ),
        first=_first_line(response.body.text) if response and response.body else "",
        curl=clip(request.curl, CURL_SHOWN, block),
    )


def _first_line(text: str) -> str:
    return next((one_line(part, FIRST_SHOWN) for part in text.splitlines() if part.strip()), "")


def _message(start: str, headers: tuple[tuple[str, str], ...], body: Body | None) -> Message:
    fields = [one_line(f"{name}: {value}", FIELD_SHOWN) for name, value in headers[:FIELDS_SHOWN]]
    if len(headers) > FIELDS_SHOWN:
        fields.append(f"… ({len(headers) - FIELDS_SHOWN:,} more fields)")
    text, note = "", ""
    if body is not None:
        text = clip(body.text, BODY_SHOWN, block)
        note = plural(body.size, "octet")
        if body.shown >= BODY_KEPT and body.shown < body.size:
            note += f", {plural(body.shown, 'character')} kept"
        if body.encoding == "octets":
            note += ", not UTF-8"
    return Message(head="\n".join([start, *fields]), body=text, note=note)
