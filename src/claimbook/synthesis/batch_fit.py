"""A block of meta-analyses: from data to fits, and from fits to intervals."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from importlib.util import find_spec
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from claimbook.problems import did_you_mean
from claimbook.synthesis.batch_model import Array, At, Mask, Mean, pack
from claimbook.synthesis.batch_tails import chi2_tail, t_quantiles, t_tails
from claimbook.synthesis.batch_tau2 import TAU2_COLUMNS
from claimbook.synthesis.intervals import INTERVALS
from claimbook.synthesis.tau2 import TAU2

COMPILED = ("DL", "REML", "ML", "EB", "PM", "PMM")
WORTH_COMPILING = 2_000_000  # numbers of y: the compiled solver takes half a second to load


class Rows(NamedTuple):
    """Fits, one a row, with the fields of `Pooled`.

    Where `pool` would have no answer converged is False and all else but k is NaN.
    """

    estimate: Array
    se: Array
    df: Array
    k: NDArray[np.int64]
    tau2: Array
    q: Array
    i2: Array
    h2: Array
    converged: Mask


class Inference(NamedTuple):
    """What follows from a fit: interval, test, p-value of q, prediction interval."""

    low: Array
    high: Array
    statistic: Array
    p: Array
    q_p: Array
    prediction_low: Array
    prediction_high: Array


def wald(residual_variance: Array, df: Array) -> tuple[Array, Array]:
    """No factor, and the normal distribution."""
    return np.ones_like(df), np.full_like(df, np.inf)


def wald_t(residual_variance: Array, df: Array) -> tuple[Array, Array]:
    """No factor, and t with k - p degrees of freedom."""
    return np.ones_like(df), df


def hartung_knapp(residual_variance: Array, df: Array) -> tuple[Array, Array]:
    """sum(w r^2) / (k - p), and t (Hartung & Knapp 2001; Sidik & Jonkman 2002)."""
    return residual_variance, df


def hartung_knapp_adhoc(residual_variance: Array, df: Array) -> tuple[Array, Array]:
    """The same, at least one (Knapp & Hartung 2003)."""
    return np.maximum(1.0, residual_variance), df


# The factor on the variance 1 / sum(w), and degrees of freedom.
INTERVAL_COLUMNS: dict[str, Callable[[Array, Array], tuple[Array, Array]]] = {
    "z": wald,
    "t": wald_t,
    "HKSJ": hartung_knapp,
    "HKSJ-adhoc": hartung_knapp_adhoc,
}


@dataclass(frozen=True)
class Method:
    """How every row is fitted: tau2 a key of TAU2_COLUMNS or a value, interval a key of INTERVAL_COLUMNS."""

    tau2: str | float
    interval: str

    def __post_init__(self) -> None:
        if isinstance(self.tau2, str):
            if self.tau2 not in TAU2_COLUMNS:
                known = f"a number or one of {', '.join(TAU2_COLUMNS)}"
                raise ValueError(f"tau2 of many rows must be {known}, got {_one_by_one(self.tau2, TAU2)}")
        elif not 0 <= self.tau2 < np.inf:
            raise ValueError(f"tau2 must be at least 0 and finite, got {self.tau2!r}")
        if self.interval not in INTERVAL_COLUMNS:
            known, given = ", ".join(INTERVAL_COLUMNS), _one_by_one(self.interval, INTERVALS)
            raise ValueError(f"interval of many rows must be one of {known}, got {given}")

    def estimate(self, model: Mean, unit: Array) -> tuple[Array, Mask]:
        """tau2 at unit scale and whether it was found."""
        if isinstance(self.tau2, str):
            return TAU2_COLUMNS[self.tau2](model)
        return self.tau2 / unit / unit, np.ones(len(unit), dtype=bool)

    def answers(self, n: Array, df: Array) -> Mask:
        """Whether there are effects enough: one to spare where a variance is estimated."""
        estimated = self.interval != "z" or (isinstance(self.tau2, str) and self.tau2 != "EE")
        enough: Mask = (n > 0) & (df >= (1 if estimated else 0))
        return enough


def _one_by_one(word: str, known: Collection[str]) -> str:
    """A word in a message, with the way to what is known but does not vectorise, or to what is near."""
    if word in known:
        return f"{word!r}, which pool takes for one set at a time"
    return f"{word!r}{did_you_mean(str(word), known)}"


class Solution(NamedTuple):
    """tau2 of each set with whether it was found, and what a fit needs besides, at the sets' unit scale.

    beta, sum_w and q_at are those of weights 1 / (v + tau2), q and trace (of P) those of 1 / v.
    """

    n: Array
    centre: Array
    unit: Array
    tau2: Array
    found: Mask
    beta: Array
    sum_w: Array
    q_at: Array
    q: Array
    trace: Array


Solver = Callable[[Array, Array, Method, int], Solution]


def solve(y: Array, v: Array, method: Method, first: int) -> Solution:
    """Solutions of the rows of y, v (m, k), NaN where absent; ``first`` numbers the first row in messages."""
    packed = pack(y, v, first)
    model = Mean(packed.y, packed.v, packed.n)
    tau2, found = method.estimate(model, packed.unit)
    beta, sum_w, q_at = model.each(3, _pooled, tau2)
    q, trace = model.fixed.q, model.fixed.trace[0]
    return Solution(packed.n, packed.centre, packed.unit, tau2, found, beta, sum_w, q_at, q, trace)


def _pooled(part: Mean, tau2: Array) -> tuple[Array, ...]:
    at = At(part, tau2)
    return at.beta, at.sum_w, at.q


def solver(method: Method, numbers: int) -> Solver:
    """The compiled solver where it has the method, is installed and is worth its loading."""
    if numbers < WORTH_COMPILING or method.tau2 not in COMPILED or find_spec("numba") is None:
        return solve
    from claimbook.synthesis.native import solve as compiled

    return compiled


def fit_block(y: Array, v: Array, method: Method, first: int = 0, solve: Solver = solve) -> Rows:
    """Fits of the rows of y, v (m, k), NaN where absent; ``first`` numbers the first row in messages."""
    with np.errstate(all="ignore"):
        s = solve(y, v, method, first)
        df = s.n - 1
        factor, interval_df = INTERVAL_COLUMNS[method.interval](s.q_at / df, df)
        h2, i2 = heterogeneity(s.q, df, s.trace, s.tau2, method)
        estimate, se = s.beta * s.unit + s.centre, np.sqrt(factor / s.sum_w) * s.unit
        tau2, q = s.tau2 * s.unit * s.unit, s.q
        answered = s.found & method.answers(s.n, df) & np.isfinite(q + estimate + se)
    if not answered.all():
        for values in (estimate, se, interval_df, tau2, q, i2, h2):
            values[~answered] = np.nan
    return Rows(estimate, se, interval_df, s.n.astype(np.int64), tau2, q, i2, h2, answered)


def heterogeneity(q: Array, df: Array, trace: Array, tau2: Array, method: Method) -> tuple[Array, Array]:
    """H2, and I2 in percent: from tau2 and the typical variance df / tr(P), for equal effects from Q."""
    h2 = q / df if method.tau2 == "EE" else tau2 * trace / df + 1
    h2 = np.where(df > 0, h2, 1.0)
    return h2, np.where(h2 > 0, 100 * np.maximum(0.0, 1 - 1 / h2), 0.0)


def infer(rows: Rows, level: float) -> Inference:
    """Intervals and tests: by t with rows.df degrees of freedom, by the normal where they are infinite."""
    estimate, se, df = rows.estimate, rows.se, rows.df
    with np.errstate(all="ignore"):
        statistic = np.where(se > 0, estimate / se, np.where(estimate == 0, 0.0, np.inf * estimate))
        critical = t_quantiles(level, df)
        margin, predicted = critical * se, critical * np.sqrt(se * se + rows.tau2)
        p, q_p = t_tails(statistic, df), chi2_tail(rows.q, np.where(rows.converged, rows.k - 1.0, np.nan))
    low, high = estimate - margin, estimate + margin
    return Inference(low, high, statistic, p, q_p, estimate - predicted, estimate + predicted)
