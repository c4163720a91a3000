"""What studies or outcomes that were never reported could do to a result, and the funnel plot that hints at
them.

The bound needs no model of selection: whatever made m results go unreported, if it depends on the results at
all, the bias of the mean of the k reported ones is at most this large (Copas & Jackson 2004). With m the
eligible trials that left the outcome out it bounds outcome reporting bias (Williamson & Gamble 2007).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from claimbook.synthesis.intervals import quantile
from claimbook.synthesis.model import effects
from claimbook.synthesis.pooled import Pooled, pool

if TYPE_CHECKING:
    import pandas as pd


def reporting_bias_bounds(
    y: ArrayLike,
    v: ArrayLike,
    missing: ArrayLike = tuple(range(11)),
    tau2: str | float = "REML",
    interval: str = "HKSJ",
    level: float = 0.95,
) -> pd.DataFrame:
    """The largest bias of the pooled effect for each number of `missing` results: one row each.

    Columns: missing, bias, then the estimate with its interval moved by the bias either way: estimate_low,
    low, estimate_high, high. tau2, interval, level: as for `pool`. ValueError on a negative or infinite
    number.
    """
    import pandas as pd

    m = np.atleast_1d(np.asarray(missing, dtype=float))
    if m.ndim != 1 or not ((m >= 0) & (m < np.inf)).all():
        raise ValueError(f"missing must be numbers of at least 0, got {missing!r}")
    p = pool(y, v, tau2, interval, level)
    w = 1 / (np.atleast_1d(np.asarray(v, dtype=float)) + p.tau2)
    tail = ndtri(p.k / (p.k + m))
    density = np.exp(-(tail**2) / 2) / np.sqrt(2 * np.pi)
    bias = (p.k + m) / p.k * density * float(np.sqrt(w).sum() / w.sum())
    return pd.DataFrame(
        {
            "missing": np.asarray(missing).reshape(-1),
            "bias": bias,
            "estimate_low": p.estimate - bias,
            "low": p.low - bias,
            "estimate_high": p.estimate + bias,
            "high": p.high + bias,
        }
    )


@dataclass(frozen=True, eq=False)
class Funnel:
    """points: y, se and p of each study and the contour it lies in, the smallest alpha it is significant at
    (1: none).

    limits: for a grid of standard errors from 0, the pseudo-interval around the pooled effect (low, high) and
    for each alpha the effect above which, or below minus which, a study is significant (alpha_0.05 ...).
    """

    pooled: Pooled
    points: pd.DataFrame
    limits: pd.DataFrame


def funnel(
    y: ArrayLike,
    v: ArrayLike,
    contours: Sequence[float] = (0.1, 0.05, 0.01),
    tau2: str | float = "REML",
    interval: str = "HKSJ",
    level: float = 0.95,
) -> Funnel:
    """Data of a contour-enhanced funnel plot (Peters et al. 2008) of effects y with variances v."""
    import pandas as pd

    alphas = np.sort(np.asarray(contours, dtype=float))
    if not ((alphas > 0) & (alphas < 1)).all():
        raise ValueError(f"contours must lie between 0 and 1, got {contours!r}")
    y, v = effects(y, v)
    pooled = pool(y, v, tau2, interval, level)
    se = np.sqrt(v)
    reached = np.abs(y / se)[:, None] > -ndtri(alphas / 2)
    contour = np.append(alphas, 1.0)[np.where(reached.any(axis=1), reached.argmax(axis=1), len(alphas))]
    points = pd.DataFrame({"y": y, "se": se, "p": 2 * ndtr(-np.abs(y / se)), "contour": contour})
    grid = np.linspace(0, 1.1 * se.max(), 101)
    margin = quantile(level, np.inf) * grid
    limits = pd.DataFrame({"se": grid, "low": pooled.estimate - margin, "high": pooled.estimate + margin})
    for alpha in alphas:
        limits[f"alpha_{alpha:g}"] = -ndtri(alpha / 2) * grid
    return Funnel(pooled, points, limits)
