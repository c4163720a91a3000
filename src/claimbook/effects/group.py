"""One group: its mean, spread and coefficient of variation; the reliability of an instrument."""

from __future__ import annotations

import numpy as np

from claimbook.effects.measure import Form, Measure, Pair
from claimbook.effects.scales import cube_root, log_complement
from claimbook.effects.shared import hedges_j, weighted_mean
from claimbook.effects.special import Array


def mean(n: Array, mean: Array, sd: Array, *, vtype: str) -> Pair:
    """MN; the variance with each group's SD (LS) or one SD pooled over all rows (HO)."""
    square = weighted_mean(sd**2, n - 1) if vtype == "HO" else sd**2
    return mean, square / n


def standardised_mean(n: Array, mean: Array, sd: Array, *, correct: bool) -> Pair:
    """SMN: the mean in SDs, the counterpart of SMCC for one measurement (Gibbons et al. 1993)."""
    g = mean / sd * (hedges_j(n - 1) if correct else 1)
    return g, 1 / n + g**2 / (2 * n)


def log_mean(n: Array, mean: Array, sd: Array) -> Pair:
    """MNLN."""
    return np.log(mean), (sd / mean) ** 2 / n


def log_spread(n: Array, sd: Array) -> Pair:
    """SDLN: the log SD, its bias corrected (Raudenbush & Bryk 1987; Nakagawa et al. 2015)."""
    half = 1 / (2 * (n - 1))
    return np.log(sd) + half, half + 0 * sd


def log_cv(n: Array, mean: Array, sd: Array, *, correct: bool) -> Pair:
    """CVLN: the log coefficient of variation (Nakagawa et al. 2015, eq. 27 for normal data)."""
    half, ratio = 1 / (2 * (n - 1)), (sd / mean) ** 2 / n
    y = np.log(sd / mean)
    return y + half if correct else y, half + ratio


def alpha_raw(n: Array, items: Array, alpha: Array) -> Pair:
    """ARAW: Cronbach's alpha (Bonett 2010)."""
    return alpha, 2 * items * (1 - alpha) ** 2 / ((items - 1) * (n - 2))


def alpha_cube_root(n: Array, items: Array, alpha: Array) -> Pair:
    """AHW: 1 - (1 - alpha)^(1/3) (Hakstian & Whalen 1976)."""
    v = 18 * items * (n - 1) * (1 - alpha) ** (2 / 3) / ((items - 1) * (9 * n - 11) ** 2)
    return cube_root(alpha), v


def alpha_log_complement(n: Array, items: Array, alpha: Array) -> Pair:
    """ABT: -log(1 - alpha) (Bonett 2002)."""
    return log_complement(alpha), 2 * items / ((items - 1) * (n - 2)) + 0 * alpha


MEAN = (Form(("n", "mean", "sd")),)
ALPHA = (Form(("n", "items", "alpha")),)
NO_NULL = float("nan")

GROUP: dict[str, Measure] = {
    "MN": Measure("mean", mean, MEAN, "borenstein2009", "mean", null=NO_NULL, variances=("LS", "HO")),
    "SMN": Measure("standardised mean", standardised_mean, MEAN, "gibbons1993", "mean", correctable=True),
    "MNLN": Measure("log mean", log_mean, MEAN, "nakagawa2015", "mean", "log", NO_NULL),
    "SDLN": Measure("log SD", log_spread, (Form(("n", "sd")),), "nakagawa2015", "mean", "log", NO_NULL),
    "CVLN": Measure(
        "log coefficient of variation", log_cv, MEAN, "nakagawa2015", "mean", "log", NO_NULL, correctable=True
    ),
    "ARAW": Measure("Cronbach's alpha", alpha_raw, ALPHA, "bonett2010", "reliability", null=NO_NULL),
    "AHW": Measure(
        "Cronbach's alpha (Hakstian-Whalen)",
        alpha_cube_root,
        ALPHA,
        "hakstian1976",
        "reliability",
        "cube root",
        NO_NULL,
    ),
    "ABT": Measure(
        "Cronbach's alpha (Bonett)",
        alpha_log_complement,
        ALPHA,
        "bonett2002",
        "reliability",
        "log complement",
        NO_NULL,
    ),
}
