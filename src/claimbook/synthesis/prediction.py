"""Prediction intervals: where the true effect of a new study would lie.

What to use when. The default of a fit ("fit") pairs its own standard error and degrees of freedom with tau2: under HKSJ this is "HK".
"HTS" is what Higgins, Thompson and Spiegelhalter proposed and reviews before 2020 report. With few studies all of these take the estimate of tau2 for
the truth; "Nagashima" does not, at the price of simulation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.special import chdtri

from claimbook.synthesis.intervals import INTERVALS, quantile
from claimbook.synthesis.linear import Fit
from claimbook.synthesis.model import Array
from claimbook.synthesis.quadratic import quadratic_form_tails
from claimbook.synthesis.tau2 import form_weights

Bounds = tuple[float, float]

DRAWS, SEED, KNOTS = 25_000, 20190601, 160


def of_fit(fit: Fit, level: float) -> Bounds:
    """The interval's own standard error and degrees of freedom."""
    return _interval(fit, fit.interval, fit.covariance_and_df[1], level)


def normal(fit: Fit, level: float) -> Bounds:
    """Wald standard error, normal quantile (Skipka 2006)."""
    return _interval(fit, "z", np.inf, level)


def veroniki(fit: Fit, level: float) -> Bounds:
    """Wald standard error, t with k - p degrees of freedom (Veroniki et al. 2019)."""
    return _interval(fit, "z", fit.residual_df, level)


def higgins_thompson_spiegelhalter(fit: Fit, level: float) -> Bounds:
    """Wald standard error, t with k - p - 1 degrees of freedom (Higgins, Thompson & Spiegelhalter 2009, eq. 12)."""
    return _interval(fit, "z", fit.residual_df - 1, level)


def hartung_knapp(fit: Fit, level: float) -> Bounds:
    """Hartung-Knapp standard error, t with k - p degrees of freedom."""
    return _interval(fit, "HKSJ", fit.residual_df, level)


def partlett_riley(fit: Fit, level: float) -> Bounds:
    """Hartung-Knapp standard error, t with k - p - 1 degrees of freedom (Partlett & Riley 2017, eq. 9)."""
    return _interval(fit, "HKSJ", fit.residual_df - 1, level)


def kenward_roger(fit: Fit, level: float) -> Bounds:
    """Kenward-Roger standard error and degrees of freedom."""
    return _interval(fit, "KR", INTERVALS["KR"].function(fit)[1], level)


def partlett_riley_kenward_roger(fit: Fit, level: float) -> Bounds:
    """Kenward-Roger standard error, one degree of freedom less (Partlett & Riley 2017, eq. 10)."""
    return _interval(fit, "KR", INTERVALS["KR"].function(fit)[1] - 1, level)


def _interval(fit: Fit, interval: str, df: float, level: float) -> Bounds:
    if df <= 0:
        raise ValueError(f"prediction interval: {fit.model.k} effects leave no degrees of freedom")
    margin = quantile(level, df) * sqrt(float(INTERVALS[interval].function(fit)[0]) + fit.tau2)
    return float(fit.beta) - margin, float(fit.beta) + margin


def nagashima(fit: Fit, level: float) -> Bounds:
    """A parametric bootstrap over the exact confidence distribution of tau2 (Nagashima, Noma & Furukawa 2019, algorithm 1).

    Each draw takes tau2 from that distribution, the mean and its Hartung-Knapp standard error at that tau2, and returns
    mean + z tau - t se. The draws are the same in every call.
    """
    m, rng = fit.model, np.random.default_rng(SEED)
    tau2 = _draw_tau2(fit, rng.uniform(size=DRAWS))
    knots, at = np.unique(tau2, return_inverse=True)
    a = m.at(knots[:, None])
    se = np.sqrt(a.q * a.inv / fit.residual_df)
    z, t = rng.standard_normal(DRAWS), rng.standard_t(fit.residual_df, DRAWS)
    effect = m.coefficients(a.beta[at] + z * np.sqrt(tau2) - t * se[at])
    low, high = np.quantile(effect, [0.5 * (1 - level), 0.5 * (1 + level)])
    return float(low), float(high)


def _draw_tau2(fit: Fit, u: Array) -> Array:
    """The tau2 under which the upper tail of Cochran's Q is u: interpolated between exact values."""
    m, a = fit.model, fit.model.fixed
    top = float(m.flat.q) / float(chdtri(fit.residual_df, 1 - 1e-4)) + 1
    knots = np.concatenate(([0.0], np.geomspace(1e-3, top, KNOTS)))
    q = float(a.q)
    upper = np.array([quadratic_form_tails(q, form_weights(m, a, t))[1] for t in knots])
    return np.interp(u, upper, knots)


@dataclass(frozen=True)
class Prediction:
    label: str
    function: Callable[[Fit, float], Bounds]
    cite: str


PREDICTION = {
    "fit": Prediction("As the fit's interval", of_fit, "higgins2009"),
    "S": Prediction("Wald, normal", normal, "skipka2006"),
    "V": Prediction("Wald, t(k-1)", veroniki, "veroniki2019"),
    "HTS": Prediction("Higgins-Thompson-Spiegelhalter", higgins_thompson_spiegelhalter, "higgins2009"),
    "HK": Prediction("Hartung-Knapp, t(k-1)", hartung_knapp, "partlett2017"),
    "HK-PR": Prediction("Hartung-Knapp, t(k-2)", partlett_riley, "partlett2017"),
    "KR": Prediction("Kenward-Roger", kenward_roger, "partlett2017"),
    "KR-PR": Prediction("Kenward-Roger, one df less", partlett_riley_kenward_roger, "partlett2017"),
    "Nagashima": Prediction("Nagashima-Noma-Furukawa bootstrap", nagashima, "nagashima2019"),
}
