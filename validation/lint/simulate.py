"""Trials with people in them: raw data are drawn, summarised and printed as a paper would print them.

A library holds ``k`` trials of the same outcomes. The SD of an outcome, as a share of its mean, differs
between trials by a log-normal factor with standard deviation ``tau``. Every printed number is computed from
the raw data and rounded once, so a clean library holds no error at all.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

Rng = np.random.Generator
INFO = {
    "title": "Simulated",
    "question": "Are errors found?",
    "licence": "CC0-1.0",
    "outcomes": {
        name: {"label": name, "direction": "higher_better", "because": "Simulated."}
        for name in ("strength", "gain", "comfort", "success", "endurance")
    },
}
SPREADS = {"strength": 0.18, "endurance": 0.12}  # typical coefficients of variation
TRAITS = (
    ("age", "years", 27, 5),
    ("height", "cm", 174, 7),
    ("body mass", "kg", 74, 10),
    ("grip", "N", 430, 70),
    ("sleep", "h", 7.4, 0.9),
    ("oxygen uptake", "ml/kg/min", 44, 6),
)
Traits = tuple[tuple[str, str, float, float], ...]


SIZES = (8, 40)  # people in a group, evenly spread over the logarithm


def library(rng: Rng, k: int, tau: float = 0.25) -> dict[str, dict[str, Any]]:
    made = {}
    for i in range(k):
        n1, n2 = group_sizes(rng, SIZES)
        made[f"study{i:02d}"] = study(rng, f"study{i:02d}", n1, n2, results(rng, n1, n2, tau))
    return made


def one_outcome(rng: Rng, k: int, tau: float, sizes: tuple[int, int]) -> dict[str, dict[str, Any]]:
    """Studies with final values of one outcome and no test: only the others can judge them."""
    made = {}
    for i in range(k):
        n1, n2 = group_sizes(rng, sizes)
        means = {"of": "final", **two_groups(*people(rng, "strength", n1, n2, tau))}
        strength = result("strength", "strength", "not stated", means=means)
        made[f"study{i:02d}"] = study(rng, f"study{i:02d}", n1, n2, [strength], traits=())
    return made


def group_sizes(rng: Rng, between: tuple[int, int]) -> tuple[int, int]:
    n1 = int(np.exp(rng.uniform(*np.log(between))))
    return n1, n1 if rng.random() < 0.7 else max(6, n1 + int(rng.integers(-3, 4)))


def study(
    rng: Rng, key: str, n1: int, n2: int, shown: list[dict[str, Any]], traits: Traits = TRAITS
) -> dict[str, Any]:
    sizes = {"trained": n1, "control": n2}
    return {
        "study": key,
        "label": key,
        "summary": "Simulated trial.",
        "design": {"kind": "rct_parallel", "because": "Simulated.", "where": "p. 1", "status": "confirmed"},
        "population": {
            "description": "Simulated adults",
            "sex": "mixed",
            "n": n1 + n2,
            "where": "p. 1",
            "traits": [trait(rng, *row, arm, n) for row in traits for arm, n in sizes.items()],
        },
        "arms": [{"id": arm, "label": arm, "n": n} for arm, n in sizes.items()],
        "results": shown,
        "extracted_by": ["One", "Two"],
    }


def trait(rng: Rng, what: str, unit: str, mean: float, sd: float, arm: str, n: int) -> dict[str, Any]:
    data = rng.normal(mean, sd, n)
    row = {
        "what": what,
        "unit": unit,
        "arm": arm,
        "n": n,
        "mean": p(data.mean(), 1),
        "sd": p(data.std(ddof=1), 1),
    }
    return {**row, "where": "table 1"}


def results(rng: Rng, n1: int, n2: int, tau: float) -> list[dict[str, Any]]:
    made = [final(rng, name, n1, n2, tau) for name in SPREADS]
    made += [pair(rng, n1), percent(rng, n1), question(rng, n1), binary(rng, n1), events(rng, n1, n2)]
    return [*made, difference(rng, n1, n2), odds(rng)]


def result(id: str, outcome: str, unit: str, **data: Any) -> dict[str, Any]:
    return {
        "id": id,
        "outcome": outcome,
        "what": id,
        "unit": unit,
        "where": "table 2",
        "status": "confirmed",
        **data,
    }


def people(rng: Rng, outcome: str, n1: int, n2: int, tau: float) -> tuple[Any, Any]:
    """Two groups after training; the instrument, and so the scale, is each trial's own."""
    level = np.exp(rng.uniform(np.log(20), np.log(400)))
    share = SPREADS[outcome] * np.exp(rng.normal(0, tau))
    effect = 1 + rng.normal(0.3, 0.3) * share
    a, b = (
        rng.normal(level * by, level * share * np.exp(rng.normal(0, 0.1)), n)
        for by, n in ((effect, n1), (1.0, n2))
    )
    return a, b


