"""Small-study effects, trim and fill, fail-safe N, excess significance: against metafor, meta, metasens.

Every case of these areas is held to the tolerance of its kind, or stands in NOT_HELD with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from held import UNI, Comparison, Pair, cases, held, misses
from reference import GOLDEN, golden

import claimbook as cb
from claimbook.synthesis import excess_significance, fail_safe_n, henmi_copas, limit_meta_analysis

META = sorted(path.stem for path in GOLDEN.glob("meta_metabin_*.json"))

CLOSED = 1e-10
ITERATED = 1e-8
LOOSE = (
    5e-3  # metafor's REML at its default control, which stops at an absolute 1e-5 in tau2; in standard errors
)
INTEGRAL = 2e-6  # R's integrate() at its default tolerance
ROOT = 5e-4  # R's uniroot() at its default tolerance

OWN_WAY = (
    "p-values are pooled each in its own direction, which is no test; ours in the direction of their sum"
)
NOT_HELD = {
    ("uni_bcg_RD", "tes_from_res_chi2"): "the reference's integral misses the power of one study by 0.017",
    ("uni_bcg_RD", "tes_binom"): "the reference's integral misses the power of one study by 0.017",
    ("uni_crisafulli2020_PLO", "tes_default"): "the reference refuses: all 26 studies have a power of 1",
    (
        "uni_debruin2009_PLO",
        "tes_greater",
    ): "the reference looks for the limit on the other side of zero only",
    ("uni_crede2010_ZCOR", "fsn_Rosenthal_Fisher"): "the reference finds no number; the smallest is 9992",
    (
        "uni_crisafulli2020_PLO",
        "fsn_Rosenthal_Fisher",
    ): "the reference finds no number; the smallest is 174945",
} | {(name, "fsn_Rosenthal_Fisher"): OWN_WAY for name in UNI if np.ptp(np.sign(golden(name)["data"]["yi"]))}


def fitted(case: dict[str, Any]) -> dict[str, Any]:
    """tau2 and interval of the fit that an R call names."""
    if "knha" in case["call"]:
        return {"tau2": "DL", "interval": "HKSJ"}
    return {"tau2": "EE" if "(ee" in case["call"] else "REML", "interval": "z"}


def regression(case: dict[str, Any], y: Any, v: Any, data: dict[str, Any]) -> Iterator[Pair]:
    """At the reference's own tau2, which it did not always bring to convergence."""
    theirs, chosen = case["result"], {"tau2": "EE", "interval": "HKSJ"}
    if theirs["model"] == "rma":
        chosen = fitted(case) | {"tau2": float(theirs["fit"]["tau2"]) or "EE"}
    ours = cb.small_study(y, v, n=data.get("ni"), predictor=theirs["predictor"], **chosen)
    yield Pair("statistic", ours.statistic, theirs["zval"], ITERATED)
    yield Pair("p", ours.p, theirs["pval"], 10 * ITERATED)
    yield Pair("df", ours.df, np.inf if theirs["dfs"] is None else theirs["dfs"], CLOSED)
    for what, key in (("estimate", "est"), ("low", "ci_lb"), ("high", "ci_ub")):
        yield Pair(
            what,
            getattr(ours, what),
            theirs.get(key),
            ITERATED,
            theirs.get("ci_ub", 0) - theirs.get("ci_lb", 0),
        )


def rank(case: dict[str, Any], y: Any, v: Any, data: dict[str, Any]) -> Iterator[Pair]:
    ours, theirs = cb.small_study(y, v, "begg"), case["result"]
    yield Pair("tau", ours.statistic, theirs["tau"], CLOSED)
    yield Pair("p", ours.p, theirs["pval"], CLOSED)


def filling(case: dict[str, Any], y: Any, v: Any, data: dict[str, Any]) -> Iterator[Pair]:
    """Once it fills a study the reference drops a Hartung-Knapp interval; `test` says what it kept."""
    words = (case["id"] + "_REML_auto_L0").split("_")
    asked = {"side": words[2] if words[2] != "auto" and words[2] != "knha" else None, "tau2": words[1]}
    asked["estimator"] = words[3] if words[3] in ("L0", "R0", "Q0") else "L0"
    if "error" in case:
        with pytest.raises((ValueError, RuntimeError), match=r"Q0|would trim"):
            cb.trim_and_fill(y, v, **asked)
        return
    theirs = case["result"]
    ours = cb.trim_and_fill(y, v, interval="HKSJ" if theirs["test"] == "knha" else "z", **asked)
    tolerance = LOOSE if asked["tau2"] == "REML" else CLOSED
    yield Pair("side", ours.side == theirs["side"], True, CLOSED)
    yield Pair("k0", ours.k0, theirs["k0"], CLOSED)
    yield Pair("k0_se", ours.k0_se, theirs["se_k0"], LOOSE if tolerance == LOOSE else CLOSED)
    yield Pair("estimate", ours.estimate, theirs["beta"], tolerance, theirs["se"][0])
    yield Pair("se", ours.se, theirs["se"], tolerance)
    yield Pair(
        "filled",
        sorted(ours.filled[0]),
        sorted(np.array(theirs["yi_fill"])[len(y) :]),
        tolerance,
        theirs["se"][0],
    )


