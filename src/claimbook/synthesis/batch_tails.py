"""Tails of chi2 and t at many points with few distinct, whole degrees of freedom.

For whole degrees of freedom both distributions are finite sums of elementary functions (Abramowitz &
Stegun 1964, eqs 26.4.4, 26.4.5, 26.7.3 and 26.7.4), over an array ten times as fast as the incomplete
gamma and beta functions. Those of scipy are taken where the sums grow long, and where the tail of t is
so small that one minus the sum would lose digits.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import chdtrc, erfc, ndtr, ndtri, stdtr, stdtrit

from claimbook.synthesis.batch_model import Array

LONGEST = 60  # degrees of freedom
SMALL = 1e-4  # of both tails of t: the rounding of the sum is then about 1e-12 of them


def chi2_tail(q: Array, df: Array) -> Array:
    """P(chi2 > q); one where there is no degree of freedom, NaN where df is."""
    return _by_df(_chi2_tail, q, df)


def t_tails(t: Array, df: Array) -> Array:
    """P(|T| > |t|), of the normal where df is infinite, NaN where it is."""
    return _by_df(_t_tails, t, df)


def t_quantiles(level: float, df: Array) -> Array:
    """What |T| exceeds with probability 1 - level, of the normal where df is infinite, NaN where it is."""

    def quantile(x: Array, n: float) -> Array:
        tail = 0.5 * (1 - level)
        return np.full_like(x, -(stdtrit(n, tail) if n < np.inf else ndtri(tail)))

    return _by_df(quantile, df, df)


def _by_df(function: Callable[[Array, float], Array], x: Array, df: Array) -> Array:
    """function(x, df), called once for each distinct df."""
    values = np.full_like(x, np.nan)
    left = np.flatnonzero(~np.isnan(df))
    with np.errstate(all="ignore"):
        if len(df) and (df == df[0]).all():
            return function(x, float(df[0]))
        while len(left):
            same = df[left] == df[left[0]]
            here, left = left[same], left[~same]
            values[here] = function(x[here], float(df[here[0]]))
    return values


def _chi2_tail(q: Array, df: float) -> Array:
    if df > LONGEST:
        return np.asarray(chdtrc(df, q))
    if df == 0:
        return np.ones_like(q)
    x = np.minimum(0.5 * q, 1000.0)  # exp(-1000) is zero, and the powers stay finite
    odd = int(df) % 2
    total = np.zeros_like(x)
    for j in range(int(df) // 2, 0, -1):
        total *= x
        total *= 1 / (j + 0.5 * odd)
        total += 1
    total *= np.exp(-x)
    if odd:
        total *= np.sqrt(x) * (2 / np.sqrt(np.pi))
        total += erfc(np.sqrt(x))
    return total


def _t_tails(t: Array, df: float) -> Array:
    if not 0 < df <= LONGEST:
        return np.asarray(2 * (stdtr(df, -np.abs(t)) if df < np.inf else ndtr(-np.abs(t))))
    odd = int(df) % 2
    cos2 = df / (df + t * t)
    total = np.zeros_like(t)
    for j in range((int(df) - odd) // 2, 0, -1):
        total *= cos2
        total *= (2 * j - 1 + odd) / (2 * j + odd)
        total += 1
    total *= np.abs(t) * np.sqrt(cos2 / df)
    if odd:
        total = (np.arctan(np.abs(t) / np.sqrt(df)) + total * np.sqrt(cos2)) * (2 / np.pi)
    tails = 1 - total
    small = np.flatnonzero(~(tails > SMALL))
    tails[small] = 2 * stdtr(df, -np.abs(t[small]))
    return tails
