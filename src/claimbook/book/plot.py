"""A Finding's figures on matplotlib axes: ``Plot(finding).forest()`` draws and returns the axes.

The figures are those of the book (``claimbook.book.charts``, ``claimbook.book.series``), drawn from the same
data. matplotlib is imported when a figure is drawn, and not before; it is the extra ``plot``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from claimbook.book import figures, series
from claimbook.book.chart import Chart, Side
from claimbook.book.charts import CHARTS
from claimbook.book.forest import Forest, Line, limits
from claimbook.book.moderators import bubble
from claimbook.book.svg import BLUE, GREY, VERMILLION, round_ratios, round_values, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from claimbook.findings import Finding

EXTRA = 'pip install "claimbook[plot]"'


@dataclass(frozen=True)
class Plot:
    """The figures of one finding. Every method takes axes to draw on, or makes its own, and returns them.

    ValueError where a figure needs more studies than there are, or another kind of data; ImportError names
    the extra where matplotlib is missing.
    """

    finding: Finding

    def forest(self, ax: Axes | None = None) -> Axes:
        """The studies with their intervals and weights, and the pooled effect."""
        return _draw_forest(figures.forest_of(self.finding), ax)

    def leave_one_out(self, ax: Axes | None = None) -> Axes:
        return _draw_forest(_there(series.leave_one_out(self.finding), "leave_one_out"), ax)

    def cumulative(self, order: Sequence[float] | None = None, ax: Axes | None = None) -> Axes:
        """Studies added in ascending ``order``, one value a used row; without one, the most precise first."""
        return _draw_forest(_there(series.cumulative(self.finding, order), "cumulative"), ax)

    def bubble(self, values: Sequence[float | None], name: str, ax: Axes | None = None) -> Axes:
        """The effects against a moderator, one value a used row, None where it is not known."""
        return _draw_chart(_there(bubble(self.finding, values, name), "bubble"), ax)

    def funnel(self, ax: Axes | None = None) -> Axes:
        return self._chart("funnel", ax)

    def baujat(self, ax: Axes | None = None) -> Axes:
        return self._chart("baujat", ax)

    def influence(self, ax: Axes | None = None) -> Axes:
        return self._chart("influence", ax)

    def radial(self, ax: Axes | None = None) -> Axes:
        return self._chart("radial", ax)

    def drapery(self, ax: Axes | None = None) -> Axes:
        return self._chart("drapery", ax)

    def gosh(self, ax: Axes | None = None) -> Axes:
        return self._chart("gosh", ax)

    def labbe(self, ax: Axes | None = None) -> Axes:
        return self._chart("labbe", ax)

    def _chart(self, name: str, ax: Axes | None) -> Axes:
        return _draw_chart(_there(CHARTS[name](self.finding), name), ax)


def _there(made: Any, name: str) -> Any:
    return _missing(name) if made is None else made


def _missing(name: str) -> NoReturn:
    raise ValueError(f"{name}: this finding does not have the studies or the data that the figure needs")


def _axes(ax: Axes | None, width: float, height: float) -> Axes:
    if ax is not None:
        return ax
    try:
        from matplotlib import pyplot
    except ImportError:
        raise ImportError(f"matplotlib is not installed; figures in Python need the extra: {EXTRA}") from None
    return pyplot.subplots(figsize=(width, height), layout="constrained")[1]


def _draw_chart(chart: Chart, ax: Axes | None) -> Axes:
    ax = _axes(ax, 6, 4.5)
    for zone in chart.zones:
        ax.fill(*zip(*zone.points, strict=True), color=GREY, alpha=zone.opacity, linewidth=0)
    for trace in chart.traces:
        x, y = zip(*trace.points, strict=True)
        style, width = "--" if trace.dashed else "-", 2.0 if trace.strong else 0.9
        ax.plot(x, y, color="0.25", linestyle=style, linewidth=width)
    if chart.dots.points:
        x, y = zip(*chart.dots.points, strict=True)
        ax.scatter(x, y, s=[2 * r**2 for r in chart.dots.radii], color=BLUE, zorder=3)
    for point, label in zip(chart.dots.points, chart.dots.labels, strict=False):
        if label:
            ax.annotate(_text(label), point, xytext=(5, 5), textcoords="offset points", fontsize="small")
    _dress(ax, "x", chart.x)
    _dress(ax, "y", chart.y)
    ax.set_title(chart.title, loc="left")
    return ax


def _dress(ax: Axes, which: str, side: Side) -> None:
    """Ends, name and numbers of one axis, as the book prints them."""
    values = round_ratios(side.low, side.high, 5) if side.scale.log else round_values(side.low, side.high, 5)
    label = side.scale.tick(values)
    ends = (side.high, side.low) if side.falling else (side.low, side.high)
    ax.set(**{f"{which}lim": ends, f"{which}label": side.label})
    ax.set(**{f"{which}ticks": values, f"{which}ticklabels": [label(value) for value in values]})


def _text(label: str) -> str:
    """A label at its length in the book, its dollar signs no mathematics."""
    return shortened(label, 205).replace("$", r"\$")


def _draw_forest(forest: Forest, ax: Axes | None) -> Axes:
    lines = [*forest.lines, *([forest.summary] if forest.summary else [])]
    ax = _axes(ax, 8, 1.2 + 0.32 * len(lines))
    if forest.band is not None:
        ax.axvspan(*forest.band, color=GREY, alpha=0.16, linewidth=0)
    ax.axvline(0, color="0.25", linewidth=0.9)
    largest = max((line.weight or 0.0 for line in forest.lines), default=0.0)
    for place, line in enumerate(lines):
        if line.ends is not None:
            _interval(ax, -place, line, largest, line is forest.summary)
    low, high = limits(forest)
    unit = forest.scale.unit
    _dress(ax, "x", Side(f"Effect,{unit}" if unit else "Effect", low, high, forest.scale))
    ax.set_yticks([-place for place in range(len(lines))], [_text(line.label) for line in lines])
    ax.tick_params(axis="y", length=0)
    ax.spines[["left", "right", "top"]].set_visible(False)
    return ax


def _interval(ax: Axes, at: float, line: Line, largest: float, pooled: bool) -> None:
    estimate, low, high = line.ends or (0.0, 0.0, 0.0)
    if pooled:
        corners = [(low, at), (estimate, at + 0.3), (high, at), (estimate, at - 0.3)]
        ax.fill(*zip(*corners, strict=True), color=VERMILLION)
        return
    ax.plot([low, high], [at, at], color="0.25", linewidth=1.2)
    size = 30 + 90 * (line.weight or 0.0) / largest if largest else 40
    ax.scatter([estimate], [at], s=size, marker="s", color=BLUE, zorder=3)
