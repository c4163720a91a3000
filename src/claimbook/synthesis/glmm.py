"""Generalised linear mixed models: counts pooled by their own likelihood, without an effect for each study.

What to use when. With rare events or small studies the normal approximation behind y and v fails, and these
do not need it. "CM.EL", conditional on the margins of each table, is the exact choice for two groups; "CM.AL"
approximates it where events are rare. "UM.FS" gives every study a baseline of its own, "UM.RS" draws the
baselines from a normal distribution (correlated with the effects in "UM.RS.cor"). A single group has one
model: counts with normal random effects. Models of Stijnen, Hamza & Ozdemir (2010), the unconditional ones of
Turner et al. (2000); the effect is coded -1/2 and 1/2 in the groups.

The integrals are taken with enough points to be exact. `points=1` is the Laplace approximation, which other
packages use for "UM.RS"; it can move tau2 by a percent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from claimbook.effects import effect_sizes
from claimbook.synthesis.linear import fit
from claimbook.synthesis.mixed import Binomial, Family, Hypergeometric, LogIntegrals, Poisson
from claimbook.synthesis.model import Array, NonConvergence, check_level
from claimbook.synthesis.pooled import Pooled
from claimbook.synthesis.search import Maximum, complex_step, maximise

POINTS = 15
TRIAL_SDS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
HALVES = np.array([[0.5], [-0.5]])
MOST_STEPS, STEP, LARGEST, FLAT = 200, 1e-5, 30.0, 1e-10

Columns = Mapping[str, Array]


@dataclass(frozen=True, eq=False)
class MixedModel:
    """k studies with linear predictors offset (k, J) + design (J, p) @ beta + own * nuisance (J,) + random
    part.

    loadings: from the free elements of the Cholesky factor of the random effects' covariance to (J, q). low:
    their bounds. tau2: from them to the variance of the effect. effect: its position in beta. nuisance: the
    direction of a parameter that every study has for itself, None where there is none.
    """

    family: Family
    offset: Array
    design: Array
    effect: int
    loadings: Callable[[NDArray[Any]], NDArray[Any]]
    low: tuple[float, ...]
    tau2: Callable[[Array], float]
    nuisance: Array | None = None

    @property
    def p(self) -> int:
        return len(self.design.T)

    def log_likelihood(self, points: int) -> Callable[[NDArray[Any]], Any]:
        """As a function of (beta, factor), with the studies' own parameters at their best.

        A complex point keeps the own parameters of its real part: their derivative does not count at the
        maximum.
        """
        integrals, own = LogIntegrals(self.family, points), OwnParameters(self, points)

        def function(point: NDArray[Any]) -> Any:
            fixed, loadings = self.predictors(point)
            if self.nuisance is not None:
                fixed = fixed + own.best(*self.predictors(point.real))[:, None] * self.nuisance
            return integrals(fixed, loadings).sum()

        return function

    def predictors(self, point: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """The fixed part (k, J) and the loadings (J, q) at (beta, factor)."""
        beta, factor = point[: self.p], point[self.p :]
        return self.offset + self.design @ beta, self.loadings(factor)


class OwnParameters:
    """The studies' own parameters at their best, all studies at once; it starts where it last ended.

    Newton steps with the curvature of the last ones (secants), so that a small move of the other parameters
    costs two evaluations. A parameter that tends to infinity (an arm without events) ends at +-LARGEST, where
    nothing changes.
    """

    def __init__(self, m: MixedModel, points: int) -> None:
        self.integrals, self.direction = LogIntegrals(m.family, points), np.asarray(m.nuisance)
        self.at = np.zeros(len(m.offset))
        self.bend = np.zeros(len(m.offset))

    def best(self, fixed: Array, loadings: Array) -> Array:
        here = self._slope(fixed, loadings, self.at)
        if not self.bend.any():
            self.bend = (here - self._slope(fixed, loadings, self.at + STEP)) / STEP
        for _ in range(MOST_STEPS):
            move = np.clip(here / np.maximum(self.bend, 1e-8), -2, 2)
            new = np.clip(self.at + move, -LARGEST, LARGEST)
            moved, self.at = new - self.at, new
            if ((np.abs(moved) <= 1e-9 * (1 + np.abs(new))) | (np.abs(here) <= FLAT)).all():
                return new
            there = self._slope(fixed, loadings, new)
            far = np.abs(moved) > 1e-6
            secant = (here - there) / np.where(far, moved, 1)
            self.bend = np.where(far & (secant > 0), secant, self.bend)
            here = there
        raise NonConvergence("the studies' own parameters did not settle")

    def _slope(self, fixed: Array, loadings: Array, at: Array) -> Array:
        """Derivative of each study's log-likelihood by its own parameter."""
        shifted = fixed + (at + 1e-30j)[:, None] * self.direction
        return np.asarray(self.integrals(shifted, loadings).imag / 1e-30)


