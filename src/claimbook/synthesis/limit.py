"""Limit meta-analysis: the effect that studies of infinite size would show.

The random-effects model with a small-study effect is y_i = beta + sqrt(v_i + tau2) (alpha + e_i). The limit
of a study is where shrinking its within-study error to nothing would bring it (Ruecker et al. 2011,
Biostatistics 12, 122).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from claimbook.synthesis.intervals import quantile, two_sided_p
from claimbook.synthesis.linear import fit
from claimbook.synthesis.model import Array, check_level, effects
from claimbook.synthesis.pooled import pool


@dataclass(frozen=True, eq=False)
class Limit:
    """The adjusted effect; limits (k,): where each study would move with infinite precision.

    q_small, q_residual: the parts of Cochran's Q that the small-study effect explains (1 df) and leaves (k -
    2 df). g2: share of the variance of the limits that is not explained by it, in percent.
    """

    method: str
    estimate: float
    se: float
    low: float
    high: float
    p: float
    alpha: float
    beta: float
    tau2: float
    limits: Array
    q_small: float
    q_small_p: float
    q_residual: float
    q_residual_p: float
    g2: float


def limit_meta_analysis(
    y: ArrayLike,
    v: ArrayLike,
    method: str = "beta0",
    tau2: str | float = "REML",
    interval: str = "z",
    level: float = 0.95,
) -> Limit:
    """Adjust k >= 3 effects y with variances v for small-study effects; `method` is a key of LIMIT_METHODS.

    tau2: as for `pool`, estimated without regard to the small-study effect; interval: "z".
    """
    if method not in LIMIT_METHODS:
        raise ValueError(f"method must be one of {', '.join(LIMIT_METHODS)}, got {method!r}")
    if interval != "z":
        raise ValueError(f"interval must be 'z' for a limit meta-analysis, got {interval!r}")
    y, v = effects(y, v)
    if len(y) < 3 or np.ptp(v) == 0:
        raise ValueError(
            f"y, v: a limit meta-analysis needs 3 effects of different variances, got {len(y)} effects"
        )
    level, heterogeneity = check_level(level), pool(y, v, tau2, "z").tau2
    tau = sqrt(heterogeneity)
    (beta, alpha), radial = _line(y, np.sqrt(v + heterogeneity))
    limits = beta + tau / np.sqrt(v + heterogeneity) * (y - beta)
    estimate, se = LIMIT_METHODS[method].function(limits, np.sqrt(v), tau, np.array([beta, alpha]), radial)
    residual, total = (
        fit(y, v, np.column_stack([np.ones_like(v), np.sqrt(v)]), "EE", "z").q,
        pool(y, v, "EE", "z").q,
    )
    margin = quantile(level, np.inf) * se
    return Limit(
        method=method,
        estimate=estimate,
        se=se,
        low=estimate - margin,
        high=estimate + margin,
        p=two_sided_p(estimate / se, np.inf),
        alpha=alpha,
        beta=beta,
        tau2=heterogeneity,
        limits=limits,
        q_small=total - residual,
        q_small_p=float(chdtrc(1, max(0.0, total - residual))),
        q_residual=residual,
        q_residual_p=float(chdtrc(len(y) - 2, residual)),
        g2=100 * _unexplained(limits, np.sqrt(v)),
    )


def _line(y: Array, s: Array) -> tuple[Array, Array]:
    """Coefficients (slope, intercept) of the radial plot y/s on 1/s, and their covariance for unit errors."""
    design = np.column_stack([1 / s, np.ones_like(s)])
    basis, back = np.linalg.qr(design)
    root = np.linalg.inv(back)
    return root @ (basis.T @ (y / s)), root @ root.T


def _unexplained(limits: Array, s: Array) -> float:
    """1 - R2 of the radial plot of the limits."""
    coefficients, _ = _line(limits, s)
    z = limits / s
    residual = z - coefficients[0] / s - coefficients[1]
    total = float(((z - z.mean()) ** 2).sum())
    return float(residual @ residual) / total if total else 0.0


def expectation(limits: Array, s: Array, tau: float, line: Array, covariance: Array) -> tuple[float, float]:
    """beta + tau alpha, the expected effect of a study of infinite precision (section 3.3)."""
    at = np.array([1.0, tau])
    return float(at @ line), sqrt(at @ covariance @ at)


def through_origin(
    limits: Array, s: Array, tau: float, line: Array, covariance: Array
) -> tuple[float, float]:
    """The slope of the radial plot of the limits without an intercept."""
    w = 1 / s**2
    return float(w @ limits / w.sum()), 1 / sqrt(w.sum())


def with_intercept(
    limits: Array, s: Array, tau: float, line: Array, covariance: Array
) -> tuple[float, float]:
    """The slope of the radial plot of the limits with an intercept."""
    coefficients, spread = _line(limits, s)
    return float(coefficients[0]), sqrt(spread[0, 0])


@dataclass(frozen=True)
class LimitMethod:
    label: str
    function: Callable[[Array, Array, float, Array, Array], tuple[float, float]]
    cite: str


LIMIT_METHODS: dict[str, LimitMethod] = {
    "beta0": LimitMethod("expectation in the limit", expectation, "ruecker2011"),
    "mulim": LimitMethod("limit radial plot through the origin", through_origin, "ruecker2011"),
    "betalim": LimitMethod("limit radial plot with an intercept", with_intercept, "ruecker2011"),
}
