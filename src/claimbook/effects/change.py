"""One group measured twice, or matched pairs: mean changes, standardised changes, ratios.

``mean_pre`` and ``sd_pre`` are the earlier measurement (or the comparator of a pair), ``mean_post`` and
``sd_post`` the later one, ``r`` their correlation; a positive effect is an increase.

Which to use: MC in one unit; SMCR to standardise by the SD before, which makes it comparable with SMD;
SMCRP by the SD of both occasions; SMCC by the SD of the change, which is not comparable with SMD. The H
forms do not take the two variances as equal.
"""

from __future__ import annotations

import numpy as np

from claimbook.effects.measure import Columns, Form, Measure, Pair
from claimbook.effects.shared import (
    hedges_j,
    root_mean_square,
    signed_t,
    unbiased_correlation,
    unbiased_square,
)
from claimbook.effects.special import Array


def change_sd(sd_pre: Array, sd_post: Array, r: Array) -> Array:
    """The SD of the differences: of what r does not predict, and of what differs in what it does."""
    return np.hypot(sd_post - r * sd_pre, sd_pre * np.sqrt(1 - r**2))


def _change_scores(
    n: Array, mean_pre: Array, sd_pre: Array, mean_post: Array, sd_post: Array, r: Array
) -> Columns:
    return {"n": n, "change": mean_post - mean_pre, "sd_change": change_sd(sd_pre, sd_post, r)}


def _d_from_change(n: Array, change: Array, sd_change: Array) -> Columns:
    return {"n": n, "d": change / sd_change}


def _d_from_t(n: Array, t: Array) -> Columns:
    return {"n": n, "d": t / np.sqrt(n)}


def _with_change(n: Array, mean_pre: Array, mean_post: Array, **others: Array) -> Columns:
    return {"n": n, "change": mean_post - mean_pre, **others}


def mean_change(n: Array, change: Array, sd_change: Array) -> Pair:
    """MC: the mean of the differences and its squared standard error."""
    return change, sd_change**2 / n


def standardised_by_change(n: Array, d: Array, *, vtype: str, correct: bool) -> Pair:
    """SMCC: the mean change in SDs of the change (Gibbons, Hedeker & Davis 1993)."""
    return _standardised(d, 1 / n, 1 / n, n - 1, n, vtype, correct)


def standardised_by_earlier(
    n: Array, change: Array, sd_pre: Array, r: Array, *, vtype: str, correct: bool
) -> Pair:
    """SMCR: the mean change in SDs of the earlier measurement (Becker 1988; Morris 2000)."""
    lead, unbiased = 2 * (1 - r) / n, 2 * (1 - unbiased_correlation(r, n)) / n
    return _standardised(change / sd_pre, lead, unbiased, n - 1, n, vtype, correct)


def standardised_by_both(
    n: Array, change: Array, sd_pre: Array, sd_post: Array, r: Array, *, vtype: str, correct: bool
) -> Pair:
    """SMCRP: the mean change in root mean square SDs, which have 2 (n - 1) / (1 + r^2) degrees of freedom
    (Cousineau 2020)."""
    d = change / root_mean_square(sd_pre, sd_post)
    lead, unbiased = 2 * (1 - r) / n, 2 * (1 - unbiased_correlation(r, n)) / n
    return _standardised(d, lead, unbiased, 2 * (n - 1) / (1 + r**2), 2 * n / (1 + r**2), vtype, correct)


def _standardised(
    d: Array, lead: Array, unbiased_lead: Array, m: Array, size: Array, vtype: str, correct: bool
) -> Pair:
    """A standardised change whose SD has ``m`` degrees of freedom, ``lead`` being its variance at no change.

    LS: large-sample; LS2: that of d times J squared (Borenstein 2009); UB: unbiased (Hedges 1983).
    """
    j = hedges_j(m)
    g = j * d if correct else d
    if vtype == "UB":
        return g, unbiased_lead + unbiased_square(g, j, m)
    if vtype == "LS2":
        return g, j**2 * (lead + d**2 / (2 * size))
    return g, lead + g**2 / (2 * size)


