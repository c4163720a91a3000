"""Residuals, asymmetry and selection models beside moderators, and the effects of pooled tables: metafor's.

Not held, and why:

| cases | why |
|---|---|
| `residuals_pearson`, `residuals_cholesky` | not offered |
| `robust_*` | variances for dependent effects are not offered here |
| residuals of a study that is alone in its category | they are zero, and so is their standard error |
"""

from functools import cache

import numpy as np
import pytest
from metafor_calls import effect_call
from reference import Grid, cases, column, files, golden

from claimbook import small_study
from claimbook.effects import effect_sizes
from claimbook.synthesis import deleted_residuals, selection_model, standardized_residuals
from claimbook.synthesis.deletion import influence

MODERATED, COUNTED = files("mods_"), files("binary_")
LOST_DIGITS = ("mods_bcg_3mods", "mods_bcg_inter")  # years as moderators: see test_regress_reference.py


class Data:
    def __init__(self, name: str) -> None:
        data = golden(name)["data"]
        self.y, self.v = column(data["yi"]), column(data["vi"])
        self.x = np.array(data[".X"], dtype=float)
        self.relative = 1e-6 if name in LOST_DIGITS else 1e-8


def hold_residuals(grid: Grid, where: str, data: Data, case: dict) -> None:
    kind = {"rstudent": deleted_residuals, "rstandard": standardized_residuals}.get(case["id"])
    if kind is not None:
        theirs = case["result"]
        with np.errstate(invalid="ignore"):
            ours = kind(data.y, data.v, "REML", "z", design=data.x)
        free = column(theirs["se"]) > 1e-8
        for field, name in (("residual", "resid"), ("se", "se"), ("z", "z")):
            grid.hold(
                f"{where} {field}",
                ours[field][free],
                column(theirs[name])[free],
                data.relative,
                data.relative,
            )


def hold_leverages(grid: Grid, where: str, data: Data, case: dict) -> None:
    if case["id"].startswith("hatvalues"):
        ours = influence(data.y, data.v, "EE", "z", design=data.x)["hat"]
        grid.hold(f"{where} hat", ours, case["result"], data.relative)


def hold_asymmetry(grid: Grid, where: str, data: Data, case: dict) -> None:
    """At the tau2 of the reference, which it does not bring to convergence with the predictor."""
    theirs = case["result"]
    tau2 = float(theirs["fit"]["tau2"]) or "EE"
    moderators = data.x[:, 1:]
    ours = small_study(
        data.y, data.v, predictor=theirs["predictor"], tau2=tau2, interval="z", moderators=moderators
    )
    grid.hold(f"{where} statistic", ours.statistic, theirs["zval"], 10 * data.relative)
    grid.hold(f"{where} p", ours.p, theirs["pval"], 100 * data.relative)


def hold_selection(grid: Grid, where: str, data: Data, case: dict) -> None:
    ours, theirs = selection_model(data.y, data.v, steps=[0.025], design=data.x), case["result"]
    grid.hold(f"{where} delta", ours.delta, theirs["delta"], 1e-5)
    grid.hold(f"{where} log-likelihood", ours.log_likelihood, theirs["fit_stats"]["ML"]["ll"], 1e-7)


AREAS = {
    "residuals.mods": hold_residuals,
    "influence.mods": hold_leverages,
    "regtest.mods": hold_asymmetry,
    "selmodel.mods": hold_selection,
}


@cache
def compared(name: str) -> Grid:
    grid, data = Grid(), Data(name)
    for area, hold in AREAS.items():
        for case in cases(name, area):
            if "result" in case:
                hold(grid, f"{name} {case['id']}", data, case)
    return grid


@cache
def counted(name: str) -> Grid:
    """Effects of the tables that are pooled, where both the effect and its variance are known."""
    grid = Grid()
    for case in cases(name, "escalc"):
        measure, columns = effect_call(case["call"], {"d": golden(name)["data"]})
        ours = effect_sizes(measure, **columns)
        y, v = column(case["result"]["yi"]), column(case["result"]["vi"])
        known = ~(np.isnan(y) | np.isnan(v))
        grid.hold(f"{name} {case['id']} y", ours.y[known], y[known], 1e-10, 1e-14)
        grid.hold(f"{name} {case['id']} v", ours.v[known], v[known], 1e-10)
    return grid


@pytest.mark.parametrize("name", MODERATED)
def test_what_stands_beside_moderators_is_that_of_metafor(name):
    assert compared(name).misses == []


@pytest.mark.parametrize("name", COUNTED)
def test_the_effects_of_pooled_tables_are_those_of_metafor(name):
    assert counted(name).misses == []


def test_no_value_has_gone_unheld():
    grids = [*map(compared, MODERATED), *map(counted, COUNTED)]
    assert (len(grids), sum(grid.held for grid in grids)) == (26, 6084)