def _scalar(family: Family, offset: Array, random: bool) -> MixedModel:
    """One predictor for each study: beta + sd * s."""
    if not random:
        return MixedModel(family, offset, np.ones((1, 1)), 0, lambda f: np.zeros((1, 1)), (), lambda f: 0.0)
    return MixedModel(
        family, offset, np.ones((1, 1)), 0, lambda f: f[:, None], (0.0,), lambda f: float(f[0] ** 2)
    )


def _two_arms(c: Columns) -> tuple[Family, Array]:
    """The likelihood of both arms and the offset of their predictors."""
    x = np.column_stack([c["events1"], c["events2"]])
    if "time1" in c:
        return Poisson(x, np.column_stack([c["time1"], c["time2"]])), np.zeros(x.shape)
    return Binomial(x, np.column_stack([c["n1"], c["n2"]])), np.zeros(x.shape)


def unconditional_fixed(c: Columns, random: bool) -> MixedModel:
    """A baseline for every study; the effect +- half in the groups."""
    if "events" in c:
        family = Poisson(*_one_arm(c, "time")) if "time" in c else Binomial(*_one_arm(c, "n"))
        return _scalar(family, np.zeros((len(c["events"]), 1)), random)
    if not random:
        return MixedModel(*_two_arms(c), HALVES, 0, lambda f: np.zeros((2, 1)), (), lambda f: 0.0, np.ones(2))
    return MixedModel(
        *_two_arms(c), HALVES, 0, lambda f: HALVES * f[0], (0.0,), lambda f: float(f[0] ** 2), np.ones(2)
    )


def _one_arm(c: Columns, size: str) -> tuple[Array, Array]:
    return c["events"][:, None], c[size][:, None]


def unconditional_random(c: Columns, random: bool) -> MixedModel:
    """Baselines from a normal distribution, independent of the effects."""
    ones = np.ones((2, 1))
    if not random:
        return _baselines(c, lambda f: ones * f[0], (0.0,), lambda f: 0.0)
    return _baselines(
        c, lambda f: np.hstack([ones * f[0], HALVES * f[1]]), (0.0, 0.0), lambda f: float(f[1] ** 2)
    )


def unconditional_correlated(c: Columns, random: bool) -> MixedModel:
    """Baselines from a normal distribution, correlated with the effects; the factor is (l11, l21, l22)."""
    if not random:
        return unconditional_random(c, random)
    return _baselines(
        c,
        lambda f: np.hstack([np.ones((2, 1)) * f[0] + HALVES * f[1], HALVES * f[2]]),
        (0.0, -inf, 0.0),
        lambda f: float(f[1] ** 2 + f[2] ** 2),
    )


def _baselines(
    c: Columns, loadings: Any, low: tuple[float, ...], tau2: Callable[[Array], float]
) -> MixedModel:
    return MixedModel(*_two_arms(c), np.hstack([np.ones((2, 1)), HALVES]), 1, loadings, low, tau2)


def _own_effects(c: Columns) -> MixedModel:
    """Random baselines in group 2 and an effect for every study: what random baselines are tested against."""
    ones = np.ones((2, 1))
    return MixedModel(
        *_two_arms(c), ones, 0, lambda f: ones * f[0], (0.0,), lambda f: 0.0, np.array([1.0, 0.0])
    )


def conditional_exact(c: Columns, random: bool) -> MixedModel:
    """Events in group 1 given the margins: noncentral hypergeometric for tables, binomial for rates."""
    if "time1" in c:
        return conditional_approximate({**c, "n1": c["time1"], "n2": c["time2"]}, random)
    family = Hypergeometric(c["events1"], c["n1"], c["events2"], c["n2"])
    return _scalar(family, np.zeros((len(c["n1"]), 1)), random)


def conditional_approximate(c: Columns, random: bool) -> MixedModel:
    """Events in group 1 of those in both as binomial with the odds (n1 / n2) exp(effect)."""
    family = Binomial(c["events1"][:, None], (c["events1"] + c["events2"])[:, None])
    return _scalar(family, np.log(c["n1"] / c["n2"])[:, None], random)


