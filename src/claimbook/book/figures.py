"""A Finding's figures, each with a sentence that says what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from claimbook.book import forest, words
from claimbook.book.lines import Forest, Line, limits
from claimbook.book.markup import Html, join, tag
from claimbook.book.svg import BLUE, GREY, Axis, line, shape

if TYPE_CHECKING:
    from claimbook.findings import Finding
    from claimbook.findings.choices import Choice
    from claimbook.findings.rows import Row


def scale(finding: Finding) -> words.Scale:
    """The scale of a finding; measures in natural units take the unit that its rows share."""
    units = {row.unit for row in finding.rows}
    return words.scale(finding.measure, units.pop() if len(units) == 1 else "")


def effect(finding: Finding) -> str:
    """The pooled effect with its interval and unit."""
    p = finding.pooled
    return "not computed" if p is None else scale(finding).effect(p.estimate, p.low, p.high, p.level)


def held(finding: Finding) -> str:
    """What is pooled, or else all that there is: ``20 studies (21 comparisons), 477 people``."""
    rows = finding.used or finding.rows
    distinct = len({row.study for row in rows})
    several = f" ({words.count(len(rows), 'comparison')})" if len(rows) > distinct else ""
    return f"{words.studies(distinct)}{several}, {words.people(finding.n)}"


def studies_figure(finding: Finding) -> Html:
    """The forest plot of the rows with its caption."""
    id, title, said = f"forest-{finding.claim.claim}", takeaway(finding), describe(finding)
    drawn = forest.draw(forest_of(finding), id, title, said)
    return tag("figure", drawn, tag("figcaption", tag("strong", title), " ", said, " ", _legend(finding)))


def studies_file(finding: Finding) -> Html:
    """The forest plot as an SVG file."""
    return forest.draw_file(
        forest_of(finding), f"forest-{finding.claim.claim}", takeaway(finding), describe(finding)
    )


def choices_figure(finding: Finding) -> Html:
    """The result under every other choice, the book's own first and ringed."""
    title = "The answer under other choices"
    said = survival(finding)
    drawn = forest.draw(_choices(finding), f"choices-{finding.claim.claim}", title, said)
    ring = "The ringed line is the choice of this book."
    if len(_telling(finding.choices)) < len(finding.choices):
        ring += " Of the studies left out one by one, the two that move it most are drawn."
    caption = tag("figcaption", tag("strong", f"{title}. "), said, " ", ring)
    return tag("figure", drawn, caption)


def spark(finding: Finding, reach: float) -> Html:
    """The effect as a small bar from -reach to reach, for a table cell whose words say the same."""
    p = finding.pooled
    if p is None:
        return join()
    axis, middle = Axis(-reach, reach, 4, 136), 9
    ground = band(finding)
    shaded = None
    if ground is not None:
        left, right = (axis.at(edge) for edge in ground)
        shaded = shape("rect", x=left, y=1, width=right - left, height=16, fill=GREY, fill_opacity="0.18")
    bar = line(axis.at(p.low), middle, axis.at(p.high), middle, stroke_width="2")
    box = shape(
        "rect", x=axis.at(p.estimate) - 4, y=middle - 4, width=8, height=8, fill=BLUE, class_="cb-box"
    )
    null = line(axis.at(0), 0, axis.at(0), 18, stroke_opacity="0.6")
    return tag(
        "svg",
        shaded,
        null,
        bar,
        box,
        viewBox="0 0 140 18",
        width="140",
        height="18",
        class_="cb-spark",
        aria_hidden="true",
    )


def takeaway(finding: Finding) -> str:
    """The title of the forest plot: what it shows, not what it is."""
    verdict = finding.verdict[:1].lower() + finding.verdict[1:]
    return f"{words.sentence_case(held(finding))}, {finding.outcome}: {verdict}."


def describe(finding: Finding) -> str:
    """The forest plot in words, for those who do not see it."""
    if finding.pooled is None:
        return "No effect could be computed; the table says why."
    p, shown = finding.pooled, scale(finding)
    name = "The effect is" if p.k == 1 else "The pooled effect is"
    said = [f"{name} {effect(finding)}."]
    if p.k > 2:
        said.append(f"A new study would be expected between {_ends(shown, p.prediction)}.")
    if p.k > 1:
        estimates = [row.y for row in finding.used if row.y is not None]
        said.append(
            f"Single studies range from {shown.text(min(estimates))} to {shown.text(max(estimates))}."
        )
    return " ".join(said)


