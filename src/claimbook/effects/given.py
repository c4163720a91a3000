"""Effects as they are printed: an estimate with its variance, standard error or interval; a percent change.

GEN, HR and HD take what was analysed elsewhere: ``y`` with ``v`` or ``se`` on the analysis scale (for HR the
log hazard ratio), or ``estimate``, ``low`` and ``high`` as printed. ``level`` is the interval's (0.95 unless
given) and ``scale`` that of the analysis, a word for all rows or one for each: with "log" a printed ratio
becomes a logarithm. PCT is the mean percent change of one group with its SD or SE.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from claimbook.effects.columns import complain
from claimbook.effects.measure import Columns, Form, Measure, Pair
from claimbook.effects.special import Array, ndtri
from claimbook.effects.transforms import TRANSFORMS


def as_given(y: Array, v: Array) -> Pair:
    """GEN, HR, HD, PCT: an effect and its sampling variance as they stand."""
    return y, v


def variance_of_interval(low: Array, high: Array, level: Array) -> Array:
    """The variance behind a normal interval: (width / 2 z)^2 (Higgins et al. 2019, 6.3.1)."""
    return ((high - low) / (2 * ndtri((1 + level) / 2))) ** 2


def from_interval(estimate: Array, low: Array, high: Array, level: Array, scale: Any) -> Columns:
    """``y`` and ``v`` on each row's analysis scale from an estimate and its interval as printed."""
    complain("low", low, low > high, "above high")
    complain("estimate", estimate, (estimate < low) | (estimate > high), "outside its interval")
    floor, ceiling = analysed("low", low, scale), analysed("high", high, scale)
    return {"y": analysed("estimate", estimate, scale), "v": variance_of_interval(floor, ceiling, level)}


def analysed(name: str, column: Array, scale: Any) -> Array:
    """A printed column on the analysis scale of each row; ValueError where it has no value there."""
    found = np.full_like(column, np.nan)
    for word in np.unique(scale):
        found[scale == word] = ANALYSE[word](column[scale == word])
        lost = (scale == word) & ~np.isnan(column) & ~np.isfinite(found)
        complain(name, column, lost, f"has no value on the {word} scale")
    return found


def _from_se(y: Array, se: Array) -> Columns:
    return {"y": y, "v": se**2}


def _percent_with_sd(n: Array, percent: Array, sd: Array) -> Columns:
    return {"y": percent, "v": sd**2 / n}


def _percent_with_se(percent: Array, se: Array, n: Array | None = None) -> Columns:
    return {"y": percent, "v": se**2}


ANALYSE: dict[str, Callable[[Any], Any]] = {
    "identity": lambda x: x,
    "log": TRANSFORMS["log"],
    "logit": TRANSFORMS["logit"],
    "z": TRANSFORMS["rtoz"],
}


def _forms(scale: str) -> tuple[Form, ...]:
    interval = Form(
        ("estimate", "low", "high"),
        from_interval,
        optional={"level": 0.95},
        words={"scale": (scale, *ANALYSE)},
    )
    return Form(("y", "v")), Form(("y", "se"), _from_se), interval


GIVEN: dict[str, Measure] = {
    "GEN": Measure("effect as given", as_given, _forms("identity"), "higgins2019", "given"),
    "HR": Measure("log hazard ratio", as_given, _forms("log"), "parmar1998", "given", "log"),
    "HD": Measure("hazard difference", as_given, _forms("identity"), "higgins2019", "given"),
    "PCT": Measure(
        "percent change of one group, as printed",
        as_given,
        (
            Form(("n", "percent", "sd"), _percent_with_sd),
            Form(("n", "percent", "se"), _percent_with_se),
            Form(("percent", "se"), _percent_with_se),
        ),
        "higgins2019",
        "given",
    ),
}
