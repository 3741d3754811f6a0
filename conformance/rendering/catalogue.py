"""The catalogue for people and programs: a table, Markdown, JSON, and one requirement whole. Pure functions to text."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Sequence

from conformance.catalogue import Catalogue, Level, Requirement, Untested


def table(catalogue: Catalogue, requirements: Sequence[Requirement] | None = None, width: int = 120) -> str:
    """A row a requirement, under its family: id, title, and whether it is a recommendation; titles wrap at `width`."""
    chosen = catalogue.requirements if requirements is None else tuple(requirements)
    column = max((len(requirement.id) for requirement in chosen), default=0) + 4
    blocks = []
    for family, title in catalogue.families.items():
        members = [requirement for requirement in chosen if requirement.family == family]
        if members:
            rows = [_row(each, column, max(width, column + 20)) for each in members]
            blocks.append("\n".join([f"{family}: {title}", *rows]))
    recommended = sum(requirement.level is Level.RECOMMENDED for requirement in chosen)
    blocks.append(f"{len(chosen) - recommended} required, {recommended} recommended")
    return "\n\n".join(blocks) + "\n"


def _row(requirement: Requirement, column: int, width: int) -> str:
    mark = " (recommended)" if requirement.level is Level.RECOMMENDED else ""
    start = f"  {requirement.id}".ljust(column)
    return textwrap.fill(requirement.title + mark, width, initial_indent=start, subsequent_indent=" " * column)


def markdown(catalogue: Catalogue, requirements: Sequence[Requirement] | None = None) -> str:
    """A Markdown table: id, level, title, source with its link."""
    chosen = catalogue.requirements if requirements is None else tuple(requirements)
    rows = ["| requirement | level | what holds | source |", "| --- | --- | --- | --- |"]
    for each in chosen:
        cells = (f"`{each.id}`", each.level.value, each.title, f"[{each.source.text}]({each.source.link})")
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"


def as_json(catalogue: Catalogue, requirements: Sequence[Requirement] | None = None) -> str:
    """Everything the catalogue holds as one JSON object: families, requirements, untested."""
    chosen = catalogue.requirements if requirements is None else tuple(requirements)
    value = {
        "families": dict(catalogue.families),
        "requirements": [_requirement(each) for each in chosen],
        "untested": [_untested(each) for each in catalogue.untested],
    }
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def explain(requirement: Requirement, width: int = 88) -> str:
    """One requirement whole, as plain text no wider than `width` but for exchanges, pointers and links.

    The rule, its source and link, what it costs a partner, how to mend the server, an exchange that keeps it and one
    that breaks it.
    """
    head = f"{requirement.id}  ({requirement.level.value})"
    words = f"“{requirement.sentence}”" if requirement.quoted else requirement.sentence
    source = f"{requirement.source.text}{'' if requirement.quoted else ' (paraphrased)'}"
    parts = [
        f"{_wrapped(head, width)}\n{_wrapped(requirement.title, width)}",
        f"The rule\n{_wrapped(words, width, 2)}\n{_wrapped('— ' + source, width, 2)}\n  {requirement.source.link}",
        f"What it costs a partner\n{_wrapped(requirement.why, width, 2)}",
        f"How to mend it\n{_wrapped(requirement.mend, width, 2)}",
        f"This keeps it\n{textwrap.indent(requirement.keeps, '  ')}",
        f"This breaks it\n{textwrap.indent(requirement.breaks, '  ')}",
    ]
    if requirement.pointers:
        parts.append("Where the contract says so\n" + textwrap.indent("\n".join(requirement.pointers), "  "))
    return "\n\n".join(parts) + "\n"


def untested(catalogue: Catalogue, width: int = 88) -> str:
    """The promises that no requirement rests on, each with the reason why none can."""

    def entries() -> Iterator[str]:
        for each in catalogue.untested:
            yield "\n".join(
                (
                    _wrapped(each.promise, width),
                    _wrapped(f"— {each.source.text}", width, 2),
                    _wrapped(each.reason, width, 2),
                )
            )

    return "\n\n".join(entries()) + "\n"


def _wrapped(text: str, width: int, indent: int = 0) -> str:
    return textwrap.fill(
        text,
        max(width, 20),
        initial_indent=" " * indent,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _requirement(requirement: Requirement) -> dict[str, object]:
    return {
        "id": requirement.id,
        "family": requirement.family,
        "level": requirement.level.value,
        "title": requirement.title,
        "source": requirement.source.text,
        "link": requirement.source.link,
        "sentence": requirement.sentence,
        "quoted": requirement.quoted,
        "why": requirement.why,
        "mend": requirement.mend,
        "keeps": requirement.keeps,
        "breaks": requirement.breaks,
        "pointers": list(requirement.pointers),
    }


def _untested(entry: Untested) -> dict[str, object]:
    return {
        "promise": entry.promise,
        "source": entry.source.text,
        "link": entry.source.link,
        "reason": entry.reason,
        "pointers": list(entry.pointers),
    }
