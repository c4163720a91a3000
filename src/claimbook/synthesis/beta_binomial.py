"""The beta-binomial model: proportions that differ between studies by a beta distribution, on the logit scale
of its mean.

It takes in studies without events, in one group or in both, as they are (Kuss 2015). The mean is that of the
proportions themselves, where the logit-normal model (`glmm`) has the mean of their logits.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, log
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import loggamma

from claimbook.synthesis.intervals import quantile, two_sided_p
from claimbook.synthesis.model import Array, NonConvergence, check_level
from claimbook.synthesis.search import complex_step, maximise

SPREAD = (-14.0, 12.0)  # log of rho / (1 - rho): binomial below, all or nothing above


@dataclass(frozen=True)
class BetaBinomial:
    """estimate: logit of the mean proportion, or log odds ratio of two; rho: correlation within an arm."""

    estimate: float
    se: float
    level: float
    k: int
    rho: float
    log_likelihood: float

    @property
    def statistic(self) -> float:
        return self.estimate / self.se

    @property
    def p(self) -> float:
        return two_sided_p(self.statistic, inf)

    @property
    def low(self) -> float:
        return self.estimate - quantile(self.level, inf) * self.se

    @property
    def high(self) -> float:
        return self.estimate + quantile(self.level, inf) * self.se


def pool_beta_binomial(
    events1: ArrayLike,
    n1: ArrayLike,
    events2: ArrayLike | None = None,
    n2: ArrayLike | None = None,
    level: float = 0.95,
) -> BetaBinomial:
    """Pool proportions, or two groups' log odds ratio, by maximum likelihood with one rho for all arms.

    ValueError on impossible counts and where a group has no events or nothing else.
    """
    groups = [_group("events1", events1, "n1", n1)]
    if events2 is not None and n2 is not None:
        groups.append(_group("events2", events2, "n2", n2))
    x, n = (np.concatenate(column) for column in zip(*groups, strict=True))
    first = np.repeat(np.arange(len(groups)) == 0, [len(g[0]) for g in groups])
    design = np.column_stack([np.ones(len(x)), first])[:, : len(groups)]

    def likelihood(point: NDArray[np.complex128]) -> complex:
        return _log_likelihood(x, n, 1 / (1 + np.exp(-(design @ point[:-1]))), np.exp(point[-1]))

    start = np.append(np.zeros(len(groups)), log(0.05))
    low, high = (
        np.append(np.full(len(groups), -inf), SPREAD[0]),
        np.append(np.full(len(groups), inf), SPREAD[1]),
    )
    top = maximise(complex_step(likelihood), start, low, high)
    if not top.converged:
        raise NonConvergence(
            f"no finite maximum of the likelihood was found, the search ended at {top.point}"
        )
    free = np.ix_(~top.bound, ~top.bound)
    variance = np.diag(np.linalg.inv(-top.hessian[free]))[len(groups) - 1]
    spread = float(np.exp(top.point[-1])) if not top.bound[-1] else 0.0
    return BetaBinomial(
        float(top.point[len(groups) - 1]),
        float(np.sqrt(variance)),
        check_level(level),
        len(groups[0][0]),
        spread / (1 + spread),
        top.value,
    )


def _log_likelihood(x: Array, n: Array, mean: NDArray[Any], spread: complex) -> complex:
    """Of beta-binomial counts with parameters mean / spread and (1 - mean) / spread."""
    a, b = mean / spread, (1 - mean) / spread
    ways = loggamma(n + 1) - loggamma(x + 1) - loggamma(n - x + 1)
    terms = ways + loggamma(x + a) + loggamma(n - x + b) - loggamma(n + a + b)
    return complex((terms + loggamma(a + b) - loggamma(a) - loggamma(b)).sum())


def _group(events_name: str, events: ArrayLike, size_name: str, size: ArrayLike) -> tuple[Array, Array]:
    x, n = np.atleast_1d(np.asarray(events, dtype=float)), np.atleast_1d(np.asarray(size, dtype=float))
    if x.shape != n.shape or x.ndim != 1 or not x.size:
        raise ValueError(
            f"{events_name} and {size_name} must be of one length, got shapes {x.shape} and {n.shape}"
        )
    if not ((x >= 0) & (x <= n) & (n > 0) & np.isfinite(n)).all():
        raise ValueError(f"{events_name} must lie between 0 and {size_name}, sizes above 0")
    if not 0 < x.sum() < n.sum():
        raise ValueError(
            f"{events_name}: a group of {x.sum():g} events in {n.sum():g} has no finite log odds"
        )
    return x, n
