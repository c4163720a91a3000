"""How to cite the book and each of its claims: as text, and as BibTeX, RIS and CSL-JSON for download.

A citation names the data by its digest and carries no year: the pages do not know when they were made.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import metadata

from claimbook.book.markup import Content, block, tag
from claimbook.book.site import Book, Links
from claimbook.book.strips import digest
from claimbook.book.tables import bullets, table

LINKS = Links()
FORMATS = {"bib": "BibTeX", "ris": "RIS", "json": "CSL-JSON"}


def everything(book: Book) -> list[str]:
    """The keys of all records of the library."""
    return [*book.library.studies, *book.library.claims]


def cite(book: Book) -> str:
    """The book's citation, its files, and a line for each claim."""
    whole = digest(book, everything(book))
    files = [LINKS.file(f"data/cite.{ending}", name) for ending, name in FORMATS.items()]
    rows: list[list[Content]] = [
        [LINKS.claim(finding), f"{finding.claim.title}. In: {_citation(book, whole)}"]
        for finding in book.findings.values()
    ]
    return "\n".join(
        [
            block(tag("p", _citation(book, whole), class_="cb-answer")),
            block(bullets(files)),
            block(table("Each claim", ["Claim", "Citation"], rows)) if rows else "",
        ]
    )


def _author(book: Book) -> str:
    return book.author or "The authors"


def _citation(book: Book, data: str) -> str:
    version = metadata.version("claimbook")
    return f"{_author(book)}. {book.library.info.title}. Evidence book, data {data}, claimbook {version}."


def citations(book: Book) -> Iterator[tuple[str, str]]:
    """(address, text) of the citation in each format."""
    title, author, data = book.library.info.title, _author(book), digest(book, everything(book))
    note = f"Evidence book, data {data}, claimbook {metadata.version('claimbook')}"
    braced = title.translate({ord(sign): f"\\{sign}" for sign in "{}\\%&#$_"})
    yield (
        "data/cite.bib",
        f"@misc{{evidencebook-{data},\n  author = {{{{{author}}}}},\n  title = {{{{{braced}}}}},\n"
        f"  note = {{{note}}},\n}}\n",
    )
    one_line = " ".join(title.split())
    yield "data/cite.ris", f"TY  - DATA\nAU  - {author}\nTI  - {one_line}\nN1  - {note}\nER  - \n"
    entry = {
        "id": f"evidencebook-{data}",
        "type": "dataset",
        "title": title,
        "author": [{"literal": author}],
        "note": note,
    }
    yield "data/cite.json", json.dumps([entry], indent=1, ensure_ascii=False) + "\n"
