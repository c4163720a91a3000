"""The answer before the proof: a few words for a coach, how sure they are, and what would make them surer.

The words follow from the verdict and the certainty alone: they never say more than the page behind them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from claimbook.book import badges, words
from claimbook.book.markup import Html, join, tag
from claimbook.book.site import Book, Links

if TYPE_CHECKING:
    from claimbook.findings import Finding
    from claimbook.records.models import Headline

LINKS = Links()

BY_CERTAINTY = {
    "Supported": ("Yes.", "Probably.", "Perhaps."),
    "Contradicted": ("No.", "Probably not.", "Perhaps not."),
    "Little or no difference": ("Hardly at all.", "Probably hardly at all.", "Perhaps hardly at all."),
    "Supported for some": ("For some people.", "Probably for some people.", "Perhaps for some people."),
}
"""What a verdict comes to at high, moderate and low certainty."""

WHATEVER_THE_CERTAINTY = {
    "Too uncertain to call": "Nobody knows yet.",
    "Untested": "Nobody has tested it.",
    "Differs by outcome": "It depends on what is measured.",
    "Not an effect claim": "That is no question of an effect.",
}


def short(finding: Finding) -> str:
    """The answer to "does the claim hold?" in a few words: ``Perhaps not.``"""
    if reviews(finding):
        return "Not settled."
    if finding.verdict not in BY_CERTAINTY:
        return WHATEVER_THE_CERTAINTY.get(finding.verdict, finding.verdict)
    levels = ("high", "moderate", "low")
    at = levels.index(finding.certainty) if finding.certainty in levels else 2
    return BY_CERTAINTY[finding.verdict][at]


WANTED = {
    "risk_of_bias": "a low risk of bias",
    "imprecision": "more people",
    "inconsistency": "results that agree",
    "publication_bias": "nothing left unpublished",
    "indirectness": "just the people, training and comparison of the claim",
}
"""What a study would need to have, by the question of the rating that cost a level."""


def would_change(finding: Finding) -> str:
    """What would make the answer surer, read from the rating; empty where nothing is graded or missing."""
    if finding.rating is None:
        return "A first study of it." if finding.verdict == "Untested" else ""
    cost = {step.domain for step in finding.rating.steps if step.level < 0}
    lacking = [wanted for domain, wanted in WANTED.items() if domain in cost]
    if not lacking:
        return ""
    kind = "Trials" if finding.rating.start == "high" else "Randomised trials"
    return f"{kind} with {words.listed(lacking)}."


def reviews(finding: Finding) -> str:
    """What published reviews say where our own studies leave it open, in a few words."""
    if finding.verdict != "Too uncertain to call":
        return ""
    said = [
        f"{one.beside.label} {one.reading}{f' on {one.about}' if one.about else ''}"
        for one in finding.published
        if one.telling
    ]
    return f"Published: {words.listed(said)}." if said else ""


def headlines(book: Book) -> Iterator[tuple[Headline, Finding]]:
    """The questions that open the book with the findings that answer them."""
    for headline in book.library.info.headline:
        if headline.claim in book.findings:
            yield headline, book.findings[headline.claim]


def questions(book: Book) -> Html:
    """Each opening question with its answer, its certainty, what was found, and what would change it."""
    asked = [_question(headline, finding) for headline, finding in headlines(book)]
    return tag("dl", asked, class_="cb-answers simple") if asked else join()


def _how_sure(finding: Finding) -> Html:
    level = badges.certainty(finding.certainty)
    return tag("span", level, " certainty", class_="cb-sure") if finding.rating else level


def _question(headline: Headline, finding: Finding) -> Html:
    change = would_change(finding)
    return tag(
        "div",
        tag("dt", headline.ask),
        tag("dd", tag("strong", short(finding), class_="cb-short"), " ", _how_sure(finding)),
        tag("dd", reviews(finding)) if reviews(finding) else None,
        tag(
            "dd",
            tag(
                "details",
                tag("summary", "Why, and what would change it"),
                *(tag("p", words.minus(line)) for line in (finding.conclusion, *finding.qualified)),
                tag("p", tag("strong", "What would change it: "), change) if change else None,
                tag("p", LINKS.claim(finding, "The studies and the certainty, step by step")),
            ),
        ),
    )
