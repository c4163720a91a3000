"""One group measured twice, or matched pairs: log ratios of the means and of the spreads.

Counterparts of ROM, VR and CVR for correlated measurements: later over earlier, ``r`` their correlation.
The variances are those of independent groups with the covariance taken off; LS2 adds the second-order
terms of Senior, Viechtbauer & Nakagawa (2020).
"""

from __future__ import annotations

import numpy as np

from claimbook.effects.change import PRE_POST
from claimbook.effects.measure import Form, Measure, Pair
from claimbook.effects.special import Array


def log_ratio_of_paired_means(
    n: Array,
    mean_pre: Array,
    sd_pre: Array,
    mean_post: Array,
    sd_post: Array,
    r: Array,
    *,
    vtype: str,
    correct: bool,
) -> Pair:
    """ROMC (Lajeunesse 2011), its bias corrected as that of ROM (Lajeunesse 2015)."""
    cv1, cv2 = sd_post / mean_post, sd_pre / mean_pre
    y = np.log(mean_post / mean_pre)
    if correct:
        y = y + (cv1**2 - cv2**2) / (2 * n)
    v = (cv1**2 + cv2**2 - 2 * r * cv1 * cv2) / n
    if vtype == "LS2":
        cross = r**2 * sd_post**2 * sd_pre**2 * (1 / mean_post**4 + 1 / mean_pre**4)
        v = v + (cv1**4 + cv2**4 + cross) / (2 * n**2)
    return y, v


def log_paired_variability_ratio(n: Array, sd_pre: Array, sd_post: Array, r: Array, *, vtype: str) -> Pair:
    """VRC (Nakagawa et al. 2015); with one n the small-sample corrections of the two SDs cancel."""
    v = (1 - r**2) / (n - 1)
    if vtype == "LS2":
        skew = ((sd_post / sd_pre) ** 4 + (sd_pre / sd_post) ** 4) / 2
        v = v + (1 + r**4 * skew) / (n - 1) ** 2
    return np.log(sd_post / sd_pre), v


def log_paired_cv_ratio(
    n: Array,
    mean_pre: Array,
    sd_pre: Array,
    mean_post: Array,
    sd_post: Array,
    r: Array,
    *,
    vtype: str,
    correct: bool,
) -> Pair:
    """CVRC: VRC less ROMC, their variances added (Nakagawa et al. 2015)."""
    spread, spread_v = log_paired_variability_ratio(n, sd_pre, sd_post, r, vtype=vtype)
    ratio, ratio_v = log_ratio_of_paired_means(
        n, mean_pre, sd_pre, mean_post, sd_post, r, vtype=vtype, correct=correct
    )
    return spread - ratio, spread_v + ratio_v


ORDERS = ("LS", "LS2")

CHANGE_RATIO: dict[str, Measure] = {
    "ROMC": Measure(
        "log ratio of means, later over earlier",
        log_ratio_of_paired_means,
        (Form(PRE_POST),),
        "lajeunesse2011",
        "change",
        "log",
        variances=ORDERS,
        correctable=True,
    ),
    "VRC": Measure(
        "log variability ratio, later over earlier",
        log_paired_variability_ratio,
        (Form(("n", "sd_pre", "sd_post", "r")),),
        "nakagawa2015",
        "change",
        "log",
        variances=ORDERS,
    ),
    "CVRC": Measure(
        "log ratio of coefficients of variation, later over earlier",
        log_paired_cv_ratio,
        (Form(PRE_POST),),
        "nakagawa2015",
        "change",
        "log",
        variances=ORDERS,
        correctable=True,
    ),
}
