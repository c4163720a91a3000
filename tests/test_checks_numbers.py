"""The arithmetic under the checks: rounding, tails, GRIM and its siblings, formulas, the two readings."""

from __future__ import annotations

import itertools
import json
import math
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from claimbook.checks import distributions
from claimbook.checks.formula import value_of_formula
from claimbook.checks.grim import debit, grim, grimmer
from claimbook.checks.limits import largest_sd
from claimbook.checks.pages import packaged
from claimbook.checks.readings import Spreads, readings
from claimbook.checks.recompute import larger_effect, sd_of_change, t_of_means
from claimbook.checks.rounding import Range, span
from claimbook.records.models import Means, Number


def printed(text: str) -> Range:
    found = span(Number(value=text))
    assert found is not None
    return found


HELD = json.loads((Path(__file__).parent / "golden" / "grim.json").read_text(encoding="utf-8"))


def verdicts(test: str) -> list[tuple[str, list[Any], bool]]:
    """(source, case, verdict) of every held case of one test."""
    return [(g["source"], case[:-1], case[-1]) for g in HELD[test] for case in g["cases"]]


def ours(test: str, source: str, case: list[Any]) -> bool:
    if test == "grim":
        mean, n, items = case
        percent = any(g["source"] == source and g.get("percent") for g in HELD["grim"])
        return grim(printed(mean).scaled(0.01 if percent else 1), n, items)
    mean, sd, *rest = case
    return {"grimmer": grimmer, "debit": debit}[test](printed(mean), printed(sd), *rest)


def test_the_held_verdicts_are_complete() -> None:
    assert {test: len(verdicts(test)) for test in TESTS} == {"grim": 393, "grimmer": 55, "debit": 23}


TESTS = ("grim", "grimmer", "debit")


@pytest.mark.parametrize("test", TESTS)
def test_the_tests_of_whole_numbers_agree_with_the_papers_and_with_scrutiny(test: str) -> None:
    known = [entry["case"] for entry in HELD["disagreements"]]
    wrong = [row for row in verdicts(test) if row[1] not in known and ours(test, *row[:2]) != row[2]]
    assert wrong == []


@pytest.mark.parametrize("entry", HELD["disagreements"], ids=lambda entry: entry["case"][0])
def test_where_we_disagree_with_scrutiny_data_decide(entry: dict[str, Any]) -> None:
    (mean, sd, n, items), data = entry["case"], np.array(entry["data"])
    assert ours("grimmer", "", entry["case"]) is entry["ours"] is not entry["theirs"]
    assert printed(mean).holds(float(data.mean())) and (len(data), items) == (n, 1)
    least = float(data.std(ddof=1))  # for the case that we refuse: as alike as whole numbers can be
    assert printed(sd).holds(least) if entry["ours"] else printed(sd).high < least


@pytest.mark.parametrize(("n", "top", "items"), [(3, 6, 1), (4, 5, 1), (5, 4, 1), (7, 2, 1), (3, 8, 2)])
def test_no_data_set_is_called_impossible(n: int, top: int, items: int) -> None:
    wrong = []
    for data in itertools.combinations_with_replacement(range(top + 1), n):
        values = np.array(data) / items
        mean, sd = printed(f"{values.mean():.2f}"), printed(f"{values.std(ddof=1):.2f}")
        wrong += [] if grim(mean, n, items) and grimmer(mean, sd, n, items) else [data]
    assert wrong == []


def test_grimmer_finds_what_exhaustive_search_finds_for_six_people() -> None:
    reachable = {
        (f"{np.mean(d):.2f}", f"{np.std(d, ddof=1):.2f}")
        for d in itertools.combinations_with_replacement(range(8), 6)
    }
    means = sorted({mean for mean, _ in reachable if 2 <= float(mean) <= 5})
    sds = [f"{sd / 100:.2f}" for sd in range(60, 260)]
    called = {(m, s) for m in means for s in sds if grimmer(printed(m), printed(s), 6)}
    missed = called - reachable
    assert called >= {pair for pair in reachable if pair[0] in means and pair[1] in sds}
    assert len(missed) <= 0.02 * len(means) * len(sds)  # pairs that only the whole distribution rules out


