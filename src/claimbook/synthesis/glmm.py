"""Generalised linear mixed models: counts pooled by their own likelihood, without an effect for each study.

What to use when. With rare events or small studies the normal approximation behind y and v fails, and these
do not need it. "CM.EL", conditional on the margins of each table, is the exact choice for two groups; "CM.AL"
approximates it where events are rare. "UM.FS" gives every study a baseline of its own, "UM.RS" draws the
baselines from a normal distribution (correlated with the effects in "UM.RS.cor"). A single group has one
model: counts with normal random effects. Models of Stijnen, Hamza & Ozdemir (2010), the unconditional ones of
Turner et al. (2000).

The integrals are taken with enough points to be exact. `points=1` is the Laplace approximation, which other
packages use for "UM.RS"; it can move tau2 by a percent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from claimbook.effects import effect_sizes
from claimbook.synthesis.count_models import GLMM, Columns, own_effects
from claimbook.synthesis.linear import fit
from claimbook.synthesis.mixed_model import MixedModel
from claimbook.synthesis.model import Array, NonConvergence, check_level
from claimbook.synthesis.pooled import Pooled
from claimbook.synthesis.search import Maximum, Objective, maximise

POINTS = 15
LEAST_POINTS = 11  # with which integrals are exact enough for their derivatives
TRIAL_SDS = (0.1, 0.4, 1.6)


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
    for each dimension, 1 or at least 11. Studies without events, or with nothing else, in both groups are
    left out.
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
    if points != 1 and points < LEAST_POINTS:
        raise ValueError(f"points must be 1 or at least {LEAST_POINTS}, got {points!r}")
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
    null = _maximum(equal, equal.objective(points), start)
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
        q=max(0.0, 2 * (_saturated(c, equal, null, points) - null.value)),
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


def _maximum(m: MixedModel, likelihood: Objective, start: Array) -> Maximum:
    low = np.concatenate([np.full(m.p, -inf), m.low])
    top = maximise(likelihood, start, low, np.full(len(low), inf))
    if not top.converged or not np.isfinite(top.point).all() or np.abs(top.point[: m.p]).max() > 25:
        raise NonConvergence(
            f"no finite maximum of the likelihood was found, the search ended at {top.point}"
        )
    return top


def _random(m: MixedModel, null: Maximum, points: int) -> Maximum:
    """The random-effects fit, from the best of a few spreads; equal effects where none is likelier."""
    likelihood = m.objective(points)
    starts = [np.concatenate([null.point[: m.p], np.full(len(m.low), sd)]) for sd in TRIAL_SDS]
    top = _maximum(m, likelihood, max(starts, key=lambda start: likelihood(start)[0]))
    if top.value > null.value + 1e-10 * (1 + abs(null.value)):
        return top
    zeros = np.zeros(m.p + len(m.low) - len(null.point))
    return _maximum(m, likelihood, np.append(null.point, zeros))


def _saturated(c: Columns, equal: MixedModel, null: Maximum, points: int) -> float:
    """Log-likelihood of the model in which every study has its own effect."""
    if equal.low:
        m, (baseline, effect, sd) = own_effects(c), null.point
        start = np.array([baseline - 0.5 * effect, max(sd, TRIAL_SDS[0])])
        return _maximum(m, m.objective(points), start).value
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


COLUMNS = {
    "OR": ("events1", "n1", "events2", "n2"),
    "IRR": ("events1", "time1", "events2", "time2"),
    "PLO": ("events", "n"),
    "IRLN": ("events", "time"),
}
