"""The poolings of the meta package, from its own effects and standard errors (meta_*.json).

meta fits by metafor at its default tolerances: what is iterated is held to 1e-3 (3e-4 measured), the rest to
1e-9. The degrees of freedom of KR are held after a factor: meta has the adjusted variance where Kenward and
Roger (1997) have the unadjusted, so that its df are ours times (unadjusted / adjusted)^2, exactly.
"""

from functools import cache

import numpy as np
import pytest
from reference import Grid, cases, column, files, golden

from claimbook.synthesis.events import pool_events
from claimbook.synthesis.glmm import pool_glmm
from claimbook.synthesis.pooled import pool

FILES = files("meta_")
NOT_HELD = {
    "metabin_LRP_OR": "needs a package that the reference lacked",
    "metainc_*_Cochran": "weights that are not offered here",
}
VALUES_NOT_HELD = {
    "metabin_OR_HK_adhoc_ci, random effects": "the wider of two intervals; not offered",
    "metabin_RD_MH, common effect": "the variance of Greenland & Robins; ours is Sato's, sound if sparse",
    "common effect by MH with double-zero tables": "meta drops them before it corrects; held without them",
    "random effects where tau2 < 0.01": "metafor stops at 1e-5 in tau2: that of metarate_IR is twice ours",
    "metabin_SSW_OR where its standard error is infinite": "a table without a variance",
}
AREAS = ("metabin", "metacont", "metaprop", "metainc", "metarate", "metacor", "metamean", "subgroup")
INTERVAL = {"classic": "z", "HK": "HKSJ", "KR": "KR"}
ITERATED = 1e-3
SMALL = 0.01  # a tau2 below it carries fewer than three digits
ROOT = 1.3e-4  # R's default tolerance of a root, absolute: in tau2 here


def effects_of(result):
    """The effects that the package pooled: finite ones with a standard error."""
    y, se = column(result["TE"]), column(result["seTE"])
    keep = np.isfinite(y) & np.isfinite(se)
    return y[keep], se[keep] ** 2


def hold_equal_effects(grid: Grid, where: str, theirs: dict) -> None:
    ours = pool(*effects_of(theirs), "EE", "z")
    for field, name in (("q", "Q"), ("q_df", "df.Q"), ("q_p", "pval.Q")):
        grid.hold(f"{where} {field}", getattr(ours, field), theirs[name], 1e-9)
    shares = [ours.i2, *ours.i2_interval("HT")]
    grid.hold(f"{where} i2", shares, [100 * theirs[n] for n in ("I2", "lower.I2", "upper.I2")], 1e-9, 1e-9)
    if theirs["method"] == "Inverse" and "TE.common" in theirs:
        for field, name in (
            ("estimate", "TE.common"),
            ("se", "seTE.common"),
            ("low", "lower.common"),
            ("high", "upper.common"),
        ):
            grid.hold(f"{where} {field}", getattr(ours, field), theirs[name], 1e-9)


def hold_random_effects(grid: Grid, where: str, theirs: dict) -> None:
    interval = "HKSJ-adhoc" if theirs["adhoc.hakn.ci"] == "se" else INTERVAL[theirs["method.random.ci"]]
    y, v = effects_of(theirs)
    if 0 < theirs["tau2"] < SMALL:
        return
    ours = pool(y, v, theirs["method.tau"], interval)
    grid.hold(f"{where} tau2", ours.tau2, theirs["tau2"], ITERATED, 1e-4 * v.mean())
    grid.hold(f"{where} tau2_se", ours.tau2_se, theirs["se.tau2"], ITERATED)
    names = [("estimate", "TE.random"), ("se", "seTE.random")]
    if interval != "KR":
        names += [("low", "lower.random"), ("high", "upper.random"), ("df", "df.random")]
    else:
        wald = pool(y, v, "REML", "z")
        grid.hold(f"{where} df", ours.df * (wald.se / ours.se) ** 4, theirs["df.random"], ITERATED)
    for field, name in names:
        grid.hold(f"{where} {field}", getattr(ours, field), theirs[name], ITERATED)
    if theirs["method.predict"] != "KR":
        bounds = ours.prediction_interval(theirs["method.predict"])
        grid.hold(f"{where} prediction", bounds, [theirs["lower.predict"], theirs["upper.predict"]], ITERATED)
    if theirs["method.tau.ci"]:
        bounds = ours.tau2_interval(theirs["method.tau.ci"])
        theirs_bounds = [theirs["lower.tau2"], theirs["upper.tau2"]]
        grid.hold(f"{where} tau2 interval", bounds, theirs_bounds, ITERATED, ROOT)


