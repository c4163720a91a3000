"""Transformations of effects and their inverses, by name.

``TRANSFORMS`` holds them for users, ``BACK`` says which one returns each analysis scale to the scale that
people read. All take and return arrays; where a value has no image the result is nan, and inverses of
bounded quantities stay within their bounds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import pi, sqrt
from typing import Any, Literal

import numpy as np

from claimbook.effects.special import Array, expit, logit, ndtr, ndtri

Scale = Literal[
    "identity",
    "log",
    "logit",
    "probit",
    "z",
    "z of root",
    "arcsine",
    "double arcsine",
    "square root",
    "double square root",
    "cube root",
    "log complement",
]


def odds_to_d_logistic(x: Array) -> Array:
    """A log odds ratio as a standardised mean difference, logistic distributions (Chinn 2000)."""
    return x * sqrt(3) / pi


def d_to_odds_logistic(x: Array) -> Array:
    return x * pi / sqrt(3)


def r_to_z(x: Array) -> Array:
    """Fisher's z; a correlation beyond +-1 counts as +-1."""
    return np.arctanh(np.clip(x, -1, 1))


def root_to_z(x: Array) -> Array:
    """Fisher's z of the square root of a coefficient of determination."""
    return np.arctanh(np.sqrt(np.clip(x, 0, 1)))


def arcsine(x: Array) -> Array:
    return np.arcsin(np.sqrt(x))


def from_arcsine(x: Array) -> Array:
    return np.sin(np.clip(x, 0, np.pi / 2)) ** 2


def double_arcsine(events: Array, n: Array) -> Array:
    """Freeman & Tukey's transformed proportion (1950), halved so that it lies by the arcsine."""
    return (np.arcsin(np.sqrt(events / (n + 1))) + np.arcsin(np.sqrt((events + 1) / (n + 1)))) / 2


def from_double_arcsine(x: Array, n: Array) -> Array:
    """The proportion of a Freeman-Tukey value in a sample of n (Miller 1978), from 0 to 1."""
    low, high = double_arcsine(np.zeros_like(n), n), double_arcsine(n, n)
    sine = np.sin(2 * x)
    inner = 1 - (sine + (sine - 1 / sine) / n) ** 2
    p = (1 - np.sign(np.cos(2 * x)) * np.sqrt(np.maximum(inner, 0))) / 2
    return np.where(x <= low, 0.0, np.where(x >= high, 1.0, p))


def double_square_root(events: Array, time: Array) -> Array:
    """Freeman & Tukey's transformed rate (1950), halved so that it lies by the square root."""
    return (np.sqrt(events / time) + np.sqrt((events + 1) / time)) / 2


def from_double_square_root(x: Array, time: Array) -> Array:
    """The rate of a Freeman-Tukey value in a given time; 0 below what no event gives."""
    rate = (1 / time - 4 * x**2) ** 2 / (16 * x**2)
    return np.where(x <= double_square_root(np.zeros_like(time), time), 0.0, rate)


def cube_root(x: Array) -> Array:
    """Hakstian & Whalen's transformed reliability (1976), as 1 - (1 - alpha)^(1/3)."""
    return np.where(x > 1, np.nan, 1 - np.cbrt(1 - x))


def from_cube_root(x: Array) -> Array:
    return np.clip(1 - (1 - x) ** 3, 0, 1)


def log_complement(x: Array) -> Array:
    """Bonett's transformed reliability (2002), as -log(1 - alpha)."""
    return -np.log(1 - x)


def from_log_complement(x: Array) -> Array:
    alpha: Array = np.maximum(1 - np.exp(-x), 0.0)
    return alpha


def from_square_root(x: Array) -> Array:
    positive: Array = np.maximum(x, 0.0)
    return positive**2


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


@dataclass(frozen=True)
class Transform:
    """``function(x, *more)``; ``more`` names the further arguments, ``cite`` is a key of references.bib."""

    label: str
    function: Callable[..., Any]
    cite: str = ""
    more: tuple[str, ...] = ()

    def __call__(self, x: Any, *more: Any) -> Array:
        with np.errstate(all="ignore"):
            result: Array = self.function(np.asarray(x, float), *(np.asarray(item, float) for item in more))
        return result


GROUPS = ("n1", "n2")
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
    "ztor2": Transform("R squared of Fisher's z", lambda x: np.tanh(x) ** 2, "olkin1995"),
    "dtou1": Transform("Cohen's U1 of d", d_to_u1, "cohen1988"),
    "dtou2": Transform("Cohen's U2 of d", lambda x: ndtr(x / 2), "cohen1988"),
    "dtou3": Transform("Cohen's U3 of d", ndtr, "cohen1988"),
    "dtoovl": Transform("overlap of two normal populations of d", d_to_overlap),
    "dtocles": Transform("probability of superiority of d", lambda x: ndtr(x / np.sqrt(2)), "mcgraw1992"),
    "clestod": Transform("d of a probability of superiority", lambda x: np.sqrt(2) * ndtri(x), "mcgraw1992"),
    "dtocliffd": Transform("Cliff's delta of d", lambda x: 2 * ndtr(x / np.sqrt(2)) - 1, "cliff1993"),
    "dtobesd": Transform("success rate display of d", d_to_success, "rosenthal1982"),
    "dtorpb": Transform("point-biserial correlation of d", d_to_r, "tate1954", GROUPS),
    "rpbtod": Transform("d of a point-biserial correlation", r_to_d, "tate1954", GROUPS),
    "dtorbis": Transform("biserial correlation of d", d_to_biserial, "jacobs2017", GROUPS),
    "rtod": Transform("d of a biserial correlation", biserial_to_d, "jacobs2017", GROUPS),
    "rpbtorbis": Transform(
        "biserial of a point-biserial correlation", point_biserial_to_biserial, "jacobs2017", ("share",)
    ),
    "rtorpb": Transform(
        "point-biserial of a biserial correlation", biserial_to_point_biserial, "jacobs2017", ("share",)
    ),
    "dtolnor_logis": Transform("log odds ratio of d, logistic", d_to_odds_logistic, "chinn2000"),
    "lnortod_logis": Transform("d of a log odds ratio, logistic", odds_to_d_logistic, "chinn2000"),
    "dtolnor_norm": Transform("log odds ratio of d, normal", lambda x: 1.65 * x, "cox1989"),
    "lnortod_norm": Transform("d of a log odds ratio, normal", lambda x: x / 1.65, "cox1989"),
    "lnortortet_pearson": Transform(
        "tetrachoric correlation of a log odds ratio", odds_to_tetrachoric_pearson, "pearson1900"
    ),
    "lnortortet_digby": Transform(
        "tetrachoric correlation of a log odds ratio", odds_to_tetrachoric_digby, "digby1983"
    ),
}

BACK: dict[Scale, Callable[[Any], Any]] = {
    "identity": lambda y: np.asarray(y, float),
    "log": TRANSFORMS["exp"],
    "logit": TRANSFORMS["ilogit"],
    "probit": TRANSFORMS["iprobit"],
    "z": TRANSFORMS["ztor"],
    "z of root": TRANSFORMS["ztor2"],
    "arcsine": TRANSFORMS["iarcsin"],
    "double arcsine": TRANSFORMS["iarcsin"],
    "square root": TRANSFORMS["isqrt"],
    "double square root": TRANSFORMS["isqrt"],
    "cube root": TRANSFORMS["iahw"],
    "log complement": TRANSFORMS["iabt"],
}
