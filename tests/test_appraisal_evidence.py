"""The ``grade --evidence`` contract: what goes in, what comes out, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from claimbook.appraisal import (
    DISCLAIMER,
    DOMAINS,
    RULESETS,
    SETTINGS,
    EvidenceError,
    Overrule,
    rate,
    rate_all,
    read_evidence,
    verdict,
)
from claimbook.appraisal.grade import RULES
from claimbook.appraisal.settings import TAGS
from claimbook.appraisal.statements import FORBIDDEN

DIRECT = dict.fromkeys(("population", "intervention", "comparison", "outcome"), "yes")
CONTRACT: dict[str, Any] = json.loads("""
{"id": "a", "measure": "SMD", "est": 0.5, "lo": 0.3, "hi": 0.7, "k": 12, "n": 430, "events": null, "sd": null,
 "i2": 55, "tau2": 0.05, "design": "rct", "direction": "higher_better",
 "threshold": {"type": "mid", "value": 0.2}, "baseline_risk": null,
 "studies": [{"est": 0.4, "se": 0.2, "n": 40, "high_rob": true}],
 "risk_of_bias": {"weight_high": 0.2, "est_low": 0.48},
 "indirectness": {"population": "yes", "intervention": "yes", "comparison": "yes", "outcome": "yes"},
 "publication_bias": {"small_and_sponsored": false, "asymmetry_p": 0.6, "unpublished_known": false},
 "upgrades": {"dose_response": false, "opposing_confounding": false}}
