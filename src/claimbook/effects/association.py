"""Two dichotomous variables on the same people: correlations of a 2x2 table; and genotypes.

PHI correlates the two dichotomies as they are. RTET estimates the correlation of the quantities behind them
(both normal); YUQ and YUY are functions of the odds ratio. Z... are Fisher's z of the same.

Cells: a both yes, b and c one of the two, d neither.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from claimbook.effects.measure import Form, Measure, Pair
from claimbook.effects.shared import fisher_z
from claimbook.effects.special import Array, ndtr, ndtri, owens_t
from claimbook.effects.tables import TABLE, TWO_GROUPS


def phi_coefficient(a: Array, b: Array, c: Array, d: Array, *, vtype: str) -> Pair:
    """PHI; its variance under multinomial (LS, CS) or under stratified sampling of the rows (ST)."""
    phi = (a * d - b * c) / np.sqrt((a + b) * (c + d) * (a + c) * (b + d))
    return phi, PHI_VARIANCE[vtype](phi, a, b, c, d)


def _phi_multinomial(phi: Array, a: Array, b: Array, c: Array, d: Array) -> Array:
    """Bishop, Fienberg & Holland (1975)."""
    n = a + b + c + d
    row, column = (a + b) / n, (a + c) / n
    row2, column2 = row * (1 - row), column * (1 - column)
    tilt = (2 * row - 1) * (2 * column - 1) / np.sqrt(row2 * column2)
    steep = (2 * row - 1) ** 2 / row2 + (2 * column - 1) ** 2 / column2
    return (1 - phi**2 + phi * (1 + phi**2 / 2) * tilt - 0.75 * phi**2 * steep) / n


def _phi_stratified(phi: Array, a: Array, b: Array, c: Array, d: Array) -> Array:
    """The delta method on two independent binomial rows of fixed size."""
    n1, n2 = a + b, c + d
    w1, w2 = n1 / (n1 + n2), n2 / (n1 + n2)
    p1, p2, p = a / n1, c / n2, (a + c) / (n1 + n2)
    direct = np.sqrt(w1 * w2 / (p * (1 - p)))
    margin = phi * (1 - 2 * p) / (2 * p * (1 - p))
    return (direct - w1 * margin) ** 2 * p1 * (1 - p1) / n1 + (direct + w2 * margin) ** 2 * p2 * (1 - p2) / n2


PHI_VARIANCE = {"LS": _phi_multinomial, "CS": _phi_multinomial, "ST": _phi_stratified}


def phi_z(a: Array, b: Array, c: Array, d: Array, *, vtype: str) -> Pair:
    """ZPHI: Fisher's z of PHI."""
    return fisher_z(*phi_coefficient(a, b, c, d, vtype=vtype))


def yule_q(a: Array, b: Array, c: Array, d: Array) -> Pair:
    """YUQ (Yule 1912)."""
    q = (a * d - b * c) / (a * d + b * c)
    return q, (1 - q**2) ** 2 / 4 * (1 / a + 1 / b + 1 / c + 1 / d)


def yule_y(a: Array, b: Array, c: Array, d: Array) -> Pair:
    """YUY (Yule 1912)."""
    one, other = np.sqrt(a * d), np.sqrt(b * c)
    y = (one - other) / (one + other)
    return y, (1 - y**2) ** 2 / 16 * (1 / a + 1 / b + 1 / c + 1 / d)


def bivariate_normal(h: Array, k: Array, r: Array) -> Array:
    """P(X < h, Y < k) of two standard normals with correlation r, by Owen's T (Owen 1956)."""
    s = np.sqrt(1 - r**2)
    h, k = np.where(h == 0, 1e-300, h), np.where(k == 0, 1e-300, k)
    corner = np.where(h * k < 0, 0.5, 0.0)
    return (ndtr(h) + ndtr(k)) / 2 - owens_t(h, (k / h - r) / s) - owens_t(k, (h / k - r) / s) - corner


