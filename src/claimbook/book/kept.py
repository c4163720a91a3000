"""The pages that an earlier build made and that are still right.

A page is made from a part of the book: its own record and those that this one names. It is kept while that
part has the same fingerprint and the page on disk is the one that was written then; a memory that cannot be
read is none.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from claimbook.book.record import record_path
from claimbook.book.stamps import digest, program, read

if TYPE_CHECKING:
    from claimbook.book.site import Book

MEMORY = "generated/kept.json"


class Pages:
    """The pages in a book's folder, each with the fingerprint of what it was made from."""

    def __init__(self, folder: Path, book: Book) -> None:
        self.folder, self.before = folder, read(folder / MEMORY)
        self.now: dict[str, list[str]] = {}
        library = book.library
        self.sources = {key: record_path(library, key).read_bytes() for key in book.named}
        self.findings = book.texts

    def page(self, name: str, part: Book, make: Callable[[Book], str]) -> str:
        """The page of that name: the one on disk where this part of the book has made it, else made now."""
        source = self._fingerprint(part)
        text = self._there(name)
        if text is None or self.before.get(name) != [source, digest(text)]:
            text = make(part)
        self.now[name] = [source, digest(text)]
        return text

    def _fingerprint(self, part: Book) -> str:
        """A digest of the part's records and findings, and of all that was found about them."""
        keys = [*part.library.studies, *part.library.claims]
        about = (part.library.info, part.library.bibliography, part.comparisons, part.problems, part.author)
        findings = (self.findings[key] for key in part.findings)
        return digest(program(), *keys, *(self.sources[key] for key in keys), *map(repr, about), *findings)

    def _there(self, name: str) -> str | None:
        try:
            return (self.folder / name).read_bytes().decode()
        except (OSError, ValueError):
            return None

    def memory(self) -> str:
        """What the next build is to know, as the text of a file."""
        return json.dumps(self.now, indent=0) + "\n"
