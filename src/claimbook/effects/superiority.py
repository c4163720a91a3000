"""The probability that someone of group 1 lies above someone of group 2 (common language effect size, AUC).

CLES and AUC take the probability as it is printed (Mann-Whitney's U over n1 n2); CLESN and AUCN compute it
from the means and SDs of normal data, CLESCN and AUCCN from two measurements of one group.
"""

from __future__ import annotations

import numpy as np

from claimbook.effects.change import BOTH, change_sd
from claimbook.effects.means import TWO_MEANS
from claimbook.effects.measure import Form, Measure, Pair
from claimbook.effects.shared import normal_density
from claimbook.effects.special import Array, ndtr
from claimbook.effects.standardised import D_FORMS, cohen_d, standardised_difference


def superiority(auc: Array, n1: Array, n2: Array, *, vtype: str) -> Pair:
    """CLES, AUC; variance of Newcombe (LS) or Hanley & McNeil (LS2), at no difference (H0), at most (MAX)."""
    return auc, SUPERIORITY_VARIANCE[vtype](auc, n1, n2)


def _newcombe(a: Array, n1: Array, n2: Array) -> Array:
    """Hanley & McNeil's variance with the mean of the sizes for each in the sum (Newcombe 2006)."""
    more = (n1 + n2) / 2 - 1
    return a * (1 - a) * (1 + 2 * more - 3 * more / ((2 - a) * (1 + a))) / ((n1 - 1) * (n2 - 1))


def _hanley_mcneil(a: Array, n1: Array, n2: Array) -> Array:
    """Hanley & McNeil (1982), with n - 1 in the denominator."""
    q1, q2 = a / (2 - a), 2 * a**2 / (1 + a)
    return (a * (1 - a) + (n1 - 1) * (q1 - a**2) + (n2 - 1) * (q2 - a**2)) / ((n1 - 1) * (n2 - 1))


def _mann_whitney(a: Array, n1: Array, n2: Array) -> Array:
    """Of U / (n1 n2) where there is no difference (Mann & Whitney 1947)."""
    return (n1 + n2 + 1) / (12 * n1 * n2) + 0 * a


def _largest(a: Array, n1: Array, n2: Array) -> Array:
    """The most that it can be (Birnbaum & Klose 1957), on n - 1 of the smaller group."""
    smaller: Array = np.minimum(n1, n2)
    return a * (1 - a) / (smaller - 1)


SUPERIORITY_VARIANCE = {
    "LS": _newcombe,
    "LS2": _hanley_mcneil,
    "H0": _mann_whitney,
    "MAX": _largest,
}


def normal_superiority(n1: Array, n2: Array, *, vtype: str, d: Array | None = None, **means: Array) -> Pair:
    """CLESN, AUCN: Phi of the difference in SDs of a difference, by the delta method (Ruscio 2008).

    The variance has degrees of freedom (LS) or group sizes (LS2) in its denominators, or sizes for the means
    and degrees of freedom for the SDs (LS3), or takes the SDs as equal (HO; also if d, t or p is given).
    """
    if d is not None:
        return _of_equal_spreads(d, n1, n2)
    if vtype == "HO":
        return _of_equal_spreads(**cohen_d(n1=n1, n2=n2, **means))
    return _of_unequal_spreads(n1=n1, n2=n2, **means, vtype=vtype)


def _of_equal_spreads(d: Array, n1: Array, n2: Array) -> Pair:
    d, v = standardised_difference(d, n1, n2, vtype="LS", correct=False)
    z = d / np.sqrt(2)
    return ndtr(z), normal_density(z) ** 2 * v / 2


def _of_unequal_spreads(
    n1: Array, mean1: Array, sd1: Array, n2: Array, mean2: Array, sd2: Array, *, vtype: str
) -> Pair:
    sd = np.hypot(sd1, sd2)
    z, first, second = (mean1 - mean2) / sd, (sd1 / sd) ** 2, (sd2 / sd) ** 2
    k1, k2 = (n1 - 1, n2 - 1) if vtype == "LS" else (n1, n2)
    m1, m2 = (n1, n2) if vtype == "LS2" else (n1 - 1, n2 - 1)
    of_means = first / k1 + second / k2
    of_spreads = z**2 * (first**2 / m1 + second**2 / m2) / 2
    return ndtr(z), normal_density(z) ** 2 * (of_means + of_spreads)


def paired_superiority(n: Array, change: Array, sd_pre: Array, sd_post: Array, r: Array) -> Pair:
    """CLESCN, AUCCN: of a later over an earlier measurement, of two people; by the delta method."""
    sd = np.hypot(sd_pre, sd_post)
    z, pre, post = change / sd, (sd_pre / sd) ** 2, (sd_post / sd) ** 2
    of_spreads = z**2 * (pre**2 + post**2 + 2 * r**2 * pre * post) / 2
    variance = (change_sd(sd_pre, sd_post, r) / sd) ** 2 + of_spreads
    return ndtr(z), normal_density(z) ** 2 * variance / (n - 1)


PRINTED = (Form(("n1", "n2", "auc")),)
NORMAL = (TWO_MEANS, *D_FORMS[1:])
GROUP = "superiority"
FOUR = ("LS", "LS2", "H0", "MAX")
NORMAL_FOUR = ("LS", "LS2", "LS3", "HO")


SUPERIORITY: dict[str, Measure] = {
    "CLES": Measure(
        "common language effect size",
        superiority,
        PRINTED,
        "newcombe2006",
        GROUP,
        null=0.5,
        variances=FOUR,
    ),
    "AUC": Measure(
        "area under the curve",
        superiority,
        PRINTED,
        "newcombe2006",
        GROUP,
        null=0.5,
        variances=FOUR,
    ),
    "CLESN": Measure(
        "common language effect size, normal",
        normal_superiority,
        NORMAL,
        "ruscio2008",
        GROUP,
        null=0.5,
        variances=NORMAL_FOUR,
    ),
    "AUCN": Measure(
        "area under the curve, normal",
        normal_superiority,
        NORMAL,
        "ruscio2008",
        GROUP,
        null=0.5,
        variances=NORMAL_FOUR,
    ),
    "CLESCN": Measure(
        "common language effect size of change, normal",
        paired_superiority,
        BOTH,
        "ruscio2008",
        GROUP,
        null=0.5,
    ),
    "AUCCN": Measure(
        "area under the curve of change, normal",
        paired_superiority,
        BOTH,
        "ruscio2008",
        GROUP,
        null=0.5,
    ),
}
