"""The forest plot: one line a study, a box as large as its weight, the pooled diamond below.

One drawing for wide pages and one for phones, where each study takes two lines. It holds for any number of
lines from 1 to some hundreds: an interval that leaves the axis ends in an arrow, a study whose own estimate
lies outside is an arrow alone, and its numbers stand beside it in any case.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from claimbook.book.markup import Html, join, tag
from claimbook.book.svg import (
    BLUE,
    GREY,
    ORANGE,
    VERMILLION,
    Axis,
    effect_axis,
    figure,
    line,
    polygon,
    shape,
    shortened,
    words,
)
from claimbook.book.words import Scale, letter, tone


@dataclass(frozen=True)
class Line:
    """One line, on the analysis scale; ``weight`` in percent, ``judgement`` a risk-of-bias word."""

    label: str
    y: float | None
    low: float | None = None
    high: float | None = None
    weight: float | None = None
    judgement: str = ""
    ringed: bool = False

    @property
    def ends(self) -> tuple[float, float, float] | None:
        """(estimate, low, high) where all three can be drawn."""
        if self.y is None or self.low is None or self.high is None:
            return None
        return (self.y, self.low, self.high) if math.isfinite(self.y + self.low + self.high) else None


@dataclass(frozen=True)
class Forest:
    """What a forest plot shows. ``band`` holds trivial effects; ``less`` and ``more`` name the sides.

    ``heading`` says what a line is.
    """

    lines: Sequence[Line]
    scale: Scale
    summary: Line | None = None
    prediction: tuple[float, float] | None = None
    band: tuple[float, float] | None = None
    less: str = ""
    more: str = ""
    heading: str = "Study"

    @property
    def weighted(self) -> bool:
        return any(line.weight is not None for line in self.lines)

    @property
    def judged(self) -> bool:
        return any(line.judgement for line in self.lines)


def draw(forest: Forest, id: str, title: str, description: str) -> Html:
    """Both drawings; the stylesheet shows the one that fits. ``id`` must be unique on its page."""
    wide = _Drawing(forest, WIDE).svg(f"{id}-wide", title, description)
    narrow = _Drawing(forest, NARROW).svg(f"{id}-narrow", title, description)
    return join(tag("div", wide, class_="cb-wide"), tag("div", narrow, class_="cb-narrow"))


def draw_narrow(forest: Forest, id: str, title: str, description: str) -> Html:
    """The drawing for phones alone, for figures that are no larger on a desk."""
    return _Drawing(forest, NARROW).svg(id, title, description)


def draw_file(forest: Forest, id: str, title: str, description: str) -> Html:
    """The wide drawing alone, as a file of its own."""
    return _Drawing(forest, WIDE).svg(id, title, description)


@dataclass(frozen=True)
class Layout:
    """Where things stand, in user units. ``own_line``: the label stands above its marks, not beside them."""

    width: float
    left: float
    right: float
    row: float
    label_width: float
    effect_end: float
    weight_end: float
    letter_at: float
    own_line: bool


WIDE = Layout(760, 212, 482, 27, 205, 652, 710, 744, own_line=False)
NARROW = Layout(360, 8, 326, 44, 210, 360, math.nan, 348, own_line=True)
HEAD, FOOT = 26, 50


class _Drawing:
    def __init__(self, forest: Forest, layout: Layout) -> None:
        self.forest, self.layout = forest, layout
        low, high = limits(forest)
        self.axis = Axis(low, high, layout.left, layout.right)
        self.largest = max((item.weight or 0 for item in forest.lines), default=0)
        self.rows = len(forest.lines) + (forest.summary is not None) + (forest.prediction is not None)
        self.bottom = HEAD + self.rows * layout.row + 4

    def svg(self, id: str, title: str, description: str) -> Html:
        content = [self._ground(), self._heads()]
        content += [self._line(index, item) for index, item in enumerate(self.forest.lines)]
        if self.forest.summary is not None:
            content.append(self._summary(len(self.forest.lines), self.forest.summary))
        if self.forest.prediction is not None:
            content.append(self._prediction(self.rows - 1, *self.forest.prediction))
        content.append(self._foot())
        return figure(
            id, self.layout.width, self.bottom + FOOT, title, description, content, kind="cb-forest"
        )

    def _ground(self) -> Html:
        """The band of trivial effects, the line of no difference and that of the pooled effect."""
        top, parts = HEAD - 4, []
        if self.forest.band is not None:
            left, right = (self.axis.at(edge) for edge in self.forest.band)
            size = {"x": left, "y": top, "width": right - left, "height": self.bottom - top}
            parts.append(shape("rect", fill=GREY, fill_opacity="0.16", class_="cb-band", **size))
        null = self.axis.at(0)
        parts.append(line(null, top, null, self.bottom, class_="cb-null"))
        if self.forest.summary is not None and self.forest.summary.ends is not None:
            x = self.axis.at(self.forest.summary.ends[0])
            parts.append(line(x, top, x, self.bottom, stroke_dasharray="3 3", stroke_opacity="0.6"))
        return join(*parts)

    def _heads(self) -> Html:
        heads = [
            (0.0, self.forest.heading, "start"),
            (self.layout.effect_end, "Effect [95 % interval]", "end"),
        ]
        if self.forest.weighted and not self.layout.own_line:
            heads.append((self.layout.weight_end, "Weight", "end"))
        if self.forest.judged and not self.layout.own_line:
            heads.append((self.layout.letter_at, "Bias", "middle"))
        look = {"font_size": "12", "font_weight": "600"}
        return join(*(words(x, 13, head, text_anchor=anchor, **look) for x, head, anchor in heads))

    def _line(self, index: int, item: Line) -> Html:
        text_at, mark_at = self._heights(index)
        parts = [self._label(text_at, item.label), self._numbers(text_at, _effect(item, self.forest.scale))]
        if item.ends is not None:
            parts.append(self._marks(mark_at, item, *item.ends))
        if item.weight is not None and not self.layout.own_line:
            at, weight = self.layout.weight_end, f"{item.weight:.1f} %"
            parts.append(words(at, text_at, weight, text_anchor="end", font_size="12"))
        if item.judgement:
            parts.append(_judgement(self.layout.letter_at, mark_at, item.judgement))
        return join(*parts)

    def _heights(self, index: int) -> tuple[float, float]:
        """Base line of the text and middle of the marks of one row."""
        top = HEAD + index * self.layout.row
        return (top + 14, top + 29) if self.layout.own_line else (top + 17.5, top + 13)

    def _label(self, y: float, label: str, weight: str | None = None) -> Html:
        return words(0, y, shortened(label, self.layout.label_width), font_weight=weight)

    def _numbers(self, y: float, said: str, weight: str | None = None) -> Html:
        look = {"text_anchor": "end", "font_size": "12.5", "font_weight": weight}
        return words(self.layout.effect_end, y, said, **look)

    def _marks(self, y: float, item: Line, estimate: float, low: float, high: float) -> Html:
        parts = [self._interval(y, low, high)]
        if self.axis.covers(estimate):
            x = self.axis.at(estimate)
            side = 6 + 10 * math.sqrt((item.weight or 0) / self.largest) if self.largest else 8
            size = {"x": x - side / 2, "y": y - side / 2, "width": side, "height": side}
            parts.append(shape("rect", fill=BLUE, class_="cb-box", **size))
            ring = shape("circle", cx=x, cy=y, r=9, fill="none", stroke="currentColor")
            parts += [ring] if item.ringed else []
        return join(*parts)

    def _interval(self, y: float, low: float, high: float) -> Html:
        """The interval, with an arrow in place of each end that lies beyond the axis."""
        whole = line(self.axis.at(low), y, self.axis.at(high), y, stroke_width="1.4")
        return join(whole, self._end(y, low), self._end(y, high))

    def _end(self, y: float, value: float) -> Html:
        x = self.axis.at(value)
        if self.axis.covers(value):
            return line(x, y - 3.5, x, y + 3.5)
        out = 1 if value > self.axis.high else -1
        return polygon(
            [(x + 5 * out, y), (x - 3 * out, y - 4.5), (x - 3 * out, y + 4.5)], fill="currentColor"
        )

    def _summary(self, index: int, item: Line) -> Html:
        """The pooled effect as a diamond; where the axis cuts it, arrows say so."""
        text_at, mark_at = self._heights(index)
        said = _effect(item, self.forest.scale)
        parts = [self._label(text_at, item.label, "600"), self._numbers(text_at, said, "600")]
        if item.ends is not None:
            _, low, high = item.ends
            if not (self.axis.covers(low) and self.axis.covers(high)):
                parts.append(self._interval(mark_at, low, high))
            middle, left, right = (self.axis.at(end) for end in item.ends)
            points = [(left, mark_at), (middle, mark_at - 7), (right, mark_at), (middle, mark_at + 7)]
            parts.append(polygon(points, fill=VERMILLION, class_="cb-diamond"))
        return join(*parts)

    def _prediction(self, index: int, low: float, high: float) -> Html:
        text_at, mark_at = self._heights(index)
        said = f"[{self.forest.scale.interval(low, high)}]"
        parts = [self._label(text_at, "Prediction interval"), self._numbers(text_at, said)]
        if math.isfinite(low) and math.isfinite(high):
            parts.append(self._interval(mark_at, low, high))
        return join(*parts)

    def _foot(self) -> Html:
        return join(effect_axis(self.axis, self.bottom, self.forest.scale), self._sides(self.bottom + 38))

    def _sides(self, y: float) -> Html:
        """What the two directions mean, beside no difference, moved inwards where an edge is near."""
        if not (self.forest.less and self.forest.more):
            return join()
        less, more = f"← {self.forest.less}", f"{self.forest.more} →"
        middle, left, right = self.axis.at(0), 6.8 * len(less), 6.8 * len(more)
        if left + right + 10 > self.layout.width:
            return join()
        end = min(max(middle - 8, left), self.layout.width - right - 10)
        start = max(min(middle + 8, self.layout.width - right), end + 10)
        small = {"font_size": "12"}
        return join(words(end, y, less, text_anchor="end", **small), words(start, y, more, **small))


def limits(forest: Forest) -> tuple[float, float]:
    """The ends of the axis: the usual studies' intervals, and not much more for the sake of a few.

    The estimates (without outliers), no difference and the pooled effect set the middle part; intervals may
    reach beyond it by its own width or by that of a usual interval.
    """
    lines = [*forest.lines, *([forest.summary] if forest.summary else [])]
    drawn = [item.ends for item in lines if item.ends is not None]
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


def _effect(item: Line, scale: Scale) -> str:
    if item.y is None:
        return "not computed"
    if item.low is None or item.high is None:
        return scale.bare(item.y)
    width = scale.value(item.high) - scale.value(item.low)
    return f"{scale.bare(item.y, width)} [{scale.interval(item.low, item.high)}]"


def _judgement(x: float, y: float, judgement: str) -> Html:
    """A ring with the letter of the judgement; the colour says the same again."""
    colour, sign = TONE[tone(judgement)], letter(judgement)
    ring = shape("circle", cx=x, cy=y, r=9, fill=colour, fill_opacity="0.22", stroke=colour)
    size = "12" if len(sign) == 1 else "10"
    return join(ring, words(x, y + 4, sign, text_anchor="middle", font_size=size, font_weight="600"))


TONE = {"good": BLUE, "middle": ORANGE, "bad": VERMILLION, "unknown": GREY}