def test_binary_data_pass_debit() -> None:
    wrong = [
        (events, n)
        for n in (5, 12, 50, 333)
        for events in range(n + 1)
        for data in [np.repeat([1, 0], [events, n - events])]
        if not debit(printed(f"{data.mean():.2f}"), printed(f"{data.std(ddof=1):.2f}"), n)
    ]
    assert wrong == []


def test_tails_agree_with_scipy() -> None:
    rng = random.Random(4)
    worst = 0.0
    for _ in range(2000):
        df, df2, x = rng.choice([1, 2, 7.5, 30, 400]), rng.choice([3, 12, 90]), rng.uniform(0.01, 9)
        pairs = (
            (distributions.t_p(x, df), 2 * stats.t.sf(x, df)),
            (distributions.f_p(x, df, df2), stats.f.sf(x, df, df2)),
            (distributions.chi2_p(x, df), stats.chi2.sf(x, df)),
            (distributions.chi2_cdf(x, df), stats.chi2.cdf(x, df)),
            (distributions.normal_p(x), 2 * stats.norm.sf(x)),
        )
        worst = max(worst, *(abs(ours - theirs) / max(theirs, 1e-200) for ours, theirs in pairs))
    assert worst < 1e-9


def test_critical_values_agree_with_scipy() -> None:
    ours = [distributions.t_critical(df, 0.95) for df in (1, 4, 17.5, 200)]
    assert ours == pytest.approx(stats.t.ppf(0.975, [1, 4, 17.5, 200]), rel=1e-9)


numbers = st.floats(-1e6, 1e6).filter(lambda x: abs(x) > 1e-6)


@given(numbers, numbers, st.integers(0, 4), st.integers(0, 4))
def test_ranges_hold_the_result_of_what_was_rounded(a: float, b: float, d1: int, d2: int) -> None:
    x, y = printed(f"{a:.{d1}f}"), printed(f"{b:.{d2}f}")
    assert (x + y).holds(a + b) and (x - y).holds(a - b) and (x * y).holds(a * b) and (x / y).holds(a / b)
    assert abs(x).holds(abs(a)) and x.squared().holds(a * a)


@given(st.floats(0.1, 50), st.floats(0.1, 50), st.floats(-1, 1))
def test_the_sd_of_a_change_holds_its_formula(s1: float, s2: float, r: float) -> None:
    exact = math.sqrt(max(0.0, s1 * s1 + s2 * s2 - 2 * r * s1 * s2))
    assert sd_of_change(*map(Range.exactly, (s1, s2, r))).wider(1e-6).holds(exact)


def test_t_of_printed_means_holds_the_t_test() -> None:
    rng = np.random.default_rng(3)
    for _ in range(200):
        a, b = rng.normal(104, 9, 12), rng.normal(100, 9, 15)
        groups = [
            {"arm": "x", "n": str(len(g)), "mean": f"{g.mean():.1f}", "sd": f"{g.std(ddof=1):.1f}"}
            for g in (a, b)
        ]
        found = t_of_means(Means(of="final", intervention=groups[0], comparator=groups[1]), "sd")
        assert found is not None and found.holds(abs(stats.ttest_ind(a, b).statistic))


def test_the_largest_sd_is_reached_by_people_at_both_ends() -> None:
    data = np.repeat([1, 7], [5, 15])
    assert largest_sd(Range.exactly(data.mean()), Range(1, 7), 20) == pytest.approx(data.std(ddof=1))


FORMULAS = {
    "6 months x 52 / 12": 26.0,
    "SD = SE * sqrt(n) = 1.9 * sqrt(12)": 1.9 * math.sqrt(12),
    "(0.48 - 0.08) / (2 × 1.96)": 0.4 / 3.92,
    "24.5 sessions / 10 weeks = 2.45": 2.45,
    "exp(0.5) + 2^3 - -1": math.exp(0.5) + 9,
    "12 + 5 people": 17.0,
}


def test_formulas_are_worked_out() -> None:
    found = {text: value_of_formula(text) for text in FORMULAS}
    assert {
        text: r is not None and r.wider(1e-9).holds(FORMULAS[text]) for text, r in found.items()
    } == dict.fromkeys(FORMULAS, True)


@pytest.mark.parametrize(
    "text", ["from the figure", "SE * sqrt(n)", "((((1 + 2", "1 +", "3 4", "2 ^ 999999 * 3", "1 / 0 * 0"]
)
def test_what_is_no_arithmetic_has_no_value(text: str) -> None:
    found = value_of_formula(text)
    assert found is None or math.isinf(found.high)


