"""Conversions against what they invert, and what they refuse."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import norm

from claimbook.effects import CONVERSIONS, TRANSFORMS, effect_sizes, recover

laws = settings(max_examples=20, derandomize=True)

sizes = st.integers(5, 300)
sds = st.floats(0.1, 50)
differences = st.floats(0.1, 30)
correlations = st.floats(-0.9, 0.95)


@laws
@given(sd=sds, n=sizes)
def test_an_sd_comes_back_from_its_standard_error(sd: float, n: int) -> None:
    assert recover("sd_from_se", se=sd / np.sqrt(n), n=n)["sd"][0] == pytest.approx(sd)


def test_an_sd_comes_back_from_a_printed_interval() -> None:
    """Cochrane Handbook 6.5.2.2: 25 people, mean interval 30.0 to 34.2, t = 2.064, SD 5.09."""
    assert recover("sd_from_interval", low=30.0, high=34.2, n=25)["sd"][0] == pytest.approx(5.09, abs=0.005)


@laws
@given(sd=sds, n=sizes)
def test_error_bars_of_each_kind_give_the_same_sd(sd: float, n: int) -> None:
    se = sd / np.sqrt(n)
    half = se * sd / recover("sd_from_interval", low=-se, high=se, n=n)["sd"][0]
    bars = [sd, se, half]
    found = recover("sd_from_error_bar", bar=bars, n=n, kind=["sd", "se", "interval"])["sd"]
    assert found == pytest.approx([sd] * 3)


@laws
@given(sd=sds, difference=differences, n1=sizes, n2=sizes)
def test_t_f_and_the_standard_error_of_a_difference_give_the_same_sd(
    sd: float, difference: float, n1: int, n2: int
) -> None:
    se = sd * np.sqrt(1 / n1 + 1 / n2)
    groups = {"n1": n1, "n2": n2}
    found = [
        recover("sd_from_difference_se", se=se, **groups),
        recover("sd_from_t", difference=difference, t=-difference / se, **groups),
        recover("sd_from_f", difference=difference, f=(difference / se) ** 2, **groups),
    ]
    assert [result["sd"][0] for result in found] == pytest.approx([sd] * 3)


def test_the_sd_of_a_difference_comes_from_its_p_value() -> None:
    """Cochrane Handbook 6.5.2.3: difference 3.8, p = 0.008, 25 and 22 people: t = 2.78, SE 1.37, SD 4.69."""
    assert recover("sd_from_p", difference=3.8, p=0.008, n1=25, n2=22)["sd"][0] == pytest.approx(
        4.69, abs=0.02
    )


def test_a_t_of_zero_tells_no_sd() -> None:
    assert np.isnan(recover("sd_from_t", difference=0.0, t=0.0, n1=9, n2=9)["sd"][0])


@laws
@given(before=sds, after=sds, r=correlations)
def test_the_correlation_comes_back_from_the_three_sds(before: float, after: float, r: float) -> None:
    change = recover("change_sd_from_r", sd_pre=before, sd_post=after, r=r)["sd_change"]
    assert recover("r_from_sds", sd_pre=before, sd_post=after, sd_change=change)["r"][0] == pytest.approx(
        r, abs=1e-6
    )


def test_three_sds_that_no_correlation_gives_are_refused() -> None:
    with pytest.raises(ValueError, match=r"sd_change = 9 in row 0 .*no correlation gives it"):
        recover("r_from_sds", sd_pre=2, sd_post=3, sd_change=9)


@laws
@given(sd=sds, change=differences, n=sizes)
def test_the_sd_of_a_change_comes_back_from_the_paired_t(sd: float, change: float, n: int) -> None:
    t = change / (sd / np.sqrt(n))
    assert recover("change_sd_from_t", change=change, t=t, n=n)["sd_change"][0] == pytest.approx(sd)


def test_the_sd_of_a_change_from_p_gives_that_p_back() -> None:
    sd = recover("change_sd_from_p", change=2.0, p=0.03, n=12)["sd_change"][0]
    smcc = effect_sizes("SMCC", n=12, change=2.0, sd_change=sd, correct=False).y[0]
    assert smcc == pytest.approx(effect_sizes("SMCC", n=12, p=0.03, correct=False).y[0])


values = st.lists(st.floats(-50, 50), min_size=2, max_size=12)


@laws
@given(first=values, second=values)
def test_two_arms_together_are_their_values_together(first: list[float], second: list[float]) -> None:
    arms = [
        len(first),
        np.mean(first),
        np.std(first, ddof=1),
        len(second),
        np.mean(second),
        np.std(second, ddof=1),
    ]
    found = recover(
        "combine_arms", **dict(zip(("n1", "mean1", "sd1", "n2", "mean2", "sd2"), arms, strict=True))
    )
    together = [*first, *second]
    expected = [len(together), np.mean(together), np.std(together, ddof=1)]
    assert [found[name][0] for name in ("n", "mean", "sd")] == pytest.approx(expected, abs=1e-6)


def test_the_parts_of_an_arm_add_up_to_it() -> None:
    part = recover("split_counts", events=9, n=30, parts=3)
    whole = recover(
        "combine_counts", events1=part["events"] * 2, n1=part["n"] * 2, events2=part["events"], n2=part["n"]
    )
    assert (whole["events"][0], whole["n"][0]) == (9, 30)


def test_a_part_has_the_mean_of_the_arm_and_its_share_of_people() -> None:
    assert recover("split_arm", n=30, parts=2)["n"][0] == 15


def test_a_percent_change_has_the_error_of_its_log_ratio_times_the_ratio() -> None:
    numbers = {"n": 15, "mean_pre": 100.0, "sd_pre": 12.0, "mean_post": 108.0, "sd_post": 13.0, "r": 0.8}
    found, ratio = recover("percent_change", **numbers), effect_sizes("ROMC", **numbers)
    assert (found["percent"][0], found["se"][0]) == pytest.approx((8.0, 108 * ratio.se[0]))


cells = st.integers(1, 60)


@laws
@given(a=cells, b=cells, c=cells, d=cells)
def test_a_table_comes_back_from_its_odds_ratio_phi_and_chi_square(a: int, b: int, c: int, d: int) -> None:
    n, row, column = a + b + c + d, a + b, a + c
    phi = effect_sizes("PHI", a=a, b=b, c=c, d=d).y[0]
    margins = {"n": n, "row": row, "column": column}
    found = [
        recover("table_from_odds_ratio", **margins, odds_ratio=a * d / (b * c)),
        recover("table_from_phi", **margins, phi=phi),
        recover("table_from_chi_square", **margins, chi_square=np.sign(phi) * n * phi**2, yates="no"),
    ]
    assert [[table[cell][0] for cell in "abcd"] for table in found] == [[a, b, c, d]] * 3


def test_margins_that_a_statistic_contradicts_give_no_table() -> None:
    assert np.isnan(recover("table_from_phi", n=400, row=200, column=50, phi=0.54)["a"][0])


@laws
@given(estimate=st.floats(0.2, 5), se=st.floats(0.05, 1))
def test_a_wald_interval_z_and_p_give_the_same_variance(estimate: float, se: float) -> None:
    y, half = np.log(estimate), 1.959963984540054 * se
    interval = recover(
        "effect_from_interval", estimate=estimate, low=np.exp(y - half), high=np.exp(y + half), scale="log"
    )
    z = recover("effect_from_z", estimate=estimate, z=1.0 if y == 0 else y / se, scale="log")
    assert interval["v"][0] == pytest.approx(se**2) and (y == 0 or z["v"][0] == pytest.approx(se**2))


def test_a_wald_p_value_gives_the_variance_of_its_z() -> None:
    by_p = recover("effect_from_p", estimate=0.64, p=0.05, scale="log")["v"][0]
    assert by_p == pytest.approx((np.log(0.64) / 1.959963984540054) ** 2)


@pytest.mark.parametrize(
    ("name", "slope"), [("exp", np.exp(0.7)), ("ztor", 1 - np.tanh(0.7) ** 2), ("sqrt", 0.5 / np.sqrt(0.7))]
)
def test_the_delta_method_multiplies_by_the_squared_slope(name: str, slope: float) -> None:
    assert recover("delta", y=0.7, v=0.04, transform=name)["v"][0] == pytest.approx(0.04 * slope**2, rel=1e-9)


SYMMETRIC = {"n": 100, "minimum": 5.0, "q1": 9.0, "median": 11.0, "q3": 13.0, "maximum": 17.0}


@pytest.mark.parametrize("method", ["luo-wan-shi", "wan2014", "bland2015"])
def test_the_mean_of_symmetric_quantiles_is_their_median(method: str) -> None:
    assert recover("mean_and_sd", **SYMMETRIC, method=method)["mean"][0] == pytest.approx(11.0)


@laws
@given(mean=st.floats(20, 80), sd=st.floats(1, 5), n=st.integers(50, 400))
def test_normal_quartiles_give_nearly_their_mean_and_sd(mean: float, sd: float, n: int) -> None:
    quartiles = {"q1": mean - 0.6745 * sd, "median": mean, "q3": mean + 0.6745 * sd}
    for method in ("luo-wan-shi", "qe"):
        found = recover("mean_and_sd", n=n, **quartiles, method=method)
        assert (found["mean"][0], found["sd"][0]) == pytest.approx((mean, sd), rel=0.03)


@laws
@given(mu=st.floats(0.5, 3), sigma=st.floats(0.2, 0.8))
def test_the_best_fitting_distribution_of_log_normal_quartiles_is_log_normal(mu: float, sigma: float) -> None:
    q1, median, q3 = np.exp(mu + sigma * np.array([-0.6744897501960817, 0, 0.6744897501960817]))
    found = recover("mean_and_sd", n=100, q1=q1, median=median, q3=q3, method="qe")
    assert found["mean"][0] == pytest.approx(np.exp(mu + sigma**2 / 2), rel=1e-5)


def test_skewed_quartiles_give_nothing_unless_they_are_to_be_kept() -> None:
    skewed = {"n": 60, "q1": 4.0, "median": 5.0, "q3": 14.0}
    strict, lenient = recover("mean_and_sd", **skewed), recover("mean_and_sd", **skewed, if_skewed="keep")
    assert (
        np.isnan(strict["mean"][0])
        and strict["skewness"][0] >= strict["critical"][0]
        and lenient["mean"][0] > 5
    )


def test_rows_may_differ_in_what_they_print() -> None:
    found = recover(
        "mean_and_sd",
        n=40,
        median=10,
        q1=[8, None, 8],
        q3=[12, None, 12],
        minimum=[None, 2, 2],
        maximum=[None, 18, 18],
    )
    assert np.isfinite(found["mean"]).all() and len(set(found["sd"])) == 3


def test_four_people_are_too_few_for_quantiles() -> None:
    assert np.isnan(recover("mean_and_sd", n=4, q1=1, median=2, q3=3)["mean"][0])


def test_the_loss_of_precision_is_told_where_it_is_known() -> None:
    found = recover(
        "mean_and_sd",
        n=[10_000, 50],
        median=11,
        q1=[9, None],
        q3=[13, None],
        minimum=[None, 2],
        maximum=[None, 20],
    )
    assert found.inflation is not None
    assert found.inflation[0] == pytest.approx(1.162, abs=0.001) and np.isnan(found.inflation[1])


MISTAKES: dict[str, tuple[str, dict[str, Any], str]] = {
    "an unknown conversion": (
        "sd_from_sem",
        {"se": 1, "n": 9},
        "unknown conversion 'sd_from_sem'; did you mean",
    ),
    "a misspelt argument": ("sd_from_se", {"sem": 1, "n": 9}, "sd_from_se has no argument 'sem'"),
    "an error bar of no declared kind": (
        "sd_from_error_bar",
        {"bar": 1, "n": 9},
        "sd_from_error_bar needs kind: sd, se, interval",
    ),
    "an unknown kind": ("sd_from_error_bar", {"bar": 1, "n": 9, "kind": "sme"}, "kind='sme' is not known"),
    "quartiles in disorder": ("mean_and_sd", {"n": 20, "q1": 5, "median": 4, "q3": 9}, "median = 4 in row 0"),
    "a minimum above the median": (
        "mean_and_sd",
        {"n": 20, "minimum": 5, "median": 4, "maximum": 9},
        "median = 4 in row 0",
    ),
    "a logarithm of 0": (
        "mean_and_sd",
        {"n": 20, "q1": 0, "median": 4, "q3": 9, "method": "log-normal"},
        "q1 = 0 in row 0 (rows count from 0): must be greater than 0",
    ),
    "a negative ratio on the log scale": (
        "effect_from_z",
        {"estimate": -2, "z": 1, "scale": "log"},
        "estimate = -2 in row 0 (rows count from 0): has no value on the log scale",
    ),
    "an interval upside down": ("sd_from_interval", {"low": 3, "high": 2, "n": 9}, "low = 3 in row 0"),
    "a negative standard error": ("sd_from_se", {"se": [1, -1], "n": 9}, "se = -1 in row 1"),
    "a curve that needs more": (
        "delta",
        {"y": 1, "v": 1, "transform": "ipft"},
        "transform='ipft' is not known",
    ),
}


@pytest.mark.parametrize(("name", "given_", "words"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_named(name: str, given_: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        recover(name, **given_)


def test_what_was_not_recovered_is_said_to_be_missing() -> None:
    with pytest.raises(KeyError, match="'mean' was not recovered; there are sd"):
        recover("sd_from_se", se=1, n=9)["mean"]


@pytest.mark.parametrize("name", sorted(CONVERSIONS))
def test_every_conversion_says_what_it_assumes(name: str) -> None:
    assert len(CONVERSIONS[name].assumed.split()) > 3


@pytest.mark.parametrize("tau2", [0.01, 0.25, 1.0, 25.0, 1e4])
@pytest.mark.parametrize(("name", "back"), [("ilogit_int", expit), ("ztor_int", np.tanh)])
def test_a_mean_on_the_scale_of_the_reader_is_the_integral(name: str, back: Any, tau2: float) -> None:
    x, tau = 0.7, np.sqrt(tau2)
    edges = np.unique(np.clip([-12, *((np.array([-20, -2, 0, 2, 20]) - x) / tau), 12], -12, 12))
    parts = [
        quad(lambda z: back(x + tau * z) * norm.pdf(z), *ends, epsabs=1e-13)[0] for ends in pairwise(edges)
    ]
    assert float(TRANSFORMS[name](x, tau2)) == pytest.approx(sum(parts), abs=1e-10)


@pytest.mark.parametrize(
    ("name", "slope"),
    [
        ("rtoz", lambda x: 1 / (1 - x**2)),
        ("logit", lambda x: 1 / (x * (1 - x))),
        ("abt", lambda x: 1 / (1 - x)),
    ],
)
@pytest.mark.parametrize("y", [0.5, 0.99, 0.9995, 0.99999])
def test_the_delta_method_holds_near_the_end_of_a_scale(name: str, slope: Any, y: float) -> None:
    assert recover("delta", y=y, v=1e-12, transform=name)["v"][0] == pytest.approx(
        1e-12 * slope(y) ** 2, rel=1e-7
    )


LOST = {
    "an effect of none": ("effect_from_p", {"estimate": 1, "p": 0.4, "scale": "log"}, "y, v"),
    "a t of no difference": ("sd_from_t", {"difference": 0, "t": 1.2, "n1": 9, "n2": 9}, "sd"),
    "nobody": ("sd_from_se", {"se": 1.0, "n": 0}, "sd"),
    "nothing before": (
        "percent_change",
        {"n": 9, "mean_pre": 0, "sd_pre": 1, "mean_post": 2, "sd_post": 1, "r": 0.5},
        "percent, se",
    ),
    "a median alone": ("mean_and_sd", {"n": 20, "median": 3}, "mean, sd"),
    "a logarithm of nothing": ("delta", {"y": 0, "v": 1, "transform": "log"}, "y, v"),
}


@pytest.mark.parametrize(("name", "given", "lost"), LOST.values(), ids=LOST)
def test_numbers_that_tell_nothing_are_missing_and_said_to_be(name: str, given: Any, lost: str) -> None:
    assert recover(name, **given).notes == (f"row 0: these numbers do not determine {lost}",)


def test_a_summary_that_is_too_skewed_says_so() -> None:
    found = recover("mean_and_sd", n=20, q1=[1, 1], median=[2, 2], q3=[3, 8])
    assert found.notes[0].startswith("row 1: too skewed for this method") and len(found.notes) == 1


def test_a_missing_number_needs_no_note() -> None:
    assert recover("sd_from_se", se=None, n=9).notes == ()


def test_what_is_recovered_prints_as_a_table_with_what_it_assumes() -> None:
    se = pd.Series([1.0, None], index=["Estes", "Losey"])
    assert repr(recover("sd_from_se", se=se, n=9)).splitlines() == [
        "Recovered, if the SE is that of the mean of n independent people",
        "       sd",
        "Estes   3",
        "Losey NaN",
    ]


def variance_of_the_mean(sizes: list[int], icc: float) -> float:
    """Of people of unit variance who correlate by the ICC within their cluster."""
    n = sum(sizes)
    return sum(m + m * (m - 1) * icc for m in sizes) / n**2


@pytest.mark.parametrize("sizes", [[10] * 6, [4, 8, 12, 20, 6, 10]])
def test_people_in_clusters_say_as_much_as_the_effective_arm(sizes: list[int]) -> None:
    given = {"cluster_size": np.mean(sizes), "cluster_cv": np.std(sizes) / np.mean(sizes), "icc": 0.07}
    found = recover("effective_arm", n=sum(sizes), **given)
    assert 1 / found["n"][0] == pytest.approx(variance_of_the_mean(sizes, 0.07))


def test_a_standard_error_grows_by_what_the_effective_arm_shrinks() -> None:
    given = {"cluster_size": 12, "icc": 0.05}
    arm, se = recover("effective_arm", n=100, **given), recover("clustered_se", se=2.0, **given)
    assert se["se"][0] ** 2 / 4 == pytest.approx(100 / arm["n"][0])


def test_events_in_clusters_keep_their_share() -> None:
    found = recover("effective_counts", events=9, n=60, cluster_size=10, icc=0.1)
    assert found["events"][0] / found["n"][0] == pytest.approx(9 / 60)


def test_a_cluster_of_less_than_one_is_refused() -> None:
    with pytest.raises(ValueError, match=re.escape("cluster_size = 0.5 in row 0")):
        recover("effective_arm", n=60, cluster_size=0.5, icc=0.1)
