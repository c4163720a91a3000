"""Correlations of two quantities, partial and semi-partial correlations, and explained variance.

Which to use: ZCOR as a rule; COR and UCOR on the scale of r itself; PCOR and SPCOR for one predictor of a
regression; R2 for all of them together. ``predictors`` counts them, the one of interest included.
"""

from __future__ import annotations

import numpy as np

from claimbook.effects.columns import complain
from claimbook.effects.measure import Columns, Form, Measure, Pair
from claimbook.effects.scales import root_to_z
from claimbook.effects.shared import hypergeometric, signed_t, unbiased_correlation, weighted_mean
from claimbook.effects.special import Array, betaincinv


def _r_from_t(n: Array, t: Array) -> Columns:
    return {"n": n, "r": t / np.sqrt(t**2 + n - 2)}


def correlation(n: Array, r: Array, *, vtype: str) -> Pair:
    """COR; variance large-sample (LS; Borenstein 2009, eq. 12.27), at no correlation (H0), averaged (AV)
    or unbiased (UB; Hedges 1989). UB is unbiased for UCOR; beside r itself it is often below 0, and the row
    is nan."""
    return r, _variance(n, r, r, vtype)


def unbiased(n: Array, r: Array, *, vtype: str) -> Pair:
    """UCOR: r without its bias (Olkin & Pratt 1958, eq. 2.3); variances as for COR."""
    y = unbiased_correlation(r, n)
    return y, _variance(n, r, y, vtype)


def _variance(n: Array, r: Array, y: Array, vtype: str) -> Array:
    if vtype == "UB":
        square = 1 - (n - 3) / (n - 2) * (1 - r**2) * hypergeometric(1.0, n / 2, 1 - r**2)
        return np.where(n > 4, y**2 - square, np.nan)
    if vtype == "H0":
        return (1 - y**2) / (n - 2)
    typical = weighted_mean(y, n) if vtype == "AV" else y
    return (1 - typical**2) ** 2 / (n - 1)


def fisher(n: Array, r: Array) -> Pair:
    """ZCOR (Fisher 1921)."""
    return np.arctanh(r), 1 / (n - 3) + 0 * r


def _partial_from_t(n: Array, predictors: Array, t: Array) -> Columns:
    return {"n": n, "predictors": predictors, "r": t / np.sqrt(t**2 + n - predictors - 1)}


def _partial_from_p(n: Array, predictors: Array, p: Array) -> Columns:
    return _partial_from_t(n, predictors, signed_t(p, n - predictors - 1))


def partial(n: Array, predictors: Array, r: Array, *, vtype: str) -> Pair:
    """PCOR (Aloe & Thompson 2013)."""
    typical = weighted_mean(r, n) if vtype == "AV" else r
    return r, (1 - typical**2) ** 2 / (n - predictors)


def partial_z(n: Array, predictors: Array, r: Array) -> Pair:
    """ZPCOR: Fisher's z of PCOR."""
    return np.arctanh(r), 1 / (n - predictors - 2) + 0 * r


def _semipartial_from_t(n: Array, predictors: Array, r2: Array, t: Array) -> Columns:
    return {"n": n, "r2": r2, "r": t * np.sqrt(1 - r2) / np.sqrt(n - predictors - 1)}


def _semipartial_from_p(n: Array, predictors: Array, r2: Array, p: Array) -> Columns:
    return _semipartial_from_t(n, predictors, r2, signed_t(p, n - predictors - 1))


def _semipartial_as_printed(n: Array, r2: Array, r: Array) -> Columns:
    complain("r", r, r**2 > r2, "its square exceeds r2")
    return {"n": n, "r2": r2, "r": r}


def semipartial(n: Array, r2: Array, r: Array, *, vtype: str) -> Pair:
    """SPCOR (Aloe & Becker 2012)."""
    typical = weighted_mean(r, n) if vtype == "AV" else r
    rest = r2 - typical**2
    return r, (r2**2 - 2 * r2 + rest + 1 - rest**2) / n


def semipartial_z(n: Array, r2: Array, r: Array, *, vtype: str) -> Pair:
    """ZSPCOR: Fisher's z of SPCOR."""
    return np.arctanh(r), semipartial(n, r2, r, vtype=vtype)[1] / (1 - r**2) ** 2


