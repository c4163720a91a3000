"""The forest plot: one line a study, a box as large as its weight, the pooled diamond below.

Studies may stand in groups, each with a diamond of its own. One drawing for wide pages and one for phones,
where each study takes two lines. It holds for any number of
lines from 1 to some hundreds: an interval that leaves the axis ends in an arrow, a study whose own estimate
lies outside is an arrow alone, and its numbers stand beside it in any case.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from claimbook.book.lines import Forest, Line, limits
from claimbook.book.markup import Html, join, tag
from claimbook.book.svg import (
    BLUE,
    GREY,
    ORANGE,
    VERMILLION,
    Axis,
    coordinate,
    effect_axis,
    figure,
    line,
    polygon,
    shape,
    shortened,
    words,
)
from claimbook.book.words import Scale, letter, tone


def draw(forest: Forest, id: str, title: str, description: str) -> Html:
    """Both drawings; the stylesheet shows the one that fits. ``id`` must be unique on its page."""
    wide = _Drawing(forest, _wide(forest)).svg(f"{id}-wide", title, description)
    narrow = _Drawing(forest, _narrow(forest)).svg(f"{id}-narrow", title, description)
    return join(tag("div", wide, class_="cb-wide"), tag("div", narrow, class_="cb-narrow"))


def draw_narrow(forest: Forest, id: str, title: str, description: str) -> Html:
    """The drawing for phones alone, for figures that are no larger on a desk."""
    return _Drawing(forest, _narrow(forest)).svg(id, title, description)


def draw_file(forest: Forest, id: str, title: str, description: str) -> Html:
    """The wide drawing alone, as a file of its own."""
    return _Drawing(forest, _wide(forest)).svg(id, title, description)


@dataclass(frozen=True)
class Layout:
    """Where things stand, in user units. ``own_line``: the label stands above its marks, not beside them.

    With ``numbers_low`` the numbers stand beside the marks, and a label has the whole line.
    """

    width: float
    left: float
    right: float
    row: float
    label_width: float
    effect_end: float
    weight_end: float = math.nan
    letter_at: float = math.nan
    own_line: bool = False
    numbers_low: bool = False


WIDE = Layout(760, 212, 482, 27, 205, 652, 710, 744)
LABELS = Layout(760, 360, 580, 27, 356, 756)  # for lines without weights and judgements
NARROW = Layout(360, 8, 326, 44, 210, 360, letter_at=348, own_line=True)
LONG = Layout(360, 8, 190, 46, 356, 360, own_line=True, numbers_low=True)


def _wide(forest: Forest) -> Layout:
    return WIDE if forest.weighted or forest.judged else LABELS


def _narrow(forest: Forest) -> Layout:
    """The labels' own line where one of them would be cut beside the numbers."""
    cut = any(shortened(item.label, NARROW.label_width) != item.label for item in forest.lines)
    return LONG if cut and not forest.judged else NARROW


HEAD, FOOT = 26, 50


