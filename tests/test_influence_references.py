"""Influence, residuals, leave-one-out, cumulative, plots' data and GOSH: ours against metafor, every case."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from held import UNI, Comparison, Pair, answered, cases, held, misses
from reference import GOLDEN, column, golden

import claimbook as cb
from claimbook import synthesis

MODS = sorted(path.stem for path in GOLDEN.glob("mods_*.json"))

CLOSED = 1e-10
ITERATED = 1e-8
TIMES = 1e-7  # of quantities that vanish where the estimate does not move, relative to one

MODELS = {
    "influence": {"tau2": "REML", "interval": "z"},
    "REML": {"tau2": "REML", "interval": "z"},
    "EE": {"tau2": "EE", "interval": "z"},
    "DL": {"tau2": "DL", "interval": "z"},
    "vi": {"tau2": "DL", "interval": "z"},
    "knha": {"tau2": "REML", "interval": "HKSJ"},
}


def fitted(case: dict[str, Any]) -> dict[str, Any]:
    """tau2 and interval of the fit that a case is about: the last word of its id."""
    if case["id"] == "leave1out_DL_knha":
        return {"tau2": "DL", "interval": "HKSJ"}
    return MODELS[case["id"].split("_")[-1]]


COLUMNS = {
    "rstudent": "rstudent",
    "dffits": "dffits",
    "cook_d": "cook.d",
    "cov_r": "cov.r",
    "tau2_del": "tau2.del",
    "q_del": "QE.del",
    "hat": "hat",
    "weight": "weight",
}


def influence(case: dict[str, Any], y: Any, v: Any, data: dict[str, Any]) -> Iterator[Pair]:
    ours, theirs = cb.influence(y, v, **fitted(case)), case["result"]
    if not case["id"].startswith("influence"):
        key = {"cooks": "cook_d", "dfbetas": "dfbetas", "hatvalues": "hat"}[case["id"].split("_")[0]]
        theirs = theirs.get("intrcpt", theirs) if isinstance(theirs, dict) else theirs
        yield Pair(key, ours[key], np.ravel(theirs), ITERATED, TIMES / ITERATED)
        return
    for ours_name, name in COLUMNS.items():
        unit = v.mean() if name == "tau2.del" else TIMES / ITERATED
        yield Pair(ours_name, ours[ours_name], theirs["inf"][name], ITERATED, unit)
    yield Pair("dfbetas", ours["dfbetas"], theirs["dfbs"]["intrcpt"], ITERATED, TIMES / ITERATED)
    yield Pair("influential", ours["influential"], theirs["is_infl"], CLOSED)


RESULTS = {
    "estimate": "estimate",
    "se": "se",
    "low": "ci.lb",
    "high": "ci.ub",
    "p": "pval",
    "q": "Q",
    "q_p": "Qp",
    "tau2": "tau2",
    "i2": "I2",
    "h2": "H2",
}


def results(ours: Any, theirs: dict[str, Any], v: Any) -> Iterator[Pair]:
    """Where the reference has an answer: in three rows of cumul its REML did not converge."""
    there = answered(theirs["se"])
    se = column(theirs["se"])[there].max()
    units = {"estimate": se, "low": se, "high": se, "tau2": v.mean(), "i2": 100.0}
    for name, key in RESULTS.items():
        if key in theirs:
            yield Pair(name, ours[name][there], column(theirs[key])[there], ITERATED, units.get(name, 10.0))


def without(case: dict[str, Any], y: Any, v: Any, data: dict[str, Any]) -> Iterator[Pair]:
    yield from results(cb.leave_one_out(y, v, **fitted(case)), case["result"], v)


def cumulated(case: dict[str, Any], y: Any, v: Any, data: dict[str, Any]) -> Iterator[Pair]:
    order = v if "order" in case["id"] else None
    yield from results(cb.cumulate(y, v, order, **fitted(case)), case["result"], v)


def residuals(case: dict[str, Any], y: Any, v: Any, data: dict[str, Any]) -> Iterator[Pair]:
    kind = synthesis.deleted_residuals if "student" in case["id"] else synthesis.standardized_residuals
    ours, theirs = kind(y, v, **fitted(case)), case["result"]
    for what, name, unit in (("residual", "resid", max(theirs["se"])), ("se", "se", 0.0), ("z", "z", 1.0)):
        yield Pair(what, ours[what], theirs[name], ITERATED, unit)


def plotted(case: dict[str, Any], y: Any, v: Any, data: dict[str, Any]) -> Iterator[Pair]:
    function, height = PLOTS[case["area"]]
    ours, theirs = function(y, v, **fitted(case)), case["result"]
    yield Pair("x", ours["x"], theirs["x"], ITERATED, TIMES / ITERATED)
    yield Pair(height, ours[height], theirs["y"], ITERATED, TIMES / ITERATED)


PLOTS = {
    "baujat": (synthesis.baujat, "y"),
    "radial": (synthesis.radial, "z"),
    "qqnorm": (synthesis.normal_quantiles, "z"),
}


def subsets(case: dict[str, Any], y: Any, v: Any, data: dict[str, Any]) -> Iterator[Pair]:
    """The reference takes H2 of a DerSimonian-Laird fit from Q, below one where tau2 is zero."""
    frame, members = synthesis.gosh(y, v, **fitted(case))
    theirs = np.array(case["result"]["res"], float)
    row = {tuple(member): i for i, member in enumerate(members.astype(int).tolist())}
    ours = frame.iloc[[row[tuple(member)] for member in case["result"]["incl"]]]
    for what, name in (("k", "k"), ("q", "QE"), ("i2", "I2"), ("tau2", "tau2"), ("estimate", "estimate")):
        at = case["result"]["columns"].index(name)
        yield Pair(what, ours[what], theirs[:, at], CLOSED, float(v.mean()) if what == "tau2" else 1.0)


COMPARE: dict[str, Comparison] = {
    "influence": influence,
    "leave1out": without,
    "cumul": cumulated,
    "residuals": residuals,
    "baujat": plotted,
    "radial": plotted,
    "qqnorm": plotted,
    "gosh": subsets,
}


@pytest.mark.parametrize("name", UNI)
def test_diagnostics_are_those_of_metafor(name: str) -> None:
    assert misses(name, COMPARE, {}) == []


def test_the_grid_of_held_cases_is_complete() -> None:
    assert held(UNI, set(COMPARE), {}) == {
        "influence": 309,
        "leave1out": 132,
        "cumul": 132,
        "residuals": 132,
        "baujat": 88,
        "radial": 88,
        "qqnorm": 44,
        "gosh": 25,
    }


@pytest.mark.parametrize("name", MODS)
@pytest.mark.parametrize("case", ["influence", "influence_knha"])
def test_influence_in_a_meta_regression_is_that_of_metafor(name: str, case: str) -> None:
    data = golden(name)["data"]
    theirs = next(c["result"] for c in cases(name, {"influence.mods"}, {}) if c["id"] == case)
    chosen = MODELS["knha" if "knha" in case else "REML"]
    ours = cb.influence(data["yi"], data["vi"], design=np.array(data[".X"], float), **chosen)
    columns = {name: theirs["inf"][other] for name, other in COLUMNS.items()}
    columns |= {f"dfbetas_{j}": values for j, values in enumerate(theirs["dfbs"].values())}
    pairs = [
        Pair(name, ours[name][answered(values)], column(values)[answered(values)], 1e-6, 1.0)
        for name, values in columns.items()
    ]
    assert [pair for pair in pairs if pair.misses] == []