FAIL_SAFE = {
    "fsn_Rosenthal": "rosenthal",
    "fsn_Rosenthal_Fisher": "rosenthal-fisher",
    "fsn_Orwin_default": "orwin",
    "fsn_Orwin_unweighted": "orwin",
    "fsn_Orwin_weighted": "orwin-weighted",
    "fsn_Rosenberg": "rosenberg",
    "fsn_Rosenberg_alpha01": "rosenberg",
    "fsn_General_DL": "general",
    "fsn_General_REML": "general",
    "fsn_General_REML_target": "general",
}
SLACK = {"general": 1.0, "rosenthal-fisher": 2.0}
"""The reference's search may stop this far from the smallest number of studies that overturns the result."""


def drawer(case: dict[str, Any], y: Any, v: Any, data: dict[str, Any]) -> Iterator[Pair]:
    method, theirs = FAIL_SAFE[case["id"]], case["result"]
    target = re.search(r"target = ([\d.e-]+)", case["call"])
    tau2, level = "DL" if case["id"].endswith("DL") else "REML", 0.99 if "alpha01" in case["id"] else 0.95
    ours = fail_safe_n(y, v, method, float(target[1]) if target else None, tau2, level=level)
    tolerance = LOOSE if (method, tau2) == ("general", "REML") else ITERATED
    slack = SLACK.get(method, 0.0)
    yield (
        Pair("n", ours.n, theirs["fsnum"], slack, 1.0)
        if slack
        else Pair("n", ours.n, theirs["fsnum"], CLOSED)
    )
    yield Pair("p", ours.p, theirs["pval"], 10 * tolerance, 1e-300)
    yield Pair("target", ours.target, theirs["target"], tolerance)
    yield Pair("estimate", ours.estimate, theirs["est"], tolerance)
    if ours.n == theirs["fsnum"]:
        yield Pair("after", ours.estimate_after, theirs["est.fsn"], tolerance)
        yield Pair("p after", ours.p_after, theirs["pval.fsn"], 10 * tolerance)


def excess(case: dict[str, Any], y: Any, v: Any, data: dict[str, Any]) -> Iterator[Pair]:
    theirs, asked = case["result"], {"test": case["result"]["test"]}
    if "greater" in case["id"] or "less" in case["id"]:
        asked |= (
            {"alternative": "greater"} if "greater" in case["id"] else {"alternative": "less", "alpha": 0.1}
        )
    ours = excess_significance(y, v, **asked, tau2=fitted(case)["tau2"] if "(res" in case["call"] else "EE")
    yield Pair("observed", ours.observed, theirs["O"], CLOSED)
    yield Pair("power", ours.power, theirs["power"], INTEGRAL, 1.0)
    if INTEGRAL < ours.expected / ours.k < 1 - 1e-3:  # else (O - E)^2 / (k - E) is all rounding
        yield Pair("p", ours.p, theirs["pval"], 20 * INTEGRAL, 1.0)
    yield Pair("limit", ours.limit, theirs["theta.lim"], ROOT, max(1.0, abs(ours.theta)))


def centred(case: dict[str, Any], y: Any, v: Any, data: dict[str, Any]) -> Iterator[Pair]:
    ours, theirs = henmi_copas(y, v), case["result"]
    yield Pair("estimate", ours.estimate, theirs["beta"], CLOSED)
    yield Pair("se", ours.se, theirs["se"], CLOSED)
    yield Pair("interval", [ours.low, ours.high], [theirs["ci.lb"], theirs["ci.ub"]], ROOT, theirs["se"])


COMPARE: dict[str, Comparison] = {
    "regtest": regression,
    "ranktest": rank,
    "trimfill": filling,
    "fsn": drawer,
    "tes": excess,
    "hc": centred,
}


@pytest.mark.parametrize("name", UNI)
def test_results_are_those_of_metafor(name: str) -> None:
    assert misses(name, COMPARE, NOT_HELD) == []


def test_the_grid_of_held_cases_is_complete() -> None:
    assert held(UNI, set(COMPARE), NOT_HELD) == {
        "regtest": 365,
        "ranktest": 88,
        "trimfill": 617,
        "fsn": 403,
        "tes": 238,
        "hc": 44,
    }