def hold_subgroups(grid: Grid, where: str, theirs: dict, groups: list[str]) -> None:
    y, v = effects_of(theirs)
    for i, level in enumerate(theirs["bylevs"]):
        mine = np.array([group == level for group in groups])
        equal = pool(y[mine], v[mine], "EE", "z")
        random = pool(y[mine], v[mine], float(theirs["tau2.w"][i]), "z")
        pairs = {
            "TE.common.w": equal.estimate,
            "seTE.common.w": equal.se,
            "TE.random.w": random.estimate,
            "seTE.random.w": random.se,
        }
        for name, value in pairs.items():
            grid.hold(f"{where} {level} {name}", value, theirs[name][i], 1e-9)


def hold_glmm(grid: Grid, where: str, theirs: dict, name: str, data: dict) -> None:
    columns = (
        {"events": data["xi"], "n": data["ni"]}
        if name == "PLO"
        else {"events1": data["x1i"], "time1": data["t1i"], "events2": data["x2i"], "time2": data["t2i"]}
    )
    for suffix, tau2 in (("common", "EE"), ("random", "ML")):
        ours = pool_glmm(name, tau2=tau2, points=15, **columns)
        for field, theirs_name in (("estimate", f"TE.{suffix}"), ("se", f"seTE.{suffix}")):
            grid.hold(f"{where} {suffix} {field}", getattr(ours, field), theirs[theirs_name], 1e-4)


COUNTS = {
    "OR_MH": ("OR", "MH"),
    "OR_MH_exact": ("OR", "MH"),
    "RR_MH": ("RR", "MH"),
    "DOR_MH": ("OR", "MH"),
    "VE_MH": ("RR", "MH"),
    "OR_Peto": ("OR", "Peto"),
}


def hold_counts(grid: Grid, where: str, theirs: dict, kind: str, data: dict) -> None:
    measure, method = COUNTS[kind]
    a, n1, c, n2 = (column(data[name]) for name in ("ai", "n1", "ci", "n2"))
    corrected = method == "MH" and kind != "OR_MH_exact"
    keep = (a + c > 0) | (not corrected)
    add = 0.5 if corrected else 0.0
    ours = pool_events(a[keep], n1[keep], c[keep], n2[keep], measure, method, add=add)
    for field, name in (
        ("estimate", "TE.common"),
        ("se", "seTE.common"),
        ("low", "lower.common"),
        ("high", "upper.common"),
    ):
        grid.hold(f"{where} {field}", getattr(ours, field), theirs[name], 1e-10)


def hold_sample_size(grid: Grid, where: str, theirs: dict, data: dict) -> None:
    y, v = effects_of(theirs)
    weights = column(theirs["w.common"])
    for tau2, suffix in ((0.0, "common"), ("REML", "random")):
        ours = pool(y, v, tau2, "z", weights=weights[weights > 0])
        for field in ("estimate", "se"):
            name = {"estimate": "TE", "se": "seTE"}[field]
            grid.hold(f"{where} {suffix} {field}", getattr(ours, field), theirs[f"{name}.{suffix}"], ITERATED)


@cache
def compared(file: str) -> Grid:
    grid, data = Grid(), golden(file)["data"]
    for case in cases(file, *AREAS, but=NOT_HELD):
        theirs, where, kind = case["result"], f"{file} {case['id']}", case["id"].partition("_")[2]
        if case["area"] == "subgroup":
            hold_subgroups(grid, where, theirs, data["alloc"])
        elif kind == "GLMM":
            name, block = ("PLO", "pritz1997") if case["area"] == "metaprop" else ("IRR", "nielweise2008")
            hold_glmm(grid, where, theirs, name, data[block])
        elif kind == "SSW_OR":
            if np.isfinite(column(theirs["seTE.common"])).all():
                hold_sample_size(grid, where, theirs, data)
        else:
            hold_equal_effects(grid, where, theirs)
            if kind != "OR_HK_adhoc_ci":
                hold_random_effects(grid, where, theirs)
            if kind in COUNTS:
                hold_counts(grid, where, theirs, kind, data)
    return grid


@pytest.mark.parametrize("file", FILES)
def test_pooling_gives_the_values_of_meta(file):
    assert compared(file).misses == []


def test_no_value_has_gone_unheld():
    assert (len(FILES), sum(compared(file).held for file in FILES)) == (6, 6413)
