"""2x2 tables from margins and a statistic; effects from Wald intervals and tests; the delta method."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from claimbook.effects.given import ANALYSE, analysed, from_interval
from claimbook.effects.measure import Columns, Form
from claimbook.effects.recovered import Conversion
from claimbook.effects.special import Array, ndtri
from claimbook.effects.transforms import TRANSFORMS


def table_from_phi(n: Array, row: Array, column: Array, phi: Array) -> Columns:
    """Cells from phi = (n a - row column) / sqrt(row (n - row) column (n - column))."""
    spread = np.sqrt(row * (n - row) * column * (n - column))
    return _table((phi * spread + row * column) / n, n, row, column)


def table_from_chi_square(n: Array, row: Array, column: Array, chi_square: Array, yates: Any) -> Columns:
    """Cells from Pearson's chi-square with the sign of the association, Yates-corrected or not."""
    excess = np.sqrt(np.abs(chi_square) * row * (n - row) * column * (n - column) / n)
    excess = excess + np.where(yates == "yes", n / 2, 0.0)
    return _table((np.sign(chi_square) * excess + row * column) / n, n, row, column)


def table_from_odds_ratio(n: Array, row: Array, column: Array, odds_ratio: Array) -> Columns:
    """Cells from the odds ratio, the root of a quadratic in a that leaves no cell negative (Bonett 2007)."""
    slope = odds_ratio * (row + column) + n - row - column
    product = odds_ratio * row * column
    return _table(2 * product / (slope + np.sqrt(slope**2 + 4 * (1 - odds_ratio) * product)), n, row, column)


def _table(a: Array, n: Array, row: Array, column: Array) -> Columns:
    """The four whole cells around a; nan where one would be negative."""
    a = np.round(a)
    cells = np.array([a, row - a, column - a, n - row - column + a])
    cells = np.where(np.all(cells >= 0, axis=0), cells, np.nan)
    return dict(zip("abcd", cells, strict=True))


def effect_from_z(estimate: Array, z: Array, scale: Any) -> Columns:
    """``y`` on the analysis scale and ``v`` = (y / z)^2 of a Wald test.

    z = 0 tells nothing of v, nor does an effect that was rounded to none; both give nan.
    """
    y = analysed("estimate", estimate, scale)
    ratio = y / np.where(z == 0, np.nan, z)
    return {"y": y, "v": np.where(y == 0, np.nan, ratio) ** 2}


def effect_from_p(estimate: Array, p: Array, scale: Any) -> Columns:
    """The same from the two-sided p value of a Wald test."""
    return effect_from_z(estimate, ndtri(np.abs(p) / 2), scale)


def delta(y: Array, v: Array, transform: Any) -> Columns:
    """A transformed effect and its variance, the slope squared times v (the delta method)."""
    image, slope = np.full_like(y, np.nan), np.full_like(y, np.nan)
    for word in np.unique(transform):
        rows = transform == word
        image[rows], slope[rows] = TRANSFORMS[word](y[rows]), _slope(TRANSFORMS[word], y[rows])
    return {"y": image, "v": slope**2 * v}


def _slope(function: Callable[[Array], Array], x: Array) -> Array:
    """A central difference of fourth order, by the step that loses least.

    Near the end of a scale long steps leave it. The loss is judged by the change from the step before, and
    by the rounding of the function.
    """
    best, least, last = np.full_like(x, np.nan), np.full_like(x, np.inf), np.full_like(x, np.nan)
    rounding = np.finfo(float).eps * np.abs(function(x))
    for step in STEPS * np.maximum(np.abs(x), 1e-3):
        near, far = function(x + step) - function(x - step), function(x + 2 * step) - function(x - 2 * step)
        now = (8 * near - far) / (12 * step)
        loss = np.abs(now - last) + rounding / step
        best, least, last = np.where(loss < least, now, best), np.fmin(least, loss), now
    return best


STEPS = 10.0 ** -np.arange(2, 9)[:, None]
MARGINS = ("n", "row", "column")
COUNTS = dict.fromkeys(MARGINS, "count")
SCALES = {"scale": ("identity", *ANALYSE)}
PLAIN = ("", *(name for name, transform in TRANSFORMS.items() if not transform.more))
ROUNDED = "the margins are exact and the statistic is rounded by less than one person's worth"
WALD = "the interval or test is Wald's on the analysis scale"

RECONSTRUCTED: dict[str, Conversion] = {
    "table_from_phi": Conversion(
        "2x2 table from phi",
        Form((*MARGINS, "phi"), table_from_phi, {**COUNTS, "phi": "correlation"}),
        ROUNDED,
        "bonett2007",
    ),
    "table_from_chi_square": Conversion(
        "2x2 table from chi-square",
        Form((*MARGINS, "chi_square"), table_from_chi_square, COUNTS, words={"yates": ("yes", "no")}),
        ROUNDED,
        "bonett2007",
    ),
    "table_from_odds_ratio": Conversion(
        "2x2 table from an odds ratio",
        Form((*MARGINS, "odds_ratio"), table_from_odds_ratio, {**COUNTS, "odds_ratio": "positive"}),
        ROUNDED,
        "bonett2007",
    ),
    "effect_from_interval": Conversion(
        "effect from a Wald interval",
        Form(("estimate", "low", "high"), from_interval, optional={"level": 0.95}, words=SCALES),
        WALD,
    ),
    "effect_from_z": Conversion(
        "effect from a Wald z", Form(("estimate", "z"), effect_from_z, words=SCALES), WALD
    ),
    "effect_from_p": Conversion(
        "effect from the p value of a Wald test", Form(("estimate", "p"), effect_from_p, words=SCALES), WALD
    ),
    "delta": Conversion(
        "transformed effect by the delta method",
        Form(("y", "v"), delta, words={"transform": PLAIN}),
        "the transformation is close to a line over the standard error",
        "oehlert1992",
    ),
}
