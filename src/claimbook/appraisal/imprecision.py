"""Imprecision: does the interval cross the chosen threshold, and is a large effect backed by enough people?

Core GRADE 2, figure 4, looks at sample size only when nothing is crossed and the effect is large; "large"
is sourced for ratios and a convention (0.8 SD) for continuous outcomes. The classic rules always look.
"""

from __future__ import annotations

import math
from typing import Any

from claimbook.appraisal.checked import needed
from claimbook.appraisal.evidence import Evidence
from claimbook.appraisal.information_size import Size, optimal_size
from claimbook.appraisal.settings import Settings
from claimbook.appraisal.steps import Step, conclude
from claimbook.appraisal.target import NULL, crosses, target
from claimbook.appraisal.vocabulary import CONTINUOUS

DOMAIN = "imprecision"
EVEN = 1e-9
EVENT_RATIOS = {"risk_ratio": "ci_ratio_rr", "hazard_ratio": "ci_ratio_rr", "rate_ratio": "ci_ratio_rr"}
EVENT_RATIOS["odds_ratio"] = "ci_ratio_or"


def core(evidence: Evidence, settings: Settings) -> Step:
    """Core GRADE 2, figure 4; two levels when the interval holds important benefit and important harm."""
    limits, chosen = evidence.limits, target(evidence)
    facts = _facts(evidence)
    rest: dict[str, Any] = {"borderline": borderline(evidence, settings)}
    band = evidence.band
    if band is not None and crosses(limits, band[0]) and crosses(limits, band[1]):
        return conclude(DOMAIN, RULES, "G.IMP.CG2.F4.BOTH", -2, facts, **rest)
    if any(crosses(limits, line) for line in chosen.band):
        return conclude(DOMAIN, RULES, "G.IMP.CG2.F4.CROSS", -1, facts, **rest)
    facts["large"] = large = is_large(evidence, settings)
    rest["threshold"] = settings.quote("large_rrr" if evidence.log else "large_smd")
    if large is None:
        return conclude(
            DOMAIN, RULES, "G.IMP.CG2.F4.UNSIZED", 0, facts, flags=("SIZE_NOT_COMPUTABLE",), **rest
        )
    if not large:
        return conclude(DOMAIN, RULES, "G.IMP.CG2.F4.MODERATE", 0, facts, **rest)
    return _large(evidence, settings, facts)


def _large(evidence: Evidence, settings: Settings, facts: dict[str, Any]) -> Step:
    size = optimal_size(evidence, settings)
    facts |= {"ois": size and size.needed, "had": size and size.had, "unit": size and size.unit}
    near = size is not None and abs(size.had / size.needed - 1) <= settings["near"] + EVEN
    rest: dict[str, Any] = {"borderline": near or borderline(evidence, settings)}
    if evidence.kind in EVENT_RATIOS:
        key = EVENT_RATIOS[evidence.kind]
        facts["ci_ratio"] = needed("hi", evidence.hi) / needed("lo", evidence.lo)
        rest["threshold"] = settings.quote("large_rrr", key, "rrr", "alpha", "beta")
        if facts["ci_ratio"] >= settings[key] - EVEN:
            return conclude(DOMAIN, RULES, "G.IMP.CG2.F4.LARGE.WIDE", -2, facts, **rest)
        return _against_size(size, facts, rest, two_levels_below=0.0)
    keys = ("large_smd", "n_continuous", "ois_fraction", "alpha", "beta")
    rest["threshold"] = settings.quote(*keys)
    if evidence.kind in CONTINUOUS and needed("n", evidence.n) >= settings["n_continuous"]:
        return conclude(DOMAIN, RULES, "G.IMP.CG2.F4.LARGE.ENOUGH", 0, facts | {"had": evidence.n}, **rest)
    fraction = settings["ois_fraction"] if evidence.kind in CONTINUOUS else 0.0
    return _against_size(size, facts, rest, two_levels_below=fraction)


