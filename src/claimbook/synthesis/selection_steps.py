"""The likelihood of a selection model whose weight is constant between cuts, in closed form.

The probability of selection is then A = sum over segments of w * mass, with normal masses between the cuts,
and every derivative of A a sum of normal densities at the cuts (Hedges 1992; Vevea & Hedges 1995).
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from claimbook.synthesis.selection_likelihood import Selection
from claimbook.synthesis.selection_weights import Array

LOG_TWO_PI = float(np.log(2 * np.pi))


class SteppedSelection(Selection):
    """Of weights relative to the most favoured interval; the parameters are their logarithms.

    Arrays of n points have studies last: (n, k), by cut (n, B, k), by segment between cuts (n, B + 1, k), by
    interval (n, J, k), without the most favoured one.
    """

    def many(self, thetas: Array) -> tuple[Array, Array, Array]:
        beta, tau2, log_weights = self._split_all(thetas)
        mean, s2 = beta @ self.x.T, self.v + tau2
        gap, t = self.y - mean, (self._bounds - mean[:, None]) / np.sqrt(s2)[:, None]
        weights, masses = np.exp(log_weights)[:, self._which], _masses(t)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            chance = np.vecmat(weights, masses)
            density = np.exp(-0.5 * (t * t + LOG_TWO_PI)) / chance[:, None]
            share = self._members @ (masses * weights[:, :, None]) / chance[:, None]
            terms = log_weights[:, self.interval] - 0.5 * (gap * gap / s2 + np.log(s2) + LOG_TWO_PI)
            value = np.where((chance > 0).all(-1), (terms - np.log(chance)).sum(-1), -np.inf)
            gradient, hessian = self._derivatives(weights, t, density, share, gap, s2)
        kept = self._kept
        return value, gradient[:, kept], hessian[:, kept[:, None], kept]

    def _derivatives(
        self, weights: Array, t: Array, density: Array, share: Array, gap: Array, s2: Array
    ) -> tuple[Array, Array]:
        """In all of (coefficients, tau2, log weights); density and share are relative to the chance."""
        p, x, s, square = self.x.shape[1], self.x, np.sqrt(s2), gap * gap / s2
        moments = [(weights[:, 1:] - weights[:, :-1])[:, :, None] * density]
        for _ in range(3):
            moments.append(moments[-1] * t)
        m0, m1, m2, m3 = (moment.sum(1) for moment in moments)
        chances = np.concatenate([(m0 / s)[:, None] * x.T, (m1 / (2 * s2))[:, None], share], axis=1)
        own = np.empty_like(chances)
        own[:, :p], own[:, p] = (gap / s2)[:, None] * x.T, (square - 1) / (2 * s2)
        own[:, p + 1 :] = self._is_seen
        edges = self._members[:, 1:] * weights[:, None, 1:] - self._members[:, :-1] * weights[:, None, :-1]
        curves = np.zeros((len(s2), chances.shape[1], chances.shape[1]))
        curves[:, :p, :p] = ((1 + m1) / s2)[:, None] * x.T @ x
        curves[:, p, :p] = ((gap / s2 + (m2 - m0) / (2 * s)) / s2) @ x
        curves[:, p, p] = ((square - 0.5 + 0.25 * (m3 - 3 * m1)) / (s2 * s2)).sum(-1)
        curves[:, p + 1 :, :p] = (edges @ density / s[:, None]) @ x
        curves[:, p + 1 :, p] = (edges @ (density * t) / (2 * s2)[:, None]).sum(-1)
        curves[:, :p, p:], curves[:, p, p + 1 :] = curves[:, p:, :p].swapaxes(1, 2), curves[:, p + 1 :, p]
        weights_at = np.arange(p + 1, chances.shape[1])
        curves[:, weights_at, weights_at] = share.sum(-1)
        return (own - chances).sum(-1), chances @ chances.swapaxes(1, 2) - curves

    @cached_property
    def _kept(self) -> NDArray[np.intp]:
        """Positions of theta among (coefficients, tau2, log weights)."""
        p = self.x.shape[1]
        return np.concatenate([np.arange(p + (not self.equal)), p + 1 + np.flatnonzero(self.free)])

    @cached_property
    def _is_seen(self) -> Array:
        """Which studies lie in each interval but the most favoured, (J, k)."""
        return np.asarray(self.interval == np.arange(1, len(self.parameters) + 1)[:, None], dtype=float)

    def _split_all(self, thetas: Array) -> tuple[Array, Array, Array]:
        """Coefficients (n, p), tau2 (n, 1) and the logarithms of all weights (n, J + 1)."""
        size, n = self.x.shape[1], len(thetas)
        tau2 = np.zeros((n, 1)) if self.equal else thetas[:, size : size + 1]
        log_weights = np.zeros((n, len(self.parameters) + 1))
        log_weights[:, 1:] = self.parameters
        log_weights[:, 1:][:, self.free] = thetas[:, size + (not self.equal) :]
        return thetas[:, :size], tau2, log_weights

    @cached_property
    def _bounds(self) -> Array:
        """Cuts in units of the effects, ascending, (B, k)."""
        if self.weight.by == "y":
            return np.broadcast_to(self.cuts[:, None], (1, len(self.y)))
        z = -ndtri(self.cuts / 2 if self.two_sided else self.cuts)
        return np.asarray(np.sort(np.append(z, -z) if self.two_sided else z)[:, None] * self.sigma)

    @cached_property
    def _which(self) -> NDArray[np.intp]:
        """The interval of each segment."""
        down = np.arange(len(self.parameters), -1, -1)
        return np.append(down[::-1], down[1:]) if self.two_sided else down

    @cached_property
    def _members(self) -> Array:
        """Segments of each interval but the most favoured, (J, B + 1)."""
        return np.asarray(self._which == np.arange(1, len(self.parameters) + 1)[:, None], dtype=float)


def _masses(t: Array) -> Array:
    """Of the segments between bounds t, the lowest first: differences of the smaller tails."""
    below, above = ndtr(t), ndtr(-t)
    inner = np.where(t[:, :-1] > 0, above[:, :-1] - above[:, 1:], below[:, 1:] - below[:, :-1])
    return np.concatenate([below[:, :1], inner, above[:, -1:]], axis=1)
