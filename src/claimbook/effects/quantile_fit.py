"""The quantile estimation of McGrath et al. (2020): the mean and SD of the distribution that fits best.

Normal, log-normal, gamma and Weibull distributions (and the beta for values between 0 and 1) are fitted to
the printed quantiles by least squares; a minimum or maximum counts as the quantile at 1 / n or 1 - 1 / n.
With a value of 0 or below only the normal is tried.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from claimbook.effects.special import Array, betaincinv, gammaincinv, gammaln, ndtri

Parameters = Any  # two numbers, transformed so that every pair is allowed


class Family(NamedTuple):
    quantile: Callable[[Parameters, Array], Array]
    moments: Callable[[Parameters], tuple[float, float]]
    start: Callable[[Array], tuple[Any, Any]]
    bears: Callable[[Array], Any]


def best_fit(values: Array, shares: Array) -> tuple[float, float]:
    """Mean and SD of the family with the least sum of squares; ``values`` are its quantiles at ``shares``."""
    fits = [_fit(family, values, shares) for family in FAMILIES.values() if family.bears(values)]
    return min(fits, key=lambda fit: fit[0])[1]


def _fit(family: Family, values: Array, shares: Array) -> tuple[float, tuple[float, float]]:
    from scipy.optimize import least_squares

    def misfit(parameters: Parameters) -> Array:
        return family.quantile(parameters, shares) - values

    tight = dict.fromkeys(("xtol", "ftol", "gtol"), 1e-15)
    with np.errstate(all="ignore"):
        found = least_squares(misfit, family.start(values), method="lm", **tight)
        mean, sd = family.moments(found.x)
    good = found.status > 0 and np.isfinite(found.cost) and np.isfinite(sd)
    return (float(found.cost) if good else np.inf), (float(mean), float(sd))


def _lognormal_moments(t: Parameters) -> tuple[float, float]:
    square = np.exp(2 * t[1])
    mean = np.exp(t[0] + square / 2)
    return mean, mean * np.sqrt(np.expm1(square))


def _weibull_moments(t: Parameters) -> tuple[float, float]:
    first, second = (np.exp(gammaln(1 + k * np.exp(-t[0]))) for k in (1, 2))
    return np.exp(t[1]) * first, np.exp(t[1]) * np.sqrt(second - first**2)


def _beta_moments(t: Parameters) -> tuple[float, float]:
    a, b = np.exp(t)
    return a / (a + b), np.sqrt(a * b / (a + b + 1)) / (a + b)


def _beta_start(values: Array) -> tuple[float, float]:
    mean, size = np.mean(values), np.mean(values) * (1 - np.mean(values)) / np.var(values)
    return np.log(mean * size), np.log((1 - mean) * size)


def _positive(values: Array) -> Any:
    return np.all(values > 0)


FAMILIES: dict[str, Family] = {
    "normal": Family(
        lambda t, p: t[0] + np.exp(t[1]) * ndtri(p),
        lambda t: (t[0], np.exp(t[1])),
        lambda values: (np.mean(values), np.log(np.std(values))),
        lambda values: True,
    ),
    "log-normal": Family(
        lambda t, p: np.exp(t[0] + np.exp(t[1]) * ndtri(p)),
        _lognormal_moments,
        lambda values: (np.mean(np.log(values)), np.log(np.std(np.log(values)))),
        _positive,
    ),
    "gamma": Family(
        lambda t, p: np.exp(t[1]) * gammaincinv(np.exp(t[0]), p),
        lambda t: (np.exp(t[0] + t[1]), np.exp(t[0] / 2 + t[1])),
        lambda values: (
            np.log(np.mean(values) ** 2 / np.var(values)),
            np.log(np.var(values) / np.mean(values)),
        ),
        _positive,
    ),
    "weibull": Family(
        lambda t, p: np.exp(t[1]) * (-np.log1p(-p)) ** np.exp(-t[0]),
        _weibull_moments,
        lambda values: (np.log(1.2 / np.std(np.log(values))), np.log(np.mean(values))),
        _positive,
    ),
    "beta": Family(
        lambda t, p: betaincinv(np.exp(t[0]), np.exp(t[1]), p),
        _beta_moments,
        _beta_start,
        lambda values: np.all((values > 0) & (values < 1)),
    ),
}
