"""The domain rules on published and constructed numbers, one row a case."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from claimbook.appraisal import SETTINGS, Evidence, rate, read_evidence

DIRECT = dict.fromkeys(("population", "intervention", "comparison", "outcome"), "yes")
CLEAN: dict[str, Any] = {
    "id": "clean",
    "measure": "SMD",
    "est": 0.5,
    "lo": 0.3,
    "hi": 0.7,
    "k": 12,
    "n": 430,
    "i2": 20,
    "design": "rct",
    "direction": "higher_better",
    "threshold": {"type": "mid", "value": 0.2},
    "risk_of_bias": {"weight_high": 0.2, "est_low": 0.48},
    "indirectness": DIRECT,
    "publication_bias": {"small_and_sponsored": False, "asymmetry_p": 0.6, "unpublished_known": False},
}


def body(**changes: Any) -> Evidence:
    return read_evidence({**CLEAN, **changes})


def ratio(measure: str, est: float, lo: float, hi: float, **changes: Any) -> Evidence:
    null = {"type": "null"}
    given = {"baseline_risk": 0.2, "threshold": null, "risk_of_bias": {"weight_high": 0}} | changes
    return body(measure=measure, est=est, lo=lo, hi=hi, **given)


def smd(est: float, lo: float, hi: float, **changes: Any) -> Evidence:
    return body(est=est, lo=lo, hi=hi, **({"risk_of_bias": {"weight_high": 0}} | changes))


IMPRECISION = {
    "I1 both sides of a MID on the null path": (
        ratio("RR", 1.32, 0.76, 2.30, threshold={"type": "null", "value": 1.20}),
        -2,
    ),
    "I2 the same without a MID": (ratio("RR", 1.32, 0.76, 2.30), -1),
    "I3 large odds ratio, narrow, enough people": (
        ratio("OR", 2.33, 1.62, 3.34, threshold={"type": "mid", "value": 1.25}, n=600, ois=158),
        0,
    ),
    "I4 moderate mean difference": (
        body(measure="MD", est=2.72, lo=2.38, hi=3.06, threshold={"type": "mid", "value": 1}, sd=6, n=11075),
        0,
    ),
    "I5 inside the band": (smd(0.015, -0.088, 0.118), 0),
    "I6 crosses the band's edge": (smd(-0.313, -0.681, 0.056, n=583), -1),
    "I7 large with far too few": (smd(0.95, 0.60, 1.30, n=60), -2),
    "I8 large with too few": (smd(0.95, 0.60, 1.30, n=400), -1),
    "I9 large with enough": (smd(0.95, 0.85, 1.05, n=900), 0),
    "I10 moderate with few": (smd(0.50, 0.30, 0.70, n=60), 0),
    "I11 important benefit and harm": (smd(0.10, -0.50, 0.70), -2),
    "I12 a relative reduction of exactly 30 % is not large": (
        ratio("RR", 0.70, 0.57, 0.86, direction="lower_better", n=50),
        0,
    ),
}


@pytest.mark.parametrize("case", IMPRECISION)
def test_imprecision_follows_the_figure(case: str) -> None:
    evidence, level = IMPRECISION[case]
    assert rate(evidence).step("imprecision").level == level


def test_core_and_classic_differ_on_a_small_body_with_a_moderate_effect() -> None:
    evidence = IMPRECISION["I10 moderate with few"][0]
    assert [
        rate(evidence, name).step("imprecision").level for name in ("core-grade-2025", "grade-classic")
    ] == [
        0,
        -1,
    ]


def test_an_estimate_inside_the_band_targets_little_to_no_effect() -> None:
    assert rate(IMPRECISION["I5 inside the band"][0]).target == "little_to_no"


def studies(*estimates: float) -> list[dict[str, float]]:
    return [{"est": estimate, "high_rob": False} for estimate in estimates]


SPLIT = (0.5, 0.6, -0.4, -0.5, 0.1)
INCONSISTENCY = {
    "N1 four of five on one side": ({"studies": studies(0.5, 0.6, 0.7, 0.4, 0.1), "i2": 75}, 0),
    "N2 opposite sides": ({"studies": studies(*SPLIT), "i2": 75}, -1),
    "N3 scattered": ({"studies": studies(0.5, 0.6, 0.1, 0.05, 0.3), "i2": 60}, -1),
    "N4 little heterogeneity": ({"studies": studies(*SPLIT), "i2": 25}, 0),
    "N5 explained by a credible subgroup": (
        {"studies": studies(*SPLIT), "i2": 75, "inconsistency": {"subgroup": True}},
        0,
    ),
    "N6 one study": ({"k": 1, "i2": None, "studies": []}, 0),
    "estimates not known": ({"i2": 55}, -1),
    "a reader sees similar studies": ({"i2": 90, "inconsistency": {"differ": False}}, 0),
    "a reader sees most on one side": ({"i2": 90, "inconsistency": {"one_side": True}}, 0),
    "a reader sees both sides": ({"i2": 0, "inconsistency": {"differ": True, "one_side": False}}, -1),
}


def mixed(changes: dict[str, Any]) -> Evidence:
    return body(**({"k": len(changes.get("studies") or [0] * 12)} | changes))


@pytest.mark.parametrize("case", INCONSISTENCY)
def test_inconsistency_follows_the_figure(case: str) -> None:
    changes, level = INCONSISTENCY[case]
    assert rate(mixed(changes)).step("inconsistency").level == level


def test_opposite_sides_cost_two_levels_where_the_settings_say_so() -> None:
    evidence = mixed(INCONSISTENCY["N2 opposite sides"][0])
    assert rate(evidence, settings=SETTINGS.but(max_auto=2)).step("inconsistency").level == -2


def test_a_credible_subgroup_asks_for_rows_of_its_own() -> None:
    assert "SPLIT_ROWS" in rate(mixed(INCONSISTENCY["N5 explained by a credible subgroup"][0])).flags


def test_a_single_study_is_marked_as_not_applicable() -> None:
    step = rate(mixed(INCONSISTENCY["N6 one study"][0])).step("inconsistency")
    assert (step.facts["status"], step.flags) == ("not applicable", ("SINGLE_STUDY",))


def test_few_studies_are_shared_out_by_weight_and_not_by_count() -> None:
    weighted = [
        {"est": 0.5, "weight": 90, "high_rob": False},
        {"est": 0.1, "weight": 5, "high_rob": False},
        {"est": 0.1, "weight": 5, "high_rob": False},
    ]
    assert rate(mixed({"studies": weighted, "i2": 60})).step("inconsistency").level == 0


def test_the_threshold_of_the_target_and_not_a_mid_divides_the_studies() -> None:
    changes = {
        "studies": studies(0.5, 0.6, 0.1, 0.05, 0.3),
        "i2": 60,
        "threshold": {"type": "null", "value": 0.2},
    }
    assert rate(mixed(changes)).step("inconsistency").level == 0


RISK_OF_BIAS = {
    "B1 dominated, the rest agrees": (0.70, 0.60, 0.58, 0),
    "B2 dominated, inflated": (0.70, 0.60, 0.40, -1),
    "B3 dominated, other zone": (0.70, 0.60, 0.10, -1),
    "B4 dominated, other sign": (0.70, 0.60, -0.30, -1),
    "B5 not dominated": (0.40, 0.60, 0.10, 0),
    "B6 dominated, bias against the intervention": (0.70, 0.30, 0.60, 0),
    "B7 all high": (1.0, 0.60, None, -1),
    "dominated at exactly the limit": (0.55, 0.60, 0.40, -1),
    "dominated, the rest not known": (0.70, 0.60, None, -1),
    "both too small to matter": (0.70, 0.15, 0.05, 0),
}


def biased(share: float, est: float, low: float | None) -> Evidence:
    return smd(est, est - 0.05, est + 0.05, risk_of_bias={"weight_high": share, "est_low": low})


@pytest.mark.parametrize("case", RISK_OF_BIAS)
def test_risk_of_bias_follows_the_figure(case: str) -> None:
    share, est, low, level = RISK_OF_BIAS[case]
    assert rate(biased(share, est, low)).step("risk_of_bias").level == level


def test_a_sign_flip_costs_two_levels_where_the_settings_say_so() -> None:
    evidence = biased(0.70, 0.60, -0.30)
    assert rate(evidence, settings=SETTINGS.but(signflip_levels=2)).step("risk_of_bias").level == -2


def test_low_risk_studies_that_differ_become_the_analysis_set() -> None:
    assert rate(biased(0.40, 0.60, 0.10)).step("risk_of_bias").facts["analysis_set"] == "low_only"


def test_shares_come_from_the_studies_when_all_are_listed() -> None:
    listed = [{"est": 0.6, "se": 0.1, "high_rob": True}, {"est": 0.4, "se": 0.2, "high_rob": False}]
    evidence = body(k=2, studies=listed, risk_of_bias=None, tau2=0.0)
    assert rate(evidence).step("risk_of_bias").facts["w_high"] == pytest.approx(0.8)


def test_an_incomplete_list_of_studies_leaves_the_summary_in_charge() -> None:
    evidence = body(studies=[{"est": 0.4, "se": 0.2, "n": 40, "high_rob": True}])
    assert rate(evidence).step("risk_of_bias").facts["w_high"] == 0.2


PUBLICATION_BIAS = {
    "PB1 a lopsided funnel": (17, {"asymmetry_p": 0.01}, -1),
    "PB2 too few to tell": (6, {"asymmetry_p": 0.01}, 0),
    "small and sponsored": (6, {"small_and_sponsored": True}, -1),
    "small and sponsored beats a registry": (
        6,
        {"small_and_sponsored": True, "all_registered_reported": True},
        -1,
    ),
    "a registry beats the funnel": (17, {"asymmetry_p": 0.01, "all_registered_reported": True}, 0),
    "a reader's eye beats the test": (17, {"asymmetry_p": 0.01, "asymmetry_judged": False}, 0),
    "a reader's eye beats a quiet test": (17, {"asymmetry_p": 0.6, "asymmetry_judged": True}, -1),
    "known to be unpublished": (6, {"unpublished_known": True}, -1),
    "rare events go past the funnel": (17, {"asymmetry_p": 0.01, "rare_events": True}, 0),
    "no test at hand": (17, {"unpublished_known": True}, -1),
    "an even funnel does not find what is known to be missing": (
        17,
        {"asymmetry_p": 0.6, "unpublished_known": True},
        -1,
    ),
}


@pytest.mark.parametrize("case", PUBLICATION_BIAS)
def test_publication_bias_follows_the_figure(case: str) -> None:
    k, known, level = PUBLICATION_BIAS[case]
    assert rate(body(k=k, publication_bias=known)).step("publication_bias").level == level


def test_what_no_funnel_can_tell_is_left_to_a_person() -> None:
    assert "QUALITATIVE_PUBLICATION_BIAS" in rate(body(k=6, publication_bias={})).flags


def test_a_test_between_5_and_10_percent_is_borderline() -> None:
    assert rate(body(publication_bias={"asymmetry_p": 0.07})).step("publication_bias").borderline


def cohort(est: float, lo: float, hi: float, **changes: Any) -> Evidence:
    given = {"k": 2, "i2": 0, "n": 20000, "design": "cohort", "publication_bias": {}}
    merged = {"measure": "RR"} | given | changes
    return ratio(merged.pop("measure"), est, lo, hi, **merged)


UPGRADES = {
    "U1 large effect": (cohort(2.6, 2.1, 3.2), "moderate"),
    "U2 very large effect": (cohort(6, 5.1, 7), "high"),
    "very large with an interval from 3": (cohort(6, 3, 8.9), "moderate"),
    "large with an interval from 1.8": (cohort(2.6, 1.8, 3.2), "low"),
    "a protective effect": (cohort(0.4, 0.32, 0.48, direction="lower_better"), "moderate"),
    "one study": (cohort(2.6, 2.1, 3.2, k=1, i2=None), "low"),
    "a plausible confounder": (cohort(2.6, 2.1, 3.2, upgrades={"plausible_confounder": True}), "low"),
    "dose-response": (cohort(1.3, 1.2, 1.4, upgrades={"dose_response": True}), "moderate"),
    "opposing confounding was dropped": (
        cohort(1.3, 1.2, 1.4, upgrades={"opposing_confounding": True}),
        "low",
    ),
    "an odds ratio is read as the risk ratio it means": (
        cohort(3, 2.6, 3.4, measure="OR", baseline_risk=0.5),
        "low",
    ),
}


@pytest.mark.parametrize("case", UPGRADES)
def test_non_randomised_evidence_is_rated_up(case: str) -> None:
    evidence, certainty = UPGRADES[case]
    assert rate(evidence).certainty == certainty


def test_classic_still_rates_up_for_opposing_confounding() -> None:
    evidence = cohort(1.3, 1.2, 1.4, upgrades={"opposing_confounding": True}, events=900, n=9000)
    assert rate(evidence, "grade-classic").certainty == "moderate"


def test_nothing_is_rated_up_where_a_domain_raises_concern() -> None:
    evidence = cohort(2.6, 2.1, 3.2, risk_of_bias={"weight_high": 1})
    assert rate(evidence).certainty == "very_low"


def test_randomised_evidence_is_never_rated_up() -> None:
    evidence = cohort(2.6, 2.1, 3.2, design="rct", risk_of_bias={"weight_high": 1})
    assert (rate(evidence).upgrades, rate(evidence).certainty) == ((), "moderate")


def test_a_large_change_in_a_single_group_is_not_rated_up() -> None:
    indirect = {**DIRECT, "comparison": "probably_no"}
    evidence = body(
        measure="SMCR",
        est=1.5,
        lo=1.1,
        hi=1.9,
        k=1,
        n=20,
        design="single_group_prepost",
        risk_of_bias={"judgement": "serious"},
        indirectness=indirect,
        upgrades={"dose_response": True},
    )
    assert (rate(evidence).certainty, [step.level for step in rate(evidence).upgrades]) == (
        "very_low",
        [0, 0],
    )


CLASSIC = {
    "I2 below 40": ({"i2": 30}, 0),
    "one direction, overlapping": (
        {"i2": 60, "studies": [{"est": e, "se": 0.2, "high_rob": False} for e in (0.3, 0.5, 0.7)]},
        0,
    ),
    "one direction, apart": (
        {"i2": 60, "studies": [{"est": e, "se": 0.05, "high_rob": False} for e in (0.3, 0.5, 0.9)]},
        -1,
    ),
    "two directions": (
        {"i2": 60, "studies": [{"est": e, "se": 0.4, "high_rob": False} for e in (-0.3, 0.5, 0.9)]},
        -1,
    ),
    "considerable, one direction": (
        {"i2": 80, "studies": [{"est": e, "se": 0.1, "high_rob": False} for e in (0.3, 0.5, 0.9)]},
        -1,
    ),
    "considerable, two directions": (
        {"i2": 80, "studies": [{"est": e, "se": 0.1, "high_rob": False} for e in (-0.3, 0.5, 0.9)]},
        -2,
    ),
    "estimates not known": ({"i2": 60}, -1),
}


@pytest.mark.parametrize("case", CLASSIC)
def test_classic_inconsistency_follows_the_matrix(case: str) -> None:
    changes, level = CLASSIC[case]
    assert rate(mixed(changes), "grade-classic").step("inconsistency").level == level


CLASSIC_IMPRECISION = {
    "the null and an appreciable benefit": (ratio("RR", 0.87, 0.70, 1.04, events=2000, n=9000), -1),
    "the null and both": (ratio("RR", 0.9, 0.60, 1.4, events=2000, n=9000), -2),
    "the null alone, enough events": (ratio("RR", 0.95, 0.88, 1.04, events=2000, n=9000), 0),
    "the null alone, few events": (ratio("RR", 0.95, 0.88, 1.04, events=200), -1),
    "clear of the null, few events": (ratio("RR", 0.70, 0.57, 0.86, events=200), -1),
    "no events given, below the optimal size": (ratio("RR", 0.70, 0.57, 0.86, n=1000), -1),
    "no events given, above the optimal size": (ratio("RR", 0.70, 0.57, 0.86, n=2500), 0),
    "SMD with the null and half a deviation": (smd(0.3, -0.1, 0.7, n=900), -1),
    "SMD clear of the null": (smd(0.5, 0.3, 0.7, n=430), 0),
}


@pytest.mark.parametrize("case", CLASSIC_IMPRECISION)
def test_classic_imprecision_looks_at_information(case: str) -> None:
    evidence, level = CLASSIC_IMPRECISION[case]
    assert rate(evidence, "grade-classic").step("imprecision").level == level


def test_classic_takes_two_levels_when_most_is_high_and_the_rest_disagrees() -> None:
    assert rate(biased(0.80, 0.60, 0.10), "grade-classic").step("risk_of_bias").level == -2


@pytest.mark.parametrize("answer, level", [("yes", 0), ("probably_yes", 0), ("probably_no", -1), ("no", -2)])
def test_the_worst_answer_decides_indirectness(answer: str, level: int) -> None:
    evidence = body(indirectness={**DIRECT, "outcome": answer})
    assert rate(evidence).step("indirectness").level == level


def test_a_threshold_per_1000_becomes_a_ratio_at_the_baseline_risk() -> None:
    evidence = ratio("RR", 0.72, 0.55, 0.93, threshold={"type": "mid", "per_1000": 20}, baseline_risk=0.05)
    assert evidence.band == pytest.approx((-0.5108, 0.3365), abs=1e-4)


def test_a_reduction_larger_than_the_baseline_risk_cannot_be_reached() -> None:
    evidence = ratio("RR", 0.72, 0.55, 0.93, threshold={"type": "mid", "per_1000": 20}, baseline_risk=0.01)
    assert rate(evidence).target == "little_to_no"


def test_turning_the_outcome_around_changes_no_level() -> None:
    up, down = biased(0.70, 0.60, 0.40), biased(0.70, -0.60, -0.40)
    mirrored = replace(down, direction="lower_better")
    assert [s.level for s in rate(up).steps] == [s.level for s in rate(mirrored).steps]


def test_words_of_a_tool_s_middle_that_count_as_high_are_named() -> None:
    listed = [{"est": 0.5, "se": 0.2, "rob": word} for word in ("some_concerns", "high", "high")]
    evidence = body(k=3, studies=listed, risk_of_bias=None, fold={"tool": "rob2", "middle": "high"})
    assert (
        rate(evidence)
        .step("risk_of_bias")
        .reason.startswith("Every study is at high risk of bias (some concerns counted as high), so")
    )
