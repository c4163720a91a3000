"""Transformations of effects by name: ``TRANSFORMS``, for one effect or a whole column.

Between scales (logit, ilogit ...), between effect sizes (dtorpb, lnortod_logis ...), and from effects that
vary by tau2 around x to their mean (..._int) or likeliest value (..._mode) on the scale that people read.
Where a value has no image the result is nan.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import pi, sqrt
from typing import Any

import numpy as np

from claimbook.effects.averages import ilogit_mean, ilogit_mode, ztor_mean, ztor_mode
from claimbook.effects.scales import (
    arcsine,
    cube_root,
    double_arcsine,
    double_square_root,
    from_arcsine,
    from_cube_root,
    from_double_arcsine,
    from_double_square_root,
    from_log_complement,
    from_square_root,
    log_complement,
    r_to_z,
    root_to_z,
    squared_r,
)
from claimbook.effects.special import Array, expit, logit, ndtr, ndtri


def odds_to_d_logistic(x: Array) -> Array:
    """A log odds ratio as a standardised mean difference, logistic distributions (Chinn 2000)."""
    return x * sqrt(3) / pi


def d_to_odds_logistic(x: Array) -> Array:
    return x * pi / sqrt(3)


def d_to_u1(x: Array) -> Array:
    """Cohen's U1: the share of the two normal populations together that does not overlap (Cohen 1988)."""
    u2 = ndtr(np.abs(x) / 2)
    return (2 * u2 - 1) / u2


def d_to_overlap(x: Array) -> Array:
    """The overlapping area of two normal densities d SDs apart."""
    return 2 * ndtr(-np.abs(x) / 2)


def d_to_success(x: Array) -> Array:
    """Rosenthal & Rubin's binomial effect size display (1982): the success rate of the treated."""
    rate: Array = x / np.sqrt(x**2 + 4) / 2 + 0.5
    return rate


LARGE = np.array(1e300)  # two equal groups so large that their sizes drop out
HALF = np.array(0.5)


def _spread(n1: Array, n2: Array) -> Array:
    """m / n1 + m / n2, m being the degrees of freedom of two groups."""
    return (1 - 2 / (n1 + n2)) * (2 + n1 / n2 + n2 / n1)


def d_to_r(x: Array, n1: Array = LARGE, n2: Array = LARGE) -> Array:
    """The point-biserial correlation of a standardised mean difference."""
    r: Array = x / np.sqrt(x**2 + _spread(n1, n2))
    return r


def r_to_d(x: Array, n1: Array = LARGE, n2: Array = LARGE) -> Array:
    """The standardised mean difference of a point-biserial correlation."""
    d: Array = x * np.sqrt(_spread(n1, n2) / (1 - x**2))
    return d


def _biserial_factor(share: Array) -> Array:
    """sqrt(p q) over the normal ordinate at the cut: biserial = factor * point-biserial."""
    ordinate = np.exp(-(ndtri(share) ** 2) / 2) / sqrt(2 * pi)
    factor: Array = np.sqrt(share * (1 - share)) / ordinate
    return factor


def point_biserial_to_biserial(x: Array, share: Array = HALF) -> Array:
    return x * _biserial_factor(share)


def biserial_to_point_biserial(x: Array, share: Array = HALF) -> Array:
    return x / _biserial_factor(share)


def d_to_biserial(x: Array, n1: Array = LARGE, n2: Array = LARGE) -> Array:
    return point_biserial_to_biserial(d_to_r(x, n1, n2), n1 / (n1 + n2))


def biserial_to_d(x: Array, n1: Array = LARGE, n2: Array = LARGE) -> Array:
    return r_to_d(biserial_to_point_biserial(x, n1 / (n1 + n2)), n1, n2)


def odds_to_tetrachoric_digby(x: Array) -> Array:
    """Digby's approximation of the tetrachoric correlation from a log odds ratio (1983)."""
    return np.tanh(0.75 * x / 2)


def odds_to_tetrachoric_pearson(x: Array) -> Array:
    """Pearson's approximation, a cosine of the odds ratio (1900)."""
    return np.cos(np.pi / (1 + np.exp(x / 2)))


def odds_to_risk_difference(x: Array, risk: Array) -> Array:
    """The risk difference that a log odds ratio means where the comparator's risk is ``risk``."""
    return expit(logit(risk) + x) - risk


def odds_to_risk_ratio(x: Array, risk: Array) -> Array:
    """The risk ratio that a log odds ratio means where the comparator's risk is ``risk``."""
    return expit(logit(risk) + x) / risk


@dataclass(frozen=True)
class Transform:
    """``function(x, *more)``: ``more`` names what it needs besides, ``options`` what it may be given besides.

    ``cite`` is a key of references.bib, empty for plain mathematics.
    """

    label: str
    function: Callable[..., Any]
    cite: str = ""
    more: tuple[str, ...] = ()
    options: tuple[str, ...] = ()

    def __call__(self, x: Any, *more: Any) -> Array:
        with np.errstate(all="ignore"):
            result: Array = self.function(np.asarray(x, float), *(np.asarray(item, float) for item in more))
        return result


