"""The optimal information size: how many people one adequate trial would need.

Two-sided ``alpha`` and power 1 - ``beta`` (``guyatt2011imprecision``, ``coregrade2``); continuous outcomes
are powered for the MID, binary ones for a modest relative change of the baseline risk towards benefit.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import NamedTuple

from claimbook.appraisal.evidence import Evidence
from claimbook.appraisal.settings import Settings

NEGLIGIBLE = 1e-100
IN_SD_OF_CHANGE = ("SMCC", "PCT")


class Size(NamedTuple):
    """How many are needed and how many there are, in ``unit`` (participants or events)."""

    needed: float
    had: float
    unit: str


def optimal_size(evidence: Evidence, settings: Settings) -> Size | None:
    """The body against its optimal information size; ``None`` when an input for it is not known.

    Scaled by the body's design effect. An ``ois`` given with the evidence replaces the computation.
    """
    if evidence.kind == "rate_ratio" and evidence.ois is None:
        return None if evidence.events is None else Size(rate_events(settings), evidence.events, "events")
    if evidence.n is None:
        return None
    required = evidence.ois if evidence.ois is not None else _participants(evidence, settings)
    return None if required is None else Size(required, evidence.n, "participants")


def _participants(evidence: Evidence, settings: Settings) -> float | None:
    if evidence.per_person:
        if evidence.baseline_risk is None:
            return None
        other = modest_risk(evidence.baseline_risk, evidence.better, settings["rrr"])
        return math.ceil(evidence.design_effect * binary(evidence.baseline_risk, other, settings))
    distance = smallest_difference(evidence, settings)
    if distance is None:
        return None
    paired = evidence.single_group or evidence.design == "rct_crossover"
    if not paired:
        return math.ceil(evidence.design_effect * continuous(distance, settings))
    r = 0.5 if evidence.measure in IN_SD_OF_CHANGE else evidence.correlation
    r = settings["paired_correlation"] if r is None else r
    return math.ceil(evidence.design_effect * paired_continuous(distance, r, settings))


def smallest_difference(evidence: Evidence, settings: Settings) -> float | None:
    """The MID in standard deviations, or the default where none is set; ``None`` if the SD is not known."""
    mid = evidence.threshold.value
    if evidence.kind == "standardised":
        distance = settings["mid_smd"] if mid is None else mid
    elif evidence.kind == "mean_difference" and evidence.sd is not None:
        distance = settings["mid_sd_fraction"] if mid is None else mid / evidence.sd
    else:
        return None
    return distance if distance > NEGLIGIBLE else None


def _k(settings: Settings) -> float:
    """(z(1 - alpha/2) + z(1 - beta))^2, 7.8489 at the usual errors."""
    quantile = NormalDist().inv_cdf
    return (quantile(1 - settings["alpha"] / 2) + quantile(1 - settings["beta"])) ** 2


def continuous(distance: float, settings: Settings) -> int:
    """Both arms of a parallel trial that can find ``distance`` standard deviations: 2k / d^2 per arm."""
    return 2 * math.ceil(2 * _k(settings) / distance**2)


def paired_continuous(distance: float, r: float, settings: Settings) -> int:
    """One group measured twice, or a crossover: 2k(1 - r) / d^2. At r = 0.5 the SD is that of the change."""
    return math.ceil(2 * _k(settings) * (1 - r) / distance**2)


def binary(p0: float, p1: float, settings: Settings) -> int:
    """Both arms of a parallel trial: k[p0(1 - p0) + p1(1 - p1)] / (p0 - p1)^2 per arm."""
    return 2 * math.ceil(_k(settings) * (p0 * (1 - p0) + p1 * (1 - p1)) / (p0 - p1) ** 2)


def modest_risk(p0: float, better: int, rrr: float) -> float:
    """The risk after a modest relative change towards benefit.

    Where more events are better and a relative gain would exceed 1, the people without the event fall
    by ``rrr`` instead.
    """
    changed = p0 * (1 + better * rrr)
    return changed if changed < 1 else 1 - (1 - p0) * (1 - rrr)


def rate_events(settings: Settings) -> int:
    """Events in both arms of a rate comparison: k(1 + q)^2 / (1 - q)^2 with rate ratio q = 1 - rrr."""
    ratio = 1 - settings["rrr"]
    return math.ceil(_k(settings) * (1 + ratio) ** 2 / (1 - ratio) ** 2)
