"""Pooling counts of events without an effect for each study: Mantel-Haenszel, Peto and their tests.

What to use when. Mantel-Haenszel needs no correction for zero cells (`add` is there to reproduce reviews that
made one) and stays sound where studies are small or events rare. Peto is for rare events, effects near one
and arms of similar size; it is biased elsewhere. "IV" is the equal-effects inverse-variance result for
comparison. Double-zero tables say nothing about a ratio and count for neither.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc

from claimbook.effects import effect_sizes
from claimbook.synthesis.model import Array, check_level
from claimbook.synthesis.pooled import Pooled, pool
from claimbook.synthesis.tables import (
    MANTEL_HAENSZEL,
    RATES,
    Estimate,
    Tables,
    fitted_events,
    peto_log_odds_ratio,
)


@dataclass(frozen=True)
class ChiSquared:
    """A chi-squared test."""

    statistic: float
    df: int

    @property
    def p(self) -> float:
        return float(chdtrc(self.df, self.statistic)) if self.df else 1.0


@dataclass(frozen=True, eq=False, kw_only=True)
class PooledEvents(Pooled):
    """A pooled effect of k tables of counts, on the log scale for ratios; q compares the tables with it."""

    measure: str
    tables: Tables

    def cochran_mantel_haenszel(self, correct: bool = True) -> ChiSquared:
        """Is there any effect? (Mantel & Haenszel 1959), by default with their correction for continuity."""
        if self.measure not in ("OR", "IRR"):
            raise ValueError(
                f"cochran_mantel_haenszel belongs to measure 'OR' or 'IRR', got {self.measure!r}"
            )
        t = self.tables
        v = t.hypergeometric_variance if self.measure == "OR" else t.events * t.n1 * t.n2 / t.n**2
        return ChiSquared(_score(float((t.a - t.expected).sum()), float(v.sum()), correct), 1)

    def cochran(self, correct: bool = True) -> ChiSquared:
        """Is there any effect? With binomial variances (Cochran 1954)."""
        t = self._odds_ratio("cochran")
        v = t.events * (t.n - t.events) * t.n1 * t.n2 / t.n**3
        return ChiSquared(_score(float((t.a - t.expected).sum()), float(v.sum()), correct), 1)

    def breslow_day(self) -> ChiSquared:
        """Are the odds ratios the same? (Breslow & Day 1980)."""
        gap, variance = self._gap("breslow_day")
        return ChiSquared(float((gap**2 / variance).sum()), len(gap) - 1)

    def tarone(self) -> ChiSquared:
        """Breslow-Day with the correction that the Mantel-Haenszel estimate asks for (Tarone 1985)."""
        gap, variance = self._gap("tarone")
        statistic = float((gap**2 / variance).sum() - gap.sum() ** 2 / variance.sum())
        return ChiSquared(statistic, len(gap) - 1)

    def _odds_ratio(self, test: str) -> Tables:
        if self.measure != "OR":
            raise ValueError(f"{test} belongs to measure 'OR', got {self.measure!r}")
        return self.tables

    def _gap(self, test: str) -> tuple[Array, Array]:
        """Events in group 1 less those fitted, and their variance; informative tables only."""
        t = self._odds_ratio(test)
        keep = (t.events > 0) & (t.events < t.n)
        n1, n2, m = t.n1[keep], t.n2[keep], t.events[keep]
        fitted = fitted_events(n1, n2, m, float(np.exp(self.estimate)))
        return t.a[keep] - fitted, 1 / (
            1 / fitted + 1 / (n1 - fitted) + 1 / (m - fitted) + 1 / (n2 - m + fitted)
        )


def _score(gap: float, variance: float, correct: bool) -> float:
    return max(0.0, abs(gap) - 0.5 * correct) ** 2 / variance if variance > 0 else 0.0


def pool_events(
    events1: ArrayLike,
    n1: ArrayLike,
    events2: ArrayLike,
    n2: ArrayLike,
    measure: str = "RR",
    method: str = "MH",
    level: float = 0.95,
    add: float = 0.0,
    drop00: bool = True,
) -> PooledEvents:
    """Pool k tables of events1 of n1 and events2 of n2; for IRR and IRD n1 and n2 are person-times.

    measure: a key of MANTEL_HAENSZEL; "OR" for Peto. method: a key of EVENT_METHODS. add: to every cell of a
    table with an empty one, in pooling (heterogeneity is always judged with 0.5 there). drop00: leave
    double-zero tables out of heterogeneity, and of IV. ValueError where counts are impossible or the estimate
    does not exist.
    """
    if method not in EVENT_METHODS:
        raise ValueError(f"method must be one of {', '.join(EVENT_METHODS)}, got {method!r}")
    chosen = EVENT_METHODS[method]
    if measure not in chosen.measures:
        raise ValueError(
            f"measure must be one of {', '.join(chosen.measures)} with method={method!r}, got {measure!r}"
        )
    if not 0 <= add < np.inf:
        raise ValueError(f"add must be finite and at least 0, got {add!r}")
    t = _tables(events1, n1, events2, n2, rates=measure in RATES)
    pooled = _corrected(t, measure, add)
    estimate = chosen.function(pooled, measure, drop00)
    if not estimate.variance > 0:
        raise ValueError(f"events1, events2: no events, the pooled {measure} has no variance")
    q, q_df = chosen.heterogeneity(t, measure, estimate, drop00)
    return PooledEvents(
        estimate=estimate.value,
        se=float(np.sqrt(estimate.variance)),
        df=np.inf,
        level=check_level(level),
        k=len(t.a),
        tau2=0.0,
        q=q,
        q_df=q_df,
        i2=100 * max(0.0, 1 - q_df / q) if q > 0 else 0.0,
        h2=q / q_df if q_df else 1.0,
        weights=estimate.weights / estimate.weights.sum(),
        method=method,
        interval="z",
        measure=measure,
        tables=pooled,
    )


def _tables(events1: ArrayLike, n1: ArrayLike, events2: ArrayLike, n2: ArrayLike, rates: bool) -> Tables:
    columns = [np.atleast_1d(np.asarray(c, dtype=float)) for c in (events1, n1, events2, n2)]
    if len({c.shape for c in columns}) > 1 or columns[0].ndim != 1 or not columns[0].size:
        raise ValueError(
            f"events1, n1, events2, n2 must be of one length, got {', '.join(str(c.shape) for c in columns)}"
        )
    for name, column in zip(("events1", "n1", "events2", "n2"), columns, strict=True):
        low = column < 0 if name.startswith("e") else column <= 0
        if (low | ~np.isfinite(column)).any():
            at = int(np.argmax(low | ~np.isfinite(column)))
            raise ValueError(
                f"{name} must be finite and not negative, sizes above 0, got {column[at]} at position {at}"
            )
    t = Tables(*columns)
    over = (t.b < 0) | (t.d < 0)
    if over.any() and not rates:
        raise ValueError(f"events must not exceed their group, as they do at position {int(np.argmax(over))}")
    return t


def _corrected(t: Tables, measure: str, add: float) -> Tables:
    """The tables with `add` in every cell of those that have an empty one."""
    if measure in RATES:
        extra = add * ((t.a == 0) | (t.c == 0))
        return Tables(t.a + extra, t.n1, t.c + extra, t.n2)
    extra = add * ((t.a == 0) | (t.b == 0) | (t.c == 0) | (t.d == 0))
    return Tables(t.a + extra, t.n1 + 2 * extra, t.c + extra, t.n2 + 2 * extra)


def _double_zero(t: Tables, measure: str) -> NDArray[np.bool_]:
    return np.asarray((t.events == 0) | ((t.events == t.n) & (measure not in RATES)))


def _mantel_haenszel(t: Tables, measure: str, drop00: bool) -> Estimate:
    return MANTEL_HAENSZEL[measure].function(t)


def _effects(t: Tables, measure: str, drop00: bool) -> tuple[Array, Array]:
    """Each table's own effect and variance, by the standard rule for zero cells."""
    sizes = ("time1", "time2") if measure in RATES else ("n1", "n2")
    columns: dict[str, Any] = {"events1": t.a, sizes[0]: t.n1, "events2": t.c, sizes[1]: t.n2}
    e = effect_sizes(measure, drop00=drop00, **columns)
    keep = np.isfinite(e.v)
    return e.y[keep], e.v[keep]


