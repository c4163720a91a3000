"""A result's effect under every defensible reading: each spread that is in doubt both ways, each measure.

Which reading a claim uses and why is said beside it; the others show what hangs on the choice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from claimbook.book import words
from claimbook.book.markup import Content, Html, block, join
from claimbook.book.site import Book, Links
from claimbook.book.tables import fold, table
from claimbook.effects import effect_sizes
from claimbook.findings.rows import READ, CannotCompute, row
from claimbook.records.models import Dispersion, Doubt

if TYPE_CHECKING:
    from claimbook.findings.rows import Row
    from claimbook.records import Result, Study
    from claimbook.records.models import Spread

LINKS = Links("../")
OPEN = "The source does not say which it is."

MEASURES_OF = {
    "means": ("SMD", "SMDH", "MD", "ROM"),
    "counts": ("RR", "OR", "RD"),
    "pre_post": ("SMCR", "SMCC", "MC", "ROMC"),
    "percent_change": ("PCT",),
    "single": ("MN",),
    "reported": (),
}
"""The measures that a shape of result can give."""


class Reading(NamedTuple):
    """One way to read a result: its measure, how the spread is read, the effect, who uses it, and why."""

    measure: str
    spread: str
    row: Row
    used_in: tuple[Html, ...]
    because: str


def readings(book: Book, study: Study, result: Result) -> list[Reading]:
    """Every measure that the result gives, under each reading of its spread; the recorded one first."""
    return [
        reading
        for measure in MEASURES_OF[result.shape]
        for reading in _readings(book, study, result, measure)
    ]


def _readings(book: Book, study: Study, result: Result, measure: str) -> Iterator[Reading]:
    pooled = [
        use
        for use in book.uses.get(study.study, ())
        if use.row is not None and use.result == result.id and use.row.measure == measure
    ]
    claims = {use.finding.claim.claim: use.finding for use in pooled if use.how == "pooled"}
    variance = pooled[0].finding.claim.model.variance if pooled else None
    recorded = row(book.library, study.study, result.id, measure, vtype=variance)
    kind, because = _recorded(result)
    yield Reading(measure, kind, recorded, tuple(LINKS.claim(one) for one in claims.values()), because)
    other = _other(result, kind)
    if other is not None:
        reread = _reread(result, recorded, other, variance)
        yield Reading(measure, other.read_as, reread, (), other.because)


def _spreads(result: Result) -> list[Spread]:
    """Whatever in the result carries a spread: both groups, or the result itself."""
    data: Any = result.data
    groups = [getattr(data, name, None) for name in ("intervention", "comparator")]
    return [group for group in (*groups, data) if hasattr(group, "spread")]


def _recorded(result: Result) -> tuple[str, str]:
    """How the record reads the spread, and why where the source leaves it open."""
    for group in _spreads(result):
        if (found := group.spread()) is not None:
            return found[0], getattr(found[1], "because", None) or ""
    return "", ""


def _other(result: Result, kind: str) -> Doubt | None:
    """The reading that the record does not take, where its source leaves it open or a curator doubts it."""
    if result.doubt is not None:
        return result.doubt
    unlabelled = any(isinstance((group.spread() or (0, 0))[1], Dispersion) for group in _spreads(result))
    return Doubt(read_as="se" if kind == "sd" else "sd", because=OPEN) if unlabelled else None


def _reread(result: Result, recorded: Row, other: Doubt, variance: str | None) -> Row:
    """The recorded row with the other reading's effect and variance, or with the reason why it has none."""
    doubted = result.model_copy(update={"doubt": other})
    kind = variance if result.shape in {"means", "pre_post"} else None
    try:
        effects = effect_sizes(recorded.measure, vtype=kind, **READ[result.shape](doubted, True))
    except (CannotCompute, ValueError) as error:
        return replace(recorded, y=None, v=None, why_not=str(error))
    return replace(recorded, y=float(effects.y[0]), v=float(effects.v[0]), why_not="")


def readings_table(book: Book, study: Study, result: Result) -> str:
    """The readings of one result, open where its spread can be read in two ways; none where there is one."""
    found = [one for one in readings(book, study, result) if one.row.usable or one.used_in]
    if len(found) < 2:
        return ""
    columns = [
        "Measure",
        "Spread read as",
        "Effect (95 % interval)",
        "Effect / its SE",
        "Used in",
        "Because",
        "Record",
    ]
    caption = f"Effect of {words.spelt(result.id)} under every reading that its numbers allow"
    line = LINKS.line(study.study, book.library.where_result(study.study, result.id, result.shape).line)
    rows = [[*_line(result, one), line] for one in found]
    made = table(caption, columns, rows, numeric=["Effect / its SE"], kind="cb-small")
    if len({one.spread for one in found}) > 1:
        return block(made)
    return block(fold("Show this effect in other measures", made))


def _line(result: Result, one: Reading) -> list[Content]:
    shown, found = words.scale(one.measure, result.unit), one.row
    effect = shown.brief(found.y, found.low, found.high) if found.usable else f"not computed: {found.why_not}"
    ratio = words.number(found.y / found.se, 1) if found.y is not None and found.se else "–"
    used = join("yes: ", join(*one.used_in, by="; ")) if one.used_in else "no"
    return [
        words.sentence_case(shown.noun),
        one.spread.upper() or "–",
        effect,
        ratio,
        used,
        one.because or "–",
    ]
