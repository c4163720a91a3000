"""Simulated meta-analyses: how often each interval covers, how biased each estimator is, what it detects.

Effects are drawn as theta ~ effect + tau * (a distribution of mean 0 and variance 1), y ~ N(theta, v),
with v known, as the methods themselves assume: so this judges the methods, not the normal approximation
of a given effect size. Work is cut into blocks with random numbers of their own, so the same seed gives
the same numbers to the last bit on any number of workers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from claimbook.synthesis.batch import processors
from claimbook.synthesis.batch_fit import Method, Rows, fit_block, infer, solver
from claimbook.synthesis.batch_model import Array
from claimbook.synthesis.model import check_level

if TYPE_CHECKING:
    import pandas as pd

BLOCK = 5_000  # sets in a block

Generator = np.random.Generator
Mapper = Callable[[Callable[["Job"], Array], Iterable["Job"]], Iterable[Array]]


def normal(rng: Generator, n: int, k: int) -> Array:
    """The distribution that the random-effects model assumes."""
    return rng.standard_normal((n, k))


def heavy(rng: Generator, n: int, k: int) -> Array:
    """t with 5 degrees of freedom: now and then a study far off."""
    draws: Array = rng.standard_t(5, (n, k))
    draws *= 0.6**0.5
    return draws


def skewed(rng: Generator, n: int, k: int) -> Array:
    """Exponential, skewness 2: most effects a little below the mean, a few far above."""
    return rng.standard_exponential((n, k)) - 1


def two_kinds(rng: Generator, n: int, k: int) -> Array:
    """One value or the other with equal chance: an effect modifier that nobody recorded."""
    return rng.choice([-1.0, 1.0], (n, k))


def mixed_sizes(rng: Generator, n: int, k: int) -> Array:
    """chi2(1) / 4 between 0.009 and 0.6, as of log odds ratios (Brockwell & Gordon 2001)."""
    v = np.empty(0)
    while v.size < n * k:
        drawn = 0.25 * rng.chisquare(1, 2 * n * k)
        v = np.append(v, drawn[(drawn > 0.009) & (drawn < 0.6)])
    return v[: n * k].reshape(n, k)


def equal_sizes(rng: Generator, n: int, k: int) -> Array:
    """0.1 throughout: the case in which most methods agree."""
    return np.full((n, k), 0.1)


def one_large(rng: Generator, n: int, k: int) -> Array:
    """0.1 but for one study with a tenth of that."""
    v = np.full((n, k), 0.1)
    v[:, 0] = 0.01
    return v


Draw = Callable[[Generator, int, int], Array]

DISTRIBUTIONS: dict[str, Draw] = {"normal": normal, "heavy": heavy, "skewed": skewed, "two kinds": two_kinds}
VARIANCES: dict[str, Draw] = {"mixed": mixed_sizes, "equal": equal_sizes, "one large": one_large}


@dataclass(frozen=True)
class Scenario:
    """Sets of k studies: heterogeneity, mean effect, and the distributions of effects and of variances.

    variances: a key of VARIANCES, or values that are drawn with replacement.
    """

    k: int
    tau2: float
    effect: float = 0.0
    distribution: str = "normal"
    variances: str | tuple[float, ...] = "mixed"

    def __post_init__(self) -> None:
        if self.k < 2 or not 0 <= self.tau2 < np.inf or not np.isfinite(self.effect):
            raise ValueError(f"k must be at least 2, tau2 at least 0 and effect finite, got {self}")
        if self.distribution not in DISTRIBUTIONS:
            known = ", ".join(DISTRIBUTIONS)
            raise ValueError(f"distribution must be one of {known}, got {self.distribution!r}")
        if isinstance(self.variances, str):
            if self.variances not in VARIANCES:
                known = ", ".join(VARIANCES)
                raise ValueError(f"variances must be values or one of {known}, got {self.variances!r}")
        elif not self.variances or not all(0 < v < np.inf for v in self.variances):
            raise ValueError(f"variances must be positive and finite, got {self.variances!r}")

    def draw(self, rng: Generator, n: int) -> tuple[Array, Array, Array]:
        """y, v (n, k), and the true effects (n,) of as many new studies."""
        if isinstance(self.variances, str):
            v = VARIANCES[self.variances](rng, n, self.k)
        else:
            v = rng.choice(self.variances, (n, self.k))
        standard = DISTRIBUTIONS[self.distribution](rng, n, self.k + 1)
        theta = self.effect + np.sqrt(self.tau2) * standard
        return theta[:, 1:] + np.sqrt(v) * rng.standard_normal((n, self.k)), v, theta[:, 0]


def grid(k: Iterable[int], tau2: Iterable[float], **others: Iterable[Any]) -> list[Scenario]:
    """Every combination: `grid(k=[3, 10], tau2=[0, 0.1], distribution=["normal", "skewed"])`."""
    names = ("k", "tau2", *others)
    return [Scenario(**dict(zip(names, cell, strict=True))) for cell in product(k, tau2, *others.values())]


def simulate(
    scenarios: Scenario | Iterable[Scenario],
    estimators: Sequence[str] = ("REML",),
    intervals: Sequence[str] = ("HKSJ",),
    level: float = 0.95,
    n: int = 10_000,
    seed: int = 1,
    mapper: Mapper | None = None,
) -> pd.DataFrame:
    """How methods do over n sets of each scenario: one row for each scenario, estimator of tau2 and interval.

    Columns after those that name the row: bias, rmse (of the estimate), tau2_bias, tau2_rmse, tau2_zero
    (share of zeros), coverage, below and above (shares of intervals wholly to one side of the effect),
    width (mean), power (share of intervals without zero), prediction_coverage (of a new study's true
    effect), n. A share s has the standard error sqrt(s (1 - s) / n).

    mapper: what `map` is, over workers: threads unless told; an executor's `map` will do. ValueError on
    unknown methods and on what is no Scenario.
    """
    import pandas as pd

    check_level(level)
    scenarios = list(scenarios) if isinstance(scenarios, Iterable) else [scenarios]
    if not scenarios or not all(isinstance(one, Scenario) for one in scenarios):
        raise ValueError(f"scenarios must be a Scenario or several, got {scenarios}")
    methods = [Method(tau2, interval) for tau2 in estimators for interval in intervals]
    if n < 1:
        raise ValueError(f"n must be at least 1, got {n!r}")
    jobs = [
        Job(scenario, tuple(methods), level, (seed, start), min(BLOCK, n - start), n * scenario.k)
        for scenario in scenarios
        for start in range(0, n, BLOCK)
    ]
    sums = list((mapper or _on_threads)(Job.run, jobs))
    blocks, table = len(jobs) // max(1, len(scenarios)), []
    for i, scenario in enumerate(scenarios):
        means = np.sum(sums[i * blocks : (i + 1) * blocks], axis=0) / n
        means[:, ROOTS] = np.sqrt(means[:, ROOTS])
        for method, values in zip(methods, means, strict=True):
            named = {"estimator": method.tau2, "interval": method.interval}
            table.append(vars(scenario) | named | dict(zip(MEASURES, values, strict=True)) | {"n": n})
    return pd.DataFrame(table)


@dataclass(frozen=True)
class Job:
    """A block of n sets of one scenario, fitted by every method; numbers: those of the whole scenario."""

    scenario: Scenario
    methods: tuple[Method, ...]
    level: float
    seed: tuple[int, int]
    n: int
    numbers: int

    def run(self) -> Array:
        """Sums over the sets of what is measured, (methods, measures)."""
        y, v, new = self.scenario.draw(np.random.default_rng(self.seed), self.n)
        fits = (fit_block(y, v, m, solve=solver(m, self.numbers)) for m in self.methods)
        return np.array([self._measures(rows, new) for rows in fits])

    def _measures(self, rows: Rows, new: Array) -> list[float]:
        inference, effect = infer(rows, self.level), self.scenario.effect
        low, high, tau2_error = inference.low, inference.high, rows.tau2 - self.scenario.tau2
        new_within = (inference.prediction_low <= new) & (new <= inference.prediction_high)
        values = {
            "bias": rows.estimate - effect,
            "rmse": (rows.estimate - effect) ** 2,
            "tau2_bias": tau2_error,
            "tau2_rmse": tau2_error**2,
            "tau2_zero": rows.tau2 == 0,
            "coverage": (low <= effect) & (effect <= high),
            "below": high < effect,
            "above": low > effect,
            "width": high - low,
            "power": (low > 0) | (high < 0),
            "prediction_coverage": new_within,
        }
        return [float(values[name].sum()) for name in MEASURES]


MEASURES = (
    *("bias", "rmse", "tau2_bias", "tau2_rmse", "tau2_zero", "coverage", "below", "above", "width"),
    *("power", "prediction_coverage"),
)
ROOTS = [i for i, name in enumerate(MEASURES) if name.endswith("rmse")]


def _on_threads(function: Callable[[Job], Array], jobs: Iterable[Job]) -> list[Array]:
    with ThreadPoolExecutor(processors()) as executor:
        return list(executor.map(function, jobs))
