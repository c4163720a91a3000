"""What the checks say of one record: each problem with its line, and why the record lives with it."""

from __future__ import annotations

from collections.abc import Callable

from claimbook.book import words
from claimbook.book.markup import Content, Html, tag
from claimbook.book.site import Book
from claimbook.book.tables import fold, table
from claimbook.checks import CHECKS


def verified(book: Book, key: str, line: Callable[[int], Content]) -> Html:
    """The checks' findings about the file of a study or claim; ``line`` makes the way to a line of it."""
    path = book.library.where(key).path
    found = [problem for problem in book.problems if problem.where.path == path]
    rows: list[list[Content]] = [
        [
            f"{problem.rule} {words.spelt(problem.name)}",
            problem.severity,
            words.minus(problem.message),
            f"Lived with: {problem.waived}" if problem.waived else "Open",
            line(problem.where.line),
        ]
        for problem in found
    ]
    if not rows:
        return tag("p", f"{words.count(len(CHECKS), 'check')} looked at this record and found nothing.")
    columns = ["Check", "How grave", "What it found", "What became of it", "Record"]
    made = table("What the checks found in this record", columns, rows, kind="cb-small")
    still = sum(not problem.waived for problem in found)
    return fold(
        f"Show {words.count(len(rows), 'finding')} of the checks, {still or 'none'} of them open", made
    )
