"""What must hold of influence, leave-one-out, cumulative results and plots' data, whatever the studies."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import claimbook as cb
from claimbook import synthesis
from claimbook.synthesis.diagnostics import labbe_line

RNG = np.random.default_rng(11)
V = RNG.uniform(0.02, 0.3, 9)
Y = RNG.normal(0.2, 0.3, 9) + RNG.normal(0, np.sqrt(V))
MODELS = [
    (tau2, interval) for tau2 in ("EE", "DL", "REML", "PM") for interval in ("z", "t", "HKSJ", "HKSJ-adhoc")
]


@pytest.mark.parametrize(("tau2", "interval"), MODELS)
def test_leaving_one_out_is_pooling_the_others(tau2: str, interval: str) -> None:
    ours = cb.leave_one_out(Y, V, tau2, interval)
    pooled = [cb.pool(np.delete(Y, i), np.delete(V, i), tau2, interval) for i in range(9)]
    assert ours[["low", "high", "tau2"]].to_numpy() == pytest.approx(
        np.array([[p.low, p.high, p.tau2] for p in pooled])
    )


@pytest.mark.parametrize(("tau2", "interval"), MODELS)
def test_cumulating_ends_with_all_studies(tau2: str, interval: str) -> None:
    last, whole = cb.cumulate(Y, V, V, tau2, interval).iloc[-1], cb.pool(Y, V, tau2, interval)
    assert (last.estimate, last.low, last.p) == pytest.approx((whole.estimate, whole.low, whole.p))


TABLES = [
    cb.leave_one_out,
    cb.cumulate,
    cb.influence,
    synthesis.deleted_residuals,
    synthesis.standardized_residuals,
]


@pytest.mark.parametrize("table", [*TABLES, synthesis.baujat], ids=lambda table: table.__name__)
def test_a_table_carries_the_labels_of_its_effects(table: Any) -> None:
    names = [f"trial {i}" for i in range(9)]
    y, v = pd.Series(Y, index=names), pd.Series(V, index=names)
    assert list(table(y, v).index) == names


def test_cumulating_begins_with_the_first_study_alone() -> None:
    first = cb.cumulate(Y, V, V, "REML", "HKSJ").iloc[0]
    assert (first.estimate, first.se, first.k) == (Y[V.argmin()], np.sqrt(V.min()), 1)


def test_the_index_of_a_cumulation_is_the_order_of_the_studies() -> None:
    years = [2003, 1999, 2003, 2001]
    assert list(cb.cumulate(Y[:4], V[:4], years).index) == [1, 3, 0, 2]


def test_influence_of_a_mean_is_that_of_a_design_of_ones() -> None:
    mean, design = cb.influence(Y, V), cb.influence(Y, V, design=np.ones((9, 1)))
    assert mean.to_numpy(float) == pytest.approx(design.to_numpy(float), rel=1e-7)


@pytest.mark.parametrize("scale", [1e-150, 1e-6, 1e6, 1e150])
def test_the_scale_of_the_effects_changes_no_diagnostic(scale: float) -> None:
    columns = ["rstudent", "dffits", "cook_d", "cov_r", "q_del", "hat", "dfbetas"]
    there, scaled = cb.influence(Y, V), cb.influence(Y * scale, V * scale**2)
    assert scaled[columns].to_numpy() == pytest.approx(there[columns].to_numpy(), rel=1e-7)


@pytest.mark.parametrize("interval", ["z", "HKSJ"])
def test_identical_effects_have_no_influence(interval: str) -> None:
    ours = cb.influence(np.full(9, 0.3), V, interval=interval)
    assert ours[["rstudent", "dffits", "cook_d", "dfbetas", "q_del"]].to_numpy() == pytest.approx(
        0, abs=1e-12
    )


def test_an_outlier_is_influential() -> None:
    assert cb.influence([0.1, 0.12, 0.09, 0.11, 5.0], [0.01] * 5)["influential"].tolist() == [False] * 4 + [
        True
    ]


def test_a_study_that_a_moderator_cannot_do_without_is_influential_and_has_no_numbers() -> None:
    design = np.column_stack([np.ones(9), np.arange(9) == 4])
    ours = cb.influence(Y, V, design=design)
    assert (ours["cook_d"].isna().tolist().index(True), ours["influential"][4]) == (4, True)


def test_gosh_holds_every_subset_once() -> None:
    frame, members = synthesis.gosh(Y, V)
    assert (len(frame), len({tuple(m) for m in members.tolist()})) == (511, 511)


def test_the_last_subset_is_the_meta_analysis() -> None:
    frame, members = synthesis.gosh(Y, V)
    whole = cb.pool(Y, V, "REML", "z")
    assert frame[members.all(axis=1)]["estimate"].tolist() == pytest.approx([whole.estimate])


def test_drawn_subsets_are_the_same_for_the_same_seed() -> None:
    one, other = (synthesis.gosh(Y, V, subsets=50, seed=3)[1] for _ in range(2))
    assert (one == other).all()


def test_the_slope_of_the_radial_plot_is_the_pooled_effect() -> None:
    plot = synthesis.radial(Y, V)
    assert (plot.x @ plot.z) / (plot.x @ plot.x) == pytest.approx(cb.pool(Y, V, "EE", "z").estimate)


def test_the_heights_of_baujats_plot_add_up_to_q() -> None:
    assert synthesis.baujat(Y, V)["x"].sum() == pytest.approx(cb.pool(Y, V, "EE", "z").q)


@pytest.mark.parametrize(("measure", "effect"), [("RR", np.log(0.5)), ("OR", np.log(0.5)), ("RD", -0.1)])
def test_the_labbe_line_is_the_risk_under_the_effect(measure: str, effect: float) -> None:
    expected = {"RR": 0.2, "OR": 0.25, "RD": 0.3}[measure]
    assert labbe_line(effect, measure, 0.4) == pytest.approx(expected)


def test_labbe_gives_risks_and_sizes() -> None:
    assert synthesis.labbe([1, 5], [10, 20], [2, 8], [10, 16]).to_numpy().tolist() == [
        [0.1, 0.2, 20],
        [0.25, 0.5, 36],
    ]


NONSENSE: list[tuple[Any, str]] = [
    (lambda: cb.influence(Y[:2], V[:2]), "needs at least 3"),
    (lambda: cb.leave_one_out(Y[:2], V[:2]), "needs at least 3"),
    (lambda: cb.influence(Y, V, tau2="REM"), "tau2 must be"),
    (lambda: cb.leave_one_out(Y, V, interval="HK"), "interval .*must be one of z, t, HKSJ"),
    (lambda: cb.leave_one_out(Y, V, level=95), "level must lie between 0 and 1"),
    (lambda: cb.cumulate(Y, V, order=[1, 2]), "order must be 9 values"),
    (lambda: cb.cumulate([], []), "y is empty"),
    (lambda: cb.influence([1, np.inf, 2], [1, 1, 1]), "y must be finite"),
    (lambda: synthesis.gosh(np.ones(30), np.ones(30)), "give `subsets`"),
    (lambda: synthesis.gosh(Y[:1], V[:1]), "at least 2"),
    (lambda: synthesis.gosh(Y, V, subsets=0), "subsets must lie between"),
    (lambda: synthesis.labbe([11], [10], [1], [10]), "must lie between 0 and n1"),
    (lambda: synthesis.labbe([1], [10, 12], [1], [10]), "one length"),
]


@pytest.mark.parametrize(("call", "says"), NONSENSE)
def test_a_mistake_is_named(call: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        call()


def test_a_public_name_is_never_a_module() -> None:
    """A module of the same name would hide the function once something imports it."""
    import importlib
    import pkgutil
    from types import ModuleType

    pytest.importorskip("numba", reason="a module needs the extra `fast`")
    for module in pkgutil.iter_modules(synthesis.__path__):
        importlib.import_module(f"claimbook.synthesis.{module.name}")
    assert [name for name in synthesis.__all__ if isinstance(getattr(synthesis, name), ModuleType)] == []
