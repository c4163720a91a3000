"""Selection models: what the effects would be had every study been published, if publication depended on p.

What to use when. The step function with one cut at .025 (three parameters) is the workhorse and needs about
ten studies with results on both sides of the cut. With fewer, fix the weights (`VEVEA_WOODS`) and read the
result as a sensitivity analysis. The smooth weights make stronger assumptions and are often barely
identified: look at the standard error of delta and at `notes` before believing the estimate. `truncest`
nearly never is identified.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc

from claimbook.synthesis.asymmetry import predictor_values
from claimbook.synthesis.intervals import quantile, two_sided_p
from claimbook.synthesis.linear import Fit, fit
from claimbook.synthesis.model import Array, NonConvergence
from claimbook.synthesis.search import Maximum, maximise
from claimbook.synthesis.selection_likelihood import SelectedLikelihood
from claimbook.synthesis.selection_weights import SELECTION_MODELS, WeightModel

LARGEST_DELTA = 100.0
_LEAST_LOG = -30.0
SIGNS = {"greater": 1.0, "less": -1.0, "two.sided": 1.0}

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

    beta (p,), covariance (p, p): the coefficients. delta, delta_se: the selection parameters, of which a step
    function's first is 1; the se of what is fixed or at a bound is NaN. cut: in y, of a truncation. counts:
    studies in each interval of p or y. lrt: likelihood-ratio statistic of no selection, on lrt_df degrees of
    freedom. notes: what to know before believing it, empty where there is nothing.
    """

    model: str
    beta: Array
    covariance: Array
    tau2: float
    tau2_se: float
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
    sign = SIGNS[alternative]
    whole = _likelihood(null, model, steps, delta, alternative, imprecision, n)
    if model == "truncest":
        whole = _best_cut(whole, null, sign)
    likelihood = _without_empty(whole)
    best = _climb(likelihood, _starts(likelihood, null, sign))
    return _result(model, null, whole, likelihood, best, sign)


def _check(model: str, alternative: str, tau2: str, interval: str) -> None:
    for name, value, allowed in (
        ("model", model, tuple(SELECTION_MODELS)),
        ("alternative", alternative, tuple(SIGNS)),
        ("tau2", tau2, ("ML", "EE")),
        ("interval", interval, ("z",)),
    ):
        if value not in allowed:
            raise ValueError(
                f"{name} must be one of {', '.join(allowed)} for a selection model, got {value!r}"
            )
    if alternative == "two.sided" and SELECTION_MODELS[model].by == "y":
        raise ValueError(f"alternative must be 'greater' or 'less' for model={model!r}, got 'two.sided'")


def _likelihood(
    null: Fit,
    model: str,
    steps: Sequence[float],
    delta: Sequence[float | None] | None,
    alternative: str,
    imprecision: str | None,
    n: ArrayLike | None,
) -> SelectedLikelihood:
    """The likelihood at the unit scale of the null model."""
    m, weight, sign = null.model, SELECTION_MODELS[model], SIGNS[alternative]
    cuts = _cuts(weight, steps, sign / m.unit)
    parameters, free = _parameters(weight, len(cuts), delta)
    scale = np.ones((m.k, 1))
    if imprecision is not None:
        values = predictor_values(imprecision, m.v, None if n is None else np.asarray(n, dtype=float))
        scale = (values / values.max())[:, None]
    y = sign * (m.y + m.x @ np.atleast_1d(m.offset))
    equal = null.method == "EE"
    return SelectedLikelihood(
        y, m.v, m.x, weight, cuts, alternative == "two.sided", scale, parameters, free, equal
    )


def _cuts(weight: WeightModel, steps: Sequence[float], unit: float) -> Array:
    cuts = np.unique(np.asarray(steps, dtype=float))
    if weight.by == "y":
        if len(cuts) > 1:
            raise ValueError(f"steps must be one value of y for a truncation, got {steps!r}")
        return (cuts if len(cuts) else np.zeros(1)) * unit
    cuts = cuts[cuts != 1]
    if not ((cuts > 0) & (cuts < 1)).all() or (weight.by == "p" and len(cuts) > 1):
        raise ValueError(f"steps must lie in (0, 1], a single one for a smooth weight, got {steps!r}")
    return np.array([0.025]) if weight.by == "interval" and not len(cuts) else cuts


def _parameters(
    weight: WeightModel, cuts: int, delta: Sequence[float | None] | None
) -> tuple[Array, NDArray[np.bool_]]:
    """Parameters of the weight function with what ``delta`` fixes, and which of them are free."""
    size = len(weight.none) or cuts
    if delta is None:
        return np.zeros(size), np.ones(size, dtype=bool)
    given = list(delta)
    if weight.by == "interval":
        if not given or given[0] not in (1, None):
            raise ValueError(f"delta must begin with 1 for a step function, got {delta!r}")
        given = given[1:]
    if len(given) != size or any(value is not None and value < 0 for value in given):
        raise ValueError(f"delta must be {size} values of at least 0, or None to estimate, got {delta!r}")
    free = np.array([value is None for value in given])
    values = np.array([0.0 if value is None else float(value) for value in given])
    if not weight.none:
        with np.errstate(divide="ignore"):
            values = np.log(values)
    return values, free


