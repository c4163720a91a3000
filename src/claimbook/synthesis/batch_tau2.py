"""Estimators of tau2 for many meta-analyses at once: those of `tau2` that vectorise.

Each takes a model of m columns at unit scale and returns tau2 (m,), at least zero, and whether it was
found (m,).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import chdtri

from claimbook.synthesis.batch_maxima import Equation, highest, roots
from claimbook.synthesis.batch_model import Array, At, Fixed, Mask, Mean

Found = tuple[Array, Mask]


def _floored(tau2: Array) -> Found:
    return np.maximum(tau2, 0.0), np.isfinite(tau2)


def equal_effects(m: Mean) -> Found:
    """No between-study variance."""
    return _floored(np.zeros_like(m.n))


def dersimonian_laird(m: Mean) -> Found:
    """(Q - (k - p)) / tr(P) at w = 1/v (DerSimonian & Laird 1986, eq. 8)."""
    return _floored((m.fixed.q - m.df) / m.fixed.trace[0])


def hedges(m: Mean) -> Found:
    """(RSS - tr(PV)) / (k - p) at w = 1 (Hedges 1983)."""
    return _floored((m.flat.rss - m.flat.sampling) / m.df)


def hunter_schmidt(m: Mean) -> Found:
    """(Q - k) / sum(w) (Viechtbauer 2005, eq. 12)."""
    return _floored((m.fixed.q - m.n) / m.fixed.total[0])


def hunter_schmidt_small(m: Mean) -> Found:
    """(k / (k - p) Q - k) / sum(w) (Brannick et al. 2019)."""
    return _floored((m.fixed.q * m.n / m.df - m.n) / m.fixed.total[0])


def sidik_jonkman(m: Mean) -> Found:
    """t0 Q(t0) / (k - p) with t0 = sum((y - mean)^2) / k (Sidik & Jonkman 2005, eqs 5-6)."""
    crude = m.spread
    q = m.each(1, lambda part, t: (part.at(t).q,), crude)[0]
    return _floored(crude * q / m.df)


def paule_mandel(m: Mean) -> Found:
    """The root of Q(tau2) = k - p, zero if there is none (Paule & Mandel 1982)."""
    return _solve_q(m, lambda df: df)


def paule_mandel_median(m: Mean) -> Found:
    """The root of Q(tau2) = median of chi2(k - p), zero if there is none (Viechtbauer 2021)."""
    medians = chdtri(np.arange(len(m.y) + 1.0), 0.5)
    return _solve_q(m, lambda df: medians[df.astype(int)])


def restricted_maximum_likelihood(m: Mean) -> Found:
    """The highest maximum of the restricted likelihood over tau2 >= 0 (Viechtbauer 2005, eq. 15)."""
    return _maximise(m, _restricted, lambda at: at.log_weights - at.log_det - at.q, m.df)


def maximum_likelihood(m: Mean) -> Found:
    """The highest maximum of the profile likelihood over tau2 >= 0 (Hardy & Thompson 1996)."""
    return _maximise(m, _profile, lambda at: at.log_weights - at.q, m.n)


def _restricted(at: At | Fixed) -> tuple[Array, Array, Array, Array]:
    (pp, ppp), (trace, trace2) = at.form, at.trace
    return pp, trace, -2 * ppp, -trace2


def _profile(at: At | Fixed) -> tuple[Array, Array, Array, Array]:
    (pp, ppp), (total, total2) = at.form, at.total
    return pp, total, -2 * ppp, -total2


def _maximise(m: Mean, equation: Equation, likelihood: Callable[[At], Array], terms: Array) -> Found:
    """``terms``: of D. C <= RSS / (t + min v)^2 and D >= terms / (t + max v) bound the roots from above."""
    rss, _, low, high = m.flat
    share = rss / terms
    top = 0.5 * (share + np.sqrt(share * (share + 4 * (high - low)))) - low
    start, typical = dersimonian_laird(m)[0], m.n / m.fixed.total[0]
    return highest(m, equation, likelihood, start, np.maximum(top, 0.0), rss, typical)


def _solve_q(m: Mean, target: Callable[[Array], Array]) -> Found:
    """The root of Q(tau2) = target(k - p): Q falls, and lies below RSS / (tau2 + min v)."""

    def equation(at: At) -> tuple[Array, Array, Array, Array]:
        goal = target(at.model.df)
        return at.q, goal, -at.form[0], np.zeros_like(goal)

    goal, q = target(m.df), m.fixed.q
    top = np.maximum(m.flat.rss / goal - m.flat.low, 0.0)
    start, typical = np.minimum(dersimonian_laird(m)[0], top), m.n / m.fixed.total[0]
    above = q > goal
    tau2, _, settled = roots(m, equation, start, np.zeros_like(q), top, typical, above)
    return tau2, np.where(above, settled, np.isfinite(q))


TAU2_COLUMNS: dict[str, Callable[[Mean], Found]] = {
    "EE": equal_effects,
    "DL": dersimonian_laird,
    "HE": hedges,
    "HS": hunter_schmidt,
    "HSk": hunter_schmidt_small,
    "SJ": sidik_jonkman,
    "ML": maximum_likelihood,
    "REML": restricted_maximum_likelihood,
    "EB": paule_mandel,
    "PM": paule_mandel,
    "PMM": paule_mandel_median,
}
