"""Means and modes of effects that are normal on the analysis scale, on the scale that people read.

The back-transformed centre of random effects is their median; their mean and their mode lie elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from claimbook.effects.special import Array, expit, ndtr

Curve = Callable[[Array], Array]
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(120)
GRID = np.linspace(-40, 40, 641)
LOGISTIC = expit(GRID) * expit(-GRID) * (GRID[1] - GRID[0])


def ilogit_mean(x: Array, tau2: Array) -> Array:
    """The mean of expit(X) for X normal with mean x and variance tau2.

    By Gauss-Hermite quadrature while the curve is flat over the normal (tau2 <= 1), and beyond by parts: the
    integral of the logistic density times Phi((x - u) / tau), by the trapezoid rule, which for such
    integrands is exact to rounding.
    """
    spread = np.maximum(np.sqrt(tau2), 1.0)[..., None]
    steep = ndtr((x[..., None] - GRID) / spread) @ LOGISTIC
    return np.where(tau2 <= 1, _hermite(expit, x, tau2), steep)


def ztor_mean(x: Array, tau2: Array) -> Array:
    """The mean of tanh(X) for the same X, for large tau2 as tanh(x) = 2 expit(2 x) - 1."""
    return np.where(tau2 <= 0.25, _hermite(np.tanh, x, tau2), 2 * ilogit_mean(2 * x, 4 * tau2) - 1)


def _hermite(back: Curve, x: Array, tau2: Array) -> Array:
    images = back(x[..., None] + np.sqrt(tau2)[..., None] * NODES)
    average: Array = images @ WEIGHTS / np.sum(WEIGHTS)
    return average


def mode_of(back: Curve, pull: Curve, most: float) -> Callable[[Array, Array], Array]:
    """The mode of back(X) for the same X, where X - x = tau2 pull(X); of several such the highest.

    ``pull`` is the slope of -log back', between -most and most.
    """

    def mode(x: Array, tau2: Array) -> Array:
        steps = np.linspace(-most, most, 2001)
        z = x[..., None] + tau2[..., None] * steps
        rising = pull(z) - (z - x[..., None]) / np.where(tau2 == 0, 1.0, tau2)[..., None]
        height = np.cumsum(rising, axis=-1)
        at = np.argmax(height, axis=-1)
        low, high = (np.take(steps, np.clip(at + side, 0, 2000)) for side in (-1, 1))
        for _ in range(60):
            middle = (low + high) / 2
            above = pull(x + tau2 * middle) > middle
            low, high = np.where(above, middle, low), np.where(above, high, middle)
        return back(x + tau2 * low)

    return mode


ilogit_mode = mode_of(expit, lambda z: 2 * expit(z) - 1, 1.0)
ztor_mode = mode_of(np.tanh, lambda z: 2 * np.tanh(z), 2.0)
