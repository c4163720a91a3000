"""How likely a result is to be selected, given its p-value or its size: the weight functions of selection
models.

Every function returns log w and its first and second derivatives in the parameters, so that the likelihood
has an exact gradient and Hessian. Most are linear in their parameters (an exponential family): their second
derivative is None. Parameters are those of the papers. Steps and truncation need no function: their
parameters are the weights relative to the most favoured interval, handled as logarithms (Hedges 1992; Vevea &
Hedges 1995).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Terms = tuple[Array, list[Array], list[list[Array]] | None]
WeightFunction = Callable[[Array, Array, Array], Terms]


def beta(p: Array, parameters: Array, imprecision: Array) -> Terms:
    """w = p^(d1 - 1) (1 - p)^(d2 - 1) (Citkowicz & Vevea 2017)."""
    left, right = np.log(p), np.log1p(-p)
    return (parameters[0] - 1) * left + (parameters[1] - 1) * right, [left, right], None


def half_normal(p: Array, parameters: Array, imprecision: Array) -> Terms:
    """w = exp(-d p^2), d times the imprecision where one is given (Preston, Ashby & Smyth 2004)."""
    slope = -imprecision * p**2
    return parameters[0] * slope, [slope], None


def negative_exponential(p: Array, parameters: Array, imprecision: Array) -> Terms:
    """w = exp(-d p) (Preston, Ashby & Smyth 2004)."""
    slope = -imprecision * p
    return parameters[0] * slope, [slope], None


def logistic(p: Array, parameters: Array, imprecision: Array) -> Terms:
    """w = 2 exp(-d p) / (1 + exp(-d p)) (Preston, Ashby & Smyth 2004)."""
    x = imprecision * p
    fading = np.exp(-parameters[0] * x)
    chance = 1 / (1 + fading)
    log_weight = np.log(2 * chance) - parameters[0] * x
    return log_weight, [-x * chance], [[-(x**2) * chance * (1 - chance)]]


def power(p: Array, parameters: Array, imprecision: Array) -> Terms:
    """w = (1 - p)^d."""
    slope = imprecision * np.log1p(-p)
    return parameters[0] * slope, [slope], None


def negative_exponential_power(p: Array, parameters: Array, imprecision: Array) -> Terms:
    """w = exp(-d1 p^(1 / d2)) (Begg & Mazumdar 1994, parametrised so that a larger d2 selects more)."""
    d1, d2 = parameters
    log_p = np.log(np.maximum(p, 1e-300))
    powered = imprecision * np.exp(log_p / d2)
    rate = log_p / d2**2
    by_d2 = d1 * powered * rate
    cross = powered * rate
    return -d1 * powered, [-powered, by_d2], [[0 * p, cross], [cross, -by_d2 * (rate + 2 / d2)]]


@dataclass(frozen=True)
class WeightModel:
    """One row of the table.

    function: of p, None for steps. none, strong: the parameters without selection and with a good deal, where
    the search starts; low: their least values. by: what w depends on, "p", the "interval" of p, or "y".
    least_p: p is censored to [least_p, 1 - least_p], where w would otherwise be zero or infinite.
    """

    label: str
    function: WeightFunction | None
    none: tuple[float, ...]
    strong: tuple[float, ...]
    low: tuple[float, ...]
    cite: str
    by: str = "p"
    least_p: float = 0.0

    @property
    def relative(self) -> bool:
        """Whether parameters are log weights relative to the most favoured interval."""
        return self.by != "p"


SELECTION_MODELS: dict[str, WeightModel] = {
    "stepfun": WeightModel("step function", None, (), (), (), "vevea1995", by="interval"),
    "beta": WeightModel("beta", beta, (1.0, 1.0), (0.9, 2.0), (1e-5, 1e-5), "citkowicz2017", least_p=1e-5),
    "halfnorm": WeightModel("half-normal", half_normal, (0.0,), (3.0,), (0.0,), "preston2004"),
    "negexp": WeightModel(
        "negative exponential", negative_exponential, (0.0,), (3.0,), (0.0,), "preston2004"
    ),
    "logistic": WeightModel("logistic", logistic, (0.0,), (3.0,), (0.0,), "preston2004"),
    "power": WeightModel("power", power, (0.0,), (2.0,), (0.0,), "preston2004", least_p=1e-5),
    "negexppow": WeightModel(
        "negative exponential power",
        negative_exponential_power,
        (0.0, 1.0),
        (3.0, 2.0),
        (0.0, 1e-3),
        "begg1994",
    ),
    "trunc": WeightModel("truncated distribution", None, (), (), (), "rust1990", by="y"),
    "truncest": WeightModel("truncated, cut estimated", None, (), (), (), "rust1990", by="y"),
}
