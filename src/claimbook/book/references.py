"""Citations as plain, linked text: the studies' and those of every method that the toolkit names."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from claimbook.book.markup import Content, Html, block, join, link, tag
from claimbook.book.site import Book, Links, section
from claimbook.book.tables import finder
from claimbook.records.bibliography import parse_bibliography

if TYPE_CHECKING:
    from claimbook.records import Entry

LINKS = Links()
HOMES = ("claimbook", "claimbook.effects", "claimbook.synthesis", "claimbook.appraisal", "claimbook.book")


def cited(entry: Entry) -> Html:
    """One reference with links to its DOI and its PubMed record."""
    return join(entry.citation, *(part for one in addresses(entry) for part in (" ", link(*one))))


def addresses(entry: Entry) -> list[tuple[str, str]]:
    """(label, address) of its DOI and its PubMed record, as far as they are known."""
    doi, pmid = entry.get("doi"), entry.get("pmid")
    found = [(f"doi:{doi}", f"https://doi.org/{_quoted(doi)}")] if doi else []
    return found + ([(f"PubMed {pmid}", f"https://pubmed.ncbi.nlm.nih.gov/{_quoted(pmid)}/")] if pmid else [])


def _quoted(identifier: str) -> str:
    from urllib.parse import quote

    return quote(identifier, safe="/().;:")


def references(book: Book) -> str:
    """The library's own references, each leading to its study, then those of the methods."""
    return "\n".join(
        [
            block(finder("references", ".cb-references li")),
            section("Studies and reviews", block(_list(book.library.bibliography, book))),
            section("Methods", block(_list(method_references(), book))),
        ]
    )


@cache
def method_references() -> dict[str, Entry]:
    """The references of every formula and rule, by key, from the packages that hold them."""
    found: dict[str, Entry] = {}
    for home in HOMES:
        for file in sorted(resources.files(home).iterdir(), key=lambda f: f.name):
            if file.name.endswith(".bib"):
                found |= parse_bibliography(file.read_text(encoding="utf-8"))[0]
    return found


def _list(entries: Mapping[str, Entry], book: Book) -> Html:
    ordered = sorted(entries.values(), key=lambda entry: (entry.citation.casefold(), entry.key))
    return tag(
        "ul",
        [tag("li", _entry(entry, book), id=f"ref-{entry.key}") for entry in ordered],
        class_="cb-references",
    )


def _entry(entry: Entry, book: Book) -> Html:
    study = book.library.studies.get(entry.key)
    return join(cited(entry), tag("span", " ", LINKS.study(study.study, "Its record")) if study else None)


def reference(key: str, entries: Mapping[str, Entry]) -> Content:
    """A short mention of a method's paper that leads to the list of references."""
    entry = entries.get(key)
    if entry is None:
        return key
    first = entry.authors[0][0] if entry.authors else entry.get("title")
    more = (
        " et al."
        if len(entry.authors) > 2
        else f" & {entry.authors[1][0]}"
        if len(entry.authors) == 2
        else ""
    )
    return link(f"{first}{more} {entry.get('year')}", f"references.html#ref-{key}")
