"""Newton's method in a bracket, for the equations that tau2 solves, in many columns at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from claimbook.synthesis.batch_model import Array, Mask, Mean

Equation = Callable[[Any], tuple[Array, Array, Array, Array]]  # of an At: C, D, their derivatives in tau2

SETTLED = 1e-12  # the square of a step, relative to tau2, that is the last: it is the order of the error left
SMALLEST = 1e-14  # steps this small, relative to tau2 and the sampling variances, are rounding
CLOSED = 1e-15  # a bracket this narrow, relative likewise, holds nothing more
STEPS = 200
COMPACT = 0.9  # columns are repacked where fewer than this share of them are unsettled


def terms(model: Mean, equation: Equation, tau2: Array) -> Array:
    """C, D and their derivatives (4, m) at tau2 (m,)."""
    return model.each(4, lambda part, t: equation(part.at(t)), tau2)


def roots(
    model: Mean, equation: Equation, start: Array, low: Array, high: Array, scale: Array, wanted: Mask
) -> tuple[Array, Array, Mask]:
    """The tau2 at which C = D in each column wanted, given C > D at ``low`` and C < D at ``high``.

    The step is Newton's for D / C - 1, which is linear in tau2 if all variances are equal and nearly so
    otherwise. Each step narrows the bracket, and one that would leave it is replaced by the midpoint,
    so every column ends. scale: typical sampling variances. Returns the roots, ``low`` in columns not
    wanted; tau2, C, D and their derivatives (5, m) at the last iterates; and whether each column
    settled.
    """
    m = len(start)
    root, last, settled = low.copy(), np.ones((5, m)), np.zeros(m, dtype=bool)
    column, unsettled, t = np.arange(m), wanted.copy(), start
    for _ in range(STEPS):
        left = np.count_nonzero(unsettled)
        if not left:
            break
        if left < COMPACT * len(unsettled):
            kept = np.flatnonzero(unsettled)
            model, column, unsettled = model.take(kept), column[kept], np.ones(left, dtype=bool)
            t, low, high, scale = t[kept], low[kept], high[kept], scale[kept]
        values = terms(model, equation, t)
        c, d, dc, dd = values
        new = t + c * (c - d) / (dd * c - d * dc)
        low, high = np.where(c > d, t, low), np.where(c > d, high, t)
        inside = (new > low) & (new < high)
        near = _near(t, new, scale)
        if not inside.all():
            near = np.where(inside, near, high - low <= CLOSED * (high + scale))
            new = np.where(inside, new, 0.5 * (low + high))
        done = np.flatnonzero(near & unsettled)
        where = column[done]
        root[where], settled[where], unsettled[done] = new[done], True, False
        last[0, where], last[1:, where] = t[done], values.take(done, axis=1)
        t = new
    return root, last, settled


def _near(t: Array, new: Array, scale: Array) -> Mask:
    step, reach = np.abs(new - t), new + scale
    near: Mask = (step * step <= SETTLED * new * reach) | (step <= SMALLEST * reach)
    return near
