"""Variants of a rating, the nearest changes that would move it, and the same body in other languages."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from claimbook.appraisal import RULESETS, SETTINGS, TOOLS, Evidence, Overrule, rate, read_evidence
from claimbook.appraisal.stability import Stability, describe, stability
from claimbook.appraisal.systems import SYSTEMS, Facts, other_systems
from claimbook.synthesis import pool

DIRECT = dict.fromkeys(("population", "intervention", "comparison", "outcome"), "yes")
LISTED = [
    {"id": "a", "est": 0.5, "se": 0.2, "n": 50, "rob": "low"},
    {"id": "b", "est": 0.6, "se": 0.25, "n": 50, "rob": "high"},
    {"id": "c", "est": 0.1, "se": 0.2, "n": 50, "rob": "some_concerns"},
    {"id": "d", "est": 0.3, "se": 0.15, "n": 50, "rob": "low"},
    {"id": "e", "est": 0.2, "se": 0.3, "n": 50, "rob": "high"},
    {"id": "f", "est": 0.4, "se": 0.28, "n": 50, "rob": "low"},
]


def body(**changes: Any) -> Evidence:
    given: dict[str, Any] = {
        "id": "six",
        "measure": "SMD",
        "est": 0.33,
        "lo": 0.12,
        "hi": 0.54,
        "k": 6,
        "n": 300,
        "i2": 20,
        "tau2": 0.02,
        "design": "rct",
        "direction": "higher_better",
        "threshold": {"type": "mid", "value": 0.2},
        "indirectness": DIRECT,
        "fold": {"tool": "rob2", "middle": "high"},
        "studies": LISTED,
    }
    return read_evidence(given | changes)


def found(**changes: Any) -> Stability:
    return stability(body(**changes))


def test_every_possible_variant_is_tried() -> None:
    assert [variant.label for variant in found().variants] == [
        "the other rule set",
        "the middle risk-of-bias category on the other side",
        "half the smallest effect that matters",
        "twice the smallest effect that matters",
        "the other threshold (null or important)",
        "any one study left out",
        "studies at low risk of bias only",
    ]


def test_variants_without_their_inputs_are_left_out() -> None:
    bare = found(studies=[], fold=None, risk_of_bias={"weight_high": 0})
    assert [variant.label for variant in bare.variants] == [
        "the other rule set",
        "half the smallest effect that matters",
        "twice the smallest effect that matters",
        "the other threshold (null or important)",
    ]


def test_the_sentence_counts_the_variants_that_agree() -> None:
    result = found()
    assert result.sentence == f"The certainty is stable in {result.same} of 7 variants."


def test_half_the_threshold_clears_an_interval_that_crossed_it() -> None:
    by_label = {variant.label: variant.certainty for variant in found().variants}
    assert (found().certainty, by_label["half the smallest effect that matters"]) == ("moderate", "high")


def test_half_a_ratio_threshold_is_its_square_root() -> None:
    ratio = {"measure": "RR", "est": 1.5, "lo": 1.15, "hi": 1.9, "baseline_risk": 0.2, "n": 5000}
    changes = ratio | {"studies": [], "fold": None, "risk_of_bias": {"weight_high": 0}}
    by_label = {v.label: v.same for v in found(**changes, threshold={"type": "mid", "value": 1.25}).variants}
    assert by_label["half the smallest effect that matters"] is False


def test_enough_people_would_raise_the_certainty_and_one_fewer_would_not() -> None:
    evidence = body()
    (change,) = [change for change in stability(evidence).nearest if change.kind == "participants"]
    more = int(re.findall(r"\d+", change.what)[0])
    times = [(evidence.n + extra) / evidence.n for extra in (more, more - 1)]  # type: ignore[operator]
    limits = [0.33 - 0.21 / factor**0.5 for factor in times]
    assert (limits[0] >= 0.2, limits[1] >= 0.2) == (True, False)


def test_a_certainty_that_people_cannot_raise_has_no_such_change() -> None:
    inside = found(est=0.2, lo=0.1, hi=0.3)
    assert [change for change in inside.nearest if change.kind == "participants"] == []


def test_one_study_s_rating_can_move_the_certainty() -> None:
    listed = [
        {"id": "big", "est": 0.6, "se": 0.1, "high_rob": True},
        {"id": "small", "est": 0.1, "se": 0.2, "high_rob": False},
    ]
    result = found(k=2, studies=listed, fold=None, est=0.5, lo=0.3, hi=0.7, i2=20, tau2=0)  # fmt: skip
    assert {change.what for change in result.nearest if change.kind == "rating"} == {
        "big at low risk of bias"
    }


def test_leaving_out_a_study_pools_the_others_with_the_given_model() -> None:
    seen: list[int] = []

    def fixed(y: Any, v: Any) -> Any:
        seen.append(len(y))
        return pool(y, v, tau2="EE", interval="z")

    stability(body(), pool=fixed)
    assert sorted(set(seen)) == [3, 5]


def test_studies_whose_error_is_not_known_are_not_pooled_anew() -> None:
    listed = [{key: value for key, value in study.items() if key != "se"} for study in LISTED]
    assert "any one study left out" not in [v.label for v in found(studies=listed).variants]


def test_an_overrule_stays_in_force_in_every_variant() -> None:
    overrule = Overrule("indirectness", 0, -2, "Only students.", "A. Reader", "2025-01-31")
    result = stability(body(), overrules=[overrule])
    assert {variant.certainty for variant in result.variants} <= {"low", "very_low"}


def test_a_narrative_body_has_variants_too() -> None:
    evidence = replace(body(i2=None, tau2=None), est=None, lo=None, hi=None)
    assert "any one study left out" in [v.label for v in stability(evidence, "narrative-2017").variants]


def test_a_stability_is_told_in_sentences() -> None:
    assert describe(found())[:3] == [
        "The certainty is stable in 4 of 7 variants.",
        "The three studies at low risk of bias alone give 0.376 (0.106 to 0.647) and are rated moderate.",
        "With half the smallest effect that matters it would be high.",
    ]


def levels(evidence: Evidence, facts: Facts | None = None) -> dict[str, str | None]:
    return {key: level.word for key, level in other_systems(evidence, rate(evidence), facts).items()}


def runners() -> Evidence:
    return body(
        design="single_group_prepost",
        measure="SMCR",
        k=1,
        i2=None,
        n=12,
        est=0.9,
        lo=0.4,
        hi=1.4,
        studies=[],
        fold=None,
        risk_of_bias={"judgement": "serious"},
        indirectness=DIRECT | {"comparison": "probably_no"},
    )


def test_a_single_group_in_other_languages() -> None:
    given = levels(runners(), Facts(patient_oriented=False))
    assert {
        key: given[key] for key in ("nhmrc", "oxford-cebm-2011", "acsm", "sort", "acc-aha", "e-value")
    } == {
        "nhmrc": "IV",
        "oxford-cebm-2011": "4",
        "acsm": "C",
        "sort": "C",
        "acc-aha": "C-LD",
        "e-value": None,
    }


def test_six_trials_in_other_languages() -> None:
    facts = Facts(patient_oriented=True, trials=[(7, True), (6, True), (5, True), (4, False)])
    given = levels(body(n=420), facts)
    assert given == {
        "oxford-cebm-2011": "1",
        "sort": "A",
        "acsm": "A",
        "nhmrc": "I",
        "nhmrc-base": "A",
        "acc-aha": "A",
        "wcrf": None,
        "umbrella": None,
        "van-tulder": "strong",
        "e-value": None,
    }


def cohorts(**changes: Any) -> Evidence:
    ratio = {"measure": "RR", "est": 3.9, "lo": 2.4, "hi": 5.5, "baseline_risk": 0.1, "n": 30000}
    given = {
        "design": "cohort",
        "studies": [],
        "fold": None,
        "risk_of_bias": {"weight_high": 0},
        "events": 2000,
    }
    return body(**(ratio | given | {"prediction": [1.5, 8], "threshold": {"type": "null"}} | changes))


TIGHT = Facts(p=1e-8, cases=2000, largest_study_p=0.01, small_study_p=0.5, excess_significance_p=0.5)
UMBRELLA = {
    "convincing": (TIGHT, {}, "I, convincing"),
    "heterogeneous": (TIGHT, {"i2": 60}, "II, highly suggestive"),
    "a prediction interval over the null": (TIGHT, {"prediction": [0.9, 8]}, "II, highly suggestive"),
    "the largest study disagrees": (replace(TIGHT, largest_study_p=0.2), {}, "III, suggestive"),
    "few cases": (replace(TIGHT, cases=500), {}, "IV, weak"),
    "p of 0.2": (replace(TIGHT, p=0.2), {}, "none"),
}


@pytest.mark.parametrize("case", UMBRELLA)
def test_umbrella_classes_follow_their_criteria(case: str) -> None:
    facts, changes, expected = UMBRELLA[case]
    assert levels(cohorts(**changes), facts)["umbrella"] == expected


GOOD = Facts(cohorts=3, case_control=2, plausible=True, good_quality=True)
WCRF = {
    "everything": (replace(GOOD, gradient=True, experimental=True), "convincing"),
    "no gradient": (GOOD, "probable"),
    "quality not good": (Facts(cohorts=3, plausible=True), "limited, suggestive"),
    "one cohort": (Facts(cohorts=1, plausible=True), "limited, no conclusion"),
}  # fmt: skip


@pytest.mark.parametrize("case", WCRF)
def test_wcrf_categories_follow_their_criteria(case: str) -> None:
    facts, expected = WCRF[case]
    assert levels(cohorts(), facts)["wcrf"] == expected


VAN_TULDER = {
    "two high-quality trials agree": ([(6, True), (7, True)], "strong"),
    "one high-quality trial": ([(6, True)], "moderate"),
    "two of low quality": ([(4, True), (5, True)], "moderate"),
    "one of low quality": ([(4, True)], "limited"),
    "half and half": ([(7, True), (7, False)], "conflicting"),
    "nothing found": ([(7, False), (7, False)], "none"),
}


@pytest.mark.parametrize("case", VAN_TULDER)
def test_best_evidence_synthesis_counts_trials(case: str) -> None:
    trials, expected = VAN_TULDER[case]
    assert levels(body(), Facts(trials=trials))["van-tulder"] == expected


def test_an_e_value_is_given_for_cohorts() -> None:
    found = other_systems(cohorts(), rate(cohorts()))["e-value"]
    assert (found.word, found.because) == ("7.26", "4.23 for the limit nearest to the null")


def test_every_system_says_why() -> None:
    evidence = cohorts()
    assert all(level.because for level in other_systems(evidence, rate(evidence)).values())


def test_every_citation_key_has_a_reference() -> None:
    home = Path(__file__).parents[1] / "src" / "claimbook" / "appraisal"
    known = set(re.findall(r"@\w+\{(\w+),", (home / "references.bib").read_text(encoding="utf-8")))
    cited = {rules.cite for rules in RULESETS.values()} | {tool.cite for tool in TOOLS.values()}
    cited |= {system.cite for system in SYSTEMS.values()} | {
        s.cite for s in SETTINGS.table.values() if s.cite
    }
    for module in home.glob("*.py"):
        cited |= set(re.findall(r"``([a-z]+\d{4}[a-z]*|coregrade\d)``", module.read_text(encoding="utf-8")))
    assert cited - known == set()
