"""The data page: every file with what it holds, and how open this book is, counted from the records."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from claimbook.book import words
from claimbook.book.downloads import COLUMNS, NUMBER_COLUMNS
from claimbook.book.linked import dataset
from claimbook.book.markup import Content, Html, block, join, tag
from claimbook.book.site import Book, Links
from claimbook.book.tables import table

if TYPE_CHECKING:
    from claimbook.records import Study

LINKS = Links()

TABLES: dict[str, tuple[str, tuple[str, ...]]] = {
    "studies": ("Every effect, a row for each comparison", COLUMNS),
    "numbers": ("Every recorded number, with its status, its place and its line", NUMBER_COLUMNS),
}
"""The book's CSV files under data/, what they hold, and their columns."""

MEANING = {
    "claim": "key of the claim",
    "study": "key of the study's record",
    "label": "short name of the study",
    "result": "id of the result in the record",
    "subgroup": "the people of this row, where a study reports them apart",
    "measure": "code of the measure of effect",
    "n1": "people in the first group",
    "n2": "people in the second group",
    "y": "the effect, on the scale of analysis (ratios as logarithms)",
    "v": "its sampling variance",
    "low": "lower end of its own 95 % interval",
    "high": "upper end of its own 95 % interval",
    "weight": "share of the pooled effect, in percent",
    "risk_of_bias": "overall judgement",
    "risk_of_bias_tool": "the tool that gave it",
    "why_not": "why no effect could be computed",
    "number": "what the number is",
    "printed": "the number as its source prints it",
    "status": "how sure we are that the source prints this",
    "note": "formula or reason, where it was not simply printed",
    "where": "place in the publication",
    "line": "line of the record",
}
NUMERIC = {"n1", "n2", "y", "v", "low", "high", "weight", "line"}


def data_page(book: Book) -> str:
    """Downloads, then the checklist of openness."""
    return "\n".join(
        [
            block(_files(book)),
            block(_checklist(book)),
            block(dataset(book, {name: about for name, (about, _) in TABLES.items()})),
        ]
    )


def _files(book: Book) -> Html:
    rows: list[list[Content]] = [
        [LINKS.file(f"data/{name}.csv", f"{name}.csv"), about] for name, (about, _) in TABLES.items()
    ]
    rows += [
        [LINKS.file("data/findings.json", "findings.json"), "Every finding: studies, rating, choices"],
        [LINKS.file("data/datapackage.json", "datapackage.json"), "What the tables hold, for machines"],
        [LINKS.page("codebook", "Code book"), "The format of the records, field by field"],
    ]
    said = f"Files to download; licence of the data: {book.library.info.licence}"
    return table(said, ["File", "What it holds"], rows)


def datapackage(book: Book) -> str:
    """The tables as a Frictionless data package."""
    info = book.library.info
    package = {
        "profile": "tabular-data-package",
        "name": "evidence-book",
        "title": info.title,
        "licenses": [{"name": info.licence}],
        "resources": [_resource(name, *what) for name, what in TABLES.items()],
    }
    return json.dumps(package, indent=1, ensure_ascii=False) + "\n"


def _resource(name: str, about: str, columns: tuple[str, ...]) -> dict[str, Any]:
    fields = [
        {"name": one, "type": "number" if one in NUMERIC else "string", "description": MEANING[one]}
        for one in columns
    ]
    return {
        "name": name,
        "path": f"{name}.csv",
        "profile": "tabular-data-resource",
        "description": about,
        "encoding": "utf-8",
        "schema": {"fields": fields, "missingValues": [""]},
    }


class Answer(NamedTuple):
    """Is it open, and what there is."""

    word: str
    because: Content


def _checklist(book: Book) -> Html:
    rows: list[list[Content]] = []
    for name, asked in CHECKLIST.items():
        answer = asked(book)
        sign = {"yes": "✓", "partly": "~", "no": "✗"}[answer.word]
        rows.append([name, join(tag("span", sign, aria_hidden="true"), " ", answer.word), answer.because])
    return table("How open this book is", ["What", "Open?", "Where, or what is missing"], rows)


def _share(of: list[Study], has: Callable[[Study], Any], what: str) -> Answer:
    held = sum(bool(has(study)) for study in of)
    word = "no" if not held else "yes" if held == len(of) else "partly"
    return Answer(word, f"{held} of {words.studies(len(of))} {what}")


def _studies(book: Book) -> list[Study]:
    return list(book.library.studies.values())


def _search(book: Book) -> Answer:
    searched = book.library.info.searched
    return Answer("partly", searched) if searched else Answer("no", "no search is described")


def _screening(book: Book) -> Answer:
    if book.library.info.screening is None:
        return Answer("no", "no counts of a screening are recorded")
    return Answer("yes", LINKS.page("methods", "the flow of records"))


def _left_out(book: Book) -> Answer:
    left = sum(len(finding.left_out) for finding in book.findings.values())
    return Answer("yes", f"{words.studies(left)} left out of single claims, with the reason on their pages")


CHECKLIST: dict[str, Callable[[Book], Answer]] = {
    "Protocol": lambda book: Answer("no", "no protocol is recorded"),
    "Search": _search,
    "Screening": _screening,
    "Studies left out": _left_out,
    "Extracted numbers": lambda book: Answer("yes", LINKS.file("data/numbers.csv", "each with its place")),
    "Double extraction": lambda book: _share(
        _studies(book), lambda study: len(study.extracted_by) > 1, "extracted by two people"
    ),
    "Risk of bias": lambda book: _share(
        _studies(book), lambda study: study.risk_of_bias, "rated, domain by domain"
    ),
    "Retractions": lambda book: _share(
        _studies(book), lambda study: study.integrity.checked, "looked up, with the date"
    ),
    "Judgements of people": lambda book: Answer("yes", LINKS.page("audit", "all overrules and waivers")),
    "Code": lambda book: Answer("yes", LINKS.page("methods", "every formula with its paper")),
}
"""What is asked, and how the library answers."""
