"""Permutation tests: p-values that need no normal distribution of the effects.

A single mean is tested by flipping the signs of the effects, moderators by giving the studies' rows of
moderators to each other (Follmann & Proschan 1999; Higgins & Thompson 2004). Every arrangement is refitted,
tau2 and all. All arrangements are taken where there are no more than asked for, else a random sample, the
observed one among them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import permutations, product
from math import factorial

import numpy as np

from claimbook.synthesis.batch import fit_rows
from claimbook.synthesis.linear import Fit
from claimbook.synthesis.model import Array
from claimbook.synthesis.pooled import Pooled
from claimbook.synthesis.regression import Regression
from claimbook.synthesis.tau2 import TAU2

ROUNDING = 1e-8  # statistics this close count as tied


@dataclass(frozen=True)
class PermutationTest:
    """p: of each coefficient, two-sided; qm_p: of all moderators; n: arrangements, all there are if exact."""

    p: dict[str, float]
    qm_p: float
    n: int
    exact: bool


def permute_signs(pooled: Pooled, n: int = 5000, seed: int = 1) -> PermutationTest:
    """Test a single mean against zero by the signs of its effects."""
    m = pooled.fitted.model
    exact = 2.0**m.k <= n
    flips = np.array(list(product((1.0, -1.0), repeat=m.k))) if exact else _random_signs(m.k, n, seed)
    rows = fit_rows(flips * (m.y + m.offset), m.v, _method(pooled.fitted), pooled.interval)
    observed = abs(pooled.statistic)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.where(rows.estimate == 0, 0.0, np.abs(rows.estimate / rows.se))
    p = float(np.mean(statistic >= observed * (1 - ROUNDING)))
    return PermutationTest({"mean": p}, p, len(flips), exact)


def permute_moderators(regression: Regression, n: int = 1000, seed: int = 1) -> PermutationTest:
    """Test each coefficient, and the moderators together, by giving the design's rows to other studies."""
    k, names = regression.k, regression.design.names
    exact = factorial(k) <= n
    rng = np.random.default_rng(seed)
    orders = permutations(range(k)) if exact else (rng.permutation(k) for _ in range(n - 1))
    drawn = [_statistics(_rearranged(regression, list(order))) for order in orders]
    observed = _statistics(regression)
    statistics = np.array(drawn if exact else [*drawn, observed])
    p = np.mean(statistics >= observed * (1 - ROUNDING), axis=0)
    return PermutationTest(
        dict(zip(names, p[:-1].tolist(), strict=True)), float(p[-1]), len(statistics), exact
    )


def _rearranged(regression: Regression, order: list[int]) -> Regression:
    """The regression in which the i-th row of moderators belongs to the effect order[i]."""
    f = regression.fit
    m = f.model
    y = (m.y + m.x @ m.offset)[order]
    offset = y @ m.x
    weights = None if m.weights is None else m.weights[order]
    moved = replace(m, y=y - m.x @ offset, v=m.v[order], offset=offset, weights=weights)
    tau2 = f.tau2_unit if f.method == "given" else TAU2[f.method].function(moved)
    return replace(regression, fit=replace(f, model=moved, tau2_unit=tau2))


def _statistics(regression: Regression) -> Array:
    """|t| of each coefficient, then the statistic of them together."""
    f = regression.fit
    return np.append(np.abs(f.beta) / np.sqrt(f.variances(np.eye(f.model.p))), regression.qm)


def _random_signs(k: int, n: int, seed: int) -> Array:
    """n rows of signs, the first all positive."""
    signs = np.random.default_rng(seed).choice((-1.0, 1.0), size=(n, k))
    signs[0] = 1.0
    return signs


def _method(f: Fit) -> str | float:
    return f.tau2_unit if f.method == "given" else f.method
