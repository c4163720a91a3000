"""The contour-enhanced funnel plot: large studies above, small ones below, and zones about no difference.

The zones are not drawn around the pooled effect (Peters et al. 2008, ``peters2008``): an empty corner in the
lightest zone hints at results that were never published, an empty corner elsewhere at something else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from claimbook.book.markup import Html, join
from claimbook.book.svg import BLUE, GREY, Axis, effect_axis, figure, line, polygon, shape, words
from claimbook.book.words import Scale

# Standard errors from no difference (two-sided 10, 5 and 1 %) and the opacity of what lies beyond.
ZONES = ((1.645, "0.10"), (1.960, "0.16"), (2.576, "0.22"))
LEFT, RIGHT, TOP, BOTTOM, WIDTH, HEIGHT = 44, 352, 10, 250, 360, 300


@dataclass(frozen=True)
class Funnel:
    """Effects ``y`` with standard errors ``se`` on the analysis scale, and the pooled effect."""

    y: Sequence[float]
    se: Sequence[float]
    pooled: float
    scale: Scale


def draw(funnel: Funnel, id: str, title: str, description: str) -> Html:
    largest = 1.08 * max(funnel.se)
    reach = 1.05 * max(2.8 * largest, *(abs(y) for y in funnel.y))
    across, down = Axis(-reach, reach, LEFT, RIGHT), Axis(0, largest, TOP, BOTTOM)
    content = [_zones(across, down), _lines(funnel, across, down), _studies(funnel, across, down)]
    content.append(_axes(funnel, across, down))
    return figure(id, WIDTH, HEIGHT, title, description, content, kind="cb-funnel")


def _zones(across: Axis, down: Axis) -> Html:
    """What lies beyond each contour, on both sides; zones lie on top of one another and so grow darker."""
    drawn = [
        polygon(_beyond(z, side, across, down), fill=GREY, fill_opacity=opacity)
        for z, opacity in ZONES
        for side in (-1, 1)
    ]
    return join(*drawn)


def _beyond(z: float, side: int, across: Axis, down: Axis) -> list[tuple[float, float]]:
    """The region where the effect is more than z standard errors from no difference, inside the plot."""
    edge = min(down.high, across.high / z)
    corners = [(0.0, 0.0), (z * edge, edge), (across.high, edge), (across.high, 0.0)]
    return [(across.at(side * x), down.at(se)) for x, se in corners]


def _lines(funnel: Funnel, across: Axis, down: Axis) -> Html:
    x = across.at(funnel.pooled)
    null = line(across.at(0), TOP, across.at(0), BOTTOM, class_="cb-null", stroke_opacity="0.7")
    return join(null, line(x, TOP, x, BOTTOM, stroke_dasharray="4 3"))


def _studies(funnel: Funnel, across: Axis, down: Axis) -> Html:
    return join(*(_dot(across.at(y), down.at(se)) for y, se in zip(funnel.y, funnel.se, strict=True)))


def _dot(x: float, y: float) -> Html:
    return shape("circle", cx=x, cy=y, r=4, fill=BLUE, stroke="currentColor", class_="cb-box")


def _axes(funnel: Funnel, across: Axis, down: Axis) -> Html:
    label = Scale("standard error").tick(down.ticks(4))
    y = [_tick(down.at(se), label(se)) for se in down.ticks(4)]
    frame = line(LEFT, TOP, LEFT, BOTTOM)
    named = f"Effect,{funnel.scale.unit}" if funnel.scale.unit else "Effect"
    name = words((LEFT + RIGHT) / 2, HEIGHT - 8, named, text_anchor="middle", font_size="12")
    turned = f"translate(12 {(TOP + BOTTOM) // 2}) rotate(-90)"
    side = words(0, 0, "Standard error", transform=turned, text_anchor="middle", font_size="12")
    return join(frame, effect_axis(across, BOTTOM, funnel.scale), *y, name, side)


def _tick(y: float, label: str) -> Html:
    mark = line(LEFT - 4, y, LEFT, y)
    return join(mark, words(LEFT - 7, y + 4, label, text_anchor="end", font_size="11"))
