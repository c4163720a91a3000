"""The same evidence in other grading languages, side by side and never averaged.

Each system is a function of the body, its rating and a few facts that only some systems ask for. Where a
fact is missing the answer is no level but the sentence that says what is missing. None of these is an
official assessment by the organisation whose rules it follows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from claimbook.appraisal.evidence import Evidence
from claimbook.appraisal.steps import Rating

NOTE = (
    "The same evidence in other grading languages, computed from the same record. The systems ask different "
    "questions and are never averaged; none of these is an official assessment."
)


@dataclass(frozen=True)
class Facts:
    """What single systems ask beyond the body itself; ``None`` means not known.

    ``p`` is the random-effects p value, ``cases`` counts events (or participants of continuous outcomes are
    read from the body); ``patient_oriented`` tells outcomes that people feel from markers of disease.
    ``trials`` holds (PEDro score, significant in the claimed direction) of each randomised trial.
    """

    p: float | None = None
    cases: float | None = None
    largest_study_p: float | None = None
    small_study_p: float | None = None
    excess_significance_p: float | None = None
    patient_oriented: bool | None = None
    cohorts: int = 0
    case_control: int = 0
    gradient: bool = False
    plausible: bool = False
    experimental: bool = False
    good_quality: bool = False
    trials: Sequence[tuple[int, bool]] = ()


class Level(NamedTuple):
    """A system's level (``None`` when it cannot be given) and the reason."""

    word: str | None
    because: str


class System(NamedTuple):
    """A grading system: its name, its rule, the citation key, and a warning to print with it."""

    label: str
    rule: Callable[[Evidence, Rating, Facts], Level]
    cite: str
    warning: str = ""


def other_systems(evidence: Evidence, rating: Rating, facts: Facts | None = None) -> dict[str, Level]:
    """Every system's level for one body, by the keys of ``SYSTEMS``."""
    known = facts or Facts()
    return {key: system.rule(evidence, rating, known) for key, system in SYSTEMS.items()}


def oxford(evidence: Evidence, rating: Rating, facts: Facts) -> Level:
    """Oxford CEBM 2011, treatment benefits."""
    if evidence.randomised:
        return Level("1", f"{evidence.k} trials together") if evidence.k > 1 else Level("2", "one trial")
    if evidence.single_group or evidence.design == "case_control":
        return Level("4", "no comparison group of the same time" if evidence.single_group else "case-control")
    return Level("3", "compared without randomisation")


def sort(evidence: Evidence, rating: Rating, facts: Facts) -> Level:
    """Strength of Recommendation Taxonomy; a marker of disease or fitness never exceeds C."""
    if facts.patient_oriented is None:
        return Level(None, "whether people feel the outcome is not recorded")
    if not facts.patient_oriented:
        return Level("C", "the outcome is a marker, not something people feel")
    if evidence.single_group:
        return Level("C", "a series of cases")
    good = evidence.randomised and rating.step("risk_of_bias").level == 0
    if good and rating.step("inconsistency").level == 0:
        return Level("A", "consistent trials of good quality")
    return Level("B", "inconsistent, or of limited quality")


def acsm(evidence: Evidence, rating: Rating, facts: Facts) -> Level:
    """American College of Sports Medicine categories; the numbers behind "rich body of data" are ours."""
    if evidence.k == 0:
        return Level("D", "no data; a panel would have to judge")
    if not evidence.randomised:
        return Level("C", "no randomised trial")
    enough = evidence.k >= 3 and (evidence.n or 0) >= 400
    if enough and rating.step("inconsistency").level == 0:
        return Level("A", f"{evidence.k} consistent randomised trials")
    return Level("B", "randomised trials that are few, small or inconsistent")


def nhmrc(evidence: Evidence, rating: Rating, facts: Facts) -> Level:
    """NHMRC levels of evidence for interventions."""
    if evidence.design == "quasi_random":
        return Level("III-1", "assigned by a method that is not quite random")
    if evidence.randomised:
        return (
            Level("I", "trials reviewed together") if evidence.k > 1 else Level("II", "one randomised trial")
        )
    if evidence.single_group:
        return Level("IV", "a series with measurements after, or before and after")
    if evidence.design == "its":
        return Level("III-3", "no concurrent controls")
    return Level("III-2", "concurrent controls without randomisation")


def nhmrc_base(evidence: Evidence, rating: Rating, facts: Facts) -> Level:
    """The evidence-base component of the NHMRC FORM matrix; the human components are left out."""
    level = nhmrc(evidence, rating, facts).word
    low_risk = rating.step("risk_of_bias").level == 0
    if level == "IV" or rating.step("risk_of_bias").level <= -2:
        return Level("D", "level IV, or high risk of bias")
    if level in ("I", "II"):
        if not low_risk:
            return Level("C", f"level {level} with a moderate risk of bias")
        return (
            Level("A", "several trials, low risk of bias")
            if evidence.k > 2
            else Level("B", "one or two trials")
        )
    return Level("B" if low_risk and evidence.k > 2 else "C" if low_risk else "D", f"level {level}")


def acc_aha(evidence: Evidence, rating: Rating, facts: Facts) -> Level:
    """ACC/AHA level of evidence (quality only; the class of recommendation is for people)."""
    if evidence.k == 0:
        return Level("C-EO", "expert opinion is all there is")
    if evidence.randomised:
        high = rating.step("risk_of_bias").level == 0 and evidence.k > 1
        return Level("A", "several trials of high quality") if high else Level("B-R", "moderate trials")
    if evidence.single_group or rating.step("risk_of_bias").level < 0:
        return Level("C-LD", "limited data")
    return Level("B-NR", "well-designed studies without randomisation")


