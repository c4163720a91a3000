"""A folder of records as one Library, and every mistake in it as a Problem.

``read_library`` reads all files whatever is wrong with some of them: a record that cannot be read is
missing from the Library and present in the Problems, and all others are there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from claimbook.problems import Problem, Where, did_you_mean, in_order
from claimbook.records.bibliography import Entry, read_bibliography
from claimbook.records.models import Claim, LibraryInfo, Result, Study
from claimbook.records.text import NAMES, Document, Loc, parse, read_text

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Library:
    """Everything the files say. Studies and claims are keyed by file stem, in alphabetical order."""

    root: Path
    info: LibraryInfo
    studies: dict[str, Study]
    claims: dict[str, Claim]
    bibliography: dict[str, Entry]
    documents: dict[str, Document] = field(repr=False)

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
    reader = _Reader(root)
    info = reader.one(root / "library.yaml", "library", LibraryInfo)
    studies = reader.folder("records", Study, "study")
    claims = reader.folder("claims", Claim, "claim")
    bibliography, problems = read_bibliography(root / "references.bib", reader.shown(root / "references.bib"))
    library = Library(root, info or _EMPTY, studies, claims, bibliography, reader.documents)
    return library, in_order([*reader.problems, *problems, *dangling(library, reader.broken)])


_EMPTY = LibraryInfo(title="Untitled", question="", licence="unknown", outcomes={})


class _Reader:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.documents: dict[str, Document] = {}
        self.problems: list[Problem] = []
        self.broken: set[str] = set()

    def shown(self, path: Path) -> str:
        """The path as a user of this folder would write it."""
        try:
            return path.absolute().relative_to(Path.cwd()).as_posix()
        except ValueError:
            return path.as_posix()

    def folder(self, name: str, model: type[M], key_field: str) -> dict[str, M]:
        found = {}
        for path in sorted((self.root / name).glob("*.y*ml")):
            record = self.one(path, path.stem, model)
            if record is None:
                self.broken.add(path.stem)
            elif self._key_is_stem(path, getattr(record, key_field), key_field):
                found[path.stem] = record
        return found

    def one(self, path: Path, key: str, model: type[M]) -> M | None:
        shown = self.shown(path)
        text, problems = read_text(path, shown)
        self.problems += problems
        if text is None:
            return None
        document, problems = parse(text, shown)
        self.problems += problems
        if document is None or self._key_is_taken(key, document):
            return None
        self.documents[key] = document
        record, problems = validate(document, model)
        self.problems += problems
        return record

    def _key_is_taken(self, key: str, document: Document) -> bool:
        """Studies, claims and the library file share one set of keys, so that a key names one file."""
        if key not in self.documents:
            return False
        message = f'the key "{key}" belongs to {self.documents[key].path}'
        self.problems.append(
            _problem("R012", Where(document.path, 1, 1), message, "rename one of the two files")
        )
        return True

    def _key_is_stem(self, path: Path, key: str, key_field: str) -> bool:
        if key == path.stem:
            return True
        where = self.documents[path.stem].where(key_field)
        message = f'{key_field} "{key}" stands in a file named "{path.name}"'
        self.problems.append(
            Problem("R009", NAMES["R009"], "error", where, message, fix=f"rename the file to {key}.yaml")
        )
        self.broken.add(path.stem)
        return False


def validate(document: Document, model: type[M]) -> tuple[M | None, list[Problem]]:
    """Type a document's data; all mistakes at once, each on its own line."""
    if not isinstance(document.data, dict):
        what = "a list" if isinstance(document.data, list) else "plain text"
        message = f"holds {what} where a record is expected"
        return None, [Problem("R002", NAMES["R002"], "error", Where(document.path, 1, 1), message)]
    blank = [_blank(document, loc) for loc in _blanks(document.data)]
    try:
        record = model.model_validate(document.data)
    except ValidationError as error:
        details = [detail for detail in error.errors(include_url=False) if detail["input"] is not None]
        return None, [*blank, *(_typed_problem(detail, document, model) for detail in details)]
    return (None, blank) if blank else (record, [])


def _blanks(data: Any, loc: Loc = ()) -> Iterator[Loc]:
    """The places of keys and list items with nothing behind them."""
    if data is None:
        yield loc
    for step, inner in (
        data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    ):
        yield from _blanks(inner, (*loc, step))


def _blank(document: Document, loc: Loc) -> Problem:
    message = f'"{".".join(str(part) for part in loc)}" has no value'
    return _problem(
        "R005", document.where_key(*loc), message, 'write it, "unknown" for a number, or delete the key'
    )


