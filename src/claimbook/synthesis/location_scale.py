"""Location-scale models: moderators of the mean effect and of the heterogeneity (Viechtbauer & Lopez-Lopez
2022).

y ~ N(X beta, v + tau2_i) with log(tau2_i) = Z alpha. The location part is, given tau2_i, an equal-effects
regression at variances v + tau2_i; alpha maximises the (restricted) likelihood with beta at its best.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import inf, log
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtri

from claimbook.synthesis.formula import Design, design, numeric_column, read_formula
from claimbook.synthesis.linear import Fit, fit
from claimbook.synthesis.model import Array, Linear, NonConvergence, check_level, effects, linear_model
from claimbook.synthesis.regression import Regression, WaldTest, coefficient_table
from claimbook.synthesis.search import Maximum, crossing, maximise, maximise_all
from claimbook.synthesis.tau2 import TAU2

if TYPE_CHECKING:
    import pandas as pd

STARTS = (0.0, -2.0, 2.0)  # added to log tau2 of the model without moderators of it


@dataclass(frozen=True, eq=False)
class Scale:
    """The scale part at unit scale: log tau2_i = z @ gamma - offset; design = z @ back, z orthonormal."""

    model: Linear
    z: Array
    back: Array
    offset: float
    restricted: bool

    def tau2(self, gamma: Array) -> Array:
        """At gamma (q,), or (n, q)."""
        return np.asarray(np.exp(np.clip(gamma @ self.z.T - self.offset, -300, 300)))

    def likelihood(self, gamma: Array) -> tuple[float, Array, Array]:
        """Log-likelihood up to a constant, with gradient and Hessian, beta at its best."""
        value, gradient, hessian = self.likelihoods(gamma[None])
        return float(value[0]), gradient[0], hessian[0]

    def likelihoods(self, gammas: Array) -> tuple[Array, Array, Array]:
        """The same at n points, (n, q)."""
        z, tau2 = self.z, self.tau2(gammas)
        a = self.model.at(tau2)
        p, own = a.matrix, np.arange(len(z))
        trace = p if self.restricted else a.w[..., None] * np.eye(len(z))
        gap = 0.5 * tau2 * (a.pr**2 - trace[:, own, own])
        d = z * tau2[..., None]
        pulled = a.pr[..., None] * d
        hessian = (z.T * gap[:, None]) @ z - pulled.swapaxes(1, 2) @ p @ pulled
        hessian += 0.5 * d.swapaxes(1, 2) @ (trace * trace) @ d
        value = 0.5 * (np.log(a.w).sum(-1) - a.q - (a.log_det if self.restricted else 0.0))
        return value, gap @ z, hessian


@dataclass(frozen=True, eq=False)
class LocationScale:
    """A location-scale model.

    location: the regression of the means, whose qm tests its moderators. tau2: (k,), of each study. qe,
    qe_df, qe_p: residual heterogeneity. alpha, alpha_covariance: of log tau2. log_likelihood: restricted
    unless by ML.
    """

    location: Regression
    scale_design: Design
    part: Scale
    top: Maximum
    residual: Fit

    @property
    def tau2(self) -> Array:
        return self.part.tau2(self.top.point) * self.part.model.unit**2

    @cached_property
    def alpha(self) -> Array:
        return np.linalg.solve(self.part.back, self.top.point)

    @cached_property
    def alpha_covariance(self) -> Array:
        root = np.linalg.inv(self.part.back)
        return np.asarray(root @ np.linalg.inv(-self.top.hessian) @ root.T)

    @property
    def log_likelihood(self) -> float:
        return self.location.fit.log_likelihood(self.part.restricted)

    @property
    def qe(self) -> float:
        return self.residual.q

    @property
    def qe_df(self) -> int:
        return self.residual.residual_df

    @property
    def qe_p(self) -> float:
        return self.residual.q_p

    @property
    def scale_df(self) -> float:
        """Degrees of freedom of the scale part: infinite under "z", else k less its coefficients."""
        return inf if self.location.interval == "z" else self.location.k - len(self.alpha)

    @cached_property
    def scale(self) -> pd.DataFrame:
        """One row a coefficient of log tau2: estimate se statistic df p low high."""
        se = np.sqrt(np.diag(self.alpha_covariance))
        df = [self.scale_df] * len(se)
        return coefficient_table(self.scale_design.names, self.alpha, se, df, self.location.level)

    def test_scale(self, names: list[str] | None = None) -> WaldTest:
        """Test coefficients of log tau2, by default all but the intercept."""
        known = self.scale_design.names
        names = [name for name in known if name != "Intercept"] if names is None else names
        if not names or not set(names) <= set(known):
            raise ValueError(f"names must be among {known}, got {names!r}")
        at = [known.index(name) for name in names]
        estimate, covariance = self.alpha[at], self.alpha_covariance[np.ix_(at, at)]
        chi2 = float(estimate @ np.linalg.solve(covariance, estimate))
        n, df = len(at), self.scale_df
        return WaldTest(chi2 if df == inf else chi2 / n, n, df)

    def scale_interval(self, name: str, level: float | None = None) -> tuple[float, float]:
        """The profile-likelihood interval of a coefficient of log tau2."""
        if name not in self.scale_design.names:
            raise ValueError(f"name must be one of {self.scale_design.names}, got {name!r}")
        at = self.scale_design.names.index(name)
        direction = np.linalg.inv(self.part.back)[at]
        drop = 0.5 * float(chdtri(1, 1 - (self.location.level if level is None else check_level(level))))

        def excess(value: float) -> float:
            return drop - (self.top.value - _profile(self.part, direction, value, self.top.point))

        step = float(np.sqrt(self.alpha_covariance[at, at]))
        here = float(self.alpha[at])
        return crossing(excess, here, -step), crossing(excess, here, step)


def _profile(part: Scale, direction: Array, value: float, near: Array) -> float:
    """The highest log-likelihood where direction @ gamma = value."""
    base = near + direction * (value - direction @ near) / (direction @ direction)
    others = np.linalg.svd(direction[None])[2][1:].T
    if not others.size:
        return part.likelihood(base)[0]

    def objective(delta: Array) -> tuple[float, Array, Array]:
        height, slope, bend = part.likelihood(base + others @ delta)
        return height, others.T @ slope, others.T @ bend @ others

    free = np.full(others.shape[1], inf)
    return maximise(objective, np.zeros(len(free)), -free, free).value


def regress_scale(
    formula: str,
    scale: str,
    data: Any,
    v: str | ArrayLike,
    tau2: str = "REML",
    interval: str = "z",
    level: float = 0.95,
) -> LocationScale:
    """Regress effects by `formula` and the log of their heterogeneity by `scale`: regress_scale("y ~ x", "~ x
    + z", data, "v").

    data, v, interval, level: as for `regress`. tau2: "REML" or "ML". NonConvergence where the heterogeneity
    of some studies tends to zero or infinity.
    """
    if tau2 not in ("REML", "ML"):
        raise ValueError(f"tau2 must be REML or ML, got {tau2!r}")
    read = read_formula(formula)
    response = numeric_column(data, read.response)
    y, variances = effects(response, numeric_column(data, v) if isinstance(v, str) else v)
    x = design(read, data)
    z = design(read_formula(f"{read.response} ~ {scale.strip().removeprefix('~')}"), data)
    m = linear_model(y, variances, x.matrix, x.names)
    part = _scale(m, z, restricted=tau2 == "REML")
    top = _maximum(part, TAU2[tau2].function(m))
    at = variances + part.tau2(top.point) * m.unit**2
    location = Regression(fit(y, at, x.matrix, "EE", interval, level, names=x.names), x)
    return LocationScale(location, z, part, top, fit(y, variances, x.matrix, "EE", "z", level, names=x.names))


def _scale(m: Linear, z: Design, restricted: bool) -> Scale:
    basis = linear_model(m.y, m.v, z.matrix, z.names)
    return Scale(m, basis.x, basis.back, 2 * log(m.unit), restricted)


def _maximum(part: Scale, homogeneous: float) -> Maximum:
    """The highest maximum that is reached from a few levels of heterogeneity."""
    level = log(max(homogeneous, 0.01)) + part.offset
    starts = np.array([part.z.T @ np.full(len(part.z), level + shift) for shift in STARTS])
    free = np.full(len(starts[0]), inf)
    top = max(maximise_all(part.likelihoods, starts, -free, free), key=lambda found: found.value)
    if not top.converged or np.abs(np.log(part.tau2(top.point))).max() > 40:
        raise NonConvergence(
            "the heterogeneity of some studies tends to zero or infinity: no finite coefficients fit best"
        )
    return top


def heteroscedasticity(f: Fit) -> WaldTest:
    """Is the heterogeneity the same for every study? A score test against a tau2 for each.

    With s = (r^2 w^2 - diag(P)) / 2 and the restricted information P o P / 2, s' I^-1 s is chi-squared with k
    - 1 degrees of freedom; s sums to zero at the REML estimate, which f must be.
    """
    if f.method != "REML" or f.model.weights is not None:
        raise ValueError(f"f must be a REML fit without weights, got tau2={f.method!r}")
    p = f.at.matrix
    score, information = 0.5 * (f.at.pr**2 - np.diag(p)), 0.5 * p * p
    return WaldTest(float(score @ np.linalg.solve(information, score)), f.model.k - 1, inf)
