"""Selection models, Copas, p-uniform and selection ratios: ours against those of five R packages.

A selection model's likelihood is often flat, and packages stop where they get tired. So a fit is held
where it agrees, in the reference's standard errors, or where the likelihood at ours is higher by more
than that disagreement is worth; the likelihood at the reference's values is computed here, as its own
integrals are good to three digits only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest
from held import UNI, Pair, cases, held
from reference import GOLDEN, column, golden
from scipy.special import ndtr, ndtri

from claimbook.synthesis import (
    SELECTION_MODELS,
    copas,
    p_uniform,
    p_uniform_star,
    selection_model,
    selection_ratio,
    selection_ratio_needed,
)
from claimbook.synthesis.search import root
from claimbook.synthesis.selection import SIGNS
from claimbook.synthesis.selection_problem import LIKELIHOODS

CLOSED = 1e-10
STEP = 1e-5
SMOOTH = 1e-3
INTEGRAL = 3e-3  # of a log-likelihood: R's integrate() at its default tolerance

NOT_HELD: dict[tuple[str, str], str] = {}
UNSOUND = {
    ("uni_hine1989_RD", "selmodel_beta_default_control"): "0.37 too low",
    ("uni_hine1989_RD", "selmodel_power_default_control"): "0.03 too low",
    (
        "uni_crisafulli2020_PLO",
        "selmodel_beta_fixed_delta_1_2",
    ): "1600 too high: its integrals vanish, p being 0",
    ("uni_crisafulli2020_PLO", "selmodel_negexp_default_control"): "the same",
    ("uni_crisafulli2020_PLO", "selmodel_halfnorm_default_control"): "the same",
}
"""Where the log-likelihood the reference reports is not that of its estimates. Ours is higher in each."""


def numbers(call: str, name: str) -> list[float]:
    found = re.search(rf"\b{name} = (c\([^)]*\)|[\d.]+)", call)
    return [float(x) for x in re.findall(r"[\d.]+", found[1])] if found else []


def asked(call: str) -> dict[str, Any]:
    """The arguments of `selection_model` that an R call says."""
    word = {name: re.search(rf'\b{name} = "([\w.]+)"', call) for name in ("type", "alternative", "prec")}
    return {
        "model": word["type"][1],
        "alternative": word["alternative"][1],
        "imprecision": word["prec"][1] if word["prec"] else None,
        "steps": numbers(call, "steps"),
        "delta": numbers(call, "delta") or None,
        "tau2": "EE" if "selmodel(ee" in call else "ML",
    }


def log_likelihood(y: Any, v: Any, call: dict[str, Any], theirs: dict[str, Any]) -> float:
    """Ours at the reference's estimates."""
    delta, steps = column(theirs["delta"]), [step for step in call["steps"] if step != 1]
    weight, sign = SELECTION_MODELS[call["model"]], SIGNS[call["alternative"]]
    if call["model"] == "truncest":
        delta, steps = delta[:1], [delta[1]]
    if weight.by == "y":
        steps = [sign * step for step in steps or [0.0]]
    if not weight.none:
        with np.errstate(divide="ignore"):
            delta = np.log(delta[1:] if weight.by == "interval" else delta)
    imprecision = np.sqrt(v / v.max()) if call["imprecision"] else np.ones_like(v)
    likelihood = LIKELIHOODS[weight.by](
        y=sign * y,
        v=v,
        x=np.ones((len(y), 1)),
        weight=weight,
        cuts=np.array(steps),
        two_sided=call["alternative"] == "two.sided",
        imprecision=imprecision[:, None],
        parameters=delta,
        free=np.zeros(len(delta), bool),
        equal=call["tau2"] == "EE",
    )
    theta = [sign * theirs["beta"][0], theirs["tau2"] or 0.0][: 2 - likelihood.equal]
    return float(likelihood.many(np.array([theta]))[0][0])


@cache
def fits(name: str) -> dict[str, tuple[Any, Any, float]]:
    """Our fit, the reference's, and our log-likelihood at that; None and 0 where the reference has none."""
    data = golden(name)["data"]
    y, v = np.array(data["yi"]), np.array(data["vi"])
    found = {}
    for case in cases(name, {"selmodel"}, NOT_HELD):
        call, theirs = asked(case["call"]), case.get("result")
        reached = log_likelihood(y, v, call, theirs) if theirs else 0.0
        found[case["id"]] = selection_model(y, v, **call), theirs, reached
    return found


