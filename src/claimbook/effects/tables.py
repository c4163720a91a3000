"""Two groups, events and people in each: a 2x2 table.

Which to use: RR where a reader is to understand it, OR for case-control data and for regression, RD where the
absolute difference matters, PETO for rare events in balanced trials, AS where many cells are zero. PBIT and
OR2D* estimate a standardised mean difference behind a dichotomised outcome.

Cells: a events and b others in group 1, c events and d others in group 2.
"""

from __future__ import annotations

import numpy as np

from claimbook.effects.columns import complain
from claimbook.effects.measure import Columns, Counts, Form, Measure, Pair
from claimbook.effects.shared import probit, weighted_mean
from claimbook.effects.special import Array
from claimbook.effects.transforms import odds_to_d_logistic


def cells_of_arms(events1: Array, n1: Array, events2: Array, n2: Array) -> Columns:
    """The four cells from the events and sizes of two groups."""
    complain("events1", events1, events1 > n1, "more events than n1")
    complain("events2", events2, events2 > n2, "more events than n2")
    return {"a": events1, "b": n1 - events1, "c": events2, "d": n2 - events2}


def log_risk_ratio(a: Array, b: Array, c: Array, d: Array) -> Pair:
    """RR (Fleiss & Berlin 2009)."""
    n1, n2 = a + b, c + d
    return np.log(a / n1) - np.log(c / n2), 1 / a - 1 / n1 + 1 / c - 1 / n2


def log_odds_ratio(a: Array, b: Array, c: Array, d: Array) -> Pair:
    """OR (Woolf 1955)."""
    return np.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d


def risk_difference(a: Array, b: Array, c: Array, d: Array, *, vtype: str) -> Pair:
    """RD; each risk's variance as p (1 - p) / n (LS), with n - 1 (UB) or the mean risk of all rows (AV)."""
    n1, n2 = a + b, c + d
    p1, p2 = a / n1, c / n2
    y, less = p1 - p2, 1 if vtype == "UB" else 0
    if vtype == "AV":
        p1, p2 = weighted_mean(p1, n1), weighted_mean(p2, n2)
    return y, p1 * (1 - p1) / (n1 - less) + p2 * (1 - p2) / (n2 - less)


def arcsine_difference(a: Array, b: Array, c: Array, d: Array) -> Pair:
    """AS: the difference of arcsine square roots, defined for zero cells too (Ruecker et al. 2009)."""
    n1, n2 = a + b, c + d
    return np.arcsin(np.sqrt(a / n1)) - np.arcsin(np.sqrt(c / n2)), 1 / (4 * n1) + 1 / (4 * n2)


def peto_log_odds_ratio(a: Array, b: Array, c: Array, d: Array) -> Pair:
    """PETO: (observed - expected) / hypergeometric variance (Yusuf et al. 1985)."""
    n1, n2, events, others = a + b, c + d, a + c, b + d
    n = n1 + n2
    variance = n1 * n2 * (events / n) * (others / n) / (n - 1)
    return (a - n1 * events / n) / variance, 1 / variance


def probit_difference(a: Array, b: Array, c: Array, d: Array) -> Pair:
    """PBIT: the difference of normal quantiles of the risks (Sanchez-Meca et al. 2003)."""
    (z1, v1), (z2, v2) = probit(a / (a + b), a + b), probit(c / (c + d), c + d)
    return z1 - z2, v1 + v2


def odds_as_logistic_d(a: Array, b: Array, c: Array, d: Array) -> Pair:
    """OR2D, OR2DL: the log odds ratio times sqrt(3) / pi (Chinn 2000)."""
    y, v = log_odds_ratio(a, b, c, d)
    return odds_to_d_logistic(y), v * 3 / np.pi**2


def odds_as_normal_d(a: Array, b: Array, c: Array, d: Array) -> Pair:
    """OR2DN: the log odds ratio over 1.65 (Cox & Snell 1989)."""
    y, v = log_odds_ratio(a, b, c, d)
    return y / 1.65, v / 1.65**2


CELLS = ("a", "b", "c", "d")
TWO_GROUPS = Counts(CELLS, groups=(("a", "b"), ("c", "d")), silent=(("a", "c"), ("b", "d")))
COUNTS = {"d": "count"}
TABLE = (Form(("events1", "n1", "events2", "n2"), cells_of_arms), Form(CELLS, checks=COUNTS))

TABLES: dict[str, Measure] = {
    "RR": Measure("log risk ratio", log_risk_ratio, TABLE, "fleiss2009", "2x2", "log", zeros=TWO_GROUPS),
    "OR": Measure("log odds ratio", log_odds_ratio, TABLE, "woolf1955", "2x2", "log", zeros=TWO_GROUPS),
    "RD": Measure(
        "risk difference",
        risk_difference,
        TABLE,
        "fleiss2009",
        "2x2",
        variances=("LS", "UB", "AV"),
        zeros=TWO_GROUPS,
    ),
    "AS": Measure(
        "arcsine risk difference", arcsine_difference, TABLE, "ruecker2009", "2x2", zeros=TWO_GROUPS, add=0
    ),
    "PETO": Measure(
        "log odds ratio (Peto)", peto_log_odds_ratio, TABLE, "yusuf1985", "2x2", "log", zeros=TWO_GROUPS
    ),
    "PBIT": Measure(
        "standardised mean difference from probits",
        probit_difference,
        TABLE,
        "sanchezmeca2003",
        "2x2",
        zeros=TWO_GROUPS,
    ),
    "OR2D": Measure(
        "standardised mean difference from odds (logistic)",
        odds_as_logistic_d,
        TABLE,
        "chinn2000",
        "2x2",
        zeros=TWO_GROUPS,
    ),
    "OR2DL": Measure(
        "standardised mean difference from odds (logistic)",
        odds_as_logistic_d,
        TABLE,
        "chinn2000",
        "2x2",
        zeros=TWO_GROUPS,
    ),
    "OR2DN": Measure(
        "standardised mean difference from odds (normal)",
        odds_as_normal_d,
        TABLE,
        "cox1989",
        "2x2",
        zeros=TWO_GROUPS,
    ),
}