def _r2_from_f(n: Array, predictors: Array, f: Array) -> Columns:
    return {"n": n, "predictors": predictors, "r2": predictors * f / (predictors * f + n - predictors - 1)}


def _r2_from_p(n: Array, predictors: Array, p: Array) -> Columns:
    """1 - R2 is a beta variable where nothing is explained, and p its distribution function."""
    rest = betaincinv((n - predictors - 1) / 2, predictors / 2, p)
    return {"n": n, "predictors": predictors, "r2": 1 - rest}


def explained_variance(n: Array, predictors: Array, r2: Array, *, vtype: str) -> Pair:
    """R2; large-sample variance (Kendall & Stuart 1979; LS: eq. 27.88, LS2: eq. 27.87; AV, AV2: averaged)."""
    typical = weighted_mean(r2, n) if vtype in ("AV", "AV2") else r2
    base = 4 * typical * (1 - typical) ** 2
    if vtype in ("LS2", "AV2"):
        return r2, base * (n - predictors - 1) ** 2 / ((n**2 - 1) * (n + 3))
    return r2, base / n


def explained_variance_z(n: Array, predictors: Array, r2: Array) -> Pair:
    """ZR2: Fisher's z of the root of R2 (Olkin & Finn 1995)."""
    return root_to_z(r2), 1 / n + 0 * r2


R_FORMS = (
    Form(("n", "r")),
    Form(("n", "t"), _r_from_t),
    Form(("n", "p"), lambda n, p: _r_from_t(n, signed_t(p, n - 2))),
)
PARTIAL = (
    Form(("n", "predictors", "t"), _partial_from_t),
    Form(("n", "predictors", "r")),
    Form(("n", "predictors", "p"), _partial_from_p),
)
SEMIPARTIAL = (
    Form(("n", "predictors", "r2", "t"), _semipartial_from_t),
    Form(("n", "predictors", "r2", "p"), _semipartial_from_p),
    Form(("n", "r2", "r"), _semipartial_as_printed),
)
R2_FORMS = (
    Form(("n", "predictors", "r2")),
    Form(("n", "predictors", "f"), _r2_from_f),
    Form(("n", "predictors", "p"), _r2_from_p, {"p": "share"}),
)
WITHOUT_NULL = float("nan")

CORRELATIONS: dict[str, Measure] = {
    "COR": Measure(
        "correlation",
        correlation,
        R_FORMS,
        "borenstein2009",
        "correlation",
        variances=("LS", "UB", "AV", "H0"),
    ),
    "UCOR": Measure(
        "unbiased correlation",
        unbiased,
        R_FORMS,
        "olkin1958",
        "correlation",
        variances=("LS", "UB", "AV", "H0"),
    ),
    "ZCOR": Measure("correlation as Fisher's z", fisher, R_FORMS, "fisher1921", "correlation", "z"),
    "PCOR": Measure(
        "partial correlation", partial, PARTIAL, "aloe2013", "correlation", variances=("LS", "AV")
    ),
    "ZPCOR": Measure("partial correlation as Fisher's z", partial_z, PARTIAL, "aloe2013", "correlation", "z"),
    "SPCOR": Measure(
        "semi-partial correlation",
        semipartial,
        SEMIPARTIAL,
        "aloe2012",
        "correlation",
        variances=("LS", "AV"),
    ),
    "ZSPCOR": Measure(
        "semi-partial correlation as Fisher's z",
        semipartial_z,
        SEMIPARTIAL,
        "aloe2012",
        "correlation",
        "z",
        variances=("LS", "AV"),
    ),
    "R2": Measure(
        "explained variance",
        explained_variance,
        R2_FORMS,
        "kendall1979",
        "correlation",
        null=WITHOUT_NULL,
        variances=("LS", "LS2", "AV", "AV2"),
    ),
    "ZR2": Measure(
        "explained variance as Fisher's z of its root",
        explained_variance_z,
        R2_FORMS,
        "olkin1995",
        "correlation",
        "z of root",
        WITHOUT_NULL,
    ),
}
