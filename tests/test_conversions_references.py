"""Every conversion and transformation of the reference files, held against metafor's."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from metafor_calls import parse, value
from reference import GOLDEN, distance, golden

from claimbook.effects import TRANSFORMS, recover

CLOSED = 1e-10

NOT_HELD = {
    "conv2x2_dta": "sensitivity and specificity: R gives nothing for this call either",
    "fivenum_norm_bc_transfTRUE": "Box-Cox method: R draws random numbers, another result each time",
    "fivenum_norm_mln_transfTRUE": "method for unknown distributions: R draws random numbers",
}
TOLERANCE = {
    "fivenum_norm_qe_transfTRUE": 1e-4,  # R's search stops early: our sums of squares are smaller
    "fivenum_norm_walter2007_transfTRUE": 1e-9,  # R integrates numerically, to about 1e-10
    "delta_rtoz": 1e-9,  # R's numerical slope of a curve that has a closed one
    "transf.ztor.mode": 1e-5,  # R searches to 1e-5
    "transf.ilogit.mode": 1e-5,
}


def _cases(name: str) -> list[Any]:
    return [pytest.param(case, id=case["id"]) for case in golden(name)["cases"] if case["id"] not in NOT_HELD]


def _five_numbers(call: str) -> dict[str, str]:
    """Our method for theirs; with a log-normal distribution R has only one."""
    said = {
        word: value(node, {})
        for word, node in parse(call).items()
        if word in ("method", "dist", "transf", "test")
    }
    if "method" not in said:
        return {}
    method = {"default": "luo-wan-shi"}.get(str(said["method"]), str(said["method"]))
    if said["dist"] == "lnorm":
        method = "log-normal" if said["transf"] else "logs"
    return {"method": method, "if_skewed": "missing" if said["test"] else "keep"}


@pytest.mark.parametrize("case", _cases("conv_fivenum"))
def test_mean_and_sd_from_quantiles_agree_with_metafor(case: dict[str, Any]) -> None:
    names = {"min": "minimum", "q1": "q1", "med": "median", "q3": "q3", "max": "maximum", "n": "n"}
    printed = {ours: golden("conv_fivenum")["data"][theirs] for theirs, ours in names.items()}
    found = recover("mean_and_sd", **printed, **_five_numbers(case["call"]))
    gap = max(distance(found[name], case["result"][name]) for name in ("mean", "sd"))
    assert gap < TOLERANCE.get(case["id"], CLOSED)


def test_tables_from_an_odds_ratio_phi_and_chi_square_agree_with_metafor() -> None:
    margins = {"n": 112, "row": 65, "column": 25}
    found = [
        recover("table_from_odds_ratio", **margins, odds_ratio=1.37872),
        recover("table_from_phi", **margins, phi=0.0636),
        recover("table_from_chi_square", **margins, chi_square=0.4528, yates="no"),
    ]
    result = golden("conv_2x2")["cases"][0]["result"]
    assert [[table[cell][0] for cell in "abcd"] for table in found] == [
        [result[f"{cell}i"][0] for cell in "abcd"]
    ] * 3


def test_tables_from_chi_square_with_and_without_yates_agree_with_metafor() -> None:
    found = recover(
        "table_from_chi_square", n=112, row=65, column=25, chi_square=[0.4528, 0.1915], yates=["no", "yes"]
    )
    result = golden("conv_2x2")["cases"][1]["result"]
    assert all(found[cell].tolist() == result[f"{cell}i"] for cell in "abcd")


def test_effects_from_wald_intervals_agree_with_metafor() -> None:
    (case,) = golden("conv_wald")["cases"]
    said = {
        word: value(node, {})
        for word, node in parse(case["call"].replace("ci.lb", "low").replace("ci.ub", "high")).items()
    }
    found = recover("effect_from_interval", estimate=said["out"], low=said["low"], high=said["high"])
    assert (
        max(distance(found["y"], case["result"]["yi"]), distance(found["v"], case["result"]["vi"])) < CLOSED
    )


@pytest.mark.parametrize("case", _cases("conv_delta"))
def test_the_delta_method_agrees_with_metafor(case: dict[str, Any]) -> None:
    name = re.search(r"transf = (?:transf\.)?(\w+)\)", case["call"])[1]  # type: ignore[index]
    said = {word: value(node, {}) for word, node in parse(case["call"]).items() if word in ("yi", "vi")}
    found = recover("delta", y=said["yi"], v=said["vi"], transform=name)
    gap = max(distance(found["y"], case["result"]["yi"]), distance(found["v"], case["result"]["vi"]))
    assert gap < TOLERANCE.get(case["id"], CLOSED)


@pytest.mark.parametrize("case", [case for case in _cases("transf") if "formals" in case.values[0]])
def test_a_transformation_agrees_with_metafor(case: dict[str, Any]) -> None:
    name = case["id"].rsplit("_", 1)[0].removeprefix("transf.").replace(".", "_")
    assert distance(TRANSFORMS[name](case["result"]["x"]), case["result"]["y"], absolute=1e-15) < 1e-12


WITH_MORE = {
    "transf.ipft_n": lambda: TRANSFORMS["ipft"]([0.3, 0.7, 1.2], 25.0),
    "transf.iirft": lambda: TRANSFORMS["iirft"](0.7, 30.0),
    "transf.isqrt": lambda: TRANSFORMS["isqrt"]([-1, 0.5, 2]),
    "transf.dtou3": lambda: TRANSFORMS["dtou3"]([-0.5, 0, 0.5]),
    "transf.lnortord_pc.2": lambda: TRANSFORMS["lnortord"](0.5, 0.2),
    "transf.lnortorr_pc.2": lambda: TRANSFORMS["lnortorr"](0.5, 0.2),
    "transf.dtorpb_n": lambda: TRANSFORMS["dtorpb"](0.5, 20, 30),
    "transf.dtorbis_n": lambda: TRANSFORMS["dtorbis"](0.5, 20, 30),
    "transf.ztor.int": lambda: TRANSFORMS["ztor_int"](0.5, 0.2),
    "transf.ztor.mode": lambda: TRANSFORMS["ztor_mode"](0.5, 0.2),
    "transf.exp.mode": lambda: TRANSFORMS["exp_mode"](0.5, 0.2),
    "transf.ilogit.mode": lambda: TRANSFORMS["ilogit_mode"](0.5, 0.2),
}


@pytest.mark.parametrize("case", [case for case in _cases("transf") if "formals" not in case.values[0]])
def test_a_transformation_with_further_arguments_agrees_with_metafor(case: dict[str, Any]) -> None:
    found = np.atleast_1d(WITH_MORE[case["id"]]())
    assert distance(found, np.atleast_1d(case["result"])) < TOLERANCE.get(case["id"], CLOSED)


def test_no_case_has_been_lost() -> None:
    assert {name: len(_cases(name)) for name in ("conv_fivenum", "conv_delta", "transf")} == {
        "conv_fivenum": 20,
        "conv_delta": 4,
        "transf": 85,
    }


def test_every_file_of_conversions_is_read() -> None:
    held = {"conv_2x2", "conv_delta", "conv_fivenum", "conv_wald"}
    assert {path.stem for path in GOLDEN.glob("conv_*.json")} == held


def test_the_fit_to_quantiles_is_at_least_as_close_as_metafors() -> None:
    from claimbook.effects.quantile_fit import FAMILIES

    (case,) = (case for case in golden("conv_fivenum")["cases"] if case["id"] == "fivenum_norm_qe_transfTRUE")
    mean, sd = case["result"]["mean"][1], case["result"]["sd"][1]  # quartiles 4, 6, 10: log-normal in both
    sigma = np.sqrt(np.log(1 + (sd / mean) ** 2))
    theirs = (np.log(mean) - sigma**2 / 2, np.log(sigma))
    found = recover("mean_and_sd", n=20, q1=4, median=6, q3=10, method="qe")
    width = np.sqrt(np.log(1 + (found["sd"][0] / found["mean"][0]) ** 2))
    ours = (np.log(found["mean"][0]) - width**2 / 2, np.log(width))
    shares = np.array([0.25, 0.5, 0.75])
    misfit = [
        np.sum((FAMILIES["log-normal"].quantile(fit, shares) - [4, 6, 10]) ** 2) for fit in (ours, theirs)
    ]
    assert misfit[0] <= misfit[1]
