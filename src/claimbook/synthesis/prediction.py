"""Prediction intervals: where the true effect of a new study would lie.

What to use when. The default of a fit ("fit") pairs its own standard error and degrees of freedom with tau2:
under HKSJ this is "HK", under "z" it is "S". "HTS" is what Higgins, Thompson and Spiegelhalter proposed and
older reviews report. With few studies all of these take the estimate of tau2 for the truth; "Nagashima" does
not, at the price of simulation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtri

from claimbook.synthesis.intervals import INTERVALS, quantile
from claimbook.synthesis.linear import Fit
from claimbook.synthesis.model import Array
from claimbook.synthesis.quadratic import quadratic_form_tails
from claimbook.synthesis.tau2 import form_weights

Bounds = tuple[Array, Array]
Method = Callable[[Fit, Array, float], Bounds]

DRAWS, SEED, KNOTS = 25_000, 20190601, 160


def of_fit(fit: Fit, rows: Array, level: float) -> Bounds:
    """The standard error and degrees of freedom of the fit's own interval."""
    return _shifted(fit.interval, 0)(fit, rows, level)


def _shifted(interval: str, lost: int) -> Method:
    """estimate -+ t sqrt(se^2 + tau2), se and df those of an interval, less `lost` degrees of freedom."""

    def method(fit: Fit, rows: Array, level: float) -> Bounds:
        variances = fit.variances(rows, INTERVALS[interval].covariance(fit))
        df = np.array([INTERVALS[interval].df(fit, row[None])[1] for row in rows]) - lost
        if df.min() <= 0:
            raise ValueError(
                f"prediction: {fit.model.k} effects leave no degrees of freedom for this interval"
            )
        critical = np.array([quantile(level, n) for n in df.tolist()])
        margin = critical * np.sqrt(variances + fit.tau2)
        centre = rows @ np.atleast_1d(fit.beta)
        return centre - margin, centre + margin

    return method


def nagashima(fit: Fit, rows: Array, level: float) -> Bounds:
    """A parametric bootstrap over the exact confidence distribution of tau2 (Nagashima, Noma & Furukawa
    2019).

    Each draw takes tau2 from that distribution, and from the fit at that tau2 estimate + z tau - t se with
    the Hartung-Knapp standard error. The draws are the same in every call.
    """
    m, rng = fit.model, np.random.default_rng(SEED)
    knots, upper = _confidence_distribution(fit)
    tau2 = np.interp(rng.uniform(size=DRAWS), upper, knots)
    z, t = rng.standard_normal(DRAWS), rng.standard_t(fit.residual_df, DRAWS)
    a = m.at(knots[:, None])
    means, inverses = np.reshape(a.beta, (-1, m.p)), np.reshape(a.inv, (-1, m.p, m.p))
    low, high = [], []
    for row in rows @ m.root:
        mean = np.interp(tau2, knots, means @ row)
        se = np.interp(tau2, knots, np.sqrt(a.q / fit.residual_df * (inverses @ row @ row)))
        bounds = np.quantile(mean + z * np.sqrt(tau2) - t * se, [0.5 * (1 - level), 0.5 * (1 + level)])
        low.append(m.unit * (bounds[0] + m.offset @ row))
        high.append(m.unit * (bounds[1] + m.offset @ row))
    return np.array(low), np.array(high)


def _confidence_distribution(fit: Fit) -> Bounds:
    """Values of tau2 and the exact upper tail of Cochran's Q under each."""
    m, a = fit.model, fit.model.fixed
    top = float(m.flat.q) / float(chdtri(fit.residual_df, 1 - 1e-4)) + 1
    knots = np.concatenate(([0.0], np.geomspace(1e-3, top, KNOTS)))
    return knots, np.array([quadratic_form_tails(float(a.q), form_weights(m, a, t))[1] for t in knots])


@dataclass(frozen=True)
class Prediction:
    """function(fit, rows, level): bounds for each row of an (n, p) design."""

    label: str
    function: Method
    cite: str


PREDICTION = {
    "fit": Prediction("As the fit's interval", of_fit, "higgins2009"),
    "S": Prediction("Wald, normal", _shifted("z", 0), "skipka2006"),
    "V": Prediction("Wald, t(k-1)", _shifted("t", 0), "veroniki2019"),
    "HTS": Prediction("Higgins-Thompson-Spiegelhalter, t(k-2)", _shifted("t", 1), "higgins2009"),
    "HK": Prediction("Hartung-Knapp, t(k-1)", _shifted("HKSJ", 0), "partlett2017"),
    "HK-PR": Prediction("Hartung-Knapp, t(k-2)", _shifted("HKSJ", 1), "partlett2017"),
    "KR": Prediction("Kenward-Roger", _shifted("KR", 0), "partlett2017"),
    "KR-PR": Prediction("Kenward-Roger, one df less", _shifted("KR", 1), "partlett2017"),
    "Nagashima": Prediction("Nagashima-Noma-Furukawa bootstrap", nagashima, "nagashima2019"),
}
