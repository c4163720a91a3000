"""The linear model behind every pooled effect: y = X beta + u + e with u ~ N(0, tau2) and e ~ N(0, v).

At weights w (one for each effect, W their diagonal matrix) everything of interest is a trace or a quadratic
form in

    P = W - W X (X'WX)^-1 X'W,

and none of them needs the k x k matrix itself: `Moments` has them for one vector of weights or for a stack of
them. `Linear` is the model with moderators; `mean` has the same for a single mean.

Scale. A model is held in units in which the smallest variance lies between 1/2 and 2: the unit is a power of
two, so nothing is lost, and effects of order 1e-150 or 1e150 take the same path as effects of order 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import frexp, ldexp
from numbers import Real
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]

FARTHEST = 1e70  # standard errors between two effects, beyond which their squares are no longer numbers
COLLINEAR = 1e-10  # share of a column's length that its predecessors must leave unexplained


class NonConvergence(RuntimeError):
    """An iteration ended without an answer."""


def effects(y: ArrayLike, v: ArrayLike) -> tuple[Array, Array]:
    """The effects and their sampling variances as float vectors of one length, every value usable.

    They are matched by place: ValueError where both are Series and their indexes differ.
    """
    _same_index(y, v)
    y, v = floats("y", y), floats("v", v)
    if y.ndim != 1 or y.shape != v.shape:
        raise ValueError(f"y and v must be vectors of one length, got shapes {y.shape} and {v.shape}")
    if not y.size:
        raise ValueError("y is empty: there is no effect to pool")
    if not np.isfinite(y).all():
        raise ValueError(f"y must be finite, got {_first(y, ~np.isfinite(y))}; leave such studies out")
    if not (v.min() > 0 and v.max() < np.inf):
        raise ValueError(f"v must be positive and finite, got {_first(v, ~((v > 0) & (v < np.inf)))}")
    return y, v


def _same_index(y: Any, v: Any) -> None:
    if hasattr(y, "iloc") and hasattr(v, "iloc") and not y.index.equals(v.index):
        raise ValueError("y and v are Series with different indexes; reindex one of them")


def labels(y: Any) -> Any:
    """What names the rows of a table about the effects y: the index of a Series, or None for positions."""
    return y.index if hasattr(y, "iloc") else None


def floats(name: str, values: Any) -> Array:
    """A float array; a masked cell is nan."""
    if isinstance(values, np.ma.MaskedArray):
        values = np.ma.filled(values.astype(float), np.nan)
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be numbers: {error}") from None


def positive_weights(weights: ArrayLike, k: int) -> Array:
    """A user's weights: k of them, none negative, not all zero."""
    w = floats("weights", weights)
    if w.shape != (k,):
        raise ValueError(f"weights must be one for each of {k} effects, got shape {w.shape}")
    usable = (w >= 0) & (w < np.inf)
    if not usable.all() or not w.any():
        raise ValueError(f"weights must be finite, at least 0 and not all 0, got {_first(w, ~usable)}")
    return np.asarray(w / w.max())


def check_level(level: Any) -> float:
    """A confidence level as a share. ValueError where it is none."""
    if not isinstance(level, Real) or not 0 < float(level) < 1:
        raise ValueError(f"level must lie between 0 and 1, got {level!r}")
    return float(level)


def _first(values: Array, bad: NDArray[np.bool_]) -> str:
    if not bad.any():
        return "only zeros"
    at = int(np.flatnonzero(bad)[0])
    return f"{values[at]} at position {at}"


class Forms(Protocol):
    """What estimators of tau2 look at, at w = 1/(v + tau2).

    y'Py, y'PPy and y'PPPy; total, the traces of W and of WW; the traces of P and of PP.
    """

    @property
    def q(self) -> Any: ...
    @property
    def y_pp_y(self) -> Any: ...
    @property
    def y_ppp_y(self) -> Any: ...
    @property
    def total(self) -> tuple[Any, Any]: ...
    @property
    def trace(self) -> Any: ...
    @property
    def trace2(self) -> Any: ...


