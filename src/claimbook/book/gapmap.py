"""The evidence gap map: what was measured in whom, and what nobody has looked at yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, get_args

from claimbook.book import badges, words
from claimbook.book.markup import Content, Html, block, join, tag
from claimbook.book.site import Book, Links
from claimbook.book.tables import table
from claimbook.records.models import Population

if TYPE_CHECKING:
    from claimbook.records import Study

LINKS = Links()
REVIEWS = {"sr_ma", "narrative_review"}
SPELT_OUT = 2  # so many studies are named in their cell; more are folded behind their number
NONE = "no study found"


def gap_map(book: Book) -> str:
    """A table for each way to divide people, outcomes down and people across; then what is graded."""
    maps = [block(_map(book, name, *how)) for name, how in PEOPLE.items()]
    return "\n".join([block(_said(book)), *maps, block(_graded(book))])


def _said(book: Book) -> Html:
    held = sum(study.design.kind not in REVIEWS for study in book.library.studies.values())
    return tag(
        "p",
        f"{words.studies(held)} with results of their own, by what was measured and in whom; reviews are "
        "left out. An empty cell means that this library holds no such study, not that none exists.",
    )


def _map(book: Book, name: str, values: tuple[str, ...], of: Callable[[Population], str]) -> Html:
    """One row an outcome, one column a kind of people, and the studies in each cell."""
    rows: list[list[Content]] = []
    for key, outcome in book.library.info.outcomes.items():
        studies = list(_measuring(book, key))
        cells = [_cell([study for study in studies if of(study.population) == value]) for value in values]
        rows.append([words.sentence_case(outcome.label), *cells])
    columns = ["Outcome", *(words.sentence_case(value) for value in values)]
    return table(f"Outcomes by {name}", columns, rows)


def _measuring(book: Book, outcome: str) -> Iterator[Study]:
    for study in book.library.studies.values():
        if study.design.kind not in REVIEWS and any(one.outcome == outcome for one in study.results):
            yield study


def _cell(studies: list[Study]) -> Html:
    if not studies:
        return tag("span", NONE, class_="cb-none")
    named = join(*(LINKS.study(study.study, study.label) for study in studies), by=", ")
    if len(studies) > SPELT_OUT:
        named = tag("details", tag("summary", words.studies(len(studies))), named)
    much = min(100, 40 + 12 * len(studies))
    return tag("div", named, class_="cb-held", style=f"--cb-much: {much}%")


def _graded(book: Book) -> Html:
    """The claims about each outcome with their verdict and certainty."""
    rows: list[list[Content]] = []
    for key, outcome in book.library.info.outcomes.items():
        about = [finding for finding in book.findings.values() if finding.claim.outcome == key]
        for finding in about:
            cells = LINKS.claim(finding), badges.verdict(finding), badges.certainty(finding.certainty)
            rows.append([words.sentence_case(outcome.label), *cells])
        if not about:
            rows.append([words.sentence_case(outcome.label), "no claim", "–", "–"])
    caption = "Outcomes and the claims about them"
    made = table(caption, ["Outcome", "Claim", "Verdict", "Certainty"], rows)
    return tag("details", tag("summary", "Show the claims about each outcome"), made)


def _values(field: str) -> tuple[str, ...]:
    return get_args(Population.model_fields[field].annotation)


PEOPLE: dict[str, tuple[tuple[str, ...], Callable[[Population], str]]] = {
    "training of the people": (_values("training"), lambda population: population.training),
    "sex of the people": (_values("sex"), lambda population: population.sex),
}
