"""Tables of events in two groups, and the common effects that Mantel, Haenszel and Peto take from them.

A table has events a and non-events b in group 1, c and d in group 2, n1 = a + b, n2 = c + d, n = n1 + n2; for
rates n1 and n2 are person-times. An effect is on the log scale where it is a ratio.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from claimbook.synthesis.model import Array


@dataclass(frozen=True, eq=False)
class Tables:
    """k tables: events a, c (k,) of n1, n2 people or person-time."""

    a: Array
    n1: Array
    c: Array
    n2: Array

    @property
    def b(self) -> Array:
        return np.asarray(self.n1 - self.a)

    @property
    def d(self) -> Array:
        return np.asarray(self.n2 - self.c)

    @property
    def n(self) -> Array:
        return self.n1 + self.n2

    @property
    def events(self) -> Array:
        return self.a + self.c

    @property
    def expected(self) -> Array:
        """Events in group 1 where the groups do not differ."""
        return np.asarray(self.events * self.n1 / self.n)

    @property
    def hypergeometric_variance(self) -> Array:
        """Variance of a given the margins; zero for a table of one person or one row of zeros."""
        ways = self.events * (self.n - self.events) * self.n1 * self.n2
        return np.asarray(ways / (self.n**2 * np.maximum(self.n - 1, 1)))


@dataclass(frozen=True)
class Estimate:
    """A pooled estimate with its variance and the weight of each table."""

    value: float
    variance: float
    weights: Array


def log_odds_ratio(t: Tables) -> Estimate:
    """sum(a d / n) / sum(b c / n), variance of Robins, Breslow & Greenland (1986)."""
    r, s = t.a * t.d / t.n, t.b * t.c / t.n
    big_r, big_s = _sums("odds ratio", r, s)
    p, q = (t.a + t.d) / t.n, (t.b + t.c) / t.n
    variance = (p @ r) / big_r**2 + (p @ s + q @ r) / (big_r * big_s) + (q @ s) / big_s**2
    return Estimate(float(np.log(big_r / big_s)), float(variance) / 2, s)


def log_risk_ratio(t: Tables) -> Estimate:
    """sum(a n2 / n) / sum(c n1 / n), variance of Greenland & Robins (1985)."""
    r, s = t.a * t.n2 / t.n, t.c * t.n1 / t.n
    big_r, big_s = _sums("risk ratio", r, s)
    spread = (t.n1 * t.n2 * t.events - t.a * t.c * t.n) / t.n**2
    return Estimate(float(np.log(big_r / big_s)), float(spread.sum()) / (big_r * big_s), s)


def risk_difference(t: Tables) -> Estimate:
    """sum((a n2 - c n1) / n) / sum(n1 n2 / n), variance of Sato (1989), sound for sparse tables too."""
    w = t.n1 * t.n2 / t.n
    total = float(w.sum())
    value = float(((t.a * t.n2 - t.c * t.n1) / t.n).sum()) / total
    share1, share2 = t.n1 / t.n, t.n2 / t.n
    first = float(np.sum(t.c * share1**2 - t.a * share2**2 + share1 * share2 * (t.n2 - t.n1) / 2))
    second = float(((t.a * t.d + t.c * t.b) / t.n).sum()) / 2
    return Estimate(value, (value * first + second) / total**2, w)


def log_rate_ratio(t: Tables) -> Estimate:
    """sum(a t2 / t) / sum(c t1 / t), variance of Greenland & Robins (1985)."""
    r, s = t.a * t.n2 / t.n, t.c * t.n1 / t.n
    big_r, big_s = _sums("rate ratio", r, s)
    spread = float((t.events * t.n1 * t.n2 / t.n**2).sum())
    return Estimate(float(np.log(big_r / big_s)), spread / (big_r * big_s), s)


def rate_difference(t: Tables) -> Estimate:
    """sum((a t2 - c t1) / t) / sum(t1 t2 / t) (Greenland & Robins 1985)."""
    w = t.n1 * t.n2 / t.n
    total = float(w.sum())
    value = float(((t.a * t.n2 - t.c * t.n1) / t.n).sum()) / total
    return Estimate(value, float((w**2 * (t.a / t.n1**2 + t.c / t.n2**2)).sum()) / total**2, w)


def _sums(name: str, r: Array, s: Array) -> tuple[float, float]:
    big_r, big_s = float(r.sum()), float(s.sum())
    if not big_r > 0 or not big_s > 0:
        raise ValueError(
            f"events1, events2: no pooled {name} exists: {'numerator' if big_s > 0 else 'denominator'} zero"
        )
    return big_r, big_s


def peto_log_odds_ratio(t: Tables) -> Estimate:
    """sum(O - E) / sum(V) with the hypergeometric variance V (Yusuf et al. 1985)."""
    v = t.hypergeometric_variance
    total = float(v.sum())
    if not total > 0:
        raise ValueError(
            "events1, events2: no pooled odds ratio exists, no table has both events and non-events"
        )
    return Estimate(float((t.a - t.expected).sum()) / total, 1 / total, v)


def fitted_events(n1: Array, n2: Array, m: Array, odds_ratio: float) -> Array:
    """The events a in group 1, of m in both, at which the table has this odds ratio."""
    # x^2 (1 - OR) + b x - OR n1 m = 0, by the form of the root that does not cancel
    b = n2 - m + odds_ratio * (n1 + m)
    root = np.sqrt(b * b + 4 * (1 - odds_ratio) * odds_ratio * n1 * m)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(b >= 0, 2 * odds_ratio * n1 * m / (b + root), (root - b) / (2 * (1 - odds_ratio)))


@dataclass(frozen=True)
class MantelHaenszel:
    label: str
    function: Callable[[Tables], Estimate]
    cite: str


RATES = ("IRR", "IRD")

MANTEL_HAENSZEL = {
    "OR": MantelHaenszel("log odds ratio", log_odds_ratio, "robins1986"),
    "RR": MantelHaenszel("log risk ratio", log_risk_ratio, "greenland1985"),
    "RD": MantelHaenszel("risk difference", risk_difference, "sato1989"),
    "IRR": MantelHaenszel("log rate ratio", log_rate_ratio, "greenland1985"),
    "IRD": MantelHaenszel("rate difference", rate_difference, "greenland1985"),
}
