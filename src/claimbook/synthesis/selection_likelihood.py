"""The likelihood of a random-effects model seen through a selection function, with exact derivatives.

Study i is drawn from N(x_i'b, v_i + tau2) and enters with probability proportional to w(p_i). Its density is
w(p_i) N(y_i) / A_i with A_i the integral of w N (Hedges 1992). Where w is smooth the integral is taken over
z = y / sqrt(v) by Gauss-Legendre panels cut where w bends; its derivatives are moments under the selected
distribution, hence no finite differences. Step functions have theirs in closed form (`selection_steps`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from claimbook.synthesis.search import each
from claimbook.synthesis.selection_weights import Array, Terms, WeightModel

_NODES, _NODE_WEIGHTS = np.polynomial.legendre.leggauss(12)
_SPREAD = np.array([-9.0, -4.0, 0.0, 4.0, 9.0])
_NEAR_ONE = np.array([1e-4, 1e-3, 1e-2, 1e-1])  # 1 - p, where a power of it bends at z = 0
_SHAPE = np.array([-8.0, -5.0, -3.5, -2.25, -1.0, 0.0, 1.0, 2.25, 3.5, 5.0, 8.0])


@dataclass(frozen=True, eq=False)
class Selection(ABC):
    """A log-likelihood of theta = (coefficients, tau2, free selection parameters), and what it looks at.

    y (k,), v (k,), x (k, p): effects, turned so that large ones are favoured. cuts: in p, or in y for a
    truncation. imprecision (k, 1): scales the parameter of a smooth weight. parameters: all of them, of which
    those not ``free`` stay as they are. equal: tau2 is not in theta and zero.
    """

    y: Array
    v: Array
    x: Array
    weight: WeightModel
    cuts: Array
    two_sided: bool
    imprecision: Array
    parameters: Array
    free: NDArray[np.bool_]
    equal: bool

    @abstractmethod
    def many(self, thetas: Array) -> tuple[Array, Array, Array]:
        """Values (n,), gradients (n, P) and Hessians (n, P, P) at thetas (n, P); minus infinity where an
        observed study has no chance of selection."""

    @cached_property
    def sigma(self) -> Array:
        return np.sqrt(self.v)

    @cached_property
    def z(self) -> Array:
        """Observed z, (k, 1)."""
        return (self.y / self.sigma)[:, None]

    def split(self, theta: Array) -> tuple[Array, float, Array]:
        """Coefficients, tau2 and all selection parameters."""
        size = self.x.shape[1]
        parameters = self.parameters.copy()
        parameters[self.free] = theta[size + (not self.equal) :]
        return theta[:size], 0.0 if self.equal else float(theta[size]), parameters

    def counts(self) -> tuple[int, ...]:
        """Studies in each interval between cuts, the most favoured first."""
        return tuple(np.bincount(self.interval, minlength=len(self.cuts) + 1).tolist())

    @cached_property
    def interval(self) -> NDArray[np.intp]:
        """The interval of each study, 0 the most favoured."""
        if self.weight.by == "y":
            return (self.y <= self.cuts).astype(np.intp)
        return np.searchsorted(self.cuts, self._p(self.z[:, 0]), side="left")

    def _p(self, z: Array) -> Array:
        return np.asarray(2 * ndtr(-np.abs(z)) if self.two_sided else ndtr(-z))


class SmoothSelection(Selection):
    """Of a weight that is a smooth function of p."""

    def many(self, thetas: Array) -> tuple[Array, Array, Array]:
        return each(self._at)(thetas)

    def _at(self, theta: Array) -> tuple[float, Array, Array]:
        beta, tau2, parameters = self.split(theta)
        mean, variance = self.x @ beta, self.v + tau2
        z, log_panel = self._nodes(mean / self.sigma, np.sqrt(variance / self.v))
        every = np.concatenate([self.z, z], axis=1)
        log_density, slopes, bends = self._density(every, mean, variance, parameters)
        slope = slopes[..., 1:]
        with np.errstate(invalid="ignore", divide="ignore"):
            inside = log_density[:, 1:] + log_panel
            largest = inside.max(axis=1, keepdims=True)
            density = np.exp(inside - largest)
            total = density.sum(axis=1, keepdims=True)
            value = float((log_density[:, :1] - largest - np.log(total)).sum() - np.log(self.sigma).sum())
            share = density / total
            weighted = slope * share
        expected = weighted.sum(axis=-1)
        gap = slopes[..., 0] - expected
        spread = np.einsum("akq,bkq->abk", weighted, slope)
        curves = expected[:, None] * expected - spread
        curves[0, 1] -= gap[0] / variance
        curves[1, 0] -= gap[0] / variance
        curves[1, 1] -= 2 * gap[1] / variance
        if bends is not None:
            curves[2:, 2:] += bends[..., 0] - (bends[..., 1:] * share).sum(axis=-1)
        return value, self._chain(gap), self._chain_twice(curves)

    def _density(
        self, z: Array, mean: Array, variance: Array, parameters: Array
    ) -> tuple[Array, Array, Array | None]:
        """log(w N) at z (k, q), its slopes in (mean, tau2, free parameters), its bends in the parameters.

        The bends in mean and tau2 are linear in the slopes: -1/s2, -slope/s2 and -(1/2 + 2 s2
        slope)/s2^2, s2 the variance; what is constant in them cancels between a study and its
        expectation.
        """
        log_weight, first, second = self._log_weight(z, parameters)
        s2 = variance[:, None]
        gap = z * self.sigma[:, None] - mean[:, None]
        square = gap**2 / s2
        log_density = log_weight - 0.5 * (square + np.log(2 * np.pi * s2 / self.v[:, None]))
        free = np.flatnonzero(self.free)
        slope = np.stack([gap / s2, (square - 1) / (2 * s2), *(first[j] for j in free)])
        if second is None or not len(free):
            return log_density, slope, None
        return log_density, slope, np.array([[second[i][j] for j in free] for i in free])

    def _log_weight(self, z: Array, parameters: Array) -> Terms:
        if self.weight.function is None:
            raise ValueError(f"{self.weight.label} is no smooth function of p")
        p = np.clip(self._p(z), self.weight.least_p, 1 - self.weight.least_p)
        if not len(self.cuts):
            return self.weight.function(p, parameters, self.imprecision)
        log_weight, first, second = self.weight.function(
            np.maximum(p, self.cuts), parameters, self.imprecision
        )
        at_cut, first_cut, second_cut = self.weight.function(self.cuts[None], parameters, self.imprecision)
        first = [a - b for a, b in zip(first, first_cut, strict=True)]
        if second is not None and second_cut is not None:
            second = [
                [a - b for a, b in zip(*rows, strict=True)] for rows in zip(second, second_cut, strict=True)
            ]
        return log_weight - at_cut, first, second

    def _nodes(self, centre: Array, spread: Array) -> tuple[Array, Array]:
        """Nodes z and log weights (k, q): nine standard deviations and wherever the weight bends."""
        reach = centre[:, None] + spread[:, None] * _SPREAD
        edges = np.sort(np.hstack([reach, self._breaks]), axis=1)
        half = np.diff(edges, axis=1)[..., None] / 2
        z = edges[:, :-1, None] + half * (1 + _NODES)
        with np.errstate(divide="ignore"):
            log_panel = np.log(half * _NODE_WEIGHTS)
        return z.reshape(len(centre), -1), log_panel.reshape(len(centre), -1)

    @cached_property
    def _breaks(self) -> Array:
        """Where the weight jumps or bends on the z scale, (k, m)."""
        least = self.weight.least_p
        cuts = np.concatenate([self.cuts, [least, 1 - least] if least else []])
        if least and self.two_sided:
            cuts = np.concatenate([cuts, 1 - _NEAR_ONE])
        z = -ndtri(cuts / 2 if self.two_sided else cuts)
        breaks = np.concatenate([z, -z if self.two_sided else z[:0], _SHAPE])
        return np.broadcast_to(breaks, (len(self.y), len(breaks)))

    def _chain(self, slope: Array) -> Array:
        """From derivatives in each study's (mean, tau2, parameters) to those in theta."""
        return np.concatenate([self.x.T @ slope[0], slope[1 + self.equal :].sum(axis=1)])

    def _chain_twice(self, bend: Array) -> Array:
        p, rest = self.x.shape[1], slice(1 + self.equal, None)
        others = bend[rest, rest].sum(axis=-1)
        whole = np.empty((p + len(others), p + len(others)))
        whole[:p, :p] = (self.x * bend[0, 0][:, None]).T @ self.x
        whole[p:, :p] = bend[rest, 0] @ self.x
        whole[:p, p:], whole[p:, p:] = whole[p:, :p].T, others
        return whole
