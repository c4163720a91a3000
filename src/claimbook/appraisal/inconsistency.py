"""Inconsistency between the studies of a body.

Core GRADE 3, figure 2: do estimates differ importantly, does the majority lie on one side of the chosen
threshold, does a credible subgroup explain it? A reader answers by looking at the forest plot; where they
did not, I2 and shares of the estimates stand in (I2 of 30 % is the only number the source names, with a
warning; 80 % and 20 % are conventions). The chosen threshold is the one of the target, as in the source:
a body rated against the null is not measured against a MID here. Without the studies' estimates the
second question cannot be answered and one level goes, flagged.
"""

from __future__ import annotations

import math
from typing import Any

from claimbook.appraisal.checked import needed
from claimbook.appraisal.evidence import Evidence
from claimbook.appraisal.settings import Z95, Settings
from claimbook.appraisal.shares import effects, weights
from claimbook.appraisal.steps import Step, conclude
from claimbook.appraisal.target import crosses, target, zone
from claimbook.appraisal.words import counted

DOMAIN = "inconsistency"
COUNT = "count of studies"
EVEN = 1e-9


def core(evidence: Evidence, settings: Settings) -> Step:
    """Core GRADE 3, figure 2, with the reader's answers where there are any."""
    if evidence.k < 2:
        return _single(evidence)
    answers, (facts, say) = evidence.inconsistency, _spread(evidence)
    differ = answers.differ if answers.differ is not None else facts["i2"] > settings["i2_cut"]
    rest: dict[str, Any] = {
        "say": say,
        "borderline": _borderline(evidence, settings, facts),
        "threshold": settings.quote("i2_cut"),
    }
    if not differ:
        return conclude(DOMAIN, RULES, "G.INC.CG3.F2.SIMILAR", 0, facts, **rest)
    if answers.one_side is None:
        side, shares = _side(evidence, settings)
        facts |= shares
        say["of"] = "the studies" if shares.get("basis") == COUNT else "the weight"
        rest["threshold"] = settings.quote("i2_cut", "zone_majority", "opposite_each", "max_auto")
        rest["borderline"] = _borderline(evidence, settings, facts)
    else:
        side = "ONESIDE" if answers.one_side else "JUDGED"
    if side == "ONESIDE":
        return conclude(DOMAIN, RULES, "G.INC.CG3.F2.ONESIDE", 0, facts, **rest)
    if answers.subgroup:
        return conclude(DOMAIN, RULES, "G.INC.CG3.F2.SUBGROUP", 0, facts, flags=("SPLIT_ROWS",), **rest)
    flags = ("STUDY_ESTIMATES_MISSING",) if side == "UNSEEN" else ()
    level = -settings["max_auto"] if side == "OPPOSED" else -1
    return conclude(DOMAIN, RULES, f"G.INC.CG3.F2.{side}", level, facts, flags=flags, **rest)


def _side(evidence: Evidence, settings: Settings) -> tuple[str, dict[str, Any]]:
    """Where the estimates lie about the chosen threshold: the rule's word, and the shares that say so.

    Shares are counts of studies, or weights where studies are few or one outweighs the rest.
    """
    found = effects(evidence)
    if found is None:
        return "UNSEEN", {}
    parts, basis = weights(evidence)
    if evidence.k >= settings["small_k"] and max(parts) <= 0.5:
        parts, basis = [1 / evidence.k] * evidence.k, COUNT
    band = target(evidence).band
    above, inside, below = (
        sum(w for w, effect in zip(parts, found, strict=True) if zone(effect, band) == side)
        for side in (1, 0, -1)
    )
    largest = max(above, inside, below)
    facts = {"above": above, "inside": inside, "below": below, "largest": largest, "basis": basis}
    if largest >= settings["zone_majority"] - EVEN:
        return "ONESIDE", facts
    opposed = min(above, below) >= settings["opposite_each"] - EVEN
    return ("OPPOSED" if opposed else "SCATTERED"), facts


