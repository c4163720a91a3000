"""Fitting a model: tau2, then coefficients, then their covariance.

Pooling and meta-regression are views of one `Fit`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log, pi
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from claimbook.problems import did_you_mean
from claimbook.synthesis.intervals import INTERVALS
from claimbook.synthesis.mean import mean_model
from claimbook.synthesis.model import (
    FARTHEST,
    Array,
    Linear,
    Moments,
    check_level,
    effects,
    linear_model,
    positive_weights,
)
from claimbook.synthesis.tau2 import TAU2


@dataclass(frozen=True, eq=False)
class Fit:
    """One fitted model. What ends in `_unit` is at the model's unit scale, all else in the effects' units."""

    model: Linear
    method: str
    interval: str
    level: float
    tau2_unit: float

    @cached_property
    def at(self) -> Moments:
        """Moments at the weights of the estimate: the user's, else 1/(v + tau2)."""
        return self.model.at(self.tau2_unit) if self.model.weights is None else self.model.user

    @property
    def tau2(self) -> float:
        return self.tau2_unit * self.model.unit * self.model.unit

    @property
    def residual_df(self) -> int:
        return self.model.k - self.model.p

    @cached_property
    def beta(self) -> Any:
        """Coefficients: (p,), or a number for a single mean."""
        return self.model.coefficients(self.at.beta)

    @property
    def residuals(self) -> Array:
        return self.at.r * self.model.unit

    @property
    def design(self) -> Array:
        """The (k, p) design."""
        return self.model.x @ self.model.back

    @cached_property
    def wald_unit(self) -> Any:
        """Covariance on the basis: (X'WX)^-1, or the sandwich of a user's weights and the variances."""
        m, inv = self.model, self.at.inv
        if m.weights is None:
            return inv
        return m.product(m.product(inv, m.gram(m.weights**2 * (m.v + self.tau2_unit))), inv)

    @cached_property
    def residual_variance(self) -> float:
        """sum((y - X beta)^2 / (v + tau2)) / (k - p): one where the model holds."""
        if self.model.weights is None:
            return float(self.at.q) / self.residual_df
        r = self.at.r
        return float(r @ (r / (self.model.v + self.tau2_unit))) / self.residual_df

    @cached_property
    def covariance_unit(self) -> Any:
        """Covariance on the basis, by the fit's interval."""
        return INTERVALS[self.interval].covariance(self)

    @property
    def covariance_and_df(self) -> tuple[Any, float]:
        """Covariance of the coefficients (a number for a single mean), and the df of a test of them all."""
        return self.model.covariance(self.covariance_unit), INTERVALS[self.interval].df(self)[1]

    def variances(self, rows: Array, covariance_unit: Any = None) -> Array:
        """Variance of the estimate at each row of an (n, p) design, by the fit's covariance or a given one.

        Taken on the basis, where moderators far from zero lose no digits.
        """
        basis = rows @ self.model.root
        a = np.atleast_2d(self.covariance_unit if covariance_unit is None else covariance_unit)
        return np.asarray(np.vecdot(basis @ a, basis) * self.model.unit**2)

    @cached_property
    def q(self) -> float:
        """Residual heterogeneity Q_E at w = 1/v."""
        return float(self.model.equal.q)

    @property
    def q_p(self) -> float:
        return float(chdtrc(self.residual_df, self.q)) if self.residual_df else 1.0

    @cached_property
    def typical_variance(self) -> float:
        """(k - p) / tr(P) at w = 1/v (Higgins & Thompson 2002)."""
        m = self.model
        return (m.k - m.p) / float(m.equal.trace) * m.unit * m.unit

    @cached_property
    def h2(self) -> float:
        """(tau2 + typical variance) / typical variance; under equal effects Q / (k - p), one where k = p."""
        if not self.residual_df:
            return 1.0
        return self.q / self.residual_df if self.method == "EE" else self.tau2 / self.typical_variance + 1

    @property
    def i2(self) -> float:
        """Share of the total variance that is heterogeneity, in percent."""
        return 100 * max(0.0, 1 - 1 / self.h2) if self.h2 > 0 else 0.0

    def log_likelihood(self, restricted: bool = True) -> float:
        """Log-likelihood at the fit's coefficients and tau2; restricted, that of the error contrasts."""
        m, w = self.model, self.model.at(self.tau2_unit)
        n = self.residual_df if restricted else m.k
        if not n:
            raise ValueError(f"restricted=True needs at least {m.p + 1} effects, got {m.k}")
        q = float(self.at.r @ (w.w * self.at.r))
        total = float(np.log(w.w).sum()) - q - n * log(2 * pi * m.unit * m.unit)
        return 0.5 * (total + (m.basis_log_det - float(w.log_det) if restricted else 0.0))

    @property
    def parameters(self) -> int:
        """How many the likelihood has: the coefficients, and tau2 where it was estimated."""
        return self.model.p + (self.method not in ("EE", "given"))

    def information(self, restricted: bool = True) -> dict[str, float]:
        """Log-likelihood, AIC, BIC and small-sample AIC, counting the coefficients and an estimated tau2."""
        ll = self.log_likelihood(restricted)
        parameters = self.parameters
        n = self.residual_df if restricted else self.model.k
        small = max(n, parameters + 2)
        return {
            "log_likelihood": ll,
            "aic": 2 * parameters - 2 * ll,
            "bic": parameters * log(n) - 2 * ll,
            "aicc": 2 * parameters * small / (small - parameters - 1) - 2 * ll,
        }

    @property
    def tau2_se(self) -> float:
        """Standard error of tau2; zero where it was not estimated."""
        if self.method in ("EE", "given"):
            return 0.0
        m = self.model
        return TAU2[self.method].se(m, self.tau2_unit) * m.unit * m.unit


