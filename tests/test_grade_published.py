"""Published Summary-of-Findings rows and whole constructed bodies, against the certainty people gave them.

Expected differences are marked with the reason: they are findings about the rules, not about the code.
Inputs that a table does not print (risk of bias, indirectness) are taken as people rated them.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from claimbook.appraisal import CERTAINTY, Evidence, EvidenceError, rate, rate_all, read_evidence
from claimbook.appraisal.agreement import agreement

DIRECT = dict.fromkeys(("population", "intervention", "comparison", "outcome"), "yes")
INDIRECT = {**DIRECT, "intervention": "probably_no"}


def row(measure: str, est: float, lo: float, hi: float, k: int, n: int, **changes: Any) -> Evidence:
    given: dict[str, Any] = {
        "id": "row",
        "measure": measure,
        "est": est,
        "lo": lo,
        "hi": hi,
        "k": k,
        "n": n,
        "i2": 0 if k > 1 else None,
        "design": "rct",
        "direction": "lower_better",
        "threshold": {"type": "null"},
        "risk_of_bias": {"weight_high": 0},
        "indirectness": DIRECT,
        "publication_bias": {"asymmetry_p": 0.6, "unpublished_known": False},
    }
    return read_evidence({**given, **changes})


SERIOUS: dict[str, Any] = {"weight_high": 1}
MID: dict[str, Any] = {"type": "mid", "value": 0.2}

SAME = {
    "HIIT against MICT, compliance": (
        row(
            "SMD",
            0.015,
            -0.088,
            0.118,
            65,
            2479,
            threshold=MID,
            indirectness=INDIRECT,
            risk_of_bias={"weight_high": 0.154, "est_low": 0.015},
            direction="higher_better",
        ),
        "moderate",
    ),
    "HIIT against MICT, adherence": (
        row(
            "SMD",
            -0.313,
            -0.681,
            0.056,
            10,
            583,
            threshold=MID,
            indirectness=INDIRECT,
            risk_of_bias=SERIOUS,
            i2=70,
            direction="higher_better",
        ),
        "very_low",
    ),
    "recreational football, systolic pressure": (
        row("MD", -4.4, -7.6, -1.1, 17, 910, sd=12, publication_bias={"asymmetry_judged": True}),
        "moderate",
    ),
    "recreational football, resting heart rate": (
        row("MD", -5.7, -8.3, -3.1, 15, 575, sd=10, i2=60, publication_bias={"asymmetry_judged": True}),
        "low",
    ),
    "cardiac rehabilitation, mortality": (
        row("RR", 0.87, 0.73, 1.04, 25, 8823, baseline_risk=0.057),
        "moderate",
    ),
    "cardiac rehabilitation, cardiovascular mortality": (
        row("RR", 0.88, 0.68, 1.14, 15, 5360, baseline_risk=0.05),
        "moderate",
    ),
    "cardiac rehabilitation, myocardial infarction": (
        row("RR", 0.72, 0.55, 0.93, 22, 7423, baseline_risk=0.05),
        "high",
    ),
    "balance exercise, rate of falls": (row("IRR", 0.76, 0.70, 0.81, 39, 7920, baseline_risk=0.85), "high"),
    "cardiac rehabilitation, enrolment": (
        row(
            "RR",
            1.27,
            1.13,
            1.42,
            19,
            3096,
            baseline_risk=0.406,
            i2=60,
            indirectness=INDIRECT,
            direction="higher_better",
        ),
        "low",
    ),
}
DIFFERENT = {
    "recreational football, body mass": (
        row("MD", -2.1, -5.4, 0.8, 19, 1059, sd=15),
        "high",
        "moderate",
        "the interval crosses the null and people did not rate it down",
    ),
    "otitis media, pain at 24 hours": (
        row("RR", 0.89, 0.78, 1.01, 5, 1394, baseline_risk=0.426),
        "high",
        "moderate",
        "the interval crosses the null and people did not rate it down",
    ),
    "otitis media, pain at 10-12 days": (
        row("RR", 0.33, 0.17, 0.66, 1, 278, baseline_risk=0.2),
        "moderate",
        "low",
        "the interval's ratio is 3.88, which the figure calls very wide",
    ),
    "otitis media, tympanometry at 3 months": (
        row("RR", 0.97, 0.76, 1.24, 3, 809, baseline_risk=0.24),
        "high",
        "moderate",
        "the interval crosses the null and people did not rate it down",
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_a_published_certainty_is_reproduced(name: str) -> None:
    evidence, certainty = SAME[name]
    assert rate(evidence).certainty == certainty


@pytest.mark.parametrize("name", DIFFERENT)
def test_a_known_disagreement_stays_within_one_level(name: str) -> None:
    evidence, human, ours, _why = DIFFERENT[name]
    levels = ["very_low", "low", "moderate", "high"]
    assert (rate(evidence).certainty, levels.index(human) - levels.index(ours)) == (ours, 1)


def test_the_held_rows_are_all_here() -> None:
    assert (len(SAME), len(DIFFERENT)) == (9, 4)


def test_the_choice_of_threshold_changes_a_published_certainty() -> None:
    important = {"type": "mid", "per_1000": 20}
    evidence = row("RR", 0.72, 0.55, 0.93, 22, 7423, baseline_risk=0.08, threshold=important)
    assert rate(evidence).certainty == "moderate"


def test_exercise_and_vo2max_has_no_imprecision() -> None:
    evidence = row(
        "MD",
        2.72,
        2.38,
        3.06,
        251,
        11075,
        sd=6,
        threshold={"type": "mid", "value": 1},
        direction="higher_better",
    )
    assert rate(evidence).step("imprecision").level == 0


def runners(**changes: Any) -> Evidence:
    """Twelve runners measured before and after eight weeks of intervals, without a comparison group."""
    given: dict[str, Any] = {
        "design": "single_group_prepost",
        "direction": "higher_better",
        "threshold": MID,
        "risk_of_bias": {"judgement": "serious"},
        "indirectness": {**DIRECT, "comparison": "probably_no"},
        "publication_bias": {},
        "intervention": "interval running",
        "outcome": "VO2max",
    }
    return row("SMCR", 0.9, 0.4, 1.4, 1, 12, **(given | changes))


def test_a_small_single_group_is_very_low() -> None:
    rating = rate(runners())
    assert (rating.start, [step.level for step in rating.steps], rating.certainty) == (
        "low",
        [-1, 0, -1, -2, 0],
        "very_low",
    )


def test_a_small_single_group_is_measured_against_a_paired_information_size() -> None:
    assert rate(runners()).step("imprecision").facts["ois"] == 79


def test_a_single_group_is_described_as_a_change() -> None:
    assert rate(runners()).sentence == (
        "After interval running, VO2max changed by 0.9 (0.4 to 1.4); without a comparison group the evidence "
        "is very uncertain about the effect of interval running."
    )


def test_a_double_baseline_clears_risk_of_bias_and_not_the_certainty() -> None:
    rating = rate(runners(risk_of_bias={"judgement": "moderate"}))
    assert (rating.step("risk_of_bias").level, rating.certainty) == (0, "very_low")


def overview(**changes: Any) -> Evidence:
    """A review of 43 mixed studies that reports neither risk of bias nor heterogeneity."""
    given: dict[str, Any] = {"i2": None, "risk_of_bias": None, "review": {"amstar_yes": 4}}
    return row("SMD", 0.3, 0.1, 0.5, 43, 900, **(given | {"threshold": MID} | changes))


def test_an_overview_takes_what_is_not_reported_as_poor() -> None:
    rating = rate(overview(), "pollock-2016")
    assert (sum(step.level for step in rating.steps), rating.certainty) == (-2, "moderate")


def test_core_refuses_a_review_that_was_not_re_extracted() -> None:
    with pytest.raises(EvidenceError, match=r"^risk_of_bias: is missing"):
        rate(overview())


def test_a_body_whose_risk_of_bias_is_not_printed_is_rated_and_says_so() -> None:
    rating = rate(overview(review=None))
    assert (rating.certainty, "NOT_ASSESSED" in rating.flags) == ("moderate", True)


@pytest.mark.parametrize("n, classic", [(430, "high"), (300, "moderate")])
def test_clean_trials_differ_by_rule_set_only_when_they_are_few(n: int, classic: str) -> None:
    evidence = row(
        "SMD",
        0.5,
        0.3,
        0.7,
        12,
        n,
        threshold=MID,
        i2=20,
        risk_of_bias={"weight_high": 0.2, "est_low": 0.48},
        direction="higher_better",
    )
    found = rate_all(evidence).ratings
    assert (found["core-grade-2025"].certainty, found["grade-classic"].certainty) == ("high", classic)


AGREED_ON = 0.6, 0.4, 0.5, -0.1


def tale(**changes: Any) -> Evidence:
    """Four studies told one by one, without a pooled estimate."""
    listed = [{"est": est, "se": 0.2, "n": 150, "high_rob": False} for est in AGREED_ON]
    given: dict[str, Any] = {
        "est": None,
        "lo": None,
        "hi": None,
        "studies": listed,
        "threshold": MID,
        "direction": "higher_better",
        "publication_bias": {},
        "risk_of_bias": None,
    }
    return read_evidence(
        {**row("SMD", 0.3, 0.1, 0.5, 4, 600).as_json(), **given, **changes},
    )


NARRATIVE = {
    "three of four agree, enough people": ({}, "high"),
    "few people": ({"n": 400}, "moderate"),
    "half and half": (
        {"studies": [{"shows": s, "high_rob": False, "n": 150} for s in ("benefit", "harm") * 2]},
        "moderate",
    ),
    "half at high risk": (
        {"studies": [{"shows": "benefit", "high_rob": h, "n": 150} for h in (True, True, False, False)]},
        "moderate",
    ),
    "the largest study is open": (
        {"studies": [{"est": 0.1, "se": 0.2, "n": n, "high_rob": False} for n in (300, 100, 100, 100)]},
        "moderate",
    ),
    "known to be unpublished": ({"publication_bias": {"unpublished_known": True}}, "moderate"),
}  # fmt: skip


@pytest.mark.parametrize("case", NARRATIVE)
def test_a_synthesis_without_a_pooled_estimate_is_rated(case: str) -> None:
    changes, certainty = NARRATIVE[case]
    assert rate(tale(**changes), "narrative-2017").certainty == certainty


def test_a_narrative_statement_counts_directions() -> None:
    assert rate(tale(n=400), "narrative-2017").sentence == (
        "The intervention probably improves the outcome (3 of 4 studies point that way)."
    )


def robins(words: tuple[str, ...]) -> Evidence:
    listed = [{"est": 0.5, "se": 0.1, "rob": word} for word in words]
    fold = {"tool": "robins-i-v2", "middle": "low"}
    return row(
        "SMD", 0.5, 0.4, 0.6, len(words), 900, design="cohort", studies=listed, fold=fold,
        threshold=MID, direction="higher_better", risk_of_bias=None, publication_bias={},
    )  # fmt: skip


@pytest.mark.parametrize(
    "words, certainty",
    [
        (("low", "low"), "high"),
        (("moderate", "moderate"), "moderate"),
        (("serious", "serious"), "low"),
        (("critical", "critical"), "very_low"),
        (("serious", "moderate"), "moderate"),
    ],
)
def test_robins_judgements_carry_the_penalty_of_a_high_start(words: tuple[str, ...], certainty: str) -> None:
    assert rate(robins(words), "grade-robins-start-high").certainty == certainty


GRADING = Path(__file__).parents[1] / "validation" / "grading"


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("grading_benchmark", GRADING / "run.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_benchmark_holds_all_its_rows(benchmark: ModuleType) -> None:
    table = benchmark.rows()
    assert (len(table), len({row.review for row in table}), benchmark.misadded(table)) == (68, 16, [])


def test_the_benchmark_page_is_current(benchmark: ModuleType) -> None:
    assert (GRADING / "README.md").read_text(encoding="utf-8") == benchmark.page()


def test_kappa_is_the_one_of_the_agreement_between_raters(benchmark: ModuleType) -> None:
    table = benchmark.rows()
    ours = benchmark.answers(table, "core-grade-2025", benchmark.OTHERS)
    theirs = [row.certainty for row in table]
    expected = agreement(ours, theirs, CERTAINTY).weighted_kappa
    assert benchmark.score(table, ours).kappa == pytest.approx(expected)