def classic(evidence: Evidence, settings: Settings) -> Step:
    """I2 bands with direction and overlap, after a published Cochrane matrix (CD009172, table 8).

    The matrix also asks for a low p of Q in its highest band; at k >= 2 an I2 of 75 % implies p < 0.05, so
    that question is not asked again. Where no I2 is known, a reader's answer stands in.
    """
    if evidence.k < 2:
        return _single(evidence)
    facts, say = _spread(evidence)
    if evidence.inconsistency.subgroup:
        return conclude(DOMAIN, RULES, "G.INC.CLASSIC.SUBGROUP", 0, facts, say, flags=("SPLIT_ROWS",))
    if facts["i2"] is None:
        differ = bool(evidence.inconsistency.differ)
        rule = "G.INC.CLASSIC.DIFFER" if differ else "G.INC.CLASSIC.ALIKE"
        return conclude(DOMAIN, RULES, rule, -differ, facts)
    quote = settings.quote("classic_i2_low", "classic_i2_high", "opposite_each")
    if facts["i2"] < settings["classic_i2_low"]:
        return conclude(DOMAIN, RULES, "G.INC.CLASSIC.LOW", 0, facts, threshold=quote)
    facts |= _directions(evidence, settings)
    if facts["i2"] >= settings["classic_i2_high"]:
        rule = "G.INC.CLASSIC.HIGH.OPPOSED" if facts["opposed"] else "G.INC.CLASSIC.HIGH"
        return conclude(DOMAIN, RULES, rule, -2 if facts["opposed"] else -1, facts, threshold=quote)
    if facts["opposed"] is False and facts["overlap"]:
        return conclude(DOMAIN, RULES, "G.INC.CLASSIC.MIDDLE.SIMILAR", 0, facts, threshold=quote)
    if facts["opposed"] is None:
        flags = ("STUDY_ESTIMATES_MISSING",)
        return conclude(DOMAIN, RULES, "G.INC.CLASSIC.MIDDLE.UNSEEN", -1, facts, threshold=quote, flags=flags)
    return conclude(DOMAIN, RULES, "G.INC.CLASSIC.MIDDLE", -1, facts, threshold=quote)


def _directions(evidence: Evidence, settings: Settings) -> dict[str, Any]:
    """Do studies point in different directions, and do their 95 % intervals all share a value?"""
    found = effects(evidence)
    if found is None:
        return {"opposed": None, "overlap": None}
    positive = sum(effect > 0 for effect in found) / len(found)
    opposed = min(positive, 1 - positive) >= settings["opposite_each"] - EVEN
    errors = [study.se for study in evidence.studies if study.se is not None]
    if len(errors) < len(found):
        return {"opposed": opposed, "overlap": None}
    lows = [y - Z95 * se for y, se in zip(found, errors, strict=True)]
    highs = [y + Z95 * se for y, se in zip(found, errors, strict=True)]
    return {"opposed": opposed, "overlap": max(lows) <= min(highs)}


def _single(evidence: Evidence) -> Step:
    facts: dict[str, Any] = {"status": "not applicable", "unpooled": evidence.unpooled or None}
    say = {"others": counted(evidence.unpooled, "more study", "more studies")}
    rule = "G.INC.SINGLE.OTHERS" if evidence.unpooled else "G.INC.SINGLE"
    return conclude(DOMAIN, RULES, rule, 0, facts, say, flags=("SINGLE_STUDY",))


def _spread(evidence: Evidence) -> tuple[dict[str, Any], dict[str, str]]:
    """I2 in percent, tau and the prediction interval; and in words how it is known that studies differ."""
    i2 = evidence.i2 if evidence.i2 is not None else i_squared(evidence)
    judged = evidence.inconsistency.differ is not None
    if not judged:
        needed("i2", i2, "is missing: give I2 in percent, or each study's est and se")
    known = ["as a reader judges"] if judged else []
    known += [] if i2 is None else [f"I² {i2:.0f} %"]
    interval = prediction_interval(evidence)
    facts = {
        "i2": None if i2 is None else float(i2),
        "tau": None if evidence.tau2 is None else math.sqrt(evidence.tau2),
        "prediction": None if interval is None else [evidence.in_units(x) for x in interval],
    }
    return facts, {"known": "; ".join(known)}


