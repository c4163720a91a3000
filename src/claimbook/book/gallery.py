"""More figures of a claim, folded: each with a sentence that says what it shows, and its data as a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from claimbook.book import forest, series, traffic, words
from claimbook.book.chart import Chart, draw
from claimbook.book.charts import CHARTS
from claimbook.book.markup import Html, block, join, tag
from claimbook.book.moderators import bubble
from claimbook.book.site import sourced
from claimbook.book.tables import table

if TYPE_CHECKING:
    from claimbook.book.lines import Forest
    from claimbook.book.site import Book
    from claimbook.findings import Finding

DRAWN = 200  # as many specifications of the multiverse as a phone can tell apart


def more_figures(book: Book, finding: Finding) -> str:
    """The folded figures, drawn now unless the book has them; nothing where no figure has its data."""
    known = book.figures.get(finding.claim.claim)
    return drawn(book, finding) if known is None else known


def drawn(book: Book, finding: Finding) -> str:
    """The folded figures, drawn now."""
    made = [one for one in _figures(book, finding) if one]
    if not made:
        return ""
    return block(
        tag(
            "details",
            tag("summary", f"Show {words.count(len(made), 'more figure')}"),
            *made,
            class_="cb-more",
        )
    )


def _figures(book: Book, finding: Finding) -> Iterator[Html]:
    key = finding.claim.claim
    for one in traffic.lights(book.library, finding):
        yield traffic.lights_figure(one, f"lights-{one.tool}-{key}")
    if finding.pooled is None or finding.k < 2:
        return
    for name, make in CHARTS.items():
        if name != "funnel":
            yield chart_figure(finding, make(finding), f"{name}-{key}")
    for name, kinds in _kinds(book, finding).items():
        found = series.subgroups(finding, kinds)
        differ = series.difference(finding, kinds) if found is not None else ""
        yield _series(finding, found, f"by-{name.partition(' ')[0]}-{key}", f"By {name}", differ)
    rest = series.leave_one_out(finding)
    yield _series(finding, rest, f"left-out-{key}", "Each comparison left out in turn")
    years = _years(book, finding)
    if years is not None:
        found = series.cumulative(finding, years)
        yield _series(finding, found, f"cumulative-{key}", "Comparisons added by year of publication")
    for name, values in _moderators(book, finding).items():
        yield chart_figure(finding, bubble(finding, values, name), f"bubble-{name.partition(' ')[0]}-{key}")
    yield _curve(book, finding)


def _curve(book: Book, finding: Finding) -> Html:
    from claimbook.findings.combinations import multiverse

    found = multiverse(book.library, finding.claim.claim, most=DRAWN)
    if len(found.specifications) < 3:
        return join()
    return chart_figure(finding, series.specification_curve(finding, found), f"curve-{finding.claim.claim}")


def chart_figure(finding: Finding, chart: Chart | None, id: str) -> Html:
    """A chart with its title, its sentence and its table."""
    if chart is None:
        return join()
    caption = tag("figcaption", tag("strong", f"{chart.title}. "), chart.said)
    drawn = tag("figure", draw(chart, id), caption)
    if not chart.rows:
        return drawn
    made = table(chart.title, chart.columns, chart.rows, numeric=chart.columns[1:], kind="cb-small")
    return join(drawn, _folded(sourced(made, finding)))


def _series(finding: Finding, found: Forest | None, id: str, title: str, more: str = "") -> Html:
    if found is None:
        return join()
    said = f"{series.told(found)} {more}".strip()
    drawn = tag("div", forest.draw_narrow(found, id, title, said), class_="cb-series")
    rows = [
        [line.label, "" if kind == "name" else found.scale.brief(line.y, line.low, line.high)]
        for kind, line in found.rows
    ]
    made = table(title, [found.heading, "Effect (95 % interval)"], rows, kind="cb-small")
    caption = tag("figcaption", tag("strong", f"{title}. "), said)
    return join(tag("figure", drawn, caption), _folded(sourced(made, finding)))


def _folded(made: Html) -> Html:
    return tag("details", tag("summary", "Show its numbers as a table"), made)


def _years(book: Book, finding: Finding) -> list[float] | None:
    """The year of each used row; None unless all are known."""
    entries = [book.library.bibliography.get(row.study) for row in finding.used]
    years = [entry.get("year") if entry else None for entry in entries]
    return [float(year) for year in years if year] if all(year and year.isdigit() for year in years) else None


def _kinds(book: Book, finding: Finding) -> dict[str, list[str]]:
    """What records know of each used row as a word; empty where it is not known."""
    people = [book.library.studies[row.study].population for row in finding.used]
    sexes = [
        row.subgroup if row.subgroup in ("men", "women") else one.sex
        for row, one in zip(finding.used, people, strict=True)
    ]
    return {
        "sex of the people": ["" if sex == "unknown" else sex for sex in sexes],
        "training of the people": ["" if one.training == "unknown" else one.training for one in people],
        "risk of bias": [
            f"{words.spelt(row.risk_of_bias)} risk" if row.risk_of_bias else "" for row in finding.used
        ],
    }


def _moderators(book: Book, finding: Finding) -> dict[str, list[float | None]]:
    """What records know of each used row as a number."""
    studies = [book.library.studies[row.study] for row in finding.used]
    weeks = [float(study.weeks) if study.weeks and study.weeks.known else None for study in studies]
    return {"weeks of training": weeks}
