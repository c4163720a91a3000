"""Kendall's rank correlation with its exact distribution."""

from __future__ import annotations

from math import inf, sqrt

import numpy as np

from claimbook.synthesis.intervals import two_sided_p
from claimbook.synthesis.model import Array


def kendall(x: Array, y: Array) -> tuple[float, float, float]:
    """tau-b, the normal statistic S / sqrt(var S), and the two-sided p of two vectors of length k >= 2.

    p is exact without ties, else normal with the variance of Kendall (1970, eq. 4.4). ValueError where one is
    constant.
    """
    k = len(x)
    score = float((np.sign(x[:, None] - x) * np.sign(y[:, None] - y)).sum()) / 2
    ties_x, ties_y = _ties(x), _ties(y)
    pairs = k * (k - 1) / 2
    free = [pairs - (t * (t - 1)).sum() / 2 for t in (ties_x, ties_y)]
    if not all(free):
        raise ValueError("a rank correlation needs values that differ, got only equal ones")
    z = score / sqrt(_variance(k, ties_x, ties_y))
    tied = min(free) < pairs
    return score / sqrt(free[0] * free[1]), z, two_sided_p(z, inf) if tied else _exact(score, k)


def _ties(x: Array) -> Array:
    return np.unique(x, return_counts=True)[1].astype(float)


def _variance(k: int, t: Array, u: Array) -> float:
    """Variance of S under independence, given group sizes of ties t and u."""
    whole = k * (k - 1) * (2 * k + 5) - sum(float((g * (g - 1) * (2 * g + 5)).sum()) for g in (t, u))
    pairs = float((t * (t - 1)).sum() * (u * (u - 1)).sum()) / (2 * k * (k - 1))
    triples = float((t * (t - 1) * (t - 2)).sum() * (u * (u - 1) * (u - 2)).sum())
    return whole / 18 + pairs + (triples / (9 * k * (k - 1) * (k - 2)) if k > 2 else 0.0)


def _exact(score: float, k: int) -> float:
    """Two-sided p of S from the number of inversions of a random permutation."""
    inversions = round((k * (k - 1) / 2 - abs(score)) / 2)
    chance = np.ones(1)
    for size in range(2, k + 1):
        chance = np.convolve(chance, np.full(size, 1 / size))
    return min(1.0, 2 * float(chance[: inversions + 1].sum()))
