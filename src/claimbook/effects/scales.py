"""Analysis scales: how each is reached from the scale that people read, and how it leads back.

``BACK`` names the way back for every scale. Inverses of bounded quantities stay within their bounds; where a
value has no image the result is nan.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from claimbook.effects.special import Array, expit, ndtr

Scale = Literal[
    "identity",
    "log",
    "logit",
    "probit",
    "z",
    "z of root",
    "arcsine",
    "double arcsine",
    "square root",
    "double square root",
    "cube root",
    "log complement",
]


def r_to_z(x: Array) -> Array:
    """Fisher's z; a correlation beyond +-1 counts as +-1."""
    return np.arctanh(np.clip(x, -1, 1))


def root_to_z(x: Array) -> Array:
    """Fisher's z of the square root of a coefficient of determination."""
    return np.arctanh(np.sqrt(np.clip(x, 0, 1)))


def arcsine(x: Array) -> Array:
    return np.arcsin(np.sqrt(x))


def from_arcsine(x: Array) -> Array:
    return np.sin(np.clip(x, 0, np.pi / 2)) ** 2


def double_arcsine(events: Array, n: Array) -> Array:
    """Freeman & Tukey's transformed proportion (1950), halved so that it lies by the arcsine."""
    return (np.arcsin(np.sqrt(events / (n + 1))) + np.arcsin(np.sqrt((events + 1) / (n + 1)))) / 2


def from_double_arcsine(x: Array, n: Array) -> Array:
    """The proportion of a Freeman-Tukey value in a sample of n (Miller 1978), from 0 to 1."""
    low, high = double_arcsine(np.zeros_like(n), n), double_arcsine(n, n)
    sine = np.sin(2 * x)
    inner = 1 - (sine + (sine - 1 / sine) / n) ** 2
    p = (1 - np.sign(np.cos(2 * x)) * np.sqrt(np.maximum(inner, 0))) / 2
    return np.where(x <= low, 0.0, np.where(x >= high, 1.0, p))


def double_square_root(events: Array, time: Array) -> Array:
    """Freeman & Tukey's transformed rate (1950), halved so that it lies by the square root."""
    return (np.sqrt(events / time) + np.sqrt((events + 1) / time)) / 2


def from_double_square_root(x: Array, time: Array) -> Array:
    """The rate of a Freeman-Tukey value in a given time; 0 below what no event gives."""
    rate = (1 / time - 4 * x**2) ** 2 / (16 * x**2)
    return np.where(x <= double_square_root(np.zeros_like(time), time), 0.0, rate)


def cube_root(x: Array) -> Array:
    """Hakstian & Whalen's transformed reliability (1976), as 1 - (1 - alpha)^(1/3)."""
    return np.where(x > 1, np.nan, 1 - np.cbrt(1 - x))


def from_cube_root(x: Array) -> Array:
    return np.clip(1 - (1 - x) ** 3, 0, 1)


def log_complement(x: Array) -> Array:
    """Bonett's transformed reliability (2002), as -log(1 - alpha)."""
    return -np.log(1 - x)


def from_log_complement(x: Array) -> Array:
    alpha: Array = np.maximum(1 - np.exp(-x), 0.0)
    return alpha


def from_square_root(x: Array) -> Array:
    positive: Array = np.maximum(x, 0.0)
    return positive**2


def same(x: Array) -> Array:
    return x


def squared_r(x: Array) -> Array:
    """The coefficient of determination of Fisher's z of its root."""
    square: Array = np.tanh(x) ** 2
    return square


BACK: dict[Scale, Callable[[Any], Array]] = {
    "identity": same,
    "log": np.exp,
    "logit": expit,
    "probit": ndtr,
    "z": np.tanh,
    "z of root": squared_r,
    "arcsine": from_arcsine,
    "double arcsine": from_arcsine,
    "square root": from_square_root,
    "double square root": from_square_root,
    "cube root": from_cube_root,
    "log complement": from_log_complement,
}