def _borderline(evidence: Evidence, settings: Settings, facts: dict[str, Any]) -> bool:
    """A close call: I2 near its cut, the majority near its limit, or a prediction interval that tells more.

    It tells more when it crosses a line that the confidence interval clears.
    """
    i2 = facts["i2"]
    if i2 is not None and settings["near_i2_low"] <= i2 <= settings["near_i2_high"]:
        return True
    if abs(facts.get("largest", 0.0) - settings["zone_majority"]) <= settings["near_zone"] + EVEN:
        return True
    wide = prediction_interval(evidence)
    lines = set(target(evidence).band)
    return wide is not None and any(
        crosses(wide, line) and not crosses(evidence.limits, line) for line in lines
    )


def i_squared(evidence: Evidence) -> float | None:
    """I2 in percent from the studies' Q (Higgins & Thompson 2002, ``higgins2002``); ``None`` without them."""
    found = effects(evidence)
    errors = [study.se for study in evidence.studies if study.se is not None]
    if found is None or len(errors) < len(found) or len(found) < 2:
        return None
    precision = [(min(errors) / se) ** 2 for se in errors]
    mean = sum(w * y for w, y in zip(precision, found, strict=True)) / sum(precision)
    q = sum(z * z for z in ((y - mean) / se for y, se in zip(found, errors, strict=True)))
    return 100 * max(0.0, 1 - (len(found) - 1) / q) if q > 0 else 0.0


def prediction_interval(evidence: Evidence) -> tuple[float, float] | None:
    """The body's own, or theta -+ t(k - 2) * sqrt(tau2 + se2) (Higgins et al. 2009, ``higgins2009``).

    On the scale of analysis; ``None`` for fewer than three studies or an unknown tau2.
    """
    if evidence.prediction is not None:
        return evidence.on_scale(evidence.prediction[0]), evidence.on_scale(evidence.prediction[1])
    if evidence.est is None or evidence.tau2 is None or evidence.k < 3:
        return None
    from scipy.special import stdtrit

    lo, hi = evidence.limits
    error = (hi - lo) / (2 * Z95)
    reach = float(stdtrit(evidence.k - 2, 0.975)) * math.hypot(math.sqrt(evidence.tau2), error)
    return evidence.theta - reach, evidence.theta + reach


RULES = {
    "G.INC.SINGLE": "One study cannot disagree with itself; inconsistency does not apply.",
    "G.INC.SINGLE.OTHERS": "The estimate is one study's; {others} of the question cannot be set against it.",
    "G.INC.CG3.F2.SIMILAR": "The studies' estimates are similar ({known}).",
    "G.INC.CG3.F2.ONESIDE": "The estimates differ ({known}), but most lie on one side of the threshold.",
    "G.INC.CG3.F2.SUBGROUP": "The estimates differ ({known}), and a credible subgroup effect explains why; "
    "the subgroups belong in rows of their own.",
    "G.INC.CG3.F2.OPPOSED": "The estimates differ ({known}) and lie on opposite sides of the threshold, "
    "unexplained.",
    "G.INC.CG3.F2.JUDGED": "The estimates differ ({known}), and a reader judges that they lie on both sides "
    "of the threshold.",
    "G.INC.CG3.F2.SCATTERED": "The estimates differ ({known}): no more than {largest:.0%} of {of} lies on "
    "one side of the threshold.",
    "G.INC.CG3.F2.UNSEEN": "The estimates differ ({known}), and without each study's estimate nobody can "
    "say that most lie on one side of the threshold.",
    "G.INC.CLASSIC.ALIKE": "A reader judges that the estimates are similar.",
    "G.INC.CLASSIC.DIFFER": "A reader judges that the estimates differ.",
    "G.INC.CLASSIC.LOW": "I² is {i2:.0f} %, which might not matter.",
    "G.INC.CLASSIC.SUBGROUP": "The estimates differ ({known}), and a credible subgroup effect explains why.",
    "G.INC.CLASSIC.MIDDLE.SIMILAR": "I² is {i2:.0f} %, but the studies point in one direction and overlap.",
    "G.INC.CLASSIC.MIDDLE": "I² is {i2:.0f} %, and the studies do not all overlap in one direction.",
    "G.INC.CLASSIC.MIDDLE.UNSEEN": "I² is {i2:.0f} %, and without each study's estimate nobody can say that "
    "they point in one direction.",
    "G.INC.CLASSIC.HIGH": "I² is {i2:.0f} %, which is considerable.",
    "G.INC.CLASSIC.HIGH.OPPOSED": "I² is {i2:.0f} %, and the studies point in different directions.",
}
