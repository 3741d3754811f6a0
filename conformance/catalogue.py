"""The catalogue of requirements: data under `spec/requirements/`, read into frozen values.

`catalogue.yaml` there names the families in their order, the documents that requirements may cite, and the promises
that nothing can test from outside. Each family has a file of its name.
"""

from __future__ import annotations

import enum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from msgspec import Struct

from conformance import specfile
from conformance.discreet import Discreet
from conformance.specfile import SpecFile, look_up, steps_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from conformance.contract import Contract

INDEX = "catalogue.yaml"


class Level(enum.Enum):
    """What a requirement weighs; `conformance.verdicts` decides what follows from it."""

    REQUIRED = "required"
    RECOMMENDED = "recommended"


class Document(Struct, frozen=True):
    """A document that may be cited.

    title: its name in full.
    cite: how a section of it is cited; "{section}" stands for the section.
    url: where a section of it is; "{anchor}" stands for the section as a URL writes it.
    """

    title: str
    cite: str
    url: str


class Source(Struct, frozen=True):
    """A section of a document: `text` cites it for a person, `link` is its URL."""

    document: str
    section: str
    text: str
    link: str

    def __str__(self) -> str:
        return self.text


class Requirement(Struct, frozen=True):
    """One rule that a server, or the document, keeps.

    id: "family.name"; stable, retired rather than reused.
    title: the fact that holds where it is kept, in the present tense.
    sentence: what it rests on; the very words of the source where `quoted`, else a paraphrase.
    why: what it costs a partner when it is broken.
    mend: how to mend the server (or the document).
    keeps, breaks: a short exchange each, with made-up credentials.
    pointers: JSON pointers of the contract, overlay applied, that it rests on.
    """

    id: str
    family: str
    level: Level
    title: str
    source: Source
    sentence: str
    quoted: bool
    why: str
    mend: str
    keeps: str
    breaks: str
    pointers: tuple[str, ...]


class Untested(Struct, frozen=True):
    """A promise that no requirement rests on, and the reason why none can."""

    promise: str
    source: Source
    reason: str
    pointers: tuple[str, ...]


class Catalogue(Discreet, frozen=True):
    """All requirements in their order, the families' titles, and what is left untested."""

    hidden = frozenset({"_by_id"})
    requirements: tuple[Requirement, ...]
    families: Mapping[str, str]
    documents: Mapping[str, Document]
    untested: tuple[Untested, ...]
    _by_id: Mapping[str, Requirement]

    @classmethod
    def load(cls, directory: Path, contract: Contract | None = None) -> Catalogue:
        """Read the catalogue; with a contract, hold its pointers to it.

        Raises `SpecError` for a file of another shape, an id that is there twice or does not begin with its family, an
        unknown document, and a pointer that leads nowhere.
        """
        reader = _Reader(specfile.read(directory / INDEX, "catalogue"), contract)
        index = reader.index.value
        requirements: dict[str, Requirement] = {}
        for family in index["families"]:
            file = specfile.read(directory / f"{family}.yaml", "requirements")
            for requirement in reader.family(file, family, requirements):
                requirements[requirement.id] = requirement
        for stray in sorted(directory.glob("*.yaml")):
            if stray.stem not in index["families"] and stray.name != INDEX:
                raise reader.index.error(("families",), f"{stray.name} lies beside it and is no family")
        return cls(
            tuple(requirements.values()), index["families"], reader.documents, tuple(reader.untested()), requirements
        )

    def __iter__(self) -> Iterator[Requirement]:
        return iter(self.requirements)

    def __len__(self) -> int:
        return len(self.requirements)

    def __contains__(self, requirement_id: object) -> bool:
        return requirement_id in self._by_id

    def __getitem__(self, requirement_id: str) -> Requirement:
        return self._by_id[requirement_id]

    @property
    def ids(self) -> tuple[str, ...]:
        """Every id, in order."""
        return tuple(self._by_id)

    def family(self, name: str) -> tuple[Requirement, ...]:
        """The requirements of a family, in order."""
        return tuple(requirement for requirement in self.requirements if requirement.family == name)

    def select(self, globs: Iterable[str]) -> tuple[Requirement, ...]:
        """The requirements whose id matches any of the globs (case counts), in order; all of them for no glob."""
        patterns = tuple(globs)
        if not patterns:
            return self.requirements
        return tuple(r for r in self.requirements if any(fnmatchcase(r.id, pattern) for pattern in patterns))

    def unmatched(self, globs: Iterable[str]) -> tuple[str, ...]:
        """Those of the globs that no id matches."""
        return tuple(pattern for pattern in globs if not any(fnmatchcase(id_, pattern) for id_ in self._by_id))


class _Reader:
    """Turns the values of the files into requirements, and says where one of them is wrong."""

    def __init__(self, index: SpecFile, contract: Contract | None) -> None:
        self.index = index
        self.contract = contract
        self.documents = {key: Document(**value) for key, value in index.value["documents"].items()}

    def family(self, file: SpecFile, family: str, known: Mapping[str, Requirement]) -> Iterator[Requirement]:
        if file.value["family"] != family:
            raise file.error(("family",), f"{file.value['family']!r} is not the family this file is named for")
        for position, entry in enumerate(file.value["requirements"]):
            at = ("requirements", position)
            if entry["id"] in known:
                raise file.error((*at, "id"), f"the id {entry['id']!r} is there twice")
            if not entry["id"].startswith(f"{family}."):
                raise file.error((*at, "id"), f"the id {entry['id']!r} does not begin with {family}.")
            if ("quote" in entry) == ("paraphrase" in entry):
                raise file.error(at, "a requirement has either 'quote' or 'paraphrase'")
            yield Requirement(
                id=entry["id"],
                family=family,
                level=Level(entry["level"]),
                title=entry["title"],
                source=self.source(file, entry, at),
                sentence=entry.get("quote") or entry["paraphrase"],
                quoted="quote" in entry,
                why=entry["why"],
                mend=entry["mend"],
                keeps=entry["keeps"].rstrip("\n"),
                breaks=entry["breaks"].rstrip("\n"),
                pointers=self.pointers(file, entry, at),
            )

    def untested(self) -> Iterator[Untested]:
        for position, entry in enumerate(self.index.value["untested"]):
            at = ("untested", position)
            yield Untested(
                entry["promise"],
                self.source(self.index, entry, at),
                entry["reason"],
                self.pointers(self.index, entry, at),
            )

    def source(self, file: SpecFile, entry: Mapping[str, Any], at: tuple[str | int, ...]) -> Source:
        source = entry["source"]
        document = self.documents.get(source["document"])
        if document is None:
            known = ", ".join(self.documents)
            raise file.error((*at, "source", "document"), f"{source['document']!r} is no document; known are {known}")
        section = source["section"]
        anchor = quote(source.get("anchor", section), safe="/~-._:")
        return Source(
            source["document"],
            section,
            document.cite.replace("{section}", section),
            document.url.replace("{anchor}", anchor),
        )

    def pointers(self, file: SpecFile, entry: Mapping[str, Any], at: tuple[str | int, ...]) -> tuple[str, ...]:
        pointers = tuple(entry.get("pointers", ()))
        for position, pointer in enumerate(pointers):
            where = (*at, "pointers", position)
            if pointer in pointers[:position]:
                raise file.error(where, f"{pointer} is there twice")
            try:
                steps = steps_of(pointer)
                if self.contract is not None:
                    look_up(self.contract.document, steps)
            except (LookupError, ValueError):
                raise file.error(where, f"{pointer} leads nowhere in the contract") from None
        return pointers