@dataclass(frozen=True, eq=False, kw_only=True)
class PooledCounts(Pooled):
    """The effect in a generalised linear mixed model, on the log or logit scale.

    q: likelihood ratio of a model with an effect for every study against equal effects. k: the studies that
    inform it. sigma2: variance of the baselines (zero where they are not random). log_likelihood: with all
    its constants. There are no weights.
    """

    measure: str
    model: str
    log_likelihood: float
    sigma2: float
    se_of_tau2: float

    @property
    def tau2_se(self) -> float:
        return self.se_of_tau2


def pool_glmm(
    measure: str,
    *,
    model: str = "UM.FS",
    tau2: str = "ML",
    interval: str = "z",
    level: float = 0.95,
    points: int = POINTS,
    **columns: ArrayLike,
) -> PooledCounts:
    """Pool counts by maximum likelihood.

    measure: OR (events1, n1, events2, n2), IRR (events1, time1, events2, time2), PLO (events, n) or IRLN
    (events, time). model: a key of GLMM. tau2: "ML" or "EE". interval: "z" or "t". points: quadrature points
    for each dimension. Studies without events, or with nothing else, in both groups are left out.
    """
    if model not in GLMM:
        raise ValueError(f"model must be one of {', '.join(GLMM)}, got {model!r}")
    if measure not in GLMM[model].measures:
        raise ValueError(
            f"measure must be one of {', '.join(GLMM[model].measures)} with model={model!r}, got {measure!r}"
        )
    if tau2 not in ("ML", "EE"):
        raise ValueError(f"tau2 must be ML or EE, got {tau2!r}")
    if interval not in ("z", "t"):
        raise ValueError(f"interval must be z or t, got {interval!r}")
    c = _informative(measure, columns)
    k = len(next(iter(c.values())))
    if k < 2:
        raise ValueError(f"events: at least 2 studies with events are needed, got {k}")
    return _result(measure, model, c, k, tau2, interval, check_level(level), points)


def _result(
    measure: str, model: str, c: Columns, k: int, tau2: str, interval: str, level: float, points: int
) -> PooledCounts:
    build = GLMM[model].function
    equal = build(c, False)
    start = np.concatenate([_start(c, equal), np.full(len(equal.low), 0.5)])
    null = _maximum(equal, start, points)
    m = equal if tau2 == "EE" else build(c, True)
    top = null if tau2 == "EE" else _random(m, null, points)
    factor = top.point[m.p :]
    covariance = _covariance(top)
    typical = _typical_variance(measure, c)
    value = m.tau2(factor)
    return PooledCounts(
        estimate=float(top.point[m.effect]),
        se=float(np.sqrt(covariance[m.effect, m.effect])),
        df=k - 1 if interval == "t" else inf,
        level=level,
        k=k,
        tau2=value,
        q=max(0.0, 2 * (_saturated(model, c, equal, points) - null.value)),
        q_df=k - 1,
        i2=100 * value / (value + typical),
        h2=value / typical + 1,
        weights=np.empty(0),
        method=tau2,
        interval=interval,
        measure=measure,
        model=model,
        log_likelihood=top.value,
        sigma2=float(factor[0] ** 2) if m.design.shape[1] > 1 else 0.0,
        se_of_tau2=_tau2_se(m, factor, covariance[m.p :, m.p :]),
    )


def _informative(measure: str, columns: Mapping[str, ArrayLike]) -> Columns:
    """The columns of a measure as floats, without the studies that say nothing about the effect."""
    names = COLUMNS[measure]
    if set(columns) != set(names):
        raise ValueError(
            f"{measure} takes the columns {', '.join(names)}, got {', '.join(columns) or 'none'}"
        )
    c = {name: np.atleast_1d(np.asarray(columns[name], dtype=float)) for name in names}
    if len({column.shape for column in c.values()}) > 1 or c[names[0]].ndim != 1:
        raise ValueError(f"{', '.join(names)} must be of one length, got {[v.shape for v in c.values()]}")
    for events, size in zip(names[::2], names[1::2], strict=True):
        wrong = ~((c[events] >= 0) & (c[size] > 0) & np.isfinite(c[events] + c[size]))
        wrong |= (c[events] > c[size]) & size.startswith("n")
        if wrong.any():
            at = int(np.argmax(wrong))
            raise ValueError(
                f"{events}, {size} must be a count and its size, got {c[events][at]}, {c[size][at]} at {at}"
            )
    if len(names) == 2:
        return c
    total, size = c["events1"] + c["events2"], c[names[1]] + c[names[3]]
    keep = (total > 0) & ((total < size) | ("time1" in c))
    return {name: column[keep] for name, column in c.items()}


