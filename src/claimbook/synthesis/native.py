"""Estimators of `batch_tau2` compiled, row by row, where numba is installed (the extra `fast`).

The same formulas, the same bracketed Newton steps and the same proof as in `batch_maxima`, written as loops
over one row at a time: several times as fast on many rows. Compiling takes seconds once; the result is kept
on disk.
"""

from __future__ import annotations

from math import frexp, inf, isnan, ldexp, log, nan, sqrt
from typing import Any

import numpy as np
from numba import njit, types
from scipy.special import chdtri

from claimbook.synthesis.batch_fit import Method, Solution
from claimbook.synthesis.batch_maxima import CLOSED, CROSSING, SETTLED, SMALLEST, STEPS, WIDTH
from claimbook.synthesis.batch_model import LARGEST_EXPONENT, Array, pack

REML, ML, Q, DL = 0, 1, 2, 3
STACK = 400  # intervals waiting for their proof; each is halved at most some forty times

FAST = {"reassoc", "contract", "nsz"}  # sums in any order; NaN and infinities keep their meaning
OPTIONS: dict[str, Any] = {"nogil": True, "cache": True, "error_model": "numpy", "fastmath": FAST}
SETS = types.Array(types.float64, 2, "C", readonly=True)
compiled: Any = njit(**OPTIONS)


@compiled
def _sums(y, v, n, t):  # type: ignore[no-untyped-def]
    """beta, sum(w), q, y'PPy, y'PPPy, tr(P), tr(PP), tr(WW) at weights 1 / (v + t)."""
    rest = mean = rest2 = rest3 = 0.0
    for j in range(1, n):
        w = 1 / (v[j] + t)
        rest += w
        mean += w * y[j]
        rest2 += w * w
        rest3 += w * w * w
    heavy = 1 / (v[0] + t)
    total = heavy + rest
    mean /= total
    q = pp = ppp = wwr = 0.0
    for j in range(1, n):
        w, r = 1 / (v[j] + t), y[j] - mean
        wr = w * r
        q += wr * r
        pp += wr * wr
        ppp += w * wr * wr
        wwr += w * wr
    pull = -heavy * mean
    q -= pull * mean
    pp += pull * pull
    ppp += (pull * heavy * (pull * rest - 2 * wwr) - wwr * wwr) / total
    lost, ratio = heavy * rest / total, rest2 / total
    trace2 = lost * lost + rest2 - 2 * rest3 / total + ratio * (2 * heavy * heavy + rest2) / total
    return mean, total, q, pp, ppp, rest + lost - ratio, trace2, heavy * heavy + rest2


@compiled
def _terms(kind, goal, y, v, n, t):  # type: ignore[no-untyped-def]
    """t, C, D and their derivatives."""
    return _terms_of(kind, goal, t, _sums(y, v, n, t))


@compiled
def _terms_of(kind, goal, t, sums):  # type: ignore[no-untyped-def]
    _, total, q, pp, ppp, trace, trace2, total2 = sums
    if kind == REML:
        return t, pp, trace, -2 * ppp, -trace2
    if kind == ML:
        return t, pp, total, -2 * ppp, -total2
    return t, q, goal, -pp, 0.0


@compiled
def _node(terms):  # type: ignore[no-untyped-def]
    t, c, d, dc, dd = terms
    root = 1 / sqrt(c)
    return t, root, -0.5 * dc * root / c, 1 / d, -dd / (d * d)


@compiled
def _rises_between(a, b):  # type: ignore[no-untyped-def]
    length = b[0] - a[0]
    from_b, from_a = b[1] - length * b[2], a[1] + length * a[2]
    return from_b * from_b < a[3] or from_a * from_a < b[3]


@compiled
def _falls_between(a, b):  # type: ignore[no-untyped-def]
    length = b[0] - a[0]
    slope = (b[1] - a[1]) / length
    x = min(max((a[4] - 2 * a[1] * slope) / (2 * slope * slope), 0.0), length)
    if x == 0 or (a[1] + slope * x) ** 2 > a[3] + a[4] * x:
        return True
    x = min(max((2 * b[1] * slope - b[4]) / (2 * slope * slope), 0.0), length)
    return (b[1] - slope * x) ** 2 > b[3] - b[4] * x


