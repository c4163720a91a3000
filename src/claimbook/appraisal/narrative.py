"""Rating a synthesis without a pooled estimate (Murad et al. 2017, ``murad2017``).

The five domains by direction and size of the studies instead of an interval. Directions come from the
studies' estimates, or from ``shows`` where a study reports none.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from claimbook.appraisal.checked import needed
from claimbook.appraisal.evidence import Evidence
from claimbook.appraisal.inputs import StudyWeight
from claimbook.appraisal.risk_of_bias import single_group
from claimbook.appraisal.settings import Z95, Settings
from claimbook.appraisal.shares import complete, high_risk
from claimbook.appraisal.steps import Step, conclude
from claimbook.appraisal.target import NULL, crosses
from claimbook.appraisal.words import amount, counted


def directions(evidence: Evidence) -> Counter[str]:
    """How many studies point to benefit, harm or neither. EvidenceError unless every study is listed."""
    needed("studies", True if complete(evidence) else None, "a narrative rating needs all of them listed")
    return Counter(_shows(study, evidence) for study in evidence.studies)


def _shows(study: StudyWeight, evidence: Evidence) -> str:
    if study.shows is not None:
        return study.shows
    est = needed("studies.shows", study.est, "is missing: give shows or est for every study")
    effect = evidence.on_scale(est) * evidence.better
    return "benefit" if effect > 0 else "harm" if effect < 0 else "none"


def risk_of_bias(evidence: Evidence, settings: Settings) -> Step:
    """One level when at least half of the evidence, by size of the studies, is at high risk.

    Single groups go by their dominant judgement, as they do where they are pooled.
    """
    if evidence.single_group:
        return single_group(evidence, settings)
    risk = high_risk(evidence)
    facts: dict[str, Any] = {"w_high": risk.share, "basis": risk.basis}
    level = -1 if risk.share >= settings["classic_high_weight"] else 0
    quote = settings.quote("classic_high_weight")
    return conclude("risk_of_bias", RULES, "G.ROB.NARRATIVE", level, facts, risk.words, threshold=quote)


def inconsistency(evidence: Evidence, settings: Settings) -> Step:
    """One level when fewer than three in four studies point the same way."""
    if evidence.inconsistency.differ is not None:
        differ = evidence.inconsistency.differ
        rule = "G.INC.NARRATIVE.DIFFER" if differ else "G.INC.NARRATIVE.ALIKE"
        return conclude("inconsistency", RULES, rule, -differ, {"k": evidence.k, "judged": differ})
    if evidence.k < 2:
        single: dict[str, Any] = {"status": "not applicable"}
        return conclude("inconsistency", RULES, "G.INC.NARRATIVE.SINGLE", 0, single, flags=("SINGLE_STUDY",))
    (word, count), *_ = directions(evidence).most_common(1)
    facts: dict[str, Any] = {"most": word, "count": count, "k": evidence.k, "share": count / evidence.k}
    say = {"shows": SHOWS[word]}
    level = -1 if facts["share"] < settings["same_direction"] else 0
    quote = settings.quote("same_direction")
    return conclude("inconsistency", RULES, "G.INC.NARRATIVE", level, facts, say, threshold=quote)


def imprecision(evidence: Evidence, settings: Settings) -> Step:
    """One level for few people or events, or when the largest study leaves everything open."""
    unit = "participants" if evidence.events is None else "events"
    had = needed("n", evidence.n if evidence.events is None else evidence.events)
    facts: dict[str, Any] = {"had": float(had), "unit": unit}
    rest: dict[str, Any] = {
        "say": {"amount": f"{amount(had, unit)}{_uncounted(evidence)}"},
        "threshold": settings.quote("narrative_n"),
    }
    if had <= settings["narrative_n"]:
        return conclude("imprecision", RULES, "G.IMP.NARRATIVE.FEW", -1, facts, **rest)
    if _largest_is_open(evidence):
        return conclude("imprecision", RULES, "G.IMP.NARRATIVE.OPEN", -1, facts, **rest)
    return conclude("imprecision", RULES, "G.IMP.NARRATIVE.ENOUGH", 0, facts, **rest)


def _uncounted(evidence: Evidence) -> str:
    """``, and one study of unknown size``, where the participants are those of the other studies."""
    unknown = sum(study.n is None for study in evidence.studies)
    partly = evidence.events is None and 0 < unknown < len(evidence.studies)
    return f", and {counted(unknown, 'study', 'studies')} of unknown size" if partly else ""


def _largest_is_open(evidence: Evidence) -> bool:
    """Does the largest study's 95 % interval include both the null and an effect that matters?"""
    sized = [study for study in evidence.studies if study.n is not None]
    largest = max(sized, key=lambda study: study.n or 0, default=None)
    if largest is None or largest.est is None or largest.se is None:
        return False
    effect, reach, band = evidence.on_scale(largest.est), Z95 * largest.se, evidence.band or NULL
    limits = (effect - reach, effect + reach)
    return crosses(limits, 0) and any(crosses(limits, edge) for edge in band)


def publication_bias(evidence: Evidence, settings: Settings) -> Step:
    """One level for sponsored small studies or work known to be unpublished."""
    known = evidence.publication_bias
    if known.small_and_sponsored or known.unpublished_known:
        return conclude("publication_bias", RULES, "G.PUB.NARRATIVE.YES", -1, {"k": evidence.k})
    flags = ("QUALITATIVE_PUBLICATION_BIAS",)
    return conclude("publication_bias", RULES, "G.PUB.NARRATIVE.NO", 0, {"k": evidence.k}, flags=flags)


SHOWS = {
    "benefit": "point to benefit",
    "harm": "point to harm",
    "none": "point neither to benefit nor to harm",
}
RULES = {
    "G.ROB.NARRATIVE": "{carried}.",
    "G.INC.NARRATIVE.SINGLE": "One study cannot disagree with itself; inconsistency does not apply.",
    "G.INC.NARRATIVE.DIFFER": "A reader judges that the studies differ.",
    "G.INC.NARRATIVE.ALIKE": "A reader judges that the studies agree.",
    "G.INC.NARRATIVE": "{count} of {k} studies {shows}.",
    "G.IMP.NARRATIVE.FEW": "The evidence rests on only {amount}.",
    "G.IMP.NARRATIVE.OPEN": "The largest study is compatible with the null and with an effect that matters.",
    "G.IMP.NARRATIVE.ENOUGH": "The evidence rests on {amount}.",
    "G.PUB.NARRATIVE.YES": "Most studies are small and sponsored, or some are known to be unpublished.",
    "G.PUB.NARRATIVE.NO": "No unpublished study is known; a person has to look for missing ones.",
}
