"""Results in a row: each study left out in turn, studies added one by one, specifications by their effect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from claimbook.book import figures, words
from claimbook.book.chart import Bars, Chart, Dots, Side, Trace
from claimbook.book.charts import data
from claimbook.book.forest import Forest, Line

if TYPE_CHECKING:
    from claimbook.combinations import Multiverse
    from claimbook.findings import Finding


def leave_one_out(finding: Finding) -> Forest | None:
    """The result without each study in turn."""
    y, v, labels, model = data(finding)
    if len(y) < 3:
        return None
    from claimbook.synthesis import leave_one_out as compute

    return _forest(finding, compute(y, v, **model), labels, "Without")


def cumulative(finding: Finding, order: Sequence[float] | None = None) -> Forest | None:
    """The result after each further study, in ascending ``order``; without one, the most precise first."""
    y, v, labels, model = data(finding)
    if len(y) < 3:
        return None
    from claimbook.synthesis import cumulate

    found = cumulate(y, v, v if order is None else order, **model)
    return _forest(finding, found, [labels[place] for place in found.index], "Adding")


def _forest(finding: Finding, found: Any, labels: Sequence[str], heading: str) -> Forest:
    table = zip(labels, found["estimate"], found["low"], found["high"], strict=True)
    lines = [Line(label, float(y), float(low), float(high)) for label, y, low, high in table]
    return Forest(lines, figures.scale(finding), band=figures.band(finding), heading=heading)


def ends(forest: Forest) -> str:
    """``−0.39 SD to −0.29 SD``: the lowest and the highest estimate of a series."""
    drawn = [line.y for line in forest.lines if line.y is not None]
    return f"{forest.scale.text(min(drawn))} to {forest.scale.text(max(drawn))}"


def specification_curve(finding: Finding, found: Multiverse) -> Chart:
    """The estimate of every specification in ascending order with its interval, the claim's own marked."""
    curve = found.curve()
    estimates = curve["estimate"].tolist()
    own = int(curve["own"].to_numpy().argmax())
    shares = "; ".join(
        f"{words.percent(round(share, 2))} {word[:1].lower()}{word[1:]}"
        for word, share in found.shares().items()
    )
    which = (
        f"{len(curve):,} of {found.possible:,} combinations, drawn at random"
        if found.sampled
        else (f"All {len(curve):,} combinations that exist")
    )
    scale = figures.scale(finding)
    reach = [*curve["low"], *curve["high"], 0.0]
    limits = figures.limits_of(finding)
    low, high = max(min(reach), limits[0]), min(max(reach), limits[1])
    bars = [((i, a), (i, b)) for i, (a, b) in enumerate(zip(curve["low"], curve["high"], strict=True))]
    importance = found.importance()
    rows = [
        [
            words.sentence_case(str(name)),
            str(int(row["options"])),
            words.percent(round(row["of_estimate"], 2)),
        ]
        for name, row in importance.iterrows()
    ]
    return Chart(
        "The answer under combinations of choices",
        f"{which}: effects from {scale.text(min(estimates))} to {scale.text(max(estimates))}. Verdicts: "
        f"{shares}. They rest on one body of data, so a share is no probability.",
        Side("Combinations, in the order of their effect", -1.0, float(len(curve))),
        Side(f"Effect,{scale.unit}" if scale.unit else "Effect", low, high, scale),
        Dots([(own, estimates[own])], ["this book"]),
        [Trace(list(enumerate(estimates)), strong=True), Trace([(-1.0, 0.0), (len(curve), 0.0)])],
        columns=["Choice", "Options", "Share of the spread of effects that it explains"],
        rows=rows,
        bars=Bars(bars),
    )
