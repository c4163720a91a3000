"""Henmi and Copas's interval: centred on the equal-effects mean, which selection biases least.

Small studies count for more in a random-effects mean than in an equal-effects one, and it is small studies
that go unpublished. So the mean is that of equal effects, and only its interval takes the heterogeneity into
account (Henmi & Copas 2010, Statistics in Medicine 29, 2969).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammainc

from claimbook.synthesis.linear import fit
from claimbook.synthesis.model import Array, check_level
from claimbook.synthesis.search import root

_NODES, _NODE_WEIGHTS = np.polynomial.legendre.leggauss(200)
_FAR = 12.0


@dataclass(frozen=True)
class HenmiCopas:
    """The equal-effects mean with its standard error and interval under DerSimonian-Laird tau2."""

    estimate: float
    se: float
    low: float
    high: float
    tau2: float
    k: int


def henmi_copas(y: ArrayLike, v: ArrayLike, tau2: str = "DL", level: float = 0.95) -> HenmiCopas:
    """Pool k >= 2 effects y with variances v; tau2 is "DL", which the interval's theory is about."""
    if tau2 != "DL":
        raise ValueError(f"tau2 must be 'DL' for Henmi and Copas's interval, got {tau2!r}")
    f = fit(y, v, None, "DL", "z", check_level(level))
    w = 1 / f.model.v
    pivot = _critical(w, f.tau2_unit, (1 - level) / 2)
    se = sqrt((1 + f.tau2_unit * float(w @ w) / w.sum()) / w.sum()) * f.model.unit
    estimate = float(f.model.coefficients(f.model.fixed.beta))
    return HenmiCopas(estimate, se, estimate - pivot * se, estimate + pivot * se, f.tau2, f.model.k)


def _critical(w: Array, tau2: float, tail: float) -> float:
    """The value that (mean - mu) / se exceeds with chance ``tail``, se being estimated with tau2 (section 3).

    With R the mean's deviation in true standard errors, se depends on Cochran's Q only, and Q given R is
    nearly gamma.
    """
    k, total = len(w), w.sum()
    ratio = float(w @ w) / total
    spread = sqrt(1 + tau2 * ratio)
    mean, square, within, between = _moments_of_q(w, tau2)

    def excess(x: float) -> float:
        r = x + (_FAR - x) / 2 * (1 + _NODES)
        expected, variance = mean + square * r**2, within + between * r**2
        reached = (total / ratio - 1) * ((r / x) ** 2 - 1) + k - 1
        chance = gammainc(expected**2 / variance, reached * expected / variance)
        density = np.exp(-(r**2) / 2) / np.sqrt(2 * np.pi)
        return float(_NODE_WEIGHTS @ (chance * density)) * (_FAR - x) / 2 - tail

    return spread * root(excess, 1e-9, _FAR - 1)


def _moments_of_q(w: Array, tau2: float) -> tuple[float, float, float, float]:
    """(a, b, c, d) of E(Q | R = r) = a + b r^2 and Var(Q | R = r) = c + d r^2, for Q = y'Ay and normal y."""
    total = w.sum()
    a = np.diag(w) - np.outer(w, w) / total
    towards = (1 + tau2 * w) / sqrt(total * (1 + tau2 * float(w @ w) / total))
    conditional = np.diag(1 / w + tau2) - np.outer(towards, towards)
    product, along = a @ conditional, a @ towards
    return (
        float(np.trace(product)),
        float(towards @ along),
        2 * float((product * product.T).sum()),
        4 * float(along @ conditional @ along),
    )
