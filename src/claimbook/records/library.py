"""A folder of records as one Library, and every mistake in it as a Problem.

``read_library`` reads all files whatever is wrong with some of them: a record that cannot be read is
missing from the Library and present in the Problems, and all others are there.
"""

from __future__ import annotations

import fnmatch
import gc
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from claimbook.problems import Problem, Where, in_order
from claimbook.records.bibliography import Entry, read_bibliography
from claimbook.records.dangling import dangling
from claimbook.records.models import Claim, LibraryInfo, Result, Study
from claimbook.records.text import NAMES, Document, decode, parse, read_raw
from claimbook.records.validating import validate


@dataclass(frozen=True, repr=False)
class Library:
    """Everything the files say. Studies and claims are keyed by file stem, in alphabetical order."""

    root: Path
    info: LibraryInfo
    studies: Mapping[str, Study]
    claims: Mapping[str, Claim]
    bibliography: Mapping[str, Entry]
    documents: Mapping[str, Document]

    def __repr__(self) -> str:
        """``Library(studies: 77 studies, 29 claims, 90 citations)``."""
        held = {"studies": self.studies, "claims": self.claims, "citations": self.bibliography}
        return f"Library({self.root}: {', '.join(f'{len(part)} {what}' for what, part in held.items())})"

    def where(self, key: str, *loc: str | int) -> Where:
        """The place of a value in a file; ``key`` is the study, the claim or ``library``."""
        return self.documents[key].where(*loc)

    def where_result(self, study: str, result: str, *loc: str | int) -> Where:
        index = [r.id for r in self.studies[study].results].index(result)
        return self.where(study, "results", index, *loc)

    def result(self, study: str, result: str) -> Result:
        return self.studies[study].result(result)


def find_root(path: str | Path) -> Path:
    """The folder with ``library.yaml``: the path itself, or its ``studies`` folder."""
    path = Path(path)
    return path / "studies" if not (path / "library.yaml").exists() and (path / "studies").is_dir() else path


def read_library(path: str | Path = "studies") -> tuple[Library, list[Problem]]:
    """Read ``library.yaml``, ``references.bib``, ``records/`` and ``claims/`` under a folder.

    Returns the Library of all that could be read and the Problems in file order; it never raises for what a
    file holds. A folder that does not exist is one Problem and an empty Library.
    """
    root = find_root(path)
    with collector_at_rest():
        readings = [reading_of(source, *read_raw(source.path, source.shown)) for source in sources(root)]
        sound, broken, problems = settled(readings)
        bibliography, mistakes = read_bibliography(root / "references.bib", shown(root / "references.bib"))
        info = sound["library"].record if "library" in sound else None
        library = Library(
            root,
            info if isinstance(info, LibraryInfo) else EMPTY,
            {key: r.record for key, r in sound.items() if isinstance(r.record, Study)},
            {key: r.record for key, r in sound.items() if isinstance(r.record, Claim)},
            bibliography,
            {key: r.document for key, r in sound.items() if r.document is not None},
        )
        return library, in_order([*problems, *mistakes, *dangling(library, broken)])


EMPTY = LibraryInfo(title="Untitled", question="", licence="unknown", outcomes={})


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Reading and checking make no cycles, and each collection would walk all that was read so far."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.freeze()
            gc.unfreeze()  # what was made is old now, so that no collection begins with a walk over it
            gc.enable()


@dataclass(frozen=True)
class Source:
    """One YAML file of a library: where it is, how a user of this folder would write that, and its kind."""

    path: Path
    shown: str
    model: type[Study] | type[Claim] | type[LibraryInfo]

    @property
    def key(self) -> str:
        return "library" if self.model is LibraryInfo else self.path.stem


def sources(root: Path) -> list[Source]:
    """library.yaml, the records and the claims, in this order and each folder in that of its names."""
    found = [Source(root / "library.yaml", shown(root / "library.yaml"), LibraryInfo)]
    for name, model in FOLDERS.items():
        folder, base = root / name, shown(root / name)
        found += [Source(folder / file, f"{base}/{file}", model) for file in _yaml_in(folder)]
    return found


def _yaml_in(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(fnmatch.filter((entry.name for entry in entries), "*.y*ml"))
    except OSError:  # a folder that is not there, or not for us
        return []


FOLDERS: dict[str, type[Study] | type[Claim]] = {"records": Study, "claims": Claim}


def shown(path: Path) -> str:
    """A path as a user of this folder would write it."""
    try:
        return path.absolute().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()


@dataclass(frozen=True)
class Reading:
    """What one file says, and what is wrong with its text and with its values.

    A file with wrong values is a document without a record, one with a wrong text is neither.
    """

    source: Source
    document: Document | None
    record: Study | Claim | LibraryInfo | None
    in_text: list[Problem]
    in_values: list[Problem]

    @property
    def is_document(self) -> bool:
        return self.document is not None

    @property
    def is_record(self) -> bool:
        return self.record is not None


def reading_of(source: Source, raw: bytes | None, problems: list[Problem]) -> Reading:
    """Read one file's bytes; it depends on nothing else. ``problems`` are those of getting at the bytes."""
    text, undecoded = (None, []) if raw is None else decode(raw, source.shown)
    document, unparsed = (None, []) if text is None else parse(text, source.shown)
    problems = [*problems, *undecoded, *unparsed]
    if document is None:
        return Reading(source, None, None, problems, [])
    record, mistakes = validate(document, source.model)
    key = "library" if record is None or isinstance(record, LibraryInfo) else _key(record)
    if record is not None and key != source.key:
        name = "study" if isinstance(record, Study) else "claim"
        message = f'{name} "{key}" stands in a file named "{source.path.name}"'
        fix = f"rename the file to {key}.yaml"
        record, mistakes = None, [_problem("R009", document.where(name), message, fix)]
    return Reading(source, document, record, problems, mistakes)


def _key(record: Study | Claim) -> str:
    return record.study if isinstance(record, Study) else record.claim


class Read(Protocol):
    """What is known of a file that was read, now or earlier."""

    @property
    def source(self) -> Source: ...
    @property
    def in_text(self) -> list[Problem]: ...
    @property
    def in_values(self) -> list[Problem]: ...
    @property
    def is_document(self) -> bool: ...
    @property
    def is_record(self) -> bool: ...


R = TypeVar("R", bound=Read)


def settled(readings: Iterable[R]) -> tuple[dict[str, R], set[str], list[Problem]]:
    """Which file has which key, the keys of which no record is to be had, and the Problems of all files.

    Studies, claims and the library file share one set of keys, so that a key names one file.
    """
    sound: dict[str, R] = {}
    broken: set[str] = set()
    problems: list[Problem] = []
    for reading in readings:
        key, path = reading.source.key, reading.source.shown
        problems += reading.in_text
        if reading.is_document and key in sound:
            message = f'the key "{key}" belongs to {sound[key].source.shown}'
            problems.append(_problem("R012", Where(path, 1, 1), message, "rename one of the two files"))
            broken.add(key)
            continue
        problems += reading.in_values
        if reading.is_document:
            sound[key] = reading
        if not reading.is_record and key != "library":
            broken.add(key)
    return sound, broken, problems


def _problem(rule: str, where: Where, message: str, fix: str) -> Problem:
    return Problem(rule, NAMES[rule], "error", where, message, fix=fix)
