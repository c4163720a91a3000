"""Tests of whether small studies report other effects than large ones.

What to use when. Egger's regression is the default; with log odds ratios its predictor is part of the effect,
so use Harbord's or Peters's test there, Pustejovsky and Rodgers's for standardized mean differences, Deeks's
for diagnostic odds ratios, Debray's for hazard ratios. `tau2="EE", interval="HKSJ"` is the classical weighted
regression (variances known up to a factor, t with k - 2 degrees of freedom); `tau2="REML", interval="z"` or
`"t"` adds the heterogeneity to the variances instead (Thompson & Sharp 1999). All of them have little power
with fewer than ten studies, and an asymmetric funnel has other causes than unpublished studies.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from claimbook.synthesis.intervals import two_sided_p
from claimbook.synthesis.line import line
from claimbook.synthesis.linear import fit
from claimbook.synthesis.model import Array, check_level, effects
from claimbook.synthesis.rank import kendall


@dataclass(frozen=True)
class Test:
    """A test of small-study effects. df is infinite for a normal statistic; p is two-sided.

    Regression tests give the slope with its standard error, and as `estimate` (`low`, `high`) the effect of
    an infinitely large study where the predictor has one; other tests leave these None.
    """

    __test__: ClassVar[bool] = False  # not a test case of pytest

    test: str
    statistic: float
    df: float
    p: float
    k: int
    slope: float | None = None
    slope_se: float | None = None
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    tau2: float | None = None


@dataclass(frozen=True)
class Studies:
    """What a test may look at: effects with variances, sizes and counts where given, and how to fit."""

    y: Array
    v: Array
    counts: dict[str, Array]
    predictor: str
    moderators: Array | None
    tau2: str | float
    interval: str
    level: float

    def __getitem__(self, name: str) -> Array:
        return self.counts[name]


def small_study(
    y: ArrayLike,
    v: ArrayLike,
    test: str = "egger",
    n: ArrayLike | None = None,
    predictor: str = "sei",
    tau2: str | float = "EE",
    interval: str = "HKSJ",
    level: float = 0.95,
    moderators: ArrayLike | None = None,
    events1: ArrayLike | None = None,
    n1: ArrayLike | None = None,
    events2: ArrayLike | None = None,
    n2: ArrayLike | None = None,
    events: ArrayLike | None = None,
) -> Test:
    """Test k >= 3 effects y with variances v for small-study effects; `test` is a key of SMALL_STUDY_TESTS.

    n: total sizes. events1, n1, events2, n2: the 2x2 counts of harbord and peters (deeks and pustejovsky need
    n1, n2). events: events in both arms, for debray. predictor: a key of PREDICTORS, for egger.
    moderators: (k, m) without an intercept, for egger. tau2, interval, level: as for `pool`. ValueError where
    the test lacks its input.
    """
    if test not in SMALL_STUDY_TESTS:
        raise ValueError(f"test must be one of {', '.join(SMALL_STUDY_TESTS)}, got {test!r}")
    row = SMALL_STUDY_TESTS[test]
    y, v = effects(y, v)
    if len(y) < 3:
        raise ValueError(f"y: a test of small-study effects needs at least 3 effects, got {len(y)}")
    if tau2 != "EE" and not row.additive:
        raise ValueError(f"tau2 must be 'EE' for test={test!r}, which has its own weights, got {tau2!r}")
    if moderators is not None and test != "egger":
        raise ValueError(f"moderators: only test='egger' takes moderators, got test={test!r}")
    given = {"n": n, "events1": events1, "n1": n1, "events2": events2, "n2": n2, "events": events}
    needs = row.needs + (("n",) if test == "egger" and PREDICTORS[_predictor(predictor)].sizes else ())
    counts = {name: _column(name, given[name], len(y), test) for name in needs}
    x = None if moderators is None else np.asarray(moderators, dtype=float).reshape(len(y), -1)
    return row.function(Studies(y, v, counts, predictor, x, tau2, interval, check_level(level)), test)


def predictor_values(predictor: str, v: Array, n: Array | None) -> Array:
    """The predictor named by a key of PREDICTORS; ValueError where it needs sizes and there are none."""
    row = PREDICTORS[_predictor(predictor)]
    if row.sizes and n is None:
        raise ValueError(f"n: predictor {predictor!r} needs the sizes of the studies, got None")
    return row.function(n if row.sizes and n is not None else v)


def _predictor(predictor: str) -> str:
    if predictor not in PREDICTORS:
        raise ValueError(f"predictor must be one of {', '.join(PREDICTORS)}, got {predictor!r}")
    return predictor


def _column(name: str, values: ArrayLike | None, k: int, test: str) -> Array:
    if values is None:
        raise ValueError(f"{name}: test={test!r} needs it, got None")
    column = np.asarray(values, dtype=float)
    if column.shape != (k,) or not (np.isfinite(column) & (column >= 0)).all():
        raise ValueError(f"{name} must be {k} numbers, finite and not negative, got {values!r}")
    if name.startswith("n") and not column.all():
        raise ValueError(f"{name} must be positive, got 0 at position {int(column.argmin())}")
    return column


def _regression(s: Studies, test: str, y: Array, v: Array, x: Array, limit: float | None = 0.0) -> Test:
    """The slope of y on x at weights 1/(v + tau2); the intercept too where x is 0 for an infinite study."""
    found = line(y, v, x, s.tau2, s.interval, s.level, s.moderators)
    slope, effect = found.slope, found.intercept
    result = Test(test, slope.statistic, slope.df, slope.p, len(y), slope.estimate, slope.se, tau2=found.tau2)
    if limit is None or s.moderators is not None:
        return result
    return replace(result, estimate=effect.estimate, low=effect.low, high=effect.high)


def egger(s: Studies, test: str) -> Test:
    """Regress y on a measure of imprecision, weights 1/v (Egger et al. 1997; Sterne & Egger 2005)."""
    row = PREDICTORS[s.predictor]
    return _regression(s, test, s.y, s.v, row.function(s["n"] if row.sizes else s.v), row.limit)


def macaskill(s: Studies, test: str) -> Test:
    """Regress y on the sample size, weights 1/v (Macaskill, Walter & Irwig 2001)."""
    return _regression(s, test, s.y, s.v, s["n"], None)


def peters(s: Studies, test: str) -> Test:
    """Regress the log odds ratio on 1/n, weights events * non-events / n (Peters et al. 2006)."""
    n, happened = s["n1"] + s["n2"], s["events1"] + s["events2"]
    use = _informative(happened, n, test)
    n, happened = n[use], happened[use]
    return _regression(s, test, s.y[use], 1 / happened + 1 / (n - happened), 1 / n)


def harbord(s: Studies, test: str) -> Test:
    """Regress Z/V on 1/sqrt(V), weights V, the score and its variance (Harbord et al. 2006); y is unused."""
    n1, n2, events1 = s["n1"], s["n2"], s["events1"]
    n, happened = n1 + n2, events1 + s["events2"]
    use = _informative(happened, n, test)
    score = events1 - happened * n1 / n
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = n1 * n2 * happened * (n - happened) / (n**2 * (n - 1))
    score, variance = score[use], variance[use]
    return _regression(s, test, score / variance, 1 / variance, 1 / np.sqrt(variance))


def _informative(happened: Array, n: Array, test: str) -> NDArray[np.bool_]:
    """Studies with events and non-events; the others say nothing about an odds ratio."""
    if (happened > n).any():
        raise ValueError("events1 and events2 must not exceed n1 and n2")
    use = (happened > 0) & (happened < n)
    if use.sum() < 3:
        raise ValueError(
            f"events1, events2: test={test!r} needs 3 studies with events and non-events, got {use.sum()}"
        )
    return use


def deeks(s: Studies, test: str) -> Test:
    """Regress y on 1/sqrt(ESS), weights ESS = 4 n1 n2 / (n1 + n2) (Deeks, Macaskill & Irwig 2005)."""
    size = 4 * s["n1"] * s["n2"] / (s["n1"] + s["n2"])
    return _regression(s, test, s.y, 1 / size, 1 / np.sqrt(size))


def debray(s: Studies, test: str) -> Test:
    """Regress the log hazard ratio on 1/events, weights events (Debray, Moons & Riley 2018, D-FIV)."""
    if not s["events"].all():
        raise ValueError("events must be positive for test='debray', got 0")
    return _regression(s, test, s.y, 1 / s["events"], 1 / s["events"])


def pustejovsky(s: Studies, test: str) -> Test:
    """Regress y on sqrt(1/n1 + 1/n2), which is free of it, weights 1/v (Pustejovsky & Rodgers 2019)."""
    return _regression(s, test, s.y, s.v, np.sqrt(1 / s["n1"] + 1 / s["n2"]))


def begg(s: Studies, test: str) -> Test:
    """Kendall's tau of standardized effects and variances, exact p without ties (Begg & Mazumdar 1994)."""
    tau, _, p = kendall(*_standardized(s))
    return Test(test, tau, inf, p, len(s.y))


