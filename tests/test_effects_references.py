"""Every effect size of the reference files, held against metafor's.

A case that is not held stands in a table below with its reason; the counts are pinned, so that neither side
of the line can shift unnoticed.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from metafor_calls import effect_call, parse
from reference import GOLDEN, column, distance, golden

from claimbook.effects import MEASURES, Effects, effect_sizes

CLOSED = 1e-10
TETRACHORIC = 3e-3  # R's search stops early; ours solves to the last digit, see test_effects_laws

NOT_HELD = {
    "R2F": "explained variance with fixed predictors: R documents no formula for its variance",
}
ELSEWHERE = {
    "dat.dagostino1998": 13,
    "dat.yusuf1985": 10,
    "dat.spooner2002": 10,
    "dat.white2020": 3,
    "dat.cohen1981": 2,
    "dat.crede2010": 1,
    "dat.craft2003": 1,
}
"""Data sets of escalc_datasets whose columns are not among the reference files, with their cases."""

SYNTHETIC = ("2x2", "2x2_paired", "change", "correlations", "means", "other", "rates", "single_group")


def _measure(case: dict[str, Any]) -> str:
    return str(parse(case["call"])["measure"].value)  # type: ignore[attr-defined]


def _synthetic() -> list[Any]:
    found = []
    for name in SYNTHETIC:
        reference = golden(f"escalc_{name}")
        found += [
            pytest.param(case, reference["data"], id=f"{name}-{case['id']}") for case in reference["cases"]
        ]
    return [case for case in found if _measure(case.values[0]) not in NOT_HELD]


def _real_data() -> dict[str, dict[str, Any]]:
    """The columns of real data sets, from the reference files that hold them."""

    def cells(name: str, *names: str) -> dict[str, Any]:
        held = golden(name)["data"]
        return dict(zip(names, (held[key] for key in ("ai", "bi", "ci", "di")), strict=True))

    def arms(name: str, *names: str) -> dict[str, Any]:
        a, b, c, d = (np.array(golden(name)["data"][key], float) for key in ("ai", "bi", "ci", "di"))
        return dict(zip(names, (a, a + b, c, c + d), strict=True))

    def with_gaps(columns: dict[str, Any], *rows: int) -> dict[str, Any]:
        """The rows without data, which the file left out, put back."""
        return {name: np.insert(column(columns[name]), rows, np.nan) for name in plain}

    plain = ("ai", "n1i", "ci", "n2i")
    return {
        "dat.bcg": cells("binary_bcg", "tpos", "tneg", "cpos", "cneg"),
        "dat.colditz1994": golden("mods_colditz_ablat")["data"],
        "dat.egger2001": arms("binary_egger2001", *plain),
        "dat.hine1989": arms("binary_hine1989", *plain),
        "dat.linde2005": with_gaps(golden("mods_linde2005_major")["data"], 4, 24),
        "dat.nielweise2007": arms("binary_nielweise2007", *plain),
        "dat.viechtbauer2021": arms("binary_viechtbauer2021", "xTi", "nTi", "xCi", "nCi"),
        "dat.gibson2002": golden("mods_gibson_type")["data"],
        "dat.curtis1998": golden("mods_curtis_fungrp")["data"],
        "dat.normand1999": golden("escalc_means")["data"]["dat.normand1999"],
        "dat.molloy2014": golden("escalc_correlations")["data"]["dat.molloy2014"],
        "dat.mcdaniel1994": golden("escalc_correlations")["data"]["dat.mcdaniel1994"],
    }


def _real() -> list[Any]:
    cases = golden("escalc_datasets")["cases"]
    return [pytest.param(case, id=case["id"]) for case in cases if case["dataset"] not in ELSEWHERE]


def _both_known(case: dict[str, Any]) -> tuple[Any, Any]:
    """Theirs, where both the effect and its variance are known: ours gives no half rows."""
    y, v = column(case["result"]["yi"]), column(case["result"]["vi"])
    known = ~(np.isnan(y) | np.isnan(v))
    return np.where(known, y, np.nan), np.where(known, v, np.nan)


def _gap(ours: Effects, y: Any, v: Any) -> float:
    return max(distance(ours.y, y, absolute=1e-14), distance(ours.v, v))


@pytest.mark.parametrize(("case", "data"), _synthetic())
def test_the_effect_and_its_variance_agree_with_metafor(case: dict[str, Any], data: dict[str, Any]) -> None:
    measure, keywords = effect_call(case["call"], data)
    y, v = _both_known(case)
    ours = effect_sizes(measure, **keywords)
    if measure in ("RTET", "ZTET"):
        at_the_bound = np.abs(y) == 1  # a zero cell: R reports a variance there that is rounding error
        y, v = (np.where(at_the_bound, np.nan, theirs) for theirs in (y, v))
    assert _gap(ours, y, v) < (TETRACHORIC if measure in ("RTET", "ZTET") else CLOSED)


@pytest.mark.parametrize("case", _real())
def test_the_effects_of_real_data_agree_with_metafor(case: dict[str, Any]) -> None:
    measure, keywords = effect_call(case["call"], _real_data())
    ours = effect_sizes(measure, **keywords)
    y, v = (
        theirs[: len(ours)] for theirs in _both_known(case)
    )  # of gibson2002 the first 13 rows are at hand
    assert _gap(ours, y, v) < CLOSED


def test_intervals_of_single_studies_agree_with_metafor() -> None:
    ours = effect_sizes("OR", **dict(zip("abcd", golden("binary_bcg")["data"].values(), strict=True)))
    reference = golden("escalc_summary")["cases"]
    for case, back, z in zip(
        reference, (np.exp, np.asarray), (1.959963984540054, 1.6448536269514722), strict=True
    ):
        found = [back(ours.y + side * z * ours.se) for side in (0, -1, 1)]
        assert max(map(distance, found, (case["result"][key] for key in ("yi", "ci.lb", "ci.ub")))) < CLOSED


def test_no_case_has_been_lost() -> None:
    assert (len(_synthetic()), len(_real())) == (398, 103)


def test_what_is_not_held_is_what_the_tables_say() -> None:
    files = sorted(path.stem.removeprefix("escalc_") for path in GOLDEN.glob("escalc_*.json"))
    assert files == sorted((*SYNTHETIC, "datasets", "summary"))
    datasets = [case["dataset"] for case in golden("escalc_datasets")["cases"]]
    assert {name: datasets.count(name) for name in ELSEWHERE} == ELSEWHERE


def test_every_measure_of_the_reference_files_is_known() -> None:
    cases = [case for name in (*SYNTHETIC, "datasets") for case in golden(f"escalc_{name}")["cases"]]
    assert {_measure(case) for case in cases} - set(MEASURES) == set(NOT_HELD)


def test_the_reference_files_say_how_they_were_made() -> None:
    paths = GOLDEN.glob("escalc_*.json")
    assert all(json.loads(path.read_text())["provenance"]["metafor"] == "5.1.12" for path in paths)
