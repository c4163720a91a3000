"""Many small meta-analyses side by side, one a column.

With studies along the first axis a sum over studies is a few passes of long vector instructions, whatever the
number of studies. An absent study has y = 0 and v = inf, hence weight zero.

Columns are at unit scale: effects are taken relative to the most precise one, which comes first, and divided
by a power of two that brings the largest of |y| and sqrt(v) to order one. So the scale of a data set changes
nothing, not even for effects of order 1e150, and the most precise effect, whose residual is the smallest,
loses no digits.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Index = NDArray[np.intp]

LARGEST_EXPONENT = 511  # 2^(2 * 511) is a finite float
CACHE = 80_000  # numbers of one array worked on at a time: few for the cache, many for one call


def dot(a: Array, b: Array) -> Array:
    """Sums over the studies of a * b, for arrays of shape (k, m)."""
    sums: Array = np.einsum("km,km->m", a, b)
    return sums


class At:
    """A model at weights w = 1 / (v + tau2), of shape (k, m).

    beta: the weighted least-squares fit; r: its residuals; wr: P y = W r. All else of interest is a
    trace or a quadratic form in P = W - W X (X'WX)^-1 X'W. Each is written as the heaviest study's
    share, which is in closed form, plus sums over the rest, so that nothing cancels however heavy that
    study is. The arrays lie in the model's workspace, where the next `At` of the same model replaces
    them.
    """

    def __init__(self, model: Mean, tau2: Array) -> None:
        self.model = model
        self.w, self.r, self.wr, self.spare = model.workspace()
        np.add(model.v, tau2, out=self.w)
        np.divide(1.0, self.w, out=self.w)
        self.rest: Array = self.w[1:].sum(axis=0)
        self.sum_w: Array = self.w[0] + self.rest
        self.beta: Array = dot(self.w, model.y) / self.sum_w
        np.subtract(model.y, self.beta, out=self.r)
        np.multiply(self.w, self.r, out=self.wr)

    @property
    def q(self) -> Array:
        """y'Py, the weighted residual sum of squares."""
        return dot(self.wr, self.r)

    @property
    def total(self) -> tuple[Array, Array]:
        """tr(W) and tr(WW)."""
        return self.sum_w, dot(self.w, self.w)

    @property
    def trace(self) -> tuple[Array, Array]:
        """tr(P) and tr(PP)."""
        heavy, rest, share = self.w[0], self.rest, 1 / self.sum_w
        square = np.multiply(self.w[1:], self.w[1:], out=self.spare[1:])
        rest2, rest3 = square.sum(axis=0), dot(square, self.w[1:])
        lost = heavy * rest * share
        ratio = rest2 * share
        trace2 = lost * lost + rest2 - 2 * rest3 * share + ratio * (2 * heavy * heavy + rest2) * share
        return rest + lost - ratio, trace2

    @property
    def form(self) -> tuple[Array, Array]:
        """y'PPy and y'PPPy."""
        heavy, pull = self.w[0], self.wr[0]
        wwr = np.multiply(self.w[1:], self.wr[1:], out=self.spare[1:])
        rest = wwr.sum(axis=0)
        own = pull * heavy * (pull * self.rest - 2 * rest) - rest * rest
        return dot(self.wr, self.wr), dot(wwr, self.wr[1:]) + own / self.sum_w

    @property
    def log_weights(self) -> Array:
        """log |W| over the studies present."""
        logs: Array = np.log(np.where(self.w > 0, self.w, 1.0)).sum(axis=0)
        return logs

    @property
    def log_det(self) -> Array:
        """log |X'WX|."""
        return np.log(self.sum_w)


class Fixed(NamedTuple):
    """What `At` gives at tau2 = 0."""

    q: Array
    total: tuple[Array, Array]
    trace: tuple[Array, Array]
    form: tuple[Array, Array]


class Flat(NamedTuple):
    """Of the unweighted fit, the residual sum of squares and tr(PV); the smallest and largest variance."""

    rss: Array
    sampling: Array
    low: Array
    high: Array


class Mean:
    """Meta-analyses of one mean: y, v (k, m) at unit scale, n (m,) the studies present in each column."""

    p = 1

    def __init__(self, y: Array, v: Array, n: Array, work: Array | None = None) -> None:
        self.y, self.v, self.n = y, v, n
        self.work = np.empty((4, max(CACHE, len(y)))) if work is None else work

    @property
    def df(self) -> Array:
        return self.n - self.p

    @property
    def spread(self) -> Array:
        """sum((y - mean)^2) / k, whatever the moderators."""
        return self.flat.rss / self.n

    def take(self, columns: Index) -> Self:
        return self.on(self.y.take(columns, axis=1), self.v.take(columns, axis=1), self.n[columns])

    def on(self, y: Array, v: Array, n: Array) -> Self:
        """The same model of other columns."""
        return type(self)(y, v, n, self.work)

    def workspace(self) -> Array:
        """Four arrays of the shape of y."""
        return self.work[:, : self.y.size].reshape(4, *self.y.shape)

    def at(self, tau2: Array) -> At:
        return At(self, tau2)

    def each(self, values: int, function: Callable[..., tuple[Array, ...]], *columns: Array) -> Array:
        """The values of function(model, *columns), (values, m), worked out in parts that fit the cache."""
        step = max(1, CACHE // len(self.y))
        if len(self.n) <= step:
            return np.array(function(self, *columns))
        whole = np.empty((values, len(self.n)))
        for i in range(0, len(self.n), step):
            part = slice(i, i + step)
            model = self.on(self.y[:, part], self.v[:, part], self.n[part])
            for row, piece in zip(whole, function(model, *(c[part] for c in columns)), strict=True):
                row[part] = piece
        return whole

    @cached_property
    def fixed(self) -> Fixed:
        q, total, total2, trace, trace2, pp, ppp = self.each(7, _fixed)
        return Fixed(q, (total, total2), (trace, trace2), (pp, ppp))

    @cached_property
    def flat(self) -> Flat:
        return Flat(*self.each(4, type(self).unweighted))

    def unweighted(self) -> tuple[Array, ...]:
        y, v, n = self.y, self.v, self.n
        finite = v if (n == len(y)).all() else np.where(np.isfinite(v), v, 0.0)
        total = y.sum(axis=0)
        sampling = finite.sum(axis=0) * (1 - 1 / n)
        return dot(y, y) - total * total / n, sampling, v.min(axis=0), finite.max(axis=0)


def _fixed(model: Mean) -> tuple[Array, ...]:
    at = model.at(np.zeros_like(model.n))
    return at.q, *at.total, *at.trace, *at.form


class Packed(NamedTuple):
    """y, v (k, m) at unit scale, n (m,) studies present; y was centre + unit * y, v was unit^2 * v."""

    y: Array
    v: Array
    n: Array
    centre: Array
    unit: Array


def pack(y: Array, v: Array, first: int = 0) -> Packed:
    """Columns from the rows of y, v (m, k), NaN where absent; the most precise study comes first, at zero.

    ValueError where an effect is infinite or a variance not positive and finite; ``first`` is the
    number of the first row in the message.
    """
    return _pack(y, v, first, _most_precise_first)


def pack_in_order(y: Array, v: Array, first: int = 0) -> Packed:
    """The same with the studies in the order given and no centre."""
    return _pack(y, v, first, _as_given)


def _most_precise_first(out: Packed) -> None:
    best = (out.v.argmin(axis=0), np.arange(len(out.n)))
    out.centre[:], least = out.y[best], out.v[best]
    out.y[best], out.v[best] = out.y[0], out.v[0]
    out.v[0] = least
    out.y[:] -= out.centre
    out.y[0] = 0


def _as_given(out: Packed) -> None:
    out.centre[:] = 0


def _pack(y: Array, v: Array, first: int, arrange: Callable[[Packed], None]) -> Packed:
    m, k = y.shape
    whole = Packed(np.empty((k, m)), np.empty((k, m)), np.empty(m), np.empty(m), np.empty(m))
    step = max(1, CACHE // k)
    for i in range(0, m, step):
        part = slice(i, i + step)
        _pack_part(y[part], v[part], first + i, arrange, Packed(*(a[..., part] for a in whole)))
    return whole


def _pack_part(y: Array, v: Array, first: int, arrange: Callable[[Packed], None], out: Packed) -> None:
    out.y[:], out.v[:], out.n[:] = y.T, v.T, y.shape[1]
    arrange(out)
    size, largest = _largest(out.y), out.v.max(axis=0)
    if not ((out.v.min(axis=0) > 0) & (largest < np.inf) & (size < np.inf)).all():
        absent = np.isnan(y) | np.isnan(v)
        _check("y must be finite", y, ~absent & np.isinf(y), first)
        _check("v must be positive and finite", v, ~absent & ~((v > 0) & (v < np.inf)), first)
        out.y[:], out.v[:], out.n[:] = y.T, np.where(absent, np.inf, v).T, (~absent).sum(axis=1)
        arrange(out)
        out.y[np.isinf(out.v)] = 0
        size, largest = _largest(out.y), np.where(np.isinf(out.v), 0, out.v).max(axis=0)
    exponent = np.frexp(np.maximum(size, np.sqrt(largest)))[1].clip(-LARGEST_EXPONENT, LARGEST_EXPONENT)
    shrink = np.ldexp(1.0, -exponent)
    out.unit[:] = 1 / shrink
    out.y[:] *= shrink
    out.v[:] *= shrink * shrink


def _largest(y: Array) -> Array:
    largest: Array = np.maximum(y.max(axis=0), -y.min(axis=0))
    return largest


def _check(rule: str, values: Array, bad: Mask, first: int) -> None:
    if bad.any():
        row, column = np.argwhere(bad)[0]
        where = f"row {first + row}, column {column}"
        raise ValueError(f"{rule}, NaN where a study is absent; got {values[row, column]} in {where}")
