"""Roots of the equations for tau2, and the highest maximum of a likelihood over tau2 >= 0, in many columns.

Roots are found by Newton's method in a bracket. A likelihood of tau2 can have several maxima: of random
sets with variances a hundredfold apart up to one in a hundred has two, and an iteration from one starting
value finds the nearest. Here every column carries a proof.

Both scores have the form C - D with C = y'PPy and D = tr(P) (REML) or tr(W) (ML). In the eigenvectors
of the covariance of the contrasts, C = sum(u^2 / (l + tau2)^2) and D = sum(1 / (l + tau2)). Power means
with a negative exponent are concave, so

    c = C^(-1/2) and d = 1 / D are concave in tau2, and c climbs at least as fast as 1 / sqrt(RSS),

where RSS is the unweighted residual sum of squares. A concave function lies below its tangents and above its
chords: values and slopes at the ends of an interval bound both sides of C > D, that is c^2 < d, inside it.

* Rising is proven where a tangent of c, squared, stays below the chord of d: a convex function against
  a linear one, decided at the ends.
* Falling is proven where the chord of c, squared, stays above a tangent of d: decided at the vertex of
  a parabola.

For most data one root and the point zero settle all of [0, inf). What remains is halved until it is proven.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from claimbook.synthesis.batch_model import Array, At, Index, Mask, Mean

Equation = Callable[[Any], tuple[Array, Array, Array, Array]]  # of an At: C, D, their derivatives in tau2

SETTLED = 1e-12  # the square of a step, relative to tau2, that is the last: it is the order of the error left
SMALLEST = 1e-14  # steps this small, relative to tau2 and the sampling variances, are rounding
CLOSED = 1e-15  # a bracket this narrow, relative likewise, holds nothing more
STEPS = 200
COMPACT = 0.9  # columns are repacked where fewer than this share of them are unsettled
WIDTH = 1e-9  # intervals narrower than this, relative to tau2 and the sampling variances, are left
CROSSING = 1e-3  # the same around a minimum, of interest only for its neighbourhood
T, C, DC, D, DD = range(5)


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


def nodes(t: Array, c: Array, d: Array, dc: Array, dd: Array) -> Array:
    """(5, m): tau2, C^(-1/2) and its slope, 1/D and its slope."""
    root = 1 / np.sqrt(c)
    return np.stack([t, root, -0.5 * dc * root / c, 1 / d, -dd / (d * d)])


def rises_between(a: Array, b: Array) -> Mask:
    """Whether C > D is proven between nodes a and b, given that it holds at both; b may be a root."""
    length = b[T] - a[T]
    from_b, from_a = b[C] - length * b[DC], a[C] + length * a[DC]
    proven: Mask = (from_b * from_b < a[D]) | (from_a * from_a < b[D])
    return proven


def falls_between(a: Array, b: Array) -> Mask:
    """Whether C < D is proven between nodes a and b, given that it holds at both; a may be a root."""
    length = b[T] - a[T]
    slope = (b[C] - a[C]) / length
    x = _within((a[DD] - 2 * a[C] * slope) / (2 * slope * slope), length)
    from_a = (x == 0) | ((a[C] + slope * x) ** 2 > a[D] + a[DD] * x)
    x = _within((2 * b[C] * slope - b[DD]) / (2 * slope * slope), length)
    proven: Mask = from_a | ((b[C] - slope * x) ** 2 > b[D] - b[DD] * x)
    return proven


def _within(x: Array, length: Array) -> Array:
    return np.minimum(np.maximum(x, 0.0), length)


def falls_beyond(a: Array, rss: Array) -> Mask:
    """Whether C < D is proven from node a to infinity, given that it holds at a; a may be a root."""
    slope = 1 / np.sqrt(rss)
    lead = 2 * a[C] * slope - a[DD]
    proven: Mask = (lead >= 0) | (lead * lead < 4 * slope * slope * (a[C] * a[C] - a[D]))
    return proven


class Intervals:
    """Intervals of tau2 between nodes a and b (5, i), and whether the likelihood rises just inside either."""

    __slots__ = ("a", "b", "column", "rises_a", "rises_b")

    def __init__(self, column: Index, a: Array, b: Array, rises_a: Mask, rises_b: Mask) -> None:
        self.column, self.a, self.b, self.rises_a, self.rises_b = column, a, b, rises_a, rises_b

    def __len__(self) -> int:
        return len(self.column)

    def __getitem__(self, mask: Mask) -> Intervals:
        which = np.flatnonzero(mask)
        a, b = self.a.take(which, axis=1), self.b.take(which, axis=1)
        return Intervals(self.column[which], a, b, self.rises_a[which], self.rises_b[which])

    def __add__(self, other: Intervals) -> Intervals:
        return Intervals(
            np.concatenate([self.column, other.column]),
            np.concatenate([self.a, other.a], axis=1),
            np.concatenate([self.b, other.b], axis=1),
            np.concatenate([self.rises_a, other.rises_a]),
            np.concatenate([self.rises_b, other.rises_b]),
        )

    def split(self, at: Array, left: Mask, right: Mask) -> Intervals:
        """Both parts of each interval, with the direction of the likelihood left and right of the cut."""
        below = Intervals(self.column, self.a, at, self.rises_a, left)
        return below + Intervals(self.column, at, self.b, right, self.rises_b)

    def undecided(self, scale: Array) -> Intervals:
        """Those neither proven to rise or fall throughout nor too narrow to matter."""
        proven = np.where(self.rises_a, rises_between(self.a, self.b), falls_between(self.a, self.b))
        turning = self.rises_a != self.rises_b
        width = np.where(turning, CROSSING, WIDTH)
        wide = self.b[T] - self.a[T] > width * (self.b[T] + scale[self.column])
        return self[wide & (turning | ~proven)]


def highest(
    model: Mean,
    equation: Equation,
    likelihood: Callable[[At], Array],
    start: Array,
    top: Array,
    rss: Array,
    scale: Array,
) -> tuple[Array, Mask]:
    """The tau2 >= 0 of highest likelihood in each column, and whether it was found.

    start (m,): a guess; top: C < D from here on; rss: unweighted residual sums of squares; scale: typical
    sampling variances.
    """
    c, d, dc, dd = equation(model.fixed)
    zero = nodes(np.zeros_like(c), c, d, dc, dd)
    sound = np.isfinite(c) & np.isfinite(d) & (model.df > 0)
    climbs = sound & (c > d)
    peak, last, settled = roots(model, equation, np.minimum(start, top), zero[T], top, scale, climbs)
    at_peak = np.where(climbs, nodes(*last), zero)
    sound &= settled | ~climbs

    below = np.flatnonzero(climbs & ~rises_between(zero, at_peak))
    above = np.flatnonzero(sound & (c > 0) & (peak < top) & ~falls_beyond(at_peak, rss))
    if len(below) + len(above):
        end = nodes(top[above], *terms(model.take(above), equation, top[above]))
        yes, no = np.ones(len(below), dtype=bool), np.zeros(len(above), dtype=bool)
        doubt = Intervals(below, zero[:, below], at_peak[:, below], yes, yes)
        doubt += Intervals(above, at_peak[:, above], end, no, no)
        peak = _best(model, likelihood, peak, *_other_maxima(model, equation, doubt, scale))
    return peak, sound


def _other_maxima(model: Mean, equation: Equation, doubt: Intervals, scale: Array) -> tuple[Index, Array]:
    """Columns and places of the maxima inside the intervals."""
    columns, places = [doubt.column[:0]], [scale[:0]]
    while len(doubt := doubt.undecided(scale)):
        typical = scale[doubt.column]
        t = np.sqrt((doubt.a[T] + typical) * (doubt.b[T] + typical)) - typical
        c, d, dc, dd = terms(model.take(doubt.column), equation, t)
        halves = doubt.split(nodes(t, c, d, dc, dd), c > d, c > d)
        peaked = halves.rises_a & ~halves.rises_b
        doubt, peaks = halves[~peaked], halves[peaked]
        if len(peaks):
            low, high, yes = peaks.a[T], peaks.b[T], np.ones(len(peaks), dtype=bool)
            part, typical = model.take(peaks.column), scale[peaks.column]
            place, last, _ = roots(part, equation, 0.5 * (low + high), low, high, typical, yes)
            columns.append(peaks.column)
            places.append(place)
            doubt += peaks.split(nodes(*last), yes, ~yes)
    return np.concatenate(columns), np.concatenate(places)


def _best(model: Mean, likelihood: Callable[[At], Array], peak: Array, column: Index, others: Array) -> Array:
    """The highest of all maxima in the columns that have others."""
    rivals = np.unique(column)
    column, place = np.concatenate([rivals, column]), np.concatenate([peak[rivals], others])
    height = model.take(column).each(1, lambda part, t: (likelihood(part.at(t)),), place)[0]
    order = np.argsort(height, kind="stable")
    peak[column[order]] = place[order]
    return peak
