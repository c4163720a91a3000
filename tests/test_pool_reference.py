"""Every fit of a mean, its intervals and predictions beside metafor's (uni_*.json).

Closed forms are held to 1e-10 and iterated ones to 1e-8. Looser: GENQM and the exact intervals (1e-7,
metafor's distribution of a quadratic form has eight digits), profile-likelihood bounds (1e-6, the reference's
root finder), the score test of equal heterogeneity (1e-4, metafor fits it at its default tolerance).
"""

from functools import cache

import numpy as np
import pytest
from reference import Grid, cases, column, files, golden

from claimbook.synthesis.blup import random_effects
from claimbook.synthesis.comparison import likelihood_ratio
from claimbook.synthesis.location_scale import heteroscedasticity
from claimbook.synthesis.permutation import permute_signs
from claimbook.synthesis.pooled import Pooled, pool

FILES = files("uni_")
INTERVAL = {"z": "z", "t": "t", "knha": "HKSJ", "adhoc": "HKSJ-adhoc"}
SAME_ROOT = {"DLIT": "PM", "SJIT": "PM"}  # DL and SJ with their own tau2 in the weights, iterated, end at PM

NOT_HELD = {
    "*_default_control": "the same fits at metafor's default tolerances",
    "confint_QP_REML_default_tol": "the same interval at metafor's default tolerance",
    "confint_GENQ_BiggerstaffJackson*": "metafor ignores its tolerance there; confint_GENQ_tight_* is right",
    "confint_GENQ_Jackson*": "metafor ignores its tolerance there; confint_GENQ_tight_* is right",
}
CUT_SHORT = {
    (
        "uni_normand1999_MD",
        "confint_QP_DL",
    ): "upper bound: metafor stops at ten times tau2; its REML fit has ours",
}

CLOSED = ("EE", "DL", "HE", "HS", "HSk", "SJ", "GENQ")
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
WEIGHTS = {
    "rma_GENQ_wts_inv_vi": lambda v: 1 / v,
    "rma_GENQ_wts_inv_sei": lambda v: 1 / np.sqrt(v),
    "rma_GENQM_wts_inv_sei": lambda v: 1 / np.sqrt(v),
    "rma_EE_unweighted": np.ones_like,
    "rma_REML_unweighted": np.ones_like,
    "rma_REML_user_weights": lambda v: 1 / np.sqrt(v),
}


