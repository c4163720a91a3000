"""The PRISMA 2020 flow: whether the counts of screening add up, and the counts as its R package reads them.

The keys are those of the template of the package PRISMA2020 (Haddaway, Page, Pritchard & McGuinness 2022).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from claimbook.exchange.codes import problem
from claimbook.problems import Problem
from claimbook.records import Library
from claimbook.records.models import Screening

Count = int | None


def contradictions(counts: Screening) -> Iterator[tuple[str, str]]:
    """(field, sentence) of each count that does not follow from the others; what was not kept is let be."""
    for field, words, total in _sums(counts):
        given: Count = getattr(counts, field)
        if given is not None and total is not None and given != total:
            yield field, f"{field} is {given}, but {words} is {total}"
    for field, less, words in LESS:
        part, whole = _value(counts, field), _value(counts, less)
        if part is not None and whole is not None and part > whole:
            yield field, f"{field} is {part}, more than the {whole} {words}"


def _sums(c: Screening) -> Iterator[tuple[str, str, Count]]:
    """(field, how it follows, what follows) for each box that follows from those above it."""
    found = sum([*c.databases.values(), *c.registers.values()]) if c.databases or c.registers else None
    removed = _less(found, c.duplicates, c.excluded_automatic or 0, c.excluded_other or 0)
    yield "screened", "what was found less what was removed", removed
    yield "sought", "what was screened less what was excluded by it", _less(c.screened, c.records_excluded)
    yield "assessed", "what was sought less what was not retrieved", _less(c.sought, c.not_retrieved)
    yield (
        "other_assessed",
        "what was sought less what was not retrieved",
        _less(c.other_sought, c.other_not_retrieved),
    )
    by_other = _less(c.other_assessed, sum(c.other_excluded.values())) if c.other_assessed is not None else 0
    by_search = _less(c.assessed, sum(c.excluded.values())) if c.excluded else None
    yield "new_reports", "what was assessed less what was excluded", _plus(by_search, by_other)
    yield "total_studies", "those of before and the new ones", _plus(c.previous_studies, c.new_studies)
    yield "total_reports", "those of before and the new ones", _plus(c.previous_reports, c.new_reports)


def _less(whole: Count, *parts: Count) -> Count:
    if whole is None or any(part is None for part in parts):
        return None
    return whole - sum(part for part in parts if part is not None)


def _plus(first: Count, second: Count) -> Count:
    return None if first is None or second is None else first + second


def _value(counts: Screening, field: str) -> Count:
    value = getattr(counts, field)
    return (sum(value.values()) if value else None) if isinstance(value, dict) else value


LESS = (
    ("records_excluded", "screened", "that were screened"),
    ("not_retrieved", "sought", "that were sought"),
    ("excluded", "assessed", "that were read in full"),
    ("other_not_retrieved", "other_sought", "that were sought"),
    ("other_excluded", "other_assessed", "that were read in full"),
    ("new_studies", "new_reports", "reports of them"),
)


def flow(counts: Screening) -> dict[str, str]:
    """Box of the diagram to its content; a count that was not kept is empty."""
    found = {key: _value(counts, field) for key, field in BOXES.items()}
    texts = {key: "" if value is None else str(value) for key, value in found.items()}
    for key, field in LISTED.items():
        texts[key] = "; ".join(f"{name}, {number}" for name, number in getattr(counts, field).items())
    return texts


def flow_csv(library: Library) -> str:
    """The columns ``data`` and ``n`` of the package's template. ValueError where there are no counts."""
    if library.info.screening is None:
        raise ValueError("library.yaml has no counts of screening; add the mapping `screening`")
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("data", "n"))
    writer.writerows(flow(library.info.screening).items())
    return out.getvalue()


def screening_problems(library: Library) -> list[Problem]:
    """Each contradiction of the counts, with its line in library.yaml."""
    counts = library.info.screening
    fix = "correct the count, or leave out what was not kept"
    return [
        problem("X013", library.where("library", "screening", field), message, fix)
        for field, message in (contradictions(counts) if counts else ())
    ]


BOXES = {  # the package's name of a box, and ours
    "previous_studies": "previous_studies",
    "previous_reports": "previous_reports",
    "database_results": "databases",
    "register_results": "registers",
    "website_results": "websites",
    "organisation_results": "organisations",
    "citations_results": "citations",
    "duplicates": "duplicates",
    "excluded_automatic": "excluded_automatic",
    "excluded_other": "excluded_other",
    "records_screened": "screened",
    "records_excluded": "records_excluded",
    "dbr_sought_reports": "sought",
    "dbr_notretrieved_reports": "not_retrieved",
    "dbr_assessed": "assessed",
    "other_sought_reports": "other_sought",
    "other_notretrieved_reports": "other_not_retrieved",
    "other_assessed": "other_assessed",
    "new_studies": "new_studies",
    "new_reports": "new_reports",
    "total_studies": "total_studies",
    "total_reports": "total_reports",
}
LISTED = {
    "database_specific_results": "databases",
    "register_specific_results": "registers",
    "dbr_excluded": "excluded",
    "other_excluded": "other_excluded",
}
