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
from claimbook.appraisal.statements import interval
from claimbook.appraisal.steps import NOT_ASSESSED, Step, conclude
from claimbook.appraisal.target import NULL, crosses, target
from claimbook.appraisal.vocabulary import CONTINUOUS
from claimbook.appraisal.words import amount, plain

DOMAIN = "imprecision"
EVEN = 1e-9
EVENT_RATIOS = {"risk_ratio": "ci_ratio_rr", "hazard_ratio": "ci_ratio_rr", "rate_ratio": "ci_ratio_rr"}
EVENT_RATIOS["odds_ratio"] = "ci_ratio_or"


def core(evidence: Evidence, settings: Settings) -> Step:
    """Core GRADE 2, figure 4; two levels when the interval holds important benefit and important harm."""
    limits, chosen = evidence.limits, target(evidence)
    facts = _facts(evidence)
    rest: dict[str, Any] = {"say": _words(evidence), "borderline": borderline(evidence, settings)}
    band = evidence.band
    if band is not None and crosses(limits, band[0]) and crosses(limits, band[1]):
        return conclude(DOMAIN, RULES, "G.IMP.CG2.F4.BOTH", -2, facts, **rest)
    if any(crosses(limits, line) for line in chosen.band):
        return conclude(DOMAIN, RULES, "G.IMP.CG2.F4.CROSS", -1, facts, **rest)
    facts["large"] = large = is_large(evidence, settings)
    rest["threshold"] = settings.quote("large_rrr" if evidence.log else "large_smd")
    if large is None:
        flags = ("SIZE_NOT_COMPUTABLE",)
        return conclude(DOMAIN, RULES, "G.IMP.CG2.F4.UNSIZED", 0, facts, flags=flags, **rest)
    if not large:
        return conclude(DOMAIN, RULES, "G.IMP.CG2.F4.MODERATE", 0, facts, **rest)
    return _large(evidence, settings, facts)


def _large(evidence: Evidence, settings: Settings, facts: dict[str, Any]) -> Step:
    size = optimal_size(evidence, settings)
    facts |= {"ois": size and size.needed, "had": size and size.had, "unit": size and size.unit}
    near = size is not None and abs(size.had / size.needed - 1) <= settings["near"] + EVEN
    rest: dict[str, Any] = {
        "say": _words(evidence, size and size.had, size and size.unit),
        "borderline": near or borderline(evidence, settings),
    }
    if evidence.kind in EVENT_RATIOS:
        key = EVENT_RATIOS[evidence.kind]
        facts["ci_ratio"] = needed("hi", evidence.hi) / needed("lo", evidence.lo)
        rest["threshold"] = settings.quote("large_rrr", key, "rrr", "alpha", "beta")
        if facts["ci_ratio"] >= settings[key] - EVEN:
            return conclude(DOMAIN, RULES, "G.IMP.CG2.F4.LARGE.WIDE", -2, facts, **rest)
        return _against_size(size, facts, rest, settings, two_levels_below=0.0)
    keys = ("large_smd", "n_continuous", "ois_fraction", "alpha", "beta")
    rest["threshold"] = settings.quote(*keys)
    if evidence.kind in CONTINUOUS and (evidence.n or 0) >= settings["n_continuous"]:
        rest["say"] = _words(evidence, evidence.n, "participants")
        return conclude(DOMAIN, RULES, "G.IMP.CG2.F4.LARGE.ENOUGH", 0, facts | {"had": evidence.n}, **rest)
    fraction = settings["ois_fraction"] if evidence.kind in CONTINUOUS else 0.0
    return _against_size(size, facts, rest, settings, two_levels_below=fraction)


def _against_size(
    size: Size | None,
    facts: dict[str, Any],
    rest: dict[str, Any],
    settings: Settings,
    two_levels_below: float,
) -> Step:
    if size is None and facts["n"] is None:
        flags: tuple[str, ...] = ("OIS_NOT_COMPUTABLE", NOT_ASSESSED)
        level = -settings["unstated"]
        return conclude(DOMAIN, RULES, "G.IMP.CG2.F4.LARGE.NOPEOPLE", level, facts, flags=flags, **rest)
    if size is None:
        flags = ("OIS_NOT_COMPUTABLE",)
        return conclude(DOMAIN, RULES, "G.IMP.CG2.F4.LARGE.NOSIZE", 0, facts, flags=flags, **rest)
    if size.had >= size.needed:
        return conclude(DOMAIN, RULES, "G.IMP.CG2.F4.LARGE.ENOUGH", 0, facts, **rest)
    if size.had < two_levels_below * size.needed:
        return conclude(DOMAIN, RULES, "G.IMP.CG2.F4.LARGE.FAR", -2, facts, **rest)
    return conclude(DOMAIN, RULES, "G.IMP.CG2.F4.LARGE.FEW", -1, facts, **rest)


