"""What more evidence would do: the chance that an updated meta-analysis settles a question.

New studies are drawn from what is known so far and pooled with the old ones, as often as asked (Sutton
et al. 2007). With heterogeneity between studies a single new one, however large, tells of itself: more
studies can do what more participants cannot, and `participants_needed` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import inf
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from claimbook.synthesis.batch import fit_rows
from claimbook.synthesis.batch_fit import infer
from claimbook.synthesis.batch_model import Array
from claimbook.synthesis.model import effects
from claimbook.synthesis.pooled import pool

if TYPE_CHECKING:
    import pandas as pd

MOST = 10_000_000  # participants of a study


class Update:
    """The evidence so far and n draws of what the truth and new studies may be.

    The mean effect is ``effect`` where it is given, else drawn from the t interval of the pooled
    effect; the effects of new studies are drawn around it with the tau2 found so far. All sizes of
    study are judged with the same random numbers, so that a larger one is never the worse by chance of
    the draw.
    """

    def __init__(
        self,
        y: ArrayLike,
        v: ArrayLike,
        unit_variance: float,
        studies: int = 1,
        effect: float | None = None,
        tau2: str | float = "REML",
        interval: str = "HKSJ",
        level: float = 0.95,
        n: int = 2000,
        seed: int | tuple[int, ...] = 1,
    ) -> None:
        """y, v (k,): the studies so far. unit_variance: the sampling variance of a study's effect times its
        participants (4 for a standardised difference with equal arms). studies: how many new ones, of
        one size. tau2, interval, level: as for `pool_many`. ValueError as there and for numbers out of
        range.
        """
        if not 0 < unit_variance < inf:
            raise ValueError(f"unit_variance must be positive and finite, got {unit_variance!r}")
        if studies < 1 or n < 1:
            raise ValueError(f"studies and n must be at least 1, got {studies!r} and {n!r}")
        self.y, self.v = effects(y, v)
        self.unit_variance, self.method, self.level = unit_variance, (tau2, interval), level
        now, rng = pool(self.y, self.v, tau2, interval, level), np.random.default_rng(seed)
        spread = rng.standard_normal(n) if now.df == inf else rng.standard_t(now.df, n)
        mean = now.estimate + now.se * spread if effect is None else np.full(n, float(effect))
        self.theta: Array = mean[:, None] + np.sqrt(now.tau2) * rng.standard_normal((n, studies))
        self.noise: Array = rng.standard_normal((n, studies))

    def settles(self, participants: float, threshold: float = 0.0) -> tuple[float, float]:
        """Chances that the updated interval lies wholly below, and wholly above, a threshold.

        participants: in each new study, or infinite.
        """
        y, v = self.effects(participants)
        updated = infer(fit_rows(y, v, *self.method), self.level)
        return float(np.mean(updated.high < threshold)), float(np.mean(updated.low > threshold))

    def effects(self, participants: float) -> tuple[Array, Array]:
        """The effects (n, k) and variances (k,) of the studies so far and the new ones after them."""
        n, studies = self.theta.shape
        new_v = max(self.unit_variance / participants, 1e-6 * self.v.min())
        y = np.hstack([np.tile(self.y, (n, 1)), self.theta + np.sqrt(new_v) * self.noise])
        return y, np.append(self.v, [new_v] * studies)


def settled_by(update: Update, participants: Iterable[int], threshold: float = 0.0) -> pd.DataFrame:
    """What each size of the new studies would do: participants, below, above, settled (shares)."""
    import pandas as pd

    chances = [(size, *update.settles(size, threshold)) for size in _sizes(participants)]
    table = pd.DataFrame(chances, columns=["participants", "below", "above"])
    return table.assign(settled=table["below"] + table["above"])


def participants_needed(update: Update, threshold: float = 0.0, power: float = 0.8) -> float:
    """The fewest participants in each new study for an updated interval without the threshold, at a power.

    Infinite where no number does: what is missing then is studies. Found to within one in a hundred.
    """
    if not 0 < power < 1:
        raise ValueError(f"power must lie between 0 and 1, got {power!r}")
    if sum(update.settles(inf, threshold)) < power:
        return inf
    return fewest(lambda size: sum(update.settles(size, threshold)) >= power, MOST, 0.01)


def fewest(enough: Callable[[int], bool], most: int, within: float) -> float:
    """The least number of one to ``most`` that is enough, to a share of itself; infinite where none is.

    Found by quadrupling and then halving, so where more is not always better it is one that is enough.
    """
    low, high = 0, 1
    while not enough(high):
        if high >= most:
            return inf
        low, high = high, min(4 * high, most)
    while high - low > max(1, within * high):
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _sizes(participants: Iterable[int]) -> list[int]:
    sizes = list(participants)
    if not sizes or min(sizes) < 1:
        raise ValueError(f"participants must be at least 1 in each new study, got {sizes}")
    return sizes
