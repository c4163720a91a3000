"""Bootstrap intervals of a pooled effect and of its heterogeneity.

What to use when. Drawing studies assumes nothing of their distribution but needs enough of them
(fifteen, say) to stand for the population they come from. The parametric bootstrap assumes the fitted
model and works with fewer. Of the intervals "percentile" is plain, "BCa" mends its bias and skewness,
"t" is the most accurate for the pooled effect and the widest where studies are few. Every draw is
refitted, tau2 and all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from claimbook.synthesis.batch import fit_rows
from claimbook.synthesis.batch_fit import Rows
from claimbook.synthesis.batch_model import Array
from claimbook.synthesis.model import check_level, effects
from claimbook.synthesis.pooled import Pooled, pool

if TYPE_CHECKING:
    import pandas as pd

Bounds = tuple[float, float]

RESAMPLED = ("estimate", "tau2", "i2", "h2")
BLOCK = 50_000  # refits drawn at a time, each block from its own stream of random numbers


@dataclass(frozen=True, eq=False, repr=False)
class Bootstrap:
    """A pooled effect with refits of resampled data; `of` is one of RESAMPLED throughout."""

    y: Array
    v: Array
    tau2: str | float
    pooled: Pooled
    refits: Rows

    def draws(self, of: str = "estimate") -> Array:
        if of not in RESAMPLED:
            raise ValueError(f"of must be one of {', '.join(RESAMPLED)}, got {of!r}")
        values: Array = getattr(self.refits, of)
        return values

    def se(self, of: str = "estimate") -> float:
        """Standard deviation of the refits."""
        return float(self.draws(of).std(ddof=1))

    def bias(self, of: str = "estimate") -> float:
        """Mean of the refits less the value itself."""
        return float(self.draws(of).mean()) - float(getattr(self.pooled, of))

    def interval(self, of: str = "estimate", method: str = "BCa", level: float | None = None) -> Bounds:
        """An interval by a key of BOOTSTRAP_INTERVALS, at the fit's level unless told."""
        if method not in BOOTSTRAP_INTERVALS:
            known = ", ".join(BOOTSTRAP_INTERVALS)
            raise ValueError(f"method must be one of {known}, got {method!r}")
        level = self.pooled.level if level is None else check_level(level)
        low, high = BOOTSTRAP_INTERVALS[method].function(self, of, level)
        return float(low), float(high)

    def frame(self, method: str = "BCa", level: float | None = None) -> pd.DataFrame:
        """A row for each of RESAMPLED: value, bias, se, low and high."""
        import pandas as pd

        rows = {
            of: (getattr(self.pooled, of), self.bias(of), self.se(of), *self.interval(of, method, level))
            for of in RESAMPLED
        }
        return pd.DataFrame.from_dict(rows, orient="index", columns=["value", "bias", "se", "low", "high"])

    def __repr__(self) -> str:
        return f"Bootstrap(k={len(self.y)}, refits={len(self.refits.k)}, estimate={self.pooled.estimate:.6g})"

    @cached_property
    def left_out(self) -> Rows:
        """The fits without each study."""
        return fit_rows(np.where(np.eye(len(self.y)) > 0, np.nan, self.y), self.v, self.tau2, "z")


def percentile(b: Bootstrap, of: str, level: float) -> Any:
    """Quantiles of the refits (Efron & Tibshirani 1993, ch. 13)."""
    return np.quantile(b.draws(of), _tails(level))


def basic(b: Bootstrap, of: str, level: float) -> Any:
    """The same turned round the value; can leave the range of tau2 (Davison & Hinkley 1997, eq. 5.6)."""
    return 2 * getattr(b.pooled, of) - np.quantile(b.draws(of), _tails(level)[::-1])


