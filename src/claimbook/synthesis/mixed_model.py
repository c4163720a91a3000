"""A mixed model of counts as a function of its parameters, to be maximised.

Given the random effects s the predictors are linear in every parameter, so that gradient and Hessian of a
study's log-likelihood are moments of its scores z and informations over the distribution of s given the data
(Louis 1982):

    gradient = E(z),  Hessian = cov(z) - E(sum over arms of x' information x).

They come with the value from one set of nodes. That holds for integrals; the Laplace approximation (one node)
is no integral, and has its derivatives by complex steps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from claimbook.synthesis.mixed import Family, LogIntegrals, Nodes, log_sum_exp
from claimbook.synthesis.model import Array, NonConvergence
from claimbook.synthesis.search import Objective, complex_step

MOST_STEPS, STEP, LARGEST, FLAT = 200, 1e-5, 30.0, 1e-10
CLOSE = 1e-4  # an own parameter this near to its best: the value is then off by the order of its cube


@dataclass(frozen=True, eq=False)
class MixedModel:
    """k studies with predictors offset (k, J) + design (J, p) @ beta + own * nuisance (J,) + loadings @ s.

    loadings: from the free elements of the Cholesky factor of the random effects' covariance to (J, q),
    linear. low: their bounds. tau2: from them to the variance of the effect. effect: its position in beta.
    nuisance: the direction of a parameter that every study has for itself, None where there is none.
    """

    family: Family
    offset: Array
    design: Array
    effect: int
    loadings: Callable[[NDArray[Any]], NDArray[Any]]
    low: tuple[float, ...]
    tau2: Callable[[Array], float]
    nuisance: Array | None = None

    @property
    def p(self) -> int:
        return len(self.design.T)

    def objective(self, points: int) -> Objective:
        """Log-likelihood, gradient and Hessian at (beta, factor), the studies' own parameters at their
        best."""
        if not self.low:
            return Integrated(self, 1)
        return Integrated(self, points) if points > 1 else complex_step(self.laplace())

    def laplace(self) -> Callable[[NDArray[Any]], Any]:
        """The Laplace approximation as a function of (beta, factor).

        A complex point keeps the own parameters of its real part: their derivative does not count at the
        maximum.
        """
        integrals, own = LogIntegrals(self.family, 1), OwnParameters(self)

        def function(point: NDArray[Any]) -> Any:
            fixed, loadings = self.predictors(point)
            if self.nuisance is not None:
                fixed = fixed + own.best(*self.predictors(point.real))[:, None] * self.nuisance
            return integrals(fixed, loadings).sum()

        return function

    def predictors(self, point: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """The fixed part (k, J) and the loadings (J, q) at (beta, factor)."""
        beta, factor = point[: self.p], point[self.p :]
        return self.offset + self.design @ beta, self.loadings(factor)


class Integrated:
    """Value, gradient and Hessian of the log-likelihood at (beta, factor).

    The studies' own parameters are found by Newton steps, all at once, starting where they would lie were the
    last move a small one; the last step is not taken but reckoned with.
    """

    def __init__(self, m: MixedModel, points: int) -> None:
        self.model, self.integrals = m, LogIntegrals(m.family, points)
        self.constant = m.design if m.nuisance is None else np.column_stack([m.design, m.nuisance])
        self.axes = np.array([m.loadings(axis) for axis in np.eye(len(m.low))])
        self.own = np.zeros(len(m.offset))
        self.pull: Array = np.zeros((len(m.offset), m.p + len(m.low)))
        self.last: Array | None = None

    def __call__(self, point: Array) -> tuple[float, Array, Array]:
        fixed, loadings = self.model.predictors(point)
        if self.model.nuisance is None:
            value, slope, bend = self._moments(self.integrals.nodes(fixed, loadings))
            return float(value.sum()), slope.sum(0), bend.sum(0)
        if self.last is not None:
            self.own = _within(self.own + self.pull @ (point - self.last), LARGEST)
        self.last = point
        for _ in range(MOST_STEPS):
            shifted = fixed + self.own[:, None] * self.model.nuisance
            value, slope, bend = self._moments(self.integrals.nodes(shifted, loadings))
            here, curve = slope[:, -1], np.maximum(-bend[:, -1, -1], 1e-8)
            move = here / curve
            new = _within(self.own + _within(move, 2.0), LARGEST)
            if ((np.abs(new - self.own) <= CLOSE) | (np.abs(here) <= FLAT)).all():
                return self._at_best(value, slope, bend, np.where(np.abs(move) <= CLOSE, move, 0), curve)
            self.own = new
        raise NonConvergence("the studies' own parameters did not settle")

    def _at_best(
        self, value: Array, slope: Array, bend: Array, move: Array, curve: Array
    ) -> tuple[float, Array, Array]:
        """With the own parameters moved on and taken out: the Schur complement of each study's Hessian."""
        cross = bend[:, -1, :-1]
        self.pull = cross / curve[:, None]
        gradient = slope[:, :-1].sum(0) + move @ cross
        return (
            float((value + 0.5 * move * slope[:, -1]).sum()),
            gradient,
            bend[:, :-1, :-1].sum(0) + cross.T @ self.pull,
        )

    def _moments(self, nodes: Nodes) -> tuple[Array, Array, Array]:
        """Value (k,), gradient (k, P) and Hessian (k, P, P) of each study, its own parameter last."""
        value, share = log_sum_exp(nodes.log_values)
        x = self._directions(nodes.s)
        slope, information = nodes.terms.slope, nodes.terms.information
        score = np.einsum("kjg,kpjg->kpg", slope, x)
        shared = share[:, None] * score
        mean = shared.sum(-1)
        spread = shared @ score.swapaxes(1, 2) - mean[:, :, None] * mean[:, None]
        weighted = x * (share[:, None] * information)[:, None]
        flat = (*x.shape[:2], -1)
        return value, mean, spread - weighted.reshape(flat) @ x.reshape(flat).swapaxes(1, 2)

    def _directions(self, s: Array) -> Array:
        """Derivatives of the predictors in all parameters, (k, P, J, G)."""
        p, end = self.model.p, self.model.p + len(self.axes)
        arms, columns = self.constant.shape
        x = np.empty((len(s), columns + len(self.axes), arms, s.shape[-1]))
        x[:, :p], x[:, end:] = self.constant.T[:p, :, None], self.constant.T[p:, :, None]
        if len(self.axes):
            x[:, p:end] = self.axes @ s[:, None]
        return x


