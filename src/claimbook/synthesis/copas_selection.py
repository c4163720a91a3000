"""The Copas selection model: studies enter by their precision and, correlated with it, their result.

A study with standard error s is published if a + b / s + d > 0, d standard normal and correlated (rho) with
the error of its effect (Copas & Shi 2000, Biostatistics 1, 247; 2001, Stat Methods Med Res 10, 251). The data
cannot tell a and b: they are varied, and what follows for the effect is read off. `copas` fits one pair,
`copas_path` a path of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, log_ndtr, ndtr, ndtri

from claimbook.synthesis.intervals import quantile, two_sided_p
from claimbook.synthesis.model import Array, NonConvergence, check_level, effects
from claimbook.synthesis.normal import mills
from claimbook.synthesis.pooled import pool
from claimbook.synthesis.search import Maximum, complex_step, maximise

if TYPE_CHECKING:
    import pandas as pd

RHO = 0.9999
SURE = 0.99


@dataclass(frozen=True)
class Copas:
    """The effect had all studies been published. p_residual: of the selection that the model leaves
    unexplained.

    published: probability for the study with the largest standard error; unpublished: expected number of
    studies.
    """

    estimate: float
    se: float
    low: float
    high: float
    p: float
    tau2: float
    rho: float
    log_likelihood: float
    p_residual: float
    published: float
    unpublished: float


def copas(
    y: ArrayLike, v: ArrayLike, a: float, b: float, tau2: str = "ML", interval: str = "z", level: float = 0.95
) -> Copas:
    """Fit the model to effects y with variances v for given selection parameters a and b >= 0 by maximum
    likelihood.

    a + b / s is the probit of the chance that a study with standard error s is published. tau2: "ML" or "EE";
    interval: "z". ValueError on fewer than 3 effects, NonConvergence where there is no maximum.
    """
    y, v = effects(y, v)
    if len(y) < 3:
        raise ValueError(f"y: the Copas model needs at least 3 effects, got {len(y)}")
    if not (np.isfinite(a) and 0 <= b < np.inf):
        raise ValueError(f"a must be finite and b finite and at least 0, got a={a!r}, b={b!r}")
    if tau2 not in ("ML", "EE") or interval != "z":
        raise ValueError(f"tau2 must be 'ML' or 'EE' and interval 'z', got {tau2!r} and {interval!r}")
    unit = float(np.sqrt(np.median(v)))
    s = np.sqrt(v)
    probit = a + b / s
    mean = np.ones((len(y), 1))
    best = _fit(y / unit, s / unit, probit, mean, tau2)
    wider = _fit(y / unit, s / unit, probit, np.column_stack([mean, s / unit]), tau2)
    estimate, se = best.point[0] * unit, _se(best) * unit
    margin = quantile(check_level(level), np.inf) * se
    return Copas(
        estimate=float(estimate),
        se=se,
        low=float(estimate - margin),
        high=float(estimate + margin),
        p=two_sided_p(float(estimate / se), np.inf),
        tau2=float(best.point[-1]) * unit**2,
        rho=float(best.point[-2]),
        log_likelihood=best.value - len(y) * float(np.log(unit)),
        p_residual=float(chdtrc(1, max(0.0, 2 * (wider.value - best.value)))),
        published=float(ndtr(probit.min())),
        unpublished=float((ndtr(-probit) / ndtr(probit)).sum()),
    )


def copas_path(
    y: ArrayLike,
    v: ArrayLike,
    published: Sequence[float] = (0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1),
    tau2: str = "ML",
    interval: str = "z",
    level: float = 0.95,
) -> pd.DataFrame:
    """A row for each chance that the study with the largest standard error had of being published.

    The study with the smallest one had 0.99. The columns are the fields of `Copas`; the first row whose
    p_residual exceeds 0.1 is what the authors would report.
    """
    import pandas as pd

    _, v = effects(y, v)
    s = np.sqrt(v)
    if s.max() == s.min():
        raise ValueError("v: the Copas model needs studies of different variances")
    if not all(0 < p <= SURE for p in published):
        raise ValueError(f"published must lie in (0, {SURE}], got {published!r}")
    rows = []
    for p in published:
        b = (ndtri(SURE) - ndtri(p)) / (1 / s.min() - 1 / s.max())
        rows.append(vars(copas(y, v, float(ndtri(p) - b / s.max()), float(b), tau2, interval, level)))
    return pd.DataFrame(rows)


def _fit(y: Array, s: Array, probit: Array, x: Array, tau2: str) -> Maximum:
    """The highest maximum over (coefficients, rho, tau2) from starts of either sign of rho."""
    size = x.shape[1]
    low = np.array([-np.inf] * size + [-RHO, 0.0])
    high = np.array([np.inf] * size + [RHO, np.inf if tau2 == "ML" else 0.0])
    objective = complex_step(lambda theta: log_likelihood(theta, y, s, probit, x))
    start = pool(y, s**2, tau2, "z")
    ends = [
        maximise(
            objective, np.array([shrink * start.estimate] + [0.0] * (size - 1) + [rho, start.tau2]), low, high
        )
        for shrink, rho in ((1.0, 0.0), (0.7, 0.8), (0.7, -0.8))
    ]
    best = max((end for end in ends if end.converged), key=lambda end: end.value, default=None)
    if best is None:
        raise NonConvergence("the likelihood of the Copas model has no maximum that a search could reach")
    return best


def log_likelihood(theta: Any, y: Array, s: Array, probit: Array, x: Array) -> Any:
    """Up to a constant, with the variances before selection (Copas & Shi 2000); theta may be complex."""
    rho, tau2 = theta[-2], theta[-1]
    hazard = mills(probit)
    within = s**2 / (1 - hazard * (probit + hazard) * rho**2)
    variance = within + tau2
    z = (y - x @ theta[:-2]) / np.sqrt(variance)
    link = rho * np.sqrt(within / variance)
    chance = log_ndtr((probit + link * z) / np.sqrt(1 - link**2)) - log_ndtr(probit)
    return (chance - 0.5 * (np.log(variance) + z**2)).sum()


def _se(best: Maximum) -> float:
    """Standard error of the first coefficient, from the information on all that lies inside its bounds."""
    inside = ~best.bound
    information = -best.hessian[np.ix_(inside, inside)]
    if np.linalg.eigvalsh(information)[0] <= 0:
        raise NonConvergence("the data do not identify the Copas model: its information matrix is singular")
    return float(np.sqrt(np.linalg.inv(information)[0, 0]))