def classic(evidence: Evidence, settings: Settings) -> Step:
    """GRADE guidelines 6 (``guyatt2011imprecision``): enough information, no appreciable effect either way.

    Appreciable is a ratio below 0.75 or above 1.25, or half a standard deviation. Information is counted in
    events where they are known, otherwise against the optimal information size; 400 participants for
    continuous outcomes. An interval with the null in it costs one level where nothing says what would be
    appreciable (project convention).
    """
    (lo, hi), facts = evidence.limits, _facts(evidence)
    facts |= _information(evidence, settings)
    keys = ["classic_n", "classic_events", "classic_low", "classic_high", "classic_smd"]
    rest: dict[str, Any] = {
        "say": _words(evidence, facts["had"], facts["unit"]),
        "threshold": settings.quote(*keys),
        "borderline": borderline(evidence, settings),
    }
    edges = _appreciable(evidence, settings)
    if edges is None and crosses((lo, hi), 0):
        flags = ("SIZE_NOT_COMPUTABLE",)
        return conclude(DOMAIN, RULES, "G.IMP.CLASSIC.NULL", -1, facts, flags=flags, **rest)
    low, high = edges or (lo, hi)
    beyond = (lo < low) + (hi > high) if crosses((lo, hi), 0) else 0
    if beyond:
        rule = "G.IMP.CLASSIC.BOTH" if beyond == 2 else "G.IMP.CLASSIC.ONE"
        return conclude(DOMAIN, RULES, rule, -beyond, facts, **rest)
    if facts["enough"] is None:
        flags = ("OIS_NOT_COMPUTABLE",)
        return conclude(DOMAIN, RULES, "G.IMP.CLASSIC.NOSIZE", 0, facts, flags=flags, **rest)
    rule = "G.IMP.CLASSIC.ENOUGH" if facts["enough"] else "G.IMP.CLASSIC.FEW"
    return conclude(DOMAIN, RULES, rule, 0 if facts["enough"] else -1, facts, **rest)


def _appreciable(evidence: Evidence, settings: Settings) -> tuple[float, float] | None:
    """The edges beyond which an effect is appreciable in the classic rules, on the scale of analysis.

    ``None`` where neither a standard deviation nor a smallest effect that matters says so.
    """
    if evidence.log:
        return math.log(settings["classic_low"]), math.log(settings["classic_high"])
    if evidence.kind == "standardised":
        return -settings["classic_smd"], settings["classic_smd"]
    if evidence.kind == "mean_difference" and evidence.sd is not None:
        return -settings["classic_smd"] * evidence.sd, settings["classic_smd"] * evidence.sd
    if evidence.kind == "risk_difference" and evidence.baseline_risk is not None:
        p0 = evidence.baseline_risk
        return p0 * (settings["classic_low"] - 1), p0 * (settings["classic_high"] - 1)
    return evidence.band


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
    if had is None:
        return {"had": None, "required": required, "unit": unit, "enough": None}
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
        "lines": " and ".join(map(plain, lines)),
        "n": evidence.n,
    }


def _words(evidence: Evidence, had: float | None = None, unit: str | None = None) -> dict[str, str]:
    """The interval, where it lies and what backs it, in phrases for the rules' sentences."""
    backed = {} if had is None or unit is None else {"amount": amount(had, unit)}
    return {"interval": " to ".join(interval(evidence)[1:]), "lies": _lies(evidence), **backed}


def _lies(evidence: Evidence) -> str:
    """On which side of its lines the interval lies, or which of them it crosses."""
    word, band = target(evidence)
    sides = [plain(evidence.in_units(line)) for line in band if math.isfinite(line)]
    crossed = [plain(evidence.in_units(line)) for line in band if crosses(evidence.limits, line)]
    if word == "non_null":
        return f"{'includes' if crossed else 'excludes'} no difference ({sides[0]})"
    if crossed:
        return f"crosses the smallest effect that matters ({crossed[0]})"
    if word == "little_to_no":
        both = "up to " if math.isinf(band[0]) else "from " if math.isinf(band[1]) else ""
        return f"stays within the effects too small to matter ({both}{' to '.join(sides)})"
    return f"lies beyond the smallest effect that matters ({sides[-1 if evidence.theta > 0 else 0]})"


RULES = {
    "G.IMP.CLASSIC.BOTH": "The interval ({interval}) holds appreciable benefit and appreciable harm.",
    "G.IMP.CLASSIC.ONE": "The interval ({interval}) includes no difference and an appreciable effect.",
    "G.IMP.CLASSIC.NULL": "The interval ({interval}) includes no difference, and nothing says which effect "
    "would be appreciable.",
    "G.IMP.CLASSIC.FEW": "The body rests on {amount}; {required:.0f} are needed.",
    "G.IMP.CLASSIC.ENOUGH": "The body rests on {amount} ({required:.0f} are needed), and its interval "
    "({interval}) leaves no appreciable doubt.",
    "G.IMP.CLASSIC.NOSIZE": "The interval ({interval}) leaves no appreciable doubt; whether enough people "
    "back it cannot be computed.",
    "G.IMP.CG2.F4.BOTH": "The interval ({interval}) holds important benefit and important harm.",
    "G.IMP.CG2.F4.CROSS": "The interval ({interval}) {lies}.",
    "G.IMP.CG2.F4.MODERATE": "The interval ({interval}) {lies}, and the effect is not implausibly large.",
    "G.IMP.CG2.F4.UNSIZED": "The interval ({interval}) {lies}; whether the effect is implausibly large "
    "cannot be computed.",
    "G.IMP.CG2.F4.LARGE.WIDE": "The effect is large and its interval very wide ({interval}, a ratio of "
    "{ci_ratio}).",
    "G.IMP.CG2.F4.LARGE.NOSIZE": "The effect is large; the number of people it needs cannot be computed.",
    "G.IMP.CG2.F4.LARGE.NOPEOPLE": "The effect is large, and how many people back it is not stated.",
    "G.IMP.CG2.F4.LARGE.ENOUGH": "The effect is large, and {amount} are enough to back it.",
    "G.IMP.CG2.F4.LARGE.FEW": "The effect is large and rests on {amount}; one adequate trial needs "
    "{ois:.0f}.",
    "G.IMP.CG2.F4.LARGE.FAR": "The effect is large and rests on only {amount}; one adequate trial needs "
    "{ois:.0f}.",
}
