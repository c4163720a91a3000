"""Drawing without a plotting library: SVG elements as text, an axis with round ticks, and one look.

Figures are plain strings with real text in them. Colours are presentation attributes, ``currentColor`` for
ink, so a figure reads in light and dark pages and as a file of its own; the stylesheet refines them by class.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from claimbook.book.markup import Content, Html, join, tag
from claimbook.book.words import Scale

BLUE, ORANGE, VERMILLION, GREY = "#0072B2", "#E69F00", "#D55E00", "#7a7a7a"  # Okabe & Ito
FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"


def coordinate(value: float) -> str:
    """A length in user units, one decimal at most: the same input gives the same bytes."""
    shown = f"{value:.1f}".removesuffix(".0")
    return "0" if shown == "-0" else shown


def shape(name: str, *content: Content, **attributes: float | str | None) -> Html:
    """One element; numbers are coordinates, ``_`` in a name is ``-``."""
    given = {
        key: coordinate(value) if isinstance(value, int | float) else value
        for key, value in attributes.items()
    }
    return tag(name, *content, **given)


def words(x: float, y: float, label: str, **attributes: float | str | None) -> Html:
    return shape("text", label, x=x, y=y, **attributes)


def line(x1: float, y1: float, x2: float, y2: float, **attributes: float | str | None) -> Html:
    return shape("line", x1=x1, y1=y1, x2=x2, y2=y2, **{"stroke": "currentColor", **attributes})


def polygon(points: list[tuple[float, float]], **attributes: float | str | None) -> Html:
    at = " ".join(f"{coordinate(x)},{coordinate(y)}" for x, y in points)
    return shape("polygon", points=at, **attributes)


def figure(
    id: str, width: float, height: float, title: str, description: str, *content: Content, kind: str = ""
) -> Html:
    """The whole drawing: scales to the width it is given and says in words what it shows."""
    return tag(
        "svg",
        tag("title", title, id=f"{id}-title"),
        tag("desc", description, id=f"{id}-desc"),
        content,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {coordinate(width)} {coordinate(height)}",
        width=coordinate(width),
        height=coordinate(height),
        role="img",
        aria_labelledby=f"{id}-title {id}-desc",
        class_=f"cb-figure {kind}".strip(),
        fill="currentColor",
        font_family=FONT,
        font_size="13",
    )


def shortened(label: str, width: float, size: float = 13) -> str:
    """A label cut to about ``width`` units; the mean letter is taken as 0.56 of the font size."""
    room = max(4, int(width / (0.56 * size)))
    return label if len(label) <= room else label[: room - 1].rstrip() + "…"


@dataclass(frozen=True)
class Axis:
    """A linear map of values from ``low`` to ``high`` onto ``left`` to ``right``."""

    low: float
    high: float
    left: float
    right: float

    def at(self, value: float) -> float:
        inside = min(max(value, self.low), self.high)
        return self.left + (inside - self.low) / (self.high - self.low) * (self.right - self.left)

    def covers(self, value: float) -> bool:
        return self.low <= value <= self.high

    def ticks(self, wanted: int = 5) -> list[float]:
        """Round values (1, 2 or 5 times a power of ten apart), about as many as wanted."""
        return round_values(self.low, self.high, wanted)


def round_values(low: float, high: float, wanted: int) -> list[float]:
    rough = (high - low) / max(wanted, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= 0.999 * rough)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [index * step for index in range(first, last + 1)]


def round_ratios(low: float, high: float, wanted: int) -> list[float]:
    """Logarithms of round ratios between two logarithms; of equal steps where the range is wide."""
    for candidates in _RATIOS:
        inside = [math.log(ratio) for ratio in candidates if low <= math.log(ratio) <= high]
        if len(inside) <= wanted + 2:
            break
    return inside if 3 <= len(inside) <= wanted + 2 else round_values(low, high, wanted)


def _decades(*digits: float) -> list[float]:
    return [digit * 10.0**power for power in range(-6, 7) for digit in digits]


_RATIOS = (
    [0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3, 1.5, 1.75, 2],
    [0.25, 0.33, 0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 3, 4],
    _decades(1, 2, 5),
    _decades(1, 3),
    _decades(1),
)


def effect_axis(axis: Axis, y: float, scale: Scale) -> Html:
    """An axis of effects at height ``y``: its line, marks and numbers; a number without room is left out."""
    ticks = round_ratios(axis.low, axis.high, 5) if scale.log else axis.ticks()
    label = scale.tick(ticks)
    drawn, edge = [line(axis.left, y, axis.right, y)], -math.inf
    for value in ticks:
        x, mark = axis.at(value), label(value)
        drawn.append(line(x, y, x, y + 4))
        half = 0.3 * 12 * len(mark)
        if x - half > edge:
            drawn.append(words(x, y + 17, mark, text_anchor="middle", font_size="12"))
            edge = x + half + 4
    return join(*drawn)
