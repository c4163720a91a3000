"""What the book chose and what it could have chosen: defaults, and registries with their papers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from claimbook.appraisal import CERTAINTY, RULESETS
from claimbook.appraisal.vocabulary import MEANING, SYMBOLS
from claimbook.book import figures, words
from claimbook.book.markup import Content, Html, block, tag
from claimbook.book.references import method_references, reference
from claimbook.book.site import Book, Links
from claimbook.book.tables import table
from claimbook.effects import MEASURES
from claimbook.synthesis import INTERVALS, TAU2

if TYPE_CHECKING:
    from claimbook.records import Entry

LINKS = Links()


def choices(book: Book) -> str:
    """The library-wide choices with their reasons, the outcomes, and each claim's own thresholds."""
    info = book.library.info
    defaults: list[list[Content]] = [
        [words.spelt(name), chosen.value, chosen.because] for name, chosen in info.defaults.items()
    ]
    outcomes: list[list[Content]] = [
        [outcome.label, words.spelt(outcome.direction), outcome.because] for outcome in info.outcomes.values()
    ]
    parts = []
    if defaults:
        parts.append(block(table("Choices of this library", ["Choice", "Value", "Because"], defaults)))
    parts.append(block(table("Outcomes", ["Outcome", "Direction", "Because"], outcomes)))
    parts.append(
        block(
            table(
                "The smallest worthwhile effect of each claim",
                ["Claim", "Value", "Because"],
                _worthwhile(book),
            )
        )
    )
    return "\n".join(parts)


def _worthwhile(book: Book) -> list[list[Content]]:
    rows: list[list[Content]] = []
    for finding in book.findings.values():
        chosen = finding.claim.worthwhile
        if chosen is not None:
            rows.append([LINKS.claim(finding), figures.worthwhile(finding), chosen.because])
    return rows


def registries(book: Book) -> str:
    """Every measure, estimator, interval and rule set that the toolkit knows, those used here marked."""
    papers = method_references()
    used = {finding.measure for finding in book.findings.values() if finding.pooled is not None}
    fits = [
        finding.pooled for finding in book.findings.values() if finding.pooled is not None and finding.k > 1
    ]
    rulesets = {finding.rating.ruleset for finding in book.findings.values() if finding.rating is not None}
    return "\n".join(
        [
            block(_levels()),
            block(_registry("Rule sets of certainty", RULESETS, rulesets, papers)),
            block(
                _registry(
                    "Estimators of the variance between studies", TAU2, {fit.method for fit in fits}, papers
                )
            ),
            block(
                _registry("Intervals of the pooled effect", INTERVALS, {fit.interval for fit in fits}, papers)
            ),
            block(_registry("Measures of effect", MEASURES, used, papers)),
        ]
    )


def _levels() -> Html:
    rows: list[list[Content]] = [
        [
            tag("span", words.certainty(level).word),
            tag("span", SYMBOLS[level], class_="cb-shape"),
            MEANING[level],
        ]
        for level in reversed(CERTAINTY)
    ]
    return table("Levels of certainty", ["Level", "Sign", "Meaning"], rows)


def _registry(caption: str, known: Mapping[str, object], used: set[str], papers: Mapping[str, Entry]) -> Html:
    rows: list[list[Content]] = [
        [
            key,
            getattr(entry, "label", key),
            reference(str(getattr(entry, "cite", "")), papers),
            "yes" if key in used else "–",
        ]
        for key, entry in known.items()
    ]
    return table(caption, ["Key", "What it is", "Paper", "Used here"], rows)
