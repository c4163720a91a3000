"""Mantel-Haenszel, Peto and inverse-variance poolings beside metafor's (binary_*.json, rates_*.json).

Held to 1e-10, REML to 1e-8 (1e-6 for IRD: its effects are of order 1e-3 and metafor's tolerance is absolute).
Leaving out and adding up one study at a time, and standardised residuals, are poolings of parts of the tables
and held so. The effects of single tables (escalc_*) are held with the effect sizes.
"""

from functools import cache

import numpy as np
import pytest
from reference import Grid, cases, column, files, golden

from claimbook.effects import effect_sizes
from claimbook.synthesis.events import PooledEvents, pool_events
from claimbook.synthesis.pooled import pool

FILES = files("binary_", "rates_")
FIELDS = {
    "estimate": "beta",
    "se": "se",
    "statistic": "zval",
    "p": "pval",
    "low": "ci_lb",
    "high": "ci_ub",
    "q": "QE",
    "q_p": "QEp",
    "h2": "H2",
}


class Data:
    def __init__(self, name: str) -> None:
        data = golden(name)["data"]
        self.name, self.rates = name, "x1i" in data
        if self.rates:
            self.a, self.n1, self.c, self.n2 = (column(data[key]) for key in ("x1i", "t1i", "x2i", "t2i"))
        else:
            self.a, b, self.c, d = (column(data[key]) for key in ("ai", "bi", "ci", "di"))
            self.n1, self.n2 = self.a + b, self.c + d

    def pool(self, measure: str, method: str = "MH", keep=slice(None), **options) -> PooledEvents:
        return pool_events(
            self.a[keep], self.n1[keep], self.c[keep], self.n2[keep], measure, method, **options
        )

    def effects(self, measure: str, drop00: bool):
        sizes = ("time1", "time2") if self.rates else ("n1", "n2")
        columns = {"events1": self.a, sizes[0]: self.n1, "events2": self.c, sizes[1]: self.n2}
        return effect_sizes(measure, drop00=drop00, **columns)


def hold_pooled(grid: Grid, data: Data, case: dict) -> None:
    theirs, where, kind = case["result"], f"{data.name} {case['id']}", case["id"]
    measure, method = ("OR", "Peto") if kind.startswith("peto") else (kind.split("_")[1], "MH")
    ours = data.pool(measure, method, add=0.5 * kind.endswith("add_all"), drop00=not kind.endswith("drop00F"))
    for field, name in FIELDS.items():
        grid.hold(f"{where} {field}", getattr(ours, field), theirs[name], 1e-10)
    grid.hold(f"{where} i2", ours.i2, theirs["I2"], 1e-10, 1e-9)
    correct = not kind.endswith("correctFALSE")
    if theirs.get("MH") is not None:
        hold_test(grid, f"{where} MH", ours.cochran_mantel_haenszel(correct), theirs, "MH")
    if theirs.get("CO") is not None:
        for test, name in ((ours.cochran(correct), "CO"), (ours.breslow_day(), "BD"), (ours.tarone(), "TA")):
            hold_test(grid, f"{where} {name}", test, theirs, name)


def hold_test(grid: Grid, where: str, test, theirs: dict, name: str) -> None:
    grid.hold(where, [test.statistic, test.p], [theirs[name], theirs[f"{name}p"]], 1e-10)


def hold_inverse_variance(grid: Grid, data: Data, case: dict) -> None:
    theirs, where = case["result"], f"{data.name} {case['id']}"
    _, measure, tau2, *rest = case["id"].split("_")
    e = data.effects(measure, drop00=bool(rest))
    keep = np.isfinite(e.v)
    ours = pool(e.y[keep], e.v[keep], tau2, "z")
    relative = 1e-10 if tau2 != "REML" else 1e-6 if measure == "IRD" else 1e-8
    grid.hold(f"{where} tau2", ours.tau2, theirs["tau2"], relative, 1e-8 * float(e.v[keep].mean()))
    for field, name in FIELDS.items():
        grid.hold(f"{where} {field}", getattr(ours, field), theirs[name], relative)


def hold_parts(grid: Grid, data: Data, case: dict) -> None:
    theirs, k = case["result"], len(data.a)
    method = "Peto" if case["area"].endswith("peto") else "MH"
    left_out = case["area"].startswith("leave1out")
    for i in range(k):
        keep = np.arange(k) != i if left_out else np.arange(k) <= i
        if theirs["estimate"][i] is None:
            continue
        ours = data.pool("OR", method, keep)
        values = [ours.estimate, ours.se, ours.low, ours.high, ours.q]
        names = ("estimate", "se", "ci.lb", "ci.ub", "Q")
        grid.hold(f"{data.name} {case['id']} {i}", values, [theirs[name][i] for name in names], 1e-10, 1e-12)


def hold_weights(grid: Grid, data: Data, case: dict) -> None:
    ours = data.pool("OR", "Peto" if case["id"] == "peto_weights" else "MH")
    grid.hold(f"{data.name} {case['id']}", 100 * ours.weights, case["result"], 1e-10)


def hold_residuals(grid: Grid, data: Data, case: dict) -> None:
    theirs, e = case["result"], data.effects("OR", drop00=True)
    known = np.isfinite(e.v)
    residual = e.y[known] - data.pool("OR").estimate
    grid.hold(f"{data.name} {case['id']}", residual, theirs["resid"], 1e-10, 1e-12)
    grid.hold(f"{data.name} {case['id']} z", residual / e.se[known], theirs["z"], 1e-10, 1e-12)


AREAS = {
    "rma.mh": hold_pooled,
    "rma.peto": hold_pooled,
    "rma.uni": hold_inverse_variance,
    "leave1out.mh": hold_parts,
    "leave1out.peto": hold_parts,
    "cumul.mh": hold_parts,
    "cumul.peto": hold_parts,
    "weights.mh": hold_weights,
    "weights.peto": hold_weights,
    "residuals.mh": hold_residuals,
}


@cache
def compared(name: str) -> Grid:
    grid, data = Grid(), Data(name)
    for area, hold in AREAS.items():
        for case in cases(name, area):
            hold(grid, data, case)
    return grid


@pytest.mark.parametrize("name", FILES)
def test_pooled_counts_are_those_of_metafor(name):
    assert compared(name).misses == []


def test_no_value_has_gone_unheld():
    assert (len(FILES), sum(compared(name).held for name in FILES)) == (12, 9302)
