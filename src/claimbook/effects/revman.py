"""Standardised mean differences as Review Manager computes them, to reproduce what reviews published with it.

It approximates Hedges's correction by J = 1 - 3 / (4 N - 9) and the variance by
N / (n1 n2) + g^2 / (2 (N - 3.94)), with N = n1 + n2 (Deeks & Higgins 2010, "Statistical algorithms in Review
Manager 5", section 5). For new work use SMD, whose correction is exact.
"""

from __future__ import annotations

from claimbook.effects.measure import Measure, Pair
from claimbook.effects.special import Array
from claimbook.effects.standardised import D_FORMS


def revman_difference(d: Array, n1: Array, n2: Array) -> Pair:
    """(g, v) of Review Manager from Cohen's d and the two sizes."""
    n = n1 + n2
    g = (1 - 3 / (4 * n - 9)) * d
    return g, n / (n1 * n2) + g**2 / (2 * (n - 3.94))


REVMAN: dict[str, Measure] = {
    "SMDRM": Measure(
        "standardised mean difference as Review Manager computes it",
        revman_difference,
        D_FORMS,
        "deeks2010",
        "standardised",
    ),
}