def two_groups(a: Any, b: Any) -> dict[str, Any]:
    return {"intervention": group("trained", a), "comparator": group("control", b)}


def final(rng: Rng, outcome: str, n1: int, n2: int, tau: float) -> dict[str, Any]:
    """Two groups after training, with a t test."""
    a, b = people(rng, outcome, n1, n2, tau)
    test = stats.ttest_ind(a, b)
    means = {"of": "final", **two_groups(a, b)}
    printed = {"kind": "t", "value": p(test.statistic, 2), "df": n1 + n2 - 2, "p": p_text(test.pvalue)}
    return result(outcome, outcome, "not stated", means=means, test=printed)


def group(arm: str, data: Any) -> dict[str, Any]:
    return {"arm": arm, "n": len(data), "mean": p(data.mean(), 1), "sd": p(data.std(ddof=1), 1)}


def pair(rng: Rng, n: int) -> dict[str, Any]:
    pre = rng.normal(60, 8, n)
    post = pre * (1 + rng.normal(0.07, 0.05, n)) + rng.normal(0, 2, n)
    change = post - pre
    data = {
        "arm": "trained",
        "n": n,
        "mean_pre": p(pre.mean(), 1),
        "sd_pre": p(pre.std(ddof=1), 1),
        "mean_post": p(post.mean(), 1),
        "sd_post": p(post.std(ddof=1), 1),
        "r": p(np.corrcoef(pre, post)[0, 1], 2),
        "change": p(change.mean(), 1),
        "sd_change": p(change.std(ddof=1), 1),
        "percent": p((100 * change / pre).mean(), 1),
        "p": p_text(stats.ttest_rel(post, pre).pvalue),
    }
    return result("pair", "gain", "kg", pre_post=data)


def percent(rng: Rng, n: int) -> dict[str, Any]:
    data = rng.normal(rng.uniform(0, 9), 7, n)
    change = {"arm": "trained", "n": n, "percent": p(data.mean(), 1), "sd": p(data.std(ddof=1), 1)}
    return result(
        "percent", "gain", "%", percent_change={**change, "p": p_text(stats.ttest_1samp(data, 0).pvalue)}
    )


def question(rng: Rng, n: int) -> dict[str, Any]:
    data = np.clip(np.round(rng.normal(4.3, 1.5, n)), 1, 7)
    single = {"arm": "trained", "n": n, "mean": p(data.mean(), 2), "sd": p(data.std(ddof=1), 2)}
    return result("question", "comfort", "points", scale={"items": 1, "low": 1, "high": 7}, single=single)


def binary(rng: Rng, n: int) -> dict[str, Any]:
    data = np.repeat([1, 0], [(ones := int(rng.integers(1, n))), n - ones])
    single = {"arm": "trained", "n": n, "mean": p(data.mean(), 2), "sd": p(data.std(ddof=1), 2)}
    return result("binary", "success", "share", scale={"items": 1, "low": 0, "high": 1}, single=single)


def events(rng: Rng, n1: int, n2: int) -> dict[str, Any]:
    sides = (("intervention", "trained", n1), ("comparator", "control", n2))
    counts = {side: {"arm": arm, "events": int(rng.integers(1, n)), "n": n} for side, arm, n in sides}
    return result("events", "success", "people", counts=counts)


def difference(rng: Rng, n1: int, n2: int) -> dict[str, Any]:
    a, b = rng.normal(rng.normal(1, 1), 2.5, n1), rng.normal(0, 2.5, n2)
    test = stats.ttest_ind(a, b)
    low, high = test.confidence_interval(0.95)
    se = (high - low) / 2 / stats.t.ppf(0.975, n1 + n2 - 2)
    numbers = {"estimate": p(a.mean() - b.mean(), 2), "se": p(se, 2), "low": p(low, 2), "high": p(high, 2)}
    return result("difference", "gain", "kg", reported={"measure": "MD", **numbers, "p": p_text(test.pvalue)})


def odds(rng: Rng) -> dict[str, Any]:
    log, se = rng.normal(0.4, 0.5), rng.uniform(0.15, 0.6)
    low, high = np.exp(log - 1.959964 * se), np.exp(log + 1.959964 * se)
    numbers = {"estimate": p(np.exp(log), 2), "low": p(low, 2), "high": p(high, 2)}
    pvalue = p_text(2 * stats.norm.sf(abs(log / se)))
    return result("odds", "success", "OR", reported={"measure": "OR", **numbers, "p": pvalue})


def p(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}"


def p_text(value: float) -> str:
    return "<0.001" if value < 0.001 else f"{value:.3f}" if value < 0.2 else f"{value:.2f}"
