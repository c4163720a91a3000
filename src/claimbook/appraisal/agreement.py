"""Do two raters agree? Percent, Cohen's kappa and Gwet's AC1 over the same items; for numbers the ICC.

Kappa collapses when nearly everything falls into one category although raters agree; AC1 does not. Both are
printed for that reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Agreement:
    """``percent`` is a proportion; kappas are ``None`` where all ratings fall into one category."""

    n: int
    percent: float
    kappa: float | None
    kappa_low: float | None
    kappa_high: float | None
    weighted_kappa: float | None
    ac1: float


def agreement(first: Sequence[str], second: Sequence[str], order: Sequence[str] | None = None) -> Agreement:
    """Agreement of two raters on the same items, in the same order.

    ``order`` lists the categories from best to worst and adds a quadratically weighted kappa. Kappa and its
    95 % interval are those of statsmodels (Cohen 1960, ``cohen1960``; Fleiss et al. 1969, ``fleiss1969``),
    the interval cut at 1.
    """
    if len(first) != len(second):
        raise ValueError(f"second: {len(second)} ratings do not match {len(first)} of the first rater")
    if not first:
        raise ValueError("first: there are no ratings")
    categories = list(order) if order is not None else sorted({*first, *second})
    if unknown := {*first, *second} - set(categories):
        raise ValueError(f"order: {sorted(unknown)[0]!r} is not in it")
    percent = sum(a == b for a, b in zip(first, second, strict=True)) / len(first)
    if len({*first, *second}) == 1:
        return Agreement(len(first), percent, None, None, None, None, 1.0)
    kappa, low, high, weighted = _kappas(first, second, categories, order is not None)
    return Agreement(len(first), percent, kappa, low, high, weighted, ac1(first, second, len(categories)))


def _kappas(
    first: Sequence[str], second: Sequence[str], categories: Sequence[str], ordered: bool
) -> tuple[float, float, float, float | None]:
    import numpy as np
    from statsmodels.stats.inter_rater import cohens_kappa

    pairs = Counter(zip(first, second, strict=True))
    table = [[pairs[a, b] for b in categories] for a in categories]
    with np.errstate(invalid="ignore"):  # where all agree, rounding leaves a variance just below zero
        plain = cohens_kappa(table)
        weighted = float(cohens_kappa(table, wt="quadratic").kappa) if ordered else None
    low, high = np.nan_to_num([plain.kappa_low, plain.kappa_upp], nan=plain.kappa)
    return float(plain.kappa), float(low), min(float(high), 1.0), weighted


def ac1(first: Sequence[str], second: Sequence[str], categories: int) -> float:
    """(pa - pe) / (1 - pe) with pe = sum of pi(1 - pi) / (q - 1), pi the raters' mean share of a category.

    Gwet 2008, ``gwet2008``, for two raters.
    """
    n = len(first)
    shares = [(count / (2 * n)) for count in Counter([*first, *second]).values()]
    by_chance = sum(share * (1 - share) for share in shares) / (categories - 1)
    agreed = sum(a == b for a, b in zip(first, second, strict=True)) / n
    return (agreed - by_chance) / (1 - by_chance)


def icc(*raters: Sequence[float]) -> float | None:
    """Intraclass correlation of single ratings, two-way, absolute agreement: ICC(A,1).

    (MSR - MSE) / (MSR + (k - 1) MSE + k (MSC - MSE) / n) with the mean squares of n items (R), k raters (C)
    and the rest (E) (McGraw & Wong 1996, ``mcgraw1996``, table 4). None for fewer than two items, or where no
    two ratings differ.
    """
    k, n = len(raters), len(raters[0]) if raters else 0
    if k < 2 or any(len(rater) != n for rater in raters):
        raise ValueError(
            f"raters: {[len(r) for r in raters]} ratings; give two raters or more, alike in length"
        )
    if n < 2 or len({rating for rater in raters for rating in rater}) == 1:
        return None
    rows = [sum(row) / k for row in zip(*raters, strict=True)]
    columns = [sum(rater) / n for rater in raters]
    mean = sum(rows) / n
    between_rows = k * sum((row - mean) ** 2 for row in rows)
    between_columns = n * sum((column - mean) ** 2 for column in columns)
    total = sum((rating - mean) ** 2 for rater in raters for rating in rater)
    msr, msc = between_rows / (n - 1), between_columns / (k - 1)
    mse = max(total - between_rows - between_columns, 0.0) / ((n - 1) * (k - 1))
    spread = msr + (k - 1) * mse + k * (msc - mse) / n
    return (msr - mse) / spread if spread > 0 else None