GROUPS = ("n1", "n2")
SPREAD = ("tau2",)
TRANSFORMS: dict[str, Transform] = {
    "log": Transform("logarithm", np.log),
    "exp": Transform("exponential", np.exp),
    "logit": Transform("log odds of a proportion", logit),
    "ilogit": Transform("proportion of log odds", expit),
    "probit": Transform("normal quantile of a proportion", ndtri),
    "iprobit": Transform("proportion of a normal quantile", ndtr),
    "arcsin": Transform("arcsine of the root of a proportion", arcsine),
    "iarcsin": Transform("proportion of an arcsine", from_arcsine),
    "pft": Transform("Freeman-Tukey proportion", double_arcsine, "freeman1950", ("n",)),
    "ipft": Transform("proportion of a Freeman-Tukey value", from_double_arcsine, "miller1978", ("n",)),
    "sqrt": Transform("square root", np.sqrt),
    "isqrt": Transform("square of a root, 0 below 0", from_square_root),
    "irft": Transform("Freeman-Tukey rate", double_square_root, "freeman1950", ("time",)),
    "iirft": Transform("rate of a Freeman-Tukey value", from_double_square_root, "freeman1950", ("time",)),
    "ahw": Transform("Hakstian-Whalen reliability", cube_root, "hakstian1976"),
    "iahw": Transform("reliability of a Hakstian-Whalen value", from_cube_root, "hakstian1976"),
    "abt": Transform("Bonett reliability", log_complement, "bonett2002"),
    "iabt": Transform("reliability of a Bonett value", from_log_complement, "bonett2002"),
    "rtoz": Transform("Fisher's z of a correlation", r_to_z, "fisher1921"),
    "ztor": Transform("correlation of Fisher's z", np.tanh, "fisher1921"),
    "r2toz": Transform("Fisher's z of the root of R squared", root_to_z, "olkin1995"),
    "ztor2": Transform("R squared of Fisher's z", squared_r, "olkin1995"),
    "dtou1": Transform("Cohen's U1 of d", d_to_u1, "cohen1988"),
    "dtou2": Transform("Cohen's U2 of d", lambda x: ndtr(x / 2), "cohen1988"),
    "dtou3": Transform("Cohen's U3 of d", ndtr, "cohen1988"),
    "dtoovl": Transform("overlap of two normal populations of d", d_to_overlap),
    "dtocles": Transform("probability of superiority of d", lambda x: ndtr(x / np.sqrt(2)), "mcgraw1992"),
    "clestod": Transform("d of a probability of superiority", lambda x: np.sqrt(2) * ndtri(x), "mcgraw1992"),
    "dtocliffd": Transform("Cliff's delta of d", lambda x: 2 * ndtr(x / np.sqrt(2)) - 1, "cliff1993"),
    "dtobesd": Transform("success rate display of d", d_to_success, "rosenthal1982"),
    "dtorpb": Transform("point-biserial correlation of d", d_to_r, "tate1954", options=GROUPS),
    "rpbtod": Transform("d of a point-biserial correlation", r_to_d, "tate1954", options=GROUPS),
    "dtorbis": Transform("biserial correlation of d", d_to_biserial, "jacobs2017", options=GROUPS),
    "rtod": Transform("d of a biserial correlation", biserial_to_d, "jacobs2017", options=GROUPS),
    "rpbtorbis": Transform(
        "biserial of a point-biserial correlation",
        point_biserial_to_biserial,
        "jacobs2017",
        options=("share",),
    ),
    "rtorpb": Transform(
        "point-biserial of a biserial correlation",
        biserial_to_point_biserial,
        "jacobs2017",
        options=("share",),
    ),
    "dtolnor_logis": Transform("log odds ratio of d, logistic", d_to_odds_logistic, "chinn2000"),
    "lnortod_logis": Transform("d of a log odds ratio, logistic", odds_to_d_logistic, "chinn2000"),
    "dtolnor_norm": Transform("log odds ratio of d, normal", lambda x: 1.65 * x, "cox1989"),
    "lnortod_norm": Transform("d of a log odds ratio, normal", lambda x: x / 1.65, "cox1989"),
    "lnortord": Transform("risk difference of a log odds ratio", odds_to_risk_difference, "", ("risk",)),
    "lnortorr": Transform("risk ratio of a log odds ratio", odds_to_risk_ratio, "", ("risk",)),
    "lnortortet_pearson": Transform(
        "tetrachoric correlation of a log odds ratio", odds_to_tetrachoric_pearson, "pearson1900"
    ),
    "lnortortet_digby": Transform(
        "tetrachoric correlation of a log odds ratio", odds_to_tetrachoric_digby, "digby1983"
    ),
    "exp_int": Transform("mean of a log-normal effect", lambda x, tau2: np.exp(x + tau2 / 2), "", SPREAD),
    "ilogit_int": Transform("mean of a logit-normal effect", ilogit_mean, "", SPREAD),
    "iprobit_int": Transform(
        "mean of a probit-normal effect", lambda x, tau2: ndtr(x / np.sqrt(1 + tau2)), "", SPREAD
    ),
    "ztor_int": Transform("mean of a correlation whose z is normal", ztor_mean, "", SPREAD),
    "exp_mode": Transform("mode of a log-normal effect", lambda x, tau2: np.exp(x - tau2), "", SPREAD),
    "ilogit_mode": Transform("mode of a logit-normal effect", ilogit_mode, "", SPREAD),
    "ztor_mode": Transform("mode of a correlation whose z is normal", ztor_mode, "", SPREAD),
}
