"""p-curve: do the significant p-values of a set of studies have evidential value?

Of a true effect there are more p-values near 0 than near .05; of none they are uniform. The test looks at
significant studies only (Simonsohn, Nelson & Simmons 2014; the half curve, which resists ambitious p-hacking:
Simonsohn, Simmons & Nelson 2015). It does not estimate the effect: see `p_uniform`, method "KS".
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from claimbook.synthesis.intervals import quantile
from claimbook.synthesis.model import Array, check_level, effects
from claimbook.synthesis.search import root

LEAST, MOST = 1e-15, 1 - 1e-15


@dataclass(frozen=True)
class PCurve:
    """z and one-sided p of Stouffer's tests. right_skew: evidential value; flat: less than 33 % power would
    give.

    The half curve takes p < .025 only, and is None where there is none. power: of the studies, with its
    interval.
    """

    k: int
    k_significant: int
    k_half: int
    right_skew: tuple[float, float]
    right_skew_half: tuple[float, float] | None
    flat: tuple[float, float]
    flat_half: tuple[float, float] | None
    power: float
    power_low: float
    power_high: float

    @property
    def evidential(self) -> bool:
        """Half curve below .05, or both curves below .1 (Simonsohn, Simmons & Nelson 2015)."""
        half = self.right_skew_half[1] if self.right_skew_half else 1.0
        return half < 0.05 or (half < 0.1 and self.right_skew[1] < 0.1)

    @property
    def inadequate(self) -> bool:
        """The evidence is weaker than that of studies with 33 % power, by the same rule."""
        half = self.flat_half[1] if self.flat_half else 1.0
        return self.flat[1] < 0.05 or (half < 0.1 and self.flat[1] < 0.1)


def p_curve(y: ArrayLike, v: ArrayLike, level: float = 0.9) -> PCurve:
    """p-curve of effects y with variances v, from their two-sided z tests; level: of the interval of the
    power.

    ValueError where no effect is significant at .05.
    """
    y, v = effects(y, v)
    z = np.abs(y) / np.sqrt(v)
    z, half = z[z > _critical(0.05)], z[z > _critical(0.025)]
    if not len(z):
        raise ValueError("y: p-curve needs an effect that is significant at .05, got none")
    reach = quantile(check_level(level), inf)
    return PCurve(
        k=len(y),
        k_significant=len(z),
        k_half=len(half),
        right_skew=_stouffer(_beyond(z, 0.0, 0.05)),
        right_skew_half=_stouffer(_beyond(half, 0.0, 0.025)) if len(half) else None,
        flat=_stouffer(1 - _beyond(z, shift_of_power(1 / 3), 0.05)),
        flat_half=_stouffer(1 - _beyond(half, shift_of_power(1 / 3), 0.025)) if len(half) else None,
        power=_power(z, 0.0),
        power_low=_power(z, -reach),
        power_high=_power(z, reach),
    )


def _critical(alpha: float) -> float:
    return -float(ndtri(alpha / 2))


def _beyond(z: Array, shift: float, alpha: float) -> Array:
    """P(|Z| >= z given |Z| is significant at alpha) for Z ~ N(shift, 1): the pp-values."""
    return np.asarray(_exceeds(z, shift) / _exceeds(np.array(_critical(alpha)), shift))


def _exceeds(z: Array, shift: float) -> Array:
    return np.asarray(ndtr(shift - z) + ndtr(-shift - z))


def shift_of_power(power: float) -> float:
    """The mean of Z at which a two-sided test at .05 has this power."""
    return root(lambda shift: float(_exceeds(np.array(_critical(0.05)), shift)) - power, 0.0, 40.0)


def _stouffer(pp: Array) -> tuple[float, float]:
    z = float(ndtri(np.clip(pp, LEAST, MOST)).sum()) / sqrt(len(pp))
    return z, float(ndtr(z))


def _power(z: Array, target: float) -> float:
    """The power at which Stouffer's z of the pp-values is the target, between .05 and .99."""

    def excess(power: float) -> float:
        return _stouffer(_beyond(z, shift_of_power(power) if power > 0.05 else 0.0, 0.05))[0] - target

    if excess(0.05) >= 0:
        return 0.05
    return 0.99 if excess(0.99) <= 0 else root(excess, 0.05, 0.99)
