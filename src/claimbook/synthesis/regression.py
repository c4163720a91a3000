"""Meta-regression: `regress` and its result.

R2 is the share of the heterogeneity that the moderators take away, by the same estimator with and without
them; under equal effects the share of Q / df. It can be 0 where a moderator matters, and it is imprecise with
few studies.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from claimbook.synthesis.formula import Design, design, numeric_column, read_formula
from claimbook.synthesis.intervals import INTERVALS, quantile, shown_p, two_sided_p, wald_p
from claimbook.synthesis.linear import Fit, fit
from claimbook.synthesis.model import COLLINEAR, Array, check_level
from claimbook.synthesis.prediction import PREDICTION
from claimbook.synthesis.tau2_interval import tau2_interval

if TYPE_CHECKING:
    import pandas as pd

Bounds = tuple[float, float]

COEFFICIENT = ("estimate", "se", "statistic", "df", "p", "low", "high")


@dataclass(frozen=True)
class WaldTest:
    """A test of n contrasts: F(n, df), or chi2(n) where df is infinite."""

    statistic: float
    n: int
    df: float

    @property
    def p(self) -> float:
        return wald_p(self.statistic, self.n, self.df)


def coefficient_table(
    names: list[str], estimate: Array, se: Array, df: list[float], level: float
) -> pd.DataFrame:
    """One row a coefficient: estimate se statistic df p low high; the statistic of 0 with se 0 is 0."""
    import pandas as pd

    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.where((se == 0) & (estimate == 0), 0.0, estimate / se)
    margin = se * [quantile(level, n) for n in df]
    p = [two_sided_p(t, n) for t, n in zip(statistic.tolist(), df, strict=True)]
    columns = np.array([estimate, se, statistic, df, p, estimate - margin, estimate + margin]).T
    return pd.DataFrame(columns, index=_index(tuple(names)), columns=_index(COEFFICIENT), copy=False)


def _index(names: tuple[str, ...]) -> pd.Index[str]:
    """A view, whose name can be set, of an index that is made once."""
    return _made_index(names).view()


@lru_cache(maxsize=256)
def _made_index(names: tuple[str, ...]) -> pd.Index[str]:
    import pandas as pd

    return pd.Index(names)


@dataclass(frozen=True, eq=False, repr=False)
class Regression:
    """A meta-regression.

    tau2: residual, in squared units of the effects. qe, qe_df, qe_p: residual heterogeneity. qm, qm_df, qm_p:
    the test of all coefficients but the intercept, F on (qm_df, qm_denominator_df) or chi2 where the latter
    is infinite. r2, i2: in percent.
    """

    fit: Fit
    design: Design

    @property
    def k(self) -> int:
        return self.fit.model.k

    @property
    def level(self) -> float:
        return self.fit.level

    @property
    def method(self) -> str:
        return self.fit.method

    @property
    def interval(self) -> str:
        return self.fit.interval

    @property
    def tau2(self) -> float:
        return self.fit.tau2

    @property
    def tau2_se(self) -> float:
        return self.fit.tau2_se

    @property
    def qe(self) -> float:
        return self.fit.q

    @property
    def qe_df(self) -> int:
        return self.fit.residual_df

    @property
    def qe_p(self) -> float:
        return self.fit.q_p

    @property
    def i2(self) -> float:
        return self.fit.i2

    @property
    def h2(self) -> float:
        return self.fit.h2

    @property
    def covariance(self) -> Array:
        """(p, p), of the coefficients by the chosen interval."""
        return np.atleast_2d(self.fit.covariance_and_df[0])

    @cached_property
    def coefficients(self) -> pd.DataFrame:
        """One row a coefficient: estimate se statistic df p low high."""
        return self.contrasts(np.eye(self.fit.model.p), self.design.names)

    def contrasts(self, rows: ArrayLike, names: list[str] | None = None) -> pd.DataFrame:
        """Linear combinations of the coefficients, by the rows of an (n, p) matrix; as `coefficients`."""
        rows = self._contrasts(np.asarray(rows, dtype=float))
        se = np.sqrt(self.fit.variances(rows))
        df = [INTERVALS[self.interval].df(self.fit, row[None])[1] for row in rows]
        names = [f"contrast {i}" for i in range(1, len(rows) + 1)] if names is None else names
        return coefficient_table(names, rows @ np.atleast_1d(self.fit.beta), se, df, self.level)

    def pairwise(self, factor: str, adjust: str = "holm") -> pd.DataFrame:
        """Every level of a factor against every other (`claimbook.synthesis.contrasts.pairwise`)."""
        from claimbook.synthesis.contrasts import pairwise

        return pairwise(self, factor, adjust)

    def test(self, which: str | list[str] | ArrayLike) -> WaldTest:
        """Test that coefficients (a name or several), or contrasts (rows of an (n, p) matrix), are zero."""
        contrasts = self._contrasts(which)
        m, n = self.fit.model, len(contrasts)
        half = np.linalg.cholesky(np.atleast_2d(self.fit.covariance_unit)).T @ (contrasts @ m.root).T
        _, r = np.linalg.qr(half)
        if n > m.p or (np.abs(np.diag(r)) <= COLLINEAR * np.linalg.norm(half, axis=0)).any():
            raise ValueError(f"which: the {n} contrasts are not independent of each other")
        root = np.linalg.solve(r.T, contrasts @ self.fit.beta / m.unit)
        scale, df = INTERVALS[self.interval].df(self.fit, contrasts)
        chi2 = float(root @ root)
        return WaldTest(chi2 if df == inf else scale * chi2 / n, n, df)

    def _contrasts(self, which: Any) -> Array:
        names = [which] if isinstance(which, str) else list(which)
        if not all(isinstance(name, str) for name in names):
            matrix = np.atleast_2d(np.asarray(which, dtype=float))
            if matrix.shape[1] != len(self.design.names):
                raise ValueError(f"which must have {len(self.design.names)} columns, got {matrix.shape[1]}")
            return matrix
        unknown = [name for name in names if name not in self.design.names]
        if unknown or not names:
            raise ValueError(f"which must name coefficients among {self.design.names}, got {which!r}")
        return np.eye(len(self.design.names))[[self.design.names.index(name) for name in names]]

    @cached_property
    def _omnibus(self) -> WaldTest:
        names = self.design.names
        return self.test([name for name in names if name != "Intercept"] or names)

    @property
    def qm(self) -> float:
        return self._omnibus.statistic

    @property
    def qm_df(self) -> int:
        return self._omnibus.n

    @property
    def qm_denominator_df(self) -> float:
        return self._omnibus.df

    @property
    def qm_p(self) -> float:
        return self._omnibus.p

    @cached_property
    def r2(self) -> float:
        m = self.fit.model
        y, v = m.unit * (m.y + m.x @ m.offset), m.unit**2 * m.v
        null = fit(y, v, None, self._tau2, "z", weights=m.weights)
        with_, without = (f.h2 if self.method == "EE" else f.tau2 for f in (self.fit, null))
        return 100 * max(0.0, 1 - with_ / without) if without > 0 else 0.0

    @property
    def _tau2(self) -> str | float:
        return self.tau2 if self.method == "given" else self.method

    def tau2_interval(self, method: str = "QP", level: float | None = None) -> Bounds:
        """A confidence interval for the residual tau2 by a key of TAU2_INTERVALS."""
        return tau2_interval(self.fit, method, self._level(level))

    def predict(self, data: Any = None, level: float | None = None, method: str = "fit") -> pd.DataFrame:
        """Mean effects at new moderators, or at those of the studies.

        Columns: estimate, se, low, high (of the mean effect), prediction_low, prediction_high (of a new
        study's true effect, by a key of PREDICTION).
        """
        import pandas as pd

        if method not in PREDICTION:
            raise ValueError(f"method must be one of {', '.join(PREDICTION)}, got {method!r}")
        level = self._level(level)
        rows = self.design.matrix if data is None else self.design.rows(data)
        estimate = rows @ np.atleast_1d(self.fit.beta)
        se = np.sqrt(self.fit.variances(rows))
        df = [INTERVALS[self.interval].df(self.fit, row[None])[1] for row in rows]
        margin = se * [quantile(level, n) for n in df]
        low, high = PREDICTION[method].function(self.fit, rows, level)
        columns = {"estimate": estimate, "se": se, "low": estimate - margin, "high": estimate + margin}
        index = getattr(data, "index", None)
        return pd.DataFrame({**columns, "prediction_low": low, "prediction_high": high}, index=index)

    def vif(self) -> pd.Series[float]:
        """Variance inflation of each coefficient but the intercept by correlation (Fox & Monette 1992)."""
        import pandas as pd

        keep = [i for i, name in enumerate(self.design.names) if name != "Intercept"]
        covariance = self.covariance[np.ix_(keep, keep)]
        inflation = np.diag(covariance) * np.diag(np.linalg.inv(covariance))
        return pd.Series(inflation, index=[self.design.names[i] for i in keep])

    def blups(self) -> pd.DataFrame:
        """The studies' own true effects, shrunken towards the model: estimate, se, low, high."""
        from claimbook.synthesis.blup import blups

        return blups(self.fit)

    def _level(self, level: float | None) -> float:
        return self.level if level is None else check_level(level)

    def __repr__(self) -> str:
        """The coefficients and what they leave over, rounded for people."""
        of = f"F({self.qm_df}, {self.qm_denominator_df:.4g})" if self.qm_denominator_df < inf else "chi2"
        formula, rest = self.design.formula, f"QE {self.qe:.4g} with {self.qe_df} df, {shown_p(self.qe_p)}"
        lines = (
            f"Regression: {formula.response} ~ {formula.right}",
            self.coefficients.to_string(float_format="{:.4g}".format),
            f"k {self.k}; {self.method}, {self.interval} interval",
            f"moderators {of} {self.qm:.4g}, {shown_p(self.qm_p)}; R2 {self.r2:.3g} %",
            f"tau2 {self.tau2:.4g}, I2 {self.i2:.3g} %; {rest}",
        )
        return "\n".join(lines)


def regress(
    formula: str,
    data: Any,
    v: str | ArrayLike,
    tau2: str | float = "REML",
    interval: str = "HKSJ",
    level: float = 0.95,
    weights: ArrayLike | None = None,
) -> Regression:
    """Regress effects on moderators: `regress("y ~ ablat + C(alloc)", data, v="vi")`.

    formula: see `formula` for its grammar. data: a DataFrame or a mapping of columns, complete. v: the
    sampling variances, or the name of their column. tau2, interval, level, weights: as for `pool`. ValueError
    where moderators are collinear, a column is absent or incomplete, or no degree of freedom is left.
    """
    read = read_formula(formula)
    y = numeric_column(data, read.response)
    variances = numeric_column(data, v) if isinstance(v, str) else v
    x = design(read, data)
    return Regression(fit(y, variances, x.matrix, tau2, interval, level, weights, x.names), x)
