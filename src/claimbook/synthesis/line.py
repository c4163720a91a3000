"""The weighted regression of effects on one predictor: tests read its slope, adjustments its intercept."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from claimbook.synthesis.intervals import INTERVALS, Coefficient
from claimbook.synthesis.linear import Fit, fit
from claimbook.synthesis.model import Array


@dataclass(frozen=True)
class Line:
    """y = intercept + slope x, with the residual heterogeneity tau2."""

    intercept: Coefficient
    slope: Coefficient
    tau2: float


def line(
    y: Array,
    v: Array,
    x: Array,
    tau2: str | float,
    interval: str,
    level: float,
    moderators: Array | None = None,
) -> Line:
    """Regress y (k,) on x (k,), and on ``moderators`` (k, m), at weights 1 / (v + tau2).

    Effects are taken relative to the most precise one, so that equal effects leave nothing but exact zeros.
    """
    others = [] if moderators is None else [moderators]
    names = [
        "intercept",
        "the predictor",
        *(f"moderator {i}" for i in range(sum(m.shape[1] for m in others))),
    ]
    centre = float(y[v.argmin()])
    design = np.column_stack([np.ones_like(x), x, *others])
    f = fit(y - centre, v, design, tau2, interval, level, names=names)
    return Line(_coefficient(f, 0, centre), _coefficient(f, 1, 0.0), f.tau2)


def _coefficient(f: Fit, at: int, shift: float) -> Coefficient:
    row = np.eye(f.model.p)[at : at + 1]
    df = INTERVALS[f.interval].df(f, row)[1]
    return Coefficient(float(f.beta[at]) + shift, sqrt(float(f.variances(row)[0])), float(df), f.level)
