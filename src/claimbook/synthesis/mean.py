"""The model of a single mean, where the matrices of `model` become sums."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import frexp, ldexp
from typing import Any

import numpy as np

from claimbook.synthesis.model import Array, Forms, Linear


@dataclass(frozen=True, eq=False)
class Mean(Linear):
    """The model of a mean alone: one-by-one matrices are plain numbers. best: its most precise effect."""

    best: int = 0

    @cached_property
    def others(self) -> Array:
        """1, y and y^2 of all effects but the most precise, whose y is zero, (k, 3)."""
        powers = np.empty((3, self.k))
        powers[0], powers[1] = 1, self.y
        np.multiply(self.y, self.y, out=powers[2])
        powers[:, self.best] = 0
        return powers.T

    def forms(self, tau2: Any) -> Forms:
        return Sums(self, 1 / (self.v + tau2))

    def gram(self, u: Array) -> Any:
        return np.add.reduce(u, -1)

    def inverse(self, a: Any) -> Any:
        return 1 / a

    def product(self, a: Any, b: Any) -> Any:
        return a * b

    def traces(self, w: Array, inv: Any, s: Any) -> tuple[Any, Any]:
        """As in general; the most precise effect stands apart, for one minus its share loses digits."""
        others = w.copy()
        others[..., self.best] = 0
        plain = isinstance(s, float) and s == 1
        u = others if plain else others * s
        rest, cross = np.add.reduce(others, -1), np.vecdot(u, others)
        top = w[..., self.best]
        top_u = top if plain else top * (s if np.ndim(s) == 0 else s[self.best])
        total, squares = (rest, cross) if plain else (np.add.reduce(u, -1), np.vecdot(u, u))
        first = total + (top_u * rest - cross) * inv
        square = squares - 2 * np.vecdot(u * u, others) * inv
        return first, square + ((top_u * rest) ** 2 + (2 * top * top_u + cross) * cross) * inv**2

    def solve(self, w: Array, inv: Any) -> tuple[Any, Array]:
        mean = np.vecdot(w, self.y) * inv
        return mean, self.y - (mean if w.ndim == 1 else mean[:, None])

    def sandwich(self, w: Array, inv: Any, u: Array) -> Any:
        return np.vecdot(w * u, u) - np.vecdot(w, u) ** 2 * inv

    def log_det(self, inv: Any) -> Any:
        return -np.log(inv)

    @property
    def basis_log_det(self) -> float:
        return float(np.log(self.k))

    def spread(self, inv: Any) -> Array:
        return np.full(self.k, inv)

    def coefficients(self, beta: Any) -> Any:
        return self.unit * (beta + self.offset[0])

    def covariance(self, a: Any) -> Any:
        return self.unit * self.unit * a


class Sums:
    """The forms of a mean, each from a few sums of w^i y^j.

    The most precise study, at y = 0, stands apart: one minus its share would lose digits. As no study weighs
    more, subtracting the mean from a sum of squares costs a factor of k in rounding at the most.
    """

    __slots__ = (
        "cubes",
        "inv",
        "mean",
        "others",
        "pull",
        "rest",
        "rest2",
        "square",
        "top",
        "w",
        "y2",
        "yy",
        "yy2",
    )

    def __init__(self, model: Mean, w: Array) -> None:
        self.w, self.others, self.top = w, model.others, _number(w[..., model.best])
        self.square = w * w
        self.rest, y, self.yy = self._sums(w)
        self.rest2, self.y2, self.yy2 = self._sums(self.square)
        self.inv = 1 / (self.rest + self.top)
        self.mean = y * self.inv
        self.pull = self.y2 - self.mean * (self.rest2 + self.top * self.top)
        self.cubes: Any = None

    def _sums(self, u: Array) -> Any:
        sums = u @ self.others
        return sums.tolist() if sums.ndim == 1 else sums.T

    def _cubes(self) -> Any:
        if self.cubes is None:
            self.cubes = self._sums(self.square * self.w)
        return self.cubes

    @property
    def q(self) -> Any:
        return self.yy - self.mean * self.mean / self.inv

    @property
    def y_pp_y(self) -> Any:
        return self.yy2 - self.mean * (self.y2 + self.pull)

    @property
    def y_ppp_y(self) -> Any:
        rest3, y3, yy3 = self._cubes()
        own = rest3 + self.top * self.top * self.top
        return yy3 - self.mean * (2 * y3 - self.mean * own) - self.pull * self.pull * self.inv

    @property
    def total(self) -> tuple[Any, Any]:
        return self.rest + self.top, self.rest2 + self.top * self.top

    @property
    def trace(self) -> Any:
        return self.rest + (self.top * self.rest - self.rest2) * self.inv

    @property
    def trace2(self) -> Any:
        rest3, cross = self._cubes()[0], self.rest2
        lost = (self.top * self.rest) ** 2 + (2 * self.top * self.top + cross) * cross
        return cross - 2 * rest3 * self.inv + lost * self.inv * self.inv


def _number(a: Any) -> Any:
    return float(a) if np.ndim(a) == 0 else a


_ONE = np.ones((1, 1))


@lru_cache(maxsize=256)
def _ones(k: int) -> Array:
    ones = np.ones((k, 1))
    ones.flags.writeable = False
    return ones


def mean_model(y: Array, v: Array, weights: Array | None = None) -> Mean:
    """The model of one mean, centred on its most precise effect."""
    best = int(v.argmin())
    half = frexp(v[best])[1] // 2
    v, y = np.ldexp(v, -2 * half), np.ldexp(y, -half)
    centre = y[best : best + 1]
    return Mean(y - centre, v, _ones(len(y)), _ONE, centre, ldexp(1.0, half), weights, best)
