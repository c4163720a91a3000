"""Every generated file of the book: what it is called and what makes it.

``claims/`` and ``studies/`` hold a page for each; ``generated/`` holds what the hand-written pages include,
under ``generated/files`` what is offered for download and under ``generated/figures`` what claims fold away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from claimbook.book import validation
from claimbook.book.article import article
from claimbook.book.audit import audit
from claimbook.book.changes import changes
from claimbook.book.cite import citations, cite
from claimbook.book.claim import claim_page
from claimbook.book.downloads import downloads
from claimbook.book.gallery import drawn
from claimbook.book.gapmap import gap_map
from claimbook.book.landing import landing
from claimbook.book.markup import block, myst
from claimbook.book.methods import choices, registries
from claimbook.book.openness import data_page, datapackage
from claimbook.book.prisma import flow
from claimbook.book.published import board
from claimbook.book.references import references
from claimbook.book.site import Book, Links
from claimbook.book.study import studies_index, study_page
from claimbook.book.tables import finder
from claimbook.records.schema import codebook

Keeper = Callable[[str, Book, Callable[[Book], str]], str]


def contents(book: Book, keeper: Keeper | None = None) -> Iterator[tuple[str, str]]:
    """(path under the book's folder, text) of every generated file.

    The page of a claim or study is made from its part of the book; ``keeper(name, part, make)`` may know it.
    So are a claim's figures, from a smaller part: its page also speaks of other claims.
    """
    kept = keeper or (lambda name, part, make: make(part))
    for key in book.findings:
        figures = kept(name := f"generated/figures/{key}.html", book.body(key), partial(_figures, key))
        yield name, figures
        yield (name := f"claims/{key}.md"), kept(name, book.part(key), partial(_claim, key, figures))
    for key in book.library.studies:
        yield (name := f"studies/{key}.md"), kept(name, book.part(key), partial(_study, key))
    yield "studies/index.md", studies_index(book)
    yield from validation.pages(book)
    for name, make in INCLUDED.items():
        yield f"generated/{name}.md", make(book)
    files = [*downloads(book), *citations(book), ("data/datapackage.json", datapackage(book))]
    for address, text in files:
        yield f"generated/files/{address}", text


def _figures(key: str, body: Book) -> str:
    return drawn(body, body.findings[key])


def _claim(key: str, figures: str, part: Book) -> str:
    return claim_page(replace(part, figures={key: figures}), part.findings[key])


def _study(key: str, part: Book) -> str:
    return study_page(part, part.library.studies[key])


def _title(book: Book) -> str:
    return f"# {myst(book.library.info.title)}\n"


def _reproduce(book: Book) -> str:
    return board(book, book.comparisons, Links(), "Values that others printed, computed again")


def _codebook(book: Book) -> str:
    """The code book without its title, which the page that includes it has, and a search over its fields."""
    return block(finder("fields", "tbody tr")) + codebook().partition("\n")[2]


INCLUDED: dict[str, Callable[[Book], str]] = {
    "title": _title,
    "landing": landing,
    "article": article,
    "choices": choices,
    "registries": registries,
    "reproduce": _reproduce,
    "audit": audit,
    "map": gap_map,
    "flow": flow,
    "changes": changes,
    "cite": cite,
    "data": data_page,
    "codebook": _codebook,
    "validation": validation.overview,
    "references": references,
}
