"""What the book chose and what it could have chosen: defaults, and registries with their papers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from claimbook.appraisal import CERTAINTY, RULESETS, SETTINGS, TOOLS
from claimbook.appraisal.settings import TAGS
from claimbook.appraisal.vocabulary import MEANING, SYMBOLS
from claimbook.book import figures, words
from claimbook.book.markup import Content, Html, block, join, tag
from claimbook.book.plot import Plot
from claimbook.book.references import method_references, reference
from claimbook.book.site import Book, Links
from claimbook.book.tables import table
from claimbook.checks import CHECKS
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
            block(_models(book)),
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
            block(_settings(papers)),
            block(_figures()),
            block(_tools(book)),
            block(_checks()),
        ]
    )


def _models(book: Book) -> Html:
    """The measure and the model of each claim that pools."""
    rows: list[list[Content]] = []
    for finding in book.findings.values():
        p = finding.pooled
        if p is not None:
            model = f"{p.method}, {p.interval}" if p.k > 1 else "one study, its own interval"
            rows.append([LINKS.claim(finding), figures.scale(finding).noun, model])
    return table("The model of each claim", ["Claim", "Measure", "Model"], rows)


def _settings(papers: Mapping[str, Entry]) -> Html:
    """Every number that moves a rating, with where it comes from."""
    rows: list[list[Content]] = [
        [
            words.sentence_case(words.spelt(key)),
            f"{one.value:g}",
            one.meaning,
            join(TAGS[one.tag], [": ", reference(one.cite, papers)] if one.cite else None),
        ]
        for key, one in SETTINGS.table.items()
    ]
    columns = ["Name", "Value", "What it decides", "Where it comes from"]
    return _folded("Numbers that move a rating", columns, rows, numeric=("Value",))


def _tools(book: Book) -> Html:
    """The risk-of-bias tools, with those that records of this library name marked."""
    used = {one.tool for study in book.library.studies.values() for one in study.risk_of_bias}
    rows: list[list[Content]] = [
        [tool.name, str(tool.version), "yes" if key in used else "–"] for key, tool in TOOLS.items()
    ]
    return _folded("Tools for risk of bias", ["Tool", "Version", "Used here"], rows)


def _figures() -> Html:
    """Every figure of a finding with what it is read for and how Python draws it."""
    rows: list[list[Content]] = [
        [
            words.sentence_case(words.spelt(name)),
            (draw.__doc__ or "").partition("\n")[0],
            tag("code", f"finding.plot.{name}()"),
        ]
        for name, draw in vars(Plot).items()
        if callable(draw) and not name.startswith("_")
    ]
    return _folded("Figures, and how to draw them in Python", ["Figure", "What it shows", "In Python"], rows)


def _checks() -> Html:
    rows: list[list[Content]] = [[check.code, words.spelt(check.name), check.severity] for check in CHECKS]
    return _folded("Checks of the records", ["Check", "What it looks for", "How grave"], rows)


def _folded(
    caption: str, columns: list[str], rows: list[list[Content]], numeric: tuple[str, ...] = ()
) -> Html:
    """A long table behind its caption."""
    made = table(caption, columns, rows, numeric=numeric, kind="cb-small")
    return tag("details", tag("summary", caption), made)


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
    return _folded(caption, ["Key", "What it is", "Paper", "Used here"], rows)