def _start(c: Columns, m: MixedModel) -> Array:
    """Crude coefficients: the overall log odds or log rate where there is an intercept, else zero."""
    beta = np.zeros(m.p)
    if "events" in c:
        beta[0] = _crude(c["events"].sum(), c.get("n", c.get("time", np.ones(1))).sum(), "n" in c)
    elif m.p == 2:
        sizes = ("n1", "n2") if "n1" in c else ("time1", "time2")
        beta[0] = _crude((c["events1"] + c["events2"]).sum(), (c[sizes[0]] + c[sizes[1]]).sum(), "n1" in c)
    return beta


def _crude(events: float, size: float, odds: bool) -> float:
    return float(np.log((events + 0.5) / ((size - events if odds else size) + 0.5)))


def _maximum(m: MixedModel, start: Array, points: int) -> Maximum:
    low = np.concatenate([np.full(m.p, -inf), m.low])
    top = maximise(complex_step(m.log_likelihood(points)), start, low, np.full(len(low), inf))
    if not top.converged or not np.isfinite(top.point).all() or np.abs(top.point[: m.p]).max() > 25:
        raise NonConvergence(
            f"no finite maximum of the likelihood was found, the search ended at {top.point}"
        )
    return top


def _random(m: MixedModel, null: Maximum, points: int) -> Maximum:
    """The random-effects fit, from the best of a few spreads; equal effects where none is likelier."""
    likelihood = m.log_likelihood(points)
    starts = [np.concatenate([null.point[: m.p], np.full(len(m.low), sd)]) for sd in TRIAL_SDS]
    top = _maximum(m, max(starts, key=lambda start: float(likelihood(start))), points)
    if top.value > null.value + 1e-10 * (1 + abs(null.value)):
        return top
    return _maximum(m, np.append(null.point, np.zeros(m.p + len(m.low) - len(null.point))), points)


def _saturated(model: str, c: Columns, equal: MixedModel, points: int) -> float:
    """Log-likelihood of the model in which every study has its own effect."""
    if equal.low:
        m = _own_effects(c)
        return _maximum(m, np.append(_start(c, equal)[:1], 0.5), points).value
    return float(equal.family.saturated().sum())


def _covariance(top: Maximum) -> Array:
    """Inverse of the observed information, zero for what lies on its bound."""
    free = np.ix_(~top.bound, ~top.bound)
    covariance = np.zeros_like(top.hessian)
    covariance[free] = np.linalg.inv(-top.hessian[free])
    return covariance


def _tau2_se(m: MixedModel, factor: Array, covariance: Array) -> float:
    """By the delta method; tau2 is a quadratic, so that central differences are its gradient."""
    gradient = np.array(
        [0.5 * (m.tau2(factor + axis) - m.tau2(factor - axis)) for axis in np.eye(len(factor))]
    )
    return float(np.sqrt(gradient @ covariance @ gradient)) if len(factor) else 0.0


def _typical_variance(measure: str, c: Columns) -> float:
    """The typical variance of the studies' own effects, as for the normal model."""
    columns: dict[str, Any] = dict(c)
    e = effect_sizes(measure, **columns)
    keep = np.isfinite(e.v)
    return fit(e.y[keep], e.v[keep], tau2="EE", interval="z").typical_variance


@dataclass(frozen=True)
class CountModel:
    label: str
    function: Callable[[Columns, bool], MixedModel]
    measures: tuple[str, ...]
    cite: str


COLUMNS = {
    "OR": ("events1", "n1", "events2", "n2"),
    "IRR": ("events1", "time1", "events2", "time2"),
    "PLO": ("events", "n"),
    "IRLN": ("events", "time"),
}

GLMM = {
    "UM.FS": CountModel("Fixed baselines", unconditional_fixed, ("OR", "IRR", "PLO", "IRLN"), "turner2000"),
    "UM.RS": CountModel("Random baselines", unconditional_random, ("OR", "IRR"), "turner2000"),
    "UM.RS.cor": CountModel(
        "Random baselines, correlated", unconditional_correlated, ("OR", "IRR"), "turner2000"
    ),
    "CM.EL": CountModel("Conditional, exact", conditional_exact, ("OR", "IRR"), "stijnen2010"),
    "CM.AL": CountModel("Conditional, approximate", conditional_approximate, ("OR",), "stijnen2010"),
}
