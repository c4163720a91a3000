"""PubMed's own format (MEDLINE, ``.nbib``): each tag may stand many times, and each value is kept.

E-utilities answer in it too, with the retraction links that other formats leave out.
"""

from __future__ import annotations

import re

from claimbook.exchange.citation import Citation, digits_in, doi_in, name_of, plain, year_in
from claimbook.exchange.codes import problem
from claimbook.exchange.source import Source
from claimbook.problems import Problem

_TAG = re.compile(r"([A-Z]{2,4}) *- ?(.*)$", re.DOTALL)
Tags = dict[str, list[str]]


def read_nbib(source: Source) -> tuple[list[Citation], list[Problem]]:
    """All records of a file, one for each PMID line, and the lines that belong to none."""
    records: list[tuple[int, Tags]] = []
    problems: list[Problem] = []
    last: list[str] | None = None
    for number, line in enumerate(source.lines, 1):
        found = _TAG.match(line.lstrip("\ufeff"))
        if found and found[1] == "PMID":
            records.append((number, {}))
        if found and records:
            last = records[-1][1].setdefault(found[1], [])
            last.append(found[2].strip())
        elif line.startswith("      ") and last:
            last[-1] = f"{last[-1]} {line.strip()}"
        elif line.strip() and not problems:
            message = "the line belongs to no record; a record begins with a PMID line"
            problems.append(problem("X005", source.where(number), message, severity="warning"))
    return [_citation(tags, source, line) for line, tags in records], problems


def _citation(tags: Tags, source: Source, line: int) -> Citation:
    status, notices = _integrity(tags)
    return Citation(
        where=source.where(line),
        title=_first(tags, "TI", "BTI").removesuffix("."),
        authors=tuple([name_of(plain(text)) for text in tags.get("FAU", tags.get("AU", ()))])
        + tuple((plain(text), "") for text in tags.get("CN", ())),
        year=year_in(_first(tags, "DP", "DEP", "EDAT")),
        kind="book" if "BTI" in tags else "article",
        container=_first(tags, "JT", "TA"),
        volume=_first(tags, "VI"),
        number=_first(tags, "IP"),
        pages=_first(tags, "PG"),
        publisher=_first(tags, "PB"),
        doi=next(filter(None, (_marked(tags, tag, "doi") for tag in ("LID", "AID"))), ""),
        pmid=digits_in(_first(tags, "PMID"), r"^(\d{1,8})$"),
        pmcid=digits_in(_first(tags, "PMC"), r"^(PMC\d{1,9})"),
        registration=digits_in(" ".join(tags.get("SI", ())), r"\b(NCT\d{8})\b"),
        types=tuple(map(plain, tags.get("PT", ()))),
        status=status,
        notices=notices,
        other={tag: tuple(map(plain, texts)) for tag, texts in tags.items() if tag in KEPT},
    )


def _first(tags: Tags, *names: str) -> str:
    return next((text for name in names for text in map(plain, tags.get(name, ())) if text), "")


def _marked(tags: Tags, name: str, mark: str) -> str:
    """The value that carries a mark: ``10.1000/x [doi]``."""
    found = (text for text in tags.get(name, ()) if text.rstrip().endswith(f"[{mark}]"))
    return doi_in(next(found, ""))


def _integrity(tags: Tags) -> tuple[str, tuple[str, ...]]:
    """The gravest that PubMed links to the article, and where each notice stands."""
    found = [(status, words, tag) for tag, (status, words) in LINKS.items() if tag in tags]
    if "Retracted Publication" in tags.get("PT", ()):
        found.insert(0, ("retracted", "PubMed files it as a retracted publication", ""))
    notices = [f"{words}: {plain(text)}" for _, words, tag in found for text in tags.get(tag, ("",))]
    return found[0][0] if found else "", tuple(notice.removesuffix(": ") for notice in notices)


LINKS = {  # the tags of PubMed that touch on whether to believe an article, the gravest first
    "RIN": ("retracted", "retracted in"),
    "ECI": ("concern", "expression of concern in"),
    "EIN": ("corrected", "erratum in"),
    "CRI": ("corrected", "corrected and republished in"),
    "ROF": ("", "is itself a retraction of"),
}
KEPT = ("LA", "PL", "GR", "JID", "SI", "ROF", "RIN", "EIN", "ECI", "CRI", "CIN", "PHST")