def pairs(name: str, case: str) -> Iterator[Pair]:
    ours, theirs, reached = fits(name)[case]
    if theirs is None:
        return
    step, mine = ours.model == "stepfun", ours.log_likelihood
    tolerance = STEP if step and "default" not in case else SMOOTH
    yield Pair("lower likelihood", min(0.0, mine - reached), 0.0, tolerance**2 / 4, 1 + abs(mine))
    if (name, case) not in UNSOUND:
        yield Pair("likelihood", reached, theirs["fit_stats"]["ML"]["ll"], CLOSED if step else INTEGRAL, 1.0)
    if theirs["ptable"].get("k"):
        yield Pair("counts", ours.counts, theirs["ptable"]["k"], CLOSED)
    if mine - reached > tolerance**2 / 4:
        return
    if np.isfinite(theirs["se"][0] or np.nan):
        yield Pair("estimate", ours.estimate, theirs["beta"], tolerance, theirs["se"][0])
    if ours.lrt_df:
        yield Pair("lrt", ours.lrt, theirs["LRT"], STEP if step else INTEGRAL, 2.0)
        yield Pair("lrt df", ours.lrt_df, theirs["LRTdf"], CLOSED)
    if tolerance == STEP and not ours.notes and ours.tau2:
        yield Pair("se", ours.se, theirs["se"], 10 * STEP)
        yield Pair("tau2 se", ours.tau2_se, theirs["se_tau2"], 10 * STEP)
        yield Pair("delta", ours.delta, theirs["delta"], 10 * STEP)
        yield Pair("delta se", ours.delta_se, theirs["se_delta"], 10 * STEP)


@pytest.mark.parametrize("name", UNI)
def test_selection_models_are_those_of_metafor_or_fit_better(name: str) -> None:
    assert [(case, pair) for case in fits(name) for pair in pairs(name, case) if pair.misses] == []


def test_the_grid_of_held_cases_is_complete() -> None:
    assert held(UNI, {"selmodel"}, NOT_HELD) == {"selmodel": 513}


def test_where_the_reference_falls_short_of_our_likelihood_is_counted() -> None:
    gains = [ours.log_likelihood - at for name in UNI for ours, theirs, at in fits(name).values() if theirs]
    assert (sum(gain > 1e-4 for gain in gains), sum(gain > 1e-2 for gain in gains)) == (72, 14)


@pytest.mark.parametrize(
    ("case", "chosen"),
    [
        ("raud_.025", {"steps": [0.025]}),
        ("mcdaniel_.025_.5", {"steps": [0.025, 0.5]}),
        ("mcdaniel_fe_.05", {"steps": [0.05], "tau2": "EE"}),
    ],
)
def test_step_functions_are_those_of_weightr_or_fit_better(case: str, chosen: dict[str, Any]) -> None:
    """weightr gives minus the log-likelihood, without the constant of the normal density."""
    data = golden("uni_raudenbush1985")["data"] if "raud" in case else golden("weightr")["data"]["mcdaniel"]
    y, v = np.array(data["yi"]), np.array(data["vi"])
    theirs = next(c["result"] for c in golden("weightr")["cases"] if c["id"] == case)
    ours = selection_model(y, v, **chosen)
    mine = ours.log_likelihood + 0.5 * len(y) * np.log(2 * np.pi)
    short = mine + theirs["ll_adj"]
    values = [*([] if "tau2" in chosen else [ours.tau2]), ours.estimate, *ours.delta[1:]]
    assert short > 1e-6 or not Pair("estimates", values, theirs["adj_est"], 1e-3).misses


def effects(file: str, data: str) -> tuple[np.ndarray, np.ndarray]:
    found = golden(file)["data"][data]
    return np.array(found["yi"], float), np.array(found["vi"], float)


BISECTION = 2e-4  # puniform stops its bisection at a width of 1e-4 of the effect

P_UNIFORM_KEYS = {"estimate": "est", "low": "ci.lb", "high": "ci.ub"}


@pytest.mark.parametrize("method", ["P", "LNP", "LN1MINP", "ML", "KS"])
def test_p_uniform_is_that_of_puniform(method: str) -> None:
    y, v = effects("puniform", "mcdaniel")
    theirs = next(c["result"] for c in golden("puniform")["cases"] if c["id"] == f"puniform_{method}")
    ours = p_uniform(y, v, method)
    found = [Pair("k", ours.k_significant, theirs["ksig"], CLOSED)]
    found += [
        Pair(o, getattr(ours, o), theirs[t], BISECTION, 1.0)
        for o, t in P_UNIFORM_KEYS.items()
        if theirs[t] is not None
    ]
    sharp = 1e-8 if method != "ML" else 1e-5
    for what, key in (("statistic", "L.0"), ("p", "pval.0"), ("bias", "L.pb"), ("bias_p", "pval.pb")):
        found.append(Pair(what, getattr(ours, what), theirs[key], sharp))
    assert [pair for pair in found if pair.misses] == []


def test_p_uniform_of_three_significant_studies_uses_the_exact_distribution_of_a_sum() -> None:
    """The reference has the exact interval too, but a normal p: 0.0497 for our 0.0515."""
    y, v = effects("puniform", "raudenbush")
    theirs = next(c["result"] for c in golden("puniform")["cases"] if c["id"] == "puniform_raud")
    ours = p_uniform(y, v)
    assert not Pair(
        "", [ours.estimate, ours.low, ours.high], [theirs[t] for t in P_UNIFORM_KEYS.values()], BISECTION, 1.0
    ).misses


