"""The model with moderators for many sets of effects that share one design, a set in each column."""

from __future__ import annotations

from functools import cached_property
from typing import Self

import numpy as np

from claimbook.synthesis.batch_model import Array, At, Mask, Mean, dot

COLLINEAR = 1e-12  # share of a column's square that the columns before it must leave, in the studies present


class DesignAt(At):
    """`At` with moderators: `beta` (p, m), `inverse` (p, p, m) of X'WX."""

    def __init__(self, model: Design, tau2: Array) -> None:
        self.model: Design = model
        self.w, self.r, self.wr, self.spare = model.workspace()
        np.add(model.v, tau2, out=self.w)
        np.divide(1.0, self.w, out=self.w)
        self.sum_w: Array = self.w.sum(axis=0)
        self.inverse, self.log_pivots, _ = invert(model.gram(self.w))
        self.beta = self._least_squares(model.y)
        np.subtract(model.y, model.x @ self.beta, out=self.r)
        step = self._least_squares(self.r)
        self.beta += step
        self.r -= model.x @ step
        np.multiply(self.w, self.r, out=self.wr)

    def _least_squares(self, y: Array) -> Array:
        np.multiply(self.w, y, out=self.spare)
        return product(self.inverse, self.model.x.T @ self.spare)

    @property
    def trace(self) -> tuple[Array, Array]:
        """tr(P) and tr(PP)."""
        power = np.multiply(self.w, self.w, out=self.spare)
        total2 = power.sum(axis=0)
        hat = np.einsum("ijm,jlm->ilm", self.inverse, self.model.gram(power))
        power *= self.w
        cubic = np.einsum("ijm,jim->m", self.inverse, self.model.gram(power))
        trace2 = total2 - 2 * cubic + np.einsum("ijm,jim->m", hat, hat)
        return self.sum_w - np.einsum("iim->m", hat), trace2

    @property
    def form(self) -> tuple[Array, Array]:
        """y'PPy and y'PPPy."""
        wwr = np.multiply(self.w, self.wr, out=self.spare)
        left = self.model.x.T @ wwr
        return dot(self.wr, self.wr), dot(wwr, self.wr) - dot(left, product(self.inverse, left))

    @property
    def log_det(self) -> Array:
        """log |X'WX|."""
        return self.log_pivots


class Design(Mean):
    """Meta-regressions on x (k, p), its columns orthonormal; y, v, n as in `Mean` but in the order of x."""

    def __init__(self, x: Array, y: Array, v: Array, n: Array, work: Array | None = None) -> None:
        super().__init__(y, v, n, work)
        self.x, self.p = x, x.shape[1]
        self.outer = (x[:, :, None] * x[:, None, :]).reshape(len(x), -1).T

    def on(self, y: Array, v: Array, n: Array) -> Self:
        return type(self)(self.x, y, v, n, self.work)

    def at(self, tau2: Array) -> DesignAt:
        return DesignAt(self, tau2)

    def gram(self, w: Array) -> Array:
        """X'WX, of shape (p, p, m)."""
        return (self.outer @ w).reshape(self.p, self.p, -1)

    def unweighted(self) -> tuple[Array, ...]:
        here = np.isfinite(self.v)
        finite = np.where(here, self.v, 0.0)
        inverse = invert(self.gram(here.astype(float)))[0]
        r = (self.y - self.x @ product(inverse, self.x.T @ self.y)) * here
        hat = np.einsum("ijm,jim->m", inverse, self.gram(finite))
        return dot(r, r), finite.sum(axis=0) - hat, self.v.min(axis=0), finite.max(axis=0)

    @property
    def spread(self) -> Array:
        total: Array = self.y.sum(axis=0)
        return (dot(self.y, self.y) - total * total / self.n) / self.n

    @cached_property
    def identified(self) -> Mask:
        """Whether the studies present tell the coefficients apart."""
        here = np.isfinite(self.v).astype(float)
        return invert(self.gram(here))[2]


def product(a: Array, b: Array) -> Array:
    """Matrices (p, p, m) times vectors (p, m)."""
    c: Array = np.einsum("ijm,jm->im", a, b)
    return c


def invert(a: Array) -> tuple[Array, Array, Mask]:
    """By sweeping positive definite a (p, p, m): inverses, log-determinants, whether no pivot vanished."""
    a, diagonal = a.copy(), np.einsum("iim->im", a).copy()
    log_det, sound = np.zeros(a.shape[2]), np.ones(a.shape[2], dtype=bool)
    for j, before in enumerate(diagonal):
        column = a[:, j].copy()
        pivot = column[j]
        log_det += np.log(pivot)
        sound &= pivot > COLLINEAR * before
        a -= column[:, None] * column / pivot
        a[j] = a[:, j] = column / pivot
        a[j, j] = -1 / pivot
    return -a, log_det, sound
