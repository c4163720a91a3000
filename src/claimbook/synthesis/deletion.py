"""Which studies a result hangs on: leaving each out, adding them one by one, and the diagnostics of both.

What to use when. `leave_one_out` answers what a reader asks ("would it hold without that trial?");
`influence` says in standard units how far each study moves the estimate, its precision and the heterogeneity,
with the customary limits; `cumulate` shows how a result came about. A study that stands out deserves a second
look at its data, not removal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtr

from claimbook.synthesis.batch import fit_rows
from claimbook.synthesis.batch_fit import Method, Rows, infer
from claimbook.synthesis.batch_regress import regress_on
from claimbook.synthesis.linear import Fit, fit
from claimbook.synthesis.model import Array, check_level, effects, labels

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Deletions:
    """The fits without each of k studies; NaN where one cannot be done without.

    beta (k, p), covariance (k, p, p), tau2 (k,), q (k,), scale (k,): the factor that the interval puts on
    variances.
    """

    beta: Array
    covariance: Array
    tau2: Array
    q: Array
    scale: Array


def influence(
    y: ArrayLike,
    v: ArrayLike,
    tau2: str | float = "REML",
    interval: str = "HKSJ",
    level: float = 0.95,
    design: ArrayLike | None = None,
) -> pd.DataFrame:
    """Case diagnostics of k >= 3 effects y with variances v, one row a study (Viechtbauer & Cheung 2010).

    Columns: rstudent, the externally standardized residual; dffits, cook_d, cov_r; tau2_del and q_del,
    without the study; hat; weight, in percent; dfbetas (with a `design` (k, p), intercept included: dfbetas_0
    ... instead); influential, by the customary limits. A row is NaN where the model cannot be fitted without
    that study.
    """
    import pandas as pd

    check_level(level)
    index = labels(y)
    full, gone = with_and_without(y, v, tau2, interval, design)
    x, y, v = full.design, *own_units(full)
    beta, covariance = np.atleast_1d(full.beta), np.atleast_2d(full.covariance_and_df[0])
    hat = full.at.leverage
    moved = beta - gone.beta
    spread = gone.scale * (v + gone.tau2)
    residual = y - np.vecdot(x, gone.beta)
    at_deleted = _variances_at(x, v, gone.tau2)
    table = {
        "rstudent": ratio(residual, np.sqrt(spread + quadratic_form(x, gone.covariance))),
        "dffits": ratio(np.vecdot(x, moved), np.sqrt(hat * spread)),
        "cook_d": _mahalanobis(moved, covariance),
        "cov_r": ratio(_determinants(gone.covariance), np.linalg.det(covariance), 1.0),
        "tau2_del": gone.tau2,
        "q_del": gone.q,
        "hat": hat,
        "weight": 100 * full.at.w / full.at.w.sum(),
    }
    dfbetas = ratio(moved, np.sqrt(gone.scale[:, None] * at_deleted))
    names = ["dfbetas"] if design is None else [f"dfbetas_{j}" for j in range(x.shape[1])]
    table |= dict(zip(names, dfbetas.T, strict=True))
    return pd.DataFrame(table | {"influential": _influential(table, dfbetas)}, index=index)


def _influential(table: dict[str, Array], dfbetas: Array) -> NDArray[np.bool_]:
    """The limits of Viechtbauer & Cheung (2010, section 4); so is a study that cannot be done without."""
    k, p = dfbetas.shape
    return np.asarray(
        (np.abs(table["dffits"]) > 3 * np.sqrt(p / (k - p)))
        | (chdtr(p, table["cook_d"]) > 0.5)
        | (table["hat"] > 3 * p / k)
        | (np.abs(dfbetas) > 1).any(axis=1)
        | np.isnan(table["cook_d"])
    )


def leave_one_out(
    y: ArrayLike, v: ArrayLike, tau2: str | float = "REML", interval: str = "HKSJ", level: float = 0.95
) -> pd.DataFrame:
    """The result without each of k >= 3 effects, one row a study; columns as `pool` names them."""
    index = labels(y)
    y, v = _enough(y, v)
    rows = fit_rows(np.where(np.eye(len(y), dtype=bool), np.nan, y), v, tau2, interval)
    return _frame(rows, level, index)


def cumulate(
    y: ArrayLike,
    v: ArrayLike,
    order: ArrayLike | None = None,
    tau2: str | float = "REML",
    interval: str = "HKSJ",
    level: float = 0.95,
) -> pd.DataFrame:
    """The result after each study, in ascending order of the k values `order` (ties and None: as given).

    Columns as in `leave_one_out`; the index is the label or the position of the study that was added. The
    first row is that study alone with its normal interval.
    """
    index = labels(y)
    y, v = effects(y, v)
    rank = np.arange(len(y)) if order is None else np.argsort(_order(order, len(y)), kind="stable")
    y, v = y[rank], v[rank]
    rows = fit_rows(np.where(np.tri(len(y), dtype=bool), y, np.nan), v, tau2, interval)
    for column, alone in zip(rows, fit_rows(y[None, :1], v[None, :1], "EE", "z"), strict=True):
        column[:1] = alone
    return _frame(rows, level, rank if index is None else index[rank])


def deleted_residuals(
    y: ArrayLike,
    v: ArrayLike,
    tau2: str | float = "REML",
    interval: str = "HKSJ",
    level: float = 0.95,
    design: ArrayLike | None = None,
) -> pd.DataFrame:
    """How far each effect lies from what the others predict: residual, se, z, one row a study."""
    import pandas as pd

    check_level(level)
    index = labels(y)
    full, gone = with_and_without(y, v, tau2, interval, design)
    x, y, v = full.design, *own_units(full)
    residual = y - np.vecdot(x, gone.beta)
    se = np.sqrt(gone.scale * (v + gone.tau2) + quadratic_form(x, gone.covariance))
    return pd.DataFrame({"residual": residual, "se": se, "z": ratio(residual, se)}, index=index)


def with_and_without(
    y: ArrayLike, v: ArrayLike, tau2: str | float, interval: str, design: ArrayLike | None
) -> tuple[Fit, Deletions]:
    """The fit of k >= 3 effects and the fits without each."""
    y, v = _enough(y, v)
    full = fit(y, v, design, tau2, interval)
    if design is None:
        return full, _of_means(y, v, tau2, interval)
    return full, _of_designs(full, y, v, tau2, interval)


def _of_means(y: Array, v: Array, tau2: str | float, interval: str) -> Deletions:
    rows = fit_rows(np.where(np.eye(len(y), dtype=bool), np.nan, y), v, tau2, interval)
    w = 1 / (v + rows.tau2[:, None])
    variance = rows.se**2
    scale = variance * (w.sum(axis=1) - np.diagonal(w))
    return Deletions(rows.estimate[:, None], variance[:, None, None], rows.tau2, rows.q, scale)


def _of_designs(full: Fit, y: Array, v: Array, tau2: str | float, interval: str) -> Deletions:
    """NaN where a moderator loses its last level."""
    m, k, p = full.model, full.model.k, full.model.p
    left_out = np.where(np.eye(k, dtype=bool), np.nan, y)
    rows = regress_on(m, left_out, np.broadcast_to(v, (k, k)), list(range(p)), Method(tau2, interval))
    gone = Deletions(rows.estimate, np.full((k, p, p), np.nan), rows.tau2, rows.qe, np.full(k, np.nan))
    left = np.flatnonzero(rows.converged)
    w = 1 / (m.v + rows.tau2[left, None] / m.unit / m.unit)
    w[np.arange(len(left)), left] = 0
    wald = m.covariance(m.inverse(m.gram(w)))
    gone.scale[left] = rows.se[left, 0] ** 2 / wald[:, 0, 0]
    gone.covariance[left] = gone.scale[left, None, None] * wald
    return gone


def _enough(y: ArrayLike, v: ArrayLike) -> tuple[Array, Array]:
    y, v = effects(y, v)
    if len(y) < 3:
        raise ValueError(f"y: leaving one out needs at least 3 effects, got {len(y)}")
    return y, v


def _order(order: ArrayLike, k: int) -> NDArray[np.generic]:
    values = np.asarray(order)
    if values.shape != (k,):
        raise ValueError(f"order must be {k} values to sort by, got shape {values.shape}")
    return values


def own_units(full: Fit) -> tuple[Array, Array]:
    """Effects and variances in their own units."""
    m = full.model
    return m.unit * (m.y + m.x @ np.atleast_1d(m.offset)), m.v * m.unit**2


def _mahalanobis(moved: Array, covariance: Array) -> Array:
    """d' C^-1 d for each row d, in the standard errors of each coefficient; 0 where these are 0."""
    se = np.sqrt(np.diagonal(covariance))
    if not se.all():
        return np.zeros(len(moved))
    steps = moved / se
    return np.asarray(np.vecdot(steps @ np.linalg.inv(covariance / se / se[:, None]), steps))


