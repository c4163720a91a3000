"""Small pieces that several families of measures use."""

from __future__ import annotations

from math import pi, sqrt

import numpy as np

from claimbook.effects.special import Array, hyp2f1, ndtri, poch, stdtrit


def hedges_j(m: Array) -> Array:
    """The exact small-sample correction of a standardised mean difference with m degrees of freedom.

    J(m) = gamma(m / 2) / (sqrt(m / 2) gamma((m - 1) / 2)) (Hedges 1981); nan for m <= 1, where
    it does not exist.
    """
    m = np.where(m > 1, m, np.nan)
    return poch((m - 1) / 2, 0.5) / np.sqrt(m / 2)


def root_mean_square(sd1: Array, sd2: Array) -> Array:
    """The root of the mean of two variances."""
    return np.hypot(sd1, sd2) / sqrt(2)


def unbiased_square(g: Array, j: Array, m: Array) -> Array:
    """The part of an unbiased variance of a standardised difference that grows with it (Hedges 1983)."""
    return (1 - (m - 2) / (m * j**2)) * g**2


def unbiased_correlation(r: Array, n: Array) -> Array:
    """The exact unbiased estimate of a correlation (Olkin & Pratt 1958, eq. 2.3); nan for n <= 4."""
    n = np.where(n > 4, n, np.nan)
    return r * hypergeometric(0.5, (n - 2) / 2, 1 - r**2)


def hypergeometric(a: float, c: Array, x: Array) -> Array:
    """Gauss's 2F1(a, a; c; x) for 0 <= x <= 1; its series where c is large, where scipy gives nan."""
    term = np.ones_like(x)
    total = np.ones_like(x)
    for k in range(150):
        term = term * (a + k) ** 2 / ((c + k) * (k + 1)) * x
        total = total + term
    return np.where(c > 20, total, hyp2f1(a, a, c, x))


def signed_t(p: Array, df: Array) -> Array:
    """Student's t of a two-sided p value, with the sign of p."""
    return -np.sign(p) * stdtrit(df, np.abs(p) / 2)


def weighted_mean(values: Array, weights: Array) -> Array:
    """The weighted mean over the rows where both are known, repeated for each row."""
    known = ~(np.isnan(values) | np.isnan(weights))
    return np.full_like(values, np.sum(values[known] * weights[known]) / np.sum(weights[known]))


def fisher_z(r: Array, v: Array) -> tuple[Array, Array]:
    """Fisher's z of a correlation and, by the delta method, its variance."""
    return np.arctanh(r), v / (1 - r**2) ** 2


def normal_density(x: Array) -> Array:
    density: Array = np.exp(-(x**2) / 2) / sqrt(2 * pi)
    return density


def probit(p: Array, n: Array) -> tuple[Array, Array]:
    """The normal quantile of a proportion and, by the delta method, its variance."""
    z = ndtri(p)
    return z, p * (1 - p) / (n * normal_density(z) ** 2)