@compiled
def _falls_beyond(a, rss):  # type: ignore[no-untyped-def]
    slope = 1 / sqrt(rss)
    lead = 2 * a[1] * slope - a[4]
    return lead >= 0 or lead * lead < 4 * slope * slope * (a[1] * a[1] - a[3])


@compiled
def _root(kind, goal, y, v, n, t, low, high, scale):  # type: ignore[no-untyped-def]
    """The tau2 in a bracket at which C = D, the terms of the last iterate, and whether it settled."""
    terms = _terms(kind, goal, y, v, n, t)
    for _ in range(STEPS):
        _, c, d, dc, dd = terms
        if c > d:
            low = t
        else:
            high = t
        new = t + c * (c - d) / (dd * c - d * dc)
        if new > low and new < high:
            step, reach = abs(new - t), new + scale
            done = step * step <= SETTLED * new * reach or step <= SMALLEST * reach
        else:
            new, done = 0.5 * (low + high), high - low <= CLOSED * (high + scale)
        if done:
            return new, terms, True
        t = new
        terms = _terms(kind, goal, y, v, n, t)
    return t, terms, False


@compiled
def _height(kind, y, v, n, t):  # type: ignore[no-untyped-def]
    """Twice the log-likelihood, up to a constant."""
    _, total, q, _, _, _, _, _ = _sums(y, v, n, t)
    logs = 0.0
    for j in range(n):
        logs -= log(v[j] + t)
    return logs - q - (log(total) if kind == REML else 0.0)


@compiled
def _highest(kind, y, v, n, at_zero, start, top, rss, scale, ends, ups):  # type: ignore[no-untyped-def]
    """The highest maximum, and whether it was found; ends and ups are room for intervals."""
    terms = _terms_of(kind, 0.0, 0.0, at_zero)
    zero, best, climbs = _node(terms), 0.0, terms[1] > terms[2]
    if not (terms[1] < inf and terms[2] < inf):
        return nan, False
    nothing, peak = terms[1] == 0, zero
    if climbs:
        best, terms, settled = _root(kind, 0.0, y, v, n, min(start, top), 0.0, top, scale)
        if not settled:
            return nan, False
        peak = _node(terms)
    depth = 0
    if climbs and not _rises_between(zero, peak):
        depth = _push(ends, ups, depth, zero, peak, True, True)
    if not nothing and best < top and not _falls_beyond(peak, rss):
        end = _node(_terms(kind, 0.0, y, v, n, top))
        depth = _push(ends, ups, depth, peak, end, False, False)
    height = nan
    while depth:
        depth -= 1
        a, b, up_a, up_b = _pop(ends, ups, depth)
        if up_a and not up_b:
            place, terms, _ = _root(kind, 0.0, y, v, n, 0.5 * (a[0] + b[0]), a[0], b[0], scale)
            peak = _node(terms)
            depth = _push(ends, ups, depth, a, peak, True, True)
            depth = _push(ends, ups, depth, peak, b, False, False)
            if isnan(height):
                height = _height(kind, y, v, n, best)
            other = _height(kind, y, v, n, place)
            if other > height:
                best, height = place, other
            continue
        turns = up_a != up_b
        if not b[0] - a[0] > (CROSSING if turns else WIDTH) * (b[0] + scale):
            continue
        if not turns and (_rises_between(a, b) if up_a else _falls_between(a, b)):
            continue
        if depth + 2 > len(ends):
            return nan, False
        terms = _terms(kind, 0.0, y, v, n, sqrt((a[0] + scale) * (b[0] + scale)) - scale)
        middle, up = _node(terms), terms[1] > terms[2]
        depth = _push(ends, ups, depth, a, middle, up_a, up)
        depth = _push(ends, ups, depth, middle, b, up, up_b)
    return best, True


@compiled
def _push(ends, ups, depth, a, b, up_a, up_b):  # type: ignore[no-untyped-def]
    for i in range(5):
        ends[depth, i], ends[depth, 5 + i] = a[i], b[i]
    ups[depth, 0], ups[depth, 1] = up_a, up_b
    return depth + 1


@compiled
def _pop(ends, ups, depth):  # type: ignore[no-untyped-def]
    e = ends[depth]
    return (e[0], e[1], e[2], e[3], e[4]), (e[5], e[6], e[7], e[8], e[9]), ups[depth, 0], ups[depth, 1]


