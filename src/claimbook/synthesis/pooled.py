"""Pooling independent effects: `pool` and its result."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from claimbook.synthesis.intervals import Coefficient, shown_p
from claimbook.synthesis.linear import Fit, fit
from claimbook.synthesis.model import Array, check_level

if TYPE_CHECKING:
    import pandas as pd

Bounds = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Pooled(Coefficient):
    """A pooled effect.

    estimate, se, low, high, tau2, prediction: in the units of the effects. df: of the interval, infinite for
    a normal one. p: two-sided, against zero. q, q_df, q_p: Cochran's Q and its test. i2: in percent. weights:
    shares, summing to one. method, interval: keys of TAU2 and INTERVALS. fit: the fitted model, None where
    the result is not one.
    """

    k: int
    tau2: float
    q: float
    q_df: int
    i2: float
    h2: float
    weights: Array
    method: str
    interval: str
    fit: Fit | None = field(default=None, repr=False)

    @property
    def q_p(self) -> float:
        return float(chdtrc(self.q_df, self.q)) if self.q_df else 1.0

    @property
    def prediction(self) -> Bounds:
        """Where the true effect of a new study would lie: estimate -+ critical value * sqrt(se^2 + tau2)."""
        margin = self.critical * sqrt(self.se**2 + self.tau2)
        return self.estimate - margin, self.estimate + margin

    def prediction_interval(self, method: str = "fit", level: float | None = None) -> Bounds:
        """A prediction interval by a key of PREDICTION, at the fit's level unless told."""
        from claimbook.synthesis.prediction import PREDICTION

        if method not in PREDICTION:
            raise ValueError(
                f"prediction_interval method must be one of {', '.join(PREDICTION)}, got {method!r}"
            )
        low, high = PREDICTION[method].function(self.fitted, np.ones((1, 1)), self._level(level))
        return float(low[0]), float(high[0])

    @property
    def tau2_se(self) -> float:
        """Standard error of tau2, zero where tau2 was not estimated."""
        return self.fit.tau2_se if self.fit else 0.0

    def tau2_interval(self, method: str = "QP", level: float | None = None) -> Bounds:
        """A confidence interval for tau2 by a key of TAU2_INTERVALS, at the fit's level unless told."""
        from claimbook.synthesis.tau2_interval import tau2_interval

        return tau2_interval(self.fitted, method, self._level(level))

    def i2_interval(self, method: str = "QP", level: float | None = None) -> Bounds:
        """The interval for tau2 as shares of the total variance, in percent."""
        typical = self.fitted.typical_variance
        low, high = self.tau2_interval(method, level)
        return 100 * low / (low + typical), 100 * high / (high + typical)

    def blups(self) -> pd.DataFrame:
        """The studies' own true effects, shrunken towards the mean: estimate, se, low, high."""
        from claimbook.synthesis.blup import blups

        return blups(self.fitted)

    @property
    def fitted(self) -> Fit:
        """The fitted model. ValueError where the result is not one of a model."""
        if self.fit is None:
            raise ValueError(f"method {self.method!r} has no random-effects model behind it")
        return self.fit

    def _level(self, level: float | None) -> float:
        return self.level if level is None else check_level(level)

    def __str__(self) -> str:
        """Three lines for people, rounded to four digits."""
        low, high = self.prediction
        df = "" if self.df == inf else f" with {self.df:.4g} df"
        return (
            f"{self.estimate:.4g} ({100 * self.level:g} % interval {self.low:.4g} to {self.high:.4g}), "
            f"{shown_p(self.p)}; prediction {low:.4g} to {high:.4g}\n"
            f"k {self.k}; {self.method}, {self.interval} interval{df}\n"
            f"tau2 {self.tau2:.4g}, I2 {self.i2:.3g} %; "
            f"Q {self.q:.4g} with {self.q_df} df, {shown_p(self.q_p)}"
        )

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What a notebook shows."""
        printer.text(str(self))


def pool(
    y: ArrayLike,
    v: ArrayLike,
    tau2: str | float = "REML",
    interval: str = "HKSJ",
    level: float = 0.95,
    weights: ArrayLike | None = None,
) -> Pooled:
    """Pool effects y with sampling variances v (both of shape (k,)).

    tau2: a key of TAU2 ("EE" for equal effects) or a known value. interval: a key of INTERVALS. level: of
    every interval. weights: instead of 1/(v + tau2); used by GENQ and GENQM for tau2 too. ValueError on input
    without an answer, NonConvergence where an iteration ends without one.
    """
    f = fit(y, v, None, tau2, interval, level, weights)
    variance, df = f.covariance_and_df
    w = f.at.w
    return Pooled(
        estimate=float(f.beta),
        se=sqrt(variance),
        df=float(df),
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