def _against_size(
    size: Size | None, facts: dict[str, Any], rest: dict[str, Any], two_levels_below: float
) -> Step:
    if size is None:
        return conclude(
            DOMAIN, RULES, "G.IMP.CG2.F4.LARGE.NOSIZE", 0, facts, flags=("OIS_NOT_COMPUTABLE",), **rest
        )
    if size.had >= size.needed:
        return conclude(DOMAIN, RULES, "G.IMP.CG2.F4.LARGE.ENOUGH", 0, facts, **rest)
    if size.had < two_levels_below * size.needed:
        return conclude(DOMAIN, RULES, "G.IMP.CG2.F4.LARGE.FAR", -2, facts, **rest)
    return conclude(DOMAIN, RULES, "G.IMP.CG2.F4.LARGE.FEW", -1, facts, **rest)


def classic(evidence: Evidence, settings: Settings) -> Step:
    """GRADE guidelines 6 (``guyatt2011imprecision``): enough information, no appreciable effect either way.

    Appreciable is a ratio below 0.75 or above 1.25, or half a standard deviation. Information is counted in
    events where they are known, otherwise against the optimal information size; 400 participants for
    continuous outcomes.
    """
    (lo, hi), facts = evidence.limits, _facts(evidence)
    low, high = _appreciable(evidence, settings)
    facts |= _information(evidence, settings)
    keys = ["classic_n", "classic_events", "classic_low", "classic_high", "classic_smd"]
    rest = {"threshold": settings.quote(*keys), "borderline": borderline(evidence, settings)}
    beyond = (lo < low) + (hi > high) if crosses((lo, hi), 0) else 0
    if beyond:
        rule = "G.IMP.CLASSIC.BOTH" if beyond == 2 else "G.IMP.CLASSIC.ONE"
        return conclude(DOMAIN, RULES, rule, -beyond, facts, **rest)
    if facts["enough"] is None:
        flags = ("OIS_NOT_COMPUTABLE",)
        return conclude(DOMAIN, RULES, "G.IMP.CLASSIC.NOSIZE", 0, facts, flags=flags, **rest)
    rule = "G.IMP.CLASSIC.ENOUGH" if facts["enough"] else "G.IMP.CLASSIC.FEW"
    return conclude(DOMAIN, RULES, rule, 0 if facts["enough"] else -1, facts, **rest)


def _appreciable(evidence: Evidence, settings: Settings) -> tuple[float, float]:
    """The edges beyond which an effect is appreciable in the classic rules, on the scale of analysis."""
    if evidence.log:
        return math.log(settings["classic_low"]), math.log(settings["classic_high"])
    if evidence.kind == "standardised":
        return -settings["classic_smd"], settings["classic_smd"]
    if evidence.kind == "mean_difference" and evidence.sd is not None:
        return -settings["classic_smd"] * evidence.sd, settings["classic_smd"] * evidence.sd
    if evidence.kind == "risk_difference" and evidence.baseline_risk is not None:
        p0 = evidence.baseline_risk
        return p0 * (settings["classic_low"] - 1), p0 * (settings["classic_high"] - 1)
    return evidence.band or (-math.inf, math.inf)


def _information(evidence: Evidence, settings: Settings) -> dict[str, Any]:
    """What there is, what is needed, and whether that is enough (``None`` when it cannot be said)."""
    if evidence.kind in CONTINUOUS:
        had, required, unit = evidence.n, settings["classic_n"], "participants"
    elif evidence.events is not None:
        had, required, unit = evidence.events, settings["classic_events"], "events"
    else:
        size = optimal_size(evidence, settings)
        if size is None:
            return {"had": None, "required": None, "unit": None, "enough": None}
        had, required, unit = size.had, size.needed, size.unit
    had = needed("n", had)
    return {"had": had, "required": required, "unit": unit, "enough": had >= required}


