"""A Finding's figures on matplotlib axes: ``Plot(finding).forest()`` draws and returns the axes.

The figures are those of the book (``claimbook.book.charts``, ``claimbook.book.series``), drawn from the same
data. matplotlib is imported when a figure is drawn, and not before; it is the extra ``plot``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from claimbook.book import figures, series, traffic
from claimbook.book.chart import Chart, Side
from claimbook.book.charts import CHARTS
from claimbook.book.forest import TONE, said
from claimbook.book.lines import Forest, Kind, Line, limits
from claimbook.book.moderators import bubble
from claimbook.book.svg import BLUE, GREY, VERMILLION, round_ratios, round_values, shortened
from claimbook.book.words import letter, tone

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from claimbook.findings import Finding
    from claimbook.findings.combinations import Multiverse
    from claimbook.records import Library

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

    def subgroups(self, names: Sequence[str], ax: Axes | None = None) -> Axes:
        """The studies in groups, one name a used row, each group with its own pooled effect."""
        return _draw_forest(_there(series.subgroups(self.finding, names), "subgroups"), ax)

    def leave_one_out(self, ax: Axes | None = None) -> Axes:
        """The pooled effect without each study in turn."""
        return _draw_forest(_there(series.leave_one_out(self.finding), "leave_one_out"), ax)

    def cumulative(self, order: Sequence[float] | None = None, ax: Axes | None = None) -> Axes:
        """Studies added in ascending ``order``, one value a used row; without one, the most precise first."""
        return _draw_forest(_there(series.cumulative(self.finding, order), "cumulative"), ax)

    def bubble(self, values: Sequence[float | None], name: str, ax: Axes | None = None) -> Axes:
        """The effects against a moderator, one value a used row, None where it is not known."""
        return _draw_chart(_there(bubble(self.finding, values, name), "bubble"), ax)

    def funnel(self, ax: Axes | None = None) -> Axes:
        """Effects against standard errors with zones about no difference: are small studies missing?"""
        return self._chart("funnel", ax)

    def baujat(self, ax: Axes | None = None) -> Axes:
        """Which studies make the heterogeneity, and which the result."""
        return self._chart("baujat", ax)

    def influence(self, ax: Axes | None = None) -> Axes:
        """How far each study lies from what the others predict, and how far it moves the result."""
        return self._chart("influence", ax)

    def radial(self, ax: Axes | None = None) -> Axes:
        """Effects over their standard errors against precision; the slope is the equal-effects estimate."""
        return self._chart("radial", ax)

    def drapery(self, ax: Axes | None = None) -> Axes:
        """The p-value of every possible effect, for each study and for the pool."""
        return self._chart("drapery", ax)

    def gosh(self, ax: Axes | None = None) -> Axes:
        """The pooled effect of every subset of a few studies against its heterogeneity."""
        return self._chart("gosh", ax)

    def labbe(self, ax: Axes | None = None) -> Axes:
        """The risk with against the risk without, for results in counts."""
        return self._chart("labbe", ax)

    def specification_curve(self, found: Multiverse, ax: Axes | None = None) -> Axes:
        """The estimate of every combination of choices, as ``multiverse`` found them for this claim."""
        return _draw_chart(series.specification_curve(self.finding, found), ax)

    def traffic_light(self, library: Library, tool: str, ax: Axes | None = None) -> Axes:
        """The risk of bias of each study, domain by domain, as the library has it from one tool."""
        found = {one.tool: one for one in traffic.lights(library, self.finding)}
        return _draw_lights(_there(found.get(tool), "traffic_light"), ax)

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
    if chart.bars.ends:
        from matplotlib.collections import LineCollection

        ax.add_collection(LineCollection(list(chart.bars.ends), colors="0.25", alpha=0.35, linewidths=1))
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
    """Names to the left of the axes; effects, weights and judgements as columns to the right."""
    rows = list(forest.rows)
    ax = _axes(ax, 9, 1.2 + 0.3 * len(rows))
    low, high = limits(forest)
    if forest.band is not None:
        ax.axvspan(*forest.band, color=GREY, alpha=0.16, linewidth=0)
    ax.axvline(0, color="0.25", linewidth=0.9)
    if forest.summary is not None and forest.summary.ends is not None:
        ax.axvline(forest.summary.ends[0], color="0.25", linewidth=0.9, linestyle=":")
    largest = max((line.weight or 0.0 for line in forest.lines), default=0.0)
    for place, (kind, line) in enumerate(rows):
        MARKS[kind](ax, -place, line, largest, (low, high))
    unit = forest.scale.unit
    _dress(ax, "x", Side(f"Effect,{unit}" if unit else "Effect", low, high, forest.scale))
    ax.set_ylim(0.6 - len(rows), 0.6)
    ax.set_yticks([-place for place in range(len(rows))], [_text(line.label) for _, line in rows])
    for (kind, _), name in zip(rows, ax.get_yticklabels(), strict=True):
        name.set_fontweight("bold" if kind in ("name", "summary") else "normal")
    ax.tick_params(axis="y", length=0)
    ax.spines[["left", "right", "top"]].set_visible(False)
    _columns(ax, forest, rows)
    return ax


def _columns(ax: Axes, forest: Forest, rows: Sequence[tuple[Kind, Line]]) -> None:
    """Effect and interval, weight and risk of bias of each row, so many points right of the axes."""
    columns = [(10, "left", "Effect [95 % interval]", [_numbers(kind, line, forest) for kind, line in rows])]
    if forest.weighted:
        weights = ["" if line.weight is None else f"{line.weight:.1f} %" for _, line in rows]
        columns.append((185, "right", "Weight", weights))
    if forest.judged:
        columns.append((195, "left", "Bias", [letter(line.judgement) for _, line in rows]))
    for x, side, head, cells in columns:
        for at, text in enumerate([head, *cells], -1):
            weight = "bold" if at < 0 else "normal"
            ax.annotate(
                text, (1, -at), (x, 0), ("axes fraction", "data"), "offset points",
                ha=side, va="center", fontsize="small", fontweight=weight, annotation_clip=False,
            )  # fmt: skip


def _numbers(kind: Kind, line: Line, forest: Forest) -> str:
    if kind == "prediction":
        return f"[{forest.scale.interval(line.low, line.high)}]"
    return "" if kind == "name" else said(line, forest.scale)


def _interval(ax: Axes, at: float, line: Line, largest: float, ends: tuple[float, float]) -> None:
    """The interval; an end beyond the axis is an arrow."""
    if line.low is None or line.high is None:
        return
    low, high = max(line.low, ends[0]), min(line.high, ends[1])
    ax.plot([low, high], [at, at], color="0.25", linewidth=1.2)
    for x, beyond, sign in ((low, line.low < ends[0], "<"), (high, line.high > ends[1], ">")):
        ax.plot([x], [at], marker=sign if beyond else "|", color="0.25", markersize=5, clip_on=False)


def _study(ax: Axes, at: float, line: Line, largest: float, ends: tuple[float, float]) -> None:
    _interval(ax, at, line, largest, ends)
    if line.ends is not None and ends[0] <= line.ends[0] <= ends[1]:
        size = 30 + 90 * (line.weight or 0.0) / largest if largest else 40
        ax.scatter([line.ends[0]], [at], s=size, marker="s", color=BLUE, zorder=3)


def _diamond(ax: Axes, at: float, line: Line, largest: float, ends: tuple[float, float]) -> None:
    if line.ends is not None:
        estimate, low, high = line.ends
        corners = [(low, at), (estimate, at + 0.3), (high, at), (estimate, at - 0.3)]
        ax.fill(*zip(*corners, strict=True), color=VERMILLION)


MARKS: dict[Kind, Callable[[Axes, float, Line, float, tuple[float, float]], None]] = {
    "name": lambda *row: None,
    "study": _study,
    "summary": _diamond,
    "prediction": _interval,
}
"""What is drawn in a row of each kind, given the axes, its height, the largest weight and the axis's ends."""


def _draw_lights(one: traffic.Lights, ax: Axes | None) -> Axes:
    ax = _axes(ax, 3 + 0.4 * len(one.domains), 1 + 0.3 * len(one.rows))
    for place, (_, judged) in enumerate(one.rows):
        for across, word in enumerate(judged):
            if word:
                colour = TONE[tone(word)]
                ax.scatter([across], [-place], s=220, facecolor=colour, edgecolor=colour, alpha=0.35)
                ax.text(across, -place, letter(word), ha="center", va="center", fontsize="small")
    ax.set_xticks(range(len(one.domains)), [f"D{place}" for place, _ in enumerate(one.domains, 1)])
    ax.set_yticks([-place for place, _ in enumerate(one.rows)], [_text(name) for name, _ in one.rows])
    ax.set(xlim=(-0.6, len(one.domains) - 0.4), ylim=(0.6 - len(one.rows), 0.6))
    ax.set_title("Risk of bias, domain by domain", loc="left")
    ax.tick_params(length=0, top=False)
    ax.spines[:].set_visible(False)
    return ax
