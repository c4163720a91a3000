"""What a caller meets: shapes, missing values, mistakes, zero cells, the registry."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd
import pytest

from claimbook.effects import CONVERSIONS, MEASURES, TRANSFORMS, effect_sizes, recover
from claimbook.effects.quantiles import METHODS

ONE = {"n1": 20, "mean1": 5.0, "sd1": 2.0, "n2": 22, "mean2": 4.0, "sd2": 2.5}
TABLE = {"a": [4, 0, 0], "b": [10, 20, 9], "c": [2, 3, 0], "d": [12, 17, 8]}


def test_scalars_give_one_row() -> None:
    assert effect_sizes("MD", **ONE).y.tolist() == [1.0]


def test_single_values_are_repeated_along_a_column() -> None:
    assert effect_sizes("MD", **{**ONE, "mean1": [5.0, 6.0, 7.0]}).y.tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA, np.nan])
def test_a_missing_value_gives_a_missing_row(missing: Any) -> None:
    effects = effect_sizes("MD", **{**ONE, "sd1": [2.0, missing]})
    assert np.isnan(effects.y).tolist() == np.isnan(effects.v).tolist() == [False, True]


def test_a_missing_row_is_not_called_undetermined() -> None:
    assert effect_sizes("MD", **{**ONE, "sd1": None}).notes == ()


LABELLED = pd.Series([5.0, 6.0], index=[9, 3])


def test_a_series_keeps_its_order_and_its_index() -> None:
    assert effect_sizes("MD", **{**ONE, "mean1": LABELLED}).frame().y.to_dict() == {9: 1.0, 3: 2.0}


def test_series_of_different_indexes_are_refused_because_rows_are_matched_by_place() -> None:
    with pytest.raises(ValueError, match="mean1 and sd1 are Series with different indexes"):
        effect_sizes("MD", **{**ONE, "mean1": LABELLED, "sd1": pd.Series([2.0, 3.0], index=[3, 9])})


def test_effects_can_be_had_as_a_frame() -> None:
    frame = effect_sizes("MD", **{**ONE, "mean1": [5.0, 6.0]}).frame(index=["a", "b"])
    assert (list(frame.columns), list(frame.index)) == (["y", "v", "se"], ["a", "b"])


def test_the_known_rows_are_those_that_can_be_pooled() -> None:
    effects = effect_sizes("MD", **{**ONE, "mean1": [5.0, None, 7.0], "sd1": [2, 2, 0], "sd2": [2, 2, 0]})
    assert (effects.known().y.tolist(), len(effects)) == ([1.0], 3)


def test_effects_print_as_a_table_with_their_notes() -> None:
    printed = repr(effect_sizes("SMD", **{**ONE, "n1": [20, 1], "n2": [22, 1]}))
    assert printed.splitlines() == [
        "Effects: SMD",
        "      y       v     se",
        "0 0.431 0.09767 0.3125",
        "1   NaN     NaN    NaN",
        "note: row 1: these numbers do not determine SMD and its variance",
    ]


def test_a_notebook_shows_effects_as_a_table() -> None:
    assert "<td>1.0" in effect_sizes("MD", **ONE)._repr_html_()


def test_a_masked_cell_is_a_missing_value() -> None:
    masked = np.ma.masked_array([2.0, 3.0], mask=[False, True])
    assert np.isnan(effect_sizes("MD", **{**ONE, "sd1": masked}).y).tolist() == [False, True]


def test_the_length_is_the_number_of_rows() -> None:
    assert len(effect_sizes("OR", **TABLE)) == 3


def test_no_rows_give_no_rows() -> None:
    assert len(effect_sizes("MD", **{name: [] for name in ONE})) == 0


MISTAKES = {
    "an unknown measure": (("smdh", ONE), "unknown measure 'smdh'; did you mean \"SMDH\"?"),
    "a misspelt argument": (("MD", {**ONE, "men1": 1}), "MD has no argument 'men1'; did you mean \"mean1\"?"),
    "a missing argument": (
        ("MD", {"n1": 20, "mean1": 5.0, "sd1": 2.0, "n2": 22, "mean2": 4.0}),
        "MD needs sd2; it takes",
    ),
    "two ways at once": (("SMD", {**ONE, "t": 2.0}), "SMD cannot take"),
    "a negative SD": (
        ("MD", {**ONE, "sd1": [2.0, -1.0]}),
        "sd1 = -1 in row 1 (rows count from 0): must be 0 or more",
    ),
    "a negative size": (("MD", {**ONE, "n2": -3}), "n2 = -3 in row 0"),
    "an infinite mean": (
        ("MD", {**ONE, "mean1": np.inf}),
        "mean1 = inf in row 0 (rows count from 0): must be a finite",
    ),
    "a word for a number": (("MD", {**ONE, "n1": ["20", "many"]}), "n1 = 'many' in row 1 is not a number"),
    "dates for numbers": (
        ("MD", {**ONE, "n1": pd.to_datetime(["2020-01-01"])}),
        "n1 holds dates, not numbers",
    ),
    "columns of two lengths": (
        ("MD", {**ONE, "n1": [1, 2], "n2": [1, 2, 3]}),
        "columns must have one length",
    ),
    "a table for a column": (("MD", {**ONE, "n1": [[1, 2], [3, 4]]}), "n1 must be one column"),
    "more events than people": (
        ("RR", {"events1": [3, 30], "n1": 20, "events2": 4, "n2": 20}),
        "events1 = 30 in row 1 (rows count from 0): more events than n1",
    ),
    "a correlation beyond 1": (
        ("ZCOR", {"n": 20, "r": 1.2}),
        "r = 1.2 in row 0 (rows count from 0): must be between -1 and 1",
    ),
    "a p value of 0": (("SMD", {"n1": 20, "n2": 20, "p": 0}), "p = 0 in row 0"),
    "no time at risk": (
        ("IRLN", {"events": 3, "time": 0}),
        "time = 0 in row 0 (rows count from 0): must be greater than 0",
    ),
    "an alpha beyond 1": (("ABT", {"n": 20, "items": 5, "alpha": 1.5}), "alpha = 1.5 in row 0"),
    "an estimate outside its interval": (
        ("GEN", {"estimate": 5, "low": 1, "high": 4}),
        "estimate = 5 in row 0",
    ),
    "a ratio of 0 on the log scale": (
        ("HR", {"estimate": 0.5, "low": 0, "high": 2}),
        "low = 0 in row 0 (rows count from 0): has no value on the log scale",
    ),
    "an unknown variance": (
        ("MD", {**ONE, "vtype": "UB"}),
        "vtype='UB' is not known for MD; allowed: LS, HO",
    ),
    "an unknown word for a variance": (
        ("MC", {"n": 9, "change": 1, "sd_change": 1, "vtype": "XX"}),
        "vtype='XX' is not known",
    ),
    "an unknown zero rule": (
        ("OR", {**TABLE, "to": "only"}),
        "to='only' is not known; did you mean \"only0\"?",
    ),
    "a negative constant": (("OR", {**TABLE, "add": -1}), "add=-1: must be a finite number, 0 or more"),
    "an unknown scale": (
        ("GEN", {"estimate": 2, "low": 1, "high": 4, "scale": "lgo"}),
        "scale='lgo' is not known; did you mean \"log\"?",
    ),
}


@pytest.mark.parametrize(("call", "words"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_named_with_its_value_and_its_row(call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        effect_sizes(call[0], **call[1])


def test_the_zero_rule_says_which_rows_it_changed() -> None:
    assert effect_sizes("OR", **TABLE).notes == ("0.5 added to a, b, c, d of rows 1, 2 (to='only0')",)


def test_a_dropped_row_is_said_to_be_dropped() -> None:
    assert effect_sizes("OR", **TABLE, drop00=True).notes[1] == (
        "row 2 dropped: no events, or only events, on both sides (drop00)"
    )


def test_pairs_are_dropped_where_no_one_or_everyone_had_events_under_both_conditions() -> None:
    pairs = {"a": [0, 0, 9], "b": [0, 4, 0], "c": [0, 0, 0], "d": [9, 5, 0]}
    assert np.isnan(effect_sizes("MPRR", **pairs, drop00=True).y).tolist() == [True, False, True]


EMPTY = [
    ("RR", {"a": 0, "b": 0, "c": 5, "d": 5}),
    ("OR", {"events1": 3, "n1": 9, "events2": 0, "n2": 0}),
    ("MPOR", {"a": 0, "b": 0, "c": 0, "d": 0}),
    ("PLO", {"events": 0, "n": 0}),
]


@pytest.mark.parametrize(("code", "counts"), EMPTY, ids=[code for code, _ in EMPTY])
def test_a_group_of_nobody_has_no_effect_whatever_is_added(code: str, counts: Any) -> None:
    assert effect_sizes(code, **counts).notes == (
        f"row 0: these numbers do not determine {code} and its variance",
    )


def test_of_many_rows_a_note_lists_the_first_ten() -> None:
    notes = effect_sizes("OR", a=0, b=range(1, 31), c=2, d=3).notes
    assert notes == ("0.5 added to a, b, c, d of rows 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 20 more (to='only0')",)


@pytest.mark.parametrize("p", [0.5, 1e-3, 1e-40])
def test_explained_variance_of_two_predictors_is_the_closed_form_of_its_p(p: float) -> None:
    n = 30  # F with 2 degrees of freedom: p = (1 - R2)^((n - 3) / 2)
    assert effect_sizes("R2", n=n, predictors=2, p=p).y[0] == pytest.approx(1 - p ** (2 / (n - 3)))


def test_a_measure_that_bears_zeros_is_left_alone() -> None:
    assert effect_sizes("AS", **TABLE).notes == ()


def test_without_a_rule_an_undetermined_row_is_said_to_be_so() -> None:
    effects = effect_sizes("RR", **TABLE, to="none")
    assert effects.notes == ("rows 1, 2: these numbers do not determine RR and its variance",)


def test_a_variance_that_makes_no_difference_is_said_to_make_none() -> None:
    effects = effect_sizes("MC", n=9, change=1, sd_change=2, vtype="UB")
    assert effects.notes == ("MC has one variance formula; vtype='UB' makes no difference",)


def test_a_variance_of_zero_is_pointed_out() -> None:
    assert effect_sizes("MD", **{**ONE, "sd1": 0, "sd2": 0}).notes == (
        "row 0: the variance is 0, and no weight follows from it",
    )


def test_the_smallest_groups_have_no_hedges_g() -> None:
    assert np.isnan(effect_sizes("SMD", **{**ONE, "n1": 1, "n2": 2}).y[0])


def test_hedges_correction_of_a_million_people_is_exact() -> None:
    m = 2e6 - 2
    first_order = 1 - 3 / (4 * m)  # what follows is of the order 1 / m^2
    assert effect_sizes("SMD", n1=1e6, n2=1e6, d=1.0).y[0] == pytest.approx(first_order, rel=1e-12)


def test_equal_means_without_spread_are_said_to_be_undetermined() -> None:
    effects = effect_sizes("SMD", **{**ONE, "mean2": 5.0, "sd1": 0, "sd2": 0})
    assert effects.notes == ("row 0: these numbers do not determine SMD and its variance",)


def test_a_percent_change_takes_its_sd_or_its_se() -> None:
    by_sd, by_se = effect_sizes("PCT", n=16, percent=8, sd=4), effect_sizes("PCT", n=16, percent=8, se=1)
    assert (by_sd.y[0], by_sd.v[0]) == (by_se.y[0], by_se.v[0]) == (8, 1)


def test_a_printed_ratio_is_analysed_as_its_logarithm() -> None:
    effects = effect_sizes("GEN", estimate=2.0, low=1.0, high=4.0, scale="log")
    assert (effects.y[0], effects.se[0]) == pytest.approx((np.log(2), np.log(4) / (2 * 1.959963984540054)))


def test_each_row_may_have_its_own_scale_and_level() -> None:
    mixed = effect_sizes(
        "GEN", estimate=[2, 2], low=[1, 1], high=[4, 4], scale=["log", "identity"], level=[0.95, 0.9]
    )
    assert mixed.y.tolist() == [np.log(2), 2.0]


def test_a_hazard_ratio_with_its_interval_needs_no_scale() -> None:
    assert effect_sizes("HR", estimate=0.5, low=0.25, high=1.0).y[0] == np.log(0.5)


def test_the_same_numbers_from_cells_and_from_arms_give_the_same_effect() -> None:
    cells = effect_sizes("RR", a=4, b=16, c=8, d=22)
    arms = effect_sizes("RR", events1=4, n1=20, events2=8, n2=30)
    assert (cells.y[0], cells.v[0]) == (arms.y[0], arms.v[0])


@pytest.mark.parametrize("code", ["SMD", "RPB", "RBIS", "D2ORN"])
def test_means_t_d_and_p_tell_the_same_story(code: str) -> None:
    d = (ONE["mean1"] - ONE["mean2"]) / np.sqrt((19 * 2.0**2 + 21 * 2.5**2) / 40)
    t = d / np.sqrt(1 / 20 + 1 / 22)
    p = recover("effect_from_z", estimate=1, z=1)["v"][0] * 2 * _upper_tail(t, 40)
    groups = {"n1": 20, "n2": 22}
    told = [
        effect_sizes(code, **given).y[0]
        for given in (ONE, groups | {"d": d}, groups | {"t": t}, groups | {"p": p})
    ]
    assert told == pytest.approx([told[0]] * 4)


def _upper_tail(t: float, df: int) -> float:
    from scipy.special import stdtr

    return float(1 - stdtr(df, t))


def test_our_zero_correction_leaves_the_other_studies_alone_where_statsmodels_does_not() -> None:
    from statsmodels.stats.meta_analysis import effectsize_2proportions

    events1, n1, events2, n2 = (np.array(x, float) for x in ([10, 0], [50, 40], [20, 4], [50, 40]))
    alone = effect_sizes("OR", events1=10, n1=50, events2=20, n2=50).y[0]
    ours = effect_sizes("OR", events1=events1, n1=n1, events2=events2, n2=n2).y[0]
    theirs = effectsize_2proportions(events1, n1, events2, n2, statistic="odds-ratio", zero_correction=0.5)[
        0
    ][0]
    assert ours == alone and abs(theirs - alone) > 0.01


def bib_keys() -> set[str]:
    text = (files("claimbook.effects") / "references.bib").read_text(encoding="utf-8")
    return set(re.findall(r"^@\w+\{(\w+),", text, flags=re.MULTILINE))


def test_every_measure_conversion_and_method_names_a_paper_that_is_in_the_bibliography() -> None:
    cited = {entry.cite for table in (MEASURES, CONVERSIONS, METHODS) for entry in table.values()}
    cited |= {transform.cite for transform in TRANSFORMS.values() if transform.cite}
    assert cited - bib_keys() == set()


def test_importing_effects_does_not_import_the_heavy_libraries() -> None:
    heavy = ("pandas", "statsmodels", "scipy.stats", "scipy.optimize", "formulaic")
    code = f"import sys, claimbook.effects; print([name for name in {heavy} if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
