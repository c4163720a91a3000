"""The test of excess significance: are there more significant studies than their power allows?

What to use when. "exact" always (it needs no approximation and costs nothing); "chi2" and "binom" are there
to reproduce published tests. With tau2 the power is averaged over the true effects; leaving heterogeneity out
(`tau2="EE"`, as the authors did) makes the test too eager.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, ndtr, ndtri

from claimbook.synthesis.model import Array, check_level
from claimbook.synthesis.pooled import pool
from claimbook.synthesis.search import root

ALTERNATIVES = ("two.sided", "greater", "less")


@dataclass(frozen=True)
class Excess:
    """observed, expected: numbers of significant studies; p: of so many or more; limit: the effect at which p
    = 0.1.

    power, significant: of each study, (k,). limit is None where even no effect at all leaves p above 0.1, or
    where no effect brings it up to 0.1.
    """

    test: str
    k: int
    observed: int
    expected: float
    p: float
    theta: float
    tau2: float
    limit: float | None
    power: Array
    significant: NDArray[np.bool_]


def excess_significance(
    y: ArrayLike,
    v: ArrayLike,
    test: str = "exact",
    alternative: str = "two.sided",
    alpha: float = 0.05,
    tau2: str | float = "EE",
    interval: str = "z",
    level: float = 0.9,
) -> Excess:
    """Test effects y with variances v for an excess of significance; `test` is a key of EXCESS_TESTS.

    alternative, alpha: of each study's own test of no effect. tau2, interval: of the pooled effect that the
    power is computed at. 1 - level: the p that defines the limit (Ioannidis & Trikalinos 2007; exact test:
    Francis 2013).
    """
    if test not in EXCESS_TESTS:
        raise ValueError(f"test must be one of {', '.join(EXCESS_TESTS)}, got {test!r}")
    if alternative not in ALTERNATIVES:
        raise ValueError(f"alternative must be one of {', '.join(ALTERNATIVES)}, got {alternative!r}")
    check_level(1 - alpha)
    pooled = pool(y, v, tau2, interval)
    y, se = np.atleast_1d(np.asarray(y, float)), np.sqrt(np.atleast_1d(np.asarray(v, float)))
    spread = np.sqrt(1 + pooled.tau2 / se**2)

    def power_at(theta: float) -> Array:
        return exceedance(theta / se, spread, alternative, alpha)

    significant = exceedance(y / se, np.zeros_like(se), alternative, alpha) > 0.5
    observed = int(significant.sum())

    def p_at(theta: float) -> float:
        return EXCESS_TESTS[test].function(power_at(theta), observed)

    power = power_at(pooled.estimate)
    limit = _limit(
        p_at, pooled.estimate, 1 - check_level(level), alternative, 10 * float((se * spread).max())
    )
    return Excess(
        test=test,
        k=pooled.k,
        observed=observed,
        expected=float(power.sum()),
        p=p_at(pooled.estimate),
        theta=pooled.estimate,
        tau2=pooled.tau2,
        limit=limit,
        power=power,
        significant=significant,
    )


def exceedance(centre: Array, spread: Array, alternative: str, alpha: float) -> Array:
    """Chance that z ~ N(centre, spread^2) is significant: the power averaged over N(theta, tau2)."""
    critical = -ndtri(alpha / 2 if alternative == "two.sided" else alpha)
    with np.errstate(divide="ignore", invalid="ignore"):
        above = ndtr((centre - critical) / spread)
        below = ndtr((-centre - critical) / spread)
    return np.asarray({"two.sided": above + below, "greater": above, "less": below}[alternative])


def _limit(
    p_at: Callable[[float], float], theta: float, alpha: float, alternative: str, reach: float
) -> float | None:
    """The effect nearest to none at which p = alpha, in the direction in which power grows."""
    direction = {"two.sided": 1.0 if theta >= 0 else -1.0, "greater": 1.0, "less": -1.0}[alternative]
    if p_at(0.0) > alpha or p_at(direction * reach) < alpha:
        return None
    return direction * root(lambda theta: p_at(direction * theta) - alpha, 0.0, reach)


def chi_square(power: Array, observed: int) -> float:
    """One-sided p of (O - E)^2 / E + (O - E)^2 / (k - E) (Ioannidis & Trikalinos 2007)."""
    expected, k = float(power.sum()), len(power)
    gap = observed - expected
    if gap == 0:
        return 0.5
    spread = expected * (k - expected) / k
    return float(ndtr(-gap / sqrt(spread) if spread > 0 else -inf * gap))


def binomial(power: Array, observed: int) -> float:
    """Chance of so many or more of k at the average power (Ioannidis & Trikalinos 2007)."""
    k = len(power)
    return float(betainc(observed, k - observed + 1, power.mean())) if observed else 1.0


def exact(power: Array, observed: int) -> float:
    """Chance of so many or more successes of k at their own powers (Francis 2013)."""
    chance = np.ones(1)
    for p in power:
        chance = np.append(chance * (1 - p), 0.0) + np.append(0.0, chance * p)
    return min(1.0, float(chance[observed:].sum()))


@dataclass(frozen=True)
class ExcessTest:
    label: str
    function: Callable[[Array, int], float]
    cite: str


EXCESS_TESTS: dict[str, ExcessTest] = {
    "exact": ExcessTest("exact", exact, "francis2013"),
    "binom": ExcessTest("binomial", binomial, "ioannidis2007"),
    "chi2": ExcessTest("Pearson's chi-square", chi_square, "ioannidis2007"),
}