class Moments:
    """Traces and quadratic forms of a model at weights `w` of shape (k,), or (n, k) for n sets of weights.

    `inv` is (X'WX)^-1, `beta` the weighted least-squares fit, `r` its residuals and `pr` = P y = W r.
    """

    __slots__ = ("beta", "inv", "model", "plain", "pr", "r", "w")

    def __init__(self, model: Linear, w: Array) -> None:
        self.model = model
        self.w = w
        self.inv = model.inverse(model.gram(w))
        self.beta, self.r = model.solve(w, self.inv)
        self.pr = w * self.r
        self.plain: tuple[Any, Any] | None = None

    @property
    def q(self) -> Any:
        """y'Py, the weighted residual sum of squares."""
        return np.vecdot(self.pr, self.r)

    @property
    def y_pp_y(self) -> Any:
        """y'PPy."""
        return np.vecdot(self.pr, self.pr)

    @property
    def y_ppp_y(self) -> Any:
        """y'PPPy."""
        return self.model.sandwich(self.w, self.inv, self.pr)

    @property
    def total(self) -> tuple[Any, Any]:
        return self.w.sum(-1), np.vecdot(self.w, self.w)

    @property
    def trace(self) -> Any:
        return self._plain()[0]

    @property
    def trace2(self) -> Any:
        return self._plain()[1]

    def _plain(self) -> tuple[Any, Any]:
        """tr(P) and tr(PP), worked out once."""
        if self.plain is None:
            self.plain = self.traces()
        return self.plain

    def traces(self, s: Any = 1.0) -> tuple[Any, Any]:
        """tr(P S) and tr(P S P S) for a diagonal S."""
        return self.model.traces(self.w, self.inv, s)

    @property
    def matrix(self) -> Array:
        """P itself, (k, k) for each set of weights."""
        p, x = self.model.p, self.w[..., None] * self.model.x
        whole = -(x @ np.reshape(self.inv, (*self.w.shape[:-1], p, p)) @ x.swapaxes(-1, -2))
        each = np.arange(self.w.shape[-1])
        whole[..., each, each] += self.w
        return np.asarray(whole)

    @property
    def log_det(self) -> Any:
        """log |X'WX| for the orthonormal basis."""
        return self.model.log_det(self.inv)

    @property
    def leverage(self) -> Array:
        """Diagonal of the hat matrix X (X'WX)^-1 X'W."""
        return self.w * self.model.spread(self.inv)


