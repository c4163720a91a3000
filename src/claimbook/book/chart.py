"""A chart in two dimensions as plain data: dots, traces and zones between two axes, and its drawing as SVG.

The same data is drawn on matplotlib axes by ``claimbook.book.plot``. Coordinates are on the scale of
analysis; a side that shows ratios has a ``scale`` that prints them so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from claimbook.book.markup import Html, join
from claimbook.book.svg import BLUE, GREY, Axis, effect_axis, figure, line, polygon, shape, words
from claimbook.book.words import Scale

LEFT, RIGHT, TOP, BOTTOM, WIDTH, HEIGHT = 52, 352, 12, 250, 360, 300
PLAIN = Scale("")
Point = tuple[float, float]


@dataclass(frozen=True)
class Side:
    """One axis: its name, its ends, how its numbers are printed; ``falling`` puts the low end on top."""

    label: str
    low: float
    high: float
    scale: Scale = PLAIN
    falling: bool = False


@dataclass(frozen=True)
class Dots:
    """Points of the radius ``size`` in pixels, or each of its own ``sizes``; ``labels`` name some."""

    points: Sequence[Point]
    labels: Sequence[str] = ()
    size: float = 4
    sizes: Sequence[float] = ()

    @property
    def radii(self) -> Sequence[float]:
        return self.sizes or [self.size] * len(self.points)


@dataclass(frozen=True)
class Trace:
    """A line through points."""

    points: Sequence[Point]
    dashed: bool = False
    strong: bool = False


@dataclass(frozen=True)
class Bars:
    """Separate straight lines, each from one point to another."""

    ends: Sequence[tuple[Point, Point]] = ()


@dataclass(frozen=True)
class Zone:
    """A filled area."""

    points: Sequence[Point]
    opacity: float


@dataclass(frozen=True)
class Chart:
    """What a chart shows, in a title, in a sentence, in marks, and in the rows of a table."""

    title: str
    said: str
    x: Side
    y: Side
    dots: Dots = field(default_factory=lambda: Dots(()))
    traces: Sequence[Trace] = ()
    zones: Sequence[Zone] = ()
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    bars: Bars = field(default_factory=Bars)


def draw(chart: Chart, id: str, kind: str = "cb-chart") -> Html:
    """The chart as an SVG that says what it shows."""
    across = Axis(chart.x.low, chart.x.high, LEFT, RIGHT)
    ends = (TOP, BOTTOM) if chart.y.falling else (BOTTOM, TOP)
    up = Axis(chart.y.low, chart.y.high, *ends)

    def at(points: Sequence[Point]) -> list[Point]:
        return [(across.at(x), up.at(y)) for x, y in points]

    content = [
        *(polygon(at(zone.points), fill=GREY, fill_opacity=f"{zone.opacity:g}") for zone in chart.zones),
        _bars([at(ends) for ends in chart.bars.ends]),
        *(_trace(at(trace.points), trace) for trace in chart.traces),
        _dots(at(chart.dots.points), chart.dots),
        line(LEFT, TOP, LEFT, BOTTOM),
        effect_axis(across, BOTTOM, chart.x.scale),
        _side(chart.y, up),
        words((LEFT + RIGHT) / 2, HEIGHT - 8, chart.x.label, text_anchor="middle", font_size="12"),
    ]
    return figure(id, WIDTH, HEIGHT, chart.title, chart.said, content, kind=kind)


def _bars(bars: list[list[Point]]) -> Html:
    path = "".join(f"M{a:.1f} {b:.1f}L{c:.1f} {d:.1f}" for (a, b), (c, d) in bars)
    look = {"stroke": "currentColor", "stroke_opacity": "0.35", "fill": "none"}
    return shape("path", d=path, **look) if path else join()


def _trace(points: list[Point], trace: Trace) -> Html:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    look: dict[str, str] = {"stroke_dasharray": "4 3"} if trace.dashed else {}
    if not trace.strong:
        look["stroke_opacity"] = "0.6"
    width = "2.4" if trace.strong else "1.2"
    return shape("polyline", points=path, fill="none", stroke="currentColor", stroke_width=width, **look)


def _dots(points: list[Point], dots: Dots) -> Html:
    """Circles with their labels; very many of them as one path of round strokes."""
    if len(points) > MANY:
        path = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in points)
        look = {"stroke_width": f"{2 * dots.size:g}", "stroke_linecap": "round", "stroke_opacity": "0.5"}
        return shape("path", d=path, stroke=BLUE, fill="none", class_="cb-specks", **look)
    look = {"fill": BLUE, "stroke": "currentColor", "class_": "cb-box"}
    drawn = [shape("circle", cx=x, cy=y, r=r, **look) for (x, y), r in zip(points, dots.radii, strict=True)]
    named = zip(points, dots.labels, strict=False)
    return join(*drawn, *(_label(x, y, label) for (x, y), label in named if label))


MANY = 250


def _label(x: float, y: float, label: str) -> Html:
    """Beside its dot, on the side where there is room."""
    room = x + 8 + 6.2 * len(label) < WIDTH
    at, anchor = (x + 7, "start") if room else (x - 7, "end")
    return words(at, max(y - 8, 12), label, text_anchor=anchor, font_size="11")


def _side(side: Side, up: Axis) -> Html:
    ticks = up.ticks(4)
    label = side.scale.tick(ticks)
    marks = [_tick(up.at(value), label(value)) for value in ticks]
    turned = f"translate(12 {(TOP + BOTTOM) // 2}) rotate(-90)"
    return join(*marks, words(0, 0, side.label, transform=turned, text_anchor="middle", font_size="12"))


def _tick(y: float, label: str) -> Html:
    mark = line(LEFT - 4, y, LEFT, y)
    return join(mark, words(LEFT - 7, y + 4, label, text_anchor="end", font_size="11"))
