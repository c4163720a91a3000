"""The models that `glmm` fits: how the counts of a study depend on the effect and on what is random.

Conditional models have one predictor for each study, the effect itself. Unconditional ones have one for each
arm: a baseline, fixed for the study or random, and the effect coded 1/2 and -1/2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from claimbook.synthesis.mixed import Binomial, Family, Hypergeometric, Poisson
from claimbook.synthesis.mixed_model import MixedModel
from claimbook.synthesis.model import Array

HALVES = np.array([[0.5], [-0.5]])

Columns = Mapping[str, Array]


def _scalar(family: Family, offset: Array, random: bool) -> MixedModel:
    """One predictor for each study: beta + sd * s."""
    if not random:
        return MixedModel(family, offset, np.ones((1, 1)), 0, lambda f: np.zeros((1, 0)), (), lambda f: 0.0)
    return MixedModel(
        family, offset, np.ones((1, 1)), 0, lambda f: f[:, None], (0.0,), lambda f: float(f[0] ** 2)
    )


def _two_arms(c: Columns) -> tuple[Family, Array]:
    """The likelihood of both arms and the offset of their predictors."""
    x = np.column_stack([c["events1"], c["events2"]])
    if "time1" in c:
        return Poisson(x, np.column_stack([c["time1"], c["time2"]])), np.zeros(x.shape)
    return Binomial(x, np.column_stack([c["n1"], c["n2"]])), np.zeros(x.shape)


def unconditional_fixed(c: Columns, random: bool) -> MixedModel:
    """A baseline for every study; the effect +- half in the groups."""
    if "events" in c:
        family = Poisson(*_one_arm(c, "time")) if "time" in c else Binomial(*_one_arm(c, "n"))
        return _scalar(family, np.zeros((len(c["events"]), 1)), random)
    if not random:
        return MixedModel(*_two_arms(c), HALVES, 0, lambda f: np.zeros((2, 0)), (), lambda f: 0.0, np.ones(2))
    return MixedModel(
        *_two_arms(c), HALVES, 0, lambda f: HALVES * f[0], (0.0,), lambda f: float(f[0] ** 2), np.ones(2)
    )


def _one_arm(c: Columns, size: str) -> tuple[Array, Array]:
    return c["events"][:, None], c[size][:, None]


def unconditional_random(c: Columns, random: bool) -> MixedModel:
    """Baselines from a normal distribution, independent of the effects."""
    ones = np.ones((2, 1))
    if not random:
        return _baselines(c, lambda f: ones * f[0], (0.0,), lambda f: 0.0)
    return _baselines(
        c, lambda f: np.hstack([ones * f[0], HALVES * f[1]]), (0.0, 0.0), lambda f: float(f[1] ** 2)
    )


def unconditional_correlated(c: Columns, random: bool) -> MixedModel:
    """Baselines from a normal distribution, correlated with the effects; the factor is (l11, l21, l22)."""
    if not random:
        return unconditional_random(c, random)
    return _baselines(
        c,
        lambda f: np.hstack([np.ones((2, 1)) * f[0] + HALVES * f[1], HALVES * f[2]]),
        (0.0, -inf, 0.0),
        lambda f: float(f[1] ** 2 + f[2] ** 2),
    )


def _baselines(
    c: Columns, loadings: Any, low: tuple[float, ...], tau2: Callable[[Array], float]
) -> MixedModel:
    return MixedModel(*_two_arms(c), np.hstack([np.ones((2, 1)), HALVES]), 1, loadings, low, tau2)


def own_effects(c: Columns) -> MixedModel:
    """Random baselines in group 2 and an effect for every study: what random baselines are tested against."""
    ones = np.ones((2, 1))
    return MixedModel(
        *_two_arms(c), ones, 0, lambda f: ones * f[0], (0.0,), lambda f: 0.0, np.array([1.0, 0.0])
    )


def conditional_exact(c: Columns, random: bool) -> MixedModel:
    """Events in group 1 given the margins: noncentral hypergeometric for tables, binomial for rates."""
    if "time1" in c:
        return conditional_approximate({**c, "n1": c["time1"], "n2": c["time2"]}, random)
    family = Hypergeometric(c["events1"], c["n1"], c["events2"], c["n2"])
    return _scalar(family, np.zeros((len(c["n1"]), 1)), random)


def conditional_approximate(c: Columns, random: bool) -> MixedModel:
    """Events in group 1 of those in both as binomial with the odds (n1 / n2) exp(effect)."""
    family = Binomial(c["events1"][:, None], (c["events1"] + c["events2"])[:, None])
    return _scalar(family, np.log(c["n1"] / c["n2"])[:, None], random)


@dataclass(frozen=True)
class CountModel:
    label: str
    function: Callable[[Columns, bool], MixedModel]
    measures: tuple[str, ...]
    cite: str


GLMM = {
    "UM.FS": CountModel("Fixed baselines", unconditional_fixed, ("OR", "IRR", "PLO", "IRLN"), "turner2000"),
    "UM.RS": CountModel("Random baselines", unconditional_random, ("OR", "IRR"), "turner2000"),
    "UM.RS.cor": CountModel(
        "Random baselines, correlated", unconditional_correlated, ("OR", "IRR"), "turner2000"
    ),
    "CM.EL": CountModel("Conditional, exact", conditional_exact, ("OR", "IRR"), "stijnen2010"),
    "CM.AL": CountModel("Conditional, approximate", conditional_approximate, ("OR",), "stijnen2010"),
}