@compiled
def _pack(y, v, effects, variances):  # type: ignore[no-untyped-def]
    """The studies present, at unit scale, the most precise first: how many, their centre and unit.

    Minus one in place of how many where a number cannot be used.
    """
    n = best = 0
    for j in range(len(y)):
        if not (isnan(y[j]) or isnan(v[j])):
            if not (abs(y[j]) < inf and 0 < v[j] < inf):
                return -1, nan, nan
            effects[n], variances[n] = y[j], v[j]
            if variances[n] < variances[best]:
                best = n
            n += 1
    if n == 0:
        return 0, nan, nan
    centre, least = effects[best], variances[best]
    effects[best], variances[best] = effects[0], variances[0]
    effects[0], variances[0] = centre, least
    size = largest = 0.0
    for j in range(n):
        effects[j] -= centre
        size, largest = max(size, abs(effects[j])), max(largest, variances[j])
    exponent = min(max(frexp(max(size, sqrt(largest)))[1], -LARGEST_EXPONENT), LARGEST_EXPONENT)
    shrink = ldexp(1.0, -exponent)
    for j in range(n):
        effects[j] *= shrink
        variances[j] *= shrink * shrink
    return n, centre, 1 / shrink


@compiled
def _tau2(kind, goal, y, v, n, at_zero, ends, ups):  # type: ignore[no-untyped-def]
    """tau2 of packed studies, and whether it was found; at_zero: the sums at weights 1 / v."""
    _, total, q, _, _, trace, _, _ = at_zero
    crude = (q - (n - 1)) / trace
    if kind == DL:
        return max(0.0, crude), abs(crude) < inf
    squares = sum_ = largest = 0.0
    for j in range(n):
        squares += y[j] * y[j]
        sum_ += y[j]
        largest = max(largest, v[j])
    rss, scale, start = squares - sum_ * sum_ / n, n / total, max(0.0, crude)
    if kind != Q:
        share = rss / (n - 1 if kind == REML else n)
        top = max(0.0, 0.5 * (share + sqrt(share * (share + 4 * (largest - v[0])))) - v[0])
        return _highest(kind, y, v, n, at_zero, start, top, rss, scale, ends, ups)
    if not q > goal:
        return 0.0, q < inf
    top = max(0.0, rss / goal - v[0])
    tau2, _, found = _root(kind, goal, y, v, n, min(start, top), 0.0, top, scale)
    return tau2, found


@njit(
    types.void(types.int64, types.float64[::1], SETS, SETS, types.float64[:, ::1]),
    **OPTIONS,
)
def _solve(kind, goals, y, v, out):  # type: ignore[no-untyped-def]
    """For each row of y, v the fields of a `Solution` in a column of out; n is -1 for an unusable number."""
    k = y.shape[1]
    effects, variances = np.empty(k), np.empty(k)
    ends, ups = np.empty((STACK, 10)), np.empty((STACK, 2), np.bool_)
    for i in range(len(y)):
        n, centre, unit = _pack(y[i], v[i], effects, variances)
        out[0, i], out[1, i], out[2, i] = n, centre, unit
        out[3:, i], out[4, i] = nan, 0.0
        if n < 2:
            continue
        sums = _sums(effects, variances, n, 0.0)
        out[8, i], out[9, i] = sums[2], sums[5]
        tau2, found = _tau2(kind, goals[n - 1], effects, variances, n, sums, ends, ups)
        if tau2 != 0:
            sums = _sums(effects, variances, n, tau2)
        mean, total, q, _, _, _, _, _ = sums
        out[3, i], out[4, i], out[5, i], out[6, i], out[7, i] = tau2, found, mean, total, q


def solve(y: Array, v: Array, method: Method, first: int) -> Solution:
    """`batch_fit.solve` for the estimators of KINDS; one study or none is left without a solution."""
    kind = KINDS[str(method.tau2)]
    y, v, df = np.ascontiguousarray(y), np.ascontiguousarray(v), np.arange(y.shape[1] + 1.0)
    out = np.empty((len(Solution._fields), len(y)))
    _solve(kind, chdtri(df, 0.5) if method.tau2 == "PMM" else df, y, v, out)
    if (out[0] < 0).any():
        pack(y, v, first)  # says what is wrong
    fields = dict(zip(Solution._fields, out, strict=True))
    return Solution(**fields | {"found": out[4] > 0})


KINDS = {"DL": DL, "REML": REML, "ML": ML, "EB": Q, "PM": Q, "PMM": Q}
