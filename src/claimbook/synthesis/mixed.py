"""Likelihoods of counts with normal random effects, integrated by adaptive Gauss-Hermite quadrature.

A study has J arms with linear predictors fixed + loadings @ s, s standard normal of dimension q (one or two).
Its likelihood is the integral over s; the nodes stand around the mode of the integrand and spread by its
curvature there (Pinheiro & Bates 1995). One point for each dimension is the Laplace approximation.

Everything takes complex arguments, so that derivatives can be had by complex steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Protocol

import numpy as np
from scipy.special import gammaln

from claimbook.synthesis.model import Array, NonConvergence

Values = Any  # an array, real or complex

MODE_STEPS = 100
SETTLED = 1e-9  # the steps that follow square this


class Family(Protocol):
    """Log-likelihood of each study at linear predictors eta (k, G, J), with two derivatives by arm."""

    def value(self, eta: Values) -> Values:
        """(k, G), summed over arms."""

    def slope(self, eta: Values) -> Values:
        """(k, G, J)."""

    def information(self, eta: Values) -> Values:
        """Minus the second derivative, (k, G, J)."""

    def saturated(self) -> Values:
        """(k,), the largest value that any eta gives."""


@dataclass(frozen=True, eq=False)
class Binomial:
    """Events x of n, both (k, J), on the logit scale."""

    x: Array
    n: Array

    @cached_property
    def _constant(self) -> Values:
        x, n = self.x, self.n
        return (gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1)).sum(-1)[:, None]

    def value(self, eta: Values) -> Values:
        terms = self.x[:, None] * eta - self.n[:, None] * softplus(eta)
        return terms.sum(-1) + self._constant

    def slope(self, eta: Values) -> Values:
        return self.x[:, None] - self.n[:, None] * logistic(eta)

    def information(self, eta: Values) -> Values:
        p = logistic(eta)
        return self.n[:, None] * p * (1 - p)

    def saturated(self) -> Values:
        p = self.x / self.n
        return (xlogx(self.n, p) + xlogx(self.n, 1 - p)).sum(-1) + self._constant[:, 0]


@dataclass(frozen=True, eq=False)
class Poisson:
    """Events x in person-time t, both (k, J), on the log scale."""

    x: Array
    t: Array

    @cached_property
    def _constant(self) -> Values:
        return (self.x * np.log(self.t) - gammaln(self.x + 1)).sum(-1)[:, None]

    def value(self, eta: Values) -> Values:
        return (self.x[:, None] * eta - self.t[:, None] * np.exp(eta)).sum(-1) + self._constant

    def slope(self, eta: Values) -> Values:
        return self.x[:, None] - self.t[:, None] * np.exp(eta)

    def information(self, eta: Values) -> Values:
        return self.t[:, None] * np.exp(eta)

    def saturated(self) -> Values:
        return (xlogx(1.0, self.x) - self.x).sum(-1) - gammaln(self.x + 1).sum(-1)


class Hypergeometric:
    """Events a in group 1 given the margins of the table, all (k,), at the log odds ratio (k, G, 1)."""

    def __init__(self, a: Array, n1: Array, c: Array, n2: Array) -> None:
        m = a + c
        low, high = np.maximum(0, m - n2), np.minimum(n1, m)
        j = low[:, None] + np.arange(int((high - low).max()) + 1)
        inside = j <= high[:, None]
        j = np.where(inside, j, low[:, None])
        n1, n2, m = n1[:, None], n2[:, None], m[:, None]
        ways = -gammaln(j + 1) - gammaln(n1 - j + 1) - gammaln(m - j + 1) - gammaln(n2 - m + j + 1)
        self.a = a[:, None]
        self.edge = (a == low) | (a == high)
        self.shift = (j - self.a)[:, None, :]  # relative to the observed count, whose own term is then exp(0)
        self.ways = np.where(inside, ways - _at(ways, a - low), -np.inf)[:, None, :]

    def value(self, eta: Values) -> Values:
        return -log_sum_exp(self.ways + self.shift * eta)

    def slope(self, eta: Values) -> Values:
        return -self._moments(eta)[0][..., None]

    def information(self, eta: Values) -> Values:
        return self._moments(eta)[1][..., None]

    def _moments(self, eta: Values) -> tuple[Values, Values]:
        terms = self.ways + self.shift * eta
        p = np.exp(terms - log_sum_exp(terms)[..., None])
        mean = (p * self.shift).sum(-1)
        return mean, (p * (self.shift - mean[..., None]) ** 2).sum(-1)

    def saturated(self) -> Values:
        eta = np.zeros((len(self.a), 1, 1))
        for _ in range(MODE_STEPS):
            mean, variance = self._moments(eta)
            step = np.where(self.edge[:, None], 0, np.clip(-mean / np.maximum(variance, 1e-12), -2, 2))
            eta = eta + step[..., None]
        return np.where(self.edge, 0.0, self.value(eta)[:, 0])


def softplus(eta: Values) -> Values:
    """log(1 + exp(eta))."""
    up = eta.real > 0
    return np.where(up, eta, 0) + np.log1p(np.exp(np.where(up, -eta, eta)))


def logistic(eta: Values) -> Values:
    up = eta.real > 0
    small = np.exp(np.where(up, -eta, eta))
    return np.where(up, 1 / (1 + small), small / (1 + small))


def xlogx(n: Any, p: Array) -> Values:
    """n p log p, zero at p = 0."""
    return n * p * np.log(np.where(p > 0, p, 1))


def log_sum_exp(terms: Values) -> Values:
    """Over the last axis."""
    top = terms.real.max(-1, keepdims=True)
    return np.log(np.exp(terms - top).sum(-1)) + top[..., 0]


def _at(rows: Array, index: Array) -> Values:
    return np.take_along_axis(rows, index[:, None].astype(int), 1)


class LogIntegrals:
    """Log-likelihoods of k studies, `points` nodes for each random effect. It remembers the last modes."""

    def __init__(self, family: Family, points: int) -> None:
        self.family, self.points = family, points
        self.mode: Values = 0.0

    def __call__(self, fixed: Values, loadings: Values) -> Values:
        """(k,), at fixed (k, J) and loadings (J, q)."""
        start = np.broadcast_to(self.mode, (len(fixed), loadings.shape[1]))
        mode = _modes(self.family, fixed, loadings, start)
        self.mode = mode.real
        root, log_det = _inverse_root(_curvature(self.family, fixed, loadings, mode))
        nodes, log_weights = _nodes(self.points, loadings.shape[1])
        s = mode[:, None] + np.sqrt(2) * np.einsum("kab,gb->kga", root, nodes)
        return log_sum_exp(log_weights + _integrand(self.family, fixed, loadings, s)) + log_det


def _integrand(family: Family, fixed: Values, loadings: Values, s: Values) -> Values:
    """Log of likelihood times standard normal density, (k, G), at s (k, G, q)."""
    return family.value(fixed[:, None] + s @ loadings.T) - 0.5 * (s * s).sum(-1)


def _curvature(family: Family, fixed: Values, loadings: Values, s: Values) -> Values:
    """Minus the second derivative of the integrand at s (k, q): (k, q, q)."""
    bend = family.information(fixed[:, None] + s[:, None] @ loadings.T)[:, 0]
    return np.eye(loadings.shape[1]) + np.einsum("ja,kj,jb->kab", loadings, bend, loadings)


def _modes(family: Family, fixed: Values, loadings: Values, start: Values) -> Values:
    """Where each integrand is highest, (k, q): it is log-concave, damped Newton steps find it."""
    s = start.astype(np.result_type(fixed, loadings))
    height, extra = _integrand(family, fixed, loadings, s[:, None])[:, 0], 2
    for _ in range(MODE_STEPS):
        slope = family.slope(fixed[:, None] + s[:, None] @ loadings.T)[:, 0] @ loadings - s
        step = np.linalg.solve(_curvature(family, fixed, loadings, s), slope[..., None])[..., 0]
        s, height, moved = _climb(family, fixed, loadings, s, height, step)
        extra -= moved <= SETTLED
        if extra == 0:
            return s
    raise NonConvergence("the mode of a random effect was not found")


def _climb(
    family: Family, fixed: Values, loadings: Values, s: Values, height: Values, step: Values
) -> tuple[Values, Values, float]:
    """Take each study's step, halved while it leads downhill."""
    for _ in range(40):
        trial = s + step
        new = _integrand(family, fixed, loadings, trial[:, None])[:, 0]
        down = ~(new.real >= height.real - 1e-9 * (1 + np.abs(height.real)))
        if not down.any():
            break
        step = np.where(down[:, None], 0.5 * step, step)
    return trial, new, float(np.abs(step).max())