def _without_empty(likelihood: SelectedLikelihood) -> SelectedLikelihood:
    """The same with the weight of every interval without a study at its maximum, which is zero."""
    if likelihood.weight.by == "p":
        return likelihood
    empty = likelihood.free & (np.array(likelihood.counts()[1:]) == 0)
    parameters = np.where(empty, -np.inf, likelihood.parameters)
    return replace(likelihood, parameters=parameters, free=likelihood.free & ~empty)


def _starts(likelihood: SelectedLikelihood, null: Fit, sign: float) -> list[Array]:
    """Without selection, under strong selection, and with other means and spreads."""
    beta = sign * np.atleast_1d(null.at.beta + null.model.offset)
    free, weight = likelihood.free, likelihood.weight
    none = np.array(weight.none)[free] if weight.none else np.zeros(free.sum())
    strong = np.array(weight.strong)[free] if weight.strong else np.full(free.sum(), -1.5)
    typical = null.typical_variance / null.model.unit**2
    low = beta - np.linalg.lstsq(likelihood.x, np.full(null.model.k, 10 * np.sqrt(typical)), rcond=None)[0]
    corners = [
        (beta, 0.02, none),
        (beta, 0.5, strong),
        (beta / 2, 1.0, strong),
        (low, 20.0, strong),
    ]
    return [
        np.concatenate([mean, [] if likelihood.equal else [null.tau2_unit + spread * typical], parameters])
        for mean, spread, parameters in corners
    ]


def _climb(likelihood: SelectedLikelihood, starts: list[Array]) -> Maximum:
    """The highest of the maxima that the starts lead to."""
    size = likelihood.x.shape[1] + (not likelihood.equal)
    low, high = np.full(len(starts[0]), -np.inf), np.full(len(starts[0]), np.inf)
    low[likelihood.x.shape[1] : size] = 0.0
    relative = not likelihood.weight.low
    low[size:] = _LEAST_LOG if relative else np.array(likelihood.weight.low)[likelihood.free]
    high[size:] = np.log(LARGEST_DELTA) if relative else LARGEST_DELTA
    ends = [maximise(likelihood, start, low, high) for start in starts]
    best = max((end for end in ends if end.converged), key=lambda end: end.value, default=None)
    if best is None:
        raise NonConvergence("the likelihood of the selection model has no maximum that a search could reach")
    return best


def _best_cut(likelihood: SelectedLikelihood, null: Fit, sign: float) -> SelectedLikelihood:
    """The cut in y with the highest likelihood, which lies at an effect or just below the next."""
    y = np.unique(likelihood.y)
    cuts = np.concatenate([y, y - 1e-9 * np.diff(y, prepend=y[0] - 1)])
    tried = [replace(likelihood, cuts=np.array([cut])) for cut in cuts]
    return max(tried, key=lambda l: _climb(l, _starts(l, null, sign)[:2]).value)


def _result(
    model: str,
    null: Fit,
    whole: SelectedLikelihood,
    likelihood: SelectedLikelihood,
    best: Maximum,
    sign: float,
) -> Selected:
    m, (beta, tau2, parameters) = null.model, likelihood.split(best.point)
    size = m.p + (not likelihood.equal)
    relative = not likelihood.weight.low
    covariance, notes = _covariance(best)
    se = np.sqrt(np.diagonal(covariance))
    delta_se = np.full(len(parameters), np.nan)
    delta_se[likelihood.free] = se[size:]
    if relative:
        parameters = np.exp(parameters)
        delta_se = delta_se * parameters
    if likelihood.weight.by == "interval":
        parameters, delta_se = np.append(1.0, parameters), np.append(np.nan, delta_se)
    residual = whole.y - whole.x @ (sign * np.atleast_1d(null.at.beta + m.offset))
    variance = m.v + null.tau2_unit
    without = -0.5 * float((np.log(2 * np.pi * variance) + residual**2 / variance).sum())
    return Selected(
        model,
        beta=np.asarray(m.unit * np.linalg.solve(m.back, sign * beta)),
        covariance=np.atleast_2d(m.covariance(covariance[: m.p, : m.p])),
        tau2=tau2 * m.unit**2,
        tau2_se=float(se[m.p]) * m.unit**2 if not likelihood.equal else np.nan,
        delta=parameters,
        delta_se=delta_se,
        cut=float(sign * likelihood.cuts[0] * m.unit) if likelihood.weight.by == "y" else None,
        counts=likelihood.counts(),
        log_likelihood=best.value - m.k * float(np.log(m.unit)),
        lrt=max(0.0, 2 * (best.value - without)) if whole.free.any() else 0.0,
        lrt_df=int(whole.free.sum()),
        level=null.level,
        k=m.k,
        notes=(*notes, *_bounds(whole, likelihood, best)),
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


def _bounds(whole: SelectedLikelihood, likelihood: SelectedLikelihood, best: Maximum) -> list[str]:
    notes = []
    if (whole.free & ~likelihood.free).any():
        notes.append("an interval holds no study: its weight is estimated as 0")
    if best.bound[len(best.bound) - likelihood.free.sum() :].any():
        notes.append("a selection parameter lies at the end of its range")
    return notes
