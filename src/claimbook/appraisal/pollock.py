"""Rating a published review whose studies were not re-extracted (Pollock et al. 2016, ``pollock2016``).

Fixed rules for participants, risk of bias, heterogeneity and the review's own quality; what a review does not
report is assumed to be poor. The total of levels gives the certainty: none high, 1-2 moderate, 3-4 low,
5 or more very low (the totals are recalled). Indirectness and publication bias are not part of the rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from claimbook.appraisal.checked import needed
from claimbook.appraisal.evidence import Evidence
from claimbook.appraisal.settings import Settings
from claimbook.appraisal.steps import REVIEW_QUALITY, Step, conclude
from claimbook.appraisal.words import amount, counted

TOTALS = {0: 3, 1: 2, 2: 2, 3: 1, 4: 1}


def imprecision(evidence: Evidence, settings: Settings) -> Step:
    """Fewer than 200 participants cost one level, fewer than 100 two."""
    n = needed("n", evidence.n)
    level = 0 if n >= settings["pollock_n"] else -1 if n >= settings["pollock_few"] else -2
    quote = settings.quote("pollock_n", "pollock_few")
    say = {"amount": amount(n, "participants")}
    return conclude("imprecision", RULES, "G.POLLOCK.N", level, {"n": float(n)}, say, threshold=quote)


def risk_of_bias(evidence: Evidence, settings: Settings) -> Step:
    """One level unless three quarters of the participants are in low-risk studies."""
    share = evidence.review.low_rob_share if evidence.review is not None else None
    if share is None and evidence.risk_of_bias is not None and evidence.risk_of_bias.weight_high is not None:
        share = 1 - evidence.risk_of_bias.weight_high
    if share is None:
        return conclude("risk_of_bias", RULES, "G.POLLOCK.ROB.UNKNOWN", -1, {})
    level = 0 if share >= settings["pollock_low_risk"] else -1
    quote = settings.quote("pollock_low_risk")
    return conclude("risk_of_bias", RULES, "G.POLLOCK.ROB", level, {"low": share}, threshold=quote)


def inconsistency(evidence: Evidence, settings: Settings) -> Step:
    """One level when I2 exceeds 75 % or is not reported; none for a single trial."""
    facts: dict[str, Any] = {"k": evidence.k, "i2": evidence.i2}
    if evidence.k == 1:
        return conclude("inconsistency", RULES, "G.POLLOCK.SINGLE", 0, facts, flags=("SINGLE_STUDY",))
    if evidence.i2 is None:
        return conclude("inconsistency", RULES, "G.POLLOCK.I2.UNKNOWN", -1, facts)
    level = -1 if evidence.i2 > settings["pollock_i2"] else 0
    quote = settings.quote("pollock_i2")
    return conclude("inconsistency", RULES, "G.POLLOCK.I2", level, facts, threshold=quote)


def review_quality(evidence: Evidence, settings: Settings) -> Step:
    """AMSTAR questions 1-4: one no costs one level, more cost two."""
    review = needed("review", evidence.review, "is missing: give amstar_yes (questions 1-4 answered yes)")
    level = max(-2, review.amstar_yes - 4)
    say = {"count": counted(review.amstar_yes, "was", "were")}
    facts, totals = {"yes": review.amstar_yes}, "certainty by total (R)"
    return conclude(REVIEW_QUALITY, RULES, "G.POLLOCK.AMSTAR", level, facts, say, threshold=totals)


def indirectness(evidence: Evidence, settings: Settings) -> Step:
    return conclude("indirectness", RULES, "G.POLLOCK.NONE", 0, {"status": "not part of the rules"})


def publication_bias(evidence: Evidence, settings: Settings) -> Step:
    return conclude("publication_bias", RULES, "G.POLLOCK.NONE", 0, {"status": "not part of the rules"})


def total(start: int, steps: Sequence[Step]) -> int:
    """The certainty of so many levels lost; overrules count as levels."""
    lost = -sum(step.level for step in steps)
    return TOTALS.get(max(lost, 0), 0)


RULES = {
    "G.POLLOCK.N": "The review holds {amount}.",
    "G.POLLOCK.ROB": "{low:.0%} of the participants are in studies at low risk of bias.",
    "G.POLLOCK.ROB.UNKNOWN": "The review does not report risk of bias; it is assumed to be a concern.",
    "G.POLLOCK.SINGLE": "The review holds one trial; heterogeneity does not apply.",
    "G.POLLOCK.I2": "I² is {i2:.0f} %.",
    "G.POLLOCK.I2.UNKNOWN": "The review does not report I²; it is assumed to exceed 75 %.",
    "G.POLLOCK.AMSTAR": "Of the first four AMSTAR questions, {count} answered yes.",
    "G.POLLOCK.NONE": "The rules for overviews do not look at this.",
}
