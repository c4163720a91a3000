"""Reviews of a claim's question as they were published: each rated on what it prints, beside our own pool."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from claimbook.appraisal import DISCLAIMER
from claimbook.appraisal.steps import DESIGN_NOT_STATED, NAMES
from claimbook.book import words
from claimbook.book.certainty import level
from claimbook.book.markup import Content, Html, block, join, tag
from claimbook.book.site import Links, section
from claimbook.book.tables import facts, fold, table

if TYPE_CHECKING:
    from claimbook.findings import Finding
    from claimbook.findings.reviews import Published

LINKS = Links("../")
NOTE = (
    "Rated by the rules for our own studies, on the review's own printed summary: we did not see its "
    "studies. Some of them may be among ours, so the two are never combined, and nobody is counted twice. "
    "What a review does not print costs nothing in the level at most, and a level each in the level at "
    f"worst. {DISCLAIMER}"
)
READ_BY = {
    "inconsistency": {"i2": "I²", "tau2": "τ²"},
    "imprecision": {"low": "from", "high": "to", "n": "people"},
    "risk_of_bias": {"behind high risk": "share at high risk"},
}
"""The printed numbers that a domain's rule reads, and what they are called."""


def reviewed(finding: Finding) -> Iterator[str]:
    """Each rated review: what it found and how sure that can be; folded, the steps with their numbers."""
    if not finding.published:
        return
    yield block(tag("p", NOTE, class_="cb-note"))
    for one in finding.published:
        yield section(
            f"{one.beside.label}: {one.beside.what}", block(_facts(one)), block(_proof(one)), level=3
        )


def _facts(one: Published) -> Html:
    shown = one.beside
    printed = words.minus(shown.printed)
    return facts(
        [
            ("Printed", join(LINKS.study(shown.study, printed, shown.result), f", read in {shown.where}")),
            ("Not rated", one.not_rated),
            ("What it says of the claim", _reading(one)),
            ("Certainty", words.sentence_case(one.certainty)),
            ("Beside ours", one.agreement),
            ("Mind", shown.note),
        ]
    )


def _proof(one: Published) -> Html:
    """What the rating of a review rests on."""
    known = facts(
        [
            ("Not printed, or not seen by us", words.sentence_case(one.open)),
            ("What it says of its studies", one.behind),
            ("Its authors' own rating", words.sentence_case(words.spelt(one.own_certainty))),
            ("The review itself", one.appraised or "not appraised; only what is named here was read"),
        ]
    )
    return fold("Show what this rating of the review rests on", known, _steps(one))


def _reading(one: Published) -> str:
    if not one.reading or one.tests:
        return words.sentence_case(one.reading)
    return f"{words.sentence_case(one.reading)}; but it is about another question and does not test the claim"


def _steps(one: Published) -> Html:
    if one.rating is None or one.least is None:
        return join()
    worst = {step.domain: step for step in one.least.steps}
    rows = [
        [
            words.sentence_case(NAMES[step.domain]),
            level(step),
            level(worst[step.domain]),
            [words.minus(step.reason), " Close to the line." if step.borderline else None],
            _read(one, step.domain),
        ]
        for step in one.rating.steps
    ]
    start: list[Content] = [
        "Start",
        words.sentence_case(words.spelt(one.rating.start)),
        words.sentence_case(words.spelt(one.least.start)),
        _design(one),
        "–",
    ]
    columns = ["Question", "At most", "At worst", "Why", "Printed number"]
    caption = f"What moved the certainty of {one.beside.label}"
    made = table(caption, columns, [start, *rows], kind="cb-small")
    door = LINKS.study(one.beside.study, "From these numbers", one.beside.result)
    return join(made, tag("p", door, class_="cb-door"))


def _design(one: Published) -> str:
    """Where the rating starts: the studies' design, or the best and the worst that it can be."""
    if one.rating is not None and DESIGN_NOT_STATED in one.rating.flags:
        return "How its studies were made is not printed: at most randomised, at worst not."
    return f"{words.sentence_case(words.design(one.evidence.design))}." if one.evidence else ""


def _read(one: Published, domain: str) -> Html:
    """The numbers that the rule read, each with its place and its line in the record."""
    called = READ_BY.get(domain, {})
    found = [number for number in one.inputs if number.name in called and not math.isnan(number.value)]
    shown = [
        join(
            f"{called[number.name]} {words.minus(number.printed)} ({number.where}, ",
            LINKS.line(one.beside.study, number.line),
            ")",
        )
        for number in found
    ]
    return join(*shown, by="; ") if shown else join("–")
