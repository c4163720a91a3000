"""Who judged what: overruled ratings and judgements, waived checks, and who filled in the records."""

from __future__ import annotations

from collections.abc import Iterator

from claimbook.appraisal.steps import NAMES
from claimbook.appraisal.vocabulary import LEVEL_WORDS
from claimbook.book import words
from claimbook.book.bias import judge
from claimbook.book.markup import Content, Html, block, join, tag
from claimbook.book.site import Book, Links
from claimbook.book.tables import table

LINKS = Links()


def audit(book: Book) -> str:
    parts = [
        _or_none("Certainty ratings that a person overruled", _OVERRULED, list(_certainty(book))),
        _or_none("Risk-of-bias judgements that a person overruled", _OVERRULED, list(_risk_of_bias(book))),
        _or_none(
            "Checks that a record lives with, and why",
            ["Record", "Check", "Reason", "Line"],
            list(_waivers(book)),
        ),
        _or_none(
            "Who extracted and who judged",
            ["Study", "Extracted by", "Risk of bias judged by"],
            list(_people(book)),
        ),
    ]
    return "\n".join(block(part) for part in parts)


_OVERRULED = ["Of", "Question", "The rule said", "The person said", "Reason", "Who and when"]


def _or_none(caption: str, columns: list[str], rows: list[list[Content]]) -> Html:
    return table(caption, columns, rows) if rows else tag("p", tag("strong", caption), ": none.")


def _certainty(book: Book) -> Iterator[list[Content]]:
    for finding in book.findings.values():
        steps = finding.rating.steps if finding.rating else ()
        for step in steps:
            if step.overruled is not None:
                by = step.overruled
                levels = LEVEL_WORDS[step.automatic], LEVEL_WORDS[step.level]
                yield [LINKS.claim(finding), NAMES[step.domain], *levels, by.because, f"{by.by}, {by.date}"]


def _risk_of_bias(book: Book) -> Iterator[list[Content]]:
    for study in book.library.studies.values():
        for assessment in study.risk_of_bias:
            for by in assessment.overrides:
                before = words.spelt(assessment.judgements.get(by.domain, "its answers"))
                name = LINKS.study(study.study, study.label)
                yield [
                    name,
                    words.spelt(by.domain),
                    before,
                    words.spelt(by.to),
                    by.because,
                    f"{by.by}, {by.date}",
                ]


def _waivers(book: Book) -> Iterator[list[Content]]:
    for study in book.library.studies.values():
        for index, waiver in enumerate(study.waive):
            line = LINKS.line(study.study, book.library.where(study.study, "waive", index).line)
            yield [LINKS.study(study.study, study.label), waiver.rule, waiver.because, line]
    for finding in book.findings.values():
        for index, waiver in enumerate(finding.claim.waive):
            line_number = book.library.where(finding.claim.claim, "waive", index).line
            line = LINKS.claim(finding, f"line {line_number}", at=f"#L{line_number}")
            yield [LINKS.claim(finding), waiver.rule, waiver.because, line]


def _people(book: Book) -> Iterator[list[Content]]:
    for study in book.library.studies.values():
        judged = dict.fromkeys(judge(book.library, assessment) for assessment in study.risk_of_bias)
        extracted = ", ".join(study.extracted_by) or "not said"
        yield [
            LINKS.study(study.study, study.label),
            extracted,
            join(*judged, by="; ") if judged else "not rated",
        ]