def bias_corrected(b: Bootstrap, of: str, level: float) -> Any:
    """Quantiles moved for bias and for skewness, the latter from the fits without each study (Efron 1987)."""
    if len(b.y) < 3:
        raise ValueError(f"method='BCa' needs at least 3 effects, got {len(b.y)}; use 'percentile'")
    draws, value = b.draws(of), getattr(b.pooled, of)
    share = np.mean(draws < value) + 0.5 * np.mean(draws == value)
    if not 0 < share < 1:
        raise ValueError(f"method='BCa': all refits lie on one side of {of} = {value}; use 'percentile'")
    away = getattr(b.left_out, of).mean() - getattr(b.left_out, of)
    spread = np.sum(away**2) ** 1.5
    skew = np.sum(away**3) / (6 * spread) if spread > 0 else 0.0
    z = ndtri(share) + ndtri(_tails(level))
    return np.quantile(draws, ndtr(ndtri(share) + z / (1 - skew * z)))


def studentised(b: Bootstrap, of: str, level: float) -> Any:
    """The estimate less quantiles of (refit - estimate) / se times its own se (Efron 1979; Hall 1988)."""
    if of != "estimate":
        raise ValueError(f"method='t' is for the estimate, which has a standard error; got of={of!r}")
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (b.refits.estimate - b.pooled.estimate) / b.refits.se
    t[np.isnan(t)] = 0
    return b.pooled.estimate - b.pooled.se * np.quantile(t, _tails(level)[::-1], method="inverted_cdf")


def _tails(level: float) -> Array:
    return np.array([0.5 * (1 - level), 0.5 * (1 + level)])


def draw_studies(rng: np.random.Generator, pooled: Pooled, y: Array, v: Array, n: int) -> tuple[Array, Array]:
    """n sets of k studies each, drawn with replacement."""
    studies = rng.integers(len(y), size=(n, len(y)))
    return y[studies], v[studies]


def draw_effects(rng: np.random.Generator, pooled: Pooled, y: Array, v: Array, n: int) -> tuple[Array, Array]:
    """n sets of effects from N(estimate, v + tau2)."""
    return pooled.estimate + rng.standard_normal((n, len(y))) * np.sqrt(v + pooled.tau2), v


@dataclass(frozen=True)
class Resampling:
    label: str
    function: Callable[[np.random.Generator, Pooled, Array, Array, int], tuple[Array, Array]]
    cite: str


@dataclass(frozen=True)
class BootstrapInterval:
    label: str
    function: Callable[[Bootstrap, str, float], Any]
    cite: str


RESAMPLING = {
    "studies": Resampling("Studies drawn with replacement", draw_studies, "adams1997"),
    "parametric": Resampling("Effects drawn from the fitted model", draw_effects, "vandennoortgate2005"),
}

BOOTSTRAP_INTERVALS = {
    "percentile": BootstrapInterval("Percentile", percentile, "efron1993"),
    "basic": BootstrapInterval("Basic", basic, "davison1997"),
    "BCa": BootstrapInterval("Bias-corrected and accelerated", bias_corrected, "efron1987"),
    "t": BootstrapInterval("Studentised", studentised, "hall1988"),
}


def bootstrap(
    y: ArrayLike,
    v: ArrayLike,
    tau2: str | float = "REML",
    interval: str = "HKSJ",
    level: float = 0.95,
    resampling: str = "studies",
    n: int = 5000,
    seed: int = 1,
) -> Bootstrap:
    """Pool y, v (k,) and refit n resampled sets; the same seed gives the same draws.

    tau2, interval, level: as for `pool_many`. resampling: a key of RESAMPLING. ValueError as for
    `pool`, and for fewer than two effects.
    """
    if resampling not in RESAMPLING:
        raise ValueError(f"resampling must be one of {', '.join(RESAMPLING)}, got {resampling!r}")
    if n < 2:
        raise ValueError(f"n must be at least 2, got {n!r}")
    y, v = effects(y, v)
    if len(y) < 2:
        raise ValueError(f"y: a bootstrap needs at least 2 effects, got {len(y)}")
    fit, draw = pool(y, v, tau2, interval, level), RESAMPLING[resampling].function
    blocks = []
    for block in range(0, n, BLOCK):
        rng = np.random.default_rng([seed, block])
        blocks.append(fit_rows(*draw(rng, fit, y, v, min(BLOCK, n - block)), tau2, interval))
    return Bootstrap(y, v, tau2, fit, Rows(*(np.concatenate(values) for values in zip(*blocks, strict=True))))
