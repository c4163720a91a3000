"""Two groups compared in units of an SD, and the same as an odds ratio.

Which to use: SMD (Hedges' g, pooled SD) as a rule; SMDH where the groups' SDs cannot be taken as equal;
SMD1 and SMD1H to standardise by the comparator's SD alone. D2ORN and D2ORL turn an SMD into a log odds ratio
so that it can be pooled with dichotomised outcomes.

Where means are not printed, t, p (two-sided, with the sign of the effect) or d itself will do for SMD.
"""

from __future__ import annotations

import numpy as np

from claimbook.effects.means import TWO_MEANS, pooled_sd
from claimbook.effects.measure import Columns, Form, Measure, Pair
from claimbook.effects.shared import hedges_j, root_mean_square, signed_t, unbiased_square, weighted_mean
from claimbook.effects.special import Array
from claimbook.effects.transforms import d_to_odds_logistic


def cohen_d(n1: Array, mean1: Array, sd1: Array, n2: Array, mean2: Array, sd2: Array) -> Columns:
    """Cohen's d: the difference of means in pooled SDs."""
    return {"d": (mean1 - mean2) / pooled_sd(n1, sd1, n2, sd2), "n1": n1, "n2": n2}


def d_from_t(n1: Array, n2: Array, t: Array) -> Columns:
    """Cohen's d from Student's t of two independent groups."""
    return {"d": t * np.sqrt(1 / n1 + 1 / n2), "n1": n1, "n2": n2}


def d_from_p(n1: Array, n2: Array, p: Array) -> Columns:
    """Cohen's d from the two-sided p value of Student's t; the sign of p is the sign of d."""
    return d_from_t(n1, n2, signed_t(p, n1 + n2 - 2))


def _by_comparator(n1: Array, mean1: Array, n2: Array, mean2: Array, sd2: Array) -> Columns:
    return {"d": (mean1 - mean2) / sd2, "n1": n1, "n2": n2}


def standardised_difference(d: Array, n1: Array, n2: Array, *, vtype: str, correct: bool) -> Pair:
    """SMD: Hedges' g, or Cohen's d without the correction (Hedges 1981).

    Variance: large-sample (LS; Hedges 1982, eq. 8), the same times J squared (LS2; Borenstein 2009,
    eq. 12.17), unbiased (UB; Hedges 1983, eq. 9), or large-sample with the mean g of all rows (AV).
    """
    return _standardised(d, n1, n2, n1 + n2 - 2, n1 + n2, vtype, correct)


def standardised_by_comparator(d: Array, n1: Array, n2: Array, *, vtype: str, correct: bool) -> Pair:
    """SMD1: Glass's delta, the SD of group 2 alone (Glass 1976; Hedges 1981); variances as for SMD."""
    return _standardised(d, n1, n2, n2 - 1, n2, vtype, correct)


def _standardised(d: Array, n1: Array, n2: Array, m: Array, size: Array, vtype: str, correct: bool) -> Pair:
    """``m`` degrees of freedom and ``size`` people stand behind the SD."""
    j = hedges_j(m)
    g = j * d if correct else d
    lead = 1 / n1 + 1 / n2
    if vtype == "UB":
        return g, lead + unbiased_square(g, j, m)
    if vtype == "LS2":
        return g, j**2 * (lead + d**2 / (2 * size))
    typical = weighted_mean(g, n1 + n2) if vtype == "AV" else g
    return g, lead + typical**2 / (2 * size)


def standardised_unequal(
    n1: Array, mean1: Array, sd1: Array, n2: Array, mean2: Array, sd2: Array, *, vtype: str, correct: bool
) -> Pair:
    """SMDH: the difference in root mean square SDs, variances not taken as equal (Bonett 2008, 2009).

    The variance with degrees of freedom (LS) or with group sizes (LS2) in the denominators.
    """
    sd = root_mean_square(sd1, sd2)
    g = (mean1 - mean2) / sd
    if correct:
        g = hedges_j(n1 + n2 - 2) * g
    m1, m2 = (n1, n2) if vtype == "LS2" else (n1 - 1, n2 - 1)
    first, second = (sd1 / sd) ** 2, (sd2 / sd) ** 2
    return g, g**2 * (first**2 / m1 + second**2 / m2) / 8 + first / m1 + second / m2


def standardised_by_comparator_unequal(
    n1: Array, mean1: Array, sd1: Array, n2: Array, mean2: Array, sd2: Array, *, correct: bool
) -> Pair:
    """SMD1H: the SD of group 2 alone, variances not taken as equal (Bonett 2008)."""
    g = (mean1 - mean2) / sd2
    if correct:
        g = hedges_j(n2 - 1) * g
    return g, (sd1 / sd2) ** 2 / (n1 - 1) + 1 / (n2 - 1) + g**2 / (2 * (n2 - 1))


def d_as_normal_log_odds(d: Array, n1: Array, n2: Array) -> Pair:
    """D2ORN: 1.65 d (Cox & Snell 1989)."""
    d, v = standardised_difference(d, n1, n2, vtype="LS", correct=False)
    return 1.65 * d, 1.65**2 * v


def d_as_logistic_log_odds(d: Array, n1: Array, n2: Array) -> Pair:
    """D2OR, D2ORL: d times pi / sqrt(3) (Hasselblad & Hedges 1995; Chinn 2000)."""
    d, v = standardised_difference(d, n1, n2, vtype="LS", correct=False)
    return d_to_odds_logistic(d), v * np.pi**2 / 3


D_FORMS = (
    Form(TWO_MEANS.columns, cohen_d),
    Form(("n1", "n2", "t"), d_from_t),
    Form(("n1", "n2", "d")),
    Form(("n1", "n2", "p"), d_from_p),
)
COMPARATOR = (
    Form(("n1", "mean1", "n2", "mean2", "sd2"), _by_comparator),
    Form(TWO_MEANS.columns, lambda sd1, **columns: _by_comparator(**columns)),
)
FOUR = ("LS", "LS2", "UB", "AV")

STANDARDISED: dict[str, Measure] = {
    "SMD": Measure(
        "standardised mean difference (Hedges' g)",
        standardised_difference,
        D_FORMS,
        "hedges1981",
        "standardised",
        variances=FOUR,
        correctable=True,
    ),
    "SMDH": Measure(
        "standardised mean difference, unequal variances",
        standardised_unequal,
        (TWO_MEANS,),
        "bonett2009",
        "standardised",
        variances=("LS", "LS2"),
        correctable=True,
    ),
    "SMD1": Measure(
        "standardised mean difference by the comparator's SD",
        standardised_by_comparator,
        COMPARATOR,
        "glass1976",
        "standardised",
        variances=FOUR,
        correctable=True,
    ),
    "SMD1H": Measure(
        "standardised mean difference by the comparator's SD, unequal variances",
        standardised_by_comparator_unequal,
        (TWO_MEANS,),
        "bonett2008",
        "standardised",
        correctable=True,
    ),
    "D2OR": Measure(
        "log odds ratio from d (logistic)",
        d_as_logistic_log_odds,
        D_FORMS,
        "chinn2000",
        "standardised",
        "log",
    ),
    "D2ORL": Measure(
        "log odds ratio from d (logistic)",
        d_as_logistic_log_odds,
        D_FORMS,
        "chinn2000",
        "standardised",
        "log",
    ),
    "D2ORN": Measure(
        "log odds ratio from d (normal)", d_as_normal_log_odds, D_FORMS, "cox1989", "standardised", "log"
    ),
}