def two_by_two(name: str) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Log odds ratios of a meta file with their variances and counts, studies without events left out."""
    data = golden(name)["data"]
    counts = {ours: np.array(data[theirs], float) for ours, theirs in COUNTS.items()}
    limit = next(case["result"] for case in golden(name)["cases"] if case["id"] == "limitmeta_beta0")
    use = np.array([effect is not None for effect in limit["TE"]])
    y, se = (np.array(limit[key], dtype=object)[use].astype(float) for key in ("TE", "seTE"))
    return y, se**2, {key: values[use] for key, values in counts.items()}


COUNTS = {"events1": "ai", "n1": "n1", "events2": "ci", "n2": "n2"}
TESTS = {
    "metabias_Egger": ("egger", {}, ITERATED),
    "metabias_Begg": ("begg-normal", {}, ITERATED),
    "metabias_Thompson": ("egger", {"tau2": "REML", "interval": "t"}, 1e-4),
    "metabias_Harbord": ("harbord", {}, ITERATED),
    "metabias_Macaskill": ("macaskill", {}, ITERATED),
    "metabias_Peters": ("peters", {}, ITERATED),
    "metabias_Deeks": ("deeks", {}, ITERATED),
    "metabias_Pustejovsky": ("pustejovsky", {}, ITERATED),
}


@pytest.mark.parametrize("name", META)
@pytest.mark.parametrize("case", TESTS)
def test_asymmetry_tests_are_those_of_meta(name: str, case: str) -> None:
    test, chosen, tolerance = TESTS[case]
    y, v, counts = two_by_two(name)
    theirs = next(c["result"] for c in cases(name, {"metabias"}, {}) if c["id"] == case)
    ours = cb.small_study(y, v, test, n=counts["n1"] + counts["n2"], **chosen, **counts)
    assert not Pair("statistic", ours.statistic, theirs["statistic"], tolerance).misses


@pytest.mark.parametrize("name", META)
@pytest.mark.parametrize("method", ["beta0", "mulim", "betalim"])
def test_limit_meta_analysis_is_that_of_metasens(name: str, method: str) -> None:
    y, v, _ = two_by_two(name)
    theirs = next(c["result"] for c in cases(name, {"limitmeta"}, {}) if c["id"] == f"limitmeta_{method}")
    ours = limit_meta_analysis(y, v, method, tau2=theirs["tau"] ** 2)
    se = ours.se if (name, method) in SE_WITH_EMPTY_STUDY else theirs["seTE.adjust"]
    mine = [ours.estimate, ours.se, ours.alpha, ours.beta, ours.q_small, ours.g2 / 100]
    assert not Pair(
        "limit", mine, [theirs["TE.adjust"], se, *(theirs[k] for k in LIMIT_KEYS)], ITERATED
    ).misses


LIMIT_KEYS = ("alpha.r", "beta.r", "Q.small", "G.squared")
SE_WITH_EMPTY_STUDY = {("meta_metabin_nielweise2007", "beta0"), ("meta_metabin_nielweise2007", "betalim")}
"""Here the k of the reference's regression counts a study without events, with an infinite standard error."""


@pytest.mark.parametrize("name", META)
@pytest.mark.parametrize("estimator", ["L0", "R0"])
@pytest.mark.parametrize("side", ["left", "right"])
def test_trim_and_fill_is_that_of_meta_which_trims_with_equal_effects(
    name: str, estimator: str, side: str
) -> None:
    y, v, _ = two_by_two(name)
    case = f"trimfill_{estimator[0]}_{'TRUE' if side == 'left' else 'FALSE'}"
    theirs = next(c["result"] for c in cases(name, {"trimfill.meta"}, {}) if c["id"] == case)
    ours = cb.trim_and_fill(y, v, side, estimator, "REML", "z", trim_tau2="EE")
    expected = [theirs["k0"], theirs["TE.random"], theirs["seTE.random"]]
    assert not Pair(case, [ours.k0, ours.estimate, ours.se], expected, 1e-6, 1.0).misses


@pytest.mark.parametrize("name", [name for name in META if "nielweise" not in name])
@pytest.mark.parametrize(("case", "function"), [("metacum", cb.cumulate), ("metainf", cb.leave_one_out)])
def test_cumulative_and_leave_one_out_results_are_those_of_meta(name: str, case: str, function: Any) -> None:
    """On the fourth data set the reference's REML does not converge."""
    y, v, _ = two_by_two(name)
    theirs = next(c["result"] for c in cases(name, {case}, {}))
    ours = function(y, v, tau2="REML", interval="z")
    assert not Pair(case, ours["estimate"], theirs["TE"], 1e-5, 1.0).misses
