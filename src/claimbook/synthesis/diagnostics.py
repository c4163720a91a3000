"""Data of diagnostic plots: Baujat, radial (Galbraith), L'Abbe, normal quantiles; and internal residuals."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit, ndtri

from claimbook.synthesis.deletion import own_units, quadratic_form, ratio, with_and_without
from claimbook.synthesis.linear import fit
from claimbook.synthesis.model import Array, effects, labels
from claimbook.synthesis.pooled import pool

if TYPE_CHECKING:
    import pandas as pd


ALONE = 1e-10  # a leverage this close to 1 is 1


def standardized_residuals(
    y: ArrayLike,
    v: ArrayLike,
    tau2: str | float = "REML",
    interval: str = "HKSJ",
    level: float = 0.95,
    design: ArrayLike | None = None,
) -> pd.DataFrame:
    """Residuals over their own standard error: residual, se, z (Viechtbauer & Cheung 2010, eq. 5).

    se and z are NaN for a study that has a coefficient to itself, which fits it whatever it says.
    """
    import pandas as pd

    f = fit(y, v, design, tau2, interval, level)
    free = 1 - f.at.leverage
    se = np.sqrt((f.model.v * f.model.unit**2 + f.tau2) * np.where(free > ALONE, free, np.nan))
    return pd.DataFrame({"residual": f.residuals, "se": se, "z": ratio(f.residuals, se)}, index=labels(y))


def baujat(
    y: ArrayLike,
    v: ArrayLike,
    tau2: str | float = "EE",
    interval: str = "z",
    level: float = 0.95,
    design: ArrayLike | None = None,
) -> pd.DataFrame:
    """Each study's share of the heterogeneity, x, and its influence on the result, y (Baujat et al. 2002).

    x: squared Pearson residual; y: squared change of the study's fitted value without it, over its variance
    then.
    """
    import pandas as pd

    full, gone = with_and_without(y, v, tau2, interval, design)
    design, (_, variances) = full.design, own_units(full)
    moved = np.vecdot(design, np.atleast_1d(full.beta) - gone.beta)
    return pd.DataFrame(
        {
            "x": full.residuals**2 / (variances + full.tau2),
            "y": ratio(moved**2, quadratic_form(design, gone.covariance)),
        },
        index=labels(y),
    )


def radial(
    y: ArrayLike, v: ArrayLike, tau2: str | float = "EE", interval: str = "z", level: float = 0.95
) -> pd.DataFrame:
    """z = y / s against precision x = 1 / s, s^2 = v + tau2 (Galbraith 1988); the slope is the effect."""
    import pandas as pd

    y, v = effects(y, v)
    s = np.sqrt(v + pool(y, v, tau2, interval, level).tau2)
    return pd.DataFrame({"x": 1 / s, "z": y / s})


def normal_quantiles(
    y: ArrayLike,
    v: ArrayLike,
    tau2: str | float = "REML",
    interval: str = "HKSJ",
    level: float = 0.95,
    design: ArrayLike | None = None,
) -> pd.DataFrame:
    """Standardized residuals (z) and the normal quantiles of their ranks (x), in the order of the studies."""
    import pandas as pd

    z = standardized_residuals(y, v, tau2, interval, level, design)["z"].to_numpy()
    k = len(z)
    shift = 0.375 if k <= 10 else 0.5
    rank = np.empty(k)
    rank[np.argsort(z, kind="stable")] = np.arange(1, k + 1)
    return pd.DataFrame({"x": ndtri((rank - shift) / (k + 1 - 2 * shift)), "z": z})


def labbe(events1: ArrayLike, n1: ArrayLike, events2: ArrayLike, n2: ArrayLike) -> pd.DataFrame:
    """Risk in the treated (1) against the control group (2) with the size of the study (L'Abbe, Detsky &
    O'Rourke 1987).

    Columns risk1, risk2, n. ValueError where events exceed a group or a group is empty.
    """
    import pandas as pd

    a, n, c, m = (np.atleast_1d(np.asarray(x, dtype=float)) for x in (events1, n1, events2, n2))
    if not a.shape == n.shape == c.shape == m.shape:
        raise ValueError("events1, n1, events2 and n2 must have one length")
    if not ((a >= 0) & (a <= n) & (c >= 0) & (c <= m) & (n > 0) & (m > 0)).all():
        raise ValueError("events1 and events2 must lie between 0 and n1 and n2, which must be positive")
    return pd.DataFrame({"risk1": a / n, "risk2": c / m, "n": n + m})


def labbe_line(estimate: float, measure: str, risk2: ArrayLike) -> Array:
    """Risk in the treated group at control risks `risk2` under a log RR, log OR or RD, clipped to [0, 1]."""
    if measure not in LABBE_LINES:
        raise ValueError(f"measure must be one of {', '.join(LABBE_LINES)}, got {measure!r}")
    risk = np.asarray(risk2, dtype=float)
    if not ((risk >= 0) & (risk <= 1)).all():
        raise ValueError(f"risk2 must lie between 0 and 1, got {risk2!r}")
    return np.asarray(np.clip(LABBE_LINES[measure](risk, estimate), 0, 1))


LABBE_LINES: dict[str, Callable[[Array, float], Array]] = {
    "RR": lambda risk, effect: risk * np.exp(effect),
    "OR": lambda risk, effect: expit(logit(risk) + effect),
    "RD": lambda risk, effect: risk + effect,
}