def is_large(evidence: Evidence, settings: Settings) -> bool | None:
    """Is the effect implausibly large? ``None`` when the SD or baseline risk that would tell is not known."""
    if evidence.log:
        return _relative_change(evidence.theta) > settings["large_rrr"] + EVEN
    if evidence.kind == "risk_difference" and evidence.baseline_risk is not None:
        p0, p1 = evidence.baseline_risk, evidence.baseline_risk + evidence.theta
        return p1 <= 0 or _relative_change(math.log(p1 / p0)) > settings["large_rrr"] + EVEN
    if evidence.kind == "standardised":
        return abs(evidence.theta) >= settings["large_smd"]
    if evidence.kind == "mean_difference" and evidence.sd is not None:
        return abs(evidence.theta) / evidence.sd >= settings["large_smd"]
    return None


def _relative_change(log_ratio: float) -> float:
    return 1 - math.exp(-abs(log_ratio))


def borderline(evidence: Evidence, settings: Settings) -> bool:
    """Would a small shift change the answer? A limit or the estimate close to a line that counts."""
    (lo, hi), band, near = evidence.limits, evidence.band, settings["near"] + EVEN
    lines = {0.0, *(band or NULL)} - {math.inf, -math.inf}
    if any(abs(limit - line) <= near * (hi - lo) / 2 for limit in (lo, hi) for line in lines):
        return True
    sides = [abs(edge) for edge in band or () if math.isfinite(edge)]
    return any(abs(abs(evidence.theta) / side - 1) <= near for side in sides)


def _facts(evidence: Evidence) -> dict[str, Any]:
    chosen = target(evidence)
    lines = sorted({evidence.in_units(line) for line in chosen.band if math.isfinite(line)})
    return {
        "lo": evidence.lo,
        "hi": evidence.hi,
        "target": chosen.word,
        "lines": " and ".join(f"{line:.3g}" for line in lines),
        "n": evidence.n,
    }


RULES = {
    "G.IMP.CLASSIC.BOTH": "The interval ({lo} to {hi}) holds appreciable benefit and appreciable harm.",
    "G.IMP.CLASSIC.ONE": "The interval ({lo} to {hi}) includes the null and an appreciable effect.",
    "G.IMP.CLASSIC.FEW": "The body rests on {had:.0f} {unit}; {required:.0f} are needed.",
    "G.IMP.CLASSIC.ENOUGH": "The body rests on {had:.0f} {unit} ({required:.0f} are needed) and its "
    "interval ({lo} to {hi}) leaves no appreciable doubt.",
    "G.IMP.CLASSIC.NOSIZE": "The interval ({lo} to {hi}) leaves no appreciable doubt; the information "
    "needed cannot be computed.",
    "G.IMP.CG2.F4.BOTH": "The interval ({lo} to {hi}) holds important benefit and important harm.",
    "G.IMP.CG2.F4.CROSS": "The interval ({lo} to {hi}) crosses the threshold ({lines}).",
    "G.IMP.CG2.F4.MODERATE": "The interval ({lo} to {hi}) clears the threshold ({lines}), and the effect "
    "is not implausibly large.",
    "G.IMP.CG2.F4.UNSIZED": "The interval ({lo} to {hi}) clears the threshold ({lines}); whether the "
    "effect is implausibly large cannot be computed.",
    "G.IMP.CG2.F4.LARGE.WIDE": "The effect is large and its interval very wide ({lo} to {hi}, a ratio of "
    "{ci_ratio}).",
    "G.IMP.CG2.F4.LARGE.NOSIZE": "The effect is large; the number of people it needs cannot be computed.",
    "G.IMP.CG2.F4.LARGE.ENOUGH": "The effect is large, and enough people back it ({had:.0f}).",
    "G.IMP.CG2.F4.LARGE.FEW": "The effect is large and rests on {had:.0f} {unit}; one adequate trial "
    "needs {ois:.0f}.",
    "G.IMP.CG2.F4.LARGE.FAR": "The effect is large and rests on only {had:.0f} {unit}; one adequate trial "
    "needs {ois:.0f}.",
}