def _typed_problem(detail: Any, document: Document, model: type[BaseModel]) -> Problem:
    loc, kind, dotted = detail["loc"], detail["type"], ".".join(str(part) for part in detail["loc"])
    if kind == "extra_forbidden":
        allowed = sorted(_fields_at(model, loc[:-1]))
        message = f'no field "{loc[-1]}" here{did_you_mean(str(loc[-1]), allowed)}'
        return _problem("R007", document.where_key(*loc), message, f"fields: {', '.join(allowed)}")
    if kind == "missing":
        return _problem("R008", document.where_key(*loc[:-1]), f'"{dotted}" is missing', f'add "{loc[-1]}:"')
    if kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", detail["ctx"]["expected"])
        message = f'"{detail["input"]}" is not a {loc[-1]}{did_you_mean(str(detail["input"]), allowed)}'
        return _problem("R005", document.where(*loc), message, f"one of: {', '.join(allowed)}")
    if kind == "string_pattern_mismatch":
        return _problem(
            "R005",
            document.where(*loc),
            f'"{detail["input"]}" does not fit {dotted}',
            f"pattern: {detail['ctx']['pattern']}",
        )
    message = detail["msg"].removeprefix("Value error, ")
    return _problem("R005", document.where(*loc), f"{dotted}: {message}" if dotted else message, "")


def _problem(rule: str, where: Where, message: str, fix: str) -> Problem:
    return Problem(rule, NAMES[rule], "error", where, message, fix=fix)


def _fields_at(model: type[BaseModel], loc: tuple[str | int, ...]) -> set[str]:
    """The field names allowed at a place, by following the models along the path."""
    here: set[type[BaseModel]] = {model}
    for part in loc:
        if isinstance(part, str):
            here = {
                m for h in here if part in h.model_fields for m in _models_in(h.model_fields[part].annotation)
            } or here
    return {name for h in here for name in h.model_fields}


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models_in(inner)


def dangling(library: Library, broken: set[str]) -> Iterator[Problem]:
    """References from file to file that lead nowhere. A record that could not be read is not blamed twice."""
    outcomes = library.info.outcomes
    for index, headline in enumerate(library.info.headline):
        if headline.claim not in library.claims and headline.claim not in broken:
            where = library.where("library", "headline", index, "claim")
            yield _unknown(where, "claim", headline.claim, library.claims)
    for key, study in library.studies.items():
        arms = {arm.id for arm in study.arms}
        for index, result in enumerate(study.results):
            if outcomes and result.outcome not in outcomes:
                yield _unknown(
                    library.where(key, "results", index, "outcome"), "outcome", result.outcome, outcomes
                )
            for loc, arm in _arms_used(result):
                if arm not in arms:
                    yield _unknown(library.where(key, "results", index, *loc), "arm", arm, arms)
        for index, link in enumerate(study.same_people):
            if link.study not in library.studies and link.study not in broken:
                yield _unknown(
                    library.where(key, "same_people", index, "study"), "study", link.study, library.studies
                )
    for key, claim in library.claims.items():
        if outcomes and claim.outcome not in outcomes:
            yield _unknown(library.where(key, "outcome"), "outcome", claim.outcome, outcomes)
        for name in ("studies", "left_out", "beside"):
            for index, used in enumerate(getattr(claim, name)):
                yield from _used(library, broken, key, (name, index), used.study, used.result)
        for index, other in enumerate(claim.answered_by):
            if other not in library.claims and other not in broken:
                yield _unknown(library.where(key, "answered_by", index), "claim", other, library.claims)


def _used(
    library: Library, broken: set[str], key: str, loc: tuple[str | int, ...], study: str, result: str
) -> Iterator[Problem]:
    if study in broken:
        return
    if study not in library.studies:
        yield _unknown(library.where(key, *loc, "study"), "study", study, library.studies)
        return
    ids = [r.id for r in library.studies[study].results]
    if result and result not in ids:
        yield _unknown(library.where(key, *loc, "result"), f"result of {study}", result, ids)


def _arms_used(result: Result) -> Iterator[tuple[tuple[str, ...], str]]:
    data: Any = result.data
    if hasattr(data, "arm"):
        yield (result.shape, "arm"), data.arm
    for side in ("intervention", "comparator"):
        if hasattr(data, side):
            yield (result.shape, side, "arm"), getattr(data, side).arm


def _unknown(where: Where, what: str, word: str, known: Any) -> Problem:
    return _problem(
        "R010",
        where,
        f'no {what} "{word}"{did_you_mean(word, known)}',
        f"known: {', '.join(sorted(known)[:12]) or 'none'}",
    )
