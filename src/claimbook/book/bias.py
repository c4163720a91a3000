"""Risk of bias of a study: each judgement with its reason, its line, and who made it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from claimbook.appraisal import TOOLS
from claimbook.book import badges, words
from claimbook.book.markup import Content, Html, block
from claimbook.book.site import Book, Links
from claimbook.book.tables import table

if TYPE_CHECKING:
    from claimbook.records import Library, Study
    from claimbook.records.models import RiskOfBias

LINKS = Links("../")


def risk_of_bias(book: Book, study: Study) -> Iterator[str]:
    """A table for each assessment."""
    for index, assessment in enumerate(study.risk_of_bias):
        rows = list(_rows(book.library, study, index, assessment))
        columns = ["Domain", "Judgement", "Because", "Record"]
        yield block(table(_caption(book.library, assessment), columns, rows)) if rows else ""


def judge(library: Library, assessment: RiskOfBias) -> str:
    """Who judged: another publication, or a person and a date."""
    if assessment.read_in in library.studies and assessment.read_in:
        return f"as published by {library.studies[assessment.read_in].label}"
    return ", ".join(part for part in (assessment.by, assessment.date) if part) or "not said by whom"


def _caption(library: Library, assessment: RiskOfBias) -> str:
    named = words.listed([words.spelt(result) for result in assessment.results])
    about = f" of {named}" if named else ""
    tool = TOOLS.get(assessment.tool)
    label = f"{tool.name}, version {tool.version}" if tool else assessment.tool
    return f"Risk of bias{about}: {label}, {judge(library, assessment)}"


def _rows(library: Library, study: Study, index: int, assessment: RiskOfBias) -> Iterator[list[Content]]:
    for domain, word in assessment.judgements.items():
        because = assessment.because.get(domain, "–")
        line = _line(library, study, index, "judgements", domain)
        yield [_domain(assessment.tool, domain), badges.judgement(word), because, line]
    for question, answer in assessment.answers.items():
        because = assessment.because.get(question, "–")
        yield [question, words.spelt(answer), because, _line(library, study, index, "answers", question)]
    for place, person in enumerate(assessment.overrides):
        because = f"{person.because.rstrip('.')}. Overruled by {person.by}, {person.date}."
        line = _line(library, study, index, "overrides", place)
        yield [_domain(assessment.tool, person.domain), badges.judgement(person.to), because, line]


def _domain(tool: str, domain: str) -> str:
    """The tool's own name of a domain; the record's where the tool has none of that id."""
    known = TOOLS[tool].domains.get(domain) if tool in TOOLS else None
    return known.name if known else words.sentence_case(words.spelt(domain))


def _line(library: Library, study: Study, index: int, *loc: str | int) -> Html:
    return LINKS.line(study.study, library.where(study.study, "risk_of_bias", index, *loc).line)