def ratio(a: Array, b: Any, nothing: float = 0.0) -> Array:
    """a / b; ``nothing`` for 0 / 0, where the effects agree to the last digit."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where((a == 0) & (b == 0), nothing, a / b)


def _determinants(matrices: Array) -> Array:
    with np.errstate(invalid="ignore"):
        return np.asarray(np.linalg.det(matrices))


def quadratic_form(x: Array, covariance: Array) -> Array:
    """x_i' C_i x_i."""
    return np.asarray(np.einsum("ka,kab,kb->k", x, covariance, x))


def _variances_at(x: Array, v: Array, tau2: Array) -> Array:
    """Diagonals of (X'WX)^-1 over all studies at the weights of each deletion, (k, p)."""
    w = 1 / (v + tau2[:, None])
    gram = np.einsum("iw,wa,wb->iab", w, x, x)
    known = np.isfinite(tau2)
    found = np.full((len(x), x.shape[1]), np.nan)
    found[known] = np.diagonal(np.linalg.inv(gram[known]), axis1=1, axis2=2)
    return found


def _frame(rows: Rows, level: float, index: Any) -> pd.DataFrame:
    import pandas as pd

    found = infer(rows, check_level(level))
    return pd.DataFrame(
        {
            "estimate": rows.estimate,
            "se": rows.se,
            "low": found.low,
            "high": found.high,
            "statistic": found.statistic,
            "df": rows.df,
            "p": found.p,
            "k": rows.k,
            "tau2": rows.tau2,
            "q": rows.q,
            "q_p": found.q_p,
            "i2": rows.i2,
            "h2": rows.h2,
        },
        index=index,
        copy=False,
    )
