"""The first page: the question, the answer in sixty words, and the table of verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from claimbook.book import badges, figures, words
from claimbook.book.answers import headlines, questions, short
from claimbook.book.cite import everything
from claimbook.book.markup import Content, Html, block, join, tag
from claimbook.book.site import Book, Links
from claimbook.book.strips import contest, currency
from claimbook.book.tables import Row, table

if TYPE_CHECKING:
    from claimbook.findings import Finding

LINKS = Links()
LONGEST_ANSWER = 60
MORE = {"map": "what nobody has studied", "changes": "what changed", "mistakes": "mistakes", "cite": "cite"}


def landing(book: Book) -> str:
    """Everything of the first page but its heading."""
    info = book.library.info
    return "\n".join(
        [
            block(tag("p", info.question, class_="cb-question")) if not info.headline else "",
            block(_lead(book)),
            block(tag("p", held(book), class_="cb-note")),
            block(verdict_table(book)),
            block(_downloads(book)),
            block(
                join(currency(book, everything(book)), contest(book, "index.html", "studies/library.yaml"))
            ),
        ]
    )


def _lead(book: Book) -> Html:
    """The answers to the opening questions and the human sentence; without such questions, sentences only."""
    asked, human = questions(book), book.library.info.answer
    content = join(asked, tag("p", human) if human else None) if asked else tag("p", short_answer(book))
    return tag("div", content, class_="cb-lead", role="note", aria_label="The answer")


def short_answer(book: Book) -> str:
    """What stands before the first table, without the small print: at most sixty words."""
    human = book.library.info.answer or ""
    asked = [f"{headline.ask} {short(finding)}" for headline, finding in headlines(book)]
    room = LONGEST_ANSWER - length(human)
    return " ".join([*(asked or _fitting(_graded_sentences(book.findings.values()), room)), human]).strip()


def length(text: str) -> int:
    """Words of a text; a sign that stands alone is none."""
    return sum(any(letter.isalnum() for letter in word) for word in text.split())


def _graded_sentences(findings: Iterable[Finding]) -> list[str]:
    """Effect claims of the article in its order, then the others, those with most people first."""
    graded = [f for f in findings if f.rating is not None and f.claim.kind == "effect"]
    made = [finding.sentence for finding in graded if finding.claim.number is not None]
    added = sorted((f for f in graded if f.claim.number is None), key=lambda finding: -finding.n)
    return list(dict.fromkeys([*made, *(finding.sentence for finding in added)]))


def _fitting(sentences: Iterable[str], room: int) -> Iterator[str]:
    for sentence in sentences:
        if length(sentence) <= room:
            room -= length(sentence)
            yield sentence


def held(book: Book) -> str:
    """What this edition rests on, in one line."""
    library = book.library
    claims, records = len(book.findings), len(library.studies)
    said = f"{words.count(claims, 'claim')}, {words.count(records, 'study record')}"
    return f"{said}; {words.people(book.people)} in the pooled results."


def verdict_table(book: Book) -> Html:
    """One row a claim: verdict, certainty, the answer with its size, the evidence, the source check."""
    columns = ["Claim", "Verdict", "Certainty", "In plain words", "Evidence", "Source check"]
    reaches = _reaches(book.findings.values())
    rows = [
        _row(place, finding, reaches.get(finding.measure, 1.0))
        for place, finding in enumerate(book.findings.values())
    ]
    caption = "Every claim, its verdict and how sure we are"
    return table(caption, columns, rows, id="verdicts", kind="cb-verdicts")


def _reaches(findings: Iterable[Finding]) -> dict[str, float]:
    """The widest end of any pooled interval of each measure, so that bars of one measure can be compared."""
    widest: dict[str, float] = {}
    for finding in findings:
        if finding.pooled is not None:
            ends = abs(finding.pooled.low), abs(finding.pooled.high), finding.worthwhile or 0.0
            widest[finding.measure] = max(widest.get(finding.measure, 1e-9), *ends)
    return widest


def _row(place: int, finding: Finding, reach: float) -> Row:
    claim = finding.claim
    check = claim.source_check.verdict if claim.source_check else "–"
    title = join(f"{claim.number}. " if claim.number is not None else None, LINKS.claim(finding))
    level = {"high": 3, "moderate": 2, "low": 1, "very_low": 0}.get(finding.certainty, -1)
    cells: list[Content] = [
        title,
        badges.verdict(finding),
        badges.certainty(finding.certainty),
        tag("div", words.minus(finding.conclusion), _effect(finding, reach), _qualified(finding)),
        _evidence(finding),
        check,
    ]
    return Row(
        cells,
        {
            "data_verdict": finding.verdict,
            "data_place": str(place),
            "data_certainty": str(level),
            "data_people": str(finding.n),
            "data_who": claim.said_by.partition(",")[0],
        },
    )


def _effect(finding: Finding, reach: float) -> Html:
    """The effect with its interval, leading to the studies, and as a small bar."""
    if finding.pooled is None:
        return join()
    shown = LINKS.claim(finding, figures.effect(finding), at="#the-studies")
    return tag("div", shown, " ", figures.spark(finding, reach), class_="cb-size")


def _qualified(finding: Finding) -> Html:
    """What the conclusion leaves out, as on the claim's own page."""
    return join(*(tag("div", words.minus(line), class_="cb-note") for line in finding.qualified))


def _evidence(finding: Finding) -> str:
    if finding.parts:
        return f"see {words.count(len(finding.parts), 'claim')}"
    if not finding.rows:
        return "none"
    return figures.held(finding) if finding.k else f"{figures.held(finding)}; not pooled"


def _downloads(book: Book) -> Html:
    everything = [
        LINKS.file("data/findings.json", "All findings as JSON"),
        LINKS.file("data/studies.csv", "All effects as CSV"),
        LINKS.page("data", "all files"),
    ]
    return tag(
        "p",
        "Download: ",
        join(*everything, by=" · "),
        f". Licence of the data: {book.library.info.licence}. More: ",
        join(*(LINKS.page(name, label) for name, label in MORE.items()), by=" · "),
        class_="cb-note",
    )