class OwnParameters:
    """The studies' own parameters at their best under the Laplace approximation; it starts where it last
    ended.

    Newton steps with the curvature of the last ones (secants), so that a small move of the other parameters
    costs two evaluations. A parameter that tends to infinity (an arm without events) ends at +-LARGEST, where
    nothing changes.
    """

    def __init__(self, m: MixedModel) -> None:
        self.integrals, self.direction = LogIntegrals(m.family, 1), np.asarray(m.nuisance)
        self.at = np.zeros(len(m.offset))
        self.bend = np.zeros(len(m.offset))

    def best(self, fixed: Array, loadings: Array) -> Array:
        here = self._slope(fixed, loadings, self.at)
        if not self.bend.any():
            self.bend = (here - self._slope(fixed, loadings, self.at + STEP)) / STEP
        for _ in range(MOST_STEPS):
            move = _within(here / np.maximum(self.bend, 1e-8), 2.0)
            new = _within(self.at + move, LARGEST)
            moved, self.at = new - self.at, new
            if ((np.abs(moved) <= 1e-9 * (1 + np.abs(new))) | (np.abs(here) <= FLAT)).all():
                return new
            there = self._slope(fixed, loadings, new)
            far = np.abs(moved) > 1e-6
            secant = (here - there) / np.where(far, moved, 1)
            self.bend = np.where(far & (secant > 0), secant, self.bend)
            here = there
        raise NonConvergence("the studies' own parameters did not settle")

    def _slope(self, fixed: Array, loadings: Array, at: Array) -> Array:
        """Derivative of each study's log-likelihood by its own parameter."""
        shifted = fixed + (at + 1e-30j)[:, None] * self.direction
        return np.asarray(self.integrals(shifted, loadings).imag / 1e-30)


def _within(values: Array, limit: float) -> Array:
    """At most ``limit`` from zero; for short arrays faster than np.clip."""
    return np.minimum(np.maximum(values, -limit), limit)
