"""Two groups, a mean and an SD in each: differences and ratios of means and of spreads.

Which to use: MD where every study used one instrument and one unit (standardised.py where instruments
differ); ROM for ratio-scale quantities where a proportional change is meant; VR and CVR where the question is
whether people became more alike.
"""

from __future__ import annotations

import numpy as np

from claimbook.effects.measure import Form, Measure, Pair
from claimbook.effects.shared import weighted_mean
from claimbook.effects.special import Array


def pooled_sd(n1: Array, sd1: Array, n2: Array, sd2: Array) -> Array:
    """The SD within groups taken as equal: variances weighted by their degrees of freedom."""
    m = n1 + n2 - 2
    return np.hypot(np.sqrt((n1 - 1) / m) * sd1, np.sqrt((n2 - 1) / m) * sd2)


def mean_difference(
    n1: Array, mean1: Array, sd1: Array, n2: Array, mean2: Array, sd2: Array, *, vtype: str
) -> Pair:
    """MD; the variance with separate (LS) or pooled (HO) SDs (Borenstein 2009, eq. 12.5 and 12.3)."""
    if vtype == "HO":
        sd1 = sd2 = pooled_sd(n1, sd1, n2, sd2)
    return mean1 - mean2, sd1**2 / n1 + sd2**2 / n2


def log_ratio_of_means(
    n1: Array, mean1: Array, sd1: Array, n2: Array, mean2: Array, sd2: Array, *, vtype: str, correct: bool
) -> Pair:
    """ROM: the log response ratio (Hedges et al. 1999, eq. 1), its bias corrected (Lajeunesse 2015).

    The variance with each group's coefficient of variation (LS), that plus the second-order term of
    Lajeunesse 2015 (LS2), with one SD for both groups (HO), or with the coefficients averaged over
    studies within (AV) or over both (AVHO) groups (Nakagawa et al. 2023).
    """
    cv1, cv2 = sd1 / mean1, sd2 / mean2
    y = np.log(mean1 / mean2)
    if correct:
        y = y + (cv1**2 / n1 - cv2**2 / n2) / 2
    return y, ROM_VARIANCE[vtype](n1, mean1, sd1, n2, mean2, sd2)


def _rom_separate(n1: Array, mean1: Array, sd1: Array, n2: Array, mean2: Array, sd2: Array) -> Array:
    return (sd1 / mean1) ** 2 / n1 + (sd2 / mean2) ** 2 / n2


def _rom_second_order(n1: Array, mean1: Array, sd1: Array, n2: Array, mean2: Array, sd2: Array) -> Array:
    first, second = (sd1 / mean1) ** 2 / n1, (sd2 / mean2) ** 2 / n2
    return first + second + (first**2 + second**2) / 2


def _rom_pooled(n1: Array, mean1: Array, sd1: Array, n2: Array, mean2: Array, sd2: Array) -> Array:
    sd = pooled_sd(n1, sd1, n2, sd2)
    return _rom_separate(n1, mean1, sd, n2, mean2, sd)


def _rom_averaged(n1: Array, mean1: Array, sd1: Array, n2: Array, mean2: Array, sd2: Array) -> Array:
    return weighted_mean(sd1 / mean1, n1) ** 2 / n1 + weighted_mean(sd2 / mean2, n2) ** 2 / n2


def _rom_averaged_over_groups(
    n1: Array, mean1: Array, sd1: Array, n2: Array, mean2: Array, sd2: Array
) -> Array:
    cv = weighted_mean((n1 * sd1 / mean1 + n2 * sd2 / mean2) / (n1 + n2), n1 + n2)
    return cv**2 * (1 / n1 + 1 / n2)


ROM_VARIANCE = {
    "LS": _rom_separate,
    "LS2": _rom_second_order,
    "HO": _rom_pooled,
    "AV": _rom_averaged,
    "AVHO": _rom_averaged_over_groups,
}


def log_variability_ratio(n1: Array, sd1: Array, n2: Array, sd2: Array, *, vtype: str, correct: bool) -> Pair:
    """VR: the log ratio of SDs (Nakagawa et al. 2015); LS2 adds Senior et al. (2020)'s term."""
    half1, half2 = 1 / (2 * (n1 - 1)), 1 / (2 * (n2 - 1))
    y = np.log(sd1 / sd2)
    if correct:
        y = y + half1 - half2
    v = half1 + half2
    return y, v + 2 * (half1**2 + half2**2) if vtype == "LS2" else v


def log_cv_ratio(
    n1: Array, mean1: Array, sd1: Array, n2: Array, mean2: Array, sd2: Array, *, vtype: str, correct: bool
) -> Pair:
    """CVR: the log ratio of coefficients of variation, VR less ROM (Nakagawa et al. 2015; Senior et al.
    2020).

    Mean and SD of normal data are independent, so the variances of VR and ROM add up.
    """
    spread, spread_v = log_variability_ratio(n1, sd1, n2, sd2, vtype=vtype, correct=correct)
    ratio, ratio_v = log_ratio_of_means(n1, mean1, sd1, n2, mean2, sd2, vtype=vtype, correct=correct)
    return spread - ratio, spread_v + ratio_v


TWO_MEANS = Form(("n1", "mean1", "sd1", "n2", "mean2", "sd2"))
TWO_SPREADS = Form(("n1", "sd1", "n2", "sd2"))

MEANS: dict[str, Measure] = {
    "MD": Measure(
        "mean difference", mean_difference, (TWO_MEANS,), "borenstein2009", "means", variances=("LS", "HO")
    ),
    "ROM": Measure(
        "log ratio of means",
        log_ratio_of_means,
        (TWO_MEANS,),
        "hedges1999",
        "means",
        "log",
        variances=("LS", "LS2", "HO", "AV", "AVHO"),
        correctable=True,
    ),
    "VR": Measure(
        "log variability ratio",
        log_variability_ratio,
        (TWO_SPREADS,),
        "nakagawa2015",
        "means",
        "log",
        variances=("LS", "LS2"),
        correctable=True,
    ),
    "CVR": Measure(
        "log ratio of coefficients of variation",
        log_cv_ratio,
        (TWO_MEANS,),
        "nakagawa2015",
        "means",
        "log",
        variances=("LS", "LS2"),
        correctable=True,
    ),
}
