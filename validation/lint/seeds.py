"""The errors that are put into clean records: one function each, from a record to the same record with it.

A seed changes the record in place and returns False where this record cannot carry it (a group so large that
whole-number means are not telling, a sign that makes no difference).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from simulate import Rng, p, p_text

Record = dict[str, Any]


def of(record: Record, id: str) -> Any:
    return next(result for result in record["results"] if result["id"] == id)


def standard_errors(rng: Rng, record: Record) -> bool:
    """Both SDs of an outcome are SEs; no test is reported."""
    result = of(record, "strength")
    result.pop("test", None)
    for side in ("intervention", "comparator"):
        group = result["means"][side]
        group["sd"] = p(float(group["sd"]) / math.sqrt(group["n"]), 2)
    return True


def one_standard_error(rng: Rng, record: Record) -> bool:
    """The SD of one group is an SE; no test is reported."""
    result = of(record, "strength")
    result.pop("test", None)
    group = result["means"]["intervention"]
    group["sd"] = p(float(group["sd"]) / math.sqrt(group["n"]), 2)
    return True


def standard_errors_everywhere(rng: Rng, record: Record) -> bool:
    """Both SDs of an outcome and those of height and mass are SEs; no test is reported."""
    return standard_errors(rng, record) and body_se(rng, record)


def standard_errors_beside_a_test(rng: Rng, record: Record) -> bool:
    """Both SDs are SEs, and the paper reports its t."""
    test = dict(of(record, "strength")["test"])
    standard_errors(rng, record)
    of(record, "strength")["test"] = test
    return abs(float(test["value"])) >= 0.1


def standard_error_of_a_change(rng: Rng, record: Record) -> bool:
    """The spread of a percent change is an SE, and the paper reports an exact p."""
    change = of(record, "percent")["percent_change"]
    change["sd"] = p(float(change["sd"]) / math.sqrt(change["n"]), 2)
    return not change["p"].startswith("<") and float(change["p"]) < 0.5


def impossible_mean(rng: Rng, record: Record) -> bool:
    """A mean of whole numbers is off by one to nine hundredths."""
    single = of(record, "question")["single"]
    single["mean"] = p(float(single["mean"]) + rng.choice([-1, 1]) * rng.integers(1, 10) / 100, 2)
    return single["n"] < 60


def impossible_sd(rng: Rng, record: Record) -> bool:
    """An SD of whole numbers is off by one to nine hundredths."""
    single = of(record, "question")["single"]
    single["sd"] = p(float(single["sd"]) + rng.choice([-1, 1]) * rng.integers(1, 10) / 100, 2)
    return single["n"] < 60


def impossible_binary_sd(rng: Rng, record: Record) -> bool:
    """An SD of 0/1 data is off by two to nine hundredths."""
    single = of(record, "binary")["single"]
    single["sd"] = p(float(single["sd"]) + rng.choice([-1, 1]) * rng.integers(2, 10) / 100, 2)
    return float(single["sd"]) > 0


def other_p(rng: Rng, record: Record) -> bool:
    """The p beside a t statistic is another one, drawn evenly."""
    test = of(record, "strength")["test"]
    old, new = _value(test["p"]), float(rng.uniform(0.001, 0.999))
    test["p"] = p_text(new)
    return abs(new - old) > 0.02


def flipped_p_of_interval(rng: Rng, record: Record) -> bool:
    """The p beside an interval lies on the other side of .05."""
    reported = of(record, "difference")["reported"]
    if abs(_value(reported["p"]) - 0.05) < 0.01:
        return False
    reported["p"] = p_text(
        float(rng.uniform(0.06, 0.9)) if _value(reported["p"]) < 0.05 else float(rng.uniform(0.001, 0.04))
    )
    return True


def moved_estimate(rng: Rng, record: Record) -> bool:
    """The estimate is off the centre of its interval by 10 to 90 % of the half-width."""
    reported = of(record, "difference")["reported"]
    half = (float(reported["high"]) - float(reported["low"])) / 2
    reported["estimate"] = p(
        float(reported["estimate"]) + rng.choice([-1, 1]) * rng.uniform(0.1, 0.9) * half, 2
    )
    return True


def lost_sign(rng: Rng, record: Record) -> bool:
    """The sign of an estimate is lost or gained."""
    reported = of(record, "difference")["reported"]
    reported["estimate"] = p(-float(reported["estimate"]), 2)
    return abs(float(reported["estimate"])) >= 0.05


def linear_ratio(rng: Rng, record: Record) -> bool:
    """An odds ratio with the interval of its neighbour row: factor 1.15 to 2 off."""
    reported = of(record, "odds")["reported"]
    factor = float(rng.uniform(1.15, 2.0)) ** rng.choice([-1, 1])
    reported |= {name: p(float(reported[name]) * factor, 2) for name in ("low", "high")}
    return True


def outside(rng: Rng, record: Record) -> bool:
    """The estimate lies outside its interval."""
    reported = of(record, "difference")["reported"]
    half = (float(reported["high"]) - float(reported["low"])) / 2
    reported["estimate"] = p(float(reported["high"]) + rng.uniform(0.1, 2) * half, 2)
    return True


def wrong_change(rng: Rng, record: Record) -> bool:
    """A printed change is off by 10 to 100 %."""
    pair = of(record, "pair")["pre_post"]
    pair["change"] = p(float(pair["change"]) * (1 + rng.choice([-1, 1]) * rng.uniform(0.1, 1.0)), 1)
    return abs(float(pair["change"]) - (float(pair["mean_post"]) - float(pair["mean_pre"]))) > 0.2


def wrong_percent(rng: Rng, record: Record) -> bool:
    """A printed percent change is that of another row: off by 3 to 15 points."""
    pair = of(record, "pair")["pre_post"]
    pair["percent"] = p(float(pair["percent"]) + rng.choice([-1, 1]) * rng.uniform(3, 15), 1)
    return True


def too_many_events(rng: Rng, record: Record) -> bool:
    """More events than people."""
    count = of(record, "events")["counts"]["intervention"]
    count["events"] = count["n"] + int(rng.integers(1, 20))
    return True


def arms_off(rng: Rng, record: Record) -> bool:
    """The arms do not sum to the total."""
    record["population"]["n"] += int(rng.choice([-3, -2, -1, 1, 2, 3]))
    return True


def sd_beyond_scale(rng: Rng, record: Record) -> bool:
    """The SD of a 1 to 7 scale is doubled or trebled until the scale cannot hold it."""
    single = of(record, "question")["single"]
    m, n = float(single["mean"]), single["n"]
    largest = math.sqrt((7 - m) * (m - 1) * n / (n - 1))
    single["sd"] = p(largest * rng.uniform(1.03, 1.5), 2)
    return True


def se_of_change_for_sd(rng: Rng, record: Record) -> bool:
    """The SD of a change is an SE, beside the SDs before and after and their correlation."""
    pair = of(record, "pair")["pre_post"]
    pair["sd_change"] = p(float(pair["sd_change"]) / math.sqrt(pair["n"]), 1)
    return float(pair["sd_change"]) > 0


def groups_apart(rng: Rng, record: Record) -> bool:
    """Groups that were not drawn from one population: every baseline variable differs by 0.8 SD."""
    for trait in record["population"]["traits"]:
        if trait["arm"] == "trained":
            trait["mean"] = p(float(trait["mean"]) + 0.8 * float(trait["sd"]), 1)
    return True


def groups_alike(rng: Rng, record: Record) -> bool:
    """Groups with the same baseline means to the last digit."""
    traits = record["population"]["traits"]
    for first, second in zip(traits[::2], traits[1::2], strict=True):
        second["mean"] = first["mean"]
    return True


def body_se(rng: Rng, record: Record) -> bool:
    """Baseline height and mass with SEs for SDs."""
    for trait in record["population"]["traits"]:
        if trait["what"] in {"height", "body mass"}:
            trait["sd"] = p(float(trait["sd"]) / math.sqrt(trait["n"]), 1)
    return True


def copied_groups(rng: Rng, record: Record) -> bool:
    """The mean and SD of one group are entered for the other too."""
    means = of(record, "strength")["means"]
    means["comparator"] |= {name: means["intervention"][name] for name in ("mean", "sd")}
    return (
        len("".join(c for c in means["intervention"]["mean"] + means["intervention"]["sd"] if c.isdigit()))
        > 4
    )


def other_degrees(rng: Rng, record: Record) -> bool:
    """The degrees of freedom are those of twice as many people."""
    result = of(record, "strength")
    sizes = [result["means"][side]["n"] for side in ("intervention", "comparator")]
    result["test"]["df"] = 2 * sum(sizes) - 2
    return True


def interval_of_one_error(rng: Rng, record: Record) -> bool:
    """The bounds of an interval are the estimate minus and plus one standard error."""
    reported = of(record, "difference")["reported"]
    estimate, se = float(reported["estimate"]), float(reported["se"])
    reported |= {"low": p(estimate - se, 2), "high": p(estimate + se, 2)}
    return True


def spread_for_error(rng: Rng, record: Record) -> bool:
    """The standard error beside an interval is an SD: larger by the root of eight to forty."""
    reported = of(record, "difference")["reported"]
    reported["se"] = p(float(reported["se"]) * float(np.sqrt(rng.uniform(8, 40))), 2)
    return True


def decimal_point(rng: Rng, record: Record) -> bool:
    """One group's mean and SD are ten times too large."""
    group = of(record, "strength")["means"]["intervention"]
    group["mean"], group["sd"] = p(float(group["mean"]) * 10, 1), p(float(group["sd"]) * 10, 1)
    return True


