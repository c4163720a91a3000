"""Trim and fill: how many studies are missing from one side of the funnel, and the result with them filled
in.

What to use when. L0 is the default and the best of the three; R0 is robust with few studies but blind to some
patterns; Q0 can have no value. Take it as a sensitivity analysis: heterogeneity alone can make a funnel
asymmetric, and the filled effects are not data.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike

from claimbook.synthesis.linear import fit
from claimbook.synthesis.model import Array, NonConvergence, effects
from claimbook.synthesis.pooled import Pooled, pool

SIDES = {"left": 1.0, "right": -1.0}
ROUNDS = 100


@dataclass(frozen=True, eq=False, kw_only=True)
class Filled(Pooled):
    """The pooled effect of the observed and the filled-in studies.

    filled: (y, v) of the k0 studies filled in. k0_se: standard error of k0, None where its formula has no
    value. side: where studies are missing. estimator: a key of TRIM_ESTIMATORS. observed: the pooled effect
    as it was.
    """

    filled: tuple[Array, Array]
    k0: int
    k0_se: float | None
    side: str
    estimator: str
    observed: Pooled


def trim_and_fill(
    y: ArrayLike,
    v: ArrayLike,
    side: str | None = None,
    estimator: str = "L0",
    tau2: str | float = "REML",
    interval: str = "HKSJ",
    level: float = 0.95,
    trim_tau2: str | float | None = None,
) -> Filled:
    """Trim and fill k >= 3 effects y with variances v (Duval & Tweedie 2000a, 2000b).

    side: where studies are missing, "left" or "right"; None: opposite to the larger effects of small studies.
    estimator: of their number, a key of TRIM_ESTIMATORS. tau2, interval, level: as for `pool`; trim_tau2: the
    model while trimming, the same by default. ValueError where the estimator has no value, NonConvergence
    where the number does not settle.
    """
    if estimator not in TRIM_ESTIMATORS:
        raise ValueError(f"estimator must be one of {', '.join(TRIM_ESTIMATORS)}, got {estimator!r}")
    y, v = effects(y, v)
    if len(y) < 3:
        raise ValueError(f"y: trim and fill needs at least 3 effects, got {len(y)}")
    model = tau2 if trim_tau2 is None else trim_tau2
    side = _side(y, v, model) if side is None else side
    if side not in SIDES:
        raise ValueError(f"side must be 'left', 'right' or None, got {side!r}")
    sign, observed = SIDES[side], pool(y, v, tau2, interval, level)
    order = np.argsort(sign * y, kind="stable")
    k0, number, centre = _trim(sign * y[order], v[order], estimator, model)
    extreme = order[len(y) - k0 :]
    filled = (2 * sign * centre - y[extreme], v[extreme])
    whole = pool(np.append(y, filled[0]), np.append(v, filled[1]), tau2, interval, level)
    spread = TRIM_ESTIMATORS[estimator].variance(len(y), number)
    return Filled(
        **{field.name: getattr(whole, field.name) for field in fields(whole)},
        filled=filled,
        k0=k0,
        k0_se=sqrt(spread) if spread >= 0 else None,
        side=side,
        estimator=estimator,
        observed=observed,
    )


def _side(y: Array, v: Array, tau2: str | float) -> str:
    """Left, unless small studies have the smaller effects."""
    if np.ptp(v) == 0:
        raise ValueError("side: with equal variances the effects do not tell it, give 'left' or 'right'")
    slope = fit(y, v, np.column_stack([np.ones_like(v), np.sqrt(v)]), tau2, "z").beta[1]
    return "right" if slope < 0 else "left"


def _trim(y: Array, v: Array, estimator: str, tau2: str | float) -> tuple[int, float, float]:
    """Studies missing on the left of ascending effects, rounded and not, and the trimmed centre."""
    k, k0 = len(y), 0
    for _ in range(ROUNDS):
        centre = fit(y[: k - k0], v[: k - k0], None, tau2, "z").beta
        gap = y - centre
        rank = np.empty(k)
        rank[np.argsort(np.abs(gap), kind="stable")] = np.arange(1, k + 1)
        number = TRIM_ESTIMATORS[estimator].number(np.where(gap > 0, rank, -rank))
        found = max(0, round(number))
        if found == k0:
            return k0, number, float(centre)
        if k - found < (1 if tau2 == "EE" else 2):
            raise NonConvergence(f"trim and fill would trim {found} of {k} studies")
        k0 = found
    raise NonConvergence(f"the number of missing studies did not settle in {ROUNDS} rounds")


def rightmost_run(signed: Array) -> float:
    """R0: length of the run of largest ranks that are positive, less one (Duval & Tweedie 2000a, eq. 3)."""
    return float(len(signed) + min(0.0, signed.min()) - 1)


def linear(signed: Array) -> float:
    """L0 = (4 T - k (k + 1)) / (2 k - 1), T the sum of positive ranks (Duval & Tweedie 2000a, eq. 5)."""
    k = len(signed)
    return float(4 * signed[signed > 0].sum() - k * (k + 1)) / (2 * k - 1)


def quadratic(signed: Array) -> float:
    """Q0 = k - 1/2 - sqrt(2 k^2 - 4 T + 1/4) (Duval & Tweedie 2000a, eq. 6)."""
    k = len(signed)
    inner = 2 * k**2 - 4 * float(signed[signed > 0].sum()) + 0.25
    if inner < 0:
        raise ValueError(
            "estimator 'Q0' has no value for these effects: the rank sum is too large, take L0 or R0"
        )
    return k - 0.5 - sqrt(inner)


def _rank_sum_variance(k: int, k0: float) -> float:
    """Variance of T where k0 of the k + k0 studies are missing (Duval & Tweedie 2000a, section 3)."""
    cubic = 10 * k0**3 + 27 * k0**2 + 17 * k0
    return (k * (k + 1) * (2 * k + 1) + cubic - 18 * k * k0**2 - 18 * k * k0 + 6 * k**2 * k0) / 24


def rightmost_run_variance(k: int, k0: float) -> float:
    return 2 * max(0.0, k0) + 2


def linear_variance(k: int, k0: float) -> float:
    return 16 * _rank_sum_variance(k, k0) / (2 * k - 1) ** 2


def quadratic_variance(k: int, k0: float) -> float:
    return 4 * _rank_sum_variance(k, k0) / ((k - 0.5) ** 2 - k0 * (2 * k - k0 - 1))


@dataclass(frozen=True)
class TrimEstimator:
    label: str
    number: Callable[[Array], float]
    variance: Callable[[int, float], float]
    cite: str


TRIM_ESTIMATORS: dict[str, TrimEstimator] = {
    "L0": TrimEstimator("linear in the rank sum", linear, linear_variance, "duval2000a"),
    "R0": TrimEstimator("run of largest ranks", rightmost_run, rightmost_run_variance, "duval2000a"),
    "Q0": TrimEstimator("quadratic in the rank sum", quadratic, quadratic_variance, "duval2000a"),
}
