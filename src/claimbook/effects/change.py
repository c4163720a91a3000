"""One group measured twice, or matched pairs: mean changes and their standardised forms.

``r`` is the correlation between the two measurements. ``mean_pre`` and ``sd_pre`` are the earlier ones (or
the comparator of a pair), ``mean_post`` and ``sd_post`` the later ones; a positive effect is an increase.
"""

from __future__ import annotations

import numpy as np

from claimbook.effects.measure import Array, Columns, Form, Measure, Pair
from claimbook.effects.shared import hedges_j, signed_t, unbiased_correlation


def change_sd(sd_pre: Array, sd_post: Array, r: Array) -> Array:
    """The SD of the differences of two correlated measurements."""
    return np.sqrt(sd_pre**2 + sd_post**2 - 2 * r * sd_pre * sd_post)


def _as_change(n: Array, mean_pre: Array, sd_pre: Array, mean_post: Array, sd_post: Array, r: Array) -> Columns:
    return {"n": n, "change": mean_post - mean_pre, "sd_change": change_sd(sd_pre, sd_post, r)}


def _as_d(n: Array, mean_pre: Array, sd_pre: Array, mean_post: Array, sd_post: Array, r: Array) -> Columns:
    return _d_from_change(**_as_change(n, mean_pre, sd_pre, mean_post, sd_post, r))


def _d_from_change(n: Array, change: Array, sd_change: Array) -> Columns:
    return {"n": n, "d": change / sd_change}


def _d_from_t(n: Array, t: Array) -> Columns:
    return {"n": n, "d": t / np.sqrt(n)}


def _d_from_p(n: Array, p: Array) -> Columns:
    return _d_from_t(n, signed_t(p, n - 1))


def mean_change(n: Array, change: Array, sd_change: Array) -> Pair:
    """MC: the mean of the differences and its squared standard error."""
    return change, sd_change**2 / n


def standardised_by_change(n: Array, d: Array, *, vtype: str, correct: bool) -> Pair:
    """SMCC: the mean change in SDs of the change (Gibbons, Hedeker & Davis 1993)."""
    m = n - 1
    j = hedges_j(m)
    g = j * d if correct else d
    return g, SMCC_VARIANCE[vtype](g, j, n)


SMCC_VARIANCE = {
    "LS": lambda g, j, n: 1 / n + g**2 / (2 * n),
    "LS2": lambda g, j, n: j**2 * (1 / n + (g / j) ** 2 / (2 * n)),
    "UB": lambda g, j, n: 1 / n + (1 - (n - 3) / ((n - 1) * j**2)) * g**2,
}


def standardised_by_raw(
    n: Array, change: Array, sd_pre: Array, r: Array, *, vtype: str, correct: bool
) -> Pair:
    """SMCR: the mean change in SDs before the intervention (Becker 1988)."""
    j = hedges_j(n - 1)
    d = change / sd_pre
    g = j * d if correct else d
    return g, SMCR_VARIANCE[vtype](g, j, n, r)


SMCR_VARIANCE = {
    "LS": lambda g, j, n, r: 2 * (1 - r) / n + g**2 / (2 * n),
    "LS2": lambda g, j, n, r: j**2 * (2 * (1 - r) / n + (g / j) ** 2 / (2 * n)),
    "UB": lambda g, j, n, r: 2 * (1 - unbiased_correlation(r, n)) / n + (1 - (n - 3) / ((n - 1) * j**2)) * g**2,
}


def _for_raw(n: Array, mean_pre: Array, sd_pre: Array, mean_post: Array, r: Array, sd_post: Array | None = None) -> Columns:
    return {"n": n, "change": mean_post - mean_pre, "sd_pre": sd_pre, "r": r}


PRE_POST = ("n", "mean_pre", "sd_pre", "mean_post", "sd_post", "r")
CHANGE_SCORES = ("n", "change", "sd_change")

CHANGE: dict[str, Measure] = {
    "MC": Measure(
        "mean change", mean_change, (Form(PRE_POST, _as_change), Form(CHANGE_SCORES)), "borenstein2009", "change"
    ),
    "SMCC": Measure(
        "standardised mean change (SD of the change)",
        standardised_by_change,
        (
            Form(PRE_POST, _as_d),
            Form(CHANGE_SCORES, _d_from_change),
            Form(("n", "t"), _d_from_t),
            Form(("n", "d")),
            Form(("n", "p"), _d_from_p),
        ),
        "gibbons1993",
        "change",
        variances=("LS", "LS2", "UB"),
        correctable=True,
    ),
    "SMCR": Measure(
        "standardised mean change (SD before)",
        standardised_by_raw,
        (Form(PRE_POST, _for_raw), Form(("n", "mean_pre", "sd_pre", "mean_post", "r"), _for_raw)),
        "becker1988",
        "change",
        variances=("LS", "LS2", "UB"),
        correctable=True,
    ),
}