def spreads(sds: list[float], n: int = 12, sure: bool = False) -> list[Spreads]:
    return [Spreads((math.log(x), math.log(x * 1.05)), (n, n), f"{sure}{i}", sure) for i, x in enumerate(sds)]


def suspects(outcome: list[Spreads]) -> list[bool]:
    return [reading.suspect() for reading in readings([outcome])[0]]


def test_one_standard_error_among_sds_is_found() -> None:
    assert suspects(spreads([10, 11, 9.5, 10.5, 9, 10 / math.sqrt(12)])) == [False] * 5 + [True]


def test_two_of_five_are_found_although_they_pull_the_centre() -> None:
    found = suspects(spreads([10, 11, 9.5, 10 / math.sqrt(12), 10.5 / math.sqrt(12)]))
    assert found == [False] * 3 + [True] * 2


def test_a_single_group_with_a_standard_error_is_named() -> None:
    odd = Spreads((math.log(10), math.log(10 / math.sqrt(12))), (12, 12), "odd")
    assert readings([[*spreads([10, 11, 9.5, 10.5, 9]), odd]])[0][-1].groups == (0, 1)


def test_labelled_standard_errors_are_not_suspected() -> None:
    found = readings([[*spreads([10, 11, 9, 10]), *spreads([2.9], sure=True)]])[0]
    assert (found[-1].factor, found[-1].suspect(), found[-1].power) == (0, False, 0)


def test_scattered_studies_have_no_power() -> None:
    alike, scattered = readings([spreads([10, 11, 9.5, 10.5, 9]), spreads([2, 40, 9, 120, 0.5])])
    assert alike[0].power > 0.9 and scattered[0].power < 0.5


def test_small_groups_have_less_power_than_large_ones() -> None:
    found = [readings([spreads([10, 11, 9.5, 10.5, 9], n)])[0][0].power for n in (4, 8, 16, 64)]
    assert found == sorted(found) and found[0] < 0.5 < 0.95 < found[-1]


def test_two_studies_say_nothing() -> None:
    assert {(r.factor, r.power) for r in readings([spreads([10, 3])])[0]} == {(0.0, 0.0)}


def test_results_of_one_study_are_no_evidence_for_each_other() -> None:
    low = [Spreads(s.logs, s.sizes, "low") for s in spreads([3, 3.1, 2.9, 3.05])]
    assert suspects([*spreads([10, 11, 9.5, 10.5]), *low]) == [False] * 4 + [True] * 4


def test_outcomes_tell_each_other_how_alike_spreads_are() -> None:
    alone, alike = spreads([10, 11, 9.5]), [spreads([5, 5.5, 4.8, 5.2, 5.1, 4.9]) for _ in range(6)]
    assert readings([alone, *alike])[0][0].power > readings([alone])[0][0].power + 0.03


@pytest.mark.parametrize("sizes", [(10, 10), (20, 24), (8, 40)])
def test_only_a_large_effect_speaks_for_standard_errors(
    sizes: tuple[int, int],
) -> None:
    found = [larger_effect(x, sizes) for x in (0.0, -0.5, 1.5, -2.5, 6.0, 500.0)]
    assert found[:2] == [1.0, 1.0] and found[2:] == sorted(found[2:]) and found[3] > 2


def test_the_published_rates_cover_the_grid() -> None:
    places = {(row["studies"], row["tau"], tuple(row["sizes"])) for row in packaged("power")}
    assert places == set(itertools.product((2, 3, 4, 6, 10), (0.15, 0.25, 0.35, 0.5), ((8, 15), (16, 40))))


@pytest.mark.parametrize("tau", [0.15, 0.25, 0.35, 0.5])
def test_where_siblings_are_said_to_have_power_nine_in_ten_are_found(tau: float) -> None:
    rows = [row for row in packaged("power") if row["tau"] == tau and row["power_hits"] is not None]
    shares = [row["share"] for row in rows]
    hits, alarms = (
        np.average([row[name] for row in rows], weights=shares)
        for name in ("power_hits", "power_false_alarms")
    )
    assert hits >= 90 and alarms <= 5


def test_two_studies_are_never_said_to_have_power() -> None:
    assert {row["share"] for row in packaged("power") if row["studies"] == 2} == {0}
