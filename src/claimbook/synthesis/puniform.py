"""p-uniform and p-uniform*: effects estimated from the p-values that selection cannot have touched.

At the true effect the p-values of significant studies, given that they are significant, are uniform.
p-uniform looks at significant studies only and assumes one common effect; p-uniform* uses all studies and
estimates tau2 too, and is the one to use (van Aert & van Assen 2018): heterogeneity makes p-uniform
overestimate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import comb, factorial, floor, inf, sqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, chdtri, gammainc, gammaincc, gammainccinv, log_ndtr, ndtr, ndtri

from claimbook.synthesis.model import Array, NonConvergence, check_level, effects
from claimbook.synthesis.normal import mills
from claimbook.synthesis.pooled import pool
from claimbook.synthesis.search import Maximum, Objective, complex_step, crossing, maximise, root

EXACT = 10
SIDES = {"right": 1.0, "left": -1.0}


@dataclass(frozen=True)
class PUniform:
    """The effect with its interval; k_significant of k studies were used.

    statistic, p: of no effect (small p: there is one). bias, bias_p: of no publication bias, the
    equal-effects mean being the truth; None for p-uniform*. tau2, tau2_low, tau2_high: of p-uniform* only.
    """

    method: str
    estimate: float
    low: float
    high: float
    statistic: float | None
    p: float | None
    k: int
    k_significant: int
    bias: float | None = None
    bias_p: float | None = None
    tau2: float = 0.0
    tau2_low: float = 0.0
    tau2_high: float = 0.0


@dataclass(frozen=True, eq=False)
class Conditional:
    """Significant effects y, their standard errors s and critical values c, turned to be positive."""

    y: Array
    s: Array
    c: Array

    def log_q(self, theta: float) -> Array:
        """log P(Y >= y | Y >= c; theta)."""
        return np.asarray(log_ndtr((theta - self.y) / self.s) - log_ndtr((theta - self.c) / self.s))

    def log_likelihood(self, theta: float) -> float:
        z = (self.y - theta) / self.s
        return float((-(z**2) / 2 - log_ndtr((theta - self.c) / self.s)).sum())


def p_uniform(
    y: ArrayLike,
    v: ArrayLike,
    method: str = "P",
    side: str = "right",
    alpha: float = 0.05,
    tau2: str = "EE",
    interval: str = "z",
    level: float = 0.95,
) -> PUniform:
    """p-uniform of effects y with variances v; `method` is a key of P_UNIFORM (van Assen, van Aert & Wicherts
    2015).

    side: where the significant effects are, "right" or "left"; alpha: of the studies' two-sided tests. tau2
    is "EE", interval "z": the method knows no other. ValueError without a significant effect on that side.
    """
    if method not in P_UNIFORM:
        raise ValueError(f"method must be one of {', '.join(P_UNIFORM)}, got {method!r}")
    if tau2 != "EE" or interval != "z":
        raise ValueError(f"tau2 must be 'EE' and interval 'z' for p-uniform, got {tau2!r} and {interval!r}")
    y, v = effects(y, v)
    sign, found = _sign(side), pool(y, v, "EE", "z").estimate
    data = _significant(sign * y, np.sqrt(v), alpha)
    result = P_UNIFORM[method].function(data, sign * found, check_level(level))
    low, high = sorted((sign * result.low, sign * result.high))
    return replace(result, method=method, estimate=sign * result.estimate, low=low, high=high, k=len(y))


def p_uniform_star(
    y: ArrayLike,
    v: ArrayLike,
    side: str = "right",
    alpha: float = 0.05,
    tau2: str = "ML",
    interval: str = "PL",
    level: float = 0.95,
) -> PUniform:
    """p-uniform* by maximum likelihood with profile intervals; arguments as for `p_uniform` (van Aert & van
    Assen 2019).

    Each effect enters by its density given whether it is significant. ValueError on fewer than 3 effects.
    """
    if tau2 != "ML" or interval != "PL":
        raise ValueError(f"tau2 must be 'ML' and interval 'PL' for p-uniform*, got {tau2!r} and {interval!r}")
    y, v = effects(y, v)
    if len(y) < 3:
        raise ValueError(f"y: p-uniform* needs at least 3 effects, got {len(y)}")
    sign, unit = _sign(side), float(np.sqrt(np.median(v)))
    y, s = sign * y / unit, np.sqrt(v) / unit
    critical = s * -ndtri(alpha / 2)
    significant = y > critical
    objective = complex_step(lambda theta: _star(theta, y, s, critical, significant))
    start = pool(y, s**2, "ML", "z")
    best = _highest(
        objective, [np.array([start.estimate * share, start.tau2 + 0.1]) for share in (1, 0.5, 0)]
    )
    drop = float(chdtri(1, 1 - check_level(level))) / 2

    def profile(index: int, value: float) -> float:
        return _profile(objective, best, index, value) - best.value + drop

    reach = 2 * (float(s.max()) + sqrt(best.point[1]) + abs(best.point[0]) + 1)
    ends = sorted(
        sign * unit * crossing(lambda x: profile(0, x), best.point[0], step) for step in (-reach, reach)
    )
    bounded = profile(1, 0.0) > 0
    statistic = max(0.0, 2 * float(best.value - _profile(objective, best, 0, 0.0)))
    return PUniform(
        method="ML",
        estimate=float(sign * unit * best.point[0]),
        low=ends[0],
        high=ends[1],
        statistic=statistic,
        p=float(chdtrc(1, statistic)),
        k=len(y),
        k_significant=int(significant.sum()),
        tau2=float(best.point[1]) * unit**2,
        tau2_low=0.0 if bounded else root(lambda x: profile(1, x), 0.0, float(best.point[1])) * unit**2,
        tau2_high=crossing(lambda x: profile(1, x), float(best.point[1]), reach**2) * unit**2,
    )


def _sign(side: str) -> float:
    if side not in SIDES:
        raise ValueError(f"side must be one of {', '.join(SIDES)}, got {side!r}")
    return SIDES[side]


def _significant(y: Array, s: Array, alpha: float) -> Conditional:
    critical = s * -ndtri(check_level(alpha) / 2)
    use = y > critical
    if not use.any():
        raise ValueError("y: p-uniform needs a significant effect on the chosen side, got none")
    return Conditional(y[use], s[use], critical[use])


def _solution(data: Conditional, excess: Callable[[float], float], target: float) -> float:
    """The effect at which a statistic that falls or rises with it meets its target."""
    middle, reach = float(data.y.mean()), float(data.s.max()) * 10 + float(np.ptp(data.y))
    for _ in range(12):
        if (excess(middle - reach) - target) * (excess(middle + reach) - target) <= 0:
            return root(lambda theta: excess(theta) - target, middle - reach, middle + reach)
        reach *= 4
    raise NonConvergence("p-uniform found no effect at which the p-values look uniform")


def irwin_hall(data: Conditional, found: float, level: float) -> PUniform:
    """The sum of the conditional p-values is k / 2 (method P); the statistic is standardized by k / 12."""
    k, tail = len(data.y), (1 - level) / 2

    def total(theta: float) -> float:
        return float(np.exp(data.log_q(theta)).sum())

    estimate, low, high = (_solution(data, total, target) for target in (k / 2, *_sum_quantiles(k, tail)))
    none, bias = total(0.0), total(found)
    standardized = [(x - k / 2) / sqrt(k / 12) for x in (none, bias)]
    return PUniform(
        "", estimate, low, high, standardized[0], sum_p(none, k), k, k, standardized[1], sum_p(k - bias, k)
    )


def sum_p(x: float, k: int) -> float:
    """P(sum of k uniforms <= x): exact (Irwin-Hall) up to ten of them, normal beyond."""
    if k > EXACT:
        return float(ndtr((x - k / 2) / sqrt(k / 12)))
    return float(sum((-1) ** j * comb(k, j) * (x - j) ** k for j in range(floor(x) + 1))) / factorial(k)


def _sum_quantiles(k: int, tail: float) -> tuple[float, float]:
    low = (
        root(lambda x: sum_p(x, k) - tail, 0.0, k / 2)
        if k <= EXACT
        else k / 2 + float(ndtri(tail)) * sqrt(k / 12)
    )
    return low, k - low


def fisher(data: Conditional, found: float, level: float) -> PUniform:
    """-sum(log q) has a gamma distribution of shape k (method LNP)."""
    return _gamma(data, found, level, lambda theta: -float(data.log_q(theta).sum()), upper=True)


def fisher_complement(data: Conditional, found: float, level: float) -> PUniform:
    """-sum(log(1 - q)) has a gamma distribution of shape k (method LN1MINP)."""

    def total(theta: float) -> float:
        with np.errstate(divide="ignore"):
            return -float(np.log(-np.expm1(data.log_q(theta))).sum())

    return _gamma(data, found, level, total, upper=False)


def _gamma(
    data: Conditional, found: float, level: float, total: Callable[[float], float], upper: bool
) -> PUniform:
    k, tail = len(data.y), (1 - level) / 2
    goals = (k, gammainccinv(k, tail), gammainccinv(k, 1 - tail))
    estimate, low, high = (_solution(data, total, float(goal)) for goal in goals)
    none, bias = total(0.0), total(found)
    above, below = (gammaincc, gammainc) if upper else (gammainc, gammaincc)
    return PUniform("", estimate, low, high, none, float(above(k, none)), k, k, bias, float(below(k, bias)))


def maximum_likelihood(data: Conditional, found: float, level: float) -> PUniform:
    """Maximum of the conditional likelihood, with its likelihood-ratio interval (method ML)."""
    k = len(data.y)
    reach = float(data.s.max()) / 2

    def slope(theta: float) -> float:
        z = (data.y - theta) / data.s
        return float(((z - mills((theta - data.c) / data.s)) / data.s).sum())

    estimate = crossing(slope, float(data.y.max()) + reach, -reach)
    if not np.isfinite(estimate):
        raise NonConvergence("the significant effects lie so near their limits that no effect is too small")
    top = data.log_likelihood(estimate)
    drop = float(chdtri(1, 1 - level)) / 2

    def below(theta: float) -> float:
        return data.log_likelihood(theta) - top + drop

    none, bias = (max(0.0, 2 * (top - data.log_likelihood(theta))) for theta in (0.0, found))
    low, high = crossing(below, estimate, -reach), crossing(below, estimate, reach)
    return PUniform("", estimate, low, high, none, float(chdtrc(1, none)), k, k, bias, float(chdtrc(1, bias)))


def kolmogorov_smirnov(data: Conditional, found: float, level: float) -> PUniform:
    """The effect at which the conditional p-values are nearest to uniform, without an interval (KS)."""
    from scipy.optimize import minimize_scalar

    k = len(data.y)
    above, below = np.arange(1, k + 1) / k, np.arange(k) / k

    def distance(theta: float) -> float:
        q = np.sort(np.exp(data.log_q(theta)))
        return float(np.maximum(above - q, q - below).max())

    centre = irwin_hall(data, found, level).estimate
    width = 3 * float(data.s.max())
    grid = np.linspace(centre - width, centre + width, 601)
    best = grid[np.argmin([distance(theta) for theta in grid])]
    step = grid[1] - grid[0]
    found_at = minimize_scalar(
        distance, bounds=(best - step, best + step), method="bounded", options={"xatol": 1e-10}
    )
    return PUniform("", float(found_at.x), -inf, inf, None, None, k, k)


def _star(theta: Any, y: Array, s: Array, critical: Array, significant: NDArray[np.bool_]) -> Any:
    """Log-likelihood of (effect, tau2) given which studies are significant; theta may be complex."""
    spread = np.sqrt(s**2 + theta[1])
    beyond = (theta[0] - critical) / spread
    chance = log_ndtr(np.where(significant, beyond, -beyond))
    return (-0.5 * np.log(2 * np.pi) - np.log(spread) - ((y - theta[0]) / spread) ** 2 / 2 - chance).sum()


def _highest(objective: Objective, starts: list[Array]) -> Maximum:
    low, high = np.array([-inf, 0.0]), np.array([inf, inf])
    ends = [end for end in (maximise(objective, start, low, high) for start in starts) if end.converged]
    if not ends:
        raise NonConvergence("the likelihood of p-uniform* has no maximum that a search could reach")
    return max(ends, key=lambda end: end.value)


def _profile(objective: Objective, best: Maximum, index: int, value: float) -> float:
    """The highest likelihood with one parameter held."""
    low, high, start = np.array([-inf, 0.0]), np.array([inf, inf]), best.point.copy()
    low[index] = high[index] = start[index] = value
    ends = [
        maximise(objective, at, low, high)
        for at in (start, np.where(np.arange(2) == index, start, start / 2))
    ]
    return max(end.value for end in ends)


@dataclass(frozen=True)
class PUniformMethod:
    label: str
    function: Callable[[Conditional, float, float], PUniform]
    cite: str


P_UNIFORM: dict[str, PUniformMethod] = {
    "P": PUniformMethod("sum of conditional p-values", irwin_hall, "vanassen2015"),
    "LNP": PUniformMethod("Fisher's statistic", fisher, "vanassen2015"),
    "LN1MINP": PUniformMethod("Fisher's statistic of 1 - p", fisher_complement, "vanassen2015"),
    "ML": PUniformMethod("conditional likelihood", maximum_likelihood, "vanaert2016"),
    "KS": PUniformMethod("Kolmogorov-Smirnov distance", kolmogorov_smirnov, "simonsohn2014effect"),
}
