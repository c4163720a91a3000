"""Confidence intervals for tau2, at any level and for any design.

What to use when. QP is exact where the variances are known and is the default. BJ and J are exact too, with
other weights: J tends to be the shortest where heterogeneity is moderate. PL follows the likelihood that gave
the estimate. BT and HT are approximations that older reviews report.

Bounds are searched for without a limit; metafor's search ends at ten times a large tau2.

Where the effects are more alike than any tau2 >= 0 would have them, an exact interval is empty: it is given
as (0, 0).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np
from scipy.special import chdtri, gammainc, gammaincc, ndtri

from claimbook.synthesis.linear import Fit
from claimbook.synthesis.model import Moments
from claimbook.synthesis.tau2 import (
    TAU2,
    ml_log_likelihood,
    reml_log_likelihood,
    se_of_q,
    solve_q,
    solve_tail,
)

Bounds = tuple[float, float]


def tau2_interval(fit: Fit, method: str, level: float) -> Bounds:
    """The interval of a key of TAU2_INTERVALS, in the units of tau2."""
    if method not in TAU2_INTERVALS:
        raise ValueError(f"method must be one of {', '.join(TAU2_INTERVALS)}, got {method!r}")
    if not fit.residual_df:
        raise ValueError(f"tau2_interval needs at least {fit.model.p + 1} effects, got {fit.model.k}")
    low, high = TAU2_INTERVALS[method].function(fit, level)
    return low * fit.model.unit**2, high * fit.model.unit**2


def q_profile(fit: Fit, level: float) -> Bounds:
    """The tau2 at which Q(tau2) meets the quantiles of chi2(k - p) (Viechtbauer 2007)."""
    tail, df = 0.5 * (1 - level), fit.residual_df
    return solve_q(fit.model, float(chdtri(df, tail))), solve_q(fit.model, float(chdtri(df, 1 - tail)))


def biggerstaff_jackson(fit: Fit, level: float) -> Bounds:
    """The exact distribution of Cochran's Q (Biggerstaff & Jackson 2008)."""
    return _exact(fit, fit.model.fixed, level)


def jackson(fit: Fit, level: float) -> Bounds:
    """The exact distribution of Q at weights 1/sqrt(v) (Jackson 2013)."""
    return _exact(fit, Moments(fit.model, 1 / np.sqrt(fit.model.v)), level)


def generalised(fit: Fit, level: float) -> Bounds:
    """The exact distribution of Q at the user's weights (Jackson 2013)."""
    return _exact(fit, fit.model.user, level)


def _exact(fit: Fit, a: Moments, level: float) -> Bounds:
    tail = 0.5 * (1 - level)
    return solve_tail(fit.model, a, tail, lower=False), solve_tail(fit.model, a, tail, lower=True)


def biggerstaff_tweedie(fit: Fit, level: float) -> Bounds:
    """Cochran's Q as a gamma variable with its own mean and variance (Biggerstaff & Tweedie 1997)."""
    m, tail = fit.model, 0.5 * (1 - level)
    q, trace = fit.q, float(m.fixed.traces()[0])

    def gamma(tau2: float) -> tuple[float, float]:
        mean, sd = fit.residual_df + tau2 * trace, se_of_q(m, m.fixed, tau2)
        return (mean / sd) ** 2, q * mean / sd**2

    low = _falling_root(lambda tau2: tail - float(gammaincc(*gamma(tau2))))
    high = _falling_root(lambda tau2: float(gammainc(*gamma(tau2))) - tail)
    return low, high


def profile_likelihood(fit: Fit, level: float) -> Bounds:
    """Where twice the log-likelihood lies within chi2(1) of its maximum (Hardy & Thompson 1996).

    The restricted likelihood, unless the fit is ML.
    """
    m = fit.model
    method, likelihood = ("ML", ml_log_likelihood) if fit.method == "ML" else ("REML", reml_log_likelihood)
    top = TAU2[method].function(m)
    floor = float(likelihood(m.at(top))) - 0.5 * float(chdtri(1, 1 - level))

    def excess(tau2: float) -> float:
        return float(likelihood(m.at(tau2))) - floor

    low = 0.0 if excess(0.0) >= 0 else _root(excess, 0.0, top)
    return low, _falling_root(excess, top)


def higgins_thompson(fit: Fit, level: float) -> Bounds:
    """A test-based interval for log H (Higgins & Thompson 2002), at least zero."""
    q, k, df = fit.q, fit.model.k, fit.residual_df
    if q > k:
        se = 0.5 * (log(q) - log(df)) / (sqrt(2 * q) - sqrt(2 * df - 1))
    elif df > 1:
        se = sqrt(1 / (2 * (df - 1)) * (1 - 1 / (3 * (df - 1) ** 2)))
    else:
        raise ValueError(f"tau2_interval='HT' needs more effects where Q is small, got {k}")
    spread = exp(-2 * float(ndtri(0.5 * (1 - level))) * se)
    typical, h2 = fit.typical_variance / fit.model.unit**2, max(1.0, fit.h2)
    return max(0.0, typical * (h2 / spread - 1)), typical * (h2 * spread - 1)


def _falling_root(f: Callable[[float], float], low: float = 0.0) -> float:
    """The zero above `low` of a function that ends below zero; `low` where it starts there."""
    if f(low) <= 0:
        return low
    high = 2 * low + 1
    while f(high) > 0:
        high *= 4
    return _root(f, low, high)


def _root(f: Callable[[float], float], low: float, high: float) -> float:
    from scipy.optimize import brentq

    return float(brentq(f, low, high, xtol=1e-14, rtol=1e-14))


@dataclass(frozen=True)
class Tau2Interval:
    label: str
    function: Callable[[Fit, float], Bounds]
    cite: str


TAU2_INTERVALS = {
    "QP": Tau2Interval("Q-profile", q_profile, "viechtbauer2007"),
    "BJ": Tau2Interval("Biggerstaff-Jackson", biggerstaff_jackson, "biggerstaff2008"),
    "J": Tau2Interval("Jackson", jackson, "jackson2013"),
    "GENQ": Tau2Interval("Generalised Q, the fit's weights", generalised, "jackson2013"),
    "BT": Tau2Interval("Biggerstaff-Tweedie", biggerstaff_tweedie, "biggerstaff1997"),
    "PL": Tau2Interval("Profile likelihood", profile_likelihood, "hardy1996"),
    "HT": Tau2Interval("Higgins-Thompson", higgins_thompson, "higgins2002"),
}
