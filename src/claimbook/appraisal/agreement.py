"""Do two raters agree? Percent, Cohen's kappa and Gwet's AC1 over the same items.

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
    from statsmodels.stats.inter_rater import cohens_kappa

    pairs = Counter(zip(first, second, strict=True))
    table = [[pairs[a, b] for b in categories] for a in categories]
    plain = cohens_kappa(table)
    weighted = float(cohens_kappa(table, wt="quadratic").kappa) if ordered else None
    return float(plain.kappa), float(plain.kappa_low), min(float(plain.kappa_upp), 1.0), weighted


def ac1(first: Sequence[str], second: Sequence[str], categories: int) -> float:
    """(pa - pe) / (1 - pe) with pe = sum of pi(1 - pi) / (q - 1), pi the raters' mean share of a category.

    Gwet 2008, ``gwet2008``, for two raters.
    """
    n = len(first)
    shares = [(count / (2 * n)) for count in Counter([*first, *second]).values()]
    by_chance = sum(share * (1 - share) for share in shares) / (categories - 1)
    agreed = sum(a == b for a, b in zip(first, second, strict=True)) / n
    return (agreed - by_chance) / (1 - by_chance)
