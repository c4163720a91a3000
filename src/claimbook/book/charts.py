"""The charts of a Finding, each where its data exist; ``CHARTS`` lists them.

A chart that needs more studies than there are is None. What it is read for stands in its sentence; the
numbers come from ``claimbook.synthesis`` with the claim's own model.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from claimbook.book import figures, words
from claimbook.book.chart import Chart, Dots, Side, Trace, Zone

if TYPE_CHECKING:
    from claimbook.findings import Finding
    from claimbook.findings.rows import Row

FUNNEL_K = 10  # with fewer, the shape of a funnel says nothing (Core GRADE 4)
GOSH_K = range(3, 10)  # from 8 to 511 subsets; with more studies the drawing outgrows its use
DRAPERY_K = range(2, 31)
NAMED = 3
ZONES = ((1.645, 0.10), (1.960, 0.16), (2.576, 0.22))
"""Standard errors from no difference (two-sided 10, 5 and 1 %) and the opacity of what lies beyond."""


class Data(NamedTuple):
    """The used rows of a finding as lists, with the names that figures give them."""

    y: list[float]
    v: list[float]
    labels: list[str]
    model: dict[str, Any]


def data(finding: Finding) -> Data:
    rows = [row for row in finding.used if row.y is not None and row.v is not None]
    y, v = [float(row.y or 0.0) for row in rows], [float(row.v or 0.0) for row in rows]
    chosen = {"tau2": finding.claim.model.tau2, "interval": finding.claim.model.interval}
    return Data(y, v, [figures.label(row, finding) for row in rows], chosen)


def effect_side(finding: Finding, low: float, high: float) -> Side:
    scale = figures.scale(finding)
    return Side(f"Effect,{scale.unit}" if scale.unit else "Effect", low, high, scale)


def around(values: Sequence[float], share: float = 0.06) -> tuple[float, float]:
    """The range of finite values with a margin; of some width even where they are all one."""
    kept = [value for value in values if math.isfinite(value)] or [0.0]
    margin = share * (max(kept) - min(kept)) or 0.5 * abs(kept[0]) or 0.5
    return min(kept) - margin, max(kept) + margin


def _outstanding(labels: Sequence[str], by: Sequence[float]) -> list[str]:
    """The labels of the few with the largest values; the others empty."""
    limit = sorted(by)[-NAMED:][0] if by else 0.0
    return [label if value >= limit else "" for label, value in zip(labels, by, strict=True)]


def table_rows(labels: Sequence[str], *columns: Sequence[float]) -> list[list[str]]:
    return [
        [label, *(words.number(value) for value in values)]
        for label, *values in zip(labels, *columns, strict=True)
    ]


def funnel(finding: Finding) -> Chart | None:
    """The contour-enhanced funnel plot: large studies above, small ones below, zones about no difference.

    The zones are not drawn around the pooled effect (Peters et al. 2008, ``peters2008``): an empty corner in
    the lightest zone hints at results that were never published, one elsewhere at something else.
    """
    p, (y, v, labels, _) = finding.pooled, data(finding)
    if p is None or len(y) < FUNNEL_K:
        return None
    se = [math.sqrt(one) for one in v]
    largest = 1.08 * max(se)
    reach = 1.05 * max(2.8 * largest, *(abs(one) for one in y))
    small = sorted(zip(y, se, strict=True), key=lambda one: -one[1])[: len(y) // 2]
    below = sum(one < p.estimate for one, _ in small)
    return Chart(
        "Small studies against large ones",
        f"Of the {len(small)} least precise comparisons, {below} lie on the side of less {finding.outcome} "
        "than the pooled effect. Each dot is one comparison, the larger ones at the top; the dashed line is "
        "the pooled effect. The greys begin 1.64, 1.96 and 2.58 standard errors away from no difference.",
        effect_side(finding, -reach, reach),
        Side("Standard error", 0.0, largest, falling=True),
        Dots(list(zip(y, se, strict=True))),
        [
            Trace([(0.0, 0.0), (0.0, largest)]),
            Trace([(p.estimate, 0.0), (p.estimate, largest)], dashed=True),
        ],
        [Zone(_beyond(z, side, reach, largest), grey) for z, grey in ZONES for side in (-1, 1)],
        ["Study", "Effect", "Standard error"],
        table_rows(labels, y, se),
    )


def _beyond(z: float, side: int, reach: float, largest: float) -> list[tuple[float, float]]:
    """Where the effect is more than z standard errors from no difference, inside the plot."""
    edge = min(largest, reach / z)
    return [(0.0, 0.0), (side * z * edge, edge), (side * reach, edge), (side * reach, 0.0)]


def baujat(finding: Finding) -> Chart | None:
    """Which studies make the heterogeneity, and which the result."""
    y, v, labels, _ = data(finding)
    if len(y) < 3:
        return None
    from claimbook.synthesis import baujat as compute

    found = compute(y, v)
    across, up = found["x"].tolist(), found["y"].tolist()
    most = labels[across.index(max(across))]
    both = [a + b for a, b in zip(across, up, strict=True)]
    return Chart(
        "Which studies disagree, and which of them matter",
        f"{most} adds most to the disagreement between studies. To the right: more of the heterogeneity; "
        "higher: more influence on the pooled effect.",
        Side("Contribution to heterogeneity (Q)", 0.0, around([0.0, *across])[1]),
        Side("Influence on the effect", 0.0, around([0.0, *up])[1]),
        Dots(
            list(zip(across, up, strict=True)),
            _outstanding(labels, both),
        ),
        columns=["Study", "Contribution to Q", "Influence"],
        rows=table_rows(labels, across, up),
    )


def influence(finding: Finding) -> Chart | None:
    """How far each study lies from what the others predict, and how far it moves the result."""
    y, v, labels, model = data(finding)
    if len(y) < 3:
        return None
    from claimbook.synthesis import influence as compute

    found = compute(y, v, **model)
    kept = found["rstudent"].notna() & found["cook_d"].notna()
    if not kept.any():
        return None
    names = [label for label, known in zip(labels, kept, strict=True) if known]
    residual, moved = found["rstudent"][kept].tolist(), found["cook_d"][kept].tolist()
    flagged = [label for label, known in zip(labels, found["influential"], strict=True) if known]
    verb = "move" if len(flagged) > 1 else "moves"
    return Chart(
        "How much single studies move the result",
        f"By the customary limits {words.listed(flagged) or 'no single study'} {verb} the result. To the "
        "sides: studies that the others do not predict; higher: more influence.",
        Side("Studentized residual", *around([*residual, 0.0])),
        Side("Cook's distance", 0.0, around([0.0, *moved])[1]),
        Dots(list(zip(residual, moved, strict=True)), _outstanding(names, moved)),
        [Trace([(0.0, 0.0), (0.0, around([0.0, *moved])[1])])],
        columns=["Study", "Studentized residual", "Cook's distance"],
        rows=table_rows(names, residual, moved),
    )


def radial(finding: Finding) -> Chart | None:
    """The radial plot of Galbraith: precise studies to the right, the slope is the effect."""
    p, (y, v, labels, _) = finding.pooled, data(finding)
    if p is None or len(y) < 3:
        return None
    from claimbook.synthesis import radial as compute

    found = compute(y, v)
    across, up = found["x"].tolist(), found["z"].tolist()
    far, slope = (
        1.06 * max(across),
        sum(a * b for a, b in zip(across, up, strict=True)) / sum(a * a for a in across),
    )
    inside = sum(abs(z - slope * x) <= 1.96 for x, z in zip(across, up, strict=True))
    band = [(0.0, -1.96), (far, slope * far - 1.96), (far, slope * far + 1.96), (0.0, 1.96)]
    return Chart(
        "Effects against their precision",
        f"{inside} of {len(y)} comparisons lie in the grey band, where studies of one and the same effect "
        "would fall 95 times in 100. The slope of the line is the equal-effects estimate.",
        Side("Precision (1 / standard error)", 0.0, far),
        Side("Effect / standard error", *around([*up, 0.0, *(z for _, z in band)])),
        Dots(
            list(zip(across, up, strict=True)),
            _outstanding(labels, [abs(z - slope * x) for x, z in zip(across, up, strict=True)]),
        ),
        [Trace([(0.0, 0.0), (far, slope * far)])],
        [Zone(band, 0.16)],
        ["Study", "Precision", "Effect / standard error"],
        table_rows(labels, across, up),
    )


def drapery(finding: Finding) -> Chart | None:
    """The p-value of every possible effect, for each study and for the pool (Ruecker & Schwarzer 2021)."""
    p, (y, v, _, _) = finding.pooled, data(finding)
    if p is None or len(y) not in DRAPERY_K or p.se <= 0:
        return None
    from claimbook.synthesis.intervals import two_sided_p

    low, high = around([value for row in finding.used for value in row.interval or ()], 0.0)
    grid = [low + (high - low) * step / 20 for step in range(21)]
    curves = [
        Trace([(x, two_sided_p((one - x) / math.sqrt(var), math.inf)) for x in sorted({*grid, one})])
        for one, var in zip(y, v, strict=True)
    ]
    fine = sorted({*grid, p.estimate, *(p.estimate + step / 4 * p.se for step in range(-12, 13))})
    pooled = [(x, two_sided_p((p.estimate - x) / p.se, p.df)) for x in fine if low <= x <= high]
    return Chart(
        "All confidence levels at once",
        f"Each curve is one comparison, the strong one the pooled effect, {figures.effect(finding)}. A curve "
        "says how well each possible effect fits the data; where it crosses 0.05 the 95 % interval ends.",
        effect_side(finding, low, high),
        Side("p-value", 0.0, 1.0),
        traces=[*curves, Trace([(low, 0.05), (high, 0.05)], dashed=True), Trace(pooled, strong=True)],
    )


def gosh(finding: Finding) -> Chart | None:
    """The pooled effect of every subset of a few studies against its heterogeneity."""
    y, v, labels, model = data(finding)
    if len(y) not in GOSH_K:
        return None
    from claimbook.synthesis import gosh as compute

    found, members = compute(y, v, tau2=model["tau2"])
    several = (found["k"] > 1).to_numpy()
    estimate, i2 = found["estimate"].to_numpy()[several], found["i2"].to_numpy()[several]
    held = members[several]
    without = [
        float(estimate[~held[:, i]].mean()) if (~held[:, i]).any() else math.nan for i in range(len(y))
    ]
    scale = figures.scale(finding)
    ends = f"{scale.text(float(estimate.min()))} to {scale.text(float(estimate.max()))}"
    return Chart(
        "Every subset of the studies",
        f"The {len(estimate)} subsets of two and more give effects from {ends}. Separate clouds would hint "
        "at a study that does not belong.",
        effect_side(finding, *around(estimate.tolist())),
        Side("I², %", 0.0, max(5.0, 1.05 * float(i2.max()))),
        Dots(list(zip(estimate.tolist(), i2.tolist(), strict=True)), size=2),
        columns=["Study", "Mean effect of the subsets without it"],
        rows=[[label, scale.text(one)] for label, one in zip(labels, without, strict=True)],
    )


def labbe(finding: Finding) -> Chart | None:
    """Risk with against risk without, for results in counts."""
    counted = [(row, counts) for row in finding.used if (counts := _counts(row)) is not None]
    if finding.pooled is None or len(counted) < 2 or finding.measure not in ("RR", "OR", "RD"):
        return None
    from claimbook.synthesis import labbe as compute
    from claimbook.synthesis.diagnostics import labbe_line

    found = compute(*zip(*(counts for _, counts in counted), strict=True))
    treated, control = found["risk1"].tolist(), found["risk2"].tolist()
    grid = [step / 20 * min(1.0, 1.1 * max(control)) for step in range(21)]
    grid = [risk for risk in grid if 0 < risk < 1]
    expected = labbe_line(finding.pooled.estimate, finding.measure, grid).tolist()
    above = sum(a > b for a, b in zip(treated, control, strict=True))
    top = min(1.0, 1.1 * max(*treated, *control, 0.05))
    return Chart(
        "Risk in the two groups",
        f"In {above} of {len(counted)} comparisons the event was more frequent with the intervention. The "
        "straight line is no difference, the dashed one the pooled effect.",
        Side("Risk in the comparison group", 0.0, top),
        Side("Risk with the intervention", 0.0, top),
        Dots(list(zip(control, treated, strict=True))),
        [Trace([(0.0, 0.0), (top, top)]), Trace(list(zip(grid, expected, strict=True)), dashed=True)],
        columns=["Study", "Risk with the intervention", "Risk in the comparison group"],
        rows=table_rows([figures.label(row, finding) for row, _ in counted], treated, control),
    )


def _counts(row: Row) -> tuple[float, ...] | None:
    """Events and size of both groups, as recorded."""
    known = {item.name: item.value for item in row.inputs}
    names = ("intervention events", "intervention n", "comparator events", "comparator n")
    return tuple(known[name] for name in names) if known.keys() >= set(names) else None


CHARTS: dict[str, Callable[[Finding], Chart | None]] = {
    "funnel": funnel,
    "baujat": baujat,
    "influence": influence,
    "radial": radial,
    "drapery": drapery,
    "gosh": gosh,
    "labbe": labbe,
}
"""Every chart that a finding alone is enough for."""
