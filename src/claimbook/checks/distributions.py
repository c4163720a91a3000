"""Tail probabilities in plain arithmetic, so that checking a library need not load scipy.

Relative error below 1e-9 over the range that printed statistics have (see ``tests/test_checks_numbers.py``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from statistics import NormalDist

_NORMAL = NormalDist()
_TINY = 1e-300
LARGE = 1e5  # degrees of freedom from which the limiting distribution is as good


def normal_p(z: float) -> float:
    """Two-sided p of a standard normal deviate."""
    return math.erfc(abs(z) / math.sqrt(2))


def normal_quantile(probability: float) -> float:
    return _NORMAL.inv_cdf(probability)


def normal_cdf(z: float) -> float:
    return _NORMAL.cdf(z)


def t_p(t: float, df: float) -> float:
    """Two-sided p of Student's t; an infinite ``df`` gives the normal."""
    if df > LARGE:
        return normal_p(t)
    return 1.0 if t == 0 else beta_regularised(df / 2, 0.5, 1 / (1 + t / df * t))


def t_critical(df: float, level: float) -> float:
    """The two-sided critical value of Student's t, by bisection."""
    if math.isinf(df):
        return normal_quantile(0.5 + level / 2)
    low, high = 0.0, 1.0
    while t_p(high, df) > 1 - level:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if t_p(middle, df) > 1 - level else (low, middle)
    return high


def f_p(f: float, df1: float, df2: float) -> float:
    """Upper tail of Fisher's F."""
    df1, df2 = min(df1, LARGE), min(df2, LARGE)
    return 1.0 if f <= 0 else beta_regularised(df2 / 2, df1 / 2, 1 / (1 + df1 / df2 * f))


def chi2_p(x: float, df: float) -> float:
    """Upper tail of chi-square: 1 - P(df/2, x/2)."""
    if df > LARGE:
        return normal_cdf(-_wilson_hilferty(x, df))
    return 1.0 if x <= 0 else 1 - gamma_lower(df / 2, x / 2) if x < df + 2 else gamma_upper(df / 2, x / 2)


def chi2_cdf(x: float, df: float) -> float:
    """Lower tail of chi-square."""
    if df > LARGE:
        return normal_cdf(_wilson_hilferty(x, df))
    return 0.0 if x <= 0 else gamma_lower(df / 2, x / 2) if x < df + 2 else 1 - gamma_upper(df / 2, x / 2)


def _wilson_hilferty(x: float, df: float) -> float:
    """The standard normal deviate of a chi-square with many degrees of freedom (Wilson & Hilferty 1931)."""
    df = min(df, 1e12)
    return (math.cbrt(max(x, 0.0) / df) - 1 + 2 / (9 * df)) / math.sqrt(2 / (9 * df))


def beta_regularised(a: float, b: float, x: float) -> float:
    """I_x(a, b) by its continued fraction (DLMF 8.17.22), on the side where that converges fast."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_regularised(b, a, 1 - x)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)

    def terms() -> Iterator[float]:
        m = 0
        while True:
            yield -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
            m += 1
            yield m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))

    return math.exp(log_front) / a * _fraction(terms(), lambda _: 1.0)


def gamma_lower(a: float, x: float) -> float:
    """P(a, x) by its series (DLMF 8.11.4)."""
    term = total = 1 / a
    n = 0
    while term > total * 1e-17:
        n += 1
        term *= x / (a + n)
        total += term
    return total * math.exp(-x + a * math.log(x) - math.lgamma(a))


def gamma_upper(a: float, x: float) -> float:
    """Q(a, x) by its continued fraction (DLMF 8.9.2, contracted)."""

    def terms() -> Iterator[float]:
        m = 0
        while True:
            m += 1
            yield -m * (m - a)

    front = math.exp(-x + a * math.log(x) - math.lgamma(a))
    return front * _fraction(terms(), lambda m: x - a + 1 + 2 * m)


def _fraction(numerators: Iterator[float], denominator: Callable[[int], float]) -> float:
    """1 / (d0 + n1 / (d1 + n2 / (d2 + ...))) by the modified Lentz method (Thompson & Barnett 1986)."""
    value = c = denominator(0) or _TINY
    d = 0.0
    for m, numerator in enumerate(numerators, 1):
        d = 1 / ((denominator(m) + numerator * d) or _TINY)
        c = (denominator(m) + numerator / c) or _TINY
        value *= c * d
        if abs(c * d - 1) < 1e-15 or m > 10_000:
            break
    return 1 / value
