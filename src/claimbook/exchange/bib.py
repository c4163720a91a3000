"""BibTeX files: every entry with its own key, and every broken or repeated one as a Problem."""

from __future__ import annotations

from claimbook.exchange.citation import Citation, digits_in, doi_in, plain, year_in
from claimbook.exchange.codes import problem
from claimbook.exchange.source import Source
from claimbook.problems import Problem
from claimbook.records.bibliography import Entry, parse_bibliography


def read_bibtex(source: Source) -> tuple[list[Citation], list[Problem]]:
    """All readable entries of a file, and a Problem for each of the others."""
    try:
        entries, problems = parse_bibliography(source.text.replace("\r\n", "\n"), source.shown)
    except (RecursionError, ValueError, IndexError, AttributeError) as error:
        message = f"cannot be read as BibTeX: {plain(str(error)) or type(error).__name__}"
        return [], [problem("X001", source.where(1), message, "check braces, quotes and commas")]
    return [_citation(entry, source) for entry in entries.values()], problems


def _citation(entry: Entry, source: Source) -> Citation:
    text = {name: plain(value) for name, value in entry.fields.items()}
    return Citation(
        where=source.where(entry.line),
        title=text.get("title", ""),
        authors=tuple((plain(family), plain(given)) for family, given in entry.authors),
        year=year_in(text.get("year", "") or text.get("date", "")),
        kind=entry.type.lower() if entry.type.isalpha() else "misc",
        container=text.get("journal") or text.get("journaltitle") or text.get("booktitle", ""),
        volume=text.get("volume", ""),
        number=text.get("number") or text.get("issue", ""),
        pages=text.get("pages", "").replace("--", "-"),
        publisher=text.get("publisher", ""),
        doi=doi_in(text.get("doi", "")) or doi_in(text.get("url", "")),
        pmid=digits_in(text.get("pmid", ""), r"^(\d{1,8})$"),
        pmcid=digits_in(text.get("pmcid", ""), r"^(PMC\d{1,9})$"),
        url=text.get("url", ""),
        key=entry.key,
        types=tuple(filter(None, (text.get("type", ""),))),
        other={name: (value,) for name, value in text.items() if name not in _USED and value},
    )


_USED = {
    *("author", "title", "year", "date", "journal", "journaltitle", "booktitle", "volume", "number", "issue"),
    *("pages", "publisher", "doi", "pmid", "pmcid", "url", "type", "abstract", "keywords", "file"),
}
