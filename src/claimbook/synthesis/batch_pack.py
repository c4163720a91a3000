"""From rows of effects to columns at unit scale.

The effects of a column are taken relative to its most precise one and divided by a power of two that
brings the largest of |y| and sqrt(v) to order one. So the scale of a data set changes nothing, not even
for effects of order 1e150, and the most precise effect, whose residual is the smallest, loses no
digits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from claimbook.synthesis.batch_model import CACHE, Array, Mask

LARGEST_EXPONENT = 511  # 2^(2 * 511) is a finite float


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
