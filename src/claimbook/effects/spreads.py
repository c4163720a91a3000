"""Standard deviations from what papers print instead: standard errors, intervals, tests, error bars, changes.

A correlation of two measurements is recovered here too, from the three SDs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from claimbook.effects.change import change_sd
from claimbook.effects.columns import complain
from claimbook.effects.measure import Columns, Form
from claimbook.effects.recovered import Conversion
from claimbook.effects.shared import signed_t
from claimbook.effects.special import Array, stdtrit


def sd_from_se(se: Array, n: Array) -> Columns:
    """SD = SE sqrt(n) (Higgins et al. 2019, 6.5.2.2)."""
    return {"sd": se * np.sqrt(np.where(n > 0, n, np.nan))}


def sd_from_interval(low: Array, high: Array, n: Array, level: Array) -> Columns:
    """Of one mean: half the width over Student's t with n - 1 degrees of freedom, times sqrt(n)."""
    complain("low", low, low > high, "above high")
    return sd_from_se((high - low) / (2 * stdtrit(n - 1, (1 + level) / 2)), n)


def sd_from_error_bar(bar: Array, n: Array, level: Array, kind: Any) -> Columns:
    """From the length of one arm of an error bar, by the kind that the figure declares."""
    half = sd_from_interval(-bar, bar, n, level)["sd"]
    return {"sd": np.select([kind == "sd", kind == "se"], [bar, bar * np.sqrt(n)], half)}


def sd_from_difference_se(se: Array, n1: Array, n2: Array) -> Columns:
    """The SD within two groups from the SE of their difference (Higgins et al. 2019, 6.5.2.3)."""
    return {"sd": se / np.sqrt(1 / n1 + 1 / n2)}


def sd_from_difference_interval(low: Array, high: Array, n1: Array, n2: Array, level: Array) -> Columns:
    """The same from the interval of the difference, by Student's t with n1 + n2 - 2 degrees of freedom."""
    complain("low", low, low > high, "above high")
    critical = stdtrit(n1 + n2 - 2, (1 + level) / 2)
    return sd_from_difference_se((high - low) / (2 * critical), n1, n2)


def sd_from_t(difference: Array, t: Array, n1: Array, n2: Array) -> Columns:
    """The same from Student's t of the difference; where either is 0 the SD is not known."""
    return sd_from_difference_se(_quotient(difference, t), n1, n2)


def sd_from_f(difference: Array, f: Array, n1: Array, n2: Array) -> Columns:
    """The same from F of a one-way analysis of the two groups, which is t squared."""
    return sd_from_t(difference, np.sqrt(f), n1, n2)


def sd_from_p(difference: Array, p: Array, n1: Array, n2: Array) -> Columns:
    """The same from the two-sided p value of Student's t."""
    return sd_from_t(difference, signed_t(p, n1 + n2 - 2), n1, n2)


def change_sd_from_r(sd_pre: Array, sd_post: Array, r: Array) -> Columns:
    """From the SDs before and after and their correlation (Higgins et al. 2019, 6.5.2.8)."""
    return {"sd_change": change_sd(sd_pre, sd_post, r)}


def change_sd_from_t(change: Array, t: Array, n: Array) -> Columns:
    """From the paired t; where it or the change is 0 the SD is not known."""
    return {"sd_change": _quotient(change, t) * np.sqrt(n)}


def change_sd_from_p(change: Array, p: Array, n: Array) -> Columns:
    """From the two-sided p value of the paired t."""
    return change_sd_from_t(change, signed_t(p, n - 1), n)


def r_from_sds(sd_pre: Array, sd_post: Array, sd_change: Array) -> Columns:
    """The correlation of two measurements from their SDs and that of the change."""
    r = (sd_pre**2 + sd_post**2 - sd_change**2) / (2 * sd_pre * sd_post)
    complain("sd_change", sd_change, np.abs(r) > 1, "no correlation gives it from sd_pre and sd_post")
    return {"r": r}


def _quotient(difference: Array, t: Array) -> Array:
    return np.where((t == 0) | (difference == 0), np.nan, np.abs(difference / t))


LEVEL = {"level": 0.95}
KINDS = ("", "sd", "se", "interval")
ONE_T = "the interval is Student's, of the mean of n independent people"
ONE_SD = "both groups have one SD"

SPREADS: dict[str, Conversion] = {
    "sd_from_se": Conversion(
        "SD from a standard error",
        Form(("se", "n"), sd_from_se),
        "the SE is that of the mean of n independent people",
    ),
    "sd_from_interval": Conversion(
        "SD from the interval of a mean", Form(("low", "high", "n"), sd_from_interval, optional=LEVEL), ONE_T
    ),
    "sd_from_error_bar": Conversion(
        "SD from an error bar",
        Form(("bar", "n"), sd_from_error_bar, {"bar": "spread"}, LEVEL, {"kind": KINDS}),
        "the bar is of the kind that the figure declares, and was read off exactly",
    ),
    "sd_from_difference_se": Conversion(
        "SD from the standard error of a difference",
        Form(("se", "n1", "n2"), sd_from_difference_se),
        ONE_SD,
    ),
    "sd_from_difference_interval": Conversion(
        "SD from the interval of a difference",
        Form(("low", "high", "n1", "n2"), sd_from_difference_interval, optional=LEVEL),
        f"{ONE_SD}, and the interval is Student's",
    ),
    "sd_from_t": Conversion("SD from t", Form(("difference", "t", "n1", "n2"), sd_from_t), ONE_SD),
    "sd_from_f": Conversion(
        "SD from F of two groups", Form(("difference", "f", "n1", "n2"), sd_from_f, {"f": "spread"}), ONE_SD
    ),
    "sd_from_p": Conversion(
        "SD from a p value",
        Form(("difference", "p", "n1", "n2"), sd_from_p),
        f"{ONE_SD}, and p is that of Student's t, two-sided and exact",
    ),
    "change_sd_from_r": Conversion(
        "SD of a change from r",
        Form(("sd_pre", "sd_post", "r"), change_sd_from_r),
        "r is that of these people",
    ),
    "change_sd_from_t": Conversion(
        "SD of a change from the paired t",
        Form(("change", "t", "n"), change_sd_from_t),
        "t is that of the paired test",
    ),
    "change_sd_from_p": Conversion(
        "SD of a change from a p value",
        Form(("change", "p", "n"), change_sd_from_p),
        "p is that of the paired t test, two-sided and exact",
    ),
    "r_from_sds": Conversion(
        "correlation from three SDs",
        Form(("sd_pre", "sd_post", "sd_change"), r_from_sds),
        "all SDs are of the same people",
    ),
}
