"""PET, PEESE and PET-PEESE: the effect of a study without sampling error, by regression.

PET regresses the effects on their standard errors and is biased low where there is an effect, PEESE on their
variances and is biased high where there is none; PET-PEESE takes PEESE once PET has found an effect (Stanley
& Doucouliagos 2014). All three are unreliable with few studies or much heterogeneity (Stanley 2017).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from claimbook.synthesis.line import line
from claimbook.synthesis.model import Array, effects


@dataclass(frozen=True)
class PetPeese:
    """The adjusted effect and the slope of the regression, "PET" or "PEESE", that it is from."""

    regression: str
    estimate: float
    se: float
    df: float
    low: float
    high: float
    p: float
    slope: float
    slope_se: float
    slope_p: float
    tau2: float


def pet_peese(
    y: ArrayLike,
    v: ArrayLike,
    method: str = "PET-PEESE",
    tau2: str | float = "EE",
    interval: str = "HKSJ",
    level: float = 0.95,
) -> PetPeese:
    """Adjust k >= 3 effects y with variances v for small-study effects; `method` is a key of PET_PEESE.

    tau2="EE", interval="HKSJ" is the authors' weighted regression; another tau2 is added to the variances.
    """
    if method not in PET_PEESE:
        raise ValueError(f"method must be one of {', '.join(PET_PEESE)}, got {method!r}")
    y, v = effects(y, v)
    if len(y) < 3:
        raise ValueError(f"y: {method} needs at least 3 effects, got {len(y)}")
    return PET_PEESE[method].function(lambda name, x: _regression(name, y, v, x, tau2, interval, level), v)


def _regression(
    name: str, y: Array, v: Array, x: Array, tau2: str | float, interval: str, level: float
) -> PetPeese:
    found = line(y, v, x, tau2, interval, level)
    effect, slope = found.intercept, found.slope
    return PetPeese(
        regression=name,
        estimate=effect.estimate,
        se=effect.se,
        df=effect.df,
        low=effect.low,
        high=effect.high,
        p=effect.p,
        slope=slope.estimate,
        slope_se=slope.se,
        slope_p=slope.p,
        tau2=found.tau2,
    )


Regress = Callable[[str, Array], PetPeese]


def pet(regress: Regress, v: Array) -> PetPeese:
    """The intercept of y on the standard error (Egger's regression, read the other way round)."""
    return regress("PET", np.sqrt(v))


def peese(regress: Regress, v: Array) -> PetPeese:
    """The intercept of y on the variance."""
    return regress("PEESE", v)


def conditional(regress: Regress, v: Array) -> PetPeese:
    """PEESE where PET's one-sided test finds an effect at .05 (two-sided p below .1), else PET."""
    first = pet(regress, v)
    return peese(regress, v) if first.p < 0.1 else first


@dataclass(frozen=True)
class Adjustment:
    label: str
    function: Callable[[Regress, Array], PetPeese]
    cite: str


PET_PEESE: dict[str, Adjustment] = {
    "PET": Adjustment("precision-effect test", pet, "stanley2014"),
    "PEESE": Adjustment("precision-effect estimate with standard error", peese, "stanley2014"),
    "PET-PEESE": Adjustment("PEESE where PET finds an effect", conditional, "stanley2014"),
}