def _inverse_variance(t: Tables, measure: str, drop00: bool) -> Estimate:
    p = pool(*_effects(t, measure, drop00), tau2="EE", interval="z")
    return Estimate(p.estimate, p.se**2, p.weights)


def _around(t: Tables, measure: str, estimate: Estimate, drop00: bool) -> tuple[float, int]:
    """Inverse-variance weighted squares of the tables' effects about the pooled one."""
    y, v = _effects(t, measure, drop00)
    return float(((y - estimate.value) ** 2 / v).sum()), max(len(y) - 1, 0)


def _peto(t: Tables, measure: str, drop00: bool) -> Estimate:
    return peto_log_odds_ratio(t)


def _peto_around(t: Tables, measure: str, estimate: Estimate, drop00: bool) -> tuple[float, int]:
    v = t.hypergeometric_variance
    y = (t.a - t.expected)[v > 0] / v[v > 0]
    k = int((~_double_zero(t, measure)).sum()) if drop00 else len(t.a)
    return float((v[v > 0] * (y - estimate.value) ** 2).sum()), max(k - 1, 0)


@dataclass(frozen=True)
class EventMethod:
    label: str
    function: Callable[[Tables, str, bool], Estimate]
    heterogeneity: Callable[[Tables, str, Estimate, bool], tuple[float, int]]
    measures: tuple[str, ...]
    cite: str


EVENT_METHODS = {
    "MH": EventMethod("Mantel-Haenszel", _mantel_haenszel, _around, tuple(MANTEL_HAENSZEL), "mantel1959"),
    "Peto": EventMethod("Peto", _peto, _peto_around, ("OR",), "yusuf1985"),
    "IV": EventMethod("Inverse variance", _inverse_variance, _around, tuple(MANTEL_HAENSZEL), "cochran1954"),
}
