"""Fail-safe N: how many studies averaging nothing would have to lie in file drawers to overturn a result.

What to use when. "general" asks it of the random-effects model that is in fact reported; the others are its
ancestors and are here to reproduce reviews that used them. None estimates how many studies are missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, log_ndtr, ndtr, ndtri

from claimbook.synthesis.intervals import two_sided_p
from claimbook.synthesis.model import Array, check_level, effects
from claimbook.synthesis.pooled import pool

MOST = 10_000_000


@dataclass(frozen=True)
class FailSafe:
    """n, the studies needed: 0 where the result does not stand as it is, infinite above ten million.

    estimate, tau2, p: of the observed studies, None where the method has none; target, the estimate to come
    down to; estimate_after, tau2_after, p_after: with the n studies added ("general" only).
    """

    method: str
    n: float
    p: float | None = None
    estimate: float | None = None
    target: float | None = None
    tau2: float | None = None
    estimate_after: float | None = None
    tau2_after: float | None = None
    p_after: float | None = None


@dataclass(frozen=True)
class Drawer:
    """What a method may look at."""

    y: Array
    v: Array
    alpha: float
    target: float | None
    tau2: str | float

    @property
    def k(self) -> int:
        return len(self.y)


def fail_safe_n(
    y: ArrayLike,
    v: ArrayLike,
    method: str = "general",
    target: float | None = None,
    tau2: str | float = "REML",
    interval: str = "z",
    level: float = 0.95,
) -> FailSafe:
    """Fail-safe N of effects y with variances v; `method` is a key of FAIL_SAFE.

    target: the effect that would no longer matter, for orwin (default half the mean) and general (default: to
    lose significance at 1 - level); its sign does not matter. tau2: as for `pool`, for general. interval:
    "z".
    """
    if method not in FAIL_SAFE:
        raise ValueError(f"method must be one of {', '.join(FAIL_SAFE)}, got {method!r}")
    if interval != "z":
        raise ValueError(f"interval must be 'z' for a fail-safe N, got {interval!r}")
    if target is not None and not 0 < abs(target) < inf:
        raise ValueError(f"target must be finite and not 0, got {target!r}")
    y, v = effects(y, v)
    return FAIL_SAFE[method].function(Drawer(y, v, 1 - check_level(level), target, tau2), method)


def rosenthal(d: Drawer, method: str) -> FailSafe:
    """(sum z / z_alpha)^2 - k, Stouffer's one-sided test brought to alpha (Rosenthal 1979, eq. 1)."""
    z = abs(float((d.y / np.sqrt(d.v)).sum()))
    return FailSafe(method, _whole((z / _critical(d.alpha)) ** 2 - d.k), float(ndtr(-z / sqrt(d.k))))


def rosenthal_fisher(d: Drawer, method: str) -> FailSafe:
    """The same with Fisher's -2 sum(log p), each study in a drawer adding p = 1/2."""
    z = d.y / np.sqrt(d.v)
    total = -2 * float(log_ndtr(-z * (1 if z.sum() >= 0 else -1)).sum())

    def overturned(n: int) -> bool:
        return bool(chdtrc(2 * (d.k + n), total + n * 2 * np.log(2.0)) >= d.alpha)

    return FailSafe(method, _smallest(overturned), float(chdtrc(2 * d.k, total)))


def orwin(d: Drawer, method: str) -> FailSafe:
    """k (mean - target) / target for the unweighted mean (Orwin 1983, eq. 1)."""
    return _orwin(d, method, float(d.y.mean()))


def orwin_weighted(d: Drawer, method: str) -> FailSafe:
    """The same for the mean weighted by 1 / v."""
    return _orwin(d, method, pool(d.y, d.v, "EE", "z").estimate)


def _orwin(d: Drawer, method: str, mean: float) -> FailSafe:
    target = mean / 2 if d.target is None else abs(d.target) * np.sign(mean)
    n = _whole(d.k * (mean / target - 1)) if mean else 0.0
    return FailSafe(method, n, estimate=mean, target=float(target))


def rosenberg(d: Drawer, method: str) -> FailSafe:
    """k (z / z_alpha)^2 - k for z of the equal-effects mean, two-sided (Rosenberg 2005, with a normal z)."""
    p = pool(d.y, d.v, "EE", "z")
    n = _whole(d.k * (p.statistic / _critical(d.alpha / 2)) ** 2 - d.k)
    return FailSafe(method, n, p.p, p.estimate)


def general(d: Drawer, method: str) -> FailSafe:
    """The smallest n with which the model of `pool` is no longer significant, or no longer above the target.

    The n studies average zero, have the harmonic mean of the observed variances and spread as much as the
    observed ones, so that tau2 is that of the two groups put together (the approximation of R's metafor,
    recovered from its results).
    """
    p = pool(d.y, d.v, d.tau2, "z")
    target = None if d.target is None else float(abs(d.target) * np.sign(p.estimate))
    before = FailSafe(method, 0.0, p.p, p.estimate, target, p.tau2, p.estimate, p.tau2, p.p)

    def after(n: int) -> FailSafe:
        return joined(d, before, n) if n else before

    def overturned(n: int) -> bool:
        found = after(n)
        if target is None:
            return (found.p_after or 0.0) >= d.alpha
        return abs(found.estimate_after or 0.0) <= abs(target)

    n = _smallest(overturned)
    return after(int(n)) if n < inf else replace(before, n=inf)


def joined(d: Drawer, before: FailSafe, n: int) -> FailSafe:
    """The estimate with n studies averaging zero added."""
    k, mean, tau2 = d.k, before.estimate or 0.0, before.tau2 or 0.0
    if d.tau2 != "EE":
        tau2 = ((k + n - 2) * tau2 + k * n / (k + n) * mean**2) / (k + n - 1)
    w = 1 / (d.v + tau2)
    total = float(w.sum()) + n / (1 / float((1 / d.v).mean()) + tau2)
    estimate = float(w @ d.y) / total
    p = two_sided_p(estimate * sqrt(total), inf)
    return replace(before, n=float(n), estimate_after=estimate, tau2_after=tau2, p_after=p)


def _critical(alpha: float) -> float:
    return -float(ndtri(alpha))


def _whole(n: float) -> float:
    return float(np.ceil(max(0.0, n)))


def _smallest(overturned: Callable[[int], bool]) -> float:
    """The smallest n at which a result that weakens with n is overturned."""
    if overturned(0):
        return 0.0
    low, high = 0, 1
    while not overturned(high):
        low, high = high, 2 * high
        if low > MOST:
            return inf
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if overturned(middle) else (middle, high)
    return float(high)


@dataclass(frozen=True)
class Method:
    label: str
    function: Callable[[Drawer, str], FailSafe]
    cite: str


FAIL_SAFE: dict[str, Method] = {
    "rosenthal": Method("Rosenthal, Stouffer's test", rosenthal, "rosenthal1979"),
    "rosenthal-fisher": Method("Rosenthal, Fisher's test", rosenthal_fisher, "rosenthal1979"),
    "orwin": Method("Orwin, unweighted mean", orwin, "orwin1983"),
    "orwin-weighted": Method("Orwin, weighted mean", orwin_weighted, "orwin1983"),
    "rosenberg": Method("Rosenberg", rosenberg, "rosenberg2005"),
    "general": Method("random-effects model", general, "rosenberg2005"),
}
