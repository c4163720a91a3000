"""Pooling independent effects: `pool` and its result."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import inf, isinf, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, ndtr, ndtri, stdtr, stdtrit

from claimbook.synthesis.linear import Fit, fit
from claimbook.synthesis.model import Array


def quantile(level: float, df: float) -> float:
    """The two-sided critical value of t with df degrees of freedom, of the normal where df is infinite."""
    tail = 0.5 * (1 - level)
    return -float(ndtri(tail) if isinf(df) else stdtrit(df, tail))


def two_sided_p(statistic: float, df: float) -> float:
    return 2 * float(ndtr(-abs(statistic)) if isinf(df) else stdtr(df, -abs(statistic)))


@dataclass(frozen=True, eq=False)
class Pooled:
    """A pooled effect. p-values are two-sided, i2 in percent, weights sum to one; df is infinite for a normal interval."""

    estimate: float
    se: float
    df: float
    level: float
    k: int
    tau2: float
    q: float
    q_df: int
    i2: float
    h2: float
    weights: Array
    method: str
    interval: str
    fit: Fit | None = None

    @property
    def statistic(self) -> float:
        if self.se == 0:
            return inf * self.estimate if self.estimate else 0.0
        return self.estimate / self.se

    @property
    def p(self) -> float:
        return two_sided_p(self.statistic, self.df)

    @cached_property
    def _margin(self) -> float:
        return quantile(self.level, self.df) * self.se

    @property
    def low(self) -> float:
        return self.estimate - self._margin

    @property
    def high(self) -> float:
        return self.estimate + self._margin

    @property
    def q_p(self) -> float:
        return float(chdtrc(self.q_df, self.q)) if self.q_df else 1.0

    @cached_property
    def prediction(self) -> tuple[float, float]:
        """Where the true effect of a new study would lie: estimate -+ critical value * sqrt(se^2 + tau2)."""
        margin = quantile(self.level, self.df) * sqrt(self.se**2 + self.tau2)
        return self.estimate - margin, self.estimate + margin


def pool(
    y: ArrayLike,
    v: ArrayLike,
    tau2: str | float = "REML",
    interval: str = "HKSJ",
    level: float = 0.95,
    weights: ArrayLike | None = None,
) -> Pooled:
    """Pool effects y with sampling variances v (both of shape (k,)).

    tau2: a key of TAU2 ("EE" for equal effects) or a known value. interval: a key of INTERVALS. level: of every interval.
    weights: instead of 1/(v + tau2); used by GENQ and GENQM for tau2 too. ValueError on input without an answer,
    NonConvergence where an iteration ends without one.
    """
    f = fit(y, v, None, tau2, interval, level, weights)
    covariance, df = f.covariance_and_df
    w = f.at.w
    return Pooled(
        estimate=float(f.beta),
        se=sqrt(covariance),
        df=df,
        level=f.level,
        k=f.model.k,
        tau2=f.tau2,
        q=f.q,
        q_df=f.residual_df,
        i2=f.i2,
        h2=f.h2,
        weights=w / w.sum(),
        method=f.method,
        interval=interval,
        fit=f,
    )