def wcrf(evidence: Evidence, rating: Rating, facts: Facts) -> Level:
    """World Cancer Research Fund categories for observational evidence."""
    if not facts.cohorts and not facts.case_control:
        return Level(None, "how many cohort and case-control studies there are is not recorded")
    consistent = rating.step("inconsistency").level == 0
    several = facts.cohorts >= 2
    types = bool(facts.cohorts) + bool(facts.case_control) + facts.experimental
    sound = consistent and facts.good_quality and facts.plausible
    if several and types > 1 and sound and facts.gradient and facts.experimental:
        return Level("convincing", "several kinds of studies, a gradient and experiments")
    if sound and (several or facts.case_control >= 5):
        return Level("probable", "enough good and consistent studies")
    if facts.plausible and (several or facts.case_control >= 5):
        return Level("limited, suggestive", "enough studies, generally in one direction")
    return Level("limited, no conclusion", "too few studies, or no plausible mechanism")


def umbrella(evidence: Evidence, rating: Rating, facts: Facts) -> Level:
    """Classes of umbrella reviews of observational studies (Ioannidis and colleagues)."""
    if evidence.randomised or evidence.single_group:
        return Level(None, "these classes are for observational comparisons")
    if facts.p is None:
        return Level(None, "the random-effects p value is not recorded")
    many = (facts.cases or 0) > 1000 or (evidence.events is None and (evidence.n or 0) > 20_000)
    strong = facts.p < 1e-6 and many and _below(facts.largest_study_p, 0.05)
    if strong and _no_bias_in_sight(evidence, facts):
        return Level("I, convincing", "a tiny p, many cases, and no sign of bias or heterogeneity")
    if strong:
        return Level("II, highly suggestive", "a tiny p, many cases, and the largest study agrees")
    if facts.p < 1e-3 and many:
        return Level("III, suggestive", "p below 0.001 with many cases")
    return Level("IV, weak", "p below 0.05") if facts.p < 0.05 else Level("none", "p of 0.05 or more")


def _no_bias_in_sight(evidence: Evidence, facts: Facts) -> bool:
    clear = evidence.prediction is not None and _excludes_null(evidence)
    calm = evidence.i2 is not None and evidence.i2 < 50
    return clear and calm and _above(facts.small_study_p, 0.10) and _above(facts.excess_significance_p, 0.10)


def _excludes_null(evidence: Evidence) -> bool:
    low, high = (evidence.on_scale(limit) for limit in evidence.prediction or ())
    return low > 0 or high < 0


def _below(value: float | None, limit: float) -> bool:
    return value is not None and value < limit


def _above(value: float | None, limit: float) -> bool:
    return value is not None and value > limit


def van_tulder(evidence: Evidence, rating: Rating, facts: Facts) -> Level:
    """Best-evidence synthesis: counts of trials by quality (PEDro 6 and more) and of p values below 0.05."""
    if not evidence.randomised:
        return Level("none", "no randomised trial")
    if not facts.trials:
        return Level(None, "the trials' PEDro scores are not recorded")
    share = sum(found for _, found in facts.trials) / len(facts.trials)
    agreed = max(share, 1 - share)
    high = sum(score >= 6 for score, _ in facts.trials)
    if agreed < 0.75:
        return Level("conflicting", f"{agreed:.0%} of the trials agree")
    if share < 0.5:
        return Level("none", "most trials found no difference")
    if high >= 2:
        return Level("strong", f"{high} high-quality trials agree")
    if high == 1 or len(facts.trials) >= 2:
        return Level("moderate", "one high-quality trial, or several of low quality")
    return Level("limited", "one trial of low quality")


def e_value(evidence: Evidence, rating: Rating, facts: Facts) -> Level:
    """How strong an unmeasured confounder would have to be (VanderWeele & Ding 2017)."""
    from claimbook.synthesis.evalue import e_value as compute

    if evidence.randomised or evidence.single_group:
        return Level(None, "it speaks of compared groups without randomisation")
    if evidence.measure not in ("RR", "OR", "HR", "SMD") or evidence.est is None:
        return Level(None, f"there is no conversion from {evidence.measure}")
    found = compute(evidence.est, evidence.lo, evidence.hi, evidence.measure)
    return Level(f"{found.estimate:.2f}", f"{found.interval:.2f} for the limit nearest to the null")


SYSTEMS: dict[str, System] = {
    "oxford-cebm-2011": System("Oxford CEBM levels (2011)", oxford, "oxford2011"),
    "sort": System("SORT", sort, "ebell2004"),
    "acsm": System("ACSM evidence categories", acsm, "colberg2010"),
    "nhmrc": System("NHMRC levels", nhmrc, "nhmrc2009"),
    "nhmrc-base": System("NHMRC FORM, evidence base", nhmrc_base, "hillier2011"),
    "acc-aha": System("ACC/AHA level of evidence", acc_aha, "halperin2016"),
    "wcrf": System("WCRF categories", wcrf, "wcrf2018"),
    "umbrella": System("Umbrella-review classes", umbrella, "papatheodorou2019"),
    "van-tulder": System(
        "Best-evidence synthesis",
        van_tulder,
        "vantulder2003",
        "It counts p values and never feeds a certainty.",
    ),
    "e-value": System("E-value", e_value, "vanderweele2017", "A large one is no proof."),
}
