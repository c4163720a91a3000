"""Laws that effect sizes obey whatever the numbers are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import distance
from scipy.stats import multivariate_normal

from claimbook.effects import MEASURES, TRANSFORMS, effect_sizes
from claimbook.effects.association import bivariate_normal

laws = settings(max_examples=20, derandomize=True)

sizes = st.integers(6, 400)
means = st.floats(0.5, 200)
sds = st.floats(0.1, 50)
counts = st.integers(1, 300)
correlations = st.floats(-0.9, 0.9)


def columns(**kinds: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, list[Any]]]:
    """Three rows of each column."""
    return st.fixed_dictionaries(
        {name: st.lists(kind, min_size=3, max_size=3) for name, kind in kinds.items()}
    )


two_means = columns(n1=sizes, mean1=means, sd1=sds, n2=sizes, mean2=means, sd2=sds)
tables = columns(a=counts, b=counts, c=counts, d=counts)
rates = columns(events1=counts, time1=means, events2=counts, time2=means)
change = columns(n=sizes, mean_pre=means, sd_pre=sds, mean_post=means, sd_post=sds, r=correlations)

SWAP_MEANS = {"n1": "n2", "mean1": "mean2", "sd1": "sd2", "n2": "n1", "mean2": "mean1", "sd2": "sd1"}
SWAP_CELLS = {"a": "c", "b": "d", "c": "a", "d": "b"}
SWAP_TIMES = {
    "mean_pre": "mean_post",
    "mean_post": "mean_pre",
    "sd_pre": "sd_post",
    "sd_post": "sd_pre",
    "n": "n",
    "r": "r",
}
SWAP_RATES = {"events1": "events2", "time1": "time2", "events2": "events1", "time2": "time1"}


def swapped(data: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {name: data[names[name]] for name in data}


def changed(data: dict[str, Any], names: str, step: Any) -> dict[str, Any]:
    """The data with ``step`` applied to the named columns."""
    return {
        name: [step(x) for x in column] if name in names.split() else column for name, column in data.items()
    }


def same(ours: Any, theirs: Any, absolute: float = 1e-9) -> bool:
    return distance(ours, theirs, absolute=absolute) < 1e-6


@pytest.mark.parametrize("code", ["MD", "SMD", "SMDH", "ROM", "CVR", "D2ORN", "D2ORL", "RPB", "RBIS"])
@laws
@given(data=two_means)
def test_swapping_the_arms_flips_the_sign(code: str, data: dict[str, Any]) -> None:
    one, other = effect_sizes(code, **data), effect_sizes(code, **swapped(data, SWAP_MEANS))
    assert same(one.y, -other.y) and same(one.v, other.v, absolute=0)


@pytest.mark.parametrize(
    "code", ["RR", "OR", "RD", "AS", "PETO", "PBIT", "OR2DN", "OR2DL", "PHI", "YUQ", "YUY"]
)
@laws
@given(data=tables)
def test_swapping_the_rows_of_a_table_flips_the_sign(code: str, data: dict[str, Any]) -> None:
    one, other = effect_sizes(code, **data), effect_sizes(code, **swapped(data, SWAP_CELLS))
    assert same(one.y, -other.y) and same(one.v, other.v, absolute=0)


@pytest.mark.parametrize("code", ["IRR", "IRD", "IRSD"])
@laws
@given(data=rates)
def test_swapping_two_rates_flips_the_sign(code: str, data: dict[str, Any]) -> None:
    one, other = effect_sizes(code, **data), effect_sizes(code, **swapped(data, SWAP_RATES))
    assert same(one.y, -other.y) and same(one.v, other.v, absolute=0)


@laws
@given(data=tables)
def test_an_odds_ratio_of_others_is_the_reciprocal_of_that_of_events(data: dict[str, Any]) -> None:
    others = swapped(data, {"a": "b", "b": "a", "c": "d", "d": "c"})
    assert same(effect_sizes("OR", **data).y, -effect_sizes("OR", **others).y)


@pytest.mark.parametrize("code", ["MD", "SMD", "SMDH", "SMD1", "SMD1H", "CLESN", "RPB"])
@laws
@given(data=two_means, shift=st.integers(-100, 100))
def test_shifting_both_means_changes_nothing(code: str, data: dict[str, Any], shift: int) -> None:
    moved = changed(data, "mean1 mean2", lambda x: x + shift)
    one, other = effect_sizes(code, **data), effect_sizes(code, **moved)
    assert same(one.y, other.y) and same(one.v, other.v)


@pytest.mark.parametrize("code", ["SMD", "SMDH", "SMD1", "SMD1H", "ROM", "CVR", "RBIS", "CLESN"])
@laws
@given(data=two_means, unit=st.sampled_from([1e-150, 0.01, 7.0, 1e150]))
def test_another_unit_changes_nothing(code: str, data: dict[str, Any], unit: float) -> None:
    scaled = changed(data, "mean1 sd1 mean2 sd2", lambda x: x * unit)
    one, other = effect_sizes(code, **data), effect_sizes(code, **scaled)
    assert same(one.y, other.y) and same(one.v, other.v, absolute=0)


@laws
@given(data=two_means, unit=st.floats(0.001, 1000))
def test_a_mean_difference_scales_with_its_unit(data: dict[str, Any], unit: float) -> None:
    one, other = (
        effect_sizes("MD", **data),
        effect_sizes("MD", **changed(data, "mean1 sd1 mean2 sd2", lambda x: x * unit)),
    )
    assert same(one.y * unit, other.y) and same(one.v * unit**2, other.v, absolute=0)


@pytest.mark.parametrize("code", ["MC", "ROMC", "SMCC", "SMCRP", "SMCRPH", "CVRC"])
@laws
@given(data=change)
def test_swapping_before_and_after_flips_the_sign(code: str, data: dict[str, Any]) -> None:
    back = swapped(
        data | {},
        {
            "mean_pre": "mean_post",
            "mean_post": "mean_pre",
            "sd_pre": "sd_post",
            "sd_post": "sd_pre",
            "n": "n",
            "r": "r",
        },
    )
    one, other = effect_sizes(code, **data), effect_sizes(code, **back)
    assert same(one.y, -other.y) and same(one.v, other.v, absolute=0)


def many_rows() -> dict[str, Any]:
    """Columns of every name that a measure takes, 300 possible rows, events among people."""
    draw = np.random.default_rng(20)
    spread = {
        **dict.fromkeys(("n", "n1", "n2"), (6, 400)),
        **dict.fromkeys(
            ("mean", "mean1", "mean2", "mean_pre", "mean_post", "time", "time1", "time2"), (0.5, 200)
        ),
        **dict.fromkeys(("sd", "sd1", "sd2", "sd_pre", "sd_post", "sd_change", "se", "v"), (0.1, 50)),
        **dict.fromkeys("abc", (1, 300)),
        "d": (0, 3),  # the fourth cell, and Cohen's d
        **dict.fromkeys(("events", "events1", "events2", "items", "predictors"), (1, 5)),
        **dict.fromkeys(("auc", "alpha", "r2"), (0.1, 0.95)),
        "r": (0.05, 0.3),
        **dict.fromkeys(("y", "t", "percent", "change"), (-3, 3)),
    }
    whole = {"n", "n1", "n2", "events", "events1", "events2", "predictors", *"abcd"}
    rows = {name: draw.uniform(low, high, 300) for name, (low, high) in spread.items()}
    return {name: np.ceil(row) if name in whole else row + (name == "items") for name, row in rows.items()}


ROWS = many_rows()
FORMS = [
    pytest.param(code, form, id=f"{code} from {' '.join(form)}")
    for code, measure in MEASURES.items()
    for form in measure.arguments
    if set(form) <= set(ROWS)
]


@pytest.mark.parametrize(("code", "form"), FORMS)
def test_a_variance_is_positive_wherever_there_is_an_effect(code: str, form: tuple[str, ...]) -> None:
    effects = effect_sizes(code, **{name: ROWS[name] for name in form})
    known = ~np.isnan(effects.y) & (effects.v != 0)  # a probability that rounds to 0 or 1 has none
    assert known.any() and np.all(effects.v[known] > 0)


@pytest.mark.parametrize(("code", "form"), FORMS)
def test_the_order_of_the_rows_does_not_matter(code: str, form: tuple[str, ...]) -> None:
    one = effect_sizes(code, **{name: ROWS[name] for name in form})
    other = effect_sizes(code, **{name: ROWS[name][::-1] for name in form})
    assert distance(one.y[::-1], other.y) < 1e-12


@pytest.mark.parametrize(("code", "form"), FORMS)
def test_lists_arrays_and_series_give_the_same(code: str, form: tuple[str, ...]) -> None:
    kinds: list[Any] = [list, np.array, pd.Series]
    one, *others = (effect_sizes(code, **{name: kind(ROWS[name]) for name in form}).y for kind in kinds)
    assert all(np.array_equal(one, other, equal_nan=True) for other in others)


@pytest.mark.parametrize(("code", "form"), FORMS)
def test_a_row_gives_what_it_gives_among_others(code: str, form: tuple[str, ...]) -> None:
    among = effect_sizes(code, **{name: ROWS[name] for name in form})
    alone = effect_sizes(code, **{name: ROWS[name][7] for name in form})
    assert distance(alone.y, among.y[7:8]) < 1e-12 and distance(alone.v, among.v[7:8]) < 1e-12


@laws
@given(h=st.floats(-3, 3), k=st.floats(-3, 3), r=st.floats(-0.95, 0.95))
def test_the_bivariate_normal_is_that_of_scipy(h: float, k: float, r: float) -> None:
    ours = bivariate_normal(np.array([h]), np.array([k]), np.array([r]))[0]
    theirs = multivariate_normal(cov=[[1, r], [r, 1]]).cdf([h, k])
    assert ours == pytest.approx(theirs, abs=1e-5)


@laws
@given(data=tables)
def test_the_tetrachoric_correlation_gives_the_table_back(data: dict[str, Any]) -> None:
    a, b, c, d = (np.array(data[name], float) for name in "abcd")
    n, r = a + b + c + d, effect_sizes("RTET", **data).y
    h, k = (TRANSFORMS["probit"](share) for share in ((a + b) / n, (a + c) / n))
    assert np.allclose(bivariate_normal(h, k, r), a / n, atol=1e-12)


ROUND_TRIPS = [
    ("logit", "ilogit"), ("probit", "iprobit"), ("arcsin", "iarcsin"), ("rtoz", "ztor"), ("ahw", "iahw"),
    ("abt", "iabt"), ("sqrt", "isqrt"), ("r2toz", "ztor2"), ("log", "exp"), ("clestod", "dtocles"),
    ("rtorpb", "rpbtorbis"),
]  # fmt: skip


@pytest.mark.parametrize(("there", "back"), ROUND_TRIPS)
@laws
@given(x=st.floats(0.01, 0.99))
def test_a_transformation_and_its_inverse_undo_each_other(there: str, back: str, x: float) -> None:
    assert TRANSFORMS[back](TRANSFORMS[there](x)) == pytest.approx(x)


@laws
@given(events=st.integers(0, 50), more=st.integers(1, 50))
def test_a_freeman_tukey_proportion_returns_to_its_count(events: int, more: int) -> None:
    n = events + more
    assert TRANSFORMS["ipft"](TRANSFORMS["pft"](events, n), n) == pytest.approx(events / n, abs=1e-9)


@pytest.mark.parametrize("code", sorted(MEASURES))
def test_a_measure_leads_back_to_its_null(code: str) -> None:
    measure = MEASURES[code]
    back = measure.back([measure.null])
    assert back.shape == (1,) and (np.isnan(measure.null) or np.isfinite(back[0]))
