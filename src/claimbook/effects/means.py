"""Two groups, a mean and an SD in each: differences, standardised differences and ratios.

Which to use: MD where every study used one instrument and one unit; SMD (Hedges' g) where instruments
differ; SMDH where the groups' SDs cannot be taken as equal; SMD1 to standardise by the comparator's SD alone;
ROM for ratio-scale quantities where a proportional change is meant.
"""

from __future__ import annotations

import numpy as np

from claimbook.effects.measure import Array, Columns, Form, Measure, Pair
from claimbook.effects.shared import hedges_j, signed_t, weighted_mean


def pooled_sd(n1: Array, sd1: Array, n2: Array, sd2: Array) -> Array:
    """The SD within groups taken as equal: variances weighted by their degrees of freedom."""
    return np.sqrt(((n1 - 1) * sd1**2 + (n2 - 1) * sd2**2) / (n1 + n2 - 2))


def cohen_d(n1: Array, mean1: Array, sd1: Array, n2: Array, mean2: Array, sd2: Array) -> Columns:
    """Cohen's d: the difference of means in pooled SDs."""
    return {"d": (mean1 - mean2) / pooled_sd(n1, sd1, n2, sd2), "n1": n1, "n2": n2}


def d_from_t(n1: Array, n2: Array, t: Array) -> Columns:
    """Cohen's d from Student's t of two independent groups."""
    return {"d": t * np.sqrt(1 / n1 + 1 / n2), "n1": n1, "n2": n2}


def d_from_p(n1: Array, n2: Array, p: Array) -> Columns:
    """Cohen's d from the two-sided p value of Student's t; the sign of p is the sign of d."""
    return d_from_t(n1, n2, signed_t(p, n1 + n2 - 2))


def mean_difference(
    n1: Array, mean1: Array, sd1: Array, n2: Array, mean2: Array, sd2: Array, *, vtype: str
) -> Pair:
    """MD; the variance with separate (LS) or pooled (HO) SDs (Borenstein 2009, eq. 12.5 and 12.3)."""
    if vtype == "HO":
        sd1 = sd2 = pooled_sd(n1, sd1, n2, sd2)
    return mean1 - mean2, sd1**2 / n1 + sd2**2 / n2


def standardised_difference(d: Array, n1: Array, n2: Array, *, vtype: str, correct: bool) -> Pair:
    """SMD: Hedges' g, or Cohen's d without the correction (Hedges 1981)."""
    m = n1 + n2 - 2
    j = hedges_j(m)
    g = j * d if correct else d
    return g, SMD_VARIANCE[vtype](g, j, n1, n2)


def _smd_large_sample(g: Array, j: Array, n1: Array, n2: Array) -> Array:
    return 1 / n1 + 1 / n2 + g**2 / (2 * (n1 + n2))


SMD_VARIANCE = {
    "LS": _smd_large_sample,
    "LS2": lambda g, j, n1, n2: j**2 * _smd_large_sample(g / j, j, n1, n2),
    "UB": lambda g, j, n1, n2: 1 / n1 + 1 / n2 + (1 - (n1 + n2 - 4) / ((n1 + n2 - 2) * j**2)) * g**2,
    "AV": lambda g, j, n1, n2: _smd_large_sample(weighted_mean(g, n1 + n2), j, n1, n2),
}


def log_ratio_of_means(
    n1: Array, mean1: Array, sd1: Array, n2: Array, mean2: Array, sd2: Array, *, vtype: str, correct: bool
) -> Pair:
    """ROM: the log response ratio (Hedges et al. 1999, eq. 1), its bias corrected (Lajeunesse 2015)."""
    cv1, cv2 = sd1**2 / mean1**2, sd2**2 / mean2**2
    y = np.log(mean1 / mean2)
    if correct:
        y = y + (cv1 / n1 - cv2 / n2) / 2
    if vtype == "HO":
        pooled = pooled_sd(n1, sd1, n2, sd2)
        cv1, cv2 = pooled**2 / mean1**2, pooled**2 / mean2**2
    return y, cv1 / n1 + cv2 / n2


TWO_MEANS = Form(("n1", "mean1", "sd1", "n2", "mean2", "sd2"))
STANDARDISED = (
    Form(TWO_MEANS.columns, cohen_d),
    Form(("n1", "n2", "t"), d_from_t),
    Form(("n1", "n2", "d")),
    Form(("n1", "n2", "p"), d_from_p),
)

MEANS: dict[str, Measure] = {
    "MD": Measure(
        "mean difference", mean_difference, (TWO_MEANS,), "borenstein2009", "means", variances=("LS", "HO")
    ),
    "SMD": Measure(
        "standardised mean difference (Hedges' g)",
        standardised_difference,
        STANDARDISED,
        "hedges1981",
        "means",
        variances=("LS", "LS2", "UB", "AV"),
        correctable=True,
    ),
    "ROM": Measure(
        "log ratio of means",
        log_ratio_of_means,
        (TWO_MEANS,),
        "hedges1999",
        "means",
        scale="log",
        variances=("LS", "HO"),
        correctable=True,
    ),
}
