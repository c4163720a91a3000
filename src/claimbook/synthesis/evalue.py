"""E-values: how strong an unmeasured confounder would have to be to explain an effect away.

The E-value is the least risk ratio that a confounder must have with both the exposure and the outcome
(VanderWeele & Ding 2017). It speaks of observational studies, not of selection, and a large one is no proof:
it says what would have to be true.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, inf, sqrt


@dataclass(frozen=True)
class EValue:
    """estimate: to move the effect to the null; interval: to move its nearer bound, 1 where it is past."""

    estimate: float
    interval: float | None
    risk_ratio: float


def e_value(
    estimate: float,
    low: float | None = None,
    high: float | None = None,
    measure: str = "RR",
    null: float | None = None,
) -> EValue:
    """E-value of an effect (low, high its interval) on its natural scale; `measure` is a key of
    E_VALUE_MEASURES.

    A ratio is given as a ratio, not as its logarithm; null: the effect to move to, by default none (1, or 0
    for an SMD). ValueError on a ratio that is not positive or an interval that does not hold its estimate.
    """
    if measure not in E_VALUE_MEASURES:
        raise ValueError(f"measure must be one of {', '.join(E_VALUE_MEASURES)}, got {measure!r}")
    row = E_VALUE_MEASURES[measure]
    null = row.null if null is None else null
    given = [x for x in (low, estimate, high, null) if x is not None]
    if not all(-inf < x < inf and (x > 0 or not row.ratio) for x in given):
        raise ValueError(
            f"estimate, low, high must be finite{', positive' * row.ratio} for {measure}, got {given}"
        )
    if not (low is None or low <= estimate) or not (high is None or estimate <= high):
        raise ValueError(f"the interval ({low}, {high}) must hold the estimate {estimate}")
    to_null = row.risk_ratio(null)
    ratio = row.risk_ratio(estimate) / to_null
    bound = low if ratio >= 1 else high
    interval = None
    if bound is not None:
        nearer = row.risk_ratio(bound) / to_null
        interval = _strength(nearer) if (nearer > 1) == (ratio > 1) and ratio != 1 else 1.0
    return EValue(_strength(ratio), interval, ratio)


def _strength(ratio: float) -> float:
    """RR + sqrt(RR (RR - 1)), of 1 / RR below one."""
    away = max(ratio, 1 / ratio)
    return away + sqrt(away * (away - 1))


def hazard_ratio(hr: float) -> float:
    """Risk ratio of a common outcome from a hazard ratio: (1 - 0.5^sqrt(HR)) / (1 - 0.5^sqrt(1 / HR))."""
    return float((1 - 0.5 ** sqrt(hr)) / (1 - 0.5 ** sqrt(1 / hr)))


@dataclass(frozen=True)
class Conversion:
    """From a measure to an approximate risk ratio; its value for no effect."""

    label: str
    risk_ratio: Callable[[float], float]
    null: float
    ratio: bool
    cite: str


E_VALUE_MEASURES: dict[str, Conversion] = {
    "RR": Conversion("risk ratio", float, 1.0, True, "vanderweele2017"),
    "OR-rare": Conversion("odds ratio, outcome below 15 %", float, 1.0, True, "vanderweele2017"),
    "OR": Conversion("odds ratio, common outcome", sqrt, 1.0, True, "vanderweele2017"),
    "HR-rare": Conversion("hazard ratio, outcome below 15 %", float, 1.0, True, "vanderweele2017"),
    "HR": Conversion("hazard ratio, common outcome", hazard_ratio, 1.0, True, "vanderweele2017"),
    "SMD": Conversion("standardized mean difference", lambda d: exp(0.91 * d), 0.0, False, "vanderweele2017"),
}
