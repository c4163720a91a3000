"""Estimators of the between-study variance tau2, each for the general linear model.

What to use when. REML is the default: nearly unbiased, efficient, and defined for any design. PM (the same root as EB, and as DL or SJ
iterated to convergence) makes no likelihood assumption and is never far from it. DL is what older reviews used. ML and HS are biased
downwards, SJ upwards where heterogeneity is small. PMM and GENQM are median-unbiased.

Every function takes a model at unit scale (see `model`) and returns tau2 at that scale, at least zero. The true optimum is meant in every case:

* REML and ML: the likelihood can have several maxima. Every stationary point lies in [0, RSS], RSS the unweighted residual sum of squares
  (each term of the score turns negative before its own squared contrast), so the score is taken on a geometric grid over that range, each
  fall through zero is refined by Newton steps inside its bracket, and the highest maximum is kept. An iteration from one starting value, as
  packages use, finds the nearest maximum only.
* PM, PMM: Q(tau2) falls strictly, and 1/Q(tau2) is concave, so Newton's method on it rises monotonically from zero to the root, always.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import chdtri

from claimbook.synthesis.model import Array, Linear, Moments, NonConvergence

STEPS = 200
TIGHT = 1e-13


def equal_effects(m: Linear) -> float:
    """No between-study variance."""
    return 0.0


def generalised_q(m: Linear, a: Moments) -> float:
    """Method of moments with any weights: (Q_a - tr(P_a V)) / tr(P_a), floored at zero (DerSimonian & Kacker 2007, eq. 6)."""
    return max(0.0, float((a.q - a.trace(m.v)) / a.trace()))


def dersimonian_laird(m: Linear) -> float:
    """(Q - (k - p)) / tr(P) at w = 1/v, floored at zero (DerSimonian & Laird 1986, eq. 8)."""
    return max(0.0, float((m.fixed.q - (m.k - m.p)) / m.fixed.trace()))


def hedges(m: Linear) -> float:
    """Unweighted residual variance less its sampling part, floored at zero (Hedges 1983)."""
    return generalised_q(m, m.flat)


def hunter_schmidt(m: Linear) -> float:
    """(Q - k) / sum(w), floored at zero (Schmidt & Hunter; Viechtbauer 2005, eq. 12)."""
    return max(0.0, float((m.fixed.q - m.k) / m.fixed.w.sum()))


def hunter_schmidt_small(m: Linear) -> float:
    """Hunter-Schmidt with the residual variance freed of its small-sample bias: (k / (k - p) Q - k) / sum(w)."""
    return max(0.0, float((m.fixed.q * m.k / (m.k - m.p) - m.k) / m.fixed.w.sum()))


def sidik_jonkman(m: Linear) -> float:
    """t0 Q(t0) / (k - p) with the crude t0 = sum((y - mean)^2) / k; always positive (Sidik & Jonkman 2005, eqs 5-6)."""
    crude = float(np.var(m.y + m.x @ np.atleast_1d(m.offset)))
    return crude * float(m.at(crude).q) / (m.k - m.p) if crude > 0 else 0.0


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
        at = m.at(tau2)
        q = float(at.q)
        if q <= target:
            return tau2
        step = q * (q / target - 1) / float(at.y_pp_y)
        tau2 += step
        if step <= TIGHT * tau2:
            return tau2
    raise NonConvergence(f"tau2 did not settle in {STEPS} steps: Q = {q}, target = {target}")


def restricted_maximum_likelihood(m: Linear) -> float:
    """The highest maximum of the restricted likelihood over tau2 >= 0 (Viechtbauer 2005, eq. 15; Harville 1977)."""
    return _highest(m, reml_log_likelihood, reml_score, reml_curvature)


def maximum_likelihood(m: Linear) -> float:
    """The highest maximum of the profile likelihood over tau2 >= 0 (Hardy & Thompson 1996)."""
    return _highest(m, ml_log_likelihood, ml_score, ml_curvature)


def reml_log_likelihood(a: Moments) -> Any:
    """Up to a constant: (sum log w - log|X'WX| - Q) / 2."""
    return 0.5 * (np.log(a.w).sum(-1) - a.log_det - a.q)


def reml_score(a: Moments) -> Any:
    return 0.5 * (a.y_pp_y - a.trace())


def reml_curvature(a: Moments) -> Any:
    return 0.5 * a.trace2() - a.y_ppp_y


def ml_log_likelihood(a: Moments) -> Any:
    """Up to a constant: (sum log w - Q) / 2."""
    return 0.5 * (np.log(a.w).sum(-1) - a.q)


def ml_score(a: Moments) -> Any:
    return 0.5 * (a.y_pp_y - a.w.sum(-1))


def ml_curvature(a: Moments) -> Any:
    return 0.5 * np.vecdot(a.w, a.w) - a.y_ppp_y


Function = Callable[[Moments], Any]


def _highest(m: Linear, likelihood: Function, score: Function, curvature: Function) -> float:
    grid = _grid(m)
    slope = score(m.at(grid[:, None]))
    falls = np.flatnonzero((slope[:-1] > 0) & (slope[1:] <= 0))
    peaks = [_root(m, score, curvature, grid[i], grid[i + 1]) for i in falls]
    if slope[0] <= 0:
        peaks.append(0.0)
    if len(peaks) == 1:
        return peaks[0]
    return max(peaks, key=lambda t: float(likelihood(m.at(t))))


def _grid(m: Linear) -> Array:
    """Zero, then points a factor of at most two apart up to the unweighted residual sum of squares."""
    top = max(float(m.flat.q), 1.0)
    low = 0.125
    n = max(8, min(64, int(np.log2(top / low)) + 2))
    return np.concatenate(([0.0], np.geomspace(low, top * 1.01, n)))


def _root(m: Linear, score: Function, curvature: Function, low: float, high: float) -> float:
    """The zero of a score that is positive at low and not at high: Newton, with bisection where a step leaves the bracket."""
    t = (low * high) ** 0.5 if low > 0 else 0.5 * high
    for _ in range(STEPS):
        at = m.at(t)
        slope, bend = float(score(at)), float(curvature(at))
        low, high = (t, high) if slope > 0 else (low, t)
        new = t - slope / bend if bend < 0 else high
        if not low < new < high:
            new = 0.5 * (low + high)
        if abs(new - t) <= TIGHT * (new + 1):
            return new
        t = new
    raise NonConvergence(f"tau2 did not settle in {STEPS} steps between {low} and {high}")


@dataclass(frozen=True)
class Estimator:
    label: str
    function: Callable[[Linear], float]
    cite: str


TAU2 = {
    "EE": Estimator("Equal effects", equal_effects, "cochran1954"),
    "DL": Estimator("DerSimonian-Laird", dersimonian_laird, "dersimonian1986"),
    "HE": Estimator("Hedges", hedges, "hedges1983"),
    "HS": Estimator("Hunter-Schmidt", hunter_schmidt, "hunter2004"),
    "HSk": Estimator("Hunter-Schmidt, small-sample", hunter_schmidt_small, "brannick2019"),
    "SJ": Estimator("Sidik-Jonkman", sidik_jonkman, "sidik2005"),
    "ML": Estimator("Maximum likelihood", maximum_likelihood, "hardy1996"),
    "REML": Estimator("Restricted maximum likelihood", restricted_maximum_likelihood, "viechtbauer2005"),
    "EB": Estimator("Empirical Bayes", paule_mandel, "morris1983"),
    "PM": Estimator("Paule-Mandel", paule_mandel, "paule1982"),
    "PMM": Estimator("Paule-Mandel, median-unbiased", paule_mandel_median, "viechtbauer2021"),
}
