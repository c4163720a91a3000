"""A dichotomous and a quantitative variable: correlations from two groups' means.

RPB takes the dichotomy as it is, RBIS estimates the correlation with the normal quantity behind it. Z... are
Fisher's z of the same.
"""

from __future__ import annotations

import numpy as np

from claimbook.effects.measure import Measure, Pair
from claimbook.effects.shared import fisher_z, normal_density
from claimbook.effects.special import Array, ndtri
from claimbook.effects.standardised import D_FORMS
from claimbook.effects.transforms import d_to_biserial, d_to_r


def point_biserial(d: Array, n1: Array, n2: Array, *, vtype: str) -> Pair:
    """RPB; its variance with group sizes fixed (LS, ST) or as they fell (CS) (Tate 1954)."""
    r, n = d_to_r(d, n1, n2), n1 + n2
    if vtype == "CS":
        return r, (1 - r**2) ** 2 / n * (1 - 1.5 * r**2 + r**2 * n**2 / (4 * n1 * n2))
    h = (n - 2) / n1 + (n - 2) / n2
    return r, h**2 / (h + d**2) ** 3 * (1 / n1 + 1 / n2 + d**2 / (2 * n))


def point_biserial_z(d: Array, n1: Array, n2: Array, *, vtype: str) -> Pair:
    """ZPB: Fisher's z of RPB."""
    return fisher_z(*point_biserial(d, n1, n2, vtype=vtype))


def biserial(d: Array, n1: Array, n2: Array) -> Pair:
    """RBIS (Soper 1914; Jacobs & Viechtbauer 2017); beyond +-1 its variance is that at +-1."""
    r, n = d_to_biserial(d, n1, n2), n1 + n2
    p, q = n1 / n, n2 / n
    cut = ndtri(p)
    f = normal_density(cut)
    bend = 1.5 + (1 + p * cut / f) * (1 - q * cut / f)
    square = np.minimum(r**2, 1)
    return r, (p * q / f**2 - bend * square + square**2) / (n - 1)


def biserial_z(d: Array, n1: Array, n2: Array) -> Pair:
    """ZBIS: Fisher's z of RBIS."""
    return fisher_z(*biserial(d, n1, n2))


SAMPLING = ("LS", "ST", "CS")

BISERIAL: dict[str, Measure] = {
    "RPB": Measure(
        "point-biserial correlation", point_biserial, D_FORMS, "tate1954", "biserial", variances=SAMPLING
    ),
    "ZPB": Measure(
        "point-biserial correlation as Fisher's z",
        point_biserial_z,
        D_FORMS,
        "tate1954",
        "biserial",
        "z",
        variances=SAMPLING,
    ),
    "RBIS": Measure("biserial correlation", biserial, D_FORMS, "jacobs2017", "biserial"),
    "ZBIS": Measure("biserial correlation as Fisher's z", biserial_z, D_FORMS, "jacobs2017", "biserial", "z"),
}
