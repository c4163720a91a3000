"""The same people, or matched pairs, under two conditions with a yes-or-no outcome.

Cells of the paired table: a yes under both, b yes under the first only, c yes under the second only, d under
neither. MPRR, MPOR and MPRD compare the two margins; MPORC and MPPETO use the discordant pairs alone. MPORM
takes the two margins themselves (a, b of the first condition, c, d of the second) and their correlation r.
"""

from __future__ import annotations

import numpy as np

from claimbook.effects.measure import Counts, Form, Measure, Pair
from claimbook.effects.special import Array
from claimbook.effects.tables import CELLS, COUNTS, TWO_GROUPS


def marginal_log_risk_ratio(a: Array, b: Array, c: Array, d: Array) -> Pair:
    """MPRR (Zou 2007)."""
    first, second = a + b, a + c
    return np.log(first / second), 1 / first + 1 / second - 2 * a / (first * second)


def marginal_log_odds_ratio(a: Array, b: Array, c: Array, d: Array) -> Pair:
    """MPOR: the odds ratio of the margins, their covariance taken off (Becker & Balagtas 1993)."""
    n = a + b + c + d
    yes1, no1, yes2, no2 = a + b, c + d, a + c, b + d
    covariance = n * (a * d - b * c) / (yes1 * no1 * yes2 * no2)
    y = np.log(yes1 * no2 / (no1 * yes2))
    return y, 1 / yes1 + 1 / no1 + 1 / yes2 + 1 / no2 - 2 * covariance


def marginal_risk_difference(a: Array, b: Array, c: Array, d: Array) -> Pair:
    """MPRD (May & Johnson 1997)."""
    n = a + b + c + d
    return (b - c) / n, (b + c) / n**2 - (b - c) ** 2 / n**3


def conditional_log_odds_ratio(a: Array, b: Array, c: Array, d: Array) -> Pair:
    """MPORC: the ratio of the discordant pairs (Curtin et al. 2002)."""
    return np.log(b / c), 1 / b + 1 / c


def conditional_log_odds_ratio_peto(a: Array, b: Array, c: Array, d: Array) -> Pair:
    """MPPETO: Peto's estimate from the discordant pairs (Curtin et al. 2002)."""
    return 2 * (b - c) / (b + c), 4 / (b + c)


def log_odds_ratio_of_margins(a: Array, b: Array, c: Array, d: Array, r: Array) -> Pair:
    """MPORM: the odds ratio of two margins that correlate by r (phi); nan where no table has such an r."""
    n = a + b
    both = (r * np.sqrt(a * b * c * d) + a * c) / n
    possible = (both >= np.maximum(0, a + c - n)) & (both <= np.minimum(a, c))
    v = 1 / a + 1 / b + 1 / c + 1 / d - 2 * r * n / np.sqrt(a * b * c * d)
    return np.log(a * d / (b * c)), np.where(possible, v, np.nan)


PAIRS = (Form(CELLS, checks=COUNTS),)
ONE_GROUP = Counts(CELLS, groups=(CELLS,), silent=(("a", "b", "c"), ("b", "c", "d")))

PAIRED: dict[str, Measure] = {
    "MPRR": Measure(
        "matched pairs log risk ratio",
        marginal_log_risk_ratio,
        PAIRS,
        "zou2007",
        "paired",
        "log",
        zeros=ONE_GROUP,
    ),
    "MPOR": Measure(
        "matched pairs log odds ratio",
        marginal_log_odds_ratio,
        PAIRS,
        "becker1993",
        "paired",
        "log",
        zeros=ONE_GROUP,
    ),
    "MPRD": Measure(
        "matched pairs risk difference", marginal_risk_difference, PAIRS, "may1997", "paired", zeros=ONE_GROUP
    ),
    "MPORC": Measure(
        "conditional log odds ratio",
        conditional_log_odds_ratio,
        PAIRS,
        "curtin2002",
        "paired",
        "log",
        zeros=ONE_GROUP,
    ),
    "MPPETO": Measure(
        "conditional log odds ratio (Peto)",
        conditional_log_odds_ratio_peto,
        PAIRS,
        "curtin2002",
        "paired",
        "log",
        zeros=ONE_GROUP,
    ),
    "MPORM": Measure(
        "matched pairs log odds ratio from margins",
        log_odds_ratio_of_margins,
        (Form((*CELLS, "r"), checks=COUNTS),),
        "zou2007",
        "paired",
        "log",
        zeros=TWO_GROUPS,
    ),
}