def _inverse_root(h: Values) -> tuple[Values, Values]:
    """R with R R' = inv(h), lower triangular, and log|R|: of (k, q, q) matrices, q one or two."""
    if h.shape[-1] == 1:
        root = 1 / np.sqrt(h)
        return root, np.log(root[:, 0, 0])
    a, b, d = h[:, 0, 0], h[:, 0, 1], h[:, 1, 1]
    det = a * d - b * b
    first = np.sqrt(d / det)
    root = np.zeros_like(h)
    root[:, 0, 0], root[:, 1, 0], root[:, 1, 1] = first, -b / (det * first), 1 / np.sqrt(d)
    return root, -0.5 * np.log(det)


@lru_cache(maxsize=16)
def _nodes(points: int, q: int) -> tuple[Values, Values]:
    """Nodes (points^q, q) of the Gauss-Hermite rule and the logs of its weights over the normal density."""
    x, w = np.polynomial.hermite.hermgauss(points)
    grid = np.stack(np.meshgrid(*[x] * q, indexing="ij"), -1).reshape(-1, q)
    weights = np.prod(np.stack(np.meshgrid(*[w] * q, indexing="ij"), -1).reshape(-1, q), axis=1)
    return grid, np.log(weights) + (grid**2).sum(-1) - 0.5 * q * np.log(np.pi)