def fit(
    y: ArrayLike,
    v: ArrayLike,
    design: ArrayLike | None = None,
    tau2: str | float = "REML",
    interval: str = "HKSJ",
    level: float = 0.95,
    weights: ArrayLike | None = None,
    names: Sequence[str] | None = None,
) -> Fit:
    """Fit y (k,) with variances v (k,) on a (k, p) design; without one, a single mean.

    tau2 is a key of TAU2 or a value at least zero, interval a key of INTERVALS. ValueError on input that has
    no answer.
    """
    y, v = effects(y, v)
    if interval not in INTERVALS:
        hint = did_you_mean(str(interval), INTERVALS)
        raise ValueError(f"interval must be one of {', '.join(INTERVALS)}, got {interval!r}{hint}")
    w = None if weights is None else positive_weights(weights, len(y))
    m = mean_model(y, v, w) if design is None else linear_model(y, v, _design(design, len(y)), names, w)
    method, tau2_unit = _tau2(m, tau2, interval)
    return Fit(m, method, interval, check_level(level), tau2_unit)


def _tau2(m: Linear, tau2: str | float, interval: str) -> tuple[str, float]:
    if not np.abs(m.y).max() < FARTHEST:
        raise ValueError(
            f"y and v: effects more than {FARTHEST:g} standard errors apart cannot be weighed together"
        )
    if isinstance(tau2, (int, float, np.number)):
        if not 0 <= tau2 < np.inf:
            raise ValueError(f"tau2 must be at least 0 and finite, got {tau2!r}")
        method, value = "given", float(tau2) / m.unit / m.unit
    elif tau2 not in TAU2:
        hint = did_you_mean(str(tau2), TAU2)
        raise ValueError(f"tau2 must be a number or one of {', '.join(TAU2)}, got {tau2!r}{hint}")
    elif m.k <= m.p and tau2 != "EE":
        raise _too_few(m, f"tau2={tau2!r}", "tau2='EE' with interval='z'")
    else:
        method, value = tau2, TAU2[tau2].function(m)
    if m.k <= m.p and interval != "z":
        raise _too_few(m, f"interval={interval!r}", "interval='z'")
    return method, value


def _too_few(m: Linear, asked: str, instead: str) -> ValueError:
    return ValueError(f"{asked} needs at least {m.p + 1} effects, got {m.k}: {instead} needs none")


def _design(design: ArrayLike, k: int) -> Array:
    x = np.asarray(design, dtype=float)
    if x.ndim != 2 or len(x) != k or not 0 < x.shape[1] <= k:
        raise ValueError(
            f"design must have a row for each of {k} effects and at most as many columns, got shape {x.shape}"
        )
    if not np.isfinite(x).all():
        raise ValueError("design must be finite, got a missing or infinite value")
    return x
