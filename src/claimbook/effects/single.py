"""One number for each group as it is printed: a percentage, or an estimate with its error."""

from __future__ import annotations

import numpy as np

from claimbook.effects.measure import Array, Columns, Form, Measure, Pair


def as_given(y: Array, v: Array) -> Pair:
    """GEN: an effect and its sampling variance, computed elsewhere."""
    return y, v


def _from_se(y: Array, se: Array) -> Columns:
    return {"y": y, "v": se**2}


def _from_percent_sd(n: Array, percent: Array, sd: Array) -> Columns:
    return {"y": percent, "v": sd**2 / n}


def _from_percent_se(percent: Array, se: Array, n: Array | None = None) -> Columns:
    return _from_se(percent, se)


SINGLE: dict[str, Measure] = {
    "GEN": Measure("effect as given", as_given, (Form(("y", "v")), Form(("y", "se"), _from_se)), "", "generic"),
    "PCT": Measure(
        "percent change of one group, as printed",
        as_given,
        (
            Form(("n", "percent", "sd"), _from_percent_sd),
            Form(("n", "percent", "se"), _from_percent_se),
            Form(("percent", "se"), _from_percent_se),
        ),
        "",
        "single",
    ),
}
