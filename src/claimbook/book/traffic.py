"""The traffic lights: every study's risk of bias, domain by domain, as letters in coloured rings."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from claimbook.appraisal import TOOLS
from claimbook.book import words
from claimbook.book.forest import TONE
from claimbook.book.markup import Html, join, tag
from claimbook.book.svg import figure, shape, shortened
from claimbook.book.svg import words as label
from claimbook.book.tables import table
from claimbook.book.words import letter, tone

if TYPE_CHECKING:
    from claimbook.findings import Finding
    from claimbook.records import Library
    from claimbook.records.models import RiskOfBias

NAME_WIDTH, STEP, ROW, HEAD = 150, 34, 24, 30


class Lights(NamedTuple):
    """One tool's domains and the judgements of each study that it was used on; empty where not judged."""

    tool: str
    domains: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def lights(library: Library, finding: Finding) -> list[Lights]:
    """The judgements behind a finding, tool by tool."""
    found: dict[str, dict[str, RiskOfBias]] = {}
    for row in finding.rows:
        study = library.studies[row.study]
        for assessment in study.risk_of_bias:
            if assessment.judgements and (not assessment.results or row.result in assessment.results):
                found.setdefault(assessment.tool, {}).setdefault(study.label, assessment)
    return [_lights(tool, of) for tool, of in found.items()]


def _lights(tool: str, of: dict[str, RiskOfBias]) -> Lights:
    domains = tuple(dict.fromkeys(domain for one in of.values() for domain in one.judgements))
    rows = [(name, tuple(one.judgements.get(domain, "") for domain in domains)) for name, one in of.items()]
    return Lights(tool, domains, tuple(rows))


def said(one: Lights) -> str:
    """How many judgements are of each kind."""
    every = [word for _, row in one.rows for word in row if word]
    counts = [f"{every.count(word)} {words.spelt(word)}" for word in dict.fromkeys(every)]
    return (
        f"{words.count(len(every), 'judgement')} of {words.studies(len(one.rows))}: {words.listed(counts)}."
    )


def names(one: Lights) -> list[str]:
    """The domains as their tool calls them."""
    known = TOOLS[one.tool].domains if one.tool in TOOLS else {}
    return [known[key].name if key in known else words.sentence_case(words.spelt(key)) for key in one.domains]


def draw(one: Lights, id: str) -> Html:
    """Studies down, domains across by their number; the legend names them."""
    width = NAME_WIDTH + STEP * len(one.domains) + 10
    centre = [NAME_WIDTH + STEP * (place + 0.5) for place in range(len(one.domains))]
    middle = [HEAD + ROW * (place + 0.5) for place in range(len(one.rows))]
    judged = [
        (x, y, word)
        for y, (_, row) in zip(middle, one.rows, strict=True)
        for x, word in zip(centre, row, strict=True)
        if word
    ]
    rings = [
        shape(
            "g",
            *(shape("circle", cx=x, cy=y, r=9) for x, y, word in judged if _tone(word) == colour),
            fill=colour,
            stroke=colour,
        )
        for colour in dict.fromkeys(_tone(word) for *_, word in judged)
    ]
    signs = [shape("text", letter(word), x=x, y=y + 4) for x, y, word in judged]
    heads = [shape("text", f"D{place}", x=x, y=16) for place, x in enumerate(centre, 1)]
    names_of = [
        label(0, y + 4, shortened(name, NAME_WIDTH - 8))
        for y, (name, _) in zip(middle, one.rows, strict=True)
    ]
    centred = {"text_anchor": "middle", "font_size": "11.5", "font_weight": "600"}
    drawn = [
        names_of,
        shape("g", *rings, fill_opacity="0.22"),
        shape("g", *heads, *signs, **centred),
    ]
    height = HEAD + ROW * len(one.rows) + 6
    return figure(id, width, height, "Risk of bias", said(one), *drawn, kind="cb-lights")


def _tone(word: str) -> str:
    return TONE[tone(word)]


def lights_figure(one: Lights, id: str) -> Html:
    """The drawing with its legend, and the same as a table."""
    legend = "; ".join(f"D{place} {name}" for place, name in enumerate(names(one), 1))
    title = tag("strong", "Risk of bias, domain by domain. ")
    caption = tag("figcaption", title, said(one), " ", legend, ".")
    rows = [[name, ", ".join(words.spelt(word) or "–" for word in row)] for name, row in one.rows]
    made = table(legend, ["Study", "Judgements, in the order of the domains"], rows, kind="cb-small")
    folded = tag("details", tag("summary", "Show these judgements as a table"), made)
    return join(tag("figure", draw(one, id), caption), folded)
