"""Intervals for the coefficients of a fit: a covariance and degrees of freedom each.

What to use when. HKSJ is the default: with few studies "z" covers far less than it says. HKSJ can be narrower than "z" when the effects agree
by chance; "HKSJ-adhoc" forbids that. "KR" belongs to REML and corrects for the uncertainty of tau2 itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isinf
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtr, ndtri, stdtr, stdtrit

if TYPE_CHECKING:
    from claimbook.synthesis.linear import Fit


def wald(fit: Fit) -> tuple[Any, float]:
    """The model's own covariance and the normal distribution."""
    return fit.wald_covariance, np.inf


def wald_t(fit: Fit) -> tuple[Any, float]:
    """The model's own covariance and t with k - p degrees of freedom (Follmann & Proschan 1999)."""
    return fit.wald_covariance, fit.residual_df


def hartung_knapp(fit: Fit) -> tuple[Any, float]:
    """The covariance times s2 = sum(w r^2) / (k - p), and t (Hartung & Knapp 2001; Sidik & Jonkman 2002; Knapp & Hartung 2003)."""
    return fit.residual_variance * fit.wald_covariance, fit.residual_df


def hartung_knapp_adhoc(fit: Fit) -> tuple[Any, float]:
    """Hartung-Knapp with s2 at least one (Knapp & Hartung 2003, p. 2704)."""
    return max(1.0, fit.residual_variance) * fit.wald_covariance, fit.residual_df


def kenward_roger(fit: Fit) -> tuple[Any, Any]:
    """Covariance with the uncertainty of tau2 added, and a df for each coefficient (Kenward & Roger 1997, eqs 3 and 7).

    With one variance parameter the scaled F of a single coefficient c is exactly t with 2 / (W (c'B c / c'A c)^2) degrees of freedom,
    A the covariance, B = A X'W^2 X A, W the variance of tau2 from its expected information.
    """
    m, a = fit.model, fit.model.at(fit.tau2_unit)
    if fit.method != "REML" or m.weights is not None:
        raise ValueError(f"interval='KR' belongs to tau2='REML' without weights, got tau2={fit.method!r}")
    variance = 2 / a.trace2()
    b = m.product(m.product(a.inv, m.gram(a.w**2)), a.inv)
    c = m.product(m.product(a.inv, m.gram(a.w**3)), a.inv)
    lost = m.product(m.product(b, m.gram(a.w)), b)
    covariance = m.covariance(a.inv + 2 * variance * (c - lost))
    share = m.diagonal(m.covariance(b)) / m.diagonal(m.covariance(a.inv))
    return covariance, 2 / (variance * share**2)


def quantile(level: float, df: float) -> float:
    """The two-sided critical value of t with df degrees of freedom, of the normal where df is infinite."""
    tail = 0.5 * (1 - level)
    return -float(ndtri(tail) if isinf(df) else stdtrit(df, tail))


def two_sided_p(statistic: float, df: float) -> float:
    return 2 * float(ndtr(-abs(statistic)) if isinf(df) else stdtr(df, -abs(statistic)))


@dataclass(frozen=True)
class Interval:
    label: str
    function: Callable[[Fit], tuple[Any, Any]]
    cite: str


INTERVALS = {
    "z": Interval("Wald, normal", wald, "dersimonian1986"),
    "t": Interval("Wald, t", wald_t, "follmann1999"),
    "HKSJ": Interval("Hartung-Knapp-Sidik-Jonkman", hartung_knapp, "hartung2001"),
    "HKSJ-adhoc": Interval("Hartung-Knapp, never narrower than t", hartung_knapp_adhoc, "knapp2003"),
    "KR": Interval("Kenward-Roger", kenward_roger, "kenward1997"),
}
