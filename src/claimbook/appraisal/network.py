"""Confidence in one comparison of a network meta-analysis: the steps of CINeMA that numbers decide.

Imprecision, heterogeneity and incoherence, each ``no``, ``some`` or ``major`` concerns (Nikolakopoulou et al.
2020, ``nikolakopoulou2020``). Risk of bias, indirectness and reporting bias need people; so does the sum.
"""

from __future__ import annotations

from typing import NamedTuple

CONCERNS = ("no", "some", "major")
HETEROGENEITY = (("no", "some", "major"), ("no", "no", "some"), ("no", "no", "no"))
COMMON_AREAS = {3: "no", 2: "some", 1: "major", 0: "major"}


class Zone(NamedTuple):
    """The effects too small to matter, and the null, all on one scale."""

    low: float
    high: float
    null: float = 0.0


def crossings(low: float, high: float, effect: float, zone: Zone) -> int:
    """How many of the two lines that count lie inside an interval: 0, 1 or 2.

    The lines are the null and the limit of the zone on the other side of it than the effect; an interval
    inside the zone crosses nothing that matters.
    """
    if not low <= high:
        raise ValueError(f"low: {low} is above high, {high}")
    if zone.low <= low and high <= zone.high:
        return 0
    below = zone.low if effect > zone.null else zone.null
    above = zone.high if effect < zone.null else zone.null
    return int(low < below < high) + int(low < above < high)


def imprecision(low: float, high: float, effect: float, zone: Zone) -> str:
    """Concerns by the crossings of the confidence interval."""
    return CONCERNS[crossings(low, high, effect, zone)]


def heterogeneity(
    confidence: tuple[float, float], prediction: tuple[float, float], effect: float, zone: Zone
) -> str:
    """Concerns by how much more the prediction interval crosses than the confidence interval."""
    seen = crossings(*confidence, effect, zone)
    return HETEROGENEITY[seen][crossings(*prediction, effect, zone)]


def incoherence(side_p: float | None, global_p: float | None, common_areas: int | None = None) -> str:
    """Concerns about direct against indirect evidence.

    ``side_p`` is the comparison's own test (``None`` without both kinds of evidence); a comparison with
    indirect evidence only is judged by the network's ``global_p``; one with neither has nothing to disagree.
    ``common_areas`` counts the areas (below, inside, above the zone) that both intervals reach. The cut-offs
    are those of CINeMA's documentation; its code differs in one branch.
    """
    if side_p is not None:
        if side_p >= 0.10:
            return "no"
        if common_areas not in COMMON_AREAS:
            raise ValueError(f"common_areas: {common_areas} is not 0, 1, 2 or 3")
        return COMMON_AREAS[common_areas]
    if global_p is None or global_p > 0.10:
        return "no"
    return "some" if global_p >= 0.01 else "major"
