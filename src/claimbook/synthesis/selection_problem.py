"""From the arguments of a selection model to its likelihood in convenient units, and to the top of that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from claimbook.synthesis.linear import Fit
from claimbook.synthesis.model import Array, NonConvergence
from claimbook.synthesis.search import Maximum, maximise_all
from claimbook.synthesis.selection_likelihood import Selection, SmoothSelection
from claimbook.synthesis.selection_steps import SteppedSelection
from claimbook.synthesis.selection_weights import WeightModel

LARGEST_DELTA = 100.0
LEAST_LOG_DELTA = -30.0
SIGNS = {"greater": 1.0, "less": -1.0, "two.sided": 1.0}


@dataclass(frozen=True, eq=False)
class Problem:
    """A likelihood with the fit without selection it starts from.

    Effects are turned by ``sign`` so that large ones are favoured, and in units of ``scale`` times the
    unit of the null model, in which the median total variance is one.
    """

    null: Fit
    sign: float
    scale: float
    likelihood: Selection

    @property
    def unit(self) -> float:
        return self.null.model.unit * self.scale

    @property
    def coefficients(self) -> int:
        """How many parameters come before those of the selection."""
        return int(self.likelihood.x.shape[1]) + (not self.likelihood.equal)

    @property
    def beta(self) -> Array:
        """The null model's coefficients."""
        m = self.null.model
        return self.sign * np.atleast_1d(self.null.at.beta + m.offset) / self.scale

    @property
    def tau2(self) -> float:
        return self.null.tau2_unit / self.scale**2

    def without_selection(self) -> float:
        """The null model's log-likelihood."""
        residual, variance = self.likelihood.y - self.likelihood.x @ self.beta, self.likelihood.v + self.tau2
        return -0.5 * float((np.log(2 * np.pi * variance) + residual**2 / variance).sum())

    def starts(self) -> list[Array]:
        """Without selection, under strong selection, and with other means and spreads."""
        weight, free = self.likelihood.weight, self.likelihood.free
        none = np.zeros(free.sum()) if weight.relative else np.array(weight.none)[free]
        strong = np.full(free.sum(), -1.5) if weight.relative else np.array(weight.strong)[free]
        typical = self.null.typical_variance / self.unit**2
        ten = np.full(len(self.likelihood.y), 10 * np.sqrt(typical))
        far = self.beta - np.linalg.lstsq(self.likelihood.x, ten, rcond=None)[0]
        corners = [
            (self.beta, 0.02, none),
            (self.beta, 0.5, strong),
            (self.beta / 2, 1.0, strong),
            (far, 20.0, strong),
        ]
        return [
            np.concatenate(
                [mean, [] if self.likelihood.equal else [self.tau2 + spread * typical], parameters]
            )
            for mean, spread, parameters in corners
        ]

    def climb(self, starts: list[Array]) -> Maximum:
        """The highest of the maxima that the starts lead to."""
        weight, size = self.likelihood.weight, self.coefficients
        low, high = np.full(len(starts[0]), -np.inf), np.full(len(starts[0]), np.inf)
        low[self.likelihood.x.shape[1] : size] = 0.0
        low[size:] = LEAST_LOG_DELTA if weight.relative else np.array(weight.low)[self.likelihood.free]
        high[size:] = np.log(LARGEST_DELTA) if weight.relative else LARGEST_DELTA
        ends = maximise_all(self.likelihood.many, np.array(starts), low, high)
        best = max((end for end in ends if end.converged), key=lambda end: end.value, default=None)
        if best is None:
            raise NonConvergence(
                "the likelihood of the selection model has no maximum that a search could reach"
            )
        return best

    def without_empty(self) -> Problem:
        """The same with the weight of every interval without a study at its maximum, which is zero."""
        likelihood = self.likelihood
        if not likelihood.weight.relative:
            return self
        empty = likelihood.free & (np.array(likelihood.counts()[1:]) == 0)
        parameters = np.where(empty, -np.inf, likelihood.parameters)
        return replace(
            self, likelihood=replace(likelihood, parameters=parameters, free=likelihood.free & ~empty)
        )

    def at_best_cut(self) -> Problem:
        """The same at the cut in y of the highest likelihood, which lies at an effect or just below one."""
        y = np.unique(self.likelihood.y)
        cuts = np.concatenate([y, y - 1e-9 * np.diff(y, prepend=y[0] - 1)])
        tried = [replace(self, likelihood=replace(self.likelihood, cuts=np.array([cut]))) for cut in cuts]
        return max(tried, key=lambda problem: problem.height())

    def height(self) -> float:
        """A first estimate of the highest likelihood; minus infinity where there is none."""
        try:
            return self.climb(self.starts()[:2]).value
        except NonConvergence:
            return -np.inf


def selection_problem(
    null: Fit,
    weight: WeightModel,
    alternative: str,
    steps: Sequence[float],
    delta: Sequence[float | None] | None,
    imprecision: Array | None,
) -> Problem:
    """ValueError where steps or delta do not fit the weight model."""
    m, sign = null.model, SIGNS[alternative]
    scale = float(np.sqrt(np.median(m.v + null.tau2_unit)))
    cuts = _cuts(weight, steps, sign / (m.unit * scale))
    parameters, free = _parameters(weight, len(cuts), delta)
    relative = np.ones(m.k) if imprecision is None else imprecision / imprecision.max()
    likelihood = LIKELIHOODS[weight.by](
        y=sign * (m.y + m.x @ np.atleast_1d(m.offset)) / scale,
        v=m.v / scale**2,
        x=m.x,
        weight=weight,
        cuts=cuts,
        two_sided=alternative == "two.sided",
        imprecision=relative[:, None],
        parameters=parameters,
        free=free,
        equal=null.method == "EE",
    )
    if weight.relative and (np.isneginf(parameters) & (np.array(likelihood.counts()[1:]) > 0)).any():
        raise ValueError(
            f"delta must not be 0 where there is a study, got {delta!r} for {likelihood.counts()} studies"
        )
    return Problem(null, sign, scale, likelihood)


def _cuts(weight: WeightModel, steps: Sequence[float], unit: float) -> Array:
    cuts = np.unique(np.asarray(steps, dtype=float))
    if weight.by == "y":
        if len(cuts) > 1 or not np.isfinite(cuts).all():
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
    size = cuts if weight.relative else len(weight.none)
    if delta is None:
        return np.zeros(size), np.ones(size, dtype=bool)
    given = list(delta)
    if weight.by == "interval":
        if not given or given[0] not in (1, None):
            raise ValueError(f"delta must begin with 1 for a step function, got {delta!r}")
        given = given[1:]
    if len(given) != size or any(value is not None and not 0 <= value < np.inf for value in given):
        raise ValueError(f"delta must be {size} values of at least 0, or None to estimate, got {delta!r}")
    free = np.array([value is None for value in given])
    values = np.array([0.0 if value is None else float(value) for value in given])
    if weight.relative:
        with np.errstate(divide="ignore"):
            values = np.log(values)
    return values, free


LIKELIHOODS: dict[str, type[Selection]] = {
    "p": SmoothSelection,
    "interval": SteppedSelection,
    "y": SteppedSelection,
}
