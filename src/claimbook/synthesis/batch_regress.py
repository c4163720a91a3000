"""Meta-regressions of many sets of effects on one design: `regress_many`, and `regress_rows` for the fits.

Every set gives the numbers of `regress`. The design is the same for all sets; a set may lack studies.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, fdtrc

from claimbook.synthesis.batch import NOT_FLOAT, by_block, matrices
from claimbook.synthesis.batch_fit import INTERVAL_COLUMNS, Method, heterogeneity
from claimbook.synthesis.batch_model import Array, At, Mask, Mean, dot, pack_in_order
from claimbook.synthesis.batch_tails import chi2_tail, t_quantiles, t_tails
from claimbook.synthesis.model import Linear, check_level, linear_model

if TYPE_CHECKING:
    import pandas as pd

COLLINEAR = 1e-12  # share of a column's square that the columns before it must leave, in the studies present


class RegressionRows(NamedTuple):
    """Fits, one a row, with the fields of `Regression`; estimate and se are (n, p).

    Where `regress` would have no answer converged is False and all else but k is NaN.
    """

    estimate: Array
    se: Array
    df: Array
    k: NDArray[np.int64]
    tau2: Array
    qe: Array
    i2: Array
    h2: Array
    qm: Array
    converged: Mask


class Regressions(NamedTuple):
    """Frames: the coefficients, by set and coefficient, and the fits, by set."""

    coefficients: pd.DataFrame
    fits: pd.DataFrame


def regress_many(
    y: ArrayLike,
    v: ArrayLike,
    x: ArrayLike,
    tau2: str | float = "REML",
    interval: str = "HKSJ",
    level: float = 0.95,
    names: Sequence[str] | None = None,
    workers: int | None = None,
) -> Regressions:
    """Regress each row of y, v (n, k) on the columns of x (k, p), a constant among them where it is wanted.

    y, v, tau2, interval, level, workers: as for `pool_many`. names: of the coefficients; unless told a
    constant column is "Intercept" and the others x1, x2, ... ValueError as there, and where columns of
    x are collinear.
    """
    import pandas as pd

    check_level(level)
    names = list(names or _names(np.asarray(x, dtype=float)))
    rows = regress_rows(y, v, x, tau2, interval, names, workers)
    n, p = rows.estimate.shape
    df = np.repeat(rows.df, p)
    estimate, se = rows.estimate.ravel(), rows.se.ravel()
    with np.errstate(all="ignore"):
        statistic = np.where((se == 0) & (estimate == 0), 0.0, estimate / se)
        margin, tails = t_quantiles(level, df) * se, t_tails(statistic, df)
        residual, tested = (rows.k - p).astype(float), len(_tested(names))
        qe_p = chi2_tail(rows.qe, np.where(rows.converged, residual, np.nan))
        qm_p = np.where(np.isinf(rows.df), chdtrc(tested, rows.qm), fdtrc(tested, residual, rows.qm))
    columns = {"estimate": estimate, "se": se, "statistic": statistic, "df": df, "p": tails}
    columns |= {"low": estimate - margin, "high": estimate + margin}
    index = pd.MultiIndex.from_product([range(n), names], names=["set", "coefficient"])
    fits = {name: getattr(rows, name) for name in ("k", "tau2", "qe", "i2", "h2", "qm", "converged")}
    fits |= {"qe_p": qe_p, "qm_p": qm_p}
    order = ["k", "tau2", "qe", "qe_p", "i2", "h2", "qm", "qm_p", "converged"]
    return Regressions(pd.DataFrame(columns, index=index), pd.DataFrame(fits)[order])


def regress_rows(
    y: ArrayLike,
    v: ArrayLike,
    x: ArrayLike,
    tau2: str | float = "REML",
    interval: str = "HKSJ",
    names: Sequence[str] | None = None,
    workers: int | None = None,
) -> RegressionRows:
    """The fits of `regress_many` as arrays; arguments and errors as there."""
    y, v = matrices(y, v)
    x, method = np.asarray(x, dtype=float), Method(tau2, interval)
    k = y.shape[1]
    if x.ndim != 2 or len(x) != k or not 0 < x.shape[1] <= k or not np.isfinite(x).all():
        raise ValueError(f"x must be finite, of shape ({k}, p) with at most {k} columns, got shape {x.shape}")
    names = list(names or _names(x))
    if len(names) != x.shape[1]:
        raise ValueError(f"names must be one for each of {x.shape[1]} columns of x, got {names}")
    basis = linear_model(np.zeros(k), np.ones(k), x, names)
    return regress_on(basis, y, v, _tested(names), method, workers)


def regress_on(
    basis: Linear, y: Array, v: Array, tested: list[int], method: Method, workers: int | None = None
) -> RegressionRows:
    """The same for y, v (n, k) on a design given by its basis, qm that of the coefficients ``tested``."""
    columns = np.dtype((np.float64, (basis.p,)))

    def block(y: Array, v: Array, first: int) -> RegressionRows:
        return regress_block(y, v, basis, tested, method, first)

    dtypes = {**NOT_FLOAT, "estimate": columns, "se": columns}
    return RegressionRows(**by_block(y, v, RegressionRows._fields, block, workers, dtypes))


def regress_block(
    y: Array, v: Array, basis: Linear, tested: list[int], method: Method, first: int = 0
) -> RegressionRows:
    """Fits of the rows of y, v (m, k) on a design given by its basis."""
    p = basis.p
    with np.errstate(all="ignore"):
        packed = pack_in_order(y, v, first)
        model = Design(basis.x, packed.y, packed.v, packed.n)
        tau2, found = method.estimate(model, packed.unit)
        values = model.each(p + p * p + 1, _regressed, tau2)
        beta, inverse, q_at = values[:p], values[p:-1].reshape(p, p, -1), values[-1]
        factor, df = INTERVAL_COLUMNS[method.interval](q_at / model.df, model.df)
        root = np.linalg.inv(basis.back)
        estimate = packed.unit * (root @ beta)
        covariance = np.einsum("ai,ijm,bj->abm", root, inverse, root) * factor * packed.unit**2
        some, square = estimate[tested], covariance[np.ix_(tested, tested)]
        qm = dot(some, product(invert(square)[0], some)) / np.where(np.isinf(df), 1, len(tested))
        qe = model.fixed.q
        h2, i2 = heterogeneity(qe, model.df, model.fixed.trace[0], tau2, method)
        se = np.sqrt(np.einsum("aam->am", covariance))
        answered = found & method.answers(model.n, model.df) & model.identified & np.isfinite(qe)
    tau2 = tau2 * packed.unit**2
    numbers = [np.where(answered, a, np.nan) for a in (estimate, se, df, tau2, qe, i2, h2, qm)]
    estimate, se, df, tau2, qe, i2, h2, qm = numbers
    k = packed.n.astype(np.int64)
    return RegressionRows(estimate.T, se.T, df, k, tau2, qe, i2, h2, qm, answered)


def _regressed(part: Design, tau2: Array) -> tuple[Array, ...]:
    at = part.at(tau2)
    return *at.beta, *at.inverse.reshape(-1, len(tau2)), at.q


def _names(x: Array) -> list[str]:
    constant = (x == x[:1]).all(axis=0) if x.ndim == 2 and len(x) else [False]
    return ["Intercept" if same else f"x{i}" for i, same in enumerate(constant)]


def _tested(names: Sequence[str]) -> list[int]:
    return [i for i, name in enumerate(names) if name != "Intercept"] or list(range(len(names)))


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
        inverse = self._swept[0]
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
        return self._swept[2]

    @cached_property
    def _swept(self) -> tuple[Array, Array, Mask]:
        """X'X of the studies present, inverted."""
        return invert(self.gram(np.isfinite(self.v).astype(float)))


def product(a: Array, b: Array) -> Array:
    """Matrices (p, p, m) times vectors (p, m)."""
    c: Array = np.einsum("ijm,jm->im", a, b)
    return c


def invert(a: Array) -> tuple[Array, Array, Mask]:
    """By sweeping positive definite a (p, p, m): inverses, log-determinants, whether no pivot vanished."""
    a, pivots = a.copy(), np.empty(a.shape[1:])
    diagonal = np.einsum("iim->im", a).copy()
    for j, pivot in enumerate(pivots):
        column = a[:, j].copy()
        pivot[:] = column[j]
        share = column / pivot
        a -= column[:, None] * share
        a[j] = a[:, j] = share
        a[j, j] = -1 / pivot
    return -a, np.log(pivots).sum(axis=0), (pivots > COLLINEAR * diagonal).all(axis=0)
