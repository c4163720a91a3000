"""Publications into a library: a key, an entry in references.bib and a record for each, or nothing at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from claimbook.exchange.citation import Citation
from claimbook.exchange.citations import Known
from claimbook.exchange.codes import problem
from claimbook.exchange.skeleton import key_for, skeleton
from claimbook.problems import Problem
from claimbook.records import Library
from claimbook.records.bibliography import parse_bibliography
from claimbook.records.editing import render
from claimbook.records.text import LARGEST_BIBLIOGRAPHY, read_text
from claimbook.records.writing import WriteError, Writer, checked, refusal, replace_file


@dataclass(frozen=True)
class New:
    """A publication to enter: its citation, record fields known beside it, and a key if one is set."""

    citation: Citation
    more: Mapping[str, Any] = field(default_factory=dict, hash=False)
    key: str = ""


@dataclass(frozen=True)
class Planned:
    """A publication with its key, its record and its entry; "" where references.bib has that already."""

    key: str
    text: str
    entry: str
    citation: Citation


@dataclass(frozen=True)
class Changed:
    """A record that is there, with the text that it will have."""

    path: Path
    text: str


def plan(library: Library, news: Iterable[New]) -> tuple[list[Planned], list[Problem]]:
    """What will be written, and a Problem for each publication that has a record already.

    A citation that stands in references.bib without a record, as an interrupted import leaves it, is taken up
    under its key.
    """
    studies = Known.of(library, library.studies)
    cited = Known.of(library, [key for key in library.bibliography if key not in library.studies])
    taken = {*library.studies, *library.claims, *library.bibliography, *library.documents, "library"}
    planned: list[Planned] = []
    problems: list[Problem] = []
    for new in news:
        citation = new.citation
        if twin := studies.twin(citation):
            message = f"{citation.label} is in the library already as {twin.key}: {twin.because}"
            fix = f"claimbook study show {twin.key}"
            problems.append(problem("X007", citation.where, message, fix, severity="note"))
            continue
        waiting = cited.twin(citation)
        key = new.key or (waiting.key if waiting else key_for(citation, taken))
        taken.add(key)
        studies.add(citation, citation.where, key)
        cited_already = waiting is not None or (not citation.title and key in library.bibliography)
        entry = "" if cited_already and key in library.bibliography else citation.bibtex(key)
        planned.append(Planned(key, render(skeleton(citation, key, new.more)), entry, citation))
    return planned, problems


def enter(writer: Writer, planned: Sequence[Planned], changed: Sequence[Changed] = ()) -> list[Path]:
    """Write the entries, then the records. WriteError before the first byte if any of it is not sound."""
    for one in planned:
        checked("study", one.text, str(one.citation.where))
        writer.require_free("study", one.key)
    for change in changed:
        checked("study", change.text, str(change.path))
    _cite(writer.root / "references.bib", [one.entry for one in planned if one.entry])
    for change in changed:
        replace_file(change.path, change.text)
    paths = [writer.add("study", one.text, str(one.citation.where)) for one in planned]
    return [*paths, *(change.path for change in changed)]


def _cite(path: Path, entries: Sequence[str]) -> None:
    """All entries behind those that are there, in one write."""
    if not entries:
        return
    old, problems = read_text(path, str(path), LARGEST_BIBLIOGRAPHY) if path.exists() else ("", [])
    if old is None:
        raise WriteError(problems)
    known, _ = parse_bibliography(old)
    wanted, problems = parse_bibliography("\n".join(entries))
    if taken := known.keys() & wanted.keys():
        raise refusal("W003", path, f'the key "{min(taken)}" is taken', "choose another key")
    gap = "" if not old.strip() else "\n" if old.endswith("\n") else "\n\n"
    added = gap + "\n".join(entries)
    new = old + (added.replace("\n", "\r\n") if "\r\n" in old else added)
    made, _ = parse_bibliography(new)
    if len(new) > LARGEST_BIBLIOGRAPHY:
        raise refusal("W001", path, "would grow larger than it can be read", "keep two libraries")
    if problems or len(wanted) != len(entries) or set(made) != {*known, *wanted}:
        raise refusal("W006", path, "a citation cannot be written as BibTeX", "add it with --bibtex FILE")
    replace_file(path, new)