class _Drawing:
    """What looks alike is gathered in ``layers`` and has its look said once; ``path`` holds all intervals."""

    def __init__(self, forest: Forest, layout: Layout) -> None:
        self.forest, self.layout = forest, layout
        low, high = limits(forest)
        self.axis = Axis(low, high, layout.left, layout.right)
        self.largest = max((item.weight or 0 for item in forest.lines), default=0)
        self.rows = list(forest.rows)
        self.bottom = HEAD + len(self.rows) * layout.row + 4
        self.layers: dict[str, list[Html]] = {name: [] for name in LOOKS}
        self.path: list[str] = []

    def svg(self, id: str, title: str, description: str) -> Html:
        draw = {
            "name": self._name,
            "study": self._study,
            "summary": self._summary,
            "prediction": self._prediction,
        }
        for place, (kind, item) in enumerate(self.rows):
            draw[kind](item, *self._heights(place))
        bars = shape("path", d="".join(self.path), stroke="currentColor", stroke_width="1.4", fill="none")
        drawn = [shape("g", *parts, **LOOKS[name]) for name, parts in self.layers.items() if parts]
        content = [self._ground(), self._heads(), bars, *drawn, self._foot()]
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

    def _heights(self, place: int) -> tuple[float, float, float]:
        """Base line of the label, middle of the marks, and base line of the numbers of one row."""
        top = HEAD + place * self.layout.row
        if not self.layout.own_line:
            return top + 17.5, top + 13, top + 17.5
        return top + 14, top + 29, top + (33 if self.layout.numbers_low else 14)

    def _name(self, item: Line, text_at: float, mark_at: float, numbers_at: float) -> None:
        self.layers["strong label"].append(words(0, text_at, shortened(item.label, self.layout.right)))

    def _study(self, item: Line, text_at: float, mark_at: float, numbers_at: float) -> None:
        self._words(item, text_at, numbers_at, said(item, self.forest.scale))
        if item.ends is not None:
            estimate, low, high = item.ends
            self._interval(mark_at, low, high)
            if self.axis.covers(estimate):
                self._box(self.axis.at(estimate), mark_at, item)
        if item.weight is not None and not self.layout.own_line:
            self.layers["weight"].append(words(self.layout.weight_end, text_at, f"{item.weight:.1f} %"))
        if item.judgement:
            x = self.layout.letter_at
            self.layers[tone(item.judgement)].append(shape("circle", cx=x, cy=mark_at, r=9))
            self.layers["letter"].append(words(x, mark_at + 4, letter(item.judgement)))

    def _summary(self, item: Line, text_at: float, mark_at: float, numbers_at: float) -> None:
        """The pooled effect as a diamond; where the axis cuts it, arrows say so."""
        self._words(item, text_at, numbers_at, said(item, self.forest.scale), "strong ")
        if item.ends is not None:
            _, low, high = item.ends
            if not (self.axis.covers(low) and self.axis.covers(high)):
                self._interval(mark_at, low, high)
            middle, left, right = (self.axis.at(end) for end in item.ends)
            points = [(left, mark_at), (middle, mark_at - 7), (right, mark_at), (middle, mark_at + 7)]
            self.layers["diamond"].append(polygon(points))

    def _prediction(self, item: Line, text_at: float, mark_at: float, numbers_at: float) -> None:
        self._words(item, text_at, numbers_at, f"[{self.forest.scale.interval(item.low, item.high)}]")
        low, high = item.low, item.high
        if low is not None and high is not None and math.isfinite(low + high):
            self._interval(mark_at, low, high)

    def _words(self, item: Line, text_at: float, numbers_at: float, numbers: str, kind: str = "") -> None:
        label = words(0, text_at, shortened(item.label, self.layout.label_width))
        self.layers[f"{kind}label"].append(label)
        self.layers[f"{kind}numbers"].append(words(self.layout.effect_end, numbers_at, numbers))

    def _box(self, x: float, y: float, item: Line) -> None:
        side = 6 + 10 * math.sqrt((item.weight or 0) / self.largest) if self.largest else 8
        at = {"x": x - side / 2, "y": y - side / 2, "width": side, "height": side}
        self.layers["box"].append(shape("rect", **at))
        if item.ringed:
            self.layers["ring"].append(shape("circle", cx=x, cy=y, r=9))

    def _interval(self, y: float, low: float, high: float) -> None:
        """The interval, with an arrow in place of each end that lies beyond the axis."""
        left, right = (coordinate(self.axis.at(end)) for end in (low, high))
        self.path.append(f"M{left} {coordinate(y)}H{right}")
        for value in (low, high):
            x = self.axis.at(value)
            if self.axis.covers(value):
                self.path.append(f"M{coordinate(x)} {coordinate(y - 3.5)}v7")
            else:
                out = 1 if value > self.axis.high else -1
                corners = [(x + 5 * out, y), (x - 3 * out, y - 4.5), (x - 3 * out, y + 4.5)]
                self.layers["arrow"].append(polygon(corners))

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


def said(item: Line, scale: Scale) -> str:
    """``−0.33 [−0.52 to −0.13]``, or what stands in place of an effect."""
    if item.y is None:
        return item.note
    if item.low is None or item.high is None:
        return scale.bare(item.y)
    return f"{scale.within(item.low, item.high).bare(item.y)} [{scale.interval(item.low, item.high)}]"


TONE = {"good": BLUE, "middle": ORANGE, "bad": VERMILLION, "unknown": GREY}

LOOKS: dict[str, dict[str, str]] = {
    "label": {},
    "strong label": {"font_weight": "600"},
    "numbers": {"text_anchor": "end", "font_size": "12.5"},
    "strong numbers": {"text_anchor": "end", "font_size": "12.5", "font_weight": "600"},
    "weight": {"text_anchor": "end", "font_size": "12"},
    "arrow": {},
    "box": {"fill": BLUE, "class_": "cb-box"},
    "ring": {"fill": "none", "stroke": "currentColor"},
    "diamond": {"fill": VERMILLION, "class_": "cb-diamond"},
    **{name: {"fill": colour, "fill_opacity": "0.22", "stroke": colour} for name, colour in TONE.items()},
    "letter": {"text_anchor": "middle", "font_size": "11", "font_weight": "600"},
}
"""How the parts of a drawing look, from the ground to the top; judgements by the tone of their colour."""
