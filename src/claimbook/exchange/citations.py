"""Citations from a file: which format it has, what it holds, and which records are one publication."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from claimbook.exchange.bib import read_bibtex
from claimbook.exchange.citation import Citation, signature
from claimbook.exchange.codes import problem
from claimbook.exchange.csl import read_csl
from claimbook.exchange.nbib import read_nbib
from claimbook.exchange.ris import read_ris
from claimbook.exchange.source import Source
from claimbook.problems import Problem, Where
from claimbook.records import Entry, Library

Reader = Callable[[Source], tuple[list[Citation], list[Problem]]]


class Format(NamedTuple):
    """A citation format: what it is called, the pattern that gives it away, its reader."""

    label: str
    looks: re.Pattern[str]
    read: Reader


def format_of(source: Source) -> str:
    """The key of ``FORMATS`` that the content shows; "" where none does. The file's name is not asked."""
    head = source.text[:20_000]
    return next((key for key, format in FORMATS.items() if format.looks.search(head)), "")


def read_citations(source: Source, format: str) -> tuple[list[Citation], list[Problem]]:
    """The records that can enter, and a Problem for each that cannot."""
    citations, problems = FORMATS[format].read(source)
    for citation in citations:
        if not citation.title:
            message, fix = "the record has no title", "add it, or leave the record out"
            problems.append(problem("X004", citation.where, message, fix))
    if not citations and not problems:
        problems.append(problem("X001", source.where(1), "holds no record", "choose another file"))
    return [citation for citation in citations if citation.title], problems


def once(citations: Iterable[Citation]) -> tuple[list[Citation], list[Problem]]:
    """Each publication once, and a note for each further record of it, in one file or in several."""
    kept: list[Citation] = []
    problems: list[Problem] = []
    seen = Known()
    for citation in citations:
        if twin := seen.twin(citation):
            message = f"{citation.label} stands at {twin.where} already: {twin.because}"
            problems.append(problem("X006", citation.where, message, severity="note"))
        else:
            seen.add(citation, citation.where)
            kept.append(citation)
    return kept, problems


@dataclass(frozen=True)
class Twin:
    """What a publication is the same as: a place and a key, and the reason."""

    where: Where
    key: str
    doi: str
    because: str


class Known:
    """Publications by DOI, PubMed number, and title with year."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, ...], Twin] = {}

    @classmethod
    def of(cls, library: Library, keys: Iterable[str]) -> Known:
        """The citations of a library with these keys."""
        known = cls()
        for key in keys:
            if key in library.bibliography:
                entry = library.bibliography[key]
                known.add(_as_citation(entry), Where("references.bib", entry.line), key)
        return known

    def add(self, citation: Citation, where: Where, key: str = "") -> None:
        for sign, because in _signs(citation):
            self.found.setdefault(sign, Twin(where, key, citation.doi.lower(), because))

    def twin(self, citation: Citation) -> Twin | None:
        """The publication that this one is, if it is known. Two DOIs are two, whatever the titles say."""
        found = (self.found[sign] for sign, _ in _signs(citation) if sign in self.found)
        doi = citation.doi.lower()
        return next((twin for twin in found if not (doi and twin.doi and doi != twin.doi)), None)


def _signs(citation: Citation) -> Iterator[tuple[tuple[str, ...], str]]:
    if citation.doi:
        yield ("doi", citation.doi.lower()), "the same DOI"
    if citation.pmid:
        yield ("pmid", citation.pmid), "the same PubMed number"
    if citation.registration and not citation.container:
        yield ("registration", citation.registration), "the same registration"
    if len(name := signature(citation.title)) >= 12:
        yield ("title", name, citation.year), "the same title and year"


def _as_citation(entry: Entry) -> Citation:
    return Citation(
        Where("references.bib", entry.line),
        title=entry.get("title"),
        year=entry.get("year"),
        container=entry.get("journal") or entry.get("booktitle"),
        doi=entry.get("doi"),
        pmid=entry.get("pmid"),
    )


FORMATS: dict[str, Format] = {
    "ris": Format("RIS", re.compile(r"^\ufeff?\s{0,3}TY\s{0,4}-\s", re.MULTILINE), read_ris),
    "nbib": Format("PubMed (nbib)", re.compile(r"^\ufeff?PMID ?- ?\d", re.MULTILINE), read_nbib),
    "bibtex": Format("BibTeX", re.compile(r"^\s*@\s*[A-Za-z]+\s*[{(]", re.MULTILINE), read_bibtex),
    "csl": Format("CSL-JSON", re.compile(r"\A\s*(?:\[|\{\s*\")"), read_csl),
}
