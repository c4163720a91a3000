"""Rating up: only for non-randomised comparisons without any concern, never for a single group.

A large effect is a risk ratio above 2 or below 0.5 from at least two studies, with an interval that
excludes the limit (the last is a project convention); odds and hazard ratios are read as the risk ratio
they mean at the baseline risk. Continuous outcomes have no sourced limit and are never rated up
automatically. Dose-response and opposing confounding are a person's answers; Core GRADE has dropped the
second one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from claimbook.appraisal.absolute import RISK
from claimbook.appraisal.evidence import Evidence
from claimbook.appraisal.settings import Settings
from claimbook.appraisal.steps import Step, conclude


def core(evidence: Evidence, settings: Settings, down: Sequence[Step]) -> tuple[Step, ...]:
    """Large effect and dose-response (Core GRADE)."""
    return _considered(evidence, settings, down, (large_effect, dose_response))


def classic(evidence: Evidence, settings: Settings, down: Sequence[Step]) -> tuple[Step, ...]:
    """All three reasons of GRADE guidelines 9 (``guyatt2011up``)."""
    return _considered(evidence, settings, down, (large_effect, dose_response, opposing_confounding))


def none(evidence: Evidence, settings: Settings, down: Sequence[Step]) -> tuple[Step, ...]:
    """Nothing is rated up."""
    return ()


def _considered(
    evidence: Evidence, settings: Settings, down: Sequence[Step], rules: Sequence[Any]
) -> tuple[Step, ...]:
    if evidence.randomised:
        return ()
    steps: list[Step] = [rule(evidence, settings) for rule in rules]
    bar = _bar(evidence, down)
    return tuple(
        conclude(step.domain, RULES, f"G.UP.{bar}", 0, step.facts) if bar and step.level else step
        for step in steps
    )


def _bar(evidence: Evidence, down: Sequence[Step]) -> str:
    if evidence.single_group:
        return "SINGLEGROUP"
    if any(step.unassessed and step.domain == "risk_of_bias" for step in down):
        return "UNASSESSED"
    return "CONCERNS" if any(step.level < 0 for step in down) else ""


def large_effect(evidence: Evidence, settings: Settings) -> Step:
    """+1 beyond a risk ratio of 2, +2 beyond 5; the limit nearest to 1 must be beyond as well."""
    ratio = _nearest_risk_ratio(evidence)
    facts: dict[str, Any] = {"rr_nearest": ratio, "k": evidence.k, "est": evidence.est}
    quote = settings.quote("rr_large", "rr_very_large", "large_studies")
    few = evidence.k < settings["large_studies"]
    if ratio is None or few or evidence.upgrades.plausible_confounder or ratio <= settings["rr_large"]:
        return conclude("large_effect", RULES, "G.UP.LARGE.NO", 0, facts, threshold=quote)
    if ratio > settings["rr_very_large"]:
        return conclude("large_effect", RULES, "G.UP.LARGE.VERY", 2, facts, threshold=quote)
    return conclude("large_effect", RULES, "G.UP.LARGE.YES", 1, facts, threshold=quote)


def _nearest_risk_ratio(evidence: Evidence) -> float | None:
    """The interval's limit nearest to 1, as a risk ratio from 1 up; ``None`` without a meaning."""
    if evidence.kind not in RISK or evidence.est is None:
        return None
    logs = [_log_risk_ratio(evidence, limit) for limit in evidence.limits]
    known = [value for value in logs if value is not None]
    if len(known) < 2:
        return None
    return 1.0 if min(known) <= 0 <= max(known) else math.exp(min(abs(value) for value in known))


def _log_risk_ratio(evidence: Evidence, effect: float) -> float | None:
    if evidence.kind in ("risk_ratio", "rate_ratio"):
        return effect
    base = evidence.baseline_risk
    if base is None:
        return None
    risk = RISK[evidence.kind].risk(base, evidence.in_units(effect))
    return math.log(risk / base) if risk > 0 else -math.inf


def dose_response(evidence: Evidence, settings: Settings) -> Step:
    """+1 when a person found a dose-response gradient."""
    return _human("dose_response", evidence.upgrades.dose_response)


def opposing_confounding(evidence: Evidence, settings: Settings) -> Step:
    """+1 when a person found that remaining confounding would have hidden the effect."""
    return _human("opposing_confounding", evidence.upgrades.opposing_confounding)


def _human(domain: str, found: bool) -> Step:
    rule = f"G.UP.{domain.upper()}.{'YES' if found else 'NO'}"
    return conclude(domain, RULES, rule, int(found), {"judged": found})


RULES = {
    "G.UP.LARGE.NO": "The effect is not large with certainty.",
    "G.UP.LARGE.YES": "The whole interval lies beyond a risk ratio of 2 (its nearest limit is {rr_nearest}).",
    "G.UP.LARGE.VERY": "The whole interval lies beyond a risk ratio of 5 (its nearest limit is "
    "{rr_nearest}).",
    "G.UP.DOSE_RESPONSE.YES": "A person found that more of it goes with more effect.",
    "G.UP.DOSE_RESPONSE.NO": "No dose-response gradient was found.",
    "G.UP.OPPOSING_CONFOUNDING.YES": "A person found that remaining confounding would have hidden the "
    "effect.",
    "G.UP.OPPOSING_CONFOUNDING.NO": "No confounding that would have hidden the effect was found.",
    "G.UP.SINGLEGROUP": "There is a reason to rate up, but a single group without comparison is never "
    "rated up.",
    "G.UP.UNASSESSED": "There is a reason to rate up, but not where nobody assessed risk of bias.",
    "G.UP.CONCERNS": "There is a reason to rate up, but not where another domain raises concern.",
}
