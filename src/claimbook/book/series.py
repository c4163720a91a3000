"""Results in a row: studies in groups, left out in turn, added one by one; specifications by their effect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from claimbook.book import figures, words
from claimbook.book.chart import Bars, Chart, Dots, Side, Trace
from claimbook.book.charts import data
from claimbook.book.lines import Forest, Group, Line

if TYPE_CHECKING:
    from claimbook.findings import Finding
    from claimbook.findings.combinations import Multiverse


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


def subgroups(finding: Finding, names: Sequence[str]) -> Forest | None:
    """The used rows in groups, by one name a used row; each group pooled by the claim's own model.

    An empty name leaves a row out. None unless two groups have two rows or more.
    """
    y, v, _, model = data(finding)
    held = {
        name: [at for at, one in enumerate(names) if one == name] for name in dict.fromkeys(names) if name
    }
    if sum(len(places) > 1 for places in held.values()) < 2:
        return None
    from claimbook.synthesis import pool

    whole, groups = figures.forest_of(finding), []
    drawn = [line for line in whole.lines if line.y is not None]
    for name, places in held.items():
        summary = None
        if len(places) > 1:
            p = pool([y[at] for at in places], [v[at] for at in places], **model)
            summary = Line("All of these", p.estimate, p.low, p.high)
        title = f"{words.sentence_case(name)} ({words.count(len(places), 'comparison')})"
        groups.append(Group(title, [drawn[at] for at in places], summary))
    lines = [line for group in groups for line in group.lines]
    return replace(whole, lines=lines, groups=groups, prediction=None)


def difference(finding: Finding, names: Sequence[str]) -> str:
    """How often groups alike would differ as much as these, by the meta-regression on their names."""
    from claimbook.synthesis import NonConvergence, regress

    y, v, _, model = data(finding)
    kept = [at for at, name in enumerate(names) if name]
    others = sorted({names[at] for at in kept})[1:]
    columns = {f"group{i}": [float(names[at] == one) for at in kept] for i, one in enumerate(others)}
    table = {"y": [y[at] for at in kept], "v": [v[at] for at in kept], **columns}
    try:
        found = regress(f"y ~ {' + '.join(columns)}", table, v="v", **model)
    except (ValueError, NonConvergence):
        return ""
    share = 100 * found.qm_p
    often = "fewer than 1" if share < 1 else words.number(share, 0)
    return (
        f"If the groups were alike, they would differ as much in {often} of 100 such sets of studies. "
        "A difference compares studies, not people."
    )


def _forest(finding: Finding, found: Any, labels: Sequence[str], heading: str) -> Forest:
    table = zip(labels, found["estimate"], found["low"], found["high"], strict=True)
    lines = [Line(label, float(y), float(low), float(high)) for label, y, low, high in table]
    return Forest(lines, figures.scale(finding), band=figures.band(finding), heading=heading)


def told(forest: Forest) -> str:
    """What each group gives; without groups, the lowest and the highest estimate."""
    shown = forest.scale
    if forest.groups:
        pooled = [(one.name, one.summary) for one in forest.groups if one.summary is not None]
        return " ".join(f"{name}: {shown.effect(p.y, p.low, p.high)}." for name, p in pooled)
    drawn = [line.y for line in forest.lines if line.y is not None]
    return f"Effects range from {shown.text(min(drawn))} to {shown.text(max(drawn))}."


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