def survival(finding: Finding) -> str:
    """How many of the other choices keep the verdict."""
    same, every = sum(choice.verdict == finding.verdict for choice in finding.choices), len(finding.choices)
    if every == 1:
        return f"The one other choice gives {'the same' if same else 'another'} verdict."
    return f"{'All' if same == every else f'{same} of'} {every} other choices give the same verdict."


def worthwhile(finding: Finding) -> str:
    """The smallest worthwhile effect as its record writes it, with the unit."""
    chosen = finding.claim.worthwhile
    if finding.worthwhile is None or chosen is None:
        return "none known"
    return f"{words.minus(str(chosen.value))}{words.scale(finding.measure).unit}"


def band(finding: Finding) -> tuple[float, float] | None:
    """Effects smaller than the smallest worthwhile one, on the analysis scale."""
    return None if finding.worthwhile is None or finding.evidence is None else finding.evidence.band


def forest_of(finding: Finding) -> Forest:
    """What the forest plot of a finding shows."""
    p = finding.pooled
    several = p is not None and p.k > 1
    summary = (
        Line(f"Pooled ({p.method}, {p.interval})", p.estimate, p.low, p.high)
        if p is not None and several
        else None
    )
    return Forest(
        lines=[_line(row, finding) for row in finding.rows],
        scale=scale(finding),
        summary=summary,
        prediction=p.prediction if p is not None and p.k > 2 else None,
        band=band(finding),
        less=f"less {finding.outcome}",
        more=f"more {finding.outcome}",
    )


def limits_of(finding: Finding) -> tuple[float, float]:
    """The ends of the forest plot's axis."""
    return limits(forest_of(finding))


def _line(row: Row, finding: Finding) -> Line:
    weight = row.weight if finding.k > 1 else None
    return Line(label(row, finding), row.y, row.low, row.high, weight, row.risk_of_bias, note=printed(row))


def printed(row: Row) -> str:
    """What the source says of a row that gives no effect: ``printed: +9 %``."""
    return f"printed: {words.minus(row.said)}" if row.said else "not computed"


def label(row: Row, finding: Finding) -> str:
    """A row's study, with its subgroup or result where the study has several rows."""
    twins = [other for other in finding.rows if other.study == row.study]
    if len(twins) == 1:
        return row.label
    return f"{row.label}, {row.subgroup or words.spelt(row.result)}"


def _choices(finding: Finding) -> Forest:
    p = finding.pooled
    own = [Line("This book", p.estimate, p.low, p.high, ringed=True)] if p is not None else []
    other = [_choice(choice) for choice in _telling(finding.choices)]
    return Forest(own + other, scale(finding), band=band(finding), heading="Choice")


def _telling(choices: Sequence[Choice]) -> list[Choice]:
    """All choices; of many studies left out one by one, only those with the lowest and the highest effect."""
    single = [
        choice for choice in choices if choice.group == "studies" and choice.name.startswith("without ")
    ]
    if len(single) <= MANY:
        return list(choices)
    ends = [pick(single, key=lambda choice: choice.estimate) for pick in (min, max)]
    return [choice for choice in choices if choice not in single or choice in ends]


MANY = 6


def _choice(choice: Choice) -> Line:
    return Line(words.sentence_case(choice.name), choice.estimate, choice.low, choice.high)


def _ends(shown: words.Scale, ends: tuple[float, float]) -> str:
    shown = shown.within(*ends)
    return f"{shown.bare(ends[0])} and {shown.text(ends[1])}"


def _legend(finding: Finding) -> Html:
    parts = ["Lines are 95 % intervals"]
    if finding.k > 1:
        parts.append("boxes are as large as a study's weight; the diamond is the pooled effect")
    if band(finding) is not None and finding.worthwhile is not None:
        smallest = worthwhile(finding)
        parts.append(f"the grey band holds effects smaller than the smallest worthwhile one ({smallest})")
    judged = sorted({row.risk_of_bias for row in finding.rows if row.risk_of_bias})
    if judged:
        parts.append(
            f"risk of bias: {', '.join(f'{words.letter(word)} {words.spelt(word)}' for word in judged)}"
        )
    return join(tag("span", "; ".join(parts), ".", class_="cb-legend"))