def tetrachoric(a: Array, b: Array, c: Array, d: Array) -> Pair:
    """RTET: the correlation of two normals cut so that they give the table (Pearson 1900; Kirk 1973).

    With a zero cell the correlation is 1 or -1 and has no variance; with an empty row or column it does
    not exist.
    """
    n = a + b + c + d
    h, k = ndtri((a + b) / n), ndtri((a + c) / n)
    r = _solve(lambda r: bivariate_normal(h, k, r) - a / n, len(n))
    some = np.minimum(np.minimum(a + b, c + d), np.minimum(a + c, b + d)) > 0
    r = np.where((a == 0) | (d == 0), -1.0, np.where((b == 0) | (c == 0), 1.0, r))
    return np.where(some, r, np.nan), np.where(
        np.abs(r) < 1, _tetrachoric_variance(r, h, k, a, b, c, d), np.nan
    )


def _tetrachoric_variance(r: Array, h: Array, k: Array, a: Array, b: Array, c: Array, d: Array) -> Array:
    """Pearson's (1900) large-sample variance, the cuts estimated as well."""
    n, s = a + b + c + d, np.sqrt(1 - r**2)
    f1, f2 = ndtr((h - r * k) / s) - 0.5, ndtr((k - r * h) / s) - 0.5
    density = np.exp(-(h**2 + k**2 - 2 * r * h * k) / (2 * s**2)) / (2 * np.pi * s)
    squares = (a + d) * (b + c) / 4 + (a + c) * (b + d) * f1**2 + (a + b) * (c + d) * f2**2
    products = 2 * (a * d - b * c) * f1 * f2 - (a * b - c * d) * f1 - (a * c - b * d) * f2
    v: Array = (squares + products) / (n**3 * density**2)
    return v


def _solve(rising: Callable[[Array], Array], size: int) -> Array:
    """The root in (-1, 1) of a function that rises with r, for each row, by bisection."""
    low: Array = np.full(size, -1.0)
    high: Array = np.full(size, 1.0)
    for _ in range(60):
        middle = (low + high) / 2
        above = rising(middle) > 0
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return (low + high) / 2


def tetrachoric_z(a: Array, b: Array, c: Array, d: Array) -> Pair:
    """ZTET: Fisher's z of RTET."""
    return fisher_z(*tetrachoric(a, b, c, d))


def log_excess_heterozygosity(a: Array, b: Array, c: Array) -> Pair:
    """REH: log of heterozygotes over those that Hardy-Weinberg expects (Ziegler et al. 2011)."""
    return np.log(b / (2 * np.sqrt(a * c))), 1 / (4 * a) + 1 / b + 1 / (4 * c)


ASSOCIATION: dict[str, Measure] = {
    "PHI": Measure(
        "phi coefficient",
        phi_coefficient,
        TABLE,
        "bishop1975",
        "association",
        variances=("LS", "CS", "ST"),
        zeros=TWO_GROUPS,
        add=0,
    ),
    "ZPHI": Measure(
        "phi coefficient as Fisher's z",
        phi_z,
        TABLE,
        "bishop1975",
        "association",
        "z",
        variances=("LS", "CS", "ST"),
        zeros=TWO_GROUPS,
        add=0,
    ),
    "YUQ": Measure("Yule's Q", yule_q, TABLE, "yule1912", "association", zeros=TWO_GROUPS),
    "YUY": Measure("Yule's Y", yule_y, TABLE, "yule1912", "association", zeros=TWO_GROUPS),
    "RTET": Measure(
        "tetrachoric correlation", tetrachoric, TABLE, "pearson1900", "association", zeros=TWO_GROUPS, add=0
    ),
    "ZTET": Measure(
        "tetrachoric correlation as Fisher's z",
        tetrachoric_z,
        TABLE,
        "pearson1900",
        "association",
        "z",
        zeros=TWO_GROUPS,
        add=0,
    ),
    "REH": Measure(
        "log relative excess heterozygosity",
        log_excess_heterozygosity,
        (Form(("a", "b", "c")),),
        "ziegler2011",
        "association",
        "log",
    ),
}
