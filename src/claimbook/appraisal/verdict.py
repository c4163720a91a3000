"""The word at the top of a claim's page: what interval, smallest worthwhile effect and certainty say.

A verdict is about the claim, certainty and size stay dials of their own. What the claim asserts decides which
side of the interval speaks for it: benefit, harm, no difference, or no loss (not worse by an amount that
matters). A limit that lies on a line has not crossed it, as in the rating.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from claimbook.appraisal.evidence import Evidence
from claimbook.appraisal.narrative import directions
from claimbook.appraisal.settings import SETTINGS
from claimbook.appraisal.shares import complete
from claimbook.appraisal.steps import Rating
from claimbook.appraisal.target import Band

SUPPORTED = "Supported"
FOR_SOME = "Supported for some"
LITTLE = "Little or no difference"
CONTRADICTED = "Contradicted"
UNCERTAIN = "Too uncertain to call"
UNTESTED = "Untested"
NOT_EFFECT = "Not an effect claim"
VERDICTS = (SUPPORTED, FOR_SOME, LITTLE, CONTRADICTED, UNCERTAIN, UNTESTED, NOT_EFFECT)


class Verdict(NamedTuple):
    """``word`` is one of ``VERDICTS``, ``note`` qualifies it, ``sentence`` is the finding."""

    word: str
    sentence: str
    note: str = ""

    @property
    def label(self) -> str:
        return f"{self.word} ({self.note})" if self.note else self.word


def verdict(
    evidence: Evidence,
    rating: Rating | None,
    claimed: str = "benefit",
    subgroups: Sequence[Verdict] = (),
) -> Verdict:
    """The verdict on a claim that asserts ``claimed`` (a key of ``CLAIMED``).

    ``rating`` is None only for a body without studies. ``subgroups`` are the verdicts of subgroups, which
    count when the evidence calls the subgroup effect credible. ValueError on an unknown ``claimed``.
    """
    if claimed not in CLAIMED:
        raise ValueError(f"claimed: {claimed!r} is not one of {', '.join(CLAIMED)}")
    if evidence.k == 0:
        return Verdict(
            UNTESTED, f"Nobody has tested what {evidence.intervention} does to {evidence.outcome}."
        )
    if rating is None:
        raise ValueError("rating: is missing for a body with studies")
    if rating.certainty == "very_low":
        return Verdict(UNCERTAIN, rating.sentence)
    if evidence.est is None:
        word = _by_direction(evidence, claimed)
        return Verdict(word, rating.sentence, "" if word == UNCERTAIN else "by direction alone")
    found = {one.word for one in subgroups}
    if evidence.inconsistency.subgroup and len(found) > 1 and SUPPORTED in found:
        return Verdict(FOR_SOME, rating.sentence)
    word, note = CLAIMED[claimed](*_towards_benefit(evidence))
    return Verdict(word, rating.sentence, note)


def _by_direction(evidence: Evidence, claimed: str) -> str:
    """Where nothing was pooled: the way that three in four studies point, if there is one.

    Directions say nothing of amounts, so they carry a claim of benefit or harm, and no claim that a
    difference or a loss is too small to matter.
    """
    if not complete(evidence):
        return UNCERTAIN
    (shown, count), *_ = directions(evidence).most_common(1)
    if count < SETTINGS["same_direction"] * evidence.k or shown == "none":
        return UNCERTAIN
    for_it = {"benefit": "benefit", "no_loss": "benefit", "harm": "harm"}.get(claimed)
    return SUPPORTED if shown == for_it else CONTRADICTED


def _towards_benefit(evidence: Evidence) -> tuple[Band, Band | None]:
    """The interval and the band of trivial effects, turned so that up is better."""
    return _turned(evidence.limits, evidence.better), evidence.band and _turned(
        evidence.band, evidence.better
    )


def _turned(interval: Band, sign: int) -> Band:
    return interval if sign > 0 else (-interval[1], -interval[0])


def _benefit(limits: Band, band: Band | None) -> tuple[str, str]:
    lo, hi = limits
    low, high = band if band is not None else (0.0, 0.0)
    if lo > high:
        return SUPPORTED, ""
    if band is not None and low <= lo and hi <= high:
        return LITTLE, ""
    if lo > 0:
        return SUPPORTED, "size uncertain"
    if hi < low:
        return CONTRADICTED, "" if band is None else "important"
    return (CONTRADICTED, "small") if hi < 0 else (UNCERTAIN, "")


def _harm(limits: Band, band: Band | None) -> tuple[str, str]:
    return _benefit(_turned(limits, -1), band and _turned(band, -1))


def _no_difference(limits: Band, band: Band | None) -> tuple[str, str]:
    low, high = band if band is not None else (0.0, 0.0)
    if band is not None and low <= limits[0] and limits[1] <= high:
        return SUPPORTED, ""
    beyond = limits[0] > high or limits[1] < low
    return (CONTRADICTED, "") if beyond else (UNCERTAIN, "")


def _no_loss(limits: Band, band: Band | None) -> tuple[str, str]:
    low = band[0] if band is not None else 0.0
    if limits[0] >= low:
        return SUPPORTED, ""
    if limits[1] < low:
        return CONTRADICTED, ""
    return (CONTRADICTED, "size uncertain") if limits[1] < 0 else (UNCERTAIN, "")


CLAIMED: dict[str, Callable[[Band, Band | None], tuple[str, str]]] = {
    "benefit": _benefit,
    "harm": _harm,
    "no_difference": _no_difference,
    "no_loss": _no_loss,
}
