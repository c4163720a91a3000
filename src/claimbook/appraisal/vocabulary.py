"""The words of a rating: levels of certainty, domains, measures and study designs."""

from __future__ import annotations

from typing import NamedTuple

CERTAINTY = ("very_low", "low", "moderate", "high")
SYMBOLS = {"high": "⊕⊕⊕⊕", "moderate": "⊕⊕⊕◯", "low": "⊕⊕◯◯", "very_low": "⊕◯◯◯"}
MEANING = {
    "high": "We are very confident that the true effect lies close to the estimate.",
    "moderate": "The true effect is likely close to the estimate, but it may be substantially different.",
    "low": "Our confidence is limited: the true effect may be substantially different from the estimate.",
    "very_low": "We have very little confidence: the true effect is likely substantially different.",
}
DISCLAIMER = "Not an official GRADE Working Group / Cochrane assessment."

DOMAINS = {
    "risk_of_bias": "risk of bias",
    "inconsistency": "inconsistency",
    "indirectness": "indirectness",
    "imprecision": "imprecision",
    "publication_bias": "publication bias",
}
UPGRADES = {
    "large_effect": "large effect",
    "dose_response": "dose-response gradient",
    "opposing_confounding": "confounding that would hide the effect",
}
SEVERITY = {
    "low": 0,
    "low_except_confounding": 0,
    "moderate": 1,
    "some_concerns": 1,
    "serious": 2,
    "high": 2,
    "critical": 3,
}
FLAGS = {
    "REVIEW_GESTALT": "Two or more close calls cost a level each; look at the whole picture.",
    "FOLD_SENSITIVE": "The certainty hangs on how the risk-of-bias tool's middle category is read.",
    "LOW_RISK_ESTIMATE_MISSING": "The estimate of the studies at low risk of bias is not known.",
    "LOW_RISK_STUDIES_DIFFER": "The studies at low risk of bias differ and are the better basis.",
    "STUDY_ESTIMATES_MISSING": "Without every study's estimate, inconsistency was rated with caution.",
    "SINGLE_STUDY": "A single study.",
    "STUDIES_NOT_POOLED": "Studies that print too little to be pooled are not in the estimate.",
    "NOT_ASSESSED": "Nobody assessed a domain, so the certainty is at most this.",
    "DESIGN_NOT_STATED": "The studies' design is not stated; the rating starts from the best that it can be.",
    "BASELINE_RISK_MISSING": "The baseline risk is not known; only the ratio was rated.",
    "SPLIT_ROWS": "A credible subgroup effect asks for rows of its own.",
    "MIXED_DESIGNS": "The body mixes study designs.",
    "CRITICAL_STUDIES_POOLED": "Studies at critical risk of bias are pooled; they are usually left out.",
    "REASON_MISSING": "An indirectness answer costs a level and has no reason.",
    "SIZE_NOT_COMPUTABLE": "Whether the effect is implausibly large cannot be computed.",
    "OIS_NOT_COMPUTABLE": "The optimal information size cannot be computed.",
    "QUALITATIVE_PUBLICATION_BIAS": "A person has to judge publication bias.",
    "OVERRULE_STALE": "A person overruled a level that the rule no longer gives.",
}
LEVEL_WORDS = {
    0: "not serious",
    -1: "serious",
    -2: "very serious",
    -3: "extremely serious",
    1: "rated up one level",
    2: "rated up two levels",
}


class Measure(NamedTuple):
    """A contrast that can be rated: its kind, and whether it is analysed on the log scale."""

    kind: str
    log: bool
    label: str


class Design(NamedTuple):
    """A study design: where a rating starts (3 high .. 0 very low) and what it lacks."""

    start: int
    randomised: bool
    single_group: bool
    label: str


PER_PERSON = ("risk_ratio", "odds_ratio", "hazard_ratio", "risk_difference")
CONTINUOUS = ("standardised", "mean_difference", "means_ratio", "variability_ratio", "correlation")

MEASURES: dict[str, Measure] = {
    "SMD": Measure("standardised", False, "standardised mean difference"),
    "SMDH": Measure("standardised", False, "standardised mean difference, unequal variances"),
    "SMD1": Measure("standardised", False, "standardised mean difference, control SD"),
    "SMCC": Measure("standardised", False, "standardised mean change, SD of the change"),
    "SMCR": Measure("standardised", False, "standardised mean change, SD before"),
    "SMCRH": Measure("standardised", False, "standardised mean change, SD before, unequal variances"),
    "MD": Measure("mean_difference", False, "mean difference"),
    "MC": Measure("mean_difference", False, "mean change"),
    "PCT": Measure("mean_difference", False, "percent change of one group"),
    "ROM": Measure("means_ratio", True, "ratio of means"),
    "ROMC": Measure("means_ratio", True, "ratio of means, change"),
    "VR": Measure("variability_ratio", True, "variability ratio"),
    "CVR": Measure("variability_ratio", True, "coefficient of variation ratio"),
    "RR": Measure("risk_ratio", True, "risk ratio"),
    "OR": Measure("odds_ratio", True, "odds ratio"),
    "PETO": Measure("odds_ratio", True, "Peto odds ratio"),
    "HR": Measure("hazard_ratio", True, "hazard ratio"),
    "IRR": Measure("rate_ratio", True, "incidence rate ratio"),
    "RD": Measure("risk_difference", False, "risk difference"),
    "IRD": Measure("rate_difference", False, "incidence rate difference"),
    "COR": Measure("correlation", False, "correlation"),
    "UCOR": Measure("correlation", False, "correlation, corrected for bias"),
    "ZCOR": Measure("correlation", False, "correlation, Fisher's z"),
}

DESIGNS: dict[str, Design] = {
    "rct": Design(3, True, False, "randomised trials"),
    "rct_parallel": Design(3, True, False, "randomised parallel-group trials"),
    "rct_cluster": Design(3, True, False, "cluster-randomised trials"),
    "rct_crossover": Design(3, True, False, "randomised crossover trials"),
    "quasi_random": Design(3, True, False, "quasi-randomised trials"),
    "nrsi_controlled": Design(1, False, False, "non-randomised controlled studies"),
    "cohort": Design(1, False, False, "cohort studies"),
    "case_control": Design(1, False, False, "case-control studies"),
    "cross_sectional": Design(1, False, False, "cross-sectional studies"),
    "its": Design(1, False, False, "interrupted time series"),
    "cba": Design(1, False, False, "controlled before-after studies"),
    "single_group_prepost": Design(1, False, True, "single-group before-after studies"),
    "case_series": Design(1, False, True, "case series"),
    "case_report": Design(1, False, True, "case reports"),
}