def begg_normal(s: Studies, test: str) -> Test:
    """The same with the normal statistic S / sqrt(var S) (Begg & Mazumdar 1994, eq. 2)."""
    _, z, _ = kendall(*_standardized(s))
    return Test(test, z, inf, two_sided_p(z, inf), len(s.y))


def _standardized(s: Studies) -> tuple[Array, Array]:
    """(y - mean) / sqrt(v - 1 / sum(w)) at w = 1/v, and v."""
    at = fit(s.y, s.v, None, "EE", "z").model
    return at.fixed.r / np.sqrt(at.v - at.fixed.inv), at.v


@dataclass(frozen=True)
class Predictor:
    """A measure of (im)precision, from sizes or variances, and its value for an infinitely large study."""

    label: str
    function: Callable[[Array], Array]
    sizes: bool
    limit: float | None


@dataclass(frozen=True)
class SmallStudyTest:
    """One row: the function, the columns it needs beside y and v, whether tau2 adds to its variances."""

    label: str
    function: Callable[[Studies, str], Test]
    cite: str
    needs: tuple[str, ...] = ()
    additive: bool = False


PREDICTORS: dict[str, Predictor] = {
    "sei": Predictor("standard error", np.sqrt, False, 0.0),
    "vi": Predictor("variance", np.positive, False, 0.0),
    "ni": Predictor("sample size", np.positive, True, None),
    "ninv": Predictor("1 / sample size", np.reciprocal, True, 0.0),
    "sqrtni": Predictor("root of the sample size", np.sqrt, True, None),
    "sqrtninv": Predictor("1 / root of the sample size", lambda n: 1 / np.sqrt(n), True, 0.0),
}

_ARMS = ("n1", "n2")
_COUNTS = ("events1", "n1", "events2", "n2")

SMALL_STUDY_TESTS: dict[str, SmallStudyTest] = {
    "egger": SmallStudyTest("Egger's regression", egger, "egger1997", additive=True),
    "begg": SmallStudyTest("Begg and Mazumdar's rank correlation, exact", begg, "begg1994"),
    "begg-normal": SmallStudyTest("Begg and Mazumdar's rank correlation, normal", begg_normal, "begg1994"),
    "macaskill": SmallStudyTest("Macaskill's regression", macaskill, "macaskill2001", ("n",), additive=True),
    "peters": SmallStudyTest("Peters's regression", peters, "peters2006", _COUNTS),
    "harbord": SmallStudyTest("Harbord's regression", harbord, "harbord2006", _COUNTS),
    "deeks": SmallStudyTest("Deeks's regression", deeks, "deeks2005", _ARMS),
    "debray": SmallStudyTest("Debray's regression", debray, "debray2018", ("events",)),
    "pustejovsky": SmallStudyTest(
        "Pustejovsky and Rodgers's regression", pustejovsky, "pustejovsky2019", _ARMS, additive=True
    ),
}