@dataclass(frozen=True, eq=False)
class Linear:
    """Effects at unit scale with an orthonormal basis of their design.

    y, v: (k,); x: (k, p) with x'x = I; back: (p, p), design = x @ back; offset: (p,), the coefficients on the
    basis that were taken out of y; unit: the original effects are unit * (y + x @ offset), the variances
    unit^2 * v; weights: a user's, or None.
    """

    y: Array
    v: Array
    x: Array
    back: Array
    offset: Array
    unit: float
    weights: Array | None = None

    @property
    def k(self) -> int:
        return len(self.y)

    @property
    def p(self) -> int:
        return len(self.back)

    @cached_property
    def fixed(self) -> Moments:
        """Moments at w = 1/v: the equal-effects fit."""
        return Moments(self, 1 / self.v)

    @cached_property
    def flat(self) -> Moments:
        """Moments at w = 1: the unweighted fit."""
        return Moments(self, np.ones(self.k))

    @cached_property
    def user(self) -> Moments:
        """Moments at the user's weights."""
        if self.weights is None:
            raise ValueError("weights are needed by tau2='GENQ' and tau2='GENQM', got None")
        return Moments(self, self.weights)

    def at(self, tau2: Any) -> Moments:
        """Moments at w = 1/(v + tau2); tau2 a number or an array of shape (n, 1)."""
        return Moments(self, 1 / (self.v + tau2))

    def forms(self, tau2: Any) -> Forms:
        """tau2 a number or an array of shape (n, 1)."""
        return self.at(tau2)

    @cached_property
    def equal(self) -> Forms:
        """Forms without heterogeneity."""
        return self.forms(0.0)

    @cached_property
    def _outer(self) -> Array:
        return (self.x[:, :, None] * self.x[:, None, :]).reshape(self.k, -1)

    def gram(self, u: Array) -> Array:
        """X' diag(u) X."""
        return (u @ self._outer).reshape(*u.shape[:-1], self.p, self.p)

    def inverse(self, a: Array) -> Array:
        return np.linalg.inv(a)

    def product(self, a: Array, b: Array) -> Array:
        return a @ b

    def traces(self, w: Array, inv: Array, s: Any) -> tuple[Any, Any]:
        """tr(P S) and tr(P S P S) for a diagonal S."""
        u = w * s
        wu, flat = w * u, inv.reshape(*inv.shape[:-2], -1)
        twice = inv @ self.gram(wu)
        lost, cross = np.vecdot(flat, wu @ self._outer), np.vecdot(flat, (wu * u) @ self._outer)
        return u.sum(-1) - lost, np.vecdot(u, u) - 2 * cross + np.einsum("...ij,...ji->...", twice, twice)

    def solve(self, w: Array, inv: Array) -> tuple[Array, Array]:
        """Weighted least squares: coefficients and residuals, refined once."""
        beta = np.matvec(inv, (w * self.y) @ self.x)
        r = self.y - beta @ self.x.T
        step = np.matvec(inv, (w * r) @ self.x)
        return beta + step, r - step @ self.x.T

    def sandwich(self, w: Array, inv: Array, u: Array) -> Any:
        """u'Pu."""
        wu = w * u
        lost = wu @ self.x
        return np.vecdot(wu, u) - np.vecdot(np.matvec(inv, lost), lost)

    def log_det(self, inv: Array) -> Any:
        return -np.linalg.slogdet(inv)[1]

    @property
    def basis_log_det(self) -> float:
        """log |x'x|."""
        return 0.0

    def spread(self, inv: Array) -> Array:
        """x_i' A x_i for each row."""
        return np.asarray(np.vecdot(self.x @ inv, self.x))

    def coefficients(self, beta: Array) -> Array:
        """Coefficients of the design, in the units of the effects, from those of the basis."""
        return np.asarray(self.unit * np.linalg.solve(self.back, beta + self.offset))

    @cached_property
    def root(self) -> Array:
        """The (p, p) matrix that leads from the basis to the coefficients of the design."""
        return np.linalg.inv(self.back)

    def covariance(self, a: Array) -> Array:
        """Covariance of the design's coefficients, in the units of the effects, from that of the basis."""
        return (self.unit * self.root) @ a @ (self.unit * self.root).T


def linear_model(
    y: Array, v: Array, design: Array, names: Sequence[str] | None = None, weights: Array | None = None
) -> Linear:
    """The model with a (k, p) design. ValueError where a column depends on those before it."""
    half = frexp(v.min())[1] // 2
    v, y = np.ldexp(v, -2 * half), np.ldexp(y, -half)
    size = np.abs(design).max(axis=0)
    names = names or [f"column {i}" for i in range(design.shape[1])]
    scaled = design / np.where(size > 0, size, 1)
    x, back = np.linalg.qr(scaled)
    for name, left, length in zip(names, np.abs(np.diag(back)), np.linalg.norm(scaled, axis=0), strict=True):
        if left <= COLLINEAR * length:
            raise ValueError(f"design: {name} is a combination of the columns before it ({', '.join(names)})")
    offset = y @ x
    return Linear(y - x @ offset, v, x, back * size, offset, ldexp(1.0, half), weights)
