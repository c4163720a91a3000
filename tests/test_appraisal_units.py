"""Arithmetic of appraisal: absolute effects, information sizes, re-expression, agreement, overlap."""

from __future__ import annotations

from typing import Any

import pytest

from claimbook.appraisal import SETTINGS, TOOLS, network
from claimbook.appraisal.absolute import (
    RISK,
    in_mid_units,
    in_natural_units,
    number_needed,
    per_thousand,
    smd_to_odds_ratio,
    smd_to_ratio_of_means,
    smd_to_responders,
)
from claimbook.appraisal.agreement import agreement
from claimbook.appraisal.information_size import (
    binary,
    continuous,
    modest_risk,
    paired_continuous,
    rate_events,
)
from claimbook.appraisal.instruments import STATUS
from claimbook.appraisal.overlap import corrected_covered_area
from claimbook.appraisal.provenance import UNVERIFIED, numbers
from claimbook.appraisal.settings import OURS, TAGS
from claimbook.appraisal.words import plain, sentence

PUBLISHED: dict[str, tuple[Any, ...]] = {
    "stockings, deep vein thrombosis": ("risk_ratio", 10, (0.10, 0.04, 0.26), (1, 0, 3)),
    "stockings, high risk": ("risk_ratio", 30, (0.10, 0.04, 0.26), (3, 1, 8)),
    "stockings, superficial thrombosis": ("risk_ratio", 13, (0.45, 0.18, 1.13), (6, 2, 15)),
    "otitis media, pain at 24 hours": ("risk_ratio", 426, (0.89, 0.78, 1.01), (379, 332, 431)),
    "otitis media, pain at 2-3 days": ("risk_ratio", 159, (0.70, 0.57, 0.86), (111, 90, 137)),
    "otitis media, harms": ("risk_ratio", 196, (1.38, 1.19, 1.59), (270, 233, 311)),
    "cardiac rehabilitation, mortality": ("risk_ratio", 57, (0.87, 0.73, 1.04), (50, 42, 59)),
    "balance exercise, falls": ("rate_ratio", 850, (0.76, 0.70, 0.81), (646, 595, 689)),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_absolute_effect_is_reproduced_to_one_in_a_thousand(name: str) -> None:
    kind, baseline, effect, published = PUBLISHED[name]
    assert per_thousand(kind, baseline / 1000, *effect).risk == pytest.approx(published, abs=1)


def test_a_published_difference_is_reproduced_to_one_in_a_thousand() -> None:
    found = per_thousand("risk_ratio", 0.406, 1.27, 1.13, 1.42)
    assert found.difference == pytest.approx((110, 53, 171), abs=1)


FORMULAS = {
    ("hazard_ratio", 0.4, 0.7): 0.3006,
    ("odds_ratio", 0.4, 0.7): 0.3182,
    ("odds_ratio", 0.01, 0.10): 0.00101,
    ("risk_difference", 0.4, -0.1): 0.3,
}


@pytest.mark.parametrize("case", FORMULAS)
def test_an_intervention_risk_follows_its_formula(case: tuple[str, float, float]) -> None:
    kind, baseline, effect = case
    assert RISK[kind].risk(baseline, effect) == pytest.approx(FORMULAS[case], abs=5e-5)


@pytest.mark.parametrize("kind", RISK)
def test_a_risk_turns_back_into_its_effect(kind: str) -> None:
    assert RISK[kind].effect(0.3, RISK[kind].risk(0.3, 0.6)) == pytest.approx(0.6)


def test_a_risk_never_exceeds_one() -> None:
    assert per_thousand("risk_ratio", 0.6, 1.5, 1.2, 2.5).risk == pytest.approx((900, 720, 1000))


def test_a_number_needed_is_given_only_when_the_interval_clears_zero() -> None:
    clear, open_ = (per_thousand("risk_ratio", 0.2, 0.5, 0.3, high) for high in (0.8, 1.1))
    assert (number_needed(clear), number_needed(open_)) == (pytest.approx(10), None)


NATURAL = [((0.49, 25), 12.2), ((0.52, 20), 10.4), ((0.28, 13), 3.6)]


@pytest.mark.parametrize("given, expected", NATURAL)
def test_a_standardised_difference_turns_into_natural_units(
    given: tuple[float, float], expected: float
) -> None:
    assert in_natural_units(*given) == pytest.approx(expected, abs=0.06)


RESPONDERS = [(0.5, 2.477, 382), (0.2, 1.437, 264), (0.8, 4.268, 516)]


@pytest.mark.parametrize("smd, odds_ratio, per_1000", RESPONDERS)
def test_a_standardised_difference_turns_into_responders(
    smd: float, odds_ratio: float, per_1000: int
) -> None:
    assert (smd_to_odds_ratio(smd), 1000 * smd_to_responders(smd, 0.20)) == (
        pytest.approx(odds_ratio, abs=5e-4),
        pytest.approx(per_1000, abs=0.5),
    )


def test_a_standardised_difference_turns_into_mids_and_ratios() -> None:
    assert (in_mid_units(5.0, 2.5), smd_to_ratio_of_means(0.5, 10, 50)) == (2.0, 1.1)


@pytest.mark.parametrize("distance, total", [(0.2, 786), (0.3, 350), (0.5, 126), (0.8, 50)])
def test_a_continuous_information_size(distance: float, total: int) -> None:
    assert continuous(distance, SETTINGS) == total


BINARY = [(0.20, 0.25, 1806), (0.20, 0.20, 2890), (0.10, 0.25, 4004), (0.057, 0.25, 7320)]


@pytest.mark.parametrize("baseline, rrr, total", BINARY)
def test_a_binary_information_size(baseline: float, rrr: float, total: int) -> None:
    assert binary(baseline, modest_risk(baseline, -1, rrr), SETTINGS) == total


def test_a_binary_information_size_of_two_given_risks() -> None:
    assert binary(0.2, 0.4, SETTINGS) == 158


def test_a_paired_information_size() -> None:
    assert paired_continuous(0.2, 0.8, SETTINGS) == 79


def test_events_needed_to_compare_two_rates() -> None:
    assert rate_events(SETTINGS) == 385


def test_a_modest_gain_never_passes_certainty() -> None:
    assert modest_risk(0.9, 1, 0.25) == pytest.approx(0.925)


def test_two_raters_who_always_agree_in_one_category_have_no_kappa() -> None:
    found = agreement(["low"] * 5, ["low"] * 5)
    assert (found.percent, found.kappa, found.ac1) == (1.0, None, 1.0)


def test_kappa_and_ac1_of_a_two_by_two_table() -> None:
    first = ["yes"] * 118 + ["no"] * 7
    second = ["yes"] * 113 + ["no"] * 5 + ["yes"] * 2 + ["no"] * 5
    found = agreement(first, second)
    assert (found.percent, found.kappa, found.ac1) == pytest.approx((0.944, 0.5592, 0.9359), abs=5e-5)


def test_a_near_miss_counts_for_more_in_a_weighted_kappa() -> None:
    order = ["low", "some", "high"]
    first = ["low", "low", "some", "some", "high", "high"]
    near, far = ["low", "some", *first[2:]], ["low", "high", *first[2:]]
    weighted = [agreement(first, second, order).weighted_kappa or 0 for second in (near, far)]
    assert weighted[0] > weighted[1]


def test_raters_of_different_items_are_refused() -> None:
    with pytest.raises(ValueError, match="second: 1 ratings do not match 2"):
        agreement(["low", "high"], ["low"])


def test_overlap_of_reviews_is_a_corrected_covered_area() -> None:
    found = corrected_covered_area(60, 43, 3)
    assert (round(found.area, 3), found.word) == (0.198, "very high")


@pytest.mark.parametrize("counts", [(10, 43, 3), (60, 43, 1), (200, 43, 3)])
def test_impossible_overlap_is_refused(counts: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match=r"reviews:|inclusions:"):
        corrected_covered_area(*counts)


NUMBERS = {
    0.04683: "0.0468",
    -4.396: "-4.4",
    12345.6: "12346",
    0.5: "0.5",
    786.0: "786",
    0.0: "0",
    2e-7: "0.0000002",
}


@pytest.mark.parametrize("value", NUMBERS)
def test_a_number_for_readers_has_three_digits_and_no_exponent(value: float) -> None:
    assert plain(value) == NUMBERS[value]


def test_a_sentence_takes_its_numbers_from_the_facts() -> None:
    assert sentence("{a} of {b:.0%} in {c}", {"a": 0.12345, "b": 0.5, "c": "all"}) == "0.123 of 50 % in all"


NETWORK: dict[tuple[Any, ...], tuple[int, int, str]] = {
    ((0.3, 0.7), (0.1, 0.9)): (0, 0, "no"),
    ((0.3, 0.7), (-0.1, 1.1)): (0, 1, "some"),
    ((0.25, 0.75), (-0.3, 1.3)): (0, 2, "major"),
    ((-0.1, 1.1), (-0.5, 1.5)): (1, 2, "some"),
    ((-0.3, 0.3), (-0.6, 0.6)): (2, 2, "no"),
}


@pytest.mark.parametrize("intervals", NETWORK)
def test_network_heterogeneity_compares_crossings(intervals: Any) -> None:
    zone, effect = network.Zone(-0.2, 0.2), sum(intervals[0]) / 2
    seen = [network.crossings(*interval, effect, zone) for interval in intervals]
    assert (*seen, network.heterogeneity(*intervals, effect, zone)) == NETWORK[intervals]


def test_an_interval_inside_the_zone_crosses_nothing_that_matters() -> None:
    assert network.imprecision(-0.1, 0.15, 0.05, network.Zone(-0.2, 0.2)) == "no"


INCOHERENCE = [
    ((None, None, None), "no"),
    ((None, 0.2, None), "no"),
    ((None, 0.05, None), "some"),
    ((None, 0.001, None), "major"),
    ((0.3, 0.001, None), "no"),
    ((0.05, None, 3), "no"),
    ((0.05, None, 2), "some"),
    ((0.05, None, 0), "major"),
]


@pytest.mark.parametrize("given, concerns", INCOHERENCE)
def test_network_incoherence_follows_its_table(given: tuple[Any, ...], concerns: str) -> None:
    assert network.incoherence(*given) == concerns


def test_every_number_of_a_rating_says_where_it_comes_from() -> None:
    assert {one.source for one in numbers()} <= set(TAGS.values())
    assert [one.key for one in numbers()] == list(SETTINGS.table)


def test_a_number_that_no_source_gives_names_no_paper_as_its_own() -> None:
    wrong = [one.key for one in numbers() if one.tag in ("C", "C2", "R") and one.cite == OURS]
    assert wrong == []


def test_every_recalled_number_stands_among_the_unverified_rules() -> None:
    assert {one.key for one in numbers() if one.tag == "R"} == {"classic_n", "classic_events"}
    assert "300 events" in UNVERIFIED["classic-information"].label


def test_every_tool_that_is_not_verified_is_listed_with_the_reason() -> None:
    doubted = [key for key, tool in TOOLS.items() if tool.status != "verified"]
    assert [UNVERIFIED[key].why for key in doubted] == [STATUS[TOOLS[key].status] for key in doubted]
