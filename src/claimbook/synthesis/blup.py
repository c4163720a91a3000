"""What the fit says about each study's own true effect: empirical Bayes shrinkage towards the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from claimbook.synthesis.intervals import quantile
from claimbook.synthesis.linear import Fit
from claimbook.synthesis.model import Array

if TYPE_CHECKING:
    import pandas as pd


def blups(fit: Fit) -> pd.DataFrame:
    """x b + s r with s = tau2 / (tau2 + v): estimate, se, low, high (Raudenbush & Bryk 1985)."""
    shrink, fitted, spread, v = _parts(fit)
    return _frame(fit, fitted + shrink * fit.residuals, shrink * v + (1 - shrink) ** 2 * spread)


def random_effects(fit: Fit) -> pd.DataFrame:
    """s r, the deviation from the model alone: columns estimate, se, low, high."""
    shrink, _, spread, _ = _parts(fit)
    return _frame(fit, shrink * fit.residuals, fit.tau2 * (1 - shrink) + shrink**2 * spread)


def _parts(fit: Fit) -> tuple[Array, Array, Array, Array]:
    v = fit.model.v * fit.model.unit**2
    x = fit.design
    return fit.tau2 / (fit.tau2 + v), x @ np.atleast_1d(fit.beta), fit.variances(x), v


def _frame(fit: Fit, estimate: Array, variance: Any) -> pd.DataFrame:
    import pandas as pd

    se = np.sqrt(variance)
    margin = quantile(fit.level, float(np.min(fit.covariance_and_df[1]))) * se
    return pd.DataFrame({"estimate": estimate, "se": se, "low": estimate - margin, "high": estimate + margin})