class Data:
    """The effects of one file, and the fits that its calls name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.y, self.v = column(golden(name)["data"]["yi"]), column(golden(name)["data"]["vi"])
        self.unit = float(self.v.mean())

    @cache  # noqa: B019
    def fit(self, tau2: str | float, interval: str = "z", level: float = 0.95) -> Pooled:
        return pool(self.y, self.v, tau2, interval, level)


def hold_fit(grid: Grid, data: Data, case: dict) -> None:
    theirs, where = case["result"], f"{data.name} {case['id']}"
    method = SAME_ROOT.get(theirs["method"], theirs["method"])
    weights = WEIGHTS[case["id"]](data.v) if case["id"] in WEIGHTS else None
    level = 0.9 if case["id"] == "rma_REML_level90" else 0.95
    tau2 = 0.05 if case["id"] == "rma_tau2_fixed_0.05" else method
    ours = pool(data.y, data.v, tau2, INTERVAL[theirs["test"]], level, weights)
    relative = 1e-10 if method in CLOSED else 1e-7 if method == "GENQM" else 1e-8
    for field, name in FIELDS.items():
        grid.hold(f"{where} {field}", getattr(ours, field), theirs[name], relative)
    grid.hold(f"{where} tau2", ours.tau2, theirs["tau2"], relative, 1e-8 * data.unit)
    grid.hold(f"{where} i2", ours.i2, theirs["I2"], relative, 1e-6)
    if tau2 != 0.05:
        grid.hold(f"{where} tau2_se", ours.tau2_se, theirs["se_tau2"] or 0.0, relative)
    for restricted, key in ((False, "ML"), (True, "REML")):
        information, stats = ours.fitted.information(restricted), theirs["fit_stats"][key]
        for field, name in (("log_likelihood", "ll"), ("aic", "AIC"), ("bic", "BIC"), ("aicc", "AICc")):
            grid.hold(f"{where} {key} {field}", information[field], stats[name], relative, 1e-8)


def hold_prediction(grid: Grid, data: Data, case: dict) -> None:
    tau2, interval, method, level = PREDICTIONS[case["id"]]
    ours, theirs = data.fit(tau2, interval, level), case["result"]
    values = [ours.estimate, ours.low, ours.high]
    if tau2 != "EE":
        values += ours.prediction_interval(method)
    if "transf" in theirs or case["id"].endswith("exp_transf"):
        values = np.exp(values).tolist()
    for value, name in zip(values, ("pred", "ci.lb", "ci.ub", "pi.lb", "pi.ub"), strict=False):
        grid.hold(f"{data.name} {case['id']} {name}", value, theirs[name], 1e-8, 1e-9 * data.unit**0.5)


PREDICTIONS = {
    "predict_REML_z": ("REML", "z", "fit", 0.95),
    "predict_REML_knha": ("REML", "HKSJ", "fit", 0.95),
    "predict_DL_z": ("DL", "z", "fit", 0.95),
    "predict_EE": ("EE", "z", "fit", 0.95),
    "predict_REML_predtype_riley": ("REML", "z", "HTS", 0.95),
    "predict_REML_predtype_t": ("REML", "z", "V", 0.95),
    "predict_REML_knha_riley": ("REML", "HKSJ", "HK-PR", 0.95),
    "predict_REML_exp_transf": ("REML", "z", "fit", 0.95),
    "predict_REML_level80": ("REML", "z", "fit", 0.8),
    "predict_prob_lt_0": ("REML", "z", "fit", 0.95),
}


def hold_tau2_interval(grid: Grid, data: Data, case: dict) -> None:
    tau2, method, level = TAU2_INTERVALS[case["id"]]
    theirs, where = case["result"], f"{data.name} {case['id']}"
    if method == "GENQ":
        weights = 1 / data.v if case["id"].endswith("vi") else 1 / np.sqrt(data.v)
        bounds = pool(data.y, data.v, "GENQ", weights=weights).tau2_interval("GENQ")
        grid.hold(where, bounds, [theirs["lower"], theirs["upper"]], 1e-7, 1e-8 * data.unit)
        return
    ours, (_, low, high) = data.fit(tau2), theirs["random"][0]
    if (data.name, case["id"]) in CUT_SHORT:
        high = None
    relative = 1e-6 if method == "PL" else 1e-8
    grid.hold(where, ours.tau2_interval(method, level), [low, high], relative, 1e-8 * data.unit)
    low, high = theirs["random"][2][1:]
    shares = ours.i2_interval(method, level)
    grid.hold(
        f"{where} i2", shares, [low, None if (data.name, case["id"]) in CUT_SHORT else high], relative, 1e-5
    )


TAU2_INTERVALS = {
    "confint_QP_REML": ("REML", "QP", 0.95),
    "confint_QP_DL": ("DL", "QP", 0.95),
    "confint_QP_PM": ("PM", "QP", 0.95),
    "confint_QP_level90": ("REML", "QP", 0.9),
    "confint_PL_REML": ("REML", "PL", 0.95),
    "confint_PL_ML": ("ML", "PL", 0.95),
    "confint_HT_REML": ("REML", "HT", 0.95),
    "confint_GENQ_tight_inv_vi": ("GENQ", "GENQ", 0.95),
    "confint_GENQ_tight_inv_sei": ("GENQ", "GENQ", 0.95),
}


def hold_blups(grid: Grid, data: Data, case: dict) -> None:
    ours = data.fit("REML", "HKSJ" if case["id"] == "blup_knha" else "z")
    frame = random_effects(ours.fitted) if case["id"] == "ranef_REML" else ours.blups()
    for field, name in (("estimate", "pred"), ("se", "se"), ("low", "pi.lb"), ("high", "pi.ub")):
        # near tau2 = 0 the standard error of a random effect is its square root, known to half the digits
        grid.hold(
            f"{data.name} {case['id']} {field}",
            frame[field],
            case["result"][name],
            1e-8,
            1e-5 * data.unit**0.5,
        )


def hold_weights(grid: Grid, data: Data, case: dict) -> None:
    ours = data.fit(case["id"].removeprefix("weights_"))
    grid.hold(f"{data.name} {case['id']}", 100 * ours.weights, case["result"], 1e-8)


def hold_information(grid: Grid, data: Data, case: dict) -> None:
    for key, tau2 in (("res", "REML"), ("ml", "ML")):
        ours = data.fit(tau2).fitted.information(restricted=True)
        ll, _, *criteria = case["result"][key]
        grid.hold(f"{data.name} fitstats {key}", [*ours.values()], [ll, *criteria], 1e-8, 1e-8)


def hold_likelihood_ratio(grid: Grid, data: Data, case: dict) -> None:
    tau2 = "ML" if case["id"] == "anova_LRT_ML" else "REML"
    ours = likelihood_ratio(data.fit(tau2).fitted, data.fit("EE").fitted)
    theirs = [case["result"]["LRT"], case["result"]["pval"]]
    grid.hold(f"{data.name} {case['id']}", [ours.statistic, ours.p], theirs, 1e-8, 1e-8)


def hold_permutation(grid: Grid, data: Data, case: dict) -> None:
    ours = permute_signs(data.fit(case["id"].rpartition("_")[2]))
    grid.hold(
        f"{data.name} {case['id']}",
        [ours.p["mean"], ours.n],
        [case["result"]["pval"][0], case["result"]["exact"]],
        0,
    )


def hold_profile(grid: Grid, data: Data, case: dict) -> None:
    theirs = case["result"]
    fits = [data.fit(float(t)) for t in theirs["tau2"]]
    ours = [(f.fitted.log_likelihood(restricted=True), f.estimate, f.low, f.high) for f in fits]
    for values, name in zip(zip(*ours, strict=True), ("ll", "beta", "ci_lb", "ci_ub"), strict=True):
        grid.hold(f"{data.name} profile {name}", values, theirs[name], 1e-9, 1e-9)


def hold_score_test(grid: Grid, data: Data, case: dict) -> None:
    ours, theirs = heteroscedasticity(data.fit("REML").fitted), case["result"]
    grid.hold(
        f"{data.name} hettest",
        [ours.statistic, ours.n, ours.p],
        [theirs[n] for n in ("statistic", "df", "pval")],
        1e-4,
    )


AREAS = {
    "rma.uni": hold_fit,
    "predict": hold_prediction,
    "confint": hold_tau2_interval,
    "blup": hold_blups,
    "weights": hold_weights,
    "fitstats": hold_information,
    "anova": hold_likelihood_ratio,
    "permutest": hold_permutation,
    "profile": hold_profile,
    "hettest": hold_score_test,
}


@cache
def compared(name: str) -> Grid:
    grid, data = Grid(), Data(name)
    for area, hold in AREAS.items():
        for case in cases(name, area, but=NOT_HELD):
            hold(grid, data, case)
    return grid


@pytest.mark.parametrize("name", FILES)
def test_pooling_gives_the_values_of_metafor(name):
    assert compared(name).misses == []


def test_no_value_has_gone_unheld():
    assert (len(FILES), sum(compared(name).held for name in FILES)) == (46, 58803)
