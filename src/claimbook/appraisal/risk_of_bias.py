"""Risk of bias of a body of evidence.

Core GRADE 4, figure 2: do high-risk studies dominate, and if so, could their bias account for the effect
or its absence? Otherwise nothing is rated down, but the low-risk studies alone may give the better
estimate. One level at most unless the settings say otherwise: the source has no two-level downgrade.
The source leaves the number for "substantially different" open; ours is ``inflation``.

In the branch that is not dominated the difference counts in both directions: the source asks there for
different magnitudes, not for the direction of bias.
"""

from __future__ import annotations

from typing import Any

from claimbook.appraisal.checked import needed
from claimbook.appraisal.evidence import Evidence
from claimbook.appraisal.settings import Settings
from claimbook.appraisal.shares import HighRisk, dominant_judgement, high_risk
from claimbook.appraisal.steps import Step, conclude
from claimbook.appraisal.target import NULL, zone

DOMAIN = "risk_of_bias"
EVEN = 1e-9


def core(evidence: Evidence, settings: Settings) -> Step:
    """Core GRADE 4, figure 2; a single group has no low-risk stratum and goes by its dominant judgement."""
    if evidence.single_group:
        return single_group(evidence, settings)
    risk = high_risk(evidence)
    facts: dict[str, Any] = {
        "w_high": risk.share,
        "basis": risk.basis,
        "fold": evidence.fold and evidence.fold.middle,
        "analysis_set": "all",
    }
    if risk.share == 0:
        return conclude(DOMAIN, RULES, "G.ROB.CG4.F2.NONE", 0, facts, risk.words)
    if risk.share == 1:
        return conclude(DOMAIN, RULES, "G.ROB.CG4.F2.ALLHIGH", -1, facts, risk.words)
    return _mixed(evidence, settings, risk, facts)


def _mixed(evidence: Evidence, settings: Settings, risk: HighRisk, facts: dict[str, Any]) -> Step:
    dominated = risk.share >= settings["dominant_weight"] - EVEN
    rest: dict[str, Any] = {
        "say": risk.words,
        "threshold": settings.quote("dominant_weight", "inflation", "signflip_levels"),
        "borderline": abs(risk.share - settings["dominant_weight"]) <= settings["near_weight"] + EVEN,
    }
    if risk.theta_low is None:
        if not dominated:
            return conclude(DOMAIN, RULES, "G.ROB.CG4.F2.NOTDOMINATED", 0, facts, **rest)
        flags = ("LOW_RISK_ESTIMATE_MISSING",)
        return conclude(DOMAIN, RULES, "G.ROB.CG4.F2.NOLOW", -1, facts, flags=flags, **rest)
    number, inflation = _rule(evidence, settings, risk.theta_low)
    facts |= {
        "est_all": evidence.est,
        "est_low": evidence.in_units(risk.theta_low),
        "inflation": inflation,
        "case": number,
    }
    if dominated:
        level = _levels(number, evidence, settings)
        return conclude(DOMAIN, RULES, f"G.ROB.CG4.F2.R{number}", level, facts, **rest)
    if number in (1, 2) and (inflation is None or abs(inflation) <= settings["inflation"]):
        return conclude(DOMAIN, RULES, "G.ROB.CG4.F2.NOTDOMINATED", 0, facts, **rest)
    facts["analysis_set"] = "low_only"
    flags = ("LOW_RISK_STUDIES_DIFFER",)
    return conclude(DOMAIN, RULES, "G.ROB.CG4.F2.LOWONLY", 0, facts, flags=flags, **rest)


def _rule(evidence: Evidence, settings: Settings, low: float) -> tuple[int, float | None]:
    """Which of the five cases holds, and the relative change (all over low-risk) where it has a meaning."""
    effect, band = evidence.theta, evidence.band or NULL
    all_zone, low_zone = zone(effect, band), zone(low, band)
    inflation = None if low == 0 else (abs(effect) - abs(low)) / abs(low)
    if all_zone * low_zone == -1:
        return 5, inflation
    if all_zone != low_zone:
        return 4, inflation
    if all_zone == 0:
        return 1, None
    flatters = (effect - low) * evidence.better > 0
    inflated = inflation is not None and inflation > settings["inflation"]
    return (3 if flatters and inflated else 2), inflation


def _levels(number: int, evidence: Evidence, settings: Settings) -> float:
    if number == 5:
        return -settings["signflip_levels"] if evidence.band is not None else -1
    return -1 if number in (3, 4) else 0


