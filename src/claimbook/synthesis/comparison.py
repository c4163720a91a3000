"""Comparing models of the same effects: likelihood-ratio tests and averages over models.

Restricted likelihoods are comparable only where the moderators are the same; fit by "ML" to compare
moderators.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from claimbook.synthesis.formula import Design, design, numeric_column, read_formula
from claimbook.synthesis.linear import Fit, fit
from claimbook.synthesis.model import Array

if TYPE_CHECKING:
    import pandas as pd

MOST_TERMS = 12


@dataclass(frozen=True)
class LikelihoodRatio:
    """Twice the difference of the log-likelihoods, as chi-squared with df degrees of freedom."""

    statistic: float
    df: int

    @property
    def p(self) -> float:
        return float(chdtrc(self.df, self.statistic))


def likelihood_ratio(full: Fit, reduced: Fit) -> LikelihoodRatio:
    """Test a fit against one nested in it: fewer moderators (both by ML) or equal effects (both with the same
    ones).

    ValueError where the fits are not of the same effects, or restricted likelihoods of different moderators.
    """
    m, n = full.model, reduced.model
    if m.k != n.k or m.unit != n.unit or not np.array_equal(m.v, n.v):
        raise ValueError("full, reduced: the fits must be of the same effects")
    restricted = "ML" not in (full.method, reduced.method)
    if restricted and m.p != n.p:
        raise ValueError(
            f"full, reduced: fits with different moderators must be by tau2='ML', got {full.method!r}"
        )
    df = full.parameters - reduced.parameters
    if df < 1:
        raise ValueError(
            f"full must have more parameters than reduced, got {full.parameters} and {reduced.parameters}"
        )
    gain = 2 * (full.log_likelihood(restricted) - reduced.log_likelihood(restricted))
    return LikelihoodRatio(max(0.0, gain), df)


@dataclass(frozen=True, eq=False)
class ModelAverage:
    """models: one row a subset of the terms, by rising AICc: terms, aicc, weight.

    coefficients: one row each: estimate, se (which takes in the variance between models) and importance, the
    weight of the models that have it. In the others it counts as zero.
    """

    models: pd.DataFrame
    coefficients: pd.DataFrame


def average_models(formula: str, data: Any, v: str | ArrayLike) -> ModelAverage:
    """Average over every subset of the terms of a formula, by AICc weights of ML fits (Burnham & Anderson
    2002, ch. 4).

    The intercept is always kept. ValueError where the formula has no terms or too many.
    """
    import pandas as pd

    read = read_formula(formula)
    if not 0 < len(read.terms) <= MOST_TERMS:
        raise ValueError(f"formula must have 1 to {MOST_TERMS} terms to average over, got {len(read.terms)}")
    y = numeric_column(data, read.response)
    variances = numeric_column(data, v) if isinstance(v, str) else v
    subsets = [s for size in range(len(read.terms) + 1) for s in combinations(read.terms, size)]
    designs = [design(replace(read, right=" + ".join(["1", *subset])), data) for subset in subsets]
    fits = [fit(y, variances, d.matrix, "ML", "z", names=d.names) for d in designs]
    aicc = np.array([f.information(restricted=False)["aicc"] for f in fits])
    weight = np.exp(0.5 * (aicc.min() - aicc))
    weight /= weight.sum()
    models = pd.DataFrame(
        {"terms": [read.label(" + ".join(s)) for s in subsets], "aicc": aicc, "weight": weight}
    )
    return ModelAverage(models.sort_values("aicc", ignore_index=True), _averaged(designs, fits, weight))


def _averaged(designs: list[Design], fits: list[Fit], weight: Array) -> pd.DataFrame:
    """Estimates and unconditional standard errors over models (Burnham & Anderson 2002, ch. 4)."""
    import pandas as pd

    names = list(dict.fromkeys(name for d in designs for name in d.names))
    estimate, variance, present = (np.zeros((len(fits), len(names))) for _ in range(3))
    for row, (d, f) in enumerate(zip(designs, fits, strict=True)):
        at = [names.index(name) for name in d.names]
        estimate[row, at], present[row, at] = f.beta, 1
        variance[row, at] = f.variances(np.eye(len(at)))
    mean = weight @ estimate
    se = weight @ np.sqrt(variance + (estimate - mean) ** 2)
    return pd.DataFrame({"estimate": mean, "se": se, "importance": weight @ present}, index=names)
