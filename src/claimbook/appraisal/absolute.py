"""From relative to absolute: risks per 1000 people, and a standardised difference in words people use.

Baseline risk ``p0`` and intervention risk ``p1`` are proportions (a rate per person-time for IRR). Limits
of an interval are transformed one by one, with the unrounded effect (Guyatt et al. 2013, ``guyatt2013abs``).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

PI_OVER_ROOT_3 = math.pi / math.sqrt(3)


class Risk(NamedTuple):
    """``risk(p0, effect)`` gives p1; ``effect(p0, p1)`` gives it back, in the measure's own units."""

    risk: Callable[[float, float], float]
    effect: Callable[[float, float], float]


class PerThousand(NamedTuple):
    """Events per 1000 people: without and with the intervention, and the difference, each limit included."""

    baseline: float
    risk: tuple[float, float, float]
    difference: tuple[float, float, float]


def _odds(p: float) -> float:
    return p / (1 - p)


def _from_odds(odds: float) -> float:
    return odds / (1 + odds)


def _hazard(p: float) -> float:
    return -math.log1p(-p)


def per_thousand(kind: str, baseline: float, est: float, lo: float, hi: float) -> PerThousand:
    """Anticipated absolute effects of one body; risks are kept between 0 and 1 (rates above 0)."""
    ceiling = math.inf if kind == "rate_ratio" else 1.0
    risks = [min(max(RISK[kind].risk(baseline, effect), 0.0), ceiling) for effect in (est, lo, hi)]
    p1, low, high = (1000 * p for p in risks)
    base = 1000 * baseline
    return PerThousand(base, (p1, low, high), (p1 - base, low - base, high - base))


def number_needed(absolute: PerThousand) -> float | None:
    """1 / |p1 - p0|; ``None`` unless the interval of the difference lies on one side of zero."""
    difference, low, high = absolute.difference
    return 1000 / abs(difference) if low * high > 0 else None


def in_natural_units(smd: float, sd: float) -> float:
    """A standardised difference on a named instrument whose SD is ``sd``."""
    return smd * sd


def in_mid_units(difference: float, mid: float) -> float:
    """How many minimal important differences an effect is worth."""
    return difference / mid


def smd_to_odds_ratio(smd: float) -> float:
    """ln OR = SMD * pi / sqrt(3) (Chinn 2000, ``chinn2000``)."""
    return math.exp(smd * PI_OVER_ROOT_3)


def smd_to_responders(smd: float, baseline: float) -> float:
    """The share of responders with the intervention where a share ``baseline`` responds without it."""
    return RISK["odds_ratio"].risk(baseline, smd_to_odds_ratio(smd))


def smd_to_ratio_of_means(smd: float, sd: float, mean_control: float) -> float:
    """(control mean + SMD * SD) / control mean, on an instrument with a true zero."""
    return (mean_control + smd * sd) / mean_control


RISK: dict[str, Risk] = {
    "risk_ratio": Risk(lambda p0, rr: p0 * rr, lambda p0, p1: p1 / p0),
    "odds_ratio": Risk(lambda p0, odds: _from_odds(_odds(p0) * odds), lambda p0, p1: _odds(p1) / _odds(p0)),
    "hazard_ratio": Risk(
        lambda p0, hr: -math.expm1(-_hazard(p0) * hr), lambda p0, p1: _hazard(p1) / _hazard(p0)
    ),
    "risk_difference": Risk(lambda p0, rd: p0 + rd, lambda p0, p1: p1 - p0),
    "rate_ratio": Risk(lambda rate0, irr: rate0 * irr, lambda rate0, rate1: rate1 / rate0),
}