@pytest.mark.parametrize(("data", "case"), [("mcdaniel", "puni_star_ML"), ("raudenbush", "puni_star_raud")])
def test_p_uniform_star_is_that_of_puniform(data: str, case: str) -> None:
    y, v = effects("puniform", data)
    theirs = next(c["result"] for c in golden("puniform")["cases"] if c["id"] == case)
    ours = p_uniform_star(y, v)
    keys = {**P_UNIFORM_KEYS, "tau2": "tau2", "tau2_low": "tau2.lb", "tau2_high": "tau2.ub"}
    found = [Pair(o, getattr(ours, o), theirs[t], BISECTION, 1.0) for o, t in keys.items()]
    found += [
        Pair("statistic", ours.statistic, theirs["L.0"], 1e-6, 1.0),
        Pair("p", ours.p, theirs["pval.0"], 1e-5),
    ]
    assert [pair for pair in found if pair.misses] == []


PUNIFORM_NOT_HELD = {
    "puniform_AD": "the reference refuses; the Anderson-Darling estimate is not offered",
    "puni_star_P": "the moment estimates of p-uniform* are not offered: its authors recommend ML",
    "puni_star_LNP": "the reference finds none",
}


def test_every_case_of_puniform_is_held_or_explained() -> None:
    found = {case["id"] for case in golden("puniform")["cases"]} - set(PUNIFORM_NOT_HELD)
    tested = {f"puniform_{m}" for m in ("P", "LNP", "LN1MINP", "ML", "KS", "raud")} | {
        "puni_star_ML",
        "puni_star_raud",
    }
    assert found == tested


def ratio_cases() -> list[dict[str, Any]]:
    return golden("PublicationBias")["cases"]


@pytest.mark.parametrize("case", [case["id"] for case in ratio_cases() if "svalue" not in case["id"]])
def test_selection_ratios_are_those_of_publicationbias(case: str) -> None:
    found = next(c for c in ratio_cases() if c["id"] == case)
    data, theirs = golden("PublicationBias")["data"], found["result"]["stats"]
    data = data["tannersmith" if "tanner" in case else "mcdaniel"]
    ours = selection_ratio(
        data["yi"],
        data["vi"],
        float(re.search(r"selection_ratio = (\d+)", found["call"])[1]),
        cluster=data.get("studyid"),
        tau2="EE" if "fixed" in found["call"] else "REML",
    )
    mine = [ours.estimate, ours.se, ours.low, ours.high]
    keys = ("estimate", "se", "ci_lower", "ci_upper")
    assert not Pair(case, mine, [theirs[key][0] for key in keys], 5e-6).misses


@pytest.mark.parametrize(("q", "needed"), [(0.0, (np.inf, np.inf)), (0.1, None)])
def test_ratios_needed_are_those_of_publicationbias(q: float, needed: Any) -> None:
    y, v = effects("PublicationBias", "mcdaniel")
    theirs = next(c for c in ratio_cases() if c["id"] == f"mcd_svalue_{q:g}")["result"]["stats"]
    ours = selection_ratio_needed(y, v, q, tau2="EE")
    expected = needed or (theirs["sval_est"][0], theirs["sval_ci"][0])
    assert not Pair("ratios", [ours.estimate, ours.bound], expected, CLOSED).misses


META = sorted(path.stem for path in GOLDEN.glob("meta_metabin_*.json"))


@pytest.mark.parametrize("name", META)
def test_the_copas_model_is_that_of_metasens_along_its_path(name: str) -> None:
    """Its path gives the chances of publication that a and b follow from.

    Not held: standard errors where rho is at its bound, and its p of residual selection, which stays at
    a local maximum with rho near 0.
    """
    y, v = log_odds_ratios(name)
    theirs = next(c["result"] for c in golden(name)["cases"] if c["id"] == "copas")
    found = []
    for j in range(1, len(theirs["TE.slope"])):
        a, b = parameters(np.sqrt(v), theirs["publprob"][j], theirs["N.unpubl"][j])
        ours = copas(y, v, a, b)
        found += [
            Pair("estimate", ours.estimate, theirs["TE.slope"][j], 5e-5, 1.0),
            Pair("rho", ours.rho, theirs["rho.slope"][j], 5e-5),
        ]
        found += [Pair("tau2", ours.tau2, theirs["tau.slope"][j] ** 2, 5e-5, 1.0)]
        if abs(ours.rho) < 0.99:
            found.append(Pair("se", ours.se, theirs["seTE.slope"][j], 5e-5))
    assert [pair for pair in found if pair.misses] == []


def parameters(s: Any, published: float, unpublished: float) -> tuple[float, float]:
    """a and b from the chance of the study with the largest s and the expected number of unpublished ones."""
    start = float(ndtri(published))

    def excess(b: float) -> float:
        probit = start + b * (1 / s - 1 / s.max())
        return float((ndtr(-probit) / ndtr(probit)).sum()) - unpublished

    b = root(excess, 0.0, 50.0)
    return start - b / s.max(), b


def log_odds_ratios(name: str) -> tuple[np.ndarray, np.ndarray]:
    limit = next(case["result"] for case in golden(name)["cases"] if case["id"] == "limitmeta_beta0")
    use = np.array([effect is not None for effect in limit["TE"]])
    y, se = (np.array(limit[key], dtype=object)[use].astype(float) for key in ("TE", "seTE"))
    return y, se**2
