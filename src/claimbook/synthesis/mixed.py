"""Likelihoods of counts with normal random effects, integrated by adaptive Gauss-Hermite quadrature.

A study has J arms with linear predictors fixed + loadings @ s, s standard normal of dimension q (one or two).
Its likelihood is the integral over s; the nodes stand around the mode of the integrand and spread by its
curvature there (Pinheiro & Bates 1995). One point for each dimension is the Laplace approximation.

Everything takes complex arguments, so that derivatives can be had by complex steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple, Protocol

import numpy as np
from scipy.special import gammaln

from claimbook.synthesis.model import Array, NonConvergence

Values = Any  # an array, real or complex

MODE_STEPS = 100
SETTLED, CENTRED = 1e-8, 1e-3  # steps that leave an error of their squares: at the mode, near enough to it
NEGLIGIBLE = 1e-13  # the weight of nodes that are left out
IDENTITY = [np.eye(q) for q in range(3)]


class Terms(NamedTuple):
    """A log-likelihood: value (k, G), summed over arms; slope and information (minus the second derivative)
    by arm, (k, J, G)."""

    value: Values
    slope: Values
    information: Values


class Family(Protocol):
    """Counts of k studies."""

    def terms(self, eta: Values) -> Terms:
        """At linear predictors eta (k, J, G)."""

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

    def terms(self, eta: Values) -> Terms:
        n, sign = self.n[..., None], np.copysign(1.0, eta.real)
        beyond = self.x[..., None] - n * (0.5 + 0.5 * sign)
        small = np.exp(-sign * eta)
        whole = 1 + small
        rare = n * small / whole
        value = beyond * eta - n * np.log(whole)
        return Terms(value.sum(1) + self._constant, beyond + sign * rare, rare / whole)

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

    def terms(self, eta: Values) -> Terms:
        x, expected = self.x[..., None], self.t[..., None] * np.exp(eta)
        return Terms((x * eta - expected).sum(1) + self._constant, x - expected, expected)

    def saturated(self) -> Values:
        return (xlogx(1.0, self.x) - self.x).sum(-1) - gammaln(self.x + 1).sum(-1)


class Hypergeometric:
    """Events a in group 1 given the margins of the table, all (k,), at the log odds ratio (k, 1, G)."""

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

    def terms(self, eta: Values) -> Terms:
        terms = self.ways + self.shift * eta[:, 0, :, None]
        top = terms.real.max(-1)
        p = np.exp(terms - top[..., None])
        total = p.sum(-1)
        mean = (p * self.shift).sum(-1) / total
        variance = (p * (self.shift - mean[..., None]) ** 2).sum(-1) / total
        return Terms(-(np.log(total) + top), -mean[:, None], variance[:, None])

    def saturated(self) -> Values:
        eta = np.zeros((len(self.a), 1, 1))
        for _ in range(MODE_STEPS):
            at = self.terms(eta)
            step = np.clip(at.slope / np.maximum(at.information, 1e-12), -2, 2)
            step[self.edge] = 0
            eta += step
            if np.abs(step).max() <= SETTLED:
                break
        return np.where(self.edge, 0.0, self.terms(eta).value[:, 0])


def xlogx(n: Any, p: Array) -> Values:
    """n p log p, zero at p = 0."""
    return n * p * np.log(np.where(p > 0, p, 1))


def log_sum_exp(terms: Values) -> tuple[Values, Values]:
    """The logarithm of the sum of exponentials over the last axis, and the share of each in the sum."""
    top = terms.real.max(-1, keepdims=True)
    parts = np.exp(terms - top)
    total = parts.sum(-1, keepdims=True)
    return (np.log(total) + top)[..., 0], parts / total


def _at(rows: Array, index: Array) -> Values:
    return np.take_along_axis(rows, index[:, None].astype(int), 1)


class Nodes(NamedTuple):
    """Where the integrals of k studies are taken: s (k, q, G), the likelihoods there, and the logs of the
    weighted values of the integrands (k, G)."""

    s: Values
    terms: Terms
    log_values: Values


class LogIntegrals:
    """Log-likelihoods of k studies, `points` nodes for each random effect. It remembers the last modes.

    One point must stand at the mode itself, of many only the middle one near it. Without random effects there
    is nothing to integrate.
    """

    def __init__(self, family: Family, points: int) -> None:
        self.family, self.points = family, points
        self.settled = SETTLED if points == 1 else CENTRED
        self.mode: Values = None

    def __call__(self, fixed: Values, loadings: Values) -> Values:
        """(k,), at fixed (k, J) and loadings (J, q)."""
        return log_sum_exp(self.nodes(fixed, loadings).log_values)[0]

    def nodes(self, fixed: Values, loadings: Values) -> Nodes:
        start = np.zeros((len(fixed), loadings.shape[1])) if self.mode is None else self.mode
        if not start.size:
            terms = self.family.terms(fixed[..., None])
            return Nodes(start[..., None], terms, terms.value)
        mode, root, log_det = _modes(self.family, fixed, loadings, start, self.settled)
        self.mode = mode.real
        around, log_weights = _nodes(self.points, loadings.shape[1])
        s = mode[..., None] + root @ around.T
        terms = self.family.terms(fixed[..., None] + loadings @ s)
        return Nodes(s, terms, log_weights + log_det[:, None] + terms.value - 0.5 * (s * s).sum(1))


def _modes(
    family: Family, fixed: Values, loadings: Values, start: Values, settled: float
) -> tuple[Values, Values, Values]:
    """Where each integrand is highest, (k, q), and of its curvature there the inverse root with its log
    determinant. The integrand is log-concave: damped Newton steps find the place."""
    s = start.astype(np.result_type(fixed, loadings))
    at, height = _integrand(family, fixed, loadings, s)
    moved = np.inf
    for _ in range(MODE_STEPS):
        root, log_det = _inverse_root(_curvature(at, loadings))
        if moved <= settled:
            return s, root, log_det
        step = np.matvec(root, np.matvec(root.swapaxes(1, 2), at.slope[..., 0] @ loadings - s))
        s, at, height, moved = _climb(family, fixed, loadings, s, height, step)
    raise NonConvergence("the mode of a random effect was not found")


def _integrand(family: Family, fixed: Values, loadings: Values, s: Values) -> tuple[Terms, Values]:
    """The likelihood at s (k, q), and its log times the standard normal density, (k,)."""
    at = family.terms((fixed + s @ loadings.T)[..., None])
    return at, at.value[:, 0] - 0.5 * (s * s).sum(-1)


def _curvature(at: Terms, loadings: Values) -> Values:
    """Minus the second derivative of the integrand, (k, q, q)."""
    return IDENTITY[loadings.shape[1]] + loadings.T @ (at.information * loadings)


def _climb(
    family: Family, fixed: Values, loadings: Values, s: Values, height: Values, step: Values
) -> tuple[Values, Terms, Values, float]:
    """Take each study's step, halved while it leads downhill."""
    for _ in range(40):
        trial = s + step
        at, new = _integrand(family, fixed, loadings, trial)
        down = ~(new.real >= height.real - 1e-9 * (1 + np.abs(height.real)))
        if not down.any():
            break
        step = np.where(down[:, None], 0.5 * step, step)
    return trial, at, new, float(np.abs(step).max())


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
    """Nodes (G, q), in standard deviations, and the logs of their weights over the normal density."""
    x, w = np.polynomial.hermite.hermgauss(points)
    grid = np.stack(np.meshgrid(*[x] * q, indexing="ij"), -1).reshape(-1, q)
    weights = np.prod(np.stack(np.meshgrid(*[w] * q, indexing="ij"), -1).reshape(-1, q), axis=1)
    grid, weights = grid[weights > NEGLIGIBLE], weights[weights > NEGLIGIBLE]
    return np.sqrt(2) * grid, np.log(weights) + (grid**2).sum(-1) - 0.5 * q * np.log(np.pi)
