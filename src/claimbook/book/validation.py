"""How we know that the numbers are right: the reports under ``validation/`` beside the library, as pages.

The text is that of the reports, so that no number stands in two places. Links to files that are not part of
the book become text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from posixpath import dirname, normpath
from typing import TYPE_CHECKING

from claimbook.book.markup import block, join, tag
from claimbook.book.site import Links
from claimbook.book.tables import table

if TYPE_CHECKING:
    from claimbook.book.site import Book

LINKS = Links()

REPORTS = {
    "agreement": (
        "README.md",
        "Do our numbers agree with other software?",
        "Every method beside other programs, to how many digits, where they differ, and who is right.",
    ),
    "coverage": (
        "coverage/README.md",
        "Do the intervals hold what they promise?",
        "How often each interval holds the truth in simulated sets of studies.",
    ),
    "grading": (
        "grading/README.md",
        "Does a rule grade as people do?",
        "Our certainty beside the published ones of reviews that others made.",
    ),
    "linter": (
        "lint/README.md",
        "How often are the checks right?",
        "Hits and false alarms of the checks on errors that were put in on purpose.",
    ),
}
"""The reports that become pages: file, title, and what a reader finds there."""


def folder(root: Path) -> Path:
    """Where the reports of a library stand."""
    return root.parent / "validation"


def reports(root: Path) -> dict[str, str]:
    """The reports that are there, as MyST pages by their name."""
    found = {}
    for name, (file, title, _) in REPORTS.items():
        path = folder(root) / file
        if path.is_file():
            found[name] = f"# {title}\n{_body(path.read_text(encoding='utf-8'), file)}"
    return found


def overview(book: Book) -> str:
    """A line for each report; where there is none, where those of the toolkit are."""
    rows = [
        [LINKS.page(f"validation/{name}", REPORTS[name][1]), REPORTS[name][2]]
        for name in reports(book.library.root)
    ]
    if not rows:
        return block(tag("p", "This book holds no such reports; those of claimbook come with its source."))
    return block(join(table("What was checked, and against what", ["Question", "What was done"], rows)))


def _body(text: str, file: str) -> str:
    """A report without its title and its comments, its links leading to pages of the book or nowhere."""
    untitled = re.sub(r"\A# .*\n", "", re.sub(r"<!--.*?-->\n?", "", text, flags=re.DOTALL))
    return re.sub(r"\[([^\]\n]+)\]\(([^)\s]+)\)", lambda link: _link(link[1], link[2], file), untitled)


def _link(label: str, address: str, file: str) -> str:
    if re.match(r"https?://", address):
        return f"[{label}]({address})"
    target = normpath(f"{dirname(file)}/{address}".lstrip("/"))
    known = (name for name, (path, *_) in REPORTS.items() if path == target)
    return next((f"[{label}]({name}.md)" for name in known), label)


def pages(book: Book) -> Iterator[tuple[str, str]]:
    """(path under the book's folder, text) of every report."""
    for name, text in reports(book.library.root).items():
        yield f"validation/{name}.md", text
