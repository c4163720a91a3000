"""Intervals and tests for coefficients: a covariance, and the distribution of a Wald statistic under it.

What to use when. HKSJ is the default: with few studies "z" covers far less than it says. HKSJ can be narrower
than "z" when the effects agree by chance, and has no width at all when they are identical; "HKSJ-adhoc"
forbids that. "KR" belongs to REML and corrects for the uncertainty of tau2 itself. Its degrees of freedom
take the unadjusted covariance, as Kenward and Roger do; the meta package takes the adjusted one, finds fewer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import inf, isinf
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import chdtrc, fdtrc, ndtr, ndtri, stdtr, stdtrit

from claimbook.synthesis.model import Array

if TYPE_CHECKING:
    from claimbook.synthesis.linear import Fit


def wald(fit: Fit) -> Any:
    """The model's own covariance (X'WX)^-1."""
    return fit.wald_unit


def hartung_knapp(fit: Fit) -> Any:
    """The covariance times s2 = sum(w r^2) / (k - p) (Hartung & Knapp 2001; Sidik & Jonkman 2002)."""
    return fit.residual_variance * fit.wald_unit


def hartung_knapp_adhoc(fit: Fit) -> Any:
    """Hartung-Knapp with s2 at least one (Knapp & Hartung 2003)."""
    return max(1.0, fit.residual_variance) * fit.wald_unit


def kenward_roger(fit: Fit) -> Any:
    """A + 2 W A (C - B A B) A, with the uncertainty of tau2 added (Kenward & Roger 1997).

    A = (X'WX)^-1, B = X'W^2X, C = X'W^3X, W the variance of tau2 from its expected information.
    """
    if fit.method != "REML" or fit.model.weights is not None:
        raise ValueError(f"interval='KR' belongs to tau2='REML' without weights, got tau2={fit.method!r}")
    m, a = fit.model, fit.at
    inner = m.gram(a.w**3) - m.product(m.product(m.gram(a.w**2), a.inv), m.gram(a.w**2))
    return a.inv + 2 * _tau2_variance(fit) * m.product(m.product(a.inv, inner), a.inv)


def normal(fit: Fit, contrasts: Array | None = None) -> tuple[float, float]:
    return 1.0, inf


def residual(fit: Fit, contrasts: Array | None = None) -> tuple[float, float]:
    """k - p degrees of freedom."""
    return 1.0, fit.residual_df


def kenward_roger_df(fit: Fit, contrasts: Array | None = None) -> tuple[float, float]:
    """Scale and denominator degrees of freedom of the F of l contrasts (Kenward & Roger 1997)."""
    m, inv = fit.model, fit.at.inv
    a, b = np.atleast_2d(inv), np.atleast_2d(m.product(m.product(inv, m.gram(fit.at.w**2)), inv))
    c = np.eye(m.p) if contrasts is None else contrasts @ m.root
    share = np.linalg.solve(c @ a @ c.T, c @ b @ c.T)
    variance, n = _tau2_variance(fit), len(c)
    a1, a2 = variance * float(np.trace(share)) ** 2, variance * float(np.trace(share @ share))
    g = ((n + 1) * a1 - (n + 4) * a2) / ((n + 2) * a2)
    c1, c2, c3 = (np.array([g, n - g, n + 2 - g]) / (3 * n + 2 * (1 - g))).tolist()
    big_b = (a1 + 6 * a2) / (2 * n)
    mean = 1 / (1 - a2 / n)
    var = 2 / n * (1 + c1 * big_b) / ((1 - c2 * big_b) ** 2 * (1 - c3 * big_b))
    df = 4 + (n + 2) / (n * var / (2 * mean**2) - 1)
    return df / (mean * (df - 2)), df


def _tau2_variance(fit: Fit) -> float:
    return 2 / float(fit.at.traces()[1])


def quantile(level: float, df: float) -> float:
    """The two-sided critical value of t with df degrees of freedom, of the normal where df is infinite."""
    tail = 0.5 * (1 - level)
    return -float(ndtri(tail) if isinf(df) else stdtrit(df, tail))


def shown_p(p: float) -> str:
    """A p value for people."""
    return "p < 0.0001" if p < 1e-4 else f"p {p:.2g}"


def two_sided_p(statistic: float, df: float) -> float:
    """The p of a t statistic with df degrees of freedom, of a normal one where df is infinite."""
    return 2 * float(ndtr(-abs(statistic)) if isinf(df) else stdtr(df, -abs(statistic)))


def wald_p(statistic: float, n: int, df: float) -> float:
    """The p of F(n, df), of chi2(n) where df is infinite."""
    return float(chdtrc(n, statistic) if isinf(df) else fdtrc(n, df, statistic))


@dataclass(frozen=True)
class Coefficient:
    """A coefficient with its interval; df is infinite for a normal one, p two-sided, against zero."""

    estimate: float
    se: float
    df: float
    level: float

    @property
    def statistic(self) -> float:
        if self.se == 0:
            return inf * self.estimate if self.estimate else 0.0
        return self.estimate / self.se

    @property
    def p(self) -> float:
        return two_sided_p(self.statistic, self.df)

    @cached_property
    def critical(self) -> float:
        """The two-sided critical value."""
        return quantile(self.level, self.df)

    @property
    def low(self) -> float:
        return self.estimate - self.critical * self.se

    @property
    def high(self) -> float:
        return self.estimate + self.critical * self.se


@dataclass(frozen=True)
class Interval:
    """covariance(fit): on the basis, at unit scale. df(fit, contrasts): scale and denominator df of an F."""

    label: str
    covariance: Callable[[Fit], Any]
    df: Callable[..., tuple[float, float]]
    cite: str


INTERVALS = {
    "z": Interval("Wald, normal", wald, normal, "dersimonian1986"),
    "t": Interval("Wald, t", wald, residual, "follmann1999"),
    "HKSJ": Interval("Hartung-Knapp-Sidik-Jonkman", hartung_knapp, residual, "hartung2001"),
    "HKSJ-adhoc": Interval(
        "Hartung-Knapp, never narrower than t", hartung_knapp_adhoc, residual, "knapp2003"
    ),
    "KR": Interval("Kenward-Roger", kenward_roger, kenward_roger_df, "kenward1997"),
}
