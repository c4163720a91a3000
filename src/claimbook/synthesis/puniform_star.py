"""p-uniform*: the effect and its heterogeneity from all studies, each given whether it is significant.

Selection by significance, however strong, leaves the distribution of significant and of other effects
as they are, each within its range; only their shares change. The shares are not used (van Aert & van
Assen 2018).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, chdtri, log_ndtr

from claimbook.synthesis.model import NonConvergence, check_level
from claimbook.synthesis.pooled import pool
from claimbook.synthesis.puniform import Conditional, PUniform, turned
from claimbook.synthesis.search import Maximum, Objective, complex_step, crossing, maximise, root


def p_uniform_star(
    y: ArrayLike,
    v: ArrayLike,
    side: str = "right",
    alpha: float = 0.05,
    tau2: str = "ML",
    interval: str = "PL",
    level: float = 0.95,
) -> PUniform:
    """Maximum-likelihood estimates with profile intervals; arguments as for `p_uniform`.

    An end of an interval is infinite where the likelihood does not fall far enough. ValueError on fewer
    than 3 effects, NonConvergence where the likelihood has no maximum.
    """
    if tau2 != "ML" or interval != "PL":
        raise ValueError(f"tau2 must be 'ML' and interval 'PL' for p-uniform*, got {tau2!r} and {interval!r}")
    data, factor = turned(y, v, side, alpha)
    if len(data.y) < 3:
        raise ValueError(f"y: p-uniform* needs at least 3 effects, got {len(data.y)}")
    profile = _profiled(data, check_level(level))
    effect, spread = (float(x) for x in profile.best.point)
    reach = 2 * (float(data.s.max()) + sqrt(spread) + abs(effect) + 1)
    statistic = max(0.0, 2 * (profile.drop - profile.above(0, 0.0)))
    found = PUniform(
        method="ML",
        estimate=effect,
        low=crossing(lambda x: profile.above(0, x), effect, -reach),
        high=crossing(lambda x: profile.above(0, x), effect, reach),
        statistic=statistic,
        p=float(chdtrc(1, statistic)),
        k=len(data.y),
        k_significant=int((data.y > data.c).sum()),
        tau2=spread,
        tau2_low=0.0 if profile.above(1, 0.0) > 0 else root(lambda x: profile.above(1, x), 0.0, spread),
        tau2_high=crossing(lambda x: profile.above(1, x), spread, reach**2),
    )
    return found.times(factor)


@dataclass(frozen=True, eq=False)
class Profile:
    """A likelihood of (effect, tau2), its maximum, and how far below it an interval reaches."""

    objective: Objective
    best: Maximum
    drop: float

    def above(self, index: int, value: float) -> float:
        """How far the highest likelihood with one parameter held lies above the end of the interval."""
        at = self.best.point.copy()
        at[index] = value
        nearer = np.where(np.arange(2) == index, at, at / 2)
        low, high = np.array([-inf, 0.0]), np.array([inf, inf])
        low[index] = high[index] = value
        ends = (maximise(self.objective, start, low, high).value for start in (at, nearer))
        return max(ends) - self.best.value + self.drop


def _profiled(data: Conditional, level: float) -> Profile:
    objective = complex_step(lambda theta: log_likelihood(theta, data))
    plain = pool(data.y, data.s**2, "ML", "z")
    starts = [np.array([plain.estimate * share, plain.tau2 + 0.1]) for share in (1, 0.5, 0)]
    low, high = np.array([-inf, 0.0]), np.array([inf, inf])
    ends = [end for end in (maximise(objective, start, low, high) for start in starts) if end.converged]
    if not ends:
        raise NonConvergence("the likelihood of p-uniform* has no maximum that a search could reach")
    return Profile(objective, max(ends, key=lambda end: end.value), float(chdtri(1, 1 - level)) / 2)


def log_likelihood(theta: Any, data: Conditional) -> Any:
    """Of (effect, tau2), given which studies are significant; theta may be complex."""
    spread = np.sqrt(data.s**2 + theta[1])
    beyond = (theta[0] - data.c) / spread
    chance = log_ndtr(np.where(data.y > data.c, beyond, -beyond))
    z = (data.y - theta[0]) / spread
    return (-0.5 * np.log(2 * np.pi) - np.log(spread) - z**2 / 2 - chance).sum()
