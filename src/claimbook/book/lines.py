"""What a forest plot shows, as plain data: its lines, their groups, what they give together, and its axis.

``claimbook.book.forest`` draws it as SVG, ``claimbook.book.plot`` on matplotlib axes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Literal

from claimbook.book.words import Scale

Kind = Literal["name", "study", "summary", "prediction"]


@dataclass(frozen=True)
class Line:
    """One line, on the analysis scale; ``weight`` in percent, ``judgement`` a risk-of-bias word.

    ``note`` stands in place of the numbers where there is no effect to draw.
    """

    label: str
    y: float | None
    low: float | None = None
    high: float | None = None
    weight: float | None = None
    judgement: str = ""
    ringed: bool = False
    note: str = "not computed"

    @property
    def ends(self) -> tuple[float, float, float] | None:
        """(estimate, low, high) where all three can be drawn."""
        if self.y is None or self.low is None or self.high is None:
            return None
        return (self.y, self.low, self.high) if math.isfinite(self.y + self.low + self.high) else None


@dataclass(frozen=True)
class Group:
    """Studies that are alike in something, under its name, with what they give alone."""

    name: str
    lines: Sequence[Line]
    summary: Line | None = None


@dataclass(frozen=True)
class Forest:
    """What a forest plot shows. ``band`` holds trivial effects; ``less`` and ``more`` name the sides.

    ``heading`` says what a line is. ``groups``, where there are any, hold the same lines in order.
    """

    lines: Sequence[Line]
    scale: Scale
    summary: Line | None = None
    prediction: tuple[float, float] | None = None
    band: tuple[float, float] | None = None
    less: str = ""
    more: str = ""
    heading: str = "Study"
    groups: Sequence[Group] = ()

    @property
    def rows(self) -> Iterator[tuple[Kind, Line]]:
        """What stands below one another, from top to bottom."""
        for group in self.groups or [Group("", self.lines)]:
            if group.name:
                yield "name", Line(group.name, None)
            yield from (("study", line) for line in group.lines)
            if group.summary is not None:
                yield "summary", group.summary
        if self.summary is not None:
            yield "summary", self.summary
        if self.prediction is not None:
            yield "prediction", Line("Prediction interval", None, *self.prediction)

    @property
    def weighted(self) -> bool:
        return any(line.weight is not None for line in self.lines)

    @property
    def judged(self) -> bool:
        return any(line.judgement for line in self.lines)


def limits(forest: Forest) -> tuple[float, float]:
    """The ends of the axis: the usual studies' intervals, and not much more for the sake of a few.

    The estimates (without outliers), no difference and the pooled effect set the middle part; intervals may
    reach beyond it by its own width or by that of a usual interval.
    """
    drawn = [line.ends for _, line in forest.rows if line.ends is not None]
    core = [*_without_outliers([estimate for estimate, _, _ in drawn]), 0.0]
    ends = [end for _, low, high in drawn for end in (low, high)]
    ends += [end for end in (*(forest.prediction or ()), *(forest.band or ())) if math.isfinite(end)]
    usual = median(high - low for _, low, high in drawn) if drawn else 0.0
    reach = 0.75 * max(max(core) - min(core), usual)
    low = max(min([*core, *ends]), min(core) - reach)
    high = min(max([*core, *ends]), max(core) + reach)
    margin = 0.04 * (high - low) or 0.5
    return low - margin, high + margin


def _without_outliers(values: list[float]) -> list[float]:
    """Values within five interquartile ranges of the quartiles; all where there are fewer than five."""
    if len(values) < 5:
        return values
    first, _, third = quantiles(values, n=4, method="inclusive")
    reach = 5 * (third - first)
    kept = [value for value in values if first - reach <= value <= third + reach]
    return kept if reach else values
