"""Estimators of the between-study variance tau2, each for the general linear model.

What to use when. REML is the default: nearly unbiased, efficient, and defined for any design. PM (the same
root as EB, and as DL or SJ iterated to convergence) makes no likelihood assumption and is never far from it.
DL is what older reviews used. ML and HS are biased downwards, SJ upwards where heterogeneity is small. PMM
and GENQM are median-unbiased.

Every function takes a model at unit scale (see `model`) and returns tau2 at that scale, at least zero. The
true optimum is meant in every case:

* REML and ML: the likelihood can have several maxima. All of them lie between zero and the unweighted
residual sum of squares (beyond it every term of the score is negative), so the score is taken at zero and at
powers of two over that range, each fall through zero is refined by Newton steps inside its bracket, and the
highest maximum is kept. An iteration from one starting value, as packages use, finds the nearest maximum
only.
* PM, PMM: Q(tau2) falls strictly, and 1/Q(tau2) is concave, so Newton's method on it rises monotonically from
zero to the root, always.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import frexp
from typing import Any

import numpy as np
from scipy.special import chdtri

from claimbook.synthesis.model import Array, Forms, Linear, Moments, NonConvergence
from claimbook.synthesis.quadratic import quadratic_form_tails

STEPS = 200
SETTLED = 1e-7  # a Newton step of this relative size leaves an error of about its square
TINY = 1e-300
GRID = np.concatenate(([0.0], np.exp2(np.arange(-3.0, 1000.0))))


def equal_effects(m: Linear) -> float:
    """No between-study variance."""
    return 0.0


def generalised_q(m: Linear, a: Moments) -> float:
    """Moments with any weights: (Q_a - tr(P_a V)) / tr(P_a), floored at zero (DerSimonian & Kacker 2007)."""
    return max(0.0, float((a.q - a.traces(m.v)[0]) / a.traces()[0]))


def dersimonian_laird(m: Linear) -> float:
    """(Q - (k - p)) / tr(P) at w = 1/v, floored at zero (DerSimonian & Laird 1986, eq. 8)."""
    return max(0.0, float((m.equal.q - (m.k - m.p)) / m.equal.trace))


def hedges(m: Linear) -> float:
    """Unweighted residual variance less its sampling part, floored at zero (Hedges 1983)."""
    return generalised_q(m, m.flat)


def hunter_schmidt(m: Linear) -> float:
    """(Q - k) / sum(w), floored at zero (Hunter & Schmidt 2004)."""
    return max(0.0, float((m.fixed.q - m.k) / m.fixed.w.sum()))


def hunter_schmidt_small(m: Linear) -> float:
    """Hunter-Schmidt less its small-sample bias: (k / (k - p) Q - k) / sum(w), floored at zero."""
    return max(0.0, float((m.fixed.q * m.k / (m.k - m.p) - m.k) / m.fixed.w.sum()))


def sidik_jonkman(m: Linear) -> float:
    """t0 Q(t0) / (k - p) with the crude t0 = sum((y - mean)^2) / k, never zero (Sidik & Jonkman 2005)."""
    crude = crude_variance(m)
    return crude * float(m.at(crude).q) / (m.k - m.p)


def crude_variance(m: Linear) -> float:
    """Variance of the effects about their mean, whatever the moderators."""
    return float(np.var(m.y + m.x @ m.offset))


def paule_mandel(m: Linear) -> float:
    """The root of Q(tau2) = k - p, zero if there is none (Paule & Mandel 1982)."""
    return solve_q(m, m.k - m.p)


def paule_mandel_median(m: Linear) -> float:
    """The root of Q(tau2) = median of chi2(k - p): median-unbiased (Viechtbauer 2021)."""
    return solve_q(m, float(chdtri(m.k - m.p, 0.5)))


def solve_q(m: Linear, target: float) -> float:
    """The tau2 at which Q(tau2) = target, or zero where Q(0) is smaller."""
    tau2 = 0.0
    for _ in range(STEPS):
        forms = m.forms(tau2)
        q = float(forms.q)
        if q <= target:
            return tau2
        step = q * (q / target - 1) / float(forms.y_pp_y)
        tau2 += step
        if step <= SETTLED * tau2:
            return tau2
    raise NonConvergence(f"tau2 did not settle in {STEPS} steps: Q = {q}, target = {target}")


def restricted_maximum_likelihood(m: Linear) -> float:
    """The highest maximum of the restricted likelihood over tau2 >= 0 (Harville 1977; Viechtbauer 2005)."""
    return _highest(m, reml_log_likelihood, lambda f: f.trace, lambda f: f.trace2)


def maximum_likelihood(m: Linear) -> float:
    """The highest maximum of the profile likelihood over tau2 >= 0 (Hardy & Thompson 1996)."""
    return _highest(m, ml_log_likelihood, lambda f: f.total[0], lambda f: f.total[1])


def reml_log_likelihood(a: Moments) -> Any:
    """Up to a constant: (sum log w - log|X'WX| - Q) / 2."""
    return 0.5 * (np.log(a.w).sum(-1) - a.log_det - a.q)


def ml_log_likelihood(a: Moments) -> Any:
    """Up to a constant: (sum log w - Q) / 2."""
    return 0.5 * (np.log(a.w).sum(-1) - a.q)


Trace = Callable[[Forms], Any]


def _highest(m: Linear, likelihood: Callable[[Moments], Any], t1: Trace, t2: Trace) -> float:
    """The highest maximum of a likelihood with score (y'PPy - t1) / 2, where t1 has the derivative -t2.

    Solved as t1 / y'PPy = 1: that ratio is nearly a straight line in tau2 (exactly one where the variances
    are equal).
    """
    top = frexp(float(m.y @ m.y))[1]
    grid = GRID[: max(2, min(len(GRID), top + 5))]
    forms = m.forms(grid[:, None])
    excess = t1(forms) / np.maximum(forms.y_pp_y, TINY) - 1
    falls = np.flatnonzero((excess[:-1] < 0) & (excess[1:] >= 0))
    peaks = [_root(m, t1, t2, *grid[i : i + 2].tolist(), *excess[i : i + 2].tolist()) for i in falls.tolist()]
    if excess[0] >= 0:
        peaks.append(0.0)
    if len(peaks) == 1:
        return peaks[0]
    return max(peaks, key=lambda t: float(likelihood(m.at(t))))


def _root(m: Linear, t1: Trace, t2: Trace, low: float, high: float, at_low: float, at_high: float) -> float:
    """Where t1 / y'PPy rises through one: Newton from the chord, bisection where a step leaves it."""
    t = low - at_low * (high - low) / (at_high - at_low)
    for _ in range(STEPS):
        forms = m.forms(t)
        form = forms.y_pp_y
        share = t1(forms) / form
        slope = (2 * share * forms.y_ppp_y - t2(forms)) / form
        low, high = (t, high) if share < 1 else (low, t)
        new = float(t - (share - 1) / slope) if slope > 0 else high
        if abs(new - t) <= SETTLED * (t + 1):
            return new
        t = new if low < new < high else 0.5 * (low + high)
    raise NonConvergence(f"tau2 did not settle in {STEPS} steps between {low} and {high}")


def generalised_q_moment(m: Linear) -> float:
    """Method of moments with the user's weights."""
    return generalised_q(m, m.user)


def generalised_q_median(m: Linear) -> float:
    """The tau2 under which the observed Q_a is the median of its distribution (Viechtbauer 2021)."""
    return solve_tail(m, m.user, 0.5, lower=True)


def solve_tail(m: Linear, a: Moments, probability: float, lower: bool) -> float:
    """The tau2 at which the observed Q_a has this lower (or upper) tail probability, zero where it never has.

    The lower tail falls with tau2 and the upper tail rises, both without end.
    """
    from scipy.optimize import brentq

    q, side = float(a.q), 0 if lower else 1

    def excess(tau2: float) -> float:
        gap = quadratic_form_tails(q, form_weights(m, a, tau2))[side] - probability
        return gap if lower else -gap

    if q <= 0 or excess(0.0) <= 0:
        return 0.0
    high = max(1.0, float(m.flat.q))
    while excess(high) > 0:
        high *= 4
    return float(brentq(excess, 0.0, high, xtol=1e-14, rtol=1e-14))


def form_weights(m: Linear, a: Moments, tau2: float) -> Array:
    """The weights of the chi-squared variables that sum to Q_a: the positive eigenvalues of P_a(V + tau2)."""
    root = np.sqrt(m.v + tau2)
    return np.linalg.eigvalsh(a.matrix * root * root[:, None])[m.p :]


def se_reml(m: Linear, tau2: float) -> float:
    """From the expected information tr(PP) / 2."""
    return float(np.sqrt(2 / m.at(tau2).traces()[1]))


def se_ml(m: Linear, tau2: float) -> float:
    """From the expected information tr(WW) / 2."""
    w = m.at(tau2).w
    return float(np.sqrt(2 / (w @ w)))


def se_of_q(m: Linear, a: Moments, tau2: float) -> float:
    """Standard deviation of Q_a."""
    return float(np.sqrt(2 * a.traces(m.v + tau2)[1]))


def se_moment(a: Callable[[Linear], Moments]) -> Callable[[Linear, float], float]:
    """sd(Q_a) / tr(P_a), at the weights that `a` picks."""
    return lambda m, tau2: se_of_q(m, a(m), tau2) / float(a(m).traces()[0])


def se_hunter_schmidt(m: Linear, tau2: float) -> float:
    return se_of_q(m, m.fixed, tau2) / float(m.fixed.w.sum())


def se_hunter_schmidt_small(m: Linear, tau2: float) -> float:
    return se_hunter_schmidt(m, tau2) * m.k / (m.k - m.p)


def se_sidik_jonkman(m: Linear, tau2: float) -> float:
    crude = crude_variance(m)
    return crude / (m.k - m.p) * se_of_q(m, m.at(crude), tau2)


def se_empirical_bayes(m: Linear, tau2: float) -> float:
    """k sqrt(2 / (k - p)) / sum(w), from Morris's form of the equation."""
    return float(m.k * np.sqrt(2 / (m.k - m.p)) / m.at(tau2).w.sum())


def se_none(m: Linear, tau2: float) -> float:
    """tau2 is not estimated."""
    return 0.0


@dataclass(frozen=True)
class Estimator:
    label: str
    function: Callable[[Linear], float]
    se: Callable[[Linear, float], float]
    cite: str


TAU2 = {
    "EE": Estimator("Equal effects", equal_effects, se_none, "cochran1954"),
    "DL": Estimator("DerSimonian-Laird", dersimonian_laird, se_moment(lambda m: m.fixed), "dersimonian1986"),
    "HE": Estimator("Hedges", hedges, se_moment(lambda m: m.flat), "hedges1983"),
    "HS": Estimator("Hunter-Schmidt", hunter_schmidt, se_hunter_schmidt, "hunter2004"),
    "HSk": Estimator(
        "Hunter-Schmidt, small-sample", hunter_schmidt_small, se_hunter_schmidt_small, "brannick2019"
    ),
    "SJ": Estimator("Sidik-Jonkman", sidik_jonkman, se_sidik_jonkman, "sidik2005"),
    "ML": Estimator("Maximum likelihood", maximum_likelihood, se_ml, "hardy1996"),
    "REML": Estimator(
        "Restricted maximum likelihood", restricted_maximum_likelihood, se_reml, "viechtbauer2005"
    ),
    "EB": Estimator("Empirical Bayes", paule_mandel, se_empirical_bayes, "morris1983"),
    "PM": Estimator("Paule-Mandel", paule_mandel, se_empirical_bayes, "paule1982"),
    "PMM": Estimator(
        "Paule-Mandel, median-unbiased", paule_mandel_median, se_empirical_bayes, "viechtbauer2021"
    ),
    "GENQ": Estimator("Generalised Q", generalised_q_moment, se_moment(lambda m: m.user), "dersimonian2007"),
    "GENQM": Estimator(
        "Generalised Q, median-unbiased", generalised_q_median, se_moment(lambda m: m.user), "viechtbauer2021"
    ),
}
