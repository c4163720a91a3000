"""Permutation tests: p-values that need no normal distribution of the effects.

A single mean is tested by flipping the signs of the effects, moderators by giving the studies' rows of
moderators to each other (Follmann & Proschan 1999; Higgins & Thompson 2004). Every arrangement is refitted,
tau2 and all. All arrangements are taken where there are no more than asked for, else a random sample, the
observed one among them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations, product
from math import factorial

import numpy as np
from numpy.typing import NDArray

from claimbook.synthesis.batch import fit_rows
from claimbook.synthesis.batch_regress import regress_rows
from claimbook.synthesis.linear import Fit
from claimbook.synthesis.model import Array
from claimbook.synthesis.pooled import Pooled
from claimbook.synthesis.regression import Regression

ROUNDING = 1e-8  # statistics this close count as tied


@dataclass(frozen=True)
class PermutationTest:
    """p: of each coefficient, two-sided; qm_p: of all moderators; n: arrangements, all there are if exact."""

    p: dict[str, float]
    qm_p: float
    n: int
    exact: bool


def permute(fit: Pooled | Regression, n: int = 5000, seed: int = 1) -> PermutationTest:
    """The permutation test of a fit: `permute_signs` for a mean, `permute_moderators` for a regression.

    n: arrangements at the most. ValueError for what neither `pool` nor `regress` gives, and for a fit by
    weights of the user's or by a method that does not vectorise.
    """
    if isinstance(fit, Regression):
        return permute_moderators(fit, n, seed)
    if not isinstance(fit, Pooled):
        raise ValueError(f"fit must be what pool or regress gives, got {type(fit).__name__}")
    return permute_signs(fit, n, seed)


def permute_signs(pooled: Pooled, n: int = 5000, seed: int = 1) -> PermutationTest:
    """Test a single mean against zero by the signs of its effects."""
    f = _unweighted(pooled.fitted)
    k, exact = f.model.k, 2.0**f.model.k <= n
    signs = np.array(list(product((1.0, -1.0), repeat=k))) if exact else _random_signs(k, n, seed)
    rows = fit_rows(signs * _effects(f), f.model.v, _method(f), f.interval)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.where(rows.estimate == 0, 0.0, np.abs(rows.estimate / rows.se))
    p = float(_share_as_large(statistic, abs(pooled.statistic)))
    return PermutationTest({"mean": p}, p, len(signs), exact)


def permute_moderators(regression: Regression, n: int = 5000, seed: int = 1) -> PermutationTest:
    """Test each coefficient, and the moderators together, by giving the design's rows to other studies."""
    f, names = _unweighted(regression.fit), regression.design.names
    k, exact = f.model.k, factorial(f.model.k) <= n
    orders = np.array(list(permutations(range(k)))) if exact else _random_orders(k, n, seed)
    y, v = _effects(f)[orders], f.model.v[orders]
    rows = regress_rows(y, v, regression.design.matrix, _method(f), f.interval, names)
    observed = regression.coefficients["statistic"].abs().to_numpy()
    p = _share_as_large(np.abs(rows.estimate / rows.se), observed)
    qm_p = float(_share_as_large(rows.qm, regression.qm))
    return PermutationTest(dict(zip(names, p.tolist(), strict=True)), qm_p, len(orders), exact)


def _share_as_large(statistics: Array, observed: Array | float) -> Array:
    """The share of arrangements whose statistic is as large as the observed one, ties among them."""
    return np.asarray(np.mean(statistics >= observed * (1 - ROUNDING), axis=0))


def _random_signs(k: int, n: int, seed: int) -> Array:
    """n rows of signs, the first all positive."""
    signs = np.random.default_rng(seed).choice((-1.0, 1.0), size=(n, k))
    signs[0] = 1.0
    return signs


def _random_orders(k: int, n: int, seed: int) -> NDArray[np.int64]:
    """n orders of k studies, the first as they are."""
    orders = np.tile(np.arange(k), (n, 1))
    orders[1:] = np.random.default_rng(seed).permuted(orders[1:], axis=1)
    return orders


def _effects(f: Fit) -> Array:
    """The effects at unit scale."""
    return np.asarray(f.model.y + f.model.x @ f.model.offset)


def _unweighted(f: Fit) -> Fit:
    if f.model.weights is not None:
        raise ValueError("a fit with weights of the user's has no permutation test")
    return f


def _method(f: Fit) -> str | float:
    return f.tau2_unit if f.method == "given" else f.method
