"""RIS in the dialects of Embase, Scopus, PubMed, Zotero, EndNote, Cochrane, Web of Science and Ovid.

The tag lines agree; what differs is which tags hold what, how many spaces stand around the hyphen, and what
stands between records. Of a field's tags the first that has a value counts. A tag without a field is kept. A
record that lacks its ER is kept and reported, because readers that wait for ER lose it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from claimbook.exchange.citation import Citation, digits_in, doi_in, names_of, plain, year_in
from claimbook.exchange.codes import problem
from claimbook.exchange.source import Source
from claimbook.problems import Problem

_TAG = re.compile(r"([A-Z][A-Z0-9])  -(?: (.*)|)$", re.DOTALL)
_LOOSE = re.compile(r"\s{0,3}([A-Z][A-Z0-9])\s{0,4}-(?:\s(.*)|)$", re.DOTALL)
_BETWEEN = re.compile(r"\s*|Record #\d+ of \d+\s*|Provider:.*|Content:.*|Database:.*|<?\d+\.\s*>?\s*")
_MANY = {"KW", "DB", "SN", "UR", "AU", "A1", "N1", "AD"}  # one value a line where EndNote leaves out the tag


@dataclass
class _Record:
    """The tags of one record with their values in order, and the line it begins on."""

    line: int
    tags: dict[str, list[str]] = field(default_factory=dict)
    last: str = ""

    def add(self, tag: str, value: str) -> None:
        self.tags.setdefault(tag, []).append(value)
        self.last = tag

    def go_on(self, value: str) -> None:
        """A line without a tag belongs to the tag above it."""
        if self.last in _MANY:
            self.tags[self.last].append(value)
        elif self.last:
            self.tags[self.last][-1] += " " + value

    def first(self, *tags: str) -> str:
        return next((text for tag in tags for text in map(plain, self.tags.get(tag, ())) if text), "")

    def all(self, *tags: str) -> list[str]:
        """The values of the first tag that has any."""
        found = ([text for text in map(plain, self.tags.get(tag, ())) if text] for tag in tags)
        return next((texts for texts in found if texts), [])


def read_ris(source: Source) -> tuple[list[Citation], list[Problem]]:
    """All records of a file, and what is wrong with it; as many records as there are TY lines."""
    records, problems = _records(source)
    return [_citation(record, source) for record in records], problems


def _records(source: Source) -> tuple[list[_Record], list[Problem]]:
    tag_line = _TAG if re.search(r"(?:^|[\r\n\ufeff])TY  - *\S", source.text) else _LOOSE
    records: list[_Record] = []
    problems: list[Problem] = []
    here: _Record | None = None
    stray: list[int] = []
    for number, line in enumerate(source.lines, 1):
        found = tag_line.match(line.lstrip("\ufeff"))
        tag, value = (found[1], (found[2] or "").strip()) if found else ("", line.strip())
        if tag == "TY":
            problems += _unended(source, here, number)
            here = _Record(number)
            here.add(tag, value)
            records.append(here)
        elif tag == "ER":
            here = None
        elif here is not None and tag:
            here.add(tag, value)
        elif here is not None:
            if not _BETWEEN.fullmatch(line):
                here.go_on(value)
        elif tag or not _BETWEEN.fullmatch(line):
            stray.append(number)
    return records, [*problems, *_unended(source, here, number), *_strays(source, stray)]


def _unended(source: Source, record: _Record | None, line: int) -> Iterator[Problem]:
    if record is not None:
        message = f"the record of line {record.line} has no ER line; it is taken as it stands"
        yield problem("X003", source.where(line), message, "look at its end", severity="warning")


def _strays(source: Source, lines: list[int]) -> Iterator[Problem]:
    if lines:
        more = f" and {len(lines) - 1} more" if len(lines) > 1 else ""
        message = f"the line{more} belongs to no record; a record begins with a TY line"
        yield problem("X005", source.where(lines[0]), message, "add the TY line", severity="warning")


def _citation(record: _Record, source: Source) -> Citation:
    kind = KINDS.get(record.first("TY").upper(), "misc")
    pages = "-".join(part for part in (record.first("SP"), record.first("EP")) if part) or record.first("C7")
    title = record.first("TI", "T1", "CT", "BT", "ST")
    return Citation(
        where=source.where(record.line),
        title=title,
        authors=names_of(record.all("AU", "A1")),
        year=next(filter(None, (year_in(record.first(tag)) for tag in ("PY", "Y1", "YR", "DA"))), ""),
        kind=kind,
        container=record.first("T2", "JF", "JO", "JA", "J2", "JI", "J9", "BT"),
        volume=record.first("VL"),
        number=record.first("IS", "CP"),
        pages=pages,
        publisher=record.first("PB", "PU"),
        doi=next(filter(None, (doi_in(record.first(tag)) for tag in ("DO", "L2", "L3", "UR"))), ""),
        pmid=_pmid(record),
        pmcid=digits_in(" ".join([*record.all("U2"), *record.all("UR")]), r"\b(PMC\d{4,9})\b"),
        url=record.first("UR"),
        registration=digits_in(" ".join([*record.all("AN"), *record.all("UR")]), r"\b(NCT\d{8})\b"),
        key=record.first("ID", "AN"),
        types=tuple(record.all("M3")),
        status="retracted" if title.upper().startswith("RETRACTED") else "",
        other={tag: tuple(map(plain, texts)) for tag, texts in record.tags.items() if tag not in _USED},
    )


def _pmid(record: _Record) -> str:
    """PubMed's number: each database has another place for it."""
    database = " ".join([*record.all("DB"), *record.all("DP")])
    pubmed = re.search(r"pubmed|medline|nlm", database, re.IGNORECASE) is not None
    tries = (
        digits_in(record.first("C5"), r"^(\d{4,8})$"),  # Embase
        digits_in(record.first("C2"), r"^(\d{4,8})$"),  # Scopus, PsycINFO of EBSCO
        digits_in(record.first("C3"), r"PUBMED (\d{1,8})"),  # Cochrane
        digits_in(record.first("U1"), r"^(\d{1,8})\s*\[pmid\]"),  # PubMed's citation exporter
        digits_in(" ".join([*record.all("AN"), *record.all("N1")]), r"PMID:?\s*(\d{1,8})"),  # Zotero, Embase
        digits_in(record.first("AN"), r"^(\d{1,8})$") if pubmed else "",  # EndNote, PubMed
        digits_in(" ".join([*record.all("UR"), *record.all("L2")]), r"pubmed[^\s]*/(\d{1,8})\b"),
    )
    return next(filter(None, tries), "")


KINDS = {
    **dict.fromkeys(("JOUR", "EJOUR", "MGZN", "JFULL", "INPR", "ABST"), "article"),
    **dict.fromkeys(("CONF", "CPAPER"), "inproceedings"),
    **dict.fromkeys(("BOOK", "EBOOK", "EDBOOK"), "book"),
    **dict.fromkeys(("CHAP", "ECHAP"), "incollection"),
    **dict.fromkeys(("RPRT", "GOVDOC"), "techreport"),
    "THES": "phdthesis",
}
_USED = {
    *("TY", "ER", "TI", "T1", "CT", "BT", "ST", "AU", "A1", "PY", "Y1", "YR", "T2", "JF", "JO", "JA", "J2"),
    *("JI", "J9", "VL", "IS", "CP", "SP", "EP", "PB", "PU", "DO", "UR", "M3", "ID"),
    *("AB", "N2", "AD", "KW"),  # long, and to be found again by the DOI
}