def standardised_by_earlier_unequal(
    n: Array, change: Array, sd_pre: Array, sd_post: Array, r: Array, *, vtype: str, correct: bool
) -> Pair:
    """SMCRH: as SMCR, the variances not taken as equal (Bonett 2008), over n - 1 (LS) or n (LS2)."""
    g = change / sd_pre
    if correct:
        g = hedges_j(n - 1) * g
    m = n if vtype == "LS2" else n - 1
    return g, (change_sd(sd_pre, sd_post, r) / sd_pre) ** 2 / m + g**2 / (2 * m)


def standardised_by_both_unequal(
    n: Array, change: Array, sd_pre: Array, sd_post: Array, r: Array, *, vtype: str, correct: bool
) -> Pair:
    """SMCRPH: as SMCRP, the variances not taken as equal (Bonett 2008), by n - 1 (LS) or n (LS2)."""
    sd = root_mean_square(sd_pre, sd_post)
    g = change / sd
    if correct:
        g = hedges_j(2 * (n - 1) / (1 + r**2)) * g
    m = n if vtype == "LS2" else n - 1
    pre, post = (sd_pre / sd) ** 2, (sd_post / sd) ** 2
    spread = g**2 * (pre**2 + post**2 + 2 * r**2 * pre * post) / (8 * m)
    return g, spread + (change_sd(sd_pre, sd_post, r) / sd) ** 2 / m


PRE_POST = ("n", "mean_pre", "sd_pre", "mean_post", "sd_post", "r")
BOTH = (Form(PRE_POST, _with_change), Form(("n", "change", "sd_pre", "sd_post", "r")))
EARLIER = (
    Form(("n", "mean_pre", "sd_pre", "mean_post", "r"), _with_change),
    Form(PRE_POST, lambda sd_post, **columns: _with_change(**columns)),
    Form(("n", "change", "sd_pre", "r")),
)
CHANGE_SCORES = ("n", "change", "sd_change")
THREE = ("LS", "LS2", "UB")

CHANGE: dict[str, Measure] = {
    "MC": Measure(
        "mean change",
        mean_change,
        (Form(PRE_POST, _change_scores), Form(CHANGE_SCORES)),
        "borenstein2009",
        "change",
    ),
    "SMCC": Measure(
        "standardised mean change (SD of the change)",
        standardised_by_change,
        (
            Form(PRE_POST, lambda **columns: _d_from_change(**_change_scores(**columns))),
            Form(CHANGE_SCORES, _d_from_change),
            Form(("n", "t"), _d_from_t),
            Form(("n", "p"), lambda n, p: _d_from_t(n, signed_t(p, n - 1))),
            Form(("n", "d")),
        ),
        "gibbons1993",
        "change",
        variances=THREE,
        correctable=True,
    ),
    "SMCR": Measure(
        "standardised mean change (earlier SD)",
        standardised_by_earlier,
        EARLIER,
        "becker1988",
        "change",
        variances=THREE,
        correctable=True,
    ),
    "SMCRH": Measure(
        "standardised mean change (earlier SD), unequal variances",
        standardised_by_earlier_unequal,
        BOTH,
        "bonett2008",
        "change",
        variances=("LS", "LS2"),
        correctable=True,
    ),
    "SMCRP": Measure(
        "standardised mean change (SD of both occasions)",
        standardised_by_both,
        BOTH,
        "cousineau2020",
        "change",
        variances=THREE,
        correctable=True,
    ),
    "SMCRPH": Measure(
        "standardised mean change (SD of both occasions), unequal variances",
        standardised_by_both_unequal,
        BOTH,
        "bonett2008",
        "change",
        variances=("LS", "LS2"),
        correctable=True,
    ),
}