def _value(text: str) -> float:
    return float(text.lstrip("<>"))


class Seed(NamedTuple):
    rule: str
    put: Callable[[Rng, Record], bool]
    where: str  # id of the result it is in, or "population"
    every: bool = True  # may stand in every record of a library; otherwise in one record of ten


SEEDS = (
    Seed("S201", standard_errors, "strength", every=False),
    Seed("S201", one_standard_error, "strength", every=False),
    Seed("S201", standard_errors_everywhere, "strength", every=False),
    Seed("S201", standard_errors_beside_a_test, "strength"),
    Seed("S201", standard_error_of_a_change, "percent"),
    Seed("S202", impossible_mean, "question"),
    Seed("S203", impossible_sd, "question"),
    Seed("S204", impossible_binary_sd, "binary"),
    Seed("S205", other_p, "strength"),
    Seed("S206", moved_estimate, "difference"),
    Seed("S206", lost_sign, "difference"),
    Seed("S206", linear_ratio, "odds"),
    Seed("S207", outside, "difference"),
    Seed("S208", flipped_p_of_interval, "difference"),
    Seed("S209", wrong_change, "pair"),
    Seed("S209", wrong_percent, "pair"),
    Seed("S210", too_many_events, "events"),
    Seed("S210", arms_off, "population"),
    Seed("S211", sd_beyond_scale, "question"),
    Seed("S212", se_of_change_for_sd, "pair"),
    Seed("S213", groups_apart, "population"),
    Seed("S213", groups_alike, "population"),
    Seed("S214", body_se, "population"),
    Seed("S215", decimal_point, "strength"),
    Seed("S217", copied_groups, "strength"),
    Seed("S218", other_degrees, "strength"),
    Seed("S219", interval_of_one_error, "difference"),
    Seed("S219", spread_for_error, "difference"),
)