""")


def without(field: str) -> dict[str, Any]:
    return {key: value for key, value in CONTRACT.items() if key != field}


def test_the_contract_example_reads_and_rates() -> None:
    rating = rate(read_evidence(CONTRACT))
    assert (rating.target, rating.certainty) == ("important_effect", "moderate")


def test_evidence_written_as_json_reads_back_the_same() -> None:
    evidence = read_evidence(CONTRACT)
    assert read_evidence(json.loads(json.dumps(evidence.as_json()))) == evidence


@pytest.mark.parametrize("ruleset", ["core-grade-2025", "grade-classic"])
def test_a_rating_written_as_json_has_the_contract_s_shape(ruleset: str) -> None:
    answer = json.loads(json.dumps(rate(read_evidence(CONTRACT), ruleset).as_json(), allow_nan=False))
    step = {"level", "rule", "facts", "borderline"}
    assert (
        set(answer) >= {"target", "domains", "upgrades", "certainty", "sentence"}
        and list(answer["domains"]) == list(DOMAINS)
        and all(set(domain) >= step for domain in answer["domains"].values())
    )


def test_a_ratio_is_given_as_a_ratio_and_analysed_as_a_logarithm() -> None:
    evidence = read_evidence(CONTRACT | {"measure": "RR", "est": 2, "lo": 1, "hi": 4, "baseline_risk": 0.1})
    assert (evidence.theta, evidence.limits) == (
        pytest.approx(0.6931, abs=1e-4),
        pytest.approx((0, 1.3863), abs=1e-4),
    )


RISK_RATIO = CONTRACT | {"measure": "RR", "est": 0.5, "baseline_risk": 0.1}
MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "unknown measure": (CONTRACT | {"measure": "SMDX"}, "measure: 'SMDX' is not one of"),
    "no direction": (without("direction"), "direction: is missing"),
    "no threshold": (without("threshold"), "threshold: is missing"),
    "no threshold type": (CONTRACT | {"threshold": {"value": 0.2}}, "threshold.type: is missing"),
    "a mid without value": (CONTRACT | {"threshold": {"type": "mid"}}, "threshold.value: a threshold"),
    "a mid of zero": (CONTRACT | {"threshold": {"type": "mid", "value": 0}}, "threshold.value: 0 is"),
    "two thresholds": (
        CONTRACT | {"threshold": {"type": "mid", "value": 0.2, "per_1000": 3}},
        "threshold: give value or per_1000",
    ),
    "no design": (without("design"), "design: is missing"),
    "unknown design": (CONTRACT | {"design": "rtc"}, "design: 'rtc' is not one of"),
    "a review as design": (CONTRACT | {"design": "sr_ma"}, "design: a review is rated by"),
    "an estimate outside its interval": (CONTRACT | {"est": 0.9}, "est: 0.9 lies outside its interval"),
    "limits the wrong way round": (
        CONTRACT | {"lo": 0.7, "hi": 0.3},
        "est: 0.5 lies outside its interval (lo 0.7, hi 0.3)",
    ),
    "an unknown gap": (CONTRACT | {"unstated": ["risk"]}, "unstated: 'risk' is not one of risk_of_bias"),
    "an estimate without interval": (CONTRACT | {"lo": None}, "lo: is missing"),
    "not a number": (CONTRACT | {"hi": float("nan")}, "hi: nan is not a finite number"),
    "infinite": (CONTRACT | {"hi": float("inf")}, "hi: inf is not a finite number"),
    "a whole number beyond all floats": (CONTRACT | {"n": 10**400}, "n: 1000000000"),
    "a tool that is none": (CONTRACT | {"fold": {"tool": "rob3", "middle": "low"}}, "fold.tool: there is no"),
    "a tool that folds nothing": (
        CONTRACT | {"fold": {"tool": "amstar2", "middle": "low"}},
        "fold.tool: amstar2 gives no judgement",
    ),
    "text for a number": (CONTRACT | {"n": "430"}, "n: '430' is not a finite number"),
    "true for a number": (CONTRACT | {"n": True}, "n: True is not a finite number"),
    "I2 beyond 100": (CONTRACT | {"i2": 101}, "i2: 101 is impossible; it must be at most 100"),
    "a negative tau2": (CONTRACT | {"tau2": -0.1}, "tau2: -0.1 is impossible"),
    "half a study": (CONTRACT | {"k": 2.5}, "k: 2.5 is not a whole number"),
    "nobody": (CONTRACT | {"n": 0}, "n: 0 is impossible"),
    "a negative ratio": (
        CONTRACT | {"measure": "RR", "est": 1, "lo": -1, "hi": 2, "baseline_risk": 0.1},
        "lo: -1 is impossible; it must be above 0",
    ),
    "a ratio of one as threshold": (
        RISK_RATIO | {"est": 1, "hi": 1, "threshold": {"type": "mid", "value": 1}},
        "threshold.value: 1 is no distance",
    ),
    "more events than people": (
        CONTRACT | {"measure": "RR", "est": 0.5, "baseline_risk": 0.1, "events": 431},
        "events: 431 is impossible",
    ),
    "a certain baseline": (RISK_RATIO | {"baseline_risk": 1}, "baseline_risk: 1 is"),
    "more studies than k": (CONTRACT | {"k": 1, "studies": [{}, {}]}, "studies: 2 are listed but k is 1"),
    "a study's error of zero": (CONTRACT | {"studies": [{"est": 1, "se": 0}]}, "studies[0].se: 0 is"),
    "a share beyond one": (CONTRACT | {"risk_of_bias": {"weight_high": 1.2}}, "risk_of_bias.weight_high: 1"),
    "an unknown answer": (
        CONTRACT | {"indirectness": DIRECT | {"outcome": "maybe"}},
        "indirectness.outcome: 'maybe' is not one of",
    ),
    "yes for true": (
        CONTRACT | {"upgrades": {"dose_response": "yes"}},
        "upgrades.dose_response: 'yes' is neither true nor false",
    ),
    "a misspelt field": (CONTRACT | {"stuides": []}, 'stuides: unknown field; did you mean "studies"?'),
    "a list for an object": (CONTRACT | {"threshold": [1]}, "threshold: must be an object, not list"),
    "an object for a list": (CONTRACT | {"studies": {}}, "studies: must be a list"),
    "half a prediction interval": (CONTRACT | {"prediction": [1]}, "prediction: must be two numbers"),
}  # fmt: skip


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_names_the_field(case: str) -> None:
    data, message = MISTAKES[case]
    with pytest.raises(EvidenceError) as error:
        read_evidence(data)
    assert str(error.value).startswith(message)


ASKED = CONTRACT | {"unstated": []}
REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "risk of bias not known": (ASKED | {"risk_of_bias": None, "studies": []}, "risk_of_bias: is missing"),
    "indirectness not answered": (ASKED | {"indirectness": None}, "indirectness: is missing"),
    "three answers": (
        ASKED | {"indirectness": {k: v for k, v in DIRECT.items() if k != "outcome"}},
        "indirectness.outcome: is missing",
    ),
    "heterogeneity not known": (ASKED | {"i2": None, "studies": []}, "i2: is missing"),
    "no baseline risk": (ASKED | {"measure": "RR"}, "baseline_risk: is missing; RR needs it"),
    "a threshold per 1000 without a baseline": (
        CONTRACT | {"measure": "RR", "threshold": {"type": "mid", "per_1000": 20}},
        "baseline_risk: is missing",
    ),
    "no estimate": (CONTRACT | {"est": None, "lo": None, "hi": None}, "est: is missing; rate a body without"),
    "no study": (CONTRACT | {"k": 0, "studies": []}, "k: is 0"),
    "a word without a fold": (
        without("risk_of_bias") | {"k": 1, "i2": None, "studies": [{"est": 0.5, "rob": "some_concerns"}]},
        "fold: is missing",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_missing_blocking_input_is_refused_and_never_guessed(case: str) -> None:
    data, message = REFUSALS[case]
    with pytest.raises(EvidenceError) as error:
        rate(read_evidence(data))
    assert str(error.value).startswith(message)


def test_an_unknown_rule_set_names_the_known_ones() -> None:
    with pytest.raises(
        ValueError, match=r"ruleset: 'grade-clasic' is not one of .*did you mean \"grade-classic\""
    ):
        rate(read_evidence(CONTRACT), "grade-clasic")


def overrule(**changes: Any) -> Overrule:
    given = {
        "domain": "indirectness",
        "from_level": 0,
        "to_level": -1,
        "because": "Only students.",
        "by": "A. Reader",
    }
    return Overrule(**(given | {"date": "2025-01-31"} | changes))


def test_an_overrule_replaces_the_level_and_keeps_the_automatic_one() -> None:
    rating = rate(read_evidence(CONTRACT), overrules=[overrule()])
    step = rating.step("indirectness")
    assert (step.level, step.automatic, rating.certainty, rating.automatic) == (-1, 0, "low", "moderate")


def test_an_overrule_is_printed_with_its_reason_beside_the_automatic_rating() -> None:
    note = rate(read_evidence(CONTRACT), overrules=[overrule()]).step("indirectness").footnote
    assert note.startswith(
        "Rated serious for indirectness by A. Reader (2025-01-31): Only students. "
        "Automatic rating was not serious:"
    )


def test_an_overrule_of_a_level_that_has_since_changed_is_flagged() -> None:
    rating = rate(read_evidence(CONTRACT), overrules=[overrule(from_level=-2)])
    assert "OVERRULE_STALE" in rating.flags


def test_three_levels_are_a_person_s_choice() -> None:
    rating = rate(read_evidence(CONTRACT), overrules=[overrule(to_level=-3)])
    assert rating.certainty == "very_low"


def test_a_credit_for_the_whole_picture_counts_once() -> None:
    credit = overrule(domain="gestalt", to_level=1, because="Counted twice.")
    assert rate(read_evidence(CONTRACT), overrules=[credit]).certainty == "high"


@pytest.mark.parametrize("field", ["because", "by", "date"])
def test_an_overrule_without_reason_name_or_date_is_an_error(field: str) -> None:
    with pytest.raises(ValueError, match=rf"^overrule.{field}: is missing"):
        overrule(**{field: " "})


@pytest.mark.parametrize("changes", [{"to_level": 1}, {"to_level": -4}, {"domain": "taste"}])
def test_an_impossible_overrule_is_an_error(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^overrule\.(to_level|domain)"):
        overrule(**changes)


def test_an_overrule_of_a_domain_that_is_not_rated_is_an_error() -> None:
    with pytest.raises(ValueError, match="core-grade-2025 does not rate large_effect here"):
        rate(read_evidence(CONTRACT), overrules=[overrule(domain="large_effect", to_level=1)])


def test_every_rule_set_that_fits_is_compared_and_the_others_say_why_not() -> None:
    found = rate_all(read_evidence(CONTRACT))
    assert (list(found.ratings), list(found.refused)) == (
        ["core-grade-2025", "grade-classic"],
        ["grade-robins-start-high", "narrative-2017", "pollock-2016"],
    )


def test_differences_between_rule_sets_are_named() -> None:
    small = read_evidence(CONTRACT | {"n": 300, "i2": 20})
    assert rate_all(small).differences == (
        "grade-classic gives moderate, core-grade-2025 high (imprecision -1 against 0).",
    )


def test_every_number_that_moves_a_rating_has_a_provenance() -> None:
    assert {setting.tag for setting in SETTINGS.table.values()} <= set(TAGS)


def test_a_footnote_names_rule_facts_and_the_provenance_of_its_threshold() -> None:
    evidence = read_evidence(CONTRACT | {"risk_of_bias": {"weight_high": 0.7, "est_low": 0.3}, "studies": []})
    note = rate(evidence).step("risk_of_bias").footnote
    assert note == (
        "Downgraded 1 level for risk of bias: Studies at high risk of bias carry 70 % of the body "
        "(stated share), and the effect is 67 % larger with them than without them (0.5 against 0.3). "
        "[rule=G.ROB.CG4.F2.R3; facts: w_high=0.7, "
        "basis=stated share, analysis_set=all, est_all=0.5, est_low=0.3, inflation=0.667, case=3; threshold: "
        "dominant_weight=0.55 (C2), inflation=0.2 (P), signflip_levels=1 (C2)]"
    )


def test_a_number_set_by_the_caller_is_marked_so() -> None:
    assert "max_auto=2 (caller)" in SETTINGS.but(max_auto=2).quote("max_auto")


def test_an_unknown_setting_is_an_error() -> None:
    with pytest.raises(ValueError, match=r'there is no \'max_autos\'; did you mean "max_auto"'):
        SETTINGS.but(max_autos=2)


def test_two_borderline_levels_ask_for_a_second_look() -> None:
    close = CONTRACT | {
        "est": 0.42,
        "lo": 0.19,
        "hi": 0.65,
        "studies": [],
        "risk_of_bias": {"weight_high": 0.6, "est_low": 0.3},
    }
    assert "REVIEW_GESTALT" in rate(read_evidence(close)).flags


def test_a_certainty_that_hangs_on_the_middle_category_is_flagged() -> None:
    listed = [
        {"est": e, "se": 0.1, "rob": word}
        for e, word in ((0.6, "some_concerns"), (0.6, "some_concerns"), (0.3, "low"))
    ]
    body = CONTRACT | {"k": 3, "i2": 20, "tau2": 0, "studies": listed, "risk_of_bias": None}
    flags = [
        rate(read_evidence(body | {"fold": {"tool": "rob2", "middle": side}})).flags
        for side in ("low", "high")
    ]
    assert all("FOLD_SENSITIVE" in found for found in flags)  # fmt: skip


def test_studies_of_different_designs_are_flagged() -> None:
    listed = [{"est": 0.5, "design": design, "high_rob": False} for design in ("rct", "cohort")]
    assert "MIXED_DESIGNS" in rate(read_evidence(CONTRACT | {"k": 2, "i2": 0, "studies": listed})).flags


SIZES = [(0.1, "trivial"), (0.3, "small"), (0.6, "moderate"), (0.9, "large")]
STATEMENTS = {
    ("trivial", "high"): "Running results in little to no difference in muscle.",
    ("trivial", "low"): "Running may result in little to no difference in muscle.",
    ("small", "moderate"): "Running probably increases muscle slightly.",
    ("moderate", "low"): "Running may increase muscle.",
    ("moderate", "high"): "Running increases muscle.",
    ("large", "moderate"): "Running probably results in a large increase in muscle.",
    ("large", "very_low"): "The evidence is very uncertain about the effect of running on muscle.",
}
STEPS_DOWN = {"high": [], "moderate": [-1], "low": [-2], "very_low": [-3]}


def stated(est: float, certainty: str, **changes: Any) -> str:
    body = CONTRACT | {"est": est, "lo": min(est, 0.0), "hi": max(est, 0.95), "i2": 0, "n": 2000}
    body |= {
        "intervention": "running",
        "outcome": "muscle",
        "threshold": {"type": "mid", "value": 0.2},
    } | changes
    levels = {
        "imprecision": 0,
        "indirectness": {"high": 0, "moderate": -1, "low": -2, "very_low": -3}[certainty],
    }
    overrules = [overrule(domain=domain, to_level=level) for domain, level in levels.items()]
    return rate(read_evidence(body), overrules=overrules).sentence


@pytest.mark.parametrize("case", STATEMENTS)
def test_a_statement_follows_size_and_certainty(case: tuple[str, str]) -> None:
    size, certainty = case
    est = {word: number for number, word in SIZES}[size]
    assert stated(est, certainty) == STATEMENTS[case]


def test_a_statement_names_the_comparator_where_it_is_known() -> None:
    assert stated(0.6, "high", comparator="rest") == "Running increases muscle compared with rest."


def test_a_smaller_outcome_is_a_reduction() -> None:
    assert stated(-0.9, "moderate", lo=-1.2) == "Running probably results in a large reduction in muscle."


def told(**changes: Any) -> str:
    """The sentence of a body by the rule set that fits it."""
    evidence = read_evidence(CONTRACT | {"intervention": "running", "outcome": "muscle"} | changes)
    return rate(evidence, "narrative-2017" if evidence.est is None else "core-grade-2025").sentence


def test_a_change_of_one_group_in_ratios_is_told_in_percent() -> None:
    one = {"measure": "ROM", "design": "single_group_prepost", "est": 1.1, "lo": 1.05, "hi": 1.2}
    said = told(**one, threshold={"type": "null"}, risk_of_bias={"weight_high": 0}, i2=0)
    assert said.startswith("After running, muscle changed by 10 % (5 to 20);")


def test_an_effect_that_is_there_is_not_told_as_none_where_any_effect_counts() -> None:
    tiny = {"est": 0.1, "lo": 0.05, "hi": 0.15, "i2": 0, "risk_of_bias": {"weight_high": 0}}
    null, mid = {"type": "null"}, {"type": "mid", "value": 0.2}
    said = [told(**tiny, threshold=threshold) for threshold in (null, mid)]
    assert said == [
        "Running increases muscle slightly.",
        "Running results in little to no difference in muscle.",
    ]


def test_studies_that_point_both_ways_point_nowhere() -> None:
    studies = [{"shows": word, "n": 500, "high_rob": False} for word in ("benefit", "harm")]
    said = told(est=None, lo=None, hi=None, k=2, n=1000, studies=studies)
    assert said == "The 2 studies of the effect of running on muscle point different ways."


def test_a_large_effect_of_nobody_knows_how_many_is_an_upper_bound() -> None:
    large = {"est": 1.2, "lo": 0.9, "hi": 1.5, "n": None, "i2": 0, "risk_of_bias": {"weight_high": 0}}
    rating = rate(read_evidence(CONTRACT | large))
    assert (rating.certainty, rating.not_assessed) == ("high", ("imprecision",))


def test_no_sentence_uses_a_forbidden_word() -> None:
    said = [stated(est, certainty).lower() for est, _ in SIZES for certainty in STEPS_DOWN]
    said += [text.lower() for text in RULES.values()]
    assert not [text for text in said for word in FORBIDDEN if word in text]


def interval(lo: float, hi: float, claimed: str = "benefit", **changes: Any) -> str:
    body = CONTRACT | {"est": (lo + hi) / 2, "lo": lo, "hi": hi, "i2": 0, "n": 2000} | changes
    evidence = read_evidence(body)
    no_levels = [overrule(domain="imprecision", to_level=0)]
    return verdict(evidence, rate(evidence, overrules=no_levels), claimed).label


def directed(benefit: int, harm: int, claimed: str = "benefit", none: int = 0) -> str:
    """The verdict on studies that say which way they point and were not pooled."""
    shows = ["benefit"] * benefit + ["harm"] * harm + ["none"] * none
    studies = [{"shows": word, "n": 200, "high_rob": False} for word in shows]
    body = {key: value for key, value in CONTRACT.items() if key not in ("est", "lo", "hi")}
    evidence = read_evidence(body | {"k": len(shows), "n": 200 * len(shows), "studies": studies})
    return verdict(evidence, rate(evidence, "narrative-2017"), claimed).label


VERDICTS: dict[str, tuple[Callable[[], str], str]] = {
    "beyond the smallest that matters": (lambda: interval(0.3, 0.7), "Supported"),
    "above zero, crossing it": (lambda: interval(0.1, 0.5), "Supported (size uncertain)"),
    "inside the band": (lambda: interval(-0.1, 0.15), "Little or no difference"),
    "inside the band and above zero": (lambda: interval(0.05, 0.15), "Little or no difference"),
    "below zero": (lambda: interval(-0.5, -0.1), "Contradicted (small)"),
    "far below zero": (lambda: interval(-0.7, -0.3), "Contradicted (important)"),
    "anything else": (lambda: interval(-0.1, 0.5), "Too uncertain to call"),
    "less is better": (lambda: interval(-0.7, -0.3, direction="lower_better"), "Supported"),
    "any effect, no size asked": (lambda: interval(0.1, 0.5, threshold={"type": "null"}), "Supported"),
    "a claimed harm": (lambda: interval(-0.7, -0.3, "harm"), "Supported"),
    "a claimed harm that is a benefit": (lambda: interval(0.3, 0.7, "harm"), "Contradicted (important)"),
    "a claim of no difference": (lambda: interval(-0.1, 0.15, "no_difference"), "Supported"),
    "a claim of no difference, with one": (lambda: interval(0.3, 0.7, "no_difference"), "Contradicted"),
    "a claim of no difference, open": (lambda: interval(-0.1, 0.5, "no_difference"), "Too uncertain to call"),
    "a claim of no loss": (lambda: interval(-0.1, 0.5, "no_loss"), "Supported"),
    "a claim of no loss, with one": (lambda: interval(-0.7, -0.3, "no_loss"), "Contradicted"),
    "a claim of no loss, open": (lambda: interval(-0.3, 0.5, "no_loss"), "Too uncertain to call"),
    "a limit on the line has not crossed it": (lambda: interval(-0.2, 0.5, "no_loss"), "Supported"),
    "both limits on the lines": (lambda: interval(-0.2, 0.2), "Little or no difference"),
    "nothing pooled, all one way": (lambda: directed(4, 0), "Supported (by direction alone)"),
    "nothing pooled, three in four": (lambda: directed(3, 1), "Supported (by direction alone)"),
    "nothing pooled, two in three": (lambda: directed(2, 1), "Too uncertain to call"),
    "nothing pooled, against the claim": (
        lambda: directed(4, 0, "no_difference"),
        "Contradicted (by direction alone)",
    ),
    "directions do not show that a loss is small": (
        lambda: directed(0, 4, "no_loss"),
        "Contradicted (by direction alone)",
    ),
    "no direction carries no claim": (lambda: directed(0, 0, "no_loss", none=4), "Too uncertain to call"),
}


@pytest.mark.parametrize("case", VERDICTS)
def test_the_interval_gives_the_verdict(case: str) -> None:
    find, word = VERDICTS[case]
    assert find() == word


def test_very_low_certainty_is_too_uncertain_to_call() -> None:
    evidence = read_evidence(CONTRACT)
    assert (
        verdict(evidence, rate(evidence, overrules=[overrule(to_level=-3)])).word == "Too uncertain to call"
    )


def test_a_claim_that_nobody_tested_is_untested() -> None:
    evidence = read_evidence(
        CONTRACT | {"k": 0, "n": None, "est": None, "lo": None, "hi": None, "studies": []}
    )
    assert verdict(evidence, None).word == "Untested"


def test_credible_subgroups_that_differ_support_the_claim_for_some() -> None:
    from claimbook.appraisal import Verdict

    evidence = read_evidence(CONTRACT | {"inconsistency": {"subgroup": True}})
    parts = [Verdict("Supported", ""), Verdict("Little or no difference", "")]
    assert verdict(evidence, rate(evidence), subgroups=parts).word == "Supported for some"


def test_an_unknown_kind_of_claim_is_an_error() -> None:
    evidence = read_evidence(CONTRACT)
    with pytest.raises(ValueError, match="claimed: 'good' is not one of benefit"):
        verdict(evidence, rate(evidence), "good")


def test_every_rule_set_names_its_paper() -> None:
    assert all(rules.label and rules.cite for rules in RULESETS.values())


def test_the_disclaimer_says_that_it_is_not_official() -> None:
    assert DISCLAIMER == "Not an official GRADE Working Group / Cochrane assessment."
