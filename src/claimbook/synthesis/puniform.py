"""p-uniform: effects estimated from the p-values that selection cannot have touched.

At the true effect the p-values of significant studies, given that they are significant, are uniform.
p-uniform looks at significant studies only and assumes one common effect; heterogeneity makes it
overestimate. `p_uniform_star` uses all studies, estimates tau2 too, and is the one to use.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import comb, factorial, floor, inf, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, chdtri, gammainc, gammaincc, gammainccinv, log_ndtr, ndtr, ndtri

from claimbook.synthesis.model import Array, NonConvergence, check_level, effects
from claimbook.synthesis.normal import mills
from claimbook.synthesis.pooled import pool
from claimbook.synthesis.search import crossing, root

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

    def times(self, factor: float) -> PUniform:
        """The same in other units, turned round by a negative factor."""
        low, high = sorted((factor * self.low, factor * self.high))
        tau2s = {name: getattr(self, name) * factor**2 for name in ("tau2", "tau2_low", "tau2_high")}
        return replace(self, estimate=factor * self.estimate, low=low, high=high, **tau2s)


@dataclass(frozen=True, eq=False)
class Conditional:
    """Effects y, their standard errors s and critical values c."""

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
    """p-uniform of effects y with variances v; `method` is a key of P_UNIFORM (van Assen et al. 2015).

    side: where the significant effects are, "right" or "left"; alpha: of the studies' two-sided tests. tau2
    is "EE", interval "z": the method knows no other. ValueError without a significant effect on that side.
    """
    if method not in P_UNIFORM:
        raise ValueError(f"method must be one of {', '.join(P_UNIFORM)}, got {method!r}")
    if tau2 != "EE" or interval != "z":
        raise ValueError(f"tau2 must be 'EE' and interval 'z' for p-uniform, got {tau2!r} and {interval!r}")
    data, factor = turned(y, v, side, alpha)
    found = pool(data.y, data.s**2, "EE", "z").estimate
    result = P_UNIFORM[method].function(_significant(data), found, check_level(level))
    return replace(result.times(factor), method=method, k=len(data.y))


def turned(y: ArrayLike, v: ArrayLike, side: str, alpha: float) -> tuple[Conditional, float]:
    """Effects in typical standard errors, the favoured side positive, and the factor that leads back."""
    if side not in SIDES:
        raise ValueError(f"side must be one of {', '.join(SIDES)}, got {side!r}")
    y, v = effects(y, v)
    factor = SIDES[side] * float(np.sqrt(np.median(v)))
    s = np.sqrt(v) / abs(factor)
    return Conditional(y / factor, s, s * -ndtri(check_level(alpha) / 2)), factor


def _significant(data: Conditional) -> Conditional:
    use = data.y > data.c
    if not use.any():
        raise ValueError("y: p-uniform needs a significant effect on the chosen side, got none")
    return Conditional(data.y[use], data.s[use], data.c[use])


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
