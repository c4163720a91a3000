"""An effect in units that readers know, beside the one that was rated.

A rating rests on the effect as it was pooled; what is here only says it again: events per 1000 people, points
of a named instrument, multiples of the smallest effect that matters, people who respond, percent of the
control mean. Each names what it assumes, and is left out where that is not known.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import NamedTuple

from claimbook.appraisal.absolute import (
    RISK,
    in_mid_units,
    in_natural_units,
    per_thousand,
    smd_to_ratio_of_means,
    smd_to_responders,
)
from claimbook.appraisal.checked import needed
from claimbook.appraisal.evidence import Evidence
from claimbook.appraisal.words import plain, together

Numbers = tuple[float, float, float]


class Shown(NamedTuple):
    """Estimate and limits in other units, and what that assumes."""

    est: float
    lo: float
    hi: float
    unit: str
    at: str

    @property
    def text(self) -> str:
        """``12.2 points (9.8 to 14.8), at an SD of 25``."""
        est, lo, hi = together(self.est, self.lo, self.hi)
        return f"{est} {self.unit} ({lo} to {hi}), {self.at}"


class Presentation(NamedTuple):
    """A way to show an effect: its name, how it is made (``None`` without its input), and its paper."""

    label: str
    shown: Callable[[Evidence], Shown | None]
    cite: str


def presentations(evidence: Evidence) -> dict[str, Shown]:
    """The body's effect in every other unit that its inputs allow, by the keys of ``PRESENTATIONS``."""
    if evidence.est is None:
        return {}
    made = {key: way.shown(evidence) for key, way in PRESENTATIONS.items()}
    return {key: shown for key, shown in made.items() if shown is not None}


def _numbers(evidence: Evidence) -> Numbers:
    return needed("est", evidence.est), needed("lo", evidence.lo), needed("hi", evidence.hi)


def _per_1000(evidence: Evidence) -> Shown | None:
    return _at_the_baseline(evidence, attrgetter("difference"), "more per 1000")


def _risk(evidence: Evidence) -> Shown | None:
    return _at_the_baseline(evidence, attrgetter("risk"), "per 1000")


def _at_the_baseline(evidence: Evidence, part: Callable[..., Numbers], unit: str) -> Shown | None:
    base = evidence.baseline_risk
    if evidence.kind not in RISK or base is None:
        return None
    made = per_thousand(evidence.kind, base, *_numbers(evidence))
    return Shown(*part(made), unit, f"at a baseline of {plain(1000 * base)} per 1000")


def _natural(evidence: Evidence) -> Shown | None:
    if evidence.kind != "standardised" or evidence.sd is None:
        return None
    est, lo, hi = (in_natural_units(x, evidence.sd) for x in _numbers(evidence))
    return Shown(est, lo, hi, evidence.unit or "points", f"at an SD of {plain(evidence.sd)}")


def _mids(evidence: Evidence) -> Shown | None:
    mid = evidence.threshold.value
    if evidence.log or mid is None:
        return None
    est, lo, hi = (in_mid_units(x, mid) for x in _numbers(evidence))
    return Shown(est, lo, hi, "times the smallest effect that matters", f"at {plain(mid)}")


def _responders(evidence: Evidence) -> Shown | None:
    """People who respond per 1000, response being a step towards benefit (Chinn 2000, ``chinn2000``)."""
    base = evidence.baseline_risk
    if evidence.kind != "standardised" or base is None or base >= 1:
        return None
    est, *limits = (1000 * smd_to_responders(x * evidence.better, base) for x in _numbers(evidence))
    at = f"where {plain(1000 * base)} respond without it"
    return Shown(est, min(limits), max(limits), "responders per 1000", at)


def _ratio_of_means(evidence: Evidence) -> Shown | None:
    if evidence.kind != "standardised" or evidence.sd is None or evidence.control_mean is None:
        return None
    sd, mean = evidence.sd, evidence.control_mean
    est, lo, hi = (100 * smd_to_ratio_of_means(x, sd, mean) for x in _numbers(evidence))
    return Shown(est, lo, hi, "% of the control mean", f"at a mean of {plain(mean)} and an SD of {plain(sd)}")


PRESENTATIONS: dict[str, Presentation] = {
    "per_1000": Presentation("events more or fewer per 1000 people", _per_1000, "guyatt2013abs"),
    "risk_per_1000": Presentation("events per 1000 people with it", _risk, "guyatt2013abs"),
    "natural_units": Presentation("points of a named instrument", _natural, "guyatt2013continuous"),
    "mid_units": Presentation("multiples of the smallest effect that matters", _mids, "guyatt2013continuous"),
    "responders": Presentation("people who respond, per 1000", _responders, "guyatt2013continuous"),
    "ratio_of_means": Presentation("percent of the control mean", _ratio_of_means, "guyatt2013continuous"),
}
