"""No record makes a check fail: extreme, impossible and missing numbers, odd YAML, odd words."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from small_library import RESULT, folder, library

from claimbook.checks import check

NUMBERS = (
    *("0", "-0.0", "0.00", "1", "2", "3", "12", "12.5", "-4", "1e300", "-1e300", "1e-300", "1e308", "0e999"),
    *("unknown", "0.5", "100", "1.0000000000000000001", "99999999999999999999", "7.30", "-0.01", ".5", "5."),
)
PS = ("0", "1", "0.05", "<0.05", ">0.05", "ns", "0.000", "1e-9", "<0.001", "0.049")
MEASURES = ("SMD", "RR", "OR", "COR", "PR", "MD", "XYZ", "ROM", "HR")


def group(rng: random.Random, arm: str) -> dict[str, Any]:
    made = {"arm": arm, "n": rng.choice(NUMBERS), "mean": rng.choice(NUMBERS)}
    spread = rng.choice(("sd", "se", "none", "dispersion"))
    if spread == "dispersion":
        kind = rng.choice(("sd", "se", "ci_half_width"))
        made["dispersion"] = {
            "value": rng.choice(NUMBERS[:20]),
            "kind": kind,
            "status": "inferred",
            "because": "It is.",
        }
        if made["dispersion"]["value"] == "unknown":
            made["dispersion"]["value"] = "1"
    elif spread != "none":
        made[spread] = rng.choice(NUMBERS)
    return made


def result(rng: random.Random, id: str) -> dict[str, Any]:
    number = lambda: rng.choice(NUMBERS)  # noqa: E731
    pair = {
        name: number()
        for name in ("n", "mean_pre", "sd_pre", "mean_post", "sd_post", "r", "change", "sd_change", "percent")
    }
    one = group(rng, "trained")
    percent = {**{k: v for k, v in one.items() if k != "mean"}, "percent": number(), "p": rng.choice(PS)}
    arms = {"intervention": group(rng, "trained"), "comparator": group(rng, "control")}
    counts = {
        side: {"arm": arm, "events": number(), "n": number()}
        for side, arm in (("intervention", "trained"), ("comparator", "control"))
    }
    estimate = {name: number() for name in ("estimate", "low", "high", "se", "k", "n")}
    shape, data = rng.choice(
        (
            ("means", {"of": rng.choice(("final", "change")), **arms}),
            ("counts", counts),
            ("pre_post", {"arm": "trained", **pair, "p": rng.choice(PS)}),
            ("percent_change", percent),
            ("single", one),
            ("reported", {"measure": rng.choice(MEASURES), **estimate, "p": rng.choice(PS)}),
        )
    )
    test = {
        "kind": rng.choice(("t", "F", "z", "chi2", "r")),
        "value": number(),
        "df": number(),
        "df2": number(),
        "p": rng.choice(PS),
    }
    scale = {"items": rng.choice(("1", "3")), "low": number(), "high": number()}
    published = [{"read_in": "one", "where": "p. 1", "estimate": number(), "low": number(), "high": number()}]
    extras = {"test": test, "scale": scale, "published": published, "quote": "it rose by 12.5 %"}
    return {**RESULT, "id": id, shape: data, **{k: v for k, v in extras.items() if rng.random() < 0.4}}


def trait(rng: random.Random, what: str, arm: str) -> dict[str, Any]:
    unit = {"age": "years", "height": "cm", "body mass": "kg", "grip": "N", "BMI": "kg/m2"}[what]
    return {**group(rng, arm), "what": what, "unit": unit, "scale": {"items": "1"}}


def record(rng: random.Random) -> dict[str, Any]:
    traits = [
        trait(rng, what, arm)
        for what in ("age", "height", "body mass", "grip", "BMI")
        for arm in ("trained", "control")
    ]
    formula = rng.choice(("2 * 3", "sqrt(-1)", "1 / 0", "((", "9 ^ 9 ^ 9", "log(0)", "exp(1e9) * 2"))
    return {
        "results": [result(rng, f"r{i}") for i in range(8)],
        "population": {"traits": traits, "n": rng.choice(NUMBERS), "sex": rng.choice(("mixed", "men"))},
        "weeks": {"value": "10", "status": "derived", "formula": formula},
        "registration": rng.choice(("NCT01234567", "x", "(")),
    }


@pytest.mark.parametrize("seed", range(12))
def test_no_number_makes_a_check_fail(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    records = {f"s{i}": record(rng) for i in range(6)}
    used = [{"study": key, "result": f"r{i}"} for key in records for i in range(8)]
    claims = {
        f"claim-{measure.lower()}": {
            "measure": measure,
            "studies": used,
            "kind": "source",
            "text": "3 of 99999 % ((((",
        }
        for measure in ("SMD", "RR", "PCT", "OR")
    }
    made = library(tmp_path, folder(records, claims))
    assert len(made.studies) == 6
    assert check(made)


HOSTILE = [
    "results: [a, 1, [x], {where: 3}]",
    "results: {a: {where: b}}",
    "population: [where]\nresults: text",
    "waive: [{rule: }, 4, {because: x}, {rule: [S206], because: {a: b}}]\nresults: []",
    "waive: text\nrisk_of_bias: [{overrides: [x, {domain: d}]}]",
    "study: a\nresults: [{published: [x, {where: }]}]",
    "text",
    "- list",
    "outcomes: 4\nverdict: x",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("place", ["records/odd.yaml", "claims/odd.yaml", "library.yaml"])
def test_a_file_of_another_shape_makes_no_check_fail(text: str, place: str, tmp_path: Path) -> None:
    files = {**folder(), place: text}
    assert isinstance(check(library(tmp_path, files)), list)


def test_a_library_without_files_is_clean(tmp_path: Path) -> None:
    assert check(library(tmp_path / "nothing", {"x": ""})) == []


@pytest.mark.parametrize("items", [10**6, 10**19, 10**300])
def test_more_items_than_there_are_numbers_are_no_traceback(tmp_path: Path, items: int) -> None:
    single = {"arm": "trained", "n": 12, "mean": "5.19", "sd": "1.20"}
    many = {**RESULT, "scale": {"items": items, "low": 0, "high": 1}, "single": single}
    assert check(library(tmp_path, folder(records={"one": {"results": [many]}})), only=["S202", "S203"]) == []
