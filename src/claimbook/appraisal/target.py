"""What is being rated: that an effect matters, does not matter, or exists (Core GRADE 2, figure 2)."""

from __future__ import annotations

from typing import NamedTuple

from claimbook.appraisal.evidence import Evidence

RULE = "G.TGT.CG2.F2"
Band = tuple[float, float]


class Target(NamedTuple):
    """The word for the target, and the band whose edges the interval and the studies are compared with."""

    word: str
    band: Band


NULL: Band = (0.0, 0.0)


def target(evidence: Evidence) -> Target:
    """Important effect or little to no effect where a MID is the threshold; otherwise any effect.

    With the null as threshold, an estimate inside a known MID still turns the target into little to no
    effect. Everything is on the scale of analysis.
    """
    band = evidence.band
    if band is not None and zone(evidence.theta, band) == 0:
        return Target("little_to_no", band)
    if evidence.threshold.type == "mid" and band is not None:
        return Target("important_effect", band)
    return Target("non_null", NULL)


def zone(effect: float, band: Band) -> int:
    """+1 above the band, -1 below it, 0 inside or on its edge."""
    return int(effect > band[1]) - int(effect < band[0])


def crosses(limits: Band, line: float) -> bool:
    """Does the interval contain the line strictly inside?"""
    return limits[0] < line < limits[1]
