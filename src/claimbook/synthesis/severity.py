"""Sensitivity to publication bias of a given severity: how much likelier are affirmative results to be
published?

No selection model is estimated. Results that are not affirmative (significant in the favoured direction)
count as many times as affirmative ones are likelier to appear, which undoes a selection of that severity;
`selection_ratio` asks what would be left, `selection_ratio_needed` how severe selection would have to be to
bring the effect, or its nearer bound, down to a value (Mathur & VanderWeele 2020).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from claimbook.synthesis.intervals import quantile, two_sided_p
from claimbook.synthesis.model import Array, check_level, effects
from claimbook.synthesis.pooled import pool
from claimbook.synthesis.puniform import SIDES
from claimbook.synthesis.search import root

_FAR = 25.0  # log of a ratio that leaves the affirmative results without weight


@dataclass(frozen=True)
class Weighted:
    """The pooled effect if affirmative results are ``ratio`` times likelier to be published."""

    ratio: float
    estimate: float
    se: float
    df: float
    low: float
    high: float
    p: float
    affirmative: int
    k: int


@dataclass(frozen=True)
class RatioNeeded:
    """Ratios that would bring the estimate, and its nearer bound, to q; infinite where none would."""

    q: float
    estimate: float
    bound: float


def selection_ratio(
    y: ArrayLike,
    v: ArrayLike,
    ratio: float,
    side: str = "right",
    cluster: ArrayLike | None = None,
    tau2: str | float = "REML",
    level: float = 0.95,
    alpha: float = 0.05,
) -> Weighted:
    """Pool effects y with variances v as if affirmative ones were `ratio` >= 1 times likelier to be
    published.

    side: of the favoured results, "right" or "left"; alpha: of their two-sided tests. With tau2="EE" effects
    are independent and variances known, and an infinite ratio counts only what is not affirmative; otherwise
    weights are 1 / (v + tau2) and the standard error is robust to dependence within `cluster` (k labels; each
    effect its own if None). ValueError where every result, or none, is affirmative.
    """
    if not ratio >= 1:
        raise ValueError(f"ratio must be at least 1, got {ratio!r}")
    if side not in SIDES:
        raise ValueError(f"side must be one of {', '.join(SIDES)}, got {side!r}")
    effect, variance = effects(y, v)
    unit = float(2.0 ** np.round(np.log2(variance.min()) / 2))
    effect, variance = effect / unit, variance / unit / unit
    heterogeneity = pool(effect, variance, tau2 if isinstance(tau2, str) else tau2 / unit / unit, "z").tau2
    affirmative = SIDES[side] * effect > -ndtri(check_level(alpha) / 2) * np.sqrt(variance)
    if affirmative.all() or not affirmative.any():
        found = f"{affirmative.sum()} of {len(effect)}"
        raise ValueError(f"y: {found} results are affirmative, there must be some of both kinds")
    w = np.where(affirmative, 1 / ratio, 1.0) / (variance + heterogeneity)
    h = w / w.sum()
    mean = float(h @ effect)
    if tau2 == "EE":
        if cluster is not None:
            raise ValueError("cluster: tau2='EE' takes effects as independent, choose another tau2")
        se, df = sqrt(h**2 @ variance), float(len(effect) - 1)
    else:
        se, df = _robust(effect - mean, variance, h, cluster)
    margin = quantile(check_level(level), df) * se
    return Weighted(
        ratio=ratio,
        estimate=unit * mean,
        se=unit * se,
        df=df,
        low=unit * (mean - margin),
        high=unit * (mean + margin),
        p=two_sided_p(mean / se, df),
        affirmative=int(affirmative.sum()),
        k=len(effect),
    )


def _robust(residual: Array, v: Array, h: Array, cluster: ArrayLike | None) -> tuple[float, float]:
    """CR2 standard error of the mean sum(h y) and its Satterthwaite degrees of freedom (Tipton 2015).

    The working variances are those of the effects, averaged in a cluster; df are under equal ones, as in
    robumeta.
    """
    labels = np.arange(len(v)) if cluster is None else np.unique(np.asarray(cluster), return_inverse=True)[1]
    if labels.shape != v.shape or labels.max() < 1:
        raise ValueError(f"cluster must give {len(v)} labels, at least two different ones, got {cluster!r}")
    rows = np.zeros((labels.max() + 1, len(v)))
    working = (np.bincount(labels, v) / np.bincount(labels))[labels]
    for j, row in enumerate(rows):
        mine = np.flatnonzero(labels == j)
        row[mine] = _adjusted(h, working, mine)
    square = float(((rows @ residual) ** 2).sum())
    spread = rows - rows.sum(axis=1, keepdims=True) * h
    moments = spread @ spread.T
    return sqrt(square), float(np.trace(moments) ** 2 / (moments**2).sum())


def _adjusted(h: Array, v: Array, mine: NDArray[np.intp]) -> Array:
    """h_j' A_j, A_j the symmetric matrix that gives a cluster's residuals their working variance."""
    here, cross = v[mine], h[mine] * v[mine]
    variance = np.diag(here) - cross[:, None] - cross + h**2 @ v
    root_v = np.sqrt(here)
    values, vectors = np.linalg.eigh(root_v[:, None] * variance * root_v)
    inverse = np.where(values > 1e-12 * values.max(), 1 / np.sqrt(np.maximum(values, 1e-300)), 0.0)
    return np.asarray(h[mine] @ (root_v[:, None] * ((vectors * inverse) @ vectors.T) * root_v))


def selection_ratio_needed(
    y: ArrayLike,
    v: ArrayLike,
    q: float = 0.0,
    side: str = "right",
    cluster: ArrayLike | None = None,
    tau2: str | float = "REML",
    level: float = 0.95,
    alpha: float = 0.05,
) -> RatioNeeded:
    """The severity of selection that would bring the estimate, and its nearer bound, to q (S-values)."""
    sign = SIDES.get(side, 1.0)

    def left(log_ratio: float, bound: bool) -> float:
        found = selection_ratio(y, v, exp(log_ratio), side, cluster, tau2, level, alpha)
        nearer = found.low if sign > 0 else found.high
        return sign * ((nearer if bound else found.estimate) - q)

    def needed(bound: bool) -> float:
        if left(0.0, bound) <= 0:
            return 1.0
        return exp(root(lambda x: left(x, bound), 0.0, _FAR)) if left(_FAR, bound) < 0 else inf

    return RatioNeeded(q, needed(False), needed(True))
