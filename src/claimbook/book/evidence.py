"""The studies of a claim: forest plot, table, model, and every number with its line in the record."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

from claimbook.book import badges, figures, words
from claimbook.book.charts import funnel
from claimbook.book.gallery import chart_figure, more_figures
from claimbook.book.markup import Content, Html, block, join, link, tag
from claimbook.book.site import NUMBERS, Book, Links, section
from claimbook.book.tables import facts, fold, table
from claimbook.book.widget import widget

if TYPE_CHECKING:
    from claimbook.findings import Finding
    from claimbook.findings.rows import Input, Row
    from claimbook.synthesis import Pooled

T = TypeVar("T")
LINKS = Links("../")
FOLDED = 8  # from here on a table that repeats its figure is folded


def studies(book: Book, finding: Finding) -> Iterator[str]:
    """The parts of the section, those that need a pooled effect only where there is one."""
    if finding.pooled is not None:
        yield block(figures.studies_figure(finding))
    yield block(_table(finding))
    yield block(widget(finding))
    if finding.pooled is not None and finding.k > 1:
        yield block(fold("Show the model and how far the studies differ", _model(finding, finding.pooled)))
    yield block(_inputs(finding.rows))
    small = fold(
        "Show the funnel plot", chart_figure(finding, funnel(finding), f"funnel-{finding.claim.claim}")
    )
    yield section("Are small studies missing?", block(small), level=3)
    yield more_figures(book, finding)


def _table(finding: Finding) -> Html:
    """The rows as a table, folded where there are many and the figure above says the same.

    What all rows measured alike is said once, in the caption.
    """
    alike = {row.what for row in finding.rows}
    columns = ["Study", "What was measured", "People", "Effect (95 % interval)", "Weight", "Risk of bias"]
    caption = f"The studies of this claim; effects are the {figures.scale(finding).noun}"
    rows = [_row(row, finding) for row in finding.rows]
    if len(rows) > 1 and len(alike) == 1:
        caption = f"{caption}. Measured in all: {alike.pop()}"
        columns, rows = [columns[0], *columns[2:]], [[row[0], *row[2:]] for row in rows]
    made = table(caption, columns, rows, numeric=["People", "Weight"], kind="cb-studies")
    if len(rows) <= FOLDED or finding.pooled is None:
        return made
    return fold(f"Show these {len(rows)} comparisons as a table", made)


def _row(row: Row, finding: Finding) -> list[Content]:
    shown = figures.scale(finding).brief(row.y, row.low, row.high)
    return [
        LINKS.study(row.study, figures.label(row, finding), row.result),
        row.what,
        _group_sizes(row),
        [shown, tag("div", row.note, class_="cb-note") if row.note else None]
        if row.usable
        else f"{figures.printed(row)}; not pooled: {row.why_not}",
        f"{row.weight:.1f} %" if row.weight is not None else "–",
        badges.judgement(row.risk_of_bias),
    ]


def _group_sizes(row: Row) -> str:
    """``10 + 11``, or the one group's size; a size that is not known is said so."""
    first = words.number(row.n1, 0)
    return first if math.isnan(row.n2) else f"{first} + {words.number(row.n2, 0)}"


def _model(finding: Finding, p: Pooled) -> Html:
    shown = figures.scale(finding)
    spread = f"τ² = {words.number(p.tau2)}, I² = {words.number(p.i2, 0)} %"
    return facts(
        [
            ("Pooled effect", tag("strong", link(figures.effect(finding), f"#{NUMBERS}"))),
            ("Prediction interval", f"{shown.interval(*p.prediction)}{shown.unit}" if p.k > 2 else None),
            ("Between studies", f"{spread}, Q = {words.number(p.q, 1)} on {p.q_df} degrees of freedom"),
            ("Model", f"random effects; τ² by {p.method}, interval by {p.interval}"),
        ]
    )


def _inputs(rows: Iterable[Row]) -> Html:
    """Every number that an effect was computed from: as recorded, where it was read, and its line.

    How sure they are and where they were read is said once where it is the same for all.
    """
    columns = ["Study", "Numbers as recorded", "How sure", "Read in"]
    lines = [_input_row(row) for row in rows]
    caption = "Each number with the place where it was read"
    for column in reversed(columns[2:]):
        place = columns.index(column)
        said = {str(line[place]) for line in lines}
        if len(lines) > 1 and len(said) == 1:
            caption = f"{caption}. {column}, for all: {said.pop()}"
            columns, lines = _without(columns, place), [_without(line, place) for line in lines]
    inside = table(caption, columns, lines, id=NUMBERS, kind="cb-small")
    return fold("Show every number with its line in the record", inside)


def _without(items: list[T], place: int) -> list[T]:
    return items[:place] + items[place + 1 :]


def _input_row(row: Row) -> list[Content]:
    numbers = [_input(row, item) for item in row.inputs]
    sure = dict.fromkeys(words.how_sure(item.status, item.note) for item in row.inputs)
    places = dict.fromkeys(item.where for item in row.inputs)
    label = f"{row.label}, {row.subgroup}" if row.subgroup else row.label
    return [LINKS.study(row.study, label, row.result), numbers, "; ".join(sure), "; ".join(places)]


def _input(row: Row, item: Input) -> Html:
    """``intervention mean 379.5 (line 31)``."""
    number = tag("strong", words.minus(item.printed))
    line = LINKS.line(row.study, item.line)
    return tag("span", join(item.name, number, join("(", line, ")"), by=" "), " ", class_="cb-input")