def single_group(evidence: Evidence, settings: Settings) -> Step:
    """One level for a body that is mostly at serious risk, two for critical (project convention).

    Where the studies have no words, one level if most of the body is at high risk.
    """
    quote = settings.quote("dominant_weight")
    word = dominant_judgement(evidence, settings["dominant_weight"])
    if word is not None:
        level = SINGLE_GROUP_LEVELS.get(word, 0)
        say = _words(evidence, word)
        return conclude(DOMAIN, RULES, "G.ROB.PP.WORD", level, {"judgement": word}, say, threshold=quote)
    risk = high_risk(evidence)
    level = -1 if risk.share >= settings["dominant_weight"] - EVEN else 0
    facts = {"w_high": risk.share, "basis": risk.basis}
    return conclude(DOMAIN, RULES, "G.ROB.PP.SHARE", level, facts, risk.words, threshold=quote)


def _words(evidence: Evidence, word: str) -> dict[str, str]:
    one = "The one pooled study" if evidence.unpooled else "The one study"
    subject = one if evidence.k == 1 else "Most of the evidence"
    return {"subject": subject, "spelt": word.replace("_", " ")}


def robins(evidence: Evidence, settings: Settings) -> Step:
    """ROBINS-I carries the penalty of missing randomisation: one level each for moderate, serious, critical.

    For bodies that start high (Schunemann et al. 2019, ``schunemann2019``; the levels are recalled).
    """
    word = needed("studies.rob", dominant_judgement(evidence, settings["dominant_weight"]))
    quote = f"{settings.quote('dominant_weight')}, levels by word (R)"
    level = ROBINS_LEVELS.get(word, 0)
    say = _words(evidence, word)
    return conclude(DOMAIN, RULES, "G.ROB.G18", level, {"judgement": word}, say, threshold=quote)


def classic(evidence: Evidence, settings: Settings) -> Step:
    """The Handbook's table: most information from low-risk studies, or enough high risk to matter.

    The shares are a project convention: the table (12.2.d of the 2011 Handbook) gives words.
    """
    if evidence.single_group:
        return single_group(evidence, settings)
    risk = high_risk(evidence)
    band = evidence.band or NULL
    differs = risk.theta_low is not None and zone(risk.theta_low, band) != zone(evidence.theta, band)
    facts: dict[str, Any] = {
        "w_high": risk.share,
        "basis": risk.basis,
        "low_risk_differs": differs,
    }
    rest: dict[str, Any] = {
        "say": risk.words,
        "threshold": settings.quote("classic_high_weight", "classic_very_high_weight"),
    }
    if risk.share >= settings["classic_very_high_weight"] - EVEN and differs:
        return conclude(DOMAIN, RULES, "G.ROB.CLASSIC.CRUCIAL", -2, facts, **rest)
    if risk.share >= settings["classic_high_weight"] - EVEN:
        return conclude(DOMAIN, RULES, "G.ROB.CLASSIC.HIGH", -1, facts, **rest)
    return conclude(DOMAIN, RULES, "G.ROB.CLASSIC.LOW", 0, facts, **rest)


SINGLE_GROUP_LEVELS = {"serious": -1, "high": -1, "critical": -2}
ROBINS_LEVELS = {"moderate": -1, "serious": -2, "critical": -3}
RULES = {
    "G.ROB.CG4.F2.NONE": "{carried}.",
    "G.ROB.CG4.F2.ALLHIGH": "{carried}, so no better evidence shows what the bias did.",
    "G.ROB.CG4.F2.NOLOW": "{carried}, and the estimate of the other studies is not known.",
    "G.ROB.CG4.F2.R1": "{carried}, but with and without them the effect is too small to matter ({est_all} "
    "against {est_low}).",
    "G.ROB.CG4.F2.R2": "{carried}, but the other studies agree ({est_all} against {est_low}).",
    "G.ROB.CG4.F2.R3": "{carried}, and the effect is {inflation:.0%} larger with them than without them "
    "({est_all} against {est_low}).",
    "G.ROB.CG4.F2.R4": "{carried}, and without them the effect falls on the other side of the threshold "
    "({est_all} against {est_low}).",
    "G.ROB.CG4.F2.R5": "{carried}, and without them the effect points the other way ({est_all} against "
    "{est_low}).",
    "G.ROB.CG4.F2.NOTDOMINATED": "{carried}, too little to dominate it.",
    "G.ROB.CG4.F2.LOWONLY": "{carried}, too little to dominate it; the other studies differ ({est_low} "
    "against {est_all}) and are the better basis.",
    "G.ROB.PP.WORD": "{subject} is at {spelt} risk of bias, and there is no comparison group.",
    "G.ROB.PP.SHARE": "{carried}, and there is no comparison group.",
    "G.ROB.G18": "{subject} is at {spelt} risk of bias by ROBINS-I.",
    "G.ROB.CLASSIC.LOW": "{carried}.",
    "G.ROB.CLASSIC.HIGH": "{carried}.",
    "G.ROB.CLASSIC.CRUCIAL": "{carried}, and the others fall on the other side of the threshold.",
}
