"""Selection models: what the effects would be had every study been published, if publication depended on p.

What to use when. The step function with one cut at .025 (three parameters) is the workhorse and needs about
ten studies with results on both sides of the cut. With fewer, fix the weights (`VEVEA_WOODS`) and read the
result as a sensitivity analysis. The smooth weights make stronger assumptions and are often barely
identified: look at the standard error of delta and at `notes` before believing the estimate. `truncest`
nearly never is identified.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from claimbook.synthesis.asymmetry import predictor_values
from claimbook.synthesis.intervals import quantile, two_sided_p
from claimbook.synthesis.linear import fit
from claimbook.synthesis.model import Array
from claimbook.synthesis.search import Maximum
from claimbook.synthesis.selection_problem import SIGNS, Problem, selection_problem
from claimbook.synthesis.selection_weights import SELECTION_MODELS

VEVEA_WOODS_STEPS = (0.005, 0.01, 0.05, 0.10, 0.25, 0.35, 0.50, 0.65, 0.75, 0.90, 0.95, 0.99, 0.995)
VEVEA_WOODS: dict[str, tuple[float, ...]] = {
    "moderate one-tailed": (1, 0.99, 0.95, 0.90, 0.80, 0.75, 0.65, 0.60, 0.55, 0.50, 0.50, 0.50, 0.50, 0.50),
    "severe one-tailed": (1, 0.99, 0.90, 0.75, 0.60, 0.50, 0.40, 0.35, 0.30, 0.25, 0.10, 0.10, 0.10, 0.10),
    "moderate two-tailed": (1, 0.99, 0.95, 0.90, 0.80, 0.75, 0.60, 0.60, 0.75, 0.80, 0.90, 0.95, 0.99, 1.00),
    "severe two-tailed": (1, 0.99, 0.90, 0.75, 0.60, 0.50, 0.25, 0.25, 0.50, 0.60, 0.75, 0.90, 0.99, 1.00),
}


@dataclass(frozen=True, eq=False)
class Selected:
    """A selection model fitted by maximum likelihood.

    beta (p,), covariance (p, p): the coefficients. delta, delta_se: the selection parameters, of which
    a step function's first is 1; the se of what is fixed or at a bound is NaN, that of tau2 None. cut:
    in y, of a truncation. counts: studies in each interval of p or y. lrt: likelihood-ratio statistic
    of no selection, on lrt_df degrees of freedom. notes: what to know before believing it, empty where
    there is nothing.
    """

    model: str
    beta: Array
    covariance: Array
    tau2: float
    tau2_se: float | None
    delta: Array
    delta_se: Array
    cut: float | None
    counts: tuple[int, ...]
    log_likelihood: float
    lrt: float
    lrt_df: int
    level: float
    k: int
    notes: tuple[str, ...]

    @property
    def estimate(self) -> float:
        """The first coefficient: the mean where there are no moderators."""
        return float(self.beta[0])

    @property
    def se(self) -> float:
        return float(np.sqrt(self.covariance[0, 0]))

    @property
    def statistic(self) -> float:
        return self.estimate / self.se

    @property
    def p(self) -> float:
        return two_sided_p(self.statistic, np.inf)

    @property
    def low(self) -> float:
        return self.estimate - quantile(self.level, np.inf) * self.se

    @property
    def high(self) -> float:
        return self.estimate + quantile(self.level, np.inf) * self.se

    @property
    def lrt_p(self) -> float:
        """p of no selection; 1 where every weight was fixed."""
        return float(chdtrc(self.lrt_df, self.lrt)) if self.lrt_df else 1.0


def selection_model(
    y: ArrayLike,
    v: ArrayLike,
    model: str = "stepfun",
    steps: Sequence[float] = (),
    delta: Sequence[float | None] | None = None,
    alternative: str = "greater",
    imprecision: str | None = None,
    n: ArrayLike | None = None,
    design: ArrayLike | None = None,
    tau2: str = "ML",
    interval: str = "z",
    level: float = 0.95,
) -> Selected:
    """Fit a selection model, a key of SELECTION_MODELS, to effects y with variances v.

    steps: the cuts in p of a step function (default .025), the p up to which a smooth weight is 1, or the cut
    in y of "trunc" (default 0). delta: values to fix, None for those to estimate. alternative: which results
    are favoured, "greater", "less" or "two.sided". imprecision: a key of PREDICTORS that scales a smooth
    weight's delta (n where it needs sizes). design: (k, p) with its intercept. tau2: "ML" or "EE"; interval:
    "z". ValueError on input without an answer, NonConvergence where no start leads to a maximum.
    """
    _check(model, alternative, tau2, interval)
    null = fit(y, v, design, tau2, interval, level)
    scale = (
        None if imprecision is None else predictor_values(imprecision, null.model.v, _sizes(n, null.model.k))
    )
    problem = selection_problem(null, SELECTION_MODELS[model], alternative, steps, delta, scale)
    if model == "truncest":
        problem = problem.at_best_cut()
    return _result(model, problem.without_empty(), problem)


def _check(model: str, alternative: str, tau2: str, interval: str) -> None:
    for name, value, allowed in (
        ("model", model, tuple(SELECTION_MODELS)),
        ("alternative", alternative, tuple(SIGNS)),
        ("tau2", tau2, ("ML", "EE")),
        ("interval", interval, ("z",)),
    ):
        if value not in allowed:
            words = ", ".join(allowed)
            raise ValueError(f"{name} must be one of {words} for a selection model, got {value!r}")
    if alternative == "two.sided" and SELECTION_MODELS[model].by == "y":
        raise ValueError(f"alternative must be 'greater' or 'less' for model={model!r}, got 'two.sided'")


def _sizes(n: ArrayLike | None, k: int) -> Array | None:
    sizes = None if n is None else np.asarray(n, dtype=float)
    if sizes is not None and (sizes.shape != (k,) or not (sizes > 0).all()):
        raise ValueError(f"n must be {k} positive sizes, got {n!r}")
    return sizes


def _result(model: str, problem: Problem, asked: Problem) -> Selected:
    """The fit in the user's units; ``asked`` is the problem before empty intervals were settled."""
    likelihood, m, unit = problem.likelihood, problem.null.model, problem.unit
    best = problem.climb(problem.starts())
    beta, tau2, parameters = likelihood.split(best.point)
    covariance, notes = _covariance(best)
    se = np.sqrt(np.diagonal(covariance))
    delta_se = np.full(len(parameters), np.nan)
    delta_se[likelihood.free] = se[problem.coefficients :]
    if likelihood.weight.relative:
        parameters = np.exp(parameters)
        delta_se = delta_se * parameters
    if likelihood.weight.by == "interval":
        parameters, delta_se = np.append(1.0, parameters), np.append(np.nan, delta_se)
    inner = not likelihood.equal and not best.bound[m.p]
    return Selected(
        model=model,
        beta=np.asarray(unit * np.linalg.solve(m.back, problem.sign * beta)),
        covariance=np.atleast_2d(m.covariance(covariance[: m.p, : m.p])) * problem.scale**2,
        tau2=tau2 * unit**2,
        tau2_se=float(se[m.p]) * unit**2 if inner else None,
        delta=parameters,
        delta_se=delta_se,
        cut=float(problem.sign * likelihood.cuts[0] * unit) if likelihood.weight.by == "y" else None,
        counts=likelihood.counts(),
        log_likelihood=best.value - m.k * float(np.log(unit)),
        lrt=max(0.0, 2 * (best.value - problem.without_selection())) if asked.likelihood.free.any() else 0.0,
        lrt_df=int(asked.likelihood.free.sum()),
        level=problem.null.level,
        k=m.k,
        notes=(*notes, *_notes(problem, asked, best)),
    )


def _covariance(best: Maximum) -> tuple[Array, tuple[str, ...]]:
    """Inverse information of what lies inside its bounds, NaN elsewhere and where it is singular."""
    inside = np.ix_(~best.bound, ~best.bound)
    covariance = np.full_like(best.hessian, np.nan)
    information = -best.hessian[inside]
    if len(information) and np.linalg.eigvalsh(information)[0] <= 1e-10 * np.abs(information).max():
        return covariance, ("the data do not identify the model: no standard errors",)
    covariance[inside] = np.linalg.inv(information)
    return covariance, ()


def _notes(problem: Problem, asked: Problem, best: Maximum) -> list[str]:
    notes = []
    if (asked.likelihood.free & ~problem.likelihood.free).any():
        notes.append("an interval holds no study: its weight is estimated as 0")
    if best.bound[problem.coefficients :].any():
        notes.append("a selection parameter lies at the end of its range")
    return notes
