"""Small pieces that several families of measures use."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln, hyp2f1, stdtrit

from claimbook.effects.measure import Array


def hedges_j(m: Array) -> Array:
    """The exact small-sample correction of a standardised mean difference with m degrees of freedom.

    J(m) = gamma(m / 2) / (sqrt(m / 2) gamma((m - 1) / 2)) (Hedges 1981, eq. 6e); nan for m <= 1, where
    it does not exist.
    """
    m = np.where(m > 1, m, np.nan)
    return np.exp(gammaln(m / 2) - gammaln((m - 1) / 2)) / np.sqrt(m / 2)


def signed_t(p: Array, df: Array) -> Array:
    """Student's t of a two-sided p value, with the sign of p."""
    return -np.sign(p) * stdtrit(df, np.abs(p) / 2)


def weighted_mean(values: Array, weights: Array) -> Array:
    """The weighted mean over the rows where both are known, repeated for each row."""
    known = ~(np.isnan(values) | np.isnan(weights))
    total = np.sum(values[known] * weights[known]) / np.sum(weights[known])
    return np.full_like(values, total)


def unbiased_correlation(r: Array, n: Array) -> Array:
    """The exact unbiased estimate of a correlation (Olkin & Pratt 1958, eq. 2.3); nan for n <= 4."""
    n = np.where(n > 4, n, np.nan)
    return r * hyp2f1(0.5, 0.5, (n - 2) / 2, 1 - r**2)
